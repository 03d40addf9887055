"""A clock that one can push forward, to live through a cohort's year in the terminal in five minutes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta

from mediation_coach.domain.calendar import DAY, instant, zone

Tick = Callable[[datetime], Awaitable[object]]

HOUR = timedelta(hours=1)
_STEPS = {"/tomorrow": 1, "/week": 7, "/month": 30}


class MovingClock:
    """Shows the moment it was set to, plus what it was pushed forward."""

    def __init__(self, as_of: datetime | None = None, *, where: str = "UTC") -> None:
        """Start at `as_of`, read in the zone `where` if it names none; without it, now."""
        self.where = where
        start = as_of or datetime.now(UTC)
        self._now = (start if start.tzinfo else start.replace(tzinfo=zone(where))).astimezone(UTC)

    def __call__(self) -> datetime:
        """Return the moment it shows, in UTC."""
        return self._now

    @property
    def shown(self) -> str:
        """The moment as a reader there sees it."""
        return f"{self._now.astimezone(zone(self.where)):%A %Y-%m-%d, %H:%M} ({self.where})"

    def target(self, words: str) -> datetime | None:
        """Return where `/tomorrow`, `/week` or `/month` leads: that many days on, at half past nine; None for other words."""
        days = _STEPS.get(words.strip().lower())
        if days is None:
            return None
        day = self._now.astimezone(zone(self.where)).date() + days * DAY
        return instant(day, time(9, 30), zone(self.where))

    async def forward(self, until: datetime, tick: Tick) -> None:
        """Let time pass up to `until`, with a tick every hour on the way."""
        while self._now < until:
            self._now = min(self._now.replace(minute=0, second=0, microsecond=0) + HOUR, until)
            await tick(self._now)
