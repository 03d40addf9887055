"""Small facts about Slack that save a call or make a place nicer. All may be forgotten: nothing depends on them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(OrderedDict[K, V]):
    """A dict that keeps its newest `most` entries."""

    def __init__(self, most: int = 10_000) -> None:
        """Begin empty."""
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        """Keep a value as the newest, and let the oldest go where there are too many."""
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """Where a reply to a command or a button can be put: five times, for half an hour."""

    url: str
    until: float
    left: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What Slack knows of a person that matters to whether, when and how to write to them."""

    locale: str = ""
    zone: str = ""
    guest: bool = False
    enterprise: str = ""


@dataclass(slots=True, kw_only=True)
class Memory:
    """What the two halves of the adapter tell each other.

    `direct` is a person's own channel with the coach, `newest` the last message of a conversation, `asker` who wrote it,
    `ours` whether the coach takes part in a shared thread, `refused` when someone was last told that the coach is not
    switched on for them, `sent` the parts of a reply that are known to have arrived, `busy` where a status is shown,
    `languages` the language of a conversation, `untitled` the threads of Slack's older agent surface without a title yet,
    `outside` whether people of other organisations read a channel, which Slack tells with messages only.
    """

    direct: Bounded[str, str] = field(default_factory=Bounded)
    newest: Bounded[str, str] = field(default_factory=Bounded)
    asker: Bounded[str, str] = field(default_factory=Bounded)
    ours: Bounded[str, bool] = field(default_factory=Bounded)
    urls: Bounded[str, ResponseUrl] = field(default_factory=Bounded)
    profiles: Bounded[str, Profile] = field(default_factory=Bounded)
    refused: Bounded[str, date] = field(default_factory=Bounded)
    sent: Bounded[str, dict[int, str]] = field(default_factory=Bounded)
    busy: Bounded[str, str] = field(default_factory=Bounded)
    languages: Bounded[str, str] = field(default_factory=Bounded)
    untitled: Bounded[str, bool] = field(default_factory=Bounded)
    outside: Bounded[str, bool] = field(default_factory=Bounded)
