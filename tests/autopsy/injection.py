"""Make a real race worse in one known way.

Every function returns a new weekend in which one driver lost a known number of seconds for one
known reason. Positions, gaps and everybody else stay as measured: the same race, one change.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

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
    out = add_to_laps(weekend, driver, {in_lap + 1: seconds})
    laps = out.race.laps
    row = (laps["driver"] == driver) & (laps["lap"] == in_lap + 1)
    laps.loc[row, "pit_out_s"] += seconds
    return out


def racing_laps(weekend: Weekend, driver: str) -> pd.DataFrame:
    """Laps under green or yellow without the pit lane and without lap 1."""
    laps = weekend.race.laps
    own = laps[(laps["driver"] == driver) & (laps["lap"] > 1)].copy()
    neutral = own["sc"] | own["vsc"] | own["red"]
    restart = own["red"].shift(1, fill_value=False)
    return own[~neutral & ~restart]


def slower_car(weekend: Weekend, driver: str, per_lap_s: float) -> Weekend:
    """Take pace away on every lap the car races (and lap 1)."""
    laps = racing_laps(weekend, driver)["lap"]
    return add_to_laps(weekend, driver, dict.fromkeys((1, *laps), per_lap_s))


def faster_wear(weekend: Weekend, driver: str, per_lap_s: float) -> Weekend:
    """Let every lap of tyre age cost more."""
    laps = racing_laps(weekend, driver)
    extra = dict(zip(laps["lap"], per_lap_s * laps["tyre_age_laps"], strict=True))
    return add_to_laps(weekend, driver, {1: per_lap_s, **extra})


def grid_drop(weekend: Weekend, driver: str, slots: int, per_slot_s: float) -> Weekend:
    """Start further back, and lose on lap 1 what those slots cost."""
    late = add_to_laps(weekend, driver, {1: slots * per_slot_s})
    results = late.race.results.copy()
    results.loc[results["driver"] == driver, "grid"] += slots
    return replace(late, race=replace(late.race, results=results))
