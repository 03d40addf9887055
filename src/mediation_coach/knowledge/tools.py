"""Guided tools as data: the questions of a worksheet in order, what it concludes from the answers, and what comes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mediation_coach.domain.guidance import CardFacts, Line, Passage, SectionKind, Skill
from mediation_coach.errors import ContentError
from mediation_coach.knowledge.cards import Card, Loader, read_text

FOLDER = "tools"
FEWEST_ASKED = 8

Words = Annotated[str, Field(min_length=3)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class _Door(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ToolField(_Door):
    """One question of a tool. A `list` is answered with one entry a line."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=8, max_length=89)
    hint: str = ""
    kind: Literal["text", "list", "choice", "number", "date"]
    choices: tuple[str, ...] = ()
    optional: bool = False

    @model_validator(mode="after")
    def _choices_where_chosen(self) -> Self:
        if self.kind == "choice" and len(self.choices) < 2:
            raise ValueError(f"field '{self.id}' is a choice: give it two choices or more")
        if self.kind != "choice" and self.choices:
            raise ValueError(f"field '{self.id}' is no choice: remove its choices, or set its kind to choice")
        return self


class ToolOutput(_Door):
    """What a finished tool gives back: a table with these columns."""

    title: Words
    columns: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=2)


class Tool(_Door):
    """A guided tool: what it solves, its questions in order, its rules and its output."""

    id: Slug
    title: str = Field(min_length=3, max_length=90)
    solves: str = Field(min_length=10)
    skill: Skill
    minutes: int = Field(ge=1, le=120)
    asked_as: tuple[Words, ...] = Field(min_length=FEWEST_ASKED)
    intro: str = Field(min_length=10)
    fields: tuple[ToolField, ...] = Field(min_length=1)
    rules: tuple[str, ...] = Field(min_length=1)
    output: ToolOutput
    see: tuple[Slug, ...] = Field(min_length=2, max_length=4)

    @model_validator(mode="after")
    def _each_field_once(self) -> Self:
        ids = [f.id for f in self.fields]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"field '{twice[0]}' stands twice: give one of them another id")
        return self


def read_tools(folder: Path) -> tuple[Tool, ...]:
    """Return the tools of `folder/tools`, by id; none if there is no such folder.

    Raises:
        ContentError: a file is not valid; the message says what to mend in which file.
    """
    return tuple(read_tool(path) for path in sorted((folder / FOLDER).glob("*.yaml")))


def read_tool(path: Path) -> Tool:
    """Return the tool in the file at `path`.

    Raises:
        ContentError: the file is not valid.
    """
    try:
        raw = yaml.load(read_text(path), Loader)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        at = f", line {mark.line + 1}" if mark else ""
        raise ContentError(f"{path} is not valid YAML{at}; quote values that hold ': ' or '#'") from exc
    if not isinstance(raw, dict):
        raise ContentError(f"{path} is not a tool; begin it with the keys id, title, solves, skill")
    try:
        tool = Tool.model_validate(raw)
    except ValidationError as exc:
        raise ContentError(f"{path} is not a usable tool: " + "; ".join(_told(exc))) from exc
    if tool.id != path.stem:
        raise ContentError(f"{path} has the id '{tool.id}'; rename the file to {tool.id}.yaml, or change the id")
    return tool


def _told(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in problem["loc"])
        match problem["type"]:
            case "missing":
                yield f"'{where}' is missing, add it"
            case "extra_forbidden":
                yield f"unknown key '{where}', remove it"
            case "value_error":
                yield problem["msg"].removeprefix("Value error, ")
            case _:
                yield f"'{where}' is not usable ({problem['msg']}), correct it"


def as_card(tool: Tool, layer: str) -> Card:
    """Return a tool as something that can be found and cited: its questions are the steps, its rules the options."""
    facts = CardFacts(
        id=f"tool-{tool.id}",
        title=tool.title,
        solves=tool.solves,
        skill=tool.skill,
        kind="tool",
        sensitivity="green",
        reviewed=date.max,  # a worksheet does not age
        see=tool.see,
        layer=layer,
    )
    questions = tuple(Line(text=f"{f.label} {f.hint}".strip()) for f in tool.fields)
    sections = {
        SectionKind.IN_SHORT: (Line(text=tool.intro),),
        SectionKind.STEPS: questions,
        SectionKind.OPTIONS: tuple(Line(text=rule) for rule in tool.rules),
    }
    passages = tuple(Passage(card=facts, kind=kind, lines=lines) for kind, lines in sections.items())
    return Card(facts=facts, asked_as=tool.asked_as, asked_in={}, passages=passages)
