"""Journeys and their check-ins as rows.

A journey's words are sealed under its person's key and go when the person is forgotten. A check-in is a row of dates and
states: `look_at` is when to look at it next, and empty where nothing may be sent for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from mediation_coach.domain.chat import Person
from mediation_coach.domain.delivery import TOO_LATE
from mediation_coach.domain.follow_through import Change, CheckIn, Journey, State
from mediation_coach.store.follow_through_tables import Standing, answers, check_ins, journeys
from mediation_coach.store.keeping import Keeping, Kept
from mediation_coach.store.saved import Codec
from mediation_coach.store.tables import DEAD, WAITING, in_state, outbox, person_keys

SOME = 500
STATES = tuple(State)

_journey = Codec(Journey)


class JourneyRows(Keeping):
    """Journeys, each changed in one transaction with all that goes with it."""

    def __init__(self, *args: Any) -> None:
        """Open the journeys of a database."""
        super().__init__(*args)
        self.exporters["follow_through"] = self._export
        self.kept.append(
            Kept(
                kind="journeys",
                table=journeys,
                where=journeys.c.standing != Standing.STOPPED,
                at=journeys.c.ends_at,
                keep=timedelta(days=self.settings.journey_days),
                drop=self._drop_journeys,
            )
        )

    async def journey(self, person: Person) -> Journey | None:
        """Return the journey of `person`."""
        async with self.begin() as connection:
            found = await self._load_journeys(connection, [self.who(person)])
        return next(iter(found.values()), None)

    async def change_journey(self, person: Person, change: Callable[[Journey], Change], *, now: datetime) -> Journey:
        """Change the journey of `person`, with all that goes with it, in one transaction; return it."""
        async with self.begin() as connection:
            return (await self._change(connection, [person], change, now))[0]

    async def change_journeys(
        self, people: Sequence[Person], change: Callable[[Journey], Change], *, now: datetime
    ) -> Sequence[Journey]:
        """Change the journeys of several people alike, in one transaction."""
        async with self.begin() as connection:
            return await self._change(connection, people, change, now)

    async def _change(
        self, connection: AsyncConnection, people: Sequence[Person], change: Callable[[Journey], Change], now: datetime
    ) -> list[Journey]:
        keys = await self.keys_for(connection, people, now=now)
        await self._hold(connection, keys)
        before = await self._load_journeys(connection, keys)
        pairs = []
        for person in people:
            old = before.get(self.who(person))
            pairs.append((old, change(old or Journey(person=person))))
        await self._write(connection, pairs, keys, now)
        return [change.journey for _, change in pairs]

    async def _hold(self, connection: AsyncConnection, whos: Collection[str]) -> None:
        """Hold these people's journeys, the new ones too, until the transaction ends."""
        for table in (person_keys, journeys):
            rows = select(table.c.who).where(table.c.who.in_(whos)).order_by(table.c.who)
            await connection.execute(rows.with_for_update(key_share=True))

    async def unaddressed(self, *, adapters: Collection[str], now: datetime, limit: int) -> Sequence[Person]:
        """Return people who are to be asked now and whose private conversation is not known yet."""
        due = _has_due(now)
        query = select(journeys.c.who).where(journeys.c.addressed == 0, journeys.c.adapter.in_(adapters), due)
        async with self.begin() as connection:
            whos = (await connection.execute(query.limit(limit))).scalars().all()
            return [journey.person for journey in (await self._load_journeys(connection, whos)).values()]

    async def due_people(self, *, adapters: Collection[str], now: datetime, limit: int) -> Sequence[Person]:
        """Return whom `move_due` would take next."""
        async with self.begin() as connection:
            whos = (await connection.execute(_due_whos(adapters, now, limit))).scalars().all()
            return [journey.person for journey in (await self._load_journeys(connection, set(whos))).values()]

    async def move_due(
        self,
        *,
        adapters: Collection[str],
        now: datetime,
        move: Callable[[Journey, CheckIn], Change],
        limit: int,
    ) -> int:
        """Do what is due, up to `limit` people at a time; return how many check-ins that was."""
        query = (
            select(journeys.c.who)
            .join(person_keys, person_keys.c.who == journeys.c.who)
            .where(journeys.c.who.in_(_due_whos(adapters, now, limit)))
            .order_by(journeys.c.who)
            .with_for_update(skip_locked=True, of=[journeys, person_keys])
        )
        async with self.begin() as connection:
            whos = (await connection.execute(query)).scalars().all()
            if not whos:
                return 0
            before = await self._load_journeys(connection, whos)
            moved = [(old, *_move_all(old, move, now)) for old in before.values()]
            keys = await self.keys_for(connection, [old.person for old, _, _ in moved], now=now)
            await self._write(connection, [(old, change) for old, change, _ in moved], keys, now)
        return sum(count for _, _, count in moved)

    async def take_late(self, kind: str, change: Callable[[Journey, str], Change], *, now: datetime) -> int:
        """Take messages of a kind that were not sent because it was too late out of the outbox; return how many."""
        late = select(outbox.c.who, outbox.c.id).where(
            in_state(outbox, DEAD), outbox.c.kind == kind, outbox.c.reason == TOO_LATE, outbox.c.who.is_not(None)
        )
        async with self.begin() as connection:
            rows = (await connection.execute(late.limit(SOME).with_for_update(skip_locked=True))).all()
            if not rows:
                return 0
            whos = sorted({row.who for row in rows})
            await self._hold(connection, whos)
            before = await self._load_journeys(connection, whos)
            changed: dict[str, Change] = {}
            for row in rows:
                if row.who in before:
                    journey = changed[row.who].journey if row.who in changed else before[row.who]
                    changed[row.who] = change(journey, row.id)
            keys = await self.keys_of(connection, whos)
            await self._write(connection, [(before[who], made) for who, made in changed.items()], keys, now)
            await connection.execute(delete(outbox).where(outbox.c.id.in_([row.id for row in rows])))
        return len(rows)

    async def _load_journeys(self, connection: AsyncConnection, whos: Collection[str]) -> dict[str, Journey]:
        if not whos:
            return {}
        rows = (await connection.execute(select(journeys).where(journeys.c.who.in_(whos)))).all()
        keys = await self.keys_of(connection, whos)
        asked: dict[str, list[CheckIn]] = {}
        for row in await connection.execute(
            select(check_ins).where(check_ins.c.who.in_(whos)).order_by(check_ins.c.due_at, check_ins.c.id)
        ):
            asked.setdefault(row.who, []).append(_check_in(row))
        return {
            row.who: replace(
                _journey.read(self.unseal(keys[row.who], row.body, "journeys", "body", row.who)),
                check_ins=tuple(asked.get(row.who, ())),
            )
            for row in rows
        }

    async def _write(
        self,
        connection: AsyncConnection,
        pairs: Iterable[tuple[Journey | None, Change]],
        keys: Mapping[str, bytes],
        now: datetime,
    ) -> None:
        """Write what changed; rows that stay as they were are left alone."""
        pairs = [(old, c) for old, c in pairs if old is not None or c.journey != Journey(person=c.journey.person)]
        bodies, rows = [], []
        for old, change in pairs:
            who, new = self.who(change.journey.person), change.journey
            woken = old is None or old.active != new.active
            if old is None or replace(old, check_ins=()) != replace(new, check_ins=()) or woken:
                bodies.append(self._journey_row(who, new, keys[who], now))
            known = {} if old is None else {c.id: c for c in old.check_ins}
            rows += [_row(who, c, new) for c in new.check_ins if woken or known.get(c.id) != c]
        await self._upsert(connection, journeys, bodies)
        await self._upsert(connection, check_ins, rows)
        changes = [change for _, change in pairs]
        await self.put_out(connection, [o for c in changes for o in c.send], now=now)
        await self._answers(connection, changes)
        if ids := [id for c in changes for id in c.take_back]:
            await connection.execute(delete(outbox).where(outbox.c.id.in_(ids), in_state(outbox, WAITING)))

    async def _answers(self, connection: AsyncConnection, changes: Sequence[Change]) -> None:
        counted = [asdict(a) for c in changes for a in c.counted]
        await self._upsert(connection, answers, counted)
        if keys := [key for c in changes for key in c.withdrawn]:
            await connection.execute(delete(answers).where(answers.c.key.in_(keys)))

    async def _upsert(self, connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        statement = self.insert(table)
        key = [column.name for column in table.primary_key.columns]
        new = {c.name: statement.excluded[c.name] for c in table.c if c.name not in key}
        upsert = statement.on_conflict_do_update(index_elements=key, set_=new)
        # RETURNING lets SQLAlchemy send many rows in one statement instead of one each.
        await connection.execute(upsert.returning(*table.primary_key.columns), list(rows))

    def _journey_row(self, who: str, journey: Journey, key: bytes, now: datetime) -> dict[str, Any]:
        body = _journey.write(replace(journey, check_ins=()))
        return {
            "who": who,
            "adapter": journey.person.adapter,
            "addressed": int(journey.conversation is not None),
            "standing": _standing(journey).value,
            "ends_at": max([now, *(c.due for c in journey.check_ins)]),
            "body": self.seal(key, body, "journeys", "body", who),
        }

    async def _export(self, connection: AsyncConnection, _: Person, who: str, __: bytes) -> Any:
        found = await self._load_journeys(connection, [who])
        return [_journey.plain(_journey.write(journey)) for journey in found.values()]

    async def _drop_journeys(self, connection: AsyncConnection, before: datetime) -> int:
        old = select(journeys.c.who).where(journeys.c.ends_at < before, journeys.c.standing != Standing.STOPPED)
        return (await connection.execute(delete(journeys).where(journeys.c.who.in_(old.limit(SOME))))).rowcount


def _has_due(now: datetime) -> Any:
    return exists().where(check_ins.c.who == journeys.c.who, check_ins.c.look_at <= now)


def _due_whos(adapters: Collection[str], now: datetime, limit: int) -> Any:
    """Return the query for whose check-ins are due first; whoever cannot be written to stands in nobody's way."""
    reached = (journeys.c.addressed == 1) & journeys.c.adapter.in_(adapters)
    earliest = select(check_ins.c.who, check_ins.c.look_at).join(journeys, journeys.c.who == check_ins.c.who)
    some = earliest.where(check_ins.c.look_at <= now, reached).order_by(check_ins.c.look_at).limit(limit).subquery()
    return select(some.c.who)


def _move_all(journey: Journey, move: Callable[[Journey, CheckIn], Change], now: datetime) -> tuple[Change, int]:
    """Move every check-in of a journey that is due, earliest first; return all of it as one change, and how many."""
    total, count = Change(journey=journey), 0
    due = sorted((c for c in journey.check_ins if c.waits and c.due <= now), key=lambda c: (c.due, c.day, c.id))
    for id in [c.id for c in due]:
        check_in = total.journey.check_in(id)
        if check_in is None or not total.journey.active or not check_in.waits or check_in.due > now:
            continue
        change = move(total.journey, check_in)
        total = replace(change, send=(*total.send, *change.send), take_back=(*total.take_back, *change.take_back))
        count += 1
    return total, count


def _standing(journey: Journey) -> Standing:
    if journey.stopped:
        return Standing.STOPPED
    return Standing.PAUSED if journey.paused_until or journey.asleep else Standing.ACTIVE


def _row(who: str, check_in: CheckIn, journey: Journey) -> dict[str, Any]:
    return {
        "id": check_in.id,
        "who": who,
        "cohort": check_in.cohort,
        "step": check_in.step,
        "day": check_in.day.isoformat(),
        "due_at": check_in.due,
        "look_at": check_in.due if check_in.waits and journey.active else None,
        "state": STATES.index(check_in.state),
        "round": check_in.round,
        "nudges": check_in.nudges,
        "sent_at": check_in.sent_at,
    }


def _check_in(row: Row[Any]) -> CheckIn:
    return CheckIn(
        id=row.id,
        cohort=row.cohort,
        step=row.step,
        day=date.fromisoformat(row.day),
        due=row.due_at,
        state=STATES[row.state],
        round=row.round,
        nudges=row.nudges,
        sent_at=row.sent_at,
    )
