"""The clock: APScheduler drives ticks and daily jobs in this process. What is due stands in our own tables.

Its job stores are not used: one shared by two schedulers sends twice, and a job is deleted before it runs. Here it only
says "now"; which replica does a daily job, the database decides.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from mediation_coach import logs
from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.pace import Clock
from mediation_coach.ports import Store

log = logs.get("delivery")

Job = Callable[[datetime], Awaitable[object]]
BEAT = 1.0
LATE = 30.0


class Ticks:
    """Calls jobs again and again; a job that fails is counted and called again the next time."""

    def __init__(
        self, store: Store, *, metrics: Metrics | None = None, clock: Clock = lambda: datetime.now(UTC)
    ) -> None:
        """Ask `store` whose turn it is."""
        self._store = store
        self._metrics = metrics or Metrics()
        self._clock = clock
        self._beat = time.monotonic()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def every(self, seconds: float, name: str, job: Job) -> None:
        """Call `job(now)` every so many seconds in this replica; a slow one is not called beside itself."""

        async def run() -> None:
            await self._run(name, job)

        self._scheduler.add_job(run, IntervalTrigger(seconds=seconds, timezone=UTC), id=name, name=name)

    def in_turn(self, every: timedelta, name: str, job: Job) -> None:
        """Call `job(now)` once in `every` over all replicas, first soon after the start."""

        async def run(now: datetime) -> None:
            if await self._store.take_turn(name, every=every, now=now):
                await job(now)

        self.every(min(60.0, every.total_seconds()), name, run)

    def start(self) -> None:
        """Begin; needs a running loop."""
        self._beat = time.monotonic()
        self.every(BEAT, "beat", self._note_beat)
        self._scheduler.start()

    def stop(self) -> None:
        """Call nothing more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    @property
    def lag(self) -> float:
        """How late the next beat is, in seconds."""
        return max(0.0, time.monotonic() - self._beat - BEAT)

    async def ready(self) -> str | None:
        """Return None while the clock ticks, else how late it is."""
        return None if self.lag < LATE else f"the scheduler is {self.lag:.0f} s late"

    async def _note_beat(self, _: datetime) -> None:
        self._metrics.lag.set(self.lag)
        self._beat = time.monotonic()

    async def _run(self, name: str, job: Job) -> None:
        try:
            await job(self._clock())
        except Exception as exc:  # a job's fault must not stop the clock
            self._metrics.jobs.labels(name, "failed").inc()
            log.error("job_failed", kind=name, error=type(exc).__name__, place=logs.place_of(exc))
        else:
            self._metrics.jobs.labels(name, "done").inc()
