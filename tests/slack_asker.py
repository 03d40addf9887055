"""A coach that asks what is due on Slack and does nothing else, forked on demand so that it can be killed (see `wire`)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mediation_coach.adapters.slack import SlackAdapter
from mediation_coach.adapters.slack_options import SlackOptions
from mediation_coach.coach.follow_through import FollowThrough
from mediation_coach.coach.journeys import Tools
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.store.sql import SqlStore
from tests.alumni import OneCard
from tests.integration.askers import PLANS, store_settings
from tests.integration.wire import main
from tests.slack_house import settings_for_tests


async def asker(options: dict[str, Any]) -> None:
    """Ask what is due and deliver it, until stopped or killed."""
    store = await SqlStore.open(store_settings(options), folder=Path.cwd())
    adapter = SlackAdapter(SlackOptions.model_validate(options["slack"]))
    tools = Tools(
        plans=PLANS,
        zone_of=lambda name: name,
        open_conversation=adapter.direct_conversation,
        quiet={"slack": adapter},
    )
    follow = FollowThrough(store, OneCard(), tools)
    settings = settings_for_tests(
        send_lease_seconds=2, send_margin_seconds=0.5, poll_seconds=0.05, look_after_seconds=0.1
    )
    outbox = Outbox(store, {"slack": adapter}, settings=settings)

    async def ticking() -> None:
        while True:
            await follow.tick(datetime.now(UTC), adapters=["slack"])
            await store.release_expired(now=datetime.now(UTC))
            await asyncio.sleep(0.05)

    await asyncio.gather(outbox.deliver(), ticking())


if __name__ == "__main__":
    main(asker)
