"""Sets of tyres, lap by lap, from OpenF1's stints.

Stints are counted by laps, and a change that the feed told while the car was at the line may
come out a lap early or late: it is moved to the visit it belongs to.

OpenF1 keeps the first age it hears of a set, and the first news of a set that is not new is often
a placeholder of age 0; so of the 1,042 sets of 2023 it says were new, 36 were not. On 19 of them the
car came in, and that shows: it did not stop, or it stopped for a time penalty within laps of its
last visit, or it was let out for a lap of a red flag and came back. The 17 that remain after the
repair look like new ones, and it is an issue how many of a race may be among them. Qualifying does
not tell them: of 31 sets told as new whose compound the car had run to one age there, one was used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.data._columns import median
from f1lab.data._log import where_laps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data._log import RepairLog

    Floats = NDArray[np.float64]

__all__ = ["stints_at_visits", "with_kept_sets", "with_tyres"]

#: A stint begins at a visit this many laps away at most.
_NEAR_LAPS = 1
#: Who is through the lane by this much sooner than the others did not stop [s].
_NO_STOP_S = 2.5
#: Who is in the lane for longer than this waits under a red flag [s].
_LONGEST_STOP_S = 60.0
#: Nobody throws away tyres younger than this for others of their compound to serve a penalty.
_YOUNG_LAPS = 6
_TIME_PENALTY = re.compile(r"^FIA STEWARDS: \d+ SECOND TIME PENALTY FOR CAR \d+ \((\w{3})\)")


def stints_at_visits(laps: pd.DataFrame, stints: pd.DataFrame) -> pd.DataFrame:
    """Begin each stint where the car was in the pits.

    Parameters
    ----------
    laps : pandas.DataFrame
        ``driver``, ``lap`` and ``pit_in_s``, each driver's in order.
    stints : pandas.DataFrame
        ``driver``, ``stint`` and ``first_lap``.

    Returns
    -------
    pandas.DataFrame
        Stints of these drivers in order, ``first_lap`` moved by a lap where that is a visit.
    """
    parts = [stints[:0]]
    for driver, own in laps.groupby("driver", sort=False):
        begins = {1, *own["lap"][own["pit_in_s"].shift().notna()]}
        runs = stints[stints["driver"] == driver].sort_values(["first_lap", "stint"])
        parts.append(runs.assign(first_lap=_at_visits(runs["first_lap"].tolist(), begins)))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _at_visits(told: list[float], begins: set[int]) -> Floats:
    """First lap of each stint: the nearest one behind the last that begins in the pit lane.

    As many stints as begin there belong together, however early one was told.
    """
    if len(told) == len(begins):
        return np.array(sorted(begins), dtype=float)
    first: list[float] = []
    for lap in told:
        free = [begin for begin in begins if not first or begin > first[-1]]
        near = min(free, key=lambda begin: abs(begin - lap), default=np.inf)
        first.append(float(near) if abs(near - lap) <= _NEAR_LAPS else lap)
    return np.array(first, dtype=float)


def with_kept_sets(
    laps: pd.DataFrame, stints: pd.DataFrame, messages: pd.DataFrame, *, log: RepairLog
) -> pd.DataFrame:
    """Count on the age of a set that was told as new and is the one the car came in with.

    Where the second of two stints on the same set has an age, the first is counted back from it.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of a race with ``driver``, ``lap``, ``pit_in_s`` and ``pit_out_s``.
    stints : pandas.DataFrame
        Stints of :func:`stints_at_visits` with ``compound`` and ``age_laps``.
    messages : pandas.DataFrame
        ``time_s`` and ``message`` of race control.
    log : RepairLog
        Where it is written which sets were kept, and which of the new ones may be used ones.

    Returns
    -------
    pandas.DataFrame
        The stints, ``age_laps`` repaired.
    """
    penalty = messages["message"].str.extract(_TIME_PENALTY, expand=False)
    leave = laps.groupby("driver", sort=False)["pit_out_s"].shift(-1)
    lane_s = leave - laps["pit_in_s"]
    typical_s = median(lane_s[lane_s < _LONGEST_STOP_S])
    visits = laps.assign(leave_s=leave, lane_s=lane_s)
    visits = visits[laps["pit_in_s"].notna()].set_index(["driver", "lap"])
    age, kept = stints["age_laps"].to_numpy(dtype=float, copy=True), []
    new = ((stints["age_laps"] == 0) & (stints["first_lap"] > 1)).to_numpy()
    same = stints[["driver", "compound"]].eq(stints[["driver", "compound"]].shift()).all(axis=1)
    for row in np.flatnonzero(same).tolist():
        driver, first = stints["driver"].iloc[row], int(stints["first_lap"].iloc[row])
        ran = first - int(stints["first_lap"].iloc[row - 1])
        if (driver, first - 1) not in visits.index:
            continue
        visit, before = (
            visits.loc[(driver, first - 1)],
            visits[["leave_s", "lane_s"]].reindex([(driver, first - ran - 1)]).iloc[0],
        )
        given = messages.loc[penalty == driver, "time_s"]
        serves = given.between(before["leave_s"], visit["pit_in_s"]).any()
        stayed = visit["lane_s"] < typical_s - _NO_STOP_S or (serves and ran < _YOUNG_LAPS)
        led = ran == 1 and before["lane_s"] > _LONGEST_STOP_S > visit["lane_s"]
        if new[row] and (stayed or led):
            age[row] = age[row - 1] + ran
            kept.append(row)
        elif led and new[row - 1] and row - 1 not in kept and age[row] >= ran:
            age[row - 1] = age[row] - ran
            kept.append(row - 1)
    told = stints.iloc[kept]
    log.add(
        "tyres_kept",
        len(kept),
        "told as a new set: the car did not stop, served a penalty or was out for a lap of a red "
        "flag, and kept its tyres",
        where_laps(told["driver"], told["first_lap"]),
    )
    log.add(
        "tyre_age_from_0",
        int(new.sum()) - len(kept),
        "OpenF1 says new of sets, and says so of a few used ones, too",
    )
    return stints.assign(age_laps=age)


def with_tyres(laps: pd.DataFrame, stints: pd.DataFrame) -> pd.DataFrame:
    """Set stint, compound and tyre age of each lap.

    Parameters
    ----------
    laps : pandas.DataFrame
        ``driver`` and ``lap``, each driver's in order.
    stints : pandas.DataFrame
        Stints of :func:`stints_at_visits` with ``compound`` and ``age_laps``: laps the set had run
        before.

    Returns
    -------
    pandas.DataFrame
        Laps with ``stint``, ``compound``, ``tyre_age_laps`` and ``fresh_tyre``; unknown ones NaN,
        ``""`` and False.
    """
    parts = []
    for driver, own in laps.groupby("driver", sort=False):
        lap = own["lap"].to_numpy(dtype=int)
        runs = stints[stints["driver"] == driver]
        first = runs["first_lap"].to_numpy(dtype=float)
        which = np.searchsorted(first, lap, side="right") - 1 if len(runs) else lap * 0 - 1
        known = which >= 0
        found = runs.iloc[np.where(known, which, 0)] if len(runs) else None
        parts.append(_worn(own, lap, known, found, first[which] if len(runs) else lap))
    return pd.concat(parts) if parts else laps


def _worn(
    own: pd.DataFrame,
    lap: NDArray[np.int64],
    known: NDArray[np.bool_],
    found: pd.DataFrame | None,
    first: NDArray[np.float64],
) -> pd.DataFrame:
    """Tyre columns of one driver."""
    if found is None:
        return own.assign(stint=np.nan, compound="", tyre_age_laps=np.nan, fresh_tyre=False)
    age = found["age_laps"].to_numpy(dtype=float)
    return own.assign(
        stint=np.where(known, found["stint"].to_numpy(dtype=float), np.nan),
        compound=np.where(known, found["compound"].to_numpy(dtype=object), ""),
        tyre_age_laps=np.where(known, age + lap - first + 1.0, np.nan),
        fresh_tyre=known & (age == 0),
    )
