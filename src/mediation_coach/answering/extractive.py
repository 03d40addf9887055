"""The curated words themselves: an answer composed of card sentences, each with its passage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mediation_coach.domain.composing import citations, dimensions_of, sentences
from mediation_coach.domain.guidance import (
    Answer,
    Found,
    Line,
    Part,
    Passage,
    Question,
    SectionKind,
    Shape,
    Slot,
    Statement,
)
from mediation_coach.errors import AnswererUnavailable

MOST_CARDS = 3
CLOSE_ENOUGH = 0.8
FEWEST_WORDS_LEFT = 8


class Extractive:
    """Answers from the best one to three cards; there is no sentence in it that is not in the folder."""

    async def answer(self, question: Question, shape: Shape) -> Answer:
        """Return the answer to `question` in `shape`.

        Raises:
            AnswererUnavailable: nothing was found to answer from.
        """
        cards = chosen(question, shape)
        if not cards:
            raise AnswererUnavailable("the folder has no card for this question")
        in_short = fill(cards, shape)
        sections = {kind: tuple(_section(cards, kind)) for kind in shape.sections}
        sections = {kind: statements for kind, statements in sections.items() if statements}
        used = [s for part in in_short for s in part.statements] + [s for lines in sections.values() for s in lines]
        main = cards[0].card
        return Answer(
            skill=shape.skill,
            runner_up=question.runner_up,
            confidence=question.confidence,
            in_short=in_short,
            sections=sections,
            citations=citations(cards, used),
            sensitivity=main.sensitivity,
            dimensions=dimensions_of(p for c in cards for p in c.passages),
            language=question.language,
            advises=main.kind not in ("case", "evidence"),
        )


def chosen(question: Question, shape: Shape) -> list[Found]:
    """Return the cards to answer from: the best, those nearly as good or of the same skill, then what the best points to."""
    found = question.retrieval.found
    if not found:
        return []
    main = found[0]
    for other in found[1:]:
        if (
            not main.card.serves(shape.skill)
            and other.card.serves(shape.skill)
            and other.score >= CLOSE_ENOUGH * main.score
        ):
            main = other
    rest = [f for f in found if f is not main and (f.score >= CLOSE_ENOUGH * main.score or f.card.serves(shape.skill))]
    cards = [main, *rest]
    for beside in question.retrieval.also_useful:
        if len(cards) < MOST_CARDS or beside.card.kind == "case":
            cards.append(beside)
    return cards[: MOST_CARDS + 1]


@dataclass(slots=True)
class _Filling:
    slot: Slot
    lines: Iterator[tuple[Line, Passage]]
    statements: list[Statement] = field(default_factory=list)


def fill(cards: Sequence[Found], shape: Shape) -> tuple[Part, ...]:
    """Return the first message: one line for each slot, then more lines in turn while the words last."""
    fillings = [_Filling(slot, iter(_candidates(cards, slot))) for slot in shape.first]
    left = shape.first_words
    busy = list(fillings)
    while busy and left >= FEWEST_WORDS_LEFT:
        for filling in list(busy):
            line, passage = next(filling.lines, (None, None))
            if line is None or passage is None:
                busy.remove(filling)
                continue
            statement = _shortened(line, passage, filling.slot, left)
            if statement is None:
                busy.remove(filling)
                continue
            filling.statements.append(statement)
            left -= len(str(statement).split())
            if len(filling.statements) >= filling.slot.at_most:
                busy.remove(filling)
    return tuple(
        Part(heading=f.slot.heading, statements=tuple(f.statements), ordered=f.slot.kind is SectionKind.STEPS)
        for f in fillings
        if f.statements
    )


def _candidates(cards: Sequence[Found], slot: Slot) -> list[tuple[Line, Passage]]:
    """Return the lines for a slot: of the first card that has any; cases from as many cards as it takes."""
    lines: list[tuple[Line, Passage]] = []
    for found in cards:
        passage = found.passage(slot.kind)
        if passage is None or (slot.kind is SectionKind.CASE and found.card.kind == "case" and lines):
            continue
        lines += [(line, passage) for line in passage.lines if not slot.labels or line.label in slot.labels]
        if len(lines) >= (slot.at_most if slot.kind is SectionKind.CASE else 1):
            break
    return lines


def _shortened(line: Line, passage: Passage, slot: Slot, left: int) -> Statement | None:
    """Return the line whole if it is short or the slot asks for it, else its first sentences, as far as the words last."""
    label = "" if line.label in slot.labels else line.label
    room = left - len(label.split())
    kept: list[str] = []
    for sentence in sentences(line.text):
        if len(sentence.split()) > room or (kept and not slot.whole):
            break
        kept.append(sentence)
        room -= len(sentence.split())
    return Statement(text=" ".join(kept), passages=(passage.id,), label=label) if kept else None


def _section(cards: Sequence[Found], kind: SectionKind) -> Iterable[Statement]:
    """Return a section whole, from the first card that has it; cases come from every card."""
    for found in cards:
        passage = found.passage(kind)
        if passage is None:
            continue
        for line in passage.lines:
            yield Statement(text=line.text, passages=(passage.id,), label=line.label)
        if kind is not SectionKind.CASE:
            return
