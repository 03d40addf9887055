"""What the four handlers share: a shape, and an answerer that fills it."""

from __future__ import annotations

from mediation_coach.domain.guidance import Answer, Question, SectionKind, Shape, Skill
from mediation_coach.ports import Answerer

REST = (
    SectionKind.OTHER_SIDE,
    SectionKind.NOT_TALKS,
    SectionKind.ALONGSIDE,
    SectionKind.CASE,
    SectionKind.WORDING,
)


class ShapedHandler:
    """Handles questions of one skill by filling that skill's shape."""

    shape: Shape

    def __init__(self, answerer: Answerer) -> None:
        """Answer with `answerer`."""
        self._answerer = answerer

    @property
    def skill(self) -> Skill:
        """The field of practice."""
        return self.shape.skill

    async def handle(self, question: Question) -> Answer:
        """Return the answer in the shape of this skill."""
        return await self._answerer.answer(question, self.shape)
