"""How a simulated race ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.engine.outcomes import POINTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from f1lab.simulator.car import Car, Driver
    from f1lab.simulator.world import World

__all__ = ["RaceResult", "breaks_tyre_rule", "flag_s", "place_of", "result_of"]

_N_DRY = len(DRY_COMPOUNDS)
#: Where this share of the finishers drove one compound, the rule was not in force.
_MANY = 1 / 3


@dataclass(frozen=True)
class RaceResult:
    """Result of the own car on the road, beside the real one.

    ``order`` is everybody on the road at the flag, by laps and time; who broke the tyre rule is
    last and scores nothing. ``points`` are those of the place. ``real_position`` and
    ``real_race_time_s`` are None when the real car did not see the flag, ``modelled_from`` is
    the first lap it did not drive.
    """

    driver: str
    position: int
    race_time_s: float
    laps: int
    points: int
    gap_winner_s: float | None
    laps_down: int
    disqualified: bool
    reason: str
    real_position: int | None
    real_race_time_s: float | None
    gained_places: int | None
    order: tuple[str, ...]
    start: str
    stops: tuple[tuple[int, str], ...]
    modelled_from: int | None

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        stops = [{"lap": lap, "compound": compound} for lap, compound in self.stops]
        return self.__dict__ | {"order": list(self.order), "stops": stops}


def flag_s(world: World, driver: int) -> float:
    """Session clock at which the first car but one (-1: of all) takes the flag; inf for none [s]."""
    rows = world.row_of[:, world.distance - 1].copy()
    if driver >= 0:
        rows[driver] = -1
    rows = rows[rows >= 0]
    return float(world.laps.time_s[rows].min()) if len(rows) else np.inf


def breaks_tyre_rule(world: World, code: str, compounds: Iterable[int]) -> bool:
    """Whether a car's sets are too few compounds for this race.

    Two dry compounds are asked for unless a rain tyre was driven. Who really took the flag on
    one is not asked for more, and in a race cut short, where many did, nobody is.
    """
    if not _too_few(compounds):
        return False
    flag = flag_s(world, -1)
    finished = [c for c in world.plans if _last(world, c)[1] >= flag]
    broke = [c for c in finished if _too_few(_fitted(world, c))]
    return code not in broke and len(broke) < _MANY * len(finished)


def _too_few(compounds: Iterable[int]) -> bool:
    fitted = set(compounds)
    return len(fitted) == 1 and max(fitted) < _N_DRY


def _fitted(world: World, code: str) -> list[int]:
    plan = world.plans[code]
    return [plan.compound, *(stop[1] for stop in plan.stops)]


def result_of(driver: Driver, car: Car, modelled_from: int | None) -> RaceResult:
    """Classify a car that has taken the flag.

    Parameters
    ----------
    driver : Driver
    car : Car
        At its last crossing of the line.
    modelled_from : int, optional

    Returns
    -------
    RaceResult
    """
    world, code = driver.world, driver.code
    laps = world.laps
    start_s = world.lights_out_s
    ends = {c: _last(world, c) for c in laps.drivers}
    real = _order(ends)
    disqualified = breaks_tyre_rule(world, code, (f.compound for f in car.sets))
    road = _order({**ends, code: (car.lap, car.clock_s)})
    order = [c for c in road if c != code] + [code] if disqualified else road
    position = order.index(code) + 1
    # the real car saw the flag if it crossed the line after the first rival had
    finished = ends[code][0] == world.distance or ends[code][1] >= flag_s(world, driver.number)
    real_position = real.index(code) + 1 if finished else None
    winner = order[0]
    won = (car.lap, car.clock_s) if winner == code else ends[winner]
    same_lap = won[0] == car.lap
    return RaceResult(
        driver=code,
        position=position,
        race_time_s=car.clock_s - start_s,
        laps=car.lap,
        points=0 if disqualified or position > len(POINTS) else POINTS[position - 1],
        gap_winner_s=car.clock_s - won[1] if same_lap else None,
        laps_down=won[0] - car.lap,
        disqualified=disqualified,
        reason="only one dry compound was driven" if disqualified else "",
        real_position=real_position,
        real_race_time_s=ends[code][1] - start_s if finished else None,
        gained_places=real_position - position if real_position is not None else None,
        order=tuple(order),
        start=COMPOUNDS[car.sets[0].compound],
        stops=tuple((f.lap, COMPOUNDS[f.compound]) for f in car.sets[1:]),
        modelled_from=modelled_from,
    )


def place_of(driver: Driver, car: Car) -> int:
    """Place on the road as the car crosses the line: one more than crossed this lap's before."""
    if car.lap == 0:
        order = driver.world.field.drivers
        return order.index(driver.code) + 1
    rows = driver.world.row_of[:, car.lap - 1].copy()
    rows[driver.number] = -1
    rows = rows[rows >= 0]
    return 1 + int((driver.world.laps.time_s[rows] < car.clock_s).sum())


def _last(world: World, code: str) -> tuple[int, float]:
    row = int(world.laps.rows(code)[-1])
    return int(world.laps.lap[row]), float(world.laps.time_s[row])


def _order(ends: dict[str, tuple[int, float]]) -> list[str]:
    return sorted(ends, key=lambda code: (-ends[code][0], ends[code][1]))
