"""Traffic of a race: what it cost, what DRS was worth, how a fight stood at half distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.estimate import Z90
from f1lab.calc.traffic import battle_prediction, drs_advantage, traffic_impact
from f1lab.compare._pace import pace_gap
from f1lab.engine.priors import load_engine_priors
from f1lab.errors import NoData, NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.calc.traffic import Battle, DrsAdvantage, TrafficImpact
    from f1lab.compare._chances import PassingChances
    from f1lab.compare.laps import RaceView

    Bools = NDArray[np.bool_]

__all__ = ["battle", "drs", "lapping_laps", "traffic"]

#: DRS was allowed from this lap on, and there was one until this season.
_DRS_FROM_LAP, _DRS_UNTIL = 3, 2025
_BATTLE_LAPS = 5


def traffic(view: RaceView, *codes: str) -> TrafficImpact:
    """Seconds lost to dirty air, blue flags and lapping, by some cars or (none named) by all.

    Raises
    ------
    NotEnoughLaps
        Too few dry laps in clear air, or none in traffic.
    """
    laps = view.laps
    rows = laps.racing & ~laps.wet & np.isfinite(laps.lap_time_s)
    if codes:
        rows &= np.isin(view.codes[laps.driver], codes)
    return traffic_impact(
        (laps.lap_time_s - view.past.clear_s)[rows],
        laps.gap_start_s[rows],
        view.stint[rows],
        blue_flag=laps.blue_flag[rows],
        lapping=lapping_laps(view)[rows],
    )


def lapping_laps(view: RaceView) -> Bools:
    """Laps on which a car put another a lap down, shape (rows,)."""
    laps = view.laps
    out = np.zeros(len(laps.lap), dtype=bool)
    lapped = np.flatnonzero(laps.blue_flag[:-1] & (np.diff(laps.driver) == 0))
    for row in lapped:
        theirs = np.flatnonzero(laps.driver == laps.ahead_start[row + 1])
        done = theirs[laps.time_s[theirs] <= laps.time_s[row]]
        out[done[-1:]] = True
    return out


def drs(view: RaceView) -> DrsAdvantage:
    """What DRS was worth in this race.

    Raises
    ------
    NoData
        A season without DRS.
    NotEnoughLaps
        Too few laps on either side of one second.
    """
    if view.weekend.year > _DRS_UNTIL:
        raise NoData(f"cars have no DRS since {_DRS_UNTIL + 1}.")
    laps = view.laps
    rows = laps.racing & ~laps.wet & ~laps.yellow & ~laps.blue_flag & (laps.lap >= _DRS_FROM_LAP)
    return drs_advantage(
        laps.gap_start_s[rows],
        (laps.lap_time_s - view.past.clear_s)[rows],
        laps.driver[rows],
        load_engine_priors().passing(view.weekend.circuit),
        speed_kmh=view.trap_kmh[rows],
    )


def battle(view: RaceView, chances: PassingChances) -> Battle:
    """Forecast of the closest fight at half distance, five laps on.

    Raises
    ------
    NotEnoughLaps
        Nobody was within reach of anybody, or one of the two raced under eight laps.
    """
    if not len(chances.lap):
        raise NotEnoughLaps("nobody was within reach of the car ahead on a dry racing lap.")
    off = np.abs(chances.lap - view.laps.distance_laps / 2)
    pick = int(np.lexsort([chances.gap_s, off])[0])
    passing = load_engine_priors().passing(view.weekend.circuit)
    gap = pace_gap(view, [str(chances.behind[pick])], [str(chances.ahead[pick])]).s_per_lap
    noise = [
        float(np.median(view.model.fit.sigma[view.laps.rows(str(code))]))
        for code in (chances.behind[pick], chances.ahead[pick])
    ]
    left = max(view.laps.distance_laps - int(chances.lap[pick]) + 1, 1)
    return battle_prediction(
        float(chances.gap_s[pick]),
        np.full(min(left, _BATTLE_LAPS), chances.pace_s[pick]),
        float(chances.age_laps[pick]),
        passing,
        follow_s=passing.follow_s,
        noise_s=float(np.linalg.norm(noise)),
        dirty_air_s=passing.dirty_air_s,
        dirty_reach_s=passing.dirty_reach_s,
        pace_sd_s=(gap.high - gap.low) / 2 / Z90,
    )
