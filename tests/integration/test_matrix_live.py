"""Answers that are seen while they are written, on a real Synapse: few edits, the last of which is the answer; never two."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nio import RedactedEvent

from mediation_coach.adapters.matrix import MatrixAdapter
from mediation_coach.adapters.matrix_session import MatrixOptions
from mediation_coach.adapters.matrix_words import say
from mediation_coach.delivery.inbox import Inbox
from mediation_coach.delivery.live import Stage
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.domain.chat import (
    Choice,
    Choices,
    Conversation,
    ConversationState,
    Event,
    Intent,
    Person,
    Reply,
    Text,
)
from mediation_coach.errors import Stopped
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from mediation_coach.testing import long_reply, saying, until
from tests.integration.test_delivery_inbox import SAYS
from tests.matrix_people import Member, options_for
from tests.slack_house import settings_for_tests
from tests.synapse import Synapse, synapse

pytestmark = [pytest.mark.xdist_group("synapse"), pytest.mark.timeout(150)]
__all__ = ["synapse"]

both = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
CHOICES = Choices(choices=(Choice(id="answer:steps", label="Steps"), Choice(id="answer:risks", label="Risks")))
WHOLE = Reply(blocks=(Text(markdown="**Whole** answer [1]"), CHOICES))


class Coach:
    """The coach with its inbox and outbox; it writes a sentence every so often until it may say the whole."""

    def __init__(self, options: MatrixOptions, folder: Path, *, every: float = 0.02, reply: Reply = WHOLE) -> None:
        self.options, self.folder, self.every, self.reply = options, folder, every, reply
        self.go = asyncio.Event()
        self.events: list[Event] = []
        self.user = options.user

    async def answer(self, event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        self.events.append(event)
        if event.intent is not Intent.MESSAGE:
            return None, state
        async with self.stage.page(event) as page:
            try:
                async with page.until_stopped():
                    for n in itertools.count(1):
                        if self.go.is_set():
                            return self.reply, state
                        await page.show("**So far**\n\n" + "\n".join(f"- sentence {k}" for k in range(1, n + 1)))
                        await asyncio.sleep(self.every)
            except Stopped:
                pass
        return saying("Stopped."), state

    @asynccontextmanager
    async def lived(self, *, killed: bool = False) -> AsyncIterator[Coach]:
        """Live while the block lasts; where it is killed, nothing in hand is finished."""
        store = await SqlStore.open(StoreSettings(), folder=self.folder)
        self.adapter = MatrixAdapter(self.options)
        adapters = {self.adapter.name: self.adapter}
        settings = settings_for_tests()
        self.stage = Stage(adapters, store)
        outbox = Outbox(store, adapters, settings=settings, stage=self.stage)
        inbox = Inbox(
            store, self.answer, adapters=list(adapters), says=SAYS, settings=settings, outbox=outbox,
            show_working=self.adapter.working, heard=self.stage.heard,
        )  # fmt: skip
        running = [asyncio.create_task(w) for w in (self.adapter.run(inbox.accept), inbox.work(), outbox.deliver())]
        try:
            await until(lambda: self.adapter._connected.is_set(), within=40)
            yield self
        finally:
            if not killed:
                await inbox.drain(5)
                await outbox.drain(5)
            hands = [*running, *inbox._crew._in_hand, *outbox._crew._in_hand]
            for task in hands:
                task.cancel()
            await asyncio.gather(*hands, return_exceptions=True)
            await self.adapter.close()
            await store.close()


def edits(person: Member, room: str, by: str) -> list[Any]:
    return [e for e in person.answers(room, by) if "m.new_content" in e.source["content"]]


def firsts(person: Member, room: str, by: str) -> list[Any]:
    return [e for e in person.answers(room, by) if "m.new_content" not in e.source["content"]]


@both
async def test_sentences_are_seen_by_few_edits_and_the_last_is_the_answer(
    synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    coach = Coach(options_for(synapse, tmp_path / "matrix"), tmp_path)
    async with Member.present(synapse) as person, coach.lived():
        room = await person.open_room(coach.user, encrypted=encrypted)
        await person.say(room, "a question")
        await person.until(lambda: len(edits(person, room, coach.user)) >= 3, why="three edits")
        coach.go.set()
        await person.until(lambda: any("Whole" in t for t in person.shown(room, coach.user)), why="the answer")

        (first,) = firsts(person, room, coach.user)
        changes = edits(person, room, coach.user)
        assert "sentence 1" in first.body
        assert first.source["content"]["msgtype"] == "m.notice"
        assert all(bool(e.decrypted) is encrypted for e in (first, *changes))
        times = [e.server_timestamp for e in (first, *changes)]
        assert all(later - earlier >= 1400 for earlier, later in itertools.pairwise(times))
        assert person.shown(room, coach.user) == ["Whole answer [1]\n\n1. Steps\n2. Risks"]
        last = changes[-1].source["content"]["m.new_content"]
        assert last["formatted_body"].startswith("<p><strong>Whole</strong> answer [1]</p>")
        assert last["m.mentions"] == {}

        asked = coach.events[0]
        await person.react(room, first.event_id, "2️⃣")
        await until(lambda: len(coach.events) == 2)
        assert (coach.events[1].intent, coach.events[1].choice) == (Intent.CHOICE, "answer:risks")
        (key,) = coach.adapter._halves._by_key
        assert await coach.adapter.find_sent(asked.conversation, key=key) == first.event_id
        assert await coach.adapter.send(asked.conversation, WHOLE, key=key) == first.event_id
        assert len(edits(person, room, coach.user)) == len(changes)


async def test_after_a_restart_a_number_under_the_answer_is_still_a_choice(synapse: Synapse, tmp_path: Path) -> None:
    coach = Coach(options_for(synapse, tmp_path / "matrix"), tmp_path)
    async with Member.present(synapse) as person:
        rooms = []
        async with coach.lived():
            for encrypted in (False, True):
                coach.go.clear()
                room = await person.open_room(coach.user, encrypted=encrypted)
                await person.say(room, "a question")
                await person.until(lambda: firsts(person, room, coach.user), why="the first words")  # noqa: B023
                coach.go.set()
                await person.until(lambda: edits(person, room, coach.user), why="the answer")  # noqa: B023
                rooms.append(room)
        coach.events.clear()
        async with coach.lived():
            for room in rooms:
                await person.react(room, firsts(person, room, coach.user)[0].event_id, "2️⃣")
            await until(lambda: len(coach.events) == 2)
    assert [(e.intent, e.choice) for e in coach.events] == [(Intent.CHOICE, "answer:risks")] * 2


async def test_killed_while_the_first_words_were_sent_they_are_found_by_their_key(
    synapse: Synapse, tmp_path: Path
) -> None:
    options = options_for(synapse, tmp_path / "matrix")
    async with Member.present(synapse) as person:
        first = Coach(options, tmp_path)
        async with first.lived():
            room = await person.open_room(first.user)
            at = Conversation(adapter="matrix", room=room)
            await until(lambda: first.adapter._line and room in first.adapter._line.client.rooms)
            half = await first.adapter.show(at, "so far", key="k1", person=Person(adapter="matrix", id=person.user))
        second = Coach(options, tmp_path)
        async with second.lived():
            assert await second.adapter.find_sent(at, key="k1") is None
            assert await second.adapter.find_half(at, key="k1", since=datetime.now(UTC)) == half
            assert await second.adapter.find_half(at, key="k2", since=datetime.now(UTC)) == ""
            second.adapter.take_up(key="k1", half=half)
            assert await second.adapter.send(at, WHOLE, key="k1") == half
            await person.until(lambda: any("Whole" in t for t in person.shown(room, second.user)), why="the answer")
            assert len(person.shown(room, second.user)) == 1


@both
async def test_killed_in_mid_answer_the_next_life_leaves_one_answer(
    synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    options = options_for(synapse, tmp_path / "matrix")
    async with Member.present(synapse) as person:
        first = Coach(options, tmp_path)
        async with first.lived(killed=True):
            room = await person.open_room(first.user, encrypted=encrypted)
            await person.say(room, "a question")
            await person.until(lambda: edits(person, room, first.user), why="an edit")
        second = Coach(options, tmp_path)
        second.go.set()  # it is not shown again, only sent
        async with second.lived():
            await person.until(lambda: any("Whole" in t for t in person.shown(room, second.user)), why="the answer")
            await asyncio.sleep(0.5)
        assert person.shown(room, second.user) == ["Whole answer [1]\n\n1. Steps\n2. Risks"]


async def test_a_question_taken_back_stops_its_answer(synapse: Synapse, tmp_path: Path) -> None:
    coach = Coach(options_for(synapse, tmp_path / "matrix"), tmp_path)
    async with Member.present(synapse) as person, coach.lived():
        room = await person.open_room(coach.user)
        asked = await person.say(room, "a question")
        await person.until(lambda: firsts(person, room, coach.user), why="the first words")
        await person.client.room_redact(room, asked)
        await person.until(lambda: person.shown(room, coach.user) == ["Stopped."], why="the stop")


async def test_an_answer_of_several_messages_begins_with_the_one_that_was_seen(
    synapse: Synapse, tmp_path: Path
) -> None:
    coach = Coach(options_for(synapse, tmp_path / "matrix"), tmp_path, reply=long_reply())
    async with Member.present(synapse) as person, coach.lived():
        room = await person.open_room(coach.user)
        root = await person.say(room, "earlier")
        await person.until(lambda: firsts(person, room, coach.user), why="the first words")
        coach.go.set()
        await person.until(lambda: "p399. " in "\n".join(person.shown(room, coach.user)), why="the end")
        words = "\n".join(person.shown(room, coach.user))
        assert [words.count(f"p{n}. ") for n in range(400)] == [1] * 400
        assert "sentence" not in words
        coach.go.clear()
        await person.say(room, "in a thread", thread=root)
        await person.until(lambda: "sentence 1" in firsts(person, room, coach.user)[-1].body, why="words in the thread")
        coach.go.set()
        await person.until(lambda: "sentence" not in "\n".join(person.shown(room, coach.user)), why="the answer")
        await until(lambda: firsts(person, room, coach.user)[-1].source["content"].get("m.relates_to"))
        threaded = [e for e in firsts(person, room, coach.user) if "m.relates_to" in e.source["content"]]
        assert {e.source["content"]["m.relates_to"]["event_id"] for e in threaded} == {root}


async def test_typing_is_shown_before_the_first_sentence(synapse: Synapse, tmp_path: Path) -> None:
    coach = Coach(options_for(synapse, tmp_path / "matrix"), tmp_path)
    async with Member.present(synapse) as person, coach.lived():
        room = await person.open_room(coach.user)
        await person.say(room, "a question")
        await until(lambda: room in coach.adapter._typing, within=2.5)
        coach.go.set()
        await until(lambda: room not in coach.adapter._typing)


@both
async def test_when_someone_else_comes_in_what_was_seen_of_the_answer_is_taken_back(
    synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    coach = Coach(options_for(synapse, tmp_path / "matrix"), tmp_path)
    async with Member.present(synapse) as person, Member.present(synapse) as other, coach.lived():
        room = await person.open_room(coach.user, encrypted=encrypted)
        await person.say(room, "a question")
        await person.until(lambda: firsts(person, room, coach.user), why="the first words")
        (half,) = firsts(person, room, coach.user)
        await person.until(lambda: len(edits(person, room, coach.user)) >= 2, why="two edits")
        await person.client.room_invite(room, other.user)
        await other.client.join(room)
        await person.answered(room, coach.user, say("no_longer_private", prefix="!coach"))
        coach.go.set()
        await person.answered(room, coach.user, say("withheld", prefix="!coach"))
        for seen in (half, *edits(person, room, coach.user)):
            left = await person.client.room_get_event(room, seen.event_id)
            assert isinstance(left.event, RedactedEvent)
        assert not [body for body in other.bodies(room, coach.user) if "Whole" in body]
