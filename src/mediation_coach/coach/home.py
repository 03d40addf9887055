"""A person's own page: what the coach is, their check-ins, their settings and their data. Seen by nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from mediation_coach.coach import check_in_replies, presenting
from mediation_coach.coach.dialogue import CommandHandler, Spoken
from mediation_coach.coach.privacy import Facts, in_private
from mediation_coach.coach.words import say, spoken
from mediation_coach.domain.chat import (
    HOME,
    Block,
    Choice,
    Choices,
    Conversation,
    ConversationState,
    Event,
    Intent,
    Person,
    Reply,
    ReplyKind,
    Text,
    home_of,
)
from mediation_coach.domain.delivery import Outgoing
from mediation_coach.domain.follow_through import Journey
from mediation_coach.errors import CoachError

KIND = "home"
MOST_KNOWN = 10_000


class Known(Protocol):
    """The part of the store that knows what the page shows."""

    async def journey(self, person: Person) -> Journey | None:
        """Return the journey of `person`, where there is one."""
        ...

    async def state_of(self, conversation: Conversation, person: Person, *, now: datetime) -> ConversationState:
        """Return what is remembered of `person` in `conversation`."""
        ...


class Home:
    """Builds the page, and tells when one that is shown has become another."""

    def __init__(self, known: Known, facts: Facts, *, direct: Callable[[Person], Awaitable[Conversation]]) -> None:
        """Build from what is `known` and the `facts` of privacy; `direct` finds a person's private conversation."""
        self._known = known
        self._facts = facts
        self._direct = direct
        self._shown: dict[str, int] = {}

    def commands(self) -> Mapping[str, CommandHandler]:
        """Return the commands by name, for `Dialogue`."""
        return {"home": self.home, "settings": self.settings, "quiet": self.settings}

    async def home(self, event: Event, state: ConversationState, argument: str = "") -> Spoken:
        """Show the whole page; as text where there are no pages. Never in front of others."""
        if not event.conversation.private:
            return in_private(state.language), state
        on_page = event.conversation.room.startswith(HOME)
        page = await self._page(event, None if on_page else state)
        if on_page:
            self.is_shown(event.person, page)
        return page, replace(state, greeted=True)

    async def settings(self, event: Event, state: ConversationState, argument: str = "") -> Spoken:
        """Show the settings, and how they are changed. Never in front of others."""
        if not event.conversation.private:
            return in_private(state.language), state
        journey = await self._known.journey(event.person)
        blocks = tuple(_settings(journey, state, state.language, event.at))
        return Reply(blocks=blocks, summary=say("home.settings", state.language)), state

    async def changed(self, event: Event, reply: Reply | None, state: ConversationState) -> Outgoing | None:
        """Return the page anew, where `event` changed what a person who has opened theirs sees on it.

        Say by `is_shown` that it is on its way.
        """
        spoke = event.intent in (Intent.MESSAGE, Intent.CHOICE, Intent.FORM)
        if not spoke or reply is None or reply.kind is not ReplyKind.PLAIN:
            return None
        opened = await self._known.state_of(home_of(event.person), event.person, now=event.at)
        if not opened.greeted:
            return None
        own = event.conversation.private and not event.conversation.thread
        page = await self._page(event, state if own else None)
        if self._shown.get(event.person.key) == hash(page):
            return None
        return _outgoing(event, page, person=event.person)

    def emptied(self, event: Event) -> Outgoing:
        """Return the page of someone who was just forgotten; it is kept as nobody's."""
        self._shown.pop(event.person.key, None)
        page = page_of(None, ConversationState(), spoken(event.locale) or "en", self._facts, now=event.at)
        return _outgoing(event, page, person=None)

    async def _page(self, event: Event, state: ConversationState | None) -> Reply:
        """Return the page with the settings of `state`; of the person's private conversation where there is none."""
        journey = await self._known.journey(event.person)
        own = state or await self._own(event, journey)
        language = own.language or (journey.language if journey else "") or spoken(event.locale) or "en"
        return page_of(journey, own, language, self._facts, now=event.at)

    async def _own(self, event: Event, journey: Journey | None) -> ConversationState:
        try:
            own = journey.conversation if journey and journey.conversation else await self._direct(event.person)
        except CoachError:
            return ConversationState()
        return await self._known.state_of(own, event.person, now=event.at)

    def is_shown(self, person: Person, page: Reply) -> None:
        """Note what stands on someone's page."""
        if len(self._shown) >= MOST_KNOWN:
            self._shown.clear()
        self._shown[person.key] = hash(page)


def page_of(journey: Journey | None, own: ConversationState, language: str, facts: Facts, *, now: datetime) -> Reply:
    """Return the page of someone, from their journey and the state of their private conversation."""
    skills = Choices(choices=presenting.skill_choices(language), prompt=say("hello_skills", language))
    blocks = (
        Text(markdown=say("hello", language)),
        skills,
        *_check_ins(journey, language, now),
        *_settings(journey, own, language, now),
        *_data(facts, language),
    )
    return Reply(blocks=blocks, summary=say("home.check_ins", language), language=language, discreet=True)


def _check_ins(journey: Journey | None, language: str, now: datetime) -> list[Block]:
    journey = replace(journey, language=language) if journey else None
    plan = journey.commitment if journey else None
    lines = [f"**{say('home.check_ins', language)}**"]
    lines += check_in_replies.plan_lines(plan, language) if plan else [say("plan.none", language)]
    if journey is None or not any(not e.left for e in journey.enrolments):
        lines.append(say("plan.in_cohort", language))
        return [Text(markdown="\n".join(lines)), Choices(choices=_plan_choices(journey, language))]
    paused = journey.paused_until if journey.paused_until and journey.paused_until >= _today(journey, now) else None
    if paused and not journey.stopped:
        lines.append(say("plan.paused", language, until=paused.isoformat()))
    lines.append(say("home.stopped", language) if journey.stopped else check_in_replies.next_line(journey))
    choices = (*_plan_choices(journey, language), *_ends(journey, quiet=bool(paused) or journey.asleep))
    return [Text(markdown="\n".join(lines)), Choices(choices=choices)]


def _today(journey: Journey, now: datetime) -> date:
    return journey.rhythm.local(now).date()


def _plan_choices(journey: Journey | None, language: str) -> tuple[Choice, ...]:
    written = journey is not None and journey.commitment is not None
    write = (
        Choice(id="plan:edit plan", label=say("plan.choice.edit", language))
        if written
        else Choice(id="plan:new plan", label=say("plan.choice.write", language))
    )
    return (Choice(id="plan:my plan", label=say("choice.my_plan", language)), write)


def _ends(journey: Journey, *, quiet: bool) -> tuple[Choice, ...]:
    """Return how to hear less from the coach, or to hear from it again; `quiet` while it is paused or waits."""
    language = journey.language
    leave = Choice(id="plan:leave", label=say("choice.leave", language), confirm=say("sure.leave", language))
    resume = Choice(id="plan:resume", label=say("checkin.choice.continue", language))
    if journey.stopped:
        return resume, leave
    pause = Choice(id="plan:pause 1 month", label=say("checkin.choice.pause", language))
    stop = Choice(id="plan:stop", label=say("choice.stop", language), confirm=say("sure.stop", language))
    return (resume if quiet else pause), stop, leave


def _settings(journey: Journey | None, own: ConversationState, language: str, now: datetime) -> list[Block]:
    lines = [f"**{say('home.settings', language)}**"]
    if journey is not None and journey.enrolments:
        rhythm, zone = journey.rhythm, journey.rhythm.zone_on(_today(journey, now)).key
        days = ", ".join(say(f"weekday.{day}", language) for day in sorted(rhythm.days_off)) or "–"
        times = {"at": rhythm.hour, "begins": rhythm.quiet_from, "ends": rhythm.quiet_until}
        shown = {name: f"{time:%H:%M}" for name, time in times.items()}
        lines.append(say("home.clock", language, zone=zone, days=days, **shown))
    lines.append(say("home.language", language, name=say("language.name", language)))
    lines.append(say("home.short" if own.short else "home.long", language))
    if journey is not None and journey.enrolments:
        lines.append(say("home.change", language))
    other = "long" if own.short else "short"
    choice = Choice(id=f"{other}:on", label=say(f"choice.{other}", language))
    return [Text(markdown="\n".join(lines)), Choices(choices=(choice,))]


def _data(facts: Facts, language: str) -> list[Block]:
    lines = (f"**{say('home.data', language)}**", *facts.lines(language))
    choices = (
        Choice(id="privacy:all", label=say("choice.privacy", language)),
        Choice(id="my_data:json", label=say("my_data.as_json", language)),
        Choice(id="forget_me:yes", label=say("choice.forget_me", language), confirm=say("forget_me.sure", language)),
    )
    return [Text(markdown="\n".join(lines)), Choices(choices=choices)]


def _outgoing(event: Event, page: Reply, *, person: Person | None) -> Outgoing:
    to = home_of(event.person)
    return Outgoing(key=f"{KIND}:{event.id}", to=to, reply=page, due_at=event.at, kind=KIND, person=person)
