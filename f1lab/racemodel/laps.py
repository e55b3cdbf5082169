"""The laps of a race as the lap-time model sees them: one row per lap, numbers only.

Two clocks matter. A car's own lap number sets its fuel and tyres; the *progress* of the race
(the leader's lap at that moment) sets the state of the track, so that a lapped car meets the
rain when everybody else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.race_state import BURN_FACTOR, START_FUEL_KG, fuel_load_kg
from f1lab.data.schema import COMPOUNDS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.data.schema import Session

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = [
    "COMPOUND_CLASS",
    "DIRTY_AIR_GAP_S",
    "FLAGS",
    "SLICK",
    "TYRE_CLASSES",
    "RaceLaps",
    "race_laps",
]

#: What flew over a lap, mildest first; from ``vsc`` on the lap is neutralised.
FLAGS = ("green", "yellow", "vsc", "sc", "restart", "red")
TYRE_CLASSES = ("slick", "intermediate", "wet")
SLICK = 0
#: Tyre class of each compound, in the order of COMPOUNDS; an unknown one counts as a slick.
COMPOUND_CLASS = np.array([0, 0, 0, 1, 2, 0])
#: A car this close to the one ahead at the start of a lap drives in its air [s].
DIRTY_AIR_GAP_S = 1.5
#: A car this close to the one ahead may be held up by it: trains run at about two seconds [s].
TRAFFIC_GAP_S = 2.5
#: Laps of race progress around a rain tyre in use that count as wet [laps].
_WET_REACH_LAPS = 3.0


@dataclass(frozen=True)
class RaceLaps:
    """Arrays over all laps of all drivers, sorted by driver and lap.

    ``flag`` indexes FLAGS. ``gap_start_s`` and ``ahead_start`` describe the car ahead on the road as the lap began
    (inf and -1 for nobody) and ``ahead_start_laps_up`` how many laps it was up; ``wear_age`` is the tyre age in green-flag laps.
    """

    drivers: tuple[str, ...]
    distance_laps: int
    driver: Ints
    lap: Ints
    time_s: Floats
    lap_time_s: Floats
    progress: Floats
    compound: Ints
    tyre_class: Ints
    wear_age: Floats
    fuel_kg: Floats
    flag: Ints
    neutralised: Bools
    red: Bools
    yellow: Bools
    wet: Bools
    in_lap: Bools
    out_lap: Bools
    warming_up: Bools
    gap_start_s: Floats
    ahead_start: Ints
    ahead_start_laps_up: Floats
    gap_end_s: Floats
    position: Floats
    blue_flag: Bools
    stint: Ints
    pit_in_s: Floats
    pit_out_s: Floats

    @property
    def racing(self) -> Bools:
        """Laps whose time is the car's own doing: green or yellow, no pit lane, not lap 1."""
        return ~self.neutralised & ~self.in_lap & ~self.out_lap & (self.lap > 1)

    @property
    def in_traffic(self) -> Bools:
        """Laps begun or ended right behind another car, or spent under blue flags."""
        close = (self.gap_start_s < TRAFFIC_GAP_S) | (self.gap_end_s < TRAFFIC_GAP_S)
        return close | self.blue_flag

    def rows(self, driver: str) -> Ints:
        """Indices of one driver's laps, in order."""
        return np.flatnonzero(self.driver == self.drivers.index(driver))


def race_laps(session: Session, year: int) -> RaceLaps:
    """Turn the lap frame of a race into the arrays of the lap-time model.

    Parameters
    ----------
    session : Session
        A repaired race.
    year : int
        Season, which sets the fuel at the start.

    Returns
    -------
    RaceLaps
    """
    frame = session.laps.sort_values(["driver", "lap"], kind="stable").reset_index(drop=True)
    drivers = tuple(dict.fromkeys(frame["driver"]))
    index = {code: i for i, code in enumerate(drivers)}
    driver = frame["driver"].map(index).to_numpy(dtype=np.int64)
    column = _columns(frame)
    distance = int(session.total_laps or column["lap"].max(initial=1))
    first = np.r_[True, driver[1:] != driver[:-1]] if len(driver) else np.zeros(0, dtype=bool)
    # the lap after a red flag begins with a restart from standstill
    restart = ~first & _shifted(column["red"], fill=False)
    neutralised = column["sc"] | column["vsc"] | column["red"] | restart
    burn = np.where(
        column["sc"] | column["red"],
        BURN_FACTOR["sc"],
        np.where(column["vsc"], BURN_FACTOR["vsc"], 1.0),
    )
    compound = frame["compound"].map({c: i for i, c in enumerate(COMPOUNDS)}).to_numpy(np.int64)
    leader_time_s = _leader_times(column["lap"], column["time_s"], session.start_s)
    middle_s = column["time_s"] - column["lap_time_s"] / 2
    progress = np.interp(middle_s, leader_time_s, np.arange(len(leader_time_s)))
    pit_out = np.isfinite(column["pit_out_s"]) & (column["lap"] > 1)
    gap_end = np.where(np.isfinite(column["gap_ahead_s"]), column["gap_ahead_s"], np.inf)
    ahead = frame["driver_ahead"].map(index).fillna(-1).to_numpy(dtype=np.int64)
    ahead_start = np.where(first, -1, _shifted(ahead, fill=-1))
    laps_up = column["driver_ahead_lap"] - column["lap"]
    tyre_class = COMPOUND_CLASS[compound]
    return RaceLaps(
        drivers=drivers,
        distance_laps=distance,
        driver=driver,
        lap=column["lap"],
        time_s=column["time_s"],
        lap_time_s=column["lap_time_s"],
        progress=progress,
        compound=compound,
        tyre_class=tyre_class,
        wear_age=_wear_age(driver, column["stint"], column["tyre_age_laps"], burn),
        fuel_kg=_fuel(driver, burn, distance, _start_fuel_kg(year)),
        flag=np.select(
            [column["red"], restart, column["sc"], column["vsc"], column["yellow"]],
            [FLAGS.index(name) for name in ("red", "restart", "sc", "vsc", "yellow")],
            default=0,
        ),
        neutralised=neutralised,
        red=column["red"],
        yellow=column["yellow"] & ~neutralised,
        wet=_wet(progress, tyre_class),
        in_lap=np.isfinite(column["pit_in_s"]),
        out_lap=pit_out,
        warming_up=~first & _shifted(pit_out, fill=False),
        gap_start_s=np.where(first, np.inf, _shifted(gap_end, fill=np.inf)),
        ahead_start=ahead_start,
        ahead_start_laps_up=np.where(first, np.nan, _shifted(laps_up, fill=np.nan)),
        gap_end_s=gap_end,
        position=column["position"],
        blue_flag=_blue_flags(column["lap"], ahead, ahead_start, laps_up),
        stint=column["stint"],
        pit_in_s=column["pit_in_s"],
        pit_out_s=column["pit_out_s"],
    )


def _columns(frame: pd.DataFrame) -> dict[str, NDArray[np.generic]]:
    kinds: dict[str, type] = {
        **dict.fromkeys(("lap", "stint"), np.int64),
        **dict.fromkeys(("sc", "vsc", "red", "yellow"), np.bool_),
        **dict.fromkeys(
            (
                "time_s",
                "lap_time_s",
                "tyre_age_laps",
                "pit_in_s",
                "pit_out_s",
                "gap_ahead_s",
                "driver_ahead_lap",
                "position",
            ),
            np.float64,
        ),
    }
    return {name: frame[name].to_numpy(dtype=kind) for name, kind in kinds.items()}


def _shifted(values: NDArray[np.generic], fill: float) -> NDArray[np.generic]:
    """Values of the row before."""
    out = np.empty_like(values)
    out[:1] = fill
    out[1:] = values[:-1]
    return out


def _start_fuel_kg(year: int) -> float:
    return [kg for since, kg in START_FUEL_KG.items() if since <= max(year, 2014)][-1]


def _leader_times(lap: Ints, time_s: Floats, start_s: float) -> Floats:
    """Clock at which the race as a whole had completed 0, 1, 2 … laps."""
    n = int(lap.max(initial=0))
    best = np.full(n + 1, np.inf)
    np.minimum.at(best, lap, time_s)
    best[0] = start_s
    return np.maximum.accumulate(np.where(np.isfinite(best), best, -np.inf))


def _wear_age(driver: Ints, stint: Ints, age_laps: Floats, burn: Floats) -> Floats:
    """Tyre age counted in green-flag laps: a lap behind the safety car wears a quarter."""
    new_set = np.ones(len(driver), dtype=bool)
    new_set[1:] = (driver[1:] != driver[:-1]) | (stint[1:] != stint[:-1])
    starts = np.flatnonzero(new_set)
    group = np.cumsum(new_set) - 1
    total = np.cumsum(burn)
    before = (total - burn)[starts]
    used_before = age_laps[starts] - 1.0
    return np.asarray(used_before[group] + total - before[group]) if len(driver) else burn


def _fuel(driver: Ints, burn: Floats, distance: int, start_kg: float) -> Floats:
    fuel = np.zeros(len(driver))
    for code in np.unique(driver):
        rows = np.flatnonzero(driver == code)
        factors = np.ones(max(distance, len(rows)))
        factors[: len(rows)] = burn[rows]
        fuel[rows] = fuel_load_kg(factors, start_kg)[: len(rows)]
    return fuel


def _wet(progress: Floats, tyre_class: Ints) -> Bools:
    """Laps with a rain tyre in use anywhere in the field at about that moment."""
    rain = np.sort(progress[tyre_class != SLICK])
    if not len(rain):
        return np.zeros(len(progress), dtype=bool)
    right = np.searchsorted(rain, progress + _WET_REACH_LAPS)
    left = np.searchsorted(rain, progress - _WET_REACH_LAPS)
    return np.asarray(right > left)


def _blue_flags(lap: Ints, ahead: Ints, ahead_start: Ints, laps_up: Floats) -> Bools:
    """Laps on which a car at least a lap up went by: it is ahead now and was not before."""
    return (lap > 1) & (ahead >= 0) & (ahead != ahead_start) & (laps_up > 0)
