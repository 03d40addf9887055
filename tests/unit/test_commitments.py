from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation_coach.coach.check_in_replies import (
    check_in_message,
    may_name,
    my_plan,
    names_in,
    pause_or_stop,
    plan_line,
    quoted,
)
from mediation_coach.coach.wishes import (
    AskAt,
    Be,
    Crisis,
    Expect,
    Join,
    Leave,
    Pause,
    Quiet,
    Release,
    Rest,
    Resume,
    Show,
    Skip,
    Snooze,
    Stop,
    Unread,
    Wish,
    Write,
    read_wish,
)
from mediation_coach.coach.words import LANGUAGES, say
from mediation_coach.domain import journey as walk
from mediation_coach.domain.calendar import Rhythm, Span
from mediation_coach.domain.chat import Conversation, Person, Text
from mediation_coach.domain.follow_through import (
    MOST_WORDS,
    CheckIn,
    Commitment,
    Enrolment,
    Journey,
    State,
    Told,
)
from mediation_coach.knowledge.plans import read_plans
from tests.shipped import KNOWLEDGE, library

PLAN = read_plans(KNOWLEDGE)["standard"]
TODAY = date(2026, 11, 25)
NOW = datetime(2027, 1, 29, 6, tzinfo=UTC)
ENROLMENT = Enrolment(cohort="c", plan="standard", anchor=date(2027, 1, 29))
ME = Person(adapter="fake", id="me")
BLANK = Journey(person=ME, rhythm=Rhythm(zone="Africa/Nairobi"), conversation=Conversation(adapter="fake", room="dm"))
PROMISE = Commitment(
    id="p", when="the Monday meeting opens", will="ask each side what changed since we last met", made=TODAY
)
DAY = timedelta(days=1)
NAIROBI = ZoneInfo("Africa/Nairobi")


def enrolled(journey: Journey = BLANK, *, now: datetime = NOW) -> Journey:
    return walk.enrol(journey, ENROLMENT, PLAN, now=now)


def step_of(journey: Journey, step: str) -> CheckIn:
    return next(c for c in journey.check_ins if c.step == step)


def at(day: int, month: int = 2, hour: int = 6) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=UTC)


def test_enrolling_twice_adds_none_and_changes_nothing() -> None:
    once = enrolled()
    assert enrolled(once) == once
    assert len({c.id for c in once.check_ins}) == len(PLAN.steps)


def test_a_late_joiner_gets_what_is_ahead_and_a_moved_course_moves_only_that() -> None:
    late = enrolled(now=at(20))
    assert [c.step for c in late.check_ins] == ["month-1", "month-3", "month-6", "month-12"]
    sent = walk.move_on(enrolled(), step_of(enrolled(), "day-0"), now=NOW)
    assert isinstance(sent, walk.Send)
    moved = walk.enrol(sent.journey, Enrolment(cohort="c", plan="standard", anchor=date(2027, 2, 3)), PLAN, now=at(2))
    assert step_of(moved, "day-0") == step_of(sent.journey, "day-0"), "what was asked is not asked again"
    assert step_of(moved, "day-3").day == date(2027, 2, 6)
    assert len(moved.check_ins) == len(PLAN.steps)


def test_one_question_a_day_and_none_while_another_waits() -> None:
    journey = walk.enrol(enrolled(), Enrolment(cohort="d", plan="standard", anchor=ENROLMENT.anchor), PLAN, now=NOW)
    first, second = [c for c in journey.check_ins if c.step == "day-0"]
    sent = walk.move_on(journey, first, now=NOW)
    assert isinstance(sent, walk.Send)
    waits = walk.move_on(sent.journey, second, now=NOW)
    assert isinstance(waits, walk.Wait)
    put_off = waits.journey.check_in(second.id)
    assert put_off is not None
    assert put_off.due > NOW + DAY


def test_an_answer_ends_the_nudges_and_stuck_is_asked_again_in_a_week_before_anything_else() -> None:
    sent = walk.move_on(enrolled(), step_of(enrolled(), "day-3"), now=at(1))
    assert isinstance(sent, walk.Send)
    journey = walk.answer(sent.journey, sent.check_in, Told.STUCK, now=at(5))
    again = journey.next
    assert again is not None
    assert (again.step, again.day) == ("again@day-3+1", date(2027, 2, 12))
    makes_way = [step_of(journey, step).due.astimezone(NAIROBI).date() for step in ("day-0", "week-2")]
    assert makes_way == [date(2027, 2, 15), date(2027, 2, 16)], "the planned ones make way, one a day"
    better = walk.answer(journey, sent.check_in, Told.DONE, now=at(5))
    changed = better.check_in(again.id)
    assert changed is not None
    assert changed.state is State.CANCELLED


def test_stuck_again_and_again_is_asked_about_each_week() -> None:
    journey = walk.answer(enrolled(), step_of(enrolled(), "day-3"), Told.STUCK, now=at(1))
    for n in (1, 2):
        again = step_of(journey, f"again@day-3+{n}")
        assert PLAN.step(again.step) is PLAN.again
        journey = walk.answer(journey, again, Told.STUCK, now=at(1 + 7 * n))
    assert step_of(journey, "again@day-3+3").state is State.PLANNED


def test_stop_cancels_all_and_no_enrolment_brings_it_back() -> None:
    stopped = walk.stop(enrolled())
    assert not [c for c in stopped.check_ins if c.waits]
    again = enrolled(stopped)
    other = walk.enrol(again, Enrolment(cohort="d", plan="standard", anchor=date(2027, 3, 1)), PLAN, now=NOW)
    assert not [c for c in other.check_ins if c.waits]
    back = walk.enrol(walk.opt_in(other), ENROLMENT, PLAN, now=NOW)
    assert [c for c in back.check_ins if c.waits]


def test_a_pause_moves_what_falls_into_it_and_a_longer_one_is_kept_in_a_crisis() -> None:
    paused = walk.pause(enrolled(), date(2027, 3, 1))
    moved = {c.step: c.day for c in paused.check_ins if c.day < date(2027, 4, 1)}
    assert list(moved) == ["day-0", "day-3", "week-2", "month-1"]
    assert list(moved.values()) == [date(2027, 3, day) for day in (2, 3, 4, 5)], "one a day, in their order"
    assert walk.report_crisis(paused, now=NOW).paused_until == date(2027, 3, 1)
    assert walk.report_crisis(enrolled(), now=NOW).paused_until == date(2027, 2, 5)


def test_a_question_that_was_late_keeps_its_new_day_when_the_hour_changes() -> None:
    late = walk.move_on(enrolled(), step_of(enrolled(), "day-0"), now=NOW + timedelta(hours=5))
    assert isinstance(late, walk.Wait)
    assert step_of(late.journey, "day-0").due.astimezone(NAIROBI) == datetime(2027, 2, 1, 9, tzinfo=NAIROBI)
    earlier = walk.in_rhythm(late.journey, replace(late.journey.rhythm, at=time(8)))
    assert step_of(earlier, "day-0").due.astimezone(NAIROBI) == datetime(2027, 2, 1, 8, tzinfo=NAIROBI)
    assert step_of(earlier, "week-2").due.astimezone(NAIROBI) == datetime(2027, 2, 12, 8, tzinfo=NAIROBI)


def test_a_pause_leaves_out_the_questions_around_an_event_that_lies_in_it() -> None:
    expecting = walk.expect(enrolled(), PLAN, date(2027, 3, 15), now=NOW)
    paused = walk.pause(expecting, date(2027, 3, 14))
    events = {c.step.split("@")[0]: c for c in paused.check_ins if c.for_event}
    assert [events[name].state for name in ("week-before", "day-before", "day-after")] == [
        State.SKIPPED,
        State.SKIPPED,
        State.PLANNED,
    ]
    assert paused.next is not None
    assert paused.next.due.astimezone(NAIROBI).date() == date(2027, 3, 15)
    snoozed = walk.snooze(expecting, Span(days=50), now=NOW, target=step_of(expecting, "day-3"))
    assert {c.step: c.day for c in snoozed.check_ins if c.for_event} == {
        c.step: c.day for c in expecting.check_ins if c.for_event
    }


def test_a_question_about_an_event_is_dropped_once_the_event_is_over() -> None:
    journey = walk.expect(enrolled(), PLAN, date(2027, 3, 15), now=NOW)
    before = next(c for c in journey.check_ins if c.step.startswith("week-before@"))
    moved = walk.move_on(journey, before, now=at(20, 3))
    assert isinstance(moved, walk.Wait)
    dropped = moved.journey.check_in(before.id)
    assert dropped is not None
    assert dropped.state is State.SKIPPED


def test_a_commitment_is_edited_in_place_closed_and_renewed() -> None:
    journey = walk.commit(BLANK, PROMISE)
    edited = walk.commit(journey, Commitment(id="p", when="w", will="listen", made=TODAY))
    assert [c.will for c in edited.commitments] == ["listen"]
    closed = walk.close_commitment(edited, today=TODAY)
    assert closed.commitment is None
    renewed = walk.commit(closed, Commitment(id="q", when="w", will="ask", made=TODAY))
    assert renewed.commitment is not None
    assert renewed.commitment.will == "ask"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_check_in_is_short_asks_one_thing_and_says_nothing_on_the_lock_screen(language: str) -> None:
    long = Commitment(id="p", when="we meet again " * 30, will="listen to the end " * 30, made=TODAY)
    for plan in (PROMISE, long, None):
        journey = replace(enrolled(), language=language, commitments=(plan,) if plan else ())
        for check_in in journey.check_ins:
            step = PLAN.step(check_in.step)
            assert step is not None
            for nudges in (0, 1):
                reply = check_in_message(journey, replace(check_in, nudges=nudges), step)
                [text] = [b.markdown for b in reply.blocks if isinstance(b, Text)]
                assert len(text.split()) <= MOST_WORDS
                assert text.count("?") + text.count("؟") == 1
                assert len(reply.summary.split()) <= 5
                assert "meet again" not in reply.summary
        assert len(pause_or_stop(journey).choices) == 3


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("the Monday meeting opens", False),
        ("I sit down. Then I ask", False),
        ("in March we begin", False),
        ("General Okoro calls", True),
        ("the UN arrives", True),
        ("I call Ahmed", True),
        ("battalion 4 moves", True),
        ("عندما تبدأ المحادثات", True),
        ("когда начнётся встреча", False),
        ("когда позвонит Иван", True),
        ("Élodie appelle", False),
    ],
)
def test_words_that_may_name_someone_are_seen(words: str, named: bool) -> None:
    assert may_name(f"when {words}" if named else words) == named


@pytest.mark.parametrize(
    ("story", "names"),
    [
        ("Okoro signed after two days. We had met his people before.", ("Okoro",)),
        ("We sat down again. Amina's brother carried the message to the other side.", ("Amina's",)),
        ("Both sides had stopped talking. I asked each what had changed, and they came back to the table.", ()),
        ("They didn't want to meet. Didn't we all know that? It's better now. Unfortunately not for long.", ()),
        ("Women of the market spoke first. Then the elders listened. Nobody left.", ()),
        ("Nous avons changé une chose. Puis tout le monde est revenu. Okoro a signé.", ()),
        ("Мы изменили одно. Потом все вернулись за стол.", ()),
    ],
)
def test_a_name_that_begins_a_sentence_is_seen_in_the_librarys_language(story: str, names: tuple[str, ...]) -> None:
    assert names_in(story, ordinary=library().index.ordinary_words()) == names


def test_the_plan_is_quoted_only_where_it_names_no_one() -> None:
    assert "ask each side what changed" in quoted(PROMISE, "en")
    assert quoted(Commitment(id="p", when="Ahmed calls", will="listen", made=TODAY), "en") == ""


def test_my_plan_shows_the_words_the_next_date_and_what_can_be_done() -> None:
    reply = my_plan(walk.commit(enrolled(), PROMISE))
    [text] = [b.markdown for b in reply.blocks if isinstance(b, Text)]
    assert "When the Monday meeting opens, I will ask each side what changed" in text
    assert "Friday 2027-01-29, 09:00 (Africa/Nairobi)" in text
    assert [c.id for c in reply.choices] == ["plan:edit plan", "plan:close plan"]


@pytest.mark.parametrize(
    ("language", "when", "will", "line"),
    [
        ("en", "When talks stall", "I will call a pause.", "When talks stall, I will call a pause"),
        ("fr", "Quand la séance s'ouvre", "je vais demander", "Quand la séance s'ouvre, je vais demander"),
        ("fr", "la séance s'ouvre", "demander", "Quand la séance s'ouvre, je vais demander"),
        ("es", "Cuando se abra la sesión", "voy a preguntar", "Cuando se abra la sesión, voy a preguntar"),
        ("ar", "عندما تبدأ الجلسة", "سوف أسأل", "عندما تبدأ الجلسة، سوف أسأل"),
        ("ru", "когда откроется встреча", "я спрошу", "Когда откроется встреча, я спрошу"),
        ("fr", "when talks stall", "I will call a pause", "Quand talks stall, je vais call a pause"),
    ],
)
def test_the_opening_that_the_form_gives_is_not_said_twice(language: str, when: str, will: str, line: str) -> None:
    assert plan_line(Commitment(id="p", made=TODAY, when=when, will=will), language) == line


WISHES: list[tuple[str, Wish | None]] = [
    ("my plan", Show()),
    ("Mon plan", Show()),
    ("خطتي", Show()),
    ("new plan", Write()),
    ("edit my plan", Write(edit=True)),
    ("snooze 2 weeks", Snooze(span=Span(days=14))),
    ("plus tard", Snooze(span=Span(days=7))),
    ("отложить на две недели", Snooze(span=Span(days=14))),
    ("skip this one", Skip()),
    ("saltar", Skip()),
    ("pause until 1 May", Pause(until=date(2027, 5, 1))),
    ("pausa hasta el viernes", Pause(until=date(2026, 11, 27))),
    ("pause", Pause(until=date(2026, 12, 25))),
    ("pause until 31 February", Unread()),
    ("pause until 2020-01-01", Unread()),
    ("STOP.", Stop()),
    ("стоп", Stop()),
    ("resume", Resume()),
    ("publier mon histoire", Release()),
    ("опубликовать мою историю", Release()),
    ("crisis", Crisis()),
    ("I'm in Nairobi until Friday", Be(place="Nairobi", until=date(2026, 11, 27))),
    ("je suis à Genève jusqu'au 3 mai", Be(place="Genève", until=date(2027, 5, 3))),
    ("أنا في نيروبي حتى الجمعة", Be(place="نيروبي", until=date(2026, 11, 27))),
    ("talks start on 12 March", Expect(on=date(2027, 3, 12))),
    ("переговоры начнутся 12 марта", Expect(on=date(2027, 3, 12))),
    ("ask me at 7:30 pm", AskAt(at=time(19, 30))),
    ("quiet hours from 21 to 7", Quiet(begins=time(21), ends=time(7))),
    ("days off Friday and Saturday", Rest(days=frozenset({4, 5}))),
    ("join 7k3f-abcd", Join(code="7K3FABCD")),
    ("talks start on 12 March, how do I prepare?", None),
    ("how do I stop a walkout", None),
    ("They want to stop the talks and leave the room", None),
    ("Should we pause the talks until May?", None),
    ("the later they come the better", None),
    ("", None),
]


@pytest.mark.parametrize(("words", "wish"), WISHES)
def test_wishes_are_read_in_five_languages_and_questions_are_left_alone(words: str, wish: Wish | None) -> None:
    assert read_wish(words, today=TODAY) == wish


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_label_that_is_typed_is_the_wish_on_it(language: str) -> None:
    assert read_wish(say("choice.leave", language), today=TODAY) == Leave()
    assert read_wish(say("choice.stop", language), today=TODAY) == Stop()
    assert read_wish(say("story.choice.release", language), today=TODAY) == Release()


@given(st.text(max_size=200))
def test_no_message_breaks_the_reading_of_wishes(words: str) -> None:
    read_wish(words, today=TODAY)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["answer", "stuck", "snooze", "skip", "pause", "stay", "expect", "stop", "join", "crisis", "wait"]
        ),
        max_size=25,
    ),
    st.integers(min_value=0, max_value=3),
)
def test_whatever_someone_does_nothing_is_asked_twice_nor_after_stop(acts: list[str], seed: int) -> None:
    journey, now, keys, stopped_at = enrolled(), NOW, [], None
    for n, act in enumerate(acts):
        now += timedelta(days=(n * 7 + seed * 3) % 20, hours=(n * 5 + seed) % 24)
        for _ in range(20):
            due = [c for c in journey.check_ins if c.waits and c.due <= now] if journey.active else []
            if not due:
                break
            move = walk.move_on(journey, min(due, key=lambda c: (c.due, c.id)), now=now)
            if not isinstance(move, walk.Wait):
                assert stopped_at is None
                assert journey.rhythm.is_good(now)
                keys.append(move.key)
            journey = move.journey
        else:
            raise AssertionError("a check-in that is moved must wait or be sent")
        journey = acted(journey, act, now)
        stopped_at = now if act == "stop" else None if act == "join" else stopped_at
    assert len(keys) == len(set(keys))


def acted(journey: Journey, act: str, now: datetime) -> Journey:
    open_one = journey.open
    today = journey.rhythm.local(now).date()
    match act:
        case "answer" if open_one:
            return walk.answer(journey, open_one, Told.DONE, now=now)
        case "stuck" if open_one:
            return walk.answer(journey, open_one, Told.STUCK, now=now)
        case "snooze":
            return walk.snooze(journey, Span(days=14), now=now)
        case "skip":
            return walk.skip(journey)
        case "pause":
            return walk.pause(journey, today + 20 * DAY)
        case "stay":
            return walk.stay(journey, "America/New_York", today + 5 * DAY)
        case "expect":
            return walk.expect(journey, PLAN, today + 30 * DAY, now=now)
        case "stop":
            return walk.stop(journey)
        case "join":
            return enrolled(walk.opt_in(journey), now=now)
        case "crisis":
            return walk.report_crisis(journey, now=now)
    return journey
