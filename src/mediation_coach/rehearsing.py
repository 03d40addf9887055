"""A year in a few minutes: the coach in the terminal with follow-through, and a clock that can be pushed forward."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from mediation_coach import app
from mediation_coach.coach.moving_clock import MovingClock
from mediation_coach.companion import Companion
from mediation_coach.config import Settings
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.knowledge.retrieval import Library
from mediation_coach.ports import ChatAdapter
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore


class Rehearsal:
    """The coach in the terminal with follow-through and a clock that can be pushed forward; nothing is kept afterwards."""

    def __init__(
        self, settings: Settings, store: SqlStore, library: Library, terminal: ChatAdapter, clock: MovingClock
    ) -> None:
        """Put it together over a store that is thrown away."""
        adapters = {terminal.name: terminal}
        self.clock = clock
        self.code = ""
        self._companion = Companion(settings, store, library, adapters)
        self._outbox = Outbox(store, adapters, clock=clock)
        self.dialogue = app.build_dialogue(settings, library, extras=self._companion.extras())

    async def begin(self) -> None:
        """Make a course that ends today, for the person at the terminal to join."""
        self.code = await self._companion.begin_course("rehearsal", self.clock().date(), self.clock())

    async def forward(self, words: str) -> bool:
        """Let time pass where `words` say so (`/tomorrow`, `/week`, `/month`); what is due on the way is sent."""
        until = self.clock.target(words)
        if until is None:
            return False
        await self.clock.forward(until, self._tick)
        return True

    async def _tick(self, now: datetime) -> None:
        await self._companion.tick(now)
        await self._outbox.deliver_due()


@asynccontextmanager
async def rehearsal(
    settings: Settings, library: Library, terminal: ChatAdapter, clock: MovingClock
) -> AsyncIterator[Rehearsal]:
    """Open a rehearsal in a folder that is deleted at the end."""
    with TemporaryDirectory() as folder:
        store = await SqlStore.open(StoreSettings(), folder=Path(folder))
        try:
            made = Rehearsal(settings, store, library, terminal, clock)
            await made.begin()
            yield made
        finally:
            await store.close()
