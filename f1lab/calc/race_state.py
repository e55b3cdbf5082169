"""What the state of the race does to a lap: the fuel on board.

Fuel is burnt evenly over the race distance in green-flag laps; a lap behind the safety car
burns a quarter of that and one under the virtual safety car half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["BURN_FACTOR", "START_FUEL_KG", "fuel_load_kg"]

#: Fuel and wear of a lap under each flag, relative to a green lap [-].
BURN_FACTOR = {"green": 1.0, "vsc": 0.5, "sc": 0.25, "red": 0.25}

#: Race start load by first season it applied to [kg].
START_FUEL_KG = {2014: 100.0, 2017: 105.0, 2019: 110.0}


def fuel_load_kg(lap_factors: ArrayLike, start_kg: float = 110.0) -> NDArray[np.float64]:
    """Mean fuel on board during each lap of a race.

    Parameters
    ----------
    lap_factors : array_like, shape (n_laps,)
        Burn of each lap relative to a green lap [-]; see :data:`BURN_FACTOR`.
    start_kg : float
        Fuel at the start [kg]; all of it would be burnt over ``n_laps`` green laps.

    Returns
    -------
    ndarray, shape (n_laps,)
        Fuel at the middle of each lap [kg], never negative.

    Raises
    ------
    ValueError
        A factor outside 0 … 1 or a negative start load.

    Examples
    --------
    >>> fuel_load_kg([1, 1, 0.25, 1], start_kg=100.0)
    array([87.5  , 62.5  , 46.875, 31.25 ])
    """
    factors = np.asarray(lap_factors, dtype=float)
    if start_kg < 0 or np.any((factors < 0) | (factors > 1) | ~np.isfinite(factors)):
        raise ValueError("lap_factors must lie in 0 … 1 and start_kg must not be negative.")
    burnt = factors * start_kg / max(len(factors), 1)
    return np.asarray(np.maximum(start_kg - np.cumsum(burnt) + burnt / 2, 0.0))
