"""How well a language model keeps to the library, measured on the golden questions: what it is trusted with, and what it costs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mediation_coach.answering.spending import Usage
from mediation_coach.answering.support import invented
from mediation_coach.evaluation import Golden, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFigures:
    """Shares are 0 to 1, times in seconds from the question to the answer, cost in the operator's currency.

    `invented_shown` counts statements of answers that cite nothing or a passage that does not exist: it must be none.
    `invented_in_drafts` counts what the model invented and the check dropped.
    """

    answers: int
    calls: int
    sentences: int
    supported: float
    dropped: Mapping[str, int]
    replaced: float
    reasons: Mapping[str, int]
    invented_shown: int
    invented_in_drafts: int
    tokens_in: float
    tokens_out: float
    cost: float
    p50: float
    p95: float


def spread(golden: Sequence[Golden], limit: int) -> list[Golden]:
    """Return at most `limit` questions, taken evenly from the whole set; 0 is no limit."""
    if not limit or limit >= len(golden):
        return list(golden)
    return [golden[n * len(golden) // limit] for n in range(limit)]


def model_figures(
    results: Sequence[Result], usage: Usage, known: Collection[str], *, price_in: float = 0, price_out: float = 0
) -> ModelFigures:
    """Return the figures of a model over `results`; `known` are the ids of the library's passages, prices are per million."""
    answers = [r for r in results if r.answer]
    times = sorted(r.milliseconds / 1000 for r in answers) or [0.0]
    asked = max(1, usage.answers)
    return ModelFigures(
        answers=usage.answers,
        calls=usage.calls,
        sentences=usage.kept + usage.dropped,
        supported=usage.supported_share,
        dropped=dict(usage.unfit.most_common()),
        replaced=usage.replaced_share,
        reasons=dict(usage.why.most_common()),
        invented_shown=sum(invented(r.answer, known) for r in answers if r.answer),
        invented_in_drafts=usage.invented,
        tokens_in=usage.tokens_in / asked,
        tokens_out=usage.tokens_out / asked,
        cost=usage.cost(price_in, price_out) / asked,
        p50=times[len(times) // 2],
        p95=times[min(len(times) - 1, int(len(times) * 0.95))],
    )


def as_text(found: ModelFigures) -> str:
    """Return the figures as a short table."""
    return "\n".join(
        (
            f"asked of the model   {found.answers} answers, {found.calls} calls",
            f"sentences supported  {found.supported:.3f} of {found.sentences}{_counts('dropped', found.dropped)}",
            f"answers replaced     {found.replaced:.3f}{_counts('because', found.reasons)}",
            f"invented citations   {found.invented_shown} shown, {found.invented_in_drafts} dropped from drafts",
            f"tokens an answer     {found.tokens_in:.0f} read, {found.tokens_out:.0f} written; cost {found.cost:.5f}",
            f"seconds an answer    p50 {found.p50:.1f}, p95 {found.p95:.1f}",
        )
    )


def _counts(what: str, counts: Mapping[str, int]) -> str:
    return f"; {what}: " + ", ".join(f"{name} {n}" for name, n in counts.items()) if counts else ""
