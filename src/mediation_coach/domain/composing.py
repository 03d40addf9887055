"""Pure rules for putting answers together: sentences, citations, the ten dimensions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mediation_coach.domain.guidance import Citation, Dimension, Found, Passage, SectionKind, Statement

_SENTENCE = re.compile(r"(?<=[.?!])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9¿¡])")

_BY_LABEL = {
    "Context:": Dimension.CONTEXT,
    "You:": Dimension.ROLE,
    "What counts:": Dimension.RESULTS,
    "Local first:": Dimension.LOCAL_FIRST,
    "Also needed:": Dimension.ALONGSIDE,
}
_BY_SECTION = {
    SectionKind.STEPS: Dimension.SEQUENCE,
    SectionKind.RISKS: Dimension.RISKS,
    SectionKind.OTHER_SIDE: Dimension.OTHER_SIDE,
    SectionKind.NOT_TALKS: Dimension.ALTERNATIVES,
}


def sentences(text: str) -> list[str]:
    """Split running text into sentences, marks kept."""
    return [s.strip() for s in _SENTENCE.split(" ".join(text.split())) if s.strip()]


def dimensions_of(passages: Iterable[Passage]) -> frozenset[Dimension]:
    """Return the dimensions of sound conflict advice that these passages carry, by section and label."""
    carried: set[Dimension] = set()
    for passage in passages:
        if passage.kind in _BY_SECTION:
            carried.add(_BY_SECTION[passage.kind])
        for line in passage.lines:
            if line.label in _BY_LABEL:
                carried.add(_BY_LABEL[line.label])
            if passage.kind is SectionKind.OPTIONS and line.text.startswith("If "):
                carried.add(Dimension.TRADE_OFFS)
    return frozenset(carried)


def citations(cards: Sequence[Found], used: Iterable[Statement]) -> tuple[Citation, ...]:
    """Return the numbered sources of an answer: the cards whose passages are used, in the cards' order."""
    passages = dict.fromkeys(p for statement in used for p in statement.passages)
    cited = [found for found in cards if any(p.split("#")[0] == found.card.id for p in passages)]
    return tuple(
        Citation(
            number=number,
            card=found.card.id,
            title=found.card.title,
            passages=tuple(p for p in passages if p.split("#")[0] == found.card.id),
            sources=found.card.sources,
            reviewed=found.card.reviewed,
            as_of=found.card.as_of,
            layer=found.card.layer,
        )
        for number, found in enumerate(cited, start=1)
    )
