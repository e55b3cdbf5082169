"""The course of a played race so far: what was decided and where it has led.

A course never changes; another lap makes another course. So a branch shares everything and an
undone lap leaves no trace.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from f1lab.data.schema import COMPOUNDS
from f1lab.engine.field_entry import scheduled_laps
from f1lab.engine.plans import RacePlan
from f1lab.errors import UnknownName
from f1lab.simulator.car import Driver
from f1lab.simulator.decisions import RACE_COMPOUNDS, Decision, InvalidDecision
from f1lab.simulator.pace import FUEL_RESERVE_LAPS, PACES
from f1lab.simulator.results import flag_s, result_of
from f1lab.simulator.view import state_of
from f1lab.simulator.world import RED, SC, VSC, world_of
from f1lab.strategy.free_air import DEFAULT_SETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from f1lab.data.schema import Weekend
    from f1lab.simulator.car import Car, Fitted
    from f1lab.simulator.results import RaceResult
    from f1lab.simulator.state import State
    from f1lab.simulator.stoppages import Stoppage
    from f1lab.simulator.world import World

__all__ = ["Course", "course_of"]

#: Fuel left in the reserve below this counts as none [laps' worth].
_NO_FUEL = 1e-9


@dataclass(frozen=True, repr=False)
class Course:
    """A race driven up to some lap.

    Attributes
    ----------
    driver : Driver
    scheduled_laps : int
        Distance as scheduled.
    flag_s : float
        Session clock at which the first rival takes the flag [s].
    cars : tuple of Car
        The own car after 0, 1, 2 … laps.
    decisions : tuple of Decision
        One for each lap driven.
    stoppage : Stoppage, optional
        Red flag that has stopped the race on the lap under way, whose call is asked for.
    """

    driver: Driver
    scheduled_laps: int
    flag_s: float
    cars: tuple[Car, ...]
    decisions: tuple[Decision, ...] = ()
    stoppage: Stoppage | None = None

    @property
    def world(self) -> World:
        """The race as it was."""
        return self.driver.world

    @property
    def car(self) -> Car:
        """The own car now."""
        return self.cars[-1]

    @property
    def now_s(self) -> float:
        """Session clock up to which everything is known [s]."""
        return self.car.clock_s if self.stoppage is None else self.stoppage.decided_s

    @property
    def stopped(self) -> bool:
        """Whether the race is stopped now, so that tyres are changed free on the next lap."""
        return not self.finished and (
            self.stoppage is not None or self.world.stopped_at(self.car.clock_s)
        )

    @property
    def start(self) -> str:
        """Compound started on."""
        return COMPOUNDS[self.cars[0].sets[0].compound]

    @property
    def stops(self) -> tuple[Fitted, ...]:
        """Sets fitted in stops so far."""
        return self.car.sets[1:]

    @property
    def plan(self) -> RacePlan:
        """Start and stops so far."""
        return _plan(self.car.sets)

    @property
    def real_plan(self) -> RacePlan:
        """Start and stops of the real pit wall."""
        return _plan(self.driver.sets)

    @property
    def finished(self) -> bool:
        """Whether the flag has been taken."""
        car = self.car
        return car.lap > 0 and (car.lap >= self.world.distance or car.clock_s >= self.flag_s)

    @property
    def modelled_laps(self) -> tuple[int, ...]:
        """Laps the real car did not drive."""
        return tuple(car.lap for car in self.cars if car.modelled)

    @property
    def result(self) -> RaceResult:
        """How the race ended; InvalidDecision before the flag."""
        if not self.finished:
            raise InvalidDecision(
                f"{self.driver.code} has driven {self.car.lap} laps and not seen the flag yet: "
                "step() on, or run() to the end."
            )
        modelled = self.modelled_laps
        return result_of(self.driver, self.car, modelled[0] if modelled else None)

    def state(self) -> State:
        """The race as it is known at the line, or while it is stopped."""
        return state_of(self)

    def sets_left(self) -> dict[str, int]:
        """Sets left of the usual allocation: what the car really had more is not known yet."""
        driven = self._driven()
        return {name: max(n - driven[name], 0) for name, n in DEFAULT_SETS.items()}

    def after(self, laps: int) -> Course:
        """The course as it stood after so many laps."""
        return replace(
            self, cars=self.cars[: laps + 1], decisions=self.decisions[:laps], stoppage=None
        )

    def from_grid(self, start: str | None = None) -> Course:
        """The same race on the grid, on the same tyres or others.

        Raises
        ------
        UnknownName
            No such compound.
        """
        if start is None or start == self.start:
            return self.after(0)
        if start not in RACE_COMPOUNDS:
            raise UnknownName("compound", str(start), RACE_COMPOUNDS)
        fitted, compound = self.driver.sets[0], COMPOUNDS.index(start)
        if compound != fitted.compound:
            fitted = self.driver.set_for(None, compound, 0)
        return replace(self, cars=(self.driver.on_grid(fitted),), decisions=(), stoppage=None)

    def then(self, decision: Decision) -> Course:
        """The course a lap later.

        Raises
        ------
        InvalidDecision
            This race does not allow it.
        """
        self.allow(decision)
        car = self.driver.drive(self.car, decision)
        return replace(
            self,
            cars=(*self.cars, car),
            decisions=(*self.decisions, decision),
            stoppage=None,
        )

    def until_stopped(self) -> Course:
        """The course at the stoppage in which the next lap is decided; the same without one.

        After a red flag that ended the race nothing is left to decide.
        """
        car = self.car
        if self.finished or self.stoppage is not None:
            return self
        if self.world.flag_for(car.clock_s, self.driver.real_lap(car.lap + 1)) != RED:
            return self
        # a change costs nothing on this lap, so that it ends when it ends whatever is decided
        ends_s = self.driver.drive(car, Decision(car.lap + 1)).clock_s
        for stoppage in self.world.stoppages:
            if car.clock_s < stoppage.decided_s < ends_s:
                return replace(self, stoppage=stoppage)
        return self

    def as_planned(self, wanted: Mapping[int, Decision]) -> Course:
        """The course at the flag; laps nobody decided are driven out and neutral."""
        course = self
        while not course.finished:
            lap = course.car.lap + 1
            course = course.then(wanted.get(lap, Decision(lap)))
        return course

    def as_really(self, laps: int) -> Course:
        """The course after so many laps, called by the real pit wall."""
        course = self
        while course.car.lap < laps:
            lap = course.car.lap + 1
            call = self.driver.calls.get(lap)
            pit = None if call is None else COMPOUNDS[call.compound]
            course = course.then(Decision(lap, pit))
        return course

    def neutralised_next(self) -> bool:
        """Whether a safety car, virtual or not, comes over the next lap in time to answer it."""
        car = self.car
        row = self.driver.real_lap(car.lap + 1)
        return self.world.flag_for(car.clock_s, row) in (SC, VSC)

    def allow(self, decision: Decision) -> None:
        """Refuse, with InvalidDecision, what cannot be decided for the next lap."""
        lap, code = decision.lap, self.driver.code
        if self.finished:
            raise InvalidDecision(
                f"{code} took the flag at the end of lap {self.car.lap}: there is no lap {lap}. "
                "undo() takes laps back."
            )
        if lap != self.car.lap + 1:
            raise InvalidDecision(
                f"a decision for lap {lap} was given; the next lap is {self.car.lap + 1}."
            )
        spare = FUEL_RESERVE_LAPS * PACES["push"].fuel - self.car.fuel_laps
        if PACES[decision.pace].fuel > spare + _NO_FUEL:
            raise InvalidDecision(
                f"pace='push' on lap {lap}: the fuel reserve is used up; save a lap for each lap "
                "to be pushed."
            )
        if decision.pit is not None:
            self._allow_stop(lap, decision.pit)

    def _allow_stop(self, lap: int, compound: str) -> None:
        if lap >= self.scheduled_laps:
            raise InvalidDecision(
                f"pit={compound!r} on lap {lap}: the flag falls at its end, stops are possible "
                f"up to lap {self.scheduled_laps - 1}."
            )
        # what the car is known to have had is there beyond the usual allocation
        real = Counter(COMPOUNDS[fitted.compound] for fitted in self.driver.sets)
        if max(DEFAULT_SETS[compound], real[compound]) <= self._driven()[compound]:
            left = [f"{n} {name}" for name, n in self.sets_left().items() if n]
            raise InvalidDecision(
                f"pit={compound!r} on lap {lap}: no set of {compound} is left; there are "
                f"{', '.join(left) or 'none'}."
            )

    def _driven(self) -> Counter[str]:
        return Counter(COMPOUNDS[fitted.compound] for fitted in self.car.sets)


def course_of(weekend: Weekend, code: str, seed: int, start: str | None) -> Course:
    """A race on the grid.

    Parameters
    ----------
    weekend : Weekend
    code : str
        Driver.
    seed : int
    start : str, optional
        Compound; the real one by default.

    Returns
    -------
    Course
    """
    world = world_of(weekend)
    driver = Driver(world, code, seed)
    cars = (driver.on_grid(driver.sets[0]),)
    course = Course(driver, scheduled_laps(weekend), flag_s(world, driver.number), cars)
    return course.from_grid(start)


def _plan(sets: tuple[Fitted, ...]) -> RacePlan:
    stops = tuple((fitted.lap, COMPOUNDS[fitted.compound]) for fitted in sets[1:])
    return RacePlan(COMPOUNDS[sets[0].compound], stops)
