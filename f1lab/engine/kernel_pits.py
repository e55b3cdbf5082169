"""The pit wall: who stops at the end of a lap, on what, and what the stop costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.engine.compiled import inlined
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.engine.kernel_tables import NEVER, RACE, RED, SC, VSC
from f1lab.engine.random import CREW, REACTION, bits, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.engine.kernel_tables import Moment, Rules, Tables

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Cars = NDArray[np.void]

__all__ = ["call_covers", "choose", "class_of", "fit_set", "price_stop", "schedule_stop"]

_SLICKS, _CLASSES = 3, 3
_SLICK = 0
_RAIN_TYRES = 0b11000
#: Keeps the numbers of one reaction apart from those of the other.
_COVERS = 1 << 8
#: Laps to the flag for which an unplanned stop is worth its while.
_WORTH_A_SET_LAPS = 2


@inlined
def class_of(compound: int) -> int:
    """Slick, intermediate, wet."""
    return max(compound - (_SLICKS - 1), _SLICK)


@inlined
def schedule_stop(cars: Cars, i: int, tables: Tables) -> None:
    """Look up the lap of a car's next planned stop, past ones left out."""
    car = cars[i]
    stops = tables.stop_lap.shape[2]
    while car.stop < stops and 0 < tables.stop_lap[i, car.variant, car.stop] <= car.done:
        car.stop += 1
    car.stop_lap = NEVER
    if car.stop < stops and tables.stop_lap[i, car.variant, car.stop] > 0:
        car.stop_lap = tables.stop_lap[i, car.variant, car.stop]


@inlined
def _box_as_planned(cars: Cars, i: int, tables: Tables) -> None:
    """Send a car in for the set its plan has next."""
    car = cars[i]
    car.box = tables.stop_compound[i, car.variant, car.stop]
    car.box_age = tables.stop_age[i, car.variant, car.stop]
    car.stop += 1
    schedule_stop(cars, i, tables)


@inlined
def _box_for(cars: Cars, i: int, compound: int) -> None:
    """Send a car in for a new set of a compound."""
    cars[i].box = compound
    cars[i].box_age = 0


@inlined
def _box_anew(cars: Cars, i: int, to_go: int, draw: int, rules: Rules, tables: Tables) -> None:
    """Send a car in for a set no plan has: another of its class, on slicks what the rules ask."""
    car = cars[i]
    if car.tyre_class != _SLICK:
        _box_for(cars, i, car.compound)
        return
    more = _missing(car.used, rules.least_stops, rules) > 0
    _box_for(cars, i, _slick_for(to_go, car.used if more else 0, draw, tables))


@inlined
def _box_early(cars: Cars, i: int, to_go: int, draw: int, rules: Rules, tables: Tables) -> None:
    """Send a car in for the set its plan has next, for another when it has none."""
    if cars[i].stop_lap < NEVER:
        _box_as_planned(cars, i, tables)
    else:
        _box_anew(cars, i, to_go, draw, rules, tables)


@inlined
def _slick_for(laps: int, avoid: int, draw: int, tables: Tables) -> int:
    """Slick that is quickest over so many laps, of those that last and are not to be avoided."""
    best, best_s = -1, np.inf
    half = min(laps * AGE_STEPS_PER_LAP // 2, tables.wear_s.shape[2] - 1)
    for compound in range(_SLICKS):
        if avoid & (1 << compound):
            continue
        cost_s = tables.offset_s[draw, compound] + tables.wear_s[draw, compound, half]
        beyond = laps * AGE_STEPS_PER_LAP - tables.oldest[compound]
        cost_s += max(beyond, 0)  # a set that does not last is a last resort
        if cost_s < best_s:
            best, best_s = compound, cost_s
    return best


@inlined
def _missing(used: int, changes: int, rules: Rules) -> int:
    """Stops a car must still make to keep the rules of a dry race."""
    if used & _RAIN_TYRES:
        return 0
    compounds = (used & 1) + (used >> 1 & 1) + (used >> 2 & 1)
    return max(rules.dry_compounds - compounds, rules.least_stops - changes)


@inlined
def _best_class(level_s: Floats) -> int:
    """Tyre class that is quickest on this lap."""
    best = _SLICK
    for k in range(1, _CLASSES):
        if level_s[k] < level_s[best]:
            best = k
    return best


@inlined
def choose(cars: Cars, i: int, moment: Moment, rules: Rules, tables: Tables) -> None:
    """Decide whether a car stops at the end of this lap.

    Those who react look at the weather first; then comes the plan, a rival to cover, worn-out
    tyres or a neutralisation that has just come out; last the rule book and the free change
    during a red flag.
    """
    car = cars[i]
    car.box = -1
    to_go = rules.n_laps - moment.lap - 1
    if to_go <= 0:
        return
    reacts = tables.reacts[i] == 1
    if reacts and _answers_weather(cars, i, to_go, moment, rules, tables):
        return
    if car.stop_lap <= car.done + 1 or car.covers == 1:
        _box_as_planned(cars, i, tables)
        return
    if reacts:
        if car.age + AGE_STEPS_PER_LAP >= tables.oldest[car.compound]:
            _change_class(cars, i, car.tyre_class, to_go, moment.draw, tables)
            return
        if _answers_flag(cars, i, to_go, moment, rules, tables):
            _box_early(cars, i, to_go, moment.draw, rules, tables)
            return
    if to_go <= _missing(car.used, car.changes, rules):
        _box_anew(cars, i, to_go, moment.draw, rules, tables)
    elif moment.flag == RED and not moment.known:
        if car.stop_lap < NEVER:
            _box_as_planned(cars, i, tables)
        else:
            _box_for(cars, i, car.compound)


@inlined
def _answers_weather(
    cars: Cars, i: int, to_go: int, moment: Moment, rules: Rules, tables: Tables
) -> bool:
    """Change to the right class of tyres; drop a stop planned for a dry track while it is wet."""
    car = cars[i]
    k = _best_class(moment.level_s)
    if moment.level_s[car.tyre_class] - moment.level_s[k] >= rules.crossover_s:
        _change_class(cars, i, k, to_go, moment.draw, tables)
        return True
    if car.stop_lap <= car.done + 1 and k != _SLICK and car.tyre_class == k:
        car.stop += 1
        schedule_stop(cars, i, tables)
        return True
    return False


@inlined
def _answers_flag(
    cars: Cars, i: int, to_go: int, moment: Moment, rules: Rules, tables: Tables
) -> bool:
    """Draw whether a car uses a SC or VSC that has just come out for its next stop, or one more.

    One that was not planned has to leave laps to use the new set on. The pit walls look at the
    same race: one number decides for all, each with the chance its own plan gives it.
    """
    car = cars[i]
    if not moment.began or (car.stop_lap >= NEVER and to_go < _WORTH_A_SET_LAPS):
        return False
    ahead = min(car.stop_lap - car.done - 1, rules.n_laps)
    u = uniform(bits(moment.key, RACE, moment.lap, REACTION))
    if moment.flag == SC:
        return bool(u < tables.answer_sc_p[ahead])
    return bool(moment.flag == VSC and u < tables.answer_vsc_p[ahead])


@inlined
def _change_class(cars: Cars, i: int, k: int, to_go: int, draw: int, tables: Tables) -> None:
    """Send a car in for a new set of a class; slicks as planned if the plan has any left."""
    car = cars[i]
    if k != _SLICK:
        _box_for(cars, i, _SLICKS - 1 + k)
        return
    if car.stop_lap < NEVER and class_of(tables.stop_compound[i, car.variant, car.stop]) == _SLICK:
        _box_as_planned(cars, i, tables)
        return
    _box_for(cars, i, _slick_for(to_go, 0, draw, tables))


@inlined
def call_covers(
    cars: Cars, order: Ints, running: int, key: np.uint64, rules: Rules, tables: Tables
) -> None:
    """Call in the cars that answer a rival right behind who stopped at the end of the lap before."""
    for j in range(running):
        rival = cars[order[j]]
        if rival.tyre_laps != 0 or rival.in_s <= 0.0:
            continue
        nearest, gap_s = -1, rules.cover_gap_s
        for m in range(running):
            car = cars[order[m]]
            gap = rival.time_s - rival.in_s - car.time_s
            if m != j and car.done == rival.done and 0.0 <= gap <= gap_s:
                nearest, gap_s = order[m], gap
        if nearest < 0 or tables.reacts[nearest] == 0:
            continue
        car = cars[nearest]
        due = car.stop_lap - car.done - 1 <= rules.cover_window_laps
        if due and car.tyre_laps > 0:
            u = uniform(bits(key, nearest, car.done + 1, REACTION + _COVERS))
            car.covers = int(u < rules.cover_p)


@inlined
def price_stop(i: int, stop: int, moment: Moment, rules: Rules, tables: Tables) -> float:
    """Cost of a car's n-th stop under the flag of the lap, crew's luck included [s]."""
    if moment.flag == RED:
        return 0.0
    loss_s = tables.loss_s[moment.draw]
    if moment.flag == SC:
        loss_s *= rules.sc_loss
    elif moment.flag == VSC:
        loss_s *= rules.vsc_loss
    crew_s = 0.0
    if rules.crew_scale_s > 0.0:
        u = uniform(bits(moment.key, i, stop, CREW))
        crew_s = rules.crew_scale_s * ((u / (1.0 - u)) ** rules.crew_power - 1.0)
        crew_s = min(crew_s, rules.crew_longest_s)
    return float(max(loss_s + tables.crew_s[i] + crew_s, 0.0))


@inlined
def fit_set(cars: Cars, i: int) -> None:
    """Put on what the car came in for."""
    car = cars[i]
    car.compound = car.box
    car.tyre_class = class_of(car.box)
    car.age, car.tyre_laps = car.box_age, 0
    car.used |= 1 << car.box
    car.changes += 1
    car.box = -1
