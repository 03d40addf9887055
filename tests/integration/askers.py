"""Coaches that ask what is due and deliver it, forked on demand so that they can be killed (see `wire`)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from mediation_coach.coach.follow_through import FollowThrough
from mediation_coach.coach.journeys import Tools
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.domain.calendar import Rhythm
from mediation_coach.domain.chat import Conversation, Person, Text
from mediation_coach.domain.follow_through import Change, CheckIn, Enrolment, Journey, check_in_id
from mediation_coach.knowledge.plans import read_plans
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from tests.alumni import OneCard
from tests.integration.wire import SETTINGS, Wire, main
from tests.shipped import KNOWLEDGE

PLANS = read_plans(KNOWLEDGE)


def store_settings(options: dict[str, Any]) -> StoreSettings:
    return StoreSettings(url=SecretStr(options["url"]), keys=SecretStr(options["keys"]))


def is_due(journey: Journey, now: datetime) -> Change:
    """Return the journey of someone who is to be asked now, once."""
    at = time(now.hour, now.minute)
    rhythm = Rhythm(zone="UTC", at=at, days_off=frozenset(), quiet_from=time(0), quiet_until=time(0))
    id = check_in_id("c", journey.person, "day-3")
    check_in = CheckIn(id=id, cohort="c", step="day-3", day=now.date(), due=now - timedelta(minutes=1))
    enrolment = Enrolment(cohort="c", plan="standard", anchor=now.date() - timedelta(days=3))
    room = Conversation(adapter="fake", room=journey.person.id)
    return Change(
        journey=replace(journey, rhythm=rhythm, conversation=room, enrolments=(enrolment,), check_ins=(check_in,))
    )


async def fill(options: dict[str, Any], *, people: int, first: int = 0, folder: Path) -> None:
    """Make a database in which `people` are due now."""
    store = await SqlStore.open(store_settings(options), folder=folder)
    now = datetime.now(UTC)
    everyone = [Person(adapter="fake", id=f"a{n}") for n in range(first, first + people)]
    for start in range(0, people, 500):
        await store.change_journeys(everyone[start : start + 500], lambda journey: is_due(journey, now), now=now)
    await store.close()


class Named(Wire):
    """A platform that is told which message it gets by the words of the check-in."""

    async def send(self, to: Conversation, reply: Any, *, key: str) -> str:
        text = " ".join(block.markdown for block in reply.blocks if isinstance(block, Text))
        return await super().send(to, replace(reply, summary=text), key=key)


async def asker(options: dict[str, Any]) -> None:
    """Ask what is due and deliver it, until stopped or killed."""
    store = await SqlStore.open(store_settings(options), folder=Path.cwd())
    adapter = Named(options["port"], idempotent=options["idempotent"])
    tools = Tools(plans=PLANS, zone_of=lambda name: name, open_conversation=adapter.direct_conversation)
    follow = FollowThrough(store, OneCard(), tools)
    outbox = Outbox(store, {"fake": adapter}, settings=SETTINGS)

    async def never(event: Any) -> None:
        return None

    async def ticking() -> None:
        while True:
            await one_tick(datetime.now(UTC))
            await asyncio.sleep(0.02)

    async def one_tick(now: datetime) -> None:
        def move(journey: Journey, check_in: CheckIn) -> Change:
            return follow.asking.moved(journey, check_in, now)

        await store.move_due(adapters=["fake"], now=now, move=move, limit=options["batch"])
        await store.release_expired(now=now)

    await asyncio.gather(adapter.run(never), outbox.deliver(), ticking())


if __name__ == "__main__":
    main(asker)
