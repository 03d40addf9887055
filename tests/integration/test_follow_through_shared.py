"""In a room where others read nothing is told of anyone's plan, however it is asked for."""

from __future__ import annotations

import pytest

from mediation_coach.coach.words import say
from mediation_coach.domain.chat import Conversation, Intent, Reply
from mediation_coach.store.sql import SqlStore
from tests.alumni import Course, member, person, text_of

ROOM = Conversation(adapter="fake", workspace="w", room="all", private=False)
WILL = "ask each side what changed"


@pytest.fixture
async def course(sqlite_store: SqlStore) -> Course:
    course = Course(sqlite_store)
    await course.started(member("amina"))
    await course.fill("amina", when="the meeting opens", will=WILL)
    await course.fill("amina", form="story", story="We found other words.")
    return course


def told_apart(reply: Reply, key: str = "privacy.in_private") -> bool:
    return text_of(reply) == say(key) and reply.aside


@pytest.mark.parametrize("words", ["my plan", "plan", "Plan."])
async def test_a_plan_is_not_shown_to_a_room(course: Course, words: str) -> None:
    assert told_apart(await course.say("amina", words, where=ROOM))


@pytest.mark.parametrize("choice", ["plan:my plan", "plan:my story", "plan:skip", "plan:leave", "plan:nonsense"])
async def test_a_press_in_a_room_shows_and_changes_nothing(course: Course, choice: str) -> None:
    before = await course.journey("amina")
    pressed = await course.say("amina", where=ROOM, intent=Intent.CHOICE, choice=choice, confirmed=True)
    assert told_apart(pressed)
    assert await course.journey("amina") == before


@pytest.mark.parametrize(
    ("form", "fields"),
    [("commitment", (("when", "a"), ("will", "b"))), ("story", (("story", "In other words."),)), ("story", ())],
)
async def test_a_form_from_a_room_is_neither_kept_nor_shown(
    course: Course, form: str, fields: tuple[tuple[str, str], ...]
) -> None:
    before = await course.journey("amina")
    assert told_apart(await course.say("amina", where=ROOM, intent=Intent.FORM, choice=form, fields=fields))
    assert await course.journey("amina") == before


async def test_a_check_in_is_not_answered_in_a_room(course: Course) -> None:
    await course.days(3.5)
    before = await course.journey("amina")
    assert before.open is not None
    choice = f"checkin:{before.open.id}:done"
    assert told_apart(await course.say("amina", where=ROOM, intent=Intent.CHOICE, choice=choice))
    assert await course.journey("amina") == before


@pytest.mark.parametrize("choice", ["", "plan:stop"])
async def test_stop_stops_in_a_room_too_and_says_nothing_of_a_plan(course: Course, choice: str) -> None:
    intent = Intent.CHOICE if choice else Intent.MESSAGE
    reply = await course.say("amina", "stop", where=ROOM, intent=intent, choice=choice, confirmed=True)
    assert told_apart(reply, "stopped")
    assert (await course.journey("amina")).stopped


async def test_a_code_in_a_room_joins_nobody(course: Course) -> None:
    code = (await course.cohorts.get("spring-27")).code
    assert told_apart(await course.say("zuri", f"join {code}", where=ROOM), "plan.join_here")
    assert await course.store.journey(person("zuri")) is None
