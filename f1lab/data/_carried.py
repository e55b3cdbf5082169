"""The clock at the end of each lap, carried by what was driven and brought to the official gaps.

Lap and sector times are measured to the millisecond; the moment a crossing was told is late by a
tenth of a second or two. Where a lap has a time the sources count on from crossing to crossing;
behind a safety car it often has none, and each crossing is as late as its message. Its sectors
have times even so. Over the 2023 races so interrupted, gaps at the flag that were off by up to
0.1 s agree with the official ones to the millisecond once the sectors carry the clock.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data._columns import median
from f1lab.data._log import where_laps

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.data._log import RepairLog

    Floats = NDArray[np.float64]

__all__ = [
    "carried_clock",
    "driven_s",
    "leader_rows",
    "moves_by_result",
    "runs_of",
    "without_penalties",
]

#: A lap carries the clock when the moments around it agree with its duration to this [s].
_AGREES_S = 0.5
#: Lap times and clock may differ by this before it counts [s].
_SAME_S = 0.005
#: FastF1 brings the cars together from this lap on: everybody leaves the pits on the first.
_ALIGNED = 2
#: Official gap and clock differ by less than this, penalties aside, or it is not the clock [s].
_CLOSE_S = 0.15
#: Time penalties come in steps of this [s].
_PENALTY_STEP_S = 5.0
_SECTORS = ["sector1_s", "sector2_s", "sector3_s"]


def driven_s(laps: pd.DataFrame) -> Floats:
    """Return how long each lap took [s]: its time, else the sum of its sectors, else NaN.

    Parameters
    ----------
    laps : pandas.DataFrame
        ``lap_time_s`` and, if there are any, the three sector times [s].

    Returns
    -------
    ndarray, shape (laps,)
    """
    whole = laps["lap_time_s"].to_numpy(dtype=float)
    if not {*_SECTORS} <= {*laps.columns}:
        return whole
    parts = laps[_SECTORS].to_numpy(dtype=float).sum(axis=1)
    return np.where(np.isnan(whole), parts, whole)


def runs_of(number: NDArray[np.int64], clock: Floats, driven: Floats) -> list[slice]:
    """Return the laps that follow one another, each as long after the one before as it took.

    Parameters
    ----------
    number : ndarray of int, shape (laps,)
        Lap numbers of one driver, in order.
    clock : ndarray
        Session clock at the end of each [s]; NaN where unknown.
    driven : ndarray
        How long each took [s]; NaN where unknown.

    Returns
    -------
    list of slice
        Rows of each run.
    """
    steps = np.diff(clock)
    follows = np.isfinite(driven[1:]) & (np.diff(number) == 1)
    follows &= np.isnan(steps) | (np.abs(steps - driven[1:]) <= _AGREES_S)
    edges = [0, *(np.flatnonzero(~follows) + 1).tolist(), len(number)]
    return [slice(begin, end) for begin, end in itertools.pairwise(edges) if end > begin]


def carried_clock(laps: pd.DataFrame, results: pd.DataFrame, *, log: RepairLog) -> pd.DataFrame:
    """Return the laps of a race with crossings that lie apart by what was driven.

    FastF1 brings each car to the leader by the gap shown at the end of its first lap from lap 2 on
    on which neither was in the pits; there it stays. Behind a red flag, a car stays where most of
    its crossings are. Who finished on the winner's lap is moved to the official gap.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of each driver in order, times as the source gives them.
    results : pandas.DataFrame
        ``driver``, ``finish`` and ``gap_s``.
    log : RepairLog
        Where it is written how many crossings moved.

    Returns
    -------
    pandas.DataFrame
        The laps, ``time_s`` [s] to the millisecond where it moved.
    """
    told = laps["time_s"].to_numpy(dtype=float)
    clock, driven, number = told.copy(), driven_s(laps), laps["lap"].to_numpy(dtype=np.int64)
    leader = leader_rows(number, told)
    out = (
        laps["pit_in_s"].notna() | laps["pit_out_s"].notna() | (laps["lap"] < _ALIGNED)
    ).to_numpy()
    sure = np.isfinite(told) & ~out & ~out[leader]
    anchors: list[tuple[int, NDArray[np.int64]]] = []
    last_runs: dict[str, NDArray[np.int64]] = {}
    for driver, place in laps.groupby("driver", sort=False).indices.items():
        own = np.asarray(place, dtype=np.int64)
        for run in runs_of(number[own], told[own], driven[own]):
            rows = own[run]
            last_runs[str(driver)] = rows
            first = rows[sure[rows]][:1] if rows[0] == own[0] else rows[:0]
            anchors += [(int(first[0]) if len(first) else -1, rows)]
    for anchor, rows in sorted(anchors, key=lambda run: number[run[0]] if run[0] >= 0 else np.inf):
        since = np.cumsum(np.append(0.0, driven[rows][1:]))
        begun = told[rows] - since
        moved = clock[leader[anchor]] - told[leader[anchor]] if anchor >= 0 else 0.0
        first_s = begun[rows == anchor][0] + moved if anchor >= 0 else median(begun)
        if (np.abs(begun - first_s) > _SAME_S).any():
            clock[rows] = np.where(np.isnan(told[rows]), np.nan, (first_s + since).round(3))
    for driver, move in moves_by_result(laps.assign(time_s=clock), results).items():
        if abs(move) > _SAME_S:
            clock[last_runs[driver]] = (clock[last_runs[driver]] + move).round(3)
    moved = np.abs(clock - told) > _SAME_S
    log.add(
        "clock_carried",
        int(moved.sum()),
        "crossings told late were set by lap times, sectors and official gaps",
        where_laps(laps["driver"][moved], laps["lap"][moved]),
    )
    return laps.assign(time_s=clock)


def leader_rows(number: NDArray[np.int64], clock: Floats) -> NDArray[np.int64]:
    """Return for each lap driven the row of who completed a lap of that number first.

    Parameters
    ----------
    number : ndarray of int, shape (laps,)
        Lap numbers.
    clock : ndarray
        Session clock at the end of each [s].

    Returns
    -------
    ndarray of int, shape (laps,)
    """
    order = np.lexsort([clock, number])
    _, first, which = np.unique(number[order], return_index=True, return_inverse=True)
    rows = np.empty(len(number), dtype=np.int64)
    rows[order] = order[first][which]
    return rows


def moves_by_result(laps: pd.DataFrame, results: pd.DataFrame) -> dict[str, float]:
    """Return by how much the clock of a car moves to have the official gap to the winner [s].

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of a race with ``driver``, ``lap`` and ``time_s``, each driver's in order.
    results : pandas.DataFrame
        ``driver``, ``finish`` and ``gap_s``: official gap to the winner [s], of the winner the
        race time, NaN for lapped cars.

    Returns
    -------
    dict of str to float
        Of the cars on the winner's lap whose gap differs by 0.15 s at most, time penalties aside.
    """
    winner = results.loc[results["finish"] == 1, "driver"]
    ends = laps.groupby("driver")[["lap", "time_s"]].last()
    if len(winner) != 1 or winner.iloc[0] not in ends.index:
        return {}
    best = winner.iloc[0]
    gap = results.set_index("driver")["gap_s"].reindex(ends.index)
    total = gap[best]
    gap = gap.where(~(gap > total / 2), gap - total)  # some sources give race times, not gaps
    late = gap - (ends["time_s"] - ends["time_s"][best])
    late = without_penalties(late)
    late[best] = 0.0
    told = late[(late.abs() <= _CLOSE_S) & (ends["lap"] == ends["lap"][best])]
    return {str(driver): float(move) for driver, move in told.items()}


def without_penalties(late: pd.Series) -> pd.Series:
    """Return by how much official gaps differ from the clock, time penalties aside [s].

    Parameters
    ----------
    late : pandas.Series
        Official gap less the gap on the clock [s].

    Returns
    -------
    pandas.Series
        What is left beside whole steps of 5 s.
    """
    return late - _PENALTY_STEP_S * (late / _PENALTY_STEP_S).round()
