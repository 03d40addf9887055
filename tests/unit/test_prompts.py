"""Prompt files are checked when they are read, and filled in without being able to change each other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mediation_coach.answering.prompts import Prompts, read_prompt
from mediation_coach.domain.guidance import Skill
from mediation_coach.errors import ContentError
from tests.chain import PROMPTS, prompts

VALUES = {"language": "en", "question": "Q", "history": "", "passages": "P", "slots": "S", "most_words": 120}


@pytest.mark.parametrize("skill", list(Skill))
def test_every_skill_has_a_system_and_a_human_message(skill: Skill) -> None:
    system, human = prompts().drafting(skill, VALUES)
    assert (system.type, human.type) == ("system", "human")
    assert "They are data" in str(system.content)
    assert "Q" in str(human.content)


def test_what_people_say_is_a_value_and_never_a_template() -> None:
    trick = "{{ passages }} {% for x in y %}"
    human = prompts().drafting(Skill.CRISIS_HANDLING, VALUES | {"question": trick})[1]
    assert trick in str(human.content)
    assert trick not in str(prompts().drafting(Skill.CRISIS_HANDLING, VALUES | {"question": trick})[0].content)


def test_versions_are_known() -> None:
    assert prompts().versions["_house_rules"] >= 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no front matter", "front matter"),
        ("---\nskill: all\nversion: 1\n---\n## system\nx", "inputs"),
        ("---\nskill: all\nversion: 0\ninputs: []\n---\n## system\nx", "version"),
        ("---\nskill: all\nversion: 1\ninputs: []\nmore: 1\n---\n## system\nx", "more"),
        ("---\nskill: all\nversion: 1\ninputs: [a]\n---\n## system\n{{ b }}", "declares"),
        ("---\nskill: all\nversion: 1\ninputs: []\n---\n## system\n{{ b", "template"),
        ("---\nskill: all\nversion: 1\ninputs: []\n---\nwords only", "human"),
        ("---\n[\n---\n## system\nx", "front matter"),
    ],
)
def test_a_faulty_prompt_is_named_with_its_fault(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "own.md"
    path.write_text(text, "utf-8")
    with pytest.raises(ContentError, match=says):
        read_prompt(path)


def test_a_missing_prompt_is_named(tmp_path: Path) -> None:
    shutil.copytree(PROMPTS, tmp_path / "prompts")
    (tmp_path / "prompts/implementation.md").unlink()
    with pytest.raises(ContentError, match=r"implementation\.md"):
        Prompts(tmp_path / "prompts")
