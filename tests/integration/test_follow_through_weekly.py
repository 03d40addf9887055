"""The weekly summary: on Monday morning, once, with the picture; and not when it is not wanted."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mediation_coach.coach.weekly import Weekly
from mediation_coach.domain.calendar import Rhythm
from mediation_coach.domain.chat import Image, Person
from mediation_coach.knowledge.places import is_holiday
from mediation_coach.running import open_service
from mediation_coach.store.sql import SqlStore
from tests.alumni import DAY, ENDS, HOUR, Course, member, person, text_of
from tests.fakes import Sent
from tests.shipped import settings
from tests.slack_server import APP_TOKEN, BOT_TOKEN

MONDAY = datetime(2027, 2, 22, 6, tzinfo=UTC)  # nine in Nairobi; day 0 and day 3 have closed
NAMES = [f"p{n:02}" for n in range(12)]


def weekly(course: Course, *coordinators: Person) -> Weekly:
    return Weekly(
        cohorts=course.cohorts,
        post=course.store,
        coordinators=coordinators or (person("coordinator"),),
        summarise=course.reports.summary,
        open_conversation=course.adapter.direct_conversation,
        holiday=is_holiday,
    )


@pytest.fixture
async def course(sqlite_store: SqlStore) -> Course:
    course = Course(sqlite_store)
    await running(course)
    return course


async def running(course: Course) -> None:
    rhythm = Rhythm(zone="Africa/Nairobi", country="KE")
    await course.cohorts.create(
        "spring-27", name="Spring", ends=ENDS, plan="standard", rhythm=rhythm, language="en", now=course.clock()
    )
    await course.cohorts.take_in("spring-27", [member(name) for name in NAMES], now=course.clock())
    await course.cohorts.start("spring-27", now=course.clock())
    course.clock.now = datetime(2027, 2, 1, 6, tzinfo=UTC)
    await course.tick()
    for name in NAMES[:7]:
        await course.say(name, "done")
    course.clock.now = MONDAY - DAY / 2


async def told(course: Course, until: datetime, *coordinators: Person, step: timedelta = HOUR) -> list[Sent]:
    """Let time pass with the hourly job and the outbox alone; return the summaries that were sent."""
    job = weekly(course, *coordinators)
    while course.clock.now < until:
        course.clock.now = min(course.clock.now + step, until)
        await job.tell(course.clock())
        while await course.outbox.deliver_due():
            pass
    return [sent for sent in course.adapter.sent if sent.reply.summary == "Follow-through in numbers"]


async def test_it_comes_once_a_week_on_monday_at_nine_with_the_picture(course: Course) -> None:
    assert not await told(course, MONDAY - HOUR)
    [first] = await told(course, MONDAY)
    assert first.to.room == "dm-coordinator"
    assert any(isinstance(block, Image) for block in first.reply.blocks)
    assert "Day 3: 7 of about 10" in text_of(first.reply)
    assert len(await told(course, MONDAY + 6 * DAY)) == 1
    assert len(await told(course, MONDAY + 7 * DAY)) == 2
    assert not [name for name in NAMES if name in text_of(first.reply)]


async def test_a_holiday_moves_it_to_the_next_working_morning(course: Course) -> None:
    easter_monday = datetime(2027, 3, 29, 6, tzinfo=UTC)
    course.clock.now = easter_monday - HOUR
    assert not await told(course, easter_monday + DAY / 2)
    assert len(await told(course, easter_monday + DAY)) == 1


async def test_a_coordinator_who_takes_part_gets_it_by_their_own_clock(course: Course) -> None:
    await course.cohorts.take_in("spring-27", [member("coordinator", zone="America/Bogota")], now=course.clock())
    assert not await told(course, MONDAY + 7 * HOUR)
    assert len(await told(course, MONDAY + 8 * HOUR)) == 1


async def test_off_stop_and_the_end_are_heard(course: Course) -> None:
    assert "No weekly summary" in text_of(await course.say("coordinator", "cohort weekly spring-27 off"))
    assert not await told(course, MONDAY + DAY)
    assert "every Monday" in text_of(await course.say("coordinator", "cohort weekly spring-27 on"))
    assert "say on or off" in text_of(await course.say("coordinator", "cohort weekly spring-27 perhaps"))
    assert len(await told(course, MONDAY + 7 * DAY)) == 1
    await course.say("coordinator", "stop")
    assert len(await told(course, MONDAY + 15 * DAY)) == 1
    await course.say("coordinator", "resume")
    assert len(await told(course, MONDAY + 21 * DAY)) == 2
    await course.cohorts.end("spring-27", now=course.clock())
    assert len(await told(course, MONDAY + 28 * DAY)) == 2


async def test_it_ends_by_itself_when_the_last_figures_were_told(course: Course) -> None:
    course.clock.now = datetime(2028, 2, 7, tzinfo=UTC)
    sent = await told(course, datetime(2028, 6, 1, tzinfo=UTC), step=3 * HOUR)
    assert len(sent) == 2, "14 February, when month 12 has closed, is the last week but one"


async def test_a_draft_and_a_cohort_without_its_plan_tell_nothing(course: Course) -> None:
    await course.cohorts.create(
        "draft", name="D", ends=date(2027, 2, 1), plan="short", rhythm=Rhythm(), language="en", now=course.clock()
    )
    assert len(await told(course, MONDAY + DAY)) == 1


async def test_replicas_and_a_restart_post_it_once(course: Course) -> None:
    course.clock.now = MONDAY + HOUR
    jobs = [weekly(course, person("coordinator"), person("second")) for _ in range(4)]
    posted = await asyncio.gather(*(job.tell(course.clock()) for job in jobs))
    assert sum(posted) == 2
    again = Course(course.store, clock=course.clock, adapter=course.adapter)
    sent = await told(again, MONDAY + DAY, person("coordinator"), person("second"))
    assert sorted(s.to.room for s in sent) == ["dm-coordinator", "dm-second"]


async def test_the_service_has_the_job_and_knows_its_coordinators(tmp_path: Path) -> None:
    tables = {"slack": {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN}}
    made = settings().model_copy(
        update={"adapters": ("slack",), "data": tmp_path, "coordinators": ("U0COORD", "matrix//@x:y"), "tables": tables}
    )
    async with AsyncExitStack() as stack:
        service = await open_service(made, stack)
        jobs = {job.id: job for job in service.ticks._scheduler.get_jobs()}
        assert {"check_ins", "cohorts", "weekly"} <= set(jobs)
        await jobs["weekly"].func()
        assert not await service.store.take_turn("weekly", every=timedelta(minutes=15), now=datetime.now(UTC))
        await asyncio.gather(*(adapter.close() for adapter in service.adapters.values()))
