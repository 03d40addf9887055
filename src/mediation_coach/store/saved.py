"""Values as stored JSON, and back. The dataclasses themselves say what is written; nothing is declared twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person, Reply
from mediation_coach.errors import StoreError

T = TypeVar("T")

_CONFIG = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", hide_input_in_errors=True)


class Codec(Generic[T]):
    """Writes values of one type as JSON bytes, and reads them back."""

    def __init__(self, kind: type[T]) -> None:
        """Write and read values of `kind`; pictures travel as base64."""
        # A dataclass cannot be given a configuration; the tuple around it can, and passes it on.
        self._adapter: TypeAdapter[tuple[T]] = TypeAdapter(_alone(kind), config=_CONFIG)
        self._kind = kind.__name__

    def write(self, value: T) -> bytes:
        """Return `value` as JSON."""
        return self._adapter.dump_json((value,), exclude_defaults=True)

    def read(self, data: bytes) -> T:
        """Return the value that `data` describes.

        Raises:
            StoreError: it is not such a value; the message says nothing of its content.
        """
        try:
            return self._adapter.validate_json(data)[0]
        except ValidationError as exc:
            raise StoreError(f"a stored {self._kind} is not readable by this version") from exc

    def plain(self, data: bytes) -> Any:
        """Return what `data` describes as plain JSON values, every field named, for people to read."""
        return self._adapter.dump_python((self.read(data),), mode="json")[0]


def _alone(kind: type[T]) -> type[tuple[T]]:
    return tuple.__class_getitem__(kind)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A reply and where it goes, as the outbox seals them."""

    to: Conversation
    reply: Reply
    until: datetime | None = None


event = Codec(Event)
state = Codec(ConversationState)
conversation = Codec(Conversation)
person = Codec(Person)
letter = Codec(Letter)
