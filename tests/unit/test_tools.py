"""Guided tools are read whole, lead on to cards that exist, and a faulty file is told with its mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mediation_coach.domain.guidance import Skill
from mediation_coach.errors import ContentError
from mediation_coach.knowledge.cards import card_paths
from mediation_coach.knowledge.tools import Tool, read_tool, read_tools

KNOWLEDGE = Path(__file__).resolve().parents[2] / "knowledge"
SHIPPED = {
    "process-canvas",
    "actor-map",
    "issue-interest",
    "ripeness",
    "ceasefire-check",
    "inclusion-options",
    "team-readiness",
    "agenda-sequencing",
    "agreement-gap",
    "implementation-matrix",
    "deadlock-breaker",
    "incident-response",
    "comms-leak",
    "if-then-plan",
    "case-clinic",
}


def good() -> dict[str, Any]:
    return {
        "id": "a-tool",
        "title": "A tool",
        "solves": "You have a problem to work through.",
        "skill": "process_design",
        "minutes": 10,
        "asked_as": [f"help me with number {n}" for n in range(8)],
        "intro": "You get a short table. Write A and B instead of names.",
        "fields": [
            {"id": "what", "label": "What is it about?", "kind": "text"},
            {
                "id": "state",
                "label": "How far is it?",
                "kind": "choice",
                "choices": ["begun", "done"],
                "optional": True,
            },
        ],
        "rules": ["If it is done, stop."],
        "output": {"title": "The table", "columns": ["What", "State"]},
        "see": ["ripeness-assessment", "stakeholder-mapping"],
    }


def write(folder: Path, tool: object, name: str = "a-tool") -> Path:
    path = folder / "tools" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(tool if isinstance(tool, str) else yaml.safe_dump(tool), "utf-8")
    return path


@pytest.fixture(scope="module")
def shipped() -> tuple[Tool, ...]:
    return read_tools(KNOWLEDGE)


def test_every_shipped_tool_reads(shipped: tuple[Tool, ...]) -> None:
    assert {tool.id for tool in shipped} == SHIPPED
    assert {tool.skill for tool in shipped} == set(Skill)


def test_every_shipped_tool_leads_on_to_cards_that_exist(shipped: tuple[Tool, ...]) -> None:
    cards = {path.stem for path in card_paths(KNOWLEDGE)}

    assert [(tool.id, slug) for tool in shipped for slug in tool.see if slug not in cards] == []


def test_no_two_shipped_tools_are_asked_for_in_the_same_words(shipped: tuple[Tool, ...]) -> None:
    asked = [question.lower() for tool in shipped for question in tool.asked_as]

    assert len(asked) == len(set(asked))


def test_every_shipped_tool_keeps_names_out_and_says_what_it_cannot_do(shipped: tuple[Tool, ...]) -> None:
    for tool in shipped:
        assert any(sign in tool.intro.lower() for sign in ("names", "a and b", " roles")), tool.id
        assert any(rule.startswith("This tool") for rule in tool.rules), tool.id


def test_a_field_label_is_a_question(shipped: tuple[Tool, ...]) -> None:
    for tool in shipped:
        for field in tool.fields:
            assert "?" in field.label or field.label.endswith("code."), (tool.id, field.id)


def test_a_good_tool_reads_and_cannot_be_changed(tmp_path: Path) -> None:
    tool = read_tool(write(tmp_path, good()))

    assert [f.id for f in tool.fields] == ["what", "state"]
    assert tool.fields[1].optional
    with pytest.raises(ValueError, match="frozen"):
        tool.title = "Another"


def test_a_folder_without_tools_has_none(tmp_path: Path) -> None:
    assert read_tools(tmp_path) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"title": None}, "'title' is missing, add it"),
        ({"colour": "red"}, "unknown key 'colour', remove it"),
        ({"skill": "cooking"}, "'skill' is not usable"),
        ({"minutes": 0}, "'minutes' is not usable"),
        ({"asked_as": ["only one way"]}, "'asked_as' is not usable"),
        ({"see": ["one-card"]}, "'see' is not usable"),
        ({"fields": [{"id": "x", "label": "What is it about?", "kind": "colour"}]}, "'fields.1.kind' is not usable"),
        ({"fields": [{"id": "x", "label": "What is it about?", "kind": "choice"}]}, "give it two choices or more"),
        (
            {"fields": [{"id": "x", "label": "What is it about?", "kind": "text", "choices": ["a", "b"]}]},
            "remove its choices",
        ),
        ({"fields": [{"id": "x", "label": "Why " * 25 + "?", "kind": "text"}]}, "'fields.1.label' is not usable"),
        ({"fields": [{"id": "x", "label": "What is it about?", "kind": "text"}] * 2}, "field 'x' stands twice"),
        ({"id": "other-tool"}, "rename the file to other-tool.yaml"),
    ],
)
def test_a_fault_is_told_with_file_and_mend(tmp_path: Path, change: dict[str, object], told: str) -> None:
    tool = {key: value for key, value in (good() | change).items() if value is not None}
    path = write(tmp_path, tool)

    with pytest.raises(ContentError) as caught:
        read_tools(tmp_path)

    assert str(path) in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id: a-tool\ntitle: one: two: three\n", "not valid YAML, line 2"),
        ("- a\n- b\n", "is not a tool"),
        ("", "is not a tool"),
    ],
)
def test_a_file_that_is_no_tool_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = write(tmp_path, text)

    with pytest.raises(ContentError, match=told) as caught:
        read_tools(tmp_path)

    assert str(path) in str(caught.value)


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, good())
    path.write_bytes(b"title: caf\xe9\n")

    with pytest.raises(ContentError, match="UTF-8"):
        read_tools(tmp_path)
