"""The coach on Slack as a process of its own, to be killed: `python -m tests.slack_child OPTIONS_JSON FOLDER`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from mediation_coach import logs
from mediation_coach.adapters.slack_options import SlackOptions
from tests.slack_house import house

LEASES: dict[str, Any] = {"answer_lease_seconds": 1, "send_lease_seconds": 2, "send_margin_seconds": 0.5}


async def main(options: str, folder: str) -> None:
    async with house(SlackOptions.model_validate(json.loads(options)), Path(folder), **LEASES):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    logs.set_up("CRITICAL", vendors="CRITICAL")
    asyncio.run(main(*sys.argv[1:]))
