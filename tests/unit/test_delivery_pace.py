"""Token buckets and back-off."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mediation_coach.delivery.pace import Buckets, PlatformPace, back_off
from mediation_coach.delivery.settings import Pace
from tests.fakes import NOW, room

SECOND = timedelta(seconds=1)


def test_a_burst_goes_at_once_and_then_at_the_pace() -> None:
    buckets = Buckets(1, 3)
    for _ in range(3):
        assert not buckets.wait("x", NOW)
        buckets.take("x", NOW)
    assert buckets.wait("x", NOW) == SECOND
    assert not buckets.wait("y", NOW)
    assert not buckets.wait("x", NOW + SECOND)


def test_without_a_rate_nothing_waits() -> None:
    buckets = Buckets(0, 1)
    for _ in range(100):
        buckets.take("x", NOW)
    assert not buckets.wait("x", NOW)


def test_a_platform_that_asks_for_rest_gets_it() -> None:
    for rate in (0, 5):
        buckets = Buckets(rate, 4)
        buckets.empty("x", NOW + 7 * SECOND)
        assert buckets.wait("x", NOW) == 7 * SECOND
        assert not buckets.wait("x", NOW + 7 * SECOND)


def test_rest_holds_for_the_workspace_and_not_for_others() -> None:
    pace = PlatformPace({"fake": Pace(conversation_per_second=1, conversation_burst=1)})
    pace.rest(room("a"), NOW + SECOND)
    assert pace.wait(room("b"), NOW) == SECOND
    assert not pace.wait(room("a", workspace="other"), NOW)


def test_the_pace_is_of_a_room_whatever_the_thread() -> None:
    pace = PlatformPace({"fake": Pace(conversation_per_second=1, conversation_burst=1)})
    pace.take(room("a"), NOW)
    assert pace.wait(room("a"), NOW) == SECOND
    assert not pace.wait(room("b"), NOW)


@given(st.lists(st.floats(0, 3), max_size=60), st.floats(0.1, 50), st.integers(1, 10))
def test_never_more_than_burst_and_rate_allow(gaps: list[float], rate: float, burst: int) -> None:
    buckets, now, taken = Buckets(rate, burst), NOW, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        if not buckets.wait("x", now):
            buckets.take("x", now)
            taken.append(now)
    for n, start in enumerate(taken):
        for m in range(n, len(taken)):
            assert m - n + 1 <= burst + (taken[m] - start).total_seconds() * rate + 1.01


def test_back_off_doubles_up_to_its_limit() -> None:
    assert [back_off(n, 10, 0) / SECOND for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]
    assert back_off(5, 10, 1) == timedelta(seconds=7.5)
    assert back_off(10_000, 900, 0) == timedelta(seconds=900)
