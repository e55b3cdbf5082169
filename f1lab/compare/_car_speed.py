"""Top speeds: where the trap stands, who had a tow or an open wing there, who is quicker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.calc.track import straight_line_speed
from f1lab.compare._car_delta import mean_of_laps
from f1lab.compare._car_pairs import comparable_laps
from f1lab.errors import NoData, NotEnoughLaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.calc.estimate import Estimate
    from f1lab.calc.track import StraightLineSpeed
    from f1lab.compare.traces import Overlay
    from f1lab.data.schema import Session

__all__ = ["speeds_at_trap", "top_speed", "top_speed_difference", "trap_share"]

#: A car this close behind another has its tow [s].
_TOW_S = 1.0
#: Telemetry and trap agree this well where the trap stands, on so many laps [km/h].
_AGREE_KMH, _MIN_TRAP_LAPS = 3.0, 8
#: Standard deviation of the difference of two speeds in whole km/h [km/h].
_ROUNDING_KMH = 6**-0.5
_MIN_PAIRS, _MIN_SPEEDS, _HALF = 2, 3, 0.5


def trap_share(session: Session, seen: Overlay) -> float:
    """Where on the lap the speed trap stands: where telemetry shows what the trap measured.

    Parameters
    ----------
    session : Session
        The session, with the speeds at the trap.
    seen : Overlay
        Laps of several cars.

    Returns
    -------
    float
        Share of the lap, 0 … 1 [-].

    Raises
    ------
    NotEnoughLaps
        Under eight laps with a speed at the trap, or telemetry agrees with it nowhere to 3 km/h.
    """
    laps = session.laps.set_index(["driver", "lap"])["speed_trap_kmh"]
    trap = np.array([laps.loc[lap.driver, lap.lap] for lap in seen.laps], dtype=float)
    known = np.isfinite(trap)
    if known.sum() < _MIN_TRAP_LAPS:
        raise NotEnoughLaps(
            f"{int(known.sum())} laps with car data have a speed at the trap; {_MIN_TRAP_LAPS} "
            "are needed to find where it stands."
        )
    off = np.median(np.abs(seen.speed_kmh[known] - trap[known, None]), axis=0)
    best = int(np.argmin(off))
    if off[best] > _AGREE_KMH:
        raise NotEnoughLaps(
            f"car data agree with the speed trap nowhere on the lap: {off[best]:.1f} km/h off at "
            f"best, {_AGREE_KMH:g} are allowed."
        )
    return best / (len(off) - 1)


def speeds_at_trap(session: Session, driver: str, share: float | None) -> pd.DataFrame:
    """Speeds of a driver at the trap on his flying laps, with tow and wing.

    Parameters
    ----------
    session : Session
        The session.
    driver : str
        Driver code.
    share : float or None
        Where the trap stands, from :func:`trap_share`; None when it is not known. Then, and when
        fewer than three laps have car data, no wing counts as open.

    Returns
    -------
    pandas.DataFrame
        ``trap_kmh, telemetry_kmh, drs, towed`` by lap.
    """
    gap = session.laps["gap_ahead_s"]
    begun = gap.groupby(session.laps["driver"]).shift()
    near = (begun if share is None or share < _HALF else gap) < _TOW_S
    if session.kind in ("R", "S"):
        flying = session.laps["pit_in_s"].isna() & session.laps["pit_out_s"].isna()
        laps = session.laps[flying & session.laps["green"] & (session.laps["lap"] > 1)]
    else:
        laps = comparable_laps(session)
    own = laps[laps["driver"] == driver]
    found = pd.DataFrame(
        {
            "trap_kmh": own["speed_trap_kmh"].to_numpy(dtype=float),
            "telemetry_kmh": np.nan,
            "drs": False,
            "towed": near[own.index].to_numpy(dtype=bool),
        },
        index=own["lap"].to_numpy(dtype=int),
    )
    if share is None:
        return found
    without = []
    for lap in found.index:
        try:
            frame = session.telemetry(driver, int(lap))
        except NoData:
            without.append(lap)
            continue
        at = share * frame["distance_m"].iloc[-1]
        found.loc[lap, "telemetry_kmh"] = np.interp(at, frame["distance_m"], frame["speed_kmh"])
        found.loc[lap, "drs"] = bool(frame["drs"].iloc[int(frame["distance_m"].searchsorted(at))])
    seen = found.drop(index=without)
    return seen if len(seen) >= _MIN_SPEEDS else found.assign(drs=False)


def top_speed(speeds: pd.DataFrame) -> StraightLineSpeed:
    """Top speeds of one car from :func:`speeds_at_trap`."""
    return straight_line_speed(
        speeds["trap_kmh"], speeds["towed"], speeds["drs"], speeds["telemetry_kmh"]
    )


def top_speed_difference(
    one: pd.DataFrame, other: pd.DataFrame, pairs: Sequence[tuple[int, int]]
) -> Estimate:
    """Difference of the speeds at the trap over pairs of laps, both with the wing alike, no tow.

    Parameters
    ----------
    one, other : pandas.DataFrame
        From :func:`speeds_at_trap`.
    pairs : sequence of (int, int)
        A lap of the one and a lap of the other.

    Returns
    -------
    Estimate
        One minus other [km/h].

    Raises
    ------
    NotEnoughLaps
        Under two such pairs.
    """
    told = [
        mine["trap_kmh"] - his["trap_kmh"]
        for i, j in pairs
        if i in one.index and j in other.index
        for mine, his in [(one.loc[i], other.loc[j])]
        if mine["drs"] == his["drs"] and not (mine["towed"] or his["towed"])
    ]
    known = np.array([gain for gain in told if np.isfinite(gain)])
    if len(known) < _MIN_PAIRS:
        raise NotEnoughLaps(
            f"{len(known)} pairs of laps with a speed at the trap, without a tow and with the wing "
            f"alike, needed are {_MIN_PAIRS}."
        )
    return mean_of_laps(known, _ROUNDING_KMH)
