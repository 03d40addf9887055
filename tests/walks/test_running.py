"""`mediation-coach run` as an administrator starts it: a real process, Slack's protocol on loopback, health, and a clean end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.chain import faithful
from tests.openai_server import KEY, Act, openai_server
from tests.shipped import ROOT, settings
from tests.slack_server import APP_TOKEN, BOT_TOKEN, SlackServer

pytestmark = pytest.mark.timeout(150)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_file(folder: Path, server: SlackServer, port: int) -> Path:
    path = folder / "coach.toml"
    path.write_text(
        f"""
adapters = ["slack"]
data = "{folder / "data"}"
cache = "{settings().cache_folder}"
http_port = {port}
operator = "The training organisation runs this."

[safety]
contacts = ["Security desk, extension 4000"]

[slack]
base_url = "{server.base_url}"
""",
        "utf-8",
    )
    return path


ENVIRONMENT = {"MEDIATION_COACH_SLACK__BOT_TOKEN": BOT_TOKEN, "MEDIATION_COACH_SLACK__APP_TOKEN": APP_TOKEN}


async def command(file: Path, *args: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mediation_coach.cli", "--config", str(file), *args,
        cwd=ROOT, env={**os.environ, **ENVIRONMENT}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_a_stranger_starts_it_asks_and_stops_it(tmp_path: Path) -> None:
    port = free_port()
    async with SlackServer().running() as server:
        file = settings_file(tmp_path, server, port)
        check = await command(file, "config", "check")
        assert (await check.communicate())[0].startswith(b"The settings are good")
        assert check.returncode == 0
        running = await command(file, "run")
        try:
            await ready(port)
            direct = server.direct("U0FIRST")
            await server.say("U0FIRST", "one side just left the room and says they are done")
            await server.wait(lambda: any("First hour" in text for text in server.seen("U0FIRST")), within=30)
            await server.press("U0FIRST", direct, "Risks")
            await server.wait(lambda: any("Risks" in text for text in server.seen("U0FIRST")[-1:]), within=30)
            await server.say("U0FIRST", "privacy")
            await server.wait(
                lambda: any("training organisation" in text for text in server.seen("U0FIRST")), within=30
            )
            async with aiohttp.ClientSession() as http:
                metrics = await (await http.get(f"http://127.0.0.1:{port}/metrics")).text()
            assert "U0FIRST" not in metrics
        finally:
            running.send_signal(signal.SIGTERM)
            out, err = await asyncio.wait_for(running.communicate(), 40)
    assert running.returncode == 0, err
    assert out.startswith(b"Serving slack.")
    assert b"left the room" not in err
    assert b"U0FIRST" not in err
    data = b"".join(p.read_bytes() for p in (tmp_path / "data").rglob("*") if p.is_file())
    assert b"left the room" not in data


async def test_a_model_is_metered_and_its_limit_holds_over_a_restart(tmp_path: Path) -> None:
    port = free_port()
    async with SlackServer().running() as server, openai_server(Act(text=faithful)) as model:
        file = settings_file(tmp_path, server, port)
        with file.open("a", encoding="utf-8") as more:
            more.write(
                f'\n[model]\nname = "openai:test"\nbase_url = "{model.base_url}"\napi_key = "{KEY}"\ntokens_per_person = 3500\n'
            )
        metrics = await one_question(file, server, port, "Written by a language model")
        assert metrics["coach_model_calls_total"] >= 1
        assert metrics['coach_model_tokens_total{way="in"}'] >= 1000
        assert metrics["coach_model_answers_written_total"] == 1
        assert metrics["coach_model_sentences_kept_total"] > 3
        assert metrics["coach_model_resting"] == metrics["coach_model_calls_busy"] == 0
        metrics = await one_question(file, server, port, "limit for today is reached")
        assert metrics['coach_model_answers_replaced_total{reason="limit"}'] == 1
        assert len(model.requests) == 1


async def one_question(file: Path, server: SlackServer, port: int, answered: str) -> dict[str, float]:
    """Start the coach, ask once, wait for an answer with these words, stop it; return the metrics from in between."""
    running = await command(file, "run")
    try:
        await ready(port)
        await server.say("U0FIRST", f"one side just left the room and says they are done ({answered[:7]})")
        await server.wait(lambda: any(answered in text for text in server.seen("U0FIRST")), within=30)
        return await metrics_of(port)
    finally:
        running.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(running.communicate(), 40)
        assert running.returncode == 0, err


async def metrics_of(port: int) -> dict[str, float]:
    async with aiohttp.ClientSession() as http:
        text = await (await http.get(f"http://127.0.0.1:{port}/metrics")).text()
    assert "U0FIRST" not in text
    assert "left the room" not in text
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    }


async def ready(port: int) -> None:
    async with asyncio.timeout(100), aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(f"http://127.0.0.1:{port}/ready") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)


async def test_run_without_a_platform_says_what_to_set(tmp_path: Path) -> None:
    file = tmp_path / "coach.toml"
    file.write_text(f'data = "{tmp_path}"\n', "utf-8")

    running = await command(file, "run")
    _, err = await running.communicate()

    assert running.returncode == 1
    assert b'adapters = ["slack"]' in err


async def test_doctor_says_what_is_missing_and_the_mend(tmp_path: Path) -> None:
    file = tmp_path / "coach.toml"
    file.write_text(f'data = "{tmp_path}"\ncache = "{settings().cache_folder}"\n', "utf-8")

    doctor = await command(file, "doctor")
    out, _ = await doctor.communicate()

    assert doctor.returncode == 1
    assert b"ok    library: 208 cards in force" in out
    assert b"FAIL  library: contacts for emergencies" in out
    assert b"safety.contacts" in out
    assert b"ok    store: database" in out
