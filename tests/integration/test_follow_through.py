from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from mediation_coach.adapters.slack_format import spoken
from mediation_coach.domain.calendar import Rhythm
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Form, Intent, ReplyKind
from mediation_coach.domain.follow_through import MOST_WORDS, State
from mediation_coach.errors import TryLater
from mediation_coach.knowledge.lexicon import detect_language
from mediation_coach.store.sql import SqlStore
from tests.alumni import DAY, ENDS, HOUR, Course, choices_of, member, person, private, text_of

NAIROBI = ZoneInfo("Africa/Nairobi")


@pytest.fixture
async def course(sqlite_store: SqlStore) -> Course:
    return Course(sqlite_store)


@pytest.fixture
async def polyglot(sqlite_store: SqlStore) -> Course:
    return Course(sqlite_store, language_of=detect_language)


async def with_a_plan(course: Course, name: str = "amina") -> None:
    await course.started(member(name))
    await course.fill(name, when="the Monday meeting opens", will="ask each side what changed", obstacle="no time")


async def test_nothing_is_sent_before_the_start_and_nobody_is_enrolled_without_consent(course: Course) -> None:
    await course.cohorts.create(
        "c", name="C", ends=ENDS, plan="standard", rhythm=Rhythm(), language="en", now=course.clock()
    )
    await course.cohorts.take_in("c", [member("amina"), member("bakari", consent=False)], now=course.clock())
    await course.days(20)
    assert not course.adapter.sent
    await course.cohorts.start("c", now=course.clock())
    await course.days(20)
    assert course.got("amina")
    assert not course.got("bakari")


async def test_a_check_in_comes_at_nine_on_the_persons_own_clock_with_the_plan_in_their_words(course: Course) -> None:
    await with_a_plan(course)
    await course.until(datetime(2027, 2, 1, 5, 59, tzinfo=UTC))
    assert not course.got("amina"), "day 3 is a Monday; before nine in Nairobi nothing comes"
    await course.until(datetime(2027, 2, 1, 6, 0, tzinfo=UTC), step=timedelta(minutes=1))
    [sent] = course.got("amina")
    assert "when the Monday meeting opens, I will ask each side what changed".lower() in sent.text.lower()
    assert [c.id.rsplit(":", 1)[1] for c in sent.reply.choices] == ["done", "partly", "stuck", "changed", "not_now"]
    assert sent.reply.summary == "About your plan"
    assert len(sent.text.split()) <= MOST_WORDS


@pytest.mark.parametrize("asked", ["my plan", "new plan", "edit plan", "my story", "done", "stuck", "crisis"])
async def test_a_lock_screen_shows_nothing_of_what_the_coach_answers_about_a_plan(course: Course, asked: str) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    assert spoken(await course.say("amina", asked)) == "About your plan"


FRENCH = "Est-ce que l'autre partie vous utilise aussi, ou non ?"
ENGLISH = "Does anybody from the northern movement use this coach?"


async def test_plans_and_check_ins_follow_the_language_that_someone_writes_in(polyglot: Course) -> None:
    await polyglot.started(member("amina"))
    await polyglot.say("amina", FRENCH)
    form = (await polyglot.say("amina", "nouveau plan")).form
    assert form is not None
    assert [f.label for f in form.fields][:2] == ["Quand …", "Je vais …"]
    shown = await polyglot.fill("amina", when="Quand la séance s'ouvre", will="je vais demander ce qui a changé")
    assert "Quand la séance s'ouvre, je vais demander ce qui a changé" in text_of(shown)
    await polyglot.days(3.5)
    assert polyglot.got("amina")[-1].reply.summary == "À propos de votre plan"
    await polyglot.say("amina", ENGLISH)
    assert "Your plan" in text_of(await polyglot.say("amina", "my plan"))


async def test_a_press_or_two_words_do_not_turn_check_ins_into_english(polyglot: Course) -> None:
    await polyglot.started(member("amina", language="fr"))
    await polyglot.days(0.5)
    for words in ("my plan", "resume"):
        await polyglot.say("amina", words)
    await polyglot.press("amina", polyglot.got("amina")[-1].reply.choices[1].id)
    assert (await polyglot.journey("amina")).language == "fr"


async def test_what_is_written_in_a_room_changes_no_check_in(polyglot: Course) -> None:
    await polyglot.started(member("amina"))
    room = Conversation(adapter="fake", workspace="w", room="all", private=False)
    await polyglot.say("amina", FRENCH, where=room)
    assert (await polyglot.journey("amina")).language == "en"


async def test_whoever_has_no_journey_yet_is_answered_in_their_language(polyglot: Course) -> None:
    await polyglot.say("zuri", FRENCH)
    assert text_of(await polyglot.say("zuri", "stop")).startswith("Arrêté.")
    await polyglot.say("nadia", FRENCH)
    shown = await polyglot.fill("nadia", when="la séance s'ouvre", will="demander")
    assert "Votre plan est gardé" in text_of(shown)
    assert (await polyglot.journey("nadia")).language == "fr"


async def test_a_plan_that_may_name_someone_is_not_quoted(course: Course) -> None:
    await course.started(member("amina"))
    await course.fill("amina", when="General Okoro calls", will="listen first")
    await course.days(3.5)
    [sent] = course.got("amina")
    assert "Okoro" not in sent.text
    assert "Okoro" in text_of(await course.say("amina", "my plan"))


async def test_the_first_question_offers_the_form_and_the_written_plan_answers_it(course: Course) -> None:
    await course.started(member("amina"))
    await course.days(0.5)
    [sent] = course.got("amina")
    assert choices_of(sent.reply) == ["plan:new plan", sent.reply.choices[1].id]
    reply = await course.say("amina", "1")
    assert isinstance(reply.form, Form)
    assert [f.id for f in reply.form.fields] == ["when", "will", "by", "obstacle", "plan_b"]
    shown = text_of(
        await course.fill("amina", when="talks stall", will="call a pause", by="March", plan_b="ask a peer")
    )
    assert "When talks stall, I will call a pause" in shown
    assert "Plan B: ask a peer" in shown
    assert "Monday 2027-02-01, 09:00 (Africa/Nairobi)" in shown
    await course.days(2)
    assert len(course.got("amina")) == 1, "no reminder once it is written"


async def test_a_plan_can_be_edited_closed_and_written_anew(course: Course) -> None:
    await with_a_plan(course)
    edit = await course.say("amina", "edit my plan")
    assert edit.form is not None
    assert [field.hint for field in edit.form.fields][:2] == ["the Monday meeting opens", "ask each side what changed"]
    await course.fill("amina", form="commitment_edit", when="the Monday meeting opens", will="listen first")
    assert "I will listen first" in text_of(await course.say("amina", "my plan"))
    assert len((await course.journey("amina")).commitments) == 1
    assert "closed" in text_of(await course.say("amina", "close my plan"))
    assert "written no plan yet" in text_of(await course.say("amina", "my plan"))
    assert (await course.say("amina", "new plan")).form is not None
    await course.fill("amina", when="talks stall", will="call a pause")
    assert "I will call a pause" in text_of(await course.say("amina", "my plan"))
    assert [c.closed is None for c in (await course.journey("amina")).commitments] == [False, True]


@pytest.mark.parametrize("typed", ["1", "done", "Done.", "fait", "готово? нет"])
async def test_an_answer_may_be_pressed_typed_or_spelled(course: Course, typed: str) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    await course.say("amina", typed)
    state = next(c.state for c in (await course.journey("amina")).check_ins if c.step == "day-3")
    assert (state is State.ANSWERED) == (typed != "готово? нет")


async def test_done_is_praised_in_one_line_and_leads_to_the_next_commitment(course: Course) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    reply = await course.say("amina", "done")
    assert text_of(reply).startswith("Well done")
    assert "Friday 2027-02-12, 09:00" in text_of(reply)
    assert "plan:new plan" in choices_of(reply)
    await course.days(6)
    assert len(course.got("amina")) == 1, "no nudge after an answer"


async def test_stuck_brings_a_card_one_question_a_person_and_a_question_in_a_week(course: Course) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    reply = await course.say("amina", "stuck")
    assert "Moves that break a deadlock" in text_of(reply)
    assert text_of(reply).count("?") == 1
    assert {"person:ask", "card:deadlock-breaking-moves"} <= set(choices_of(reply))
    asked = course.clock.now.astimezone(NAIROBI).date() + 7 * DAY
    assert asked.isoformat() in text_of(reply)
    why = await course.say("amina", "The other side does not answer my letters any more")
    assert course.cards.queries[-1].startswith("The other side does not answer")
    assert "Moves that break a deadlock" in text_of(why)
    await course.until(datetime.combine(asked, time(7), tzinfo=UTC))
    assert "A week ago this was stuck" in course.got("amina")[-1].text


async def test_an_obstacle_is_counted_without_a_name_and_leads_to_a_card(course: Course) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    reply = await course.say("amina", "stuck")
    await course.press("amina", next(c for c in choices_of(reply) if c.endswith("obstacle=authority")))
    counted = await course.store.counted("spring-27")
    assert counted == {("day-3", "progress", "stuck"): 1, ("day-3", "obstacle", "authority"): 1}
    assert "Authority or mandate" in course.cards.queries[-1]


async def test_an_answer_can_be_changed_and_taken_back(course: Course) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    choices = choices_of(course.got("amina")[0].reply)
    await course.press("amina", choices[0])
    await course.press("amina", choices[1])
    assert await course.store.counted("spring-27") == {("day-3", "progress", "partly"): 1}
    assert "taken back" in text_of(await course.say("amina", "withdraw my answer"))
    assert await course.store.counted("spring-27") == {}
    assert "no answer" in text_of(await course.say("amina", "withdraw my answer"))


async def test_free_text_is_asked_back_for_one_word_and_not_kept(course: Course) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    reply = await course.say("amina", "We had a first go at it on Tuesday with mixed results")
    assert text_of(reply) == "Thank you. Which word fits best?"
    assert "mixed results" not in str(await course.store.export_person(person("amina")))
    assert (await course.say("amina", "2")) is not None
    assert await course.store.counted("spring-27") == {("day-3", "progress", "partly"): 1}


async def test_a_question_that_comes_after_a_check_in_is_still_a_question(course: Course) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    reply = await course.say("amina", "who are you")
    assert "Ask in your own words" in text_of(reply)
    assert (await course.journey("amina")).open is not None


async def test_silence_gets_two_reminders_and_after_two_questions_one_pause_or_stop(course: Course) -> None:
    await with_a_plan(course)
    await course.days(12)
    times = [sent.text for sent in course.got("amina")]
    assert len(times) == 3, "the question, and a reminder after 24 and after 72 hours"
    assert all("gentle reminder" in text for text in times[1:])
    await course.days(60, step=6 * HOUR)
    assert len(course.got("amina")) == 7
    last = course.got("amina")[-1]
    assert "pause, or stop" in last.text
    assert {(spoken(sent.reply), sent.reply.kind) for sent in course.got("amina")} == {
        ("About your plan", ReplyKind.CHECK_IN)
    }, "which is all that a lock screen shows, also of a reminder"
    assert [sent.reply.ring for sent in course.got("amina")[:3]] == [True, False, False]
    await course.days(300, step=DAY / 2)
    assert len(course.got("amina")) == 7, "then silence"
    reply = await course.press("amina", "plan:resume")
    assert "I ask again on" in text_of(reply) or "No further" in text_of(reply)


@pytest.mark.parametrize(
    ("words", "said", "day"),
    [
        ("snooze 2 weeks", "I ask again on Tuesday 2027-02-16, 09:00 (Africa/Nairobi).", date(2027, 2, 16)),
        ("skip", "Left out.", date(2027, 2, 12)),
        ("pause until 1 May", "Paused up to and including 2027-05-01.", date(2027, 5, 3)),
        ("crisis", "paused up to and including 2027-02-09", date(2027, 2, 12)),
        ("I'm in New York until Friday", "Africa/Nairobi again", date(2027, 2, 12)),
        ("ask me at 7:30", "(Africa/Nairobi)", date(2027, 2, 12)),
        ("days off Friday and Saturday", "(Africa/Nairobi)", date(2027, 2, 14)),
        ("quiet hours 6 pm to 10", "10:00 (Africa/Nairobi)", date(2027, 2, 12)),
    ],
)
async def test_each_wish_is_repeated_back_and_holds_after_a_restart(
    course: Course, words: str, said: str, day: date
) -> None:
    await with_a_plan(course)
    await course.until(datetime(2027, 2, 2, 5, tzinfo=UTC))
    assert said in text_of(await course.say("amina", words))
    again = Course(course.store, clock=course.clock)
    before = len(course.adapter.sent)
    upcoming = (await again.journey("amina")).next
    assert upcoming is not None
    assert upcoming.due.astimezone(NAIROBI).date() == day
    if words in ("skip", "snooze 2 weeks", "pause until 1 May", "crisis"):
        await again.until(upcoming.due - timedelta(minutes=1), step=6 * HOUR)
        assert not again.got("amina")
        await again.until(upcoming.due + timedelta(minutes=1), step=timedelta(minutes=1))
        assert len(again.got("amina")) == 1
    assert before >= 1


async def test_stop_holds_for_ever_also_from_later_cohorts_until_the_person_comes_back(course: Course) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    before = len(course.got("amina"))
    assert "never write to you first again" in text_of(await course.say("amina", "stop"))
    await course.started(member("amina"), id="autumn-27", ends=date(2027, 3, 1))
    await course.cohorts.keep_applied(now=course.clock())
    await course.days(400, step=DAY / 2)
    assert len(course.got("amina")) == before
    assert "stop" not in text_of(await course.say("amina", "resume")).lower()
    assert not (await course.journey("amina")).stopped


async def test_stop_typed_by_someone_unknown_keeps_them_out_of_every_later_cohort(course: Course) -> None:
    await course.say("zuri", "stop")
    await course.started(member("zuri"))
    await course.days(30)
    assert not course.got("zuri")


async def test_a_message_that_waits_in_the_outbox_is_taken_back_by_stop_and_by_an_answer(course: Course) -> None:
    await with_a_plan(course)
    await course.until(datetime(2027, 2, 1, 5, tzinfo=UTC))
    course.clock.forward(hours=1, minutes=1)
    await course.follow.tick(course.clock(), adapters=["fake"])
    await course.say("amina", "stop")
    await course.tick()
    assert not course.got("amina")


async def test_after_an_outage_a_question_waits_for_the_next_good_hour(course: Course) -> None:
    await with_a_plan(course)
    course.clock.now = datetime(2027, 2, 1, 18, 30, tzinfo=UTC)
    await course.tick()
    assert not course.got("amina"), "half past nine in the evening"
    await course.until(datetime(2027, 2, 2, 6, 1, tzinfo=UTC), step=timedelta(minutes=30))
    assert len(course.got("amina")) == 1


async def test_after_an_outage_over_two_questions_the_earlier_one_comes_first(course: Course) -> None:
    await course.started(*(member(f"p{n}") for n in range(8)))
    course.clock.now = datetime(2027, 1, 29, 12, tzinfo=UTC)
    await course.tick()
    await course.until(datetime(2027, 2, 1, 6, 1, tzinfo=UTC), step=timedelta(minutes=30))
    assert {"first small step" in sent.text for sent in course.adapter.sent} == {False}
    assert len(course.adapter.sent) == 8


async def test_a_platform_that_is_down_until_night_does_not_wake_anyone(course: Course) -> None:
    await with_a_plan(course)
    course.adapter.fails = [TryLater("fake", "down", HOUR)] * 6
    await course.until(datetime(2027, 2, 2, 5, 30, tzinfo=UTC))
    assert not course.got("amina")
    course.adapter.fails = []
    await course.until(datetime(2027, 2, 2, 6, 1, tzinfo=UTC), step=timedelta(minutes=30))
    [sent] = course.got("amina")
    assert "first small step" in sent.text
    assert course.clock.now.astimezone(NAIROBI).time() >= time(9)


async def test_announced_talks_are_asked_about_a_week_before_the_day_before_and_the_day_after(course: Course) -> None:
    await with_a_plan(course)
    reply = await course.say("amina", "talks start on 15 March")
    assert text_of(reply).count("2027-03-") == 3
    assert "Friday 2027-03-12, 09:00" in text_of(reply), "the day before is a Sunday: the last working day before it"
    await course.say("amina", "talks start on 15 March")
    for _ in range(60):
        await course.days(1, step=DAY / 4)
        if course.got("amina") and (await course.journey("amina")).open:
            await course.say("amina", "done")
    texts = [sent.text for sent in course.got("amina")]
    assert sum("A week to go" in text for text in texts) == 1
    assert sum("Tomorrow it starts" in text for text in texts) == 1
    assert sum("The first day is behind you" in text for text in texts) == 1


async def test_a_reported_crisis_brings_the_first_hour_and_a_person(course: Course) -> None:
    await with_a_plan(course)
    reply = await course.say("amina", "crisis")
    assert choices_of(reply) == ["card:crisis-triage-first-hour", "person:ask"]
    assert (await course.journey("amina")).paused_until == date(2027, 2, 5)


async def test_a_reported_danger_pauses_for_a_week(course: Course) -> None:
    await with_a_plan(course)
    heard = Event(id="danger", person=person("amina"), conversation=private("amina"), at=course.clock.now)
    await course.follow.report_crisis(heard)
    assert (await course.journey("amina")).paused_until == date(2027, 2, 5)
    await course.days(7)
    assert not course.got("amina")


async def test_danger_in_an_answer_is_heard_as_danger(course: Course) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    reply = await course.say("amina", "I am being followed and they know where my children go to school")
    assert "safety first" in text_of(reply)


async def test_someone_joins_by_code_in_private_and_can_leave(course: Course) -> None:
    await course.started(member("amina"))
    code = (await course.cohorts.get("spring-27")).code
    room = Conversation(adapter="fake", workspace="w", room="all", private=False)
    heard = await course.say("zuri", f"join {code}", where=room)
    assert "plan" not in text_of(heard) or "private" in text_of(heard)
    reply = await course.say("zuri", f"join {code[:4]}-{code[4:]}", zone="Asia/Kabul")
    assert "stop" in text_of(reply)
    assert "Asia/Kabul" in text_of(reply)
    await course.days(3.5)
    assert course.got("zuri")
    before = len(course.got("zuri"))
    await course.say("zuri", "leave the cohort")
    await course.days(40, step=DAY / 4)
    assert len(course.got("zuri")) == before
    assert "No course has this code" in text_of(await course.say("zuri", "join ABCD-EFGH"))


async def test_an_event_that_is_handled_twice_changes_a_journey_once(course: Course) -> None:
    await with_a_plan(course)
    skip = Event(id="twice", person=person("amina"), conversation=private("amina"), at=course.clock.now, text="skip")
    await course.hear(skip)
    once = await course.journey("amina")
    await course.hear(skip)
    assert await course.journey("amina") == once


async def test_forgetting_someone_leaves_no_check_in_and_no_place_on_the_list(course: Course) -> None:
    await with_a_plan(course)
    await course.days(3.5)
    await course.store.erase_person(person("amina"), now=course.clock())
    assert await course.store.journey(person("amina")) is None
    before = len(course.got("amina"))
    assert not (await course.cohorts.get("spring-27")).members
    await course.cohorts.take_in("spring-27", [member("amina")], now=course.clock())
    await course.days(30, step=DAY / 4)
    assert len(course.got("amina")) == before, "a new list does not bring back who was forgotten"


async def test_the_persons_export_holds_the_plan_and_the_dates(course: Course) -> None:
    await with_a_plan(course)
    [kept] = (await course.store.export_person(person("amina")))["follow_through"]
    assert kept["commitments"][0]["will"] == "ask each side what changed"
    assert len(kept["check_ins"]) == 7


async def test_a_press_on_a_question_nobody_asked_is_answered_kindly(course: Course) -> None:
    assert "no longer open" in text_of(await course.press("zuri", "checkin:nothing:done"))
    await with_a_plan(course)
    assert "no longer open" in text_of(await course.press("amina", "checkin:x:done"))
    await course.days(3.5)
    id = (await course.journey("amina")).open
    assert id is not None
    assert "no longer open" in text_of(await course.press("amina", f"checkin:{id.id}:skill=nonsense"))
    assert "no longer open" in text_of(await course.press("amina", f"checkin:{id.id}:later-soon"))


async def test_a_choice_of_intent_is_left_alone(course: Course) -> None:
    pressed = Event(
        id="p", person=person("a"), conversation=private("a"), at=course.clock.now, intent=Intent.HOME, text="stop"
    )
    assert await course.follow.understand(pressed, ConversationState()) is pressed
