"""Which laps are timed consistently, by FastF1's own rule at once.

FastF1 goes through the laps one by one, which takes a sixth of the time a session is read in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["accurate_laps"]

_TOLERANCE = pd.Timedelta(milliseconds=3)
#: Track status of a lap that may be accurate: clear, yellow, and both.
_RACING = ("1", "2", "12", "21")
_SAFETY_CAR = "4"
_SECTORS = ["Sector1Time", "Sector2Time", "Sector3Time"]


def accurate_laps(laps: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each lap is accurate.

    A lap is, if it was driven without the pit lane under a clear track or yellow flags, its
    sectors add up to it, it ends that long after the one before, and that one was not driven
    behind the safety car.

    Parameters
    ----------
    laps : pandas.DataFrame
        FastF1's laps, each driver's in order.

    Returns
    -------
    ndarray of bool, shape (laps,)
    """
    before = laps.groupby("DriverNumber", sort=False)[["Time", "TrackStatus"]].shift()
    own = laps[["LapTime", *_SECTORS]].notna().all(axis=1)
    own &= laps["PitInTime"].isna() & laps["PitOutTime"].isna()
    own &= ~laps["FastF1Generated"].astype(bool) & laps["TrackStatus"].isin(_RACING)
    adds_up = (laps[_SECTORS].sum(axis=1) - laps["LapTime"]).abs() <= _TOLERANCE
    off = (laps["Time"] - before["Time"] - laps["LapTime"]).abs()
    follows = off.isna() | (off <= _TOLERANCE)
    return np.asarray(own & adds_up & follows & (before["TrackStatus"] != _SAFETY_CAR))
