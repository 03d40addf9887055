"""The way in: accepted once, answered once, in order, whatever fails."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from mediation_coach.delivery.inbox import Inbox, Says
from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.domain.chat import ConversationState, Event, Intent, Reply
from mediation_coach.errors import StoreError
from mediation_coach.ports import Handle
from mediation_coach.store.sql import SqlStore
from tests.fakes import Clock, RecordingAdapter, echo, event, failing, person, room, said

SAYS = Says(
    busy=lambda _: said("busy"),
    full=lambda _: said("full"),
    too_fast=lambda _: said("slowly"),
    sorry=lambda _: said("sorry"),
)
QUICK = DeliverySettings(poll_seconds=0.05, person_burst=100_000, slow_backlog=4000, answer_lease_seconds=5)


class House:
    """An inbox and an outbox on one store and one platform, running."""

    def __init__(
        self,
        store: SqlStore,
        answer: Handle = echo,
        *,
        settings: DeliverySettings = QUICK,
        adapter: RecordingAdapter | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.store = store
        self.adapter = adapter or RecordingAdapter()
        self.metrics = Metrics()
        timed: dict[str, Any] = {} if clock is None else {"clock": clock}
        self.outbox = Outbox(store, {"fake": self.adapter}, settings=settings, metrics=self.metrics, **timed)
        self.inbox = Inbox(
            store,
            answer,
            adapters=["fake"],
            says=SAYS,
            settings=settings,
            metrics=self.metrics,
            show_working=self.adapter.working,
            outbox=self.outbox,
            **timed,
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[House]:
        working = asyncio.gather(self.inbox.work(), self.outbox.deliver())
        try:
            yield self
        finally:
            await self.inbox.drain(10)
            await self.outbox.drain(10)
            await working

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0


Opened = Callable[..., AbstractAsyncContextManager[House]]


async def test_a_question_is_answered_where_it_was_asked(store: SqlStore) -> None:
    async with House(store).open() as house:
        await house.inbox.accept(event(text="how to begin?", at="C1"))
        (sent,) = await house.adapter.until_sent(1)
    assert (sent.text, sent.to) == ("0: how to begin?", room("C1"))


async def test_hundreds_of_events_with_repeats_are_each_answered_once_and_in_order(store: SqlStore) -> None:
    luck = random.Random(7)
    events = [event(f"{n}", f"{n}", by=f"p{n % 20}", at=f"r{n % 20}") for n in range(400)]
    told: dict[str, list[Event]] = defaultdict(list)
    for one in events:
        told[one.conversation.room].append(one)

    async def tell(inbox: Inbox, mine: list[Event]) -> None:
        for n, one in enumerate(mine):
            await inbox.accept(one)
            if luck.random() < 0.2:
                await inbox.accept(luck.choice(mine[: n + 1]))

    async with House(store).open() as house:
        await asyncio.gather(*(tell(house.inbox, mine) for mine in told.values()))
        await house.adapter.until_sent(400, within=50)
    assert len(house.adapter.sent) == 400
    assert house.adapter.texts() == {r: [f"{n}: {e.text}" for n, e in enumerate(es)] for r, es in told.items()}


async def test_conversations_do_not_wait_for_each_other(sqlite_store: SqlStore) -> None:
    go = asyncio.Event()

    async def slow_in_one_room(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        if event.conversation.room == "slow":
            await go.wait()
        return said(event.text), state

    async with House(sqlite_store, slow_in_one_room).open() as house:
        await house.inbox.accept(event("1", "first", at="slow"))
        await house.inbox.accept(event("2", "second", at="fast", by="p2"))
        await house.adapter.until_sent(1)
        go.set()
        await house.adapter.until_sent(2)
    assert [s.text for s in house.adapter.sent] == ["second", "first"]


async def test_no_more_than_so_many_are_answered_at_once(sqlite_store: SqlStore) -> None:
    now = most = 0

    async def counted(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return said(event.text), state

    settings = QUICK.model_copy(update={"workers": 3})
    async with House(sqlite_store, counted, settings=settings).open() as house:
        await asyncio.gather(*(house.inbox.accept(event(f"{n}", at=f"r{n}", by=f"p{n}")) for n in range(20)))
        await house.adapter.until_sent(20)
    assert most == 3


async def test_an_answer_that_fails_is_tried_again_and_keeps_its_place(sqlite_store: SqlStore) -> None:
    settings = QUICK.model_copy(update={"longest_wait_seconds": 0.01})
    async with House(sqlite_store, failing(2), settings=settings).open() as house:
        await house.inbox.accept(event("1", "first"))
        await house.inbox.accept(event("2", "second"))
        await house.adapter.until_sent(2)
    assert house.counted("coach_answer_failures_total", error="RuntimeError") == 2
    assert [s.text for s in house.adapter.sent] == ["0: first", "1: second"]


async def test_after_the_last_attempt_it_says_sorry_and_counts_it(sqlite_store: SqlStore) -> None:
    settings = QUICK.model_copy(update={"answer_attempts": 1})
    async with House(sqlite_store, failing(1), settings=settings).open() as house:
        await house.inbox.accept(event("1", "first"))
        await house.inbox.accept(event("2", "second"))
        await house.adapter.until_sent(2)
    assert [s.text for s in house.adapter.sent] == ["sorry", "0: second"]
    assert house.counted("coach_events_total", adapter="fake", result="given_up") == 1


async def test_an_answer_that_takes_too_long_counts_as_failed(sqlite_store: SqlStore) -> None:
    async def never(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        await asyncio.Event().wait()
        return None, state

    settings = QUICK.model_copy(update={"answer_attempts": 1, "answer_seconds": 0.05})
    async with House(sqlite_store, never, settings=settings).open() as house:
        await house.inbox.accept(event())
        await house.adapter.until_sent(1)
    assert house.counted("coach_answer_failures_total", error="TimeoutError") == 1


async def test_someone_who_asks_too_fast_is_told_once_and_others_are_not_touched(sqlite_store: SqlStore) -> None:
    settings = QUICK.model_copy(update={"person_burst": 3, "person_per_minute": 60})
    async with House(sqlite_store, settings=settings, clock=Clock()).open() as house:
        for n in range(6):
            await house.inbox.accept(event(f"{n}", f"{n}"))
        await house.inbox.accept(event("other", "other", by="p2", at="r2"))
        await house.adapter.until_sent(5)
    assert sorted(s.text for s in house.adapter.sent) == ["0: 0", "0: other", "1: 1", "2: 2", "slowly"]


async def test_stop_and_its_like_are_never_turned_away(sqlite_store: SqlStore) -> None:
    settings = QUICK.model_copy(update={"person_burst": 1, "person_per_minute": 1, "full_backlog": 1})
    house = House(sqlite_store, settings=settings, clock=Clock())
    await house.inbox.accept(event("1"))
    for intent in (Intent.STOPPED, Intent.DELETED, Intent.UNINSTALLED):
        stop = event(intent.value)
        await house.inbox.accept(
            Event(id=stop.id, person=stop.person, conversation=stop.conversation, at=stop.at, intent=intent)
        )
    assert await sqlite_store.waiting() == 4


async def test_a_full_house_keeps_its_bound_and_says_so_kindly_once(sqlite_store: SqlStore) -> None:
    settings = QUICK.model_copy(update={"slow_backlog": 5, "full_backlog": 10})
    house = House(sqlite_store, settings=settings, clock=Clock())
    for n in range(30):
        await house.inbox.accept(event(f"{n}", f"{n}", by=f"p{n % 3}", at=f"r{n % 3}"))
    assert await sqlite_store.waiting() == 10
    async with house.open():
        await house.adapter.until_sent(16)
    said_by_room = house.adapter.texts()
    assert all(texts.count("busy") == texts.count("full") == 1 for texts in said_by_room.values())
    assert house.counted("coach_events_total", adapter="fake", result="turned_away") == 20


async def test_another_replica_takes_over_what_a_dead_one_held(store: SqlStore) -> None:
    await store.accept(event("1", "first"), now=Clock().now)
    held = await store.claim_events(
        adapters=["fake"], owner="dead", now=Clock().now, lease=timedelta(seconds=5), limit=9
    )
    assert len(held) == 1
    clock = Clock()
    async with House(store, clock=clock).open() as house:
        await house.inbox.accept(event("2", "second"))
        clock.forward(seconds=6)
        assert await store.release_expired(now=clock.now) == 1
        house.inbox.wake()
        await house.adapter.until_sent(2)
    assert [s.text for s in house.adapter.sent] == ["0: first", "1: second"]


async def test_draining_finishes_what_is_in_hand_and_gives_back_the_rest(sqlite_store: SqlStore) -> None:
    started, go = asyncio.Semaphore(0), asyncio.Event()

    async def waits(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        started.release()
        await (go if event.text == "quick" else asyncio.Event()).wait()
        return said(event.text), state

    house = House(sqlite_store, waits)
    working = asyncio.create_task(house.inbox.work())
    await house.inbox.accept(event("1", "quick", at="a"))
    await house.inbox.accept(event("2", "endless", at="b", by="p2"))
    await started.acquire()
    await started.acquire()
    asyncio.get_running_loop().call_later(0.05, go.set)
    await house.inbox.drain(0.5)
    await working
    assert await sqlite_store.waiting() == 1
    again = await sqlite_store.claim_events(
        adapters=["fake"], owner="next", now=Clock().now + timedelta(days=9999), lease=timedelta(seconds=5), limit=9
    )
    assert [a.event.text for a in again] == ["endless"]


async def test_working_is_shown_when_it_takes_longer_and_always_cleared(sqlite_store: SqlStore) -> None:
    async def slow(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        await asyncio.sleep(0.1)
        if event.text == "fails":
            raise RuntimeError("on purpose")
        return said(event.text), state

    settings = QUICK.model_copy(update={"status_after_seconds": 0.02, "answer_attempts": 1})
    async with House(sqlite_store, slow, settings=settings).open() as house:
        await house.inbox.accept(event("1", "works", at="a"))
        await house.inbox.accept(event("2", "fails", at="b"))
        await house.adapter.until_sent(2)
    assert sorted((c.room, busy) for c, busy in house.adapter.busy) == [
        ("a", False),
        ("a", True),
        ("b", False),
        ("b", True),
    ]


async def test_what_one_person_says_is_in_nobody_elses_conversation(store: SqlStore) -> None:
    async def recall(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        _, after = await echo(event, state)
        return said(" ".join(t.question for t in after.turns)), after

    async with House(store, recall).open() as house:
        for n in range(40):
            await house.inbox.accept(event(f"{n}", f"secret-of-p{n % 4}", by=f"p{n % 4}", at="shared"))
        await house.adapter.until_sent(40)
    for sent in house.adapter.sent:
        assert len(set(sent.text.split())) == 1
    assert (await store.export_person(person("nobody")))["conversations"] == []


async def test_an_event_that_ends_the_process_each_time_does_not_do_so_for_ever(sqlite_store: SqlStore) -> None:
    async def never_called(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        raise AssertionError("this would have ended the process")

    await sqlite_store.accept(event(), now=Clock().now)
    for n in range(10):
        await sqlite_store.claim_events(
            adapters=["fake"], owner=f"dead{n}", now=Clock().now, lease=timedelta(seconds=5), limit=1
        )
        await sqlite_store.release_expired(now=Clock().now + timedelta(seconds=6))
    async with House(sqlite_store, never_called, clock=Clock()).open() as house:
        await house.adapter.until_sent(1)
    assert house.adapter.sent[0].text == "sorry"
    assert house.counted("coach_answer_failures_total", error="RuntimeError") == 1


async def test_who_hangs_up_while_an_event_is_written_is_answered_all_the_same(sqlite_store: SqlStore) -> None:
    async with House(sqlite_store).open() as house:
        await asyncio.sleep(0)
        for n in range(10):
            offering = asyncio.create_task(house.inbox.accept(event(f"{n}", f"{n}", at=f"r{n}", by=f"p{n}")))
            for _ in range(3 + n):
                await asyncio.sleep(0)
            offering.cancel()
            await asyncio.gather(offering, return_exceptions=True)
        written = len(await asyncio.gather(*(sqlite_store.accept(event(f"{n}"), now=Clock().now) for n in range(10))))
        await house.adapter.until_sent(written)
    assert await sqlite_store.waiting() == 0


async def test_an_answer_that_cannot_be_written_down_is_given_again(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, failures = sqlite_store.finish_and_hold, iter([StoreError("the disk is full")])

    async def fails_once(*args: Any, **more: Any) -> Any:
        for failure in failures:
            raise failure
        return await finish(*args, **more)

    monkeypatch.setattr(sqlite_store, "finish_and_hold", fails_once)
    async with House(sqlite_store).open() as house:
        await asyncio.sleep(0)
        await house.inbox.accept(event())
        await house.adapter.until_sent(1)
    assert await sqlite_store.waiting() == 0


async def test_nothing_that_comes_by_hand_is_left_lying_at_the_end(sqlite_store: SqlStore) -> None:
    house = House(sqlite_store)
    async with house.open():
        await asyncio.sleep(0)
        offering = [asyncio.create_task(house.inbox.accept(event(f"{n}", at=f"r{n}", by=f"p{n}"))) for n in range(20)]
        await asyncio.sleep(0.005)
    await asyncio.wait(offering, timeout=1)
    fresh = House(sqlite_store, adapter=house.adapter)
    async with fresh.open():
        await house.adapter.until_sent(20)
    assert len({sent.to for sent in house.adapter.sent}) == len(house.adapter.sent) == 20
