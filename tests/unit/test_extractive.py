"""Answers made of the folder's own words, in four shapes."""

from __future__ import annotations

import pytest

from mediation_coach.answering.extractive import Extractive
from mediation_coach.answering.support import check
from mediation_coach.domain.composing import sentences
from mediation_coach.domain.guidance import Answer, Question, Retrieval, Skill
from mediation_coach.errors import AnswererUnavailable
from mediation_coach.skills.crisis_handling import CrisisHandling
from mediation_coach.skills.implementation import Implementation
from mediation_coach.skills.process_design import ProcessDesign
from mediation_coach.skills.technical_aspects import TechnicalAspects
from tests.shipped import library

ASKED = {
    Skill.PROCESS_DESIGN: "two communities want to talk, who should be invited to the first meeting?",
    Skill.TECHNICAL_ASPECTS: "what must a ceasefire monitoring mission be able to do?",
    Skill.CRISIS_HANDLING: "one side just left the room and says they are done",
    Skill.IMPLEMENTATION: "we signed six weeks ago and nothing moves, how do we plan it?",
}
HANDLERS = {
    Skill.PROCESS_DESIGN: ProcessDesign,
    Skill.TECHNICAL_ASPECTS: TechnicalAspects,
    Skill.CRISIS_HANDLING: CrisisHandling,
    Skill.IMPLEMENTATION: Implementation,
}


async def answered(skill: Skill) -> tuple[Answer, Retrieval]:
    text = ASKED[skill]
    retrieval = await library().retrieve(text, limit=5)
    question = Question(text=text, query=text, skill=skill, retrieval=retrieval)
    return await HANDLERS[skill](Extractive()).handle(question), retrieval


@pytest.mark.parametrize("skill", list(Skill))
async def test_every_sentence_stands_in_the_passage_that_it_names(skill: Skill) -> None:
    answer, retrieval = await answered(skill)
    passages = {p.id: p for f in (*retrieval.found, *retrieval.also_useful) for p in f.passages}

    for statement in answer.statements():
        text = " ".join(passages[p].text for p in statement.passages)
        assert all(sentence in " ".join(text.split()) for sentence in sentences(statement.text)), statement


@pytest.mark.parametrize("skill", list(Skill))
async def test_the_first_message_is_short_and_names_two_sources(skill: Skill) -> None:
    answer, _ = await answered(skill)

    words = sum(len(str(s).split()) for part in answer.in_short for s in part.statements)
    assert 30 <= words <= 120
    assert len(answer.citations) >= 2
    assert all(citation.sources for citation in answer.citations)


@pytest.mark.parametrize("skill", list(Skill))
async def test_all_ten_dimensions_are_in_the_answer_or_behind_its_choices(skill: Skill) -> None:
    answer, _ = await answered(skill)

    assert answer.missing == frozenset()


async def test_four_skills_give_four_shapes() -> None:
    shapes = {skill: tuple(part.heading for part in (await answered(skill))[0].in_short) for skill in Skill}

    assert shapes[Skill.PROCESS_DESIGN][0] == "find_out_first"
    assert "options" in shapes[Skill.PROCESS_DESIGN]
    assert {"checklist", "trade_off", "compare"} <= set(shapes[Skill.TECHNICAL_ASPECTS])
    assert shapes[Skill.CRISIS_HANDLING][:3] == ("first_hour", "first_day", "next_week")
    assert {"pin_down", "follow_through"} <= set(shapes[Skill.IMPLEMENTATION])
    assert len(set(shapes.values())) == 4


async def test_the_support_check_keeps_the_folders_words_and_drops_others() -> None:
    answer, retrieval = await answered(Skill.CRISIS_HANDLING)
    passages = [p for f in (*retrieval.found, *retrieval.also_useful) for p in f.passages]

    assert check(answer, passages) == answer
    assert list(check(answer, []).statements()) == []


async def test_with_nothing_found_it_says_so() -> None:
    question = Question(text="x", query="x", skill=Skill.PROCESS_DESIGN)

    with pytest.raises(AnswererUnavailable):
        await ProcessDesign(Extractive()).handle(question)
