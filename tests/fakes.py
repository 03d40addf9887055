"""Typed stand-ins for what tests cannot have for real: a chat platform that remembers, and can be told to fail."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person, Reply, Text, Turn
from mediation_coach.errors import AdapterError
from mediation_coach.ports import Capabilities, Receive

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message as the platform has it."""

    id: str
    key: str
    to: Conversation
    reply: Reply

    @property
    def text(self) -> str:
        return " ".join(block.markdown for block in self.reply.blocks if isinstance(block, Text))


@dataclass
class RecordingAdapter:
    """A platform in memory. `fails` are raised by the next sends, one each, before (or, `after`, after) it takes the message.

    With `idempotent_send` the same key again sends nothing new; with `look_up` a message can be found by its key.
    """

    name: str = "fake"
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(idempotent_send=True))
    fails: list[AdapterError] = field(default_factory=list)
    fails_after: list[AdapterError] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    busy: list[tuple[Conversation, bool]] = field(default_factory=list)
    trouble: str | None = None
    delay: float = 0
    incoming: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)
    closed: bool = False
    attempts: int = 0
    hold: asyncio.Event | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self, receive: Receive) -> None:
        while True:
            await receive(await self.incoming.get())

    async def send(self, to: Conversation, reply: Reply, *, key: str) -> str:
        async with self._news:
            self.attempts += 1
            self._news.notify_all()
        if self.hold is not None:
            await self.hold.wait()
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.fails:
            raise self.fails.pop(0)
        id_ = await self._take(to, reply, key)
        if self.fails_after:
            raise self.fails_after.pop(0)
        return id_

    async def _take(self, to: Conversation, reply: Reply, key: str) -> str:
        async with self._news:
            known = next((s.id for s in self.sent if s.key == key), None)
            if known is not None and self.capabilities.idempotent_send:
                return known
            self.sent.append(Sent(id=f"m{len(self.sent) + 1}", key=key, to=to, reply=reply))
            self._news.notify_all()
            return self.sent[-1].id

    async def find_sent(self, to: Conversation, *, key: str) -> str | None:
        self.looked_up.append(key)
        return next((s.id for s in self.sent if s.key == key and s.to == to), None)

    async def direct_conversation(self, person: Person) -> Conversation:
        return Conversation(adapter=person.adapter, workspace=person.workspace, room=f"dm-{person.id}")

    async def working(self, at: Conversation, busy: bool) -> None:
        self.busy.append((at, busy))

    async def ready(self) -> str | None:
        return self.trouble

    async def close(self) -> None:
        self.closed = True

    async def until_sent(self, number: int, *, within: float = 20) -> list[Sent]:
        """Return what was sent once there are `number` messages."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: len(self.sent) >= number)
        return self.sent

    async def until_tried(self, number: int, *, within: float = 20) -> None:
        """Return once there were `number` attempts at sending."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: self.attempts >= number)

    def texts(self) -> dict[str, list[str]]:
        """Return what was sent by room, in order."""
        rooms: dict[str, list[str]] = defaultdict(list)
        for sent in self.sent:
            rooms[sent.to.room].append(sent.text)
        return dict(rooms)


def person(id: str = "p1", *, adapter: str = "fake", workspace: str = "w") -> Person:
    return Person(adapter=adapter, workspace=workspace, id=id)


def room(name: str = "r1", *, adapter: str = "fake", workspace: str = "w") -> Conversation:
    return Conversation(adapter=adapter, workspace=workspace, room=name)


def event(
    id: str = "e1", text: str = "hello", *, by: str = "p1", at: str = "r1", adapter: str = "fake", workspace: str = "w"
) -> Event:
    return Event(
        id=id,
        person=person(by, adapter=adapter, workspace=workspace),
        conversation=room(at, adapter=adapter, workspace=workspace),
        at=NOW,
        text=text,
    )


def said(text: str) -> Reply:
    return Reply(blocks=(Text(markdown=text),), summary=text[:50])


Answer = Callable[[Event, ConversationState], Awaitable[tuple[Reply | None, ConversationState]]]


async def echo(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
    """Answer with how many turns there were before, and the words again."""
    reply = said(f"{len(state.turns)}: {event.text}")
    return reply, state.after(Turn(question=event.text, at=event.at, event=event.id), keep=10_000)


def failing(times: int, *, then: Answer = echo, error: Exception | None = None) -> Answer:
    """Return a handler that fails `times` times, then answers."""
    left = [times]

    async def handle(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        if left[0]:
            left[0] -= 1
            raise error or RuntimeError("on purpose")
        return await then(event, state)

    return handle


def one_of_each(events: Iterable[Event]) -> list[Event]:
    """Return events with each id once, in the order of first appearance."""
    return list({e.id: e for e in events}.values())


def later(event: Event, **by: float) -> Event:
    """Return the event as if it had happened later."""
    return replace(event, at=event.at + timedelta(**by))
