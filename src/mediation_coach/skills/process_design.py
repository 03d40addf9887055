"""Designing mediation, dialogue and peace processes: find out first, then options with if and then."""

from __future__ import annotations

from mediation_coach.domain.guidance import SectionKind, Shape, Skill, Slot
from mediation_coach.skills.base import REST, ShapedHandler


class ProcessDesign(ShapedHandler):
    """Leads with what to find out: a design that skips the questions is somebody else's design."""

    shape = Shape(
        skill=Skill.PROCESS_DESIGN,
        first=(
            Slot(
                heading="find_out_first", kind=SectionKind.ASK_FIRST, at_most=2, labels=("Context:", "You:"), whole=True
            ),
            Slot(heading="in_short", kind=SectionKind.IN_SHORT, at_most=3),
            Slot(heading="options", kind=SectionKind.OPTIONS, at_most=2, labels=("",)),
        ),
        sections=(
            SectionKind.ASK_FIRST,
            SectionKind.IN_SHORT,
            SectionKind.OPTIONS,
            SectionKind.STEPS,
            SectionKind.RISKS,
            *REST,
        ),
    )
