"""The day's limits of tokens: counted over restarts and replicas, and nothing stays of who is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from mediation_coach.answering.spending import Limits
from mediation_coach.errors import StoreError
from mediation_coach.ports import Spender
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from tests.fakes import NOW, event, person

DAY = NOW.replace(hour=0, minute=0)
ASKER = person("seeded-asker")


def limits(store: SqlStore, *, most: int = 100) -> Limits:
    return Limits(person=most, workspace=most, ledger=store, clock=NOW.timestamp)


async def known(store: SqlStore) -> None:
    await store.accept(event(by=ASKER.id, workspace=ASKER.workspace), now=NOW)


async def spends(counted: Limits, tokens: int, *, who: str = ASKER.key) -> None:
    reservation = await counted.reserve(who, "w", tokens)
    assert reservation is not None
    reservation.settle(tokens)


async def test_a_restart_gives_nobody_a_new_day(store: SqlStore) -> None:
    await known(store)
    before = limits(store)
    await spends(before, 60)
    await before.write()
    after = limits(store)
    assert await after.reserve(ASKER.key, "w", 50) is None
    assert (after.spent("person", ASKER.key), after.spent("workspace", "w")) == (60, 60)


async def test_what_is_written_is_counted_once(store: SqlStore) -> None:
    await known(store)
    counted = limits(store)
    await spends(counted, 30)
    await counted.write()
    await counted.write()
    await spends(counted, 10)
    assert counted.spent("person", ASKER.key) == 40
    await counted.write()
    assert counted.spent("person", ASKER.key) == 40
    assert await store.spent([("person", ASKER.key)], day=DAY) == {("person", ASKER.key): 40}


async def test_replicas_learn_of_each_other_when_they_write(store: SqlStore) -> None:
    await known(store)
    one, other = limits(store), limits(store)
    await spends(one, 30)
    await spends(other, 30)
    await one.write()
    await other.write()
    assert other.spent("person", ASKER.key) == 60
    assert await other.reserve(ASKER.key, "w", 50) is None


async def test_another_day_is_another_account(store: SqlStore) -> None:
    await known(store)
    await store.spend({("person", ASKER.key): 90}, day=DAY - timedelta(days=1))
    assert await limits(store).reserve(ASKER.key, "w", 100) is not None


async def test_who_is_forgotten_leaves_no_count_and_a_late_one_is_not_written(store: SqlStore) -> None:
    await known(store)
    counted = limits(store)
    await spends(counted, 10)
    await counted.write()
    assert (await store.export_person(ASKER))["tokens"] == [{"day": DAY.date().isoformat(), "tokens": 10}]
    await spends(counted, 10)
    await store.erase_person(ASKER, now=NOW)
    await counted.write()
    assert await rows(store) == [20]  # the workspace's
    assert counted.spent("person", ASKER.key) == 20


async def test_a_workspace_that_leaves_takes_its_count_along(store: SqlStore) -> None:
    await known(store)
    counted = limits(store)
    await spends(counted, 10)
    await counted.write()
    await store.erase_workspace("fake", "w", now=NOW)
    assert await rows(store) == []


async def test_counts_stay_two_days_and_name_nobody(store: SqlStore) -> None:
    await known(store)
    await store.spend({("person", ASKER.key): 10, ("workspace", "w"): 10}, day=DAY)
    async with store.begin() as connection:
        kept = (await connection.execute(text("SELECT * FROM spending"))).all()
    assert len(kept) == 2
    assert "seeded-asker" not in str(kept)
    await store.enforce_retention(now=DAY + timedelta(hours=47))
    assert len(await rows(store)) == 2
    await store.enforce_retention(now=DAY + timedelta(hours=49))
    assert await rows(store) == []


async def test_a_backup_put_back_keeps_the_count_of_who_is_still_known(tmp_path: Path) -> None:
    from mediation_coach.store import backups

    store = await SqlStore.open(StoreSettings(), folder=tmp_path)
    await known(store)
    await store.spend({("person", ASKER.key): 10, ("workspace", "w"): 10}, day=DAY)
    backups.back_up(tmp_path / "coach.db", tmp_path / "old")
    await store.erase_person(ASKER, now=NOW)
    backups.back_up(tmp_path / "coach.db", tmp_path / "new")
    await store.close()
    (tmp_path / "coach.db").unlink()
    backups.restore(tmp_path / "old", tmp_path / "coach.db", keys=tmp_path / "new.keys", now=NOW)
    again = await SqlStore.open(StoreSettings(), folder=tmp_path)
    assert await rows(again) == [10]
    await again.close()


class Broken:
    """A ledger whose database is gone for a while."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.broken = store, True

    async def spent(self, spenders: Collection[Spender], *, day: datetime) -> Mapping[Spender, int]:
        if self.broken:
            raise StoreError("gone")
        return await self.store.spent(spenders, day=day)

    async def spend(self, tokens: Mapping[Spender, int], *, day: datetime) -> Mapping[Spender, int]:
        if self.broken:
            raise StoreError("gone")
        return await self.store.spend(tokens, day=day)


async def test_a_database_that_is_away_stops_nobody_and_is_told_later(sqlite_store: SqlStore) -> None:
    await known(sqlite_store)
    ledger = Broken(sqlite_store)
    counted = Limits(person=100, workspace=0, ledger=ledger, clock=NOW.timestamp)
    await spends(counted, 60)
    await counted.write()
    assert await counted.reserve(ASKER.key, "w", 50) is None
    ledger.broken = False
    await counted.write()
    assert await rows(sqlite_store) == [60]


async def rows(store: SqlStore) -> list[int]:
    async with store.begin() as connection:
        return [row.tokens for row in (await connection.execute(text("SELECT tokens FROM spending"))).all()]
