"""The check that keeps the folder sound: every fault with file, line and mend."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from mediation_coach.domain.composing import dimensions_of, sentences
from mediation_coach.domain.guidance import CROSSCUTTING, Dimension, SectionKind, Skill
from mediation_coach.errors import ContentError
from mediation_coach.knowledge.cards import (
    HEADINGS,
    LANGUAGES,
    Card,
    Fault,
    Reading,
    card_paths,
    read_card,
    read_examples,
    read_sources,
    read_text,
)

ADVISES = frozenset({"method", "protocol", "checklist", "dilemma", "role", "concept"})
NEEDED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("method", "protocol", "checklist", "dilemma"), ("In short", "Ask first", "Steps", "Risks", "Case")
    ),
    "role": ("In short", "Ask first", "Steps", "Risks"),
    "concept": ("In short", "Ask first", "Risks"),
    "evidence": ("In short", "Ask first", "Risks", "Case"),
    "case": ("In short", "Case", "Options and trade-offs", "Risks"),
}
TIME_MARKS = ("First hour:", "First day:", "Next week:")
MOST_WORDS_IN_SHORT = 120
FEWEST_ASKED = 8
FEWEST_ASKED_IN = 2
REVIEW_LIMIT_DAYS = 548
_PLANTED = re.compile(
    r"ignore (all |any |the )?(previous|prior|above|earlier) (instruction|rule|prompt)|disregard (the|all|your) (instruction|rule|above)"
    r"|you are now (a|an|in)\b|system prompt|</?(system|passage|assistant)>|reveal your (prompt|instruction|memory)",
    re.IGNORECASE,
)


def check_folder(folder: Path, *, today: date, base: Sequence[Card] = ()) -> tuple[list[Card], list[Fault]]:
    """Read a whole folder; return its cards and every fault in it.

    `base` are cards of a layer below, which `see` may name.
    """
    faults: list[Fault] = []
    try:
        sources = read_sources(folder)
    except ContentError as exc:
        sources = {}
        faults.append(Fault(path=folder / "sources.yaml", line=1, what=str(exc), mend="Mend it first"))
    try:
        examples = read_examples(folder)
    except ContentError as exc:
        examples = {}
        faults.append(Fault(path=folder / "examples", line=1, what=str(exc), mend="Mend it first"))
    readings: list[Reading] = []
    for path in card_paths(folder):
        try:
            reading = read_card(path, read_text(path), sources, examples=examples.get(path.stem))
        except ContentError as exc:
            faults.append(Fault(path=path, line=1, what=str(exc), mend="Save it as UTF-8"))
            continue
        readings.append(reading)
        _check_card(reading, today)
    _check_together(readings, {card.id for card in base})
    for slug in examples.keys() - {r.path.stem for r in readings}:
        faults.append(
            Fault(
                path=folder / "examples", line=1, what=f"examples for '{slug}', which is no card", mend="Correct the id"
            )
        )
    for reading in readings:
        faults.extend(reading.faults)
    return [r.card for r in readings if r.card is not None], faults


def _check_card(reading: Reading, today: date) -> None:
    if reading.front is None or reading.card is None:
        return
    front, card = reading.front, reading.card
    if front.id != reading.path.stem:
        reading.fault(f"id '{front.id}' is not the file's name", f"Rename the file to {front.id}.md", "id:")
    folder = reading.path.parent.name
    if folder != (expected := "cases" if front.kind == "case" else front.skill):
        reading.fault(f"the card lies in '{folder}'", f"Move it to '{expected}'", "skill:")
    if front.skill == CROSSCUTTING and not front.also:
        reading.fault("a crosscutting card serves no skill", "Name at least one under 'also'", "skill:")
    if len(front.asked_as) < FEWEST_ASKED:
        reading.fault(
            f"only {len(front.asked_as)} example questions", f"Give at least {FEWEST_ASKED} in 'asked_as'", "asked_as:"
        )
    for language in LANGUAGES:
        if reading.layer == "library" and len(card.asked_in[language]) < FEWEST_ASKED_IN:
            reading.fault(f"too few example questions in '{language}'", f"Give at least {FEWEST_ASKED_IN}", "asked_in:")
    if not front.sources:
        reading.fault("no source", "Name at least one under 'sources'", "sources:")
    if (today - front.reviewed).days > REVIEW_LIMIT_DAYS:
        reading.fault(f"last reviewed on {front.reviewed}", "Review it and set 'reviewed'", "reviewed:")
    if front.reviewed > today:
        reading.fault(f"reviewed in the future ({front.reviewed})", "Set the day of the last review", "reviewed:")
    if front.kind == "case" and front.as_of is None:
        reading.fault("a case has no 'as_of'", "Give the date up to which its facts hold", "kind:")
    if match := _PLANTED.search(reading.text):
        reading.fault("this reads like an instruction to a machine", "Remove it", match.group(0))
    _check_sections(reading)


def _check_sections(reading: Reading) -> None:
    assert reading.card is not None
    assert reading.front is not None
    front, card = reading.front, reading.card
    present = {p.kind: p for p in card.passages}
    for heading in NEEDED[front.kind]:
        if HEADINGS[heading] not in present:
            reading.fault(f"section '{heading}' is missing", "Write it", "kind:")
    short = present.get(SectionKind.IN_SHORT)
    if short is not None and (words := len(short.text.split())) > MOST_WORDS_IN_SHORT:
        reading.fault(f"'In short' has {words} words", f"Cut it to {MOST_WORDS_IN_SHORT}", "## In short")
    steps = present.get(SectionKind.STEPS)
    if front.skill == Skill.CRISIS_HANDLING.value and front.kind != "case" and steps is not None:
        labels = [line.label for line in steps.lines]
        if any(label not in TIME_MARKS for label in labels) or set(labels) != set(TIME_MARKS):
            reading.fault(
                "the steps of a crisis card carry no full set of time marks",
                "Begin each with **First hour:**, **First day:** or **Next week:**, and use all three",
                "## Steps",
            )
    keys = {ref.key for ref in front.sources} | {front.id}
    for passage in card.passages:
        for line in passage.lines:
            for key in line.keys:
                if key not in keys:
                    reading.fault(f"[{key}] is not among the card's sources", "Add it under 'sources'", f"[{key}")


def _check_together(readings: Sequence[Reading], below: set[str]) -> None:
    cards = {r.card.id: r for r in readings if r.card is not None}
    where: dict[str, set[str]] = defaultdict(set)
    first: dict[str, Reading] = {}
    for reading in readings:
        card = reading.card
        if card is None:
            continue
        if cards[card.id] is not reading:
            reading.fault(f"id '{card.id}' stands in {cards[card.id].path.name} too", "Give it another id", "id:")
        for slug in card.facts.see:
            if slug not in cards and slug not in below:
                reading.fault(f"'see' names '{slug}', which is no card", "Correct the name or remove it", slug)
        _check_dimensions(reading, cards, below)
        for passage in card.passages:
            for line in passage.lines:
                for sentence in sentences(line.text):
                    words = re.sub(r"\W+", " ", sentence).strip().lower()
                    if len(words.split()) < 5:
                        continue
                    if where[words] and card.id not in where[words]:
                        reading.fault(
                            f"the same sentence stands in '{first[words].path.stem}'",
                            "Write it anew in one of them",
                            sentence,
                        )
                    where[words].add(card.id)
                    first.setdefault(words, reading)


def _check_dimensions(reading: Reading, cards: Mapping[str, Reading], below: set[str]) -> None:
    assert reading.card is not None
    card = reading.card
    if card.facts.kind not in ADVISES or any(slug in below for slug in card.facts.see):
        return
    reach = [card, *(r.card for slug in card.facts.see if (r := cards.get(slug)) is not None and r.card is not None)]
    missing = frozenset(Dimension) - dimensions_of(p for c in reach for p in c.passages)
    if missing:
        names = ", ".join(sorted(missing))
        reading.fault(f"advice without: {names}", "Add the section, or name in 'see' a card that has it", "kind:")
