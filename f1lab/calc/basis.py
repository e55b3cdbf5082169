"""Piecewise-linear curves as columns of a regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["hat_basis", "wear_basis"]


def hat_basis(x: ArrayLike, knots: ArrayLike) -> Floats:
    """Piecewise-linear interpolation weights of ``knots`` at ``x``, flat outside them.

    Parameters
    ----------
    x : array_like, shape (n,)
        Where to interpolate, in the unit of the knots.
    knots : array_like, shape (k,)
        Increasing.

    Returns
    -------
    ndarray, shape (n, k)
        Rows sum to one.

    Examples
    --------
    >>> hat_basis([0.0, 2.5, 99.0], [0.0, 10.0])
    array([[1.  , 0.  ],
           [0.75, 0.25],
           [0.  , 1.  ]])
    """
    at, corners = np.asarray(x, dtype=float), np.asarray(knots, dtype=float)
    if len(corners) == 1:
        return np.ones((len(at), 1))
    inside = np.clip(at, corners[0], corners[-1])
    left = np.clip(np.searchsorted(corners, inside, side="right") - 1, 0, len(corners) - 2)
    share = (inside - corners[left]) / (corners[left + 1] - corners[left])
    out = np.zeros((len(at), len(corners)))
    rows = np.arange(len(at))
    out[rows, left] = 1 - share
    out[rows, left + 1] = share
    return out


def wear_basis(age_laps: ArrayLike, knots_laps: Sequence[float]) -> Floats:
    """Laps spent in each age segment: its coefficients are wear slopes [s/lap].

    Non-negative coefficients make a wear curve that never falls; the last segment has no end.

    Parameters
    ----------
    age_laps : array_like, shape (n,)
        Tyre age [green-flag laps].
    knots_laps : sequence of float, length k
        Start of each segment [laps].

    Returns
    -------
    ndarray, shape (n, k)

    Examples
    --------
    >>> wear_basis([4.0, 15.0], (0.0, 10.0))
    array([[ 4.,  0.],
           [10.,  5.]])
    """
    age = np.asarray(age_laps, dtype=float)
    ends = (*knots_laps[1:], np.inf)
    parts = [np.clip(age - a, 0.0, b - a) for a, b in zip(knots_laps, ends, strict=True)]
    return np.stack(parts, axis=1)
