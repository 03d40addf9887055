"""A person's own page: what stands on it, in which language, within Slack's limits, and when it is shown anew."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time

import pytest

from mediation_coach.adapters.slack_format import home_view
from mediation_coach.adapters.slack_forms import Languages
from mediation_coach.coach.home import Home, page_of
from mediation_coach.coach.privacy import Facts
from mediation_coach.coach.wishes import AskAt, Be, Quiet, Rest, read_wish
from mediation_coach.coach.words import LANGUAGES, controls, say
from mediation_coach.domain import journey as walk
from mediation_coach.domain.calendar import Rhythm, Stay
from mediation_coach.domain.chat import Conversation, ConversationState, Intent, Person, Reply, home_of
from mediation_coach.domain.follow_through import Change, Commitment, Enrolment, Journey
from mediation_coach.store.sql import SqlStore
from tests.alumni import PLANS, choices_of, text_of
from tests.fakes import NOW, event, person, room, said
from tests.slack_limits import faults

FACTS = Facts(operator="The course team runs this.", hosts=("model.example",))
OWN = ConversationState()


def journey(who: Person | None = None, *, words: str = "call both sides") -> Journey:
    """Return the journey of someone in a course, with a plan, who lives in Nairobi and has Friday off."""
    rhythm = Rhythm(zone="Africa/Nairobi", at=time(10), days_off=frozenset({4}))
    enrolment = Enrolment(cohort="spring", plan="standard", anchor=date(2027, 2, 28))
    joined = walk.enrol(Journey(person=who or person(), rhythm=rhythm), enrolment, PLANS["standard"], now=NOW)
    plan = Commitment(
        id="c", made=NOW.date(), when="the round ends", will=words, by=words, obstacle=words, plan_b=words
    )
    return walk.commit(joined, plan)


def page(known: Journey | None, language: str = "en", own: ConversationState = OWN) -> Reply:
    return page_of(known, own, language, FACTS, now=NOW)


def test_a_stranger_sees_what_it_is_the_four_fields_and_what_is_kept() -> None:
    shown = page(None)
    for words in (
        "machine",
        "no plan yet",
        "Language: English",
        "Answers: full",
        "encrypted",
        "The course team runs this.",
    ):
        assert words in text_of(shown)
    assert [c for c in choices_of(shown) if c.startswith("plan:")] == ["plan:my plan", "plan:new plan"]
    assert {"skill:crisis_handling", "short:on", "privacy:all", "my_data:json", "forget_me:yes"} <= set(
        choices_of(shown)
    )


def test_someone_in_a_course_sees_their_plan_the_next_date_and_their_settings() -> None:
    shown = page(journey(), own=replace(OWN, short=True))
    for words in (
        "When the round ends, I will call both sides",
        "I ask again on Wednesday 2027-03-03, 10:00 (Africa/Nairobi).",
        "I ask at 10:00 by the clock of Africa/Nairobi, never between 20:00 and 08:00. Days off: Friday.",
        "Answers: short",
    ):
        assert words in text_of(shown)
    assert {"plan:edit plan", "plan:pause 1 month", "plan:stop", "plan:leave", "long:on"} <= set(choices_of(shown))


def test_the_page_says_where_someone_is_for_a_while_and_that_they_pause_or_have_stopped() -> None:
    away = journey()
    away = replace(away, rhythm=replace(away.rhythm, stay=Stay(zone="Asia/Kabul", until=date(2027, 3, 9))))
    assert "the clock of Asia/Kabul" in text_of(page(away))
    pausing = page(walk.pause(journey(), date(2027, 4, 1)))
    assert "Paused up to and including 2027-04-01" in text_of(pausing)
    assert "plan:resume" in choices_of(pausing)
    before = page(replace(journey(), paused_until=date(2027, 2, 1)))
    assert "Paused" not in text_of(before)
    stopped = page(walk.stop(journey()))
    assert "Stopped: I do not write to you first." in text_of(stopped)
    assert "plan:resume" in choices_of(stopped)
    assert "plan:stop" not in choices_of(stopped)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_the_persons_language_and_within_slacks_limits(language: str) -> None:
    labels = Languages({code: controls(code) for code in LANGUAGES}).of(language)
    for known in (None, journey(words="w" * 500), walk.stop(journey())):
        shown = page(known, language)
        assert say("hello", language) in text_of(shown)
        view = home_view(shown, labels)
        assert faults("views.publish", {"view": view}) == []
        asked = [e["confirm"] for b in view["blocks"] for e in b.get("elements", ()) if "confirm" in e]
        assert asked
        assert not [
            part for asks in asked for part in ("title", "text", "confirm", "deny") if "…" in asks[part]["text"]
        ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_page_tells_people_to_write_is_understood(language: str) -> None:
    examples = re.findall(
        r"[«'] ?([^»']*(?:i'm in)?[^»']*?) ?[»'](?=[,.،])", say("home.change", language).replace("I'm", "I am")
    )
    wishes = [read_wish(words, today=NOW.date()) for words in examples]
    assert [type(wish) for wish in wishes] == [Be, AskAt, Quiet, Rest]


async def test_the_page_is_not_shown_in_front_of_others(sqlite_store: SqlStore) -> None:
    shared = replace(event(), conversation=Conversation(adapter="fake", room="all", private=False))
    for command in home(sqlite_store).commands().values():
        reply, _ = await command(shared, ConversationState(language="en"), "")
        assert reply is not None
        assert reply.aside
        assert text_of(reply) == say("privacy.in_private")


def home(store: SqlStore) -> Home:
    async def direct(who: Person) -> Conversation:
        return Conversation(adapter=who.adapter, room=f"dm-{who.id}")

    return Home(store, FACTS, direct=direct)


async def opened(store: SqlStore, pages: Home) -> Reply:
    """Open the page, as the inbox does."""
    opening = replace(event(), id="open", conversation=home_of(person()), intent=Intent.HOME)
    await store.accept(opening, now=NOW)
    (arrival,) = await store.claim_events(
        adapters={"fake"}, owner="me", now=NOW, lease=2 * (NOW - NOW.replace(hour=8)), limit=1
    )
    reply, state = await pages.home(opening, arrival.state)
    assert reply is not None
    await store.finish(arrival, reply, state, now=NOW)
    return reply


async def test_an_opened_page_is_shown_anew_when_it_changes_and_only_then(sqlite_store: SqlStore) -> None:
    pages, pressed = home(sqlite_store), replace(event(), intent=Intent.CHOICE, id="press")
    assert await pages.changed(pressed, said("done"), OWN) is None, "nobody has opened it"
    await opened(sqlite_store, pages)
    assert await pages.changed(pressed, said("done"), OWN) is None, "nothing on it has changed"

    await sqlite_store.change_journey(person(), lambda _: Change(journey=journey(person())), now=NOW)
    anew = await pages.changed(pressed, said("done"), OWN)
    assert anew is not None
    assert anew.to == home_of(person())
    assert "I ask again on" in text_of(anew.reply)
    assert await pages.changed(pressed, said("done"), OWN) is not None, "it may not have got through"
    pages.is_shown(person(), anew.reply)
    assert await pages.changed(pressed, said("done"), OWN) is None
    assert await pages.changed(replace(pressed, id="short"), said("done"), replace(OWN, short=True)) is not None

    restarted = home(sqlite_store)
    assert await restarted.changed(pressed, said("done"), OWN) is not None, "it is known to be open after a restart"


async def test_a_page_that_was_asked_for_in_words_is_not_taken_for_the_one_that_is_shown(
    sqlite_store: SqlStore,
) -> None:
    pages = home(sqlite_store)
    await opened(sqlite_store, pages)
    await sqlite_store.change_journey(person(), lambda _: Change(journey=journey(person())), now=NOW)
    typed = replace(event(text="home"), conversation=room("dm-p1", workspace=""))
    said_so, _ = await pages.home(typed, replace(OWN, short=True))
    assert said_so is not None
    assert "Answers: short" in text_of(said_so)
    assert await pages.changed(typed, said_so, OWN) is not None, "the tab still shows what was before"


async def test_what_happens_in_a_thread_leaves_the_settings_of_the_page_alone(sqlite_store: SqlStore) -> None:
    pages = home(sqlite_store)
    await opened(sqlite_store, pages)
    in_thread = replace(event(), conversation=replace(room(), thread="aside"), intent=Intent.CHOICE)
    assert await pages.changed(in_thread, said("short"), replace(OWN, short=True)) is None


async def test_the_page_of_someone_forgotten_says_nothing_of_them(sqlite_store: SqlStore) -> None:
    pages = home(sqlite_store)
    await sqlite_store.change_journey(person(), lambda _: Change(journey=journey(person())), now=NOW)
    assert "call both sides" in text_of(await opened(sqlite_store, pages))
    left = pages.emptied(replace(event(), locale="fr-FR"))
    assert left.person is None
    assert "call both sides" not in text_of(left.reply)
    assert say("plan.none", "fr") in text_of(left.reply)
