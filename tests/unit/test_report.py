from __future__ import annotations

import itertools
from datetime import date, timedelta
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from mediation_coach.domain.chat import Image, Text
from mediation_coach.domain.follow_through import Cohort, Plan, Story, Tally
from mediation_coach.knowledge.plans import read_plans
from mediation_coach.reporting import pictures
from mediation_coach.reporting.donor import Cost, Donor, donor
from mediation_coach.reporting.figures import FLOOR, Figures, at_least, closes_on, figures, new_figures, rate, told
from mediation_coach.reporting.page import donor_page, page, summary, table
from tests.shipped import KNOWLEDGE

PLAN = read_plans(KNOWLEDGE)["standard"]
ENDS = date(2027, 1, 29)
COHORT = Cohort(id="spring-27", name="Spring <2027> & more", plan="standard", ends=ENDS, code="AAAABBBB")
AFTER = date(2028, 6, 1)

Counts = dict[tuple[str, str, str], int]


def a_year(*, people: int = 30, plan: Plan = PLAN) -> tuple[Tally, Counts]:
    """Return the answers of a year: everyone was asked everything, four in five answered."""
    answered = people * 4 // 5
    counted: Counts = {}
    for step in plan.steps:
        if not step.form:
            counted[step.id, "progress", "done"] = answered // 2
            counted[step.id, "progress", "partly"] = answered - answered // 2 - 6
            counted[step.id, "progress", "stuck"] = 6
            counted[step.id, "obstacle", "time"] = 6
        if step.then:
            for n, option in enumerate(step.then.options):
                counted[step.id, step.then.id, option.id] = n + 4
    asked = {step.id: people for step in plan.steps}
    return Tally(enrolled=people, paused=7, stopped=1, asked=asked, answered=dict.fromkeys(asked, answered)), counted


def shown(day: date = AFTER, *, people: int = 30) -> Figures:
    tally, counted = a_year(people=people)
    return figures(COHORT, PLAN, tally, new_figures(COHORT, PLAN, tally, counted, today=day), today=day)


@given(st.lists(st.integers(min_value=0, max_value=40), min_size=1, max_size=8))
def test_no_cell_and_no_rest_tells_of_fewer_than_five(counts: list[int]) -> None:
    cells = told(counts)
    assert all(cell is None or cell == count >= FLOOR for cell, count in zip(cells, counts, strict=True))
    hidden = [count for cell, count in zip(cells, counts, strict=True) if cell is None]
    if hidden and len(hidden) < len(counts):
        assert sum(hidden) >= FLOOR
        assert len(hidden) >= 2, "a single one could be worked out from the total"


@given(st.integers(min_value=0, max_value=60), st.integers(min_value=0, max_value=60))
def test_who_did_not_answer_is_never_a_group_of_fewer_than_five(asked: int, missing: int) -> None:
    one = rate("day-3", asked, max(0, asked - missing))
    if one.answered is not None and one.asked is not None:
        assert one.answered >= FLOOR
        assert one.asked - one.answered >= FLOOR


@given(st.integers(min_value=0, max_value=60), st.integers(min_value=0, max_value=60))
def test_paused_and_stopped_come_in_steps_of_five_and_leave_five(count: int, more: int) -> None:
    part = at_least(count, count + more)
    assert part is None or (part % 5 == 0 and part >= FLOOR and count + more - part >= FLOOR)


@given(
    st.lists(st.integers(min_value=0, max_value=12), min_size=5, max_size=5),
    st.integers(min_value=0, max_value=9),
    st.integers(min_value=0, max_value=9),
)
def test_nothing_can_be_worked_out_from_two_numbers_of_one_report(
    counts: list[int], withdrawn: int, silent: int
) -> None:
    step = PLAN.step("week-2")
    assert step is not None
    answered = sum(counts) + withdrawn
    tally = Tally(
        enrolled=answered + silent,
        paused=0,
        stopped=0,
        asked={"week-2": answered + silent},
        answered={"week-2": answered},
    )
    counted = {("week-2", "progress", o.id): n for o, n in zip(step.ask.options, counts, strict=True)}
    made = figures(COHORT, PLAN, tally, new_figures(COHORT, PLAN, tally, counted, today=AFTER), today=AFTER)
    numbers = {tally.enrolled if made.enrolled else None}  # more than is told, which is about how many
    for one in made.rates:
        if one.step == "week-2":
            numbers |= {tally.asked["week-2"] if one.asked else None, one.answered}
    for one_table in made.tables:
        cells = [row.count for row in one_table.rows]
        known = [cell for cell in cells if cell is not None]
        numbers.add(one_table.answered if None in cells else sum(known))
        numbers.add(one_table.answered)
    for one_number, other in itertools.combinations(sorted(n for n in numbers if n is not None), 2):
        assert other == one_number or other - one_number >= FLOOR


def about_how_many(counts: list[int], missing: int = 0) -> Figures:
    """Return the figures of a cohort of whom `counts` were asked, step by step, and the last of them are enrolled."""
    *asked, enrolled = counts
    by_step = {step.id: count for step, count in zip(PLAN.steps, asked, strict=False)}
    answered = {step: max(0, count - missing) for step, count in by_step.items()}
    tally = Tally(enrolled=enrolled, paused=0, stopped=0, asked=by_step, answered=answered)
    return figures(COHORT, PLAN, tally, new_figures(COHORT, PLAN, tally, {}, today=AFTER), today=AFTER)


COUNTS = st.lists(st.integers(min_value=FLOOR, max_value=40), min_size=2, max_size=len(PLAN.steps) + 1)


@given(COUNTS, st.integers(min_value=0, max_value=9))
def test_who_was_asked_is_told_in_fives_and_no_more_answer_than_that(counts: list[int], missing: int) -> None:
    made = about_how_many(counts, missing)
    shown_as = [r.asked for r in made.rates if r.asked is not None] + [made.enrolled or 0]
    for count, figure in zip(counts, shown_as, strict=True):
        assert figure % FLOOR == 0
        assert abs(figure - count) <= FLOOR + 1
    assert all(r.share is None or r.share < 1 for r in made.rates)


@given(COUNTS)
def test_a_figure_of_who_was_asked_falls_only_when_five_or_more_have_gone(counts: list[int]) -> None:
    falling = sorted(counts, reverse=True)
    made = about_how_many(falling)
    figure, since = None, 0
    for count, now in zip(falling, [*(r.asked for r in made.rates if r.asked), made.enrolled], strict=True):
        if now != figure:
            assert figure is None or since - count >= FLOOR
            figure, since = now, count


def test_one_person_fewer_changes_no_figure_of_who_was_asked() -> None:
    def told_of(last: int) -> str:
        asked = {"day-0": 12, "day-3": 12, "week-2": last}
        tally = Tally(enrolled=last, paused=0, stopped=0, asked=asked, answered={"day-0": 7, "day-3": 6, "week-2": 5})
        made = figures(COHORT, PLAN, tally, new_figures(COHORT, PLAN, tally, {}, today=AFTER), today=AFTER)
        return page(made) + table(made) + str(summary(made))

    assert told_of(12) == told_of(11)
    assert "5 of about 10" in told_of(11)


def test_a_steps_figures_come_two_weeks_after_it_and_stay_as_they_are() -> None:
    tally, counted = a_year()
    step = PLAN.step("day-3")
    assert step is not None
    closing = closes_on(COHORT, step)
    assert closing == ENDS + timedelta(days=17)
    before = new_figures(COHORT, PLAN, tally, counted, today=closing - timedelta(days=1))
    assert not any(name.startswith("day-3") for name in before)
    released = new_figures(COHORT, PLAN, tally, counted, today=closing)
    assert "day-3:progress" in released
    counted["day-3", "progress", "done"] += 1
    late = {**new_figures(COHORT, PLAN, tally, counted, today=closing), **released}
    assert figures(COHORT, PLAN, tally, late, today=closing) == figures(COHORT, PLAN, tally, released, today=closing)


def test_the_same_data_give_the_same_bytes() -> None:
    assert page(shown()) == page(shown())
    assert table(shown()) == table(shown())
    assert pictures.response(shown(), kind="png") == pictures.response(shown(), kind="png")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.refers: list[str] = []
        self.tags: list[str] = []
        self.labels: list[str] = []
        self.scopes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.refers += [str(v) for k, v in attrs if k in ("src", "href", "data", "action", "xlink:href") and v]
        if values.get("role") == "img":
            self.labels.append(str(values.get("aria-label")))
        self.scopes += tag == "th" and "scope" in values


def test_the_page_opens_offline_and_says_in_words_what_its_pictures_show() -> None:
    text = page(shown())
    reader = _Reader()
    reader.feed(text)
    assert all(target.startswith("#") for target in reader.refers)
    assert "script" not in reader.tags
    assert "url(http" not in text
    assert reader.labels
    assert all("Day 3" in label for label in reader.labels)
    assert reader.tags.count("svg") == 2
    assert reader.scopes == reader.tags.count("th")
    assert {"main", "h1", "caption"} <= set(reader.tags)
    assert '<html lang="en">' in text
    assert "@media print" in text
    assert "Spring &lt;2027&gt; &amp; more" in text
    assert "there is no comparison group" in text


def for_donors(*, people: int = 30, hand_overs: int = 0, cost: Cost | None = None) -> Donor:
    return donor(shown(people=people), PLAN, (), hand_overs=hand_overs, cost=cost, today=AFTER)


def test_donors_see_who_planned_and_who_is_active_and_what_is_left_out_and_why() -> None:
    made = for_donors(hand_overs=7, cost=Cost(amount=12_000, currency="EUR"))
    assert made.planned is not None
    assert made.planned.answered == 24
    assert [rate.step for rate in made.active] == ["day-3", "week-2", "month-1", "month-3", "month-6", "month-12"]
    assert {table.question for table in made.tables} == {"skill", "passed_on", "use", "contribution"}
    assert not any(table.empty for table in made.tables)
    assert made.per_active == 500
    assert made.hand_overs == 5
    text = donor_page(made)
    assert "500.00 EUR (12,000.00 for 24 who answered Month 12)" in text
    assert "none was released" in text
    assert "no comparison group" in text
    assert donor_page(made) == text


def test_a_cost_that_would_tell_a_number_that_is_kept_back_is_left_out() -> None:
    everyone = Tally(enrolled=9, paused=0, stopped=0, asked={"day-3": 9}, answered={"day-3": 8})
    told_of = figures(COHORT, PLAN, everyone, new_figures(COHORT, PLAN, everyone, {}, today=AFTER), today=AFTER)
    made = donor(told_of, PLAN, (), hand_overs=4, cost=Cost(amount=900), today=AFTER)
    assert made.per_active is None
    assert made.hand_overs is None
    text = donor_page(made)
    assert "nearly all" in text
    assert "let the number of those who answered be worked out" in text
    assert "fewer than 5, or none" in text


def test_a_story_of_a_day_ago_and_one_that_was_not_released_are_not_shown() -> None:
    stories = (
        Story(cohort="spring-27", text="kept to themselves"),
        Story(cohort="spring-27", text="of yesterday", released=AFTER - timedelta(days=1)),
        Story(cohort="spring-27", text="of last <month>", released=AFTER - timedelta(days=30)),
    )
    text = donor_page(donor(shown(), PLAN, stories, hand_overs=0, cost=None, today=AFTER))
    assert "of last &lt;month&gt;" in text
    assert "of yesterday" not in text
    assert "kept to themselves" not in text


def test_a_small_cohort_does_not_tell_whether_there_is_a_story() -> None:
    old = Story(cohort="spring-27", text="of last month", released=AFTER - timedelta(days=30))
    with_one, without = (
        donor_page(donor(shown(people=4), PLAN, stories, hand_overs=0, cost=None, today=AFTER))
        for stories in ((old,), ())
    )
    assert with_one == without
    assert "fewer than five people took part" in without


def test_a_cohort_too_small_for_figures_still_gets_a_page_that_says_so() -> None:
    tally = Tally(enrolled=4, paused=1, stopped=0, asked={"day-3": 4}, answered={"day-3": 4})
    counted = {("day-3", "progress", "done"): 4}
    made = figures(COHORT, PLAN, tally, new_figures(COHORT, PLAN, tally, counted, today=AFTER), today=AFTER)
    assert made.enrolled is None
    assert not made.tables
    assert "kept back" in page(made)
    assert "4" not in table(made).replace("day-3", "")


def test_before_anything_closed_the_page_says_when_figures_come() -> None:
    made = shown(ENDS)
    assert not made.rates
    assert "No check-in has closed yet" in page(made)
    assert (ENDS + timedelta(days=14)).isoformat() in page(made)


def test_the_summary_in_chat_carries_the_picture_and_its_words() -> None:
    reply = summary(shown())
    text, image = reply.blocks
    assert isinstance(text, Text)
    assert isinstance(image, Image)
    assert image.png.startswith(b"\x89PNG")
    assert "Day 3: 24 of about 30" in image.alt
    assert "kept back" in text.markdown
