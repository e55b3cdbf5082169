"""Fitting the lap-time model of one race: expectation maximisation around a Gaussian core.

Given the delays (traffic, yellow flags, mistakes) the model is a linear regression with
Gaussian priors, solved in closed form; given the coefficients the delays have closed-form
expectations. The two alternate until they agree. The information a lap carries is what is
left after its own delay is unknown (Louis' formula), so that a lap that may hold a mistake
counts for less. The noise is read with what the coefficients absorbed of it counted back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.robust import huber_distance, repetition
from f1lab.racemodel.delays import DelayRates, Delays, Odds, expected_delays
from f1lab.racemodel.laps import RIGHT_BEHIND_GAP_S, TRAFFIC_GAP_S, within
from f1lab.racemodel.posterior import Posterior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.racemodel.design import Design
    from f1lab.racemodel.laps import RaceLaps

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Fit", "fit_race"]

_MAX_ROUNDS = 200
_TOLERANCE_S = 1e-4
#: Laps whose worth of prior each variance and rate is pulled towards the field by.
_SIGMA_PRIOR_LAPS = 8.0
_RATE_PRIOR_LAPS = 20.0
_SIGMA_RANGE_S = (0.10, 3.0)
_WET_NOISE_RANGE = (1.0, 6.0)
#: Correlation of neighbouring laps believed at most: such laps say a quarter of what they seem to.
_MOST_REPEATED = 0.6
_MIN_PAIRS = 50
#: Chance of a mistake on a lap [-]; in the wet a slow lap is the weather's first.
_INCIDENT_DRY, _INCIDENT_WET = 0.015, 0.005
_WET_START = 4.0


@dataclass(frozen=True)
class Fit:
    """The fitted coefficients and what they leave over.

    Attributes
    ----------
    coefficients : ndarray, shape (p,)
        Posterior mean of the Gaussian core.
    covariance : ndarray, shape (p, p)
        Its covariance, widened for laps that resemble their neighbours.
    sigma : ndarray, shape (n,)
        Noise of every lap of the race [s].
    residual : ndarray, shape (n,)
        Lap time minus model, of every lap [s].
    used : ndarray of bool, shape (n,)
        Laps the fit was made from.
    rates : DelayRates
    delays : Delays
        Of the used laps.
    inflation : float
        Factor on the covariance from lap-to-lap correlation [-].
    rounds : int
        Rounds until the coefficients of pace moved less than 0.1 ms.
    """

    coefficients: Floats
    covariance: Floats
    sigma: Floats
    residual: Floats
    used: Bools
    rates: DelayRates
    delays: Delays
    inflation: float
    rounds: int

    def odds(self, laps: RaceLaps, rows: Ints) -> Odds:
        """What may have slowed some laps of the race, before looking at their times."""
        return _odds(laps, rows, _traffic(laps, rows), self.rates, self.sigma[rows])


def fit_race(laps: RaceLaps, design: Design, noise_s: float) -> Fit:
    """Fit one race.

    Parameters
    ----------
    laps : RaceLaps
    design : Design
    noise_s : float
        Noise to start from and to lean on where laps are few [s].

    Returns
    -------
    Fit
    """
    used = laps.racing & np.isfinite(laps.lap_time_s)
    core, y = Posterior(design, design.matrix[used]), laps.lap_time_s[used]
    rows = np.flatnonzero(used)
    driver, lap, wet = laps.driver[used], laps.lap[used], laps.wet[used]
    met, yellow = _traffic(laps, rows), laps.yellow[rows].astype(float)
    sigma = 2 * noise_s * np.where(wet, _WET_START, 1.0)
    rates = DelayRates()
    theta = _huber(core, y, sigma)
    delays = expected_delays(y - core.expected_s(theta), _odds(laps, rows, met, rates, sigma))
    noise = _Noise(len(laps.drivers), noise_s)
    rounds, inflation = 0, 1.0
    for rounds in range(1, _MAX_ROUNDS + 1):  # noqa: B007
        residual = y - core.expected_s(theta)
        delays = expected_delays(residual, _odds(laps, rows, met, rates, sigma))
        known = _information(delays, sigma)
        doubt = core.doubt(known / inflation)
        # the noise: what is left, and what the delay and the coefficients may hide of it
        spread = (residual - delays.mean.sum(axis=1)) ** 2 + delays.variance
        spread += known * sigma**2 * doubt
        sigma = noise.update(spread, driver, wet)
        rates = _update_rates(met, yellow, delays)
        expected = y - delays.mean.sum(axis=1)
        inflation = _inflation(expected - core.expected_s(theta), sigma, lap, driver)
        before, theta = theta, core.mean(expected, sigma * inflation**0.5)
        if np.abs(theta - before)[design.blocks["pace"]].max() < _TOLERANCE_S:
            break
    residual = laps.lap_time_s - design.matrix @ theta
    delays = expected_delays(residual[used], _odds(laps, rows, met, rates, sigma))
    covariance = core.covariance(_information(delays, sigma) / inflation)
    every_sigma = noise.of(laps.driver, laps.wet)
    return Fit(theta, covariance, every_sigma, residual, used, rates, delays, inflation, rounds)


def _information(delays: Delays, sigma: Floats) -> Floats:
    """What a lap of unknown delay says about its expected time [1/s²]."""
    return np.asarray(np.clip(1 - delays.variance / sigma**2, 0.0, 1.0) / sigma**2)


def _huber(core: Posterior, y: Floats, sigma: Floats) -> Floats:
    """Find a robust first look, so that it is not led by the delays."""
    theta = core.mean(y, sigma)
    for _ in range(8):
        far = huber_distance((y - core.expected_s(theta)) / sigma, 1.0)
        theta = core.mean(y, sigma * np.sqrt(far))
    return theta


class _Noise:
    """Lap-to-lap noise: one figure per driver, leaning on the field, times one for the wet."""

    def __init__(self, n_drivers: int, noise_s: float) -> None:
        self.driver_s = np.full(n_drivers, noise_s)
        self.field_s = noise_s
        self.wet_factor = 1.0

    def update(self, spread: Floats, driver: Ints, wet: Bools) -> Floats:
        scale = np.where(wet, self.wet_factor**2, 1.0)
        if len(spread):
            self.field_s = float(np.sqrt(np.mean(spread / scale)))
        n = len(self.driver_s)
        total = np.bincount(driver, spread / scale, n) + _SIGMA_PRIOR_LAPS * self.field_s**2
        count = np.bincount(driver, minlength=n) + _SIGMA_PRIOR_LAPS
        self.driver_s = np.clip(np.sqrt(total / count), *_SIGMA_RANGE_S)
        if wet.any():
            ratio = np.mean(spread[wet] / self.driver_s[driver[wet]] ** 2)
            self.wet_factor = float(np.clip(np.sqrt(ratio), *_WET_NOISE_RANGE))
        return self.of(driver, wet)

    def of(self, driver: Ints, wet: Bools) -> Floats:
        return np.asarray(self.driver_s[driver] * np.where(wet, self.wet_factor, 1.0))


def _odds(laps: RaceLaps, rows: Ints, met: Floats, rates: DelayRates, sigma: Floats) -> Odds:
    """Prior odds of each lap: from where the car was and what flew, not from how long it took."""
    held_up = met * rates.traffic
    chance = held_up.sum(axis=1)
    mean_s = np.divide(
        held_up @ np.array(rates.traffic_mean_s), chance, out=np.ones(len(rows)), where=chance > 0
    )
    return Odds(
        sigma=sigma,
        incident=np.where(laps.wet[rows], _INCIDENT_WET, _INCIDENT_DRY),
        traffic=chance,
        yellow=np.where(laps.yellow[rows], rates.yellow, 0.0),
        traffic_mean_s=mean_s,
        yellow_mean_s=rates.yellow_mean_s,
    )


def _traffic(laps: RaceLaps, rows: Ints) -> Floats:
    """How far each lap met each of TRAFFIC, shape (n, 4); a gap near a limit is partly within it."""
    began, ended = laps.gap_start_s[rows], laps.gap_end_s[rows]
    blue = laps.blue_flag[rows].astype(float)
    behind, from_the_start = within(ended, RIGHT_BEHIND_GAP_S), within(began, RIGHT_BEHIND_GAP_S)
    apart = (1 - within(began, TRAFFIC_GAP_S)) * (1 - within(ended, TRAFFIC_GAP_S))
    caught = behind * (1 - from_the_start)
    others = [behind * from_the_start, caught, (1 - behind) * (1 - apart)]
    return np.stack([*(share * (1 - blue) for share in others), blue], axis=1)


def _update_rates(met: Floats, yellow: Floats, delays: Delays) -> DelayRates:
    start = DelayRates()

    def rate(cause: int, open_laps: Floats, old: float) -> float:
        seen = delays.probability[:, cause] @ open_laps + _RATE_PRIOR_LAPS * old
        return float(np.clip(seen / (open_laps.sum() + _RATE_PRIOR_LAPS), 1e-4, 0.95))

    def mean_s(cause: int, open_laps: Floats, old: float) -> float:
        seen = delays.probability[:, cause] @ open_laps + _RATE_PRIOR_LAPS
        total = delays.mean[:, cause] @ open_laps + _RATE_PRIOR_LAPS * old
        return float(np.clip(total / seen, 0.1, 5.0))

    return DelayRates(
        traffic=tuple(rate(2, on, old) for on, old in zip(met.T, start.traffic, strict=True)),
        traffic_mean_s=tuple(
            mean_s(2, on, old) for on, old in zip(met.T, start.traffic_mean_s, strict=True)
        ),
        yellow=rate(3, yellow, start.yellow),
        yellow_mean_s=mean_s(3, yellow, start.yellow_mean_s),
    )


def _inflation(noise: Floats, sigma: Floats, lap: Ints, driver: Ints) -> float:
    """How much less n laps say than n independent ones: (1 + r)/(1 − r), never below one."""
    z = noise / sigma
    pair = (lap[1:] == lap[:-1] + 1) & (driver[1:] == driver[:-1])
    if pair.sum() < _MIN_PAIRS:
        return 1.0
    return repetition(z, pair, _MOST_REPEATED)
