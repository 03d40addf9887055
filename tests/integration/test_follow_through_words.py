"""A plan or a story asked for one question at a time: every way out of it works, and says so."""

from __future__ import annotations

import pytest

from mediation_coach.coach.filling import CANCEL
from mediation_coach.coach.words import LANGUAGES, say
from mediation_coach.domain.chat import Conversation, ConversationState, Intent
from mediation_coach.store.sql import SqlStore
from tests.alumni import Course, choices_of, member, private, text_of


@pytest.fixture
async def course(sqlite_store: SqlStore) -> Course:
    course = Course(sqlite_store, shows_forms=False)
    await course.started(member("amina"))
    return course


def state_of(course: Course) -> ConversationState:
    return course.states[private("amina").key]


@pytest.mark.parametrize("words", ["new plan", "my story"])
@pytest.mark.parametrize("stop", ["stop", "Stop.", "стоп", "توقف", "arrête"])
async def test_stop_leaves_a_form_and_stops(course: Course, words: str, stop: str) -> None:
    await course.say("amina", words)
    assert state_of(course).form is not None
    assert text_of(await course.say("amina", stop)) == say("plan.stopped")
    assert (state_of(course).form, state_of(course).filled) == (None, ())
    journey = await course.journey("amina")
    assert (journey.stopped, journey.story, journey.commitment) == (True, None, None)


async def test_home_leaves_a_half_filled_form(course: Course) -> None:
    await course.say("amina", "new plan")
    await course.say("amina", "the meeting opens")
    assert say("hello")[:40] in text_of(await course.say("amina", "home"))
    assert (state_of(course).form, state_of(course).filled) == (None, ())


@pytest.mark.parametrize("words", ["new plan", "my story"])
async def test_a_question_that_must_be_answered_says_how_to_leave(course: Course, words: str) -> None:
    assert say("form_leave") in text_of(await course.say("amina", words))
    assert say("form_cancelled") in text_of(await course.say("amina", "cancel"))
    assert state_of(course).form is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_that_leaves_a_form_is_one_that_is_understood(language: str) -> None:
    assert any(word in say("form_leave", language) for word in CANCEL)


async def test_other_words_are_still_answers(course: Course) -> None:
    await course.say("amina", "new plan")
    for answer in ("they stop talking", "plan", "skip", "skip", "skip"):
        await course.say("amina", answer)
    plan = (await course.journey("amina")).commitment
    assert plan is not None
    assert (plan.when, plan.will) == ("they stop talking", "plan")


DANGER = "I am being followed and they know where my children go to school"


@pytest.mark.parametrize("words", ["new plan", "my story"])
async def test_what_follows_an_emergency_is_no_answer_to_the_form_before_it(course: Course, words: str) -> None:
    await course.say("amina", words)
    assert say("emergency") in text_of(await course.say("amina", DANGER))
    assert (state_of(course).form, state_of(course).filled) == (None, ())
    await course.say("amina", "hi")
    journey = await course.journey("amina")
    assert (journey.commitment, journey.story) == (None, None)


async def test_who_reports_a_danger_is_told_that_the_check_ins_pause(course: Course) -> None:
    assert say("plan.paused_by_danger") in text_of(await course.say("amina", DANGER))
    assert (await course.journey("amina")).paused_until is not None
    await course.say("amina", "resume")
    assert (await course.journey("amina")).paused_until is None


async def test_nothing_is_said_of_a_pause_where_there_is_none_or_others_read(course: Course) -> None:
    room = Conversation(adapter="fake", workspace="w", room="all", private=False)
    assert text_of(await course.say("zuri", DANGER)) == say("emergency")
    assert text_of(await course.say("amina", DANGER, where=room)) == say("emergency")
    await course.say("amina", "pause until 1 May")
    assert text_of(await course.say("amina", DANGER)) == say("emergency")


@pytest.mark.parametrize(("choice", "sure"), [("plan:stop", "sure.stop"), ("plan:leave", "sure.leave")])
async def test_a_press_under_an_older_message_is_asked_about_too_and_once(
    course: Course, choice: str, sure: str
) -> None:
    before = await course.journey("amina")
    await course.say("amina", "my plan")
    asked = await course.press("amina", choice)
    assert text_of(asked) == say(sure)
    assert choices_of(asked) == [choice, "kept:all"]
    assert (await course.journey("amina")).check_ins == before.check_ins
    done = say("plan.stopped" if choice == "plan:stop" else "plan.left")
    assert text_of(await course.press("amina", choice)) == done
    journey = await course.journey("amina")
    assert journey.stopped or journey.enrolments[0].left
    assert text_of(await course.press("amina", choice)) == say(sure), "a later press is a new one"


async def test_a_press_that_the_platform_has_asked_about_is_done_at_once(course: Course) -> None:
    done = await course.say("amina", intent=Intent.CHOICE, choice="plan:stop", confirmed=True)
    assert text_of(done) == say("plan.stopped")
