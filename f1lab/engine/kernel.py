"""Complete races of the whole field, lap by lap, in compiled code.

A step of a race is one lap of its leader. Each car crosses the line once between two crossings
of the leader, so that the crossings of a step, sorted, are the order on the road, lapped cars
among the others; a car that the leader gains a lap on sits that step out. After the last step
every car's last crossing is its first after the flag: lapped cars finish on the lap they are on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from f1lab.engine.compiled import compiled, fingerprint, inlined
from f1lab.engine.inputs import AGE_STEPS_PER_LAP, UNKNOWN_FLAG
from f1lab.engine.kernel_flags import (
    draw_flags,
    draw_last_laps,
    draw_wetness,
    lapped_may_pass,
)
from f1lab.engine.kernel_pits import (
    call_covers,
    choose,
    class_of,
    fit_set,
    price_stop,
    schedule_stop,
)
from f1lab.engine.kernel_road import (
    catching_factor,
    classify,
    drop_retired,
    laps_led,
    place_in_order,
    place_in_queue,
    place_racing,
    place_standing,
    regroup,
    sort_by_grid,
    sort_by_road,
)
from f1lab.engine.kernel_tables import (
    CAR,
    FLAG_BURN,
    GREEN,
    RED,
    RESTART,
    SC,
    VSC,
    YELLOW,
    Moment,
)
from f1lab.engine.kernel_write import write_lap, write_positions, write_result
from f1lab.engine.random import NOISE, VARIANT, bits, normal, race_key, uniform

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from f1lab.engine.kernel_results import Results, Traces
    from f1lab.engine.kernel_tables import Rules, Tables

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Cars = NDArray[np.void]
    Flags = NDArray[np.int8]

__all__ = ["run_races"]

_TYRE_CLASSES = 3
_SLICK = 0
#: Laps since the stop: the out lap, the lap on which slicks warm up, and ever after.
_OUT_LAP, _WARMING_UP, _WARM = 0, 1, 2
_COMPOUNDS = 5
#: No lap is quicker than this share of what is expected of it, whatever the scatter.
_QUICKEST = 0.5


class Space(NamedTuple):
    """Room to work in, used again for every race."""

    cars: Cars
    order: Ints  # on the road
    line: Ints
    level_s: Floats
    wetness: Floats


def _compiled_from(sources: str) -> Callable[..., None]:
    """Loop over races, compiled; it closes over the sources, whose change makes its cache stale."""

    @compiled
    def run_races(
        rules: Rules,
        tables: Tables,
        seed: int,
        first: int,
        last: int,
        results: Results,
        traces: Traces,
    ) -> None:
        """Run races ``first`` to ``last`` (excluded), each into its row of the results."""
        n = len(tables.grid)
        space = Space(
            np.zeros(n, dtype=CAR),
            np.zeros(n, dtype=np.int64),
            np.zeros(n, dtype=np.int64),
            np.zeros(_TYRE_CLASSES),
            np.zeros(rules.n_laps),
        )
        # naming the sources here is what closes over them; they are never empty
        for race in range(first, last if sources else first):
            _run_race(rules, tables, race_key(seed, race), race, space, results, traces)

    return run_races


@inlined
def _run_race(
    rules: Rules,
    tables: Tables,
    key: np.uint64,
    race: int,
    space: Space,
    results: Results,
    traces: Traces,
) -> None:
    cars, order, line, level_s, wetness = space
    draw = race % rules.n_draws
    trace = traces.row[race]
    flags = results.flags[race]
    running = _line_up(cars, order, key, draw, rules, tables)
    draw_last_laps(cars, key, tables)
    draw_flags(flags, cars, key, rules, tables)
    draw_wetness(wetness, key, rules, tables)
    saved_kg = rules.saved_kg
    if rules.first_lap > 0:
        last = rules.first_lap - 1
        _set_level(level_s, draw, last, tables.fuel_kg[last] + saved_kg, 0.0, tables)
        flag = flags[last]
        moment = Moment(key, draw, last, flag, began=False, known=True, level_s=level_s)
        _catch_up(cars, order, running, moment, tables)
    lead = laps_led(cars, order, running)
    while running > 0 and lead < rules.n_laps:
        running = drop_retired(cars, order, running)
        lead = laps_led(cars, order, running)
        if running == 0:
            break
        flag = flags[lead]
        began = lead == 0 or flags[lead - 1] != flag
        known = tables.flown[lead] != UNKNOWN_FLAG
        spared = 1.0 - FLAG_BURN[flag]
        fuel_kg = tables.fuel_kg[lead] + saved_kg + 0.5 * spared * rules.burn_kg
        saved_kg += spared * rules.burn_kg
        _set_level(level_s, draw, lead, fuel_kg, wetness[lead], tables)
        moment = Moment(key, draw, lead, flag, began, known, level_s)
        if lapped_may_pass(flags, lead, key, rules):
            _let_past(cars, order, running, moment, rules, tables)
            _end_lap(cars, order, running, lead - 1, flag, trace, rules, traces)
        results.overtakes[race] += _run_lap(cars, order, line, running, moment, rules, tables)
        _end_lap(cars, order, running, lead, flag, trace, rules, traces)
        lead = laps_led(cars, order, running)
    classify(cars, order, tables)
    write_result(cars, order, race, results)


@inlined
def _line_up(
    cars: Cars, order: Ints, key: np.uint64, draw: int, rules: Rules, tables: Tables
) -> int:
    """Put every car where the state has it, on a plan of its own; how many are running."""
    running = 0
    for i in range(len(cars)):
        car = cars[i]
        car.time_s, car.done = tables.state_time_s[i], tables.state_done[i]
        car.running = tables.state_running[i]
        car.in_s = car.out_s = 0.0
        car.stops = car.stop = car.covers = car.freed = 0
        u = uniform(bits(key, i, 0, VARIANT))
        car.variant = _variant(tables.variant_p[draw % len(tables.variant_p), i], u)
        car.age, car.used = tables.state_age[i], tables.state_used[i]
        car.compound, car.tyre_laps = tables.state_compound[i], _WARM
        if rules.first_lap == 0:
            car.compound = tables.start_compound[i, car.variant]
            car.used |= 1 << car.compound
        elif car.age <= AGE_STEPS_PER_LAP and rules.first_lap > 1:
            car.tyre_laps = _OUT_LAP if car.age == 0 else _WARMING_UP
            if car.age == 0:
                car.out_s = (1.0 - rules.in_share) * tables.loss_s[draw]
        car.changes = -1
        for compound in range(_COMPOUNDS):
            car.changes += car.used >> compound & 1
        car.tyre_class = class_of(car.compound)
        schedule_stop(cars, i, tables)
        if car.running == 1:
            order[running] = i
            running += 1
    if rules.first_lap == 0:
        sort_by_grid(order, running, tables)
    else:
        sort_by_road(cars, order, running)
    return running


@inlined
def _variant(up_to_p: Floats, u: float) -> int:
    """Plan that a number between 0 and 1 stands for."""
    variant = 0
    while variant < len(up_to_p) - 1 and up_to_p[variant] < u:
        variant += 1
    return variant


@inlined
def _catch_up(cars: Cars, order: Ints, running: int, moment: Moment, tables: Tables) -> None:
    """Take lapped cars on to the line that they cross next after the leader."""
    lead = laps_led(cars, order, running)
    lead_s = np.inf
    for j in range(running):
        if cars[order[j]].done == lead:
            lead_s = min(lead_s, cars[order[j]].time_s)
    for j in range(running):
        car = cars[order[j]]
        while car.done < lead and car.time_s < lead_s:
            _expect(cars, order[j], moment, tables)
            car.time_s += car.clear_s
            car.done += 1
            schedule_stop(cars, order[j], tables)
    sort_by_road(cars, order, running)


@inlined
def _let_past(
    cars: Cars, order: Ints, running: int, moment: Moment, rules: Rules, tables: Tables
) -> None:
    """Take lapped cars past the queue and the safety car: a lap that nobody else drives.

    It ends behind everybody who is on the leader's lap, where they stand from then on. One with
    nobody of those behind it that has not caught the queue stays where it is: the leader would
    be round before it.
    """
    lead_s, tail_s = np.inf, 0.0
    for j in range(running):
        car = cars[order[j]]
        if car.done == moment.lap:
            lead_s = min(lead_s, car.time_s + car.out_s)
            tail_s = max(tail_s, car.time_s + car.out_s)
    for j in range(running):
        car = cars[order[j]]
        gain_s = (rules.sc_factor - rules.sc_first_factor) * moment.level_s[car.tyre_class]
        in_queue = car.time_s + car.out_s < max(tail_s, lead_s + gain_s)
        car.freed = int(in_queue and car.done < moment.lap and car.done + 2 < car.last_lap)
        car.ran = car.freed
        if car.ran == 1:
            _expect(cars, order[j], moment, tables)
            car.time_s += car.out_s + car.clear_s * rules.sc_first_factor
            car.in_s = car.out_s = 0.0
            car.box = -1


@inlined
def _set_level(
    level_s: Floats, draw: int, lap: int, fuel_kg: float, wet: float, tables: Tables
) -> None:
    """Lap of the average car on new tyres of each class, as wet as it is."""
    fuel_s = tables.fuel_s_per_kg[draw] * fuel_kg
    step = min(int(wet), tables.wetness_s.shape[0] - 2)
    for k in range(_TYRE_CLASSES):
        level_s[k] = tables.track_s[draw, lap, k] + fuel_s
        if wet > 0.0:
            low, high = tables.wetness_s[step, k], tables.wetness_s[step + 1, k]
            level_s[k] += low + (wet - step) * (high - low)


@inlined
def _expect(cars: Cars, i: int, moment: Moment, tables: Tables) -> None:
    """Work out a car's lap in clear air, as expected and as it comes."""
    car, draw = cars[i], moment.draw
    car.age += int(AGE_STEPS_PER_LAP * FLAG_BURN[moment.flag])
    last = tables.wear_s.shape[2] - 1
    age = min(car.age, last)
    time_s = moment.level_s[car.tyre_class] + tables.pace_s[draw, i]
    time_s += tables.offset_s[draw, car.compound] + tables.wear_s[draw, car.compound, age]
    time_s += tables.own_wear_s[draw, i] * car.age
    if car.age > last:
        slope = (
            tables.wear_s[draw, car.compound, last] - tables.wear_s[draw, car.compound, last - 1]
        )
        time_s += (car.age - last) * slope
    if car.tyre_laps == _WARMING_UP and car.tyre_class == _SLICK:
        time_s += tables.warm_up_s[draw]
    car.clear_s = time_s
    if moment.flag in (GREEN, YELLOW):
        luck_s = tables.noise_s[i] * normal(bits(moment.key, i, car.done + 1, NOISE))
        car.free_s = max(time_s + luck_s, _QUICKEST * time_s)


@inlined
def _run_lap(
    cars: Cars,
    order: Ints,
    line: Ints,
    running: int,
    moment: Moment,
    rules: Rules,
    tables: Tables,
) -> int:
    """Take every car round once, first on the road first; how often one overtook another."""
    call_covers(cars, order, running, moment.key, rules, tables)
    overtakes, placed, lapped = 0, 0, 0
    lead_s, leader = np.inf, -1
    ahead_s = -np.inf
    raced = moment.flag in (GREEN, YELLOW, RESTART)
    for j in range(running):
        i = order[j]
        car = cars[i]
        car.start_s = car.time_s + car.out_s
        car.ran = int(car.start_s < lead_s)
        if car.ran == 0:
            if raced:
                car.out_s += rules.blue_flag_s
                lapped += 1
            continue
        choose(cars, i, moment, rules, tables)
        _expect(cars, i, moment, tables)
        overtakes += _place(cars, line, placed, i, car.start_s - ahead_s, moment, rules, tables)
        placed += 1
        ahead_s = car.start_s
        car.in_s = car.out_s = 0.0
        if car.box >= 0:
            cost_s = price_stop(i, car.stops, moment, rules, tables)
            car.in_s = rules.in_share * cost_s
            car.out_s = cost_s - car.in_s
        if car.done == moment.lap and car.time_s + car.in_s < lead_s:
            lead_s, leader = car.time_s + car.in_s, i
    if leader >= 0:
        cars[leader].time_s += lapped * rules.lapping_s
    return overtakes


@inlined
def _place(
    cars: Cars,
    line: Ints,
    placed: int,
    i: int,
    gap_s: float,
    moment: Moment,
    rules: Rules,
    tables: Tables,
) -> int:
    """Place a car among those ahead of it, as the flag has it; how many it overtook."""
    if moment.lap == 0 or moment.flag == RESTART:
        slot = tables.grid[i] - 1.0 if moment.lap == 0 else 0.0
        place_standing(cars, i, slot, _pace_factor(moment.flag, rules), moment.key, rules)
    elif moment.flag == SC and not moment.began:
        place_in_queue(cars, line, placed, i, rules)
    elif moment.flag in (VSC, SC, RED):
        place_in_order(cars, line, placed, i, _pace_factor(moment.flag, rules), rules)
    else:
        return int(place_racing(cars, line, placed, i, gap_s, moment.key, rules))
    return 0


@inlined
def _pace_factor(flag: int, rules: Rules) -> float:
    """Pace of a neutralised lap before anybody queues, relative to a green one."""
    if flag == SC:
        return rules.sc_first_factor
    if flag == RED:
        return catching_factor(rules)
    return rules.vsc_factor if flag == VSC else 1.0


@inlined
def _end_lap(
    cars: Cars,
    order: Ints,
    running: int,
    lap: int,
    flag: int,
    trace: int,
    rules: Rules,
    traces: Traces,
) -> None:
    """Count the lap, change tyres, find the order on the road, and note it all if asked to."""
    if trace >= 0:
        write_lap(cars, order, running, trace, lap, traces)
    for j in range(running):
        car = cars[order[j]]
        if car.ran == 0:
            continue
        car.time_s += car.in_s
        car.done += 1
        car.tyre_laps += 1
        car.covers = 0
        if car.box >= 0:
            car.stops += int(flag != RED)
            fit_set(cars, order[j])
    if flag == RED:
        regroup(cars, order, running, rules)
    sort_by_road(cars, order, running)
    if trace >= 0:
        write_positions(cars, order, running, trace, traces)


run_races = _compiled_from(fingerprint())
