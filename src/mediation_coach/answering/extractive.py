"""The curated words themselves: an answer composed of card sentences, each with its passage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

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
CLOSE_ENOUGH, NOT_FAR = 0.85, 0.7
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
    """Return the cards to answer from: the main one, others nearly as good, then those that its author points to.

    The main card is the best one, unless another nearly as good was written for this skill, or the best is a case and a card
    of method is not far behind: an example alone is not advice.
    """
    found = question.retrieval.found
    if not found:
        return []
    main = next((f for f in found if f.card.serves(shape.skill) and _near(f, found[0], CLOSE_ENOUGH)), found[0])
    if main.card.kind == "case":
        main = next((f for f in found if f.card.kind != "case" and _near(f, main, NOT_FAR)), main)
    near = [f for f in found if f is not main and _near(f, found[0], CLOSE_ENOUGH)]
    beside = [f for f in question.retrieval.also_useful if found[0] is main]
    others = [f for f in (*near, *beside, *found) if f is not main]
    unique = {f.card.id: f for f in reversed(others)}
    ordered = sorted(unique.values(), key=lambda f: others.index(f))
    return [main, *ordered][:MOST_CARDS]


def _near(found: Found, best: Found, share: float) -> bool:
    return found.score >= share * best.score


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
    if slot.kind is SectionKind.CASE:
        return [example for found in cards for example in _examples(found)]
    for found in cards:
        passage = found.passage(slot.kind)
        lines = [line for line in passage.lines if not slot.labels or line.label in slot.labels] if passage else []
        if passage is not None and lines:
            return [(line, passage) for line in lines]
    return []


def _examples(found: Found) -> list[tuple[Line, Passage]]:
    """Return what a card tells of real places: its cases, or, of a card that is a case, what it teaches."""
    if found.card.kind != "case":
        passage = found.passage(SectionKind.CASE)
        return [(line, passage) for line in passage.lines if line.label] if passage else []
    passage = found.passage(SectionKind.IN_SHORT)
    return [(replace(passage.lines[0], label=f"{found.card.title}."), passage)] if passage else []


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
