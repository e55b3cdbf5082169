"""The programme over plans is exact: it agrees with trying every plan."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.strategy.plans import Stint, best_plan, driven_plan, plan_cost_s

ALL = COMPOUNDS[:5]


def brute_force(cost, stop_s, racing, oldest, compounds, *, two_compounds=True):
    """Cost of the best of all plans, one by one."""
    n_laps, best = len(racing), np.inf
    for stops in range(n_laps):
        for cuts in combinations(range(1, n_laps), stops):
            edges = [0, *cuts, n_laps]
            for tyres in product(compounds, repeat=stops + 1):
                dry = set(tyres) & set(DRY_COMPOUNDS)
                if two_compounds and len(dry) < 2 and len(dry) == len(set(tyres)):
                    continue
                stints = [Stint(name, edges[i] + 1, edges[i + 1]) for i, name in enumerate(tyres)]
                raced = [racing[s.first - 1 : s.last].sum() for s in stints]
                if any(
                    n > oldest[ALL.index(s.compound)] for n, s in zip(raced, stints, strict=True)
                ):
                    continue
                best = min(best, plan_cost_s(stints, cost, stop_s, racing))
    return best


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    compounds=st.sets(st.sampled_from(ALL), min_size=2, max_size=3),
    stop_s=st.floats(0.0, 8.0),
    two=st.booleans(),
)
def test_programme_equals_brute_force(seed, compounds, stop_s, two):
    rng = np.random.default_rng(seed)
    n_laps = 5
    cost = np.full((1, n_laps, 5, n_laps + 1), np.inf)
    for name in compounds:
        cost[0, :, ALL.index(name)] = np.cumsum(rng.random((n_laps, n_laps + 1)), axis=-1)
    racing = rng.random(n_laps) > 0.25
    oldest = [5.0] * 5
    expected = brute_force(cost[0], stop_s, racing, oldest, sorted(compounds), two_compounds=two)
    plan, least = best_plan(cost, stop_s, racing, oldest, two_compounds=two)
    assert least[0] == pytest.approx(expected, abs=1e-9)
    assert plan_cost_s(plan.stints, cost[0], stop_s, racing) == pytest.approx(expected, abs=1e-9)


def test_every_draw_gets_its_own_least_cost():
    rng = np.random.default_rng(1)
    cost = np.cumsum(rng.random((3, 6, 5, 7)), axis=-1)
    stops = np.array([1.0, 2.0, 3.0])
    racing = np.ones(6, dtype=bool)
    _, together = best_plan(cost, stops, racing, [9] * 5)
    alone = [best_plan(cost[i : i + 1], stops[i], racing, [9] * 5)[1][0] for i in range(3)]
    assert together == pytest.approx(alone)


def test_no_set_is_driven_longer_than_it_lasts():
    cost = np.zeros((1, 20, 5, 21))
    plan, _ = best_plan(cost, 5.0, np.ones(20, dtype=bool), [6, 9, 12, 0, 0])
    longest = {"SOFT": 6, "MEDIUM": 9, "HARD": 12}
    assert all(s.last - s.first + 1 <= longest[s.compound] for s in plan.stints)
    assert len({s.compound for s in plan.stints}) >= 2


def test_one_dry_compound_alone_is_no_plan():
    cost = np.zeros((1, 8, 5, 9))
    with pytest.raises(ValueError, match="tyre rules"):
        best_plan(cost, 5.0, np.ones(8, dtype=bool), [0, 9, 0, 0, 0])


def test_start_tyre_can_be_given():
    cost = np.zeros((1, 8, 5, 9))
    plan, _ = best_plan(cost, 5.0, np.ones(8, dtype=bool), [9] * 5, start="HARD")
    assert plan.stints[0].compound == "HARD"


def test_driven_plan_reads_stints_off_the_laps():
    plan = driven_plan(["SOFT"] * 3 + ["HARD"] * 2, [1, 1, 1, 2, 2], [4, 5, 6, 1, 2])
    assert plan.stints == (Stint("SOFT", 1, 3, 3.0), Stint("HARD", 4, 5, 0.0))
    assert str(plan) == "SOFT → lap 3 HARD"
