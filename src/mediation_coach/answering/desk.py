"""What one question needs on the way to a model and back: its passages by number, its mask, and the draft as it is kept. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape

from mediation_coach.answering.calling import tokens_of
from mediation_coach.answering.drafts import clean
from mediation_coach.answering.masking import Mask
from mediation_coach.answering.support import numbers
from mediation_coach.domain.guidance import Answer, Found, Part, Passage, Question, SectionKind, Shape, Slot, Statement

LIBRARY = "library"
LONGEST_TURN = 600
FEWEST_WORDS = 8


def choose_passages(cards: Sequence[Found], shape: Shape, extract: Answer, limit: int) -> tuple[Passage, ...]:
    """Return at most `limit` passages to write from: those of the extract first, then the best card's, then the others'."""
    every = {p.id: p for found in cards for p in found.passages}
    wanted = [i for part in extract.in_short for s in part.statements for i in s.passages]
    kinds = dict.fromkeys(
        (
            *(slot.kind for slot in shape.first),
            SectionKind.IN_SHORT,
            SectionKind.STEPS,
            SectionKind.RISKS,
            SectionKind.OPTIONS,
        )
    )
    wanted += [p.id for found in cards for kind in kinds if (p := found.passage(kind)) is not None]
    return tuple(every[i] for i in dict.fromkeys(wanted) if i in every)[:limit]


def fitting(passage: Passage, slot: Slot) -> Passage | None:
    """Return the part of a passage that may stand under a slot's heading: a slot with labels takes only lines that bear them.

    So a step for next week is never shown as one for the first hour.
    """
    if not slot.labels:
        return passage
    lines = tuple(line for line in passage.lines if line.label in slot.labels)
    return replace(passage, lines=lines) if lines and passage.kind is slot.kind else None


def show_passages(passages: Sequence[Passage], mask: Mask) -> str:
    """Return the passages as data for the model. An organisation's own cards are masked like a question; the shipped library is public."""
    shown: list[str] = []
    for number, passage in enumerate(passages, start=1):
        hide = (lambda text: text) if passage.card.layer == LIBRARY else mask.hide
        lines = "\n".join(f"- {_data(hide(str(line)))}" for line in passage.lines)
        title = escape(clean(hide(passage.card.title)))
        shown.append(f'<passage id="{number}" title="{title}" section="{passage.kind}">\n{lines}\n</passage>')
    return "\n".join(shown)


def show_history(history: Sequence[str], mask: Mask, budget: int) -> str:
    """Return earlier questions within a budget of tokens, the newest kept longest, oldest first."""
    kept: list[str] = []
    for turn in reversed(history):
        line = f"- {_data(mask.hide(turn[:LONGEST_TURN]))}"
        budget -= tokens_of(line)
        if budget < 0:
            break
        kept.append(line)
    return "\n".join(reversed(kept))


def show_question(question: Question, mask: Mask) -> str:
    """Return the person's words as data for the model."""
    return _data(mask.hide(question.text))


def show_slots(slots: Sequence[Slot]) -> str:
    """Return the headings to write under."""
    kinds = {
        slot.heading: f" (from the section {slot.kind}"
        + (f": {' '.join(t for t in slot.labels if t)}" if any(slot.labels) else "")
        + ")"
        for slot in slots
    }
    return "\n".join(
        f"## {slot.heading}\nat most {slot.at_most} sentence{'s' * (slot.at_most > 1)}{kinds[slot.heading]}"
        for slot in slots
    )


def _data(text: str) -> str:
    return escape(clean(text), quote=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A sentence that its passages carry: as it is shown, and as the model wrote it, placeholders in place."""

    heading: str
    statement: Statement
    masked: str


@dataclass(slots=True, kw_only=True)
class Draft:
    """The part of a draft that is kept: at most so many sentences a slot, within the words of the first message."""

    slots: tuple[Slot, ...]
    most_words: int
    kept: list[Kept] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    def has_room(self, heading: str, text: str) -> bool:
        """Whether one more sentence fits under `heading`, with room left for every slot that is still empty."""
        filled = Counter(k.heading for k in self.kept)
        slot = next((s for s in self.slots if s.heading == heading), None)
        if slot is None or filled[heading] >= slot.at_most or any(k.statement.text == text for k in self.kept):
            return False
        waiting = sum(s.heading != heading and not filled[s.heading] for s in self.slots)
        used = sum(len(k.statement.text.split()) for k in self.kept)
        return used + len(text.split()) + FEWEST_WORDS * waiting <= self.most_words

    @property
    def empty(self) -> list[str]:
        """The headings that still have no sentence."""
        have = {k.heading for k in self.kept}
        return [s.heading for s in self.slots if s.heading not in have]

    def parts(self) -> tuple[Part, ...]:
        """Return the first message, in the shape's order."""
        return tuple(
            Part(
                heading=slot.heading,
                statements=tuple(k.statement for k in self.kept if k.heading == slot.heading),
                ordered=slot.kind is SectionKind.STEPS,
            )
            for slot in self.slots
            if any(k.heading == slot.heading for k in self.kept)
        )


_NUMBERED = re.compile(r"^\s*(\d{1,2})\s*[|│｜]\s*(\S.*?)\s*$")
_SCRIPTS = {"ar": re.compile(r"[\u0600-\u06ff]"), "ru": re.compile(r"[\u0400-\u04ff]")}


def numbered(texts: Sequence[str]) -> str:
    """Return texts as numbered lines for a translation."""
    return "\n".join(f"{n}| {text}" for n, text in enumerate(texts, start=1))


def read_line(line: str, originals: Sequence[str], language: str) -> tuple[int, str] | None:
    """Return which original (from 0) a line of a translation renders, and how; None where it can be none of them."""
    match = _NUMBERED.match(clean(line))
    number = int(match[1]) - 1 if match else -1
    if match is None or not 0 <= number < len(originals):
        return None
    return (number, match[2]) if _translates(match[2], originals[number], language) else None


def read_translation(reply: str, originals: Sequence[str], language: str) -> list[str] | None:
    """Return one translated line an original, or None if a line is missing, is no translation, or changes a number."""
    found: dict[int, str] = {}
    for line in reply.splitlines():
        if match := _NUMBERED.match(clean(line)):
            if int(match[1]) in found:
                return None
            found[int(match[1])] = match[2]
    if sorted(found) != list(range(1, len(originals) + 1)):
        return None
    lines = [found[n] for n in range(1, len(originals) + 1)]
    return (
        lines
        if all(_translates(line, original, language) for line, original in zip(lines, originals, strict=True))
        else None
    )


def _translates(line: str, original: str, language: str) -> bool:
    """Whether a line can be the translation of another: its digits, placeholders, length and script agree."""
    placeholders = sorted(re.findall(r"[A-Z]+-\d+", original)) == sorted(re.findall(r"[A-Z]+-\d+", line))
    bare, bare_original = (re.sub(r"‹[A-Z]+-\d+›", "", t) for t in (line, original))
    written = {n for n in numbers(bare) if n.isdigit()}
    needed = {n for n in numbers(bare_original) if n.isdigit() and re.search(rf"(?<!\d){n}(?!\d)", bare_original)}
    letters = [c for c in bare if c.isalpha()]
    script = _SCRIPTS.get(language)
    in_script = (
        sum(bool(script.match(c)) for c in letters) > 0.6 * len(letters)
        if script
        else bare.casefold() != bare_original.casefold()
    )
    return (
        placeholders
        and needed <= written <= numbers(bare_original)
        and in_script
        and 0.35 <= len(bare) / max(1, len(bare_original)) <= 3
    )
