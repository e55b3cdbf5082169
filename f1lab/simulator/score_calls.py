"""Calls judged on what was known when they were made, in places.

Every own stop that was a choice is one; so is staying out, looked at every few laps under green,
once for each safety car and once for each red flag, when a change is free. On a wet track a call
is judged by the laps that had been driven on each class of tyre by then; who is the first to try
one has seen of the rain what nobody wrote down, and that call is not scored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS
from f1lab.errors import InvalidPlan
from f1lab.racemodel.laps import COMPOUND_CLASS, FLAGS, SLICK
from f1lab.simulator.known import known_field
from f1lab.simulator.odds import best_plans
from f1lab.simulator.world import NEUTRAL, RED, SC, VSC
from f1lab.strategy.free_air import SHORTEST_STINT_LAPS
from f1lab.strategy.judge import Calls, Judge

if TYPE_CHECKING:
    from f1lab.simulator.car import Car
    from f1lab.simulator.course import Course

__all__ = ["CallScore", "judged_calls"]

#: Races a call is judged on.
_N_RACES = 120
#: Laps apart at which staying out is looked at, and the youngest tyres it is looked at on.
_APART_LAPS, _YOUNG_LAPS = 5, 10
#: Places that cannot be told from luck and rounding.
_LEVEL = 0.15
#: Laps a class of tyre has to have been driven by somebody lately to be known, and how lately.
_TRIED_LAPS, _LATELY_LAPS = 3, 4
#: What a call is worth that leads to no race within the rules.
_UNLAWFUL_PLACES = 3.0
_RESTART = FLAGS.index("restart")
#: Flags under which a call counts as an answer to them.
_ANSWERED = (SC, VSC, RED)


@dataclass(frozen=True)
class CallScore:
    """One call: what was done on a lap, what was better and by how many places (None: unknown).

    ``neutral`` is a call under a safety car or a red flag, ``made`` a stop (not staying out).
    """

    lap: int
    neutral: bool
    made: bool
    did: str
    better: str
    places: float | None


def judged_calls(course: Course) -> list[CallScore]:
    """Judge the calls of a race.

    Parameters
    ----------
    course : Course

    Returns
    -------
    list of CallScore
        In order of laps.
    """
    cars = course.cars
    found = []
    wet = _wet_laps(course)
    for lap, until in _laps_to_judge(course):
        before, after = cars[lap - 1], cars[until]
        call = COMPOUNDS[after.sets[-1].compound] if _boxed(before, after) else None
        neutral = cars[lap].flag in _ANSWERED
        did = "staying out" if call is None else f"boxing for {call}"
        on_wet = bool(wet[max(lap - 2, 0) : lap + 1].any())
        if on_wet and not _tried(course, before, call):
            if call is not None:
                found.append(CallScore(lap, neutral, made=True, did=did, better="", places=None))
            continue
        judged = _judge(course, before, cars[lap], call, on_wet=on_wet)
        if judged is not None:
            better, places = judged
            found.append(CallScore(lap, neutral, call is not None, did, better, places))
    return found


def _tried(course: Course, before: Car, call: str | None) -> bool:
    """Whether the class a car is on and the one called for had been driven by then."""
    laps, now_s = course.world.laps, before.clock_s
    lately = (laps.time_s <= now_s) & (laps.lap > before.lap - _LATELY_LAPS) & ~laps.out_lap
    driven = np.bincount(laps.tyre_class[lately], minlength=len(COMPOUND_CLASS))
    kinds = {int(COMPOUND_CLASS[before.sets[-1].compound])}
    if call is not None:
        kinds.add(int(COMPOUND_CLASS[COMPOUNDS.index(call)]))
    return all(driven[kind] >= _TRIED_LAPS for kind in kinds)


def _boxed(before: Car, after: Car) -> bool:
    return len(after.sets) > len(before.sets)


def _wet_laps(course: Course) -> np.ndarray:
    """Laps that somebody drove on rain tyres; alone on them, the played car makes no lap wet."""
    laps = course.world.laps
    out = np.zeros(course.world.distance + 2, dtype=bool)
    out[laps.lap[laps.tyre_class != SLICK].clip(0, len(out)) - 1] = True
    return out


def _laps_to_judge(course: Course) -> list[tuple[int, int]]:
    """Laps of stops, of green laps every so often on tyres that are not young, of safety cars.

    Each comes with the lap until which its call could be made: the same, but for a red flag, at
    which it is the last lap that is stopped.
    """
    cars = course.cars
    found, last_look = {}, 0
    answered = False
    for before, after in pairwise(cars):
        lap, neutral = after.lap, after.flag in (SC, VSC)
        if after.flag == _RESTART or lap >= course.scheduled_laps:
            continue
        if after.flag == RED:
            if before.flag != RED and before.lap:
                last = lap
                while (
                    last + 1 < min(len(cars), course.scheduled_laps) and cars[last + 1].flag == RED
                ):
                    last += 1
                found[lap] = last
            answered, last_look = True, lap
        elif _boxed(before, after):
            found[lap] = lap
            answered, last_look = neutral, lap
        elif neutral and not answered and before.flag in (SC, VSC) and lap > 1:
            # the flag was there as the lap began: now it could be answered
            found[lap] = lap
            answered = True
        elif not neutral:
            answered = False
            old = before.age >= _YOUNG_LAPS and lap - last_look >= _APART_LAPS
            if old and lap <= course.scheduled_laps - SHORTEST_STINT_LAPS:
                found[lap] = lap
                last_look = lap
    return sorted(found.items())


def _judge(
    course: Course, before: Car, after: Car, call: str | None, *, on_wet: bool
) -> tuple[str, float] | None:
    """Best other call and the places it was better by; None when there was no choice."""
    stopped = after.flag == RED
    field = known_field(course.driver, before, kept=not on_wet, stopped=stopped)
    if after.flag in (SC, VSC) and field.state.flag < NEUTRAL and before.lap:
        # it came out on this very lap: everybody knows that, nobody for how long
        field = replace(field, state=replace(field.state, flag=after.flag, flag_laps_left=-1))
    code = course.driver.code
    plans = best_plans(field, code, before)
    others = {name: calls for name, calls in plans.items() if name != call}
    if not others:
        return None
    judge = Judge(field, code, "position")
    values = {name: judge.run(calls, _N_RACES, 1) for name, calls in others.items()}
    best = min(values, key=lambda name: float(values[name].position.mean()))
    own = plans.get(call) or _unplanned(before, call)
    said = "staying out" if best is None else f"boxing for {best}"
    try:
        mine = judge.run(own, _N_RACES, 2)
    except InvalidPlan:
        return said, _UNLAWFUL_PLACES
    regret = judge.regret(mine, judge.run(others[best], _N_RACES, 2))
    material = regret.low > 0 and regret.mean > _LEVEL
    return said, regret.mean if material else 0.0


def _unplanned(before: Car, call: str | None) -> Calls:
    """A call no plan in free air begins with: it, and nothing after."""
    stops = () if call is None else ((before.lap + 1, COMPOUNDS.index(call)),)
    return Calls(before.sets[-1].compound, stops)
