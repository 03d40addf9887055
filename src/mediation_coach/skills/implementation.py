"""Reaching agreements, and from agreements to implementation: commitment, owner, deadline, verification."""

from __future__ import annotations

from mediation_coach.domain.guidance import SectionKind, Shape, Skill, Slot
from mediation_coach.skills.base import REST, ShapedHandler


class Implementation(ShapedHandler):
    """Pins the promise down before it advises, and says what to follow up."""

    shape = Shape(
        skill=Skill.IMPLEMENTATION,
        first=(
            Slot(heading="in_short", kind=SectionKind.IN_SHORT, at_most=2),
            Slot(heading="pin_down", kind=SectionKind.ASK_FIRST, at_most=1, labels=("Context:",), whole=True),
            Slot(heading="follow_through", kind=SectionKind.STEPS, at_most=3),
            Slot(heading="stop_if", kind=SectionKind.RISKS, at_most=1, labels=("Stop if:",)),
        ),
        sections=(
            SectionKind.IN_SHORT,
            SectionKind.ASK_FIRST,
            SectionKind.STEPS,
            SectionKind.OPTIONS,
            SectionKind.RISKS,
            *REST,
        ),
        first_words=100,
    )
