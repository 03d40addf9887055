"""What happens in a room while an answer is in the making, on a real Synapse with the real inbox and outbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mediation_coach.adapters.matrix import MatrixAdapter
from mediation_coach.adapters.matrix_words import say
from mediation_coach.domain.chat import ConversationState, Event, Intent, Person, Reply
from mediation_coach.domain.delivery import Fate
from mediation_coach.store.sql import SqlStore
from mediation_coach.testing import saying, until
from tests.matrix_house import house
from tests.matrix_people import Member, eventually, options_for
from tests.synapse import Synapse, synapse

pytestmark = [pytest.mark.xdist_group("synapse"), pytest.mark.timeout(120)]
__all__ = ["synapse"]

both = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
SECRET = "what the minister said over dinner"


@dataclass
class Thinking:
    """Thinks about every question until it is let go, and answers with its words."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        if event.intent is not Intent.MESSAGE:
            return None, state
        self.begun.set()
        await self.go.wait()
        return saying(f"echo: {event.text}"), state


@pytest.fixture
def thinking() -> Thinking:
    return Thinking()


@pytest.fixture
async def coach(
    synapse: Synapse, tmp_path: Path, sqlite_store: SqlStore, thinking: Thinking
) -> AsyncIterator[MatrixAdapter]:
    async with house(options_for(synapse, tmp_path / "matrix"), sqlite_store, thinking.answer) as adapter:
        yield adapter


@pytest.fixture
async def person(synapse: Synapse) -> AsyncIterator[Member]:
    async with Member.present(synapse) as someone:
        yield someone


async def asked(person: Member, coach: MatrixAdapter, thinking: Thinking, *, encrypted: bool) -> str:
    """Ask in a private room; return the room as soon as the answer is in the making."""
    room = await person.open_room(coach._options.user, encrypted=encrypted)
    await person.say(room, SECRET)
    await thinking.begun.wait()
    return room


async def given_up(store: SqlStore) -> str:
    """Return why the one reply was given up."""
    await until(lambda: _any_given_up(store))
    (delivery,) = await store.held_back()
    assert delivery.fate is Fate.DEAD
    return delivery.reason


async def _any_given_up(store: SqlStore) -> bool:
    return bool(await store.held_back())


def said_by(synapse: Synapse, user: str, room: str) -> int:
    """Return how many messages the server has from `user`."""
    query = "select count(*) from events where room_id = ? and sender = ? and type in ('m.room.message', 'm.room.encrypted')"
    return int(synapse.rows(query, room, user)[0][0])


@both
async def test_a_third_person_who_comes_in_meanwhile_does_not_see_the_private_answer(
    synapse: Synapse,
    coach: MatrixAdapter,
    person: Member,
    thinking: Thinking,
    sqlite_store: SqlStore,
    encrypted: bool,
) -> None:
    user = coach._options.user
    async with Member.present(synapse) as other:
        room = await asked(person, coach, thinking, encrypted=encrypted)
        await person.client.room_invite(room, other.user)
        await other.client.join(room)
        await person.answered(room, user, say("no_longer_private", prefix="!coach"))
        thinking.go.set()
        withheld = say("withheld", prefix="!coach")
        await other.answered(room, user, withheld)
        assert await given_up(sqlite_store) == "the room is no longer private"

        await person.say(room, "!coach for all to hear")
        await other.answered(room, user, "echo: for all to hear")
        assert SECRET not in "".join(other.bodies(room, user) + person.bodies(room, user))
        assert person.bodies(room, user).count(withheld) == 1

        own = await person.open_room(user, encrypted=encrypted)
        await person.say(own, "between us")
        await person.answered(own, user, "echo: between us")


@both
async def test_whoever_stays_behind_in_someones_private_room_gets_nothing_that_was_meant_for_them(
    synapse: Synapse,
    coach: MatrixAdapter,
    person: Member,
    thinking: Thinking,
    sqlite_store: SqlStore,
    encrypted: bool,
) -> None:
    user = coach._options.user
    async with Member.present(synapse) as other:
        room = await asked(person, coach, thinking, encrypted=encrypted)
        await person.client.room_invite(room, other.user)
        await other.client.join(room)
        await person.answered(room, user, say("no_longer_private", prefix="!coach"))
        await person.client.room_leave(room)
        await other.answered(room, user, say("someone_elses", prefix="!coach"))
        thinking.go.set()
        assert await given_up(sqlite_store) == "the room is no longer private"

        await other.say(room, "is anyone there")
        await other.say(room, "!coach and now")
        await other.answered(room, user, "echo: and now")
        assert not [body for body in other.bodies(room, user) if SECRET in body or "is anyone there" in body]

        who = Person(adapter="matrix", id=other.user)
        assert (await coach.direct_conversation(who)).room != room
        assert (await coach.direct_conversation(Person(adapter="matrix", id=person.user))).room != room


@both
async def test_nothing_is_sent_into_a_room_that_the_person_left_meanwhile(
    synapse: Synapse, coach: MatrixAdapter, person: Member, thinking: Thinking, sqlite_store: SqlStore, encrypted: bool
) -> None:
    room = await asked(person, coach, thinking, encrypted=encrypted)
    await person.client.room_leave(room)
    await eventually(lambda: room not in line_of(coach).client.rooms)
    thinking.go.set()

    assert await given_up(sqlite_store) == "the coach is not in this room"
    assert said_by(synapse, coach._options.user, room) == 0
    assert await sqlite_store.waiting() == 0


@both
@pytest.mark.parametrize("how", ["room_kick", "room_ban"])
async def test_nothing_is_tried_for_ever_in_a_room_that_the_coach_was_put_out_of_meanwhile(
    synapse: Synapse,
    coach: MatrixAdapter,
    person: Member,
    thinking: Thinking,
    sqlite_store: SqlStore,
    how: str,
    encrypted: bool,
) -> None:
    room = await asked(person, coach, thinking, encrypted=encrypted)
    await getattr(person.client, how)(room, coach._options.user)
    thinking.go.set()

    assert await given_up(sqlite_store) in ("the coach is not in this room", "M_FORBIDDEN")
    assert said_by(synapse, coach._options.user, room) == 0
    assert await coach.ready() is None


async def test_nothing_is_sent_before_the_coach_has_left_a_room_that_everyone_left(
    synapse: Synapse,
    coach: MatrixAdapter,
    person: Member,
    thinking: Thinking,
    sqlite_store: SqlStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = await asked(person, coach, thinking, encrypted=False)
    held = asyncio.Event()

    async def later(*_: Any) -> None:
        await held.wait()

    monkeypatch.setattr(line_of(coach).listener._rooms, "_leave", later)
    await person.client.room_leave(room)
    await eventually(lambda: person.user not in line_of(coach).client.rooms[room].users)
    thinking.go.set()

    assert await given_up(sqlite_store) == "nobody is in this room any more"
    assert said_by(synapse, coach._options.user, room) == 0
    held.set()


def line_of(coach: MatrixAdapter) -> Any:
    assert coach._line is not None
    return coach._line
