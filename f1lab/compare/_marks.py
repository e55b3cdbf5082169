"""Marks on laps: times deleted, and excursions race control named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.racemodel.laps import RaceLaps

    Bools = NDArray[np.bool_]

__all__ = ["deleted_laps", "off_laps"]

#: A source that marks more laps than this as deleted means something else by it [-].
_MOST_DELETED = 0.5
_OFF = re.compile(r"CAR \d+ \((?P<driver>\w{3})\)[ ,]+(?:OFF TRACK|SPUN|SPIN|RAN WIDE|WENT OFF)")


def deleted_laps(frame: pd.DataFrame) -> Bools:
    """Laps whose time was deleted; none where the source marks most of them, which it can't mean.

    Parameters
    ----------
    frame : pandas.DataFrame
        Laps of a session.

    Returns
    -------
    ndarray of bool, shape (rows,)
    """
    marked = frame["deleted"].to_numpy(dtype=bool)
    return marked if len(marked) and marked.mean() <= _MOST_DELETED else np.zeros_like(marked)


def off_laps(laps: RaceLaps, messages: pd.DataFrame) -> Bools:
    """Laps under way when race control said that the car had left the track or spun.

    Parameters
    ----------
    laps : RaceLaps
    messages : pandas.DataFrame
        Race-control messages; one that could not be placed on the clock is put on its lap.

    Returns
    -------
    ndarray of bool, shape (rows,)
    """
    out = np.zeros(len(laps.lap), dtype=bool)
    columns = (messages[name] for name in ("message", "time_s", "lap"))
    for message, time_s, lap in zip(*columns, strict=True):
        found = _OFF.search(str(message).upper())
        if found is None or found["driver"] not in laps.drivers:
            continue
        rows = laps.rows(found["driver"])
        after = laps.time_s[rows] >= time_s if np.isfinite(time_s) else laps.lap[rows] >= lap
        out[rows[after][:1]] = True
    return out
