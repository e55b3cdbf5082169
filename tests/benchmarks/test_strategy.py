"""How long a strategy takes to be found, and to be found again during the race."""

from __future__ import annotations

import pytest

from f1lab.strategy.known import field_of
from f1lab.strategy.optimizer import optimize

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("driver", "at_lap"),
    [("SAI", 0), ("SAI", 18)],
    ids=["whole race, target 2 s", "from lap 18, target 0.5 s"],
)
def test_optimize(benchmark, weekends, driver, at_lap):
    """Ranking, regrets and windows; the engine is compiled and the field is there."""
    field = field_of(weekends(2023, "Italian"), at_lap)
    report = benchmark.pedantic(optimize, args=(field, driver), rounds=5, warmup_rounds=1)
    assert report.ranking


def test_with_tables(benchmark, weekends):
    """The same with undercuts and safety-car calls, as the command line shows it."""
    field = field_of(weekends(2023, "Italian"), 18)
    keywords = {"tables": True}
    report = benchmark.pedantic(
        optimize, args=(field, "SAI"), kwargs=keywords, rounds=3, warmup_rounds=1
    )
    assert report.safety_car
