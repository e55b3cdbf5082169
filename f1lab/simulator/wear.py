"""How worn the tyres are and what the next laps will be, told from the own laps alone.

A line through the laps of this set in clear air, fuel taken out, its slope leaning on what is
usual for the compound at this circuit: two coefficients, in closed form. What rain may do to it
is added from :mod:`f1lab.simulator.rain`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from f1lab.calc.estimate import Z90
from f1lab.calc.race_state import start_fuel_kg
from f1lab.data.schema import COMPOUNDS
from f1lab.racemodel import load_priors
from f1lab.racemodel.laps import COMPOUND_CLASS, SLICK
from f1lab.simulator.state import ForecastLap, Wear
from f1lab.simulator.world import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.simulator.car import Car
    from f1lab.simulator.rain import Excess

    Floats = NDArray[np.float64]

__all__ = ["OwnLaps", "own_laps"]

_QUANTILES = (0.05, 0.5, 0.95)
#: Laps forecast.
_AHEAD_LAPS = 5
#: Scatter between one set and the next beyond what their compounds explain [s].
_SET_SD_S = 0.4
_UNKNOWN_SD_S = 30.0


@dataclass(frozen=True)
class OwnLaps:
    """Level and slope of the set the car is on: ``lap = level + slope · age − fuel``.

    ``mean`` is (level [s], slope [s/lap]), ``covariance`` their doubt; ``known`` whether any lap
    says something about the level.
    """

    mean: Floats
    covariance: Floats
    noise_s: float
    fuel_lap_s: float
    age: float
    lap: int
    known: bool

    def wear(self) -> Wear:
        """What the set has lost by now and loses with each lap."""
        mean, sd = float(self.mean[1]), float(self.covariance[1, 1]) ** 0.5
        # tyres do not get better: quantiles of the normal above nothing
        above = ndtr(mean / sd)
        low, slope, high = (mean - sd * float(ndtri((1 - p) * above)) for p in _QUANTILES)
        return Wear(slope * self.age, low * self.age, high * self.age, slope, low, high)

    def forecast(self, laps_left: int, excess: Sequence[Excess] | None) -> tuple[ForecastLap, ...]:
        """Next laps on this set; none while no lap has been driven to tell from.

        Parameters
        ----------
        laps_left : int
        excess : sequence of Excess, optional
            What the track adds to each lap ahead; None while it is as it was.
        """
        if not self.known:
            return ()
        found = []
        for ahead in range(1, min(_AHEAD_LAPS, laps_left) + 1):
            at = np.array([1.0, self.age + ahead])
            time_s = float(at @ self.mean) - self.fuel_lap_s * (self.lap + ahead)
            half = Z90 * float(at @ self.covariance @ at + self.noise_s**2) ** 0.5
            low_s, told_s, high_s = time_s - half, time_s, time_s + half
            if excess is not None:
                more = excess[ahead - 1]
                told_s = time_s * (1.0 + more.middle)
                low_s = min(time_s * (1.0 + more.low), told_s - half)
                high_s = max(time_s * (1.0 + more.high), told_s + half)
            found.append(ForecastLap(self.lap + ahead, told_s, low_s, high_s))
        return tuple(found)


def own_laps(cars: Sequence[Car], circuit: str, year: int, n_laps: int) -> OwnLaps:
    """Learn level and slope of the set the car leaves the line on.

    Parameters
    ----------
    cars : sequence of Car
        After 0, 1, 2 … laps.
    circuit : str
    year : int
    n_laps : int
        Scheduled distance.

    Returns
    -------
    OwnLaps
    """
    priors, now = load_priors(), cars[-1]
    fuel_lap_s = priors.fuel_s_per_kg[0] * start_fuel_kg(year) / n_laps
    fitted = now.sets[-1]
    clean = [
        (a, b)
        for a, b in pairwise(cars)
        if b.lap > 1
        and b.flag < NEUTRAL
        and not b.stop_s
        and not a.stop_s
        and len(a.sets) == len(b.sets)
        and b.end is not None
        and not b.end.in_traffic
    ]
    here = [(a, b) for a, b in clean if a.sets[-1] == fitted and b.lap > fitted.lap + 1]
    compound = COMPOUNDS[min(fitted.compound, 4)]
    slope = priors.wear_s_per_lap(compound, circuit)
    level_s, level_sd = _level(clean, fitted.compound, fuel_lap_s, circuit)
    noise_s = max(2 * priors.noise_s, 0.1)
    precision = np.diag([level_sd**-2, slope[1] ** -2])
    shift = np.array([level_s * level_sd**-2, slope[0] * slope[1] ** -2])
    for before, after in here:
        row = np.array([1.0, after.age])
        lap_s = after.clock_s - before.clock_s + fuel_lap_s * after.lap
        precision += np.outer(row, row) / noise_s**2
        shift += row * lap_s / noise_s**2
    covariance = np.linalg.inv(precision)
    known = bool(here) or level_sd < _UNKNOWN_SD_S
    return OwnLaps(covariance @ shift, covariance, noise_s, fuel_lap_s, now.age, now.lap, known)


def _level(
    clean: list[tuple[Car, Car]], compound: int, fuel_lap_s: float, circuit: str
) -> tuple[float, float]:
    """Level of a new set of a compound from the laps on others of its class, and its doubt [s]."""
    priors = load_priors()

    def offset_s(c: int) -> float:
        return priors.offset_s.get(COMPOUNDS[c], (0.0, 0.0))[0]

    levels = []
    for before, after in clean:
        other = min(before.sets[-1].compound, 4)
        if COMPOUND_CLASS[other] != COMPOUND_CLASS[compound] or (
            COMPOUND_CLASS[other] != SLICK and other != compound
        ):
            continue
        wear_s = priors.wear_s_per_lap(COMPOUNDS[other], circuit)[0] * after.age
        lap_s = after.clock_s - before.clock_s + fuel_lap_s * after.lap - wear_s
        levels.append(lap_s - offset_s(other) + offset_s(compound))
    if not levels:
        return 0.0, _UNKNOWN_SD_S
    return float(np.median(levels[-2 * _AHEAD_LAPS :])), _SET_SD_S
