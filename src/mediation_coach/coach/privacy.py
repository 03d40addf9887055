"""What someone can ask about themselves: what is kept, to see it, to have it erased, to be left alone; and to reach a person."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from mediation_coach.coach import presenting
from mediation_coach.coach.words import say
from mediation_coach.domain.chat import Choice, ConversationState, Event, Person, Reply
from mediation_coach.domain.delivery import Receipt
from mediation_coach.errors import CoachError

Spoken = tuple[Reply | None, ConversationState]
CommandHandler = Callable[[Event, ConversationState, str], Awaitable[Spoken]]

ASKED_FOR_CONTACT = "A participant asked for contact."
"""All that the person on duty is ever told."""


class Records(Protocol):
    """The part of the store that knows what is kept of a person."""

    async def export_person(self, person: Person) -> dict[str, Any]:
        """Return all that is kept of `person`, ready for JSON."""
        ...

    async def erase_person(self, person: Person, *, now: datetime) -> Receipt:
        """Forget `person`; return the receipt."""
        ...

    async def cancel(self, person: Person) -> int:
        """Take back all that waits to be sent to `person`; return how much."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What `privacy` says of this installation. `operator` says who runs it and who can read the database, in their words."""

    turns: int = 6
    hours: int = 24
    months: int = 12
    hosts: tuple[str, ...] = ()
    operator: str = ""

    def lines(self, language: str) -> tuple[str, ...]:
        """Return what is kept, who can see it, and which outside hosts are called, a paragraph each."""
        hosts = say("privacy.hosts", language, hosts=", ".join(self.hosts))
        return (
            say("privacy.kept", language, turns=self.turns, hours=self.hours, months=self.months),
            " ".join(say("privacy.who", language, operator=self.operator).split()),
            hosts if self.hosts else say("privacy.no_hosts", language),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """The person on duty: how they are told, when they are there, and how someone reaches them."""

    tell: Callable[[str], Awaitable[None]]
    hours: str
    contacts: tuple[str, ...]


def _now() -> datetime:
    return datetime.now(UTC)


class Privacy:
    """Answers the words about privacy. It keeps nothing itself."""

    def __init__(
        self,
        records: Records,
        facts: Facts,
        *,
        duty: Duty | None = None,
        forgotten: Callable[[Event], Awaitable[None]] | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        """Answer from `records` and `facts`; without a `duty` nobody is told of anything.

        `forgotten` is called once all that was kept of who spoke is erased.
        """
        self._records = records
        self._forgotten = forgotten
        self._facts = facts
        self._duty = duty
        self._now = now

    def commands(self) -> Mapping[str, CommandHandler]:
        """Return the commands by name, for `Dialogue`."""
        return {
            "privacy": self.privacy,
            "my_data": self.my_data,
            "forget_me": self.forget_me,
            "stop": self.stop,
            "wipe": self.wipe,
            "person": self.person,
        }

    async def privacy(self, event: Event, state: ConversationState, argument: str) -> Spoken:
        """Say what is kept, who can see it, which outside hosts are called, and how to end it."""
        lines = (*self._facts.lines(state.language), say("privacy.words", state.language))
        return presenting.plain("\n\n".join(lines)), state

    async def my_data(self, event: Event, state: ConversationState, argument: str) -> Spoken:
        """Show what is kept, kind by kind; all of it as JSON where asked. Never in front of others."""
        language = state.language
        if not event.conversation.private:
            return in_private(language), state
        export = await self._records.export_person(event.person)
        if argument == "json":
            whole = presenting.plain(f"```\n{json.dumps(export, ensure_ascii=False, indent=1, default=str)}\n```")
            return replace(whole, summary=say("my_data.all", language), discreet=True), state
        kinds = {kind: len(items) for kind, items in export.items() if kind != "person" and items}
        if not kinds:
            return presenting.plain(say("my_data.none", language)), state
        lines = "\n".join(f"- {kind.replace('_', ' ')}: {count}" for kind, count in kinds.items())
        choice = Choice(id="my_data:json", label=say("my_data.as_json", language))
        return presenting.plain(f"{say('my_data.all', language)}\n{lines}", choices=[choice]), state

    async def forget_me(self, event: Event, state: ConversationState, argument: str) -> Spoken:
        """Erase all that is kept, after one question; what is left of the conversation is its language."""
        language = state.language
        if not event.conversation.private:
            return in_private(language), state
        sure = event.confirmed or state.confirming == "forget_me"
        if not sure or argument not in ("yes", "no"):
            asked = presenting.plain(say("forget_me.sure", language), choices=_yes_or_no("forget_me", language))
            return asked, replace(state, confirming="forget_me")
        if argument == "no":
            return presenting.plain(say("forget_me.kept", language)), replace(state, confirming="")
        receipt = await self._records.erase_person(event.person, now=self._now())
        if self._forgotten is not None:
            await self._forgotten(event)
        done = presenting.plain(say("forget_me.done", language, number=receipt.number))
        return done, ConversationState(language=language)

    async def stop(self, event: Event, state: ConversationState, argument: str) -> Spoken:
        """Take back what waits to be sent, and write no more unless written to."""
        await self._records.cancel(event.person)
        return presenting.plain(say("stopped", state.language)), state

    async def wipe(self, event: Event, state: ConversationState, argument: str) -> Spoken:
        """Clear what is remembered of this conversation, at once and without a question."""
        return presenting.plain(say("wiped", state.language)), ConversationState(
            language=state.language, greeted=state.greeted
        )

    async def person(self, event: Event, state: ConversationState, argument: str) -> Spoken:
        """Offer the person on duty, and tell them only after a plain yes; what is sent names nobody.

        Where others read, only the contacts are said.
        """
        language, duty = state.language, self._duty
        if duty is None:
            return presenting.plain(say("person.none", language)), state
        if not event.conversation.private:
            return in_private(language, contacts=duty.contacts), state
        if state.confirming != "person" or argument not in ("yes", "no"):
            consent = say("person.consent", language, hours=duty.hours)
            return presenting.plain(consent, choices=_yes_or_no("person", language)), replace(
                state, confirming="person"
            )
        key = await _told(duty) if argument == "yes" else "person.not_sent"
        text = say(key, language, contacts="; ".join(duty.contacts))
        return presenting.plain(text), replace(state, confirming="")


async def _told(duty: Duty) -> str:
    """Tell the person on duty; return the key of what to say of it."""
    try:
        await duty.tell(ASKED_FOR_CONTACT)
    except CoachError:
        return "person.failed"
    return "person.sent"


def in_private(language: str, *, contacts: Sequence[str] = ()) -> Reply:
    """Return that this is told in private only, and the contacts; seen by who asked alone, where that is possible."""
    text = say("privacy.in_private", language)
    if contacts:
        text += "\n\n" + say("emergency_contacts", language, contacts="; ".join(contacts))
    return presenting.plain(text, aside=True)


def _yes_or_no(command: str, language: str) -> tuple[Choice, Choice]:
    return (
        Choice(id=f"{command}:yes", label=say("choice.yes", language)),
        Choice(id=f"{command}:no", label=say("choice.no", language)),
    )
