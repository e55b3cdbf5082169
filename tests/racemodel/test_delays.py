"""Noise plus a one-sided delay: the closed forms agree with brute integration and sampling."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

from f1lab.racemodel.delays import CAUSES, Odds, expected_delays, sample_delays


def odds(n, *, traffic=0.0, yellow=0.0, incident=0.01, sigma=0.4):
    chances = (np.full(n, share) for share in (incident, traffic, yellow))
    return Odds(np.full(n, sigma), *chances, np.full(n, 0.5), 1.0)


def mistake_density(seconds):
    """Four in five level up to 3 s, the fifth at the level that fills 8 s, without end."""
    return 0.8 / 3 * (seconds <= 3) + 0.2 / 8


@pytest.mark.parametrize("residual", [-0.8, 0.0, 0.7, 2.5])
def test_held_up_time_is_the_mean_of_its_posterior(residual):
    """Exponential delay given that noise plus delay came to the residual."""

    def density(x):
        return norm.pdf(residual - x, scale=0.4) * np.exp(-x / 0.5) / 0.5

    mass, _ = integrate.quad(density, 0, 20, points=[max(residual, 0.01)])
    mean = integrate.quad(lambda x: x * density(x), 0, 20, points=[max(residual, 0.01)])[0] / mass
    found = expected_delays(np.array([residual]), odds(1, traffic=1 - 1e-12, incident=1e-12))
    cause = CAUSES.index("traffic")
    assert found.probability[0, cause] == pytest.approx(1.0, abs=1e-6)
    assert found.mean[0, cause] == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize("residual", [-1.0, 0.0, 0.8, 1.3, 2.4, 3.0, 3.6, 5.0])
def test_a_mistake_is_the_mean_of_its_posterior(residual):
    edges = [0, 3, max(residual, 0.01)]

    def integral(power):
        def density(x):
            return x**power * norm.pdf(residual - x, scale=0.4) * mistake_density(x)

        return integrate.quad(density, 0, 12, points=edges, limit=200)[0]

    share = 0.05
    none = (1 - share) * norm.pdf(residual, scale=0.4)
    whole = none + share * integral(0)
    found = expected_delays(np.array([residual]), odds(1, incident=share))
    cause = CAUSES.index("incident")
    assert found.probability[0, cause] == pytest.approx(share * integral(0) / whole, rel=1e-5)
    assert found.mean[0, cause] == pytest.approx(share * integral(1) / whole, rel=1e-5)
    second = share * integral(2) / whole
    assert found.variance[0] == pytest.approx(second - found.mean[0, cause] ** 2, rel=1e-4)


@pytest.mark.parametrize("residual", [-60.0, 60.0])
def test_far_out_everything_stays_finite(residual):
    found = expected_delays(np.array([residual]), odds(1, traffic=0.5, yellow=0.5))
    assert np.isfinite(found.mean).all()
    assert found.variance[0] >= 0
    assert found.mean.sum() == pytest.approx(max(residual, 0.0), abs=0.01)


def test_a_big_mistake_is_the_whole_residual():
    found = expected_delays(np.array([8.0]), odds(1))
    assert found.mean[0, CAUSES.index("incident")] == pytest.approx(8.0, abs=1e-6)


def test_a_quick_lap_holds_no_delay():
    found = expected_delays(np.array([-1.5]), odds(1, traffic=0.5, yellow=0.5))
    assert found.mean.sum() < 0.1


def test_no_cause_but_the_open_ones():
    found = expected_delays(np.linspace(-1, 5, 50), odds(50))
    closed = [CAUSES.index("traffic"), CAUSES.index("yellow")]
    assert (found.probability[:, closed] == 0).all()


@pytest.mark.parametrize("incident", [0.01, 0.4])
def test_samples_have_the_expected_mean(incident):
    residual = np.array([-0.5, 0.3, 1.2, 4.0])
    table = odds(4, traffic=0.5, incident=incident)
    expected = expected_delays(residual, table)
    drawn = sample_delays(np.broadcast_to(residual, (40_000, 4)), table, np.random.default_rng(0))
    assert drawn.mean(axis=0) == pytest.approx(expected.mean, abs=0.02)
    assert (drawn >= 0).all()


def test_scatter_keeps_closed_causes_closed():
    table = odds(3).scattered(50, np.random.default_rng(0))
    assert (table.traffic == 0).all()
