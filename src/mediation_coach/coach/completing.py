"""Conflict advice is whole or it is not given: what an answer misses of the ten dimensions is added from the cards at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mediation_coach.domain.composing import citations, dimensions_of
from mediation_coach.domain.guidance import Answer, Citation, Dimension, Found, Passage, Retrieval, Statement


def can_be_whole(retrieval: Retrieval) -> bool:
    """Whether the cards at hand carry all ten dimensions, so that an answer from them will not be held back."""
    return frozenset(Dimension) <= dimensions_of(_at_hand(retrieval))


def completed(answer: Answer, retrieval: Retrieval) -> Answer | None:
    """Return the answer with the dimensions it misses added behind its choices, from the cards found for the same question.

    Returns None where a dimension stays missing: then there is no advice, only cards by name. Cases and evidence do not advise.
    """
    for passage in _at_hand(retrieval):
        if not answer.missing:
            return answer
        if answer.missing & dimensions_of([passage]):
            answer = _with(answer, passage, retrieval)
    return None if answer.missing else answer


def _at_hand(retrieval: Retrieval) -> Iterator[Passage]:
    for found in (*retrieval.found, *retrieval.also_useful):
        yield from found.passages


def _with(answer: Answer, passage: Passage, retrieval: Retrieval) -> Answer:
    """Return the answer with a passage at the end of its own section, cited like the others."""
    added = tuple(Statement(text=line.text, passages=(passage.id,), label=line.label) for line in passage.lines)
    sections = {**answer.sections, passage.kind: (*answer.sections.get(passage.kind, ()), *added)}
    whole = replace(answer, sections=sections, dimensions=answer.dimensions | dimensions_of([passage]))
    return replace(whole, citations=_cited(whole, retrieval.found + retrieval.also_useful))


def _cited(answer: Answer, cards: tuple[Found, ...]) -> tuple[Citation, ...]:
    """Return the citations with new ones at the end, so that the numbers already shown stay."""
    known = {citation.card for citation in answer.citations}
    fresh = [c for c in citations(cards, answer.statements()) if c.card not in known]
    count = len(answer.citations)
    return answer.citations + tuple(replace(c, number=count + n) for n, c in enumerate(fresh, start=1))
