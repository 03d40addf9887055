"""Plans of check-ins, read from YAML; a fault is named with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from mediation_coach.domain.calendar import Span
from mediation_coach.domain.follow_through import MOST_WORDS, Ask, Option, Plan, Step, Told
from mediation_coach.errors import ContentError

FOLDER = "follow_through"
NOT_PLANS = frozenset({"places"})
LANGUAGES = ("en", "fr", "es", "ar", "ru")
MOST_QUESTION_WORDS = 35
MOST_LABEL = 75
NAME = r"^[a-z0-9]+([_-][a-z0-9]+)*$"

_SPAN = re.compile(r"^(-?\d+) (day|week|month|year)s?$")
_UNITS = {"day": (0, 1), "week": (0, 7), "month": (1, 0), "year": (12, 0)}


class _Door(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def read_span(words: object) -> Span:
    """Return the span that `3 days`, `2 weeks`, `-7 days` or `6 months` names.

    Raises:
        ValueError: it names none.
    """
    match = _SPAN.match(str(words).strip())
    if match is None:
        raise ValueError("write a number and a unit, such as '3 days', '2 weeks' or '6 months'")
    count, (months, days) = int(match[1]), _UNITS[match[2]]
    if months and count < 0:
        raise ValueError("count back in days or weeks")
    return Span(months=count * months, days=count * days)


def _question(text: str) -> str:
    words = len(text.split())
    if words > MOST_QUESTION_WORDS:
        raise ValueError(f"{words} words; at most {MOST_QUESTION_WORDS}, so that the message stays within {MOST_WORDS}")
    if re.search(r"[?？؟].*[?？؟]", text, re.DOTALL):
        raise ValueError("ask one question")
    return text


def _label(text: str) -> str:
    if len(text) > MOST_LABEL:
        raise ValueError(f"{len(text)} characters; a button holds {MOST_LABEL}")
    return text


def _in_english(texts: Mapping[str, str]) -> Mapping[str, str]:
    if "en" not in texts:
        raise ValueError("give the text in English (en) at least")
    if unknown := set(texts) - set(LANGUAGES):
        raise ValueError(f"unknown language {sorted(unknown)[0]!r}; known: {', '.join(LANGUAGES)}")
    return texts


Question = Annotated[dict[str, Annotated[str, AfterValidator(_question)]], AfterValidator(_in_english)]
Label = Annotated[dict[str, Annotated[str, AfterValidator(_label)]], AfterValidator(_in_english)]
Name = Annotated[str, Field(pattern=NAME)]
After = Annotated[Span, BeforeValidator(read_span)]


class AskRead(_Door):
    """A question with its own answers."""

    id: Name
    question: Question
    choices: dict[Name, Label] = Field(min_length=2, max_length=10)


class AgainRead(_Door):
    """The question a week after `stuck`."""

    question: Question


class StepRead(_Door):
    """One check-in."""

    id: Name
    after: After
    question: Question
    form: bool = False
    card: str = ""
    story: bool = False
    then: AskRead | None = None


class PlanRead(_Door):
    """A whole file."""

    id: Name
    title: str = Field(min_length=3, max_length=90)
    answers: dict[Told, Label]
    obstacle: AskRead
    again: AgainRead
    steps: tuple[StepRead, ...] = Field(min_length=1)
    events: tuple[StepRead, ...] = ()


def read_plan(path: Path) -> Plan:
    """Return the plan in a file.

    Raises:
        ContentError: it is not sound; every fault is named with its line.
    """
    tree = _tree(path)
    try:
        read = PlanRead.model_validate(yaml.load(path.read_text("utf-8"), yaml.SafeLoader))
    except ValidationError as exc:
        faults = [(_line(tree, e["loc"]), f"{_where(e['loc'])}{_message(e)}") for e in exc.errors(include_input=False)]
    else:
        faults = [(_line(tree, where), fault) for where, fault in _faults(read, path)]
        if not faults:
            return _plan(read)
    raise ContentError("\n".join(f"{path.name}:{line}: {fault}" for line, fault in sorted(faults)))


def read_plans(*folders: Path) -> dict[str, Plan]:
    """Return the plans of knowledge folders by id; a later folder's plan takes the place of an earlier one's.

    Raises:
        ContentError: a plan is not sound.
    """
    found = (p for folder in folders for p in sorted((folder / FOLDER).glob("*.yaml")) if p.stem not in NOT_PLANS)
    return {plan.id: plan for plan in map(read_plan, found)}


def _tree(path: Path) -> yaml.Node:
    try:
        tree = yaml.compose(path.read_text("utf-8"), yaml.SafeLoader)
    except UnicodeDecodeError:
        raise ContentError(f"{path.name}:1: the file is not UTF-8; save it as UTF-8") from None
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise ContentError(f"{path.name}:{line}: {exc.problem}") from None
    if not isinstance(tree, yaml.MappingNode):
        raise ContentError(f"{path.name}:1: write a mapping with id, title, answers, obstacle, again and steps")
    return tree


def _faults(read: PlanRead, path: Path) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if read.id != path.stem:
        yield ("id",), f"the id '{read.id}' must be the file's name, '{path.stem}'"
    if missing := [t.value for t in Told if t not in read.answers]:
        yield ("answers",), f"give labels for {', '.join(missing)}"
    known: set[str] = {"again"}
    for part in ("steps", "events"):
        before: StepRead | None = None
        for n, step in enumerate(getattr(read, part)):
            if step.id in known:
                yield (part, n, "id"), f"'{step.id}' is there twice; every check-in needs its own id"
            if before is not None and step.after.length <= before.after.length:
                yield (
                    (part, n, "after"),
                    f"'{step.id}' comes after '{before.id}' but is not later; put the steps in order",
                )
            if part == "steps" and step.after.length < 0:
                yield (part, n, "after"), f"'{step.id}' lies before the last course day"
            known.add(step.id)
            before = step


def _plan(read: PlanRead) -> Plan:
    told = tuple(Option(id=name.value, label=read.answers[name]) for name in Told)
    return Plan(
        id=read.id,
        title=read.title,
        steps=tuple(_step(step, told) for step in read.steps),
        events=tuple(_step(step, told) for step in read.events),
        again=Step(id="again", after=Span(days=7), ask=Ask(id="again", question=read.again.question, options=told)),
        obstacle=_ask(read.obstacle),
    )


def _step(read: StepRead, told: tuple[Option, ...]) -> Step:
    return Step(
        id=read.id,
        after=read.after,
        ask=Ask(id="progress", question=read.question, options=told),
        then=_ask(read.then) if read.then else None,
        form=read.form,
        card=read.card,
        story=read.story,
    )


def _ask(read: AskRead) -> Ask:
    options = tuple(Option(id=name, label=label) for name, label in read.choices.items())
    return Ask(id=read.id, question=read.question, options=options)


def _line(node: yaml.Node, where: tuple[str | int, ...]) -> int:
    """Return the line of the innermost part of `where` that the file has."""
    line = node.start_mark.line + 1
    for key in where:
        inner = _inner(node, key)
        if inner is None:
            break
        line, node = inner
    return line


def _inner(node: yaml.Node, key: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark.line + 1, node.value[key]
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line + 1, value
    return None


def _where(loc: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in loc if part != "[key]") + ": " if loc else ""


def _message(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")
