"""What does not wait for the disk: it outlives the process at once, and is confirmed to nobody before the disk has it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from mediation_coach.domain.delivery import Hold
from mediation_coach.errors import StoreError
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from tests.fakes import NOW, event, said
from tests.integration.test_delivery_inbox import House
from tests.integration.test_store_rows import LEASE, MINE, claim

NAMES = ("synchronous", "wal_autocheckpoint", "busy_timeout")


@contextmanager
def stuck(store: SqlStore) -> Iterator[None]:
    """Let the disk take nothing while the block lasts."""
    go = threading.Event()
    assert store._direct is not None
    store._direct._disk.submit(go.wait)
    try:
        yield
    finally:
        go.set()


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with each call for the disk that is ours and not SQLite's."""
    calls: list[int] = []
    fsync = os.fsync

    def counted(file: int) -> None:
        calls.append(file)
        fsync(file)

    monkeypatch.setattr(os, "fsync", counted)
    return calls


async def test_a_person_is_answered_and_the_platform_told_only_when_the_disk_has_it(sqlite_store: SqlStore) -> None:
    async with House(sqlite_store).open() as house:
        await asyncio.sleep(0)
        with stuck(sqlite_store):
            telling = asyncio.create_task(house.inbox.accept(event()))
            await asyncio.wait({telling}, timeout=0.1)
            assert not telling.done()
            assert house.adapter.attempts == 0
        await telling
        await house.adapter.until_sent(1)


async def test_a_repeat_is_confirmed_no_sooner(sqlite_store: SqlStore) -> None:
    await sqlite_store.accept_and_hold(event(), now=NOW, hold=MINE)
    with stuck(sqlite_store):
        told = [asyncio.create_task(again) for again in (sqlite_store.accept(event(), now=NOW), sqlite_store.safe())]
        done, _ = await asyncio.wait(told, timeout=0.1)
        assert not done
    assert await asyncio.gather(*told) == [False, None]


async def test_the_next_lasting_transaction_makes_it_safe(sqlite_store: SqlStore, synced: list[int]) -> None:
    _, arrival = await sqlite_store.accept_and_hold(event(), now=NOW, hold=MINE)
    assert arrival is not None
    waiting = asyncio.create_task(sqlite_store.safe())
    assert await sqlite_store.finish(arrival, said("hi"), arrival.state, now=NOW)
    await waiting
    await sqlite_store.safe()
    await asyncio.sleep(0.02)
    assert synced == []


async def test_it_is_safe_soon_where_nothing_else_is_written(sqlite_store: SqlStore, synced: list[int]) -> None:
    await sqlite_store.safe()
    assert synced == []
    await asyncio.gather(*(sqlite_store.accept_and_hold(event(f"{n}"), now=NOW, hold=MINE) for n in range(5)))
    await asyncio.wait_for(sqlite_store.safe(), 1)
    assert len(synced) == 1


async def test_a_disk_that_fails_is_told_to_all_who_wait_and_asked_again(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, failures = os.fsync, [OSError("no disk")]

    def fails_once(file: int) -> None:
        if failures:
            raise failures.pop()
        fsync(file)

    monkeypatch.setattr(os, "fsync", fails_once)
    await sqlite_store.accept_and_hold(event(), now=NOW, hold=MINE)
    told = await asyncio.gather(sqlite_store.safe(), sqlite_store.safe(), return_exceptions=True)
    assert all(isinstance(failure, StoreError) for failure in told)
    waiting = asyncio.create_task(sqlite_store.safe())
    await asyncio.sleep(0.02)
    assert not waiting.done()
    assert not await sqlite_store.accept(event(), now=NOW)
    await waiting


async def test_afterwards_all_is_as_ever(sqlite_store: SqlStore) -> None:
    def settings(connection: Connection) -> list[int]:
        return [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in NAMES]

    def fails(_: Connection) -> None:
        raise StoreError("on purpose")

    for _ in range(2):
        assert await sqlite_store.run(settings, light=True) == [1, 0, 0]
        with pytest.raises(StoreError):
            await sqlite_store.run(fails, light=True)
        async with sqlite_store.begin() as connection:
            assert await connection.run_sync(settings) == [2, 1000, 5000]
        assert await sqlite_store.run(settings) == [2, 1000, 0]


async def test_it_outlives_the_process(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.test_store_light", str(tmp_path), cwd=Path(__file__).parents[2]
    )
    assert await child.wait() == -signal.SIGKILL
    store = await SqlStore.open(StoreSettings(), folder=tmp_path)
    (found,) = await claim(store, NOW + LEASE)
    assert (found.event, found.attempt) == (event(), 2)
    await store.close()


async def take_one_and_die(folder: str) -> None:
    store = await SqlStore.open(StoreSettings(), folder=Path(folder))
    _, arrival = await store.accept_and_hold(event(), now=NOW, hold=Hold(owner="dead", lease=LEASE))
    assert arrival is not None
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(take_one_and_die(sys.argv[1]))
