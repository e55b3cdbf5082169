"""Where a car ends a lap among rivals who drive their exact history.

The same function answers for the car as it really drove and for the car as it is played; the
difference of the two answers is all that is ever added to the actual lap, so that it is nothing
when nothing was changed.

- **Green**: the lap in clear air, dirty air, and the engine's passing model against each car
  that would be caught. Whether a pass comes off is tied to what really happened: a car really
  held up stays behind unless its chance has grown, one that really passed passes unless it has
  shrunk. A rival cannot be held up: his laps are those he really drove, so that one who was
  quicker goes by, at the usual cost to the car passed. To slow him would change his every later
  lap, and through him everybody's; nothing recorded says how. A defence on old tyres is therefore
  worth less here than on the road.
- **Neutralised**: whoever begins a lap between two cars ends it between them, which is how the
  field bunches up. Ahead of all or behind all, the gap closes as fast as the queue is caught.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.racemodel.laps import FLAGS, TRAFFIC_GAP_S
from f1lab.simulator.world import NEUTRAL, RED, SC, VSC

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from f1lab.simulator.world import World

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["LapEnd", "Runner", "lap_end"]

_RESTART = FLAGS.index("restart")
#: A car quicker by this much on a lap is not held up, as in the engine [s].
_UNDEFENDED_S = 3.0
#: A car that takes so many times as long as the others on a neutralised lap is in trouble [-].
_IN_TROUBLE = 1.3
#: Cars ahead that can matter on one lap.
_NEAREST = 8


@dataclass(frozen=True)
class Runner:
    """A car about to drive a lap.

    Attributes
    ----------
    lap : int
        The lap to be driven.
    begin_s : float
        When it begins on the road: at the line, or as much later as the pit lane has cost.
    clear_s : float
        The lap in clear air on a green track [s].
    age : float
        Of its tyres [green-flag laps].
    flag : int
    end_s : float
        When it really ended; NaN for a car that is played.
    """

    lap: int
    begin_s: float
    clear_s: float
    age: float
    flag: int
    end_s: float = math.nan


@dataclass(frozen=True)
class LapEnd:
    """When a lap ends [s], and the gap ahead as it began [s]."""

    end_s: float
    gap_s: float

    @property
    def in_traffic(self) -> bool:
        """Whether the lap was begun right behind another car."""
        return self.gap_s < TRAFFIC_GAP_S


def lap_end(
    world: World, me: Runner, real: Runner | None, driver: int, luck: Callable[[int], float]
) -> LapEnd:
    """End of a lap, without the time a stop at its end takes.

    Parameters
    ----------
    world : World
    me : Runner
    real : Runner, optional
        The same lap as it was really driven; None when there was none.
    driver : int
        Number of the driver, whose own history is no rival.
    luck : callable
        Gives a number between 0 and 1 for a rival, the same whenever asked.

    Returns
    -------
    LapEnd
    """
    if me.flag >= NEUTRAL:
        return LapEnd(_neutral_end(world, me, driver), math.inf)
    return _racing_end(world, me, real, driver, luck)


def _neutral_end(world: World, me: Runner, driver: int) -> float:
    laps = world.laps
    rows = world.row_of[:, me.lap - 1] if me.lap <= world.row_of.shape[1] else np.empty(0, int)
    rows = rows[rows >= 0]
    rows = rows[laps.flag[rows] >= NEUTRAL]
    on_track = (laps.flag[rows] >= _RESTART) | ~(laps.in_lap[rows] | laps.out_lap[rows])
    if not on_track.any():
        like = world.row_like(me.begin_s, -1)
        return me.begin_s + float(laps.time_s[like] - world.start_s[like])
    queue = rows[on_track]
    queue = queue[np.argsort(world.start_s[queue], kind="stable")]
    begins, ends = world.start_s[queue], np.maximum.accumulate(laps.time_s[queue])
    if me.begin_s < begins[0]:
        end_s = float(ends[0]) - _closed_up(world, float(begins[0]) - me.begin_s, me.flag)
    elif me.begin_s > begins[-1]:
        end_s = float(ends[-1]) + _closed_up(world, me.begin_s - float(begins[-1]), me.flag)
    else:
        end_s = float(np.interp(me.begin_s, begins, ends))
    return _in_order(world, me, rows[laps.driver[rows] != driver], end_s)


def _in_order(world: World, me: Runner, rivals: Ints, end_s: float) -> float:
    """Keep behind who began the lap ahead, and ahead of who began it behind; nobody passes.

    Rivals in trouble, much slower than the others, are driven around.
    """
    took = world.end_s[rivals] - world.begin_s[rivals]
    fit = took <= _IN_TROUBLE * np.median(took) if len(took) else np.zeros(0, bool)
    rivals = rivals[fit]
    ahead = world.begin_s[rivals] < me.begin_s
    first = float(world.end_s[rivals[ahead]].max(initial=-np.inf))
    last = float(world.end_s[rivals[~ahead]].min(initial=np.inf))
    if first >= last:
        return end_s
    apart = min(world.field.hazards.sc.gap_s, 0.5 * (last - first))
    return min(max(end_s, first + apart), last - apart)


def _closed_up(world: World, gap_s: float, flag: int) -> float:
    """What is left of a gap to the field at the end of a neutralised lap [s]."""
    if flag == VSC:
        return gap_s
    queue = world.field.hazards.sc
    least = min(gap_s, queue.gap_s)
    if flag in (RED, _RESTART):
        return least
    # those who have not reached the queue lap half as much off green pace as the queue does
    lap_s = float(np.median(world.clear_s))
    return max(least, gap_s - 0.5 * (queue.lap_factor - 1.0) * lap_s) if flag == SC else gap_s


def _racing_end(
    world: World, me: Runner, real: Runner | None, driver: int, luck: Callable[[int], float]
) -> LapEnd:
    ahead, behind = _rivals(world, me.begin_s, driver)
    end_s, gap_s = _past_those_ahead(world, me, real, ahead, luck)
    # who comes by is seen on the clock: the lap by the model, and what the actual one had beyond
    beyond_s = 0.0
    if real is not None and real.flag < NEUTRAL:
        in_its_way, _ = _rivals(world, real.begin_s, driver)
        beyond_s = real.end_s - _past_those_ahead(world, real, real, in_its_way, luck)[0]
    rules, laps = world.field.passing, world.laps
    for row in behind[world.end_s[behind] < end_s + beyond_s].tolist():
        end_s += rules.passed_s if laps.lap[row] <= me.lap else rules.blue_flag_s
    return LapEnd(end_s, gap_s)


def _past_those_ahead(
    world: World, me: Runner, real: Runner | None, ahead: Ints, luck: Callable[[int], float]
) -> tuple[float, float]:
    """End of the lap if nobody comes from behind, and the gap ahead as it began [s]."""
    rules, laps = world.field.passing, world.laps
    gap_s = me.begin_s - float(world.begin_s[ahead[0]]) if len(ahead) else math.inf
    end_s = me.begin_s + me.clear_s
    end_s += rules.dirty_air_s * max(1.0 - gap_s / rules.dirty_reach_s, 0.0)
    for row in ahead[:_NEAREST].tolist():
        wall_s = float(world.end_s[row]) + rules.follow_s
        if end_s >= wall_s:
            break
        if laps.lap[row] < me.lap:
            end_s += rules.lapping_s
        elif _gets_past(world, me, real, row, luck) and end_s + rules.passer_s < world.end_s[row]:
            end_s += rules.passer_s
        else:
            end_s = wall_s
            break
    return end_s, gap_s


def _rivals(world: World, begin_s: float, driver: int) -> tuple[Ints, Ints]:
    """Rows of the laps others are on: those ahead, the nearest first, and those behind."""
    on_lap = (world.begins_s <= begin_s).sum(axis=1) - 1
    on_lap[driver] = -1
    cars = np.flatnonzero(on_lap >= 0)
    rows = world.row_of[cars, on_lap[cars]]
    rows = rows[world.end_s[rows] > begin_s]
    ahead = rows[np.argsort(-world.begin_s[rows], kind="stable")]
    # whoever begins his next lap before the own one can end may come by
    later = on_lap + 1
    later[driver] = world.row_of.shape[1]
    cars = np.flatnonzero(later < world.row_of.shape[1])
    rows = world.row_of[cars, later[cars]]
    rows = rows[rows >= 0]
    behind = rows[np.argsort(world.begin_s[rows], kind="stable")]
    return ahead, behind


def _gets_past(
    world: World, me: Runner, real: Runner | None, row: int, luck: Callable[[int], float]
) -> bool:
    """Whether a car passes one that it has caught, in keeping with what really happened."""
    chance = _chance(world, me, row)
    u = luck(int(world.laps.driver[row]))
    if real is not None and real.begin_s > world.begin_s[row]:
        through = real.end_s < world.end_s[row]
        if through or real.begin_s - world.begin_s[row] <= world.field.passing.reach_s:
            really = _chance(world, real, row)
            u = really * u if through else really + (1.0 - really) * u
    return u < chance


def _chance(world: World, car: Runner, row: int) -> float:
    """Chance of passing a rival on this lap: the engine's logit."""
    rules = world.field.passing
    pace_s = float(world.clear_s[row]) - car.clear_s
    if pace_s >= _UNDEFENDED_S:
        return 1.0
    gap_s = min(car.begin_s - float(world.begin_s[row]), rules.reach_s)
    age = float(world.laps.wear_age[row]) - car.age
    logit = rules.intercept + rules.gap * gap_s + rules.pace * pace_s + rules.age * age
    return min(rules.ceiling, 1.0 / (1.0 + math.exp(-logit)))
