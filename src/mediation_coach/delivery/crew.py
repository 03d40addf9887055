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
    """Fetches work and does it, at most `size` pieces at once. Work may also come by hand, without being fetched.

    After a piece that was fetched there may be more to fetch; after one that came by hand only where news came that
    nothing fetched has answered yet. What no news told of is found at the next look.
    """

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
        self._running = self._stopping = False
        self._in_hand: dict[asyncio.Task[None], T] = {}
        self._fetched: set[asyncio.Task[None]] = set()
        self._left = 0
        self._kept = 0
        self._fetching = asyncio.Lock()

    @property
    def busy(self) -> int:
        """How many pieces are in hand."""
        return len(self._in_hand)

    @property
    def full(self) -> bool:
        """Whether every hand is full."""
        return self._room <= 0

    def wake(self) -> None:
        """Look for work now: there is a piece more."""
        self._left += 1
        self._news.set()

    def keep_place(self) -> bool:
        """Keep a place for a piece to come by hand, where there is one and nobody waits for it; `hand` or `free` it then."""
        if self._stopping or not self._running or self._left or self._room <= 0:
            return False
        self._kept += 1
        return True

    def hand(self, piece: T) -> bool:
        """Do `piece`, for which a place was kept; False where the crew was asked to stop meanwhile."""
        self.free_place()
        if not self._stopping:
            self._start(piece)
        return not self._stopping

    def free_place(self) -> None:
        """Keep a place no longer."""
        self._kept -= 1

    @property
    def _room(self) -> int:
        return self._size - len(self._in_hand) - self._kept

    async def run(self) -> None:
        """Work until asked to stop; a failing database is waited for, not died of."""
        self._running = True
        while not self._stopping:
            self._news.clear()
            if not await self._take_some():
                with contextlib.suppress(TimeoutError):  # wait_for would lose a cancellation that comes with the news
                    async with asyncio.timeout(self._poll):
                        await self._news.wait()

    async def _take_some(self) -> int:
        """Return how many pieces were taken; 0 says that there is nothing to do now."""
        room = self._room
        if room <= 0:
            return 0
        async with self._fetching:  # what was asked for comes into a hand before the crew is drained
            try:
                pieces = await self._fetch(room)
            except CoachError as exc:
                log.error("fetch_failed", kind=self._name, error=type(exc).__name__)
                return 0
            self._left = max(0, self._left - len(pieces)) if pieces or self._in_hand else 0
            self._fetched.update(map(self._start, pieces))
        return len(pieces)

    def _start(self, piece: T) -> asyncio.Task[None]:
        task = asyncio.create_task(self._do(piece))
        self._in_hand[task] = piece
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.pop(task, None)
        was_fetched = task in self._fetched
        self._fetched.discard(task)
        if not task.cancelled() and (exc := task.exception()) is not None:
            log.error("work_failed", kind=self._name, error=type(exc).__name__, place=logs.place_of(exc))
        if was_fetched or self._left:
            self._news.set()

    def stop(self) -> None:
        """Take no more work."""
        self._stopping = True
        self._news.set()

    async def drain(self, seconds: float) -> list[T]:
        """Take no more, wait for what is in hand, cancel what takes longer; return the pieces that were cut short."""
        self.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async with self._fetching:
                    pass
                if self._in_hand:
                    await asyncio.wait(tuple(self._in_hand))
        cut = dict(self._in_hand)
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)
        return list(cut.values())
