"""OpenF1: race data of 2023 and later for everybody, without an account.

A weekend takes about twenty requests, of which OpenF1 allows thirty a minute. Each answer is kept
the moment it arrives, so that a load that was cut goes on where it was, and nothing about a
session a week old is asked for twice. What the answers mean is the business of
:mod:`f1lab.data.openf1_frames`; what is wrong with the data is put right where it is for every
source.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.data._log import RepairLog
from f1lab.data.cache import Key
from f1lab.data.events import EventInfo
from f1lab.data.frames import RACE_KINDS
from f1lab.data.openf1_fields import ENDPOINTS, frame_of
from f1lab.data.openf1_frames import CLOCK_BEFORE_S, raw_session
from f1lab.data.openf1_telemetry import DriverTelemetry, openf1_channels
from f1lab.data.refusals import NotServed
from f1lab.data.repair import repair
from f1lab.data.schema import DataIssue, Session
from f1lab.errors import NoData, UnknownName

if TYPE_CHECKING:
    from f1lab.data.openf1_answers import OpenF1Answers, Place
    from f1lab.data.telemetry import Channels

__all__ = ["OpenF1Source"]

#: Without these a session cannot be told; whatever else is missing is an issue.
_NEEDED = ("drivers", "laps")
_SAMPLED = ("car_data", "location")
#: Not of a session: of a season, or of one car.
_OF_MORE_OR_LESS = ("meetings", "sessions", *_SAMPLED)
_EVERY_SESSION = (*_NEEDED, "stints", "pit", "race_control", "weather", "session_result")
#: The grid of a race comes with the qualifying that made it.
_GRID_OF = {"R": "Q", "S": "SQ"}
#: Weekends that never took place and have a place in OpenF1's list all the same.
_CANCELLED = {(2023, "Emilia Romagna Grand Prix")}


@dataclass(frozen=True)
class OpenF1Source:
    """OpenF1's REST API, and what was kept of its answers.

    Parameters
    ----------
    answers : OpenF1Answers
        Asks, and keeps what was said.
    """

    answers: OpenF1Answers
    name: str = "openf1"

    def schedule(self, year: int) -> list[EventInfo]:
        """List the race weekends of a season.

        Parameters
        ----------
        year : int
            Season.

        Returns
        -------
        list of EventInfo
            In order of their rounds, which are counted here: OpenF1 does not number them.

        Raises
        ------
        NoData
            If OpenF1 has nothing of that season.
        SourceError
            If it cannot be asked.
        """
        meetings, sessions = (self.answers.of_season(year, n) for n in ("meetings", "sessions"))
        testing = meetings["meeting_name"].str.contains("testing", case=False)
        gone = [(year, name) in _CANCELLED for name in meetings["meeting_name"]]
        races = sessions.loc[sessions["session_name"] == "Race", "meeting_key"]
        held = meetings[
            ~testing
            & ~meetings["is_cancelled"]
            & ~np.array(gone, dtype=bool)
            & meetings["meeting_key"].isin(races)
        ]
        ordered = held.sort_values("date_start").reset_index(drop=True)
        if ordered.empty:
            raise NoData(f"OpenF1 has no race weekends of {year}.")
        return [
            _event(year, number + 1, meeting, sessions)
            for number, meeting in enumerate(ordered.to_dict("records"))
        ]

    def session(self, event: EventInfo, kind: str) -> tuple[Session, list[DataIssue]]:
        """Load one session.

        Parameters
        ----------
        event : EventInfo
            The weekend, from any source.
        kind : str
            ``"R"``, ``"Q"`` …

        Returns
        -------
        session : Session
            The repaired session.
        issues : list of DataIssue
            What was missing or repaired.

        Raises
        ------
        NoData
            If there is no such session, or it has no laps.
        NotServed
            If OpenF1 changed so that the session cannot be told.
        SourceError
            If it cannot be asked.
        """
        place = self.answers.place(event, kind)
        if place.started_s > datetime.now(tz=UTC).timestamp():
            day = datetime.fromtimestamp(place.started_s, tz=UTC)
            raise NoData(f"{place.named} starts on {day:%Y-%m-%d}.")
        tables, issues = self._tables(place)
        if tables["laps"].empty or tables["drivers"].empty:
            raise NoData(f"OpenF1 has no laps of {place.named}.")
        log = RepairLog(event.called(kind))
        raw = raw_session(tables, kind, event.called(kind), place.started_s, log=log)
        session, repairs = repair(raw)
        return session, issues + log.issues + repairs

    def with_telemetry(self, event: EventInfo, session: Session) -> Session:
        """Attach what loads the car data of a driver when asked; OpenF1 has no corners.

        Parameters
        ----------
        event : EventInfo
            The weekend.
        session : Session
            A repaired session of it.

        Returns
        -------
        Session
            The same session, with ``telemetry``.
        """
        source = DriverTelemetry(
            session=session,
            key=Key("session", event.year, event.name, session.kind, f"{self.name}-telemetry"),
            read=partial(self.car_data, event, session.kind),
            folder=self.answers.cache,
            started_s=event.started_s(session.kind),
            offline=self.answers.offline,
        )
        return replace(session, telemetry_source=source)

    def car_data(self, event: EventInfo, kind: str, number: str) -> Channels:
        """Read the car data of one car.

        Parameters
        ----------
        event : EventInfo
            The weekend.
        kind : str
            ``"R"``, ``"Q"`` …
        number : str
            Number of the car.

        Returns
        -------
        dict of str to ndarray
            Its channels, see :func:`f1lab.data.telemetry.channels_of`.

        Raises
        ------
        NoData, SourceError
            If there are none, or they cannot be had.
        """
        place = self.answers.place(event, kind)
        car, where = (self.answers.samples(place, name, number) for name in _SAMPLED)
        channels = openf1_channels(car, where, place.started_s - CLOCK_BEFORE_S)
        for name in _SAMPLED:
            self.answers.forget_samples(place, name, number)
        return channels

    def table(self, event: EventInfo, kind: str, endpoint: str) -> pd.DataFrame:
        """Return what an endpoint says of a session.

        Parameters
        ----------
        event : EventInfo
            The weekend.
        kind : str
            ``"R"``, ``"Q"`` …
        endpoint : str
            ``"intervals"``, ``"overtakes"``, ``"position"`` or another of a whole session.

        Returns
        -------
        pandas.DataFrame
            Its fields under OpenF1's names, and where it has moments ``time_s``, the session clock
            [s].

        Raises
        ------
        UnknownName
            If there is no such endpoint.
        NoData, SourceError
            If there is no such session, or OpenF1 cannot be asked.
        """
        known = [name for name in ENDPOINTS if name not in _OF_MORE_OR_LESS]
        if endpoint not in known:
            raise UnknownName("endpoint", endpoint, known)
        place = self.answers.place(event, kind)
        rows = self.answers.about(place, endpoint)
        moment = next((name for name in ("date", "date_start") if name in rows), None)
        if moment is None:
            return rows
        return rows.assign(time_s=(rows[moment] - place.started_s + CLOCK_BEFORE_S).round(3))

    def _tables(self, place: Place) -> tuple[dict[str, pd.DataFrame], list[DataIssue]]:
        """Everything a session is made of; an endpoint that is gone is empty and an issue."""
        tables: dict[str, pd.DataFrame] = {}
        issues: list[DataIssue] = []

        def ask(endpoint: str, at: Place) -> None:
            try:
                tables[endpoint] = self.answers.about(at, endpoint)
            except NotServed as error:
                if endpoint in _NEEDED or (endpoint == "pit" and _pitted(tables["laps"])):
                    raise
                name = place.event.called(place.kind)
                issues.append(DataIssue("endpoint_missing", name, 1, str(error)))
                tables[endpoint] = frame_of(endpoint, [])

        for endpoint in _EVERY_SESSION:
            ask(endpoint, place)
        for endpoint in ("intervals", "starting_grid", "position"):
            tables[endpoint] = frame_of(endpoint, [])
        if place.kind in RACE_KINDS:
            ask("intervals", place)
            try:
                ask("starting_grid", self.answers.place(place.event, _GRID_OF[place.kind]))
            except NoData:  # a weekend without that qualifying
                tables["starting_grid"] = frame_of("starting_grid", [])
            if tables["starting_grid"].empty:
                ask("position", place)
        return tables, issues


def _pitted(laps: pd.DataFrame) -> bool:
    """Whether somebody came out of the pits on a later lap than the first."""
    return bool((laps["is_pit_out_lap"] & (laps["lap_number"] > 1)).any())


def _event(year: int, number: int, meeting: dict[Any, Any], sessions: pd.DataFrame) -> EventInfo:
    own = sessions[sessions["meeting_key"] == meeting["meeting_key"]]
    own = own[~own["is_cancelled"]].sort_values("date_start")
    return EventInfo(
        year=year,
        round=number,
        name=str(meeting["meeting_name"]),
        country=str(meeting["country_name"]),
        location=str(meeting["location"]),
        official_name=str(meeting["meeting_official_name"]),
        sessions={
            str(name): pd.Timestamp(start, unit="s").isoformat()
            for name, start in zip(own["session_name"], own["date_start"], strict=True)
        },
    )
