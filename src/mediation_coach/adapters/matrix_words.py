"""What the Matrix adapter says of itself: about rooms, keys and files; never about the field."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "no_longer_private": (
        "Someone else has joined this room, so it is no longer private between us. From now on I answer here only when you"
        " mention me or begin with {prefix}. For anything sensitive, open a room with me alone."
    ),
    "withheld": (
        "Someone else has come into this room, so I keep back what I had here for you alone. Open a room with me alone and"
        " ask there; or ask again here, beginning with {prefix}, and I answer for everyone to read."
    ),
    "private_again": "It is only the two of us again: in this room I answer everything from now on.",
    "cannot_read": (
        "I received a message here that I could not decrypt; its key has not reached me. Please send it again. If that does"
        " not help, open a new room with me and ask there."
    ),
    "cannot_read.m.unverified": (
        "I received a message here that I could not decrypt: your app shares keys only with devices that you have verified."
        " In its security settings, turn off 'never send to unverified sessions' for this room, or verify me; then send it again."
    ),
    "cannot_read.m.no_olm": (
        "I received a message here that I could not decrypt: your app could not set up a secure session with me. That is mended"
        " now. Please send the message again."
    ),
    "cannot_read.m.blacklisted": (
        "I received a message here that I could not decrypt: your app has blocked this device of mine. Unblock it in the list"
        " of members, then send the message again."
    ),
    "keys_lost": (
        "My encryption keys were lost, and I started with new ones. I can no longer read what was sent here before, and I may"
        " have missed messages. Please send again what you still need answered."
    ),
    "no_files": "I read only text; I do not open files, pictures or voice messages. Please tell me the main point in words.",
    "room_help": (
        "In a group I answer when you mention me, when a message begins with {prefix}, and in threads that I am part of.\n\n"
        "- {prefix} your question: ask me\n"
        "- {prefix} settings: how I behave in this room\n"
        "- {prefix} settings listen mentions: answer only when called (the default)\n"
        "- {prefix} settings listen everything: answer every message in this room\n"
        "- {prefix} settings introduce on: say hello when I join; off: stay quiet"
    ),
    "room_settings": "In this room: listen = {listen}, introduce = {introduce}. To change one: {prefix} settings listen mentions",
    "room_setting_unknown": "I know two settings: 'listen' (mentions or everything) and 'introduce' (on or off).",
    "room_setting_refused": "Only someone who may change this room's settings can change mine here.",
}


def say(key: str, **values: object) -> str:
    """Return a sentence, with the general one where there is none for a special code."""
    text = WORDS.get(key) or WORDS[key.split(".", 1)[0]]
    return text.format(**values)
