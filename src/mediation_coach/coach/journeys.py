"""Journeys as the coach's walks see them: changed by a pure function, once an event, together with all that goes with it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from mediation_coach.domain import journey as walk
from mediation_coach.domain.calendar import Holiday, no_holidays
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Intent, Person
from mediation_coach.domain.delivery import derived_id
from mediation_coach.domain.follow_through import Change, CheckIn, Counted, Journey, Plan, State, Step
from mediation_coach.ports import FollowThroughStore, KnowsQuiet

DEFAULT_PLAN = "standard"
REMEMBERED = 8
ENOUGH_WORDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the walk needs of other rooms.

    `quiet` are the adapters, by name, that know who is not to be disturbed; `ordinary_words` gives lower-case words that are
    nobody's name.
    """

    plans: Mapping[str, Plan]
    zone_of: Callable[[str], str | None]
    open_conversation: Callable[[Person], Awaitable[Conversation]]
    holiday: Holiday = no_holidays
    quiet: Mapping[str, KnowsQuiet] = field(default_factory=dict)
    new_key: Callable[[], str] = secrets.token_urlsafe
    ordinary_words: Callable[[], Collection[str]] = frozenset


class Journeys:
    """The journeys of everyone, over the store."""

    def __init__(self, store: FollowThroughStore, tools: Tools) -> None:
        """Keep journeys in `store`."""
        self.store = store
        self.tools = tools

    async def of(self, event: Event, state: ConversationState) -> Journey:
        """Return the journey of who spoke, as `known` does: an empty one where there is none."""
        known = await self.known(event, state)
        return known or Journey(person=event.person, language=state.language or "en")

    async def known(self, event: Event, state: ConversationState) -> Journey | None:
        """Return the journey of who spoke, if there is one; what is sent later is in the language they now speak in private."""
        journey, language = await self.store.journey(event.person), language_told(event, state)
        if journey is None or language in ("", journey.language):
            return journey
        return await self.store.change_journey(
            event.person, lambda j: Change(journey=replace(j, language=language)), now=event.at
        )

    async def change(
        self, event: Event, change: Callable[[Journey], Change | Journey], *, language: str = ""
    ) -> Journey:
        """Change the journey of who spoke, once an event: where they are, and what is no longer to be sent, with it.

        `language` is that of someone who may have no journey yet.
        """

        def once(journey: Journey) -> Change:
            if event.id in journey.seen:
                return Change(journey=journey)
            made = change(self._spoken(event, replace(journey, language=language or journey.language)))
            made = Change(journey=made) if isinstance(made, Journey) else made
            seen = (*made.journey.seen, event.id)[-REMEMBERED:]
            taken = no_longer_sent(journey, made.journey)
            return replace(made, journey=replace(made.journey, seen=seen), take_back=(*made.take_back, *taken))

        return await self.store.change_journey(event.person, once, now=event.at)

    def _spoken(self, event: Event, journey: Journey) -> Journey:
        """Return the journey with what the event tells of the person: where to write to them, and their zone."""
        if event.conversation.private and not event.conversation.thread:
            journey = replace(journey, conversation=event.conversation)
        new = event.zone and event.zone != journey.rhythm.zone and not journey.zone_chosen
        if new and self.tools.zone_of(event.zone) == event.zone:
            journey = walk.in_rhythm(journey, replace(journey.rhythm, zone=event.zone), holiday=self.tools.holiday)
        return journey

    def plan(self, journey: Journey, cohort: str) -> Plan | None:
        """Return the plan by which a cohort's check-ins go, or None if it is no longer in the folder."""
        enrolment = journey.enrolment(cohort)
        return self.tools.plans.get(enrolment.plan if enrolment else DEFAULT_PLAN)

    def step(self, journey: Journey, check_in: CheckIn) -> Step | None:
        """Return what a check-in asks, or None if its plan no longer has it."""
        plan = self.plan(journey, check_in.cohort)
        return plan.step(check_in.step) if plan else None


def with_counted(journey: Journey, check_in: CheckIn, question: str, answer: str, key: str) -> Change:
    """Return the change in which an answer is counted; the key that can change it stays with the person alone."""
    name = f"{check_in.id}:{question}"
    keys = dict(journey.keys)
    key = keys.setdefault(name, key)
    counted = Counted(
        key=hashed(key), cohort=check_in.cohort, step=check_in.step.split("@")[0], question=question, answer=answer
    )
    return Change(journey=replace(journey, keys=tuple(keys.items())), counted=(counted,))


def hashed(key: str) -> str:
    """Return what stands for a person's key in the store of answers."""
    return hashlib.sha256(key.encode()).hexdigest()


def no_longer_sent(before: Journey, after: Journey) -> tuple[str, ...]:
    """Return the ids of messages that may still wait to be sent and no longer should."""
    if before.conversation is None:
        return ()
    gone = [c for c in before.check_ins if c.state is State.SENT and after.check_in(c.id) != c]
    keys = [c.key for c in gone] + [f"pause:{c.id}" for c in before.check_ins if before.asleep and not after.asleep]
    return tuple(derived_id(before.conversation.adapter, key) for key in keys)


def language_told(event: Event, state: ConversationState) -> str:
    """Return the language that someone has shown to speak in private; empty where it is only taken for granted.

    English is also what is assumed of people who have written next to nothing.
    """
    if not event.conversation.private:
        return ""
    if state.language != "en":
        return state.language
    texts = [turn.question for turn in state.turns] + ([event.text] if event.intent is Intent.MESSAGE else [])
    return state.language if any(len(text.split()) >= ENOUGH_WORDS for text in texts) else ""


def today_of(event: Event, journey: Journey | None) -> date:
    """Return the day it is where the person is."""
    return (journey.rhythm.local(event.at) if journey else event.at).date()
