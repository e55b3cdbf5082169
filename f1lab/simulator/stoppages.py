"""Red flags: when a race was stopped, and when tyres could still be changed.

While a race is stopped the cars stand in the pit lane and every change is free. Pit walls decide
there, on what they know by then, and not when the lap began: that is when a player is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]

__all__ = ["Stoppage", "standing_s", "stoppages_of"]

#: Wheels are on from the three-minute signal before a race is resumed [s].
_WHEELS_ON_S = 180.0
#: Share of the cars that have left the pit lane when a race counts as resumed: one or another is
#: moved before.
_GONE = 0.25


@dataclass(frozen=True)
class Stoppage:
    """A red flag: session clock when it came out and when the race was resumed (inf: never) [s]."""

    red_s: float
    resumed_s: float

    @property
    def decided_s(self) -> float:
        """Session clock until which tyres are changed: the last that is known to the call [s]."""
        return max(self.red_s, self.resumed_s - _WHEELS_ON_S)


def stoppages_of(weekend: Weekend) -> tuple[Stoppage, ...]:
    """Stoppages of a race by its track status, in order; none where nobody recorded it.

    The status often says "clear" as soon as the track is; a race is resumed when the cars leave
    the pit lane.

    Parameters
    ----------
    weekend : Weekend

    Returns
    -------
    tuple of Stoppage
    """
    race = weekend.race
    status = race.track_status["status"].to_numpy()
    since = race.track_status["time_s"].to_numpy(dtype=np.float64)
    until = np.append(since[1:], np.inf)
    last_s = float(race.laps["time_s"].max())
    red = np.flatnonzero((status == "red") & (since > race.start_s) & (since < last_s))
    return tuple(
        Stoppage(float(since[i]), _resumed_s(race.laps, float(since[i]), float(until[i])))
        for i in red
    )


def _resumed_s(laps: pd.DataFrame, red_s: float, clear_s: float) -> float:
    """When the first cars had left the pit lane; without their times when the flag went in."""
    after = laps[laps["time_s"] > red_s]
    left = after[after["pit_out_s"] > red_s].groupby("driver")["pit_out_s"].min()
    if len(left) < after["driver"].nunique() / 2:
        return clear_s if after["time_s"].max() > clear_s else np.inf
    return max(float(np.quantile(left, _GONE)), clear_s)


def standing_s(stoppages: tuple[Stoppage, ...], since_s: Floats, until_s: Floats) -> Floats:
    """Time the race was stopped for between two moments [s].

    Parameters
    ----------
    stoppages : tuple of Stoppage
    since_s, until_s : ndarray
        Session clock, of shapes that go together [s].

    Returns
    -------
    ndarray
    """
    total = np.zeros(np.broadcast_shapes(np.shape(since_s), np.shape(until_s)))
    for stop in stoppages:
        begin, end = np.maximum(since_s, stop.red_s), np.minimum(until_s, stop.resumed_s)
        total += np.maximum(end - begin, 0.0)
    return total
