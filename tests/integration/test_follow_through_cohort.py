from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from mediation_coach.cli import main
from mediation_coach.coach.cohorts import preview
from mediation_coach.coach.moving_clock import MovingClock
from mediation_coach.coach.roll import Reader, read_roll
from mediation_coach.domain.calendar import Rhythm
from mediation_coach.domain.chat import Conversation, Event, Image, Person
from mediation_coach.domain.follow_through import State
from mediation_coach.knowledge.places import is_country, is_holiday
from mediation_coach.reporting.page import page, table
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from tests.alumni import DAY, ENDS, HOUR, PLANS, Course, member, text_of
from tests.conftest import new_keys

ZONES = ("Africa/Nairobi", "Africa/Cairo", "Asia/Kabul", "America/Bogota", "Europe/Bucharest", "Asia/Manila")
LIST = "person,zone,language,consent\n" + "".join(f"p{n:02},{ZONES[n % 6]},en,yes\n" for n in range(30))


async def test_a_coordinator_runs_a_cohort_by_chat(sqlite_store: SqlStore) -> None:
    course = Course(sqlite_store)
    made = await course.say("coordinator", "cohort create spring-27 ends 2027-01-29 zone Africa/Nairobi")
    assert "draft" in text_of(made)
    assert "Nothing is sent before" in text_of(made)
    taken = await course.say("coordinator", f"cohort import spring-27\n{LIST}")
    assert "30 on the list" in text_of(taken)
    seen = await course.say("coordinator", "cohort preview spring-27")
    assert "p00  day-0  Fri 2027-01-29 09:00 Africa/Nairobi" in text_of(seen)
    assert "and 180 more lines" in text_of(seen)
    tried = text_of(await course.say("coordinator", "cohort try spring-27"))
    assert "Have you taken the first small step?" in tried
    assert "Done · Partly · Stuck · Changed · Not now" in tried
    assert not course.adapter.sent
    assert "started" in text_of(await course.say("coordinator", "cohort start spring-27"))
    assert "line 2: unknown time zone" in text_of(
        await course.say("coordinator", "cohort import spring-27\nperson,zone,language,consent\nq,Mars,en,yes")
    )
    assert "30 on the list" in text_of(await course.say("coordinator", "cohort list"))
    assert "there is no cohort 'autumn'" in text_of(await course.say("coordinator", "cohort start autumn"))
    assert "Coordinators can say" in text_of(await course.say("coordinator", "cohort"))


async def test_coordinators_elsewhere_see_only_what_was_made_on_the_command_line(sqlite_store: SqlStore) -> None:
    course = Course(sqlite_store)
    await course.started(member("amina"), id="for-all")
    await course.say("coordinator", "cohort create spring-27 ends 2027-01-29")
    await course.say("coordinator", f"cohort import spring-27\n{LIST}")

    async def elsewhere(text: str) -> str:
        asked = Event(
            id=text,
            person=Person(adapter="fake", workspace="other", id="coordinator"),
            conversation=Conversation(adapter="fake", workspace="other", room="dm-other"),
            at=course.clock(),
            text=text,
        )
        return text_of(await course.hear(asked))

    assert "spring-27" in text_of(await course.say("coordinator", "cohort list"))
    assert "spring-27" not in await elsewhere("cohort list")
    assert "for-all" in await elsewhere("cohort list")
    for verb in ("preview", "try", "start", "end", "undo", "summary", "weekly", "leave", "move", "import"):
        assert await elsewhere(f"cohort {verb} spring-27 off") == "there is no cohort 'spring-27'; there are: for-all"
    assert (await course.cohorts.get("spring-27")).stage == "draft"


async def test_anyone_else_is_told_that_it_is_not_theirs(sqlite_store: SqlStore) -> None:
    course = Course(sqlite_store)
    await course.started(member("amina"))
    assert "Only coordinators" in text_of(await course.press("amina", "cohort:end spring-27"))
    assert (await course.cohorts.get("spring-27")).stage == "started"


async def test_joiners_leavers_new_dates_and_undo_touch_only_what_is_ahead(sqlite_store: SqlStore) -> None:
    course = Course(sqlite_store)
    await course.started(member("amina"), member("bakari"))
    await course.days(4)
    before = len(course.adapter.sent)
    await course.cohorts.move("spring-27", date(2027, 2, 5), now=course.clock())
    moved = await course.journey("amina")
    assert {c.step: c.day for c in moved.check_ins}["week-2"] == date(2027, 2, 19)
    await course.cohorts.undo("spring-27", now=course.clock())
    back = await course.journey("amina")
    assert {c.step: c.day for c in back.check_ins}["week-2"] == date(2027, 2, 12)
    await course.cohorts.let_go("spring-27", "bakari", now=course.clock())
    assert not [c for c in (await course.journey("bakari")).check_ins if c.waits]
    await course.cohorts.undo("spring-27", now=course.clock())
    assert [c for c in (await course.journey("bakari")).check_ins if c.state is State.PLANNED]
    await course.cohorts.take_in("spring-27", [member("zuri")], now=course.clock())
    assert next(c.step for c in (await course.journey("zuri")).check_ins) == "week-2"
    await course.tick()
    assert len(course.adapter.sent) == before, "nothing that was asked is asked again"
    course.clock.forward(hours=25)
    assert "24 hours" in text_of(await course.say("coordinator", "cohort undo spring-27"))


@pytest.mark.parametrize("words", ["cohort leave spring-27 amina", "cohort end spring-27"])
async def test_what_already_waits_to_be_sent_is_taken_back_from_whoever_is_let_go(
    sqlite_store: SqlStore, words: str
) -> None:
    course = Course(sqlite_store)
    await course.started(member("amina"))
    await course.follow.tick(course.clock(), adapters=["fake"])
    await course.say("coordinator", words)
    await course.days(60, step=DAY / 4)
    assert not course.got("amina")


async def test_what_someone_decided_is_stronger_than_the_list(sqlite_store: SqlStore) -> None:
    course = Course(sqlite_store)
    await course.started(member("amina"), member("bakari"))
    await course.say("amina", "stop")
    await course.say("bakari", "leave the cohort")
    await course.cohorts.take_in("spring-27", [member("amina"), member("bakari")], now=course.clock())
    await course.cohorts.move("spring-27", date(2027, 2, 10), now=course.clock())
    await course.cohorts.keep_applied(now=course.clock())
    await course.days(40, step=DAY / 4)
    assert not course.adapter.sent


def test_a_preview_marks_what_had_to_move() -> None:
    from mediation_coach.domain.follow_through import Cohort

    rhythm = Rhythm(zone="Africa/Nairobi", country="KE")
    cohort = Cohort(
        id="c", name="c", plan="standard", ends=date(2026, 12, 9), rhythm=rhythm, code="x", members=(member("a"),)
    )
    lines = preview(cohort, PLANS["standard"], holiday=is_holiday)
    assert {line.step: line.clash for line in lines}["day-3"] == "moved: 2026-12-12 is a public holiday"
    quiet = replace(cohort, rhythm=replace(rhythm, at=datetime(2026, 1, 1, 6).time()))
    assert any("quiet hours" in line.clash for line in preview(quiet, PLANS["standard"], holiday=is_holiday))


@pytest.mark.timeout(150)
async def test_two_hundred_people_are_previewed_at_once(sqlite_store: SqlStore) -> None:
    course = Course(sqlite_store)
    people = read_roll(
        ("person,zone,language,consent\n" + "".join(f"q{n},Asia/Kabul,en,yes\n" for n in range(200))).encode(),
        Reader(adapter="fake", is_country=is_country, new_code=str),
    )
    await course.cohorts.create(
        "c", name="c", ends=ENDS, plan="standard", rhythm=Rhythm(), language="en", now=course.clock()
    )
    cohort = await course.cohorts.take_in("c", people, now=course.clock())
    assert len(preview(cohort, PLANS["standard"], holiday=is_holiday)) == 1400


@pytest.mark.timeout(150)
async def test_thirty_people_from_the_list_to_month_twelve_with_a_restart(tmp_path: Path) -> None:
    settings = StoreSettings(url=SecretStr(f"sqlite:///{tmp_path / 'coach.db'}"), keys=SecretStr(new_keys()))
    store = await SqlStore.open(settings, folder=tmp_path)
    course = Course(store)
    await course.say("coordinator", "cohort create spring-27 ends 2027-01-29")
    await course.say("coordinator", f"cohort import spring-27\n{LIST}")
    await course.say("coordinator", "cohort start spring-27")
    answered: set[str] = set()
    silent, stopped, stuck = {"p27", "p28", "p29"}, {"p26"}, {"p05", "p11", "p17", "p23", "p25"}

    async def react() -> None:
        for sent in course.adapter.sent:
            name = sent.to.room.removeprefix("dm-")
            if sent.key in answered or name in silent:
                continue
            answered.add(sent.key)
            if name in stopped:
                await course.say(name, "stop")
            elif sent.reply.choices[0].id == "plan:new plan":
                await course.fill(name, when="the week begins", will="prepare one question")
            elif name in stuck and "A week ago" not in sent.text:
                await course.say(name, "stuck")
            elif name == "p01" and "first small step" in sent.text:
                await course.say(name, "snooze 2 weeks")
            elif name == "p02" and "first small step" in sent.text:
                await course.say(name, "skip")
            elif name == "p03" and "first small step" in sent.text:
                await course.say(name, "I'm in New York until 2027-02-20")
                await course.say(name, "done")
            else:
                reply = await course.say(name, "done" if int(name[1:]) % 2 else "partly")
                if any("=" in choice.id for choice in reply.choices):
                    await course.press(name, reply.choices[int(name[1:]) % 2].id)

    day = 0
    while course.clock.now < datetime(2028, 3, 1, tzinfo=UTC):
        await course.days(1, step=HOUR if day < 40 else 8 * HOUR)
        await react()
        day += 1
        if day == 45:
            await store.close()
            store = await SqlStore.open(settings, folder=tmp_path)
            course = replace_store(course, store)
    keys = [sent.key for sent in course.adapter.sent]
    assert len(keys) == len(set(keys))
    asked = {name: len(course.got(name)) for name in ("p00", "p26", "p27")}
    assert asked["p00"] == 7
    assert asked["p26"] == 1
    assert asked["p27"] == 7, "two questions with two reminders each, and one 'pause or stop?'"
    today = course.clock.now.date()
    figures = await course.reports.figures("spring-27", today=today)
    assert [rate.step for rate in figures.rates] == [step.id for step in PLANS["standard"].steps]
    assert page(figures) == page(await course.reports.figures("spring-27", today=today))
    text = page(figures) + table(figures)
    assert not [name for name in (f"p{n:02}" for n in range(30)) if name in text]
    summary = await course.reports.summary("spring-27", today)
    assert any(isinstance(block, Image) for block in summary.blocks)
    assert "prepare one question" not in text_of(summary)
    await store.close()


def replace_store(course: Course, store: SqlStore) -> Course:
    """Return the course after a restart: what is kept is in the database, the platform remembers its messages."""
    return Course(store, clock=course.clock, adapter=course.adapter, states=course.states, numbers=course.numbers)


async def test_a_year_passes_on_a_clock_that_is_pushed(sqlite_store: SqlStore) -> None:
    course = Course(sqlite_store)
    clock = MovingClock(datetime(2027, 1, 29, 8), where="Africa/Nairobi")
    assert clock.shown == "Friday 2027-01-29, 08:00 (Africa/Nairobi)"
    course.clock.now = clock()
    await course.started(member("amina"))

    async def tick(now: datetime) -> None:
        course.clock.now = now
        await course.tick()

    assert clock.target("hello") is None
    for words in ("/tomorrow", "/tomorrow", "/week", "/month"):
        target = clock.target(words)
        assert target is not None
        await clock.forward(target, tick)
    assert clock().astimezone(UTC) == datetime(2027, 3, 9, 6, 30, tzinfo=UTC)
    assert len(course.got("amina")) == 7


def run(tmp_path: Path, *words: str) -> int:
    (tmp_path / "coach.toml").write_text(f'data = "{tmp_path / "data"}"\n', "utf-8")
    return main(["--config", str(tmp_path / "coach.toml"), *words])


def test_the_command_line_does_what_the_chat_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = tmp_path / "people.csv"
    people.write_text(LIST + "p98,UTC,en,no\n", "utf-8")
    assert run(tmp_path, "cohort", "create", "spring-27", "--ends", "2027-01-29", "--days-off", "friday saturday") == 0
    assert run(tmp_path, "cohort", "import", "spring-27", str(people), "--workspace", "T1") == 0
    assert "1 without consent" in capsys.readouterr().out
    assert run(tmp_path, "cohort", "preview", "spring-27") == 0
    assert len(capsys.readouterr().out.splitlines()) == 30 * 7 + 1
    assert run(tmp_path, "cohort", "start", "spring-27") == 0
    assert run(tmp_path, "cohort", "undo", "spring-27") == 0
    assert "draft" in capsys.readouterr().out
    assert run(tmp_path, "report", "spring-27", "--out", str(tmp_path / "out"), "--as-of", "2024-03-01") == 0
    assert {p.suffix for p in (tmp_path / "out").iterdir()} == {".html", ".csv", ".png"}
    first = (tmp_path / "out" / "spring-27.html").read_bytes()
    assert run(tmp_path, "report", "spring-27", "--out", str(tmp_path / "out"), "--as-of", "2024-03-01") == 0
    assert (tmp_path / "out" / "spring-27.html").read_bytes() == first
    donors = ["report", "spring-27", "--donor", "--cost", "9000", "--currency", "EUR", "--as-of", "2024-03-01"]
    assert run(tmp_path, *donors, "--out", str(tmp_path / "out")) == 0
    first = (tmp_path / "out" / "spring-27-donor.html").read_bytes()
    assert run(tmp_path, *donors, "--out", str(tmp_path / "out")) == 0
    assert (tmp_path / "out" / "spring-27-donor.html").read_bytes() == first
    rows = list(csv.reader(io.StringIO((tmp_path / "out" / "spring-27.csv").read_text("utf-8"))))
    assert rows[0] == ["check_in", "question", "answer", "people"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cohort", "start", "none"], "there is no cohort 'none'"),
        (["cohort", "create", "c", "--ends", "2027-01-29", "--zone", "Mars"], "write it as Africa/Nairobi"),
        (["cohort", "create", "c", "--ends", "2027-01-29", "--plan", "none"], "there are: short, standard"),
        (["cohort", "create", "c", "--ends", "2027-01-29", "--days-off", "someday"], "names no weekdays"),
        (["cohort", "import", "c", "missing.csv"], "cannot be read"),
        (["report", "none"], "there is no cohort 'none'"),
        (["report", "none", "--cost", "5"], "together with --donor"),
        (["report", "none", "--as-of", "9999-01-01"], "give a day that has come"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert run(tmp_path, *words) == 1
    assert said in capsys.readouterr().err


def test_a_faulty_list_imports_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = tmp_path / "people.csv"
    people.write_text(LIST + "p00,UTC,en,yes\n", "utf-8")
    run(tmp_path, "cohort", "create", "c", "--ends", "2027-01-29")
    assert run(tmp_path, "cohort", "import", "c", str(people)) == 1
    assert "line 32: the same person as on line 2" in capsys.readouterr().err
    run(tmp_path, "cohort", "list")
    assert "0 on the list" in capsys.readouterr().out


async def test_beside_a_coach_that_runs_one_may_look_and_is_told_how_to_change_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = await SqlStore.open(StoreSettings(), folder=tmp_path / "data")
    course = Course(store)
    await course.started(*(member(f"p{n:02}") for n in range(12)))
    await course.days(3.5)
    for n in range(7):
        await course.say(f"p{n:02}", "done")
    await course.reports.release_all(today=date(2027, 3, 1))

    def commands() -> None:
        assert run(tmp_path, "cohort", "list") == 0
        assert "12 on the list" in capsys.readouterr().out
        assert run(tmp_path, "cohort", "preview", "spring-27") == 0
        assert len(capsys.readouterr().out.splitlines()) == 12 * 7 + 1
        out = ["--out", str(tmp_path / "out"), "--as-of", "2024-06-01"]
        assert run(tmp_path, "report", "spring-27", *out) == 0
        assert "day-0,answered,,7" in (tmp_path / "out" / "spring-27.csv").read_text("utf-8")
        assert run(tmp_path, "report", "spring-27", "--donor", *out) == 0
        capsys.readouterr()
        for words in (["end", "spring-27"], ["undo", "spring-27"], ["weekly", "spring-27", "off"]):
            assert run(tmp_path, "cohort", *words) == 1
            said = capsys.readouterr().err
            assert "the coach is running" in said
            assert "private conversation" in said

    await asyncio.to_thread(commands)
    released = await store.released("spring-27")
    assert "day-0:rate" in released
    assert "month-1:rate" not in released, "looking releases nothing"
    assert (await course.cohorts.get("spring-27")).stage == "started"
    await store.close()
