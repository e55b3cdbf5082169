"""SimulatorControls: play a real race lap by lap from the pit wall, live in a notebook."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import traitlets
from anywidget.experimental import command

from f1lab.errors import InvalidInput
from f1lab.simulator import InvalidDecision, Simulation, pit_wall_iq, strategy_iq
from f1lab.widgets._base import STATIC, StaticWidget
from f1lab.widgets._simulator_later import answered, later
from f1lab.widgets._simulator_svg import draw, static_html
from f1lab.widgets._simulator_wire import frame, frames, outcome, race_facts, skeleton

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from f1lab.data.schema import Weekend

__all__ = ["SimulatorControls"]

#: No race has more laps; a browser that sends a longer run is not read.
_MOST_DECISIONS = 200

Answer = dict[str, Any]
Reply = tuple[Answer, list[bytes]]


class _League(Protocol):
    """Who takes finished runs."""

    def submit(self, run: Simulation, user: str) -> object:
        """Take a run of a player; its ``str`` says what came of it."""
        ...


class SimulatorControls(StaticWidget):
    """The pit wall of one driver: decide each lap, look back, see the score at the end.

    Space plays and pauses, the right arrow drives a lap, ``B`` opens the box, 1 to 5 call for
    soft, medium, hard, intermediate and wet tyres, ``P``, ``N`` and ``S`` set the pace, ``O``
    asks for odds, comma and full stop look back and forth, Escape lets go. Everything a lap brings
    is also said to a screen reader. The run is kept in the browser: after the kernel has gone, the
    same race shown anew offers to resume it.

    Parameters
    ----------
    weekend : Weekend
        A loaded weekend.
    driver : str
        Code of the driver to play.
    seed : int, default 0
        Of the luck of own stops and passes.
    user : str, optional
        Name that runs are handed in under, shown as a suggestion.
    league : League, optional
        Where finished runs are handed in, such as :class:`f1lab.league.League`.
    layout : ipywidgets.Layout or dict, optional
        Size and margins of the widget.

    Raises
    ------
    InvalidInput
        If it is no weekend, `user` no name or `league` no league.
    UnknownName
        If the driver is not in the race.
    NoData
        If he never completed a lap.
    TypeError
        If a keyword is none of the above.

    Examples
    --------
    >>> import f1lab
    >>> controls = f1lab.SimulatorControls(f1lab.load_demo(), "UUR")  # doctest: +SKIP
    >>> controls.simulation.state  # doctest: +SKIP
    """

    _esm = STATIC / "simulator-controls.js"
    _css = STATIC / "simulator-controls.css"
    _keywords: ClassVar[tuple[str, ...]] = ("driver", "layout", "league", "seed", "user")

    race = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        weekend: Weekend,
        driver: str,
        seed: int = 0,
        user: str | None = None,
        league: _League | None = None,
        **keywords: object,
    ) -> None:
        self._begin(Simulation(weekend, driver, seed), user, league)
        super().__init__(**keywords)

    @classmethod
    def from_dict(
        cls,
        weekend: Weekend,
        run: Mapping[str, Any],
        user: str | None = None,
        league: _League | None = None,
        **keywords: object,
    ) -> Self:
        """Go on with a run.

        Parameters
        ----------
        weekend : Weekend
            The race it was driven in.
        run : mapping
            As downloaded, or written by :meth:`f1lab.Simulation.to_dict`.
        user, league, layout
            As in the constructor.

        Returns
        -------
        SimulatorControls

        Raises
        ------
        ForgedRun
            If the run is of another race, or does not come to what it says.
        """
        sim = Simulation.from_dict(weekend, run)
        controls = cls(weekend, sim.driver, sim.seed, user, league, **keywords)
        controls._sim = sim
        controls._stand()
        return controls

    @property
    def simulation(self) -> Simulation:
        """The run as it stands: a copy, so that what is tried in it leaves the game alone."""
        return self._sim.branch()

    def _begin(self, sim: Simulation, user: str | None, league: _League | None) -> None:
        if user is not None and not isinstance(user, str):
            raise InvalidInput(f"user={user!r} is no name: give one such as 'Ada', or None.")
        if league is not None and not callable(getattr(league, "submit", None)):
            raise InvalidInput(
                f"A {type(league).__name__} is no league; pass f1lab.league.League(), or None."
            )
        self._sim, self._league = sim, league
        self._stand()
        #: Counts what takes laps back: an answer to an earlier game is not shown in a later one.
        self._game = 0
        self._scored: int | None = None
        self._scores: Answer | None = None
        self._facts = {**race_facts(sim), "league": league is not None, "user": user or ""}

    def _stand(self) -> None:
        """Look at the race as it stands: now, and at the last line crossed."""
        self._state = self._line = self._sim.state
        if self._state.asked:
            course = self._sim.course
            self._line = course.after(len(course.decisions)).state()

    # -- what the browser asks for ------------------------------------------------------------

    @command
    def whole(self, _message: object, _buffers: list[bytes]) -> Reply:
        """Answer with all laps so far, for a view that has just opened."""
        answer = answered(lambda: {"whole": self._whole()})
        self._score()
        return answer, []

    @command
    def step(self, message: object, _buffers: list[bytes]) -> Reply:
        """Drive the next lap: ``lap`` (which one is meant), ``pit``, ``pace``."""
        return answered(lambda: self._step(**_fields(message, "lap", "pit", "pace"))), []

    @command
    def undo(self, message: object, _buffers: list[bytes]) -> Reply:
        """Take back all laps after ``lap``."""
        return answered(lambda: self._undo(**_fields(message, "lap"))), []

    @command
    def restart(self, message: object, _buffers: list[bytes]) -> Reply:
        """Go back to the grid, on the compound ``start``; None for the real one."""
        return answered(lambda: self._restart(**_fields(message, "start"))), []

    @command
    def resume(self, message: object, _buffers: list[bytes]) -> Reply:
        """Go on with a ``run`` that the browser has kept."""
        return answered(lambda: self._resume(**_fields(message, "run"))), []

    @command
    def odds(self, message: object, _buffers: list[bytes]) -> Reply:
        """Ask for the odds of the calls on the lap after ``lap``; they come when they are known."""
        return answered(lambda: self._odds(**_fields(message, "lap"))), []

    @command
    def submit(self, message: object, _buffers: list[bytes]) -> Reply:
        """Hand in the finished run as ``user``; the answer comes when it has been replayed."""
        return answered(lambda: self._submit(**_fields(message, "user"))), []

    def _step(self, lap: object, pit: object, pace: object) -> None:
        sim, driven = self._sim, len(self._sim.decisions)
        if lap != driven + 1:
            raise InvalidDecision(
                f"The call was for lap {lap!r:.20} and the next lap is {driven + 1}."
            )
        known = len(self._line.messages)
        sim.step(pit, pace)  # type: ignore[arg-type]  # refused there
        self._stand()
        if len(sim.decisions) == driven:  # a red flag came out before the line
            self._tell("stopped", **self._end())
            return
        self._tell("lap", frame=frame(self._line, sim.decisions[-1], known), **self._end())
        self._score()

    def _undo(self, lap: object) -> None:
        driven = len(self._sim.decisions)
        if isinstance(lap, bool) or not isinstance(lap, int) or not 0 <= lap < driven:
            raise InvalidDecision(
                f"Lap {lap!r:.20} cannot be gone back to: {driven} laps are driven."
            )
        self._sim.back_to(lap)
        self._stand()
        self._game += 1
        self._scores = None
        self._tell("undone", lap=lap, outcome=outcome(self._line, stopped=False))

    def _restart(self, start: object) -> None:
        sim = self._sim
        self._play(Simulation(sim.weekend, sim.driver, sim.seed, start))  # type: ignore[arg-type]  # refused there

    def _resume(self, run: object) -> None:
        decisions = run.get("decisions") if isinstance(run, dict) else None
        if not isinstance(decisions, list) or len(decisions) > _MOST_DECISIONS:
            raise InvalidDecision("What the browser has kept is no run of a race.")
        sim = Simulation.from_dict(self._sim.weekend, run)  # type: ignore[arg-type]  # a dict, see above
        if sim.driver != self._sim.driver:
            raise InvalidDecision(
                f"The run is of {sim.driver} and {self._sim.driver} is played here; show "
                f"SimulatorControls(weekend, {sim.driver!r})."
            )
        self._play(sim)

    def _play(self, sim: Simulation) -> None:
        self._sim = sim
        self._stand()
        self._game += 1
        self._scores = None
        self._tell("whole", whole=self._whole())
        self._score()

    def _odds(self, lap: object) -> None:
        sim, game = self._sim.branch(), self._game
        if lap != len(sim.decisions):
            raise InvalidDecision("The race has gone on since; the odds are asked for anew.")
        self._later("odds", game, lambda: {"odds": sim.odds().to_dict()}, lap=lap)

    def _submit(self, user: object) -> None:
        sim, league = self._sim, self._league
        if league is None:
            raise InvalidInput("No league was given: SimulatorControls(…, league=League()).")
        if not sim.finished:
            raise InvalidDecision("Only a finished race can be handed in.")
        run = sim.branch()
        self._later(
            "submitted",
            self._game,
            lambda: {"text": str(league.submit(run, user))},  # type: ignore[arg-type]  # refused there
        )

    # -- what the browser is told -------------------------------------------------------------

    def _whole(self) -> Answer:
        return {
            "game": self._game,
            "run": skeleton(self._sim),
            "frames": frames(self._sim),
            **self._end(),
        }

    def _end(self) -> Answer:
        """Outcome so far and where the race is stopped; at the flag result and score, if known."""
        sim, state, line = self._sim, self._state, self._line
        end: Answer = {
            "outcome": outcome(line, stopped=state.asked),
            "stoppage": frame(state, None, len(line.messages)) if state.asked else None,
        }
        if sim.finished:
            end |= {"result": sim.result.to_dict(), "scores": self._scores}
        return end

    def _score(self) -> None:
        """Score a race that is over, once."""
        run, game = self._sim.branch(), self._game
        if not run.finished or self._scored == game:
            return
        self._scored = game

        def work() -> Answer:
            iq = strategy_iq(run).to_dict()
            return {"iq": iq, "wall": pit_wall_iq(run.weekend, run.driver).to_dict()}

        def keep(answer: Answer) -> None:
            if game == self._game:
                self._scores = answer

        self._later("scores", game, work, keep)

    def _later(
        self,
        kind: str,
        game: int,
        work: Callable[[], Answer],
        keep: Callable[[Answer], None] | None = None,
        **more: object,
    ) -> None:
        def tell(answer: Answer) -> None:
            if keep is not None:
                keep(answer)
            self.send({"kind": kind, "game": game, **more, **answer})

        later(work, tell)

    def _tell(self, kind: str, **more: object) -> None:
        self.send({"kind": kind, "game": self._game, **more})

    @traitlets.default("race")
    def _default_race(self) -> Answer:
        return copy.deepcopy(self._facts)

    @traitlets.validate("race")
    def _keep_race(self, _proposal: object) -> Answer:
        """Whatever a browser sends, the race stays the one this widget was made of."""
        return copy.deepcopy(self._facts)

    def _static_bundle(self) -> dict[str, str]:
        return {
            "text/html": static_html(self._sim, self._facts),
            "image/svg+xml": draw(self._sim, self._facts),
        }

    def __repr__(self) -> str:
        """Return race, driver and lap, the same for the same run."""
        done = len(self._sim.decisions)
        return (
            f"SimulatorControls({self._facts['title']!r}, {self._sim.driver!r}, "
            f"lap {done} of {self._facts['n_laps']})"
        )


def _fields(message: object, *names: str) -> dict[str, Any]:
    """Fields of a browser's message, exactly those asked for."""
    if not isinstance(message, dict) or set(message) != set(names):
        raise InvalidDecision(f"A message needs exactly {', '.join(names)}.")
    return message
