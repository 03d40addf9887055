"""A crew ends when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from mediation_coach.delivery.crew import Crew


async def test_a_crew_that_is_cancelled_just_as_news_comes_ends() -> None:
    async def nothing(room: int) -> Sequence[int]:
        return []

    async def do(piece: int) -> None:
        raise AssertionError("there is nothing to do")

    crew: Crew[int] = Crew("test", size=1, fetch=nothing, do=do, poll=60)
    running = asyncio.create_task(crew.run())
    await asyncio.sleep(0.01)
    crew.wake()
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(running), 5)


async def test_what_was_being_fetched_when_the_crew_is_drained_is_finished_first() -> None:
    fetching = asyncio.Event()
    done: list[int] = []

    async def slowly(room: int) -> Sequence[int]:
        fetching.set()
        await asyncio.sleep(0.1)
        return [1]

    async def do(piece: int) -> None:
        await asyncio.sleep(0.1)
        done.append(piece)

    crew: Crew[int] = Crew("test", size=1, fetch=slowly, do=do, poll=60)
    running = asyncio.create_task(crew.run())
    await fetching.wait()
    assert await crew.drain(5) == []
    assert done == [1]
    await asyncio.wait_for(running, 5)
