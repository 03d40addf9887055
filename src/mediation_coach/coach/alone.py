"""The coach on one's own machine, with nothing kept: what its words for privacy and plans come to there."""

from __future__ import annotations

from collections.abc import Mapping

from mediation_coach.coach.dialogue import CommandHandler, Spoken
from mediation_coach.coach.presenting import plain
from mediation_coach.coach.words import say
from mediation_coach.domain.chat import ConversationState, Event

WORDS = ("privacy", "my_data", "forget_me", "stop", "plan", "settings", "quiet")


async def _nothing_kept(event: Event, state: ConversationState, argument: str) -> Spoken:
    return plain(say("privacy", state.language)), state


async def _nobody(event: Event, state: ConversationState, argument: str) -> Spoken:
    return plain(say("person.none", state.language)), state


async def _wipe(event: Event, state: ConversationState, argument: str) -> Spoken:
    return plain(say("wiped", state.language)), ConversationState(language=state.language, greeted=True)


def commands() -> Mapping[str, CommandHandler]:
    """Return the commands of a coach that keeps nothing."""
    return {**dict.fromkeys(WORDS, _nothing_kept), "wipe": _wipe, "person": _nobody}
