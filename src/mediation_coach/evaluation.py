"""How good the coach is, measured on golden questions that were written apart from the cards."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mediation_coach.coach.dialogue import Dialogue
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person, Reply, ReplyKind
from mediation_coach.domain.guidance import OUT_OF_SCOPE, Answer, Skill
from mediation_coach.errors import ContentError
from mediation_coach.ports import Retriever

CLARIFIED = "clarified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A question with the skills and cards that a senior colleague would accept."""

    id: str
    text: str
    skill: str
    also: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    language: str = "en"
    kind: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the coach did with one golden question."""

    golden: Golden
    skill: str
    runner_up: str | None
    ranked: tuple[str, ...]
    reply: Reply | None
    answer: Answer | None
    milliseconds: float

    @property
    def routed(self) -> bool:
        """Whether the skill is the expected one, or one that is also accepted."""
        return self.skill == self.golden.skill or self.skill in self.golden.also

    @property
    def refused(self) -> bool:
        """Whether the coach said that its library has nothing on this."""
        return self.skill == OUT_OF_SCOPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures that have floors. Shares are 0 to 1, times in milliseconds."""

    questions: int
    routing: float
    strict_routing: float
    outside_precision: float
    outside_recall: float
    hit1: float
    hit3: float
    cited: float
    dimensions: float
    p50: float
    p95: float
    confusion: Mapping[tuple[str, str], int] = field(default_factory=dict)


def read_golden(path: Path) -> list[Golden]:
    """Return the golden questions of a JSON Lines file.

    Raises:
        ContentError: the file is missing, or a line is not usable.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise ContentError(f"there is no readable golden set at {path}; name one") from exc
    golden: list[Golden] = []
    for number, line in enumerate(lines, start=1):
        try:
            raw: dict[str, Any] = json.loads(line)
            golden.append(
                Golden(
                    id=str(raw["id"]),
                    text=str(raw["text"]),
                    skill=str(raw["skill"]),
                    also=tuple(raw.get("also", ())),
                    cards=tuple(raw.get("cards", ())),
                    language=str(raw.get("language", "en")),
                    kind=str(raw.get("kind", "plain")),
                )
            )
        except (ValueError, KeyError, TypeError) as exc:
            raise ContentError(f"{path}:{number}: not a golden question; give id, text, skill and cards") from exc
    return golden


async def ask_all(
    dialogue: Dialogue,
    retriever: Retriever,
    golden: Iterable[Golden],
    *,
    at_once: int = 1,
    answered: Callable[[], None] = lambda: None,
) -> list[Result]:
    """Return what the coach does with each question, asked in a conversation of its own; `answered` is called after each."""
    turn = asyncio.Semaphore(at_once)

    async def ask(question: Golden) -> Result:
        async with turn:
            result = await _ask(dialogue, retriever, question)
        answered()
        return result

    return list(await asyncio.gather(*map(ask, golden)))


async def _ask(dialogue: Dialogue, retriever: Retriever, question: Golden) -> Result:
    event = Event(
        id=question.id,
        person=Person(adapter="evaluate", id=question.id),
        conversation=Conversation(adapter="evaluate", room=question.id),
        at=datetime.now(UTC),
        text=question.text,
    )
    start = time.perf_counter()
    reply, state = await dialogue.answer(event, ConversationState())
    took = (time.perf_counter() - start) * 1000
    kind = reply.kind if reply else ReplyKind.PLAIN
    answer = state.last.answer if state.last and kind is ReplyKind.ANSWER else None
    found = await retriever.retrieve(question.text, language=state.language, limit=3)
    skill = answer.skill.value if answer else OUT_OF_SCOPE
    if kind is ReplyKind.EMERGENCY:
        skill = Skill.CRISIS_HANDLING.value
    if kind is ReplyKind.CLARIFY:
        skill = question.skill if any(f.card.id in question.cards for f in found.found) else CLARIFIED
    return Result(
        golden=question,
        skill=skill,
        runner_up=answer.runner_up if answer else None,
        ranked=tuple(f.card.id for f in found.found),
        reply=reply,
        answer=answer,
        milliseconds=took,
    )


def figures(results: Sequence[Result]) -> Figures:
    """Return the figures over `results`.

    A clarifying question counts as routed only if the right card is among its choices. Retrieval is judged for questions in
    scope, whatever the routing did. `cited` is the share of statements in first messages that name a passage of the folder.
    """
    inside = [r for r in results if r.golden.skill != OUT_OF_SCOPE]
    outside = [r for r in results if r.golden.skill == OUT_OF_SCOPE]
    refused = [r for r in results if r.refused]
    statements = [s for r in results if r.answer for s in r.answer.statements()]
    advising = [r.answer for r in results if r.answer and r.answer.advises]
    times = sorted(r.milliseconds for r in results) or [0.0]
    return Figures(
        questions=len(results),
        routing=_share([r.routed for r in inside]),
        strict_routing=_share([r.skill == r.golden.skill for r in inside]),
        outside_precision=_share([r.golden.skill == OUT_OF_SCOPE for r in refused]),
        outside_recall=_share([r.refused for r in outside]),
        hit1=_share([bool(set(r.ranked[:1]) & set(r.golden.cards)) for r in inside]),
        hit3=_share([bool(set(r.ranked[:3]) & set(r.golden.cards)) for r in inside]),
        cited=_share([bool(s.passages) for s in statements]),
        dimensions=_share([not a.missing for a in advising]),
        p50=times[len(times) // 2],
        p95=times[min(len(times) - 1, int(len(times) * 0.95))],
        confusion=Counter((r.golden.skill, r.skill) for r in results),
    )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 1.0


def as_text(found: Figures) -> str:
    """Return the figures as a short table, the confusion table last."""
    names = [*(skill.value for skill in Skill), OUT_OF_SCOPE]
    answers = [*names, CLARIFIED]
    rows = [
        f"questions           {found.questions}",
        f"routing             {found.routing:.3f}  (first choice alone {found.strict_routing:.3f})",
        f"out of scope        precision {found.outside_precision:.3f}, recall {found.outside_recall:.3f}",
        f"retrieval           hit@1 {found.hit1:.3f}, hit@3 {found.hit3:.3f}",
        f"statements cited    {found.cited:.3f}",
        f"ten dimensions      {found.dimensions:.3f}",
        f"answer time         p50 {found.p50:.1f} ms, p95 {found.p95:.1f} ms",
        "",
        "asked \\ answered    " + " ".join(f"{name[:9]:>9}" for name in answers),
    ]
    rows += [
        f"{asked:<19} " + " ".join(f"{found.confusion.get((asked, answer), 0):>9}" for answer in answers)
        for asked in names
    ]
    return "\n".join(rows)


Finds = Callable[[str, str], Sequence[str]]
"""Returns the ids of the first three cards for a text in a language."""


def retrieval_table(golden: Sequence[Golden], ways: Mapping[str, Finds]) -> str:
    """Return hit@1 and hit@3 of several ways of finding cards, by language, for the questions in scope."""
    inside = [g for g in golden if g.skill != OUT_OF_SCOPE]
    languages = list(dict.fromkeys(g.language for g in inside))
    rows = [f"{'hit@1 / hit@3':<24} " + " ".join(f"{language:>13}" for language in languages)]
    for name, find in ways.items():
        cells = []
        for language in languages:
            ranked = [(g, find(g.text, language)) for g in inside if g.language == language]
            hits = [_share([bool(set(ids[:most]) & set(g.cards)) for g, ids in ranked]) for most in (1, 3)]
            cells.append(f"{hits[0]:.3f} / {hits[1]:.3f}")
        rows.append(f"{name:<24} " + " ".join(cells))
    return "\n".join(rows)
