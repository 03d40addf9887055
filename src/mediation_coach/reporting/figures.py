"""Figures that may be told: of five people or more, with nothing left over that would tell of fewer. Pure.

A step's figures are made once, when it closes: answers that come later change nothing that was told, so that no one can learn
from the difference between two reports what one person said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

from mediation_coach.domain.follow_through import Ask, Cohort, Plan, Step, Tally

FLOOR = 5
CLOSES_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table; `count` is None where it may not be told."""

    id: str
    label: str
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The answers to one question. `answered` is None where even that may not be told."""

    step: str
    question: str
    title: str
    answered: int | None
    rows: tuple[Row, ...]

    @property
    def hidden(self) -> bool:
        """Whether something is kept back."""
        return self.answered is None or any(row.count is None for row in self.rows)

    @property
    def empty(self) -> bool:
        """Whether every answer is kept back."""
        return all(row.count is None for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of those who were asked answered. `few_missing` says that fewer than five did not, and hides how many.

    In `Figures`, `asked` is about how many they were, in steps of five.
    """

    step: str
    asked: int | None
    answered: int | None
    few_missing: bool = False

    @property
    def share(self) -> float | None:
        """The share that answered, from 0 to 1; as near as `asked` is."""
        return self.answered / self.asked if self.asked and self.answered is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that may be told of a cohort on a day. `enrolled` is about how many, as in `about`."""

    cohort: str
    name: str
    day: date
    enrolled: int | None
    paused: int | None
    stopped: int | None
    rates: tuple[Rate, ...] = ()
    tables: tuple[Table, ...] = ()
    closes: tuple[tuple[str, date], ...] = ()

    @property
    def suppressed(self) -> bool:
        """Whether a figure was kept back."""
        return any(r.answered is None for r in self.rates) or any(t.hidden for t in self.tables)


def named(step: str) -> str:
    """Return a step's id as people read it: `month-3` is Month 3."""
    return step.replace("-", " ").replace("_", " ").capitalize()


def told(counts: Sequence[int], *, hide_total: bool = False) -> tuple[int | None, ...]:
    """Return the counts that may stand in one table beside their total; the others become None.

    Whatever is kept back adds up to at least five people, so that neither a cell nor the rest tells of fewer. With `hide_total`
    something is always kept back, so that the cells do not add up to the total.
    """
    total = sum(counts)
    if total < FLOOR:
        return (None,) * len(counts)
    hidden = {n for n, count in enumerate(counts) if count < FLOOR}
    shown = sorted((n for n in range(len(counts)) if n not in hidden), key=lambda n: (counts[n], n))
    while (hidden or hide_total) and shown and (sum(counts[n] for n in hidden) < FLOOR or len(hidden) < 2):
        hidden.add(shown.pop(0))
    return tuple(None if n in hidden else count for n, count in enumerate(counts))


def rate(step: str, asked: int, answered: int) -> Rate:
    """Return how many answered, as far as it may be told; never how few did not."""
    if asked < FLOOR:
        return Rate(step=step, asked=None, answered=None)
    if asked - answered < FLOOR:
        return Rate(step=step, asked=asked, answered=None, few_missing=True)
    return Rate(step=step, asked=asked, answered=answered if answered >= FLOOR else None)


def at_least(count: int, of: int) -> int | None:
    """Return a part of a whole in steps of five, where both it and the rest may be told.

    These numbers change from day to day; the steps keep two reports from telling what one person did in between.
    """
    return count - count % FLOOR if count >= FLOOR and of - count >= FLOOR else None


def about(count: int, before: list[tuple[int, int]]) -> int:
    """Return about how many, to the nearest five: so that no two figures tell that one person stopped, left or was forgotten.

    Where it lies less than five from a count in `before` (counts, and what was shown for them), it is shown as that one was; else
    it is added to them.
    """
    for base, shown in reversed(before):
        if base - count < FLOOR and count - shown < FLOOR:
            return shown
    nearest = (count + FLOOR // 2) // FLOOR * FLOOR
    before.append((count, nearest))
    return nearest


def closes_on(cohort: Cohort, step: Step) -> date:
    """Return the day on which a step's figures are made: two weeks after it was asked."""
    return step.after.after(cohort.ends) + CLOSES_AFTER


def new_figures(
    cohort: Cohort, plan: Plan, tally: Tally, counted: Mapping[tuple[str, str, str], int], *, today: date
) -> dict[str, str]:
    """Return the figures of every step that has closed by `today`, by name, as JSON; what was told before is not changed by it."""
    new: dict[str, str] = {}
    for step in plan.steps:
        if closes_on(cohort, step) > today:
            continue
        new[f"{step.id}:rate"] = _json(
            asdict(rate(step.id, tally.asked.get(step.id, 0), tally.answered.get(step.id, 0)))
        )
        for ask in _asks(step, plan):
            nearly = _nearly(step, ask, plan, tally, counted)
            if (table := _table(step.id, ask, counted, nearly)) is not None:
                new[f"{step.id}:{ask.id}"] = _json(asdict(table))
    return new


def _nearly(
    step: Step, ask: Ask, plan: Plan, tally: Tally, counted: Mapping[tuple[str, str, str], int]
) -> tuple[int, ...]:
    """Return how far a table's total lies from numbers that stand beside it, where that is too few people to be told."""
    total = sum(counted.get((step.id, ask.id, option.id), 0) for option in ask.options)
    missing = tally.asked.get(step.id, 0) - total
    if ask is step.ask:
        beside = tally.answered.get(step.id, 0)
    elif ask is plan.obstacle:
        beside = counted.get((step.id, step.ask.id, "stuck"), 0)
    else:
        beside = sum(counted.get((step.id, step.ask.id, option.id), 0) for option in step.ask.options)
    apart = (missing,) if missing < FLOOR else ()
    return (*apart, abs(beside - total)) if 0 < abs(beside - total) < FLOOR else apart


def _asks(step: Step, plan: Plan) -> list[Ask]:
    return [ask for ask in (None if step.form else step.ask, step.then, plan.obstacle) if ask is not None]


def _table(step: str, ask: Ask, counted: Mapping[tuple[str, str, str], int], nearly: Sequence[int]) -> Table | None:
    """Return the table of a question, or None where fewer than five answered it; its total only where `nearly` is empty."""
    counts = [counted.get((step, ask.id, option.id), 0) for option in ask.options]
    if sum(counts) < FLOOR:
        return None
    shown = told(counts, hide_total=bool(nearly))
    rows = (
        Row(id=option.id, label=option.label["en"], count=count)
        for option, count in zip(ask.options, shown, strict=True)
    )
    answered = None if nearly else sum(counts)
    return Table(step=step, question=ask.id, title=ask.question["en"], answered=answered, rows=tuple(rows))


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def figures(cohort: Cohort, plan: Plan, tally: Tally, released: Mapping[str, str], *, today: date) -> Figures:
    """Return what may be told today: what was released, in the plan's order, and the days on which more comes."""
    rates: list[Rate] = []
    tables: list[Table] = []
    before: list[tuple[int, int]] = []
    for step in plan.steps:
        if text := released.get(f"{step.id}:rate"):
            made = Rate(**json.loads(text))
            rates.append(made if made.asked is None else replace(made, asked=about(made.asked, before)))
        for ask in _asks(step, plan):
            if text := released.get(f"{step.id}:{ask.id}"):
                read = json.loads(text)
                tables.append(Table(**{**read, "rows": tuple(Row(**row) for row in read["rows"])}))
    open_steps = tuple((s.id, closes_on(cohort, s)) for s in plan.steps if f"{s.id}:rate" not in released)
    enrolled = about(tally.enrolled, before) if tally.enrolled >= FLOOR else None
    return Figures(
        cohort=cohort.id,
        name=cohort.name,
        day=today,
        enrolled=enrolled,
        paused=at_least(tally.paused, tally.enrolled),
        stopped=at_least(tally.stopped, tally.enrolled),
        rates=tuple(rates),
        tables=tuple(tables),
        closes=open_steps,
    )
