"""The coach on Slack with its real inbox and outbox on a real database, answering each message with its own words."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mediation_coach.adapters.slack import SlackAdapter
from mediation_coach.adapters.slack_options import SlackOptions
from mediation_coach.delivery.inbox import Inbox, Says
from mediation_coach.delivery.live import Stage
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.domain.chat import ConversationState, Event, Intent, Reply
from mediation_coach.ports import Handle
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from mediation_coach.testing import saying, until
from tests.slack_server import SlackServer

ANSWER = "answer to "


def settings_for_tests(**more: Any) -> DeliverySettings:
    """Return settings under which nobody is too fast and nothing waits long."""
    given: dict[str, Any] = {
        "person_per_minute": 1e6,
        "person_burst": 10_000,
        "slow_backlog": 100_000,
        "full_backlog": 100_000,
        "look_after_seconds": 0.3,
        "longest_wait_seconds": 2,
        "poll_seconds": 0.2,
        "pace": {"slack": {}},
    }
    return DeliverySettings.model_validate(given | more)


async def answer(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
    """Answer a message by naming it."""
    return (saying(f"{ANSWER}{event.text}") if event.intent is Intent.MESSAGE else None), state


@asynccontextmanager
async def house(
    options: SlackOptions,
    folder: Path,
    *,
    handle: Handle = answer,
    on_stage: Callable[[Stage], Handle] | None = None,
    **more: Any,
) -> AsyncIterator[SlackAdapter]:
    """Run the coach while the block lasts, answering by `handle`; at its end what is in hand is finished.

    Where answers are to be seen while they are written, `on_stage` gives the handle instead.
    """
    settings = settings_for_tests(**more)
    store = await SqlStore.open(StoreSettings(), folder=folder)
    adapter = SlackAdapter(options)
    stage = Stage({adapter.name: adapter}, store) if on_stage else None
    handle = handle if stage is None or on_stage is None else on_stage(stage)
    outbox = Outbox(store, {adapter.name: adapter}, settings=settings, stage=stage)
    kind = saying("a kind word")
    says = Says(busy=lambda _: kind, full=lambda _: kind, too_fast=lambda _: kind, sorry=lambda _: saying("sorry"))
    inbox = Inbox(
        store,
        handle,
        adapters=[adapter.name],
        says=says,
        settings=settings,
        show_working=adapter.working,
        outbox=outbox,
        heard=None if stage is None else stage.heard,
    )
    reaping = asyncio.create_task(_reap(store))
    running = [asyncio.create_task(w) for w in (adapter.run(inbox.accept), inbox.work(), outbox.deliver())]
    try:
        await until(lambda: _ready(adapter))
        yield adapter
    finally:
        for task in (running[0], reaping):
            task.cancel()
        await asyncio.gather(running[0], reaping, return_exceptions=True)
        await inbox.drain(5)
        await outbox.drain(5)
        await asyncio.gather(*running[1:], return_exceptions=True)
        await adapter.close()
        await store.close()


async def _ready(adapter: SlackAdapter) -> bool:
    return await adapter.ready() is None


async def _reap(store: SqlStore) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(0.5)
            await store.release_expired(now=datetime.now(UTC))


class Crowd:
    """People who each write a number of messages, and a count of what came back."""

    def __init__(self, server: SlackServer, *, people: int, messages: int = 0) -> None:
        self.server = server
        self.written = dict.fromkeys((f"U{n:04d}" for n in range(people)), 0)
        self.messages = messages

    @property
    def total(self) -> int:
        """How many messages were written in all."""
        return sum(self.written.values())

    async def write_at_once(self) -> None:
        """Write everything without waiting for an answer; nobody types two messages in less than 50 ms."""
        for _ in range(self.messages):
            for person in self.written:
                await self._write(person)
            await asyncio.sleep(0.05)

    async def talk(self) -> None:
        """Let each person wait for an answer before the next message, all of them at the same time."""
        await asyncio.gather(*(self._talk(person, range(self.messages)) for person in self.written))

    async def talk_until(self, stop: asyncio.Event) -> None:
        """Let people talk on until they are told to stop."""
        endless = iter(lambda: stop.is_set(), True)
        await asyncio.gather(*(self._talk(person, endless) for person in self.written))

    async def _talk(self, person: str, turns: Iterable[object]) -> None:
        for _ in turns:
            await self._write(person)
            await self.server.wait(lambda: len(self.answers(person)) >= self.written[person], within=60)

    async def _write(self, person: str) -> None:
        number = self.written[person]
        self.written[person] += 1
        await self.server.say(person, f"{person} {number}")

    def answers(self, person: str) -> list[str]:
        """Return the answers a person has, in order, without the words that all have."""
        return [words.removeprefix(ANSWER) for words in self.server.seen(person)]

    async def all_answered(self, *, within: float = 60) -> None:
        """Return once as many answers are there as messages were written."""
        await self.server.wait(lambda: self.answered >= self.total, within=within)

    @property
    def answered(self) -> int:
        """How many different messages have an answer."""
        return sum(len(set(self.answers(person))) for person in self.written)

    @property
    def lost(self) -> int:
        """How many messages have no answer."""
        return self.total - self.answered

    @property
    def doubled(self) -> int:
        """How many answers there are beyond one a message."""
        return sum(n - 1 for person in self.written for n in Counter(self.answers(person)).values())

    @property
    def out_of_order(self) -> int:
        """How many people were answered in another order than they wrote in."""
        return sum(
            list(dict.fromkeys(self.answers(person))) != [f"{person} {n}" for n in range(number)]
            for person, number in self.written.items()
        )
