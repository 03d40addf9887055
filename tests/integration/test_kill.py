"""kill -9 in the middle of the work, again and again: nothing lost, nothing doubled, nothing out of order."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import new_keys
from tests.integration.wire import Nursery, Platform, nursery

pytestmark = pytest.mark.timeout(150)

KILLS = 30
EVENTS = 600


def options(url: str, platform: Platform) -> dict[str, Any]:
    return {"url": url, "keys": new_keys(), "port": platform.port, "idempotent": platform.idempotent}


async def kill_at_random(platform: Platform, coaches: Nursery, *, replicas: int, luck: random.Random) -> None:
    """Kill one of the coaches at a random moment of its work and start another, until there were enough kills."""
    running = [await coaches.start() for _ in range(replicas)]
    for _ in range(KILLS):
        await platform.until_connected(replicas)
        before = len(platform.posts)
        await platform.until_posted(min(before + luck.randrange(12), EVENTS), within=60)
        await asyncio.sleep(luck.random() * 0.02)
        victim = running.pop(luck.randrange(replicas))
        await coaches.end(victim, signal.SIGKILL)
        running.append(await coaches.start())


async def settle(platform: Platform) -> None:
    """Wait until all is posted, and a little longer, so that a double would show."""
    await platform.until_posted(EVENTS, within=60)
    await asyncio.sleep(1.5)


def each_once_and_in_order(platform: Platform) -> None:
    expected = {f"r{room}": [f"{n}" for n in range(room, EVENTS, platform.rooms)] for room in range(platform.rooms)}
    assert platform.by_room() == expected
    assert platform.acked == {f"{n}" for n in range(EVENTS)}


@pytest.mark.parametrize("idempotent", [True, False], ids=["keys", "look-up"])
async def test_thirty_kills_on_sqlite(tmp_path: Path, idempotent: bool) -> None:
    luck = random.Random(5)
    async with Platform(idempotent=idempotent).open() as platform:
        platform.add(EVENTS)
        async with nursery(options(f"sqlite:///{tmp_path / 'coach.db'}", platform)) as coaches:
            await kill_at_random(platform, coaches, replicas=1, luck=luck)
            await settle(platform)
    each_once_and_in_order(platform)
    if not idempotent:
        assert platform.looked > 0
        assert platform.resent == 0


@pytest.mark.parametrize("idempotent", [True, False], ids=["keys", "look-up"])
async def test_thirty_kills_of_two_replicas_on_postgres(postgres_url: str, idempotent: bool) -> None:
    luck = random.Random(6)
    async with Platform(idempotent=idempotent).open() as platform:
        platform.add(EVENTS)
        async with nursery(options(postgres_url, platform)) as coaches:
            await kill_at_random(platform, coaches, replicas=2, luck=luck)
            await settle(platform)
    each_once_and_in_order(platform)


async def test_asked_to_stop_it_finishes_and_nothing_is_lost(tmp_path: Path) -> None:
    luck = random.Random(8)
    async with Platform().open() as platform:
        platform.add(EVENTS)
        async with nursery(options(f"sqlite:///{tmp_path / 'coach.db'}", platform)) as coaches:
            while len(platform.posts) < EVENTS - 60:
                pid = await coaches.start()
                await platform.until_connected()
                await platform.until_posted(min(len(platform.posts) + luck.randrange(20, 100), EVENTS), within=60)
                began = time.monotonic()
                assert await coaches.end(pid, signal.SIGTERM) == 0
                assert time.monotonic() - began < 20
            await coaches.start()
            await settle(platform)
    each_once_and_in_order(platform)
    assert platform.resent == 0
