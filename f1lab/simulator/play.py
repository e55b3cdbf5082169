"""Play a race: one decision a lap, everything else exactly as it was."""

from __future__ import annotations

import weakref
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from f1lab.data.schema import require_weekend
from f1lab.errors import InvalidInput, whole_number
from f1lab.simulator import records
from f1lab.simulator.course import course_of
from f1lab.simulator.decisions import Decision, ForgedRun, InvalidDecision, decisions_of
from f1lab.simulator.fits import fit_ahead
from f1lab.simulator.odds import odds_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from f1lab.data.schema import Weekend
    from f1lab.engine.plans import RacePlan
    from f1lab.simulator.course import Course
    from f1lab.simulator.odds import Odds
    from f1lab.simulator.results import RaceResult
    from f1lab.simulator.state import State

__all__ = ["Simulation"]


class Simulation:
    """One real race, with one driver's calls to make.

    Rivals drive their exact laps whatever is decided, so that nobody can be held up: one who was
    quicker gets by. Tyres are chosen free while a red flag stops the race, see :meth:`step`.

    Parameters
    ----------
    weekend : Weekend
    driver : str
        Who is played; rivals drive their exact laps.
    seed : int
        Of the luck of the own stops and passes; the same seed and decisions, the same race.
    start : str, optional
        Compound to start on; the real one by default.

    Raises
    ------
    UnknownName
        No such driver or compound.
    NoData
        He never completed a lap.

    Examples
    --------
    >>> import f1lab
    >>> sim = Simulation(f1lab.load_demo(), "UUR")  # doctest: +SKIP
    >>> sim.fast_forward(20)  # doctest: +SKIP
    >>> sim.step(pit="HARD", pace="push")  # doctest: +SKIP
    >>> sim.run()  # doctest: +SKIP
    """

    def __init__(
        self, weekend: Weekend, driver: str, seed: int = 0, start: str | None = None
    ) -> None:
        require_weekend(weekend)
        self._at(course_of(weekend, driver, whole_number("seed", seed), start))

    def _at(self, course: Course) -> None:
        """Go on from here; the odds are made ready for when they are asked for."""
        self._course, game = course, weakref.ref(self)

        def wanted() -> bool:
            sim = game()
            return sim is not None and sim.course is course

        if not course.finished:
            fit_ahead(course.world, [car.clock_s for car in course.cars[-2:]], wanted)

    def __repr__(self) -> str:
        """Race, driver, lap."""
        weekend, course = self.weekend, self._course
        where = f"lap {course.car.lap} of {course.scheduled_laps}"
        return f"Simulation({weekend.year} {weekend.event}, {self.driver}, {where})"

    @property
    def course(self) -> Course:
        """What was driven so far; it never changes."""
        return self._course

    @property
    def weekend(self) -> Weekend:
        """The weekend played."""
        return self._course.world.weekend

    @property
    def driver(self) -> str:
        """Who is played."""
        return self._course.driver.code

    @property
    def seed(self) -> int:
        """Seed of the luck."""
        return self._course.driver.seed

    @property
    def start(self) -> str:
        """Compound the race was started on."""
        return self._course.start

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What was decided, one for each lap driven."""
        return self._course.decisions

    @property
    def lap_times_s(self) -> tuple[float, ...]:
        """Lap times driven so far [s]."""
        clock = (car.clock_s for car in self._course.cars)
        return tuple(end - begin for begin, end in pairwise(clock))

    @property
    def line_times_s(self) -> tuple[float, ...]:
        """Session clock at the end of each lap driven [s]."""
        return tuple(car.clock_s for car in self._course.cars[1:])

    @property
    def modelled_laps(self) -> tuple[int, ...]:
        """Laps after the real car's retirement, driven by the model."""
        return self._course.modelled_laps

    @property
    def finished(self) -> bool:
        """Whether the flag has been taken."""
        return self._course.finished

    @property
    def asked(self) -> bool:
        """Whether a red flag has stopped the lap under way and its call is asked for."""
        return self._course.stoppage is not None

    @property
    def result(self) -> RaceResult:
        """How the race ended; InvalidDecision before the flag."""
        return self._course.result

    @property
    def state(self) -> State:
        """The race as it is known at the line, or while it is stopped."""
        return self._course.state()

    @property
    def history(self) -> tuple[State, ...]:
        """The state after 0, 1, 2 … laps, each as it was known then."""
        return tuple(self._course.after(lap).state() for lap in range(len(self._course.cars)))

    def step(
        self, pit: str | None = None, pace: str = "neutral", *, under_sc: str | None = None
    ) -> State:
        """Drive the next lap, or as far as the red flag that stops it.

        Tyres are chosen while a race is stopped: where it is, the state is that of the stoppage,
        ``asked`` for the call of the lap under way, which the next step makes and drives to its
        end. A red flag that comes out before the line sets aside the call given for that lap;
        one that the line is crossed under asks for the call of the next.

        Parameters
        ----------
        pit : str, optional
            Compound to box for at the end of the lap; None stays out, or keeps the tyres.
        pace : str
            ``push``, ``neutral`` or ``save``.
        under_sc : str, optional
            Compound to box for if a safety car, virtual or not, comes out on this lap. What is
            written down is the stop itself, if it comes to one.

        Returns
        -------
        State

        Raises
        ------
        InvalidDecision
            The race is over, the set is not there, or the fuel does not last.
        """
        course = self._course
        lap = course.car.lap + 1
        decision, answer = Decision(lap, pit, pace), Decision(lap, under_sc, pace)
        if pit is None and not self.finished and course.neutralised_next():
            decision = answer
        course.allow(decision)
        stopped = course.until_stopped()
        self._at(course.then(decision).until_stopped() if stopped is course else stopped)
        return self.state

    def run(self, plan: object = None) -> RaceResult:
        """Drive to the flag.

        Parameters
        ----------
        plan : RacePlan, iterable of Decision or of (lap, compound), optional
            Laps it does not name are driven out and neutral; without it no stop is made. What
            it says of laps already driven must be what was driven.

        Returns
        -------
        RaceResult

        Raises
        ------
        InvalidDecision
            It is no plan, or a decision is not possible; nothing was driven then.
        """
        wanted = decisions_of(plan)
        course = self._started(getattr(plan, "start", None))
        for driven in course.decisions:
            said = wanted.pop(driven.lap, driven)
            if said != driven:
                raise InvalidDecision(
                    f"the plan has {said} and lap {driven.lap} was driven as {driven}; undo() "
                    "first."
                )
        course = course.as_planned(wanted)
        beyond = [lap for lap in wanted if lap > course.car.lap]
        if beyond:
            raise InvalidDecision(
                f"the plan decides lap {beyond[0]}, and the flag falls after lap {course.car.lap}."
            )
        self._course = course
        return self.result

    def _started(self, start: str | None) -> Course:
        course = self._course
        if start is None or start == course.start:
            return course
        if course.decisions:
            raise InvalidDecision(
                f"the plan starts on {start}, and {course.start} was started on "
                f"{len(course.decisions)} laps ago; begin a new Simulation with start={start!r}."
            )
        return course.from_grid(start)

    def fast_forward(self, lap: int) -> State:
        """Let the real pit wall make the calls until ``lap`` laps are driven.

        Parameters
        ----------
        lap : int
            At least the laps driven so far, and no more than the flag leaves.

        Returns
        -------
        State
        """
        driven = self._course.car.lap
        if whole_number("lap", lap) < driven:
            raise InvalidDecision(
                f"lap {lap} is behind: {driven} laps are driven; undo() goes back."
            )
        self._at(self._course.as_really(lap))
        return self.state

    def actual_plan(self) -> RacePlan:
        """What the real pit wall did."""
        return self._course.real_plan

    def undo(self, laps: int = 1) -> State:
        """Take back the last laps; one that a red flag has stopped is the first of them."""
        driven = self._course.car.lap + self.asked
        if whole_number("laps", laps, 1) > driven:
            raise InvalidDecision(
                f"undo({laps}): {driven} laps are driven, so no more can be taken back."
            )
        self._at(self._course.after(driven - laps))
        return self.state

    def back_to(self, lap: int) -> State:
        """Go back to the line at the end of a lap that was driven, 0 being the grid.

        Parameters
        ----------
        lap : int

        Returns
        -------
        State

        Raises
        ------
        InvalidDecision
            The lap is not driven yet.
        """
        driven = self._course.car.lap
        if whole_number("lap", lap) > driven:
            raise InvalidDecision(
                f"back_to({lap}): {driven} laps are driven; step() and fast_forward() go on."
            )
        self._at(self._course.after(lap))
        return self.state

    def branch(self) -> Simulation:
        """Return an independent copy: what is decided in one leaves the other as it is."""
        other: Simulation = object.__new__(Simulation)
        other.__dict__.update(self.__dict__)
        return other

    def odds(self, alternatives: Iterable[str | None] | None = None) -> Odds:
        """Chances of the best plan behind each call on the next lap.

        Parameters
        ----------
        alternatives : iterable of str or None, optional
            Compounds to box for, None for staying out; everything possible by default.

        Returns
        -------
        Odds
            Best first, on what is known now.

        Raises
        ------
        InvalidDecision
            Nothing is left to decide.
        """
        if self.finished:
            raise InvalidDecision(f"the race of {self.driver} is over: no call is left to weigh.")
        return odds_from(self._course, alternatives)

    def to_dict(self) -> dict[str, Any]:
        """Everything somebody else needs to drive the same race, ready for JSON."""
        return records.record_of(self._course)

    @classmethod
    def from_dict(cls, weekend: Weekend, data: Mapping[str, Any]) -> Simulation:
        """Drive a recorded run again.

        Parameters
        ----------
        weekend : Weekend
            The race it was driven in.
        data : mapping
            As written by :meth:`to_dict`.

        Returns
        -------
        Simulation

        Raises
        ------
        ForgedRun
            It is of another race, other data or another version, or it does not come to what
            it says.
        """
        record = records.read(weekend, data)
        try:
            sim = cls(weekend, record.driver, record.seed, record.start)
            for decision in record.decisions:
                sim._course = sim._course.then(decision)
            if record.outcome["stopped"]:
                sim._course = sim._course.until_stopped()
        except InvalidInput as error:
            raise ForgedRun(f"this run cannot have been driven: {error}") from error
        records.require_outcome(sim._course, record)
        return sim
