"""Laps that race control deleted, marked by FastF1's own rule at once.

FastF1 goes through all that race control said twice, row by row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["with_deleted"]

_LAP = r"CAR (\d{1,2}) .* TIME (\d:\d\d\.\d{3}) "
_DELETED, _REINSTATED = re.compile(_LAP + "DELETED - (.*)"), re.compile(_LAP + ".*REINSTATED")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")


def with_deleted(laps: pd.DataFrame, said: Iterable[str]) -> pd.DataFrame:
    """Mark deleted laps, with the reason; they are no personal bests.

    Parameters
    ----------
    laps : pandas.DataFrame
        FastF1's laps.
    said : iterable of str
        What race control said, in order. A lap that was reinstated at any time was not deleted.

    Returns
    -------
    pandas.DataFrame
    """
    said = list(said)
    back = {found.groups() for text in said if (found := _REINSTATED.match(text))}
    deleted = np.zeros(len(laps), dtype=bool)
    reason = laps["DeletedReason"].to_numpy(dtype=object, copy=True)
    number, took = laps["DriverNumber"].to_numpy(), laps["LapTime"].to_numpy()
    for found in filter(None, map(_DELETED.match, said)):
        car, time, why = found.groups()
        if (car, time) in back:
            continue
        rows = (number == car) & (took == np.timedelta64(pd.Timedelta(f"0:0{time}")))
        deleted |= rows
        reason[rows] = _CLOCK.sub("", why)  # the time of day at the track
    best = laps["IsPersonalBest"].to_numpy(copy=True)
    best[deleted] = False
    marked: pd.DataFrame = laps.assign(Deleted=deleted, IsPersonalBest=best, DeletedReason=reason)
    return marked
