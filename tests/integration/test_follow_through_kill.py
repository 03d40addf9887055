"""kill -9 while check-ins are moved into the outbox and sent: every one arrives, and none twice."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import new_keys
from tests.integration.askers import fill
from tests.integration.wire import Nursery, Platform, nursery

pytestmark = pytest.mark.timeout(150)


async def killed_at_random(
    platform: Platform, coaches: Nursery, *, people: int, kills: int, replicas: int, luck: random.Random
) -> None:
    """Kill one asker after the other at random moments, then let the last ones finish."""
    running = [await coaches.start() for _ in range(replicas)]
    for _ in range(kills):
        await platform.until_connected(replicas)
        goal = min(len(platform.posts) + luck.randrange(2 * people // kills), people)
        await platform.until_posted(goal, within=60)
        await asyncio.sleep(luck.random() * 0.02)
        await coaches.end(running.pop(luck.randrange(replicas)), signal.SIGKILL)
        running.append(await coaches.start())
    await platform.until_posted(people, within=120)
    await asyncio.sleep(1.5)


async def asked_once(url: str, folder: Path, *, people: int, kills: int, replicas: int, seed: int) -> None:
    async with Platform(idempotent=True).open() as platform:
        options: dict[str, Any] = {
            "url": url,
            "keys": new_keys(),
            "port": platform.port,
            "idempotent": True,
            "batch": 20,
        }
        await fill(options, people=people, folder=folder)
        async with nursery(options, module="tests.integration.askers") as coaches:
            await killed_at_random(
                platform, coaches, people=people, kills=kills, replicas=replicas, luck=random.Random(seed)
            )
    times = Counter(room for _, room, _ in platform.posts)
    assert times == {f"a{n}": 1 for n in range(people)}


async def test_twenty_five_kills_on_sqlite_lose_and_double_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'coach.db'}"
    await asked_once(url, tmp_path, people=500, kills=25, replicas=1, seed=3)


async def test_twenty_five_kills_among_four_replicas_on_postgres_lose_and_double_nothing(
    tmp_path: Path, postgres_url: str
) -> None:
    await asked_once(postgres_url, tmp_path, people=500, kills=25, replicas=4, seed=4)
