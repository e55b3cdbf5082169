"""What the starting grid alone says: the forecast to beat.

The grid's point forecast is the slot itself; its chances are how often that slot and its
neighbours came in on each place in the training races.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Entrants", "GridOdds", "entrants"]

#: A slot learns from its neighbours this much [-], so that a handful of seasons is enough.
_NEIGHBOUR_WEIGHT = 0.5
#: Races' worth of "any place is as likely as any other" mixed in, so that nothing is impossible.
_EVEN_RACES = 1.0


@dataclass(frozen=True, repr=False)
class Entrants:
    """Who started a race, from which slot, and where each came in.

    ``grid`` and ``finish`` are ranks 1 … n without ties; ``classified`` says who saw the flag.
    """

    drivers: tuple[str, ...]
    grid: Ints
    finish: Ints
    classified: Bools


def entrants(weekend: Weekend) -> Entrants:
    """Read starters and results of a race.

    A starter has a grid slot or started from the pit lane, and a finishing position; those
    without a slot go behind the last one.

    Parameters
    ----------
    weekend : Weekend

    Returns
    -------
    Entrants
        In the order of the results.
    """
    results = weekend.race.results
    grid = results["grid"].to_numpy(dtype=float)
    finish = results["finish"].to_numpy(dtype=float)
    pit_lane = results["pit_lane_start"].to_numpy(dtype=bool)
    started = np.isfinite(finish) & (np.isfinite(grid) | pit_lane)
    slot = np.where(np.isfinite(grid), grid, np.inf)[started]
    return Entrants(
        tuple(results["driver"][started]),
        _ranks(slot),
        _ranks(finish[started]),
        results["classified"].to_numpy(dtype=bool)[started],
    )


def _ranks(values: Floats) -> Ints:
    return np.asarray(rankdata(values, method="ordinal"), dtype=np.int64)


@dataclass(frozen=True, repr=False)
class GridOdds:
    """How often each slot came in on each place.

    Parameters
    ----------
    counts : ndarray, shape (n, n)
        Races of the training years by slot (row) and place (column).
    """

    counts: Floats

    @classmethod
    def of(cls, races: Iterable[Entrants]) -> GridOdds:
        """Count the training races; slots and places beyond the largest grid are not known.

        Parameters
        ----------
        races : iterable of Entrants

        Returns
        -------
        GridOdds
        """
        seen = list(races)
        n = max((len(race.drivers) for race in seen), default=1)
        counts = np.zeros((n, n))
        for race in seen:
            np.add.at(counts, (race.grid - 1, race.finish - 1), 1.0)
        return cls(counts)

    def table(self, grid: Ints) -> Floats:
        """Chances of places 1 … n of a field.

        Parameters
        ----------
        grid : ndarray of int, shape (n,)
            Slots 1 … n in any order.

        Returns
        -------
        ndarray, shape (n, n)
            Rows follow ``grid`` and sum to one [-].
        """
        n = len(grid)
        known = len(self.counts)
        nearest = np.minimum(np.arange(n), known - 1)
        counts = self.counts[np.ix_(nearest, nearest)]
        smooth = counts.copy()
        smooth[1:] += _NEIGHBOUR_WEIGHT * counts[:-1]
        smooth[:-1] += _NEIGHBOUR_WEIGHT * counts[1:]
        smooth += _EVEN_RACES / n
        chances = smooth / smooth.sum(axis=1, keepdims=True)
        return np.asarray(chances[grid - 1], dtype=np.float64)
