"""An answer while it is being written: seen sentence by sentence where there is a page for it, and stopped by its reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from mediation_coach.coach import presenting
from mediation_coach.coach.completing import can_be_whole
from mediation_coach.domain.composing import citations
from mediation_coach.domain.guidance import Answer, Found, Part, Question
from mediation_coach.errors import Stopped
from mediation_coach.ports import Page, SkillHandler

STOPPED = "answer_stopped"


async def write(handler: SkillHandler, question: Question, page: Page | None, *, short: bool = False) -> Answer:
    """Return the answer. Where its reader stops it, return what they have seen of it, with the note `answer_stopped`.

    What will be cut `short`, or might still be held back for want of a dimension, is not shown before it is whole.

    Raises:
        AnswererUnavailable: there is none now.
    """
    if page is None:
        return await handler.handle(question)
    parts: list[Part] = []

    sensitivity = _strongest(found.card.sensitivity for found in _cards(question))

    async def show(part: Part) -> None:
        parts.append(part)
        await page.show(presenting.so_far(question.skill, parts, question.language, sensitivity=sensitivity))

    visible = not short and can_be_whole(question.retrieval)
    try:
        async with page.until_stopped():
            return await handler.handle(question, show if visible else None)
    except Stopped:
        return cut_short(question, parts)


def cut_short(question: Question, parts: Sequence[Part]) -> Answer:
    """Return the answer that consists of these sentences and no more, with their sources and their cards' warning."""
    statements = [s for part in parts for s in part.statements]
    cards = _cards(question)
    cited = citations(cards, statements)
    cited_ids = {c.card for c in cited}
    return Answer(
        skill=question.skill,
        confidence=question.confidence,
        in_short=tuple(
            Part(heading=heading, statements=tuple(s for part in group for s in part.statements))
            for heading, group in groupby(parts, key=lambda part: part.heading)
        ),
        sections={},
        citations=cited,
        sensitivity=_strongest(found.card.sensitivity for found in cards if found.card.id in cited_ids),
        written_by="model",
        language=question.language,
        advises=False,
        notes=("translated", STOPPED) if statements and question.language != "en" else (STOPPED,),
    )


def _cards(question: Question) -> tuple[Found, ...]:
    return tuple(question.retrieval.found) + tuple(question.retrieval.also_useful)


def _strongest(warnings: Iterable[str]) -> str:
    there = set(warnings)
    return next((warning for warning in presenting.WARNED if warning in there), "green")
