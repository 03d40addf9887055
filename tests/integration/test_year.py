from __future__ import annotations

import pytest

from mediation_coach.knowledge.plans import read_plans
from tests.shipped import KNOWLEDGE
from tests.year import Year

PLAN = read_plans(KNOWLEDGE)["standard"]


@pytest.mark.timeout(150)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_of_ten_thousand_alumni_asks_everyone_once_and_disturbs_no_one(seed: int) -> None:
    counts = Year(PLAN, people=10_000, seed=seed).run()
    assert counts.faults == dict.fromkeys(counts.faults, 0)
    assert counts.asked > 20_000
    assert counts.nudged > 5_000
    assert counts.crashes > 1_000
    assert counts.held_back > 100
    assert counts.stopped > 500


def test_the_same_seed_gives_the_same_year() -> None:
    assert Year(PLAN, people=100, seed=9).run() == Year(PLAN, people=100, seed=9).run()
