"""What is counted: how much, how fast, how often something failed. Never who, never where."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """The counters of one service, in a registry of their own."""

    def __init__(self) -> None:
        """Begin at zero."""
        registry = self.registry = CollectorRegistry()
        self.events = Counter(
            "coach_events", "Events by what was done with them.", ["adapter", "result"], registry=registry
        )
        self.answers = Histogram(
            "coach_answer_seconds",
            "From writing an event down to its answer being written down.",
            registry=registry,
            buckets=_SECONDS,
        )
        self.failures = Counter(
            "coach_answer_failures", "Attempts at an answer that raised.", ["error"], registry=registry
        )
        self.replies = Counter(
            "coach_replies",
            "Attempts at sending by what became of them.",
            ["adapter", "kind", "fate"],
            registry=registry,
        )
        self.sending = Histogram(
            "coach_delivery_seconds",
            "From a reply being due to its being sent.",
            ["adapter"],
            registry=registry,
            buckets=_SECONDS,
        )
        self.looked_up = Counter(
            "coach_look_ups", "Looks for a message before a second attempt.", ["adapter", "found"], registry=registry
        )
        self.leases_lost = Counter(
            "coach_leases_lost", "Work whose lease another worker had taken.", ["what"], registry=registry
        )
        self.backlog = Gauge("coach_events_waiting", "Events not answered yet.", registry=registry)
        self.outbox = Gauge("coach_outbox", "Replies in the outbox by state.", ["state"], registry=registry)
        self.lag = Gauge("coach_scheduler_lag_seconds", "How late the newest tick was.", registry=registry)
        self.jobs = Counter("coach_jobs", "Scheduled jobs by result.", ["job", "result"], registry=registry)
        self.restarts = Counter(
            "coach_adapter_restarts", "Adapters that stopped and were started again.", ["adapter"], registry=registry
        )

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self.registry)
