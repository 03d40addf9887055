"""`evaluate --llm` against a real server: what it counts is what the model did, and an invented citation fails it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mediation_coach.answering.spending import Usage
from mediation_coach.domain.guidance import Statement
from mediation_coach.evaluation import Golden, Result, ask_all, read_golden
from mediation_coach.model_evaluation import as_text, model_figures, spread
from tests.chain import ROOT, faithful
from tests.openai_server import KEY, Act, openai_server
from tests.shipped import GOLDEN, dialogue, library, settings

pytestmark = pytest.mark.timeout(120)


def hostile(body: dict[str, Any]) -> str:
    """Return a faithful draft among inventions: a passage that does not exist, a claim that none carries, a link."""
    lines = ["Pay the commanders before the signature [1].", "Keep calm [999].", "See http://evil.example [1]."]
    return "\n".join(
        f"{line}\n" + "\n".join(lines) if line.startswith("##") else line for line in faithful(body).splitlines()
    )


async def evaluate(folder: Path, base_url: str, *args: str) -> tuple[int, str, str]:
    return await command(folder, base_url, "evaluate", *args, limit=10)  # which an evaluation lets aside


async def command(folder: Path, base_url: str, *args: str, limit: int = 0) -> tuple[int, str, str]:
    file = folder / "coach.toml"
    file.write_text(
        f'cache = "{settings().cache_folder}"\n[model]\nname = "openai:test"\nbase_url = "{base_url}"\n'
        f'api_key = "{KEY}"\nprice_in = 1.0\nprice_out = 10.0\ntokens_per_workspace = {limit}\n'
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mediation_coach.cli", "--config", str(file), *args,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_model_that_keeps_to_the_library(tmp_path: Path) -> None:
    async with openai_server(Act(text=faithful)) as server:
        code, out, err = await evaluate(tmp_path, server.base_url, "--llm", "--limit", "6")
        asked = len(server.requests)
    assert code == 0, err
    assert 1 <= asked <= 12
    assert "questions           6" in out
    assert f"{asked} calls" in out
    assert "invented citations   0 shown, 0 dropped" in out
    assert "6 of 6 questions" in err


async def test_a_hostile_model_shows_nothing_invented_and_the_figures_say_what_was_dropped(tmp_path: Path) -> None:
    async with openai_server(Act(text=hostile)) as server:
        code, out, _ = await evaluate(tmp_path, server.base_url, "--llm", "--limit", "6", "--json")
        calls = len(server.requests)
    model = json.loads(out)["model"]
    assert code == 0
    assert model["calls"] == calls
    assert model["invented_shown"] == 0
    assert model["invented_in_drafts"] == model["dropped"]["invented"] >= 6
    assert model["dropped"]["reaches_out"] >= 6
    assert 0.1 < model["supported"] < 0.8
    assert (model["tokens_in"], model["tokens_out"]) == (
        1000 * calls / model["answers"],
        100 * calls / model["answers"],
    )
    assert model["cost"] == pytest.approx((model["tokens_in"] + 10 * model["tokens_out"]) / 1e6)
    assert 0 < model["p50"] <= model["p95"]


async def test_without_a_server_the_library_answers_and_the_reasons_are_counted(tmp_path: Path) -> None:
    code, out, _ = await evaluate(tmp_path, "http://127.0.0.1:9/v1", "--llm", "--limit", "4", "--json")
    model = json.loads(out)["model"]
    assert code == 0
    assert model["replaced"] == 1.0
    assert set(model["reasons"]) <= {"unreachable", "resting"}
    assert sum(model["reasons"].values()) == model["answers"]


async def test_what_goes_wrong_is_told_beside_the_answer_and_not_in_it(tmp_path: Path) -> None:
    code, out, err = await command(
        tmp_path, "http://127.0.0.1:9/v1", "ask", "--json", "One delegation walked out. What now?"
    )
    assert code == 0
    assert json.loads(out)
    assert "model_call_failed" in err


async def test_without_a_model_it_says_what_to_set(tmp_path: Path) -> None:
    file = tmp_path / "coach.toml"
    file.write_text(f'cache = "{settings().cache_folder}"\n')
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mediation_coach.cli", "--config", str(file), "evaluate", "--llm",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, err = await process.communicate()
    assert process.returncode == 1
    assert b"[model]" in err


async def test_an_invented_citation_that_was_shown_is_counted() -> None:
    result = (await ask_all(dialogue(), library(), [ask("one side just left the room, what now?")]))[0]
    assert figures([result]) == 0
    assert result.answer is not None
    part = result.answer.in_short[0]
    invents = replace(part, statements=(Statement(text="Trust me.", passages=("no-such-card#steps",)),))
    answer = replace(result.answer, in_short=(invents, *result.answer.in_short[1:]))
    assert figures([replace(result, answer=answer)]) == 1


def ask(text: str) -> Golden:
    return Golden(id="g", text=text, skill="crisis_handling")


def figures(results: Sequence[Result]) -> int:
    return model_figures(results, Usage(), library().index.passage_ids()).invented_shown


def test_a_limit_takes_questions_from_the_whole_set() -> None:
    golden = read_golden(GOLDEN / "questions.jsonl")
    some = spread(golden, 12)
    assert len(some) == 12
    assert len({g.skill for g in some}) >= 4
    assert spread(golden, 0) == spread(golden, 10_000) == golden


def test_the_table_names_the_reasons() -> None:
    usage = Usage(answers=4, replaced=1, kept=9, dropped=1, calls=5)
    usage.why["silent"] += 1
    usage.unfit["number"] += 1
    text = as_text(model_figures([], usage, set()))
    assert "0.900 of 10; dropped: number 1" in text
    assert "0.250; because: silent 1" in text
