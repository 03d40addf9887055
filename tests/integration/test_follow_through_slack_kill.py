"""`kill -9` between Slack's taking of a check-in and our mark, thirty times: it is looked up by its key and not sent again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mediation_coach.domain.chat import Conversation, Person
from mediation_coach.domain.follow_through import Change, Journey
from mediation_coach.store.sql import SqlStore
from tests.conftest import new_keys
from tests.integration.askers import is_due, store_settings
from tests.integration.wire import nursery
from tests.slack_server import APP_TOKEN, BOT_TOKEN, TEAM, Channel, SlackServer

KILLS = 30
PEOPLE = 240


async def fill(options: dict[str, Any], folder: Path, server: SlackServer) -> list[str]:
    """Make a database in which everyone is due now; return their ids."""
    store = await SqlStore.open(store_settings(options), folder=folder)
    now = datetime.now(UTC)
    names = [f"U{n:04}" for n in range(PEOPLE)]

    def due(journey: Journey) -> Change:
        room = server.direct(journey.person.id).id
        at = Conversation(adapter="slack", workspace=TEAM, room=room)
        return Change(journey=replace(is_due(journey, now).journey, conversation=at))

    people = [Person(adapter="slack", workspace=TEAM, id=name) for name in names]
    await store.change_journeys(people, due, now=now)
    await store.close()
    return names


@pytest.mark.timeout(240)
async def test_thirty_kills_between_post_and_mark_lose_and_double_no_check_in(tmp_path: Path) -> None:
    luck = random.Random(5)
    async with SlackServer().running() as server:
        server.hears_itself = False
        slack = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "base_url": server.base_url}
        options: dict[str, Any] = {"url": f"sqlite:///{tmp_path / 'coach.db'}", "keys": new_keys(), "slack": slack}
        names = await fill(options, tmp_path, server)
        points = iter(sorted(luck.sample(range(1, PEOPLE - 10), KILLS)))
        posts, point, running, killed = 0, next(points), 0, asyncio.Event()

        def kill_at_the_point(_: Channel) -> None:
            nonlocal posts
            posts += 1
            if posts >= point and not killed.is_set():
                os.kill(running, signal.SIGKILL)  # Slack has the message, and the coach will never hear of it
                killed.set()

        server.on_post = kill_at_the_point
        async with nursery(options, module="tests.slack_asker") as coaches:
            for n in range(KILLS):
                killed.clear()
                running = await coaches.start()
                async with asyncio.timeout(30):
                    await killed.wait()
                assert await coaches.end(running, signal.SIGKILL) == -signal.SIGKILL
                point = next(points, PEOPLE * 10) if n + 1 < KILLS else PEOPLE * 10
            await coaches.start()
            await server.wait(lambda: all(server.seen(name) for name in names), within=60)
            await asyncio.sleep(1.5)
        got = {name: len(server.seen(name)) for name in names}
        looked_up = sum(method == "conversations.history" for method, _ in server.calls)
    assert got == dict.fromkeys(names, 1)
    assert looked_up >= KILLS
    print(f"{KILLS} kills between post and mark, {PEOPLE} check-ins, {looked_up} look-ups, 0 lost, 0 doubled")
