"""Splitting a lap's surprise into noise and a delay.

A lap-time residual is Gaussian noise plus, on some laps, a delay that can only be positive:
held up behind a car, slowed by a yellow flag, or a mistake. Traffic and yellow delays are
exponential (noise plus delay is then an exponentially modified Gaussian). Mistakes are mostly
small slips, and now and then an off of any size; the density of either is level, which makes
the reading of a big one exact: it is the whole residual once it stands clear of the noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, log_ndtr, logit, ndtr, ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CAUSES", "TRAFFIC", "DelayRates", "Delays", "Odds", "expected_delays", "sample_delays"]

#: Causes of a delay, in the order of the last axis of every array here; the first is none.
CAUSES = ("none", "incident", "traffic", "yellow")
#: Ways of meeting traffic: right behind a car all lap, caught up with it, further back in its
#: train, let a leader by.
TRAFFIC = ("behind", "caught", "train", "blue")
#: Four mistakes in five are slips, of any size up to the first span [s]; the others are of any
#: size at all, as often as fills the second span [s]. On laps in free air of 45 dry races of
#: 2018 to 2023, slow laps outnumbered equally quick ones by 0.0045 per lap and second between
#: 1.25 s and 3 s, and by 0.0005 from there to 8 s.
_OFF_SHARE, _SLIP_SPAN_S, _OFF_SPAN_S = 0.2, 3.0, 8.0
#: Longest delay of each kind (none, slip, off, traffic, yellow) [s], and the cause it belongs to.
_LONGEST_S = np.array([np.inf, _SLIP_SPAN_S, np.inf, np.inf, np.inf])
_CAUSE_OF = np.eye(len(CAUSES))[[0, 1, 1, 2, 3]]
#: Scatter between drivers of the chance (logit) and of the mean (log) of being held up.
_TRAFFIC_SCATTER = (1.0, 0.5)
_LOG_SQRT_2PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
class DelayRates:
    """How often a lap holds a delay, and the mean of the delay.

    ``traffic`` has one probability [-] and ``traffic_mean_s`` one mean delay [s] for each of
    TRAFFIC; ``yellow`` is the probability on a lap under a yellow flag [-]. A race has too few
    mistakes to tell its own rate, so theirs is the same everywhere. The defaults are what 18
    races of 2018 to 2023 came to on average.
    """

    traffic: tuple[float, ...] = (0.6, 0.45, 0.3, 0.7)
    traffic_mean_s: tuple[float, ...] = (0.7, 0.6, 0.6, 1.6)
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
    traffic_mean_s: Floats
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
    mean, second = _truncated_moments(centre, odds.sigma[..., None], _LONGEST_S)
    mean[..., 0] = second[..., 0] = 0.0
    first = probability * mean
    variance = (probability * second).sum(axis=-1) - first.sum(axis=-1) ** 2
    return Delays(probability @ _CAUSE_OF, first @ _CAUSE_OF, variance)


def sample_delays(residual: Floats, odds: Odds, rng: np.random.Generator) -> Floats:
    """Draw the delay of each residual, cause by cause.

    ``residual`` may have more axes in front than ``odds``. Returns an array with one more axis
    of length ``len(CAUSES)`` [s].
    """
    probability, centre = _responsibilities(residual, odds)
    pick = (rng.random(residual.shape)[..., None] > np.cumsum(probability, axis=-1)).sum(axis=-1)
    pick = np.minimum(pick, len(_LONGEST_S) - 1)
    at = np.take_along_axis(centre, pick[..., None], axis=-1)[..., 0]
    scale, longest = np.broadcast_to(odds.sigma, residual.shape), _LONGEST_S[pick]
    low, high = ndtr(-at / scale), ndtr((longest - at) / scale)
    u = low + (high - low) * rng.random(residual.shape)
    drawn = np.clip(at + scale * ndtri(np.clip(u, 1e-12, 1 - 1e-12)), 0.0, longest)
    out = drawn[..., None] * _CAUSE_OF[pick]
    out[..., 0] = 0.0
    return np.asarray(out)


def _responsibilities(residual: Floats, odds: Odds) -> tuple[Floats, Floats]:
    """Probability of each kind, and the centre of the delay's truncated normal under it."""
    sigma = odds.sigma
    shape = (*residual.shape, len(_LONGEST_S))
    log_density = np.empty(shape)
    centre = np.broadcast_to(residual[..., None], shape).copy()
    none = (1 - odds.incident) * (1 - odds.traffic) * (1 - odds.yellow)
    with np.errstate(divide="ignore"):
        log_density[..., 0] = (
            np.log(none) - 0.5 * (residual / sigma) ** 2 - np.log(sigma) - _LOG_SQRT_2PI
        )
        for k, level in ((1, (1 - _OFF_SHARE) / _SLIP_SPAN_S), (2, _OFF_SHARE / _OFF_SPAN_S)):
            within = _log_mass(-residual / sigma, (_LONGEST_S[k] - residual) / sigma)
            log_density[..., k] = np.log(odds.incident * level) + within
        for k, weight, mean_s in (
            (3, odds.traffic, odds.traffic_mean_s),
            (4, odds.yellow, odds.yellow_mean_s),
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


def _log_mass(low: Floats, high: Floats) -> Floats:
    """Logarithm of the standard normal's mass between two bounds, exact far out too."""
    mirrored = low + high > 0  # the smaller tail keeps its digits
    low, high = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    top = log_ndtr(high)
    return np.asarray(top + np.log1p(-np.exp(log_ndtr(low) - top)))


def _truncated_moments(centre: Floats, sigma: Floats, longest: Floats) -> tuple[Floats, Floats]:
    """First and second moment of a normal cut off below zero and above ``longest``."""
    low, high = -centre / sigma, (longest - centre) / sigma
    mass = _log_mass(low, high) + _LOG_SQRT_2PI
    bottom, top = np.exp(-0.5 * low**2 - mass), np.exp(-0.5 * high**2 - mass)
    cap = np.where(np.isfinite(longest), longest, 0.0)
    mean = np.clip(centre + sigma * (bottom - top), 0.0, longest)
    return mean, np.maximum(sigma**2 + centre * mean - sigma * cap * top, 0.0)
