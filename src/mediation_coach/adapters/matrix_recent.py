"""What was said just now: in which thread, by whom, with which choices; and which messages still want a read receipt.

Nothing here must be remembered: what is not known is asked of the server.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mediation_coach.adapters import matrix_format as fmt
from mediation_coach.domain.chat import Choice, Event

MOST = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A message, as far as a reaction or an edit needs it."""

    thread: str = ""
    sender: str = ""
    ours: bool = False
    addressed: bool = False
    choices: tuple[tuple[str, str], ...] = ()


class Recent:
    """A short memory of messages, the oldest forgotten first."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._spoken: OrderedDict[str, Spoken] = OrderedDict()
        self._latest: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._receipts: dict[tuple[str, str], str] = {}

    def spoken(self, event_id: str) -> Spoken | None:
        """Return what is known of a message."""
        return self._spoken.get(event_id)

    def latest(self, room: str, thread: str) -> str:
        """Return the newest message of a thread, as far as known."""
        return self._latest.get((room, thread), "")

    def heard(self, event: Event) -> None:
        """Note a message that was said to the coach."""
        self._note(event.id, Spoken(thread=event.conversation.thread, sender=event.person.id, addressed=True))
        self._follow(event.conversation.room, event.conversation.thread, event.id)

    def said(self, room: str, thread: str, event_id: str, choices: tuple[Choice, ...]) -> None:
        """Note a message of the coach."""
        self._note(event_id, Spoken(thread=thread, ours=True, choices=tuple((c.id, c.label) for c in choices)))
        self._follow(room, thread, event_id)

    def learn(self, event_id: str, source: Mapping[str, Any], room: fmt.RoomFacts) -> Spoken:
        """Note and return what a message fetched from the server says of itself."""
        content = source.get("content", {})
        thread, sender = fmt.thread_of(content), str(source.get("sender", ""))
        heard = fmt.read(source, room)
        if isinstance(heard, fmt.Said):
            spoken = Spoken(thread=heard.event.conversation.thread, sender=sender, addressed=True)
        else:
            ours = sender == room.me and fmt.is_own(content)
            spoken = Spoken(thread=thread, sender=sender, ours=ours, choices=fmt.choices_of(content))
        self._note(event_id, spoken)
        return spoken

    def to_receipt(self, event: Event) -> None:
        """Note that a message was received; the newest of a thread stands for those before it."""
        self._receipts[event.conversation.room, event.conversation.thread] = event.id

    def take_receipts(self) -> dict[tuple[str, str], str]:
        """Return the messages to acknowledge, by room and thread, and start anew."""
        taken, self._receipts = self._receipts, {}
        return taken

    def _note(self, event_id: str, spoken: Spoken) -> None:
        self._spoken[event_id] = spoken
        while len(self._spoken) > MOST:
            self._spoken.popitem(last=False)

    def _follow(self, room: str, thread: str, event_id: str) -> None:
        if thread:
            self._latest[room, thread] = event_id
            self._latest.move_to_end((room, thread))
        while len(self._latest) > MOST:
            self._latest.popitem(last=False)
