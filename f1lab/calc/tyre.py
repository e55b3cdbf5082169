"""Tyres: how fast they fade, how the compounds compare, when they are done.

Wear and compound offsets are read off a :class:`~f1lab.calc.pace.PaceFit`, because a stint on
its own cannot tell wear from burning fuel and a quickening track.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import enough
from f1lab.calc._push import PushPenalty, push_penalty
from f1lab.calc._tyre_use import (
    TemperatureWindow,
    ThermalWindow,
    TyreLife,
    WarmUp,
    thermal_window,
    tyre_life_projection,
)
from f1lab.calc.basis import WEAR_KNOTS_LAPS, wear_basis
from f1lab.calc.estimate import LEVELS, Estimate, Result
from f1lab.errors import InvalidInput, NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.calc.pace import PaceFit

    Floats = NDArray[np.float64]

__all__ = [
    "CompoundDelta",
    "Degradation",
    "PushPenalty",
    "TemperatureWindow",
    "ThermalWindow",
    "TyreLife",
    "WarmUp",
    "WearCurve",
    "compound_delta",
    "degradation_curve",
    "push_penalty",
    "thermal_window",
    "tyre_life_projection",
]

_MIN_COMPOUND_LAPS, _MIN_AGE_RANGE_LAPS, _MIN_PAIR_LAPS = 20, 6.0, 10
#: A curve the laps moved less than this far from its prior is not reported [-].
_MIN_DATA_SHARE = 0.25


@dataclass(frozen=True)
class WearCurve(Result):
    """Seconds lost by the age of one compound, against a new set.

    ``slope_s_per_lap`` is the mean over the ages raced; ``data_share`` tells how much of the
    prior's variance of it the laps removed [-].
    """

    compound: str
    age_laps: Floats
    loss_s: Floats
    low_s: Floats
    high_s: Floats
    slope_s_per_lap: Estimate
    n_laps: int
    n_drivers: int
    data_share: float
    draws_s: Floats = field(repr=False, metadata={"plain": False})


@dataclass(frozen=True)
class Degradation(Result):
    """Wear curves of a race, and why a compound has none."""

    curves: tuple[WearCurve, ...]
    refused: dict[str, str]

    def of(self, compound: str) -> WearCurve:
        """Curve of one compound.

        Raises
        ------
        NotEnoughLaps
            With the reason, if it was refused.
        InvalidInput
            If it was not raced.
        """
        for curve in self.curves:
            if curve.compound == compound:
                return curve
        if compound in self.refused:
            raise NotEnoughLaps(self.refused[compound])
        known = ", ".join([*(c.compound for c in self.curves), *self.refused])
        raise InvalidInput(f"{compound} was not raced here; raced were {known}.")


def degradation_curve(fit: PaceFit) -> Degradation:
    """Seconds lost by tyre age, for each compound of a race, never falling.

    ``loss(a) = Σ_k slope_k · laps spent in age segment k``, slopes non-negative, changing at 10
    and 20 green-flag laps; fuel, track, traffic and drivers are fitted along with it.

    Parameters
    ----------
    fit : PaceFit
        From :func:`f1lab.calc.pace.fit_pace`.

    Returns
    -------
    Degradation
        One curve [s] at ages 0 … oldest raced [laps] per compound the laps can carry.

    Raises
    ------
    NotEnoughLaps
        If no compound has 20 laps over 6 laps of age by two drivers that say more than the
        prior does.

    Notes
    -----
    Model and priors: :mod:`f1lab.calc.pace`.

    Examples
    --------
    >>> from f1lab.calc.pace import FieldLaps, fit_pace
    >>> lap = np.tile(np.arange(1, 41), 4)
    >>> driver = np.repeat(["A", "B", "C", "D"], 40)
    >>> stop = np.repeat([10, 16, 22, 30], 40)
    >>> age = np.where(lap > stop, lap - stop, lap)
    >>> time_s = 90 + 0.06 * age
    >>> laps = FieldLaps(time_s, driver, lap, np.full(160, "HARD"), age, np.zeros(160))
    >>> curve = degradation_curve(fit_pace(laps)).of("HARD")
    >>> round(curve.slope_s_per_lap.value, 3), curve.n_laps
    (0.06, 160)
    """
    curves, refused = [], {}
    for i, name in enumerate(fit.compounds):
        try:
            curves.append(_wear_curve(fit, name, fit.used & (fit.compound_of == i)))
        except NotEnoughLaps as reason:
            refused[name] = str(reason)
    if not curves:
        raise NotEnoughLaps(" ".join(refused.values()))
    return Degradation(tuple(curves), refused)


def _wear_curve(fit: PaceFit, name: str, rows: NDArray[np.bool_]) -> WearCurve:
    age = fit.age_laps[rows]
    enough(f"laps on {name}", len(age), _MIN_COMPOUND_LAPS)
    enough(f"drivers on {name}", len(np.unique(fit.driver_of[rows])), 2)
    if np.ptp(age) < _MIN_AGE_RANGE_LAPS:
        raise NotEnoughLaps(
            f"{name} was raced over {np.ptp(age):.0f} laps of age; needed are "
            f"{_MIN_AGE_RANGE_LAPS:.0f} for a curve."
        )
    ages = np.arange(int(np.ceil(age.max())) + 1, dtype=float)
    basis = wear_basis(ages, WEAR_KNOTS_LAPS)
    direction = np.zeros(fit.draws.shape[1])
    direction[fit.blocks[f"wear_{name}"]] = basis[-1] / ages[-1]
    share = fit.data_share(direction)
    if share < _MIN_DATA_SHARE:
        raise NotEnoughLaps(
            f"{len(age)} laps on {name} took {share:.0%} off the prior's variance of its wear; "
            f"needed are {_MIN_DATA_SHARE:.0%}: stops too much alike to tell wear from the track."
        )
    draws = fit.part(f"wear_{name}") @ basis.T
    low, middle, high = np.quantile(draws, [LEVELS[0], 0.5, LEVELS[1]], axis=0)
    slope = Estimate.of_draws(draws[:, -1] / ages[-1])
    n_drivers = len(np.unique(fit.driver_of[rows]))
    # quantiles of curves that never fall never fall either
    return WearCurve(name, ages, middle, low, high, slope, len(age), n_drivers, share, draws)


@dataclass(frozen=True)
class CompoundDelta(Result):
    """Lap time of one compound minus another's at equal age, fuel and driver [s]."""

    compound: str
    against: str
    age_laps: float
    delta_s: Estimate
    n_laps: tuple[int, int]
    n_shared_drivers: int
    data_share: float


def compound_delta(fit: PaceFit, age_laps: float = 5.0) -> tuple[CompoundDelta, ...]:
    """Pace offset between every two compounds of a race, at equal age and fuel.

    ``delta = offset_a − offset_b + wear_a(age) − wear_b(age)``; drivers who raced both compounds
    are what ties them together.

    Parameters
    ----------
    fit : PaceFit
        From :func:`f1lab.calc.pace.fit_pace`.
    age_laps : float
        Age at which they are compared [green-flag laps].

    Returns
    -------
    tuple of CompoundDelta
        One per pair with ten laps each and a driver who raced both; negative means the first
        is quicker [s].

    Raises
    ------
    NotEnoughLaps
        If no pair can be compared.
    InvalidInput
        For a negative age.

    Notes
    -----
    Model and priors: :mod:`f1lab.calc.pace`.

    Examples
    --------
    >>> from f1lab.calc.pace import FieldLaps, fit_pace
    >>> lap = np.tile(np.arange(1, 41), 4)
    >>> stop = np.repeat([10, 16, 22, 30], 40)
    >>> compound = np.where(lap > stop, "HARD", "MEDIUM")
    >>> age = np.where(lap > stop, lap - stop, lap)
    >>> time_s = 90 + 0.05 * age + 0.4 * (compound == "HARD")
    >>> driver = np.repeat(["A", "B", "C", "D"], 40)
    >>> (found,) = compound_delta(fit_pace(FieldLaps(time_s, driver, lap, compound, age, 0 * lap)))
    >>> found.compound, found.against, round(found.delta_s.value, 1)
    ('HARD', 'MEDIUM', 0.4)
    """
    if not age_laps >= 0:
        raise InvalidInput(f"age_laps is {age_laps:g}; a tyre's age is zero or more laps.")
    pairs = combinations(range(len(fit.compounds)), 2)
    found = [pair for a, b in pairs if (pair := _compared(fit, a, b, age_laps)) is not None]
    if not found:
        raced = ", ".join(
            f"{name} {int((fit.used & (fit.compound_of == i)).sum())}"
            for i, name in enumerate(fit.compounds)
        )
        raise NotEnoughLaps(
            f"no two compounds with {_MIN_PAIR_LAPS} laps each and a driver who raced both "
            f"(laps raced: {raced})."
        )
    return tuple(found)


def _compared(fit: PaceFit, a: int, b: int, age_laps: float) -> CompoundDelta | None:
    """One pair, or None when it cannot be compared."""
    on_a, on_b = (fit.used & (fit.compound_of == i) for i in (a, b))
    shared = np.intersect1d(fit.driver_of[on_a], fit.driver_of[on_b])
    n_laps = int(on_a.sum()), int(on_b.sum())
    if min(n_laps) < _MIN_PAIR_LAPS or not len(shared):
        return None
    direction = np.zeros(fit.draws.shape[1])
    basis = wear_basis([age_laps], WEAR_KNOTS_LAPS)[0]
    for i, sign in ((a, 1.0), (b, -1.0)):
        direction[fit.blocks["offset"].start + i] = sign
        direction[fit.blocks[f"wear_{fit.compounds[i]}"]] = sign * basis
    delta = Estimate.of_draws(fit.draws @ direction)
    share = fit.data_share(direction)
    names = fit.compounds[a], fit.compounds[b]
    return CompoundDelta(*names, age_laps, delta, n_laps, len(shared), share)
