"""Laps joined to their tyres by FastF1's own rules, all cars at once.

FastF1 joins them car by car, which takes half the time a session is read in; a live one is read
every lap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.data._told_tyres import without_counters

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Durations = NDArray[np.timedelta64]
    #: What is told of the sets of one car and the ends of its laps into the pits, to one row a set.
    FixTyres = Callable[[pd.DataFrame, list[pd.Timedelta]], pd.DataFrame]

__all__ = ["CannotJoin", "joined_laps", "with_flags", "with_speeds_told_on"]

_NEVER = np.timedelta64("NaT", "ns")
_TYRES = ["Driver", "Time", "Compound", "StartLaps", "New", "Stint"]
_READ = ["Time", "LapTime", "PitInTime", "PitOutTime", "FastF1Generated"]
_NAMES = {"Driver": "DriverNumber", "NumberOfLaps": "LapNumber"}
#: Speed traps whose figure is told again only when it is another.
_TRAPS, _LINE_TRAP = ["SpeedI1", "SpeedI2", "SpeedST"], "SpeedFL"
_RED = "5"


class CannotJoin(Exception):
    """Messages are not in order, nobody is named, or nobody has ended a lap."""


def joined_laps(
    session: Any,  # noqa: ANN401  (a FastF1 session)
    timing: pd.DataFrame,
    tyres: pd.DataFrame,
    fix_tyres: FixTyres,
    *,
    race: bool,
) -> pd.DataFrame:
    """Join laps and tyres.

    Parameters
    ----------
    session : fastf1.core.Session
        Its results and its status are loaded.
    timing : pandas.DataFrame
        Laps as FastF1 parses them from the timing.
    tyres : pandas.DataFrame
        Sets as FastF1 parses them, one row a message.
    fix_tyres : callable
        Corrections of the sets of one car.
    race : bool
        Whether it was raced.

    Returns
    -------
    pandas.DataFrame
        FastF1's laps but for the track status, which is ``""``, and speed traps that were not
        told again.

    Raises
    ------
    CannotJoin
        If FastF1 has to do it.
    """
    results = session.results
    if not len(results) or not len(timing):
        raise CannotJoin
    start = session.session_start_time  # not told in what was recorded late
    started = _NEVER if pd.isna(start) else np.timedelta64(pd.Timedelta(start))
    timing = timing.drop(columns="NumberOfPitStops").assign(FastF1Generated=False)
    before = (timing["PitOutTime"] < started) & (timing["NumberOfLaps"] == 1)
    timing.loc[before, "PitOutTime"] = _NEVER
    sets = {str(number): own for number, own in tyres[_TYRES].groupby("Driver", sort=False)}
    timing = _with_first_lap_retirements(timing, results, sets, race=race)
    rows_of = timing.groupby("Driver", sort=False).indices
    restarts = _restarts(session.session_status)
    parts, order = [], []
    of_all = {name: timing[name].to_numpy() for name in _READ}
    for number in results["DriverNumber"].unique():
        if number not in rows_of:
            continue
        rows = rows_of[number]
        own = {name: values[rows] for name, values in of_all.items()}
        fitted = _fitted(own, sets.get(number), fix_tyres)
        begins = _begins(own, restarts, started if race else _NEVER, race=race)
        parts.append({**fitted, "LapStartTime": begins})
        order.append(rows)
    if not order:
        raise CannotJoin
    laps = timing.take(np.concatenate(order)).reset_index(drop=True)
    for name in parts[0]:
        laps[name] = np.concatenate([part[name] for part in parts])
    laps = laps.rename(columns=_NAMES)
    for name, told in (("Team", "TeamName"), ("Driver", "Abbreviation")):
        names = dict(zip(results["DriverNumber"], results[told], strict=True))
        laps[name] = laps["DriverNumber"].map(names)
    return laps.assign(Position=_places(laps) if race else np.nan, TrackStatus="")


def with_flags(laps: pd.DataFrame, status: pd.DataFrame) -> pd.DataFrame:
    """Give each lap the flags that were out while it was driven, each once and in order.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of :func:`joined_laps`.
    status : pandas.DataFrame
        ``Time`` and ``Status`` of each change of the track status.

    Returns
    -------
    pandas.DataFrame
    """
    begins, ends = laps["LapStartTime"].to_numpy(), laps["Time"].to_numpy()
    flags = np.full(len(laps), "", dtype=object)
    out = status["Time"].to_numpy(dtype="timedelta64[ns]")
    for n, flag in enumerate(status["Status"]):
        if n == len(out) - 1:
            met = ends >= out[n]
        else:
            met = (ends >= out[n]) & (ends <= out[n + 1])
            met |= (begins >= out[n]) & (begins <= out[n + 1])
            met |= (begins <= out[n]) & (ends >= out[n + 1])
        for row in np.flatnonzero(met):
            if flag not in flags[row]:
                flags[row] += flag
    return laps.assign(TrackStatus=flags)


def with_speeds_told_on(laps: pd.DataFrame) -> pd.DataFrame:
    """Give a lap the speeds of the lap before where they were not told again.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of :func:`with_flags`.

    Returns
    -------
    pandas.DataFrame
    """
    running = ~laps["FastF1Generated"] & ~laps["TrackStatus"].str.contains(_RED)
    told = laps.groupby("DriverNumber", sort=False)[[*_TRAPS, _LINE_TRAP]].ffill()
    laps[_TRAPS] = laps[_TRAPS].where(~running, told[_TRAPS], axis=0)
    past_the_line = running & laps["PitInTime"].isna()
    laps[_LINE_TRAP] = laps[_LINE_TRAP].where(~past_the_line, told[_LINE_TRAP])
    return laps


def _with_first_lap_retirements(
    timing: pd.DataFrame, results: pd.DataFrame, sets: dict[str, pd.DataFrame], *, race: bool
) -> pd.DataFrame:
    """A lap for everybody on the grid of whom no lap was timed."""
    timed = set(timing["Driver"])
    withdrawn = results["ClassifiedPosition"] == "W"
    missing = [
        number
        for number in results.loc[~withdrawn, "DriverNumber"]
        if race and number not in timed and number in sets
    ]
    if not missing:
        return timing
    laps = pd.DataFrame(
        {
            "Driver": missing,
            "NumberOfLaps": 1,
            "Time": timing["Time"].min(),
            "IsPersonalBest": False,
            "FastF1Generated": True,
        }
    )
    return pd.concat([timing, laps], ignore_index=True)


def _fitted(
    own: dict[str, NDArray[Any]], sets: pd.DataFrame | None, fix_tyres: FixTyres
) -> dict[str, NDArray[Any]]:
    """Set of each lap of one car: the last one told of before it ended."""
    ends, generated = own["Time"], own["FastF1Generated"][0]
    n = len(ends)
    if sets is None:
        return {
            "Compound": np.full(n, "", dtype=object),
            "TyreLife": np.full(n, np.nan),
            "FreshTyre": np.full(n, fill_value=False, dtype=object),
            "Stint": np.ones(n),
        }
    if len(sets) != sets["Stint"].nunique():
        into_pits = list(pd.TimedeltaIndex(ends[~np.isnat(own["PitInTime"])]))
        sets = fix_tyres(without_counters(sets, into_pits), into_pits)
    told = sets["Time"].to_numpy()
    if generated:
        which = np.zeros(1, dtype=int)
    elif _in_order(ends) and _in_order(told):
        which = np.searchsorted(told, ends, side="right") - 1
    else:
        raise CannotJoin
    known = which >= 0
    stint = np.where(known, sets["Stint"].to_numpy(dtype=float)[which], np.nan)
    if generated:
        stint[:] = 0
    age = np.where(known, sets["StartLaps"].to_numpy(dtype=float)[which], np.nan)
    for number in np.unique(stint[known]):
        on_it = stint == number
        age[on_it] += np.arange(1, on_it.sum() + 1)
    return {
        "Compound": np.where(known, sets["Compound"].to_numpy(dtype=object)[which], np.nan),
        "TyreLife": age,
        "FreshTyre": np.where(known, sets["New"].to_numpy(dtype=object)[which], np.nan),
        "Stint": stint + 1,
    }


def _in_order(times: Durations) -> bool:
    return not np.isnat(times).any() and bool((np.diff(times) >= np.timedelta64(0)).all())


def _restarts(status: pd.DataFrame) -> list[np.timedelta64]:
    """When the session went on after each red flag."""
    found, stopped = [], False
    for when, said in zip(status["Time"].to_numpy(), status["Status"], strict=True):
        if stopped and said == "Started":
            found.append(when)
        stopped = said == "Aborted" or (stopped and said != "Started")
    return found


def _begins(
    own: dict[str, NDArray[Any]],
    restarts: list[np.timedelta64],
    start: np.timedelta64,
    *,
    race: bool,
) -> Durations:
    """When each lap of one car began: as the one before ended, or as the session went on."""
    begins, out = np.concatenate([[start], own["Time"][:-1]]), own["PitOutTime"]
    untimed = np.isnat(own["LapTime"])
    for restart in restarts:
        after = np.flatnonzero(out > restart)
        if not len(after):
            continue
        if not race:
            begins[after[0]] = _NEVER
        elif untimed[after[0]]:
            begins[after[0]] = restart
    return np.where(np.isnat(begins), out, begins)


def _places(laps: pd.DataFrame) -> pd.Series:
    """Order in which each lap was ended; none for who retired on the first."""
    only = laps["FastF1Generated"] & ~laps["Driver"].duplicated(keep=False)
    places = laps[~only].groupby("LapNumber")["Time"].rank(method="first", na_option="bottom")
    return places.reindex(laps.index)
