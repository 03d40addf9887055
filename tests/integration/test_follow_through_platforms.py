"""Follow-through where people are: thirty on the local Slack server to month twelve, and one in an encrypted Matrix room."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from mediation_coach.adapters.slack import SlackAdapter
from mediation_coach.coach.weekly import Weekly
from mediation_coach.domain.calendar import Rhythm
from mediation_coach.domain.chat import Event, Intent, Person
from mediation_coach.domain.delivery import answer_to
from mediation_coach.domain.follow_through import Member
from mediation_coach.knowledge.places import is_holiday
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from mediation_coach.testing import until
from tests.alumni import DAY, ENDS, HOUR, START, Course
from tests.conftest import new_keys
from tests.fakes import Clock
from tests.matrix_people import EchoCoach, options_for, running
from tests.matrix_people import Member as MatrixMember
from tests.slack_house import settings_for_tests
from tests.slack_server import TEAM, Channel, visible
from tests.slack_stage import SlackStage, staged
from tests.slack_stage import options_for as slack_options
from tests.synapse import Synapse, synapse

pytestmark = [pytest.mark.timeout(150), pytest.mark.xdist_group("synapse")]
__all__ = ["synapse"]


class Listening:
    """A course that hears a platform: every event is answered on the moving clock, through the outbox."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.heard = 0
        self.news = asyncio.Condition()

    async def receive(self, event: Event) -> None:
        if event.intent in (Intent.MESSAGE, Intent.CHOICE, Intent.FORM):
            event = replace(event, at=self.course.clock.now)
            reply = await self.course.hear(event)
            await self.course.store.post(
                [answer_to(event, reply, due_at=self.course.clock.now)], now=self.course.clock.now
            )
            while await self.course.outbox.deliver_due():
                pass
        async with self.news:
            self.heard += event.intent in (Intent.MESSAGE, Intent.CHOICE, Intent.FORM)
            self.news.notify_all()

    async def until_heard(self, number: int) -> None:
        async with asyncio.timeout(30), self.news:
            await self.news.wait_for(lambda: self.heard >= number)


@dataclass(frozen=True)
class Post:
    """What the coach said of its own accord: to whom, when on the moving clock, and what."""

    name: str
    at: datetime
    text: str

    def local(self, zone: str = "Africa/Nairobi") -> datetime:
        return self.at.astimezone(ZoneInfo(zone))


class SlackYear:
    """Thirty people of a course on the local Slack server, who press what they are shown, and a coach that can be restarted."""

    def __init__(self, stage: SlackStage, settings: StoreSettings, folder: Path) -> None:
        self.stage, self.server, self._settings, self._folder = stage, stage.server, settings, folder
        self.asked: list[Post] = []
        self._of_its_own_accord = False
        self.server.on_post = self._posted
        self.server.ack_timeout = 30.0

    def _posted(self, channel: Channel) -> None:
        if self._of_its_own_accord:
            self.asked.append(Post(channel.user, self.course.clock.now, visible(channel.messages[-1])))

    async def begin(self, adapter: SlackAdapter, clock: Clock) -> None:
        """Start a coach over the database as it stands."""
        self.store = await SqlStore.open(self._settings, folder=self._folder)
        self.course = Course(
            self.store, adapter=adapter, clock=clock, coordinators=(COORDINATOR,), delivery=settings_for_tests()
        )
        self.listening = Listening(self.course)
        self._running = asyncio.create_task(adapter.run(self.listening.receive))
        await until(lambda: _connected(adapter))

    async def end(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self.store.close()

    async def restart(self) -> None:
        """Let the coach go, and begin anew with nothing but the database."""
        clock, old = self.course.clock, self.course.adapter
        await self.end()
        await old.close()
        await self.begin(SlackAdapter(slack_options(self.server)), clock)

    async def pass_to(self, moment: datetime) -> None:
        """Let time pass up to `moment`, and note what the coach says of its own accord."""
        self._of_its_own_accord = True
        await self.course.until(moment, step=moment - self.course.clock.now)
        self._of_its_own_accord = False

    async def say(self, name: str, text: str) -> str:
        before = self.listening.heard
        await self.server.say(name, text)
        await self.listening.until_heard(before + 1)
        return self.server.seen(name)[-1]

    async def press(self, name: str, label: str) -> str:
        before = self.listening.heard
        await self.server.press(name, self.server.direct(name), label)
        await self.listening.until_heard(before + 1)
        return self.server.seen(name)[-1]

    async def fill(self, name: str, label: str, **fields: str) -> str:
        """Open the form behind a button, fill it in and send it."""
        before = self.listening.heard
        await self.server.press(name, self.server.direct(name), label)
        await until(lambda: self.server.views[name])
        await self.server.submit(name, **fields)
        await self.listening.until_heard(before + 1)
        return self.server.seen(name)[-1]

    def posts(self, name: str) -> list[Post]:
        return [post for post in self.asked if post.name == name]


async def _connected(adapter: SlackAdapter) -> bool:
    return await adapter.ready() is None


COORDINATOR = "U0COORD"
STOPS, STUCK, SNOOZES, SKIPS, TRAVELS, NOT_NOW, PAUSES = NAMED = [f"U{n:03}ALUM" for n in range(7)]
SILENT = [f"U{n:03}ALUM" for n in range(25, 30)]
EVERYONE = [f"U{n:03}ALUM" for n in range(30)]
HOURS = (3, 6, 14, 18)  # in Nairobi six, nine, five and nine in the evening; 14 is nine in New York
DATES = ["2027-01-29", "2027-02-01", "2027-02-12", "2027-03-01", "2027-04-29", "2027-07-29", "2028-01-31"]


async def answer(year: SlackYear, name: str, post: Post) -> None:
    """Let someone do with a question what they do."""
    if "Write my plan" in post.text:
        if name == STOPS:
            assert "never write to you first" in await year.say(name, "stop")
            return
        await year.press(name, "Write my plan")
        assert "Plan B" not in await year.fill(name, "My plan", when="the week begins", will="prepare one question")
        return
    first = "first small step" in post.text and len(year.posts(name)) == 2
    if name == STUCK and first:
        assert "Moves that break a deadlock" in await year.press(name, "Stuck")
        await year.press(name, "Time")
    elif name == SNOOZES and first:
        assert "Monday 2027-02-15, 09:00 (Africa/Nairobi)" in await year.say(name, "snooze 2 weeks")
    elif name == SKIPS and first:
        assert "Friday 2027-02-12, 09:00 (Africa/Nairobi)" in await year.say(name, "skip")
    elif name == PAUSES and first:
        assert "Monday 2027-05-03, 09:00" in await year.say(name, "pause until 1 May")
    elif name == NOT_NOW and first:
        await year.press(name, "Not now")
        assert "Monday 2027-02-15, 09:00" in await year.press(name, "In two weeks")
    else:
        if name == TRAVELS and first:
            there = await year.say(name, "I'm in New York until 2027-02-20")
            assert "Friday 2027-02-12, 09:00 (America/New_York)" in there
        asked = await year.press(name, "Done" if int(name[1:4]) % 2 else "Partly")
        for label in ("Process design", "Colleagues", "Every month", "In the process"):
            if label in asked:
                await year.press(name, label)


@pytest.mark.timeout(240)
async def test_thirty_people_on_slack_from_the_list_to_month_twelve(tmp_path: Path) -> None:
    settings = StoreSettings(url=SecretStr(f"sqlite:///{tmp_path / 'coach.db'}"), keys=SecretStr(new_keys()))
    async with staged() as stage:
        year = SlackYear(stage, settings, tmp_path)
        await year.begin(stage.adapter, Clock(START - HOUR))
        await year.say(COORDINATOR, "cohort create spring-27 ends 2027-01-29 zone Africa/Nairobi")
        people = "\n".join(f"{name},Africa/Nairobi,en,yes" for name in EVERYONE)
        taken = await year.say(COORDINATOR, f"cohort import spring-27\nperson,zone,language,consent\n{people}")
        assert "30 on the list" in taken
        assert "started" in await year.say(COORDINATOR, "cohort start spring-27")
        day, restarts = START.date(), {ENDS + 5 * DAY, ENDS + 45 * DAY, ENDS + 200 * DAY}
        while day < date(2028, 3, 1):
            for hour in HOURS:
                before = len(year.asked)
                await year.pass_to(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))
                if day in restarts and hour == 6:
                    await year.restart()
                for post in year.asked[before:]:
                    if post.name not in SILENT:
                        await answer(year, post.name, post)
            day += DAY
        check(year)
        figures = await year.course.reports.figures("spring-27", today=day)
        assert figures.enrolled == 30
        rates = {rate.step: (rate.asked, rate.answered, rate.few_missing) for rate in figures.rates}
        assert rates["day-0"] == (30, 24, False)
        assert rates["day-3"] == (29, 22, False), "one stopped before; one skipped, one paused, five said nothing"
        assert {rates[step] for step in ("week-2", "month-1", "month-3", "month-6", "month-12")} == {(24, None, True)}
        told = await year.say(COORDINATOR, "cohort summary spring-27")
        assert "Day 0: 24 of 30; Day 3: 22 of 29" in told
        keys = [
            (m["metadata"]["event_payload"]["key"], m["metadata"]["event_payload"]["part"])
            for channel in year.server.channels.values()
            for m in channel.messages
            if "metadata" in m
        ]
        assert len(keys) == len(set(keys)) > 500
        await year.course.adapter.close()
        await year.end()


def check(year: SlackYear) -> None:
    """Hold what everyone was sent against what they had chosen, day by day and hour by hour."""
    dates = {name: [post.local().date().isoformat() for post in year.posts(name)] for name in EVERYONE}
    for name in EVERYONE:
        if name not in (*NAMED, *SILENT):
            assert dates[name] == DATES, name
    again = ["2027-02-15", "2027-02-16"]
    assert dates[STOPS] == DATES[:1]
    assert dates[STUCK] == [*DATES[:2], "2027-02-08", *DATES[2:]]
    assert dates[SNOOZES] == dates[NOT_NOW] == [*DATES[:2], *again, *DATES[3:]]
    assert dates[SKIPS] == dates[TRAVELS] == DATES
    assert dates[PAUSES] == [*DATES[:2], "2027-05-03", "2027-05-04", "2027-05-05", *DATES[5:]]
    asked = "".join(post.text for post in year.posts(PAUSES))
    assert asked.index("Two weeks on") < asked.index("A month on") < asked.index("From memory")
    for name in SILENT:
        texts = [post.text for post in year.posts(name)]
        assert [("gentle reminder" in text, "pause, or stop" in text) for text in texts] == [
            *[(False, False), (True, False), (True, False)] * 2,
            (False, True),
        ], name
    for post in year.asked:
        away = post.name == TRAVELS and post.at.date() == date(2027, 2, 12)
        local = post.local("America/New_York" if away else "Africa/Nairobi")
        assert local.weekday() < 5, post
        assert local.hour == 9 or (8 <= local.hour < 20 and post.name in SILENT), post


async def test_the_weekly_summary_reaches_a_coordinator_on_slack_until_they_say_stop(tmp_path: Path) -> None:
    async with staged() as stage:
        year = SlackYear(stage, StoreSettings(), tmp_path)
        await year.begin(stage.adapter, Clock(START))
        await year.course.started(
            *(Member(person=Person(adapter="slack", workspace=TEAM, id=name), consent=True) for name in EVERYONE[:9])
        )
        weekly = Weekly(
            cohorts=year.course.cohorts,
            post=year.store,
            coordinators=[Person(adapter="slack", id=COORDINATOR)],
            summarise=year.course.reports.summary,
            open_conversation=stage.adapter.direct_conversation,
            holiday=is_holiday,
        )
        for week in range(4):
            year.course.clock.now = datetime(2027, 2, 22, 9, 30, tzinfo=UTC) + 7 * week * DAY
            await weekly.tell(year.course.clock())
            while await year.course.outbox.deliver_due():
                pass
            if week == 1:
                await year.say(COORDINATOR, "stop")
        told = [text for text in year.server.seen(COORDINATOR) if "as of 2027" in text]
        assert len(told) == 2
        assert year.server.files, "with its picture"
        await year.end()


async def test_a_check_in_in_an_encrypted_matrix_room(synapse: Synapse, sqlite_store: SqlStore, tmp_path: Path) -> None:
    coach = EchoCoach(options_for(synapse, tmp_path))
    course = Course(sqlite_store, adapter=coach.adapter)
    listening = Listening(course)
    coach._receive = listening.receive  # type: ignore[method-assign]
    async with MatrixMember.present(synapse) as alumna, running(coach):
        room = await alumna.open_room(coach.user, encrypted=True)
        await course.cohorts.create(
            "spring-27", name="S", ends=ENDS, plan="standard", rhythm=Rhythm(), language="en", now=course.clock()
        )
        await course.cohorts.start("spring-27", now=course.clock())
        code = (await course.cohorts.get("spring-27")).code
        await alumna.say(room, f"join {code}")
        await _told(alumna, room, coach, "Welcome")
        await course.until(datetime(2027, 1, 29, 9, tzinfo=UTC))
        await _told(alumna, room, coach, "one thing you will do differently")
        await alumna.say(room, "not now")
        await _told(alumna, room, coach, "When shall I ask again?")
        await course.until(datetime(2027, 2, 1, 10, tzinfo=UTC), step=6 * HOUR)
        question = await _told(alumna, room, coach, "first small step")
        assert question.decrypted
        await alumna.say(room, "2")
        await _told(alumna, room, coach, "A part of it is done")
        await alumna.say(room, "stop")
        await _told(alumna, room, coach, "never write to you first")
        before = len(alumna.answers(room, coach.user))
        await course.days(120, step=DAY / 2)
        assert len(alumna.answers(room, coach.user)) == before
        assert await sqlite_store.counted("spring-27") == {
            ("day-0", "progress", "not_now"): 1,
            ("day-3", "progress", "partly"): 1,
        }


async def _told(alumna: MatrixMember, room: str, coach: EchoCoach, words: str) -> Any:
    return await alumna.until(
        lambda: next((e for e in alumna.answers(room, coach.user) if words in e.body), None), why=words
    )
