"""Speaking: replies into rooms, encrypted where the room is, each under a transaction id that makes it appear once."""

from __future__ import annotations

import asyncio
import io
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nio import MatrixRoom, MegolmEvent, RoomMessagesResponse, RoomSendResponse, UploadResponse

from mediation_coach import logs
from mediation_coach.adapters import matrix_format as fmt
from mediation_coach.adapters import matrix_html as shown
from mediation_coach.adapters.matrix_client import SOON, CoachClient, insist, result
from mediation_coach.adapters.matrix_keys import RoomKeys
from mediation_coach.adapters.matrix_recent import Recent
from mediation_coach.adapters.matrix_rooms import alone_with, is_private, others
from mediation_coach.adapters.matrix_session import KEYS_LOST, Memory, Notebook, Owed
from mediation_coach.adapters.matrix_words import say
from mediation_coach.domain.chat import Choice, Image, Reply
from mediation_coach.errors import AdapterError, NotDelivered, TryLater

log = logs.get("matrix")

LOOK_BACK = 1000
MOST_REACTIONS = 10
OWED_AGAIN_S = 5.0
EDIT_EVERY_S = 1.5
MOST_HALVES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Half:
    event: str
    said_at: float
    edits: tuple[str, ...] = ()


class Halves:
    """Messages that were seen before the answer was whole, by key; the oldest forgotten first."""

    def __init__(self) -> None:
        """Start with none."""
        self._by_key: OrderedDict[str, _Half] = OrderedDict()

    def get(self, key: str) -> _Half | None:
        """Return the message of a key."""
        return self._by_key.get(key)

    def note(self, key: str, event: str, *, said_at: float = 0.0, edit: str = "") -> None:
        """Note that the message of `key` is `event`, when it last changed, and by which edit."""
        known = self._by_key.get(key)
        edits = (*(known.edits if known else ()), *([edit] if edit else ()))
        self._by_key[key] = _Half(event=event, said_at=said_at, edits=edits)
        while len(self._by_key) > MOST_HALVES:
            self._by_key.popitem(last=False)


class PrivacyEndedError(NotDelivered):
    """What was meant for one person would now be read by others."""


class Speaker:
    """Sends, one message at a time in a room, so that they stand there in the order in which they were said."""

    def __init__(
        self,
        client: CoachClient,
        memory: Memory,
        recent: Recent,
        *,
        halves: Halves | None = None,
        offer_reactions: bool = False,
    ) -> None:
        """Speak through this client."""
        self._halves = halves or Halves()
        self._client, self._memory, self._recent = client, memory, recent
        self._keys = RoomKeys(client)
        self._offer_reactions = offer_reactions
        self._in_turn: dict[str, asyncio.Lock] = {}

    async def say(self, room_id: str, thread: str, reply: Reply, *, key: str, private: bool = False) -> str:
        """Send a reply and return the id of its last message, the one that carries the choices.

        Where the answer was seen while it was written, its first message is the last edit of that one.

        Raises:
            TryLater: busy or out of reach; the same key may be sent again and appears once.
            NotDelivered: the coach may not speak there, or nobody would hear it.
            PrivacyEndedError: it is `private`, and someone else has come into the room since it was asked for.
        """
        room = self._room(room_id)
        parts = shown.messages(reply)
        if not parts:
            raise NotDelivered(fmt.NAME, "nothing to say")
        choices = shown.offered(reply)
        if words := shown.announced(reply):  # what rings is all that a lock screen shows; the rest follows as a notice
            parts = [shown.page_of(words), *parts]
        event_id = ""
        half = self._halves.get(key) if isinstance(parts[0], shown.Page) else None
        if half is not None:
            await asyncio.sleep(half.said_at + EDIT_EVERY_S - time.monotonic())
        async with self._in_turn.setdefault(room_id, asyncio.Lock()):
            for number, part in enumerate(parts):
                await self._hold_private(room, private, half)
                content = await self._content(part, room, ring=reply.ring and not (words and number))
                content = shown.marked(content, key=key, part=number, of=len(parts), choices=choices)
                if half is not None and number == 0:
                    content = shown.edit_of(half.event, content)
                event_id = await self._put(room, thread, content, fmt.transaction(key, number))
                if half is not None and number == 0:
                    event_id = half.event
                self._recent.said(room_id, thread, event_id, choices if number == len(parts) - 1 else ())
            if self._offer_reactions and choices:
                await self._offer(room_id, event_id, choices, key)
        return event_id

    async def show(self, room_id: str, thread: str, so_far: str, *, key: str, private: bool = False) -> str:
        """Let the half message of `key` say this Markdown, and return its id. `find` does not take it for the answer.

        Raises:
            TryLater: busy or out of reach.
            NotDelivered: the coach may not speak there.
            PrivacyEndedError: it is `private`, and someone else has come into the room; what was seen is taken back.
        """
        room = self._room(room_id)
        content = shown.marked(shown.text_content(shown.page_of(so_far)), key=key, part=0, of=0)
        async with self._in_turn.setdefault(room_id, asyncio.Lock()):
            half = self._halves.get(key)
            await self._hold_private(room, private, half)
            edit = ""
            if half is None:
                event_id = await self._put(room, thread, content, fmt.transaction(f"{key}/half"))
                self._recent.said(room_id, thread, event_id, ())
            else:
                event_id, changed = half.event, shown.edit_of(half.event, content)
                edit = await self._put(room, thread, changed, fmt.transaction(uuid.uuid4().hex))
            self._halves.note(key, event_id, said_at=time.monotonic(), edit=edit)
        return event_id

    async def say_owed(self, owed: Owed) -> None:
        """Send one of the adapter's own sentences, as a notice."""
        room = self._room(owed.room)
        if owed.words == KEYS_LOST and not room.encrypted:
            return
        language = self._memory.notes(owed.room).language
        content = shown.text_content(shown.page_of(say(owed.words, language, **owed.values)))
        async with self._in_turn.setdefault(owed.room, asyncio.Lock()):
            await self._put(room, owed.thread, content, fmt.transaction(owed.key))

    async def _hold_private(self, room: MatrixRoom, private: bool, half: _Half | None) -> None:
        """Say nothing of what is meant for one person where another can read it, and take back what was seen of it.

        Raises:
            PrivacyEndedError: someone else has come into the room.
        """
        if not private or is_private(room, self._memory.notes(room.room_id)):
            return
        for event in (
            () if half is None else (half.event, *half.edits)
        ):  # an edit stays when what it edits is taken back
            transaction = fmt.transaction(f"{event}/taken_back")
            await result(self._client.room_redact(room.room_id, event, tx_id=transaction))
        raise PrivacyEndedError(fmt.NAME, "the room is no longer private")

    def _room(self, room_id: str) -> MatrixRoom:
        room = self._client.rooms.get(room_id)
        if room is None:
            raise NotDelivered(fmt.NAME, "the coach is not in this room")
        if room.own_user_id in room.users and not others(room):
            raise NotDelivered(fmt.NAME, "nobody is in this room any more")
        return room

    async def _content(self, part: shown.Message, room: MatrixRoom, *, ring: bool) -> dict[str, Any]:
        if isinstance(part, Image):
            return await self._picture(part, encrypted=room.encrypted)
        mention = [alone] if ring and (alone := alone_with(room)) else []
        return shown.text_content(part, mention=mention, ring=ring)

    async def _picture(self, image: Image, *, encrypted: bool) -> dict[str, Any]:
        async def upload() -> tuple[UploadResponse, dict[str, Any] | None]:
            call = self._client.upload(
                io.BytesIO(image.png),
                "image/png",
                None if encrypted else image.name,
                encrypt=encrypted,
                filesize=len(image.png),
            )
            response, file = await call
            return await result(_done(response)), file

        response, file = await upload()
        content = {
            "msgtype": "m.image",
            "body": image.alt,
            "filename": image.name,
            "info": {"mimetype": "image/png", "size": len(image.png)},
        }
        if file is not None:
            return {**content, "file": {**file, "url": response.content_uri}}
        return {**content, "url": response.content_uri}

    async def _put(self, room: MatrixRoom, thread: str, content: Mapping[str, Any], transaction: str) -> str:
        edits = "m.new_content" in content  # which stay in the thread of what they edit
        threaded = fmt.in_thread(dict(content), "" if edits else thread, self._recent.latest(room.room_id, thread))
        if room.encrypted:
            await self._keys.share(room.room_id, self._memory.notes(room.room_id))
        call = self._client.room_send(
            room.room_id, "m.room.message", threaded, tx_id=transaction, ignore_unverified_devices=True
        )
        sent: RoomSendResponse = await result(call)
        return str(sent.event_id)

    async def _offer(self, room_id: str, event_id: str, choices: tuple[Choice, ...], key: str) -> None:
        """Put 1️⃣ 2️⃣ … under a message, to be pressed; it is a help only, so what fails is left."""
        for number in range(1, min(len(choices), MOST_REACTIONS) + 1):
            relation = {"rel_type": "m.annotation", "event_id": event_id, "key": fmt.keycap(number)}
            try:
                transaction = fmt.transaction(f"{key}/offer", number)
                await result(
                    self._client.room_send(room_id, "m.reaction", {"m.relates_to": relation}, tx_id=transaction)
                )
            except AdapterError:
                return

    async def find(self, room_id: str, *, key: str, half: bool = False) -> str | None:
        """Return the id of the last message of the reply sent under `key`, looked for among the room's newest messages.

        With `half`, of the message that was seen before the reply was whole.
        """
        mark, start, looked = fmt.key_mark(key), None, 0
        self._room(room_id)
        while looked < LOOK_BACK:
            page: RoomMessagesResponse = await insist(
                lambda at=start: result(self._client.room_messages(room_id, at, limit=100))  # type: ignore[misc]
            )
            for event in page.chunk:
                own = _own(event, self._client.user_id)
                last = 0 if half and own.get("of") == 0 else own.get("of", 0) - 1
                if own.get("key") == mark and own.get("part") == last:
                    return fmt.edited_by(event.source["content"]) or str(event.event_id)
            looked += len(page.chunk)
            if not page.chunk or not page.end or page.end == start:
                return None
            start = page.end
        return None


def _own(event: Any, me: str) -> Mapping[str, Any]:
    source = getattr(event, "source", None)
    if isinstance(event, MegolmEvent) or not isinstance(source, dict) or event.sender != me:
        return {}
    own = source.get("content", {}).get(fmt.OWN)
    return own if isinstance(own, dict) else {}


async def _done(response: Any) -> Any:
    return response


class Debts:
    """Says what the adapter itself owes to rooms, and tries again until it is said."""

    def __init__(self, speaker: Speaker, notebook: Notebook, ready: Callable[[], bool]) -> None:
        """Say the sentences in the memory, once `ready` says that rooms are known."""
        self._speaker, self._notebook, self._memory, self._ready = speaker, notebook, notebook.memory, ready
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look at the list again."""
        self._wake.set()

    async def run(self) -> None:
        """Pay until cancelled."""
        while True:
            if self._ready():
                for owed in list(self._memory.owed):
                    await self._pay(owed)
            self._wake.clear()
            try:
                async with asyncio.timeout(OWED_AGAIN_S if self._memory.owed else None):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _pay(self, owed: Owed) -> None:
        try:
            await self._speaker.say_owed(owed)
        except TryLater as exc:
            log.info("matrix_sentence_waits", why=exc.reason)
            await asyncio.sleep(min(exc.retry_after, 6 * SOON).total_seconds())
            return
        except NotDelivered as exc:
            log.info("matrix_sentence_refused", why=exc.reason)
        except Exception as exc:  # whatever nio raises: the sentence stays owed, and the others are said
            log.warning("matrix_sentence_failed", error=type(exc).__name__, place=logs.place_of(exc))
            await asyncio.sleep(OWED_AGAIN_S)
            return
        self._memory.said(owed)
        await self._notebook.keep()
