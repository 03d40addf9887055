"""kill -9 at each step between the platform and its answer: nothing lost, nothing doubled, nothing out of order."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.integration.dying import STEPS
from tests.integration.test_kill import options
from tests.integration.wire import Platform, nursery

EVENTS = 240


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_a_step_it_goes_on_where_it_was(tmp_path: Path, step: str) -> None:
    async with Platform(idempotent=False).open() as platform:
        platform.add(EVENTS)
        given = options(f"sqlite:///{tmp_path / 'coach.db'}", platform)
        async with nursery(given, module="tests.integration.dying") as coaches:
            for after in (0, 2, 5):
                coaches.options = given | {"die": step, "after": after}
                pid = await coaches.start()
                assert await coaches.gone(pid) == -signal.SIGKILL
            coaches.options = given | {"die": ""}
            await coaches.start()
            await platform.until_posted(EVENTS, within=30)
            await asyncio.sleep(0.5)
    expected = {f"r{room}": [f"{n}" for n in range(room, EVENTS, platform.rooms)] for room in range(platform.rooms)}
    assert platform.by_room() == expected
    assert platform.acked == {f"{n}" for n in range(EVENTS)}
    assert platform.resent == 0
