"""Backups of an SQLite database: the data in one file, people's keys in another.

What is in the data file opens only with the keys file, and there should be one keys file: the newest. Someone who was
forgotten is not in it, so their words are noise in every older backup of the data as well. The receipts travel with the
keys, so that a restore also deletes the rows of whoever was forgotten since.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from mediation_coach.errors import StoreError
from mediation_coach.store.database import OWN
from mediation_coach.store.tables import EPOCH, HELD, WAITING

KEYS = ".keys"
_WITH_KEYS = ("person_keys", "receipts")


def back_up(database: Path, to: Path) -> tuple[Path, Path]:
    """Write a whole, checked copy of `database`, which may be in use, to `to` and the keys to `to` + `.keys`.

    Raises:
        StoreError: there is nothing to copy, the files are there already, or the disk refuses.
    """
    keys = to.with_name(to.name + KEYS)
    if not database.exists():
        raise StoreError(f"there is no database at {database} yet; it is made when the coach first runs")
    if to.exists():
        raise StoreError(f"{to} is there already; give the backup a new name")
    draft, new_keys = to.with_name(to.name + ".part"), keys.with_name(keys.name + ".part")
    with _told(to):
        for path in (draft, new_keys):
            _make_empty(path)
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as source:
            source.execute("VACUUM INTO ?", (str(draft),))
        _take_out_keys(draft, new_keys)
        _check(draft)
        _check(new_keys)
        draft.replace(to)
        new_keys.replace(keys)
    return to, keys


def restore(backup: Path, database: Path, *, keys: Path | None = None, now: datetime) -> int:
    """Put a backup in place of `database`, which must not exist; return how many replies were due since.

    These replies may have been sent after the backup was made: they count as tried, so each is looked for, or held
    back, before it is sent again.

    Raises:
        StoreError: a file is missing or damaged, or there is a database already.
    """
    keys = keys or backup.with_name(backup.name + KEYS)
    for path in (backup, keys):
        if not path.exists():
            raise StoreError(f"there is no {path}")
    if database.exists():
        raise StoreError(f"there is a database at {database} already; move it away first")
    draft = database.with_name(database.name + ".part")
    with _told(database):
        database.parent.mkdir(parents=True, exist_ok=True)
        _make_empty(draft)
        shutil.copyfile(backup, draft)
        _check(draft)
        due = _put_in_keys(draft, keys, now)
        draft.replace(database)
    return due


def _make_empty(path: Path) -> None:
    """Make an empty file that only this user may read; the words in it are sealed, but counts and times are not."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _take_out_keys(draft: Path, keys: Path) -> None:
    with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        copy.execute("PRAGMA secure_delete=ON")
        copy.execute("ATTACH ? AS apart", (str(keys),))
        copy.execute("BEGIN")
        for table in _WITH_KEYS:
            copy.execute(f"CREATE TABLE apart.{table} AS SELECT * FROM main.{table}")  # noqa: S608
            copy.execute(f"DELETE FROM main.{table}")  # noqa: S608
        copy.execute("COMMIT")
        copy.execute("VACUUM")


def _put_in_keys(draft: Path, keys: Path, now: datetime) -> int:
    moment = (now - EPOCH) // timedelta(microseconds=1)
    with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        copy.execute("PRAGMA secure_delete=ON")
        copy.execute("ATTACH ? AS apart", (str(keys),))
        copy.execute("BEGIN")
        for table in _WITH_KEYS:
            copy.execute(f"INSERT INTO main.{table} SELECT * FROM apart.{table}")  # noqa: S608
        if not copy.execute("SELECT 1 FROM person_keys WHERE who = ?", (OWN,)).fetchone():
            raise StoreError(f"{keys} does not belong to a database of the coach")
        _drop_orphans(copy)
        copy.execute("UPDATE outbox SET state = ? WHERE state = ?", (WAITING, HELD))
        copy.execute("UPDATE inbox SET state = ? WHERE state = ?", (WAITING, HELD))
        tried = "first_tried_at = coalesce(first_tried_at, due_at), tried_at = coalesce(tried_at, due_at)"
        due = copy.execute(f"UPDATE outbox SET {tried} WHERE state = ? AND due_at <= ?", (WAITING, moment))  # noqa: S608
        copy.execute("COMMIT")
        copy.execute("VACUUM")
        return due.rowcount


def _drop_orphans(copy: sqlite3.Connection) -> None:
    """Delete every row of people whose key is gone, in whatever tables refer to keys."""
    tables = [name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        for key in copy.execute(f"PRAGMA foreign_key_list({table})").fetchall():
            if key[2] == "person_keys":
                gone = f"{key[3]} NOT IN (SELECT who FROM person_keys)"  # noqa: S608 -- and NULL is not NOT IN anything
                copy.execute(f"DELETE FROM {table} WHERE {gone}")  # noqa: S608


def _check(path: Path) -> None:
    with closing(sqlite3.connect(path)) as copy:
        if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise StoreError(f"{path} is damaged")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        raise StoreError(
            f"{path}: copying failed ({type(exc).__name__}); is it a database, and is there room?"
        ) from exc
    except OSError as exc:
        raise StoreError(f"{path} cannot be written or read: {exc.strerror}") from exc
