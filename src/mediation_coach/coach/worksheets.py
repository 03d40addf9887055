"""Guided tools as answers: the questions of a worksheet as a checklist. Pure."""

from __future__ import annotations

import re

from mediation_coach.domain.composing import citations
from mediation_coach.domain.guidance import Answer, Found, Part, Question, SectionKind, Skill, Statement

MOST_WORDS = 120
_HELP_ME = re.compile(
    r"\b(help (me|us)|walk (me|us) through|template|worksheet|checklist|step by step|form|canvas|tool|matrix|let'?s (map|plan|fill|draft))\b"
    r"|\b(aide[zr]?[- ](moi|nous)|mod[eè]le|ay[uú]d[ae](me|nos)|plantilla|помоги(те)?|шаблон|ساعدني|ساعدنا|نموذج)\b",
    re.IGNORECASE,
)


def wants_tool(text: str) -> bool:
    """Whether someone asks to be led through something, and not only about it."""
    return bool(_HELP_ME.search(text))


def answer_with(tool: Found, beside: tuple[Found, ...], question: Question) -> Answer:
    """Return a tool's questions as a checklist, its rules behind it, and the cards that it points to as sources."""
    sections = {p.kind: tuple(Statement(text=line.text, passages=(p.id,)) for line in p.lines) for p in tool.passages}
    intro, questions = sections[SectionKind.IN_SHORT], sections[SectionKind.STEPS]
    first: list[Statement] = []
    words = sum(len(s.text.split()) for s in intro)
    for statement in questions:
        words += len(statement.text.split())
        if words > MOST_WORDS:
            break
        first.append(statement)
    pointed = [f.passages[0].id for f in beside if f.passages]
    used = [*intro, *questions, *(Statement(text="", passages=(p,)) for p in pointed)]
    return Answer(
        skill=Skill(tool.card.skill),
        confidence=question.confidence,
        in_short=(
            Part(heading="in_short", statements=intro),
            Part(heading="checklist", statements=tuple(first), ordered=True),
        ),
        sections=sections,
        citations=citations([tool, *beside], used),
        language=question.language,
        advises=False,
    )
