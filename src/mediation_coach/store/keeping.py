"""How long things stay: what is oldest of each kind, and dropping what has been kept long enough."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from mediation_coach.domain.chat import ConversationState
from mediation_coach.domain.delivery import Oldest
from mediation_coach.errors import StoreError
from mediation_coach.store import saved
from mediation_coach.store.database import OWN
from mediation_coach.store.inbox_rows import without_old_turns
from mediation_coach.store.people import People
from mediation_coach.store.tables import (
    DEAD,
    DONE,
    HELD,
    UNCERTAIN,
    WAITING,
    Instant,
    conversations,
    counts,
    in_state,
    inbox,
    jobs,
    outbox,
    person_keys,
    receipts,
    secrets,
)

AT_ONCE = 500
Drop = Callable[[AsyncConnection, datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A kind of thing that is kept: which rows, by which time, for how long, and how they are dropped.

    `drop` takes the connection and the time before which things go, drops at most a few hundred and returns how many;
    it is called until it returns 0. Kinds without a limit have none.
    """

    kind: str
    table: Table
    where: ColumnElement[bool]
    at: ColumnElement[Any]
    keep: timedelta | None = None
    drop: Drop | None = None


class Keeping(People):
    """Retention, counts, turns at daily jobs, and secrets. Rooms with tables of their own add to `kept`."""

    def __init__(self, *args: Any) -> None:
        """Open the keeping of a database."""
        super().__init__(*args)
        days = self.settings
        sent = in_state(outbox, DONE)
        given_up = in_state(outbox, DEAD, UNCERTAIN)
        self.kept: list[Kept] = [
            Kept(
                kind="turns",
                table=conversations,
                where=conversations.c.turns_since.is_not(None),
                at=conversations.c.turns_since,
                keep=timedelta(hours=days.turn_hours),
                drop=self._drop_turns,
            ),
            rows_kept("conversations", conversations, conversations.c.updated_at, days.conversation_days),
            Kept(kind="events_waiting", table=inbox, where=in_state(inbox, WAITING, HELD), at=inbox.c.received_at),
            rows_kept("events_seen", inbox, inbox.c.done_at, days.seen_days, in_state(inbox, DONE)),
            Kept(kind="replies_waiting", table=outbox, where=in_state(outbox, WAITING, HELD), at=outbox.c.due_at),
            rows_kept("replies_sent", outbox, outbox.c.done_at, days.sent_days, sent),
            rows_kept("replies_given_up", outbox, outbox.c.done_at, days.given_up_days, given_up),
            rows_kept("receipts", receipts, receipts.c.made_at, days.receipt_days),
        ]

    async def oldest(self, *, now: datetime) -> Sequence[Oldest]:
        """Return what is kept, kind by kind, with the oldest item of each."""
        async with self.begin() as connection:
            return [await _oldest(connection, kept, now) for kept in self.kept]

    async def enforce_retention(self, *, now: datetime) -> Mapping[str, int]:
        """Drop what has been kept long enough; return how many of each kind."""
        dropped = {k.kind: await self._drop_all(k.drop, now - k.keep) for k in self.kept if k.drop and k.keep}
        dropped["keys"] = await self._drop_all(self._drop_unused_keys, now - timedelta(days=self.settings.seen_days))
        if any(dropped.values()):
            await self._leave_no_trace()
        return dropped

    async def _drop_all(self, drop: Drop, before: datetime) -> int:
        total = 0
        while True:
            async with self.begin() as connection:
                dropped = await drop(connection, before)
            total += dropped
            if not dropped:
                return total

    async def _drop_turns(self, connection: AsyncConnection, before: datetime) -> int:
        """Write states anew without their old turns."""
        c = conversations.c
        old = select(conversations).where(c.turns_since < before).limit(AT_ONCE).with_for_update(skip_locked=True)
        rows = (await connection.execute(old)).all()
        keys = await self.keys_of(connection, {row.who for row in rows})
        for row in rows:
            here = (c.conversation == row.conversation) & (c.who == row.who)
            if (state := self._readable(keys[row.who], row)) is None:
                await connection.execute(delete(conversations).where(here))
                continue
            state = without_old_turns(state, before)
            since = min((turn.at for turn in state.turns), default=None)
            sealed = self.seal(keys[row.who], saved.state.write(state), *_binding(row))
            await connection.execute(update(conversations).where(here).values(state=sealed, turns_since=since))
        return len(rows)

    def _readable(self, key: bytes, row: Row[*tuple[Any, ...]]) -> ConversationState | None:
        """Return a stored state; None where a restored backup left one of a key that is gone."""
        try:
            return saved.state.read(self.unseal(key, row.state, *_binding(row)))
        except StoreError:
            return None

    async def _drop_unused_keys(self, connection: AsyncConnection, before: datetime) -> int:
        """Drop the keys of people of whom nothing is kept any more."""
        referring = [
            column
            for table in person_keys.metadata.tables.values()
            for column in table.c
            if any(key.column is person_keys.c.who for key in column.foreign_keys)
        ]
        unused = [~select(column).where(column == person_keys.c.who).exists() for column in referring]
        query = select(person_keys.c.who).where(person_keys.c.made_at < before, person_keys.c.who != OWN, *unused)
        whos = list((await connection.execute(query.limit(AT_ONCE).with_for_update(skip_locked=True))).scalars())
        if whos:
            await connection.execute(delete(person_keys).where(person_keys.c.who.in_(whos)))
            self.forget_keys(whos)
        return len(whos)

    async def count(self, name: str, *, now: datetime, by: int = 1) -> None:
        """Add to a day's count."""
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        statement = self.insert(counts).values(day=day, name=name, n=by)
        more = {"n": counts.c.n + statement.excluded.n}
        async with self.begin() as connection:
            await connection.execute(statement.on_conflict_do_update(index_elements=["day", "name"], set_=more))

    async def counts(self, *, since: datetime) -> Mapping[str, int]:
        """Return the counts since a day, by name."""
        query = select(counts.c.name, func.sum(counts.c.n)).where(counts.c.day >= since).group_by(counts.c.name)
        async with self.begin() as connection:
            return {name: int(n) for name, n in (await connection.execute(query)).all()}

    async def take_turn(self, job: str, *, every: timedelta, now: datetime) -> bool:
        """Return True to exactly one replica in `every`."""
        statement = self.insert(jobs).values(name=job, done_at=now)
        statement = statement.on_conflict_do_update(
            index_elements=["name"], set_={"done_at": now}, where=jobs.c.done_at <= now - every
        )
        async with self.begin() as connection:
            return (await connection.execute(statement.returning(jobs.c.name))).first() is not None

    async def get(self, name: str) -> bytes | None:
        """Return the secret kept under `name`."""
        row = self.named("secret", name)
        async with self.begin() as connection:
            value = (await connection.execute(select(secrets.c.value).where(secrets.c.name == row))).scalar()
        return None if value is None else self.unseal(None, value, "secrets", "value", row)

    async def put(self, name: str, value: bytes) -> None:
        """Keep a secret under `name`, sealed."""
        row = self.named("secret", name)
        statement = self.insert(secrets).values(name=row, value=self.seal(None, value, "secrets", "value", row))
        async with self.begin() as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
            )

    async def delete(self, name: str) -> None:
        """Forget the secret under `name`."""
        async with self.begin() as connection:
            await connection.execute(delete(secrets).where(secrets.c.name == self.named("secret", name)))
        await self._leave_no_trace()


def _binding(row: Row[*tuple[Any, ...]]) -> tuple[str, str, str]:
    return "conversations", "state", f"{row.conversation}|{row.who}"


def rows_kept(
    kind: str, table: Table, at: ColumnElement[Any], days: float, where: ColumnElement[bool] | None = None
) -> Kept:
    """Return a kind whose rows are simply deleted."""
    which = at.is_not(None) if where is None else where
    key = list(table.primary_key.columns)

    async def drop(connection: AsyncConnection, before: datetime) -> int:
        old = select(*key).where(which, at < before).limit(AT_ONCE)
        condition = key[0].in_(old) if len(key) == 1 else tuple_(*key).in_(old)
        return (await connection.execute(delete(table).where(condition))).rowcount

    return Kept(kind=kind, table=table, where=which, at=at, keep=timedelta(days=days), drop=drop)


async def _oldest(connection: AsyncConnection, kept: Kept, now: datetime) -> Oldest:
    number = select(func.count(), func.min(kept.at, type_=Instant)).select_from(kept.table).where(kept.where)
    count, oldest = (await connection.execute(number)).one()
    overdue = 0
    if kept.keep is not None:
        late = select(func.count()).select_from(kept.table).where(kept.where, kept.at < now - kept.keep)
        overdue = (await connection.execute(late)).scalar_one()
    days = kept.keep / timedelta(days=1) if kept.keep else 0
    return Oldest(kind=kept.kind, count=count, oldest=oldest, keep_days=days, overdue=overdue)
