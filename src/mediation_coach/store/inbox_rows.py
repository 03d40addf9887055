"""The inbox as rows: written once, handed out in order, closed together with the answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Update, bindparam, exists, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from mediation_coach import logs
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person, Reply
from mediation_coach.domain.delivery import Arrival, Outgoing, answer_to
from mediation_coach.errors import StoreError
from mediation_coach.store import saved
from mediation_coach.store.grouping import Grouped
from mediation_coach.store.outbox_rows import OutboxRows, claiming, taken
from mediation_coach.store.tables import DONE, HELD, WAITING, Instant, conversations, in_state, inbox

log = logs.get("store")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    event: Event
    now: datetime
    also: Outgoing | None
    handled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finished:
    arrival: Arrival
    reply: Reply | None
    state: ConversationState
    now: datetime


class InboxRows(OutboxRows):
    """Events in, answers out."""

    def __init__(self, *args: Any) -> None:
        """Open the inbox of a database."""
        super().__init__(*args)
        self._accepting: Grouped[_Accepted, bool] = Grouped(self._accept)
        self._finishing: Grouped[_Finished, bool] = Grouped(self._finish)

    async def accept(self, event: Event, *, now: datetime, also: Outgoing | None = None, handled: bool = False) -> bool:
        """Write `event` down once; return False for a repeat, which changes nothing."""
        return await self._accepting(_Accepted(event=event, now=now, also=also, handled=handled))

    async def _accept(self, group: Sequence[_Accepted]) -> Sequence[bool]:
        async with self.begin() as connection:
            keys = await self.keys_for(connection, {a.event.person for a in group}, now=group[0].now)
            rows = [self._row(a, keys) for a in group]
            new = await self._insert_new(connection, rows)
            first = [row["id"] in new and row["id"] not in {r["id"] for r in rows[:n]} for n, row in enumerate(rows)]
            also = [a.also for a, is_new in zip(group, first, strict=True) if is_new and a.also is not None]
            await self.put_out(connection, also, now=group[0].now)
        return first

    def _row(self, accepted: _Accepted, keys: Mapping[str, bytes]) -> dict[str, Any]:
        event = accepted.event
        id_, who = self.named("event", f"{event.person.adapter}/{event.id}"), self.who(event.person)
        row = {
            "id": id_,
            "adapter": event.person.adapter,
            "conversation": self.place(event.conversation),
            "who": who,
            "state": WAITING,
            "received_at": accepted.now,
            "try_at": accepted.now,
            "attempts": 0,
            "done_at": None,
            "body": self.seal(keys[who], saved.event.write(event), "inbox", "body", id_),
        }
        if accepted.handled:
            row |= {"state": DONE, "done_at": accepted.now, "body": None}
        return row

    async def _insert_new(self, connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> set[str]:
        statement = self.insert(inbox).on_conflict_do_nothing().returning(inbox.c.id)
        return set((await connection.execute(statement, rows)).scalars())

    async def waiting(self) -> int:
        """Return how many events are not answered yet."""
        async with self.begin() as connection:
            query = select(func.count()).select_from(inbox).where(in_state(inbox, WAITING, HELD))
            return (await connection.execute(query)).scalar_one()

    async def claim_events(
        self, *, adapters: Collection[str], owner: str, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Arrival]:
        """Take up to `limit` events, the oldest of each conversation; a conversation with one in hand gives no other."""
        async with self.begin() as connection:
            rows = (await connection.execute(_CLAIM, claiming(adapters, owner, now, lease, limit))).all()
            if not rows:
                return ()
            keys = await self.keys_of(connection, {row.who for row in rows if row.who})
            states = await self._states(connection, rows, keys, now)
            read = {row.seq: self._read(row, keys) for row in rows}
            await self._close_unreadable(connection, [row for row in rows if read[row.seq] is None], now)
        return sorted(
            (
                Arrival(
                    seq=row.seq,
                    event=event,
                    state=states.get((row.conversation, row.who), ConversationState()),
                    received_at=row.received_at,
                    attempt=row.attempts,
                    owner=owner,
                    lease_until=now + lease,
                )
                for row in rows
                if (event := read[row.seq]) is not None
            ),
            key=lambda arrival: arrival.seq,
        )

    def _read(self, row: Row[*tuple[Any, ...]], keys: Mapping[str, bytes]) -> Event | None:
        try:
            return saved.event.read(self.unseal(keys.get(row.who), row.body or b"", "inbox", "body", row.id))
        except StoreError:
            return None

    async def _close_unreadable(
        self, connection: AsyncConnection, rows: Sequence[Row[*tuple[Any, ...]]], now: datetime
    ) -> None:
        """Close what cannot be opened: its author was forgotten meanwhile, or the row was damaged, which is said."""
        if not rows:
            return
        closed = {"state": DONE, "done_at": now, "body": None, "owner": None, "lease_until": None}
        await connection.execute(update(inbox).where(inbox.c.seq.in_([row.seq for row in rows])).values(closed))
        if damaged := sum(row.who is not None for row in rows):
            log.error("events_unreadable", count=damaged)

    async def _states(
        self,
        connection: AsyncConnection,
        rows: Sequence[Row[*tuple[Any, ...]]],
        keys: Mapping[str, bytes],
        now: datetime,
    ) -> dict[tuple[str, str], ConversationState]:
        c = conversations.c
        pairs = {(row.conversation, row.who) for row in rows if row.who in keys}
        if not pairs:
            return {}
        query = select(c.conversation, c.who, c.state).where(tuple_(c.conversation, c.who).in_(sorted(pairs)))
        return {(r.conversation, r.who): self.open_state(keys[r.who], r, now) for r in await connection.execute(query)}

    def open_state(self, key: bytes, row: Row[*tuple[Any, ...]], now: datetime) -> ConversationState:
        """Return a stored state without the turns that are too old to be kept."""
        try:
            plain = self.unseal(key, row.state, "conversations", "state", f"{row.conversation}|{row.who}")
            state = saved.state.read(plain)
        except StoreError as exc:  # beginning anew is better than never answering this conversation again
            log.error("state_unreadable", error=type(exc).__name__)
            return ConversationState()
        return without_old_turns(state, now - timedelta(hours=self.settings.turn_hours))

    async def finish(self, arrival: Arrival, reply: Reply | None, state: ConversationState, *, now: datetime) -> bool:
        """Close the event, keep the state, put the reply in the outbox: together or not at all."""
        return await self._finishing(_Finished(arrival=arrival, reply=reply, state=state, now=now))

    async def _finish(self, group: Sequence[_Finished]) -> Sequence[bool]:
        async with self.begin() as connection:
            now = group[0].now
            held = sorted({(f.arrival.seq, f.arrival.attempt, f.arrival.owner) for f in group})
            closing = {"held": held, "seqs": [seq for seq, _, _ in held], "b_now": now}
            asked_by = {row.seq: row.who for row in await connection.execute(_FINISH, closing)}
            ours = [f for f in group if f.arrival.seq in asked_by]
            await self._keep_states(connection, [f for f in ours if asked_by[f.arrival.seq] is not None], now)
            replies = [_outgoing(f, forgotten=asked_by[f.arrival.seq] is None) for f in ours if f.reply is not None]
            await self.put_out(connection, replies, now=now)
        return [f.arrival.seq in asked_by for f in group]

    async def _keep_states(self, connection: AsyncConnection, finished: Sequence[_Finished], now: datetime) -> None:
        changed = [f for f in finished if f.state != f.arrival.state]
        keys = await self.keys_for(connection, {f.arrival.event.person for f in changed}, now=now)
        rows = {
            (row["conversation"], row["who"]): row
            for f in changed
            for row in (self.state_row(f.arrival.event.conversation, f.arrival.event.person, f.state, keys, now),)
        }
        await self._put_states(connection, list(rows.values()))

    async def _put_states(self, connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
        if not rows:
            return
        statement = self.insert(conversations)
        kept = {name: statement.excluded[name] for name in ("updated_at", "turns_since", "state")}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["conversation", "who"], set_=kept), rows
        )

    def state_row(
        self, at: Conversation, person: Person, state: ConversationState, keys: Mapping[str, bytes], now: datetime
    ) -> dict[str, Any]:
        """Return the row that keeps `state`."""
        place, who = self.place(at), self.who(person)
        return {
            "conversation": place,
            "who": who,
            "updated_at": now,
            "turns_since": min((turn.at for turn in state.turns), default=None),
            "state": self.seal(keys[who], saved.state.write(state), "conversations", "state", f"{place}|{who}"),
        }

    async def postpone_event(self, arrival: Arrival, *, until: datetime) -> None:
        """Give an event back, not to be taken before `until`."""
        async with self.begin() as connection:
            await connection.execute(
                update(inbox)
                .where(inbox.c.seq == arrival.seq, inbox.c.attempts == arrival.attempt, inbox.c.owner == arrival.owner)
                .where(in_state(inbox, HELD))
                .values(state=WAITING, try_at=until, owner=None, lease_until=None)
            )

    async def state_of(self, conversation: Conversation, person: Person, *, now: datetime) -> ConversationState:
        """Return what is remembered of `person` in `conversation`."""
        place, who = self.place(conversation), self.who(person)
        c = conversations.c
        async with self.begin() as connection:
            keys = await self.keys_of(connection, {who})
            row = (await connection.execute(select(conversations).where(c.conversation == place, c.who == who))).first()
        return self.open_state(keys[who], row, now) if row is not None and who in keys else ConversationState()

    async def settled(self) -> None:
        """Return when everything that was handed over is written."""
        await self._accepting.settled()
        await self._finishing.settled()
        await super().settled()


def without_old_turns(state: ConversationState, before: datetime) -> ConversationState:
    """Return the state without turns older than `before`, and without what only made sense beside them."""
    turns = tuple(turn for turn in state.turns if turn.at >= before)
    if len(turns) == len(state.turns):
        return state
    if turns:
        return replace(state, turns=turns)
    return ConversationState(language=state.language, greeted=state.greeted, short=state.short, notice=state.notice)


def _outgoing(finished: _Finished, *, forgotten: bool) -> Outgoing:
    assert finished.reply is not None
    answer = answer_to(finished.arrival.event, finished.reply, due_at=finished.now)
    return replace(answer, person=None) if forgotten else answer


def _claim() -> Update:
    """Return the one statement that takes events: the oldest of each conversation that has none in hand."""
    older = inbox.alias("older")
    blocked = exists().where(
        older.c.conversation == inbox.c.conversation, older.c.seq < inbox.c.seq, in_state(older, WAITING, HELD)
    )
    due = (
        select(inbox.c.seq)
        .where(in_state(inbox, WAITING), inbox.c.try_at <= bindparam("b_now"))
        .where(inbox.c.adapter.in_(bindparam("adapters", expanding=True)), ~blocked)
        .order_by(inbox.c.seq)
        .limit(bindparam("b_limit"))
        .with_for_update(skip_locked=True, of=inbox)
        .cte("due")
    )
    return update(inbox).where(inbox.c.seq.in_(select(due.c.seq))).values(taken(inbox))


_CLAIM = _claim().returning(
    *(inbox.c[name] for name in ("seq", "id", "conversation", "who", "received_at", "attempts", "body"))
)

_FINISH = (
    update(inbox)
    .where(inbox.c.seq.in_(bindparam("seqs", expanding=True)), in_state(inbox, HELD))
    .where(tuple_(inbox.c.seq, inbox.c.attempts, inbox.c.owner).in_(bindparam("held", expanding=True)))
    .values(state=DONE, done_at=bindparam("b_now", type_=Instant), body=None, owner=None, lease_until=None)
    .returning(inbox.c.seq, inbox.c.who)
)
