"""Columns of the lap-time model: piecewise-linear curves over progress, tyre age and gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "DIRTY_AIR_GAP_S",
    "WEAR_KNOTS_LAPS",
    "dirty_air_share",
    "hat_basis",
    "side_by_side",
    "wear_basis",
]

#: Ages at which the slope of a slick's wear curve may change [green-flag laps].
WEAR_KNOTS_LAPS = (0.0, 10.0, 20.0)
#: A car this close to the one ahead at the start of a lap drives in its air [s].
DIRTY_AIR_GAP_S = 1.5


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


def dirty_air_share(gap_s: ArrayLike, reach_s: float = DIRTY_AIR_GAP_S) -> Floats:
    """How much of the full loss in another car's air a gap costs.

    ``1 − gap / reach``, between 0 and 1: its coefficient is the loss with no gap [s].

    Parameters
    ----------
    gap_s : array_like
        Gap to the car ahead as the lap begins [s], inf for nobody.
    reach_s : float
        Gap at which dirty air ends [s].

    Returns
    -------
    ndarray
        Shaped like the gaps [-].

    Examples
    --------
    >>> dirty_air_share([0.0, 0.75, 3.0, np.inf])
    array([1. , 0.5, 0. , 0. ])
    """
    return np.clip(1.0 - np.asarray(gap_s, dtype=float) / reach_s, 0.0, 1.0)


def side_by_side(parts: Mapping[str, Floats]) -> tuple[dict[str, slice], Floats]:
    """Set the columns of several parts next to each other.

    Parameters
    ----------
    parts : mapping of str to ndarray, shape (n, k)
        Columns by the name of their part.

    Returns
    -------
    (dict of str to slice, ndarray)
        Where each part stands, and the matrix of all of them.

    Examples
    --------
    >>> blocks, matrix = side_by_side({"pace": np.eye(2), "fuel": np.ones((2, 1))})
    >>> blocks["fuel"], matrix.shape
    (slice(2, 3, None), (2, 3))
    """
    ends = np.cumsum([part.shape[1] for part in parts.values()]).tolist()
    blocks = {
        name: slice(end - part.shape[1], end)
        for (name, part), end in zip(parts.items(), ends, strict=True)
    }
    return blocks, np.hstack(list(parts.values()))
