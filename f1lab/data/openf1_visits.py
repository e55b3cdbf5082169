"""Visits to the pit lane, lap by lap, from OpenF1's pit.

A visit has a moment, the lap it ends and the time in the lane, to a tenth; the line is crossed in
the lane. Which of the moments it is, entry or exit, shows in where that crossing lies. Where only
the out lap tells of a visit, it gets what the others of the race typically took, and where only
the time in the lane is missing, as in a red flag, what was driven before tells the entry to within
a minute. Who comes in and stays has no visit, but loses as much in the last sector as those who
stop: of the cars that retired in 2023 after a lap or more, 27 of the 28 that came in are found so,
and none of the 26 others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data._carried import driven_s
from f1lab.data._columns import median
from f1lab.data._log import where_laps

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.data._log import RepairLog

    Floats = NDArray[np.float64]

__all__ = ["garage_visits", "race_visits"]

#: A lap as long as this many of the others was interrupted by a red flag.
_INTERRUPTED = 1.5
#: Who loses this share of what stops cost in the last sector, and drives no more, came in …
_SLOWED = 0.7
#: … unless a red flag made the lap this many times as long as the others.
_WAITED = 2.0
#: From so many laps the last sector of a driver is known.
_ENOUGH_LAPS = 3
#: Without a time in the lane, a moment belongs to a crossing of the line this close [s].
_CLOSE_S = 1.0


@dataclass(frozen=True)
class _Visit:
    """One row of the pit endpoint; NaN where it does not say."""

    driver: str
    lap: float
    time_s: float
    lane_s: float
    stationary_s: float

    def crosses(self, line_s: float) -> bool:
        """Whether the line was crossed in the lane, be the moment its entry or its exit."""
        reach_s = self.lane_s if np.isfinite(self.lane_s) else _CLOSE_S
        return bool(abs(self.time_s - line_s) <= reach_s)

    def lane(self, line_s: float) -> tuple[float, float]:
        """Clock at entry and exit [s]."""
        if not np.isfinite(self.lane_s):
            return float(np.fmin(line_s, self.time_s)), float(np.fmax(line_s, self.time_s))
        if self.time_s < line_s:
            return self.time_s, self.time_s + self.lane_s
        return self.time_s - self.lane_s, self.time_s


def race_visits(laps: pd.DataFrame, pit: pd.DataFrame, *, log: RepairLog) -> pd.DataFrame:
    """Set pit entry, exit and stationary time of a race.

    Parameters
    ----------
    laps : pandas.DataFrame
        ``driver``, ``lap``, ``time_s`` (end of the lap, NaN where unknown) and ``out_lap``
        (told to begin in the pit lane), each driver's in order.
    pit : pandas.DataFrame
        ``driver``, ``lap`` (the one the visit ends), ``time_s``, ``lane_s`` and ``stationary_s``.
    log : RepairLog
        Where it is written what was estimated.

    Returns
    -------
    pandas.DataFrame
        Laps with ``pit_in_s``, ``pit_out_s`` and ``pit_stationary_s``.
    """
    line = laps["time_s"].to_numpy(dtype=float)
    before = _row_before(laps)
    into, out, stood = (np.full(len(laps), np.nan) for _ in range(3))
    unmeasured = np.zeros(len(laps), dtype=bool)
    for visit in _visits(pit):
        row = _row_of(visit, laps)
        if row is None:
            continue
        into[row], leave = visit.lane(line[row])
        stood[row], unmeasured[row] = visit.stationary_s, np.isnan(visit.lane_s)
        out[before == row] = leave
    told = laps["out_lap"].to_numpy(bool) & (before >= 0)
    missed = np.flatnonzero(told & np.isnan(out) & np.isnan(np.where(told, into[before], 0.0)))
    ahead_s = median((line - into)[~unmeasured])
    behind_s = median((out - line[before])[(before >= 0) & ~unmeasured[before]])
    if unmeasured.any():
        into = np.where(unmeasured & (into == line), _entry_to_wait(laps, into, unmeasured), into)
    typical = median(laps["lap_time_s"])
    for row in missed.tolist():
        stopped = line[row] - line[before[row]] - _INTERRUPTED * typical
        into[before[row]] = line[before[row]] - ahead_s
        out[row] = line[before[row]] + max(behind_s, stopped if np.isfinite(stopped) else 0.0)
    _tell(laps, unmeasured, before[missed], log, known=bool(np.isfinite(ahead_s)))
    stayed = _came_in_for_good(laps, into, out, stops=np.isfinite(into) & ~unmeasured)
    into[stayed] = line[stayed] - ahead_s
    log.add(
        "retired_in_pits",
        int(stayed.sum()),
        "slowed at the end of the last lap as for a stop: came in for good",
        where_laps(laps["driver"][stayed], laps["lap"][stayed]),
    )
    return laps.assign(pit_in_s=into, pit_out_s=out, pit_stationary_s=stood)


def _entry_to_wait(laps: pd.DataFrame, into: Floats, unmeasured: NDArray[np.bool_]) -> Floats:
    """Pit entries of cars of which only the exit is known, by what they drove before [s].

    Who waits behind the line has a last sector, and entered as long before the line as the others
    do. Who waits before it has none: he entered as long after his second sector as the others.
    """
    line = laps["time_s"].to_numpy(dtype=float)
    begun = laps.groupby("driver", sort=False)["time_s"].shift().to_numpy()
    second = begun + (laps["sector1_s"] + laps["sector2_s"]).to_numpy(dtype=float)
    crossed = line - median((line - into)[~unmeasured])
    waits = laps["sector3_s"].isna().to_numpy()
    entry = np.where(waits, second + median((into - second)[~unmeasured]), np.nan)
    entry = np.fmin(entry, crossed)
    return np.where(np.isnan(entry), line, entry)


def _came_in_for_good(
    laps: pd.DataFrame, into: Floats, out: Floats, *, stops: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Last laps of retired cars in whose last sector they lost as much as those who stop.

    That is against their own usual or the others' on that lap, whichever is the quicker.
    """
    timed = laps["time_s"].notna()
    last = timed & ~laps["lap"].where(timed).groupby(laps["driver"]).transform("max").gt(
        laps["lap"]
    )
    flag = laps.loc[laps["lap"] == laps["lap"][timed].max(), "time_s"].min()
    away = np.isnan(into)
    third = laps["sector3_s"].where(away & np.isnan(out) & (laps["lap"] > 1) & ~last)
    own = third.groupby(laps["driver"])
    usual = own.transform("median").where(own.transform("count") >= _ENOUGH_LAPS)
    others = laps["sector3_s"].where(away).groupby(laps["lap"]).transform("median")
    slower = laps["sector3_s"] - np.fmin(usual, others)
    took = driven_s(laps)
    found: NDArray[np.bool_] = (
        (last & away & (laps["time_s"] < flag)).to_numpy()
        & (slower >= _SLOWED * median(slower[stops])).to_numpy()
        & ~(took > _WAITED * median(took))
    )
    return found


def _tell(
    laps: pd.DataFrame,
    unmeasured: NDArray[np.bool_],
    missed: NDArray[np.int64],
    log: RepairLog,
    *,
    known: bool,
) -> None:
    """Write down which visits were not told in full."""
    log.add(
        "pit_lane_unmeasured",
        int(unmeasured.sum()),
        "no time in the pit lane, as in a red flag: entry by the sectors driven before",
        where_laps(laps["driver"][unmeasured], laps["lap"][unmeasured]),
    )
    action = "only the out lap tells of the visit: "
    action += "entry and exit as the others of the race" if known else "it stays unknown"
    rows = laps.iloc[missed]
    log.add("pit_visit_estimated", len(rows), action, where_laps(rows["driver"], rows["lap"]))


def garage_visits(laps: pd.DataFrame, pit: pd.DataFrame) -> pd.DataFrame:
    """Set pit entry and exit of a session that was not raced; an out lap begins at the exit.

    Parameters
    ----------
    laps : pandas.DataFrame
        As for :func:`race_visits`, with ``lap_start_s``.
    pit : pandas.DataFrame
        As for :func:`race_visits`.

    Returns
    -------
    pandas.DataFrame
        Laps with ``pit_in_s``, ``pit_out_s`` and ``pit_stationary_s``, which is NaN here.
    """
    begun = laps["lap_start_s"].to_numpy(dtype=float)
    out_lap = laps["out_lap"].to_numpy(bool)
    before = _row_before(laps)
    into = np.full(len(laps), np.nan)
    inward = before[out_lap & (before >= 0)]
    into[inward] = laps["time_s"].to_numpy(dtype=float)[inward]
    for visit in _visits(pit):
        own = (laps["driver"] == visit.driver).to_numpy()
        entry = visit.time_s - visit.lane_s
        rows = np.flatnonzero(own & (begun < entry))
        if len(rows):
            into[rows[-1]] = entry
    return laps.assign(
        pit_in_s=into, pit_out_s=np.where(out_lap, begun, np.nan), pit_stationary_s=np.nan
    )


def _visits(pit: pd.DataFrame) -> Iterator[_Visit]:
    names = ["driver", "lap", "time_s", "lane_s", "stationary_s"]
    return (_Visit(*row) for row in pit[names].itertuples(index=False, name=None))


def _row_before(laps: pd.DataFrame) -> NDArray[np.int64]:
    """Row of each driver's lap before, -1 where there is none."""
    same = laps["driver"].eq(laps["driver"].shift()) & laps["lap"].diff().eq(1)
    return np.where(same, np.arange(len(laps)) - 1, -1)


def _row_of(visit: _Visit, laps: pd.DataFrame) -> int | None:
    """Row of the lap a visit ends: by the crossing within it, else as it was told."""
    own = np.flatnonzero((laps["driver"] == visit.driver).to_numpy())
    line = laps["time_s"].to_numpy(dtype=float)
    told = [row for row in own if laps["lap"].iloc[row] == visit.lap]
    crossed = [row for row in (*told, *own) if visit.crosses(line[row])]
    return int([*crossed, *told][0]) if crossed or told else None
