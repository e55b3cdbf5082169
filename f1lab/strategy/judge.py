"""Plans judged by running the race: every plan of a driver on the same races.

The engine's random numbers are keyed by race, car and lap, so two plans meet the same safety
cars, crews and rivals, and their difference is known far better than either.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from f1lab.calc.estimate import Estimate
from f1lab.data.schema import COMPOUNDS
from f1lab.engine.inputs import UNKNOWN_FLAG
from f1lab.engine.plans import RacePlan
from f1lab.engine.simulate import simulate_races
from f1lab.errors import InvalidInput
from f1lab.strategy.free_air import car_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from f1lab.engine.inputs import RaceField
    from f1lab.strategy.programme import Schedule

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = [
    "OBJECTIVES",
    "THREADS",
    "Calls",
    "Judge",
    "Paired",
    "Sample",
    "calls_of",
    "side_by_side",
]

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")

#: The engine runs outside Python's lock; what is small is not shared among more threads.
THREADS = min(4, os.cpu_count() or 1)

#: What can be aimed for, and the unit a regret is told in.
OBJECTIVES = {"points": "points", "position": "places", "time": "s"}


@dataclass(frozen=True, order=True)
class Calls:
    """A plan as the pit wall calls it: the first set, then (lap, compound) of every stop."""

    start: int
    stops: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, start: str, stops: Iterable[tuple[int, str]]) -> Calls:
        """A plan by the names of its compounds."""
        return cls(COMPOUNDS.index(start), tuple((lap, COMPOUNDS.index(to)) for lap, to in stops))

    @property
    def order(self) -> tuple[int, ...]:
        """Compounds in order."""
        return (self.start, *(compound for _, compound in self.stops))

    def race_plan(self, *, reacts: bool) -> RacePlan:
        """The same for the engine."""
        stops = tuple((lap, COMPOUNDS[compound]) for lap, compound in self.stops)
        return RacePlan(start=COMPOUNDS[self.start], stops=stops, reacts=reacts)

    def shifted(self, stop: int, laps: int) -> Calls:
        """The same with one stop moved."""
        lap, compound = self.stops[stop]
        moved = (*self.stops[:stop], (lap + laps, compound), *self.stops[stop + 1 :])
        return Calls(self.start, moved)

    def __str__(self) -> str:
        """Compounds and the laps they are fitted on."""
        later = (f" → lap {lap} {COMPOUNDS[c]}" for lap, c in self.stops)
        return COMPOUNDS[self.start] + "".join(later)


def calls_of(schedule: Schedule, laps_done: int) -> Calls:
    """A schedule of the programme in laps of the race."""
    laps = [laps_done + last + 1 for last in schedule.last_laps[:-1]]
    return Calls(schedule.compounds[0], tuple(zip(laps, schedule.compounds[1:], strict=True)))


@dataclass(frozen=True, repr=False)
class Sample:
    """What one car did with a plan, race by race."""

    position: Floats
    points: Floats
    time_s: Floats
    laps: Floats
    retired: Bools

    def share(self, best_places: int) -> float:
        """Share of races finished in the best so many places."""
        return float(((self.position <= best_places) & ~self.retired).mean())


@dataclass(frozen=True)
class Paired:
    """Mean difference between two plans on the same races and its 90 % interval."""

    mean: float
    low: float
    high: float

    @property
    def level(self) -> bool:
        """Whether the two cannot be told apart."""
        return self.low <= 0.0 <= self.high


class Judge:
    """Runs plans of one driver.

    Parameters
    ----------
    field : RaceField
    driver : str
    objective : str
        One of OBJECTIVES.
    reacts : bool, optional
        Whether the driver may answer safety cars, rivals and rain against his plan; by default
        as long as some of the flags to come are not known.
    """

    def __init__(
        self,
        field: RaceField,
        driver: str,
        objective: str = "points",
        *,
        reacts: bool | None = None,
    ) -> None:
        if objective not in OBJECTIVES:
            raise InvalidInput(f"objective {objective!r}: one of {', '.join(OBJECTIVES)}.")
        self.field, self.driver = field, driver
        surprises = bool((field.flown[field.state.lap :] == UNKNOWN_FLAG).any())
        self.reacts = surprises if reacts is None else reacts
        self.car, self.objective = car_number(field, driver), objective
        self._seen: dict[tuple[Calls, int, int], Sample] = {}

    def run(self, calls: Calls, n: int, seed: int) -> Sample:
        """Run a plan; the same plan, number and seed only once."""
        key = (calls, n, seed)
        if key not in self._seen:
            plans = {self.driver: calls.race_plan(reacts=self.reacts)}
            self._seen[key] = sample_of(self.field, plans, self.car, n, seed)
        return self._seen[key]

    def run_each(self, plans: Iterable[Calls], n: int, seed: int) -> dict[Calls, Sample]:
        """Run some plans, each as :meth:`run` does, on all cores."""
        plans = list(plans)
        samples = side_by_side(lambda calls: self.run(calls, n, seed), plans)
        return dict(zip(plans, samples, strict=True))

    def value(self, sample: Sample) -> float:
        """The objective, the more the better."""
        if self.objective == "points":
            return float(sample.points.mean())
        if self.objective == "position":
            return float(-sample.position.mean())
        return float(-sample.time_s[~sample.retired].mean()) if (~sample.retired).any() else -np.inf

    def regret(self, sample: Sample, best: Sample) -> Paired:
        """What a plan costs against the best one in the objective's unit, positive when worse."""
        return paired(sample, best, self.objective)


def side_by_side(work: Callable[[_Item], _Found], items: Iterable[_Item]) -> list[_Found]:
    """What ``work`` makes of each item, in their order; races are run on all cores."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, items))


def sample_of(field: RaceField, plans: dict[str, RacePlan], car: int, n: int, seed: int) -> Sample:
    """Run the field with these plans and keep what became of one car."""
    outcomes = simulate_races(field, plans, n=n, seed=seed)
    return Sample(
        position=outcomes.position[:, car].astype(float),
        points=outcomes.points_scored[:, car],
        time_s=np.asarray(outcomes.time_s[:, car], dtype=float),
        laps=outcomes.laps_done[:, car].astype(float),
        retired=outcomes.retired[:, car].astype(bool),
    )


def paired(one: Sample, other: Sample, objective: str) -> Paired:
    """Mean of ``one`` being worse than ``other`` over the races both were run in.

    Time is compared where both saw the flag after the same number of laps.
    """
    if objective == "points":
        worse = other.points - one.points
    elif objective == "position":
        worse = one.position - other.position
    else:
        same = ~one.retired & ~other.retired & (one.laps == other.laps)
        worse = (one.time_s - other.time_s)[same]
    if len(worse) < 2:  # noqa: PLR2004  (no spread in one race)
        return Paired(np.nan, -np.inf, np.inf)
    told = Estimate.of(float(worse.mean()), float(worse.std(ddof=1)) / len(worse) ** 0.5)
    return Paired(told.value, told.low, told.high)
