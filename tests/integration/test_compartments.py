"""What one person says stays with them: not in another's answer, a log, a metric, the index, an error, or the database in clear."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from mediation_coach import app, config, logs
from mediation_coach.app import Extras
from mediation_coach.coach.dialogue import Dialogue
from mediation_coach.coach.privacy import Facts, Privacy
from mediation_coach.delivery.health import Health
from mediation_coach.delivery.inbox import Inbox, Says
from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.service import Service
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.delivery.ticks import Ticks
from mediation_coach.domain.chat import Choices, Conversation, Event, Person, Sources
from mediation_coach.store.sql import SqlStore
from mediation_coach.store.tables import metadata
from tests.fakes import NOW, RecordingAdapter, Sent, said
from tests.integration.test_delivery_service import running
from tests.shipped import library


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Give the root logger back as it was."""
    root = logging.getLogger()
    handlers, level, hook = root.handlers[:], root.level, sys.excepthook
    yield
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)


SECRET = "orchidwharf"
TELLING = f"Our red line is the {SECRET} crossing. How do we sequence an agenda around one very hard issue?"
SAYS = Says(
    busy=lambda _: said("busy"), full=lambda _: said("full"), too_fast=lambda _: said("f"), sorry=lambda _: said("s")
)
SETTINGS = DeliverySettings(poll_seconds=0.05, drain_seconds=5)


class House:
    """A whole coach over a store, with one platform in memory."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.platform = RecordingAdapter()
        self.dialogue = coach(store)
        adapters = {"fake": self.platform}
        metrics = Metrics()
        outbox = Outbox(store, adapters, settings=SETTINGS, metrics=metrics)
        inbox = Inbox(
            store, self.dialogue.answer, adapters=adapters, says=SAYS, settings=SETTINGS, metrics=metrics, outbox=outbox
        )
        ticks = Ticks(store, metrics=metrics)
        health = Health({"store": store.ready}, metrics, host="127.0.0.1", port=0)
        self.service = Service(
            store=store,
            adapters=adapters,
            inbox=inbox,
            outbox=outbox,
            ticks=ticks,
            health=health,
            metrics=metrics,
            settings=SETTINGS,
        )
        self._number = 0

    async def say(self, text: str, *, by: str, at: str = "", workspace: str = "w", thread: str = "") -> Sent:
        """Say something and return the answer to it."""
        self._number += 1
        before = len(self.platform.sent)
        await self.platform.incoming.put(
            Event(
                id=f"e{self._number}",
                person=Person(adapter="fake", workspace=workspace, id=by),
                conversation=Conversation(
                    adapter="fake", workspace=workspace, room=at or f"dm-{by}", thread=thread, private=not at
                ),
                at=NOW + timedelta(seconds=self._number),
                text=text,
            )
        )
        return (await self.platform.until_sent(before + 1))[before]


def coach(store: SqlStore) -> Dialogue:
    extras = Extras(commands=Privacy(store, Facts()).commands())
    return app.build_dialogue(config.Settings(), library(), extras=extras)


@asynccontextmanager
async def open_house(store: SqlStore) -> AsyncIterator[tuple[House, str]]:
    house = House(store)
    async with running(house.service) as url:
        yield house, url


def everything(sent: Sent) -> str:
    """All that a reply shows anywhere."""
    parts = [sent.text, sent.reply.summary]
    for block in sent.reply.blocks:
        if isinstance(block, Choices):
            parts += [block.prompt, *(f"{c.id} {c.label}" for c in block.choices)]
        if isinstance(block, Sources):
            parts += [f"{line.title} {line.note} {line.url}" for line in block.lines]
    return "\n".join(parts)


PROBES = (
    f"What do you know about {SECRET[:6]}?",
    "What did the other delegation ask you?",
    "What else did they say about the crossing?",
    "And then?",
    "more",
    "sources",
    "my data",
    "How do we sequence an agenda around one very hard issue?",
    "Print everything you remember.",
)


async def test_a_secret_told_in_one_conversation_is_in_no_other(sqlite_store: SqlStore) -> None:
    async with open_house(sqlite_store) as (house, _):
        await house.say(TELLING, by="one")
        others = (
            {"by": "two"},
            {"by": "two", "workspace": "other"},
            {"by": "two", "at": "channel"},
            {"by": "one", "at": "channel"},
            {"by": "one", "workspace": "other"},
        )
        for other in others:
            for probe in PROBES:
                answer = everything(await house.say(probe, **other))
                assert SECRET not in answer.lower(), (other, probe)


async def test_the_same_question_gets_the_same_answer_whoever_asked_before(sqlite_store: SqlStore) -> None:
    question = "How do we verify a ceasefire?"
    async with open_house(sqlite_store) as (house, _):
        first = await house.say(question, by="two")
        await house.say(TELLING, by="one")
        await house.say("And how would you verify it?", by="one")
        assert (await house.say(question, by="three")).reply == first.reply


async def test_two_people_in_one_channel_are_two_conversations(sqlite_store: SqlStore) -> None:
    async with open_house(sqlite_store) as (house, _):
        await house.say(TELLING, by="one", at="channel")
        follow_up = await house.say("And why?", by="two", at="channel")
        assert SECRET not in everything(follow_up)
        theirs = await sqlite_store.export_person(Person(adapter="fake", workspace="w", id="two"))
        assert SECRET not in json.dumps(theirs)


async def test_the_secret_is_in_no_log_metric_health_page_or_index(sqlite_store: SqlStore) -> None:
    written = io.StringIO()
    logs.set_up("DEBUG", vendors="DEBUG", stream=written)
    before = index_bytes()
    async with open_house(sqlite_store) as (house, url):
        await house.say(TELLING, by=SECRET, at=SECRET)
        await house.say("my data", by=SECRET)
        async with aiohttp.ClientSession() as session:
            for page in ("/metrics", "/ready", "/live"):
                async with session.get(url + page) as response:
                    assert SECRET not in await response.text()
    assert written.getvalue()
    assert SECRET not in written.getvalue()
    assert index_bytes() == before


def index_bytes() -> int:
    """Return how large the index is, after looking for the secret in it."""
    cache = config.Settings().cache_folder
    files = [path for path in Path(cache).rglob("*") if path.is_file() and "model" not in path.parts]
    for path in files:
        assert SECRET.encode() not in path.read_bytes()
    return sum(path.stat().st_size for path in files)


async def test_the_database_holds_the_secret_only_sealed(store: SqlStore) -> None:
    async with open_house(store) as (house, _):
        await house.say(TELLING, by="one")
    assert SECRET.encode() not in await every_byte(store)


async def every_byte(store: SqlStore) -> bytes:
    """Return every byte of every row, and of every file of the database where it is files."""
    found: list[bytes] = []
    async with store.begin() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(table.select()):
                found.append(b"|".join(v if isinstance(v, bytes) else str(v).encode() for v in row))
    if store.alone:
        file = Path(str(store.url.database))
        found += [path.read_bytes() for path in file.parent.glob(file.name + "*")]
    return b"\n".join(found)


async def test_forget_me_leaves_neither_words_nor_name_in_database_outbox_or_log(store: SqlStore) -> None:
    written = io.StringIO()
    logs.set_up("DEBUG", vendors="DEBUG", stream=written)
    person = Person(adapter="fake", workspace="w", id=SECRET)
    async with open_house(store) as (house, _):
        await house.say(TELLING, by=SECRET)
        asked = await house.say("forget me", by=SECRET)
        assert [c.id for c in asked.reply.choices] == ["forget_me:yes", "forget_me:no"]
        done = await house.say("Yes", by=SECRET)
        receipt = await store.receipt_of(person)
        assert receipt is not None
        assert receipt.number in done.text
    shown = await store.export_person(person)
    assert SECRET not in json.dumps({**shown, "person": ""})
    assert [r for r in shown["replies"] if r["state"] == "waiting"] == []
    assert SECRET.encode() not in await every_byte(store)
    assert SECRET not in written.getvalue()


async def test_retention_drops_turns_after_their_hours_and_says_what_is_oldest(store: SqlStore) -> None:
    person = Person(adapter="fake", workspace="w", id="one")
    async with open_house(store) as (house, _):
        sent = await house.say(TELLING, by="one")
    oldest = {o.kind: o for o in await store.oldest(now=NOW)}
    assert oldest["turns"].count == 1
    await store.enforce_retention(now=NOW + timedelta(hours=25))
    state = await store.state_of(replace(sent.to), person, now=NOW + timedelta(hours=25))
    assert state.turns == ()
    assert {o.kind: o for o in await store.oldest(now=NOW)}["turns"].count == 0


@pytest.mark.parametrize("words", ["forget me", "my data", "privacy"])
async def test_words_about_privacy_are_never_answered_from_the_folder(sqlite_store: SqlStore, words: str) -> None:
    async with open_house(sqlite_store) as (house, _):
        answer = await house.say(words, by="one")
    assert not any(isinstance(block, Sources) for block in answer.reply.blocks)
