"""Who was where on the road at the end of each lap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.data._log import where_laps

if TYPE_CHECKING:
    import pandas as pd

    from f1lab.data._log import RepairLog

__all__ = ["with_gaps", "with_positions"]


def with_positions(laps: pd.DataFrame, log: RepairLog) -> pd.DataFrame:
    """Give each lap its place on the road: the order in which laps of that number were completed.

    Parameters
    ----------
    laps : pandas.DataFrame
        ``driver``, ``lap``, ``time_s`` [s] and ``position`` as far as it was told.
    log : RepairLog
        Where it is written how many were told otherwise.

    Returns
    -------
    pandas.DataFrame
    """
    place = laps.groupby("lap")["time_s"].rank(method="first")
    missing = laps["position"].isna()
    other = ~missing & (laps["position"] != place)
    log.add("position_missing", int(missing.sum()), "counted from the crossing times")
    log.add(
        "position_corrected",
        int(other.sum()),
        "counted anew from the crossing times",
        where_laps(laps["driver"][other], laps["lap"][other]),
    )
    return laps.assign(position=place)


def with_gaps(laps: pd.DataFrame) -> pd.DataFrame:
    """Give each lap the gap to the car that crossed the line last before it, lapped or not.

    Parameters
    ----------
    laps : pandas.DataFrame
        ``driver``, ``lap`` and ``time_s`` [s].

    Returns
    -------
    pandas.DataFrame
        The laps with ``gap_ahead_s``, ``driver_ahead`` and ``driver_ahead_lap``.
    """
    order = np.argsort(laps["time_s"].to_numpy(), kind="stable")
    driver, clock = laps["driver"].to_numpy()[order], laps["time_s"].to_numpy()[order]
    number = laps["lap"].to_numpy()[order]
    gap, on_lap = np.full(len(order), np.nan), np.full(len(order), np.nan)
    ahead = np.full(len(order), "", dtype=object)
    for i in range(1, len(order)):
        j = i - 1
        while j >= 0 and driver[j] == driver[i]:
            j -= 1
        if j >= 0:
            gap[i], ahead[i], on_lap[i] = clock[i] - clock[j], driver[j], number[j]
    back = np.argsort(order, kind="stable")
    return laps.assign(
        gap_ahead_s=gap[back], driver_ahead=ahead[back], driver_ahead_lap=on_lap[back]
    )
