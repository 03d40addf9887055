"""Opening a database: which engine, with what settings, for how many processes, at which version of the tables."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from sqlalchemy import URL, Connection, Engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from mediation_coach.errors import ConfigError, StoreError, StoreInUse

SQLITE, POSTGRES = "sqlite+aiosqlite", "postgresql+psycopg"
MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATION_LOCK = 7_061_923


class StoreSettings(BaseModel):
    """The table `[store]`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: SecretStr | None = None
    keys: SecretStr | None = None
    pool: int = Field(default=5, ge=1, le=100)
    turn_hours: float = Field(default=24, gt=0)
    conversation_days: float = Field(default=400, gt=0)
    seen_days: float = Field(default=30, ge=1)
    sent_days: float = Field(default=30, ge=1)
    given_up_days: float = Field(default=30, ge=1)
    receipt_days: float = Field(default=400, ge=31)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Return the settings of a raw table.

        Raises:
            ConfigError: a key is unknown, or a value not usable; the message names the key and never the value.
        """
        try:
            return cls.model_validate(table)
        except ValidationError as exc:
            problem = exc.errors(include_url=False, include_input=False)[0]
            raise ConfigError(f"store.{'.'.join(map(str, problem['loc']))} is not usable: {problem['msg']}") from None

    journey_days: float = Field(default=400, gt=0)


def address(settings: StoreSettings, folder: Path) -> URL:
    """Return where the database is: what the settings say, else `coach.db` in `folder`.

    Raises:
        ConfigError: it is no address of an SQLite or PostgreSQL database.
    """
    if settings.url is None:
        return URL.create(SQLITE, database=str(folder / "coach.db"))
    try:
        url = make_url(settings.url.get_secret_value())
    except ArgumentError:
        raise ConfigError(
            "store.url is not a database address; use sqlite:///coach.db or postgresql://host/name"
        ) from None
    match url.get_backend_name():
        case "sqlite" if url.database not in (None, "", ":memory:"):
            return url.set(drivername=SQLITE)
        case "postgresql" | "postgres":
            return url.set(drivername=POSTGRES)
        case other:
            raise ConfigError(
                f"store.url: '{other}' is not supported; use sqlite:///coach.db or postgresql://host/name"
            )


def file_of(url: URL) -> Path | None:
    """Return the file of an SQLite database."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


class SingleWriter:
    """Holds an SQLite file for this process alone: two writers could damage it (sqlite.org/wal.html, the WAL-reset bug)."""

    def __init__(self, database: Path) -> None:
        """Name the lock file; the lock itself lives with the open file, so a killed process leaves none behind."""
        self._path = database.with_name(database.name + ".lock")
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Take the lock.

        Raises:
            StoreInUse: another process has it.
            StoreError: the folder cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            make_private(self._path)
            file = self._path.open("ab")
        except OSError as exc:
            raise StoreError(
                f"the folder {self._path.parent} cannot be written; set 'data' or store.url to one that can"
            ) from exc
        try:
            _lock(file)
        except OSError as exc:
            file.close()
            raise StoreInUse(
                f"{self._path.with_suffix('')} is in use by another process; stop it first, or use PostgreSQL for several"
            ) from exc
        self._file = file

    def free(self) -> None:
        """Let go of the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def make_engine(url: URL, *, pool: int = 5, reading: bool = False) -> AsyncEngine:
    """Return an engine: one connection that all share in turn on SQLite, a pool on PostgreSQL."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(
            url, hide_parameters=True, pool_size=pool, max_overflow=pool, pool_pre_ping=True, pool_timeout=30
        )
    engine = create_async_engine(
        url,
        hide_parameters=True,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=300,
        connect_args={"check_same_thread": False},  # see `direct`: one at a time, though not always the same thread
    )
    _prepare_sqlite(engine.sync_engine, reading=reading)
    return engine


def _prepare_sqlite(engine: Engine, *, reading: bool) -> None:
    """Set what every connection needs, and begin transactions ourselves: the driver's own habit starts them too late."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None
        try:
            cursor = connection.cursor()
            for pragma in _READING if reading else _WRITING:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
        except BaseException:
            connection.close()
            raise

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


_WRITING = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "busy_timeout=5000",
    "temp_store=MEMORY",
    "cache_size=-16000",
)
_READING = ("query_only=ON", "wal_autocheckpoint=0", "busy_timeout=5000")


@contextmanager
def told_plainly(url: URL, doing: str) -> Iterator[None]:
    """Turn a database's errors into one sentence that says what to mend and carries no one's words."""
    try:
        yield
    except sqlite3.Error as exc:  # from `prepared`, which goes to the driver itself
        raise StoreError(f"{_where(url)}: {doing} failed: {_sqlite_reason(exc)}") from None
    except DBAPIError as exc:
        # Not `from exc`: PostgreSQL quotes the offending row in its text, and a traceback would print it.
        raise StoreError(f"{_where(url)}: {doing} failed: {_reason(exc)}") from None
    except (SQLAlchemyError, OSError) as exc:
        raise StoreError(f"{_where(url)}: {doing} failed ({type(exc).__name__})") from exc


def _where(url: URL) -> str:
    return str(file_of(url) or url.render_as_string(hide_password=True))


def _sqlite_reason(exc: sqlite3.Error) -> str:
    said = str(exc).lower()
    return next((meaning for sign, meaning in _SIGNS.items() if sign in said), type(exc).__name__)


def _reason(exc: DBAPIError) -> str:
    if isinstance(exc.orig, sqlite3.Error):
        return _sqlite_reason(exc.orig)
    if exc.connection_invalidated or type(exc.orig).__name__ in ("OperationalError", "ConnectionTimeout"):
        return "it cannot be reached; is the server running, and are the address, name and password right?"
    return f"{type(exc.orig).__name__} {getattr(exc.orig, 'sqlstate', '')}".strip()


_SIGNS = {
    "readonly": "the file is read-only; give it and its folder to this user",
    "unable to open": "the file cannot be opened or made; does its folder exist, and may this user write there?",
    "locked": "another program holds the file; close it and try again",
    "not a database": "the file is not an SQLite database, or is damaged; restore a backup",
    "malformed": "the file is damaged; restore a backup",
    "full": "the disk is full; make room and start again",
    "disk i/o": "the disk does not read or write; check it, then restore a backup",
}


async def migrate(engine: AsyncEngine, *, dry_run: bool = False) -> tuple[str, ...]:
    """Bring the tables to this program's version; return the steps taken (or, in a dry run, needed), oldest first.

    Raises:
        StoreError: the database was made by a newer program.
    """
    async with engine.begin() as connection:
        return await connection.run_sync(_migrate, dry_run)


def _migrate(connection: Connection, dry_run: bool) -> tuple[str, ...]:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    steps = _steps(scripts, _version(connection))
    if steps and not dry_run:
        command.upgrade(config, "head")
    return steps


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _steps(scripts: Any, version: str | None) -> tuple[str, ...]:
    known = {script.revision for script in scripts.walk_revisions()}
    if version is not None and version not in known:
        raise StoreError(f"the database is at version {version}, which this program does not know; install a newer one")
    steps: list[str] = []
    for script in scripts.walk_revisions():
        if script.revision == version:
            break
        steps.append(f"{script.revision} {script.doc}")
    return tuple(reversed(steps))


async def checkpoint(engine: AsyncEngine) -> None:
    """Move SQLite's journal into the file and empty it, so that what was erased is nowhere."""
    async with engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        cursor = await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        await cursor.close()


def make_private(path: Path) -> None:
    """Make the database's file readable by this user only; SQLite gives its journal the same rights.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600))
        if os.name == "posix" and os.geteuid() == path.stat().st_uid:
            path.chmod(0o600)
    except OSError as exc:
        raise StoreError(f"{path} cannot be opened or made; give it and its folder to this user") from exc
