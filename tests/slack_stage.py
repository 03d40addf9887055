"""The Slack adapter on the local Slack server, ready to be tried."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from mediation_coach.adapters.slack import SlackAdapter
from mediation_coach.adapters.slack_options import SlackOptions
from mediation_coach.coach.words import LANGUAGES, controls
from tests.slack_server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Fault, SlackServer

LABELS = {language: controls(language) for language in LANGUAGES}
PEOPLE = {"first": "U0FIRST", "second": "U0SECOND"}


def options_for(server: SlackServer, **more: Any) -> SlackOptions:
    """Return options that point to the local server; times are short."""
    given: dict[str, Any] = {
        "bot_token": BOT_TOKEN,
        "app_token": APP_TOKEN,
        "signing_secret": SIGNING_SECRET,
        "base_url": server.base_url,
        "ping_interval": 0.2,
        "stale_after": 0.8,
        "http_port": 0,
        "channels": True,
    }
    return SlackOptions.model_validate(given | more)


class SlackStage:
    """Two people and the coach on the local server."""

    def __init__(self, server: SlackServer, adapter: SlackAdapter) -> None:
        self.server = server
        self.adapter = adapter

    async def write(self, text: str, *, by: str = "first") -> None:
        """Write in the person's direct messages."""
        await self.server.say(PEOPLE[by], text)

    async def deliver_again(self) -> bool:
        """Deliver the newest event again."""
        await self.server.deliver_again()
        return True

    async def seen(self, *, by: str = "first") -> Sequence[str]:
        """Return what the person sees."""
        return self.server.seen(PEOPLE[by])

    async def refuse_next(self, *, seconds: int = 0) -> None:
        """Refuse the next message."""
        busy = Fault(status=429, error="ratelimited", retry_after=seconds)
        self.server.faults["chat.postMessage"].append(busy if seconds else Fault(error="is_archived"))


@asynccontextmanager
async def staged(**more: Any) -> AsyncIterator[SlackStage]:
    """Give a server and an adapter while the block lasts; what Slack would have refused is a failure."""
    async with SlackServer().running() as server:
        adapter = SlackAdapter(options_for(server, **more), labels=LABELS)
        try:
            yield SlackStage(server, adapter)
        finally:
            await adapter.close()
        assert server.refused == []
