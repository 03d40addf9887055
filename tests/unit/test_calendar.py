from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from mediation_coach.domain.calendar import (
    LATE,
    Rhythm,
    Span,
    Stay,
    good_until,
    instant,
    moment_to_send,
    next_slot,
)

ZONES = sorted(available_timezones())
MONTHS = (date(2026, 1, 1), date(2027, 3, 1))
WEEKS = (
    Rhythm(quiet_from=time(20), quiet_until=time(8), days_off=frozenset({5, 6})),
    Rhythm(quiet_from=time(22), quiet_until=time(6), days_off=frozenset({4, 5})),
    Rhythm(quiet_from=time(13), quiet_until=time(15), days_off=frozenset({6})),
)
HOURS = (time(0, 0), time(0, 30), time(1, 30), time(2, 0), time(2, 30), time(3, 0), time(9, 0), time(23, 45))
DAY = timedelta(days=1)


def changes(name: str) -> Iterator[datetime]:
    """Yield the moments at which the clock of a zone changes within the fourteen months."""
    where = ZoneInfo(name)
    moment = datetime.combine(MONTHS[0], time(), tzinfo=UTC)
    end = datetime.combine(MONTHS[1], time(), tzinfo=UTC)
    while moment < end:
        after = min(moment + timedelta(days=6), end)
        if (old := moment.astimezone(where).utcoffset()) != after.astimezone(where).utcoffset():
            low, high = moment, after
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if middle.astimezone(where).utcoffset() == old else (low, middle)
            yield high.replace(second=0, microsecond=0)
        moment = after


def first_minute(day: date, at: time, name: str) -> datetime:
    """Return the first minute of `day` at which the clock shows `at` or later, by looking at every minute."""
    where = ZoneInfo(name)
    minute = datetime.combine(day - DAY, time(9), tzinfo=UTC)
    while True:
        local = minute.astimezone(where)
        if local.date() > day or (local.date() == day and local.time() >= at):
            return minute
        minute += timedelta(minutes=1)


def test_every_zone_has_its_clock_changes_looked_at() -> None:
    changing = [name for name in ZONES if list(changes(name))]
    assert len(ZONES) > 400
    assert len(changing) > 100


def test_a_skipped_hour_means_the_first_minute_after_and_a_repeated_one_its_first_pass() -> None:
    oracle: dict[tuple[object, ...], datetime] = {}
    for name in ZONES:
        for change in changes(name):
            day = change.astimezone(ZoneInfo(name)).date()
            for at in HOURS[:-2]:
                before, after = (change + n * DAY for n in (-1, 1))
                where = ZoneInfo(name)
                rules = (change, before.astimezone(where).utcoffset(), after.astimezone(where).utcoffset(), at)
                if rules not in oracle:
                    oracle[rules] = first_minute(day, at, name)
                assert instant(day, at, ZoneInfo(name)) == oracle[rules], (name, day, at)


@pytest.mark.parametrize("week", WEEKS)
def test_every_zone_over_fourteen_months_none_in_quiet_hours_none_doubled_none_lost(week: Rhythm) -> None:
    for name in ZONES:
        for at in (time(2, 30), time(9)):
            rhythm = replace(week, zone=name, at=at)
            sent: dict[date, datetime] = {}
            for day in (MONTHS[0] + n * DAY for n in range((MONTHS[1] - MONTHS[0]).days)):
                moment = next_slot(rhythm, day=day)
                local = rhythm.local(moment)
                assert not rhythm.is_quiet(local.time()), (name, day, at)
                assert rhythm.works_on(local.date()), (name, day)
                assert timedelta(0) <= local.date() - day <= 5 * DAY, "lost"
                assert sent.setdefault(local.date(), moment) == moment, "one day has one moment to ask"
            assert list(sent.values()) == sorted(sent.values())


def test_an_hour_inside_the_quiet_hours_becomes_their_end() -> None:
    rhythm = Rhythm(zone="Africa/Nairobi", at=time(5), quiet_from=time(21), quiet_until=time(7))
    assert rhythm.local(next_slot(rhythm, day=date(2026, 3, 2))).time() == time(7)


def test_a_holiday_and_a_weekend_of_friday_and_saturday_are_waited_out() -> None:
    def holiday(country: str, day: date) -> bool:
        return (country, day) == ("EG", date(2026, 4, 12))

    rhythm = Rhythm(zone="Africa/Cairo", days_off=frozenset({4, 5}), country="EG")
    moment = next_slot(rhythm, day=date(2026, 4, 10), holiday=holiday)
    assert rhythm.local(moment).replace(tzinfo=None) == datetime(2026, 4, 13, 9)


def test_what_is_up_to_two_hours_late_goes_out_and_what_is_later_waits_for_the_next_good_slot() -> None:
    rhythm = Rhythm(zone="Europe/Berlin")
    wish = next_slot(rhythm, day=date(2026, 6, 4))
    assert moment_to_send(rhythm, day=date(2026, 6, 4), now=wish + LATE) == wish
    late = moment_to_send(rhythm, day=date(2026, 6, 4), now=wish + LATE + timedelta(seconds=1))
    assert late == wish + DAY
    friday = moment_to_send(rhythm, day=date(2026, 6, 5), now=wish + DAY + 3 * timedelta(hours=1))
    assert rhythm.local(friday).replace(tzinfo=None) == datetime(2026, 6, 8, 9)


def test_a_stay_elsewhere_counts_up_to_its_last_day() -> None:
    rhythm = Rhythm(zone="Europe/Zurich", stay=Stay(zone="Africa/Nairobi", until=date(2026, 1, 9)))
    assert next_slot(rhythm, day=date(2026, 1, 9)) == datetime(2026, 1, 9, 6, tzinfo=UTC)
    assert next_slot(rhythm, day=date(2026, 1, 12)) == datetime(2026, 1, 12, 8, tzinfo=UTC)


def test_a_message_may_arrive_until_two_hours_later_or_the_quiet_hours_begin() -> None:
    rhythm = Rhythm(zone="UTC", quiet_from=time(10), quiet_until=time(8))
    assert good_until(rhythm, datetime(2026, 3, 2, 9, tzinfo=UTC)) == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert good_until(Rhythm(), datetime(2026, 3, 2, 9, tzinfo=UTC)) == datetime(2026, 3, 2, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "day", "expected"),
    [
        (Span(months=1), date(2027, 1, 31), date(2027, 2, 28)),
        (Span(months=1), date(2028, 1, 31), date(2028, 2, 29)),
        (Span(months=12), date(2028, 2, 29), date(2029, 2, 28)),
        (Span(days=14), date(2027, 2, 20), date(2027, 3, 6)),
        (Span(days=-7), date(2027, 3, 3), date(2027, 2, 24)),
    ],
)
def test_spans_end_on_days_that_exist(span: Span, day: date, expected: date) -> None:
    assert span.after(day) == expected


def test_a_week_without_a_working_day_is_refused() -> None:
    with pytest.raises(ValueError, match="working day"):
        Rhythm(days_off=frozenset(range(7)))
