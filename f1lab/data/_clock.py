"""Which laps there are, and the session clock at the end of each.

The clock is trusted over the lap time: gaps between cars live on it, and where both were
measured they agree to 5 ms on all but a handful of laps. The lap time helps where the clock has
a hole.

A lap that a driver began and did not finish is no lap: FastF1 closes it with an invented time
(150 s later, or the moment of the red flag), and a car that retires in front of its box gets the
time it stopped there. Such laps are left out, unless the official count has them and the
official gap tells when they ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.data._aligned import aligned_clock
from f1lab.data._carried import carried_clock
from f1lab.data._columns import median, texts, truth
from f1lab.data._crossings import clock_of
from f1lab.data._log import where_laps
from f1lab.data._road import with_gaps, with_positions

if TYPE_CHECKING:
    from f1lab.data._log import RepairLog

__all__ = ["repair_clock", "start_clock"]

#: Clock and lap time may differ by this before it is counted [s].
_TOLERANCE_S = 0.005
#: A hole in the timing adds at least this share of a median lap to the lap it falls in.
_LOST_LAP = 0.8
#: Laps looked at to tell a penalty in the official gap from a slow last lap.
_RECENT = 5
#: Time penalties an official gap may contain [s].
_PENALTIES_S = (0.0, 5.0, 10.0, 15.0, 20.0)
#: A penalty is read from a gap only if it leaves a lap this close to the typical one [s].
_CLEARLY_S = 1.5
#: Without any start the first lap is taken this much longer than the median lap.
_FIRST_LAP = 1.1


def start_clock(laps: pd.DataFrame, given: float, log: RepairLog) -> float:
    """Return the session clock at lights out [s].

    Parameters
    ----------
    laps : pandas.DataFrame
        Raw laps with ``time_s`` and ``lap_start_s``.
    given : float
        What the source says, NaN for nothing.
    log : RepairLog
        Where a derived start is written.

    Returns
    -------
    float
        The start as given, else the common start of lap 1, else one typical lap before the
        first car completed its first.
    """
    first = laps[laps["lap"] == 1]
    ends = first.loc[~first["generated"], "time_s"]
    if np.isfinite(given) and not (ends <= given).all():
        return float(given)
    starts = first["lap_start_s"].dropna()
    if len(starts):
        log.add("start_derived", 1, "lights out taken from the start of lap 1")
        return median(starts)
    log.add("start_estimated", 1, "lights out estimated from the first crossing of the line")
    typical = median(laps["lap_time_s"])
    earliest = ends.min() if ends.notna().any() else laps["time_s"].min()
    typical = typical if np.isfinite(typical) else 0.0
    return float(earliest - _FIRST_LAP * typical) if np.isfinite(earliest) else 0.0


def repair_clock(
    laps: pd.DataFrame,
    results: pd.DataFrame,
    shown: pd.DataFrame,
    start_s: float,
    *,
    race: bool,
    log: RepairLog,
) -> pd.DataFrame:
    """Return the laps that were completed, contiguous and timed.

    Parameters
    ----------
    laps : pandas.DataFrame
        Raw laps.
    results : pandas.DataFrame
        Official lap counts and gaps, NaN where unknown.
    shown : pandas.DataFrame
        Gaps to the leader as they were shown, see :func:`f1lab.data._aligned.aligned`; empty if
        none were.
    start_s : float
        Session clock at lights out [s].
    race : bool
        Whether the session was raced.
    log : RepairLog
        Where repairs are written.

    Returns
    -------
    pandas.DataFrame
        Laps with ``time_s``, ``lap_time_s``, ``position``, ``gap_ahead_s``, ``driver_ahead``,
        ``driver_ahead_lap`` and ``repaired`` as the schema wants them.
    """
    laps = _numbered(laps, log)
    if race:
        laps = _completed(laps, results, log)
        laps = _with_lost_laps(laps, results, log)
    laps = _without_holes(laps, log)
    if race:
        laps = carried_clock(laps, results, log=log)
        laps = aligned_clock(laps, results, shown, log=log)
    laps = _timed(laps, start_s, race=race, log=log)
    if laps.empty:
        return laps
    if race:
        laps = _until_the_flag(laps, log)
        laps = with_positions(laps, log)
    return with_gaps(laps)


def _numbered(laps: pd.DataFrame, log: RepairLog) -> pd.DataFrame:
    """Rows that say whose lap and which, once each, in order."""
    lap = pd.to_numeric(laps["lap"], errors="coerce")
    known = lap.notna() & (lap >= 1) & (laps["driver"] != "")
    log.add("lap_unnamed", int((~known).sum()), "rows without a driver or a lap number left out")
    laps = laps[known].assign(lap=lap[known].astype(np.int64))
    order = {driver: place for place, driver in enumerate(laps["driver"].unique())}
    laps = laps.assign(_order=laps["driver"].map(order), _timed=laps["time_s"].isna())
    laps = laps.sort_values(["_order", "lap", "_timed"], kind="stable")
    again = laps.duplicated(["driver", "lap"])
    log.add(
        "lap_duplicated",
        int(again.sum()),
        "the first timed row was kept",
        where_laps(laps["driver"][again], laps["lap"][again]),
    )
    return laps[~again].drop(columns=["_order", "_timed"]).reset_index(drop=True)


def _completed(laps: pd.DataFrame, results: pd.DataFrame, log: RepairLog) -> pd.DataFrame:
    """Leave out laps that were begun and not finished; time the last lap by the official gap."""
    official = laps["driver"].map(results.set_index("driver")["laps"])
    driven = laps.loc[~laps["generated"]].groupby("driver")["lap"].max()
    winner = results.nlargest(1, "laps")
    counted_back = 0.0  # the result may count fewer laps than everybody drove
    for driver, count in zip(winner["driver"], winner["laps"], strict=True):
        counted_back = max(0.0, float(driven.get(driver, 0)) - float(count))
    beyond = laps["lap"] > official + counted_back
    laps = _timed_by_official_gap(laps, results, laps["lap"] == official, log)
    unfinished = laps["generated"] | (beyond & laps["lap_time_s"].isna())
    log.add(
        "lap_not_completed",
        int(unfinished.sum()),
        "begun and not finished: left out",
        where_laps(laps["driver"][unfinished], laps["lap"][unfinished]),
    )
    return laps[~unfinished].reset_index(drop=True)


def _timed_by_official_gap(
    laps: pd.DataFrame, results: pd.DataFrame, counted: pd.Series, log: RepairLog
) -> pd.DataFrame:
    """Replace the invented end of a counted last lap by winner's time + official gap."""
    total = results["gap_s"].where(results["finish"] == 1).max()
    gap = results.set_index("driver")["gap_s"]
    gap = gap.where(gap < total / 2, gap - total)  # some sources give race times, not gaps
    best = results.loc[results["finish"] == 1, "driver"]
    flag = laps[laps["driver"].isin(best) & ~laps["generated"]].tail(1)
    rows = laps.index[laps["generated"] & counted]
    laps = laps.copy()
    done = []
    for row in rows if len(flag) == 1 and np.isfinite(total) else ():
        driver, lap = str(laps["driver"][row]), int(laps["lap"][row])
        mine = laps[(laps["driver"] == driver) & (laps["lap"] < lap)]
        behind = float(gap.get(driver, np.nan))
        if lap != flag["lap"].iloc[0] or mine.empty or not np.isfinite(behind):
            continue
        last = float(flag["time_s"].iloc[0]) + behind - float(mine["time_s"].iloc[-1])
        last -= _penalty_in_gap(last, median(mine["lap_time_s"].tail(_RECENT)))
        laps.loc[row, "time_s"] = mine["time_s"].iloc[-1] + last
        laps.loc[row, ["generated", "repaired"]] = [False, True]
        done.append(row)
    log.add(
        "lap_from_official_gap",
        len(done),
        "the missing last lap was timed by the official gap to the winner",
        where_laps(laps.loc[done, "driver"], laps.loc[done, "lap"]),
    )
    return laps


def _penalty_in_gap(lap_time_s: float, typical_s: float) -> float:
    """Time penalty that explains a slow last lap [s], 0 when none does clearly."""
    penalty = min(_PENALTIES_S, key=lambda added: abs(lap_time_s - added - typical_s))
    return penalty if abs(lap_time_s - penalty - typical_s) <= _CLEARLY_S else 0.0


def _with_lost_laps(laps: pd.DataFrame, results: pd.DataFrame, log: RepairLog) -> pd.DataFrame:
    """Number laps anew where the feed lost some and went on counting.

    Where the clock runs on by whole laps more than the lap time says, and the official count
    misses laps, as many are put back; their times are shared out later.
    """
    official = results.set_index("driver")["laps"]
    parts, restored = [], 0
    places: list[tuple[str, int]] = []
    for driver, own in laps.groupby("driver", sort=False):
        missing = official.get(driver, np.nan) - own["lap"].max()
        if not (np.isfinite(missing) and missing > 0):
            parts.append(own)
            continue
        whole, found = _put_back(own, int(missing))
        parts.append(whole)
        restored += len(found)
        places += [(str(driver), lap) for lap in found]
    log.add(
        "laps_restored",
        restored,
        "lost by the feed between two measured laps; put back with equal shares of the time",
        where_laps([d for d, _ in places], [lap for _, lap in places]),
    )
    return pd.concat(parts, ignore_index=True) if parts else laps


def _put_back(own: pd.DataFrame, missing: int) -> tuple[pd.DataFrame, list[int]]:
    """Shift the lap numbers of one driver behind each hole; the hole is filled later."""
    lap_time = own["lap_time_s"].to_numpy()
    excess = np.diff(own["time_s"].to_numpy(), prepend=np.nan) - lap_time
    typical = median(lap_time)
    number = own["lap"].to_numpy(copy=True)
    found: list[int] = []
    for row in np.flatnonzero(excess > _LOST_LAP * typical):
        lost = min(round(excess[row] / typical), missing - len(found))
        found += range(int(number[row]), int(number[row]) + lost)
        number[row:] += lost
    return own.assign(lap=number), found


def _without_holes(laps: pd.DataFrame, log: RepairLog) -> pd.DataFrame:
    """One row for each lap from 1 to the driver's last; new rows are empty."""
    if laps.empty:
        return laps
    last = laps.groupby("driver", sort=False)["lap"].max()
    if last.sum() == len(laps):
        return laps
    wanted = pd.DataFrame(
        [(driver, lap) for driver, end in last.items() for lap in range(1, end + 1)],
        columns=["driver", "lap"],
    )
    full = wanted.merge(laps, on=["driver", "lap"], how="left", indicator="_from")
    new = full.pop("_from") == "left_only"
    full["team"] = full["driver"].map(laps.groupby("driver")["team"].first())
    for name in laps.select_dtypes(bool).columns:
        full[name] = truth(full[name])
    for name in ("compound", "status_codes", "driver_ahead"):
        full[name] = texts(full[name])
    full.loc[new, "repaired"] = True
    log.add(
        "lap_missing",
        int(new.sum()),
        "rows were put in so that laps run without holes",
        where_laps(full["driver"][new], full["lap"][new]),
    )
    return full


def _timed(laps: pd.DataFrame, start_s: float, *, race: bool, log: RepairLog) -> pd.DataFrame:
    """Fill and straighten the clock, then read the lap times off it."""
    told = laps[["time_s", "lap_time_s", "lap_start_s"]].to_numpy(dtype=float)
    stopped = laps["status_codes"].str.contains("5").to_numpy(dtype=bool)
    clock, driven = np.empty(len(laps)), np.empty(len(laps))
    for rows in laps.groupby("driver", sort=False).indices.values():
        ended, lasted, begun = told[rows].T
        before, clock[rows] = clock_of(ended, lasted, begun, stopped[rows], start_s, race=race)
        driven[rows] = np.diff(clock[rows], prepend=before)
    moved = np.isfinite(clock) & ~np.isclose(clock, told[:, 0], rtol=0, atol=5e-4)
    laps = laps.assign(time_s=clock, _driven=driven, _moved=moved)
    lost = laps["time_s"].isna()
    log.add(
        "lap_untimed",
        int(lost.sum()),
        "last laps without any time left out",
        where_laps(laps["driver"][lost], laps["lap"][lost]),
    )
    laps = laps[~lost].reset_index(drop=True)
    if laps.empty:
        return laps
    _report_clock(laps, race=race, log=log)
    return laps.assign(
        lap_time_s=laps["_driven"] if race else laps["lap_time_s"],
        repaired=laps["repaired"] | laps["_moved"] | (laps["lap_time_s"].isna() & race),
    ).drop(columns=["_driven", "_moved"])


def _report_clock(laps: pd.DataFrame, *, race: bool, log: RepairLog) -> None:
    moved = laps["_moved"]
    log.add(
        "clock_repaired",
        int(moved.sum()),
        "crossing times missing or impossible were set from their neighbours",
        where_laps(laps["driver"][moved], laps["lap"][moved]),
    )
    if not race:
        return
    first, none = laps["lap"] == 1, laps["lap_time_s"].isna()
    log.add("first_lap_time", int((first & none).sum()), "lap 1 timed from lights out")
    none &= ~first & ~moved & ~laps["repaired"]
    log.add(
        "lap_time_missing",
        int(none.sum()),
        "taken from the session clock",
        where_laps(laps["driver"][none], laps["lap"][none]),
    )
    off = ((laps["_driven"] - laps["lap_time_s"]).abs() > _TOLERANCE_S) & ~first
    log.add(
        "lap_time_disagrees",
        int(off.sum()),
        "lap time and session clock differ by more than 5 ms; the clock was kept",
        where_laps(laps["driver"][off], laps["lap"][off]),
    )


def _until_the_flag(laps: pd.DataFrame, log: RepairLog) -> pd.DataFrame:
    """Leave out laps begun after the first car had finished the race."""
    flag = laps.loc[laps["lap"] == laps["lap"].max(), "time_s"].min()
    after = laps["time_s"] - laps["lap_time_s"] >= flag
    log.add(
        "lap_after_flag",
        int(after.sum()),
        "begun after the chequered flag: left out",
        where_laps(laps["driver"][after], laps["lap"][after]),
    )
    kept: pd.DataFrame = laps[~after].reset_index(drop=True)
    return kept
