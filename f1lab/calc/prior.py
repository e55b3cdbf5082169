"""A Gaussian belief about the coefficients of a regression, written down term by term."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GaussianPrior"]


class GaussianPrior:
    """Precision and shift of a Gaussian prior: ``precision @ mean = shift``.

    Parameters
    ----------
    size : int
        Number of coefficients.

    Examples
    --------
    >>> prior = GaussianPrior(2)
    >>> prior.believe({0: 1.0}, 3.0, 0.5)
    >>> prior.believe({0: 1.0, 1: -1.0}, 0.0, 1.0)
    >>> np.linalg.solve(prior.precision, prior.shift).round(9).tolist()
    [3.0, 3.0]
    """

    def __init__(self, size: int) -> None:
        self.precision = np.zeros((size, size))
        self.shift = np.zeros(size)

    def __repr__(self) -> str:
        """How many coefficients it is about."""
        return f"GaussianPrior({len(self.shift)} coefficients)"

    def believe(self, weights: Mapping[int, float], mean: float, sd: float) -> None:
        """Add: the weighted sum of these coefficients is ``mean`` give or take ``sd``.

        Parameters
        ----------
        weights : mapping of int to float
            Weight of each coefficient, by its number [-].
        mean, sd : float
            What the sum is believed to be, and how surely, in its unit.
        """
        where = np.array(list(weights))
        row = np.array(list(weights.values()))
        self.precision[np.ix_(where, where)] += np.outer(row, row) / sd**2
        self.shift[where] += row * mean / sd**2
