"""What a model may cost: limits by the day, and a breaker that gives a struggling provider rest."""

from __future__ import annotations

import time

from mediation_coach.answering.spending import DAY, Breaker, Limits, Usage


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_what_is_reserved_counts_until_it_is_settled() -> None:
    limits = Limits(person=100, workspace=150, clock=Clock())
    first = await limits.reserve("a", "w", 80)
    assert first is not None
    assert await limits.reserve("a", "w", 30) is None
    first.settle(10)
    assert limits.spent("person", "a") == limits.spent("workspace", "w") == 10
    assert await limits.reserve("a", "w", 30) is not None


async def test_a_workspace_has_a_limit_of_its_own() -> None:
    limits = Limits(person=100, workspace=150, clock=Clock())
    assert await limits.reserve("a", "w", 90) is not None
    assert await limits.reserve("b", "w", 90) is None
    assert limits.passed("workspace", "w", 90)
    assert not limits.passed("person", "b", 90)
    assert await limits.reserve("b", "other", 90) is not None


async def test_a_new_day_begins_with_nothing_spent_and_yesterdays_call_does_not_count() -> None:
    clock = Clock()
    limits = Limits(person=100, workspace=0, clock=clock)
    late = await limits.reserve("a", "w", 90)
    clock.now += DAY
    assert late is not None
    late.settle(95)
    assert limits.spent("person", "a") == 0
    assert await limits.reserve("a", "w", 90) is not None


async def test_zero_is_no_limit() -> None:
    limits = Limits(person=0, workspace=0, clock=Clock())
    assert await limits.reserve("a", "w", 10**9) is not None


async def test_counting_costs_no_time_that_anyone_would_notice() -> None:
    limits = Limits(person=10**9, workspace=10**9)
    started = time.perf_counter()
    for n in range(2000):
        reservation = await limits.reserve(f"p{n % 50}", "w", 10)
        assert reservation is not None
        reservation.settle(5)
    assert (time.perf_counter() - started) / 2000 < 0.001


def test_the_breaker_opens_after_failures_in_a_row_and_lets_one_call_try() -> None:
    clock = Clock()
    breaker = Breaker(failures=3, seconds=60, clock=clock)
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(3):
        assert breaker.enter()
        breaker.failed()
    assert not breaker.enter()
    clock.now += 61
    assert breaker.enter()
    assert not breaker.enter()
    breaker.succeeded()
    assert breaker.enter()


def test_shares_and_cost_are_plain_numbers() -> None:
    usage = Usage(answers=4, replaced=1, kept=9, dropped=1, tokens_in=1_000_000, tokens_out=100_000)
    assert (usage.replaced_share, usage.supported_share, usage.cost(1, 10)) == (0.25, 0.9, 2.0)
    assert usage.summary(1, 10)["cost_per_answer"] == 0.5
    assert usage.summary()["tokens_per_answer"] == 275_000
    assert (Usage().replaced_share, Usage().supported_share) == (0.0, 0.0)
