"""The store on a real SQLite file and a real PostgreSQL: once, in order, all or nothing."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from mediation_coach.domain.chat import ConversationState, Turn
from mediation_coach.domain.delivery import Arrival, Fate, Hold, Outcome, Outgoing, Parcel
from mediation_coach.errors import StoreError
from mediation_coach.ports import SecretBox, Store
from mediation_coach.store.sql import SqlStore
from mediation_coach.store.tables import jobs
from tests.fakes import NOW, event, person, room, said

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)
ADAPTERS = frozenset({"fake"})
MINE = Hold(owner="me", lease=LEASE)


async def claim(store: SqlStore, now: datetime = NOW, *, owner: str = "me", limit: int = 100) -> Sequence[Arrival]:
    return await store.claim_events(adapters=ADAPTERS, owner=owner, now=now, lease=LEASE, limit=limit)


async def claim_out(store: SqlStore, now: datetime = NOW, *, owner: str = "me", limit: int = 100) -> Sequence[Parcel]:
    return await store.claim_parcels(adapters=ADAPTERS, owner=owner, now=now, lease=LEASE, limit=limit)


def outgoing(key: str, *, to: str = "r1", due: datetime = NOW, kind: str = "reply", by: str | None = "p1") -> Outgoing:
    return Outgoing(
        key=key, to=room(to), reply=said(key), due_at=due, kind=kind, person=None if by is None else person(by)
    )


async def test_a_repeat_changes_nothing(store: SqlStore) -> None:
    assert await store.accept(event(), now=NOW)
    assert not await store.accept(event(text="other words"), now=NOW)
    (arrival,) = await claim(store)
    assert arrival.event.text == "hello"
    await store.finish(arrival, said("hi"), arrival.state, now=NOW)
    assert not await store.accept(event(), now=NOW)
    assert await store.waiting() == 0


async def test_repeats_in_one_moment_are_one(store: SqlStore) -> None:
    new = await asyncio.gather(*(store.accept(event(f"e{n % 10}"), now=NOW) for n in range(50)))
    assert sum(new) == 10
    assert await store.waiting() == 10


async def test_the_same_id_on_another_platform_is_another_event(store: SqlStore) -> None:
    assert await store.accept(event(), now=NOW)
    assert await store.accept(event(adapter="other"), now=NOW)
    assert [a.event.person.adapter for a in await claim(store)] == ["fake"]


async def test_events_of_a_conversation_come_one_at_a_time_and_in_order(store: SqlStore) -> None:
    for n in range(3):
        await store.accept(event(f"a{n}", at="a"), now=NOW)
        await store.accept(event(f"b{n}", at="b"), now=NOW)
    order = []
    while arrivals := await claim(store):
        assert len({a.event.conversation for a in arrivals}) == len(arrivals) == 2
        assert not await claim(store, owner="other")
        for arrival in arrivals:
            order.append(arrival.event.id)
            await store.finish(arrival, None, arrival.state, now=NOW)
    assert order == ["a0", "b0", "a1", "b1", "a2", "b2"]


async def test_a_postponed_event_holds_back_later_ones_of_its_conversation_only(store: SqlStore) -> None:
    for id, at in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        await store.accept(event(id, at=at), now=NOW)
    first, _ = await claim(store)
    await store.postpone_event(first, until=NOW + SECOND)
    assert not await claim(store)
    (again,) = await claim(store, NOW + SECOND)
    assert (again.event.id, again.attempt) == ("a1", 2)


async def test_what_is_said_is_remembered_for_that_person_there_and_nowhere_else(store: SqlStore) -> None:
    await store.accept(event("1", at="shared", by="p1"), now=NOW)
    (arrival,) = await claim(store)
    await store.finish(arrival, None, arrival.state.after(Turn(question="secret", at=NOW)), now=NOW)
    assert [t.question for t in (await store.state_of(room("shared"), person("p1"), now=NOW)).turns] == ["secret"]
    assert await store.state_of(room("shared"), person("p2"), now=NOW) == ConversationState()
    assert await store.state_of(room("other"), person("p1"), now=NOW) == ConversationState()


async def test_finishing_is_all_or_nothing_and_only_under_the_lease(store: SqlStore) -> None:
    await store.accept(event(), now=NOW)
    (mine,) = await claim(store)
    assert await store.release_expired(now=NOW + LEASE + SECOND) == 1
    (theirs,) = await claim(store, NOW + LEASE + SECOND, owner="other")
    state = mine.state.after(Turn(question="q", at=NOW))
    assert not await store.finish(mine, said("mine"), state, now=NOW)
    assert await store.state_of(room(), person(), now=NOW) == ConversationState()
    assert await store.finish(theirs, said("theirs"), theirs.state, now=NOW)
    (parcel,) = await claim_out(store)
    assert parcel.reply == said("theirs")


async def test_a_renewed_lease_is_not_given_away(store: SqlStore) -> None:
    await store.accept(event(), now=NOW)
    await claim(store)
    await store.renew(owner="me", now=NOW + LEASE, lease=LEASE)
    assert await store.release_expired(now=NOW + LEASE + SECOND) == 0


async def test_what_is_turned_away_is_remembered_and_answered_once(store: SqlStore) -> None:
    for _ in range(2):
        await store.accept(event(), now=NOW, also=outgoing("full:p1"), handled=True)
    assert not await claim(store)
    assert [p.reply for p in await claim_out(store)] == [said("full:p1")]


async def test_the_same_key_is_put_out_once(store: SqlStore) -> None:
    assert await store.post([outgoing("a"), outgoing("b")], now=NOW) == 2
    assert await store.post([outgoing("a"), outgoing("c")], now=NOW) == 1


async def test_replies_leave_when_due_and_in_order(store: SqlStore) -> None:
    day = timedelta(days=1)
    await store.post(
        [outgoing("check-in", due=NOW + day), outgoing("1"), outgoing("2"), outgoing("x", to="r2")], now=NOW
    )
    first = await claim_out(store)
    assert [p.reply.summary for p in first] == ["1", "x"]
    assert not await claim_out(store)
    for parcel in first:
        assert await store.settle(parcel, Outcome(fate=Fate.SENT, message="m"), now=NOW)
    assert [p.reply.summary for p in await claim_out(store)] == ["2"]
    assert dict(await store.outbox_counts(now=NOW)) == {"due": 0, "waiting": 1, "dead": 0, "uncertain": 0}


async def test_a_reply_tried_again_later_keeps_its_place(store: SqlStore) -> None:
    await store.post([outgoing("1"), outgoing("2")], now=NOW)
    (first,) = await claim_out(store)
    await store.settle(first, Outcome(fate=Fate.WAITING, again_at=NOW + SECOND), now=NOW)
    assert not await claim_out(store)
    (again,) = await claim_out(store, NOW + SECOND)
    assert (again.id, again.attempt) == (first.id, 2)


async def test_what_was_given_up_lets_the_next_one_pass_and_is_shown(store: SqlStore) -> None:
    await store.post([outgoing("1"), outgoing("2")], now=NOW)
    (first,) = await claim_out(store)
    await store.settle(first, Outcome(fate=Fate.DEAD, reason="channel_not_found"), now=NOW)
    (second,) = await claim_out(store)
    assert second.reply.summary == "2"
    (shown,) = await store.held_back()
    assert (shown.id, shown.fate, shown.reason) == (first.id, Fate.DEAD, "channel_not_found")
    assert await store.try_again(first.id, now=NOW)
    assert not await store.try_again(first.id, now=NOW)


async def test_only_an_attempt_of_unknown_outcome_is_remembered_as_one(store: SqlStore) -> None:
    await store.post([outgoing("1")], now=NOW)
    (parcel,) = await claim_out(store)
    assert parcel.tried_at is None
    await store.settle(parcel, Outcome(fate=Fate.WAITING, again_at=NOW), now=NOW)
    (parcel,) = await claim_out(store, NOW + SECOND)
    assert parcel.tried_at is None
    await store.settle(parcel, Outcome(fate=Fate.WAITING, again_at=NOW, unsure=True), now=NOW)
    (parcel,) = await claim_out(store, NOW + 2 * SECOND)
    assert (parcel.first_tried_at, parcel.tried_at) == (NOW + SECOND, NOW + SECOND)
    await store.settle(parcel, Outcome(fate=Fate.WAITING, again_at=NOW, counted=False), now=NOW)
    (parcel,) = await claim_out(store, NOW + 3 * SECOND)
    assert (parcel.first_tried_at, parcel.tried_at, parcel.attempt) == (NOW + SECOND, NOW + SECOND, 3)


async def test_an_attempt_that_a_crash_cut_short_is_of_unknown_outcome(store: SqlStore) -> None:
    await store.post([outgoing("1")], now=NOW)
    (lost,) = await claim_out(store)
    assert await store.release_expired(now=NOW + LEASE + SECOND) == 1
    (again,) = await claim_out(store, NOW + 2 * LEASE, owner="other")
    assert (again.tried_at, again.first_tried_at) == (NOW, NOW)
    assert not await store.settle(lost, Outcome(fate=Fate.SENT, message="m"), now=NOW)


async def test_what_waits_for_a_person_can_be_taken_back(store: SqlStore) -> None:
    later = NOW + timedelta(days=3)
    rows = [outgoing("1", due=later, kind="check_in"), outgoing("2", due=later), outgoing("3", due=later, by="p2")]
    await store.post(rows, now=NOW)
    assert await store.cancel(person("p1"), kinds=["check_in"]) == 1
    assert await store.cancel(person("p1")) == 1
    assert await store.take_back([rows[2].id]) == 1
    assert await store.post(rows[:1], now=NOW) == 1


async def test_where_a_reply_stands_can_be_asked(store: SqlStore) -> None:
    await store.post([outgoing("1")], now=NOW)
    assert (found := await store.delivery(outgoing("1").id)) is not None
    assert found.fate is Fate.WAITING
    (parcel,) = await claim_out(store)
    await store.settle(parcel, Outcome(fate=Fate.SENT, message="m7"), now=NOW + SECOND)
    assert (found := await store.delivery(parcel.id)) is not None
    assert (found.fate, found.done_at) == (Fate.SENT, NOW + SECOND)
    assert found.message == store.named("message", "m7")
    assert await store.delivery("nothing") is None


async def test_two_claimers_at_once_never_get_the_same(store: SqlStore) -> None:
    await store.post([outgoing(f"{n}", to=f"r{n}", by=None) for n in range(200)], now=NOW)
    got = await asyncio.gather(*(claim_out(store, owner=f"o{n}", limit=10) for n in range(20)))
    seqs = [p.seq for parcels in got for p in parcels]
    assert len(seqs) == len(set(seqs))
    rest = await claim_out(store, limit=200)
    assert len(seqs) + len(rest) == 200


async def test_a_daily_job_is_one_replicas(store: SqlStore) -> None:
    day = timedelta(days=1)
    turns = await asyncio.gather(*(store.take_turn("report", every=day, now=NOW) for _ in range(10)))
    assert sum(turns) == 1
    assert not await store.take_turn("report", every=day, now=NOW + day - SECOND)
    assert await store.take_turn("report", every=day, now=NOW + day)


async def test_counts_add_up_by_day(store: SqlStore) -> None:
    await asyncio.gather(*(store.count("helpful", now=NOW) for _ in range(5)))
    await store.count("helpful", now=NOW - timedelta(days=2), by=3)
    assert await store.counts(since=NOW - timedelta(days=1)) == {"helpful": 5}
    assert await store.counts(since=NOW - timedelta(days=3)) == {"helpful": 8}


async def test_secrets_are_kept_changed_and_forgotten(store: SqlStore) -> None:
    assert await store.get("bot") is None
    await store.put("bot", b"one")
    await store.put("bot", b"two")
    assert await store.get("bot") == b"two"
    await store.delete("bot")
    assert await store.get("bot") is None


async def test_a_failing_statement_says_nothing_of_what_was_in_it(store: SqlStore) -> None:
    with pytest.raises(StoreError) as caught:
        async with store.begin() as connection:
            await connection.execute(jobs.insert(), [{"name": "seeded-words", "done_at": NOW}] * 2)
    told = "".join(traceback.format_exception(caught.value))
    assert "seeded-words" not in told.replace('{"name": "seeded-words"', "")


def the_store_keeps_its_contract(store: SqlStore) -> tuple[Store, SecretBox]:
    """Read by mypy: a store is what the ports say."""
    return store, store


async def test_an_event_is_taken_as_it_is_written_where_nothing_else_is_open(sqlite_store: SqlStore) -> None:
    new, taken = await sqlite_store.accept_and_hold(event(), now=NOW, hold=MINE)
    assert new
    assert taken is not None
    assert await sqlite_store.accept_and_hold(event(), now=NOW, hold=MINE) == (False, None)
    assert not await claim(sqlite_store, NOW + SECOND)
    await sqlite_store.release_expired(now=NOW + LEASE + SECOND)
    (again,) = await claim(sqlite_store, NOW + LEASE + SECOND)
    assert (again.event, again.seq, again.attempt, taken.attempt) == (taken.event, taken.seq, 2, 1)
    assert not await sqlite_store.finish(taken, said("late"), taken.state, now=NOW + LEASE + SECOND)


async def test_an_event_of_a_busy_conversation_waits_its_turn(sqlite_store: SqlStore) -> None:
    both = (sqlite_store.accept_and_hold(event(f"{n}"), now=NOW, hold=MINE) for n in range(2))
    (_, first), (new, second) = await asyncio.gather(*both)
    assert first is not None
    assert new
    assert second is None
    assert not await claim(sqlite_store)
    kept = ConversationState(language="fr")
    assert await sqlite_store.finish(first, None, kept, now=NOW)
    (after,) = await claim(sqlite_store)
    assert (after.event.id, after.state) == ("1", kept)


async def test_a_reply_is_taken_as_it_is_written_where_nothing_goes_before_it(sqlite_store: SqlStore) -> None:
    _, arrival = await sqlite_store.accept_and_hold(event(), now=NOW, hold=MINE)
    assert arrival is not None
    ours, parcel = await sqlite_store.finish_and_hold(arrival, said("hi"), arrival.state, now=NOW, hold=MINE)
    assert ours
    assert parcel is not None
    assert not await claim_out(sqlite_store)
    await sqlite_store.release_expired(now=NOW + LEASE + SECOND)
    (again,) = await claim_out(sqlite_store, NOW + LEASE + SECOND)
    assert (again.id, again.to, again.reply) == (parcel.id, parcel.to, parcel.reply)
    assert (parcel.tried_at, again.tried_at, again.first_tried_at, again.attempt) == (None, NOW, NOW, 2)


async def test_a_reply_behind_another_waits_its_turn(sqlite_store: SqlStore) -> None:
    await sqlite_store.post([outgoing("before", to="r1")], now=NOW)
    _, arrival = await sqlite_store.accept_and_hold(event(at="r1"), now=NOW, hold=MINE)
    assert arrival is not None
    ours, parcel = await sqlite_store.finish_and_hold(arrival, said("hi"), arrival.state, now=NOW, hold=MINE)
    assert ours
    assert parcel is None
    (first,) = await claim_out(sqlite_store)
    assert await sqlite_store.settle(first, Outcome(fate=Fate.SENT, message="m"), now=NOW)
    (second,) = await claim_out(sqlite_store)
    assert second.reply == said("hi")


async def test_what_replicas_write_is_left_to_claims(store: SqlStore) -> None:
    new, taken = await store.accept_and_hold(event(), now=NOW, hold=MINE)
    assert new
    assert (taken is not None) == store.alone
    arrival = taken or (await claim(store))[0]
    ours, parcel = await store.finish_and_hold(arrival, said("hi"), arrival.state, now=NOW, hold=MINE)
    assert ours
    assert (parcel is not None) == store.alone
    assert len(await claim_out(store)) == (0 if store.alone else 1)


async def test_a_key_made_by_a_failed_transaction_is_not_used(sqlite_store: SqlStore) -> None:
    async def fails() -> None:
        async with sqlite_store.begin() as connection:
            await sqlite_store.keys_for(connection, [person()], now=NOW)
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError):
        await fails()
    assert await sqlite_store.accept(event(), now=NOW)


async def test_who_gives_up_in_the_middle_leaves_the_store_working(sqlite_store: SqlStore) -> None:
    assert await sqlite_store.accept(event("0"), now=NOW)
    for n in range(20):
        looking = asyncio.create_task(sqlite_store.waiting())
        for _ in range(n):
            await asyncio.sleep(0)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        assert await sqlite_store.accept(event(f"e{n}"), now=NOW)
    assert await sqlite_store.waiting() == 21
