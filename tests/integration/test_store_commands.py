"""`store` and `retention` on a real file, as someone types them."""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mediation_coach.commands import store as commands
from mediation_coach.domain.delivery import Fate, Outcome, Outgoing
from mediation_coach.errors import CoachError, ConfigError, StoreError
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from tests.fakes import event, person, room, said

WHEN = datetime.now(UTC)
LEASE = timedelta(seconds=30)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the command a folder of its own; return where its data goes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEDIATION_COACH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def typed(*words: str) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default=None)
    commands.add_to(parser.add_subparsers(required=True))
    args = parser.parse_args(words)
    return int(args.run(args))


async def _with_words(home: Path) -> None:
    store = await SqlStore.open(StoreSettings(), folder=home)
    for name in ("stays", "leaves"):
        await store.accept(event(name, f"words-of-{name}", by=name, at=name), now=WHEN)
        await store.post(
            [Outgoing(key=name, to=room(name), reply=said(name), due_at=WHEN, person=person(name))], now=WHEN
        )
    await store.close()


async def _forget(home: Path, name: str) -> None:
    store = await SqlStore.open(StoreSettings(), folder=home)
    await store.erase_person(person(name), now=WHEN)
    await store.close()


async def _known(home: Path, name: str) -> list[str]:
    store = await SqlStore.open_to_read(StoreSettings(), folder=home)
    shown = await store.export_person(person(name))
    await store.close()
    return [e["text"] for e in shown["waiting_events"]]


def test_migrate_says_what_it_would_do_and_does_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("store", "migrate", "--dry-run") == 0
    assert capsys.readouterr().out.startswith("would apply 0001")
    assert not home.exists()
    assert typed("store", "migrate") == 0
    assert capsys.readouterr().out.startswith("applied 0001")
    assert typed("store", "migrate", "--dry-run") == 0
    assert capsys.readouterr().out == "the tables are up to date\n"
    asyncio.run(_with_words(home))


def test_a_backup_restores_and_who_was_forgotten_since_stays_forgotten(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_with_words(home))
    assert typed("store", "backup", str(tmp_path / "monday")) == 0
    asyncio.run(_forget(home, "leaves"))
    assert typed("store", "backup", str(tmp_path / "tuesday")) == 0
    (home / "coach.db").rename(tmp_path / "broken.db")
    capsys.readouterr()
    assert typed("store", "restore", str(tmp_path / "monday"), "--keys", str(tmp_path / "tuesday.keys")) == 0
    assert "1 replies were due since" in capsys.readouterr().out
    assert asyncio.run(_known(home, "stays")) == ["words-of-stays"]
    assert asyncio.run(_known(home, "leaves")) == []


def test_a_backup_can_be_made_while_the_coach_runs(home: Path, tmp_path: Path) -> None:
    async def both() -> None:
        store = await SqlStore.open(StoreSettings(), folder=home)
        await store.accept(event(), now=WHEN)
        await asyncio.to_thread(typed, "store", "backup", str(tmp_path / "copy"))
        assert await store.accept(event("2"), now=WHEN)
        await store.close()

    asyncio.run(both())
    assert (tmp_path / "copy").stat().st_size > 10_000
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


def test_the_data_file_of_a_backup_has_no_keys(home: Path, tmp_path: Path) -> None:
    import sqlite3

    asyncio.run(_with_words(home))
    database = sqlite3.connect(home / "coach.db")
    wrapped = [row[0] for row in database.execute("SELECT wrapped FROM person_keys")]
    database.close()
    typed("store", "backup", str(tmp_path / "copy"))
    assert len(wrapped) == 3
    for key in wrapped:
        assert key not in (tmp_path / "copy").read_bytes()
        assert key in (tmp_path / "copy.keys").read_bytes()


def test_a_reply_due_since_the_backup_is_not_simply_sent_again(home: Path, tmp_path: Path) -> None:
    async def tried() -> datetime | None:
        store = await SqlStore.open(StoreSettings(), folder=home)
        parcels = await store.claim_parcels(adapters=["fake"], owner="me", now=WHEN, lease=LEASE, limit=9)
        await store.close()
        return parcels[0].tried_at

    asyncio.run(_with_words(home))
    typed("store", "backup", str(tmp_path / "copy"))
    (home / "coach.db").unlink()
    typed("store", "restore", str(tmp_path / "copy"))
    assert asyncio.run(tried()) is not None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("store", "backup", "there"), "is there already"),
        (("store", "backup", "no/such/folder/copy"), "cannot be written"),
        (("store", "restore", "nothing"), "there is no nothing"),
        (("store", "restore", "there"), "there is no there.keys"),
        (("store", "restore", "there", "--keys", "there"), "there is a database at"),
    ],
)
def test_what_cannot_be_done_is_told(home: Path, tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    asyncio.run(_with_words(home))
    (tmp_path / "there").write_text("something")
    with pytest.raises(StoreError, match=why):
        typed(*words)


def test_a_damaged_backup_is_not_put_in_place(home: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"nothing of a database" * 500)
    (tmp_path / "x.keys").write_bytes(b"")
    with pytest.raises(StoreError):
        typed("store", "restore", "x")
    assert not (home / "coach.db").exists()


def test_keys_are_rotated_by_command(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_with_words(home))
    old = (home / "coach.db.key").read_text().strip()
    new = "new:" + base64.b64encode(os.urandom(32)).decode()
    monkeypatch.setenv("MEDIATION_COACH_STORE__KEYS", f"{new},{old}")
    assert typed("store", "rotate-keys") == 0
    assert capsys.readouterr().out.startswith("3 keys were wrapped anew")
    monkeypatch.setenv("MEDIATION_COACH_STORE__KEYS", new)
    assert typed("store", "rotate-keys") == 0
    assert capsys.readouterr().out.startswith("0 keys")


def test_the_report_and_the_enforcing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def long_ago() -> None:
        store = await SqlStore.open(StoreSettings(), folder=home)
        await store.accept(event(), now=WHEN - timedelta(days=40))
        (a,) = await store.claim_events(
            adapters=["fake"], owner="me", now=WHEN - timedelta(days=40), lease=LEASE, limit=1
        )
        await store.finish(a, None, a.state, now=WHEN - timedelta(days=40))
        await store.close()

    asyncio.run(long_ago())
    assert typed("retention", "report") == 1
    assert "events_seen" in (out := capsys.readouterr().out)
    assert "30 days" in out
    assert typed("retention", "enforce") == 0
    assert "events_seen: 1 dropped" in capsys.readouterr().out
    assert typed("retention", "report") == 0
    assert typed("retention", "enforce") == 0


def test_what_is_held_is_listed_and_tried_again(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def give_up() -> str:
        store = await SqlStore.open(StoreSettings(), folder=home)
        parcels = await store.claim_parcels(adapters=["fake"], owner="me", now=WHEN, lease=LEASE, limit=9)
        for parcel in parcels:
            await store.settle(parcel, Outcome(fate=Fate.DEAD, reason="channel_not_found"), now=WHEN)
        await store.close()
        return parcels[0].id

    asyncio.run(_with_words(home))
    id = asyncio.run(give_up())
    assert typed("store", "held") == 0
    assert capsys.readouterr().out.count("channel_not_found") == 2
    assert typed("store", "held", "--again", id) == 0
    assert typed("store", "held", "--again", id) == 1


def test_settings_are_checked_by_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIATION_COACH_STORE__SEEN_DAYS", "soon")
    with pytest.raises(ConfigError, match=r"store\.seen_days is not usable") as caught:
        typed("retention", "report")
    assert "soon" not in str(caught.value)


def test_nothing_yet_is_told(home: Path) -> None:
    for words in (("retention", "report"), ("store", "backup", "x"), ("store", "held")):
        with pytest.raises(CoachError, match="there is no database"):
            typed(*words)
