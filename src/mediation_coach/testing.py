"""The contract of a chat adapter, as tests that any adapter's author can run against a platform on the desk.

Write a `Stage` for your platform (a local server with two people and the adapter on it), give it as the fixture
`stage`, and inherit:

    class TestMyAdapter(AdapterContract):
        @pytest.fixture
        async def stage(self) -> AsyncIterator[Stage]: ...

Where your platform has no such thing as a test asks for, say so in your class: `test_two_people_have_two_conversations = None`.
The tests are coroutines: run them with `pytest-asyncio` in `asyncio_mode = auto`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Protocol

from mediation_coach.domain.chat import (
    Choice,
    Choices,
    Conversation,
    Event,
    Field,
    Form,
    Intent,
    Person,
    Reply,
    SourceLine,
    Sources,
    Text,
)
from mediation_coach.errors import AdapterError, NotDelivered, TryLater
from mediation_coach.ports import ChatAdapter, LiveAdapter

# ruff: noqa: D102 - the name of a test is its sentence

PATIENCE = 20.0


class Stage(Protocol):
    """A platform with the adapter on it and two people, `first` and `second`, who can each write to the coach alone."""

    adapter: ChatAdapter

    async def write(self, text: str, *, by: str = "first") -> None:
        """Write `text` to the coach in the private conversation of `by`."""
        ...

    async def deliver_again(self) -> bool:
        """Make the platform deliver the newest message once more; False where it never does that."""
        ...

    async def seen(self, *, by: str = "first") -> Sequence[str]:
        """Return what `by` sees of the coach in private, oldest first: each message as all of its visible words."""
        ...

    async def refuse_next(self, *, seconds: int = 0) -> None:
        """Make the next post fail: as busy for `seconds`, or for good where that is 0."""
        ...


class Heard:
    """What an adapter handed over, in order."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.events: list[Event] = []
        self.failures = 0
        self._news = asyncio.Condition()

    async def receive(self, event: Event) -> None:
        """Keep an event; while `failures` is above zero fail instead, as a full disk would."""
        if self.failures:
            self.failures -= 1
            raise OSError("the contract's receiver fails on purpose")
        async with self._news:
            self.events.append(event)
            self._news.notify_all()

    def of(self, intent: Intent) -> list[Event]:
        """Return the events of one intent."""
        return [event for event in self.events if event.intent is intent]

    async def wait(self, count: int = 1, *, intent: Intent = Intent.MESSAGE, within: float = PATIENCE) -> list[Event]:
        """Return the events of `intent` once there are `count` of them."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: len(self.of(intent)) >= count)
        return self.of(intent)


@asynccontextmanager
async def listening(adapter: ChatAdapter, heard: Heard | None = None) -> AsyncIterator[Heard]:
    """Run `adapter` while the block lasts; what it hands over is in the value."""
    heard = heard or Heard()
    running = asyncio.create_task(adapter.run(heard.receive))
    try:
        await until(lambda: _is_ready(adapter, running))
        yield heard
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def until(holds: Callable[[], object], *, within: float = PATIENCE) -> None:
    """Return as soon as `holds()`, awaited where it must be, is true; raise TimeoutError when it never is."""
    async with asyncio.timeout(within):
        while True:
            answer = holds()
            if await answer if asyncio.iscoroutine(answer) else answer:
                return
            await asyncio.sleep(0.01)


async def _is_ready(adapter: ChatAdapter, running: asyncio.Task[None]) -> bool:
    if running.done():
        running.result()
        raise AssertionError("run() ended by itself")
    return await adapter.ready() is None


def saying(words: str, *, ring: bool = False) -> Reply:
    """Return a reply of a few words."""
    return Reply(blocks=(Text(markdown=words),), summary=words, ring=ring)


def rich_reply() -> Reply:
    """Return a reply with words, sources and choices: everything an answer is made of."""
    return Reply(
        summary="Process design",
        blocks=(
            Text(markdown="**In short** Map who can block it. [1]\n\n1. List the actors.\n2. Ask who is absent."),
            Sources(
                lines=(
                    SourceLine(
                        number=1, title="Who is at the table", note="as of 2024-05-01", url="https://example.org/a"
                    ),
                )
            ),
            Choices(
                choices=(Choice(id="answer:more", label="More"), Choice(id="answer:risks", label="Risks")),
                prompt="Go on with:",
            ),
        ),
    )


def long_reply(paragraphs: int = 400) -> Reply:
    """Return a reply that no platform takes in one message; its paragraphs are numbered from `p0.`."""
    words = "a mediator listens before proposing, and says what cannot be promised yet, " * 3
    return Reply(blocks=(Text(markdown="\n\n".join(f"p{n}. {words}" for n in range(paragraphs))),), summary="long")


class AdapterContract:
    """What every chat adapter does. Inherit it and give the fixture `stage`."""

    async def test_says_what_it_is(self, stage: Stage) -> None:
        adapter = stage.adapter
        assert isinstance(adapter, ChatAdapter)
        assert adapter.name == adapter.name.lower().strip() != ""
        assert adapter.capabilities.longest_text > 0

    async def test_a_private_message_becomes_one_event(self, stage: Stage) -> None:
        async with listening(stage.adapter) as heard:
            await stage.write("Who should be at the first meeting?")
            (event,) = await heard.wait()
        assert event.text == "Who should be at the first meeting?"
        assert event.conversation.private
        assert event.id
        assert event.person.adapter == event.conversation.adapter == stage.adapter.name
        assert event.person.id
        assert event.at.utcoffset() is not None

    async def test_two_people_have_two_conversations(self, stage: Stage) -> None:
        async with listening(stage.adapter) as heard:
            await stage.write("one", by="first")
            await stage.write("two", by="second")
            one, two = sorted(await heard.wait(2), key=lambda e: e.text)
        assert one.conversation.key != two.conversation.key
        assert one.person.key != two.person.key

    async def test_messages_keep_their_order(self, stage: Stage) -> None:
        async with listening(stage.adapter) as heard:
            for number in range(5):
                await stage.write(f"message {number}")
                await heard.wait(number + 1)
        assert [e.text for e in heard.of(Intent.MESSAGE)] == [f"message {n}" for n in range(5)]
        assert len({e.id for e in heard.of(Intent.MESSAGE)}) == 5

    async def test_a_message_delivered_again_has_the_same_id(self, stage: Stage) -> None:
        async with listening(stage.adapter) as heard:
            await stage.write("once")
            (first,) = await heard.wait()
            if await stage.deliver_again():
                again = await heard.wait(2)
                assert {e.id for e in again} == {first.id}

    async def test_a_message_that_could_not_be_kept_comes_again(self, stage: Stage) -> None:
        heard = Heard()
        heard.failures = 1
        async with listening(stage.adapter, heard):
            await stage.write("do not lose me")
            events = await heard.wait()
        assert events[0].text == "do not lose me"

    async def test_a_reply_is_seen_where_the_question_was_asked(self, stage: Stage) -> None:
        async with listening(stage.adapter) as heard:
            to = await _asked(stage, heard)
            sent = await stage.adapter.send(to, rich_reply(), key="contract-1")
        assert sent
        words = "\n".join(await stage.seen())
        for part in (
            "Map who can block it",
            "Ask who is absent",
            "Who is at the table",
            "2024-05-01",
            "Go on with",
            "More",
            "Risks",
        ):
            assert part in words
        assert not await stage.seen(by="second")

    async def test_the_coach_does_not_hear_itself(self, stage: Stage) -> None:
        async with listening(stage.adapter) as heard:
            to = await _asked(stage, heard)
            await stage.adapter.send(to, saying("mine"), key="contract-2")
            await stage.write("yours")
            await heard.wait(2)
        assert [e.text for e in heard.of(Intent.MESSAGE)] == ["ask", "yours"]

    async def test_a_long_reply_loses_nothing(self, stage: Stage) -> None:
        async with listening(stage.adapter) as heard:
            to = await _asked(stage, heard)
            await stage.adapter.send(to, long_reply(), key="contract-3")
        words = "\n".join(await stage.seen())
        places = [words.find(f"p{n}. ") for n in range(400)]
        assert -1 not in places
        assert places == sorted(places)

    async def test_a_form_shows_what_it_asks(self, stage: Stage) -> None:
        form = Form(id="commitment", title="Your commitment", fields=(Field(id="what", label="What will you do?"),))
        async with listening(stage.adapter) as heard:
            to = await _asked(stage, heard)
            await stage.adapter.send(to, Reply(blocks=(form,), summary="Your commitment"), key="contract-4")
        words = "\n".join(await stage.seen())
        assert "Your commitment" in words or "What will you do?" in words

    async def test_what_was_sent_can_be_found_or_is_not_sent_twice(self, stage: Stage) -> None:
        reply = saying("only once")
        async with listening(stage.adapter) as heard:
            to = await _asked(stage, heard)
            assert await stage.adapter.find_sent(to, key="contract-never") is None
            first = await stage.adapter.send(to, reply, key="contract-5")
            if stage.adapter.capabilities.look_up:
                assert await stage.adapter.find_sent(to, key="contract-5") == first
            if stage.adapter.capabilities.idempotent_send:
                assert await stage.adapter.send(to, reply, key="contract-5") == first
        assert sum("only once" in words for words in await stage.seen()) == 1

    async def test_what_is_seen_while_it_is_written_is_exactly_the_reply_in_the_end(self, stage: Stage) -> None:
        adapter = stage.adapter
        if not isinstance(adapter, LiveAdapter):
            return
        async with listening(adapter) as heard:
            await stage.write("ask")
            (event,) = await heard.wait()
            pace = adapter.showing(event.conversation)
            assert pace is not None
            for so_far in ("a first sentence", "a first sentence\n\n- and a second"):
                half = await adapter.show(event.conversation, so_far, key="contract-10", person=event.person)
                await asyncio.sleep(pace.every)
            assert half
            assert await adapter.find_sent(event.conversation, key="contract-10") is None
            assert ["and a second" in words for words in await stage.seen()] == [True]
            await adapter.send(event.conversation, saying("the whole"), key="contract-10")
            seen = await stage.seen()
        assert ["the whole" in words for words in seen] == [True]
        assert "sentence" not in seen[0]

    async def test_a_busy_platform_says_when_to_try_again(self, stage: Stage) -> None:
        async with listening(stage.adapter) as heard:
            to = await _asked(stage, heard)
            await stage.refuse_next(seconds=7)
            failure = await _failure(stage.adapter.send(to, saying("later"), key="contract-6"))
        assert isinstance(failure, TryLater)
        assert timedelta(seconds=1) <= failure.retry_after <= timedelta(seconds=60)
        assert not failure.sent_unknown

    async def test_a_refusal_is_told_as_one(self, stage: Stage) -> None:
        async with listening(stage.adapter) as heard:
            to = await _asked(stage, heard)
            await stage.refuse_next()
            failure = await _failure(stage.adapter.send(to, saying("unheard-of words"), key="contract-7"))
        assert isinstance(failure, NotDelivered)
        assert "unheard-of" not in str(failure)

    async def test_a_person_can_be_written_to_first(self, stage: Stage) -> None:
        async with listening(stage.adapter) as heard:
            await stage.write("hello")
            (event,) = await heard.wait()
            to = await stage.adapter.direct_conversation(event.person)
            assert to.private
            assert to.room
            await stage.adapter.send(to, saying("a check-in", ring=True), key="contract-8")
        assert any("a check-in" in words for words in await stage.seen())
        assert not await stage.seen(by="second")

    async def test_showing_work_never_fails(self, stage: Stage) -> None:
        nowhere = Conversation(adapter=stage.adapter.name, room="nowhere")
        async with listening(stage.adapter) as heard:
            to = await _asked(stage, heard)
            for place in (to, nowhere):
                await stage.adapter.working(place, busy=True)
                await stage.adapter.working(place, busy=False)

    async def test_a_stranger_cannot_be_reached_but_says_so_as_ours(self, stage: Stage) -> None:
        nobody = Person(adapter=stage.adapter.name, id="nobody-at-all")
        async with listening(stage.adapter):
            failure = await _failure(_write_to(stage.adapter, nobody))
        assert isinstance(failure, AdapterError)

    async def test_it_is_ready_only_while_connected(self, stage: Stage) -> None:
        assert await stage.adapter.ready()
        async with listening(stage.adapter):
            assert await stage.adapter.ready() is None
        assert await stage.adapter.ready()


async def _asked(stage: Stage, heard: Heard) -> Conversation:
    await stage.write("ask")
    (event,) = await heard.wait()
    return event.conversation


async def _write_to(adapter: ChatAdapter, person: Person) -> None:
    to = await adapter.direct_conversation(person)
    await adapter.send(to, saying("are you there?"), key="contract-9")


async def _failure(doing: Awaitable[object]) -> AdapterError | None:
    """Return how `doing` failed, or None when it did not."""
    try:
        await doing
    except AdapterError as exc:
        return exc
    return None
