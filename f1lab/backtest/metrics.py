"""How good a forecast was: errors of places, of probabilities, of orders and of lap times.

Pure functions of arrays. A race of *n* cars has places 1 … n; a forecast is a matrix
``p_position`` of shape (n, n), the chance of every car to come in on every place, its rows
summing to one. Smaller is better, except for :func:`spearman`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = [
    "Reliability",
    "median_position",
    "position_table",
    "ranked_probability",
    "reliability",
    "rmse",
    "spearman",
    "squared_error",
    "within",
]

#: Edges of the bins of a reliability table [-].
BIN_EDGES = np.linspace(0.0, 1.0, 11)


def position_table(position: Ints) -> Floats:
    """Chance of each car to come in on each place, from simulated races.

    Parameters
    ----------
    position : ndarray of int, shape (races, n)
        Place of each car in each race; each row holds 1 … n once.

    Returns
    -------
    ndarray, shape (n, n)
        Rows are cars, columns places [-].

    Examples
    --------
    >>> position_table(np.array([[1, 2], [1, 2], [2, 1], [1, 2]])).tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """
    races, n = position.shape
    out = np.zeros((n, n))
    for car in range(n):
        out[car] = np.bincount(position[:, car] - 1, minlength=n) / races
    return out


def within(position: Ints, keep: Bools) -> Ints:
    """Places among some of the cars only.

    Parameters
    ----------
    position : ndarray of int, shape (races, n)
    keep : ndarray of bool, shape (n,)

    Returns
    -------
    ndarray of int, shape (races, keep.sum())
    """
    order = position[:, keep].argsort(axis=1)
    return np.asarray(order.argsort(axis=1) + 1, dtype=np.int64)


def median_position(p_position: Floats) -> Ints:
    """Place that is passed half the time either way: the point forecast of least error.

    Parameters
    ----------
    p_position : ndarray, shape (n, n)

    Returns
    -------
    ndarray of int, shape (n,)
        Several cars may share one.

    Examples
    --------
    >>> median_position(np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]])).tolist()
    [1, 3]
    """
    half = 0.5 - 1e-12
    return np.asarray((np.cumsum(p_position, axis=1) < half).sum(axis=1) + 1, dtype=np.int64)


def squared_error(p: Floats, happened: Bools) -> Floats:
    """Brier score of every forecast: its squared distance from 1 or 0 [-]."""
    return np.asarray((p - happened) ** 2, dtype=np.float64)


def ranked_probability(p_position: Floats, finish: Ints) -> Floats:
    """Ranked probability score of every car [-].

    The mean over the places 1 … n − 1 of the Brier score of "came in there or better": 0 for
    certainty that was right, 1 for the last place foreseen for the winner (Epstein 1969).

    Parameters
    ----------
    p_position : ndarray, shape (n, n)
    finish : ndarray of int, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
    """
    n = p_position.shape[1]
    cumulated = np.cumsum(p_position, axis=1)[:, :-1]
    came = finish[:, None] <= np.arange(1, n)
    return np.asarray(((cumulated - came) ** 2).mean(axis=1), dtype=np.float64)


def spearman(forecast: ArrayLike, truth: ArrayLike) -> float:
    """Correlation of ranks, ties sharing theirs [-]; NaN when either side is one tie.

    Examples
    --------
    >>> spearman([1, 2, 3, 4], [1, 2, 4, 3])
    0.8
    """
    x, y = rankdata(forecast), rankdata(truth)
    x, y = x - x.mean(), y - y.mean()
    spread = float(np.sqrt((x**2).sum() * (y**2).sum()))
    return round(float((x * y).sum()) / spread, 12) if spread > 0 else float("nan")


def rmse(error: Floats) -> float:
    """Root of the mean square, in the unit of the errors."""
    return float(np.sqrt(np.mean(np.square(error))))


@dataclass(frozen=True)
class Reliability:
    """What was foreseen against what happened, bin by bin.

    Parameters
    ----------
    edges : tuple of float
        Edges of the bins [-].
    count : tuple of int
        Forecasts in each bin.
    foreseen, happened : tuple of float or None
        Mean chance given and share that came true [-]; None in an empty bin.
    error : tuple of float or None
        Standard error of that share if the forecasts are right [-].
    """

    edges: tuple[float, ...]
    count: tuple[int, ...]
    foreseen: tuple[float | None, ...]
    happened: tuple[float | None, ...]
    error: tuple[float | None, ...]

    def worst_gap(self, at_least: int) -> float | None:
        """Largest distance between foreseen and happened in bins of so many cases [-]."""
        gaps = [
            abs(a - b)
            for n, a, b in zip(self.count, self.foreseen, self.happened, strict=True)
            if n >= at_least and a is not None and b is not None
        ]
        return max(gaps, default=None)


def reliability(p: Floats, happened: Bools, edges: Floats = BIN_EDGES) -> Reliability:
    """Sort forecasts into bins of equal chance and see how often they came true.

    Parameters
    ----------
    p : ndarray, shape (n,)
        Chances given [-].
    happened : ndarray of bool, shape (n,)
    edges : ndarray, shape (b + 1,)
        Edges of the bins, the last one closed on both sides.

    Returns
    -------
    Reliability
    """
    bins = len(edges) - 1
    which = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, bins - 1)
    count = np.bincount(which, minlength=bins)
    filled = np.maximum(count, 1)
    foreseen = np.bincount(which, p, bins) / filled
    share = np.bincount(which, happened.astype(float), bins) / filled
    error = np.sqrt(np.bincount(which, p * (1 - p), bins)) / filled

    def some(values: Floats) -> tuple[float | None, ...]:
        return tuple(float(v) if n else None for v, n in zip(values, count, strict=True))

    return Reliability(
        tuple(edges.tolist()), tuple(count.tolist()), some(foreseen), some(share), some(error)
    )
