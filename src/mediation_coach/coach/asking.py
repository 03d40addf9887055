"""Asking when the time has come: what is due is asked, nudged about, or put off, each in one transaction with its message."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

from mediation_coach import logs
from mediation_coach.coach import check_in_replies as replies
from mediation_coach.coach.journeys import Journeys
from mediation_coach.domain import journey as walk
from mediation_coach.domain.calendar import good_until
from mediation_coach.domain.chat import Conversation, Reply
from mediation_coach.domain.delivery import Outgoing, derived_id
from mediation_coach.domain.follow_through import Change, CheckIn, Journey, State
from mediation_coach.errors import AdapterError

KIND = "check_in"
AT_ONCE = 200
NOBODY: Mapping[str, datetime] = {}

log = logs.get("check_ins")


class Asking:
    """Sends what is due. Several may run at once; no check-in is taken by two."""

    def __init__(self, journeys: Journeys) -> None:
        """Ask along `journeys`."""
        self._journeys = journeys

    async def tick(self, now: datetime, *, adapters: Collection[str]) -> int:
        """Ask, nudge or put off everything that is due on these adapters; return how many check-ins that was."""
        await self._find_addresses(now, adapters)
        await self._journeys.store.take_late(KIND, lambda journey, id: self._too_late(journey, id, now), now=now)
        total = 0
        while True:
            quiet = await self._quiet(now, adapters)
            moved = await self._journeys.store.move_due(
                adapters=adapters,
                now=now,
                move=lambda journey, check_in: self.moved(journey, check_in, now, quiet),  # noqa: B023 - called at once
                limit=AT_ONCE,
            )
            total += moved
            if not moved:
                if total:
                    log.info("check_ins_moved", count=total)
                return total

    async def _find_addresses(self, now: datetime, adapters: Collection[str]) -> None:
        for person in await self._journeys.store.unaddressed(adapters=adapters, now=now, limit=AT_ONCE):
            try:
                conversation = await self._journeys.tools.open_conversation(person)
            except AdapterError as exc:
                log.warning("conversation_not_opened", adapter=exc.adapter, error=type(exc).__name__)
                continue
            await self._journeys.store.change_journey(person, _addressed(conversation), now=now)

    async def _quiet(self, now: datetime, adapters: Collection[str]) -> Mapping[str, datetime]:
        """Return until when those who are due next do not want to be disturbed, where their platform tells."""
        quiet: dict[str, datetime] = {}
        for name in set(adapters) & self._journeys.tools.quiet.keys():
            due = await self._journeys.store.due_people(adapters=[name], now=now, limit=AT_ONCE)
            if due:
                quiet |= await self._journeys.tools.quiet[name].quiet_until(due, now=now)
        return quiet

    def _too_late(self, journey: Journey, id: str, now: datetime) -> Change:
        """Return the change after a message was held back because its time had passed: it is planned again."""
        adapter = journey.person.adapter
        missed = next((c for c in journey.check_ins if derived_id(adapter, c.key) == id), None)
        if missed is not None:
            return Change(journey=walk.not_sent(journey, missed, now=now, holiday=self._journeys.tools.holiday))
        asked = any(derived_id(adapter, f"pause:{c.id}") == id for c in journey.check_ins)
        return Change(journey=replace(journey, asleep=False) if asked else journey)

    def moved(
        self, journey: Journey, check_in: CheckIn, now: datetime, quiet: Mapping[str, datetime] = NOBODY
    ) -> Change:
        """Return what becomes of a check-in whose moment has come, with the message that goes out.

        `quiet` says until when someone, by their key, does not want to be disturbed.
        """
        step = self._journeys.step(journey, check_in)
        if step is None:  # its plan is no longer in the folder
            return Change(journey=journey.keep(replace(check_in, state=State.CANCELLED)))
        match walk.move_on(journey, check_in, now=now, holiday=self._journeys.tools.holiday):
            case walk.Wait(journey=moved):
                return Change(journey=moved)
            case _ if (until := quiet.get(journey.person.key, now)) > now:
                return Change(journey=walk.put_off(journey, check_in, until))
            case walk.Send(journey=moved, check_in=sent) as send:
                return Change(
                    journey=moved, send=(_outgoing(moved, send.key, replies.check_in_message(moved, sent, step), now),)
                )
            case walk.AskToPause(journey=moved) as ask:
                return Change(journey=moved, send=(_outgoing(moved, ask.key, replies.pause_or_stop(moved), now),))


def _addressed(conversation: Conversation) -> Callable[[Journey], Change]:
    return lambda journey: Change(journey=replace(journey, conversation=conversation))


def _outgoing(journey: Journey, key: str, reply: Reply, now: datetime) -> Outgoing:
    if journey.conversation is None:
        raise ValueError("a check-in without an address is not due")
    return Outgoing(
        key=key,
        to=journey.conversation,
        reply=reply,
        due_at=now,
        kind=KIND,
        person=journey.person,
        until=good_until(journey.rhythm, now),
    )
