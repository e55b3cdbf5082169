"""Base plans: what each car means to do before anything happens.

:func:`real_policies` reads the stops off a race that was driven, one plan a car.
:func:`habit_policies` draws up what a pit wall may do from the habits of earlier races, several
plans a car with their chances.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP, Policies
from f1lab.racemodel.laps import FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.racemodel.laps import RaceLaps

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["DrivenPlan", "as_policies", "driven_plans", "oldest_driven", "real_policies"]

#: A set whose compound nobody knows is taken for the slick the others are measured against.
_MEDIUM = COMPOUNDS.index("MEDIUM")
_UNKNOWN = COMPOUNDS.index("UNKNOWN")
_NEUTRALISED = FLAGS.index("vsc")
#: A car that stopped running before this share of the distance had more to come.
_FULL_RACE = 0.9


@dataclass(frozen=True)
class DrivenPlan:
    """Compound and age [quarter laps] of the first set, and of the set fitted after each stop.

    ``stops`` holds (lap, compound, age_steps); a stop is at the end of its lap.
    """

    compound: int
    age_steps: int
    stops: tuple[tuple[int, int, int], ...]


def driven_plans(laps: RaceLaps, drivers: Sequence[str]) -> list[DrivenPlan]:
    """Plans as driven, tyre changes only: a drive-through is none.

    A change made while a red flag stopped the race is put on the red lap, where it is free.

    Parameters
    ----------
    laps : RaceLaps
    drivers : sequence of str
        Drivers with laps.

    Returns
    -------
    list of DrivenPlan
    """
    return [_driven(laps, laps.rows(driver)) for driver in drivers]


def _driven(laps: RaceLaps, rows: Ints) -> DrivenPlan:
    compound = np.where(laps.compound[rows] == _UNKNOWN, _MEDIUM, laps.compound[rows])
    before = np.rint(AGE_STEPS_PER_LAP * (laps.age_laps[rows] - 1.0)).astype(np.int64)
    red = laps.red[rows]
    stops: dict[int, tuple[int, int, int]] = {}
    for i in range(1, len(rows)):
        goes_on = compound[i] == compound[i - 1] and before[i] == before[i - 1] + AGE_STEPS_PER_LAP
        if laps.stint[rows[i]] == laps.stint[rows[i - 1]] or goes_on:
            continue
        lap = i if red[i - 1] or not red[i] else i + 1
        stops[lap] = (lap, int(compound[i]), int(before[i]))
    return DrivenPlan(int(compound[0]), int(before[0]), tuple(stops[lap] for lap in sorted(stops)))


def real_policies(laps: RaceLaps, drivers: Sequence[str], flown: Ints) -> Policies:
    """Real stops and sets, one plan a car, nobody reacting.

    A car that retired would have gone on: where its last set would have to last longer than any
    in this race, or the rule of two compounds is unmet, it stops once more, halfway to the flag,
    for the compound most cars ended on. A stop a car made behind the safety car while the leader
    had passed the pit entry before it came out is put on the leader's first lap behind it.

    Parameters
    ----------
    laps : RaceLaps
    drivers : sequence of str
        Drivers with laps, in the order of the field.
    flown : ndarray, shape (n_laps,)
        Flag of each lap of the leader, an index into FLAGS.

    Returns
    -------
    Policies
    """
    plans = [
        _under_the_flag(plan, laps.neutralised[laps.rows(driver)], flown >= _NEUTRALISED)
        for plan, driver in zip(driven_plans(laps, drivers), drivers, strict=True)
    ]
    last = [plan.stops[-1][1] if plan.stops else plan.compound for plan in plans]
    oldest = oldest_driven(laps)
    plans = [
        _finished(plan, len(laps.rows(driver)), laps.distance_laps, oldest, last)
        for plan, driver in zip(plans, drivers, strict=True)
    ]
    return as_policies([[plan] for plan in plans], np.ones((len(plans), 1)), reacts=False)


def _under_the_flag(plan: DrivenPlan, own: Bools, flown: Bools) -> DrivenPlan:
    """Move the stops made under a neutralisation the leader saw only a lap later."""
    stops = {}
    for lap, compound, age_steps in plan.stops:
        late = lap < len(flown) and own[lap - 1] and not flown[lap - 1] and flown[lap]
        stops[lap + late] = (lap + int(late), compound, age_steps)
    return replace(plan, stops=tuple(stops[lap] for lap in sorted(stops)))


def oldest_driven(laps: RaceLaps) -> Floats:
    """Oldest set of each compound in a race, shape (5,) [laps]; one of no known compound is MEDIUM."""
    known = np.where(laps.compound == _UNKNOWN, _MEDIUM, laps.compound)
    return np.array([laps.age_laps[known == c].max(initial=0.0) for c in range(_UNKNOWN)])


def _finished(
    plan: DrivenPlan, driven_laps: int, distance: int, oldest: Floats, last: list[int]
) -> DrivenPlan:
    if driven_laps >= _FULL_RACE * distance:
        return plan
    since, compound, age_steps = plan.stops[-1] if plan.stops else (0, plan.compound, 0)
    used = {plan.compound, *(stop[1] for stop in plan.stops)}
    dry = range(len(DRY_COMPOUNDS))
    one_dry = len(used) == 1 and compound in dry and max(last) < len(DRY_COMPOUNDS)
    too_old = distance - since + age_steps / AGE_STEPS_PER_LAP > oldest[compound]
    others = [c for c in last if not one_dry or c != compound]
    lap = (driven_laps + distance) // 2
    if not (too_old or one_dry) or not others or lap <= since or lap >= distance:
        return plan
    following = int(np.bincount(others).argmax())
    return DrivenPlan(plan.compound, plan.age_steps, (*plan.stops, (lap, following, 0)))


def as_policies(plans: Sequence[Sequence[DrivenPlan]], weight: Floats, *, reacts: bool) -> Policies:
    """Lay plans out as arrays, the same number of variants for every car.

    Parameters
    ----------
    plans : sequence of sequences of DrivenPlan
        Variants of each car.
    weight : ndarray, shape (n, v)
        Chance of each variant.
    reacts : bool
        Whether the cars answer to what happens.

    Returns
    -------
    Policies
    """
    n, variants = len(plans), len(plans[0])
    most = max((len(plan.stops) for own in plans for plan in own), default=0)
    stops = np.zeros((n, variants, max(most, 1), 3), dtype=np.int64)
    start = np.zeros((n, variants), dtype=np.int64)
    for car, own in enumerate(plans):
        for v, plan in enumerate(own):
            start[car, v] = plan.compound
            for s, stop in enumerate(plan.stops):
                stops[car, v, s] = stop
    return Policies(
        start_compound=start,
        stop_lap=stops[..., 0],
        stop_compound=stops[..., 1],
        weight=weight,
        reacts=np.full(n, reacts),
        stop_age_steps=stops[..., 2],
    )
