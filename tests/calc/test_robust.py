"""What many calculations share: robust figures, a line, ranks, a Gaussian belief, columns."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from f1lab.calc.basis import dirty_air_share, side_by_side
from f1lab.calc.prior import GaussianPrior
from f1lab.calc.race_state import START_FUEL_KG, crew_time_s, start_fuel_kg
from f1lab.calc.robust import auc, huber_distance, median_error, repetition, robust_sd, theil_line
from f1lab.errors import NotEnoughLaps

values = arrays.arrays(float, st.integers(2, 40), elements=st.floats(-100, 100, width=32))


@given(values, st.floats(-50, 50), st.floats(0.1, 10))
def test_the_spread_takes_shifts_and_units(x, shift, unit):
    assert robust_sd(unit * x + shift) == pytest.approx(unit * robust_sd(x), abs=1e-9)


def test_the_spread_of_normal_values_is_their_standard_deviation():
    x = np.random.default_rng(0).normal(0, 3.0, 100_000)
    assert robust_sd(x) == pytest.approx(3.0, rel=0.01)


def test_the_error_of_a_median_is_what_medians_scatter_by():
    medians = np.median(np.random.default_rng(0).normal(0, 2.0, (4000, 101)), axis=1)
    assert median_error(2.0, 101) == pytest.approx(medians.std(), rel=0.04)


@given(values)
def test_distances_grow_with_the_residual_and_are_one_near_by(x):
    distance = huber_distance(x, 2.0)
    assert np.all(distance[np.abs(x) <= 2.0] == 1)
    assert np.all(np.diff(distance[np.argsort(np.abs(x))]) >= 0)
    # doubled far out, it weighs half
    assert np.all(huber_distance(2 * x, 2.0) <= 2 * distance)


def test_a_line_leaves_out_the_odd_points():
    x = np.arange(20.0)
    y = 3.8 + 0.14 * x
    y[[2, 7, 11]] += 30.0
    level, slope = theil_line(x, y)
    assert (level, slope) == pytest.approx((3.8, 0.14), abs=0.02)


def test_a_line_needs_two_places():
    with pytest.raises(NotEnoughLaps, match="no two apart"):
        theil_line([2.0, 2.0], [1.0, 3.0])


@pytest.mark.parametrize(("r", "times"), [(0.0, 1.0), (0.5, 3.0), (0.9, 4.0)])
def test_laps_that_repeat_each_other_count_for_fewer(r, times):
    rng = np.random.default_rng(0)
    z = np.zeros(40_000)
    for i, noise in enumerate(rng.standard_normal(len(z) - 1)):
        z[i + 1] = r * z[i] + np.sqrt(1 - r**2) * noise
    found = repetition(z, np.ones(len(z) - 1, dtype=bool), 0.6)
    assert found == pytest.approx(times, rel=0.05)


def test_laps_without_a_residual_repeat_nothing():
    assert repetition(np.zeros(50), np.ones(49, dtype=bool), 0.6) == 1.0


def test_auc_counts_pairs():
    rng = np.random.default_rng(3)
    score, happened = rng.integers(0, 8, 60), rng.random(60) < 0.3
    pairs = itertools.product(score[happened], score[~happened])
    by_hand = np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs])
    assert auc(score, happened) == pytest.approx(by_hand)


@pytest.mark.parametrize("happened", [[True, True], [False, False]])
def test_auc_of_one_kind_is_no_number(happened):
    assert np.isnan(auc([0.1, 0.2], happened))


def test_beliefs_of_one_sum_add_up_by_their_precision():
    prior = GaussianPrior(3)
    prior.believe({0: 1.0}, 2.0, 1.0)
    prior.believe({0: 1.0}, 5.0, 0.5)
    prior.believe({1: 0.5, 2: 0.5}, 1.0, 0.1)
    prior.believe({1: 1.0, 2: -1.0}, 4.0, 0.1)
    mean = np.linalg.solve(prior.precision, prior.shift)
    assert mean == pytest.approx([(2.0 + 4 * 5.0) / 5, 3.0, -1.0])


def test_columns_stand_where_their_slice_says():
    parts = {"a": np.ones((4, 2)), "b": np.full((4, 1), 2.0), "c": np.full((4, 3), 3.0)}
    blocks, matrix = side_by_side(parts)
    assert matrix.shape == (4, 6)
    for name, own in parts.items():
        assert np.array_equal(matrix[:, blocks[name]], own)


@given(values, st.floats(0.1, 5))
def test_dirty_air_fades_to_nothing_at_its_reach(gap, reach):
    share = dirty_air_share(np.abs(gap), reach)
    assert np.all((share >= 0) & (share <= 1))
    assert np.all(share[np.abs(gap) >= reach] == 0)
    assert np.all(np.diff(share[np.argsort(np.abs(gap))]) <= 0)


def test_a_slower_stop_is_never_quicker_and_none_is_beyond_the_longest():
    u = np.linspace(0.001, 0.9999, 500)
    time_s = crew_time_s(u / (1 - u), 0.6, 1.6, 12.0)
    assert np.all(np.diff(time_s) >= 0)
    assert time_s[-1] == 12.0
    assert np.interp(0.5, u, time_s) == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize(
    ("year", "kg"), [(1995, 100.0), (2014, 100.0), (2018, 105.0), (2019, 110.0), (2030, 110.0)]
)
def test_the_start_load_is_the_latest_rule_known(year, kg):
    assert start_fuel_kg(year) == kg
    assert kg in START_FUEL_KG.values()
