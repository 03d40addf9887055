"""Many callers, few transactions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from mediation_coach.store.grouping import Grouped, Shared


async def test_what_comes_while_writing_is_written_together() -> None:
    groups: list[Sequence[int]] = []

    async def write(items: Sequence[int]) -> Sequence[int]:
        groups.append(items)
        await asyncio.sleep(0)
        return [item * 2 for item in items]

    double = Grouped(write, most=10)
    assert await asyncio.gather(*map(double, range(25))) == [n * 2 for n in range(25)]
    assert [len(g) for g in groups] == [10, 10, 5]


async def test_one_bad_item_spoils_nobody_elses() -> None:
    async def write(items: Sequence[int]) -> Sequence[int]:
        if 3 in items:
            raise ValueError("three")
        return items

    same = Grouped(write)
    results = await asyncio.gather(*map(same, range(6)), return_exceptions=True)
    assert [r for r in results if not isinstance(r, ValueError)] == [0, 1, 2, 4, 5]
    assert isinstance(results[3], ValueError)


async def test_a_caller_who_gives_up_undoes_nothing() -> None:
    written: list[int] = []
    go = asyncio.Event()

    async def write(items: Sequence[int]) -> Sequence[int]:
        await go.wait()
        written.extend(items)
        return items

    same = Grouped(write)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(same(1), 0.01)
    go.set()
    await same.settled()
    assert written == [1]


async def test_kinds_that_share_are_written_together_in_the_order_they_were_added() -> None:
    runs: list[list[str]] = []

    async def run(work: Callable[[list[str]], Sequence[Any]], light: bool) -> Sequence[Any]:
        runs.append([])
        await asyncio.sleep(0)
        return work(runs[-1])

    def write(name: str) -> Callable[[list[str], Sequence[int]], Sequence[str]]:
        def kind(log: list[str], items: Sequence[int]) -> Sequence[str]:
            log.extend(f"{name}{item}" for item in items)
            return [f"{name}{item}" for item in items]

        return kind

    shared: Shared[list[str]] = Shared(run)
    first, second = shared.part(write("a")), shared.part(write("b"))
    results = await asyncio.gather(second(1), first(2), second(3), first(4))
    assert list(results) == ["b1", "a2", "b3", "a4"]
    assert runs == [["a2", "a4", "b1", "b3"]]
