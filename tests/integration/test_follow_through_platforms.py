"""Follow-through where people are: thirty on the local Slack server to month twelve, and one in an encrypted Matrix room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mediation_coach.domain.calendar import Rhythm
from mediation_coach.domain.chat import Event, Intent, Person
from mediation_coach.domain.delivery import answer_to
from mediation_coach.domain.follow_through import Member, State
from mediation_coach.store.sql import SqlStore
from tests.alumni import DAY, ENDS, HOUR, Course
from tests.matrix_people import EchoCoach, options_for, running
from tests.matrix_people import Member as MatrixMember
from tests.slack_server import TEAM
from tests.slack_stage import SlackStage, staged
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


@asynccontextmanager
async def on_slack(store: SqlStore) -> AsyncIterator[tuple[Course, SlackStage, Listening]]:
    async with staged() as stage:
        course = Course(store, adapter=stage.adapter)
        listening = Listening(course)
        running_adapter = asyncio.create_task(stage.adapter.run(listening.receive))
        try:
            yield course, stage, listening
        finally:
            running_adapter.cancel()
            await asyncio.gather(running_adapter, return_exceptions=True)


async def test_thirty_people_on_slack_from_the_list_to_month_twelve(sqlite_store: SqlStore) -> None:
    names = [f"U{n:03}ALUM" for n in range(30)]
    async with on_slack(sqlite_store) as (course, stage, listening):
        people = [
            Member(person=Person(adapter="slack", workspace=TEAM, id=name), zone="Africa/Nairobi", consent=True)
            for name in names
        ]
        await course.started(*people)
        answered = dict.fromkeys(names, 0)
        said = {"stop": names[0], "stuck": names[1], "snooze 2 weeks": names[2], "skip": names[3]}
        wishes = {name: word for word, name in said.items()}
        silent = set(names[25:])
        while course.clock.now < datetime(2028, 3, 1, tzinfo=UTC):
            await course.days(3, step=12 * HOUR if course.clock.now.day % 2 else 6 * HOUR)
            for name in names:
                new = [t for t in stage.server.seen(name)[answered[name] :] if "About your plan" not in t]
                if new and name not in silent and _asks(new[-1]):
                    before = listening.heard
                    await stage.server.say(name, wishes.pop(name, "done"))
                    await listening.until_heard(before + 1)
                answered[name] = len(stage.server.seen(name))
        journeys = {
            name: await sqlite_store.journey(people[n].person or Person(adapter="", id=""))
            for n, name in enumerate(names)
        }
        done = [c.state for j in journeys.values() if j for c in j.check_ins if c.state is State.ANSWERED]
        assert len(done) > 120
        first = journeys[names[0]]
        assert first is not None
        assert first.stopped
        assert len(stage.server.seen(names[0])) == 2, "one question, and the word that it stops"
        assert "A week ago this was stuck" in "\n".join(stage.server.seen(names[1]))
        figures = await course.reports.figures("spring-27", today=course.clock.now.date())
        assert len(figures.rates) == 7


def _asks(text: str) -> bool:
    return ("Not now" in text and "Done" in text) or "Write my plan" in text


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
