"""The laps of a race as the lap-time model sees them: one row per lap, numbers only.

Two clocks matter. A car's own lap number sets its fuel and tyres; the *progress* of the race
sets the state of the track. In the dry that is the lap number again, in the wet the leader's
lap at that moment, so that a lapped car meets the rain when everybody else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.race_state import BURN_FACTOR, fuel_load_kg, start_fuel_kg
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
    "FLAGS",
    "SLICK",
    "TYRE_CLASSES",
    "RaceLaps",
    "fuel_at_start_kg",
    "race_laps",
]

#: What flew over a lap, mildest first; from ``vsc`` on the lap is neutralised.
FLAGS = ("green", "yellow", "vsc", "sc", "restart", "red")
#: Neutralised for this share of the field, lap 1 was for all.
_LAP_1_NEUTRAL_SHARE = 0.3
_BURNS_LIKE = {name: name for name in FLAGS} | {"yellow": "green", "restart": "green"}
TYRE_CLASSES = ("slick", "intermediate", "wet")
SLICK = 0
#: Tyre class of each compound, in the order of COMPOUNDS; an unknown one counts as a slick.
COMPOUND_CLASS = np.array([0, 0, 0, 1, 2, 0])
#: A car this close to the one ahead may be held up by it: trains run at about two seconds [s].
TRAFFIC_GAP_S = 2.5
#: A car that was held up ends the lap this close [s].
RIGHT_BEHIND_GAP_S = 1.0
#: A gap this close to a limit is partly within it, so that a millisecond decides nothing [s].
_LIMIT_BLUR_S = 0.1


def within(gap_s: Floats, limit_s: float) -> Floats:
    """How far gaps are within a limit: 1 well inside, 0 well beyond, a half at the limit [-]."""
    return np.asarray(np.clip(0.5 + (limit_s - gap_s) / (2 * _LIMIT_BLUR_S), 0.0, 1.0))


#: Laps of race progress around a rain tyre in use that count as wet [laps].
_WET_REACH_LAPS = 3.0
#: Distance of a sprint to that of a race, 100 to 305 km [-].
_SPRINT_SHARE = 100 / 305


@dataclass(frozen=True)
class RaceLaps:
    """Arrays over all laps of all drivers, sorted by driver and lap.

    ``flag`` indexes FLAGS. ``gap_start_s`` and ``ahead_start`` describe the car ahead on the road as the lap began
    (inf and -1 for nobody) and ``ahead_start_laps_up`` how many laps it was up; ``age_laps`` is the tyre age as
    recorded and ``wear_age`` the same in green-flag laps.
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
    age_laps: Floats
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
    pit_stationary_s: Floats

    @property
    def racing(self) -> Bools:
        """Laps whose time is the car's own doing: green or yellow, no pit lane, not lap 1."""
        return ~self.neutralised & ~self.in_lap & ~self.out_lap & (self.lap > 1)

    @property
    def in_traffic(self) -> Bools:
        """Laps begun or ended right behind another car, or spent under blue flags."""
        close = (self.gap_start_s < TRAFFIC_GAP_S) | (self.gap_end_s < TRAFFIC_GAP_S)
        return close | self.blue_flag

    @property
    def stops(self) -> Ints:
        """Rows of in laps that the next row, the same car's out lap, follows in another stint."""
        row = np.flatnonzero(self.in_lap[:-1] & self.out_lap[1:])
        row = row[self.driver[row] == self.driver[row + 1]]
        return np.asarray(row[self.stint[row] != self.stint[row + 1]])

    def new_set(self, before: Ints | int, after: Ints | int) -> Bools:
        """Whether another set was fitted between two rows.

        Tyres of one compound that just go on ageing were only driven through the pit lane,
        whatever the source counts as a stint.
        """
        going_on = self.age_laps[after] == self.age_laps[before] + 1
        alike = self.compound[after] == self.compound[before]
        return np.asarray((self.stint[after] != self.stint[before]) & ~(alike & going_on))

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
    first = np.ones(len(frame), dtype=bool)
    first[1:] = driver[1:] != driver[:-1]
    lap, stint = (frame[name].to_numpy(dtype=np.int64) for name in ("lap", "stint"))
    time_s, lap_time_s = _floats(frame, "time_s"), _floats(frame, "lap_time_s")
    flag = _flag(frame, first)
    neutralised = flag >= FLAGS.index("vsc")
    burn = np.array([BURN_FACTOR[_BURNS_LIKE[name]] for name in FLAGS])[flag]
    distance = int(session.total_laps or lap.max(initial=1))
    numbers = {name: i for i, name in enumerate(COMPOUNDS)}
    compound = np.array(frame["compound"].map(numbers), dtype=np.int64)
    tyre_class = np.asarray(COMPOUND_CLASS[compound])
    progress = lap - 0.5
    if (tyre_class != SLICK).any():
        progress = _progress(lap, time_s, lap_time_s, session.start_s)
    pit_out_s = _floats(frame, "pit_out_s")
    out_lap = np.isfinite(pit_out_s) & (lap > 1)
    gap_s = np.nan_to_num(_floats(frame, "gap_ahead_s"), nan=np.inf)
    ahead = frame["driver_ahead"].map(index).fillna(-1).to_numpy(dtype=np.int64)
    laps_up = _floats(frame, "driver_ahead_lap") - lap
    ahead_start = np.where(first, -1, np.roll(ahead, 1))
    return RaceLaps(
        drivers=drivers,
        distance_laps=distance,
        driver=driver,
        lap=lap,
        time_s=time_s,
        lap_time_s=lap_time_s,
        progress=progress,
        compound=compound,
        tyre_class=tyre_class,
        age_laps=_floats(frame, "tyre_age_laps"),
        wear_age=_wear_age(driver, stint, _floats(frame, "tyre_age_laps"), burn),
        fuel_kg=_fuel(driver, burn, distance, fuel_at_start_kg(session, year)),
        flag=flag,
        neutralised=neutralised,
        red=flag == FLAGS.index("red"),
        yellow=flag == FLAGS.index("yellow"),
        wet=_wet(progress, tyre_class),
        in_lap=np.isfinite(_floats(frame, "pit_in_s")),
        out_lap=out_lap,
        warming_up=~first & np.roll(out_lap, 1),
        gap_start_s=np.where(first, np.inf, np.roll(gap_s, 1)),
        ahead_start=ahead_start,
        ahead_start_laps_up=np.where(first, np.nan, np.roll(laps_up, 1)),
        gap_end_s=gap_s,
        position=_floats(frame, "position"),
        blue_flag=_blue_flags(lap, ahead, ahead_start, laps_up),
        stint=stint,
        pit_in_s=_floats(frame, "pit_in_s"),
        pit_out_s=pit_out_s,
        pit_stationary_s=_floats(frame, "pit_stationary_s"),
    )


def fuel_at_start_kg(session: Session, year: int) -> float:
    """Fuel a race is begun with; a sprint goes a third of the distance, on a third of the fuel [kg]."""
    return start_fuel_kg(year) * (_SPRINT_SHARE if session.kind == "S" else 1.0)


def _floats(frame: pd.DataFrame, name: str) -> Floats:
    return np.array(frame[name], dtype=np.float64)


def _flag(frame: pd.DataFrame, first: Bools) -> Ints:
    """Index into FLAGS; the lap after a red flag begins with a restart from standstill."""
    red, sc, vsc, yellow = (np.array(frame[n], dtype=bool) for n in ("red", "sc", "vsc", "yellow"))
    restart = ~first & np.roll(red, 1)
    opening = np.array(frame["lap"] == 1)
    if opening.any() and (sc | vsc | red)[opening].mean() > _LAP_1_NEUTRAL_SHARE:
        sc = sc | opening  # it came out as the field was crossing the line
    names = ("red", "restart", "sc", "vsc", "yellow")
    which = [FLAGS.index(name) for name in names]
    return np.asarray(np.select([red, restart, sc, vsc, yellow], which, default=0), dtype=np.int64)


def _progress(lap: Ints, time_s: Floats, lap_time_s: Floats, start_s: float) -> Floats:
    """Laps the race as a whole had completed in the middle of each lap."""
    best = np.full(int(lap.max(initial=0)) + 1, np.inf)
    np.minimum.at(best, lap, time_s)
    best[0] = start_s
    leader_s = np.maximum.accumulate(np.where(np.isfinite(best), best, -np.inf))
    return np.interp(time_s - lap_time_s / 2, leader_s, np.arange(len(leader_s)))


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
    return np.asarray((lap > 1) & (ahead >= 0) & (ahead != ahead_start) & (laps_up > 0))
