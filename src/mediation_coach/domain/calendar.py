"""When a message may reach someone: their own zone, hour, working days, quiet hours and holidays. Pure, on the wall clock.

Times are kept as local wishes, a day and an hour, and become instants only here. A wall time that the clocks skip means the
first minute after the gap; one that they repeat means its first pass.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

Holiday = Callable[[str, date], bool]
"""Whether a day is a public holiday in a country, by its two-letter code."""

LATE = timedelta(hours=2)
FARTHEST = 400
DAY = timedelta(days=1)


def no_holidays(country: str, day: date) -> bool:
    """Whether `day` is a holiday where none are known: never."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A length of time on the calendar: whole months, then days."""

    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """Return the day that lies this span after `day`; the 31st becomes the last day of a shorter month."""
        years, month = divmod(day.month - 1 + self.months, 12)
        year = day.year + years
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last)) + self.days * DAY

    @property
    def length(self) -> int:
        """The span in days, for comparing; a month counts as 30.44 days."""
        return self.days + round(self.months * 30.44)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Being somewhere else for a while, the last day included."""

    zone: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How someone's days run. Weekdays count from Monday = 0; equal ends mean no quiet hours."""

    zone: str = "UTC"
    at: time = time(9)
    days_off: frozenset[int] = frozenset({5, 6})
    quiet_from: time = time(20)
    quiet_until: time = time(8)
    country: str = ""
    stay: Stay | None = None

    def __post_init__(self) -> None:
        if len(self.days_off) > 6 or not self.days_off <= set(range(7)):
            raise ValueError("at least one weekday must be a working day")

    @property
    def hour(self) -> time:
        """The hour at which to ask: the person's own, or the end of their quiet hours where it lies in them."""
        return self.quiet_until if self.is_quiet(self.at) else self.at

    def is_quiet(self, at: time) -> bool:
        """Whether the wall time `at` lies in the quiet hours; their first minute does, their last bound does not."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until

    def zone_on(self, day: date) -> ZoneInfo:
        """Return the zone the person lives by on that day."""
        return zone(self.stay.zone if self.stay and day <= self.stay.until else self.zone)

    def local(self, moment: datetime) -> datetime:
        """Return `moment` on the person's own clock."""
        if self.stay and (away := moment.astimezone(zone(self.stay.zone))).date() <= self.stay.until:
            return away
        return moment.astimezone(zone(self.zone))

    def works_on(self, day: date, holiday: Holiday = no_holidays) -> bool:
        """Whether `day` is one of the person's working days and no public holiday where they live."""
        return day.weekday() not in self.days_off and not (self.country and holiday(self.country, day))

    def is_good(self, moment: datetime, holiday: Holiday = no_holidays) -> bool:
        """Whether a message may arrive at `moment`."""
        local = self.local(moment)
        return not self.is_quiet(local.time()) and self.works_on(local.date(), holiday)


@cache
def zone(name: str) -> ZoneInfo:
    """Return a zone by its IANA name."""
    return ZoneInfo(name)


def instant(day: date, at: time, where: tzinfo) -> datetime:
    """Return the first moment, in UTC, at which the clock there shows `at` or later on `day`."""
    wall = datetime.combine(day, at, tzinfo=where)
    moment = wall.astimezone(UTC)
    if moment.astimezone(where).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    return _end_of_gap(wall, moment, where)


def _end_of_gap(wall: datetime, after: datetime, where: tzinfo) -> datetime:
    """Return when the clock jumped over `wall`: between its two readings, found by halving."""
    before = wall.replace(fold=1).astimezone(UTC)
    new = after.astimezone(where).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle <= before:
            break
        before, after = (before, middle) if middle.astimezone(where).utcoffset() == new else (middle, after)
    return after.replace(microsecond=0)


def good_until(rhythm: Rhythm, now: datetime, *, late: timedelta = LATE) -> datetime:
    """Return until when a message that is good to send at `now` may still arrive: `late`, or the day's or quiet's begin."""
    where, today = rhythm.zone_on(rhythm.local(now).date()), rhythm.local(now).date()
    ends = [now + late, instant(today + DAY, time(0), where)]
    if rhythm.quiet_from != rhythm.quiet_until:
        ends.append(instant(today, rhythm.quiet_from, where))
    return min(end for end in ends if end > now)


def slot_on(day: date, rhythm: Rhythm, holiday: Holiday = no_holidays) -> datetime | None:
    """Return the moment to ask on that local day, in UTC, or None if the day has none."""
    if not rhythm.works_on(day, holiday):
        return None
    moment = instant(day, rhythm.hour, rhythm.zone_on(day))
    if rhythm.is_quiet(rhythm.local(moment).time()):
        moment = instant(day, rhythm.quiet_until, rhythm.zone_on(day))
    local = rhythm.local(moment)
    return moment if local.date() == day and not rhythm.is_quiet(local.time()) else None


def next_slot(rhythm: Rhythm, *, day: date, after: datetime | None = None, holiday: Holiday = no_holidays) -> datetime:
    """Return the first moment to ask on or after the local `day`, in UTC, and later than `after` where that is given.

    Raises:
        ValueError: there is none within four hundred days.
    """
    for ahead in range(FARTHEST):
        moment = slot_on(day + ahead * DAY, rhythm, holiday)
        if moment is not None and (after is None or moment > after):
            return moment
    raise ValueError("no working day within four hundred days")


def moment_to_send(
    rhythm: Rhythm, *, day: date, now: datetime, put_off: datetime | None = None, holiday: Holiday = no_holidays
) -> datetime:
    """Return when a message wished for `day` goes out: `now` or earlier means now, later means wait until then.

    What is more than two hours late, or would arrive at a bad time, waits for the next good slot. `put_off` is a later
    moment that it was put off to: where that is a good one, it takes the place of the slot.
    """
    slot = next_slot(rhythm, day=day, holiday=holiday)
    if put_off is not None and put_off > slot and rhythm.is_good(put_off, holiday):
        slot = put_off
    if slot >= now or (now - slot <= LATE and rhythm.is_good(now, holiday)):
        return slot
    return next_slot(rhythm, day=rhythm.local(now).date(), after=now, holiday=holiday)
