"""Plans in hindsight: what the tyres cost, and the best plan found in this very race."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.racemodel.laps import COMPOUND_CLASS, SLICK
from f1lab.simulator.decisions import InvalidDecision, decisions_of
from f1lab.simulator.world import NEUTRAL, RED, normal_stop_s
from f1lab.strategy.free_air import FreeAir
from f1lab.strategy.judge import Calls, calls_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from f1lab.engine.plans import RacePlan
    from f1lab.simulator.course import Course
    from f1lab.simulator.results import RaceResult

__all__ = ["BestPlan", "best_plan_found", "tyre_seconds"]

#: Tyre orders tried in the race itself, and laps their stops are moved by.
_ORDERS, _MOVES = 8, (-8, -4, -2, -1, 1, 2, 4, 8)
#: Rounds in which the stops of the best plan are moved.
_ROUNDS = 2
#: What a lap on a class of tyre that nobody drove then counts as beyond what it may cost [s].
_CLOSED_S = 10.0
#: Laps raced from which the tyres can be judged.
_MIN_RACED = 10


@dataclass(frozen=True)
class BestPlan:
    """The best plan found for a race, and what it comes to."""

    plan: RacePlan
    result: RaceResult

    @property
    def position(self) -> int:
        """Place it comes to."""
        return self.result.position

    @property
    def text(self) -> str:
        """Compounds and the laps they are fitted on."""
        return _said(self.plan)

    def behind_s(self, result: RaceResult) -> float:
        """How far a result is behind it after as many laps [s]; a lap counts as one of its own."""
        own = self.result
        lap_s = own.race_time_s / own.laps
        return (own.laps - result.laps) * lap_s + result.race_time_s - own.race_time_s


def _said(plan: RacePlan) -> str:
    return " → ".join([str(plan.start), *(f"lap {lap} {name}" for lap, name in plan.stops)])


def best_plan_found(course: Course) -> BestPlan:
    """Search for the best plan in hindsight: the cheapest in free air, tried in the race itself.

    Parameters
    ----------
    course : Course
        Whose race; its own decisions count as one of the plans.

    Returns
    -------
    BestPlan
    """
    tried: dict[RacePlan, RaceResult] = {}

    def rank(plan: RacePlan) -> tuple[int, float]:
        result = tried[plan]
        return result.position, -result.laps * 1e6 + result.race_time_s

    def attempt(plan: RacePlan) -> None:
        if plan not in tried:
            try:
                tried[plan] = course.from_grid(plan.start).as_planned(decisions_of(plan)).result
            except InvalidDecision:
                return

    for plan in _plans(course):
        attempt(plan)
    if course.finished:
        tried[course.plan] = course.result
    for _ in range(_ROUNDS):
        best = min(tried, key=rank)
        for moved in _moved(best):
            attempt(moved)
    best = min(tried, key=rank)
    return BestPlan(best, tried[best])


def _plans(course: Course) -> Iterator[RacePlan]:
    """The real plan, and the cheapest tyre orders in free air with the flags that flew."""
    yield course.real_plan
    yield course.plan
    air = _hindsight(course)
    start = COMPOUNDS.index(course.start)
    for schedule in islice(air.programme().best(start), _ORDERS):
        yield _race_plan(calls_of(schedule, 0))


def _hindsight(course: Course) -> FreeAir:
    """The race as it came, in free air; a class of tyre is a choice while somebody drove it."""
    world = course.world
    air = FreeAir.of(world.field, course.driver.code, start=course.start)
    lap_s = air.lap_s.copy()
    driven = world.model.choices(np.arange(air.n_laps, dtype=np.float64) + 0.5)
    driven[~driven.any(axis=1), SLICK] = True
    closed = ~driven[:, COMPOUND_CLASS[: lap_s.shape[1]]]
    closed &= air.racing[:, None]
    lap_s[closed] += _CLOSED_S
    return replace(air, lap_s=lap_s)


def _race_plan(calls: Calls) -> RacePlan:
    return calls.race_plan(reacts=False)


def _moved(plan: RacePlan) -> Iterator[RacePlan]:
    for i, (lap, name) in enumerate(plan.stops):
        for by in _MOVES:
            stops = (*plan.stops[:i], (lap + by, name), *plan.stops[i + 1 :])
            laps = [stop[0] for stop in stops]
            if laps == sorted(set(laps)) and laps[0] > 0:
                yield replace(plan, stops=stops)


def tyre_seconds(course: Course) -> tuple[float, str] | None:
    """What tyres and stops cost beyond the best plan for this race's wear.

    Both are counted over the laps raced, stops at the price of the flag they were made under;
    the best plan pays the green price, since nobody knows when a safety car comes.

    Parameters
    ----------
    course : Course

    Returns
    -------
    seconds : float
        Negative when a safety car made the stops driven cheaper than the best plan's.
    best : str
        That plan.
    None
        Too few laps were raced.
    """
    world, cars = course.world, course.cars
    raced = sum(car.flag < NEUTRAL for car in cars[1:])
    if raced < _MIN_RACED:
        return None
    air = _hindsight(course)
    flags = np.full(air.n_laps, 0)
    flags[: len(cars) - 1] = [car.flag for car in cars[1:]][: air.n_laps]
    green_s = normal_stop_s(world.field, 0)
    air = replace(air, stop_s=np.where(flags == RED, 0.1, green_s))
    best = next(air.programme().best(cars[0].sets[0].compound), None)
    if best is None:
        return None
    until = len(cars) - 1
    plan = calls_of(best, 0)
    ideal_s = _cost_s(air, plan, until)
    driven_s = 0.0
    for before, after in pairwise(cars):
        if after.flag < NEUTRAL and after.lap <= air.n_laps:
            on = before.sets[-1]
            age = min(int(AGE_STEPS_PER_LAP * before.age), air.lap_s.shape[-1] - 1)
            lap_s = float(air.lap_s[after.lap - 1, on.compound, age])
            driven_s += lap_s + before.damage_s + _beyond(course, on.compound, after.age)
            if on.lap and after.lap == on.lap + 2 and COMPOUND_CLASS[on.compound] == SLICK:
                driven_s += float(air.warm_up_s[on.compound])
        if len(after.sets) > len(before.sets):
            driven_s += normal_stop_s(world.field, after.flag)
    return driven_s - ideal_s, _said(_race_plan(plan))


def _beyond(course: Course, compound: int, age: float) -> float:
    """What a set older than any was driven costs beyond its wear curve [s]."""
    tyres = course.world.tyres
    return tyres.beyond_s(compound, age)


def _cost_s(air: FreeAir, plan: Calls, until: int) -> float:
    """Cost of a plan over the first laps of a race [s]."""
    total, compound, age, fitted = 0.0, plan.start, 0, 0
    stops = dict(plan.stops)
    for lap in range(1, until + 1):
        if lap > air.n_laps:
            break
        if air.racing[lap - 1]:
            total += float(air.lap_s[lap - 1, compound, min(age, air.lap_s.shape[-1] - 1)])
            if fitted and lap == fitted + 2:
                total += float(air.warm_up_s[compound])
        age += int(air.age_steps[lap - 1])
        if lap in stops:
            total += float(air.stop_s[lap - 1])
            compound, age, fitted = stops[lap], 0, lap
    return total
