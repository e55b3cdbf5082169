"""Follow a recording while it grows, or a finished one as if it did."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from f1lab.data.livetiming_follow import GrowingFiles
from f1lab.errors import InvalidInput, SourceError, whole_number
from f1lab.live.race import LiveRace
from f1lab.live.ready import load_beside, nowhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from f1lab.data.livetiming_source import Recording
    from f1lab.engine.form import PaceRecord
    from f1lab.live.state import LiveState

__all__ = ["follow"]

#: How often the files are looked at [s].
_POLL_S = 0.2
#: Lines of which none says anything are no recording.
_NO_RECORDING_LINES = 20
_LEAST_RACES = 100


def follow(  # noqa: PLR0913  (keywords, each a question of its own)
    recording: Recording,
    driver: str | None = None,
    *,
    speed: float | None = None,
    from_start: bool = False,
    once: bool = False,
    refresh_s: float | None = 1.0,
    quiet_s: float = 60.0,
    give_up_s: float | None = None,
    history: Sequence[PaceRecord] | None = None,
    n: int = 400,
    seed: int = 0,
) -> Iterator[LiveState]:
    """Follow a live-timing recording until the session ends.

    Parameters
    ----------
    recording : str, Path or sequence of them
        The file the recorder writes; several, in order of time, if it was started again with
        another one. All but the first may be written later.
    driver : str, optional
        Three-letter code of the driver whose calls are weighed after every lap of his.
    speed : float, optional
        Replay what is there so many times as fast as it happened; ``inf`` without waiting.
        By default what is there is caught up with at once.
    from_start : bool, optional
        Give the state after every lap of what is there already, without waiting; the same as
        ``speed=inf``.
    once : bool, optional
        Give the state at the end of what is there, and stop.
    refresh_s : float, optional
        Between two laps the tower is given at most so often [s]; None: after laps only.
    quiet_s : float, optional
        When nothing has come for so long the state is given again, and says so [s].
    give_up_s : float, optional
        When nothing has come for so long it is over [s]; by default only the session's end is.
    history : sequence of PaceRecord, optional
        What earlier races showed of everybody's pace (:func:`f1lab.engine.history.season_so_far`).
    n : int, optional
        Races each call is run for.
    seed : int, optional

    Yields
    ------
    LiveState
        After every lap of the driver, without one of the leader, with wear, odds and advice
        worked out anew; in between with the tower as it is and the rest as it was. Nothing in it
        comes from lines not yet read.

    Raises
    ------
    SourceError
        If the recording is not there, cannot be read, or is none.
    UnknownName
        If nobody of the driver's name takes part.
    InvalidInput
        If a value is not allowed.
    """
    paths = [recording] if isinstance(recording, str | Path) else list(recording)
    if not paths:
        raise InvalidInput("no recording file was given.")
    for name, value in (("speed", speed), ("refresh_s", refresh_s), ("give_up_s", give_up_s)):
        if value is not None and not value > 0:
            raise InvalidInput(f"{name}={value!r}: give a number above 0.")
    if whole_number("n", n) < _LEAST_RACES:
        raise InvalidInput(f"n={n}: {_LEAST_RACES} races or more can tell calls apart.")
    files = GrowingFiles([Path(path) for path in paths])
    race = LiveRace(
        archive=nowhere(),
        driver=None if driver is None else driver.upper(),
        history=history,
        n=n,
        seed=whole_number("seed", seed),
    )
    if once:
        return _at_the_end(files, race)
    pace = float("inf") if from_start and speed is None else speed
    return _followed(_Follower(files, race, pace, refresh_s, quiet_s, give_up_s))


def _at_the_end(files: GrowingFiles, race: LiveRace) -> Iterator[LiveState]:
    """The state after everything that is there."""
    for line in [*files.new_lines(), *files.last_words()]:
        race.hear(line)
    race.restarts = files.restarts
    if race.heard.last is None:
        raise _no_recording(files)
    if race.raced:
        race.plan()
    yield race.state()


class _Follower:
    """When which state is to be given."""

    def __init__(
        self,
        files: GrowingFiles,
        race: LiveRace,
        speed: float | None,
        refresh_s: float | None,
        quiet_s: float,
        give_up_s: float | None,
    ) -> None:
        self.files, self.race = files, race
        self.speed, self.refresh_s = speed, refresh_s
        self.quiet_s, self.give_up_s = quiet_s, give_up_s
        self.given_at, self.heard_at = -float("inf"), monotonic()
        self.news = False
        self._loading = load_beside()
        self._began: tuple[float, datetime] | None = None

    def hear(self) -> Iterator[LiveState]:
        """Take in what has come; give the states that are due meanwhile."""
        lines = self.files.new_lines()
        self.race.restarts = self.files.restarts
        for line in lines:
            self.race.hear(line)
            self.news = True
            if self.speed is not None:
                self._wait()
                if self.race.to_plan:
                    yield self._planned()
                elif self._due():
                    yield self._given()
        self._check()
        # until all is loaded the tower goes on alone
        planned = self.speed is None and self.race.to_plan and not self._loading.is_alive()
        if planned:
            yield self._planned()
        if lines or planned:
            self.heard_at = monotonic()  # what planning took, or whoever looks on, is no silence

    def between(self) -> Iterator[LiveState]:
        """Between two laps: the tower as it is, and a word when nothing comes."""
        silent_s = monotonic() - self.heard_at
        if self.given_at < 0 and self.race.heard.last is not None:
            yield self._given()
        elif silent_s >= self.quiet_s and monotonic() - self.given_at >= self.quiet_s:
            yield self._given(silent_s)
        elif self._due() and self.news:
            yield self._given()

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        silent_s = monotonic() - self.heard_at
        return self.race.over or (self.give_up_s is not None and silent_s >= self.give_up_s)

    def last(self) -> LiveState:
        """The state when it is over."""
        for line in self.files.last_words():
            self.race.hear(line)
        if self.race.raced:
            self._plan()
        return self._given(max(monotonic() - self.heard_at, 0.0) if not self.race.over else 0.0)

    def _planned(self) -> LiveState:
        self._plan()
        return self._given()

    def _plan(self) -> None:
        self._loading.join()
        self.race.plan()

    def _given(self, silent_s: float = 0.0) -> LiveState:
        self.given_at, self.news = monotonic(), False
        return self.race.state(silent_s=silent_s)

    def _due(self) -> bool:
        return self.refresh_s is not None and monotonic() - self.given_at >= self.refresh_s

    def _wait(self) -> None:
        """Let the lines of a finished recording come as they came."""
        last = self.race.heard.last
        if last is None or self.speed in (None, float("inf")):
            return
        if self._began is None:
            self._began = monotonic(), last
        begun_s, first = self._began
        due_s = begun_s + (last - first).total_seconds() / (self.speed or 1.0)
        if due_s > monotonic():
            sleep(due_s - monotonic())

    def _check(self) -> None:
        heard = self.race.heard
        if heard.last is None and heard.lines >= _NO_RECORDING_LINES:
            raise _no_recording(self.files)


def _followed(follower: _Follower) -> Iterator[LiveState]:
    while True:
        yield from follower.hear()
        if follower.over:
            break
        yield from follower.between()
        sleep(_POLL_S)
    yield follower.last()


def _no_recording(files: GrowingFiles) -> SourceError:
    return SourceError(
        f"{files.paths[0]} is no live-timing recording: none of its lines is a message as FastF1's "
        "recorder writes it (python -m fastf1.livetiming save FILE)."
    )
