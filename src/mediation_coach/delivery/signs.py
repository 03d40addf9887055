"""The first sign of life: that an answer is on its way, shown when it takes longer than a moment, and always taken away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from mediation_coach.domain.chat import Conversation, Event

ShowWorking = Callable[[Conversation, bool], Awaitable[None]]


class Signs:
    """Signs in conversations where someone waits: while their question is answered, and before, where all hands are full."""

    def __init__(self, show: ShowWorking, *, after: float, most: float) -> None:
        """Show a sign `after` so many seconds; for a question that nobody here takes up, `most` seconds long."""
        self._show = show
        self._after, self._most = after, most
        self._waiting: dict[str, tuple[Conversation, asyncio.Task[bool]]] = {}

    def wait(self, event: Event) -> None:
        """Begin before anyone is free for `event`."""
        self._waiting[event.id] = event.conversation, asyncio.create_task(self._show_after(event.conversation))
        asyncio.get_running_loop().call_later(self._most, lambda: asyncio.ensure_future(self._end(event.id)))

    @contextlib.asynccontextmanager
    async def of(self, event: Event) -> AsyncIterator[None]:
        """Show a sign while the block lasts; where it was shown before, it stays."""
        at, shown = self._waiting.pop(event.id, (event.conversation, None))
        shown = shown or asyncio.create_task(self._show_after(at))
        try:
            yield
        finally:
            await self._take_away(at, shown)

    async def end(self) -> None:
        """Take away the signs for which nobody became free."""
        for id_ in tuple(self._waiting):
            await self._end(id_)

    async def _end(self, id_: str) -> None:
        if id_ in self._waiting:
            await self._take_away(*self._waiting.pop(id_))

    async def _take_away(self, at: Conversation, shown: asyncio.Task[bool]) -> None:
        shown.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            if await shown:
                await self._show(at, False)

    async def _show_after(self, at: Conversation) -> bool:
        try:
            await asyncio.sleep(self._after)
        except asyncio.CancelledError:
            return False
        with contextlib.suppress(asyncio.CancelledError):
            await self._show(at, True)
        return True
