"""Dealing with crisis, challenge and difficulties: the first hour, the first day, the next week, at once."""

from __future__ import annotations

from mediation_coach.domain.guidance import SectionKind, Shape, Skill, Slot
from mediation_coach.skills.base import REST, ShapedHandler


class CrisisHandling(ShapedHandler):
    """Asks nothing before it helps: steps by the clock, and the sign to stop."""

    shape = Shape(
        skill=Skill.CRISIS_HANDLING,
        first=(
            Slot(heading="first_hour", kind=SectionKind.STEPS, at_most=3, labels=("First hour:",)),
            Slot(heading="first_day", kind=SectionKind.STEPS, at_most=2, labels=("First day:",)),
            Slot(heading="next_week", kind=SectionKind.STEPS, at_most=1, labels=("Next week:",)),
            Slot(heading="stop_if", kind=SectionKind.RISKS, at_most=1, labels=("Stop if:",)),
        ),
        sections=(
            SectionKind.STEPS,
            SectionKind.IN_SHORT,
            SectionKind.RISKS,
            SectionKind.ASK_FIRST,
            SectionKind.OPTIONS,
            *REST,
        ),
    )
