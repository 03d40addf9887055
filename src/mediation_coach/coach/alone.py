"""The coach on one's own machine, with nothing kept: what its words for privacy and plans come to there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mediation_coach.coach import wishes
from mediation_coach.coach.dialogue import CommandHandler, Spoken
from mediation_coach.coach.presenting import plain
from mediation_coach.coach.words import say
from mediation_coach.domain.chat import ConversationState, Event, Intent

WORDS = ("forget_me", "stop", "plan", "settings", "quiet")
WISHES = (
    wishes.Show,
    wishes.Write,
    wishes.Close,
    wishes.Stop,
    wishes.Join,
    wishes.Leave,
    wishes.Withdraw,
    wishes.Tell,
    wishes.Release,
    wishes.Retract,
)


async def understand(event: Event, state: ConversationState) -> Event:
    """Return the event as a choice, where someone typed a wish about a plan or a story; else the event itself."""
    if event.intent is not Intent.MESSAGE or not isinstance(
        wishes.read_wish(event.text, today=event.at.date()), WISHES
    ):
        return event
    return replace(event, intent=Intent.CHOICE, choice="plan:wish")


async def _private(event: Event, state: ConversationState, argument: str) -> Spoken:
    return plain(say("privacy", state.language)), state


async def _nothing_kept(event: Event, state: ConversationState, argument: str) -> Spoken:
    return plain(say("nothing_kept", state.language)), state


async def _nobody(event: Event, state: ConversationState, argument: str) -> Spoken:
    return plain(say("person.none", state.language)), state


async def _wipe(event: Event, state: ConversationState, argument: str) -> Spoken:
    return plain(say("wiped", state.language)), ConversationState(language=state.language, greeted=True)


def commands() -> Mapping[str, CommandHandler]:
    """Return the commands of a coach that keeps nothing."""
    told = {**dict.fromkeys(("privacy", "my_data"), _private), **dict.fromkeys(WORDS, _nothing_kept)}
    return {**told, "wipe": _wipe, "person": _nobody}
