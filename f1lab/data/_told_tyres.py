"""What was told of a car's sets of tyres, before FastF1 joins it.

FastF1 takes the last thing told of each set, and counts sets by the visits to the pit lane. Two
slips of the feed mislead it. A set is told as one of another compound, with that one's age, and
taken back: the compound comes again, the age does not. And a set is told before the car stops for
it: FastF1 gives that news to the set before, and then knows nothing of this one. In the races of
2023 that happened to one car each: in Bahrain, where the winner's second set was used, and in
Canada.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["put_right", "without_counters"]

_TOLD = ["Compound", "StartLaps", "New"]
_AT_ONCE = pd.Timedelta(milliseconds=1)


def put_right(session: Any) -> Callable[..., pd.DataFrame]:  # noqa: ANN401
    """Return a session's joining of what was told of a car's sets, given what was meant.

    Parameters
    ----------
    session : fastf1.core.Session
        Its own joining takes the messages on the sets of one car, and the ends of its laps into
        the pits [session clock], and makes one row a set.

    Returns
    -------
    callable
        The same function.
    """
    fix = session._Session__fix_tyre_info  # noqa: SLF001

    def fixed(sets: pd.DataFrame, stint_ends: list[pd.Timedelta]) -> pd.DataFrame:
        told = _told_again(_without_taken_back(sets), stint_ends, session.session_start_time)
        joined: pd.DataFrame = fix(told, stint_ends)
        return joined

    return fixed


def without_counters(sets: pd.DataFrame, stint_ends: list[pd.Timedelta]) -> pd.DataFrame:
    """Messages on the sets of one car without those that say nothing but how old a set is.

    Parameters
    ----------
    sets : pandas.DataFrame
        The messages.
    stint_ends : list of Timedelta
        Ends of its laps into the pits, in order [session clock].

    Returns
    -------
    pandas.DataFrame
        What is joined of them is the same: FastF1 looks which sets are told of from the start to
        the first end, and between two ends.
    """
    ends = np.array([pd.Timedelta(0), *stint_ends], dtype="timedelta64[ns]")
    when = sets["Time"].to_numpy()
    stint = pd.DataFrame({"set": sets["Stint"].to_numpy(), "ends": np.searchsorted(ends, when)})
    news = sets[_TOLD].notna().to_numpy().any(axis=1) | np.isin(when, ends)
    kept: pd.DataFrame = sets[news | ~stint.duplicated().to_numpy()]
    return kept


def _without_taken_back(sets: pd.DataFrame) -> pd.DataFrame:
    """Messages without what was told of a set while it was given as of another compound."""
    told, named = sets.copy(), sets.loc[sets["Compound"].notna(), ["Stint", "Compound"]]
    if not named[named["Compound"] != "UNKNOWN"].drop_duplicates()["Stint"].duplicated().any():
        return told
    for _, own in sets.groupby("Stint"):
        name = own["Compound"].where(own["Compound"] != "UNKNOWN").dropna()
        if name.empty or name.iloc[0] != name.iloc[-1]:
            continue
        other = name.index[name != name.iloc[0]]
        if len(other):
            between = (own.index >= other[0]) & (own.index < name.index[-1])
            told.loc[own.index[between], _TOLD] = None
    return told


def _told_again(
    sets: pd.DataFrame, stint_ends: list[pd.Timedelta], start: pd.Timedelta | None
) -> pd.DataFrame:
    """Messages, and again those of a set that came before the stop for it, if none came after.

    Sets fitted on the grid before the start have numbers of their own, too: they are not meant.
    """
    again = [sets]
    for number, begin in enumerate(stint_ends, start=1):
        named = sets[(sets["Stint"] == number) & sets["Compound"].notna()]
        if start is not None and len(named) and named["Time"].between(start, begin).all():
            again.append(named.tail(1).assign(Time=begin + _AT_ONCE))
    told: pd.DataFrame = pd.concat(again).sort_values("Time", kind="stable")
    return told
