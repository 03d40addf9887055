"""Skills, cards' passages, and the answer that is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Skill(StrEnum):
    """The four fields of practice, as the training names them."""

    PROCESS_DESIGN = "process_design"
    TECHNICAL_ASPECTS = "technical_aspects"
    CRISIS_HANDLING = "crisis_handling"
    IMPLEMENTATION = "implementation"


OUT_OF_SCOPE = "out_of_scope"
CROSSCUTTING = "crosscutting"


class SectionKind(StrEnum):
    """The parts of a card and of an answer, in reading order."""

    IN_SHORT = "in_short"
    ASK_FIRST = "ask_first"
    STEPS = "steps"
    OPTIONS = "options_and_trade_offs"
    RISKS = "risks"
    OTHER_SIDE = "the_other_side"
    NOT_TALKS = "if_talks_are_not_the_way_now"
    ALONGSIDE = "alongside"
    CASE = "case"
    WORDING = "wording"


class Dimension(StrEnum):
    """Ten things without which conflict advice is not complete (IFIT, 2025)."""

    CONTEXT = "due diligence on the context"
    ROLE = "due diligence on the asker's role and aims"
    RESULTS = "results over ideology"
    ALTERNATIVES = "alternatives to negotiation"
    TRADE_OFFS = "trade-offs"
    RISKS = "risks disclosed"
    OTHER_SIDE = "the other side's perspective"
    LOCAL_FIRST = "local first"
    ALONGSIDE = "accompanying measures"
    SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a card's claim can be checked."""

    key: str
    title: str
    organisation: str
    year: int
    where: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence, bullet or step of a card, as its author wrote it."""

    text: str
    label: str = ""
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The line as a reader sees it, label included."""
        return f"{self.label} {self.text}" if self.label else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What an answer needs to know of a card besides its words."""

    id: str
    title: str
    solves: str
    skill: str
    kind: str
    sensitivity: str
    reviewed: date
    also: tuple[Skill, ...] = ()
    as_of: date | None = None
    see: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    layer: str = "library"

    def serves(self, skill: Skill) -> bool:
        """Whether the card was written for `skill`, first or also."""
        return self.skill == skill or skill in self.also


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One section of one card: the unit that is found and cited."""

    card: CardFacts
    kind: SectionKind
    lines: tuple[Line, ...]

    @property
    def id(self) -> str:
        """`card#section`, stable across edits of the text."""
        return f"{self.card.id}#{self.kind.value.replace('_', '-')}"

    @property
    def text(self) -> str:
        """All lines as one text, for checks and for a language model."""
        return "\n".join(str(line) for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A card that fits a question, with its passages in reading order and how well it fits (0 to 1)."""

    card: CardFacts
    passages: tuple[Passage, ...]
    score: float

    def passage(self, kind: SectionKind) -> Passage | None:
        """The card's passage of that kind, if it has one."""
        return next((p for p in self.passages if p.kind is kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """What the folder has for a question: best cards first, and what the examples say about its skill.

    `scope` maps each skill and `out_of_scope` to a share; the shares add up to 1, or to 0 where nothing is known.
    `also_useful` are cases and cards that the best ones point to. `content_words` counts the words of the question that mean
    something by themselves; `dense` tells that meaning was compared, and not words alone. `tool` is the guided tool that fits
    better than any card, where there is one.
    """

    found: tuple[Found, ...] = ()
    scope: Mapping[str, float] = field(default_factory=dict)
    also_useful: tuple[Found, ...] = ()
    dense: bool = False
    content_words: int = 99
    tool: Found | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What someone asks, with what is needed to find and phrase an answer."""

    text: str
    query: str
    skill: Skill
    runner_up: Skill | None = None
    confidence: float = 1.0
    language: str = "en"
    history: tuple[str, ...] = ()
    retrieval: Retrieval = Retrieval()
    shared_room: bool = False
    person: str = ""
    workspace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence of an answer and the passages that carry it."""

    text: str
    passages: tuple[str, ...]
    label: str = ""

    def __str__(self) -> str:
        """The statement as a reader sees it, label included."""
        return f"{self.label} {self.text}" if self.label else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A group of statements under a heading; the heading is a key of the coach's own words."""

    heading: str
    statements: tuple[Statement, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A numbered source of an answer: a card, and what the card itself stands on."""

    number: int
    card: str
    title: str
    passages: tuple[str, ...]
    sources: tuple[Source, ...]
    reviewed: date
    as_of: date | None = None
    layer: str = "library"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer in the shape of its skill: short first, the rest in sections the reader can open.

    `notes` are keys of the coach's own sentences that stand under the first message, such as a limit that was reached.
    """

    skill: Skill
    confidence: float
    in_short: tuple[Part, ...]
    sections: Mapping[SectionKind, tuple[Statement, ...]]
    citations: tuple[Citation, ...]
    runner_up: Skill | None = None
    sensitivity: str = "green"
    dimensions: frozenset[Dimension] = frozenset()
    written_by: str = "library"
    language: str = "en"
    advises: bool = True
    notes: tuple[str, ...] = ()

    def statements(self) -> Iterator[Statement]:
        """Every statement of the answer, first message first."""
        for part in self.in_short:
            yield from part.statements
        for statements in self.sections.values():
            yield from statements

    @property
    def missing(self) -> frozenset[Dimension]:
        """The dimensions of sound conflict advice that are neither in the answer nor behind its choices."""
        return frozenset(Dimension) - self.dimensions if self.advises else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in the first message: which lines fill it, and at most how many."""

    heading: str
    kind: SectionKind
    at_most: int
    labels: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a skill's answer is built: the slots of the first message, then the order of the sections."""

    skill: Skill
    first: tuple[Slot, ...]
    sections: tuple[SectionKind, ...]
    first_words: int = 120
