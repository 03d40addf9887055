"""Follow-through where people are: thirty on the local Slack server to month twelve, and one in an encrypted Matrix room."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from mediation_coach.adapters.slack import SlackAdapter
from mediation_coach.coach.weekly import Weekly
from mediation_coach.domain.calendar import Rhythm
from mediation_coach.domain.chat import Conversation, Event, Intent, Person, Reply
from mediation_coach.domain.delivery import answer_to
from mediation_coach.domain.follow_through import Member
from mediation_coach.knowledge.places import is_holiday
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from mediation_coach.testing import until
from tests.alumni import DAY, ENDS, HOUR, START, Course, text_of
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
EVERYONE = [f"U{n:03}ALUM" for n in range(30)]
ROLES = dict(zip(EVERYONE, ("stops", "stuck", "snoozes", "skips", "travels", "not_now", "pauses"), strict=False))
SILENT = EVERYONE[25:]
RESTARTS = {ENDS + 5 * DAY, ENDS + 45 * DAY, ENDS + 200 * DAY}
LAST = date(2028, 3, 1)
HOURS = (3, 6, 14, 18)  # in Nairobi six, nine, five and nine in the evening; 14 is nine in New York
DATES = ["2027-01-29", "2027-02-01", "2027-02-12", "2027-03-01", "2027-04-29", "2027-07-29", "2028-01-31"]


async def answer(year: SlackYear, name: str, post: Post) -> None:
    """Let someone do with a question what they do."""
    role = ROLES.get(name, "")
    if "Write my plan" in post.text:
        if role == "stops":
            assert "never write to you first" in await year.say(name, "stop")
            return
        await year.press(name, "Write my plan")
        assert "Plan B" not in await year.fill(name, "My plan", when="the week begins", will="prepare one question")
        return
    first = "first small step" in post.text and len(year.posts(name)) == 2
    if role == "stuck" and first:
        assert "Moves that break a deadlock" in await year.press(name, "Stuck")
        await year.press(name, "Time")
    elif role == "snoozes" and first:
        assert "Monday 2027-02-15, 09:00 (Africa/Nairobi)" in await year.say(name, "snooze 2 weeks")
    elif role == "skips" and first:
        assert "Friday 2027-02-12, 09:00 (Africa/Nairobi)" in await year.say(name, "skip")
    elif role == "pauses" and first:
        assert "Monday 2027-05-03, 09:00" in await year.say(name, "pause until 1 May")
    elif role == "not_now" and first:
        await year.press(name, "Not now")
        assert "Monday 2027-02-15, 09:00" in await year.press(name, "In two weeks")
    else:
        if role == "travels" and first:
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
        day = START.date()
        while day < LAST:
            for hour in HOURS:
                before = len(year.asked)
                await year.pass_to(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))
                if day in RESTARTS and hour == 6:
                    await year.restart()
                for post in year.asked[before:]:
                    if post.name not in SILENT:
                        await answer(year, post.name, post)
            day += DAY
        check(year.asked, roles=ROLES, silent=SILENT, everyone=EVERYONE)
        figures = await year.course.reports.figures("spring-27", today=day)
        assert figures.enrolled == 30
        rates = {rate.step: (rate.asked, rate.answered, rate.few_missing) for rate in figures.rates}
        assert rates["day-0"] == (30, 24, False)
        assert rates["day-3"] == (30, 22, False), "one stopped before; one skipped, one paused, five said nothing"
        assert {rates[step] for step in ("week-2", "month-1", "month-3", "month-6", "month-12")} == {(25, None, True)}
        told = await year.say(COORDINATOR, "cohort summary spring-27")
        assert "Day 0: 24 of about 30; Day 3: 22 of about 30" in told
        keys = [
            (m["metadata"]["event_payload"]["key"], m["metadata"]["event_payload"]["part"])
            for channel in year.server.channels.values()
            for m in channel.messages
            if "metadata" in m
        ]
        assert len(keys) == len(set(keys)) > 500
        await year.course.adapter.close()
        await year.end()


def check(asked: list[Post], *, roles: dict[str, str], silent: list[str], everyone: list[str]) -> None:
    """Hold what everyone was sent against what they had chosen, day by day and hour by hour."""
    posts = {name: [post for post in asked if post.name == name] for name in everyone}
    dates = {name: [post.local().date().isoformat() for post in posts[name]] for name in everyone}
    again = [*DATES[:2], "2027-02-15", "2027-02-16", *DATES[3:]]
    expected = {
        "stops": DATES[:1],
        "stuck": [*DATES[:2], "2027-02-08", *DATES[2:]],
        "snoozes": again,
        "not_now": again,
        "pauses": [*DATES[:2], "2027-05-03", "2027-05-04", "2027-05-05", *DATES[5:]],
    }
    for name in everyone:
        if name not in silent:
            assert dates[name] == expected.get(roles.get(name, ""), DATES), roles.get(name, name)
    for name, role in roles.items():
        if role == "pauses":
            said = "".join(post.text for post in posts[name])
            assert said.index("Two weeks on") < said.index("A month on") < said.index("From memory")
    for name in silent:
        texts = [post.text for post in posts[name]]
        assert [("gentle reminder" in text, "pause, or stop" in text) for text in texts] == [
            *[(False, False), (True, False), (True, False)] * 2,
            (False, True),
        ], name
    for post in asked:
        away = roles.get(post.name) == "travels" and post.at.date() == date(2027, 2, 12)
        local = post.local("America/New_York" if away else "Africa/Nairobi")
        assert local.weekday() < 5, post
        assert local.hour == 9 or (8 <= local.hour < 20 and post.name in silent), post


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


class MatrixYear:
    """Thirty people of a course in encrypted rooms on a real Synapse. A few talk with clients of their own; the others listen."""

    def __init__(self, server: Synapse, folder: Path, settings: StoreSettings) -> None:
        self.server, self._folder, self._settings = server, folder, settings
        self.options = options_for(server, folder / "matrix")
        self.rooms: dict[str, str] = {}
        self.clients: dict[str, MatrixMember] = {}
        self.tokens: dict[str, str] = {}
        self.asked: list[Post] = []
        self.sent: Counter[str] = Counter()
        self.coordinator = ""
        self._of_its_own_accord = False

    async def begin(self, clock: Clock) -> None:
        """Start a coach over the database and the keys as they stand."""
        self.store = await SqlStore.open(self._settings, folder=self._folder)
        self.coach = EchoCoach(self.options)
        send = self.coach.adapter.send

        async def noted(to: Conversation, reply: Reply, *, key: str) -> str:
            message = await send(to, reply, key=key)
            name = next((name for name, room in self.rooms.items() if room == to.room), "")
            self.sent[name] += 1
            if self._of_its_own_accord:
                self.asked.append(Post(name, self.course.clock.now, text_of(reply)))
            return message

        self.coach.adapter.send = noted  # type: ignore[method-assign]
        self.course = Course(
            self.store,
            adapter=self.coach.adapter,
            clock=clock,
            coordinators=(self.coordinator,),
            delivery=settings_for_tests(pace={"matrix": {}}),
            shows_forms=False,
        )
        self.listening = Listening(self.course)
        self.coach._receive = self.listening.receive  # type: ignore[method-assign]
        await self.coach.start()

    async def end(self) -> None:
        await self.coach.stop()
        await self.store.close()

    async def restart(self) -> None:
        clock = self.course.clock
        await self.end()
        await self.begin(clock)

    async def talker(self, stack: AsyncExitStack, name: str) -> str:
        """Let someone with a client of their own open an encrypted room with the coach."""
        user = self.server.user(name)
        client = await stack.enter_async_context(MatrixMember.present(self.server, user=user))
        self.clients[user] = client
        return user

    def listener(self, name: str) -> str:
        """Let someone who never says anything open an encrypted room with the coach, over plain HTTP."""
        user = self.server.user(name)
        self.tokens[user], _ = self.server.log_in(user)
        encryption = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        body = {"invite": [self.options.user], "is_direct": True, "initial_state": [encryption]}
        made = self.server.ask("POST", "/_matrix/client/v3/createRoom", body, self.tokens[user])
        self.rooms[user] = str(made["room_id"])
        return user

    async def say(self, user: str, text: str) -> str:
        """Say something in one's own room, and return what the coach says to it, as it is read there."""
        client, room = self.clients[user], self.rooms[user]
        before, heard = self.sent[user], self.listening.heard
        await client.say(room, text)
        await self.listening.until_heard(heard + 1)
        return await self._read(user, before)

    async def react(self, user: str, key: str) -> str:
        """React to the newest message of the coach."""
        client, room = self.clients[user], self.rooms[user]
        await client.until(lambda: len(self.read(user)) >= self.sent[user], why="it is read")
        before, heard = self.sent[user], self.listening.heard
        await client.react(room, self.read(user)[-1].event_id, key)
        await self.listening.until_heard(heard + 1)
        return await self._read(user, before)

    async def _read(self, user: str, before: int) -> str:
        assert self.sent[user] > before
        await self.clients[user].until(lambda: len(self.read(user)) >= self.sent[user], why="an answer")
        return str(self.read(user)[-1].body)

    def read(self, user: str) -> list[Any]:
        """Return what someone reads of the coach, without what only rings."""
        answers = self.clients[user].answers(self.rooms[user], self.coach.user)
        return [event for event in answers if event.source["content"]["msgtype"] == "m.notice"]

    async def pass_to(self, moment: datetime) -> None:
        self._of_its_own_accord = True
        await self.course.until(moment, step=moment - self.course.clock.now)
        self._of_its_own_accord = False

    async def answer(self, user: str, role: str, post: Post) -> None:
        """Let someone who talks do with a question what they do: by a number, a word, or a reaction."""
        if "when exactly will you do it" in post.text:
            if role == "stops":
                assert "never write to you first" in await self.say(user, "stop")
                return
            for words in ("1", "the week begins", "prepare one question", "skip", "skip", "skip"):
                told = await self.say(user, words)
            assert "prepare one question" in told
            return
        first = "first small step" in post.text and sum(p.name == user for p in self.asked) == 2
        if role == "stuck" and first:
            assert "Moves that break a deadlock" in await self.say(user, "3")
        elif role == "snoozes" and first:
            assert "Monday 2027-02-15, 09:00 (Africa/Nairobi)" in await self.say(user, "snooze 2 weeks")
        elif role == "skips" and first:
            assert "Friday 2027-02-12, 09:00 (Africa/Nairobi)" in await self.say(user, "skip")
        else:
            asked = await (self.react(user, "2️⃣") if role == "travels" else self.say(user, "1"))
            if "?" in asked and "1." in asked and "done" not in asked.lower():
                await self.say(user, "2")
            if role == "travels" and first:
                there = await self.say(user, "I'm in New York until 2027-02-20")
                assert "Friday 2027-02-12, 09:00 (America/New_York)" in there

    def on_the_server(self, user: str) -> int:
        """Return how many encrypted messages of the coach a room holds."""
        path = f"/_matrix/client/v3/rooms/{quote(self.rooms[user])}/messages?dir=b&limit=200"
        found = self.server.ask("GET", path, token=self.tokens[user])["chunk"]
        return sum(e["type"] == "m.room.encrypted" and e["sender"] == self.coach.user for e in found)


@pytest.mark.timeout(240)
async def test_thirty_people_in_encrypted_matrix_rooms_to_month_twelve(synapse: Synapse, tmp_path: Path) -> None:
    settings = StoreSettings(url=SecretStr(f"sqlite:///{tmp_path / 'coach.db'}"), keys=SecretStr(new_keys()))
    year = MatrixYear(synapse, tmp_path, settings)
    async with AsyncExitStack() as stack:
        year.coordinator = await year.talker(stack, "coordinator")
        wishes = ("stops", "stuck", "snoozes", "skips", "travels", "", "")
        roles = {await year.talker(stack, f"talks{n}"): role for n, role in enumerate(wishes)}
        silent = [await asyncio.to_thread(year.listener, f"listens{n}") for n in range(23)]
        await year.begin(Clock(START - HOUR))
        for user, client in year.clients.items():
            year.rooms[user] = await client.open_room(year.coach.user, encrypted=True)
        joined = year.coach.adapter._line
        assert joined is not None
        await until(lambda: set(year.rooms.values()) <= set(joined.client.rooms))
        everyone = [*roles, *silent]
        people = "\n".join(f"{user},Africa/Nairobi,en,yes" for user in everyone)
        await year.say(year.coordinator, "cohort create spring-27 ends 2027-01-29 zone Africa/Nairobi")
        taken = await year.say(year.coordinator, f"cohort import spring-27\nperson,zone,language,consent\n{people}")
        assert "30 on the list" in taken
        await year.say(year.coordinator, "cohort start spring-27")
        day = START.date()
        while day < LAST:
            for hour in HOURS:
                before = len(year.asked)
                await year.pass_to(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))
                if day in RESTARTS and hour == 6:
                    await year.restart()
                for post in year.asked[before:]:
                    if post.name in roles:
                        await year.answer(post.name, roles[post.name], post)
            day += DAY
        check(year.asked, roles=roles, silent=silent, everyone=everyone)
        figures = await year.course.reports.figures("spring-27", today=day)
        rates = {rate.step: (rate.asked, rate.answered) for rate in figures.rates}
        assert figures.enrolled == 30
        assert rates["day-0"] == (30, 6)
        assert rates["day-3"] == (30, 5), "one stopped before, one skipped, the others said nothing"
        assert "Day 0: 6 of about 30; Day 3: 5 of about 30" in await year.say(
            year.coordinator, "cohort summary spring-27"
        )
        for user in silent:
            assert year.sent[user] == 7
            assert await asyncio.to_thread(year.on_the_server, user) == 7 + 2, "two of them rang"
        for user in roles:
            client = year.clients[user]
            read = client.answers(year.rooms[user], year.coach.user)
            assert all(event.decrypted for event in read)
            rang = [event for event in read if event.source["content"]["msgtype"] == "m.text"]
            assert {event.body for event in rang} == {"About your plan"}, "nothing else is on a lock screen"
            assert len(read) - len(rang) == year.sent[user]
            assert not client.unread(year.rooms[user])
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
