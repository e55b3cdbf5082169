"""How far off the next laps are when the track is getting wet, or the car is on rain tyres.

The line through the own laps knows nothing of the sky. Known is whether race control's weather
says rain, and by how much everybody's last laps were slower than those before: the rain flag
comes late, and most showers it tells of leave slicks alone. The slowdown is taken to last; how
much longer than that the laps ahead took is measured, as a share of the lap
(:mod:`f1lab.simulator.measure_rain`, races of 2018 to 2023 of which every one counts the same).
Who stays on slicks is whom the rain spares, so that their later laps keep the middle of the first
and no range gets narrower further ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.racemodel.laps import COMPOUND_CLASS, SLICK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from f1lab.simulator.world import World

__all__ = ["SLOWED", "Excess", "excesses", "slowed_share", "track_now"]

#: The field is slowed when its laps are longer than before by this [share]: more than a yellow
#: flag or a restart does to half of it.
_SLOWED = 0.02
#: Laps a car's last one is held against, and cars from which the field is told.
_BEFORE_LAPS, _FEW_CARS = 5, 4
#: Slicks on a track that has slowed everybody: the one case in which the slowdown is added.
SLOWED = "slicks slowed"


@dataclass(frozen=True)
class Excess:
    """What a lap ahead takes beyond the line through the own laps, 90 % range [share of it]."""

    low: float
    middle: float
    high: float


#: 5 %, median and 95 % of it, 1 to 5 laps ahead, by what the track does.
_EXCESS: Mapping[str, tuple[tuple[float, float, float], ...]] = {
    # 331 laps expected in 6 races
    SLOWED: (
        (-0.114, -0.006, 0.166),
        (-0.178, -0.006, 0.166),
        (-0.186, -0.006, 0.166),
        (-0.192, -0.006, 0.169),
        (-0.199, -0.006, 0.169),
    ),
    # 8,465 laps in 11 races
    "slicks in rain": (
        (-0.070, -0.005, 0.035),
        (-0.077, -0.005, 0.035),
        (-0.077, -0.005, 0.035),
        (-0.078, -0.005, 0.035),
        (-0.095, -0.005, 0.035),
    ),
    # 6,770 laps in 9 races
    "rain tyres": (
        (-0.064, -0.001, 0.044),
        (-0.074, -0.001, 0.044),
        (-0.080, -0.002, 0.044),
        (-0.090, -0.002, 0.044),
        (-0.097, -0.003, 0.044),
    ),
    # 4,402 laps in 7 races
    "rain tyres in rain": (
        (-0.050, -0.006, 0.032),
        (-0.059, -0.011, 0.032),
        (-0.070, -0.014, 0.032),
        (-0.077, -0.021, 0.032),
        (-0.091, -0.024, 0.032),
    ),
}


def track_now(compound: int, slowed: float, *, raining: bool | None) -> str | None:
    """What the track does to laps on a set.

    Parameters
    ----------
    compound : int
        Of the set.
    slowed : float
        As from :func:`slowed_share`.
    raining : bool, optional
        What the weather says; None where nobody says.

    Returns
    -------
    str
        ``slicks slowed``, ``slicks in rain``, ``rain tyres`` or ``rain tyres in rain``; None on
        slicks on a track that is as it was.
    """
    if COMPOUND_CLASS[compound] != SLICK:
        return "rain tyres in rain" if raining else "rain tyres"
    if slowed > _SLOWED:
        return SLOWED
    return "slicks in rain" if raining else None


def slowed_share(world: World, clock_s: float) -> float:
    """How much longer the last laps of the cars on slicks were than the ones before [share].

    The median of the cars; 0 where too few can be told.
    """
    laps, found = world.laps, []
    raced = (laps.time_s <= clock_s) & (laps.lap > 1) & ~laps.neutralised
    raced &= ~laps.in_lap & ~laps.out_lap & (laps.tyre_class == SLICK)
    lead = int(laps.lap[raced].max(initial=0))
    for driver in range(len(laps.drivers)):
        rows = np.flatnonzero(raced & (laps.driver == driver))[-_BEFORE_LAPS - 1 :]
        if len(rows) > 2 and laps.lap[rows[-1]] >= lead - 1:  # noqa: PLR2004  (a last lap and some before)
            found.append(laps.lap_time_s[rows[-1]] / np.median(laps.lap_time_s[rows[:-1]]) - 1.0)
    return float(np.median(found)) if len(found) >= _FEW_CARS else 0.0


def excesses(track: str | None, slowed: float) -> tuple[Excess, ...] | None:
    """What the laps ahead take beyond the line through the own laps.

    Parameters
    ----------
    track : str, optional
        As from :func:`track_now`.
    slowed : float
        As from :func:`slowed_share`.

    Returns
    -------
    tuple of Excess
        For 1, 2 … laps ahead; None on a track that is as it was.
    """
    if track is None:
        return None
    lasting = 1.0 + slowed if track == SLOWED else 1.0
    return tuple(
        Excess(*(lasting * (1.0 + share) - 1.0 for share in ends)) for ends in _EXCESS[track]
    )
