"""Matrix events in, Matrix content out. Pure: dictionaries to values, values to dictionaries."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mediation_coach.domain.chat import Conversation, Event, Intent, Person

NAME = "matrix"
OWN = "org.mediation_coach.reply"
ATTACHMENTS = frozenset({"m.image", "m.file", "m.audio", "m.video", "m.location"})
_SPOKEN = frozenset({"m.text", "m.emote"})
_SKIN_AND_VARIATION = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """What reading an event needs to know of its room."""

    id: str
    me: str
    my_name: str = ""
    private: bool = True
    prefix: str = "!coach"
    everything: bool = False
    threads: Container[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words for the coach."""

    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCommand:
    """`!coach help` or `!coach settings …`: about this room, answered by the adapter itself."""

    event: Event
    name: str
    argument: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file, a picture, a voice message."""

    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """An emoji under the message `about`."""

    about: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """New words for the message `about`."""

    about: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """The message `about` was deleted."""

    about: str


Heard = Said | RoomCommand | Attachment | Reacted | Edited | Redacted


def read(source: Mapping[str, Any], room: RoomFacts) -> Heard | None:
    """Return what someone did in a room as far as it concerns the coach, or None: notices, own words, talk among others."""
    content = source.get("content")
    if source.get("sender") == room.me or not isinstance(content, Mapping):
        return None
    match source.get("type"):
        case "m.room.message":
            return _message(source, content, room)
        case "m.reaction":
            relation = _relation(content)
            about, key = relation.get("event_id"), relation.get("key")
            return Reacted(about=about, key=key) if isinstance(about, str) and isinstance(key, str) else None
        case "m.room.redaction":
            about = source.get("redacts") or content.get("redacts")
            return Redacted(about=about) if isinstance(about, str) else None
        case "m.sticker":
            return _addressed(source, content, room, Attachment)
    return None


def _message(source: Mapping[str, Any], content: Mapping[str, Any], room: RoomFacts) -> Heard | None:
    relation = _relation(content)
    if relation.get("rel_type") == "m.replace":
        new, about = content.get("m.new_content"), relation.get("event_id")
        return Edited(about=about, content=new) if isinstance(new, Mapping) and isinstance(about, str) else None
    kind = content.get("msgtype")
    if kind in ATTACHMENTS:
        return _addressed(source, content, room, Attachment)
    if kind not in _SPOKEN or not isinstance(content.get("body"), str):
        return None
    return _addressed(source, content, room, Said)


def _addressed(
    source: Mapping[str, Any], content: Mapping[str, Any], room: RoomFacts, kind: type[Said] | type[Attachment]
) -> Said | Attachment | RoomCommand | None:
    text = words_of(content, room)
    command = _after_prefix(text, room.prefix)
    relation = _relation(content)
    root = relation.get("event_id") if relation.get("rel_type") == "m.thread" else ""
    root = root if isinstance(root, str) else ""
    called = command is not None or mentions(content, room.me) or room.everything or (root and root in room.threads)
    if not room.private and not called:
        return None
    if kind is Attachment and not (room.private or mentions(content, room.me) or (root and root in room.threads)):
        return None
    event = event_of(
        source,
        room,
        thread=root or ("" if room.private else str(source["event_id"])),
        text=command if command is not None else text,
    )
    name, _, argument = event.text.partition(" ")
    if command is not None and name.lower() in ("settings", "room"):
        return RoomCommand(event=event, name="settings", argument=argument.strip())
    if command is not None and not room.private and name.lower() in ("help", ""):
        return RoomCommand(event=event, name="help", argument="")
    return kind(event=event)


def event_of(
    source: Mapping[str, Any], room: RoomFacts, *, thread: str, text: str = "", intent: Intent = Intent.MESSAGE
) -> Event:
    """Return the platform's event as ours."""
    return Event(
        id=str(source["event_id"]),
        person=Person(adapter=NAME, id=str(source["sender"])),
        conversation=Conversation(adapter=NAME, room=room.id, thread=thread, private=room.private),
        at=moment(source.get("origin_server_ts")),
        intent=intent,
        text=text,
    )


def moment(milliseconds: object) -> datetime:
    """Return a server's timestamp as a time; the end of the calendar where it is not one."""
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if isinstance(milliseconds, int) else _LATEST
    except (OverflowError, OSError, ValueError):
        return _LATEST


def mentions(content: Mapping[str, Any], user: str) -> bool:
    """Return whether `user` is mentioned by `m.mentions`; a name in the text alone is not a mention."""
    mentioned = content.get("m.mentions")
    users = mentioned.get("user_ids") if isinstance(mentioned, Mapping) else None
    return isinstance(users, list) and user in users


def words_of(content: Mapping[str, Any], room: RoomFacts) -> str:
    """Return what was typed, without the quoted message of a reply and without the coach's name in front."""
    body = content.get("body")
    text = body if isinstance(body, str) else ""
    if "m.in_reply_to" in _relation(content) and text.startswith("> <@"):
        text = text.partition("\n\n")[2]
    if mentions(content, room.me):
        text = _without_name(text, room)
    return text.strip()


def _without_name(text: str, room: RoomFacts) -> str:
    local = room.me.removeprefix("@").partition(":")[0]
    names = "|".join(re.escape(n) for n in (room.me, room.my_name, local) if n)
    return re.sub(rf"^\s*@?(?:{names})(?![\w])\s*[:,]?\s*", "", text, count=1, flags=re.IGNORECASE)


def _after_prefix(text: str, prefix: str) -> str | None:
    if not text.lower().startswith(prefix.lower()):
        return None
    rest = text[len(prefix) :]
    return rest.lstrip(":,").strip() if not rest or rest[0].isspace() or rest[0] in ":," else None


def _relation(content: Mapping[str, Any]) -> Mapping[str, Any]:
    relation = content.get("m.relates_to")
    return relation if isinstance(relation, Mapping) else {}


def thread_of(content: Mapping[str, Any]) -> str:
    """Return the root of the thread that a message stands in, or nothing."""
    relation = _relation(content)
    root = relation.get("event_id") if relation.get("rel_type") == "m.thread" else ""
    return root if isinstance(root, str) else ""


def edited_by(content: Mapping[str, Any]) -> str:
    """Return the message that an edit changes, or nothing where it is no edit."""
    relation = _relation(content)
    about = relation.get("event_id") if relation.get("rel_type") == "m.replace" else ""
    return about if isinstance(about, str) else ""


def choices_of(content: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the choices that one of our own messages offers, as ids and labels."""
    own = content.get(OWN)
    offered = own.get("choices") if isinstance(own, Mapping) else None
    if not isinstance(offered, list):
        return ()
    return tuple((str(c[0]), str(c[1])) for c in offered if isinstance(c, list) and len(c) == 2)


def is_own(content: Mapping[str, Any]) -> bool:
    """Return whether a message was sent as a reply of the coach."""
    return isinstance(content.get(OWN), Mapping)


def is_half(content: Mapping[str, Any]) -> bool:
    """Return whether a message of the coach was first seen before its answer was whole: then an edit has the answer."""
    own = content.get(OWN)
    return isinstance(own, Mapping) and own.get("of") == 0


def chosen_number(emoji: str) -> int | None:
    """Return 3 for a keycap three, 10 for the keycap ten, else None."""
    plain = _SKIN_AND_VARIATION.sub("", emoji)
    if plain == "\U0001f51f":
        return 10
    return int(plain[0]) if len(plain) == 2 and plain[0] in "123456789" and plain[1] == "\u20e3" else None


def keycap(number: int) -> str:
    """Return the emoji of a number from 1 to 10."""
    return "\U0001f51f" if number == 10 else f"{number}\ufe0f\u20e3"


def thumb(emoji: str) -> str:
    """Return `up`, `down` or nothing, whatever the colour of the hand."""
    return {"\U0001f44d": "up", "\U0001f44e": "down"}.get(_SKIN_AND_VARIATION.sub("", emoji), "")


def transaction(key: str, part: int = 0) -> str:
    """Return the transaction id for a part of the message kept under `key`: the same for the same, and telling nothing."""
    return f"mc{hashlib.sha256(key.encode()).hexdigest()[:32]}-{part}"


def key_mark(key: str) -> str:
    """Return how `key` is written into our own messages, so that they can be found again."""
    return hashlib.sha256(b"mark" + key.encode()).hexdigest()[:32]


def in_thread(content: dict[str, Any], root: str, latest: str = "") -> dict[str, Any]:
    """Return `content` as a message of the thread `root`, with the reply that older clients show instead."""
    if not root:
        return content
    relation = {
        "rel_type": "m.thread",
        "event_id": root,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": latest or root},
    }
    return {**content, "m.relates_to": relation}
