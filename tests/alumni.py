"""A course and its people, on a clock that moves when told: the real store, dialogue and outbox, and a platform in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from mediation_coach.coach.cohorts import Cohorts
from mediation_coach.coach.coordinating import Coordinating
from mediation_coach.coach.dialogue import Dialogue
from mediation_coach.coach.follow_through import FollowThrough
from mediation_coach.coach.journeys import Journeys, Tools
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.domain.calendar import Rhythm
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Intent, Person, Reply, Text
from mediation_coach.domain.follow_through import Journey, Member, Plan
from mediation_coach.domain.guidance import CardFacts, Found, Line, Passage, Retrieval, SectionKind
from mediation_coach.knowledge.places import is_country, is_holiday, read_places
from mediation_coach.knowledge.plans import read_plans
from mediation_coach.ports import KnowsQuiet
from mediation_coach.reporting.reports import Reports
from mediation_coach.store.sql import SqlStore
from tests.fakes import Clock, RecordingAdapter, Sent
from tests.shipped import KNOWLEDGE

START = datetime(2027, 1, 29, 6, tzinfo=UTC)
ENDS = date(2027, 1, 29)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLANS: Mapping[str, Plan] = read_plans(KNOWLEDGE)
PLACES = read_places(KNOWLEDGE)


class OneCard:
    """A retriever that finds the one card it has, and remembers what was looked for."""

    def __init__(self) -> None:
        self.queries: list[str] = []

    async def retrieve(self, query: str, *, language: str = "en", limit: int = 3) -> Retrieval:
        self.queries.append(query)
        card = CardFacts(
            id="deadlock-breaking-moves",
            title="Moves that break a deadlock",
            solves="A round is stuck.",
            skill="crisis_handling",
            kind="method",
            sensitivity="green",
            reviewed=date(2026, 11, 1),
        )
        passage = Passage(card=card, kind=SectionKind.IN_SHORT, lines=(Line(text="Change one thing at a time."),))
        return Retrieval(found=(Found(card=card, passages=(passage,), score=0.9),), scope={}, dense=True)


def person(name: str) -> Person:
    return Person(adapter="fake", workspace="w", id=name)


def private(name: str) -> Conversation:
    return Conversation(adapter="fake", workspace="w", room=f"dm-{name}")


def member(name: str, *, zone: str = "Africa/Nairobi", consent: bool = True, language: str = "en") -> Member:
    return Member(name=name, person=person(name), zone=zone, consent=consent, language=language)


@dataclass
class Course:
    """A coach with follow-through over a store."""

    store: SqlStore
    clock: Clock = field(default_factory=lambda: Clock(START))
    adapter: Any = field(default_factory=RecordingAdapter)
    cards: OneCard = field(default_factory=OneCard)
    coordinators: tuple[str, ...] = ("coordinator",)
    shows_forms: bool = True
    ordinary: frozenset[str] = frozenset()
    language_of: Any = lambda text, otherwise="en": otherwise
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    states: dict[str, ConversationState] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        name = self.adapter.name
        tools = Tools(
            plans=PLANS,
            zone_of=PLACES.zone_of,
            holiday=is_holiday,
            open_conversation=self.adapter.direct_conversation,
            quiet={name: self.adapter} if isinstance(self.adapter, KnowsQuiet) else {},
            ordinary_words=lambda: self.ordinary,
        )
        journeys = Journeys(self.store, tools)
        self.cohorts = Cohorts(journeys, forgotten=self._forgotten)
        self.follow = FollowThrough(self.store, self.cards, tools, join=self.cohorts.join)
        self.reports = Reports(self.store, PLANS)
        self.coordinating = Coordinating(
            self.cohorts,
            coordinators=self.coordinators,
            holiday=is_holiday,
            zone_of=PLACES.zone_of,
            is_country=is_country,
            summarise=self.reports.summary,
        )
        commands = {**self.follow.commands, "cohort": self.coordinating.command}
        self.dialogue = Dialogue(
            retriever=self.cards,
            handlers={},
            language_of=self.language_of,
            commands=commands,
            forms=self.follow.forms,
            shows_forms={name} if self.shows_forms else (),
            ears=(self.coordinating.understand, self.follow.understand),
            on_crisis=self.follow.report_crisis,
        )
        self.outbox = Outbox(self.store, {name: self.adapter}, settings=self.delivery, clock=self.clock)

    async def _forgotten(self, person: Person) -> bool:
        return await self.store.receipt_of(person) is not None and await self.store.journey(person) is None

    async def started(self, *members: Member, id: str = "spring-27", ends: date = ENDS) -> None:
        """Make a cohort of these people and start it."""
        await self.cohorts.create(
            id, name="Spring", ends=ends, plan="standard", rhythm=Rhythm(), language="en", now=self.clock()
        )
        await self.cohorts.take_in(id, members, now=self.clock())
        await self.cohorts.start(id, now=self.clock())

    async def tick(self) -> int:
        """Do what is due now, and deliver it."""
        moved = await self.follow.tick(self.clock(), adapters=[self.adapter.name])
        while await self.outbox.deliver_due():
            pass
        return moved

    async def until(self, moment: datetime, *, step: timedelta = HOUR) -> None:
        """Let the clock run to `moment`, ticking all the way."""
        while self.clock.now < moment:
            self.clock.now = min(self.clock.now + step, moment)
            await self.tick()

    async def days(self, number: float, *, step: timedelta = HOUR) -> None:
        """Let some days go by."""
        await self.until(self.clock.now + number * DAY, step=step)

    async def say(self, name: str, text: str = "", *, where: Conversation | None = None, **more: object) -> Reply:
        """Say something as someone; return what the coach answers."""
        event = Event(
            id=f"e{next(self.numbers)}",
            person=person(name),
            conversation=where or private(name),
            at=self.clock.now,
            text=text,
            **more,  # type: ignore[arg-type]
        )
        return await self.hear(event)

    async def hear(self, event: Event) -> Reply:
        """Answer an event, as the inbox does."""
        state = self.states.get(event.conversation.key, ConversationState())
        reply, state = await self.dialogue.answer(event, state)
        assert reply is not None
        self.states[event.conversation.key] = state
        return reply

    async def press(self, name: str, choice: str) -> Reply:
        """Press a choice."""
        return await self.say(name, choice, intent=Intent.CHOICE, choice=choice)

    async def fill(self, name: str, form: str = "commitment", **fields: str) -> Reply:
        """Send a filled form."""
        return await self.say(name, intent=Intent.FORM, choice=form, fields=tuple(fields.items()))

    def got(self, name: str) -> list[Sent]:
        """Return what was sent to someone of the coach's own accord."""
        return [sent for sent in self.adapter.sent if sent.to.room == f"dm-{name}"]

    async def journey(self, name: str) -> Journey:
        """Return someone's journey."""
        found = await self.store.journey(person(name))
        assert found is not None
        return found


def text_of(reply: Reply) -> str:
    return "\n".join(block.markdown for block in reply.blocks if isinstance(block, Text))


def choices_of(reply: Reply) -> list[str]:
    return [choice.id for choice in reply.choices]
