"""When each lap ended, from what OpenF1 knows of it.

OpenF1 gives a lap the moment at which the message of its start arrived, which is late by a tenth of
a second or two (standard deviation .08 s over 380 laps of a recorded race, .36 s at most),
and its duration to the millisecond. So the durations carry the clock from lap to lap, and the
moments only say where a run of such laps lies: by the earliest, as in FastF1, for none comes too
early. Two things bring the cars together to the millisecond: the official gaps to the winner, time
penalties aside; and for cars that have none, the gaps to the leader that were shown as they crossed
the line, of which the same error turns up lap after lap. Where neither tells, as on the lap out of
a red flag, a car is moved as the rest of its laps are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.data._carried import driven_s, leader_rows, moves_by_result, runs_of
from f1lab.data._columns import median

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["aligned", "crossings"]

#: A gap shown this long after a crossing may be the one at the line [s].
_SHOWN_S = 4.0
#: Such a gap differs from the clock by less than this [s].
_NEAR_S = 0.3
#: Gaps shown at the line leave the same error to this [s], so many times at least; of two gaps,
#: both.
_SAME_S, _FEWEST, _PAIR = 0.0015, 3, 2
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


def aligned(laps: pd.DataFrame, results: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Move each car's clock so that the gaps are the official ones, or those shown at the line.

    A red flag tears a car's clock apart; each part is moved by itself, or else as the others are.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of a race, each driver's in order, with ``driver``, ``lap``, ``time_s`` and what
        :func:`~f1lab.data._carried.driven_s` reads.
    results : pandas.DataFrame
        ``driver``, ``finish`` and ``gap_s``: official gap to the winner [s], NaN for lapped cars.
    shown : pandas.DataFrame
        ``driver``, ``time_s`` and ``gap_s``: gap to the leader as it was shown [s], NaN where it
        was told in laps.

    Returns
    -------
    pandas.DataFrame
        The laps. A gap that differs by more than 0.15 s beyond whole time penalties moves nothing.
    """
    clock = laps["time_s"].to_numpy(dtype=float, copy=True)
    driven, number = driven_s(laps), laps["lap"].to_numpy(dtype=np.int64)
    by_result = moves_by_result(laps, results)
    placed = np.zeros(len(laps), dtype=bool)
    moved: dict[str, float] = {}
    open_runs: list[tuple[str, NDArray[np.int64]]] = []
    for driver, place in laps.groupby("driver", sort=False).indices.items():
        own = np.asarray(place, dtype=np.int64)
        runs = [own[run] for run in runs_of(number[own], clock[own], driven[own])]
        if driver in by_result:
            last = runs.pop()
            clock[last] += by_result[driver]
            moved[str(driver)] = by_result[driver]
            placed[last] = True
        open_runs += [(str(driver), rows) for rows in runs]
    gaps = {str(driver): own for driver, own in shown.groupby("driver")}
    while open_runs:
        left = []
        leader = leader_rows(number, clock)
        for driver, rows in open_runs:
            ahead = leader[rows]
            ahead_s = np.where(placed[ahead], clock[ahead], np.nan)
            late = _shown_late(clock[rows], ahead_s, gaps.get(driver))
            if late is None:
                left.append((driver, rows))
            else:
                clock[rows] += late
                moved.setdefault(driver, late)
                placed[rows] = True
        if len(left) == len(open_runs):  # nobody hangs on anybody placed: begin with who led most
            left.sort(key=lambda run: int((leader[run[1]] == run[1]).sum()))
            driver, rows = left.pop()
            clock[rows] += moved.setdefault(driver, 0.0)
            placed[rows] = True
        open_runs = left
    return laps.assign(time_s=clock.round(3))


def _shown_late(line: Floats, leader: Floats, shown: pd.DataFrame | None) -> float | None:
    """By how much a clock moves to have the gaps shown at the line [s]; None if they do not tell."""
    behind = line - leader
    line, behind = line[np.isfinite(behind)], behind[np.isfinite(behind)]
    if not len(line) or shown is None:
        return None
    moment = shown["time_s"].to_numpy()
    row = np.searchsorted(line, moment, side="right") - 1
    after = moment - line[row]
    near = (row >= 0) & (after >= 0) & (after <= _SHOWN_S)
    error = shown["gap_s"].to_numpy()[near] - behind[row[near]]
    error = np.sort(error[np.abs(error) <= _NEAR_S])
    if not len(error):
        return None
    members = np.searchsorted(error, error + _SAME_S, side="right") - np.arange(len(error))
    best = int(np.argmax(members))
    if members[best] < min(_FEWEST, max(len(error), _PAIR)):
        return None
    return round(median(error[best : best + members[best]]), 3)
