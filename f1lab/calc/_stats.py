"""Robust averages and regressions that know how little a string of laps says.

Laps have fat tails to the slow side and resemble their neighbours: means are Huber's, and
standard errors of regressions are clustered by stint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.estimate import Estimate
from f1lab.calc.robust import huber_distance, robust_sd
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Residuals beyond so many standard deviations count for less (Huber 1964) [-].
HUBER_SD = 1.5
#: The same where the furthest of several columns counts: of usual rows one in twenty is beyond.
_JOINT_HUBER_SD = 2.5
_ROUNDS = 30
#: Fitted values that move less than this share of the scatter have settled [-].
_SETTLED = 1e-5
#: Smallest scale [same unit as the values]: a thousandth of a second, or of a km/h.
_LEAST_SCALE = 1e-3


def huber_mean(values: Floats) -> tuple[float, float]:
    """Huber's mean and its standard error."""
    fit = regress(np.ones((len(values), 1)), values)
    return float(fit.coefficients[0]), float(np.sqrt(fit.covariance[0, 0]))


@dataclass(frozen=True)
class Regression:
    """Coefficients, their sandwich covariance, the degrees of freedom it has, and R²."""

    coefficients: Floats
    covariance: Floats
    dof: float
    r2: float
    residual: Floats

    def draws(self, n: int, rng: np.random.Generator) -> Floats:
        """Coefficients as a multivariate Student's t draws them, shape (n, p)."""
        zero = np.zeros(len(self.coefficients))
        steps = rng.multivariate_normal(zero, self.covariance, n, method="eigh")
        scale = np.sqrt(self.dof / rng.chisquare(self.dof, n))
        return np.asarray(self.coefficients + steps * scale[:, None])

    def estimate(self, direction: Floats) -> Estimate:
        """Value and interval of a linear combination of the coefficients."""
        variance = float(direction @ self.covariance @ direction)
        return Estimate.of(float(direction @ self.coefficients), np.sqrt(variance), self.dof)


def regress(
    matrix: Floats, y: Floats, groups: Ints | None = None, weight: Floats | None = None
) -> Regression:
    """Huber regression; standard errors clustered by group (each row its own by default)."""
    base = np.ones(len(y)) if weight is None else weight / weight.mean()
    beta = _least_squares(matrix, y, base)
    robust = base
    residual = y - matrix @ beta
    for _ in range(_ROUNDS):
        scale = max(robust_sd(residual), _LEAST_SCALE)
        robust = base / huber_distance(residual - np.median(residual), HUBER_SD * scale)
        beta = _least_squares(matrix, y, robust)
        moved = matrix @ beta - (y - residual)
        residual = residual - moved
        if np.abs(moved).max() <= _SETTLED * scale:
            break
    members = np.arange(len(y)) if groups is None else groups
    covariance, dof = _sandwich(matrix, residual * robust, robust, members)
    centred = (base * (y - np.average(y, weights=base)) ** 2).sum()
    r2 = 1 - float((base * residual**2).sum() / centred) if centred > 0 else 0.0
    return Regression(beta, covariance, dof, r2, residual)


def _least_squares(matrix: Floats, y: Floats, weight: Floats) -> Floats:
    root = np.sqrt(weight)
    return np.asarray(np.linalg.lstsq(matrix * root[:, None], y * root, rcond=None)[0])


def _sandwich(matrix: Floats, score: Floats, weight: Floats, groups: Ints) -> tuple[Floats, float]:
    """Cluster-robust covariance (Liang and Zeger 1986) with the small-sample factor."""
    _, member = np.unique(groups, return_inverse=True)
    n, p, g = len(score), matrix.shape[1], int(member.max()) + 1
    dof = float(min(g - 1, n - p))
    if dof < 1:
        raise NotEnoughLaps(f"{n} laps in {g} groups cannot carry {p} coefficients.")
    sums = np.zeros((g, p))
    np.add.at(sums, member, matrix * score[:, None])
    bread = np.linalg.pinv((matrix * weight[:, None]).T @ matrix)
    factor = g / (g - 1) * (n - 1) / max(n - p, 1)
    return np.asarray(factor * bread @ (sums.T @ sums) @ bread), dof


def demeaned(values: Floats, groups: Ints) -> Floats:
    """Values minus the mean of their group; works on columns too."""
    n = int(groups.max(initial=-1)) + 1
    count = np.maximum(np.bincount(groups, minlength=n), 1)
    if values.ndim == 1:
        return np.asarray(values - (np.bincount(groups, values, n) / count)[groups])
    means = np.stack([np.bincount(groups, column, n) / count for column in values.T], axis=1)
    return np.asarray(values - means[groups])


def difference(a: Floats, b: Floats) -> Estimate:
    """Difference of two robust means with Welch's degrees of freedom."""
    return _welch(huber_mean(a), huber_mean(b), (len(a), len(b)))


def joint_differences(a: Floats, b: Floats) -> tuple[Estimate, ...]:
    """Differences of robust means of each column, and of the rows' sums last.

    A row has one weight in all its columns, that of the column (or the sum) furthest out, so
    that the differences of the columns sum to that of the sums.
    """
    (x, sx), (y, sy) = _joint_means(a), _joint_means(b)
    told = zip(zip(x, sx, strict=True), zip(y, sy, strict=True), strict=True)
    return tuple(_welch(own, other, (len(a), len(b))) for own, other in told)


def _joint_means(rows: Floats) -> tuple[Floats, Floats]:
    """Means of the columns and of the sums, and their standard errors, rows weighted alike."""
    values = np.column_stack([rows, rows.sum(axis=1)])
    centre, weight = np.median(values, axis=0), np.ones(len(values))
    for _ in range(_ROUNDS):
        residual = values - centre
        scale = np.array([max(robust_sd(column), _LEAST_SCALE) for column in residual.T])
        weight = 1 / huber_distance(residual / scale, _JOINT_HUBER_SD).max(axis=1)
        moved = np.average(values, axis=0, weights=weight) - centre
        centre = centre + moved
        if (np.abs(moved) <= _SETTLED * scale).all():
            break
    n = len(values)
    scatter = ((weight[:, None] * (values - centre)) ** 2).sum(axis=0)
    return centre, np.sqrt(n / (n - 1) * scatter) / weight.sum()


def _welch(own: tuple[float, float], other: tuple[float, float], n: tuple[int, int]) -> Estimate:
    """Difference of two means with their standard errors."""
    variances = np.array([own[1] ** 2, other[1] ** 2])
    total = float(variances.sum())
    weights = variances**2 / (np.array(n) - 1)
    dof = total**2 / float(weights.sum()) if total > 0 else float(sum(n) - 2)
    return Estimate.of(own[0] - other[0], np.sqrt(total), dof)
