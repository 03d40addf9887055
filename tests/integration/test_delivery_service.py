"""The running service: health, metrics, adapters that fail and come back, jobs, stopping."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from mediation_coach.delivery.health import Health
from mediation_coach.delivery.inbox import Inbox, Says
from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.service import Service
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.delivery.ticks import Ticks
from mediation_coach.errors import ConfigError, InUse
from mediation_coach.ports import Receive
from mediation_coach.store.sql import SqlStore
from tests.fakes import NOW, Answer, RecordingAdapter, echo, event, said

SAYS = Says(
    busy=lambda _: said("busy"), full=lambda _: said("full"), too_fast=lambda _: said("f"), sorry=lambda _: said("s")
)
SETTINGS = DeliverySettings(poll_seconds=0.05, drain_seconds=5)


def build(store: SqlStore, *given: RecordingAdapter, answer: Answer = echo, port: int = 0) -> Service:
    metrics, adapters = Metrics(), {adapter.name: adapter for adapter in given}
    outbox = Outbox(store, adapters, settings=SETTINGS, metrics=metrics)
    inbox = Inbox(store, answer, adapters=adapters, says=SAYS, settings=SETTINGS, metrics=metrics, outbox=outbox)
    ticks = Ticks(store, metrics=metrics)
    checks = {"store": store.ready, "scheduler": ticks.ready} | {a.name: a.ready for a in given}
    health = Health(checks, metrics, host="127.0.0.1", port=port)
    return Service(
        store=store,
        adapters=adapters,
        inbox=inbox,
        outbox=outbox,
        ticks=ticks,
        health=health,
        metrics=metrics,
        settings=SETTINGS,
    )


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[str]:
    stop, started = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(service.run(stop, started=started.set))
    await asyncio.wait([asyncio.ensure_future(started.wait()), task], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    try:
        yield f"http://127.0.0.1:{service.health.port}"
    finally:
        stop.set()
        await task


async def fetched(url: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        body = await (response.json() if response.content_type == "application/json" else response.text())
        return response.status, body


async def test_it_answers_and_tells_that_it_is_well(store: SqlStore) -> None:
    adapter = RecordingAdapter()
    async with running(build(store, adapter)) as url:
        await adapter.incoming.put(event(text="hello"))
        await adapter.until_sent(1)
        assert await fetched(url + "/live") == (200, {"live": True})
        assert await fetched(url + "/ready") == (
            200,
            {"ready": True, "checks": {"store": "ok", "scheduler": "ok", "fake": "ok"}},
        )
    assert adapter.closed


async def test_metrics_count_and_name_nobody(sqlite_store: SqlStore) -> None:
    adapter = RecordingAdapter()
    async with running(build(sqlite_store, adapter)) as url:
        await adapter.incoming.put(
            event("seeded-event", "seeded-words", by="seeded-person", at="seeded-room", workspace="seeded-w")
        )
        await adapter.until_sent(1)
        status, text = await fetched(url + "/metrics")
    assert status == 200
    assert 'coach_events_total{adapter="fake",result="accepted"} 1.0' in text
    assert "seeded" not in text


async def test_a_platform_that_is_not_connected_shows(sqlite_store: SqlStore) -> None:
    adapter = RecordingAdapter(trouble="the socket is closed")
    async with running(build(sqlite_store, adapter)) as url:
        status, body = await fetched(url + "/ready")
    assert (status, body["ready"], body["checks"]["fake"]) == (503, False, "the socket is closed")


async def test_a_check_that_hangs_or_raises_is_a_check_that_fails(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs() -> str | None:
        await asyncio.Event().wait()
        return None

    async def raises() -> str | None:
        raise RuntimeError("seeded-words")

    monkeypatch.setattr("mediation_coach.delivery.health.PATIENCE", 0.05)
    health = Health({"a": hangs, "b": raises}, Metrics(), host="127.0.0.1", port=0)
    assert await health.failing() == {"a": "no answer in time", "b": "RuntimeError"}


async def test_a_database_that_does_not_answer_shows(sqlite_store: SqlStore) -> None:
    service = build(sqlite_store, RecordingAdapter())
    async with running(service) as url, sqlite_store.engine.connect():  # the one connection is taken
        status, body = await fetched(url + "/ready")
    assert (status, body["checks"]["store"]) == (503, "no answer in time")


async def test_an_adapter_that_fails_is_started_again_and_the_others_go_on(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = RecordingAdapter()
    run, runs = adapter.run, [0]

    async def falls_once(receive: Receive) -> None:
        runs[0] += 1
        if runs[0] == 1:
            raise RuntimeError("seeded-words")
        await run(receive)

    monkeypatch.setattr(adapter, "run", falls_once)
    monkeypatch.setattr("mediation_coach.delivery.service.LONGEST_REST", 0.05)
    service = build(sqlite_store, adapter)
    async with running(service):
        await adapter.incoming.put(event())
        await adapter.until_sent(1)
    assert service.metrics.registry.get_sample_value("coach_adapter_restarts_total", {"adapter": "fake"}) == 1


def needs_an_administrator(adapter: RecordingAdapter, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let the adapter end for good when the event is set."""
    run, revoked = adapter.run, asyncio.Event()

    async def until_revoked(receive: Receive) -> None:
        listening = asyncio.create_task(run(receive))
        await revoked.wait()
        listening.cancel()
        raise ConfigError("the session is gone; log in again")

    monkeypatch.setattr(adapter, "run", until_revoked)
    return revoked


async def test_an_adapter_that_needs_an_administrator_ends_the_service_once_what_is_in_hand_is_answered(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, begun = asyncio.Event(), asyncio.Event()

    async def waits(event: Any, state: Any) -> Any:
        begun.set()
        await go.wait()
        return await echo(event, state)

    adapter = RecordingAdapter()
    revoked = needs_an_administrator(adapter, monkeypatch)
    task = asyncio.create_task(build(sqlite_store, adapter, answer=waits).run())
    await adapter.incoming.put(event("1", "in hand"))
    await begun.wait()
    revoked.set()
    await asyncio.sleep(0.05)
    go.set()
    with pytest.raises(ConfigError, match="log in again"):
        await task
    assert adapter.closed
    assert await sqlite_store.waiting() == 0
    assert (await sqlite_store.outbox_counts(now=datetime.now(NOW.tzinfo)))["due"] == 1

    mended = RecordingAdapter()
    async with running(build(sqlite_store, mended)):
        (sent,) = await mended.until_sent(1)
    assert sent.text == "0: in hand"


async def test_while_another_adapter_can_go_on_the_service_does_and_is_not_ready(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, other = RecordingAdapter("gone"), RecordingAdapter()
    needs_an_administrator(gone, monkeypatch).set()
    told: list[tuple[str, str]] = []
    service, stop = build(sqlite_store, gone, other), asyncio.Event()
    task = asyncio.create_task(service.run(stop, ended=lambda name, why: told.append((name, why))))
    await other.incoming.put(event(text="still there"))
    await other.until_sent(1)
    status, body = await fetched(f"http://127.0.0.1:{service.health.port}/ready")
    assert (status, body["checks"]["gone"], body["checks"]["fake"]) == (503, "the session is gone; log in again", "ok")
    assert told == [("gone", "the session is gone; log in again")]
    stop.set()
    await task


async def test_what_another_process_still_has_is_waited_for(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = RecordingAdapter()
    run, tries = adapter.run, 0

    async def busy_once(receive: Receive) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise InUse("another process has it")
        await run(receive)

    monkeypatch.setattr(adapter, "run", busy_once)
    async with running(build(sqlite_store, adapter)):
        await adapter.incoming.put(event())
        await adapter.until_sent(1)
    assert tries == 2


async def test_what_another_process_keeps_ends_the_adapter(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = RecordingAdapter()

    async def always_busy(receive: Receive) -> None:
        raise InUse("another process has it")

    monkeypatch.setattr(adapter, "run", always_busy)
    monkeypatch.setattr("mediation_coach.delivery.service.SPARE_SECONDS", -20)  # of the drain time
    with pytest.raises(ConfigError, match="another process has it"):
        await asyncio.wait_for(build(sqlite_store, adapter).run(), 20)


async def test_a_port_that_is_taken_is_told(sqlite_store: SqlStore) -> None:
    async with running(build(sqlite_store, RecordingAdapter())) as url:
        taken = int(url.rpartition(":")[2])
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{taken}"):
            await build(sqlite_store, RecordingAdapter(), port=taken).run()


async def test_asked_to_stop_it_answers_what_it_has_and_takes_nothing_new(sqlite_store: SqlStore) -> None:
    go, begun = asyncio.Event(), asyncio.Event()

    async def waits(event: Any, state: Any) -> Any:
        begun.set()
        await go.wait()
        return await echo(event, state)

    adapter = RecordingAdapter()
    service = build(sqlite_store, adapter, answer=waits)
    stop = asyncio.Event()
    task = asyncio.create_task(service.run(stop))
    await adapter.incoming.put(event("1", "in hand"))
    await begun.wait()
    stop.set()
    await asyncio.sleep(0.05)
    await adapter.incoming.put(event("2", "too late"))
    go.set()
    await task
    assert [sent.text for sent in adapter.sent] == ["0: in hand"]
    assert await sqlite_store.waiting() == 0


async def test_a_job_that_fails_is_counted_and_called_again(sqlite_store: SqlStore) -> None:
    metrics, calls, enough = Metrics(), [0], asyncio.Event()

    async def job(_: datetime) -> None:
        calls[0] += 1
        if calls[0] == 3:
            enough.set()
        raise RuntimeError("seeded-words")

    ticks = Ticks(sqlite_store, metrics=metrics)
    ticks.every(0.05, "fails", job)
    ticks.start()
    await asyncio.wait_for(enough.wait(), 10)
    ticks.stop()
    assert (metrics.registry.get_sample_value("coach_jobs_total", {"job": "fails", "result": "failed"}) or 0) >= 2


async def test_a_job_in_turn_is_done_by_one_of_several(store: SqlStore) -> None:
    done: list[int] = []
    both = [Ticks(store, clock=lambda: NOW) for _ in range(2)]
    looked = asyncio.Semaphore(0)
    take_turn = store.take_turn

    async def counted(job: str, *, every: timedelta, now: datetime) -> bool:
        try:
            return await take_turn(job, every=every, now=now)
        finally:
            looked.release()

    store.take_turn = counted  # type: ignore[method-assign]
    for n, ticks in enumerate(both):

        async def job(_: datetime, n: int = n) -> None:
            done.append(n)

        ticks.in_turn(timedelta(seconds=0.1), "report", job)
        ticks.start()
    for _ in range(4):
        await looked.acquire()
    for ticks in both:
        ticks.stop()
    assert len(done) == 1
