"""The golden questions hold their floors; a change that loses quality fails here."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from mediation_coach import evaluation
from mediation_coach.knowledge.checking import check_folder
from tests.shipped import GOLDEN, KNOWLEDGE, NOW, dialogue, library

FLOORS: dict[str, float] = json.loads((GOLDEN / "floors.json").read_text("utf-8"))
LANGUAGE_FLOOR = 0.75


async def test_english_questions_hold_every_floor() -> None:
    golden = evaluation.read_golden(GOLDEN / "questions.jsonl")

    found = asdict(evaluation.figures(await evaluation.ask_all(dialogue(), library(), golden)))

    below = {name: (round(found[name], 3), floor) for name, floor in FLOORS.items() if found[name] < floor}
    assert not below, below
    assert len(golden) >= 300


@pytest.mark.parametrize("language", ["fr", "es", "ar", "ru"])
async def test_each_other_language_is_routed(language: str) -> None:
    golden = [g for g in evaluation.read_golden(GOLDEN / "languages.jsonl") if g.language == language]

    found = evaluation.figures(await evaluation.ask_all(dialogue(), library(), golden))

    assert found.routing >= LANGUAGE_FLOOR
    assert len(golden) == 15


def test_no_golden_question_stands_among_the_examples() -> None:
    cards, _ = check_folder(KNOWLEDGE, today=NOW.date())
    examples = {
        " ".join(q.lower().split()) for card in cards for q in (*card.asked_as, *sum(card.asked_in.values(), ()))
    }
    examples |= {" ".join(q.lower().split()) for q in library().index.lexicon.out_of_scope}

    for name in ("questions", "languages"):
        for golden in evaluation.read_golden(GOLDEN / f"{name}.jsonl"):
            assert " ".join(golden.text.lower().split()) not in examples, golden.id
