"""When each lap ended, from what OpenF1 knows of it.

OpenF1 gives a lap the moment at which the message of its start arrived, which is late by a tenth of
a second or two (standard deviation .08 s over 380 laps of a recorded race, .36 s at most),
and its duration to the millisecond. So the durations carry the clock from lap to lap, and the
moments only say where a run of such laps lies: by the earliest, as in FastF1, for none comes too
early. :mod:`f1lab.data._aligned` then brings the cars together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.data._carried import driven_s, runs_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["crossings"]

#: A car that begins a lap this much later stood in its garage [s].
_GARAGE_S = 1.0


def crossings(laps: pd.DataFrame, *, race: bool) -> Floats:
    """Return the session clock at the end of every lap.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of one driver in order: ``lap``, ``lap_start_s`` (session clock) and ``lap_time_s``;
        NaN where unknown.
    race : bool
        Whether the session was raced. If not, a car may stand in its garage before the next lap.

    Returns
    -------
    ndarray, shape (laps,)
        Clock [s]; NaN where nothing tells it.

    Examples
    --------
    >>> import pandas as pd
    >>> laps = pd.DataFrame(
    ...     {
    ...         "lap": [1, 2, 3],
    ...         "lap_start_s": [0.0, 95.1, 185.0],
    ...         "lap_time_s": [float("nan"), 90.0, 90.5],
    ...     }
    ... )
    >>> crossings(laps, race=True)
    array([ 95. , 185. , 275.5])
    """
    number = laps["lap"].to_numpy(dtype=np.int64)
    start = laps["lap_start_s"].to_numpy(dtype=float)
    driven = driven_s(laps)
    following = np.append(np.diff(number) == 1, False)
    told = np.where(following, np.append(start[1:], np.nan), np.nan)
    if not race:
        told = _without_garage(start, told, driven)
    stood = np.append(False, start[1:] - told[:-1] > _GARAGE_S)
    clock = np.full(len(number), np.nan)
    for run in runs_of(number, told, np.where(stood, np.nan, driven)):
        since = np.cumsum(np.append(0.0, driven[run][1:]))
        begun = float(np.fmin.reduce(told[run] - since))
        clock[run] = (round(begun, 3) + since).round(3)
    alone = np.isnan(clock) & np.isfinite(start + driven)  # nobody told when the next lap began
    clock[alone] = (start + driven)[alone]
    return clock


def _without_garage(start: Floats, told: Floats, driven: Floats) -> Floats:
    """Ends of laps outside races: not the next start, if the car stood in its garage meanwhile."""
    ended = start + driven
    return np.where(told - ended > _GARAGE_S, ended, told)
