"""Many races' figures pooled, and each drawn towards the rest by what is known of it.

    y_i ~ Normal(m_i, s_i²),  m_i ~ Student(4; mu, tau),  mu ~ Normal(0, M²),  tau ~ |Normal(0, T²)|

``s_i`` is each race's own standard error. ``mu`` and ``m_i`` are integrated over a grid of ``tau``
in closed form (Gelman et al., *Bayesian Data Analysis*, ch. 5). The tails are heavy, as a normal
whose variance is each race's own (expectation maximisation): a lap lost in the wall moves the
mean little. A race that says little leans on the others; a handful of races lean on nothing at
all, which is what two drivers differ by before anything is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.estimate import Estimate, Result
from f1lab.errors import InvalidInput, NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Pooled", "partial_pooling"]

_GRID = 200
_LARGEST_TAU = 4.0
_LEAST_ERROR = 1e-3
_DOF, _ROUNDS = 4.0, 15


@dataclass(frozen=True)
class Pooled(Result):
    """A figure over some races, in its unit.

    ``mean`` over races like these, ``spread`` from race to race (standard deviation),
    ``by_race`` each race's own, drawn towards the mean; ``median`` of the figures as they were.
    """

    mean: Estimate
    spread: Estimate
    median: float
    by_race: tuple[Estimate, ...]
    n_races: int


def partial_pooling(
    values: ArrayLike, errors: ArrayLike, *, mean_sd: float, spread_sd: float
) -> Pooled:
    """Pool one figure over races.

    Parameters
    ----------
    values, errors : array_like, shape (n,)
        Figure of each race and its standard error.
    mean_sd, spread_sd : float
        Prior standard deviations ``M`` and ``T`` of the mean and of the spread.

    Returns
    -------
    Pooled

    Raises
    ------
    NotEnoughLaps
        No race at all.
    InvalidInput
        If a figure is unknown or arrays do not match.

    Examples
    --------
    >>> found = partial_pooling([0.2, 0.3, 0.9], [0.1, 0.1, 0.5], mean_sd=2.0, spread_sd=0.3)
    >>> 0.2 < found.mean.value < 0.4, found.by_race[2].value < 0.6
    (True, True)
    """
    y, s = np.asarray(values, dtype=float), np.asarray(errors, dtype=float)
    if not len(y):
        raise NotEnoughLaps("0 races both drivers can be compared in, needed is 1.")
    if y.shape != s.shape or not (np.isfinite(y) & np.isfinite(s)).all():
        raise InvalidInput("every race needs a known value and a known error.")
    variance = np.maximum(s, _LEAST_ERROR) ** 2
    tau = np.linspace(0.0, _LARGEST_TAU * spread_sd, _GRID)
    wild = np.ones(len(y))
    for _ in range(_ROUNDS):
        weight = 1 / (variance + wild * tau[:, None] ** 2)
        centre, precision, chance = _grid(y, weight, tau, (mean_sd, spread_sd))
        usual = variance + float(chance @ tau) ** 2
        wild = (_DOF + (y - float(chance @ centre)) ** 2 / usual) / (_DOF + 1)
    own = np.asarray(variance * weight)  # share of the mean in each race's own figure
    races = own * centre[:, None] + (1 - own) * y
    doubt = own**2 / precision[:, None] + own * wild * tau[:, None] ** 2
    return Pooled(
        mean=_mixed(chance, centre, 1 / precision),
        spread=_quantiles(chance, tau),
        median=float(np.median(y)),
        by_race=tuple(_mixed(chance, races[:, i], doubt[:, i]) for i in range(len(y))),
        n_races=len(y),
    )


def _grid(
    y: Floats, weight: Floats, tau: Floats, prior: tuple[float, float]
) -> tuple[Floats, Floats, Floats]:
    """Mean of mu, its precision, and chance of each tau."""
    mean_sd, spread_sd = prior
    precision = weight.sum(axis=1) + mean_sd**-2
    centre = (weight * y).sum(axis=1) / precision
    evidence = (np.log(weight).sum(axis=1) - np.log(precision)) / 2
    evidence -= ((weight * y**2).sum(axis=1) - centre**2 * precision) / 2
    evidence -= (tau / spread_sd) ** 2 / 2
    chance = np.exp(evidence - evidence.max())
    return centre, precision, chance / chance.sum()


def _mixed(chance: Floats, centre: Floats, variance: Floats) -> Estimate:
    """Mean and interval of normals mixed over the grid."""
    mean = float(chance @ centre)
    spread = float(chance @ (variance + (centre - mean) ** 2)) ** 0.5
    return Estimate.of(mean, spread)


def _quantiles(chance: Floats, grid: Floats) -> Estimate:
    """Mean of a grid and the ends of its interval."""
    low, high = np.interp([0.05, 0.95], np.cumsum(chance), grid)
    mean = float(chance @ grid)
    return Estimate(mean, min(float(low), mean), max(float(high), mean))
