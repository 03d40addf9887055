"""What a model may cost: tokens a day, a breaker after failures, and plain numbers of what was used."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Clock = Callable[[], float]

DAY = 86_400


@dataclass(slots=True)
class Usage:
    """What was used since the start: numbers only. `why` counts the reasons for which the library answered instead."""

    calls: int = 0
    failures: int = 0
    retries: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    answers: int = 0
    written: int = 0
    replaced: int = 0
    kept: int = 0
    dropped: int = 0
    invented: int = 0
    seconds: float = 0.0
    waiting: int = 0
    busy: int = 0
    most_busy: int = 0
    why: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def replaced_share(self) -> float:
        """The share of answers for which the library's own words were sent instead."""
        return self.replaced / self.answers if self.answers else 0.0

    @property
    def supported_share(self) -> float:
        """The share of the model's sentences that their passages carried."""
        written = self.kept + self.dropped
        return self.kept / written if written else 0.0

    def cost(self, price_in: float, price_out: float) -> float:
        """Return what the tokens cost, at prices per million."""
        return (self.tokens_in * price_in + self.tokens_out * price_out) / 1_000_000

    def summary(self, price_in: float = 0, price_out: float = 0) -> dict[str, float]:
        """Return what an evaluation prints: shares, and tokens and cost an answer."""
        answers = max(1, self.answers)
        return {
            "sentences_supported": self.supported_share,
            "replaced": self.replaced_share,
            "invented_and_dropped": self.invented,
            "tokens_per_answer": (self.tokens_in + self.tokens_out) / answers,
            "cost_per_answer": self.cost(price_in, price_out) / answers,
            "seconds_per_call": self.seconds / max(1, self.calls),
        }


class Breaker:
    """Lets no call through for a while after several failures in a row; then one goes first to try."""

    def __init__(self, *, failures: int, seconds: float, clock: Clock = time.monotonic) -> None:
        """Open after `failures` in a row, for `seconds`."""
        self._most, self._seconds, self._clock = failures, seconds, clock
        self._failures = 0
        self._open_until = 0.0

    @property
    def open(self) -> bool:
        """Whether calls are held back now."""
        return self._failures >= self._most and self._clock() < self._open_until

    def enter(self) -> bool:
        """Return whether a call may be made; the first one after the pause holds the others back until it is through."""
        if self.open:
            return False
        if self._failures >= self._most:
            self._open_until = self._clock() + self._seconds
        return True

    def succeeded(self) -> None:
        """Note that a call came through: all is well."""
        self._failures = 0

    def failed(self) -> None:
        """Note that a call failed: one more, and perhaps one too many."""
        self._failures += 1
        if self._failures >= self._most:
            self._open_until = self._clock() + self._seconds


class Limits:
    """Tokens a day, for each person and each workspace. What a call may cost is reserved before it is made.

    The day is a day of UTC. Counts live in memory: a restart begins the day anew, and replicas count apart.
    """

    def __init__(self, *, person: int, workspace: int, clock: Clock = time.time) -> None:
        """Allow `person` and `workspace` tokens a day; 0 is no limit."""
        self._most = {"person": person, "workspace": workspace}
        self._clock = clock
        self._day = 0
        self._spent: Counter[tuple[str, str]] = Counter()

    def reserve(self, person: str, workspace: str, tokens: int) -> Reservation | None:
        """Return a reservation of `tokens`, or None where the day's limit would be passed. Whoever has no name has no limit."""
        self._turn_the_page()
        keys = [(kind, who) for kind, who in (("person", person), ("workspace", workspace)) if who]
        if any(self._most[kind] and self._spent[kind, who] + tokens > self._most[kind] for kind, who in keys):
            return None
        return Reservation(self, keys, tokens, self._day)

    def spent(self, kind: str, who: str) -> int:
        """Return the tokens that a `person` or `workspace` has used or reserved today."""
        self._turn_the_page()
        return self._spent[kind, who]

    def _turn_the_page(self) -> None:
        today = int(self._clock() // DAY)
        if today != self._day:
            self._day = today
            self._spent.clear()

    def _add(self, keys: list[tuple[str, str]], tokens: int, day: int) -> None:
        self._turn_the_page()
        if day == self._day:
            for key in keys:
                self._spent[key] += tokens


class Reservation:
    """Tokens set aside for one question; settled with what was really used."""

    def __init__(self, limits: Limits, keys: list[tuple[str, str]], tokens: int, day: int) -> None:
        """Set `tokens` aside."""
        self._limits, self._keys, self._tokens, self._day = limits, keys, tokens, day
        limits._add(keys, tokens, day)

    def settle(self, used: int) -> None:
        """Put `used` in the place of what was set aside."""
        self._limits._add(self._keys, used - self._tokens, self._day)
        self._tokens = used
