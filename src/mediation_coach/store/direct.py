"""SQLite without detours: a whole transaction at once on the one connection, and only its commit in a thread.

The driver for asyncio hands every step to a thread and back, ten and more for a short transaction. Statements that touch
a few rows take microseconds, so they run where they are called; what waits for the disk, the commit, does not.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, StaticPool, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

from mediation_coach.errors import StoreError

T = TypeVar("T")

BACK_SOON = 0.001
BEGIN = "BEGIN IMMEDIATE"


class Direct:
    """Runs transactions one after the other on the connection that `engine` also uses; `turn` is held by who uses it."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Share the connection of `engine`, which must be of SQLite and have only one."""
        self.turn = asyncio.Lock()
        self._engine = engine
        self._connection: Connection | None = None
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="commit")
        event.listen(engine.sync_engine, "close", self._closed)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` returns, once it is safe on disk; a caller who gives up leaves the transaction whole."""
        return await asyncio.shield(asyncio.ensure_future(self._in_turn(work)))

    async def _in_turn(self, work: Callable[[Connection], T]) -> T:
        async with self.turn:
            connection = self._connection or await self._connected()
            raw: Any = connection.connection.driver_connection
            await self._begin(raw)
            try:
                result = work(connection)
                if not raw.in_transaction:  # or the commit would say nothing, and keep nothing
                    raise StoreError("the transaction ended before its time; nothing of it was kept")
                await self._in_thread(raw.commit)
            except BaseException:
                raw.rollback()
                raise
            finally:
                connection.rollback()  # for SQLAlchemy, which counts a transaction of its own where it was asked something
            return result

    async def _begin(self, raw: sqlite3.Connection) -> None:
        """Begin; where the file is still in another's hand, wait for it in the thread: that other may need the loop."""
        (patience,) = raw.execute("PRAGMA busy_timeout").fetchone()
        raw.execute("PRAGMA busy_timeout=0")
        try:
            raw.execute(BEGIN)
        except sqlite3.OperationalError:
            raw.execute(f"PRAGMA busy_timeout={int(patience)}")
            await self._in_thread(lambda: raw.execute(BEGIN))
        finally:
            raw.execute(f"PRAGMA busy_timeout={int(patience)}")

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
        self._connection = None
        driver: Any = self._engine.dialect.get_driver_connection(adapted)
        if driver._connection is not None:
            driver._tx.put_nowait((None, driver._connection.rollback))

    async def close(self) -> None:
        """Finish what waits, and let go of the thread; the connection is closed by its engine."""
        async with self.turn:
            self._disk.shutdown()
