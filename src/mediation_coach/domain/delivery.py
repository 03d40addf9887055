"""What waits to be answered, what waits to be sent, and what became of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person, Reply

_NAMESPACE = uuid.UUID("6f0e7f0a-4c7b-5f0e-9a53-2b7a8e0a4f11")

REPLY = "reply"
TOO_LATE = "too late"


def derived_id(*parts: str) -> str:
    """Return the id that the same parts always give, so that doing a thing twice leaves it done once."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A reply on its way, now or on a later date.

    `key` says what it is (`reply:<event>`, `check_in:<id>`): the same key is sent once, however often it is put in.
    `kind` is what it is counted and limited by. `person` is whose words it carries: forgetting them forgets it. After
    `until` it is not sent any more.
    """

    key: str
    to: Conversation
    reply: Reply
    due_at: datetime
    kind: str = REPLY
    person: Person | None = None
    until: datetime | None = None

    @property
    def id(self) -> str:
        """The id under which it is stored, sent and looked up."""
        return derived_id(self.to.adapter, self.key)


def answer_to(event: Event, reply: Reply, *, due_at: datetime) -> Outgoing:
    """Return `reply` as the one answer to `event`, addressed to where it came from."""
    return Outgoing(key=_key_of(event), to=event.conversation, reply=reply, due_at=due_at, person=event.person)


def answer_id(event: Event) -> str:
    """Return the id that the answer to `event` will have, also before there is one."""
    return derived_id(event.conversation.adapter, _key_of(event))


def _key_of(event: Event) -> str:
    return f"reply:{event.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Who takes what is just being written down, and for how long it is theirs."""

    owner: str
    lease: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An event that a worker holds until `lease_until`, with its conversation as it stands."""

    seq: int
    event: Event
    state: ConversationState
    received_at: datetime
    attempt: int
    owner: str
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An outgoing reply that a deliverer holds until `lease_until`.

    `tried_at` is when an earlier attempt began whose outcome nobody knows, `first_tried_at` the first of these; both are
    None where the platform cannot have seen it yet.
    """

    seq: int
    id: str
    to: Conversation
    reply: Reply
    kind: str
    due_at: datetime
    attempt: int
    owner: str
    taken_at: datetime
    lease_until: datetime
    first_tried_at: datetime | None = None
    tried_at: datetime | None = None
    until: datetime | None = None


class Fate(StrEnum):
    """What became of an outgoing reply."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one attempt led to.

    `SENT` names the platform's `message`. `WAITING` names `again_at`; `unsure` says that the platform may have taken it,
    `counted` that it was a real attempt. `DEAD` and `UNCERTAIN` are final until someone looks, and give the `reason`.
    """

    fate: Fate
    message: str = ""
    again_at: datetime | None = None
    unsure: bool = False
    counted: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where an outgoing reply stands. `message` stands for the platform's id of it, which is not kept."""

    id: str
    kind: str
    fate: Fate
    due_at: datetime
    done_at: datetime | None
    attempts: int
    message: str
    reason: str
    adapter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Oldest:
    """What is kept of one kind: how many, the oldest, and how long it may stay (days; 0 where it has no limit)."""

    kind: str
    count: int
    oldest: datetime | None
    keep_days: float
    overdue: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof that someone was forgotten; it names no one."""

    number: str
    at: datetime
