"""The report for donors: one page of what may be told of a cohort to people outside, and of what it does not tell. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from mediation_coach.domain.follow_through import STORY_WAITS, Plan, Story
from mediation_coach.reporting.figures import FLOOR, Figures, Rate, Table, named

HAND_OVERS = "hand_overs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the follow-through of the cohort cost, as the organiser says."""

    amount: float
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Donor:
    """Everything a donor is told. What may not be told is None, and `left_out` says why."""

    figures: Figures
    planned: Rate | None
    active: tuple[Rate, ...]
    tables: tuple[Table, ...]
    stories: tuple[str, ...]
    hand_overs: int | None
    cost: Cost | None
    newest: Rate | None
    left_out: tuple[str, ...]

    @property
    def per_active(self) -> float | None:
        """The cost for each person who answered the newest check-in whose answers may be told."""
        return self.cost.amount / self.newest.answered if self.cost and self.newest and self.newest.answered else None


def donor(
    figures: Figures, plan: Plan, stories: Sequence[Story] | None, *, hand_overs: int, cost: Cost | None, today: date
) -> Donor:
    """Return what donors are told today. `hand_overs` are of everyone whom this coach serves, as no cohort is noted with them.

    `stories` are None for a report of an earlier day.
    """
    forms = {step.id for step in plan.steps if step.form}
    active = tuple(rate for rate in figures.rates if rate.step not in forms)
    told = tuple(s.text for s in stories or () if s.released is not None and s.released + STORY_WAITS <= today)
    newest = next((rate for rate in reversed(active) if rate.answered is not None), None)
    made = Donor(
        figures=figures,
        planned=next((rate for rate in figures.rates if rate.step in forms), None),
        active=active,
        tables=tuple(table for table in figures.tables if table.question != "progress" and not table.empty),
        stories=told if figures.enrolled is not None else (),
        hand_overs=hand_overs - hand_overs % FLOOR if hand_overs >= FLOOR else None,
        cost=cost,
        newest=newest,
        left_out=(),
    )
    return _with_left_out(made, earlier=stories is None)


def _with_left_out(made: Donor, *, earlier: bool) -> Donor:
    reasons = [
        "Organisations, regions, gender and age: the coach does not ask for them. The organiser can add them from its own"
        " list, in bands of five people and three organisations or more.",
        "Which tools and cards people used: it is not counted person by person or course by course.",
        "What the next course will change: the organiser writes that.",
    ]
    if made.figures.enrolled is None:
        reasons.append("Stories: fewer than five people took part, so that a story would point to its teller.")
    elif earlier:
        reasons.append("Stories: they stand only in a report of the day on which it is made.")
    elif not made.stories:
        reasons.append("Stories: none was released by its teller more than two weeks ago.")
    if empty := [t for t in made.figures.tables if t.question != "progress" and t.empty]:
        asked = ", ".join(dict.fromkeys(named(table.step) for table in empty))
        reasons.append(f"Questions whose every answer was given by too few people to be told, after: {asked}.")
    if made.hand_overs is None:
        reasons.append(f"Hand-overs to a person: fewer than {FLOOR}, or none.")
    if made.cost is None:
        reasons.append("Cost per active alumnus: give the cost of the follow-through to the report with --cost.")
    elif made.per_active is None:
        reasons.append(
            "Cost per active alumnus: it would let the number of those who answered be worked out, which is kept back."
        )
    return replace(made, left_out=tuple(reasons))
