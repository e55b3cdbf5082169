"""What the state of the race does to a lap, a stop and the odds.

Fuel is burnt evenly over the race distance in green-flag laps; a lap behind the safety car
burns a quarter of that and one under the virtual safety car half. A stop's cost, the undercut
and the chance of a safety car follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from f1lab.calc._check import columns, positive
from f1lab.calc._pit_loss import (
    REPAIR_S,
    FlagLoss,
    PitLoss,
    crew_and_lane_s,
    crew_time_s,
    pit_loss,
)
from f1lab.calc._safety_car import SafetyCarChance, safety_car_probability
from f1lab.calc.estimate import Z90, Estimate, Result
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "BURN_FACTOR",
    "FUEL_S_PER_KG",
    "REPAIR_S",
    "START_FUEL_KG",
    "FlagLoss",
    "FuelEffect",
    "PitLoss",
    "SafetyCarChance",
    "UndercutDelta",
    "crew_and_lane_s",
    "crew_time_s",
    "fuel_effect",
    "fuel_load_kg",
    "pit_loss",
    "safety_car_probability",
    "start_fuel_kg",
    "undercut_delta",
]

#: Fuel and wear of a lap under each flag, relative to a green lap [-].
BURN_FACTOR = {"green": 1.0, "vsc": 0.5, "sc": 0.25, "red": 0.25}

#: Race start load by first season it applied to [kg].
START_FUEL_KG = {2014: 100.0, 2017: 105.0, 2019: 110.0}

#: Lap time per kilogram of fuel, a published hierarchical fit over many races [s/kg].
FUEL_S_PER_KG = Estimate(0.0309, 0.0226, 0.0390)


def start_fuel_kg(year: int) -> float:
    """Load at lights out in a season.

    Parameters
    ----------
    year : int
        Season; before the first one of :data:`START_FUEL_KG`, that one's load stands.

    Returns
    -------
    float
        Fuel [kg].

    Examples
    --------
    >>> start_fuel_kg(2018), start_fuel_kg(2023)
    (105.0, 110.0)
    """
    since = max((first for first in START_FUEL_KG if first <= year), default=min(START_FUEL_KG))
    return START_FUEL_KG[since]


def fuel_load_kg(lap_factors: ArrayLike, start_kg: float = 110.0) -> NDArray[np.float64]:
    """Mean fuel on board during each lap of a race.

    Parameters
    ----------
    lap_factors : array_like, shape (n_laps,)
        Burn of each lap relative to a green lap [-]; see :data:`BURN_FACTOR`.
    start_kg : float
        Fuel at the start [kg]; all of it would be burnt over ``n_laps`` green laps.

    Returns
    -------
    ndarray, shape (n_laps,)
        Fuel at the middle of each lap [kg], never negative.

    Raises
    ------
    ValueError
        A factor outside 0 … 1 or a negative start load.

    Examples
    --------
    >>> fuel_load_kg([1, 1, 0.25, 1], start_kg=100.0)
    array([87.5  , 62.5  , 46.875, 31.25 ])
    """
    factors = np.asarray(lap_factors, dtype=float)
    if start_kg < 0 or np.any((factors < 0) | (factors > 1) | ~np.isfinite(factors)):
        raise ValueError("lap_factors must lie in 0 … 1 and start_kg must not be negative.")
    burnt = factors * start_kg / max(len(factors), 1)
    return np.asarray(np.maximum(start_kg - np.cumsum(burnt) + burnt / 2, 0.0))


@dataclass(frozen=True)
class FuelEffect(Result):
    """What the fuel on board costs.

    ``s_per_kg`` is the rate; ``fuel_kg`` and ``loss_s`` stand for each lap, ``low_s`` and
    ``high_s`` being the 90 % interval; ``per_lap_s`` is what each green lap gains on the one
    before.
    """

    s_per_kg: Estimate
    fuel_kg: Floats
    loss_s: Floats
    low_s: Floats
    high_s: Floats
    per_lap_s: Estimate


def fuel_effect(
    lap_factors: ArrayLike, start_kg: float = 110.0, s_per_kg: Estimate = FUEL_S_PER_KG
) -> FuelEffect:
    """Seconds per lap of the fuel carried.

    ``loss(l) = rate · fuel(l)``.

    Parameters
    ----------
    lap_factors : array_like, shape (n_laps,)
        Burn of each lap relative to a green lap [-]; see :data:`BURN_FACTOR`.
    start_kg : float
        Fuel at the start [kg].
    s_per_kg : Estimate
        Lap time per kilogram [s/kg]; within one race it cannot be told from the track's
        evolution, so the default is a figure from many.

    Returns
    -------
    FuelEffect

    Raises
    ------
    InvalidInput
        No laps, a factor outside 0 … 1 or a negative start load.

    Notes
    -----
    Burn under SC and VSC, start loads: open parameter files of 2014–19.

    Examples
    --------
    >>> effect = fuel_effect(np.ones(55))
    >>> effect.loss_s[[0, -1]].round(2), effect.per_lap_s
    (array([3.37, 0.03]), 0.0618 [0.0452 … 0.078])
    """
    (factors,) = columns(lap_factors=lap_factors)
    if not len(factors) or not start_kg >= 0 or not np.all((factors >= 0) & (factors <= 1)):
        raise InvalidInput("give lap_factors within 0 … 1, one lap at least, and no negative fuel.")
    fuel = fuel_load_kg(factors, start_kg)
    burnt = start_kg / len(factors)
    value, low, high = s_per_kg.value, s_per_kg.low, s_per_kg.high
    per_lap = Estimate(value * burnt, low * burnt, high * burnt)
    return FuelEffect(s_per_kg, fuel, value * fuel, low * fuel, high * fuel, per_lap)


@dataclass(frozen=True)
class UndercutDelta(Result):
    """What stopping ``laps`` laps before a rival gains, for 1, 2 … laps.

    ``gain_s`` with its 90 % interval; ``p_success`` is the chance that it exceeds the gap. The
    overcut, staying out as long, gains ``overcut_s``: the same with the other sign.
    """

    laps: NDArray[np.int64]
    gain_s: Floats
    low_s: Floats
    high_s: Floats
    p_success: Floats

    @property
    def overcut_s(self) -> Floats:
        """What the car that stays out gains instead [s]."""
        return -self.gain_s


def undercut_delta(
    old_s: ArrayLike,
    new_s: ArrayLike,
    gap_s: float,
    *,
    warm_up_s: float = 0.0,
    stop_difference_s: float = 0.0,
    rejoin_s: ArrayLike = 0.0,
    noise_s: float,
) -> UndercutDelta:
    """Gain of stopping 1 … n laps before a rival who stays out that long.

    ``gain(k) = Σ_{i ≤ k} (old_i − new_i) − warm-up − stop difference − rejoin traffic(k)``; it
    succeeds when the gain exceeds the gap.

    Parameters
    ----------
    old_s : array_like, shape (n,) or (draws, n)
        The rival's next laps on the old set [s].
    new_s : array_like, shape (n,) or (draws, n)
        The own laps on the new set, from the first after the out lap, without warm-up [s].
    gap_s : float
        How far behind the car that stops is; negative when it is ahead and defends [s].
    warm_up_s : float
        Lost on the first lap of the new set [s].
    stop_difference_s : float
        The own stop minus the rival's [s].
    rejoin_s : array_like
        Lost in traffic after rejoining, in all, after each lap [s].
    noise_s : float
        Lap-to-lap standard deviation of one car [s]; two cars' laps add up.

    Returns
    -------
    UndercutDelta

    Raises
    ------
    InvalidInput
        Laps that don't match, none at all, or noise that is not above zero.

    Notes
    -----
    Of 381 real attempts 36 % succeeded, the median gain was 1.3 s: answers after a lap or two
    and traffic, which belong in ``rejoin_s``, decide most of them.

    Examples
    --------
    >>> worn, new = 91.0 + 0.06 * np.arange(20, 24), 90.0 + 0.06 * np.arange(1, 5)
    >>> under = undercut_delta(worn, new, gap_s=1.5, warm_up_s=0.8, noise_s=0.3)
    >>> under.gain_s.round(2), under.p_success.round(2)
    (array([1.34, 3.48, 5.62, 7.76]), array([0.35, 1.  , 1.  , 1.  ]))
    """
    positive(noise_s=noise_s)
    old, new = (np.atleast_2d(np.asarray(v, float)) for v in (old_s, new_s))
    if old.shape[1] != new.shape[1] or not old.shape[1] or not np.isfinite(gap_s):
        raise InvalidInput(
            f"old_s has {old.shape[1]} laps and new_s {new.shape[1]}: "
            "give the same laps of both cars, one at least, and a gap that is a number."
        )
    gain = np.cumsum(old - new, axis=1) - warm_up_s - stop_difference_s - np.asarray(rejoin_s)
    laps = np.arange(1, gain.shape[1] + 1)
    noise = noise_s * np.sqrt(2.0 * laps)
    spread = np.hypot(gain.std(axis=0), noise)
    half = Z90 * spread
    mean = gain.mean(axis=0)
    success = ndtr((gain - gap_s) / noise).mean(axis=0)
    return UndercutDelta(laps, mean, mean - half, mean + half, success)
