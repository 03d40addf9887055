"""Stories: told in private, read through first, released by their teller alone, and gone when they say so."""

from __future__ import annotations

from datetime import date

import pytest

from mediation_coach.adapters.slack_format import spoken
from mediation_coach.domain.chat import Form
from mediation_coach.reporting.donor import Cost
from mediation_coach.reporting.page import donor_page, page, summary, table
from mediation_coach.store.sql import SqlStore
from tests.alumni import DAY, Course, choices_of, member, person, text_of
from tests.shipped import library

TOLD = "Both sides had stopped talking. I asked each what had changed, and they came back to the table."
LATER = date(2028, 6, 1)


@pytest.fixture
async def course(sqlite_store: SqlStore) -> Course:
    course = Course(sqlite_store)
    await course.started(*(member(f"p{n}") for n in range(8)), member("amina"))
    return course


async def report(course: Course, *, day: date = LATER, cost: Cost | None = None) -> str:
    return donor_page(await course.reports.donor("spring-27", today=day, cost=cost))


async def test_a_story_is_seen_by_its_teller_first_and_by_donors_two_weeks_after_its_release(course: Course) -> None:
    asked = await course.say("amina", "my story")
    assert isinstance(asked.form, Form)
    seen = await course.fill("amina", form="story", story=TOLD)
    assert TOLD in text_of(seen)
    assert spoken(seen) == "About your plan", "which is all that a lock screen shows"
    assert choices_of(seen)[0] == "plan:release my story"
    assert TOLD not in await report(course)
    released = await course.press("amina", "plan:release my story")
    assert "2027-02-12" in text_of(released)
    course.clock.forward(days=3)
    assert "2027-02-12" in text_of(await course.press("amina", "plan:release my story")), "pressed again, it stays"
    assert TOLD not in await report(course, day=date(2027, 2, 11))
    assert TOLD in await report(course, day=date(2027, 2, 12))
    assert "amina" not in await report(course)
    assert await report(course) == await report(course)


async def test_a_report_of_an_earlier_day_shows_no_story(course: Course) -> None:
    await course.fill("amina", form="story", story=TOLD)
    await course.say("amina", "release my story")
    text = donor_page(await course.reports.donor("spring-27", today=LATER, earlier=True))
    assert TOLD not in text
    assert "only in a report of the day on which it is made" in text


async def test_only_the_donor_report_shows_it(course: Course) -> None:
    await course.fill("amina", form="story", story=TOLD)
    await course.say("amina", "release my story")
    figures = await course.reports.figures("spring-27", today=LATER)
    assert TOLD not in page(figures) + table(figures) + text_of(summary(figures))


async def test_a_story_that_may_name_someone_cannot_be_released(course: Course) -> None:
    seen = await course.fill("amina", form="story", story="Then General Okoro signed, on 12 March.")
    assert "General, Okoro, March, 12" in text_of(seen) or "General, Okoro, 12" in text_of(seen)
    assert "plan:release my story" not in choices_of(seen)
    await course.say("amina", "release my story")
    assert "Okoro" not in await report(course)


async def test_a_story_whose_sentence_begins_with_a_name_cannot_be_released(sqlite_store: SqlStore) -> None:
    course = Course(sqlite_store, ordinary=library().index.ordinary_words())
    await course.started(*(member(f"p{n}") for n in range(8)), member("amina"))
    seen = await course.fill("amina", form="story", story="We met for two days. Okoro signed in the end.")
    assert "Okoro" in text_of(seen).split("\n\n")[-1]
    assert "plan:release my story" not in choices_of(seen)
    await course.say("amina", "release my story")
    assert "Okoro" not in await report(course)
    assert "plan:release my story" in choices_of(await course.fill("amina", form="story", story=TOLD))


async def test_it_can_be_written_again_and_must_then_be_released_again(course: Course) -> None:
    await course.fill("amina", form="story", story=TOLD)
    await course.say("amina", "release my story")
    assert isinstance((await course.say("amina", "edit my story")).form, Form)
    await course.fill("amina", form="story", story="We found other words.")
    text = await report(course)
    assert TOLD not in text
    assert "other words" not in text


async def test_it_goes_when_it_is_taken_back_and_when_its_teller_is_forgotten(course: Course) -> None:
    for name, end in (("amina", "withdraw my story"), ("p1", "")):
        story = f"A story of {'one' if end else 'another'} who came back to the table."
        await course.fill(name, form="story", story=story)
        await course.say(name, "release my story")
        assert story in await report(course)
        if end:
            assert "Taken back" in text_of(await course.say(name, end))
        else:
            await course.store.erase_person(person(name), now=course.clock())
        assert story not in await report(course)
    kept = (await course.store.export_person(person("amina")))["follow_through"]
    assert kept[0]["story"] is None


async def test_whoever_is_in_no_course_is_told_how_to_join(course: Course) -> None:
    assert "join" in text_of(await course.say("zuri", "my story"))
    assert "join" in text_of(await course.fill("zuri", form="story", story=TOLD))


async def test_it_is_offered_after_half_a_year_and_a_year(course: Course) -> None:
    offers: dict[str, list[str]] = {}
    while course.clock.now.date() < date(2028, 2, 5):
        await course.days(1, step=DAY / 4)
        journey = await course.journey("amina")
        if (asked := journey.open) is not None:
            reply = await course.say("amina", "done")
            if any("=" in choice for choice in choices_of(reply)):
                reply = await course.press("amina", choices_of(reply)[0])
            offers[asked.step] = choices_of(reply)
    assert [step for step, choices in offers.items() if "plan:my story" in choices] == ["month-6", "month-12"]


async def test_in_a_cohort_of_fewer_than_five_no_story_is_shown(sqlite_store: SqlStore) -> None:
    course = Course(sqlite_store)
    await course.started(member("amina"), member("bakari"))
    await course.fill("amina", form="story", story=TOLD)
    await course.say("amina", "release my story")
    text = await report(course)
    assert TOLD not in text
    assert "a story would point to its teller" in text


async def test_a_script_without_capitals_is_left_to_its_writer_to_check(course: Course) -> None:
    seen = await course.fill("amina", form="story", story="عاد الطرفان إلى الطاولة بعد أن سألت كلًّا منهما عما تغيّر.")
    assert "look for names" in text_of(seen)
    assert choices_of(seen)[0] == "plan:release my story"
