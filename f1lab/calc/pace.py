"""What a lap of a field is made of, so that one part can be read with the others removed.

    t = track(progress) + pace_driver + k·fuel + offset_compound + wear_compound(age)
        + traffic·max(0, 1 − gap/1.5 s) + noise

Fuel, wear and the track all run with the laps of one stint: no stint can tell them apart. A
field can, because cars stop at different times, and only so far: what the laps cannot decide
is left to the priors, and every answer says how much of it that was. Wear slopes are kept
non-negative as part of the prior (draws of a truncated normal), so a slope the data would put
below zero is shrunk and never reported as negative. Of the raw whole-race compound slopes of
2018–23 a fifth to a quarter come out negative.

:mod:`f1lab.racemodel` fits the same equation with more care (delays, wet laps, own wear of each
driver) from whole weekends; this is the version for plain arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

from f1lab.calc._check import columns, enough
from f1lab.calc._pace_model import (
    Rows,
    columns_of,
    design,
    draws_of,
    parts_of,
    prior_of,
    solve,
)
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Blocks = dict[str, slice]

__all__ = ["FieldLaps", "PaceFit", "PacePriors", "fit_pace"]

_MIN_LAPS, _MIN_DRIVERS = 30, 2

Normal = tuple[float, float]


@dataclass(frozen=True)
class FieldLaps:
    """Racing laps of a field: no in or out laps, no lap 1, no neutralised laps.

    Parameters
    ----------
    lap_time_s : array_like, shape (n,)
        Lap time [s]; NaN for an unknown one, which is left out.
    driver : array_like, shape (n,)
        Whose lap it was: codes or numbers.
    lap : array_like, shape (n,)
        Progress of the session: race lap, or minutes since the green light.
    compound : array_like of str, shape (n,)
        ``"SOFT"``, ``"MEDIUM"`` …
    age_laps : array_like, shape (n,)
        Laps on the set at the end of the lap, counted in green-flag laps [laps].
    fuel_kg : array_like, shape (n,)
        Fuel on board [kg]; zeros if it is all the same.
    gap_ahead_s : array_like, shape (n,), optional
        Gap to the car ahead as the lap began [s]; inf for nobody. Left out: clean air.
    learn : array_like of bool, shape (n,), optional
        Laps to learn from; the others are only corrected. Leave out laps on which a car was held
        up (it ended them within a second of the one ahead): trains of young tyres make wear look
        15 % smaller than it is (demo weekends). Leave out first flying laps: tyres are cold.

    Raises
    ------
    InvalidInput
        If the arrays differ in length or hold no numbers.
    """

    lap_time_s: ArrayLike
    driver: ArrayLike
    lap: ArrayLike
    compound: ArrayLike
    age_laps: ArrayLike
    fuel_kg: ArrayLike
    gap_ahead_s: ArrayLike | None = None
    learn: ArrayLike | None = None

    def numbers(self) -> list[Floats]:
        """Lap time, lap, age, fuel, gap and whether to learn (1) as checked arrays."""
        n = len(np.atleast_1d(np.asarray(self.lap_time_s)))
        return columns(
            lap_time_s=self.lap_time_s,
            lap=self.lap,
            age_laps=self.age_laps,
            fuel_kg=self.fuel_kg,
            gap_ahead_s=np.full(n, np.inf) if self.gap_ahead_s is None else self.gap_ahead_s,
            learn=np.ones(n) if self.learn is None else self.learn,
        )


@dataclass(frozen=True)
class PacePriors:
    """What is believed before the laps are seen: mean and standard deviation of each number.

    Parameters
    ----------
    fuel_s_per_kg : (float, float)
        Lap time per kilogram of fuel [s/kg].
    wear_s_per_lap : mapping of str to (float, float)
        Wear slope by compound [s/lap].
    offset_s : mapping of str to (float, float)
        Pace on new tyres against MEDIUM [s].
    traffic_s : (float, float)
        Loss per lap with no gap to the car ahead [s].
    track_step_s : float
        How far the track may move within ``knot_laps`` [s].
    knot_laps : float
        Spacing of the track's knots [laps, or the unit of ``FieldLaps.lap``].

    Notes
    -----
    Wear, offsets and traffic were measured by :mod:`f1lab.racemodel.calibrate` on 103 races of
    2018–23, pooled over circuits; fuel is from a published hierarchical fit. The track's step is
    wide on purpose: at 0.2 s the fuel takes what the track gained (demo weekends: 0.35 s of
    0.78 s), at 0.5 s both are found.
    """

    fuel_s_per_kg: Normal = (0.0309, 0.005)
    wear_s_per_lap: Mapping[str, Normal] = field(
        default_factory=lambda: {
            "SOFT": (0.052, 0.051),
            "MEDIUM": (0.045, 0.048),
            "HARD": (0.042, 0.036),
            "INTERMEDIATE": (0.053, 0.053),
            "WET": (0.053, 0.053),
        }
    )
    offset_s: Mapping[str, Normal] = field(
        default_factory=lambda: {"SOFT": (-0.17, 0.45), "HARD": (0.0, 0.42)}
    )
    traffic_s: Normal = (0.45, 0.35)
    track_step_s: float = 0.50
    knot_laps: float = 8.0

    def wear(self, compound: str) -> Normal:
        """Slope of one compound; MEDIUM's for one that is not in the table."""
        return self.wear_s_per_lap.get(compound, (0.045, 0.048))

    def offset(self, compound: str) -> Normal:
        """Offset of one compound; wide for one that is not in the table."""
        return self.offset_s.get(compound, (0.0, 0.45))


@dataclass(frozen=True, repr=False)
class PaceFit:
    """The parts of every lap, as posterior draws.

    Attributes
    ----------
    drivers, compounds : tuple of str
    blocks : dict of str to slice
        Where each part stands among the coefficients.
    knots : ndarray, shape (k,)
        Of the track [unit of ``lap``].
    draws : ndarray, shape (s, p)
        Coefficients; wear slopes are never negative.
    prior_covariance, covariance : ndarray, shape (p, p)
        Of the coefficients before and after the laps, wear's sign left open.
    parts_s : dict of str to ndarray, shape (n,)
        ``track, fuel, tyre, traffic, pace`` of every lap given [s], NaN where unusable.
    residual_s : ndarray, shape (n,)
        Lap time minus all parts [s], NaN where unusable.
    lap, age_laps : ndarray, shape (n,)
    driver_of, compound_of : ndarray of int, shape (n,)
    used : ndarray of bool, shape (n,)
        Laps the fit was made from.
    sigma_s : float
        Robust standard deviation of the residuals [s].
    inflation : float
        Factor on the covariance because neighbouring laps resemble each other [-].
    """

    drivers: tuple[str, ...]
    compounds: tuple[str, ...]
    blocks: dict[str, slice]
    knots: Floats
    draws: Floats
    prior_covariance: Floats
    covariance: Floats
    parts_s: dict[str, Floats]
    residual_s: Floats
    lap: Floats
    driver_of: Ints
    compound_of: Ints
    age_laps: Floats
    used: Bools
    sigma_s: float
    inflation: float

    def __repr__(self) -> str:
        """How many laps of whom, and how well they are told."""
        n = int(self.used.sum())
        return f"PaceFit({n} laps, {len(self.drivers)} drivers, sigma {self.sigma_s:.2f} s)"

    @property
    def corrected_s(self) -> Floats:
        """Laps with track, fuel, tyres and traffic removed: the driver's pace and noise [s]."""
        return np.asarray(self.parts_s["pace"] + self.residual_s)

    def part(self, name: str) -> Floats:
        """Draws of one block, shape (s, columns)."""
        return self.draws[:, self.blocks[name]]

    def data_share(self, direction: Floats) -> float:
        """Share of the prior variance of a combination that the laps removed, 0 … 1 [-]."""
        before = float(direction @ self.prior_covariance @ direction)
        return 1.0 - float(direction @ self.covariance @ direction) / before


def fit_pace(
    laps: FieldLaps, *, priors: PacePriors | None = None, n_draws: int = 400, seed: int = 0
) -> PaceFit:
    """Take the laps of a field apart into track, fuel, tyres, traffic and pace.

    Bayesian linear regression with Huber weights for laps that went wrong, solved in closed
    form; the covariance is widened for laps that resemble their neighbours; draws keep wear
    non-negative by Gibbs sampling.

    Parameters
    ----------
    laps : FieldLaps
        Racing laps of at least two drivers.
    priors : PacePriors, optional
        Defaults to the measured ones.
    n_draws : int
        Posterior draws.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    PaceFit

    Raises
    ------
    NotEnoughLaps
        Under 30 usable laps or two drivers.
    InvalidInput
        If arrays do not match, or compounds or drivers are missing.

    Notes
    -----
    Model of :mod:`f1lab.calc.pace`; Huber (1964) for the weights, Geweke (1991) for the
    truncated draws.

    Examples
    --------
    >>> lap = np.tile(np.arange(1, 31), 2)
    >>> driver = np.repeat(["A", "B"], 30)
    >>> age = np.where((lap > 15) & (driver == "A"), lap - 15, lap)
    >>> time_s = 90 + 0.05 * age + 0.3 * (driver == "B")
    >>> laps = FieldLaps(time_s, driver, lap, np.full(60, "HARD"), age, np.zeros(60))
    >>> fit = fit_pace(laps)
    >>> fit.drivers, round(float(np.diff(fit.part("pace").mean(axis=0))[0]), 2)
    (('A', 'B'), 0.3)
    """
    priors = priors or PacePriors()
    lap_time_s, lap, age, fuel, gap, learn = laps.numbers()
    names, who = _named(laps.driver, len(lap), "driver")
    compounds, which = _named(laps.compound, len(lap), "compound")
    known = np.isfinite(lap_time_s + lap + age + fuel)
    used = known & (learn > 0)
    enough("usable racing laps to learn from", int(used.sum()), _MIN_LAPS)
    enough("drivers with usable laps", len(np.unique(who[used])), _MIN_DRIVERS)
    knots = _knots(lap[used], priors.knot_laps)
    lap, known_age, fuel = (np.where(known, values, 0.0) for values in (lap, age, fuel))
    rows = Rows(who, lap, which, known_age, fuel, np.nan_to_num(gap, nan=np.inf))
    blocks, matrix = design(rows, knots, compounds)
    prior = prior_of(blocks, knots, compounds, priors)
    level = float(np.median(lap_time_s[used]))
    x, y = matrix[used], lap_time_s[used] - level
    mean, covariance, sigma, inflation = solve(x, y, prior, rows.only(used))
    slopes = np.concatenate([columns_of(blocks, f"wear_{name}") for name in compounds]).astype(
        np.int64
    )
    draws = draws_of(mean, covariance, slopes, n_draws, seed)
    draws[:, blocks["track"]] += level
    parts = parts_of(matrix, draws.mean(axis=0), blocks, compounds)
    parts = {name: np.where(known, values, np.nan) for name, values in parts.items()}
    return PaceFit(
        drivers=names,
        compounds=compounds,
        blocks=blocks,
        knots=knots,
        draws=draws,
        prior_covariance=linalg.inv(prior[0]),
        covariance=covariance,
        parts_s=parts,
        residual_s=lap_time_s - np.sum(list(parts.values()), axis=0),
        lap=np.where(known, lap, np.nan),
        driver_of=who,
        compound_of=which,
        age_laps=age,
        used=used,
        sigma_s=sigma,
        inflation=inflation,
    )


def _named(values: ArrayLike, n: int, what: str) -> tuple[tuple[str, ...], Ints]:
    array = np.asarray(values)
    if array.shape != (n,):
        raise InvalidInput(f"{what} has shape {array.shape}; needed is one per lap, ({n},).")
    names, index = np.unique(array.astype(str), return_inverse=True)
    return tuple(names.tolist()), index.astype(np.int64)


def _knots(lap: Floats, every: float) -> Floats:
    first, last = float(lap.min()), float(lap.max())
    return np.linspace(first, last, max(round((last - first) / every), 1) + 1)
