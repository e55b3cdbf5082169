"""When each lap ended, from what OpenF1 knows of it.

OpenF1 gives a lap the moment at which the message of its start arrived, which is late by a tenth of
a second or two (standard deviation .08 s over 380 laps of a recorded race, .36 s at most),
and its duration to the millisecond. So the durations carry the clock from lap to lap, and the
moments only say where a run of such laps lies: by their median. Two things bring the cars together
to the millisecond: the official gaps to the winner, time penalties aside; and for cars that have
none, the gaps to the leader that were shown as they crossed the line, of which the same error turns
up lap after lap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.data._columns import median

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["aligned", "crossings"]

#: A gap shown this long after a crossing may be the one at the line [s].
_SHOWN_S = 4.0
#: Gaps shown at the line leave the same error to this [s], so many times at least.
_SAME_S, _FEWEST = 0.0015, 3

#: A duration carries the clock when the moments around it agree to this [s].
_AGREES_S = 1.0
#: Official gap and clock differ by less than this, penalties aside, or it is not the clock [s].
_CLOSE_S = 0.15
#: Time penalties come in steps of this [s].
_PENALTY_STEP_S = 5.0


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
    array([ 95.05, 185.05, 275.55])
    """
    number = laps["lap"].to_numpy(dtype=int)
    start = laps["lap_start_s"].to_numpy(dtype=float)
    driven = laps["lap_time_s"].to_numpy(dtype=float)
    following = np.append(np.diff(number) == 1, False)
    told = np.where(following, np.append(start[1:], np.nan), np.nan)
    if not race:
        told = _without_garage(start, told, driven)
    clock = np.full(len(number), np.nan)
    for first, end in _runs(number, start, told, driven):
        run = slice(first, end)
        since = np.cumsum(np.append(0.0, driven[first + 1 : end]))
        clock[run] = median(told[run] - since) + since
    alone = np.isnan(clock) & np.isfinite(start + driven)  # nobody told when the next lap began
    clock[alone] = (start + driven)[alone]
    return clock


def _without_garage(start: Floats, told: Floats, driven: Floats) -> Floats:
    """Ends of laps outside races: not the next start, if the car stood in its garage meanwhile."""
    ended = start + driven
    return np.where(told - ended > _AGREES_S, ended, told)


def _runs(
    number: NDArray[np.int64], start: Floats, told: Floats, driven: Floats
) -> list[tuple[int, int]]:
    """Runs of laps whose durations follow one another: first row of each, and the one behind it."""
    steps = np.diff(told)
    follows = np.isfinite(driven[1:]) & (np.diff(number) == 1)
    follows &= np.isnan(steps) | (np.abs(steps - driven[1:]) <= _AGREES_S)
    follows &= ~(start[1:] - told[:-1] > _AGREES_S)  # stood in the garage in between
    edges = np.flatnonzero(~follows) + 1
    return list(zip([0, *edges], [*edges, len(number)], strict=True)) if len(number) else []


def aligned(laps: pd.DataFrame, results: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Move each car's clock so that the gaps are the official ones, or those shown at the line.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of a race with ``driver``, ``lap`` and ``time_s``.
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
    moves = _by_result(laps, results)
    laps = laps.assign(time_s=laps["time_s"] + laps["driver"].map(moves).fillna(0.0))
    leader = laps.loc[laps.groupby("lap")["time_s"].idxmin().dropna()]
    ahead = leader[leader["driver"].isin(moves)].set_index("lap")["time_s"]
    late = {
        str(driver): _shown_late(own, ahead, shown[shown["driver"] == driver])
        for driver, own in laps.groupby("driver", sort=False)
        if driver not in moves
    }
    return laps.assign(time_s=laps["time_s"] + laps["driver"].map(late).fillna(0.0))


def _by_result(laps: pd.DataFrame, results: pd.DataFrame) -> dict[str, float]:
    """By how much the clock of each car moves whose official gap tells it [s]."""
    winner = results.loc[results["finish"] == 1, "driver"]
    last = laps.groupby("driver")["time_s"].last()
    flag = laps.groupby("driver")["lap"].last()
    if len(winner) != 1 or winner.iloc[0] not in last.index:
        return {}
    best = winner.iloc[0]
    gap = results.set_index("driver")["gap_s"].reindex(last.index)
    late = gap - (last - last[best])
    late -= _PENALTY_STEP_S * (late / _PENALTY_STEP_S).round()
    late[best] = 0.0
    told = late[(late.abs() <= _CLOSE_S) & (flag == flag[best])]
    return {str(driver): float(move) for driver, move in told.items()}


def _shown_late(own: pd.DataFrame, leader: pd.Series, shown: pd.DataFrame) -> float:
    """By how much one car's clock moves to have the gaps shown at the line [s]; 0 if none tell."""
    behind = own["time_s"].to_numpy() - leader.reindex(own["lap"]).to_numpy()
    line = own["time_s"].to_numpy()[np.isfinite(behind)]
    behind = behind[np.isfinite(behind)]
    if not len(line) or shown.empty:
        return 0.0
    moment = shown["time_s"].to_numpy()
    row = np.searchsorted(line, moment, side="right") - 1
    after = moment - line[row]
    near = (row >= 0) & (after >= 0) & (after <= _SHOWN_S)
    error = shown["gap_s"].to_numpy()[near] - behind[row[near]]
    error = np.sort(error[np.abs(error) <= _CLOSE_S])
    if not len(error):
        return 0.0
    members = np.searchsorted(error, error + _SAME_S, side="right") - np.arange(len(error))
    best = int(np.argmax(members))
    return float(np.median(error[best : best + members[best]])) if members[best] >= _FEWEST else 0.0
