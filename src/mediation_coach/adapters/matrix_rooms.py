"""Life in rooms: whom the coach follows into a room, who is in it, when it is private, when to leave, how it behaves there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

from nio import MatrixRoom, RoomCreateEvent, RoomEncryptionEvent, RoomMemberEvent, RoomUpgradeEvent, SyncResponse

from mediation_coach import logs
from mediation_coach.adapters.matrix_client import CoachClient, path_of, result
from mediation_coach.adapters.matrix_format import NAME, RoomCommand, RoomFacts, moment
from mediation_coach.adapters.matrix_session import MatrixOptions, Memory, Owed, RoomNotes
from mediation_coach.domain.chat import Conversation, Event, Intent, Person
from mediation_coach.errors import AdapterError, NotDelivered, TryLater

log = logs.get("matrix")

MODERATOR = 50
CREATORS_RULE = 12


def allowed(inviter: str, room_id: str, options: MatrixOptions) -> bool:
    """Return whether an invitation is followed: by user, by server, by room; with no list, from the coach's own server.

    A room id says nothing of a server, so servers are told by who invites.
    """
    if not (options.allow_users or options.allow_servers or options.allow_rooms):
        return _server(inviter) == options.server
    return (
        _matches(inviter, options.allow_users)
        or _matches(_server(inviter), options.allow_servers)
        or _matches(room_id, options.allow_rooms)
    )


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _server(user: str) -> str:
    return user.partition(":")[2]


def joined(room: MatrixRoom) -> list[str]:
    """Return who is in a room."""
    return [user for user, member in room.users.items() if not member.invited]


def others(room: MatrixRoom) -> list[str]:
    """Return who is in a room or invited to it, beside the coach."""
    return [user for user in room.users if user != room.own_user_id]


def alone_with(room: MatrixRoom) -> str:
    """Return the one person who is in a room with the coach, or about to come; nothing where there are more, or none."""
    there = [user for user in joined(room) if user != room.own_user_id] or others(room)
    return there[0] if len(there) == 1 else ""


def is_private(room: MatrixRoom, notes: RoomNotes | None = None) -> bool:
    """Return whether a room holds the coach and one person; with `notes`, the same one as when it was private before.

    Whoever stays behind in a room where another confided in the coach is not that person.
    """
    alone = alone_with(room)
    return bool(alone) and (notes is None or notes.person in ("", alone))


def joined_now(event: Any, me: str) -> bool:
    """Return whether an event is the moment in which `me` came in; a new name or picture is not."""
    return (
        isinstance(event, RoomMemberEvent)
        and event.state_key == me
        and event.membership == "join"
        and event.prev_membership != "join"
    )


def since_my_join(events: list[Any], me: str) -> list[Any]:
    """Return the events after the coach came in, with that moment itself; all of them where it was there all along."""
    for index in range(len(events) - 1, -1, -1):
        if joined_now(events[index], me):
            return events[index:]
    return events


class Rooms:
    """Follows invitations, watches who comes and goes, and keeps each room's settings."""

    def __init__(self, client: CoachClient, options: MatrixOptions, memory: Memory) -> None:
        """Work on this memory; whoever owns it writes it down."""
        self._client, self._options, self._memory = client, options, memory

    def facts(self, room: MatrixRoom) -> RoomFacts:
        """Return what reading an event needs to know of a room."""
        notes = self._memory.notes(room.room_id)
        return RoomFacts(
            id=room.room_id,
            me=self._client.user_id,
            my_name=room.user_name(self._client.user_id) or "",
            private=is_private(room, notes),
            prefix=self._options.prefix,
            everything=notes.listen == "everything",
            threads=frozenset(notes.threads),
        )

    async def answer_invites(self, response: SyncResponse) -> None:
        """Join where the lists allow it, decline elsewhere; what the server was too busy for is tried again next time."""
        for room_id in response.rooms.invite:
            room = self._client.invited_rooms.get(room_id)
            if room is not None and room.inviter:
                self._memory.invites[room_id] = room.inviter
        for room_id, inviter in list(self._memory.invites.items()):
            try:
                await self._answer_invite(room_id, inviter)
            except TryLater as exc:
                log.info("matrix_invite_waits", why=exc.reason)
            except NotDelivered as exc:
                log.info("matrix_invite_void", why=exc.reason)
                del self._memory.invites[room_id]

    async def _answer_invite(self, room_id: str, inviter: str) -> None:
        if allowed(inviter, room_id, self._options) or room_id in self._memory.moved:
            await result(self._client.join(room_id))
        else:
            log.warning("matrix_invite_declined", place=logs.hashed(room_id), who=logs.hashed(inviter))
            await result(self._client.room_leave(room_id))
            self._client.invited_rooms.pop(room_id, None)
        self._memory.invites.pop(room_id, None)

    def note_state(self, room_id: str, events: Iterable[Any]) -> None:
        """Note how often a room wants its key changed, and who made it: from version 12 on creators stand in no list of powers."""
        for event in events:
            if isinstance(event, RoomCreateEvent) and event.sender == self._client.user_id:
                self._memory.notes(room_id).greeted = True
            if isinstance(event, RoomCreateEvent) and _number(event.room_version, 0) >= CREATORS_RULE:
                more = event.source.get("content", {}).get("additional_creators", [])
                self._memory.notes(room_id).creators = [event.sender, *(u for u in more if isinstance(u, str))]
            if isinstance(event, RoomEncryptionEvent):
                content = event.source.get("content", {})
                notes = self._memory.notes(room_id)
                notes.rotate_after = _number(content.get("rotation_period_msgs"), 100)
                notes.rotate_ms = _number(content.get("rotation_period_ms"), 604_800_000)

    def greeting(self, room: MatrixRoom, events: Iterable[Any]) -> Event | None:
        """Return the event that makes the coach introduce itself: once in a room's life, and not in one it moved along with."""
        notes = self._memory.notes(room.room_id)
        if notes.greeted:
            return None
        came = next((e for e in events if joined_now(e, self._client.user_id)), None)
        if (old := self._memory.moved.pop(room.room_id, None)) is not None:
            self._move_notes(old, room.room_id)
            return None
        if came is None or not (self._options.introduce and notes.introduce) or not others(room):
            return None
        return self._joined_event(room, came)

    def _joined_event(self, room: MatrixRoom, came: RoomMemberEvent) -> Event:
        inviter = came.prev_content and came.source.get("unsigned", {}).get("prev_sender")
        known = inviter if isinstance(inviter, str) and inviter in room.users else others(room)[0]
        return Event(
            id=came.event_id,
            person=Person(adapter=NAME, id=known),
            conversation=Conversation(adapter=NAME, room=room.room_id, private=is_private(room)),
            at=moment(came.server_timestamp),
            intent=Intent.JOINED,
        )

    def _move_notes(self, old: str, new: str) -> None:
        notes = self._memory.rooms.get(old, RoomNotes())
        self._memory.rooms[new] = notes.model_copy(update={"greeted": True, "threads": []})

    async def after_events(self, room: MatrixRoom, events: list[Any]) -> None:
        """Act on who came and went: say that privacy has ended, leave an empty room, follow an upgrade."""
        for event in events:
            if isinstance(event, RoomUpgradeEvent) and event.replacement_room:
                await self._follow(room.room_id, event)
        if not others(room) and any(_went(e, room.own_user_id) for e in events):
            await self._leave(room.room_id)
            return
        notes = self._memory.notes(room.room_id)
        private, changed = is_private(room, notes), _last_member_change(events)
        if notes.used and changed and (notes.private != private or (is_private(room) and not private)):
            words = "private_again" if private else "someone_elses" if is_private(room) else "no_longer_private"
            values = {} if private else {"prefix": self._options.prefix}
            self._memory.owe(Owed(room=room.room_id, key=f"{words}:{changed.event_id}", words=words, values=values))
        notes.private = private
        notes.greeted = True

    async def _follow(self, old: str, event: RoomUpgradeEvent) -> None:
        """Join the room that replaces this one; where that needs an invitation, it will be followed when it comes."""
        new = event.replacement_room
        if new in self._memory.rooms:
            return
        self._memory.moved[new] = old
        try:
            await self._client.ask("POST", path_of("join", new) + f"?via={quote(_server(event.sender))}", {})
        except AdapterError as exc:
            log.info("matrix_upgrade_waits_for_invite", why=exc.reason)

    async def _leave(self, room_id: str) -> None:
        log.info("matrix_room_left", place=logs.hashed(room_id))
        try:
            await result(self._client.room_leave(room_id))
            await result(self._client.room_forget(room_id))
        except AdapterError as exc:
            log.info("matrix_leave_failed", why=exc.reason)
        self.gone(room_id)

    def gone(self, room_id: str) -> None:
        """Forget a room that the coach left or was put out of."""
        self._client.rooms.pop(room_id, None)
        self._memory.rooms.pop(room_id, None)
        self._memory.waiting = [w for w in self._memory.waiting if w.room != room_id]
        self._memory.owed = [o for o in self._memory.owed if o.room != room_id]

    def command(self, heard: RoomCommand, room: MatrixRoom) -> None:
        """Answer `!coach help` and `!coach settings …`; those who may change the room's settings may change the coach's."""
        event, notes = heard.event, self._memory.notes(room.room_id)
        words, values = "room_help", {"prefix": self._options.prefix}
        if heard.name == "settings":
            words = self._set(heard.argument.split(), notes, may=power_of(room, event.person.id, notes) >= MODERATOR)
            values |= {"listen": notes.listen, "introduce": "on" if notes.introduce else "off"}
        self._memory.owe(
            Owed(
                room=room.room_id,
                thread=event.conversation.thread,
                key=f"command:{event.id}",
                words=words,
                values=values,
            )
        )

    @staticmethod
    def _set(words: list[str], notes: RoomNotes, *, may: bool) -> str:
        match words:
            case []:
                return "room_settings"
            case ["listen", "mentions" | "everything"] | ["introduce", "on" | "off"] if not may:
                return "room_setting_refused"
            case ["listen", "mentions"]:
                notes.listen = "mentions"
            case ["listen", "everything"]:
                notes.listen = "everything"
            case ["introduce", "on" | "off" as value]:
                notes.introduce = value == "on"
            case _:
                return "room_setting_unknown"
        return "room_settings"


def power_of(room: MatrixRoom, user: str, notes: RoomNotes) -> int:
    """Return a member's power; in a room of two both may set how the coach behaves."""
    if is_private(room) or user in notes.creators:
        return 100
    levels: Mapping[str, int] = room.power_levels.users
    return levels.get(user, room.power_levels.defaults.users_default)


def _went(event: Any, me: str) -> bool:
    return isinstance(event, RoomMemberEvent) and event.state_key != me and event.membership in ("leave", "ban")


def _last_member_change(events: list[Any]) -> RoomMemberEvent | None:
    return next((e for e in reversed(events) if isinstance(e, RoomMemberEvent)), None)


def _number(value: object, otherwise: int) -> int:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and value > 0 else otherwise
