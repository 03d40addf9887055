"""SQLite without detours: a whole transaction at once on the one connection, and only its commit in a thread.

The driver for asyncio hands every step to a thread and back, ten and more for a short transaction. Statements that touch
a few rows take microseconds, so they run where they are called; what waits for the disk, the commit, does not.

A light transaction does not wait for the disk at all: it is in the journal, where it outlives this process, and is safe
from a power cut as soon as the disk has the next transaction, or else a few milliseconds later. `safe` waits for that.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, StaticPool, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

from mediation_coach import logs
from mediation_coach.errors import StoreError

T = TypeVar("T")

BACK_SOON = 0.001
PATIENCE = 0.005
PATIENCE_AFTER_FAILURE = 1.0
BEGIN = "BEGIN IMMEDIATE"
LIGHT = ("PRAGMA synchronous=NORMAL", "PRAGMA wal_autocheckpoint=0")
LASTING = ("PRAGMA synchronous=FULL", "PRAGMA wal_autocheckpoint=1000")

log = logs.get("store")


class Direct:
    """Runs transactions one after the other on the connection that `engine` also uses; `turn` is held by who uses it."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Share the connection of `engine`, which must be of SQLite and have only one."""
        self.turn = asyncio.Lock()
        self._engine = engine
        self._connection: Connection | None = None
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._journal = f"{engine.url.database}-wal"
        self._patience: int | None = None
        self._light = False
        self._owed: asyncio.Future[None] | None = None
        self._reminder: asyncio.TimerHandle | None = None
        self._paying: asyncio.Task[None] | None = None
        event.listen(engine.sync_engine, "close", self._closed)

    async def run(self, work: Callable[[Connection], T], *, light: bool = False) -> T:
        """Return what `work` returns, once it is safe on disk, or `light`: once it is written.

        A caller who gives up leaves the transaction whole.
        """
        return await asyncio.shield(asyncio.ensure_future(self._in_turn(work, light)))

    async def _in_turn(self, work: Callable[[Connection], T], light: bool) -> T:
        async with self.turn:
            connection = self._connection or await self._connected()
            raw: Any = connection.connection.driver_connection
            self._set(raw, light=light)
            await self._begin(raw)
            before = raw.total_changes
            with _whole(connection, raw):
                result = _done(work, connection, raw)
                if light:
                    raw.commit()
                    self._owe(PATIENCE)
                else:
                    await self._lasting(raw, wrote=raw.total_changes > before)
            return result

    def now(self, work: Callable[[Connection], T]) -> T | None:
        """Run a light transaction at this moment; None where someone else has the connection or the file."""
        if self._connection is None or self.turn.locked():
            return None
        raw: Any = self._connection.connection.driver_connection
        self._set(raw, light=True)
        try:
            raw.execute(BEGIN)
        except sqlite3.OperationalError:
            return None
        with _whole(self._connection, raw):
            result = _done(work, self._connection, raw)
            raw.commit()
        self._owe(PATIENCE)
        return result

    async def safe(self) -> None:
        """Return when all that was written lightly until now is safe on disk.

        Raises:
            OSError: the disk failed.
        """
        if self._owed is not None:
            await asyncio.shield(self._owed)

    def _owe(self, patience: float) -> None:
        """Note that something is not safe yet, and see to it after so many seconds where nothing else does before."""
        if self._owed is None:
            loop = asyncio.get_running_loop()
            self._owed = loop.create_future()
            self._reminder = loop.call_later(patience, self._remind)

    def _remind(self) -> None:
        self._paying = asyncio.create_task(self._pay())

    async def _pay(self) -> None:
        async with self.turn:
            if self._owed is None:
                return
            try:
                await self._in_thread(self._sync)
            except OSError as exc:
                log.error("journal_not_synced", error=type(exc).__name__)
                owed, self._owed = self._owed, None
                owed.set_exception(exc)
                owed.exception()  # perhaps nobody waits for it
                self._owe(PATIENCE_AFTER_FAILURE)
            else:
                self._paid()

    def _paid(self) -> None:
        """Note that all is safe."""
        if self._owed is not None and self._reminder is not None:
            self._owed.set_result(None)
            self._reminder.cancel()
        self._owed = None

    async def _lasting(self, raw: sqlite3.Connection, *, wrote: bool) -> None:
        """Commit and wait for the disk, also for what was written lightly before: SQLite syncs its whole journal."""
        if wrote:
            await self._in_thread(raw.commit)
        else:  # then SQLite has nothing to sync; but what was read may not be safe
            raw.commit()
            if self._owed is not None:
                await self._in_thread(self._sync)
        self._paid()

    def _sync(self) -> None:
        """Have the journal on disk; where it is gone, it is in the database already."""
        with suppress(FileNotFoundError):
            journal = os.open(self._journal, os.O_RDWR)
            try:
                os.fsync(journal)
            finally:
                os.close(journal)

    async def _begin(self, raw: sqlite3.Connection) -> None:
        """Begin; where the file is still in another's hand, wait for it in the thread: that other may need the loop."""
        try:
            raw.execute(BEGIN)
        except sqlite3.OperationalError:
            raw.execute(f"PRAGMA busy_timeout={self._patience}")
            try:
                await self._in_thread(lambda: raw.execute(BEGIN))
            finally:
                raw.execute("PRAGMA busy_timeout=0")

    def _set(self, raw: sqlite3.Connection, *, light: bool) -> None:
        """Let the connection be as we need it: it never makes the loop wait, and waits for the disk where it should."""
        if self._patience is None:
            (self._patience,) = raw.execute("PRAGMA busy_timeout").fetchone()
            raw.execute("PRAGMA busy_timeout=0")
        if light != self._light:
            for setting in LIGHT if light else LASTING:
                raw.execute(setting)
            self._light = light

    async def lend(self) -> None:
        """Wait for a turn, and let the engine have the connection as it is used to it, until `end_turn`."""
        await self.turn.acquire()
        if self._connection is None or self._patience is None:
            return
        raw: Any = self._connection.connection.driver_connection
        try:
            self._set(raw, light=False)
            raw.execute(f"PRAGMA busy_timeout={self._patience}")
        except sqlite3.Error:
            self.turn.release()
            raise
        self._patience = None

    async def _in_thread(self, step: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, step)

    async def _connected(self) -> Connection:
        async with self._engine.connect() as pooled:
            driver: Any = (await pooled.get_raw_connection()).driver_connection
        raw = driver._conn
        same = create_engine(
            "sqlite://", creator=lambda: raw, poolclass=StaticPool, pool_reset_on_return=None, hide_parameters=True
        )
        connection = self._connection = same.connect()
        return connection

    def end_turn(self) -> None:
        """Let the next one have the connection, as soon as the engine has it back.

        Whoever gives up while leaving a transaction of the engine leaves before its ROLLBACK has run.
        """
        pool: Any = self._engine.pool
        if pool.checkedout():
            asyncio.get_running_loop().call_later(BACK_SOON, self.end_turn)
        else:
            self.turn.release()

    def _closed(self, adapted: Any, _: object) -> None:
        """The engine closes its connection, as it does where someone gave up in the middle; the next one is another.

        A result that nobody read would keep the closed connection's transaction open, and lock the file: it is ended
        first, in the connection's own thread, behind whatever that is still doing.
        """
        self._connection = self._patience = None
        self._light = False
        driver: Any = self._engine.dialect.get_driver_connection(adapted)
        if driver._connection is not None:
            driver._tx.put_nowait((None, driver._connection.rollback))

    async def close(self) -> None:
        """Finish what waits, and let go of the thread; the connection is closed by its engine."""
        await self._pay()
        async with self.turn:
            if self._reminder is not None:
                self._reminder.cancel()
            self._disk.shutdown()


@contextmanager
def _whole(connection: Connection, raw: sqlite3.Connection) -> Iterator[None]:
    """Undo the transaction where the block fails."""
    try:
        yield
    except BaseException:
        raw.rollback()
        raise
    finally:
        connection.rollback()  # for SQLAlchemy, which counts a transaction of its own where it was asked something


def _done(work: Callable[[Connection], T], connection: Connection, raw: sqlite3.Connection) -> T:
    result = work(connection)
    if not raw.in_transaction:  # or the commit would say nothing, and keep nothing
        raise StoreError("the transaction ended before its time; nothing of it was kept")
    return result
