"""The running coach: adapters listen, the inbox answers, the outbox delivers, the clock ticks, until asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mediation_coach import logs
from mediation_coach.delivery.health import Health
from mediation_coach.delivery.inbox import Inbox
from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.delivery.ticks import Ticks
from mediation_coach.errors import ConfigError, InUse
from mediation_coach.ports import ChatAdapter, Store

log = logs.get("delivery")

LONGEST_REST = 60.0
SPARE_SECONDS = 10.0


@dataclass(kw_only=True)
class Service:
    """Everything that runs, built by `app` and started by `run`."""

    store: Store
    adapters: Mapping[str, ChatAdapter]
    inbox: Inbox
    outbox: Outbox
    ticks: Ticks
    health: Health
    metrics: Metrics
    settings: DeliverySettings

    async def run(
        self,
        stop: asyncio.Event | None = None,
        *,
        started: Callable[[], None] = lambda: None,
        ended: Callable[[str, str], None] = lambda name, why: None,
    ) -> None:
        """Run until `stop` is set, or SIGTERM or SIGINT comes; then finish what is in hand.

        `ended` is told of an adapter that cannot go on before someone acts, and why; the others go on.

        Raises:
            ConfigError: the HTTP port cannot be had, or no adapter can go on.
        """
        stop = stop or asyncio.Event()
        with _signals(stop):
            await self.health.start()
            self._schedule()
            self.ticks.start()
            working = [asyncio.create_task(work) for work in (self.inbox.work(), self.outbox.deliver())]
            listening = [
                asyncio.create_task(self._listen(name, adapter, ended)) for name, adapter in self.adapters.items()
            ]
            log.info("started", count=len(listening))
            started()
            try:
                await _until(stop, working, listening)
            finally:
                await self._wind_down(listening, working)

    def _schedule(self) -> None:
        self.ticks.every(5, "gauges", self._note_outbox)
        self.ticks.in_turn(timedelta(hours=1), "retention", self._enforce_retention)

    async def _note_outbox(self, now: datetime) -> None:
        for state, number in (await self.store.outbox_counts(now=now)).items():
            self.metrics.outbox.labels(state).set(number)

    async def _enforce_retention(self, now: datetime) -> None:
        dropped = await self.store.enforce_retention(now=now)
        log.info("retention_enforced", count=sum(dropped.values()))

    async def _listen(self, name: str, adapter: ChatAdapter, ended: Callable[[str, str], None]) -> None:
        """Keep an adapter listening: when it stops or fails, start it again after a rest that grows to a minute.

        What another process has is waited for, since a coach that is being replaced lets go of it within its drain time.

        Raises:
            ConfigError: it cannot go on before someone acts; what is to be sent by it waits for the next start.
        """
        rest, patience = 1.0, self.settings.drain_seconds + SPARE_SECONDS
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await adapter.run(self.inbox.accept)
                log.warning("adapter_stopped", adapter=name)
            except ConfigError as exc:
                patience -= rest
                if isinstance(exc, InUse) and patience > 0:
                    log.warning("adapter_waits", adapter=name)
                    await asyncio.sleep(rest)
                    continue
                log.error("adapter_ended", adapter=name)
                self.health.ended(name, str(exc))
                self.outbox.leave(name)
                ended(name, str(exc))
                raise
            except Exception as exc:  # whatever a platform's library raises, the others go on
                log.error("adapter_failed", adapter=name, error=type(exc).__name__, place=logs.place_of(exc))
            self.metrics.restarts.labels(name).inc()
            lived = asyncio.get_running_loop().time() - began
            rest = 1.0 if lived > LONGEST_REST else min(rest * 2, LONGEST_REST)
            await asyncio.sleep(rest)

    async def _wind_down(self, listening: list[asyncio.Task[None]], working: list[asyncio.Task[None]]) -> None:
        """Hear nothing new, answer what is in hand, send what is written, and let go; all within the drain time."""
        log.info("stopping")
        loop = asyncio.get_running_loop()
        until = loop.time() + self.settings.drain_seconds
        self.ticks.stop()
        self.inbox.close_door()  # adapters stay connected for a moment: some send over the connection they listen on
        await self.inbox.drain(max(0.0, (until - loop.time()) * 0.7))
        await self._send_what_is_due(until)
        await self.outbox.drain(max(0.0, until - loop.time()))
        await _cancelled([*working, *listening])
        await asyncio.gather(*(_quietly(adapter.close()) for adapter in self.adapters.values()))
        await self.health.stop()
        log.info("stopped")

    async def _send_what_is_due(self, until: float) -> None:
        """Let the deliverers go on for a moment, so that the last answers are not left for the next start."""
        loop = asyncio.get_running_loop()
        while loop.time() < until - self.settings.drain_seconds * 0.15 and await self.outbox.deliver_due():
            pass


async def _until(stop: asyncio.Event, working: list[asyncio.Task[None]], listening: list[asyncio.Task[None]]) -> None:
    """Return when `stop` is set; raise what made a worker, or the last adapter, end before that."""
    ends = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(_all_ended(listening))]
    try:
        done, _ = await asyncio.wait([*ends, *working], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for end in ends:
            end.cancel()


async def _all_ended(listening: list[asyncio.Task[None]]) -> None:
    """Wait until no adapter listens any more, and raise why."""
    reasons = await asyncio.gather(*map(_reason, listening))
    raise ConfigError("; ".join(reasons))


async def _reason(listening: asyncio.Task[None]) -> str:
    await asyncio.wait([listening])
    return str(listening.exception())


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _quietly(closing: Coroutine[Any, Any, None]) -> None:
    try:
        await closing
    except Exception as exc:  # we are leaving anyway
        log.warning("close_failed", error=type(exc).__name__)


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Any:
    loop = asyncio.get_running_loop()
    known = (signal.SIGTERM, signal.SIGINT)
    try:
        for number in known:
            loop.add_signal_handler(number, stop.set)
    except (NotImplementedError, RuntimeError, ValueError):  # not the main thread, or not on this system
        yield
        return
    try:
        yield
    finally:
        for number in known:
            loop.remove_signal_handler(number)
