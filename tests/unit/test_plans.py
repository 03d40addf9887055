from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mediation_coach.domain.follow_through import MOST_WORDS, Told
from mediation_coach.errors import ContentError
from mediation_coach.knowledge.places import is_country, is_holiday, read_places
from mediation_coach.knowledge.plans import LANGUAGES, read_plan, read_plans, read_span
from tests.shipped import KNOWLEDGE

STANDARD = (KNOWLEDGE / "follow_through" / "standard.yaml").read_text("utf-8")


def edited(folder: Path, *changes: tuple[str, str]) -> Path:
    """Return the standard plan with words replaced, as a file of its own."""
    text = STANDARD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "standard.yaml"
    path.write_text(text, "utf-8")
    return path


def line_of(words: str, text: str = STANDARD) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_the_shipped_plan_runs_from_the_last_day_to_a_year_later() -> None:
    plan = read_plans(KNOWLEDGE)["standard"]
    ends = date(2027, 1, 31)
    days = {step.id: step.after.after(ends) for step in plan.steps}
    assert list(days) == ["day-0", "day-3", "week-2", "month-1", "month-3", "month-6", "month-12"]
    assert days["month-1"] == date(2027, 2, 28)
    assert days["month-12"] == date(2028, 1, 31)


@pytest.mark.parametrize("name", ["standard", "short"])
def test_every_shipped_question_is_there_in_five_languages_and_leaves_room_for_the_plan(name: str) -> None:
    plan = read_plans(KNOWLEDGE)[name]
    steps = (*plan.steps, *plan.events, plan.again)
    asks = [ask for step in steps for ask in (step.ask, step.then) if ask] + [plan.obstacle]
    for ask in asks:
        for words in (ask.question, *(option.label for option in ask.options)):
            assert set(words) == set(LANGUAGES)
        assert all(len(text.split()) + 23 <= MOST_WORDS for text in ask.question.values()), ask.id
        assert all(text.count("?") + text.count("؟") == 1 for text in ask.question.values()), ask.id
    assert all([o.id for o in step.ask.options] == [t.value for t in Told] for step in steps)


def test_cards_that_a_plan_offers_exist() -> None:
    cards = {path.stem for path in KNOWLEDGE.glob("*/*.md")}
    offered = {s.card for plan in read_plans(KNOWLEDGE).values() for s in (*plan.steps, *plan.events) if s.card}
    assert offered
    assert offered <= cards


FAULTS: list[tuple[tuple[str, str], str, str]] = [
    (("after: 1 month\n", "after: 1 week\n"), "after: 1 month\n", "'month-1' comes after 'week-2' but is not later"),
    (("after: 6 months", "after: soon"), "after: 6 months", "write a number and a unit"),
    (("form: true", "from: true"), "form: true", "Extra inputs are not permitted"),
    (("id: day-3", "id: day-0"), "id: day-3", "'day-0' is there twice"),
    (("id: standard", "id: other"), "id: standard", "must be the file's name"),
    (
        ("en: Have you taken the first small step?", "fi: Oletko?"),
        "question:\n      en: Have you taken",
        "in English (en)",
    ),
    (("small step?", "small step? And why?"), "en: Have you taken the first", "ask one question"),
    (("small step?", "small step " + "very " * 40 + "soon?"), "en: Have you taken the first", "at most 35"),
    (("after: 0 days", "after: -2 days"), "after: 0 days", "before the last course day"),
]


@pytest.mark.parametrize(("change", "where", "said"), FAULTS)
def test_a_faulty_plan_is_refused_with_the_line(tmp_path: Path, change: tuple[str, str], where: str, said: str) -> None:
    path = edited(tmp_path, change)
    with pytest.raises(ContentError) as failure:
        read_plan(path)
    assert f"standard.yaml:{line_of(where)}: " in str(failure.value)
    assert said in str(failure.value)


def test_every_fault_of_a_plan_is_named_at_once(tmp_path: Path) -> None:
    path = edited(tmp_path, ("after: 6 months", "after: soon"), ("form: true", "from: true"))
    with pytest.raises(ContentError) as failure:
        read_plan(path)
    assert len(str(failure.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: path.write_bytes(STANDARD.encode("utf-16")), "not UTF-8"),
        (lambda path: path.write_text("steps: [", "utf-8"), "standard.yaml:1"),
        (lambda path: path.write_text("- a\n", "utf-8"), "write a mapping"),
        (lambda path: path.write_text("", "utf-8"), "write a mapping"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_in_one_line(
    tmp_path: Path, write: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "standard.yaml"
    write(path)
    with pytest.raises(ContentError, match=said):
        read_plan(path)


def test_an_organisations_own_plan_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "follow_through").mkdir()
    edited(tmp_path / "follow_through", ("title: A year after the course", "title: Our own year"))
    assert read_plans(KNOWLEDGE, tmp_path)["standard"].title == "Our own year"


@pytest.mark.parametrize("words", ["2 weeks", "1 month", "-7 days", "1 year"])
def test_spans_are_read(words: str) -> None:
    assert read_span(words).length != 0


def test_places_are_known_by_zone_city_country_and_list() -> None:
    places = read_places(KNOWLEDGE)
    expected = {
        "Africa/Kampala": "Africa/Kampala",
        "Nairobi": "Africa/Nairobi",
        "new york": "America/New_York",
        "Kenya": "Africa/Nairobi",
        "Genève": "Europe/Zurich",
        "Женеве": "Europe/Zurich",
        "جوبا": "Africa/Juba",
    }
    assert {words: places.zone_of(words) for words in expected} == expected
    assert places.zone_of("a meeting") is None


def test_a_list_of_places_with_an_unknown_zone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "follow_through").mkdir()
    (tmp_path / "follow_through" / "places.yaml").write_text("atlantis: Sea/Atlantis\n", "utf-8")
    with pytest.raises(ContentError, match="Sea/Atlantis"):
        read_places(tmp_path)


def test_holidays_are_known_by_country() -> None:
    assert is_holiday("KE", date(2026, 12, 12))
    assert not is_holiday("KE", date(2026, 12, 14 + 1))
    assert not is_holiday("ZZ", date(2026, 12, 25))
    assert is_country("KE")
