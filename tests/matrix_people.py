"""The other side of a Matrix room in tests: people with nio clients, and a coach that echoes."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from nio import (
    AsyncClient,
    AsyncClientConfig,
    MegolmEvent,
    RoomGetEventResponse,
    RoomMessageNotice,
    RoomMessageText,
    SyncResponse,
)

from mediation_coach.adapters.matrix import MatrixAdapter, MatrixOptions
from mediation_coach.domain.chat import Event, Intent, Reply, Text
from mediation_coach.errors import TryLater
from tests.synapse import PASSWORD, Synapse

PATIENCE_S = 30.0
_FILTER = {"room": {"timeline": {"limit": 100}}}


class Member:
    """Someone with an ordinary client that keeps syncing."""

    def __init__(self, server: Synapse, user: str, folder: Path) -> None:
        self.server, self.user = server, user
        token, device = server.log_in(user)
        self.token, self.device = token, device
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False)
        self.client = AsyncClient(server.url, user, device, str(folder), config)
        self.client.restore_login(user, device, token)
        self.heard: list[tuple[str, Any]] = []
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def present(cls, server: Synapse, name: str = "member", *, user: str = "") -> AsyncIterator[Member]:
        """Yield a member who is syncing from now on."""
        with tempfile.TemporaryDirectory(prefix="coach-member-") as folder:
            member = cls(server, user or server.user(name), Path(folder))
            await member._start()
            try:
                yield member
            finally:
                await member.leave_for_good()

    async def _start(self) -> None:
        self.client.add_response_callback(self._synced, SyncResponse)
        await self.client.sync(timeout=0, sync_filter=_FILTER, full_state=True)
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        self._task = asyncio.create_task(self.client.sync_forever(timeout=30_000, sync_filter=_FILTER))

    async def _synced(self, response: SyncResponse) -> None:
        async with self._changed:
            for room_id, info in response.rooms.join.items():
                self.heard += [(room_id, event) for event in info.timeline.events]
            self._changed.notify_all()

    async def until(self, found: Callable[[], Any], *, within: float = PATIENCE_S, why: str = "") -> Any:
        """Return what `found` gives, as soon as it gives something; it is looked at after every sync."""
        try:
            async with asyncio.timeout(within), self._changed:
                while not (result := found()):
                    await self._changed.wait()
                return result
        except TimeoutError:
            raise AssertionError(f"nothing came within {within} s: {why}") from None

    async def leave_for_good(self) -> None:
        """Stop syncing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.client.close()

    async def open_room(self, *users: str, encrypted: bool = False, joined: int | None = None) -> str:
        """Make a room, invite `users`, and wait until they are there."""
        state = (
            [{"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}]
            if encrypted
            else []
        )
        made = await self.client.room_create(invite=list(users), initial_state=state, is_direct=len(users) == 1)
        room_id = str(made.room_id)
        await self.until(lambda: self.in_room(room_id) >= (joined or len(users) + 1), why="the others joined")
        return room_id

    def in_room(self, room_id: str) -> int:
        room = self.client.rooms.get(room_id)
        return len([u for u in room.users.values() if not u.invited]) if room else 0

    async def say(self, room_id: str, text: str, **content: Any) -> str:
        """Say something; `thread` and `mention` make it so."""
        body: dict[str, Any] = {"msgtype": "m.text", "body": text}
        if thread := content.pop("thread", ""):
            body["m.relates_to"] = {
                "rel_type": "m.thread",
                "event_id": thread,
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": thread},
            }
        if mention := content.pop("mention", ""):
            body["m.mentions"] = {"user_ids": [mention]}
        kind = content.pop("kind", "m.room.message")
        try:
            sent = await self.client.room_send(room_id, kind, {**body, **content}, ignore_unverified_devices=True)
        except (
            KeyError
        ):  # nio lost the session it was sharing, as a list of devices changed meanwhile; nothing was sent
            sent = await self.client.room_send(room_id, kind, {**body, **content}, ignore_unverified_devices=True)
        return str(sent.event_id)

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        content = {"m.relates_to": relation}
        return str(
            (await self.client.room_send(room_id, "m.reaction", content, ignore_unverified_devices=True)).event_id
        )

    def answers(self, room_id: str, by: str) -> list[Any]:
        """Everything `by` said in a room, as this member reads it."""
        spoken = (RoomMessageNotice, RoomMessageText)
        return [e for room, e in self.heard if room == room_id and e.sender == by and isinstance(e, spoken)]

    def bodies(self, room_id: str, by: str) -> list[str]:
        return [e.body for e in self.answers(room_id, by)]

    def shown(self, room_id: str, by: str) -> list[str]:
        """Return what a client shows: each message of `by` as its newest edit says."""
        found: dict[str, str] = {}
        for event in self.answers(room_id, by):
            content = event.source["content"]
            edited = content["m.relates_to"]["event_id"] if "m.new_content" in content else event.event_id
            found[edited] = content.get("m.new_content", content)["body"]
        return list(found.values())

    def unread(self, room_id: str) -> list[MegolmEvent]:
        return [e for room, e in self.heard if room == room_id and isinstance(e, MegolmEvent)]

    async def answered(self, room_id: str, by: str, body: str, *, within: float = PATIENCE_S) -> Any:
        """Return the message with this body, as soon as it is there."""
        return await self.until(
            lambda: next((e for e in self.answers(room_id, by) if e.body == body), None),
            within=within,
            why=f"an answer of {len(body)} characters",
        )

    async def fetch(self, room_id: str, event_id: str) -> Any:
        found = await self.client.room_get_event(room_id, event_id)
        assert isinstance(found, RoomGetEventResponse), found
        return found.event


def echo(event: Event) -> Reply | None:
    """Answer every message with its own words."""
    if event.intent is Intent.JOINED:
        return Reply(blocks=(Text(markdown="hello"),))
    return Reply(blocks=(Text(markdown=f"echo: {event.text}"),)) if event.intent is Intent.MESSAGE else None


class EchoCoach:
    """A Matrix adapter with the smallest inbox: once an event, in order in a conversation, conversations side by side."""

    def __init__(self, options: MatrixOptions, answer: Callable[[Event], Reply | None] = echo) -> None:
        self.options, self.answer = options, answer
        self.adapter = MatrixAdapter(options)
        self.events: list[Event] = []
        self.sent: dict[str, str] = {}
        self.before_answer: Callable[[Event], Awaitable[None]] | None = None
        self._seen: set[str] = set()
        self._queues: dict[str, asyncio.Queue[Event]] = defaultdict(asyncio.Queue)
        self._tasks: list[asyncio.Task[Any]] = []
        self.running: asyncio.Task[None] | None = None

    @property
    def user(self) -> str:
        return self.options.user

    async def start(self) -> EchoCoach:
        self.running = asyncio.create_task(self.adapter.run(self._receive))
        await self.connected()
        return self

    async def connected(self, *, within: float = PATIENCE_S) -> None:
        async with asyncio.timeout(within):
            while not self.adapter._connected.is_set():
                if self.running is not None and self.running.done():
                    self.running.result()
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        tasks = [t for t in (self.running, *self._tasks) if t is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.adapter.close()

    async def _receive(self, event: Event) -> None:
        if event.id in self._seen:
            return
        self._seen.add(event.id)
        self.events.append(event)
        key = event.conversation.key
        if key not in self._queues:
            self._tasks.append(asyncio.create_task(self._work(self._queues[key])))
        self._queues[key].put_nowait(event)

    async def _work(self, queue: asyncio.Queue[Event]) -> None:
        while True:
            event = await queue.get()
            if self.before_answer is not None:
                await self.before_answer(event)
            if (reply := self.answer(event)) is not None:
                self.sent[event.id] = await send_until_sent(self.adapter, event, reply)


async def eventually(true: Callable[[], Any], *, within: float = PATIENCE_S) -> None:
    """Wait until `true()` is."""
    async with asyncio.timeout(within):
        while True:
            if true():
                return
            await asyncio.sleep(0.01)


async def send_until_sent(adapter: MatrixAdapter, event: Event, reply: Reply) -> str:
    while True:
        try:
            return await adapter.send(event.conversation, reply, key=f"reply:{event.id}")
        except TryLater as exc:
            await asyncio.sleep(min(exc.retry_after.total_seconds(), 0.2))


def options_for(server: Synapse, folder: Path, user: str = "", **more: Any) -> MatrixOptions:
    """Return settings for a coach with its own user and folder."""
    table = {
        "homeserver": server.url,
        "user": user or server.user("coach"),
        "password": PASSWORD,
        "folder": folder,
        "introduce": False,
    }
    return MatrixOptions.model_validate({**table, **more})


@contextlib.asynccontextmanager
async def running(coach: EchoCoach) -> AsyncIterator[EchoCoach]:
    """Yield a coach that is connected."""
    await coach.start()
    try:
        yield coach
    finally:
        await coach.stop()
