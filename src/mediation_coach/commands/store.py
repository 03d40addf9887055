"""`store migrate|backup|restore|rotate-keys|held` and `retention report|enforce`: the database and how long things stay."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from mediation_coach.store.opening import StoreSettings
    from mediation_coach.store.sql import SqlStore

T = TypeVar("T")

FAILURE = 1


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `store` and `retention`."""
    store = commands.add_parser("store", help="the database").add_subparsers(required=True, metavar="WHAT")
    migrate = store.add_parser("migrate", help="bring the tables to this program's version")
    migrate.add_argument("--dry-run", action="store_true", help="say what would be done")
    migrate.set_defaults(run=run_migrate)
    backup = store.add_parser("backup", help="copy an SQLite database, also while the coach runs")
    backup.add_argument(
        "file", type=Path, help="a new file; people's keys go to FILE.keys, of which only the newest is kept"
    )
    backup.set_defaults(run=run_backup)
    restore = store.add_parser("restore", help="put a backup in place; whoever was forgotten since stays forgotten")
    restore.add_argument("file", type=Path)
    restore.add_argument("--keys", type=Path, help="the newest keys file (default: FILE.keys)")
    restore.set_defaults(run=run_restore)
    rotate = store.add_parser("rotate-keys", help="wrap people's keys anew under the first of store.keys")
    rotate.set_defaults(run=run_rotate)
    held = store.add_parser("held", help="list what was given up or is uncertain; --again ID tries one once more")
    held.add_argument("--again", metavar="ID")
    held.set_defaults(run=run_held)
    retention = commands.add_parser("retention", help="how long things stay").add_subparsers(
        required=True, metavar="WHAT"
    )
    report = retention.add_parser("report", help="how many of each kind are kept, and the oldest of each")
    report.set_defaults(run=run_report)
    enforce = retention.add_parser("enforce", help="drop now what has been kept long enough")
    enforce.set_defaults(run=run_enforce)


def run_migrate(args: argparse.Namespace) -> int:
    """Print the steps that were taken, or would be."""
    from mediation_coach.store.sql import SqlStore

    steps = asyncio.run(SqlStore.migrate(*_settings(args), dry_run=args.dry_run))
    for step in steps:
        print(("would apply " if args.dry_run else "applied ") + step)
    if not steps:
        print("the tables are up to date")
    return 0


def run_backup(args: argparse.Namespace) -> int:
    """Write a backup and say what else to keep."""
    from mediation_coach.store.backups import back_up

    database = _file(args, "use pg_dump -Fc for PostgreSQL")
    data, keys = back_up(database, args.file)
    print(f"{data} holds the data, {keys} people's keys: keep only the newest keys file, and apart from the data")
    own = database.with_name(database.name + ".key")
    if own.exists():
        print(f"neither opens without {own}: keep a copy of that one too, in a third place")
    return 0


def run_restore(args: argparse.Namespace) -> int:
    """Put a backup in place."""
    from mediation_coach.store.backups import restore

    database = _file(args, "use pg_restore for PostgreSQL")
    due = restore(args.file, database, keys=args.keys, now=datetime.now(UTC))
    print(f"{database} is restored; {due} replies were due since and are looked for before they are sent")
    return 0


def run_rotate(args: argparse.Namespace) -> int:
    """Wrap every person's key under the first key of the settings."""

    async def rotate(store: SqlStore) -> int:
        return await store.rotate_keys()

    print(f"{asyncio.run(_with_store(args, rotate))} keys were wrapped anew; the older ones may leave the settings now")
    return 0


def run_held(args: argparse.Namespace) -> int:
    """List the replies someone should look at, or try one again."""

    async def again(store: SqlStore) -> bool:
        return await store.try_again(args.again, now=datetime.now(UTC))

    if args.again:
        done = asyncio.run(_with_store(args, again))
        print("it will be tried again" if done else "there is no such reply among those held")
        return 0 if done else FAILURE

    async def listing(store: SqlStore) -> list[str]:
        return [
            f"{d.id}  {d.fate:<9}  {d.kind:<10}  {d.adapter:<8}  due {d.due_at:%Y-%m-%d %H:%M}  {d.reason}"
            for d in await store.held_back()
        ]

    print("\n".join(asyncio.run(_with_store(args, listing, reading=True))) or "nothing is held")
    return 0


def run_report(args: argparse.Namespace) -> int:
    """Print what is kept; return 1 where something has been kept too long."""

    async def report(store: SqlStore) -> int:
        late = 0
        print(f"{'kind':<20} {'kept':>7}  {'oldest':<16}  {'may stay':<10}  {'overdue':>7}")
        for o in await store.oldest(now=datetime.now(UTC)):
            oldest = f"{o.oldest:%Y-%m-%d %H:%M}" if o.oldest else "-"
            limit = f"{o.keep_days:g} days" if o.keep_days else "-"
            print(f"{o.kind:<20} {o.count:>7}  {oldest:<16}  {limit:<10}  {o.overdue:>7}")
            late += o.overdue
        return late

    return FAILURE if asyncio.run(_with_store(args, report, reading=True)) else 0


def run_enforce(args: argparse.Namespace) -> int:
    """Drop what is due to go."""

    async def enforce(store: SqlStore) -> dict[str, int]:
        return dict(await store.enforce_retention(now=datetime.now(UTC)))

    dropped = {kind: number for kind, number in asyncio.run(_with_store(args, enforce)).items() if number}
    print("\n".join(f"{kind}: {number} dropped" for kind, number in dropped.items()) or "nothing was due to go")
    return 0


def _settings(args: argparse.Namespace) -> tuple[StoreSettings, Path]:
    from mediation_coach import config
    from mediation_coach.store.opening import StoreSettings

    settings = config.load(args.config)
    return StoreSettings.of(settings.table("store")), settings.data_folder


def _file(args: argparse.Namespace, otherwise: str) -> Path:
    from mediation_coach.errors import ConfigError
    from mediation_coach.store import opening

    path = opening.file_of(opening.address(*_settings(args)))
    if path is None:
        raise ConfigError(f"this command is for SQLite; {otherwise}")
    return path


async def _with_store(
    args: argparse.Namespace, work: Callable[[SqlStore], Awaitable[T]], *, reading: bool = False
) -> T:
    from mediation_coach.store.sql import SqlStore

    settings, folder = _settings(args)
    store = await (SqlStore.open_to_read if reading else SqlStore.open)(settings, folder=folder)
    try:
        return await work(store)
    finally:
        await store.close()
