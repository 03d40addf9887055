"""The coach on Slack as a process of its own, to be killed: `python -m tests.slack_child OPTIONS_JSON FOLDER [SECONDS]`.

With `SECONDS`, its answers are seen while they are written, which takes so long.
"""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from pathlib import Path
from typing import Any

from mediation_coach import logs
from mediation_coach.adapters.slack_options import SlackOptions
from mediation_coach.delivery.live import Stage
from mediation_coach.domain.chat import ConversationState, Event, Reply
from mediation_coach.ports import Handle
from tests.slack_house import answer, house

LEASES: dict[str, Any] = {"answer_lease_seconds": 1, "send_lease_seconds": 2, "send_margin_seconds": 0.5}


def writing(seconds: float, stage: Stage) -> Handle:
    """Return what answers a message by naming it, and is seen at work before."""

    async def slowly(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        async with stage.page(event) as page:
            for so_far in ("half", "half and"):
                await page.show(f"{so_far} of {event.text}")
                await asyncio.sleep(seconds / 2)
        return await answer(event, state)

    return slowly


async def main(options: str, folder: str, seconds: str = "") -> None:
    on_stage = functools.partial(writing, float(seconds)) if seconds else None
    async with house(SlackOptions.model_validate(json.loads(options)), Path(folder), on_stage=on_stage, **LEASES):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    logs.set_up("CRITICAL", vendors="CRITICAL")
    asyncio.run(main(*sys.argv[1:]))
