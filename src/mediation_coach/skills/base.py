"""What the four handlers share: a shape, and an answerer that fills it."""

from __future__ import annotations

from contextlib import aclosing

from mediation_coach.domain.guidance import Answer, Question, SectionKind, Shape, Skill
from mediation_coach.errors import AnswererUnavailable
from mediation_coach.ports import Answerer, ShowPart, StreamingAnswerer

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

    async def handle(self, question: Question, show: ShowPart | None = None) -> Answer:
        """Return the answer in the shape of this skill; `show` is given each verified sentence as it comes."""
        if show is None or not isinstance(self._answerer, StreamingAnswerer):
            return await self._answerer.answer(question, self.shape)
        async with aclosing(self._answerer.stream(question, self.shape)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Answer):
                    return piece
                await show(piece)
        raise AnswererUnavailable("the answer was never whole")
