"""The inbox as rows: written once, handed out in order, closed together with the answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Update, bindparam, exists, func, select, tuple_, update

from mediation_coach import logs
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person, Reply
from mediation_coach.domain.delivery import Arrival, Hold, Outgoing, Parcel, answer_to
from mediation_coach.errors import StoreError
from mediation_coach.store import saved
from mediation_coach.store.idle import Idle
from mediation_coach.store.outbox_rows import OutboxRows, claiming, held_by, taken
from mediation_coach.store.prepared import Prepared
from mediation_coach.store.tables import DONE, HELD, WAITING, Instant, conversations, in_state, inbox

log = logs.get("store")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    event: Event
    now: datetime
    also: Outgoing | None
    handled: bool
    hold: Hold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finished:
    arrival: Arrival
    reply: Reply | None
    state: ConversationState
    now: datetime
    hold: Hold | None = None


class InboxRows(OutboxRows):
    """Events in, answers out."""

    def __init__(self, *args: Any) -> None:
        """Open the inbox of a database."""
        super().__init__(*args)
        self._finishing = self.grouped(self._finish)
        self._accepting = self.grouped(self._accept, light=lambda accepted: accepted.hold is not None)
        self._take_in = Prepared(self.insert(inbox).on_conflict_do_nothing().returning(inbox.c.id, inbox.c.seq))
        keep = self.insert(conversations)
        kept = {name: keep.excluded[name] for name in ("updated_at", "turns_since", "state")}
        self._keep_state = Prepared(keep.on_conflict_do_update(index_elements=["conversation", "who"], set_=kept))

    async def accept(self, event: Event, *, now: datetime, also: Outgoing | None = None, handled: bool = False) -> bool:
        """Write `event` down once; return False for a repeat, which changes nothing."""
        return (await self._accepting(_Accepted(event=event, now=now, also=also, handled=handled)))[0]

    async def accept_and_hold(
        self, event: Event, *, now: datetime, hold: Hold, also: Outgoing | None = None
    ) -> tuple[bool, Arrival | None]:
        """Write `event` down once, and take it at once where nothing of its conversation is open."""
        return await self._accepting(_Accepted(event=event, now=now, also=also, handled=False, hold=hold))

    def _accept(self, connection: Connection, group: Sequence[_Accepted]) -> Sequence[tuple[bool, Arrival | None]]:
        now = group[0].now
        keys = self.writing_keys(connection, {a.event.person for a in group}, now=now)
        free = Idle.among(self, connection, inbox, [a.event.conversation for a in group if a.hold])
        holds = [a.hold if free.take(a.event.conversation) else None for a in group]
        rows = [self._row(a, keys, hold) for a, hold in zip(group, holds, strict=True)]
        new = {row.id: row.seq for row in self._take_in.each(connection, rows)}
        seqs = [new.pop(row["id"], None) for row in rows]
        also = [a.also for a, seq in zip(group, seqs, strict=True) if seq is not None and a.also is not None]
        self.put_in_outbox(connection, also, now=now)
        taken = [h is not None and seq is not None for h, seq in zip(holds, seqs, strict=True)]
        pairs = {(row["conversation"], row["who"]) for row, is_taken in zip(rows, taken, strict=True) if is_taken}
        states = self._states(connection, pairs, keys, now)
        return [
            (seq is not None, None if hold is None or seq is None else self._arrival_just_written(seq, a, hold, states))
            for a, hold, seq in zip(group, holds, seqs, strict=True)
        ]

    def _arrival_just_written(
        self, seq: int, accepted: _Accepted, hold: Hold, states: Mapping[tuple[str, str], ConversationState]
    ) -> Arrival:
        event = accepted.event
        return Arrival(
            seq=seq,
            event=event,
            state=states.get((self.place(event.conversation), self.who(event.person)), ConversationState()),
            received_at=accepted.now,
            attempt=1,
            owner=hold.owner,
            lease_until=accepted.now + hold.lease,
        )

    def _row(self, accepted: _Accepted, keys: Mapping[str, bytes], hold: Hold | None) -> dict[str, Any]:
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
            "owner": None,
            "lease_until": None,
            "done_at": None,
            "body": self.seal(keys[who], saved.event.write(event), "inbox", "body", id_),
        }
        if accepted.handled:
            row |= {"state": DONE, "done_at": accepted.now, "body": None}
        return row if hold is None else row | held_by(hold, accepted.now)

    async def waiting(self) -> int:
        """Return how many events are not answered yet."""
        async with self.begin() as connection:
            query = select(func.count()).select_from(inbox).where(in_state(inbox, WAITING, HELD))
            return (await connection.execute(query)).scalar_one()

    async def claim_events(
        self, *, adapters: Collection[str], owner: str, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Arrival]:
        """Take up to `limit` events, the oldest of each conversation; a conversation with one in hand gives no other."""
        return await self.run(lambda c: self._claim_events(c, claiming(adapters, owner, now, lease, limit), now, lease))

    def _claim_events(
        self, connection: Connection, values: Mapping[str, Any], now: datetime, lease: timedelta
    ) -> Sequence[Arrival]:
        rows = _CLAIM(connection, values)
        if not rows:
            return ()
        keys = self.reading_keys(connection, {row.who for row in rows if row.who})
        pairs = {(row.conversation, row.who) for row in rows if row.who in keys}
        states = self._states(connection, pairs, keys, now)
        read = {row.seq: self._read(row, keys) for row in rows}
        self._close_unreadable(connection, [row for row in rows if read[row.seq] is None], now)
        return sorted(
            (
                Arrival(
                    seq=row.seq,
                    event=event,
                    state=states.get((row.conversation, row.who), ConversationState()),
                    received_at=row.received_at,
                    attempt=row.attempts,
                    owner=values["b_owner"],
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

    def _close_unreadable(self, connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]], now: datetime) -> None:
        """Close what cannot be opened: its author was forgotten meanwhile, or the row was damaged, which is said."""
        if not rows:
            return
        closed = {"state": DONE, "done_at": now, "body": None, "owner": None, "lease_until": None}
        connection.execute(update(inbox).where(inbox.c.seq.in_([row.seq for row in rows])).values(closed))
        if damaged := sum(row.who is not None for row in rows):
            log.error("events_unreadable", count=damaged)

    def _states(
        self, connection: Connection, pairs: Collection[tuple[str, str]], keys: Mapping[str, bytes], now: datetime
    ) -> dict[tuple[str, str], ConversationState]:
        if not pairs:
            return {}
        places, whos = (sorted(set(names)) for names in zip(*pairs, strict=True))
        found = _STATES(connection, {"places": places, "whos": whos})
        return {
            (row.conversation, row.who): self.open_state(keys[row.who], row, now)
            for row in found
            if (row.conversation, row.who) in pairs
        }

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
        return (await self._finishing(_Finished(arrival=arrival, reply=reply, state=state, now=now)))[0]

    async def finish_and_hold(
        self, arrival: Arrival, reply: Reply | None, state: ConversationState, *, now: datetime, hold: Hold
    ) -> tuple[bool, Parcel | None]:
        """Do what `finish` does, and take the reply at once where no other has to go out before it."""
        return await self._finishing(_Finished(arrival=arrival, reply=reply, state=state, now=now, hold=hold))

    def _finish(self, connection: Connection, group: Sequence[_Finished]) -> Sequence[tuple[bool, Parcel | None]]:
        now = group[0].now
        held = sorted({(f.arrival.seq, f.arrival.attempt, f.arrival.owner) for f in group})
        closing = {"held": held, "seqs": [seq for seq, _, _ in held], "b_now": now}
        asked_by = {row.seq: row.who for row in _FINISH(connection, closing)}
        ours = [f for f in group if f.arrival.seq in asked_by]
        self._keep_states(connection, [f for f in ours if asked_by[f.arrival.seq] is not None], now)
        replying = [f for f in ours if f.reply is not None]
        replies = [_outgoing(f, forgotten=asked_by[f.arrival.seq] is None) for f in replying]
        parcels = self.put_out_and_hold(connection, replies, [f.hold for f in replying], now=now)
        by_seq = {f.arrival.seq: parcel for f, parcel in zip(replying, parcels, strict=True)}
        return [(f.arrival.seq in asked_by, by_seq.get(f.arrival.seq)) for f in group]

    def _keep_states(self, connection: Connection, finished: Sequence[_Finished], now: datetime) -> None:
        changed = [f for f in finished if f.state != f.arrival.state]
        if not changed:
            return
        keys = self.writing_keys(connection, {f.arrival.event.person for f in changed}, now=now)
        made = [
            self.state_row(f.arrival.event.conversation, f.arrival.event.person, f.state, keys, now) for f in changed
        ]
        self._keep_state.each(connection, list({(row["conversation"], row["who"]): row for row in made}.values()))

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


_CLAIM = Prepared(
    _claim().returning(
        *(inbox.c[name] for name in ("seq", "id", "conversation", "who", "received_at", "attempts", "body"))
    )
)

_FINISH = Prepared(
    update(inbox)
    .where(inbox.c.seq.in_(bindparam("seqs", expanding=True)), in_state(inbox, HELD))
    .where(tuple_(inbox.c.seq, inbox.c.attempts, inbox.c.owner).in_(bindparam("held", expanding=True)))
    .values(state=DONE, done_at=bindparam("b_now", type_=Instant), body=None, owner=None, lease_until=None)
    .returning(inbox.c.seq, inbox.c.who)
)

_STATES = Prepared(
    select(conversations.c.conversation, conversations.c.who, conversations.c.state).where(
        # SQLite finds no index for pairs; there are few people in a conversation
        conversations.c.conversation.in_(bindparam("places", expanding=True)),
        conversations.c.who.in_(bindparam("whos", expanding=True)),
    )
)
