"""The engine's random numbers: uniform, normal, independent from key to key, and repeatable."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import stats

from f1lab.engine.random import NOISE, PASS, bits, normal, race_key, uniform

N = 60_000
ALONG = ("seed", "race", "car", "lap", "purpose")


@njit
def _numbers(seed, race, car, lap, purpose, gaussian):
    out = np.empty(len(seed))
    for i in range(len(seed)):
        z = bits(race_key(seed[i], race[i]), car[i], lap[i], purpose[i])
        out[i] = normal(z) if gaussian else uniform(z)
    return out


@njit
def _uniform_of(z):
    return uniform(z)


def numbers(*, gaussian=False, **at):
    size = max(np.size(values) for values in at.values())
    key = {"seed": 3, "race": 11, "car": 4, "lap": 20, "purpose": NOISE} | at
    arrays = [np.broadcast_to(np.asarray(key[name], np.int64), size).copy() for name in ALONG]
    return _numbers(*arrays, gaussian)


@pytest.mark.parametrize("along", ALONG)
def test_numbers_of_neighbouring_keys_are_uniform_and_independent(along):
    u = numbers(**{along: np.arange(N)})
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    table = np.histogram2d(u[:-1], u[1:], bins=12, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(table.ravel()).pvalue > 1e-4
    for step in (1, 2, 20):
        assert abs(np.corrcoef(u[:-step], u[step:])[0, 1]) < 4.5 / np.sqrt(N)


@pytest.mark.parametrize("pair", [("race", "car"), ("car", "lap"), ("lap", "purpose")])
def test_numbers_of_two_keys_that_trade_places_are_independent(pair):
    a = np.arange(N) % 240
    b = np.arange(N) // 240
    one = numbers(**{pair[0]: a, pair[1]: b + 300})
    other = numbers(**{pair[0]: b + 300, pair[1]: a})
    assert abs(np.corrcoef(one, other)[0, 1]) < 4.5 / np.sqrt(N)
    assert not np.any(one == other)


def test_sums_over_a_race_scatter_as_independent_numbers_would():
    laps, races = 57, 4000
    race, lap = np.divmod(np.arange(laps * races), laps)
    sums = numbers(gaussian=True, race=race, lap=lap).reshape(races, laps).sum(axis=1)
    assert stats.kstest(sums / np.sqrt(laps), "norm").pvalue > 1e-4


def test_normals_have_the_moments_of_the_normal_distribution():
    n = 1_000_000
    x = numbers(gaussian=True, race=np.arange(n) // 1000, lap=np.arange(n) % 1000)
    assert stats.kstest(x, "norm").pvalue > 1e-4
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10170)):
        assert (x**power).mean() == pytest.approx(mean, abs=4.5 * np.sqrt(variance / n))


@pytest.mark.parametrize("beyond", [2.0, 3.0, 3.6541528853610088, 4.2])
@pytest.mark.parametrize("side", [-1, 1])
def test_normals_have_the_tails_of_the_normal_distribution(beyond, side):
    n = 2_000_000
    x = numbers(gaussian=True, race=np.arange(n) // 1000, lap=np.arange(n) % 1000) * side
    count = int((x > beyond).sum())
    assert stats.binomtest(count, n, stats.norm.sf(beyond)).pvalue > 1e-4


def test_uniforms_are_never_nought_or_one():
    assert 0 < _uniform_of(np.uint64(0)) < 1e-15
    assert 1 - 1e-15 < _uniform_of(np.uint64(2**64 - 1)) < 1


def test_a_key_always_gives_the_same_number():
    once = numbers(race=np.arange(100), purpose=PASS)
    again = numbers(race=np.arange(100)[::-1], purpose=PASS)[::-1]
    assert np.array_equal(once, again)
    assert len(np.unique(once)) == 100
