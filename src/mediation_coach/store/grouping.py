"""One transaction for all that came while the last one was being written: a disk syncs once, many are served."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
C = TypeVar("C")


class Grouped(Generic[T, R]):
    """Writes items in groups. Each caller waits for its own item to be safe, and gets its own result or error."""

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, most: int = 100) -> None:
        """Write through `write`, which takes up to `most` items in one transaction and returns a result for each."""
        self._write = write
        self._most = most
        self._queue: list[tuple[T, asyncio.Future[R]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        """Return the result for `item` once it is written; a caller that gives up does not undo it."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._queue.append((item, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._run())
        return await done

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be written."""
        return self._writer is None

    async def settled(self) -> None:
        """Return when nothing waits to be written."""
        if self._writer is not None:
            await self._writer

    async def _run(self) -> None:
        try:
            while self._queue:
                group, self._queue = self._queue[: self._most], self._queue[self._most :]
                await self._write_group(group)
        finally:
            self._writer = None

    async def _write_group(self, group: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._write([item for item, _ in group])
        except Exception as exc:
            if len(group) == 1:
                _answer(group[0][1], exc)
                return
            for one in group:  # so that one bad item spoils nobody else's
                await self._write_group([one])
        else:
            for (_, done), result in zip(group, results, strict=True):
                if not done.done():
                    done.set_result(result)


def _answer(done: asyncio.Future[R], exc: Exception) -> None:
    if not done.done():
        done.set_exception(exc)


class Shared(Generic[C]):
    """Groups that share their transactions: whatever kind of item waits, it is written with all others."""

    def __init__(
        self,
        run: Callable[[Callable[[C], Sequence[Any]], bool], Awaitable[Sequence[Any]]],
        now: Callable[[Callable[[C], Sequence[Any]]], Sequence[Any] | None] = lambda _: None,
    ) -> None:
        """Write by `run`, which calls a function with a connection as one transaction, a light one or not.

        `now` does so for a light one without waiting, or returns None where that cannot be at the moment.
        """
        self._run = run
        self._now = now
        self._parts: list[Callable[[C, Sequence[Any]], Sequence[Any]]] = []
        self._light: list[Callable[[Any], bool]] = []
        self._write: Grouped[tuple[int, Any], Any] = Grouped(self._together)

    def part(
        self, write: Callable[[C, Sequence[T]], Sequence[R]], *, light: Callable[[T], bool] = lambda _: False
    ) -> Callable[[T], Awaitable[R]]:
        """Add a kind of item, written by `write` after the kinds that were added before; return what takes one.

        Where all items of a transaction are `light`, so is the transaction.
        """
        number = len(self._parts)
        self._parts.append(write)
        self._light.append(light)

        async def one(item: T) -> R:
            if light(item) and self._write.idle and (written := self._now(lambda c: write(c, [item]))):
                at_once: R = written[0]
                return at_once
            result: R = await self._write((number, item))
            return result

        return one

    async def settled(self) -> None:
        """Return when nothing waits to be written."""
        await self._write.settled()

    async def _together(self, items: Sequence[tuple[int, Any]]) -> Sequence[Any]:
        light = all(self._light[kind](item) for kind, item in items)
        return await self._run(lambda connection: self._in_order(connection, items), light)

    def _in_order(self, connection: C, items: Sequence[tuple[int, Any]]) -> Sequence[Any]:
        """Write kind by kind; return the results in the order of `items`."""
        results: list[Any] = [None] * len(items)
        for number, write in enumerate(self._parts):
            places = [place for place, (kind, _) in enumerate(items) if kind == number]
            if places:
                for place, result in zip(places, write(connection, [items[p][1] for p in places]), strict=True):
                    results[place] = result
        return results
