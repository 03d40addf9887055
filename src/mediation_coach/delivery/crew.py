"""A bounded crew of tasks that take work while there is any, and can be asked to finish."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

from mediation_coach import logs
from mediation_coach.errors import CoachError

T = TypeVar("T")

log = logs.get("delivery")


class Crew(Generic[T]):
    """Fetches work and does it, at most `size` pieces at once."""

    def __init__(
        self,
        name: str,
        *,
        size: int,
        fetch: Callable[[int], Awaitable[Sequence[T]]],
        do: Callable[[T], Coroutine[Any, Any, None]],
        poll: float,
    ) -> None:
        """`fetch` returns up to so many pieces that are now this crew's; `do` does one. Look again after `poll` seconds."""
        self._name = name
        self._size = size
        self._fetch = fetch
        self._do = do
        self._poll = poll
        self._news = asyncio.Event()
        self._stopping = False
        self._in_hand: dict[asyncio.Task[None], T] = {}

    @property
    def busy(self) -> int:
        """How many pieces are in hand."""
        return len(self._in_hand)

    def wake(self) -> None:
        """Look for work now."""
        self._news.set()

    async def run(self) -> None:
        """Work until asked to stop; a failing database is waited for, not died of."""
        while not self._stopping:
            self._news.clear()
            if not await self._take_some():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), self._poll)

    async def _take_some(self) -> int:
        """Return how many pieces were taken; 0 says that there is nothing to do now."""
        room = self._size - len(self._in_hand)
        if room <= 0:
            return 0
        try:
            pieces = await self._fetch(room)
        except CoachError as exc:
            log.error("fetch_failed", kind=self._name, error=type(exc).__name__)
            return 0
        for piece in pieces:
            self._start(piece)
        return len(pieces)

    def _start(self, piece: T) -> None:
        task = asyncio.create_task(self._do(piece))
        self._in_hand[task] = piece
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.pop(task, None)
        if not task.cancelled() and (exc := task.exception()) is not None:
            log.error("work_failed", kind=self._name, error=type(exc).__name__, place=logs.place_of(exc))
        self.wake()

    def stop(self) -> None:
        """Take no more work."""
        self._stopping = True
        self.wake()

    async def drain(self, seconds: float) -> list[T]:
        """Take no more, wait for what is in hand, cancel what takes longer; return the pieces that were cut short."""
        self.stop()
        if self._in_hand:
            await asyncio.wait(tuple(self._in_hand), timeout=seconds)
        cut = dict(self._in_hand)
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)
        return list(cut.values())
