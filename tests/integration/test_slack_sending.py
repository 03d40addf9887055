"""What leaves for Slack when Slack is busy, ill, or silent; and answers that appear while they are written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mediation_coach.adapters.slack import SlackAdapter
from mediation_coach.domain.chat import Conversation, Image, Person, Reply, Text
from mediation_coach.errors import NotDelivered, TryLater
from mediation_coach.testing import Heard, listening, long_reply, rich_reply, saying
from tests.slack_server import BOT, Fault, visible
from tests.slack_stage import SlackStage, options_for, staged

ONE = "U0FIRST"


@pytest.fixture
async def stage() -> AsyncIterator[SlackStage]:
    async with staged() as stage:
        yield stage


@pytest.fixture
async def at(stage: SlackStage) -> AsyncIterator[Conversation]:
    async with listening(stage.adapter) as heard:
        yield await asked(stage, heard)


async def asked(stage: SlackStage, heard: Heard, **more: Any) -> Conversation:
    await stage.server.say(ONE, f"<@{BOT}> ask", **more)
    return (await heard.wait())[-1].conversation


@asynccontextmanager
async def restarted(stage: SlackStage) -> AsyncIterator[SlackAdapter]:
    """Give the adapter as it is after a crash: it remembers nothing."""
    adapter = SlackAdapter(options_for(stage.server))
    try:
        yield adapter
    finally:
        await adapter.close()


@pytest.mark.parametrize(
    ("fault", "unknown"),
    [
        (Fault(status=500), True),
        (Fault(status=503), True),
        (Fault(error="internal_error"), True),
        (Fault(dropped=True), True),
        (Fault(dropped=True, done=True), True),
        (Fault(status=429, error="ratelimited", retry_after=3), False),
        (Fault(error="ratelimited", retry_after=3), False),
        (Fault(error="invalid_auth"), False),
        (Fault(error="missing_scope"), False),
    ],
)
async def test_a_failure_that_may_pass_says_whether_the_message_may_be_there(
    stage: SlackStage, at: Conversation, fault: Fault, unknown: bool
) -> None:
    stage.server.faults["chat.postMessage"].append(fault)
    with pytest.raises(TryLater) as raised:
        await stage.adapter.send(at, saying("hello"), key="k1")
    assert raised.value.sent_unknown is unknown
    assert await stage.adapter.send(at, saying("hello"), key="k1")


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "msg_too_long", "account_inactive"])
async def test_a_refusal_for_good_is_not_tried_again(stage: SlackStage, at: Conversation, error: str) -> None:
    stage.server.faults["chat.postMessage"].append(Fault(error=error))
    with pytest.raises(NotDelivered, match=error):
        await stage.adapter.send(at, saying("hello"), key="k1")


async def test_slack_out_of_reach_is_tried_later_and_surely_not_sent(stage: SlackStage) -> None:
    nowhere = SlackAdapter(options_for(stage.server, base_url="http://127.0.0.1:9/api/"))
    with pytest.raises(TryLater) as raised:
        await nowhere.send(Conversation(adapter="slack", room="D1"), saying("hello"), key="k1")
    assert not raised.value.sent_unknown
    await nowhere.close()


async def test_nothing_is_resent_behind_our_back(stage: SlackStage, at: Conversation) -> None:
    stage.server.faults["chat.postMessage"].append(Fault(dropped=True, done=True))
    with pytest.raises(TryLater):
        await stage.adapter.send(at, saying("once"), key="k1")
    assert stage.server.seen(ONE) == ["once"]


async def test_a_message_whose_answer_was_lost_is_found_by_its_key(stage: SlackStage, at: Conversation) -> None:
    stage.server.faults["chat.postMessage"].append(Fault(dropped=True, done=True))
    with pytest.raises(TryLater):
        await stage.adapter.send(at, saying("once"), key="k1")
    async with restarted(stage) as other:
        found = await other.find_sent(at, key="k1")
        assert found == f"{at.room}:{stage.server.direct(ONE).messages[-1]['ts']}"
        assert await other.find_sent(at, key="k2") is None


async def test_it_is_found_in_a_thread_and_behind_many_other_messages(stage: SlackStage) -> None:
    talks = stage.server.channel("C0TALKS")
    async with listening(stage.adapter) as heard:
        at = await asked(stage, heard, channel=talks)
        sent = await stage.adapter.send(at, saying("the answer"), key="k1")
        for _ in range(450):
            talks.messages.append({"ts": stage.server._ts(), "user": ONE, "text": "x", "thread_ts": at.thread})
        assert await stage.adapter.find_sent(at, key="k1") == sent


async def test_a_channel_that_may_not_be_read_holds_nothing_to_find(stage: SlackStage, at: Conversation) -> None:
    stage.server.faults["conversations.history"].append(Fault(error="missing_scope"))
    assert await stage.adapter.find_sent(at, key="k1") is None


@pytest.mark.parametrize("crashed", [False, True])
async def test_a_long_answer_cut_short_is_completed_and_nothing_is_said_twice(
    stage: SlackStage, at: Conversation, crashed: bool
) -> None:
    reply = long_reply()
    busy = iter([None, None, Fault(status=429, error="ratelimited", retry_after=1)])
    stage.server.fail = lambda method, _: next(busy, None) if method == "chat.postMessage" else None
    with pytest.raises(TryLater) as raised:
        await stage.adapter.send(at, reply, key="k1")
    assert raised.value.sent_unknown
    assert len(stage.server.seen(ONE)) == 2
    async with restarted(stage) as other:
        adapter = other if crashed else stage.adapter
        assert await adapter.find_sent(at, key="k1") is None
        last = await adapter.send(at, reply, key="k1")
        words = "\n".join(stage.server.seen(ONE))
        assert all(words.count(f"p{n}. ") == 1 for n in range(400))
        assert await other.find_sent(at, key="k1") == last


async def test_a_picture_that_slack_is_still_looking_at_is_tried_later(stage: SlackStage, at: Conversation) -> None:
    stage.server.faults["chat.postMessage"].append(Fault(error="invalid_blocks"))
    with pytest.raises(TryLater) as raised:
        await stage.adapter.send(at, Reply(blocks=(Image(png=b"x", alt="A map"),)), key="k1")
    assert raised.value.retry_after < timedelta(seconds=10)


def growing(sentence: str, times: int) -> list[str]:
    """Return what an answer says after each of its sentences."""
    return [sentence * n for n in range(1, times + 1)]


class TestHalfMessages:
    @pytest.fixture
    async def threaded(self, stage: SlackStage) -> AsyncIterator[Conversation]:
        root = await stage.server.say(ONE, "ask")
        async with listening(stage.adapter) as heard:
            await stage.server.say(ONE, "ask on", thread=root)
            yield next(e.conversation for e in await heard.wait(2) if e.conversation.thread)

    async def show(self, stage: SlackStage, at: Conversation, *words: str) -> str:
        person = Person(adapter="slack", workspace=at.workspace, id=ONE)
        return [await stage.adapter.show(at, so_far, key="k1", person=person) for so_far in words][-1]

    async def test_an_answer_appears_while_it_is_written_and_ends_as_it_should(
        self, stage: SlackStage, threaded: Conversation
    ) -> None:
        half = await self.show(stage, threaded, *growing("**In short** Map who can block it. ", 60))
        assert stage.server.seen(ONE) == ["**In short** Map who can block it. " * 60]
        id_ = await stage.adapter.send(threaded, rich_reply(), key="k1")
        (seen,) = stage.server.seen(ONE)
        assert "Ask who is absent" in seen
        assert seen.count("Map who can block it") == 1
        assert id_ == f"{threaded.room}:{half}"
        assert await stage.adapter.find_sent(threaded, key="k1") == id_
        assert await stage.adapter.send(threaded, rich_reply(), key="k1") == id_
        assert len(stage.server.seen(ONE)) == 1
        assert stage.server.streams == {}

    async def test_in_a_channel_it_is_for_the_one_who_asked(self, stage: SlackStage) -> None:
        talks = stage.server.channel("C0TALKS")
        async with listening(stage.adapter) as heard:
            at = await asked(stage, heard, channel=talks)
            await self.show(stage, at, "word " * 200)
            await stage.adapter.send(at, rich_reply(), key="k1")
        assert len(talks.messages) == 2
        (start,) = [args for name, args in stage.server.calls if name == "chat.startStream"]
        assert (start["recipient_user_id"], start["recipient_team_id"]) == (ONE, "T0TEAM")

    @pytest.mark.parametrize(
        "dying",
        ["chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update", "chat.startStream chat.update"],
    )
    async def test_a_stream_that_dies_leaves_the_whole_answer_and_nothing_else(
        self, stage: SlackStage, threaded: Conversation, dying: str
    ) -> None:
        for method in dying.split():
            error = "message_not_in_streaming_state" if "Stream" in method else "message_not_found"
            stage.server.faults[method].extend([Fault(error=error)] * 5)
        for so_far in growing("Map who can block it. " * 30, 3):
            with suppress(NotDelivered):
                await self.show(stage, threaded, so_far)
        await stage.adapter.send(threaded, rich_reply(), key="k1")
        (seen,) = stage.server.seen(ONE)
        assert "Ask who is absent" in seen

    async def test_after_it_died_nothing_more_is_shown_before_the_end(
        self, stage: SlackStage, threaded: Conversation
    ) -> None:
        stage.server.faults["chat.appendStream"].append(Fault(error="message_not_in_streaming_state"))
        await self.show(stage, threaded, "one")
        for _ in range(2):
            with pytest.raises(NotDelivered):
                await self.show(stage, threaded, "one two")
        assert stage.server.seen(ONE) == ["one"]

    async def test_a_busy_slack_is_given_time_and_no_word_is_shown_twice(
        self, stage: SlackStage, threaded: Conversation
    ) -> None:
        await self.show(stage, threaded, "one")
        stage.server.faults["chat.appendStream"].append(Fault(status=429, error="ratelimited", retry_after=1))
        with pytest.raises(TryLater):
            await self.show(stage, threaded, "one two")
        await self.show(stage, threaded, "one two three")
        assert stage.server.seen(ONE) == ["one two three"]

    @pytest.mark.parametrize("method", ["chat.stopStream", "chat.update"])
    async def test_where_slack_is_busy_at_the_end_the_half_becomes_the_answer_later(
        self, stage: SlackStage, threaded: Conversation, method: str
    ) -> None:
        await self.show(stage, threaded, "one")
        stage.server.faults[method].append(Fault(dropped=True, done=True))
        with pytest.raises(TryLater):
            await stage.adapter.send(threaded, rich_reply(), key="k1")
        await stage.adapter.send(threaded, rich_reply(), key="k1")
        (seen,) = stage.server.seen(ONE)
        assert "Ask who is absent" in seen

    async def test_outside_of_a_thread_a_message_is_changed(self, stage: SlackStage, at: Conversation) -> None:
        await self.show(stage, at, *growing("**In short** Map who can block it.\n\n", 3))
        (seen,) = stage.server.seen(ONE)
        assert seen.count("Map who can block it") == 3
        id_ = await stage.adapter.send(at, rich_reply(), key="k1")
        (seen,) = stage.server.seen(ONE)
        assert "Ask who is absent" in seen
        assert await stage.adapter.find_sent(at, key="k1") == id_
        assert not [name for name, _ in stage.server.calls if "Stream" in name]

    @pytest.mark.parametrize("in_thread", [True, False])
    @pytest.mark.parametrize("known", [True, False])
    async def test_what_an_earlier_life_left_is_replaced(self, stage: SlackStage, in_thread: bool, known: bool) -> None:
        root = await stage.server.say(ONE, "ask") if in_thread else ""
        async with listening(stage.adapter) as heard:
            at = await asked(stage, heard, **({"thread": root} if root else {}))
            await stage.adapter.send(at, saying("of another question"), key="k0")
            since = datetime.now(UTC)
            half = await self.show(stage, at, "one", "one two")
        async with restarted(stage) as other:
            assert await other.find_sent(at, key="k1") is None
            ahead = since + timedelta(seconds=3)  # Slack's clock is not ours
            found = half if known else await other.find_half(at, key="k1", since=ahead)
            assert found == half
            other.take_up(key="k1", half=found)
            with pytest.raises(NotDelivered):
                await other.show(at, "something else", key="k1", person=Person(adapter="slack", id=ONE))
            await other.send(at, rich_reply(), key="k1")
        before, seen = stage.server.seen(ONE)
        assert before == "of another question"
        assert "Ask who is absent" in seen
        assert "one two" not in seen

    async def test_where_an_earlier_life_left_nothing_nothing_is_found(
        self, stage: SlackStage, threaded: Conversation
    ) -> None:
        await self.show(stage, threaded, "of a question before")
        since = datetime.now(UTC) + timedelta(seconds=6)  # longer after it than two clocks may differ
        await stage.adapter.send(threaded, saying("of another question"), key="k0")
        assert await stage.adapter.find_half(threaded, key="k1", since=since) == ""

    @pytest.mark.parametrize("thread", ["aside:U0FIRST", ""])
    async def test_asides_and_the_home_tab_show_only_what_is_whole(self, stage: SlackStage, thread: str) -> None:
        room = "C1" if thread else "home:U0FIRST"
        assert stage.adapter.showing(Conversation(adapter="slack", room=room, thread=thread)) is None

    async def test_a_long_answer_goes_on_in_further_messages(self, stage: SlackStage, threaded: Conversation) -> None:
        await self.show(stage, threaded, "p0. a mediator " * 40)
        await stage.adapter.send(threaded, long_reply(), key="k1")
        words = "\n".join(stage.server.seen(ONE))
        assert all(words.count(f"p{n}. ") == 1 for n in range(400))


async def test_a_reply_without_words_is_still_a_message(stage: SlackStage, at: Conversation) -> None:
    await stage.adapter.send(at, Reply(blocks=(Text(markdown="  "),), summary="A check-in"), key="k1")
    assert visible(stage.server.direct(ONE).messages[-1]) == "A check-in"
