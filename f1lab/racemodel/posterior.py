"""The Gaussian core of the lap-time model: laps and priors in, coefficients and doubt out.

A lap meets few coefficients: its stretch of track, its driver, its set. Only what it meets is
multiplied. What no lap has met yet, such as the track on laps still to come, follows from the
rest by its prior alone: it is taken out once, which in the wet halves the number of unknowns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import cho_factor, cho_solve, lapack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.racemodel.design import Design

    Floats = NDArray[np.float64]

__all__ = ["Posterior"]


class Posterior:
    """What laps say of the coefficients beside their priors.

    Parameters
    ----------
    design : Design
        The priors.
    x : ndarray, shape (n, p)
        Rows of the laps used.
    """

    def __init__(self, design: Design, x: Floats) -> None:
        self._met = np.flatnonzero(x.any(axis=0))
        self._take_out(design, np.flatnonzero(~x.any(axis=0)))
        row, column = np.nonzero(x[:, self._met])
        count = np.bincount(row, minlength=len(x))
        place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        # what each lap meets, in order; shorter rows go on with nothing times the last one
        shape = (len(x), int(count.max(initial=0)))
        self._column = np.full(shape, len(self._met) - 1)
        self._value = np.zeros(shape)
        self._column[row, place] = column
        self._value[row, place] = x[row, self._met[column]]
        one, other = np.triu_indices(shape[1])
        self._product = self._value[:, one] * self._value[:, other]
        self._times = np.where(one == other, 1.0, 2.0)
        # where each product belongs in the upper triangle, column by column
        self._at = self._column[:, other] * len(self._met) + self._column[:, one]

    def _take_out(self, design: Design, unmet: NDArray[np.int64]) -> None:
        """Priors of what laps meet, and all coefficients by those: ``follow @ theta + rest``."""
        precision, shift, met = design.precision, design.shift, self._met
        own, others = np.ix_(unmet, unmet), np.ix_(unmet, met)
        factor = cho_factor(precision[own])
        self._follow, self._rest = np.zeros((len(shift), len(met))), np.zeros(len(shift))
        self._follow[met, np.arange(len(met))] = 1.0
        self._follow[unmet] = -cho_solve(factor, precision[others])
        self._rest[unmet] = cho_solve(factor, shift[unmet])
        self._alone = np.zeros_like(precision)
        self._alone[own] = _whole(_inverse(*factor))
        self._prior = precision[np.ix_(met, met)] + precision[others].T @ self._follow[unmet]
        self._shift = shift[met] - precision[others].T @ self._rest[unmet]

    def expected_s(self, theta: Floats) -> Floats:
        """Expected time of each lap [s]."""
        return np.asarray((self._value * theta[self._met][self._column]).sum(axis=1))

    def mean(self, y: Floats, sigma: Floats) -> Floats:
        """Posterior mean from lap times and their noise [s]; shape (p,)."""
        weight = 1 / sigma**2
        said = self._value * (weight * y)[:, None]
        total = self._shift + np.bincount(self._column.ravel(), said.ravel(), len(self._met))
        return np.asarray(self._follow @ cho_solve(self._factor(weight), total) + self._rest)

    def covariance(self, information: Floats) -> Floats:
        """Posterior covariance by what each lap says [1/s²]; shape (p, p)."""
        own = _whole(_inverse(*self._factor(information)))
        return np.asarray(self._follow @ own @ self._follow.T + self._alone)

    def doubt(self, information: Floats) -> Floats:
        """Variance of each lap's expected time by what each lap says [s²]; shape (n,)."""
        between = _inverse(*self._factor(information)).T.ravel()[self._at]
        return np.asarray((self._product * between) @ self._times)

    def _factor(self, weight: Floats) -> tuple[Floats, bool]:
        """Cholesky factor of the precision of what laps meet, in its upper triangle."""
        said = (self._product * weight[:, None]).ravel()
        total = np.bincount(self._at.ravel(), said, self._prior.size)
        precision = self._prior + total.reshape(self._prior.shape).T
        factor: tuple[Floats, bool] = cho_factor(precision, overwrite_a=True)
        return factor


def _inverse(factor: Floats, lower: bool) -> Floats:  # noqa: FBT001  (as cho_factor gives it)
    """Upper triangle of the inverse of what was factored."""
    if not factor.size:
        return factor
    return np.asarray(lapack.dpotri(factor, lower=lower)[0])


def _whole(half: Floats) -> Floats:
    """A symmetric matrix by its upper triangle."""
    half = np.triu(half)
    return np.asarray(half + half.T - np.diag(half.diagonal()))
