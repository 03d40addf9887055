"""How the model is asked: Markdown files with front matter, checked when they are read, rendered through LangChain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from langchain_core.messages import BaseMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mediation_coach.domain.guidance import Skill
from mediation_coach.errors import ContentError

HOUSE, TRANSLATION, AGAIN = "_house_rules", "_translation", "_again"

_FILE = re.compile(r"\A---\n(?P<front>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_PART = re.compile(r"^## (system|human)[ \t]*$", re.MULTILINE)


class Front(BaseModel):
    """The front matter of a prompt file."""

    model_config = ConfigDict(extra="forbid")

    skill: str
    version: int = Field(ge=1)
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFile:
    """One prompt file: what it declares, and its parts by role."""

    name: str
    skill: str
    version: int
    inputs: tuple[str, ...]
    parts: Mapping[str, str]


def read_prompt(path: Path) -> PromptFile:
    """Return one prompt file.

    Raises:
        ContentError: it cannot be read, has no proper front matter, or uses other inputs than it declares.
    """
    try:
        text = path.read_text("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        raise ContentError(f"the prompt {path.name} cannot be read; it belongs in {path.parent}") from None
    if (file := _FILE.match(text)) is None:
        raise ContentError(f"{path.name} does not begin with front matter between two lines of ---")
    try:
        front = Front.model_validate(yaml.safe_load(file["front"]))
    except (yaml.YAMLError, ValidationError) as exc:
        why = exc.errors()[0] if isinstance(exc, ValidationError) else None
        raise ContentError(
            f"{path.name}: the front matter is wrong"
            + (f": {'.'.join(map(str, why['loc']))}: {why['msg']}" if why else "")
        ) from None
    _, *pieces = _PART.split(file["body"])
    parts = {role: body.strip() for role, body in zip(pieces[::2], pieces[1::2], strict=True)}
    if not parts:
        raise ContentError(f"{path.name} has neither a '## system' nor a '## human' part")
    _check_inputs(path.name, front, parts)
    return PromptFile(name=path.stem, skill=front.skill, version=front.version, inputs=front.inputs, parts=parts)


def _check_inputs(name: str, front: Front, parts: Mapping[str, str]) -> None:
    try:
        used = set(_template(parts).input_variables)
    except Exception as exc:  # whatever the template engine finds wrong means the same: this file cannot be used
        raise ContentError(f"{name} is not a proper template: {type(exc).__name__}") from None
    if used != set(front.inputs):
        raise ContentError(
            f"{name} declares the inputs {sorted(front.inputs)} and uses {sorted(used)}; make them the same"
        )


def _template(parts: Mapping[str, str]) -> ChatPromptTemplate:
    """Return the parts as LangChain's template; a system part without inputs is a message already and is not rendered again."""
    messages = [
        SystemMessage(body) if role == "system" and "{" not in body else (role, body) for role, body in parts.items()
    ]
    return ChatPromptTemplate.from_messages(messages, template_format="jinja2")


class Prompts:
    """All prompts of a folder, ready to be filled in."""

    def __init__(self, folder: Path) -> None:
        """Read and check the house rules, the translation, the second request, and one prompt a skill.

        Raises:
            ContentError: one is missing or wrong; the message names the file.
        """
        self.files = {name: read_prompt(folder / f"{name}.md") for name in (HOUSE, TRANSLATION, AGAIN, *Skill)}
        for skill in Skill:
            if self.files[skill].skill != skill:
                raise ContentError(f"{skill}.md says it is for {self.files[skill].skill}")
        self._drafting = {skill: _template(self._joined(skill)) for skill in Skill}
        self._translating = _template(self.files[TRANSLATION].parts)
        self._again = _template(self.files[AGAIN].parts)

    def _joined(self, skill: Skill) -> dict[str, str]:
        """Put the house rules first and the skill's own after them; a skill may bring its own human part."""
        house, own = self.files[HOUSE].parts, self.files[skill].parts
        return {
            "system": "\n\n".join(p["system"] for p in (house, own) if "system" in p),
            "human": own.get("human") or house["human"],
        }

    @property
    def versions(self) -> dict[str, int]:
        """The version of each file, for evaluation records."""
        return {name: file.version for name, file in self.files.items()}

    def drafting(self, skill: Skill, values: Mapping[str, Any]) -> list[BaseMessage]:
        """Return the messages that ask for a draft."""
        return self._drafting[skill].format_messages(**values)

    def translating(self, *, language: str, lines: str) -> list[BaseMessage]:
        """Return the messages that ask for a translation."""
        return self._translating.format_messages(language=language, lines=lines)

    def again(self, faults: str) -> list[BaseMessage]:
        """Return the message that asks for a second draft and says what was wrong with the first."""
        return self._again.format_messages(faults=faults)
