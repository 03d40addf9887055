"""Listening: our own sync loop. An event is handed over first, and only then the token is written that says we have it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from nio import MatrixRoom, MegolmEvent, RoomMessagesResponse, SyncResponse, UnknownToDeviceEvent
from nio.events.to_device import RoomKeyEvent

from mediation_coach import logs
from mediation_coach.adapters import matrix_format as fmt
from mediation_coach.adapters.matrix_client import CoachClient, TokenGoneError, insist, path_of, result
from mediation_coach.adapters.matrix_keys import refill, sent_by_its_owner
from mediation_coach.adapters.matrix_recent import Recent, Spoken
from mediation_coach.adapters.matrix_rooms import Rooms, is_private, joined_now, since_my_join
from mediation_coach.adapters.matrix_session import Folder, Notebook, Owed, Waiting
from mediation_coach.domain.chat import Event, Intent
from mediation_coach.errors import AdapterError, NotDelivered, TryLater
from mediation_coach.ports import LanguageOf, Receive

log = logs.get("matrix")

POLL_MS = 30_000
WAITING_POLL_MS = 5_000
PATIENCE_S = 20.0
LONGEST_WAIT_S = 60.0
NO_SESSION = "m.no_olm"
_FILTER = {
    "room": {
        "timeline": {"limit": 100},
        "ephemeral": {"not_types": ["*"]},
        "account_data": {"not_types": ["*"]},
    },
    "presence": {"not_types": ["*"]},
    "account_data": {"not_types": ["*"]},
}


class Listener:
    """Reads the homeserver's stream and hands over what concerns the coach: nothing lost, nothing from before it came."""

    def __init__(
        self,
        client: CoachClient,
        folder: Folder,
        notebook: Notebook,
        rooms: Rooms,
        recent: Recent,
        *,
        catch_up: int,
        wake: Callable[[], None],
        language_of: LanguageOf,
    ) -> None:
        """Work on this client and this memory; `wake` tells that a sentence is owed, `language_of` what is spoken."""
        self._client, self._folder, self._rooms, self._recent = client, folder, rooms, recent
        self._notebook, self._memory = notebook, notebook.memory
        self._catch_up, self._wake, self._language_of = catch_up, wake, language_of
        self._unread: dict[str, MegolmEvent] = {}
        self._withheld: dict[str, str] = {}
        self.synced = asyncio.Event()
        self.last_good: float | None = None
        self.trouble = ""

    async def run(self, receive: Receive) -> None:
        """Listen until cancelled.

        Raises:
            TokenGoneError: the homeserver does not know this session any more.
        """
        failures = 0
        while True:
            try:
                await self._round(receive)
                failures, self.trouble = 0, ""
            except TokenGoneError:
                raise
            except Exception as exc:  # whatever failed, the token was not written: the same events come again
                failures += 1
                self.trouble = exc.reason if isinstance(exc, AdapterError) else type(exc).__name__
                log.warning("matrix_sync_failed", error=type(exc).__name__, place=logs.place_of(exc), attempt=failures)
                self._client.next_batch = ""
                await asyncio.sleep(_pause(exc, failures))

    async def _round(self, receive: Receive) -> None:
        token = self._folder.token() if not self.synced.is_set() else self._client.next_batch or self._folder.token()
        response = await self._sync(token)
        self._note_keys(response)
        await self._rooms.answer_invites(response)
        for room_id, info in response.rooms.join.items():
            if (room := self._client.rooms.get(room_id)) is not None:
                await self._room(room, info, token, receive)
        for room_id in response.rooms.leave:
            self._rooms.gone(room_id)
        await self._try_unread(receive)
        await self._notebook.keep()
        if response.next_batch != token:
            self._notebook.keep_token(response.next_batch)
        if self._memory.owed:
            self._wake()
        self.last_good = time.monotonic()
        self.synced.set()
        await self._chores(response)

    async def _sync(self, token: str) -> SyncResponse:
        """Ask for what is new; with everyone's state the first time, since nio does not keep rooms over a restart."""
        first = not self.synced.is_set()
        soon = any(not waiting.code for waiting in self._memory.waiting)
        timeout = 0 if first else WAITING_POLL_MS if soon else POLL_MS
        response: SyncResponse = await result(
            self._client.sync(timeout, _FILTER, since=token or None, full_state=first or None)
        )
        return response

    async def _chores(self, response: SyncResponse) -> None:
        """Do what keeps encryption going; what fails is done again after the next sync."""
        client = self._client
        work: list[Callable[[], Awaitable[Any]]] = [lambda: refill(client, response.device_key_count)]
        if client.should_query_keys:
            work.append(lambda: result(client.keys_query()))
        if client.should_claim_keys:
            work.append(lambda: result(client.keys_claim(client.get_users_for_key_claiming())))
        if client.outgoing_to_device_messages:
            work.append(client.send_to_device_messages)
        for step in work:
            try:
                await step()
            except TokenGoneError:
                raise
            except (AdapterError, OSError) as exc:
                log.info("matrix_chore_waits", error=type(exc).__name__)

    async def _room(self, room: MatrixRoom, info: Any, token: str, receive: Receive) -> None:
        self._rooms.note_state(room.room_id, [*info.state, *info.timeline.events])
        if not token:
            self._memory.notes(room.room_id).greeted = True
            await self._rooms.after_events(room, [*info.state, *info.timeline.events])
            return
        events = await self._new_events(room.room_id, info, token)
        if (greeting := self._rooms.greeting(room, [*info.state, *events])) is not None:
            await receive(greeting)
        for event in events:
            await self._event(room, event, receive)
        await self._rooms.after_events(room, [*info.state, *events])

    async def _new_events(self, room_id: str, info: Any, token: str) -> list[Any]:
        """Return what happened in a room since `token`, what the sync left out included, nothing from before we came."""
        events = since_my_join(info.timeline.events, self._client.user_id)
        came = bool(events) and joined_now(events[0], self._client.user_id)
        if not info.timeline.limited or came or not info.timeline.prev_batch:
            return events
        try:
            missed = await self._gap(room_id, info.timeline.prev_batch, token)
        except NotDelivered as exc:
            log.warning("matrix_gap_refused", why=exc.reason)
            return events
        return [*since_my_join(missed, self._client.user_id), *events]

    async def _gap(self, room_id: str, start: str, end: str) -> list[Any]:
        """Return the events between two tokens, oldest first."""
        found: list[Any] = []
        while len(found) < self._catch_up:
            page: RoomMessagesResponse = await insist(
                lambda at=start: result(self._client.room_messages(room_id, at, end=end, limit=100))  # type: ignore[misc]
            )
            found += page.chunk
            if (
                not page.chunk
                or not page.end
                or page.end == start
                or any(joined_now(e, self._client.user_id) for e in page.chunk)
            ):
                break
            start = page.end
        else:
            log.warning("matrix_gap_too_long", limit=self._catch_up)
        return found[::-1]

    async def _event(self, room: MatrixRoom, event: Any, receive: Receive) -> None:
        if isinstance(event, MegolmEvent):
            self._wait_for_key(room, event)
            return
        source = getattr(event, "source", None)
        if not isinstance(source, dict) or event.sender == self._client.user_id or not await self._genuine(event):
            return
        facts = self._rooms.facts(room)
        match self._read(source, facts):
            case fmt.Said(event=said):
                await self._hand_over(room, said, receive)
            case fmt.RoomCommand() as command:
                self._rooms.command(command, room)
            case fmt.Attachment(event=sent):
                owed = Owed(room=room.room_id, thread=sent.conversation.thread, key=f"file:{sent.id}", words="no_files")
                self._memory.owe(owed)
            case fmt.Reacted() as reacted:
                await self._reaction(source, facts, reacted, receive)
            case fmt.Edited() as edited:
                await self._edit(source, facts, edited, receive)
            case fmt.Redacted(about=about):
                await self._redaction(source, facts, about, receive)

    def _read(self, source: dict[str, Any], facts: fmt.RoomFacts) -> fmt.Heard | None:
        """Return what an event says; one that makes no sense at all stops nothing."""
        try:
            return fmt.read(source, facts)
        except (TypeError, ValueError, KeyError, AttributeError) as exc:
            log.warning("matrix_event_not_understood", error=type(exc).__name__, place=logs.place_of(exc))
            return None

    async def _hand_over(self, room: MatrixRoom, event: Event, receive: Receive) -> None:
        thread = event.conversation.thread
        self._recent.heard(event)
        await receive(event)
        notes = self._memory.notes(room.room_id)
        notes.used = True
        notes.language = self._language_of(event.text, otherwise=notes.language)
        if event.conversation.private:
            notes.person = event.person.id
        else:
            notes.joins_thread(thread)
        self._recent.to_receipt(event)

    async def _genuine(self, event: Any) -> bool:
        """Return whether an encrypted event comes from a device of its sender; unknown devices are asked for once."""
        if sent_by_its_owner(self._client, event):
            return True
        assert self._client.olm is not None
        self._client.olm.users_for_key_query.add(event.sender)
        await insist(lambda: result(self._client.keys_query()))
        if sent_by_its_owner(self._client, event):
            return True
        log.warning("matrix_event_not_from_its_sender")
        return False

    async def _reaction(
        self, source: dict[str, Any], facts: fmt.RoomFacts, reacted: fmt.Reacted, receive: Receive
    ) -> None:
        """Take a number under one of our messages as that choice, a thumb as feedback; other emoji are between people."""
        number, thumb = fmt.chosen_number(reacted.key), fmt.thumb(reacted.key)
        if number is None and not thumb:
            return
        spoken = await self._spoken(facts.id, reacted.about)
        if spoken is None or not spoken.ours:
            return
        if thumb:
            event = fmt.event_of(source, facts, thread=spoken.thread, intent=Intent.FEEDBACK, text=reacted.key)
            await receive(_about(event, reacted.about, choice=thumb))
        elif number is not None and number <= len(spoken.choices):
            choice, label = spoken.choices[number - 1]
            event = fmt.event_of(source, facts, thread=spoken.thread, intent=Intent.CHOICE, text=label)
            await receive(_about(event, reacted.about, choice=choice))

    async def _edit(self, source: dict[str, Any], facts: fmt.RoomFacts, edited: fmt.Edited, receive: Receive) -> None:
        """Hand over new words for a message that we were asked with, by whoever wrote it."""
        spoken = await self._spoken(facts.id, edited.about)
        if spoken is not None and spoken.addressed and spoken.sender == source.get("sender"):
            text = fmt.words_of(edited.content, facts)
            event = fmt.event_of(source, facts, thread=spoken.thread, intent=Intent.EDITED, text=text)
            await receive(_about(event, edited.about))

    async def _redaction(self, source: dict[str, Any], facts: fmt.RoomFacts, about: str, receive: Receive) -> None:
        """Hand over that a message is gone: in its thread; where that is not known, in each that the coach has part in."""
        gone = fmt.event_of(source, facts, thread="", intent=Intent.DELETED)
        known = self._recent.spoken(about)
        if known is not None or facts.private:
            thread = known.thread if known is not None else ""
            await receive(_about(replace(gone, conversation=replace(gone.conversation, thread=thread)), about))
            return
        notes = self._memory.notes(facts.id)
        for thread in [*([""] if notes.person else []), *notes.threads]:  # what was said when it was private included
            there = replace(gone, id=f"{gone.id}:{thread}", conversation=replace(gone.conversation, thread=thread))
            await receive(_about(there, about))

    async def _spoken(self, room_id: str, event_id: str, *, fetch: bool = True) -> Spoken | None:
        """Return what is known of a message: from what was just said, else from the server."""
        if (known := self._recent.spoken(event_id)) is not None or not fetch:
            return known
        try:
            found: Any = await insist(lambda: result(self._client.room_get_event(room_id, event_id)))
        except NotDelivered:
            return None
        room = self._client.rooms.get(room_id)
        source = getattr(found.event, "source", None)
        if room is None or not isinstance(source, dict) or isinstance(found.event, MegolmEvent):
            return None
        if found.event.sender == self._client.user_id and fmt.is_half(source.get("content", {})):
            with suppress(NotDelivered):
                source = await self._as_edited(room_id, source)
        return self._recent.learn(event_id, source, self._rooms.facts(room))

    async def _as_edited(self, room_id: str, source: dict[str, Any]) -> dict[str, Any]:
        """Return one of our messages as our last edit left it, in its own thread."""
        path = path_of("rooms", room_id, "relations", source["event_id"], "m.replace").replace("/v3/", "/v1/", 1)
        related = await insist(lambda: self._client.ask("GET", path))
        mine = [e["event_id"] for e in related.get("chunk", []) if e.get("sender") == self._client.user_id]
        if not mine:
            return source
        edit: Any = await insist(lambda: result(self._client.room_get_event(room_id, mine[0])))
        content = source["content"]
        newest = edit.event.source.get("content", {}).get("m.new_content", content)
        relation = {k: v for k, v in content.items() if k == "m.relates_to"}
        return {**source, "content": {**newest, **relation}}

    def _wait_for_key(self, room: MatrixRoom, event: MegolmEvent) -> None:
        """Keep a message whose key has not come; it is answered when the key comes, and spoken of when it does not."""
        if event.sender == self._client.user_id or not event.session_id:
            return
        relation = event.source.get("content", {}).get("m.relates_to", {})
        if isinstance(relation, dict) and relation.get("rel_type") in ("m.replace", "m.annotation"):
            return
        event.room_id = room.room_id
        self._unread[event.event_id] = event
        if all(w.event != event.event_id for w in self._memory.waiting):
            thread = fmt.thread_of(event.source.get("content", {}))
            waiting = Waiting(
                room=room.room_id,
                event=event.event_id,
                session=event.session_id,
                sender_key=event.sender_key or "",
                since=time.time(),
                thread=thread,
            )
            self._memory.waiting.append(waiting)

    def _note_keys(self, response: SyncResponse) -> None:
        """Note which keys were withheld and why, and which came after all."""
        for event in response.to_device_events:
            if isinstance(event, UnknownToDeviceEvent) and event.type == "m.room_key.withheld":
                content = event.source.get("content", {})
                code = str(content.get("code", ""))
                sender_key = str(content.get("sender_key", ""))
                of = sender_key if code == NO_SESSION else str(content.get("session_id", ""))
                self._withheld = dict([*self._withheld.items(), (of, code)][-500:])
                if code == NO_SESSION:
                    self._set_up_session(event.sender, sender_key)
            elif isinstance(event, RoomKeyEvent):
                self._withheld.pop(event.session_id, None)
                self._withheld.pop(event.sender_key, None)

    def _set_up_session(self, user: str, sender_key: str) -> None:
        """Have a secure session made with a device that could make none with us; the next chores do it."""
        olm = self._client.olm
        assert olm is not None
        device = olm.device_store.device_from_sender_key(user, sender_key)
        if device is not None and device not in olm.wedged_devices:
            olm.wedged_devices.append(device)

    async def _try_unread(self, receive: Receive) -> None:
        """Answer waiting messages whose key is here now; say once a session where it is not."""
        for waiting in list(self._memory.waiting):
            room = self._client.rooms.get(waiting.room)
            event = await self._opened(waiting) if self._has_key(waiting) else None
            if room is not None and event is not None:
                self._memory.waiting.remove(waiting)
                self._unread.pop(waiting.event, None)
                await self._event(room, event, receive)
            elif room is not None and (code := self._overdue(waiting)) is not None:
                self._say_unread(room, waiting, code)

    def _has_key(self, waiting: Waiting) -> bool:
        assert self._client.olm is not None
        keys = self._client.olm.inbound_group_store
        return keys.get(waiting.room, waiting.sender_key, waiting.session) is not None

    async def _opened(self, waiting: Waiting) -> Any | None:
        event = self._unread.get(waiting.event)
        if event is None:
            try:
                found = await result(self._client.room_get_event(waiting.room, waiting.event))
            except AdapterError:
                return None
            if not isinstance(found.event, MegolmEvent):
                return found.event
            event = self._unread[waiting.event] = found.event
            event.room_id = waiting.room
        return self._client.opened(event)

    def _overdue(self, waiting: Waiting) -> str | None:
        if waiting.code:
            return None
        if code := self._withheld.get(waiting.session) or self._withheld.get(waiting.sender_key):
            return code
        return "late" if time.time() - waiting.since > PATIENCE_S else None

    def _say_unread(self, room: MatrixRoom, waiting: Waiting, code: str) -> None:
        """Owe one calm sentence: once a session in a private room and in our own threads, once a room elsewhere."""
        waiting.code = code
        self._memory.waiting = self._memory.waiting[-500:]
        near = is_private(room) or waiting.thread in self._memory.notes(room.room_id).threads
        key = f"unread:{waiting.session if near else waiting.room}"
        self._memory.owe(Owed(room=room.room_id, thread=waiting.thread, key=key, words=f"cannot_read.{code}"))
        log.warning("matrix_event_unreadable", why=code)


def _about(event: Event, about: str, *, choice: str = "") -> Event:
    return replace(event, about=about, choice=choice)


def _pause(exc: Exception, failures: int) -> float:
    asked = exc.retry_after.total_seconds() if isinstance(exc, TryLater) and exc.reason == "M_LIMIT_EXCEEDED" else 0.0
    return min(LONGEST_WAIT_S, max(asked, 0.5 * 2.0 ** min(failures, 8)))
