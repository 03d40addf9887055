"""What the tests of the language-model chain share: real cards, a question about them, and an answerer on a loopback server."""

from __future__ import annotations

import functools
import html
import re
from pathlib import Path
from typing import Any

from mediation_coach.answering.extractive import Extractive
from mediation_coach.answering.llm import ModelAnswerer
from mediation_coach.answering.options import ModelOptions
from mediation_coach.answering.prompts import Prompts
from mediation_coach.domain.composing import sentences
from mediation_coach.domain.guidance import Found, Passage, Question, Retrieval, Shape, Skill
from mediation_coach.knowledge.cards import card_paths, read_card, read_sources, read_text
from mediation_coach.skills.crisis_handling import CrisisHandling
from mediation_coach.skills.implementation import Implementation
from mediation_coach.skills.process_design import ProcessDesign
from mediation_coach.skills.technical_aspects import TechnicalAspects
from tests.openai_server import KEY

ROOT = Path(__file__).parent.parent
PROMPTS = ROOT / "prompts"
SHAPES: dict[Skill, Shape] = {
    handler.shape.skill: handler.shape for handler in (ProcessDesign, TechnicalAspects, CrisisHandling, Implementation)
}

GOOD = """\
## first_hour
Say that the session is adjourned and give a time for the next contact [1].
Check that the delegates who left are safe and can travel [1].
## first_day
Send one messenger whom both sides trust, with three questions: what happened, what do you need to return, and what may I tell the others [1].
## next_week
If two weeks pass, move to technical or humanitarian work and a quiet line between leaders [1].
## stop_if
Stop if the exit comes with troop movements or warnings to civilians [2].
"""


def quoting(body: dict[str, Any]) -> str:
    """Return a draft that answers a request with the first fitting sentence of its passages under each heading."""
    prompt = html.unescape(str(body["messages"][-1]["content"]))
    found = re.findall(r'<passage id="(\d+)" title="[^"]*" section="(\w+)">\n(.*?)\n</passage>', prompt, re.DOTALL)
    slots = re.findall(
        r"^## (\w+)\nat most \d+ sentences? ?\(from the section (\w+)(?:: ([^)]*))?\)", prompt, re.MULTILINE
    )
    return "".join(f"## {heading}\n{_quoted(found, kind, labels)}\n" for heading, kind, labels in slots)


def _quoted(found: list[tuple[str, str, str]], kind: str, labels: str) -> str:
    for number, section, lines in found:
        for line in lines.splitlines():
            text = line.removeprefix("- ")
            label = next((text[: text.index(":") + 1] for _ in (1,) if ":" in text[:30]), "")
            if section == kind and (label in labels if label else not labels):
                return f"{sentences(text.removeprefix(label).strip())[0]} [{number}]"
    return ""


@functools.cache
def library() -> dict[str, Found]:
    """Return every shipped card by id."""
    folder = ROOT / "knowledge"
    sources = read_sources(folder)
    cards = [read_card(path, read_text(path), sources, "library").card for path in card_paths(folder)]
    return {c.id: Found(card=c.facts, passages=c.passages, score=1.0) for c in cards if c is not None}


def passages() -> dict[str, Passage]:
    """Return every passage of the shipped folder by id."""
    return {p.id: p for found in library().values() for p in found.passages}


def question(
    text: str = "One delegation walked out. What now?", *cards: str, skill: Skill = Skill.CRISIS_HANDLING, **rest: Any
) -> Question:
    """Return a question for which these cards were found."""
    found = tuple(library()[slug] for slug in cards or ("party-walkout",))
    return Question(text=text, query=text, skill=skill, retrieval=Retrieval(found=found), **rest)


def options(base_url: str, **rest: Any) -> ModelOptions:
    """Return options for the loopback server, with short times."""
    table = {
        "name": "openai:test",
        "base_url": base_url,
        "api_key": KEY,
        "retry_seconds": 0.01,
        "first_seconds": 5.0,
        "whole_seconds": 10.0,
    }
    return ModelOptions.model_validate(table | rest)


@functools.cache
def prompts() -> Prompts:
    """Return the shipped prompts."""
    return Prompts(PROMPTS)


def answerer(base_url: str, *, encode: Any = None, model: Any = None, **rest: Any) -> ModelAnswerer:
    """Return the chain on a loopback server."""
    return ModelAnswerer(
        extract=Extractive(), options=options(base_url, **rest), prompts=prompts(), encode=encode, model=model
    )


def faithful(body: dict[str, Any]) -> str:
    """Return the draft of a model that keeps to its passages: under each heading, lines of the section it asks for."""
    asked = body["messages"][1]["content"]
    shown = [
        (number, section, line.removeprefix("- "))
        for number, section, lines in re.findall(
            r'<passage id="(\d+)" title=".*?" section="([\w-]+)">\n(.*?)\n</passage>', asked, re.DOTALL
        )
        for line in html.unescape(lines).splitlines()
    ]
    draft = []
    for heading, section, labels in re.findall(
        r"^## (\w+)\nat most \d+ sentences? \(from the section ([\w-]+)(?:: (.*))?\)$", asked, re.MULTILINE
    ):
        draft.append(f"## {heading}")
        starts = tuple(label for label in re.findall(r"\S[^:]*:", labels))
        fits = [(n, text) for n, kind, text in shown if kind == section and text.startswith(starts or "")]
        draft += [f"{_without_label(text, starts)} [{n}]" for n, text in fits[:2]]
    return "\n".join(draft)


def _without_label(text: str, labels: tuple[str, ...]) -> str:
    return next((text.removeprefix(label).strip() for label in labels if text.startswith(label)), text)


def encode(texts: Any) -> Any:
    """Return unit vectors of the shipped embedding model."""
    from tests.shipped import encoder

    return encoder().encode(texts)
