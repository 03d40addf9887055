"""A year of a large programme, simulated on the pure walk: outages, crashes, and people who answer, move, stop or say nothing."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from mediation_coach.domain import journey as walk
from mediation_coach.domain.calendar import Rhythm, Span, good_until
from mediation_coach.domain.chat import Conversation, Person
from mediation_coach.domain.follow_through import CheckIn, Enrolment, Journey, Plan, Told
from mediation_coach.knowledge.places import is_holiday

ZONES = (
    ("Africa/Nairobi", "KE", {5, 6}),
    ("Africa/Cairo", "EG", {4, 5}),
    ("Asia/Kabul", "", {4}),
    ("Asia/Manila", "PH", {5, 6}),
    ("America/Bogota", "CO", {5, 6}),
    ("America/New_York", "US", {5, 6}),
    ("Europe/Bucharest", "RO", {5, 6}),
    ("Europe/London", "GB", {5, 6}),
    ("Australia/Lord_Howe", "AU", {5, 6}),
    ("Asia/Kathmandu", "NP", {5}),
)
START = datetime(2027, 1, 29, 0, tzinfo=UTC)
END = START + timedelta(days=430)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CRASH = 0.01
SLOW = 0.01


@dataclass
class Counts:
    """What came out of a year."""

    sent: int = 0
    asked: int = 0
    nudged: int = 0
    pause_or_stop: int = 0
    crashes: int = 0
    held_back: int = 0
    twice: int = 0
    quiet: int = 0
    after_stop: int = 0
    after_answer: int = 0
    left: int = 0
    too_many: int = 0
    stopped: int = 0

    @property
    def faults(self) -> dict[str, int]:
        """What must be nought."""
        return {n: getattr(self, n) for n in ("twice", "quiet", "after_stop", "after_answer", "left", "too_many")}


@dataclass
class Alumnus:
    """One person's year."""

    journey: Journey
    seen: set[str] = field(default_factory=set)
    stopped_at: datetime | None = None
    answered: set[str] = field(default_factory=set)


class Year:
    """A year with `people`, from a seed: the same seed gives the same year."""

    def __init__(self, plan: Plan, *, people: int, seed: int) -> None:
        self.plan = plan
        self.people = people
        self.random = random.Random(seed)
        self.counts = Counts()
        self.outages = list(self._outages())

    def _outages(self) -> Iterator[tuple[datetime, datetime]]:
        moment = START
        while moment < END:
            moment += DAY * self.random.expovariate(1 / 9)
            end = moment + HOUR * self.random.choice((0.1, 0.5, 2, 2, 9, 30))
            yield moment, end
            moment = end

    def up_at(self, moment: datetime) -> datetime:
        """Return `moment`, or the end of the outage that it falls into."""
        nearest = bisect_right(self.outages, moment, key=lambda outage: outage[0]) - 1
        return max(moment, self.outages[nearest][1]) if nearest >= 0 else moment

    def run(self) -> Counts:
        """Live the year of everyone."""
        for number in range(self.people):
            self._live(self._alumnus(number))
        return self.counts

    def _alumnus(self, number: int) -> Alumnus:
        zone, country, off = ZONES[number % len(ZONES)]
        person = Person(adapter="year", id=str(number))
        rhythm = Rhythm(zone=zone, country=country, days_off=frozenset(off))
        journey = Journey(person=person, rhythm=rhythm, conversation=Conversation(adapter="year", room=str(number)))
        enrolment = Enrolment(cohort="c", plan=self.plan.id, anchor=date(2027, 1, 29))
        return Alumnus(journey=walk.enrol(journey, enrolment, self.plan, now=START, holiday=is_holiday))

    def _live(self, alumnus: Alumnus) -> None:
        for _ in range(1000):
            journey = alumnus.journey
            due = [c for c in journey.check_ins if c.waits] if journey.active else []
            if not due:
                break
            first = min(due, key=lambda c: (c.due, c.day, c.id))
            if first.due > END:
                break
            self._move(alumnus, first, self.up_at(first.due + MINUTE * self.random.random()))
        else:
            self.counts.left += 1

    def _move(self, alumnus: Alumnus, check_in: CheckIn, now: datetime) -> None:
        while self.random.random() < CRASH:  # before the transaction was written: nothing of it happened
            self.counts.crashes += 1
            now = self.up_at(now + MINUTE)
        move = walk.move_on(alumnus.journey, check_in, now=now, holiday=is_holiday)
        alumnus.journey = move.journey
        match move:
            case walk.Send(check_in=sent):
                self._deliver(alumnus, move.key, sent, now)
            case walk.AskToPause():
                self._deliver(alumnus, move.key, None, now)

    def _deliver(self, alumnus: Alumnus, key: str, sent: CheckIn | None, now: datetime) -> None:
        rhythm = alumnus.journey.rhythm
        slow = HOUR * 6 * self.random.random() if self.random.random() < SLOW else timedelta(0)
        at = self.up_at(now + slow + MINUTE * self.random.expovariate(2))
        if at > good_until(rhythm, now):
            self.counts.held_back += 1
            if sent is not None:
                alumnus.journey = walk.not_sent(alumnus.journey, sent, now=at, holiday=is_holiday)
            return
        self.counts.twice += key in alumnus.seen
        alumnus.seen.add(key)
        while self.random.random() < CRASH:  # after the platform took it, before it was marked: the same key again
            self.counts.crashes += 1
        self.counts.sent += 1
        self.counts.quiet += not rhythm.is_good(at, is_holiday)
        self.counts.after_stop += alumnus.stopped_at is not None
        if sent is None:
            self.counts.pause_or_stop += 1
            self._react_to_pause(alumnus, at)
            return
        self.counts.asked += sent.nudges == 0
        self.counts.nudged += sent.nudges > 0
        self.counts.too_many += sent.nudges > 2
        self.counts.after_answer += f"{sent.id}:{sent.round}" in alumnus.answered
        self._react(alumnus, sent, at)

    def _react_to_pause(self, alumnus: Alumnus, at: datetime) -> None:
        if self.random.random() < 0.3:
            alumnus.journey = walk.resume(alumnus.journey)

    def _react(self, alumnus: Alumnus, sent: CheckIn, at: datetime) -> None:
        """Let the person do one thing before the next nudge, or nothing."""
        chance = self.random.random()
        now = at + HOUR * self.random.uniform(0.01, 16)
        journey = alumnus.journey
        if chance < 0.45:
            told = self.random.choice(tuple(Told))
            alumnus.journey = walk.answer(journey, sent, told, now=now, holiday=is_holiday)
            alumnus.answered.add(f"{sent.id}:{sent.round}")
        elif chance < 0.52:
            alumnus.journey = walk.snooze(journey, Span(days=14), now=now, holiday=is_holiday)
            alumnus.answered.add(f"{sent.id}:{sent.round}")
        elif chance < 0.56:
            alumnus.journey = walk.skip(journey)
            alumnus.answered.add(f"{sent.id}:{sent.round}")
        elif chance < 0.59:
            until = journey.rhythm.local(now).date() + timedelta(days=40)
            alumnus.journey = walk.pause(journey, until, holiday=is_holiday)
        elif chance < 0.63:
            until = journey.rhythm.local(now).date() + timedelta(days=10)
            alumnus.journey = walk.stay(journey, self.random.choice(ZONES)[0], until, holiday=is_holiday)
        elif chance < 0.65:
            on = journey.rhythm.local(now).date() + timedelta(days=self.random.randint(1, 60))
            alumnus.journey = walk.expect(journey, self.plan, on, now=now, holiday=is_holiday)
        elif chance < 0.67:
            alumnus.journey = walk.stop(journey)
            alumnus.stopped_at = now
            self.counts.stopped += 1
