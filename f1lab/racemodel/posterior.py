"""The Gaussian core of the lap-time model: laps and priors in, coefficients and doubt out.

In the wet the track has a coefficient for every lap, and a row of the design is nearly all zeros;
then only what is not zero is multiplied, which takes a third of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import cho_factor, cho_solve, lapack
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.racemodel.design import Design

    Floats = NDArray[np.float64]

__all__ = ["Posterior"]

#: Multiplying by what is not zero pays below this share of it.
_SPARSE = 0.08


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
        self.precision, self.shift = design.precision, design.shift
        self.x: Floats | csr_array = x
        if np.count_nonzero(x) < _SPARSE * x.size:
            self.x = csr_array(x)
            self._transposed = self.x.T.tocsr()
            self._row = np.repeat(np.arange(len(x)), np.diff(self.x.indptr))

    def expected_s(self, theta: Floats) -> Floats:
        """Expected time of each lap [s]."""
        return np.asarray(self.x @ theta)

    def mean(self, y: Floats, sigma: Floats) -> Floats:
        """Posterior mean from lap times and their noise [s]; shape (p,)."""
        weight = 1 / sigma**2
        factor = cho_factor(self._precision(weight))
        return np.asarray(cho_solve(factor, self.shift + self.x.T @ (weight * y)))

    def covariance(self, information: Floats) -> Floats:
        """Posterior covariance by what each lap says [1/s²]; shape (p, p)."""
        factor, lower = cho_factor(self._precision(information))
        half = np.triu(lapack.dpotri(factor, lower=lower)[0])
        return np.asarray(half + half.T - np.diag(half.diagonal()))

    def doubt(self, covariance: Floats) -> Floats:
        """Variance of each lap's expected time [s²]; shape (n,)."""
        spread = self.x @ covariance
        if isinstance(self.x, csr_array):
            return np.asarray(self.x.multiply(spread).sum(axis=1))
        return np.asarray((spread * self.x).sum(axis=1))

    def _precision(self, weight: Floats) -> Floats:
        if not isinstance(self.x, csr_array):
            return np.asarray(self.precision + (self.x * weight[:, None]).T @ self.x)
        scaled = csr_array(
            (self.x.data * weight[self._row], self.x.indices, self.x.indptr), self.x.shape
        )
        return np.asarray(self.precision + (self._transposed @ scaled).toarray())
