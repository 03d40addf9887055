"""Conflict advice has its ten dimensions or is not given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediation_coach.answering.extractive import Extractive
from mediation_coach.coach.completing import completed
from mediation_coach.domain.guidance import Dimension, Found, Question, Retrieval, SectionKind, Skill
from mediation_coach.skills.process_design import ProcessDesign
from tests.shipped import library

SHAPE = ProcessDesign.shape
QUERY = "Who should mediate, and how do we choose the venue?"


def found() -> Retrieval:
    return library().index.search(QUERY, limit=5)


def without(card: Found, *kinds: SectionKind) -> Found:
    return replace(card, passages=tuple(p for p in card.passages if p.kind not in kinds))


async def test_a_whole_answer_stays_as_it_is() -> None:
    retrieval = found()
    question = Question(text=QUERY, query=QUERY, skill=Skill.PROCESS_DESIGN, retrieval=retrieval)
    answer = await Extractive().answer(question, SHAPE)
    assert answer.missing == frozenset()
    assert completed(answer, retrieval) is answer


@pytest.mark.parametrize("kind", [SectionKind.RISKS, SectionKind.NOT_TALKS, SectionKind.OTHER_SIDE])
async def test_a_missing_dimension_is_added_from_a_card_at_hand_and_cited(kind: SectionKind) -> None:
    retrieval = found()
    first = without(retrieval.found[0], kind)
    alone = Retrieval(found=(first,))
    question = Question(text=QUERY, query=QUERY, skill=Skill.PROCESS_DESIGN, retrieval=alone)
    answer = await Extractive().answer(question, SHAPE)
    assert answer.missing
    whole = completed(answer, replace(retrieval, found=(first, *retrieval.found[1:])))
    assert whole is not None
    assert whole.missing == frozenset()
    assert whole.sections[kind]
    assert whole.citations[: len(answer.citations)] == answer.citations
    cited = {p for c in whole.citations for p in c.passages}
    assert {p for s in whole.sections[kind] for p in s.passages} <= cited


async def test_where_a_dimension_stays_missing_no_advice_is_given() -> None:
    retrieval = Retrieval(found=(without(found().found[0], SectionKind.RISKS),))
    question = Question(text=QUERY, query=QUERY, skill=Skill.PROCESS_DESIGN, retrieval=retrieval)
    answer = await Extractive().answer(question, SHAPE)
    assert completed(answer, retrieval) is None


async def test_a_case_does_not_advise_and_needs_no_dimension() -> None:
    retrieval = found()
    question = Question(text=QUERY, query=QUERY, skill=Skill.PROCESS_DESIGN, retrieval=retrieval)
    answer = replace(await Extractive().answer(question, SHAPE), dimensions=frozenset(), advises=False)
    assert completed(answer, Retrieval()) is answer
    assert len(Dimension) == 10
