"""Markdown cards with front matter, read into passages."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from mediation_coach.domain.composing import sentences
from mediation_coach.domain.guidance import (
    CardFacts,
    Line,
    Passage,
    SectionKind,
    Skill,
    Source,
)
from mediation_coach.errors import ContentError

Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDERS = ("process_design", "technical_aspects", "crisis_handling", "implementation", "crosscutting", "cases")
LANGUAGES = ("fr", "es", "ar", "ru")
HEADINGS: Mapping[str, SectionKind] = {
    "In short": SectionKind.IN_SHORT,
    "Ask first": SectionKind.ASK_FIRST,
    "Steps": SectionKind.STEPS,
    "Options and trade-offs": SectionKind.OPTIONS,
    "Risks": SectionKind.RISKS,
    "The other side": SectionKind.OTHER_SIDE,
    "If talks are not the way now": SectionKind.NOT_TALKS,
    "Alongside": SectionKind.ALONGSIDE,
    "Case": SectionKind.CASE,
    "Wording": SectionKind.WORDING,
}
HEADING_OF = {kind: heading for heading, kind in HEADINGS.items()}
_KEYS = re.compile(r"\s*\[([A-Za-z0-9][A-Za-z0-9-]*(?:,\s*[A-Za-z0-9][A-Za-z0-9-]*)*)\](?!\()")
_BULLET = re.compile(r"^(?:-|\d+\.)\s+")
_LABEL = re.compile(r"^\*\*(.+?)\*\*\s*")


class _Door(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SourceRef(_Door):
    """A source of a card: a key of `sources.yaml`, or the whole reference."""

    key: str
    title: str = ""
    organisation: str = ""
    year: int | None = None
    where: str = ""
    url: str = ""


class Asked(_Door):
    """Example questions in other languages."""

    fr: tuple[str, ...] = ()
    es: tuple[str, ...] = ()
    ar: tuple[str, ...] = ()
    ru: tuple[str, ...] = ()


War = Literal["before", "during", "after", "any"]
Phase = Literal["pre_negotiation", "negotiation", "agreement", "implementation", "any"]
Level = Literal["community", "subnational", "national", "interstate", "any"]
Track = Literal["multi"] | float
Actor = Literal[
    "mediator",
    "support_team",
    "government_party",
    "armed_party",
    "political_party",
    "insider",
    "civil_society",
    "women",
    "youth",
    "victims",
    "faith",
    "business",
    "donor",
    "un",
    "regional",
    "ingo",
    "parliament",
    "analyst",
    "media",
    "military",
    "diaspora",
    "community",
]
_T = TypeVar("_T")
Several = Annotated[
    tuple[_T, ...], BeforeValidator(lambda value: value if isinstance(value, (list, tuple)) else (value,))
]


class FrontMatter(_Door):
    """The closed vocabulary at the head of every card."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str = Field(min_length=3, max_length=90)
    solves: str = Field(min_length=10)
    skill: Literal["process_design", "technical_aspects", "crisis_handling", "implementation", "crosscutting"]
    also: Several[Skill] = ()
    phase: Several[Phase]
    war: Several[War]
    track: Several[Track]
    actors: Several[Actor]
    level: Several[Level]
    sensitivity: Literal["green", "amber", "red"]
    kind: Literal["concept", "method", "checklist", "dilemma", "evidence", "protocol", "role", "case"]
    asked_as: tuple[str, ...]
    asked_in: Asked = Asked()
    see: tuple[str, ...] = ()
    sources: tuple[SourceRef, ...]
    reviewed: date
    as_of: date | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card, read: facts, example questions and passages."""

    facts: CardFacts
    asked_as: tuple[str, ...]
    asked_in: Mapping[str, tuple[str, ...]]
    passages: tuple[Passage, ...]
    retired: bool = False

    @property
    def id(self) -> str:
        """The card's slug."""
        return self.facts.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong in the folder: where, what, and how to mend it."""

    path: Path
    line: int
    what: str
    mend: str

    def __str__(self) -> str:
        """One line, as editors and CI like it."""
        return f"{self.path}:{self.line}: {self.what}. {self.mend}"


@dataclass(slots=True)
class Reading:
    """A card in the making, with the faults found on the way."""

    path: Path
    text: str
    layer: str
    front: FrontMatter | None = None
    card: Card | None = None
    faults: list[Fault] = field(default_factory=list)

    def fault(self, what: str, mend: str, at: str | int = 1) -> None:
        """Note a fault at a line number, or at the first line that holds the given text."""
        line = at if isinstance(at, int) else line_of(self.text, at)
        self.faults.append(Fault(path=self.path, line=line, what=what, mend=mend))


def line_of(text: str, needle: str) -> int:
    """Return the number of the first line that holds `needle`, or 1."""
    at = text.find(needle)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def _line(text: str) -> Line:
    keys = tuple(key.strip() for group in _KEYS.findall(text) for key in group.split(","))
    bare = " ".join(_KEYS.sub("", text).split())
    label = _LABEL.match(bare)
    return Line(text=bare[label.end() :] if label else bare, label=label.group(1) if label else "", keys=keys)


def read_section(body: str) -> tuple[Line, ...]:
    """Return a section's bullets and steps, one `Line` each; running text gives one `Line` a sentence."""
    lines: list[str] = []
    for block in re.split(r"\n\s*\n", body.strip()):
        running: list[str] = []
        for raw in block.splitlines():
            if _BULLET.match(raw):
                lines.extend(sentences(" ".join(running)))
                running = []
                lines.append(_BULLET.sub("", raw).strip())
            elif lines and raw.startswith((" ", "\t")) and not running:
                lines[-1] += " " + raw.strip()
            else:
                running.append(raw.strip())
        lines.extend(sentences(" ".join(running)))
    return tuple(_line(line) for line in lines if line)


def _split(text: str) -> tuple[str, str] | None:
    match = re.match(r"---\r?\n(.*?)\r?\n---\r?\n(.*)\Z", text, re.DOTALL)
    return (match.group(1), match.group(2)) if match else None


def _front_faults(reading: Reading, error: ValidationError) -> None:
    for problem in error.errors(include_url=False, include_input=False):
        key = str(problem["loc"][0]) if problem["loc"] else ""
        kind = problem["type"]
        if kind == "extra_forbidden":
            reading.fault(f"unknown key '{key}'", "Remove it, or see the list of keys in CONTRIBUTING.md", f"\n{key}:")
        elif kind == "missing":
            reading.fault(f"'{key}' is missing", "Add it to the front matter")
        else:
            reading.fault(f"'{key}' is not usable: {problem['msg']}", "Use one of the allowed values", f"\n{key}:")


def read_card(
    path: Path,
    text: str,
    sources: Mapping[str, Source],
    layer: str = "library",
    examples: Mapping[str, Sequence[str]] | None = None,
) -> Reading:
    """Return the card in `text`, or the faults that keep it from being one; `examples` are more questions, by language."""
    more = examples or {}
    reading = Reading(path=path, text=text, layer=layer)
    parts = _split(text)
    if parts is None:
        reading.fault("no front matter", "Begin the file with '---', the keys, and '---' on lines of their own")
        return reading
    try:
        raw = yaml.load(parts[0], Loader)
        if not isinstance(raw, dict):
            raise yaml.YAMLError("not a mapping")
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        reading.fault(
            "the front matter is not valid YAML", "Quote values that hold ': ' or '#'", mark.line + 2 if mark else 2
        )
        return reading
    try:
        front = FrontMatter.model_validate(raw)
    except ValidationError as exc:
        _front_faults(reading, exc)
        return reading
    reading.front = front
    facts = CardFacts(
        id=front.id,
        title=front.title,
        solves=front.solves,
        skill=front.skill,
        kind=front.kind,
        sensitivity=front.sensitivity,
        reviewed=front.reviewed,
        also=front.also,
        as_of=front.as_of,
        see=front.see,
        sources=tuple(_resolve(reading, front, sources)),
        layer=layer,
    )
    reading.card = Card(
        facts=facts,
        asked_as=(*front.asked_as, *more.get("en", ())),
        asked_in={lang: (*getattr(front.asked_in, lang), *more.get(lang, ())) for lang in LANGUAGES},
        passages=tuple(_passages(reading, facts, parts[1])),
        retired=front.retired,
    )
    return reading


def _resolve(reading: Reading, front: FrontMatter, sources: Mapping[str, Source]) -> Iterator[Source]:
    for ref in front.sources:
        known = sources.get(ref.key)
        if known is not None:
            yield Source(
                key=ref.key,
                title=ref.title or known.title,
                organisation=ref.organisation or known.organisation,
                year=ref.year or known.year,
                where=ref.where,
                url=ref.url or known.url,
            )
        elif ref.year is None:
            reading.fault(
                f"source '{ref.key}' has no year",
                "Give title, organisation and year, or list it in sources.yaml",
                ref.key,
            )
        elif not (ref.title and ref.organisation):
            reading.fault(
                f"source '{ref.key}' is not complete",
                "Give title and organisation, or list it in sources.yaml",
                ref.key,
            )
        else:
            yield Source(
                key=ref.key, title=ref.title, organisation=ref.organisation, year=ref.year, where=ref.where, url=ref.url
            )


def _passages(reading: Reading, facts: CardFacts, body: str) -> Iterator[Passage]:
    pieces = re.split(r"^##[ \t]+(.+?)[ \t]*$", body, flags=re.MULTILINE)
    seen: set[SectionKind] = set()
    for heading, section in zip(pieces[1::2], pieces[2::2], strict=True):
        kind = HEADINGS.get(heading)
        if kind is None:
            reading.fault(f"unknown section '{heading}'", "Use one of: " + ", ".join(HEADINGS), f"## {heading}")
        elif kind in seen:
            reading.fault(f"section '{heading}' stands twice", "Join the two", f"## {heading}")
        elif lines := read_section(section):
            seen.add(kind)
            yield Passage(card=facts, kind=kind, lines=lines)


def read_sources(folder: Path) -> dict[str, Source]:
    """Return the references of `folder/sources.yaml` by key; empty if there is no such file.

    Raises:
        ContentError: the file is not valid.
    """
    path = folder / "sources.yaml"
    if not path.exists():
        return {}
    try:
        raw = yaml.load(path.read_text("utf-8"), Loader) or {}
        return {
            str(key): Source(
                key=str(key),
                title=str(entry["title"]),
                organisation=str(entry["organisation"]),
                year=int(entry["year"]),
                url=str(entry.get("url") or ""),
            )
            for key, entry in raw.items()
        }
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as exc:
        raise ContentError(
            f"{path} is not usable ({type(exc).__name__}): each key needs title, organisation and a year"
        ) from exc


def read_examples(folder: Path) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return more example questions by card and language, from `folder/examples/*.yaml`: too many for a card's own head.

    A file that is named by a language (`fr.yaml`) holds questions in it; all others hold English ones.

    Raises:
        ContentError: a file is not a mapping of card ids to lists of questions.
    """
    examples: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for path in sorted((folder / "examples").glob("*.yaml")):
        language = path.stem if path.stem in LANGUAGES else "en"
        try:
            raw = yaml.load(path.read_text("utf-8"), Loader) or {}
            for slug, lines in raw.items():
                kept = examples[str(slug)]
                kept[language] = (*kept.get(language, ()), *(str(line) for line in lines))
        except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, TypeError) as exc:
            raise ContentError(
                f"{path} is not usable ({type(exc).__name__}): give each card id a list of questions"
            ) from exc
    return dict(examples)


def card_paths(folder: Path) -> list[Path]:
    """Return the card files of a folder, in a fixed order.

    Raises:
        ContentError: there is no such folder.
    """
    if not folder.is_dir():
        raise ContentError(f"there is no knowledge folder at {folder}; name one with 'knowledge' in coach.toml")
    return sorted(p for name in FOLDERS for p in (folder / name).glob("*.md"))


def text_hash(text: str) -> str:
    """Return a short fixed name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def read_text(path: Path) -> str:
    """Return a file's text.

    Raises:
        ContentError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ContentError(f"{path} cannot be read as UTF-8 text; save it as UTF-8") from exc
