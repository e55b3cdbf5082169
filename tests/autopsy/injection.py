"""Make a real race worse in one known way.

Every function returns a new weekend in which one driver lost a known number of seconds for one
known reason. Positions, gaps and everybody else stay as measured: the same race, one change.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.racemodel.laps import race_laps

if TYPE_CHECKING:
    import pandas as pd

    from f1lab.data.schema import Weekend


def _with_laps(weekend: Weekend, laps: pd.DataFrame) -> Weekend:
    return replace(weekend, race=replace(weekend.race, laps=laps))


def add_to_laps(weekend: Weekend, driver: str, extra_s: dict[int, float]) -> Weekend:
    """Make some laps of one driver longer; his clock runs late from there on."""
    laps = weekend.race.laps.copy()
    own = laps["driver"] == driver
    extra = laps.loc[own, "lap"].map(extra_s).fillna(0.0).to_numpy()
    late = np.cumsum(extra)
    laps.loc[own, "lap_time_s"] += extra
    laps.loc[own, "time_s"] += late
    # a lap's extra time passes before its pit entry and after its pit exit
    laps.loc[own, "pit_in_s"] += late
    laps.loc[own, "pit_out_s"] += late - extra
    return _with_laps(weekend, laps)


def slow_stop(weekend: Weekend, driver: str, in_lap: int, seconds: float) -> Weekend:
    """Hold a car in its box for longer."""
    out = blocked_lane(weekend, driver, in_lap, seconds)
    laps = out.race.laps
    row = (laps["driver"] == driver) & (laps["lap"] == in_lap)
    laps.loc[row, "pit_stationary_s"] += seconds
    return out


def blocked_lane(weekend: Weekend, driver: str, in_lap: int, seconds: float) -> Weekend:
    """Hold a car up in the pit lane, on its way to its box."""
    out = add_to_laps(weekend, driver, {in_lap + 1: seconds})
    laps = out.race.laps
    row = (laps["driver"] == driver) & (laps["lap"] == in_lap + 1)
    laps.loc[row, "pit_out_s"] += seconds
    return out


def slower_car(weekend: Weekend, driver: str, per_lap_s: float) -> tuple[Weekend, float]:
    """Take pace away on every lap that is not neutralised; returns the seconds in all, too."""
    laps = race_laps(weekend.race, weekend.year)
    rows = laps.rows(driver)
    slow = laps.lap[rows][~laps.neutralised[rows]]
    return add_to_laps(weekend, driver, dict.fromkeys(slow, per_lap_s)), per_lap_s * len(slow)


def faster_wear(weekend: Weekend, driver: str, per_lap_s: float) -> tuple[Weekend, float]:
    """Let every green-flag lap of tyre age cost more; returns the seconds in all, too."""
    laps = race_laps(weekend.race, weekend.year)
    rows = laps.rows(driver)
    rows = rows[~laps.neutralised[rows]]
    extra = dict(zip(laps.lap[rows], per_lap_s * laps.wear_age[rows], strict=True))
    return add_to_laps(weekend, driver, extra), sum(extra.values())


def grid_drop(weekend: Weekend, driver: str, slots: int, per_slot_s: float) -> Weekend:
    """Start further back, and lose on lap 1 what those slots cost."""
    late = add_to_laps(weekend, driver, {1: slots * per_slot_s})
    results = late.race.results.copy()
    results.loc[results["driver"] == driver, "grid"] += slots
    return replace(late, race=replace(late.race, results=results))
