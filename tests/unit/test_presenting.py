"""Answers as replies: what may be shortened, and what never is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from mediation_coach.coach.presenting import SHORT_CHARACTERS, first_message, present
from mediation_coach.coach.words import LANGUAGES, say
from mediation_coach.domain.chat import Sources
from mediation_coach.domain.guidance import Answer, Citation, Part, Skill, Statement

NOTES = ("note.names", "note.shared_room", "limit_reached")


def answer(language: str, *, sensitivity: str = "red", written_by: str = "model") -> Answer:
    """Return a long answer that has every warning there is."""
    card = "crisis-triage-first-hour"
    advice = tuple(Statement(text="Say what you know, and what you do not. " * 6, passages=(card,)) for _ in range(6))
    cited = Citation(
        number=1, card=card, title="The first hour", passages=(card,), sources=(), reviewed=date(2026, 11, 1)
    )
    return Answer(
        skill=Skill.CRISIS_HANDLING,
        confidence=1.0,
        in_short=(Part(heading="first_hour", statements=advice, ordered=True),),
        sections={},
        citations=(cited,),
        sensitivity=sensitivity,
        written_by=written_by,
        language=language,
        notes=NOTES,
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("sensitivity", "written_by"), [("red", "model"), ("amber", "library")])
def test_a_short_answer_drops_no_warning_and_no_source(language: str, sensitivity: str, written_by: str) -> None:
    given = answer(language, sensitivity=sensitivity, written_by=written_by)

    text = first_message(given, short=True)
    reply = present(given, today=date(2026, 11, 25), short=True)

    warnings = ["crisis_safety_line", sensitivity, *NOTES]
    warnings += [f"written_by.{written_by}"] if written_by != "library" else ["sources_in_english"]
    assert [key for key in warnings if say(key, language) not in text] == []
    assert "Say what you know" in text
    assert len(text) < len(first_message(given))
    assert [line.number for b in reply.blocks if isinstance(b, Sources) for line in b.lines] == [1]


def test_a_short_answer_without_notes_is_short() -> None:
    given = replace(answer("en", sensitivity="green", written_by="library"), notes=())
    assert len(first_message(given, short=True)) <= SHORT_CHARACTERS
