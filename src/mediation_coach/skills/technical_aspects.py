"""Technical aspects of mediation and peace processes: elements, a checklist with its trade-off, contrasting cases."""

from __future__ import annotations

from mediation_coach.domain.guidance import SectionKind, Shape, Skill, Slot
from mediation_coach.skills.base import REST, ShapedHandler


class TechnicalAspects(ShapedHandler):
    """Gives the elements as a checklist, what each choice costs, and two cases that went differently."""

    shape = Shape(
        skill=Skill.TECHNICAL_ASPECTS,
        first=(
            Slot(heading="in_short", kind=SectionKind.IN_SHORT, at_most=1),
            Slot(heading="checklist", kind=SectionKind.STEPS, at_most=4),
            Slot(heading="trade_off", kind=SectionKind.OPTIONS, at_most=1, labels=("",)),
            Slot(heading="compare", kind=SectionKind.CASE, at_most=2),
        ),
        sections=(
            SectionKind.IN_SHORT,
            SectionKind.STEPS,
            SectionKind.OPTIONS,
            SectionKind.ASK_FIRST,
            SectionKind.RISKS,
            *REST,
        ),
    )
