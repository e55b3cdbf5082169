"""Where cars meet: one lap of one car among those that have done theirs before it.

Cars are placed in the order in which they began the lap on the road; ``line`` holds those
placed, first on the road first. A car that leaves the pits began its lap at their exit, behind
everybody who went by meanwhile, and one that comes in pays for it after the lap: what a stop
costs never stands in another car's way.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from f1lab.engine.compiled import inlined
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.engine.random import PASS, START, bits, normal, uniform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from f1lab.engine.kernel_tables import Rules, Tables

    Ints = NDArray[np.int64]
    Cars = NDArray[np.void]

__all__ = [
    "catching_factor",
    "classify",
    "drop_retired",
    "laps_led",
    "place_in_order",
    "place_in_queue",
    "place_racing",
    "place_standing",
    "regroup",
    "sort_by_grid",
    "sort_by_road",
]

#: A car quicker by this much on a lap is not held up: nobody can defend against it [s].
_UNDEFENDED_S = 3.0
#: Numbers of the pass on one rival are kept apart from those on another by this.
_RIVALS = 1 << 8


@inlined
def _dirty_air_s(gap_s: float, rules: Rules) -> float:
    return rules.dirty_air_s * max(1.0 - gap_s / rules.dirty_reach_s, 0.0)


@inlined
def _gets_past(cars: Cars, i: int, rival: int, key: np.uint64, rules: Rules) -> bool:
    """Draw whether a car passes a rival that it reaches on this lap."""
    car, other = cars[i], cars[rival]
    pace_s = other.clear_s - car.clear_s
    if pace_s >= _UNDEFENDED_S:
        return True
    u = uniform(bits(key, i, car.done + 1, PASS + _RIVALS * (rival + 1)))
    if u >= rules.ceiling:
        return False
    gap_s = min(car.start_s - other.start_s, rules.reach_s)
    age_laps = (other.age - car.age) / AGE_STEPS_PER_LAP
    logit = (
        rules.intercept + rules.by_gap * gap_s + rules.by_pace * pace_s + rules.by_age * age_laps
    )
    return u * (1.0 + math.exp(-logit)) < 1.0


@inlined
def place_racing(
    cars: Cars, line: Ints, count: int, i: int, gap_s: float, key: np.uint64, rules: Rules
) -> int:
    """Place a car on a green lap; the number of rivals it overtook.

    ``gap_s`` is how far behind the next car on the road it began the lap. Cars a lap down are
    passed at once, at a cost to both; those are no overtakes.
    """
    car = cars[i]
    time_s = car.start_s + car.free_s + _dirty_air_s(gap_s, rules)
    place, overtakes = count, 0
    while place > 0:
        other = cars[line[place - 1]]
        held_s = other.time_s + rules.follow_s
        if car.done > other.done:
            if time_s >= held_s:
                break
            time_s += rules.lapping_s
            other.time_s = max(other.time_s + rules.blue_flag_s, time_s)
        else:
            if car.start_s - other.start_s > rules.reach_s and time_s >= held_s:
                break
            if not _gets_past(cars, i, line[place - 1], key, rules):
                time_s = max(time_s, held_s)
                break
            time_s = min(time_s, other.time_s) + rules.passer_s
            other.time_s = max(other.time_s + rules.passed_s, time_s + rules.follow_s)
            overtakes += int(car.done == other.done)
        line[place] = line[place - 1]
        place -= 1
    line[place] = i
    car.time_s = time_s
    for j in range(place + 1, count + 1):
        cars[line[j]].time_s = max(cars[line[j]].time_s, cars[line[j - 1]].time_s)
    return overtakes


@inlined
def place_in_order(cars: Cars, line: Ints, count: int, i: int, factor: float, rules: Rules) -> None:
    """Place a car on a lap on which everybody slows down by a factor and nobody passes."""
    car = cars[i]
    line[count] = i
    car.freed = 0
    car.time_s = car.start_s + car.clear_s * factor
    if count > 0:
        other = cars[line[count - 1]]
        gap_s = min(car.start_s - other.start_s, rules.follow_s)
        car.time_s = max(car.time_s, other.time_s + gap_s)


@inlined
def place_in_queue(cars: Cars, line: Ints, count: int, i: int, rules: Rules) -> None:
    """Place a car behind the safety car: the first at its pace, the others catching the queue.

    Those let past it catch the tail at racing pace: measured 1.02 of green laps.
    """
    car = cars[i]
    line[count] = i
    if count == 0:
        car.time_s = car.start_s + car.clear_s * rules.sc_factor
        return
    other = cars[line[count - 1]]
    factor = 1.0 if car.freed == 1 else catching_factor(rules)
    catching_s, queue_s = car.start_s + car.clear_s * factor, other.time_s + rules.sc_gap_s
    car.freed = int(car.freed == 1 and (catching_s > queue_s or other.freed == 1))
    car.time_s = max(catching_s, queue_s)


@inlined
def catching_factor(rules: Rules) -> float:
    """Pace of those who have not reached the safety car's queue: half as much off green pace.

    Measured on 110 races of 2018-22: from the second lap on the leader laps at 1.6 of green
    pace and cars more than 5 s behind the next at 1.3.
    """
    return 0.5 * (1.0 + rules.sc_factor)


@inlined
def place_standing(
    cars: Cars, i: int, slot: float, factor: float, key: np.uint64, rules: Rules
) -> None:
    """Place a car after a standing start from a slot counted from 0."""
    car = cars[i]
    luck_s = rules.spread_s * normal(bits(key, i, car.done + 1, START))
    start_s = rules.level_s + rules.slot_s * slot + luck_s
    car.time_s = car.start_s + max(car.clear_s * factor + start_s, 0.5 * car.clear_s)


@inlined
def regroup(cars: Cars, order: Ints, running: int, rules: Rules) -> None:
    """Line the field up for a restart, in race order, once the last car has come in."""
    last_s = 0.0
    for j in range(running):
        last_s = max(last_s, cars[order[j]].time_s)
    for j in range(1, running):
        i = order[j]
        k = j
        while k > 0 and _is_ahead(cars, i, order[k - 1]):
            order[k] = order[k - 1]
            k -= 1
        order[k] = i
    for j in range(running):
        cars[order[j]].time_s = last_s + rules.slot_s * j


@inlined
def _is_ahead(cars: Cars, i: int, other: int) -> bool:
    """More laps, or as many in less time."""
    if cars[i].done != cars[other].done:
        return bool(cars[i].done > cars[other].done)
    return bool(cars[i].time_s < cars[other].time_s)


@inlined
def sort_by_grid(order: Ints, running: int, tables: Tables) -> None:
    """Put cars in the order of the grid."""
    for j in range(1, running):
        i = order[j]
        k = j
        while k > 0 and tables.grid[order[k - 1]] > tables.grid[i]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = i


@inlined
def laps_led(cars: Cars, order: Ints, running: int) -> int:
    """Laps the leader has done."""
    lead = 0
    for j in range(running):
        lead = max(lead, cars[order[j]].done)
    return lead


@inlined
def drop_retired(cars: Cars, order: Ints, running: int) -> int:
    """Take those out who will not complete this lap; how many go on."""
    kept = 0
    for j in range(running):
        i = order[j]
        if cars[i].last_lap <= cars[i].done + 1:
            cars[i].running = 0
        else:
            order[kept] = i
            kept += 1
    return kept


@inlined
def sort_by_road(cars: Cars, order: Ints, running: int) -> None:
    """Put cars in the order in which they begin their next lap; level ones keep theirs."""
    for j in range(1, running):
        i = order[j]
        begins_s = cars[i].time_s + cars[i].out_s
        k = j
        while k > 0 and cars[order[k - 1]].time_s + cars[order[k - 1]].out_s > begins_s:
            order[k] = order[k - 1]
            k -= 1
        order[k] = i


@inlined
def classify(cars: Cars, order: Ints, tables: Tables) -> None:
    """Sort every car into the result: those at the flag first, by laps and time, then the grid."""
    n = len(cars)
    for i in range(n):
        k = i
        while k > 0 and _classed_before(cars, i, order[k - 1], tables):
            order[k] = order[k - 1]
            k -= 1
        order[k] = i


@inlined
def _classed_before(cars: Cars, i: int, other: int, tables: Tables) -> bool:
    if cars[i].running != cars[other].running:
        return bool(cars[i].running > cars[other].running)
    if cars[i].done != cars[other].done or cars[i].time_s != cars[other].time_s:
        return _is_ahead(cars, i, other)
    return bool(tables.grid[i] < tables.grid[other])
