"""Do-not-disturb hours on the local Slack server: a question that is due in them waits, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from mediation_coach.domain.chat import Person
from mediation_coach.domain.follow_through import Member
from mediation_coach.ports import KnowsQuiet
from mediation_coach.store.sql import SqlStore
from tests.alumni import ENDS, Course
from tests.slack_server import TEAM, Fault
from tests.slack_stage import SlackStage, staged

ONE = "U0FIRST"
DUE = datetime(2027, 2, 1, 6, tzinfo=UTC)  # nine in Nairobi
MINUTES = timedelta(minutes=10)


def alumna(name: str = ONE) -> Member:
    return Member(
        person=Person(adapter="slack", workspace=TEAM, id=name), zone="Africa/Nairobi", consent=True, ends=ENDS
    )


@pytest.fixture
async def stage() -> AsyncIterator[SlackStage]:
    async with staged() as stage:
        yield stage


@pytest.fixture
async def course(stage: SlackStage, sqlite_store: SqlStore) -> Course:
    course = Course(sqlite_store, adapter=stage.adapter)
    course.clock.now = datetime(2027, 1, 31, 12, tzinfo=UTC)
    await course.started(alumna())
    return course


def undisturbed(stage: SlackStage, begin: datetime, end: datetime, *, name: str = ONE) -> None:
    stage.server.quiet[name] = (begin.timestamp(), end.timestamp())


def asked(stage: SlackStage, *, name: str = ONE) -> int:
    return sum("first small step" in text for text in stage.server.seen(name))


async def test_slack_knows_quiet_hours(stage: SlackStage) -> None:
    assert isinstance(stage.adapter, KnowsQuiet)


@pytest.mark.parametrize(
    ("hours", "comes"),
    [
        (1, DUE + timedelta(hours=1)),
        (4, DUE + timedelta(hours=4)),
        (16, DUE + timedelta(days=1)),
    ],
)
async def test_a_question_waits_for_the_end_of_the_quiet_hours(
    stage: SlackStage, course: Course, hours: int, comes: datetime
) -> None:
    undisturbed(stage, DUE - timedelta(hours=2), DUE + timedelta(hours=hours))
    await course.until(comes - MINUTES, step=MINUTES)
    assert asked(stage) == 0
    await course.until(comes + MINUTES, step=MINUTES)
    assert asked(stage) == 1


async def test_hours_that_are_still_ahead_or_over_hold_nothing_back(stage: SlackStage, course: Course) -> None:
    undisturbed(stage, DUE + timedelta(hours=1), DUE + timedelta(hours=9))
    await course.until(DUE + MINUTES, step=MINUTES)
    assert asked(stage) == 1


async def test_a_reminder_waits_too_and_then_the_silence_is_counted_as_before(
    stage: SlackStage, course: Course
) -> None:
    await course.until(DUE + MINUTES, step=MINUTES)
    undisturbed(stage, DUE, DUE + timedelta(days=1, hours=3))
    await course.until(DUE + timedelta(days=1, hours=3) - MINUTES, step=MINUTES)
    assert asked(stage) == 1
    await course.until(DUE + timedelta(days=8), step=timedelta(hours=1))
    assert asked(stage) == 3, "the question and its two reminders"


@pytest.mark.parametrize("fault", ["missing_scope", "ratelimited", "ill"])
async def test_where_slack_does_not_tell_the_question_comes_on_time(
    stage: SlackStage, course: Course, fault: str
) -> None:
    undisturbed(stage, DUE - timedelta(hours=2), DUE + timedelta(hours=4))
    if fault == "missing_scope":
        for team in stage.server.teams.values():
            team.scopes = team.scopes.replace(",dnd:read", "")
    elif fault == "ratelimited":
        stage.server.faults["dnd.teamInfo"].append(Fault(status=429, error="ratelimited", retry_after=30))
    else:
        stage.server.faults["dnd.teamInfo"].append(Fault(status=500))
    await course.until(DUE + MINUTES, step=MINUTES)
    assert asked(stage) == 1


async def test_many_people_are_asked_about_in_few_calls_and_not_again_at_once(
    stage: SlackStage, sqlite_store: SqlStore
) -> None:
    course = Course(sqlite_store, adapter=stage.adapter)
    course.clock.now = datetime(2027, 1, 31, 12, tzinfo=UTC)
    names = [f"U{n:03}MANY" for n in range(120)]
    await course.started(*map(alumna, names))
    for name in names:
        undisturbed(stage, DUE - timedelta(hours=1), DUE + timedelta(hours=1), name=name)
    for minute in range(3):
        course.clock.now = DUE + timedelta(minutes=minute)
        await course.follow.tick(course.clock(), adapters=["slack"])
    calls = sum(method == "dnd.teamInfo" for method, _ in stage.server.calls)
    assert calls == 3


async def test_switched_off_nobody_is_asked_about(sqlite_store: SqlStore) -> None:
    async with staged(check_ins=False) as stage:
        undisturbed(stage, DUE - timedelta(hours=1), DUE + timedelta(hours=1))
        assert await stage.adapter.quiet_until([Person(adapter="slack", workspace=TEAM, id=ONE)], now=DUE) == {}
        assert not stage.server.calls
