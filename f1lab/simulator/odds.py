"""The engine's odds beside each call: the best plan behind it, run many times from here.

Rain is known to them by the tyres the field is on: a shower that nobody has changed for yet is
no more to them than the chance of one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.errors import UnknownName
from f1lab.simulator.decisions import RACE_COMPOUNDS, InvalidDecision
from f1lab.simulator.known import known_field
from f1lab.strategy.free_air import DEFAULT_SETS, FreeAir, OnTrack
from f1lab.strategy.judge import Calls, Judge, calls_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from f1lab.engine.inputs import RaceField
    from f1lab.simulator.car import Car
    from f1lab.simulator.course import Course

__all__ = ["Alternative", "Odds", "best_plans", "odds_from"]

#: Races each call is run for; one place of ten cars is then known to 0.1.
_N_RACES = 200
#: Tyre orders looked through for the best behind each call.
_ORDERS = 40


@dataclass(frozen=True)
class Alternative:
    """A call on the next lap and what the best plan behind it comes to.

    ``call`` is the compound boxed for, None for staying out; ``win``, ``podium`` and ``points``
    are chances, ``position`` the mean place; ``regret_places`` is what it costs against the best
    alternative, with its 90 % range on the same races.
    """

    call: str | None
    plan: str
    stops: tuple[tuple[int, str], ...]
    win: float
    podium: float
    points: float
    position: float
    regret_places: float
    regret_low: float
    regret_high: float

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        stops = [{"lap": lap, "compound": compound} for lap, compound in self.stops]
        return self.__dict__ | {"stops": stops}


@dataclass(frozen=True)
class Odds:
    """Alternatives from here, the best first."""

    driver: str
    lap: int
    races: int
    alternatives: tuple[Alternative, ...]

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        return self.__dict__ | {"alternatives": [a.to_dict() for a in self.alternatives]}


def odds_from(course: Course, alternatives: Iterable[str | None] | None = None) -> Odds:
    """Weigh the calls on the next lap.

    Parameters
    ----------
    course : Course
    alternatives : iterable of str or None, optional
        Calls asked for; everything sensible by default.

    Returns
    -------
    Odds

    Raises
    ------
    InvalidDecision
        Nothing can be decided any more.
    UnknownName
        A call is no compound.
    """
    asked = None if alternatives is None else tuple(dict.fromkeys(alternatives))
    for call in asked or ():
        if call is not None and call not in RACE_COMPOUNDS:
            raise UnknownName("compound", str(call), RACE_COMPOUNDS)
    driver, car, sets_left = course.driver, course.car, course.sets_left()
    field = known_field(driver, car, course.cars[-2:][0].clock_s, stopped=course.stopped)
    plans = best_plans(field, driver.code, car, asked)
    plans = {call: calls for call, calls in plans.items() if call is None or sets_left[call]}
    if not plans:
        raise InvalidDecision(
            f"no call of {driver.code} on lap {car.lap + 1} leads to a race within the tyre rules "
            "with the sets left."
        )
    judge = Judge(field, driver.code, "position")
    races = judge.run_each(plans.values(), _N_RACES, driver.seed)
    samples = {call: races[calls] for call, calls in plans.items()}
    ranked = sorted(samples, key=lambda call: float(samples[call].position.mean()))
    best = samples[ranked[0]]
    found = []
    for call in ranked:
        sample, regret = samples[call], judge.regret(samples[call], best)
        stops = tuple((lap, COMPOUNDS[c]) for lap, c in plans[call].stops)
        found.append(
            Alternative(
                call=call,
                plan=_said(stops),
                stops=stops,
                win=sample.share(1),
                podium=sample.share(3),
                points=sample.share(10),
                position=float(sample.position.mean()),
                regret_places=regret.mean,
                regret_low=regret.low,
                regret_high=regret.high,
            )
        )
    return Odds(driver.code, car.lap, _N_RACES, tuple(found))


def best_plans(
    field: RaceField, code: str, car: Car, asked: tuple[str | None, ...] | None = None
) -> dict[str | None, Calls]:
    """Best plan in free air behind each call on the next lap.

    Parameters
    ----------
    field : RaceField
        As it stands when the car crosses the line.
    code : str
    car : Car
    asked : tuple of str or None, optional
        Calls to look at; all that are a choice by default.

    Returns
    -------
    dict of (str or None) to Calls
        Stops still to come. Calls without a lawful plan are left out.
    """
    named = {call: DEFAULT_SETS[call] for call in asked or () if call is not None}
    air = FreeAir.of(field, code, named or None)
    compounds = tuple(fitted.compound for fitted in car.sets)
    age_steps = round(AGE_STEPS_PER_LAP * car.age)
    here = OnTrack(car.lap, compounds[-1], age_steps, compounds, len(compounds) - 1)
    if car.lap + 1 >= air.n_laps:
        home = next(air.programme(here).best(), None)
        lawful = home is not None and (asked is None or None in asked)
        return {None: Calls(compounds[-1], ())} if lawful else {}
    lap = np.arange(1, air.n_laps + 1)
    found: dict[str | None, Calls] = {}
    if asked is None or named:
        for schedule in islice(air.programme(here, no_stop=lap != car.lap + 1).best(), _ORDERS):
            calls = calls_of(schedule, car.lap)
            fitted = COMPOUNDS[calls.stops[0][1]]
            if asked is None or fitted in named:
                found.setdefault(fitted, calls)
    if asked is None or None in asked:
        stay = next(air.programme(here, no_stop=lap == car.lap + 1).best(), None)
        if stay is not None:
            found[None] = calls_of(stay, car.lap)
    # the engine asks a plan for its start; on the grid it is the set the car is on
    return {call: replace(calls, start=compounds[-1]) for call, calls in found.items()}


def _said(stops: tuple[tuple[int, str], ...]) -> str:
    if not stops:
        return "to the flag"
    return " → ".join(f"lap {lap} {compound}" for lap, compound in stops)
