"""Metrics against cases worked out by hand and against their definitions spelled out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from f1lab.backtest.metrics import (
    median_position,
    position_table,
    ranked_probability,
    reliability,
    rmse,
    spearman,
    squared_error,
    within,
)


def permutations(n, races, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(n) + 1 for _ in range(races)])


def test_a_position_table_is_doubly_stochastic():
    table = position_table(permutations(20, 300))
    assert table.sum(axis=0) == pytest.approx(np.ones(20))
    assert table.sum(axis=1) == pytest.approx(np.ones(20))


def test_a_position_table_counts_each_place():
    table = position_table(np.array([[1, 2, 3], [2, 1, 3], [1, 3, 2], [1, 2, 3]]))
    assert table.tolist() == [[0.75, 0.25, 0], [0.25, 0.5, 0.25], [0, 0.25, 0.75]]


def test_places_among_some_keep_their_order():
    places = np.array([[4, 1, 3, 2], [1, 2, 3, 4]])
    assert within(places, np.array([True, False, True, True])).tolist() == [[3, 2, 1], [1, 2, 3]]


@given(st.integers(1, 8), st.integers(0, 1000))
def test_no_other_place_has_a_smaller_mean_error_than_the_median(n, seed):
    p = np.random.default_rng(seed).dirichlet(np.ones(n))
    places = np.arange(1, n + 1)
    error = [(p * np.abs(places - k)).sum() for k in places]
    found = int(median_position(p[None, :])[0])
    assert error[found - 1] == pytest.approx(min(error))


def test_the_median_of_a_tie_is_the_better_place():
    assert median_position(np.array([[0.5, 0.5]])).tolist() == [1]


def test_brier_is_the_squared_distance():
    p, happened = np.array([0.9, 0.2, 0.5]), np.array([True, True, False])
    assert squared_error(p, happened) == pytest.approx([0.01, 0.64, 0.25])


def test_ranked_probability_by_its_definition():
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(5), size=5)
    finish = np.array([3, 1, 5, 2, 4])
    by_hand = [
        np.mean([(sum(row[:k]) - (place <= k)) ** 2 for k in range(1, 5)])
        for row, place in zip(p, finish, strict=True)
    ]
    assert ranked_probability(p, finish) == pytest.approx(by_hand)


def test_ranked_probability_of_certainty():
    sure = np.eye(4)
    assert ranked_probability(sure, np.array([1, 2, 3, 4])).tolist() == [0, 0, 0, 0]
    assert ranked_probability(sure[[3]], np.array([1])).tolist() == [1]


def test_spearman_agrees_with_scipy_ties_and_all():
    rng = np.random.default_rng(2)
    for _ in range(20):
        x, y = rng.integers(0, 6, 12), rng.permutation(12)
        assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic)


def test_spearman_of_one_tie_is_no_number():
    assert np.isnan(spearman([1, 1, 1], [1, 2, 3]))


def test_rmse():
    assert rmse(np.array([3.0, -4.0])) == pytest.approx(np.sqrt(12.5))


def test_reliability_by_hand():
    p = np.array([0.0, 0.05, 0.1, 0.55, 0.55, 1.0])
    happened = np.array([False, True, False, True, True, True])
    table = reliability(p, happened)
    assert table.count == (2, 1, 0, 0, 0, 2, 0, 0, 0, 1)
    assert table.foreseen[0] == pytest.approx(0.025)
    assert table.happened[0] == pytest.approx(0.5)
    assert table.foreseen[5] == pytest.approx(0.55)
    assert table.happened[5] == pytest.approx(1.0)
    assert table.error[5] == pytest.approx(np.sqrt(2 * 0.55 * 0.45) / 2)
    assert table.foreseen[2] is None
    assert table.happened[2] is None
    assert (table.foreseen[9], table.happened[9]) == (1.0, 1.0)


def test_the_worst_gap_asks_for_enough_cases():
    table = reliability(np.array([0.05, 0.05, 0.55]), np.array([False, False, True]))
    assert table.worst_gap(2) == pytest.approx(0.05)
    assert table.worst_gap(1) == pytest.approx(0.45)
    assert table.worst_gap(9) is None


def test_true_chances_come_out_reliable():
    rng = np.random.default_rng(4)
    p = rng.random(50_000)
    table = reliability(p, rng.random(50_000) < p)
    assert table.worst_gap(1000) < 0.03
    gaps = [
        abs(a - b) / e for a, b, e in zip(table.foreseen, table.happened, table.error, strict=True)
    ]
    assert max(gaps) < 4


def test_twisted_chances_come_out_unreliable():
    rng = np.random.default_rng(5)
    p = rng.random(50_000)
    table = reliability(p**2, rng.random(50_000) < p)
    assert table.worst_gap(1000) > 0.15
