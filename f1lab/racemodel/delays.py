"""Splitting a lap's surprise into noise and a delay.

A lap-time residual is Gaussian noise plus, on some laps, a delay that can only be positive:
held up behind a car, slowed by a yellow flag, or a mistake. Traffic and yellow delays are
exponential (noise plus delay is then an exponentially modified Gaussian); a mistake can be
of any size, so its density is level, which makes the reading of a big one exact:
a mistake is the whole residual once it stands clear of the noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, log_ndtr, logit, ndtr, ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CAUSES", "DelayRates", "Delays", "Odds", "expected_delays", "sample_delays"]

#: Causes of a delay, in the order of the last axis of every array here; the first is none.
CAUSES = ("none", "incident", "traffic", "yellow")
#: A mistake's level density covers this span [s].
_INCIDENT_SPAN_S = 8.0
#: Scatter between drivers of the chance (logit) and of the mean (log) of being held up.
_TRAFFIC_SCATTER = (1.0, 0.5)
_LOG_SQRT_2PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
class DelayRates:
    """How often a lap holds a delay, and the mean of the delay.

    ``traffic`` is the probability right behind another car and further back in its train [-];
    ``yellow`` that of a lap under a yellow flag [-]. A race has too few mistakes to tell its own
    rate, so theirs is the same everywhere.
    """

    traffic: tuple[float, float] = (0.5, 0.3)
    traffic_mean_s: float = 0.5
    yellow: float = 0.5
    yellow_mean_s: float = 1.0


@dataclass(frozen=True)
class Odds:
    """What may have slowed each lap, before looking at its time.

    Attributes
    ----------
    sigma : ndarray, shape (n,)
        Noise [s].
    incident, traffic, yellow : ndarray, shape (n,)
        Probability of each delay [-].
    traffic_mean_s, yellow_mean_s : float
        Mean of these delays [s].
    """

    sigma: Floats
    incident: Floats
    traffic: Floats
    yellow: Floats
    traffic_mean_s: float | Floats
    yellow_mean_s: float

    def scattered(self, n: int, rng: np.random.Generator) -> Odds:
        """Odds under ``n`` draws of how this driver's traffic differs from the field's.

        Being held up comes in runs: one driver sits behind a slow car for a stint, another
        passes at once. So the chance and the mean of his delays scatter about the field's.
        """
        chance = rng.normal(0.0, _TRAFFIC_SCATTER[0], (n, 1))
        longer = rng.normal(0.0, _TRAFFIC_SCATTER[1], (n, 1))
        return replace(
            self,
            traffic=np.where(self.traffic > 0, expit(logit(self.traffic) + chance), 0.0),
            traffic_mean_s=self.traffic_mean_s * np.exp(longer),
        )


@dataclass(frozen=True)
class Delays:
    """What a residual is thought to contain.

    Attributes
    ----------
    probability : ndarray, shape (n, 4)
        Of each cause [-].
    mean : ndarray, shape (n, 4)
        Expected delay by cause, weighted with its probability [s].
    variance : ndarray, shape (n,)
        Of the delay as a whole [s²].
    """

    probability: Floats
    mean: Floats
    variance: Floats


def expected_delays(residual: Floats, odds: Odds) -> Delays:
    """Expected delay by cause for each residual.

    Parameters
    ----------
    residual : ndarray, shape (n,)
        Lap time minus model [s].
    odds : Odds

    Returns
    -------
    Delays
    """
    probability, centre = _responsibilities(residual, odds)
    mean, second = _truncated_moments(centre, odds.sigma[..., None])
    mean[..., 0] = second[..., 0] = 0.0
    first = probability * mean
    total = first.sum(axis=-1)
    return Delays(probability, first, (probability * second).sum(axis=-1) - total**2)


def sample_delays(residual: Floats, odds: Odds, rng: np.random.Generator) -> Floats:
    """Draw the delay of each residual, cause by cause.

    ``residual`` may have more axes in front than ``odds``. Returns an array with one more axis
    of length ``len(CAUSES)`` [s].
    """
    probability, centre = _responsibilities(residual, odds)
    pick = (rng.random(residual.shape)[..., None] > np.cumsum(probability, axis=-1)).sum(axis=-1)
    pick = np.minimum(pick, len(CAUSES) - 1)[..., None]
    at = np.take_along_axis(centre, pick, axis=-1)[..., 0]
    scale = np.broadcast_to(odds.sigma, residual.shape)
    low = ndtr(-at / scale)
    u = low + (1 - low) * rng.random(residual.shape)
    drawn = at + scale * ndtri(np.clip(u, 1e-12, 1 - 1e-12))
    out = np.zeros((*residual.shape, len(CAUSES)))
    np.put_along_axis(out, pick, np.maximum(drawn, 0.0)[..., None], axis=-1)
    out[..., 0] = 0.0
    return out


def _responsibilities(residual: Floats, odds: Odds) -> tuple[Floats, Floats]:
    """Probability of each cause, and the centre of the delay's truncated normal under it."""
    sigma = odds.sigma
    shape = (*residual.shape, len(CAUSES))
    log_density = np.full(shape, -np.inf)
    centre = np.zeros(shape)
    none = (1 - odds.incident) * (1 - odds.traffic) * (1 - odds.yellow)
    with np.errstate(divide="ignore"):
        log_density[..., 0] = (
            np.log(none) - 0.5 * (residual / sigma) ** 2 - np.log(sigma) - _LOG_SQRT_2PI
        )
        log_density[..., 1] = np.log(odds.incident / _INCIDENT_SPAN_S) + log_ndtr(residual / sigma)
        centre[..., 1] = residual
        for k, weight, mean_s in (
            (2, odds.traffic, odds.traffic_mean_s),
            (3, odds.yellow, odds.yellow_mean_s),
        ):
            rate = 1 / mean_s
            centre[..., k] = residual - sigma**2 * rate
            log_density[..., k] = (
                np.log(weight)
                + np.log(rate)
                + rate * (rate * sigma**2 / 2 - residual)
                + log_ndtr(centre[..., k] / sigma)
            )
    log_density -= log_density.max(axis=-1, keepdims=True)
    probability = np.exp(log_density)
    return probability / probability.sum(axis=-1, keepdims=True), centre


def _truncated_moments(centre: Floats, sigma: Floats) -> tuple[Floats, Floats]:
    """First and second moment of a normal cut off below zero."""
    z = centre / sigma
    ratio = np.exp(-0.5 * z**2 - _LOG_SQRT_2PI - log_ndtr(z))
    mean = np.maximum(centre + sigma * ratio, 0.0)
    return mean, np.maximum(sigma**2 + centre * mean, 0.0)
