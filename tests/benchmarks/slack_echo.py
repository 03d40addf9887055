"""A bare Bolt echo bot, to measure against: `python -m tests.benchmarks.slack_echo OPTIONS_JSON`."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient


async def main(options: dict[str, Any]) -> None:
    app = AsyncApp(client=AsyncWebClient(token=options["bot_token"], base_url=options["base_url"]))

    @app.event("message")
    async def echo(event: dict[str, Any], say: AsyncSay) -> None:
        if "bot_id" not in event:
            await say(f"answer to {event['text']}")

    web = AsyncWebClient(base_url=options["base_url"])
    handler = AsyncSocketModeHandler(app, options["app_token"], web_client=web)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
