"""Slack's faults, 200 messages and more each, on the real inbox and outbox: nothing lost, nothing doubled, all in order.

Slack promises no order between its sockets or between a payload and one given again. So where payloads are given again, or
come by several ways, people wait for an answer before they write on; where they come by one way, people do not wait.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mediation_coach.adapters.slack import SlackAdapter
from mediation_coach.testing import listening, until
from tests.slack_house import Crowd, house
from tests.slack_server import Fault, SlackServer
from tests.slack_stage import options_for

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer().running() as server:
        server.ack_timeout = 0.5
        yield server
        assert server.refused == []
        assert server.lost == []


def all_well(crowd: Crowd) -> None:
    assert (crowd.lost, crowd.doubled, crowd.out_of_order) == (0, 0, 0)


async def every(seconds: float, do: Callable[[], Awaitable[None] | None]) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(seconds)
            doing = do()
            if doing is not None:
                await doing


async def talk_under(crowd: Crowd, seconds: float, fault: Callable[[], Awaitable[None] | None]) -> None:
    """Let people write 240 messages and more while a fault comes again and again, and the sockets were replaced twice."""
    enough = asyncio.Event()
    faults = asyncio.create_task(every(seconds, fault))
    talking = asyncio.create_task(crowd.talk_until(enough))
    try:
        await until(lambda: crowd.total >= 240 and crowd.server.connected > 4, within=60)
    finally:
        enough.set()
        await talking
        faults.cancel()
        await faults
    await crowd.server.settled()


async def test_one_payload_in_five_comes_twice(server: SlackServer, tmp_path: Path) -> None:
    server.duplicates = 0.2
    crowd = Crowd(server, people=20, messages=12)
    async with house(options_for(server, sockets=1), tmp_path):
        await crowd.write_at_once()
        await crowd.all_answered()
        await server.settled()
        await asyncio.gather(*(server.deliver_again() for _ in range(20)))
    all_well(crowd)


async def test_sockets_are_cut(server: SlackServer, tmp_path: Path) -> None:
    crowd = Crowd(server, people=40)
    async with house(options_for(server), tmp_path):
        await talk_under(crowd, 0.15, server.cut)
    all_well(crowd)


async def test_sockets_are_refreshed(server: SlackServer, tmp_path: Path) -> None:
    crowd = Crowd(server, people=40)
    async with house(options_for(server), tmp_path):
        await talk_under(crowd, 0.2, lambda: server.refresh(grace=0.1))
    all_well(crowd)


async def test_sockets_fall_silent(server: SlackServer, tmp_path: Path) -> None:
    server.retry_delays = (0.0,) + (0.3,) * 20
    crowd = Crowd(server, people=40)
    async with house(options_for(server), tmp_path):
        await talk_under(crowd, 2.0, server.stall)
    all_well(crowd)


async def test_sockets_that_carry_little_are_replaced(server: SlackServer, tmp_path: Path) -> None:
    crowd = Crowd(server, people=40, messages=6)
    async with house(options_for(server, idle_refresh=0.05, ping_interval=0.05), tmp_path):
        await until(lambda: server.connected > 6)
        await crowd.talk()
        await server.settled()
    all_well(crowd)


async def test_listening_ends_when_told_to_whatever_the_sockets_do(server: SlackServer) -> None:
    luck = random.Random(3)
    for _ in range(40):
        adapter = SlackAdapter(options_for(server))
        async with listening(adapter):
            server.cut()
            await asyncio.sleep(luck.uniform(0, 0.15))
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 5
        await adapter.close()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, error="ratelimited", retry_after=1),
        Fault(status=500),
        Fault(status=500, done=True),
        Fault(dropped=True, done=True),
        Fault(dropped=True),
    ],
    ids=["busy", "ill", "ill after posting", "lost after posting", "lost before posting"],
)
async def test_posting_fails_one_time_in_five(server: SlackServer, tmp_path: Path, fault: Fault) -> None:
    luck = random.Random(7)

    def sometimes(method: str, _: dict[str, Any]) -> Fault | None:
        return fault if method == "chat.postMessage" and luck.random() < 0.2 else None

    server.fail = sometimes
    crowd = Crowd(server, people=40, messages=6)
    async with house(options_for(server, sockets=1), tmp_path):
        await crowd.write_at_once()
        await crowd.all_answered(within=90)
    all_well(crowd)


async def test_the_whole_way_over_http(server: SlackServer, tmp_path: Path, unused_tcp_port: int) -> None:
    server.duplicates = 0.2
    server.http_target = f"http://127.0.0.1:{unused_tcp_port}/slack/events"
    crowd = Crowd(server, people=20, messages=12)
    async with house(options_for(server, mode="http", http_port=unused_tcp_port), tmp_path):
        await crowd.talk()
        await server.settled()
    all_well(crowd)
