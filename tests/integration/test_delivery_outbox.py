"""The way out: once, when due, at the platform's pace, and never simply again when nobody knows whether it arrived."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta

import pytest

from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.settings import DeliverySettings, Pace
from mediation_coach.domain.chat import Conversation, Reply
from mediation_coach.domain.delivery import Fate, Outgoing
from mediation_coach.errors import NotDelivered, TryLater
from mediation_coach.ports import Capabilities
from mediation_coach.store.sql import SqlStore
from tests.fakes import NOW, Clock, RecordingAdapter, person, room, said

SECOND = timedelta(seconds=1)
KEYED = Capabilities(idempotent_send=True)
LOOKING = Capabilities(look_up=True)
NEITHER = Capabilities()


def outgoing(key: str, *, to: str = "r1", due: datetime = NOW, kind: str = "reply") -> Outgoing:
    return Outgoing(key=key, to=room(to), reply=said(key), due_at=due, kind=kind, person=person())


class Post:
    """An outbox with a clock of its own, delivering round by round."""

    def __init__(self, store: SqlStore, able: Capabilities = KEYED, settings: DeliverySettings | None = None) -> None:
        self.store = store
        self.clock = Clock()
        self.adapter = RecordingAdapter(capabilities=able)
        self.metrics = Metrics()
        self.settings = settings or DeliverySettings()
        self.outbox = self.another()

    def another(self) -> Outbox:
        """Return the outbox of one more replica."""
        return Outbox(
            self.store, {"fake": self.adapter}, settings=self.settings, metrics=self.metrics, clock=self.clock
        )

    async def after(self, **by: float) -> list[str]:
        """Return all that was sent once so much time has passed and everything due was tried."""
        self.clock.forward(**by)
        await self.store.release_expired(now=self.clock.now)
        while await self.outbox.deliver_due():
            pass
        return [sent.text for sent in self.adapter.sent]

    async def fate(self, key: str) -> Fate:
        found = await self.store.delivery(outgoing(key).id)
        assert found is not None
        return found.fate

    async def crash_while_sending(self, *, taken: bool) -> None:
        """Let a replica die in the middle of a send, after (or before) the platform took the message."""
        (parcel,) = await self.store.claim_parcels(
            adapters=["fake"], owner="dead", now=self.clock.now, lease=timedelta(seconds=60), limit=1
        )
        if taken:
            await self.adapter.send(parcel.to, parcel.reply, key=parcel.id)


async def test_a_reply_is_sent_under_its_own_id(store: SqlStore) -> None:
    post = Post(store)
    await store.post([outgoing("a")], now=NOW)
    assert await post.after() == ["a"]
    assert post.adapter.sent[0].key == outgoing("a").id
    assert await post.fate("a") is Fate.SENT


async def test_a_check_in_waits_for_its_day(store: SqlStore) -> None:
    post = Post(store)
    await store.post([outgoing("ahead", due=NOW + timedelta(days=30)), outgoing("now")], now=NOW)
    assert await post.after(days=29) == ["now"]
    assert await post.after(days=2) == ["now", "ahead"]


async def test_a_busy_platform_is_tried_again_when_it_says(store: SqlStore) -> None:
    post = Post(store)
    post.adapter.fails = [TryLater("fake", "ratelimited", 60 * SECOND)]
    await store.post([outgoing("a"), outgoing("b")], now=NOW)
    assert await post.after() == []
    assert await post.after(seconds=59) == []
    assert await post.after(seconds=2) == ["a", "b"]
    assert post.adapter.looked_up == []


async def test_two_hundred_replies_on_a_platform_that_is_often_busy_all_arrive_once_and_in_order(
    store: SqlStore,
) -> None:
    luck = random.Random(3)
    post = Post(store)
    send = post.adapter.send

    async def moody(to: Conversation, reply: Reply, *, key: str) -> str:
        if luck.random() < 0.3:
            raise TryLater("fake", "ratelimited", 2 * SECOND)
        if luck.random() < 0.2:
            post.adapter.fails_after = [TryLater("fake", "internal_error", SECOND, sent_unknown=True)]
        return await send(to, reply, key=key)

    post.adapter.send = moody  # type: ignore[method-assign]
    await store.post([outgoing(f"{n}", to=f"r{n % 10}") for n in range(200)], now=NOW)
    while (await store.outbox_counts(now=post.clock.now))["waiting"] + (await store.outbox_counts(now=post.clock.now))[
        "due"
    ]:
        await post.after(seconds=20)
    assert post.adapter.texts() == {f"r{r}": [f"{n}" for n in range(r, 200, 10)] for r in range(10)}


async def test_refused_for_good_is_given_up_and_seen(store: SqlStore) -> None:
    post = Post(store)
    post.adapter.fails = [NotDelivered("fake", "channel_not_found")]
    await store.post([outgoing("a"), outgoing("b")], now=NOW)
    assert await post.after() == ["b"]
    assert [(d.fate, d.reason) for d in await store.held_back()] == [(Fate.DEAD, "channel_not_found")]
    labels = {"adapter": "fake", "kind": "reply", "fate": "dead"}
    assert post.metrics.registry.get_sample_value("coach_replies_total", labels) == 1


async def test_it_gives_up_after_so_many_attempts(sqlite_store: SqlStore) -> None:
    post = Post(sqlite_store, settings=DeliverySettings(send_attempts=3))
    post.adapter.fails = [TryLater("fake", "down", SECOND) for _ in range(9)]
    await sqlite_store.post([outgoing("a")], now=NOW)
    for _ in range(5):
        await post.after(minutes=20)
    assert post.adapter.attempts == 3
    assert await post.fate("a") is Fate.DEAD


async def test_after_a_crash_the_same_key_is_used_again_where_the_platform_knows_keys(store: SqlStore) -> None:
    post = Post(store, KEYED)
    await store.post([outgoing("a")], now=NOW)
    await post.crash_while_sending(taken=True)
    assert await post.after(seconds=61) == ["a"]
    assert (post.adapter.attempts, post.adapter.looked_up) == (2, [])
    assert await post.fate("a") is Fate.SENT


async def test_a_key_the_platform_may_have_forgotten_is_looked_up(sqlite_store: SqlStore) -> None:
    post = Post(sqlite_store, Capabilities(idempotent_send=True, look_up=True))
    await sqlite_store.post([outgoing("a")], now=NOW)
    await post.crash_while_sending(taken=True)
    assert await post.after(hours=21) == ["a"]
    assert (post.adapter.attempts, len(post.adapter.looked_up)) == (1, 1)


@pytest.mark.parametrize("taken", [True, False])
async def test_after_a_crash_the_message_is_looked_for_where_the_platform_knows_no_keys(
    store: SqlStore, taken: bool
) -> None:
    post = Post(store, LOOKING)
    await store.post([outgoing("a")], now=NOW)
    await post.crash_while_sending(taken=taken)
    assert await post.after(seconds=61) == ["a"]
    assert len(post.adapter.looked_up) == 1
    assert post.adapter.attempts == 1
    assert await post.fate("a") is Fate.SENT


async def test_the_look_waits_until_a_taken_message_would_show(sqlite_store: SqlStore) -> None:
    post = Post(sqlite_store, LOOKING)
    post.adapter.fails_after = [TryLater("fake", "connection lost", SECOND, sent_unknown=True)]
    await sqlite_store.post([outgoing("a")], now=NOW)
    assert await post.after() == ["a"]
    await post.after(seconds=10)
    assert post.adapter.looked_up == []
    await post.after(seconds=25)
    assert len(post.adapter.looked_up) == 1
    assert await post.fate("a") is Fate.SENT
    assert post.adapter.attempts == 1


async def test_where_no_look_is_possible_a_setting_by_kind_decides(sqlite_store: SqlStore) -> None:
    settings = DeliverySettings(when_unsure={"reply": "send", "nudge": "hold"})
    post = Post(sqlite_store, NEITHER, settings)
    for kind in ("reply", "nudge", "unnamed"):
        await sqlite_store.post([outgoing(kind, kind=kind, to=kind)], now=NOW)
        await post.crash_while_sending(taken=False)
    assert await post.after(seconds=61) == ["reply"]
    assert [await post.fate(k) for k in ("reply", "nudge", "unnamed")] == [Fate.SENT, Fate.UNCERTAIN, Fate.UNCERTAIN]
    assert await sqlite_store.try_again(outgoing("nudge").id, now=post.clock.now)
    assert await post.after() == ["reply", "nudge"]


async def test_a_fault_in_an_adapter_counts_as_an_unknown_outcome(sqlite_store: SqlStore) -> None:
    post = Post(sqlite_store, LOOKING)
    post.adapter.fails_after = [ValueError("a bug")]  # type: ignore[list-item]
    await sqlite_store.post([outgoing("a")], now=NOW)
    await post.after()
    assert await post.after(seconds=40) == ["a"]
    assert len(post.adapter.looked_up) == 1


async def test_nothing_is_posted_when_the_lease_is_nearly_over(sqlite_store: SqlStore) -> None:
    post = Post(sqlite_store)
    await sqlite_store.post([outgoing("a")], now=NOW)
    (parcel,) = await sqlite_store.claim_parcels(
        adapters=["fake"], owner="slow", now=NOW, lease=timedelta(seconds=60), limit=1
    )
    post.clock.forward(seconds=55)
    await post.outbox._deliver(parcel)
    assert post.adapter.attempts == 0
    assert await post.after() == ["a"]
    assert post.adapter.looked_up == []


async def test_a_send_that_hangs_is_cut_before_the_lease_ends(sqlite_store: SqlStore) -> None:
    settings = DeliverySettings(send_lease_seconds=2, send_margin_seconds=1.9, look_after_seconds=0)
    post = Post(sqlite_store, LOOKING, settings)
    post.adapter.hold = asyncio.Event()
    await sqlite_store.post([outgoing("a")], now=NOW)
    await post.outbox.deliver_due()
    post.adapter.hold = None
    assert await post.fate("a") is Fate.WAITING
    assert await post.after(seconds=2) == ["a"]
    assert len(post.adapter.looked_up) == 1


async def test_a_channel_is_not_written_to_faster_than_its_pace(sqlite_store: SqlStore) -> None:
    pace = {"fake": Pace(conversation_per_second=0.2, conversation_burst=2)}
    post = Post(sqlite_store, settings=DeliverySettings(pace=pace))
    await sqlite_store.post([outgoing(f"{n}") for n in range(4)] + [outgoing("x", to="r2")], now=NOW)
    assert sorted(await post.after()) == ["0", "1", "x"]
    assert len(await post.after(seconds=4)) == 3
    assert len(await post.after(seconds=2)) == 4
    assert len(await post.after(seconds=5)) == 5


async def test_a_workspace_is_not_written_to_faster_than_its_pace(sqlite_store: SqlStore) -> None:
    pace = {"fake": Pace(workspace_per_second=0.1, workspace_burst=3)}
    post = Post(sqlite_store, settings=DeliverySettings(pace=pace))
    await sqlite_store.post([outgoing(f"{n}", to=f"r{n}") for n in range(10)], now=NOW)
    assert len(await post.after()) == 3
    assert len(await post.after(seconds=60)) == 6


async def test_several_replicas_send_nothing_twice(store: SqlStore) -> None:
    post = Post(store, NEITHER)
    await store.post([outgoing(f"{n}", to=f"r{n % 50}") for n in range(400)], now=NOW)
    replicas = [post.another() for _ in range(4)]
    while any(await asyncio.gather(*(replica.deliver_due() for replica in replicas))):
        pass
    assert sorted(int(s.text) for s in post.adapter.sent) == list(range(400))
    assert post.adapter.texts() == {f"r{r}": [f"{n}" for n in range(r, 400, 50)] for r in range(50)}


async def test_draining_lets_a_send_in_flight_finish(sqlite_store: SqlStore) -> None:
    post = Post(sqlite_store)
    post.adapter.delay = 0.1
    await sqlite_store.post([outgoing("a")], now=NOW)
    delivering = asyncio.create_task(post.outbox.deliver())
    await post.adapter.until_tried(1)
    await post.outbox.drain(5)
    await delivering
    assert await post.fate("a") is Fate.SENT


async def test_what_was_taken_back_is_not_sent(store: SqlStore) -> None:
    post = Post(store)
    await store.post([outgoing("a", due=NOW + SECOND), outgoing("b", due=NOW + SECOND, kind="check_in")], now=NOW)
    await store.cancel(person(), kinds=["check_in"])
    assert await post.after(seconds=2) == ["a"]


async def test_an_adapter_states_the_pace_of_its_platform_and_a_setting_overrides_it(sqlite_store: SqlStore) -> None:
    able = Capabilities(idempotent_send=True, conversation_per_second=0.01)
    await sqlite_store.post([outgoing(f"{n}") for n in range(10)], now=NOW)
    assert len(await Post(sqlite_store, able).after()) == 3
    assert len(await Post(sqlite_store, able, DeliverySettings(pace={"fake": Pace()})).after(hours=1)) == 7
