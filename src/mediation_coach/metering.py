"""What the language-model chain counts, for `/metrics`: numbers, and reasons in a word. Never who, never where, never a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mediation_coach.answering.llm import ModelAnswerer


class ModelMeter(Collector):
    """Reads the chain's own counts each time someone asks for the metrics."""

    def __init__(self, answerer: ModelAnswerer) -> None:
        """Read what `answerer` counts."""
        self._answerer = answerer

    def collect(self) -> Iterable[Metric]:
        """Yield every count as it stands."""
        usage = self._answerer.usage
        yield _counter("calls", "Calls to the model.", usage.calls)
        yield _counter("call_seconds", "Seconds that calls to the model took.", usage.seconds)
        yield _counter("retries", "Calls that were tried again.", usage.retries)
        yield _counter("failures", "Calls that came to nothing.", by=("kind", usage.faults))
        yield _counter("tokens", "Tokens.", by=("way", {"in": usage.tokens_in, "out": usage.tokens_out}))
        yield _counter("answers_written", "Answers that the model wrote.", usage.written)
        yield _counter("answers_replaced", "Answers the library gave instead.", by=("reason", usage.why))
        yield _counter("sentences_kept", "Sentences that their passages carry.", usage.kept)
        yield _counter("sentences_dropped", "Sentences that were not shown.", by=("reason", usage.unfit))
        yield _counter("invented_citations", "Sentences dropped for a passage that does not exist.", usage.invented)
        yield _gauge("calls_busy", "Questions that hold one of the slots for calls.", usage.busy)
        yield _gauge("calls_waiting", "Questions that wait for a slot.", usage.waiting)
        yield _gauge("resting", "1 while no call is made, because several failed in a row.", self._answerer.resting)


def _counter(name: str, says: str, value: float = 0, *, by: tuple[str, Mapping[str, int]] | None = None) -> Metric:
    if by is None:
        return CounterMetricFamily(f"coach_model_{name}", says, value=value)
    label, counts = by
    family = CounterMetricFamily(f"coach_model_{name}", says, labels=[label])
    for key, count in counts.items():
        family.add_metric([key], count)
    return family


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"coach_model_{name}", says, value=value)
