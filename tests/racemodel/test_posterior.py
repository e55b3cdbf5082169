"""The Gaussian core against the textbook: whatever is left out of the sums, the answer is the same."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from f1lab.racemodel.posterior import Posterior

LAPS, COEFFICIENTS = 40, 12


def race(unmet):
    """Laps that meet few coefficients each, and priors that tie all of them together."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(LAPS, COEFFICIENTS)) * (rng.random((LAPS, COEFFICIENTS)) < 0.3)
    x[:, list(unmet)] = 0.0
    root = rng.normal(size=(COEFFICIENTS, COEFFICIENTS))
    prior = SimpleNamespace(
        precision=root @ root.T + np.eye(COEFFICIENTS), shift=rng.normal(size=COEFFICIENTS)
    )
    return prior, x, rng.normal(size=LAPS), rng.uniform(0.1, 2.0, LAPS)


@pytest.mark.parametrize("unmet", [(), (0, 5, 11), range(COEFFICIENTS)])
def test_mean_covariance_and_doubt_are_those_of_the_whole_system(unmet):
    prior, x, y, sigma = race(unmet)
    core, weight = Posterior(prior, x), sigma**-2
    covariance = np.linalg.inv(prior.precision + x.T @ (weight[:, None] * x))
    mean = covariance @ (prior.shift + x.T @ (weight * y))
    np.testing.assert_allclose(core.mean(y, sigma), mean, atol=1e-10)
    np.testing.assert_allclose(core.covariance(weight), covariance, atol=1e-10)
    doubt = np.einsum("ni,ij,nj->n", x, covariance, x)
    np.testing.assert_allclose(core.doubt(weight), doubt, atol=1e-10)
    np.testing.assert_allclose(core.expected_s(mean), x @ mean, atol=1e-10)


def test_without_laps_the_prior_is_left():
    prior, x, y, sigma = race(())
    core = Posterior(prior, x[:0])
    mean = np.linalg.solve(prior.precision, prior.shift)
    np.testing.assert_allclose(core.mean(y[:0], sigma[:0]), mean, atol=1e-10)
    np.testing.assert_allclose(
        core.covariance(sigma[:0]), np.linalg.inv(prior.precision), atol=1e-10
    )
    assert core.doubt(sigma[:0]).shape == (0,)
