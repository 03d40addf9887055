"""The coach on Matrix: a full member of its rooms, end-to-end encrypted, verified by its owner, never silently deaf."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nio import RoomCreateResponse
from nio.api import RoomPreset

from mediation_coach import logs
from mediation_coach.adapters.matrix_client import SOON, CoachClient, TokenGoneError, result
from mediation_coach.adapters.matrix_format import NAME
from mediation_coach.adapters.matrix_html import MOST_BYTES
from mediation_coach.adapters.matrix_identity import Standing
from mediation_coach.adapters.matrix_login import open_device
from mediation_coach.adapters.matrix_recent import Recent
from mediation_coach.adapters.matrix_rooms import Rooms, is_private, others
from mediation_coach.adapters.matrix_sending import EDIT_EVERY_S, Debts, Halves, PrivacyEndedError, Speaker
from mediation_coach.adapters.matrix_session import (
    KEYS_LOST,
    Folder,
    Lock,
    MatrixOptions,
    Memory,
    Notebook,
    Owed,
    options_of,
)
from mediation_coach.adapters.matrix_sync import Listener
from mediation_coach.domain.chat import Conversation, Person, Reply, ReplyKind
from mediation_coach.errors import AdapterError, TryLater
from mediation_coach.ports import Capabilities, LanguageOf, Receive, Showing

__all__ = ["MatrixAdapter", "MatrixOptions"]

log = logs.get("matrix")

TYPING_MS = 30_000
RENEW_TYPING_S = 20.0
LONGEST_TYPING_S = 180.0
RECEIPTS_EVERY_S = 2.0
DEAF_AFTER_S = 60.0
SHOWN = Showing(every=EDIT_EVERY_S, most=30)
ROOM_APPEARS_S = 15.0
_ENCRYPTED = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """Everything that belongs to one login."""

    client: CoachClient
    notebook: Notebook
    memory: Memory
    listener: Listener
    speaker: Speaker
    debts: Debts
    recent: Recent
    standing: Standing


class MatrixAdapter:
    """Matrix as a chat platform."""

    name = NAME
    Options = MatrixOptions
    read_options = staticmethod(options_of)
    capabilities = Capabilities(
        images=True,
        edits=True,
        typing=True,
        threads=True,
        look_up=True,
        idempotent_send=True,
        longest_text=MOST_BYTES,
    )

    def __init__(
        self,
        options: MatrixOptions,
        *,
        language_of: LanguageOf = lambda text, *, otherwise: otherwise,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the settings; nothing is opened before `run`. `language_of` tells in which language to speak of itself."""
        self._options, self._language_of = options, language_of
        self._folder = Folder(options.folder)
        self._monotonic = monotonic
        self._line: _Line | None = None
        self._lock: Lock | None = None
        self._typing: dict[str, asyncio.Task[None]] = {}
        self._halves = Halves()
        self._trouble = "not connected yet"
        self._connected = asyncio.Event()

    async def run(self, receive: Receive) -> None:
        """Listen until cancelled; a revoked session is replaced where the password is known.

        Raises:
            ConfigError: there is no way in with these settings; the message says what to do.
        """
        self._folder.open()
        self._lock = self._lock or Lock(self._folder)
        try:
            while True:
                line = await self._open()
                try:
                    await self._listen(line, receive)
                except TokenGoneError:
                    log.warning("matrix_token_gone")
                finally:
                    self._connected.clear()
                    self._line = None
                    await line.client.close()
        finally:
            self._lock.release()
            self._lock = None

    async def _open(self) -> _Line:
        attempt = 0
        while True:
            try:
                return await self._opened()
            except AdapterError as exc:
                attempt += 1
                self._trouble = exc.reason
                log.warning("matrix_cannot_connect", why=exc.reason, attempt=attempt)
                asked = exc.retry_after.total_seconds() if isinstance(exc, TryLater) else 0.0
                await asyncio.sleep(min(60.0, max(0.5 * 2 ** min(attempt, 7), asked / 5)))

    async def _opened(self) -> _Line:
        opened = await open_device(self._options, self._folder)
        client, notebook, recent = opened.client, self._folder.notebook(), Recent()
        memory = notebook.memory
        speaker = Speaker(client, memory, recent, halves=self._halves, offer_reactions=self._options.offer_reactions)
        rooms = Rooms(client, self._options, memory)
        debts = Debts(speaker, notebook, self._connected.is_set)
        listener = Listener(
            client,
            self._folder,
            notebook,
            rooms,
            recent,
            catch_up=self._options.catch_up,
            wake=debts.wake,
            language_of=self._language_of,
        )
        self._trouble = ""
        return _Line(
            client=client,
            notebook=notebook,
            memory=memory,
            listener=listener,
            speaker=speaker,
            debts=debts,
            recent=recent,
            standing=opened.standing,
        )

    async def _listen(self, line: _Line, receive: Receive) -> None:
        self._line = line
        helpers = [
            asyncio.create_task(self._when_synced(line)),
            asyncio.create_task(line.debts.run()),
            asyncio.create_task(self._receipts(line)),
        ]
        try:
            await line.listener.run(receive)
        finally:
            for task in (*helpers, *self._typing.values()):
                task.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            await line.notebook.close()
            self._typing.clear()

    async def _when_synced(self, line: _Line) -> None:
        await line.listener.synced.wait()
        log.info("matrix_connected", count=len(line.client.rooms), status=line.standing.good)
        self._connected.set()
        line.debts.wake()

    async def _receipts(self, line: _Line) -> None:
        """Acknowledge what was received, a room and thread at a time, after the answers had their turn."""
        while self._options.receipts:
            await asyncio.sleep(RECEIPTS_EVERY_S)
            for (room, thread), event in line.recent.take_receipts().items():
                with contextlib.suppress(AdapterError):
                    await result(line.client.update_receipt_marker(room, event, thread_id=thread or "main"))

    def _now(self) -> _Line:
        if self._line is None or not self._connected.is_set():
            raise TryLater(NAME, self._trouble or "not connected yet", SOON)
        return self._line

    async def send(self, to: Conversation, reply: Reply, *, key: str) -> str:
        """Send `reply` into a room or a thread; the same key again gives the first message's id and sends nothing new.

        Raises:
            TryLater: busy or out of reach.
            NotDelivered: refused for good; also a private reply for a room where others have come in, which then is told so
                where someone waits for it.
        """
        line = self._now()
        try:
            return await line.speaker.say(to.room, to.thread, reply, key=key, private=to.private)
        except PrivacyEndedError:
            if not reply.ring and reply.kind is not ReplyKind.CHECK_IN:  # of what nobody asked for now, nobody is told
                line.memory.owe(_withheld(to, key, self._options.prefix))
                line.debts.wake()
            raise
        except TokenGoneError as exc:
            raise TryLater(NAME, "logging in again", SOON) from exc

    def showing(self, to: Conversation) -> Showing | None:
        """Return how answers may be shown while they are written: by few edits of a notice."""
        return SHOWN

    async def show(self, to: Conversation, so_far: str, *, key: str, person: Person) -> str:
        """Let the half message of `key` say this Markdown; return its event id.

        Raises:
            TryLater: busy or out of reach.
            NotDelivered: the coach may not speak there.
        """
        line = self._now()
        try:
            return await line.speaker.show(to.room, to.thread, so_far, key=key, private=to.private)
        except TokenGoneError as exc:
            raise TryLater(NAME, "logging in again", SOON) from exc

    def take_up(self, *, key: str, half: str) -> None:
        """Know that an earlier life left the message `half` under `key`."""
        self._halves.note(key, half)

    async def find_half(self, to: Conversation, *, key: str, since: datetime) -> str:
        """Return the half message of `key` from the room's history, or nothing."""
        return await self._now().speaker.find(to.room, key=key, half=True) or ""

    async def find_sent(self, to: Conversation, *, key: str) -> str | None:
        """Return the id of the reply sent under `key`, from the room's history: also when the server forgot the transaction."""
        return await self._now().speaker.find(to.room, key=key)

    async def direct_conversation(self, person: Person) -> Conversation:
        """Return the room with this person alone; a new encrypted one with an invitation where there is none."""
        line = self._now()
        if (room_id := _room_with(line, person.id)) is None:
            room_id = await self._open_room(line, person.id)
        line.memory.notes(room_id).person = person.id
        return Conversation(adapter=NAME, room=room_id, private=True)

    async def _open_room(self, line: _Line, user: str) -> str:
        created: RoomCreateResponse = await result(
            line.client.room_create(
                is_direct=True,
                preset=RoomPreset.trusted_private_chat,
                invite=[user],
                initial_state=[_ENCRYPTED] if self._options.encrypt_new_rooms else [],
            )
        )
        line.memory.notes(created.room_id).greeted = True
        deadline = self._monotonic() + ROOM_APPEARS_S
        while user not in getattr(line.client.rooms.get(created.room_id), "users", {}):
            if self._monotonic() > deadline:
                raise TryLater(NAME, "the new room has not appeared", SOON)
            await asyncio.sleep(0.05)
        return str(created.room_id)

    async def working(self, at: Conversation, busy: bool) -> None:
        """Show that an answer is being written, renewed until it is there; never raises."""
        if (task := self._typing.pop(at.room, None)) is not None:
            task.cancel()
        line = self._line
        if line is None or at.room not in line.client.rooms:
            return
        if busy:
            self._typing[at.room] = asyncio.create_task(_keep_typing(line.client, at.room))
        elif task is not None:
            await _show_typing(line.client, at.room, False)

    async def ready(self) -> str | None:
        """Return None when connected, listening and signed, else what is wrong in a few words."""
        line = self._line
        if line is None or not self._connected.is_set():
            return self._trouble or "not connected yet"
        if line.listener.trouble:
            return line.listener.trouble
        if self._monotonic() - (line.listener.last_good or 0.0) > DEAF_AFTER_S:
            return "nothing heard from the homeserver for a minute"
        if any(o.words == KEYS_LOST for o in line.memory.owed):
            return "the encryption keys were lost; telling the rooms"
        if not line.standing.good:
            return "the device is not verified by its owner: run `mediation-coach matrix verify`"
        return None

    async def close(self) -> None:
        """Let go of connections."""
        for task in self._typing.values():
            task.cancel()
        if self._line is not None:
            await self._line.client.close()


def _withheld(to: Conversation, key: str, prefix: str) -> Owed:
    """Return the sentence that stands where a private reply would now be read by others."""
    return Owed(room=to.room, thread=to.thread, key=f"withheld:{key}", words="withheld", values={"prefix": prefix})


def _room_with(line: _Line, user: str) -> str | None:
    """Return the room of the coach and this person alone, now and before; an encrypted one first."""
    rooms = [room for room in line.client.rooms.values() if others(room) == [user]]
    rooms = [room for room in rooms if is_private(room, line.memory.notes(room.room_id))]
    rooms.sort(key=lambda room: (not room.encrypted, room.users[user].invited, room.room_id))
    return rooms[0].room_id if rooms else None


async def _keep_typing(client: CoachClient, room: str) -> None:
    """Show typing, and renew it before it runs out, for as long as an answer may take."""
    for _ in range(int(LONGEST_TYPING_S / RENEW_TYPING_S)):
        await _show_typing(client, room, True)
        await asyncio.sleep(RENEW_TYPING_S)


async def _show_typing(client: CoachClient, room: str, busy: bool) -> None:
    with contextlib.suppress(AdapterError):
        await result(client.room_typing(room, busy, timeout=TYPING_MS))
