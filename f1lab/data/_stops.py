"""How long cars stood in their boxes: what cannot be so is not known.

A source that times cars standing tells of most stops, not of all, and now and then puts a figure
on the wrong lap. What stays is on a lap with a pit entry and shorter than the time the car spent
in the pit lane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.data._log import where_laps

if TYPE_CHECKING:
    import pandas as pd

    from f1lab.data._log import RepairLog

__all__ = ["repair_stationary"]


def repair_stationary(laps: pd.DataFrame, *, log: RepairLog) -> pd.DataFrame:
    """Return laps whose stationary times can be true.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of each driver in order, with ``pit_in_s``, ``pit_out_s`` and ``pit_stationary_s``.
    log : RepairLog
        Where repairs are written.

    Returns
    -------
    pandas.DataFrame
        The same laps; a stationary time that cannot be true is NaN.
    """
    stood = laps["pit_stationary_s"].to_numpy(dtype=float)
    known = np.isfinite(stood)
    into = laps["pit_in_s"].to_numpy(dtype=float)
    lane = laps.groupby("driver", sort=False)["pit_out_s"].shift(-1).to_numpy(dtype=float) - into
    nowhere = known & ~np.isfinite(into)
    impossible = known & ~nowhere & ((stood <= 0) | (stood >= lane))
    for kind, rows, action in (
        ("stationary_without_stop", nowhere, "no pit entry on that lap: left out"),
        ("stationary_impossible", impossible, "not within the time in the pit lane: left out"),
    ):
        where = where_laps(laps["driver"][rows], laps["lap"][rows])
        log.add(kind, int(rows.sum()), action, where)
    return laps.assign(pit_stationary_s=np.where(nowhere | impossible, np.nan, stood))
