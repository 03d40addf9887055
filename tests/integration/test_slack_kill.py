"""`kill -9` at 30 random points with work in flight: nothing lost, and nothing doubled that can be looked up."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.slack_house import Crowd
from tests.slack_server import APP_TOKEN, BOT_TOKEN, SlackServer

KILLS = 30


@pytest.mark.timeout(240)
async def test_thirty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    luck = random.Random(11)
    async with SlackServer().running() as server:
        server.ack_timeout = 0.5
        server.retry_delays = (0.0,) + (0.3,) * 200
        crowd = Crowd(server, people=20)
        enough = asyncio.Event()
        talking = asyncio.create_task(crowd.talk_until(enough))
        for _ in range(KILLS):
            child = await _started(server, tmp_path)
            await asyncio.sleep(luck.uniform(0.05, 0.4))
            assert crowd.answered < crowd.total
            child.kill()
            await child.wait()
        enough.set()
        child = await _started(server, tmp_path)
        await talking
        await server.settled()
        child.terminate()
        await child.wait()
        looked_up = sum(method == "conversations.history" for method, _ in server.calls)
        assert server.lost == []
        assert crowd.total >= 200
        assert (crowd.lost, crowd.doubled, crowd.out_of_order) == (0, 0, 0)
        print(f"{KILLS} kills, {crowd.total} messages, {looked_up} look-ups, {crowd.doubled} doubled")


@pytest.mark.timeout(240)
async def test_killed_while_answers_are_seen_being_written_each_question_has_one_whole_answer(tmp_path: Path) -> None:
    luck = random.Random(5)
    asked: dict[str, list[str]] = {f"U{n:04d}": [] for n in range(8)}
    async with SlackServer().running() as server:
        server.ack_timeout = 0.5
        server.retry_delays = (0.0,) + (0.3,) * 200
        roots = {person: await server.say(person, "0", thread="") for person in list(asked)[:4]}
        for person in roots:
            asked[person].append("answer to 0")
        for kill in range(1, 8):  # fewer than the deaths after which a question is given up
            child = await _started(server, tmp_path, "0.3")
            for person, answers in asked.items():
                await server.say(person, f"{kill}", thread=roots.get(person, ""))
                answers.append(f"answer to {kill}")
            await asyncio.sleep(luck.uniform(0.0, 0.45))
            child.kill()
            await child.wait()
        child = await _started(server, tmp_path, "0.01")
        await server.settled()
        with suppress(TimeoutError):
            await server.wait(lambda: all(sorted(server.seen(p)) == sorted(asked[p]) for p in asked), within=60)
        child.terminate()
        await child.wait()
        halves = sum(method in ("chat.startStream", "chat.postMessage") for method, _ in server.calls)
        assert {person: sorted(server.seen(person)) for person in asked} == {p: sorted(a) for p, a in asked.items()}
        print(f"7 kills, {sum(map(len, asked.values()))} questions, {halves} messages begun")


async def _started(server: SlackServer, folder: Path, *more: str) -> asyncio.subprocess.Process:
    """Return the coach as a process, once it is connected."""
    options = {
        "bot_token": BOT_TOKEN,
        "app_token": APP_TOKEN,
        "base_url": server.base_url,
        "ping_interval": 0.2,
        "stale_after": 0.8,
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.slack_child", json.dumps(options), str(folder), *more,
        stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert child.stdout is not None
    line = await child.stdout.readline()
    assert line == b"ready\n", "the coach did not start"
    return child
