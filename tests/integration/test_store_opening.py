"""Opening: versions, a second process, wrong addresses, read-only and damaged files; each told in one sentence."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr, ValidationError
from sqlalchemy import Connection, text

from mediation_coach.errors import ConfigError, StoreError
from mediation_coach.store import opening
from mediation_coach.store.opening import StoreSettings, address
from mediation_coach.store.sql import SqlStore
from mediation_coach.store.tables import metadata
from tests.conftest import new_keys
from tests.fakes import NOW, event


def sqlite_at(path: Path) -> StoreSettings:
    return StoreSettings(url=SecretStr(f"sqlite:///{path}"))


def others_may(folder: Path) -> dict[str, int]:
    """Return the files of a folder with what others than their owner may do with each."""
    return {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir()}


async def refused(settings: StoreSettings, folder: Path, why: str) -> None:
    with pytest.raises((StoreError, ConfigError), match=why):
        await SqlStore.open(settings, folder=folder)


async def test_the_migrations_make_the_tables_that_the_code_declares(store: SqlStore) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_database_can_go_back_to_nothing_and_up_again(store: SqlStore) -> None:
    from alembic import command
    from alembic.config import Config

    def down(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(opening.MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    async with store.engine.begin() as connection:
        await connection.run_sync(down)
    assert (await opening.migrate(store.engine, dry_run=True))[0].startswith("0001")
    assert (await opening.migrate(store.engine))[0].startswith("0001")
    assert await opening.migrate(store.engine) == ()
    assert await store.accept(event(), now=NOW) in (True, False)


async def test_a_newer_database_is_refused(store: SqlStore) -> None:
    async with store.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'from-tomorrow'"))
    with pytest.raises(StoreError, match="from-tomorrow, which this program does not know"):
        await opening.migrate(store.engine)


async def test_several_replicas_open_a_new_postgres_at_once(postgres_url: str, tmp_path: Path) -> None:
    settings = StoreSettings(url=SecretStr(postgres_url), keys=SecretStr(new_keys()))
    stores = await asyncio.gather(*(SqlStore.open(settings, folder=tmp_path) for _ in range(4)))
    accepted = await asyncio.gather(*(store.accept(event(), now=NOW) for store in stores))
    assert sum(accepted) == 1
    await asyncio.gather(*(store.close() for store in stores))


async def test_a_second_process_on_the_same_file_is_refused(sqlite_store: SqlStore, tmp_path: Path) -> None:
    await refused(StoreSettings(), tmp_path, "in use by another process; stop it first")
    code = (
        "import asyncio, sys; from pathlib import Path; from mediation_coach.store.sql import SqlStore;"
        "from mediation_coach.store.opening import StoreSettings;"
        "asyncio.run(SqlStore.open(StoreSettings(), folder=Path(sys.argv[1])))"
    )
    other = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "in use by another process" in other.stderr
    await sqlite_store.close()
    again = await SqlStore.open(StoreSettings(), folder=tmp_path)
    await again.close()


async def test_someone_may_look_while_another_writes(sqlite_store: SqlStore, tmp_path: Path) -> None:
    await sqlite_store.accept(event(), now=NOW)
    reader = await SqlStore.open_to_read(StoreSettings(), folder=tmp_path)
    assert await reader.waiting() == 1
    with pytest.raises(StoreError, match="read-only"):
        await reader.accept(event("2"), now=NOW)
    await reader.close()
    assert await sqlite_store.accept(event("2"), now=NOW)


async def test_looking_at_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database at"):
        await SqlStore.open_to_read(StoreSettings(), folder=tmp_path)
    assert not others_may(tmp_path)


async def test_files_are_for_this_user_only(sqlite_store: SqlStore, tmp_path: Path) -> None:
    assert others_may(tmp_path) == {
        "coach.db": 0,
        "coach.db-wal": 0,
        "coach.db-shm": 0,
        "coach.db.key": 0,
        "coach.db.lock": 0,
    }


async def test_a_lost_key_file_is_not_silently_replaced(sqlite_store: SqlStore, tmp_path: Path) -> None:
    await sqlite_store.close()
    (tmp_path / "coach.db.key").unlink()
    await refused(StoreSettings(), tmp_path, "key file .* gone; put it back")
    assert not (tmp_path / "coach.db.key").exists()


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database at all, but long enough to be looked at" * 20)
    await refused(
        sqlite_at(tmp_path / "x.db").model_copy(update={"keys": SecretStr(new_keys())}),
        tmp_path,
        "not an SQLite database",
    )


async def test_a_file_that_another_program_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_WRITING", (*(p for p in opening._WRITING if "busy" not in p), "busy_timeout=50"))
    store = sqlite3.connect(tmp_path / "y.db")
    store.execute("BEGIN EXCLUSIVE")
    await refused(sqlite_at(tmp_path / "y.db"), tmp_path, "another program holds the file")
    store.close()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o500)  # noqa: PTH101
    await refused(StoreSettings(), tmp_path / "deep", "cannot be written; set 'data' or store.url")


async def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    await refused(StoreSettings(), tmp_path / "file", "cannot be written; set 'data' or store.url")


async def test_a_postgres_out_of_reach_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://coach:not-a-real-one@127.0.0.1:9/coach?connect_timeout=2"
    settings = StoreSettings(url=SecretStr(url), keys=SecretStr(new_keys()))
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        await SqlStore.open(settings, folder=tmp_path)
    assert "not-a-real-one" not in str(caught.value)


async def test_postgres_needs_a_key(tmp_path: Path) -> None:
    settings = StoreSettings(url=SecretStr("postgresql://127.0.0.1:9/coach"))
    await refused(settings, tmp_path, r"store\.keys is needed with PostgreSQL; make one with")


@pytest.mark.parametrize("url", ["nonsense", "mysql://a/b", "sqlite://", "sqlite:///:memory:"])
def test_addresses_of_other_databases_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"use sqlite:///coach\.db or postgresql://"):
        address(StoreSettings(url=SecretStr(url)), tmp_path)


def test_an_unknown_setting_is_refused_without_showing_values() -> None:
    with pytest.raises(ValidationError) as caught:
        StoreSettings.model_validate({"keys": {"x": "not-for-show"}, "colour": "blue"})
    assert "not-for-show" not in str(caught.value)


async def test_sqlite_is_safe_at_a_power_cut_and_wipes_what_it_deletes(sqlite_store: SqlStore) -> None:
    async with sqlite_store.begin() as connection:
        found = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
