"""Averages, spreads, lines and ranks that a few odd values do not move.

Lap times, stops and starts have fat tails to the slow side: what is usual among them is a median,
its spread the median distance from it.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from f1lab.calc._check import columns
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = [
    "MAD_TO_SD",
    "auc",
    "huber_distance",
    "median_error",
    "repetition",
    "robust_sd",
    "theil_line",
]

#: Median absolute deviation to standard deviation, for normal values [-].
MAD_TO_SD = 1.4826
#: Standard error of a median over that of a mean, for normal values [-].
_MEDIAN_COST = 1.25


def robust_sd(values: ArrayLike) -> float:
    """Standard deviation by the median absolute deviation.

    Parameters
    ----------
    values : array_like, shape (n,)
        One at least.

    Returns
    -------
    float
        ``1.4826 · median |x − median x|``, in the unit of the values.

    Examples
    --------
    >>> robust_sd([1.0, 2.0, 3.0, 4.0, 90.0])
    1.4826
    """
    array = np.asarray(values, dtype=float)
    return float(MAD_TO_SD * np.median(np.abs(array - np.median(array))))


def median_error(sd: float, n: int) -> float:
    """Standard error of the median of ``n`` values that scatter by ``sd``.

    Parameters
    ----------
    sd : float
        Standard deviation of the values, in their unit.
    n : int
        How many they are.

    Returns
    -------
    float
        ``√(π/2) · sd / √n``, the root rounded to 1.25; in the unit of ``sd``.

    Examples
    --------
    >>> median_error(0.4, 25)
    0.1
    """
    return _MEDIAN_COST * sd / sqrt(n)


def huber_distance(residual: ArrayLike, tuning: float) -> Floats:
    """How far out each value is, from 1 for all that count in full (Huber 1964).

    A regression that gives each value the weight ``1 / distance`` follows the many and not the
    far.

    Parameters
    ----------
    residual : array_like, shape (n,)
        Distance of each value from the fit.
    tuning : float
        Distance up to which a value counts in full, in the same unit.

    Returns
    -------
    ndarray, shape (n,)
        ``max(|residual| / tuning, 1)`` [-].

    Examples
    --------
    >>> huber_distance([0.2, -1.0, 4.0], 1.0)
    array([1., 1., 4.])
    """
    return np.asarray(np.maximum(np.abs(np.asarray(residual, dtype=float)) / tuning, 1.0))


def theil_line(x: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """Level and slope of a line that half the points may leave.

    ``slope = median (y_i − y_j)/(x_i − x_j)`` over all pairs that differ in x, ``level = median
    (y − slope·x)``.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Points, in any units.

    Returns
    -------
    (float, float)
        Level [unit of y] and slope [unit of y per unit of x].

    Raises
    ------
    NotEnoughLaps
        If no two points differ in x.

    Notes
    -----
    Theil (1950), Sen (1968).

    Examples
    --------
    >>> theil_line([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 5.0, 7.0, 40.0])
    (1.0, 2.0)
    """
    at, value = columns(x=x, y=y)
    i, j = np.triu_indices(len(at), 1)
    apart = at[i] != at[j]
    if not apart.any():
        raise NotEnoughLaps(f"{len(at)} points, no two apart in x: a line needs that.")
    slope = float(np.median((value[i] - value[j])[apart] / (at[i] - at[j])[apart]))
    return float(np.median(value - slope * at)), slope


def repetition(z: Floats, pair: Bools, most: float) -> float:
    """How many times fewer laps the same information would fill, as laps resemble their neighbours.

    ``(1 + r) / (1 − r)`` with the correlation ``r`` of neighbouring laps; two standard errors of
    it count as none.

    Parameters
    ----------
    z : ndarray, shape (n,)
        Residuals of laps in order, in standard deviations [-].
    pair : ndarray of bool, shape (n − 1,)
        Whether each lap and the next are neighbours: one car's, on end.
    most : float
        Largest correlation believed, below 1 [-].

    Returns
    -------
    float
        1 where nothing repeats [-].

    Notes
    -----
    Variance inflation of a first-order autoregression.

    Examples
    --------
    >>> z = np.tile([1.0, 1.0, -1.0, -1.0], 100)
    >>> repetition(z, np.ones(399, dtype=bool), 0.6)
    1.0
    >>> repetition(np.repeat([1.0, -1.0], 200), np.ones(399, dtype=bool), 0.6)
    4.0
    """
    if not z.any():
        return 1.0
    r = float(np.mean(z[1:][pair] * z[:-1][pair]) / np.mean(z**2))
    r = min(max(r - 2 / sqrt(pair.sum()), 0.0), most)
    return (1 + r) / (1 - r)


def auc(score: ArrayLike, happened: ArrayLike) -> float:
    """Chance that something that happened had a higher score than something that did not.

    Ties count one half (Mann and Whitney 1947).

    Parameters
    ----------
    score : array_like, shape (n,)
        What each case was given [any unit].
    happened : array_like of bool, shape (n,)

    Returns
    -------
    float
        0.5 for guessing, 1 for perfect ranking; NaN when it happened every time, or never [-].

    Examples
    --------
    >>> auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True])
    0.75
    """
    truth = np.asarray(happened, dtype=bool)
    yes, no = int(truth.sum()), int((~truth).sum())
    if not yes or not no:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[truth].sum() - yes * (yes + 1) / 2) / (yes * no))
