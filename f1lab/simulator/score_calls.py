"""Calls judged on what was known when they were made, in places.

Every own stop that was a choice is one; so is staying out, looked at every few laps under green
and once for each safety car. Calls on a wet track are judged in seconds on the tyres that turned
out right, since nobody wrote down what the drivers saw of the rain.
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
#: Seconds on a wet track that are worth a place, and the laps of doubt about the crossover.
_PLACE_S, _DOUBT_LAPS = 8.0, 2
#: What a call is worth that leads to no race within the rules.
_UNLAWFUL_PLACES = 3.0
_RESTART = FLAGS.index("restart")


@dataclass(frozen=True)
class CallScore:
    """One call: what was done on a lap, what was better and by how many places.

    ``neutral`` is a call under a safety car, ``made`` a stop (not staying out).
    """

    lap: int
    neutral: bool
    made: bool
    did: str
    better: str
    places: float


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
    for lap in _laps_to_judge(course):
        before, after = cars[lap - 1], cars[lap]
        call = COMPOUNDS[after.sets[-1].compound] if _boxed(before, after) else None
        neutral = after.flag in (SC, VSC)
        if wet[max(lap - 2, 0) : lap + 1].any():
            if call is not None:
                found.append(_wet_call(course, lap, call))
            continue
        judged = _judge(course, before, after, call)
        if judged is not None:
            better, places = judged
            did = "staying out" if call is None else f"boxing for {call}"
            found.append(CallScore(lap, neutral, call is not None, did, better, places))
    return found


def _boxed(before: Car, after: Car) -> bool:
    return len(after.sets) > len(before.sets)


def _wet_laps(course: Course) -> np.ndarray:
    """Laps on which anybody was on rain tyres, the played car included."""
    laps, cars = course.world.laps, course.cars
    out = np.zeros(course.world.distance + 2, dtype=bool)
    out[laps.lap[laps.tyre_class != SLICK].clip(0, len(out)) - 1] = True
    for before, after in pairwise(cars):
        out[after.lap - 1] |= COMPOUND_CLASS[before.sets[-1].compound] != SLICK
    return out


def _laps_to_judge(course: Course) -> list[int]:
    """Laps of stops, of green laps every so often on tyres that are not young, of safety cars."""
    cars = course.cars
    found, last_look = set(), 0
    answered = False
    for before, after in pairwise(cars):
        lap, neutral = after.lap, after.flag in (SC, VSC)
        if after.flag in (RED, _RESTART) or lap >= course.scheduled_laps:
            continue
        if _boxed(before, after):
            found.add(lap)
            answered, last_look = neutral, lap
        elif neutral and not answered and before.flag in (SC, VSC) and lap > 1:
            # the flag was there as the lap began: now it could be answered
            found.add(lap)
            answered = True
        elif not neutral:
            answered = False
            old = before.age >= _YOUNG_LAPS and lap - last_look >= _APART_LAPS
            if old and lap <= course.scheduled_laps - SHORTEST_STINT_LAPS:
                found.add(lap)
                last_look = lap
    return sorted(found)


def _judge(course: Course, before: Car, after: Car, call: str | None) -> tuple[str, float] | None:
    """Best other call and the places it was better by; None when there was no choice."""
    field = known_field(course.driver, before, kept=True)
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


def _wet_call(course: Course, lap: int, call: str) -> CallScore:
    """A change for or on a wet track against the laps around it, on the track that came."""
    world, cars = course.world, course.cars
    after = cars[lap]
    did = f"boxing for {call}"
    old, new = cars[lap - 1].sets[-1].compound, after.sets[-1].compound
    level = world.tyres.level_s
    gain_s = level[:, COMPOUND_CLASS[old]] - level[:, COMPOUND_CLASS[new]]
    if COMPOUND_CLASS[old] == COMPOUND_CLASS[new]:
        return CallScore(lap, neutral=False, made=True, did=did, better="", places=0.0)
    # seconds on the wrong side of the crossover: laps driven on the old set that the new one
    # would have won, and laps on the new one that the old one would have
    since = max(cars[lap - 1].sets[-1].lap, lap - 15)
    until = min(
        lap + 15,
        len(gain_s),
        next((c.lap for c in cars[lap + 1 :] if len(c.sets) > len(after.sets)), len(cars) - 1),
    )
    late_s = float(np.maximum(gain_s[since : max(lap - _DOUBT_LAPS, since)], 0.0).sum())
    early_s = float(np.maximum(-gain_s[min(lap + _DOUBT_LAPS, until) : until], 0.0).sum())
    better = "an earlier change" if late_s > early_s else "a later change, or none,"
    places = max(late_s, early_s) / _PLACE_S
    places = places if places > _LEVEL else 0.0
    return CallScore(lap, neutral=False, made=True, did=did, better=better, places=places)
