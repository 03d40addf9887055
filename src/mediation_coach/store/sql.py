"""The store: one implementation for SQLite and PostgreSQL, opened here and made of its rooms.

`inbox_rows` and `outbox_rows` move things, `people` shows and forgets, `keeping` decides how long, `journey_rows` and
`follow_through` keep journeys and cohorts, `spending_rows` what the language model may still cost today, `database` holds the keys and the transactions they all stand on.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine

from mediation_coach.errors import ConfigError, StoreError
from mediation_coach.store import opening
from mediation_coach.store.crypto import HOW_TO, KeyRing, key_file, read_keys
from mediation_coach.store.database import own_key
from mediation_coach.store.opening import SingleWriter, StoreSettings
from mediation_coach.store.spending_rows import SpendingRows

FAR = datetime(9999, 1, 1, tzinfo=UTC)


class SqlStore(SpendingRows):
    """Keeps what must not be lost. It is a `Store`, a `SecretBox`, a `FollowThroughStore` and a `Ledger`."""

    _lock: SingleWriter | None = None
    migrated: tuple[str, ...] = ()

    @classmethod
    async def open(cls, settings: StoreSettings, *, folder: Path) -> Self:
        """Open the database for writing, bringing its tables up to date; `folder` is where SQLite's files go by default.

        Raises:
            ConfigError: the address or the keys are not usable.
            StoreError: it cannot be reached, read or written, another process has it, or it was sealed with other keys.
        """
        url = opening.address(settings, folder)
        lock = _locked(url)
        try:
            ring = keys_of(settings, url)
            if (path := opening.file_of(url)) is not None:
                opening.make_private(path)
            engine = opening.make_engine(url, pool=settings.pool)
            try:
                return await cls._opened(engine, url, ring, settings, lock)
            except BaseException:
                await engine.dispose()
                raise
        except BaseException:
            if lock is not None:
                lock.free()
            raise

    @classmethod
    async def _opened(
        cls, engine: AsyncEngine, url: URL, ring: KeyRing, settings: StoreSettings, lock: SingleWriter | None
    ) -> Self:
        with opening.told_plainly(url, "opening the database"):
            steps = await opening.migrate(engine)
            own = await own_key(engine, ring, now=datetime.now(UTC))
        store = cls(engine, url, ring, settings, own)
        store._lock, store.migrated = lock, steps
        if store.alone:  # whoever held something is not alive any more
            await store.release_expired(now=FAR)
        return store

    @classmethod
    async def open_to_read(cls, settings: StoreSettings, *, folder: Path) -> Self:
        """Open the database only to look, beside a process that writes.

        Raises:
            StoreError: there is no database yet, it is of another version, or it was sealed with other keys.
        """
        url = opening.address(settings, folder)
        path = opening.file_of(url)
        if path is not None and not path.exists():
            raise StoreError(f"there is no database at {path} yet; it is made when the coach first runs")
        engine = opening.make_engine(url, reading=True)
        try:
            with opening.told_plainly(url, "opening the database"):
                if await opening.migrate(engine, dry_run=True):
                    raise StoreError("the tables are of an older version; run 'mediation-coach store migrate' first")
                own = await own_key(engine, keys_of(settings, url), now=datetime.now(UTC))
            return cls(engine, url, keys_of(settings, url), settings, own)
        except BaseException:
            await engine.dispose()
            raise

    @classmethod
    async def migrate(cls, settings: StoreSettings, folder: Path, *, dry_run: bool = False) -> tuple[str, ...]:
        """Bring the tables to this program's version; return the steps taken (or needed, in a dry run).

        Raises:
            ConfigError: the address is not usable.
            StoreError: the database cannot be reached, or another process has it.
        """
        if not dry_run:
            store = await cls.open(settings, folder=folder)
            await store.close()
            return store.migrated
        url = opening.address(settings, folder)
        path = opening.file_of(url)
        engine = opening.make_engine(
            url if path is None or path.exists() else url.set(database=":memory:"), reading=True
        )
        try:
            with opening.told_plainly(url, "looking at the tables"):
                return await opening.migrate(engine, dry_run=True)
        finally:
            await engine.dispose()

    async def ready(self) -> str | None:
        """Return None when the database answers, else what is wrong."""
        try:
            async with self.begin() as connection:
                await connection.execute(text("SELECT 1"))
        except StoreError as exc:
            return str(exc)
        return None

    async def close(self) -> None:
        """Write what was handed over, and let go of the database."""
        await self.settled()
        if self._direct is not None:
            await self._direct.close()
        await self.engine.dispose()
        if self._lock is not None:
            self._lock.free()


def _locked(url: URL) -> SingleWriter | None:
    path = opening.file_of(url)
    if path is None:
        return None
    lock = SingleWriter(path)
    lock.take()
    return lock


def keys_of(settings: StoreSettings, url: URL) -> KeyRing:
    """Return the wrapping keys: from the settings, else for SQLite from a key file beside the database.

    Raises:
        ConfigError: there are none, and the database is not a file.
        StoreError: the key file is gone.
    """
    if settings.keys is not None:
        return read_keys(settings.keys.get_secret_value())
    path = opening.file_of(url)
    if path is None:
        raise ConfigError(f"store.keys is needed with PostgreSQL; {HOW_TO}")
    file = path.with_name(path.name + ".key")
    if path.exists() and path.stat().st_size and not file.exists():
        raise StoreError(f"{path} was sealed with the key file {file}, which is gone; put it back, or set store.keys")
    return key_file(file)
