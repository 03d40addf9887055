"""The outbox as rows: put in once, handed out when due and in order, closed with what became of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, Update, bindparam, delete, exists, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from mediation_coach import logs
from mediation_coach.domain.chat import Person
from mediation_coach.domain.delivery import Delivery, Fate, Hold, Outcome, Outgoing, Parcel
from mediation_coach.errors import StoreError
from mediation_coach.store import saved
from mediation_coach.store.database import Database
from mediation_coach.store.idle import Idle
from mediation_coach.store.prepared import Prepared
from mediation_coach.store.tables import DEAD, DONE, HELD, UNCERTAIN, WAITING, Instant, in_state, inbox, outbox

log = logs.get("store")

_FATES = {WAITING: Fate.WAITING, HELD: Fate.SENDING, DONE: Fate.SENT, DEAD: Fate.DEAD, UNCERTAIN: Fate.UNCERTAIN}
_STATES = {fate: state for state, fate in _FATES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    parcel: Parcel
    outcome: Outcome
    now: datetime


class OutboxRows(Database):
    """Replies out, each once."""

    def __init__(self, *args: Any) -> None:
        """Open the outbox of a database."""
        super().__init__(*args)
        self._settling = self.grouped(self._settle, light=lambda _: True)
        self._put_out = Prepared(self.insert(outbox).on_conflict_do_nothing().returning(outbox.c.id, outbox.c.seq))

    async def post(self, outgoing: Sequence[Outgoing], *, now: datetime) -> int:
        """Put replies in the outbox; return how many were new."""
        async with self.begin() as connection:
            return await self.put_out(connection, outgoing, now=now)

    async def put_out(self, connection: AsyncConnection, outgoing: Sequence[Outgoing], *, now: datetime) -> int:
        """Put replies in the outbox inside a transaction that is already under way; return how many were new."""
        return await connection.run_sync(lambda c: len(self.put_in_outbox(c, outgoing, now=now)))

    def put_in_outbox(
        self, connection: Connection, outgoing: Sequence[Outgoing], *, now: datetime, holds: Sequence[Hold | None] = ()
    ) -> dict[str, int]:
        """Do what `put_out` does, inside `run`; return the numbers of the new ones by id.

        Those with one of `holds` are written down as taken; whoever asks must have seen that nothing goes before them.
        """
        if not outgoing:
            return {}
        keys = self.writing_keys(connection, {o.person for o in outgoing if o.person is not None}, now=now)
        holds = holds or [None] * len(outgoing)
        rows = [self._outbox_row(o, keys) | _held(h, now) for o, h in zip(outgoing, holds, strict=True)]
        return {row.id: row.seq for row in self._put_out.each(connection, rows)}

    def put_out_and_hold(
        self, connection: Connection, outgoing: Sequence[Outgoing], wanted: Sequence[Hold | None], *, now: datetime
    ) -> Sequence[Parcel | None]:
        """Put replies in the outbox, inside `run`; take those that are wanted and have nothing going before them."""
        free = Idle.among(self, connection, outbox, [o.to for o, h in zip(outgoing, wanted, strict=True) if h], due=now)
        holds = [hold if free.take(o.to) else None for o, hold in zip(outgoing, wanted, strict=True)]
        new = self.put_in_outbox(connection, outgoing, now=now, holds=holds)
        return [
            _parcel_just_written(new[o.id], o, hold, now) if hold is not None and o.id in new else None
            for o, hold in zip(outgoing, holds, strict=True)
        ]

    def _outbox_row(self, outgoing: Outgoing, keys: Mapping[str, bytes]) -> dict[str, Any]:
        id_, to = outgoing.id, outgoing.to
        who = None if outgoing.person is None else self.who(outgoing.person)
        body = saved.letter.write(saved.Letter(to=to, reply=outgoing.reply, until=outgoing.until))
        return {
            "id": id_,
            "adapter": to.adapter,
            "workspace": self.workspace(to.adapter, to.workspace),
            "conversation": self.place(to),
            "who": who,
            "kind": outgoing.kind,
            "state": WAITING,
            "due_at": outgoing.due_at,
            "try_at": outgoing.due_at,
            "attempts": 0,
            "body": self.seal(keys[who] if who else None, body, "outbox", "body", id_),
        }

    async def claim_parcels(
        self, *, adapters: Collection[str], owner: str, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Parcel]:
        """Take up to `limit` replies that are due: the first of each conversation that has none in hand."""
        return await self.run(
            lambda c: self._claim_parcels(c, claiming(adapters, owner, now, lease, limit), now, lease)
        )

    def _claim_parcels(
        self, connection: Connection, values: Mapping[str, Any], now: datetime, lease: timedelta
    ) -> Sequence[Parcel]:
        rows = _CLAIM(connection, values)
        if not rows:
            return ()
        keys = self.reading_keys(connection, {row.who for row in rows if row.who})
        letters = {row.seq: self._letter(row, keys) for row in rows}
        self._give_up_unreadable(connection, [seq for seq, letter in letters.items() if letter is None], now)
        owner = values["b_owner"]
        parcels = (
            _parcel(row, letter, owner, now, now + lease) for row in rows if (letter := letters[row.seq]) is not None
        )
        return sorted(parcels, key=lambda parcel: (parcel.due_at, parcel.seq))

    def _letter(self, row: Row[*tuple[Any, ...]], keys: Mapping[str, bytes]) -> saved.Letter | None:
        try:
            return saved.letter.read(self.unseal(keys.get(row.who), row.body or b"", "outbox", "body", row.id))
        except StoreError:
            return None

    def _give_up_unreadable(self, connection: Connection, seqs: Sequence[int], now: datetime) -> None:
        if seqs:
            dead = {"state": DEAD, "reason": "unreadable", "done_at": now, "owner": None, "lease_until": None}
            connection.execute(update(outbox).where(outbox.c.seq.in_(seqs)).values(dead))
            log.error("replies_unreadable", count=len(seqs))

    async def settle(self, parcel: Parcel, outcome: Outcome, *, now: datetime) -> bool:
        """Write down what an attempt led to; False where the parcel is no longer held under this lease."""
        return await self._settling(_Settled(parcel=parcel, outcome=outcome, now=now))

    def _settle(self, connection: Connection, group: Sequence[_Settled]) -> Sequence[bool]:
        held = sorted({(s.parcel.seq, s.parcel.attempt, s.parcel.owner) for s in group})
        found = _STILL_HELD(connection, {"held": held, "seqs": [seq for seq, _, _ in held]})
        ours = {row.seq for row in found}
        sent = [
            _sent(s, self.named("message", s.outcome.message))
            for s in group
            if s.parcel.seq in ours and s.outcome.fate is Fate.SENT
        ]
        other = [_other(s) for s in group if s.parcel.seq in ours and s.outcome.fate is not Fate.SENT]
        for statement, rows in ((_SENT, sent), (_OTHER, other)):
            if rows:
                statement.each(connection, rows)
        return [s.parcel.seq in ours for s in group]

    async def renew(self, *, owner: str, now: datetime, lease: timedelta) -> None:
        """Keep the events that `owner` holds for another `lease`."""
        await self.run(lambda c: _RENEW(c, {"b_owner": owner, "b_until": now + lease}))

    async def release_expired(self, *, now: datetime) -> int:
        """Give back everything whose lease has ended; return how many."""
        return await self.run(lambda c: sum(len(release(c, {"b_now": now})) for release in _RELEASE))

    async def cancel(self, person: Person, *, kinds: Collection[str] = ()) -> int:
        """Take back what waits to be sent to `person` (of these kinds, or all); return how many."""
        query = delete(outbox).where(outbox.c.who == self.who(person), in_state(outbox, WAITING))
        if kinds:
            query = query.where(outbox.c.kind.in_(kinds))
        async with self.begin() as connection:
            return (await connection.execute(query)).rowcount

    async def take_back(self, ids: Collection[str]) -> int:
        """Take back those of the outgoing replies `ids` that are not on their way yet; return how many."""
        async with self.begin() as connection:
            query = delete(outbox).where(outbox.c.id.in_(ids), in_state(outbox, WAITING))
            return (await connection.execute(query)).rowcount

    async def try_again(self, id: str, *, now: datetime) -> bool:
        """Let a reply that was given up or held back be tried again; False where it is not one of these."""
        async with self.begin() as connection:
            query = update(outbox).where(outbox.c.id == id, in_state(outbox, DEAD, UNCERTAIN))
            fresh = {"state": WAITING, "try_at": now, "attempts": 0, "done_at": None, "reason": None}
            none_known = {"first_tried_at": None, "tried_at": None, "tried_before_at": None}
            return (await connection.execute(query.values(fresh | none_known))).rowcount == 1

    async def delivery(self, id: str) -> Delivery | None:
        """Return where the outgoing reply `id` stands."""
        async with self.begin() as connection:
            row = (await connection.execute(select(*_SHOWN).where(outbox.c.id == id))).first()
        return None if row is None else shown(row)

    async def held_back(self) -> Sequence[Delivery]:
        """Return what was given up or is uncertain, newest first, for someone to look at."""
        query = select(*_SHOWN).where(in_state(outbox, DEAD, UNCERTAIN)).order_by(outbox.c.done_at.desc()).limit(1000)
        async with self.begin() as connection:
            return [shown(row) for row in await connection.execute(query)]

    async def outbox_counts(self, *, now: datetime) -> Mapping[str, int]:
        """Return how many replies are `due`, `waiting` for a later date, `dead` and `uncertain`."""
        due = func.count().filter(outbox.c.try_at <= now)
        open_ = select(due, func.count() - due).select_from(outbox).where(in_state(outbox, WAITING))
        # Both states in one condition: SQLite takes the index of these two only where it is asked for both.
        stuck = select(outbox.c.state, func.count()).where(in_state(outbox, DEAD, UNCERTAIN)).group_by(outbox.c.state)
        async with self.begin() as connection:
            due_now, later = (await connection.execute(open_)).one()
            held_back = {row[0]: row[1] for row in await connection.execute(stuck)}
        return {
            "due": due_now,
            "waiting": later,
            "dead": held_back.get(DEAD, 0),
            "uncertain": held_back.get(UNCERTAIN, 0),
        }


_SHOWN = tuple(
    outbox.c[n] for n in ("id", "kind", "state", "due_at", "done_at", "attempts", "message", "reason", "adapter")
)


def shown(row: Row[*tuple[Any, ...]]) -> Delivery:
    """Return a row of the outbox as what may be shown of it."""
    return Delivery(
        id=row.id,
        kind=row.kind,
        fate=_FATES[row.state],
        due_at=row.due_at,
        done_at=row.done_at,
        attempts=row.attempts,
        message=row.message or "",
        reason=row.reason or "",
        adapter=row.adapter,
    )


def _parcel(row: Row[*tuple[Any, ...]], letter: saved.Letter, owner: str, now: datetime, until: datetime) -> Parcel:
    return Parcel(
        seq=row.seq,
        id=row.id,
        to=letter.to,
        reply=letter.reply,
        kind=row.kind,
        due_at=row.due_at,
        attempt=row.attempts,
        owner=owner,
        taken_at=now,
        lease_until=until,
        first_tried_at=None if row.tried_before_at is None else row.first_tried_at,
        tried_at=row.tried_before_at,
        until=letter.until,
    )


def _parcel_just_written(seq: int, outgoing: Outgoing, hold: Hold, now: datetime) -> Parcel:
    return Parcel(
        seq=seq,
        id=outgoing.id,
        to=outgoing.to,
        reply=outgoing.reply,
        kind=outgoing.kind,
        due_at=outgoing.due_at,
        attempt=1,
        owner=hold.owner,
        taken_at=now,
        lease_until=now + hold.lease,
        until=outgoing.until,
    )


def _held(hold: Hold | None, now: datetime) -> dict[str, Any]:
    """Return what a claim would write into a row, for one that is taken as it is written."""
    if hold is None:
        return dict.fromkeys(("owner", "lease_until", "first_tried_at", "tried_at"))
    return held_by(hold, now) | {"first_tried_at": now, "tried_at": now}


def held_by(hold: Hold, now: datetime) -> dict[str, Any]:
    """Return what a row says that is taken for the first time."""
    return {"state": HELD, "attempts": 1, "owner": hold.owner, "lease_until": now + hold.lease}


def _sent(settled: _Settled, message: str) -> dict[str, Any]:
    """Return the row of what arrived; `message` stands for its id, which on some platforms names the room."""
    return {"b_seq": settled.parcel.seq, "b_message": message, "b_now": settled.now}


def _other(settled: _Settled) -> dict[str, Any]:
    """Return the row of an attempt that did not end in a message: what is known of earlier ones stays or is restored."""
    parcel, outcome = settled.parcel, settled.outcome
    final = outcome.fate in (Fate.DEAD, Fate.UNCERTAIN)
    return {
        "b_seq": parcel.seq,
        "b_state": _STATES[outcome.fate],
        "b_try_at": outcome.again_at or settled.now,
        "b_attempts": parcel.attempt if outcome.counted else parcel.attempt - 1,
        "b_first": (parcel.first_tried_at or parcel.taken_at) if outcome.unsure else parcel.first_tried_at,
        "b_tried": parcel.taken_at if outcome.unsure else parcel.tried_at,
        "b_reason": outcome.reason[:200] or None,
        "b_done_at": settled.now if final else None,
    }


def taken(table: Table) -> dict[str, Any]:
    """Return what changes in a row that a worker takes."""
    until: Any = bindparam("b_until", type_=Instant)
    return {"state": HELD, "attempts": table.c.attempts + 1, "owner": bindparam("b_owner"), "lease_until": until}


def claiming(adapters: Collection[str], owner: str, now: datetime, lease: timedelta, limit: int) -> dict[str, Any]:
    """Return the values of a claim, by the names that its statement gives them."""
    names = sorted(adapters)
    return {"adapters": names, "b_owner": owner, "b_until": now + lease, "b_now": now, "b_limit": limit}


def _claim() -> Update:
    """Return the one statement that takes replies.

    Only rows that wait are looked at, over an index that holds no others; what a dead worker holds is given back by
    `release_expired`. One condition for both would make PostgreSQL sort every due row.
    """
    older = outbox.alias("older")
    blocked = exists().where(
        older.c.conversation == outbox.c.conversation,
        tuple_(older.c.due_at, older.c.seq) < tuple_(outbox.c.due_at, outbox.c.seq),
        in_state(older, WAITING, HELD),
    )
    now: Any = bindparam("b_now", type_=Instant)
    due = (
        select(outbox.c.seq)
        .where(in_state(outbox, WAITING), outbox.c.try_at <= now)
        .where(outbox.c.adapter.in_(bindparam("adapters", expanding=True)), ~blocked)
        .order_by(outbox.c.try_at, outbox.c.seq)
        .limit(bindparam("b_limit"))
        .with_for_update(skip_locked=True, of=outbox)
        .cte("due")
    )
    tries = {
        "first_tried_at": func.coalesce(outbox.c.first_tried_at, now),
        "tried_before_at": outbox.c.tried_at,
        "tried_at": now,
    }
    return update(outbox).where(outbox.c.seq.in_(select(due.c.seq))).values(taken(outbox) | tries)


_CLAIM = Prepared(
    _claim().returning(
        *(outbox.c[n] for n in ("seq", "id", "who", "kind", "due_at", "attempts", "first_tried_at", "tried_before_at")),
        outbox.c.body,
    )
)

_RENEW = Prepared(
    update(inbox)
    .where(in_state(inbox, HELD), inbox.c.owner == bindparam("b_owner"))
    .values(lease_until=bindparam("b_until", type_=Instant))
)

_RELEASE = tuple(
    Prepared(
        update(table)
        .where(in_state(table, HELD), table.c.lease_until < bindparam("b_now", type_=Instant))
        .values(state=WAITING, owner=None, lease_until=None)
        .returning(table.c.seq)
    )
    for table in (inbox, outbox)
)

_STILL_HELD = Prepared(
    select(outbox.c.seq)
    .where(outbox.c.seq.in_(bindparam("seqs", expanding=True)), in_state(outbox, HELD))
    .where(tuple_(outbox.c.seq, outbox.c.attempts, outbox.c.owner).in_(bindparam("held", expanding=True)))
    .order_by(outbox.c.seq)
    .with_for_update()
)

_SENT = Prepared(
    update(outbox)
    .where(outbox.c.seq == bindparam("b_seq"))
    .values(
        state=DONE,
        message=bindparam("b_message"),
        done_at=bindparam("b_now", type_=Instant),
        body=None,
        reason=None,
        owner=None,
        lease_until=None,
    )
)

_OTHER = Prepared(
    update(outbox)
    .where(outbox.c.seq == bindparam("b_seq"))
    .values(
        state=bindparam("b_state"),
        try_at=bindparam("b_try_at", type_=Instant),
        attempts=bindparam("b_attempts"),
        first_tried_at=bindparam("b_first", type_=Instant),
        tried_at=bindparam("b_tried", type_=Instant),
        reason=bindparam("b_reason"),
        done_at=bindparam("b_done_at", type_=Instant),
        owner=None,
        lease_until=None,
    )
)
