"""The league: who hands in runs, who leads, what the good ones agree on.

A run counts when the league has driven it again from its decisions and scored it with its own
code; nothing a player says of a score is believed. The same run by the same player counts once.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from f1lab.errors import UnknownName, whole_number
from f1lab.league import board
from f1lab.league.autopsies import keep_autopsy, kept_autopsies
from f1lab.league.errors import LeagueUnavailable, NotReplayable, SubmissionRefused
from f1lab.league.keep import (
    exported,
    has_counted,
    keep_judged,
    keep_waiting,
    knows_race,
)
from f1lab.league.names import user_name
from f1lab.league.optimal import keep_model, kept_model, optimal_strategy
from f1lab.league.pending import forget, set_aside
from f1lab.league.results import ImportReport
from f1lab.league.runs import RULES, run_record
from f1lab.league.store import PATIENCE_S, Store
from f1lab.league.tables import Race
from f1lab.league.transfer import ExportedRun, read_runs, write_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from f1lab.autopsy import AutopsyReport
    from f1lab.data.schema import Weekend
    from f1lab.league.judged import Judged
    from f1lab.league.referee import Referee
    from f1lab.league.results import (
        KeptAutopsy,
        Leaderboard,
        OptimalStrategy,
        Standings,
        Submission,
    )
    from f1lab.simulator import Simulation as Played

__all__ = ["League"]

_log = logging.getLogger(__name__)

#: Scores apart by less are the same score.
_SAME_IQ = 0.05


class League:
    """A league in an SQLite file or on a PostgreSQL server.

    One object serves many threads; a process opens its own.

    Parameters
    ----------
    url : str or Path, optional
        SQLAlchemy URL of SQLite or PostgreSQL, or the path of an SQLite file; default:
        ``F1LAB_DATABASE_URL``, else ``league.sqlite`` in f1lab's data folder.
    load : callable, optional
        Gives the weekend of a year and an event that a run is replayed in; default:
        :func:`f1lab.load`, offline.
    patience_s : float
        How long work is tried again while others keep the database busy [s].

    Raises
    ------
    LeagueError
        If the URL names no league, or one of another version.
    LeagueUnavailable
        If the database does not answer, or is locked.
    """

    def __init__(
        self,
        url: str | Path | None = None,
        *,
        load: Callable[[int, str], Weekend] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._store = Store(url, patience_s)
        self._load = load
        #: Races of which the store knows what they say themselves.
        self._known: set[tuple[int, str]] = set()

    @cached_property
    def _referee(self) -> Referee:
        """Made when the first run is judged: leaderboards need no engine."""
        from f1lab.league.referee import Referee  # noqa: PLC0415  (it takes the engine with it)

        return Referee() if self._load is None else Referee(self._load)

    def __enter__(self) -> Self:
        """Use it in a with statement to close it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the connections back."""
        self.close()

    def __repr__(self) -> str:
        """Where it is, without a password."""
        return f"League({self._store.name!r})"

    def close(self) -> None:
        """Give the connections back."""
        self._store.close()

    def submit(
        self, run: Played | Mapping[str, Any], user: str, *, iq: float | None = None
    ) -> Submission:
        """Hand in a finished run; it counts once it has been driven again and reproduced.

        Parameters
        ----------
        run : Simulation or mapping
            A finished simulation, or its ``to_dict()``.
        user : str
            Two to 24 letters, digits, spaces and ``- _ . '``.
        iq : float, optional
            The score the player was shown [0–100]; refused when the run does not score that.

        Returns
        -------
        Submission
            The score that counts and the place it gives.

        Raises
        ------
        SubmissionRefused
            If the run does not reproduce, or the name is not allowed; with the reason.
        NotReplayable
            If the data of the race are not at hand here.
        LeagueUnavailable
            If the league cannot be written to; the sentence says where the run is kept.
        """
        name, record = user_name(user), run_record(run)
        judged = self._referee(record)
        if iq is not None:
            _require_score(judged, iq)
        try:
            run_id, there = self._counted(name, judged, time.time())
        except LeagueUnavailable as error:
            raise LeagueUnavailable(f"{error} {set_aside(record, name)}") from error
        forget(record)
        return self._store.read(lambda session: board.submission(session, run_id, there=there))

    def top(
        self,
        year: int | None = None,
        event: str | None = None,
        driver: str | None = None,
        n: int = 20,
    ) -> Leaderboard:
        """Return the leaderboard: each player's best run of each race, or of a driver in it.

        Parameters
        ----------
        year : int, optional
        event : str, optional
            Name of the event, place or circuit, or the beginning of a word of it.
        driver : str, optional
            Three-letter code.
        n : int
            So many rows at most.

        Returns
        -------
        Leaderboard
            Best first; equal scores share a place, the earlier stands above.
        """
        n = whole_number("n", n, 1)
        return self._store.read(
            lambda session: board.leaderboard(
                session,
                year=None if year is None else whole_number("year", year, 1950),
                event=event,
                driver=None if driver is None else driver.upper(),
                n=n,
            )
        )

    def standings(self, year: int) -> Standings:
        """Return a season's standings: championship points of every race's leaderboard.

        Parameters
        ----------
        year : int

        Returns
        -------
        Standings
        """
        year = whole_number("year", year, 1950)
        return self._store.read(lambda session: board.standings(session, year))

    def optimal(self, year: int, event: str) -> OptimalStrategy:
        """Return what the good runs of a race agree on; without any, what the race itself says.

        Parameters
        ----------
        year : int
        event : str
            Name of the event, place or circuit, or the beginning of a word of it.

        Returns
        -------
        OptimalStrategy
            Read anew when runs have come to count since it was kept.

        Raises
        ------
        NotReplayable
            If nobody has played the race and its data are not at hand.
        """
        year = whole_number("year", year, 1950)
        race_id = self._store.read(lambda session: _played(session, year, event))
        if race_id is None:
            race = self._referee.race(year, event)
            return optimal_strategy([], race.prior, race.year, race.event, race.circuit)
        model, kept, basis = self._store.read(lambda session: kept_model(session, race_id))
        if not kept:
            try:
                self._store.write(lambda session: keep_model(session, race_id, model, basis))
            except LeagueUnavailable as error:
                _log.warning("the model is answered and not kept: %s", error)
        return model

    def keep_autopsy(self, report: AutopsyReport) -> None:
        """Keep an autopsy beside the runs of its race.

        Parameters
        ----------
        report : AutopsyReport
            Takes the place of one of the same driver and reference.
        """
        self._store.write(lambda session: keep_autopsy(session, report))

    def autopsies(
        self, year: int | None = None, event: str | None = None, driver: str | None = None
    ) -> tuple[KeptAutopsy, ...]:
        """Return the autopsies kept, by season, round and driver.

        Parameters
        ----------
        year : int, optional
        event, driver : str, optional

        Returns
        -------
        tuple of KeptAutopsy
        """
        return self._store.read(lambda session: kept_autopsies(session, year, event, driver))

    def export(self, path: str | Path) -> int:
        """Write all runs to one file, those that do not count now too.

        Parameters
        ----------
        path : str or Path

        Returns
        -------
        int
            How many runs were written.
        """
        return self._store.read(lambda session: write_runs(Path(path), exported(session)))

    def import_(self, path: str | Path) -> ImportReport:
        """Add the runs of a league file; each is driven again before it counts.

        What counts already stays as it is, and is not driven again. Runs of races that are not
        at hand are kept and count nowhere until the file is imported again with the race at
        hand. Runs that an older f1lab scored by other rules count no more until they are scored
        anew: export the league and import it into itself.

        Parameters
        ----------
        path : str or Path

        Returns
        -------
        ImportReport

        Raises
        ------
        LeagueError
            If it is no league file, damaged, or another version's; nothing is imported then.
        """
        report = ImportReport(0, 0, 0, 0, ())
        for run in read_runs(Path(path)):
            report = self._taken_in(run, report)
        return report

    def _taken_in(self, run: ExportedRun, report: ImportReport) -> ImportReport:
        """One run of a league file added to the league and to the report."""
        report = replace(report, read=report.read + 1)
        record, moment = run.run, min(run.submitted_s, time.time())
        try:
            name = user_name(run.user)
            run_record(record)
            if self._store.read(lambda session: has_counted(session, name, record)):
                return replace(report, already_there=report.already_there + 1)
            judged = self._referee(record)
            if run.rules == RULES:
                _require_score(judged, run.iq)
        except NotReplayable as error:
            why = str(error)
            self._store.write(lambda session: keep_waiting(session, name, run, why, moment))
            return replace(report, unverified=report.unverified + 1)
        except SubmissionRefused as error:
            sentence = f"{run.user!r}, {record.driver} in {record.race}: {error}"
            return replace(report, refused=(*report.refused, sentence))
        self._counted(name, judged, moment)
        return replace(report, added=report.added + 1)

    def _counted(self, user: str, judged: Judged, moment: float) -> tuple[int, bool]:
        """Keep a run that counts, and with the first of a race what the race itself says."""
        record = judged.record
        which = record.year, record.event
        if which not in self._known and self._store.read(lambda held: knows_race(held, *which)):
            self._known.add(which)
        race = None if which in self._known else self._referee.race(*which)
        return self._store.write(lambda session: keep_judged(session, user, judged, race, moment))


def _require_score(judged: Judged, iq: float) -> None:
    if not abs(judged.iq - iq) <= _SAME_IQ:
        raise SubmissionRefused(
            f"the run scores an IQ of {judged.iq:.1f} when driven again, not {iq:.1f}; "
            "the score was changed, or another version of f1lab gave it."
        )


def _played(session: Session, year: int, event: str) -> int | None:
    """A race of which the league has replayed runs, None if there is none of that name."""
    try:
        name = board.event_name(session, event, year)
    except UnknownName:
        return None
    return session.scalar(
        sa.select(Race.id).where(Race.year == year, Race.event == name, Race.prior.is_not(None))
    )
