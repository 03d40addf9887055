"""Answers that are seen while they are written: one message in the end whatever dies, and a stop for the one who asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from mediation_coach.delivery.inbox import Inbox
from mediation_coach.delivery.live import Stage
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Intent, Person, Reply
from mediation_coach.domain.delivery import answer_id
from mediation_coach.errors import NotDelivered, Stopped, TryLater
from mediation_coach.ports import Capabilities, Showing
from mediation_coach.store.sql import SqlStore
from mediation_coach.testing import until
from tests.fakes import NOW, RecordingAdapter, Sent, event, person, room, said
from tests.integration.test_delivery_inbox import QUICK, SAYS


@dataclass
class Place:
    """What people see: the messages by their number."""

    messages: dict[str, str] = field(default_factory=dict)
    halves: dict[str, str] = field(default_factory=dict)

    def put(self, text: str, number: str = "") -> str:
        number = number or f"m{len(self.messages) + 1}"
        self.messages[number] = text
        return number

    def texts(self) -> list[str]:
        return list(self.messages.values())


@dataclass
class LiveAdapter(RecordingAdapter):
    """A platform whose messages can be changed; it forgets everything with its process, the place stays."""

    place: Place = field(default_factory=Place)
    halves: dict[str, str] = field(default_factory=dict)
    refuses: list[Exception] = field(default_factory=list)
    dies: bool = False
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(look_up=True, edits=True))

    def showing(self, to: Conversation) -> Showing | None:
        return None if to.room == "aside" else Showing(every=0.01, most=100)

    async def show(self, to: Conversation, so_far: str, *, key: str, person: Person) -> str:
        if self.refuses:
            raise self.refuses.pop(0)
        self.halves[key] = self.place.halves[key] = self.place.put(so_far, self.halves.get(key, ""))
        if self.dies:
            await asyncio.Event().wait()
        return self.halves[key]

    def take_up(self, *, key: str, half: str) -> None:
        assert half
        self.halves[key] = half

    async def find_half(self, to: Conversation, *, key: str, since: datetime) -> str:
        assert since <= datetime.now(UTC)
        return self.place.halves.get(key, "")

    async def _take(self, to: Conversation, reply: Reply, key: str) -> str:
        id_ = await super()._take(to, reply, key)
        self.place.put(self.sent[-1].text, self.halves.pop(key, ""))
        return id_


class Author:
    """Writes two sentences, then waits, then says the whole; where it was stopped it says so."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.began: list[str] = []
        self.ended: list[str] = []

    async def write(self, stage: Stage, event: Event) -> Reply | None:
        if event.intent is not Intent.MESSAGE:
            return None
        async with stage.page(event) as page:
            try:
                async with page.until_stopped():
                    self.began.append(event.text)
                    await page.show("one")
                    await page.show("one two")
                    await self.go.wait()
            except Stopped:
                self.ended.append(event.text)
                return said(f"stopped: {event.text}")
        return said(f"whole: {event.text}")


class Life:
    """One life of the coach over a database and a place that outlive it."""

    def __init__(
        self, store: SqlStore, place: Place, author: Author, *, settings: DeliverySettings = QUICK, send: bool = True
    ) -> None:
        self.store, self.author, self.sends = store, author, send
        self.adapter = LiveAdapter(place=place)
        adapters = {"fake": self.adapter}
        self.stage = Stage(adapters, store)
        self.outbox = Outbox(store, adapters, settings=settings, stage=self.stage)
        self.inbox = Inbox(
            store,
            self._answer,
            adapters=["fake"],
            says=SAYS,
            settings=settings,
            show_working=self.adapter.working,
            outbox=self.outbox if send else None,
            heard=self.stage.heard,
        )

    async def _answer(self, event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        return await self.author.write(self.stage, event), state

    @asynccontextmanager
    async def lived(self, *, killed: bool = False) -> AsyncIterator[Life]:
        """Live while the block lasts; where it is killed, nothing is finished, and the next life has what it held."""
        works = [self.inbox.work(), *([self.outbox.deliver()] if self.sends else [])]
        working = [asyncio.create_task(work) for work in works]
        try:
            yield self
        finally:
            if not killed:
                await self.inbox.drain(10)
                await self.outbox.drain(10)
            hands = [*working, *self.inbox._crew._in_hand, *self.outbox._crew._in_hand]
            for task in hands if killed else []:
                task.cancel()
            await asyncio.gather(*hands, return_exceptions=True)
            await self.store.release_expired(now=NOW + timedelta(days=9999))

    async def seen(self, text: str) -> None:
        await until(lambda: text in self.adapter.place.texts())


@pytest.fixture
def place() -> Place:
    return Place()


def stop(asked: Event, *, by: str = "", at: Conversation | None = None, **by_time: float) -> Event:
    """Return that someone pressed stop where `asked` was asked."""
    return Event(
        id=f"stop-{asked.id}-{by}-{at and at.room}",
        person=person(by) if by else asked.person,
        conversation=at or asked.conversation,
        at=asked.at + timedelta(**by_time),
        intent=Intent.STOPPED,
    )


async def notes(life: Life, asked: Event) -> bytes | None:
    return await life.store.get(f"half:{answer_id(asked)}")


async def test_it_is_seen_before_it_is_whole_and_the_reply_takes_its_place(store: SqlStore, place: Place) -> None:
    author, asked = Author(), event(text="a")
    async with Life(store, place, author).lived() as life:
        await life.inbox.accept(asked)
        await life.seen("one two")
        assert life.adapter.sent == []
        await until(lambda: _noted(life, asked))
        author.go.set()
        await life.adapter.until_sent(1)
        await until(lambda: not life.stage._noted)
    assert place.texts() == ["whole: a"]
    assert await notes(life, asked) is None


@pytest.mark.parametrize("early", [False, True], ids=["after the note", "before the platform's answer"])
@pytest.mark.parametrize("shown_again", [False, True])
async def test_killed_in_mid_answer_the_next_life_leaves_one_whole_answer(
    store: SqlStore, place: Place, early: bool, shown_again: bool
) -> None:
    asked = event(text="a")
    async with Life(store, place, Author()).lived(killed=True) as first:
        first.adapter.dies = early
        await first.inbox.accept(asked)
        await until(place.texts)
        if not early:
            await until(lambda: _noted(first, asked))
    assert len(place.texts()) == 1
    author = Author()
    if not shown_again:
        author.go.set()
    async with Life(store, place, author).lived() as second:
        await second.seen("one two" if shown_again else "whole: a")
        author.go.set()
        await second.adapter.until_sent(1)
    assert place.texts() == ["whole: a"]
    assert await notes(second, asked) is None


async def test_killed_between_the_answer_and_its_sending_it_replaces_the_half(store: SqlStore, place: Place) -> None:
    author, asked = Author(), event(text="a")
    async with Life(store, place, author, send=False).lived(killed=True) as first:
        await first.inbox.accept(asked)
        await first.seen("one two")
        author.go.set()
        await until(lambda: _nothing_waits(store))
    async with Life(store, place, Author()).lived() as second:
        await second.adapter.until_sent(1)
    assert place.texts() == ["whole: a"]


async def _noted(life: Life, asked: Event) -> bool:
    return b'"m1"' in (await notes(life, asked) or b"")


async def test_an_attempt_that_failed_is_written_over(sqlite_store: SqlStore, place: Place) -> None:
    author = Author()
    settings = QUICK.model_copy(update={"longest_wait_seconds": 0.01, "answer_seconds": 0.3})
    async with Life(sqlite_store, place, author, settings=settings).lived() as life:
        await life.inbox.accept(event(text="a"))
        await until(lambda: len(author.began) == 2)
        author.go.set()
        await life.adapter.until_sent(1)
    assert place.texts() == ["whole: a"]


async def _nothing_waits(store: SqlStore) -> bool:
    return not await store.waiting()


@pytest.mark.parametrize(
    "fault", [TryLater("fake", "busy", timedelta(seconds=0.02)), NotDelivered("fake", "the stream died")]
)
async def test_where_showing_fails_the_answer_is_sent_all_the_same(
    sqlite_store: SqlStore, place: Place, fault: Exception
) -> None:
    author = Author()
    async with Life(sqlite_store, place, author).lived() as life:
        life.adapter.refuses = [fault]
        await life.inbox.accept(event(text="a"))
        await until(lambda: not life.adapter.refuses)
        if isinstance(fault, TryLater):
            await life.seen("one two")
        author.go.set()
        await life.adapter.until_sent(1)
    assert place.texts() == ["whole: a"]


async def test_a_stop_does_not_wait_behind_the_answer_and_the_question_is_done(store: SqlStore, place: Place) -> None:
    author, asked = Author(), event(text="a")
    async with Life(store, place, author).lived() as life:
        await life.inbox.accept(asked)
        await life.seen("one two")
        await life.inbox.accept(stop(asked, seconds=5))
        await life.adapter.until_sent(1)
    assert (author.ended, place.texts()) == (["a"], ["stopped: a"])
    again = Author()
    async with Life(store, place, again).lived() as second:
        await second.inbox.accept(asked)
        await asyncio.sleep(0.2)
    assert (again.began, place.texts()) == ([], ["stopped: a"])


async def test_only_the_one_who_asked_stops_and_only_there(sqlite_store: SqlStore, place: Place) -> None:
    author, asked = Author(), event(text="a")
    async with Life(sqlite_store, place, author).lived() as life:
        await life.inbox.accept(asked)
        await life.seen("one two")
        await life.inbox.accept(stop(asked, by="someone else"))
        await life.inbox.accept(stop(asked, at=room("another room")))
        await asyncio.sleep(0.05)
        author.go.set()
        await life.adapter.until_sent(1)
    assert place.texts() == ["whole: a"]


async def test_a_question_that_is_taken_back_is_stopped_by_its_author_alone(
    sqlite_store: SqlStore, place: Place
) -> None:
    author, asked = Author(), event(text="a")
    gone = replace(stop(asked), id="gone", intent=Intent.DELETED, about=asked.id)
    async with Life(sqlite_store, place, author).lived() as life:
        await life.inbox.accept(asked)
        await life.seen("one two")
        await life.inbox.accept(replace(gone, id="other", person=person("moderator")))
        await asyncio.sleep(0.05)
        assert author.ended == []
        await life.inbox.accept(gone)
        await life.adapter.until_sent(1)
    assert place.texts() == ["stopped: a"]


async def test_a_question_that_still_waits_is_stopped_too_and_the_next_one_is_answered(
    sqlite_store: SqlStore, place: Place
) -> None:
    author = Author()
    first, second = event("1", "a"), replace(event("2", "b"), at=NOW + timedelta(seconds=1))
    async with Life(sqlite_store, place, author).lived() as life:
        await life.inbox.accept(first)
        await life.seen("one two")
        await life.inbox.accept(second)
        await life.inbox.accept(stop(second))
        await life.inbox.accept(replace(event("3", "c"), at=NOW + timedelta(seconds=2)))
        author.go.set()
        await life.adapter.until_sent(3)
    assert [s.text for s in life.adapter.sent] == ["stopped: a", "stopped: b", "whole: c"]


@pytest.mark.parametrize(("where", "seen"), [("", False), ("thread of the question", True)])
async def test_among_others_it_is_seen_in_the_thread_of_the_question_only(
    sqlite_store: SqlStore, place: Place, where: str, seen: bool
) -> None:
    author = Author()
    shared = replace(event(text="a"), conversation=replace(room(), private=False, thread=where))
    async with Life(sqlite_store, place, author).lived() as life:
        await life.inbox.accept(shared)
        await until(lambda: author.began)
        await asyncio.sleep(0.05)
        assert place.texts() == (["one two"] if seen else [])
        author.go.set()
        await life.adapter.until_sent(1)
    assert place.texts() == ["whole: a"]


async def test_where_all_hands_are_full_those_who_wait_see_a_sign_too(sqlite_store: SqlStore, place: Place) -> None:
    author = Author()
    settings = QUICK.model_copy(update={"workers": 1, "status_after_seconds": 0.05})
    asked = [event(f"{n}", f"{n}", at=f"r{n}", by=f"p{n}") for n in range(4)]
    async with Life(sqlite_store, place, author, settings=settings).lived() as life:
        await asyncio.sleep(0)
        for one in asked:
            await life.inbox.accept(one)
        busy = life.adapter.busy
        await until(lambda: {c.room for c, on in busy if on} == {"r0", "r1", "r2", "r3"})
        assert len(author.began) == 1
        author.go.set()
        sent: list[Sent] = await life.adapter.until_sent(4)
    assert len(sent) == 4
    assert all([on for c, on in busy if c == one.conversation] == [True, False] for one in asked)


async def test_a_sign_for_a_question_that_others_took_up_goes_away(sqlite_store: SqlStore, place: Place) -> None:
    author = Author()
    settings = QUICK.model_copy(update={"workers": 1, "status_after_seconds": 0.01, "answer_seconds": 0.3})
    async with Life(sqlite_store, place, author, settings=settings).lived() as life:
        await asyncio.sleep(0)
        await life.inbox.accept(event("1", "a", at="r1"))
        await life.inbox.accept(event("2", "b", at="r2", by="p2"))
        await until(lambda: (room("r2"), True) in life.adapter.busy)
        elsewhere = await sqlite_store.claim_events(
            adapters=["fake"], owner="other", now=NOW + timedelta(days=9999), lease=timedelta(days=1), limit=9
        )
        assert [a.event.text for a in elsewhere] == ["b"]
        await until(lambda: (room("r2"), False) in life.adapter.busy)
        author.go.set()


async def test_all_answers_of_a_workspace_together_are_shown_at_the_pace_that_it_allows(
    sqlite_store: SqlStore, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(sqlite_store, place, Author())
    monkeypatch.setattr(life.adapter, "showing", lambda to: Showing(every=0.01, most=100, a_minute=12))
    one, two = event("1", "one", at="a"), event("2", "two", at="b")
    async with life.stage.page(one) as first, life.stage.page(two) as second:
        for words in ("a", "a b", "a b c"):
            await first.show(words)
            await second.show(words)
            await asyncio.sleep(0.1)
        assert len(place.messages) <= 2
        assert sum(len(text.split()) for text in place.texts()) <= 3


async def test_when_a_platform_says_that_it_is_busy_no_answer_there_is_shown_for_a_while(
    sqlite_store: SqlStore, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(sqlite_store, place, Author())
    monkeypatch.setattr(life.adapter, "showing", lambda to: Showing(every=0.01, most=100, a_minute=600))
    life.adapter.refuses = [TryLater("fake", "busy", timedelta(seconds=30))]
    one, two = event("1", "one", at="a"), event("2", "two", at="b")
    async with life.stage.page(one) as first, life.stage.page(two) as second:
        await first.show("a")
        await asyncio.sleep(0.1)
        await second.show("b")
        await asyncio.sleep(0.1)
        assert place.texts() == []
