"""A session as far as it has been heard: its tower, its model, and the calls in it."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.frames import RACE_KINDS
from f1lab.data.livetiming_board import Board
from f1lab.data.livetiming_heard import Heard
from f1lab.data.livetiming_source import event_of, recorded_session
from f1lab.data.schema import Weekend
from f1lab.engine.field_entry import race_laps_of
from f1lab.errors import NoData, UnknownName
from f1lab.live.advice import advise, no_calls
from f1lab.live.chances import early_note, no_wear_note, odds_of, wear_of
from f1lab.live.moment import field_now
from f1lab.live.state import LiveState, LiveWeather
from f1lab.live.tower import messages_of, tower_of, weather_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from f1lab.data.events import EventInfo
    from f1lab.data.fastf1_source import FastF1Source
    from f1lab.engine.form import PaceRecord
    from f1lab.engine.inputs import RaceField
    from f1lab.live.state import LiveAdvice, LiveOdds, LiveRow, LiveWear

__all__ = ["LiveRace"]

#: A lap's time is told within so long after its end [s].
_SETTLED_S = 3.0
#: Cars still out so long after the winner saw the flag have stopped somewhere [s].
_HOME_S = 240.0
#: A sprint goes just beyond 100 km, a race just beyond 305 km: from laps of one to laps of the
#: other, the last lap of the race half driven on average.
_SPRINT_KM, _RACE_KM, _HALF = 100.0, 305.0, 0.6


@dataclass(frozen=True)
class _Planned:
    """What was worked out after a lap."""

    lap: int
    wear: tuple[LiveWear, ...] = ()
    odds: tuple[LiveOdds, ...] = ()
    advice: LiveAdvice | None = None
    notes: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass
class LiveRace:
    """One session that is being heard.

    Parameters
    ----------
    archive : FastF1Source
        Where FastF1 may keep its things; nothing is looked up there.
    driver : str, optional
        Whose calls are weighed.
    history : sequence of PaceRecord, optional
        What earlier races showed of everybody's pace.
    n : int
        Races each call and the odds are run for.
    seed : int
    """

    archive: FastF1Source
    driver: str | None = None
    history: Sequence[PaceRecord] | None = None
    n: int = 400
    seed: int = 0
    heard: Heard = field(default_factory=Heard)
    board: Board = field(default_factory=Board)
    restarts: int = 0
    _planned: _Planned | None = None
    _tried: int = 0
    _named: bool = False

    def hear(self, line: str) -> None:
        """Take one line in.

        Raises
        ------
        UnknownName
            If nobody of the driver's name takes part.
        """
        late = self.heard.late
        said = self.heard.add(line)
        if said is None:
            return
        if self.heard.late > late:
            self.board = Board.of(self.heard)
        else:
            self.board.take(said[0], *said[1])
        if self.driver is not None and not self._named and said[0] == "DriverList":
            known = [str(one["Tla"]) for one in self.board.drivers.values() if "Tla" in one]
            if known and self.driver not in known:
                raise UnknownName("driver", self.driver, sorted(known))
            self._named = bool(known)

    @property
    def event(self) -> tuple[EventInfo, str] | None:
        """Weekend and kind of the session; None before it was said."""
        return None if self.heard.info is None else event_of(self.heard.info)

    @property
    def raced(self) -> bool:
        """Whether it is a race or a sprint."""
        return self.event is not None and self.event[1] in RACE_KINDS

    @property
    def lap(self) -> int:
        """The leader's last lap; outside a race the most anybody has driven."""
        return max((lap for lap, _ in self.board.crossed.values()), default=0)

    @property
    def to_plan(self) -> bool:
        """Whether a lap has ended since the last plan, and what belongs to it has come."""
        ended = self._ended()
        if not self.raced or ended is None or ended[0] == self._tried or self.heard.last is None:
            return False
        return (self.heard.last - ended[1]).total_seconds() >= _SETTLED_S

    @property
    def over(self) -> bool:
        """Whether the session has ended: for a race, whether everybody running is home."""
        board, last = self.board, self.heard.last
        if board.status in ("Finalised", "Ends"):
            return True
        if board.finished is None or last is None or not self.raced:
            return False
        if (last - board.finished).total_seconds() > _HOME_S:
            return True
        return all(
            board.crossed.get(number, (0, board.finished))[1] > board.finished
            or car.get("Retired")
            or car.get("Stopped")
            for number, car in board.cars.items()
            if number in board.crossed
        )

    def plan(self) -> None:
        """Work out wear, odds and advice after the laps ended by now."""
        ended = self._ended()
        self._tried = 0 if ended is None else ended[0]
        with _collected_later():
            self._plan()

    def _plan(self) -> None:
        begun = perf_counter()
        try:
            weekend = self._weekend()
        except NoData:
            return
        read = perf_counter()
        lap, n_laps = int(weekend.race.laps["lap"].max()), int(weekend.race.total_laps or 0)
        issues = tuple(weekend.quality)
        notes = tuple(
            f"{issue.count} laps were not recorded: {issue.action}."
            for issue in issues
            if issue.kind == "laps_not_recorded"
        )
        if lap >= n_laps:
            self._planned = _Planned(lap, notes=notes, seconds={"read": read - begun})
            return
        tower = tower_of(self.board)
        now = field_now(weekend, lap, tower, self._clock_s(), self.history)
        fitted = perf_counter()
        sprint = weekend.race.kind == "S"
        advice, why = self._advice(now, tower, sprint=sprint)
        wear = wear_of(now, weekend)
        self._planned = _Planned(
            lap=lap,
            wear=wear,
            odds=odds_of(now, self.n, self.seed, sprint=sprint),
            advice=advice,
            notes=(*notes, *why, *early_note(lap), *no_wear_note(wear)),
            seconds={
                "read": read - begun,
                "fit": fitted - read,
                "plan": perf_counter() - fitted,
            },
        )

    def state(self, *, silent_s: float = 0.0) -> LiveState:
        """The session as it is known now.

        Parameters
        ----------
        silent_s : float
            For how long nothing has come [s].

        Returns
        -------
        LiveState
        """
        board, planned, event = self.board, self._planned, self.event
        info, kind = event if event is not None else (None, "")
        zero = self.heard.zero
        return LiveState(
            year=0 if info is None else info.year,
            event="" if info is None else info.name,
            session="" if info is None else next(iter(info.sessions)),
            session_kind=kind,
            status=self._status(),
            lap=self.lap,
            n_laps=self._n_laps() if self.raced else None,
            planned_lap=None if planned is None else planned.lap,
            flag=board.flag,
            clock_s=self._clock_s(),
            tower=tower_of(board),
            wear=() if planned is None else planned.wear,
            odds=() if planned is None else planned.odds,
            advice=None if planned is None else planned.advice,
            weather=weather_of(board) if board.weather else LiveWeather(None, None, None),
            messages=() if zero is None else messages_of(board, zero),
            notes=(*(() if planned is None else planned.notes), *self._notes()),
            silent_s=silent_s,
            seconds=None if planned is None else planned.seconds,
        )

    def _own(self) -> str | None:
        """Car number of the driver while he is running and has crossed the line."""
        for number, one in self.board.drivers.items():
            if self.driver is not None and one.get("Tla") == self.driver:
                car = self.board.cars.get(number, {})
                out = car.get("Retired") or car.get("Stopped")
                return None if out or number not in self.board.crossed else number
        return None

    def _ended(self) -> tuple[int, datetime] | None:
        """The lap that calls for a plan, and its end: the driver's last, without him the leader's."""
        own = self._own()
        if own is not None:
            return self.board.crossed[own]
        if self.driver is not None and self.lap == 1:
            return None  # his first lap will end
        led = [(lap, -when.timestamp(), when) for lap, when in self.board.crossed.values()]
        return (max(led)[0], max(led)[2]) if led else None

    def _clock_s(self) -> float:
        zero = self.heard.zero
        if zero is None or self.heard.last is None:
            return 0.0
        return round((self.heard.last - zero).total_seconds(), 3)

    def _status(self) -> str:
        if self.over:
            return "over"
        status = self.board.status
        if status == "Aborted" or (status and self.board.flag == "red"):
            return "stopped"
        return "running" if status in ("Started", "Finished") else "waiting"

    def _n_laps(self) -> int | None:
        """Distance: as told, else by the circuit and the kind of race."""
        told = self.board.lap_count.get("TotalLaps")
        if isinstance(told, int) and told > 0:
            return told
        if self.event is None:
            return None
        info, kind = self.event
        full = race_laps_of(info.circuit, info.year)
        if full is None or kind == "R":
            return full
        return int(np.ceil((full - _HALF) * _SPRINT_KM / _RACE_KM))

    def _weekend(self) -> Weekend:
        """The race so far, over the distance it is to go."""
        if self.event is None:
            raise NoData("the recording has not said yet what session it is.")
        info, kind = self.event
        race, issues = recorded_session(self.heard, info, kind, self.archive)
        driven = int(race.laps["lap"].max())
        n_laps = max(self._n_laps() or driven, driven)
        return Weekend(
            year=info.year,
            round=info.round,
            event=info.name,
            circuit=info.circuit,
            source="livetiming",
            race=replace(race, total_laps=n_laps),
            quality=tuple(issues),
        )

    def _advice(
        self, now: RaceField, tower: Sequence[LiveRow], *, sprint: bool
    ) -> tuple[LiveAdvice | None, tuple[str, ...]]:
        """The calls of the driver, or why there are none."""
        if self.driver is None:
            return None, ()
        row = next((row for row in tower if row.driver == self.driver), None)
        why = no_calls(now, self.driver, row)
        if why:
            return None, (why,)
        return advise(now, self.driver, sprint=sprint, n=self.n, seed=self.seed), ()

    def _notes(self) -> tuple[str, ...]:
        found = []
        if self.heard.info is None:
            found.append("the recording has not said yet what session it is.")
        elif not self.raced:
            found.append("not a race: the tower only, without odds and calls.")
        elif self.board.status == "":
            found.append("the session has not started yet.")
        elif self._planned is None:
            found.append("the model starts when the first lap is complete.")
        advice = None if self._planned is None else self._planned.advice
        if advice is not None and self.board.flag == "red" and advice.box_lap > advice.lap:
            found.append("red flag: the call is from before it; the next comes as the lap ends.")
        if self.restarts:
            times = "once" if self.restarts == 1 else f"{self.restarts} times"
            found.append(f"the recorder was started again {times}.")
        if self.heard.unreadable:
            found.append(f"{self.heard.unreadable} lines could not be read and were left out.")
        return tuple(found)


@contextmanager
def _collected_later() -> Iterator[None]:
    """Leave Python's search for unused objects until the call is out.

    Among the messages of a whole race it takes a fifth of a second.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
