"""What a model may cost: tokens a day, a breaker after failures, and plain numbers of what was used."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mediation_coach import logs
from mediation_coach.errors import StoreError
from mediation_coach.ports import Ledger, Spender

Clock = Callable[[], float]

log = logs.get()

DAY = 86_400


@dataclass(slots=True)
class Usage:
    """What was used since the start: numbers only.

    `why` counts the reasons for which the library answered instead, `faults` the failed calls by kind, `unfit` the
    sentences that were dropped by reason.
    """

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
    unfit: Counter[str] = field(default_factory=Counter)

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
    """Tokens a day (of UTC), for each person and each workspace. What a call may cost is reserved before it is made.

    Counting goes on in memory. What has been spent is read from the ledger once a day for each spender, and `write` takes
    there what has been spent since. Without a ledger the day begins anew with the process.
    """

    def __init__(self, *, person: int, workspace: int, ledger: Ledger | None = None, clock: Clock = time.time) -> None:
        """Allow `person` and `workspace` tokens a day; 0 is no limit."""
        self._most = {"person": person, "workspace": workspace}
        self._ledger, self._clock = ledger, clock
        self._day = 0
        self._known: dict[Spender, int] = {}
        self._held: Counter[Spender] = Counter()
        self._new: Counter[Spender] = Counter()
        self._writing = asyncio.Lock()

    async def reserve(self, person: str, workspace: str, tokens: int) -> Reservation | None:
        """Return a reservation of `tokens`, or None where the day's limit would be passed. Whoever has no name has no limit."""
        spenders = [
            (kind, who) for kind, who in (("person", person), ("workspace", workspace)) if who and self._most[kind]
        ]
        await self._look_up(spenders)
        if any(self.passed(kind, who, tokens) for kind, who in spenders):
            return None
        return Reservation(self, spenders, tokens, self._day)

    def passed(self, kind: str, who: str, tokens: int) -> bool:
        """Whether `tokens` more would pass the day's limit of a `person` or `workspace`, as far as is known here."""
        most = self._most[kind]
        return bool(who and most) and self.spent(kind, who) + tokens > most

    def spent(self, kind: str, who: str) -> int:
        """Return the tokens that a `person` or `workspace` has used or reserved today, as far as is known here."""
        self._turn_the_page()
        spender = (kind, who)
        return self._known.get(spender, 0) + self._new[spender] + self._held[spender]

    async def write(self) -> None:
        """Take what was spent since the last time to the ledger, and learn what other replicas have spent.

        Where the ledger fails, it is tried again the next time: counting goes on, and nobody waits.
        """
        async with self._writing:
            self._turn_the_page()
            batch, day = {spender: tokens for spender, tokens in self._new.items() if tokens}, self._day
            if self._ledger is None or not batch:
                return
            try:
                totals = await self._ledger.spend(batch, day=_midnight(day))
            except StoreError as exc:
                log.warning("spending_not_written", error=type(exc).__name__)
                return
            if day == self._day:
                for spender, tokens in batch.items():
                    self._new[spender] -= tokens
                    self._known[spender] = totals.get(spender, self._known.get(spender, 0) + tokens)

    async def _look_up(self, spenders: Sequence[Spender]) -> None:
        """Read what `spenders` have spent today, where that is not known yet."""
        self._turn_the_page()
        missing, day = [spender for spender in spenders if spender not in self._known], self._day
        if self._ledger is None or not missing:
            return
        try:
            found = await self._ledger.spent(missing, day=_midnight(day))
        except StoreError as exc:  # a limit is not worth an answer: what is counted here must do
            log.warning("spending_not_read", error=type(exc).__name__)
            return
        if day == self._day:
            for spender in missing:
                self._known.setdefault(spender, found.get(spender, 0))

    def _turn_the_page(self) -> None:
        today = int(self._clock() // DAY)
        if today != self._day:
            self._day = today
            for counts in (self._known, self._held, self._new):
                counts.clear()

    def _hold(self, spenders: Sequence[Spender], tokens: int, day: int) -> None:
        self._count(self._held, spenders, tokens, day)

    def _settle(self, spenders: Sequence[Spender], held: int, used: int, day: int) -> None:
        self._count(self._held, spenders, -held, day)
        self._count(self._new, spenders, used, day)

    def _count(self, counts: Counter[Spender], spenders: Sequence[Spender], tokens: int, day: int) -> None:
        self._turn_the_page()
        if day == self._day:
            for spender in spenders:
                counts[spender] += tokens


class Reservation:
    """Tokens set aside for one question; settled with what was really used."""

    def __init__(self, limits: Limits, spenders: Sequence[Spender], tokens: int, day: int) -> None:
        """Set `tokens` aside."""
        self._limits, self._spenders, self._tokens, self._day = limits, spenders, tokens, day
        limits._hold(spenders, tokens, day)

    def settle(self, used: int) -> None:
        """Put `used` in the place of what was set aside."""
        self._limits._settle(self._spenders, self._tokens, used, self._day)


def _midnight(day: int) -> datetime:
    return datetime.fromtimestamp(day * DAY, UTC)
