"""FastF1: the only place that imports it.

FastF1 keeps its settings in class attributes, writes its cache non-atomically, asks for an F1
account on a terminal, logs a lot, swallows errors and calls ``exit()`` when a download fails. So
it is only touched inside :func:`using_fastf1`, which lets one process at a time in, points it at our
folder, takes the terminal away from it, keeps it quiet, and puts everything back.

Online and offline go the same way; offline FastF1 answers from its cache folder alone.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from filelock import FileLock

from f1lab.data.cache import Key, cached
from f1lab.data.events import FIRST_SEASON, EventInfo
from f1lab.data.fastf1_laps import make_laps_at_once
from f1lab.data.fastf1_parts import (
    failures,
    fastf1_channels,
    fastf1_frames,
    load_parts,
    part_of,
    repaired,
)
from f1lab.data.refusals import AccountNeeded
from f1lab.data.schema import CORNER_COLUMNS, DataIssue, Session
from f1lab.data.telemetry import NoCarData, SessionTelemetry
from f1lab.errors import CacheError, NoData, SourceError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from f1lab.data.telemetry import Channels

__all__ = ["FastF1Source", "using_fastf1"]

_SESSIONS_OF_EVENT = range(1, 6)
_PARTS = ("laps", "telemetry", "weather", "messages")
_CORNERS_VERSION = 1
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
#: MultiViewer gives places in tenths of a metre.
_M_PER_UNIT = 0.1


@dataclass(frozen=True)
class FastF1Source:
    """Formula 1's timing archive through FastF1.

    Parameters
    ----------
    folder : Path
        FastF1's cache folder; made if it does not exist.
    offline : bool
        Answer from that folder alone.
    cache : Path
        Our cache folder, for locks, car data and corners.
    """

    folder: Path
    offline: bool
    cache: Path
    name: str = "fastf1"

    def schedule(self, year: int) -> list[EventInfo]:
        """List the race weekends of a season.

        Parameters
        ----------
        year : int
            Season.

        Returns
        -------
        list of EventInfo
            In order of their rounds.

        Raises
        ------
        UnknownName
            If there are no timing data for that season.
        SourceError
            If the schedule cannot be had.
        """
        last = datetime.now(tz=UTC).year + 1
        if not FIRST_SEASON <= year <= last:
            raise UnknownName("season", str(year), map(str, range(FIRST_SEASON, last + 1)))
        with using_fastf1(self) as fastf1:
            try:
                table = fastf1.get_event_schedule(year, include_testing=False)
            except failures(fastf1) as error:
                raise _unreachable(self, f"the schedule of {year}") from error
        events = [_event(year, row) for _, row in table.iterrows()]
        if not events:
            raise _unreachable(self, f"the schedule of {year}")
        return events

    def session(self, event: EventInfo, kind: str) -> tuple[Session, list[DataIssue]]:
        """Load one session, keeping what comes when not everything does.

        Parameters
        ----------
        event : EventInfo
            The weekend.
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
            If the session has no laps.
        SourceError
            If nothing at all could be had.
        """
        name = event.called(kind)
        if name not in event.sessions:
            raise NoData(f"{event.name} {event.year} has no {name}: {', '.join(event.sessions)}.")
        with using_fastf1(self) as fastf1, _refusals(fastf1) as refused:
            loaded, issues = _load(fastf1, self, event, name)
            frames = fastf1_frames(fastf1, loaded)
        if frames["laps"] is None:
            raise self._no_laps(event, name, refused, came=frames["info"] is not None)
        session, repairs = repaired(frames, event, kind, name, _seconds(frames["start"]))
        return session, issues + repairs

    def with_telemetry(self, event: EventInfo, session: Session) -> Session:
        """Attach what loads the car data and the corners of a session when asked.

        Parameters
        ----------
        event : EventInfo
            The weekend.
        session : Session
            A repaired session of it.

        Returns
        -------
        Session
            The same session, with ``telemetry`` and ``corners``.
        """
        source = SessionTelemetry(
            session=session,
            key=Key("session", event.year, event.name, session.kind, f"{self.name}-telemetry"),
            read=partial(self.car_data, event, session.kind),
            folder=self.cache,
            started_s=event.started_s(session.kind),
            offline=self.offline,
        )
        return replace(
            session,
            telemetry_source=source,
            corner_source=partial(self.corners, event, session.kind),
        )

    def car_data(self, event: EventInfo, kind: str) -> dict[str, Channels]:
        """Read the car data of all drivers of a session.

        Parameters
        ----------
        event : EventInfo
            The weekend.
        kind : str
            ``"R"``, ``"Q"`` …

        Returns
        -------
        dict of str to dict
            Channels of each car number, see :func:`f1lab.data.telemetry.channels_of`.

        Raises
        ------
        NoCarData
            If there are none, or they could not be had.
        """
        name = event.called(kind)
        with using_fastf1(self) as fastf1:
            loaded, _ = _load(fastf1, self, event, name, telemetry=True)
            found = fastf1_channels(fastf1, loaded)
        if not found:
            raise NoCarData(
                f"{name} of {event.name} {event.year} has no car data in "
                + ("the FastF1 cache." if self.offline else "Formula 1's archive.")
            )
        return found

    def corners(self, event: EventInfo, kind: str) -> pd.DataFrame:
        """Return the numbered corners of a circuit; they come from MultiViewer, over the network.

        Parameters
        ----------
        event : EventInfo
            The weekend.
        kind : str
            Any session of it that was loaded.

        Returns
        -------
        pandas.DataFrame
            Columns of ``CORNER_COLUMNS``; empty when they were never had and cannot be now.
        """

        def asked() -> pd.DataFrame:
            found = None if self.offline else self._circuit_corners(event, kind)
            if found is None:
                raise NoData(f"the corners of {event.name} {event.year} are not known.")
            return found

        key = Key("reference", event.year, event.name, "all", f"{self.name}-corners")
        try:
            return cached(
                key,
                asked,
                schema_version=_CORNERS_VERSION,
                expire=not self.offline,
                folder=self.cache,
            )
        except NoData:
            return pd.DataFrame({name: [] for name in CORNER_COLUMNS})

    def _circuit_corners(self, event: EventInfo, kind: str) -> pd.DataFrame | None:
        with using_fastf1(self) as fastf1:
            session = fastf1.get_session(event.year, event.round, event.called(kind))
            load_parts(fastf1, session, dict.fromkeys(_PARTS, False))
            told = part_of(fastf1, session, "session_info")
            if told is None:
                return None
            place = told["Meeting"]["Circuit"]["Key"]
            try:
                circuit = fastf1.mvapi.get_circuit_info(year=event.year, circuit_key=place)
            except failures(fastf1):
                return None
        if circuit is None or len(circuit.corners) == 0:
            return None
        corners = circuit.corners
        return pd.DataFrame(
            {
                "number": corners["Number"].astype(np.int64),
                "letter": corners["Letter"].fillna("").astype(str),
                "x_m": corners["X"] * _M_PER_UNIT,
                "y_m": corners["Y"] * _M_PER_UNIT,
            },
            columns=list(CORNER_COLUMNS),
        )

    def _no_laps(self, event: EventInfo, name: str, refused: set[int], *, came: bool) -> Exception:
        start = _utc(event.sessions[name])
        if start > datetime.now(tz=UTC):
            return NoData(f"{name} of {event.name} {event.year} starts on {start:%Y-%m-%d}.")
        what = f"{name} of {event.name} {event.year}"
        if refused:
            return AccountNeeded(
                f"{what} could not be had: Formula 1's archive answers {min(refused)} "
                + _without_account()
            )
        if came:
            return NoData(f"{what} has no timed laps in the archive.")
        return _unreachable(self, what)


@contextlib.contextmanager
def using_fastf1(source: FastF1Source) -> Iterator[ModuleType]:
    """Let one process at a time use FastF1, quietly, without a terminal, in our folder.

    Parameters
    ----------
    source : FastF1Source
        Says which folder, and whether the network may be used.

    Yields
    ------
    module
        FastF1, set up.

    Raises
    ------
    CacheError
        If a folder cannot be made or written.
    """
    try:
        source.folder.mkdir(parents=True, exist_ok=True)
        (source.cache / "locks").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CacheError(
            f"the folder {error.filename} cannot be made: {error.strerror}. "
            "Set F1LAB_CACHE_DIR and F1LAB_FASTF1_CACHE to folders that can be written."
        ) from error
    if not os.access(source.folder, os.W_OK):
        raise CacheError(
            f"FastF1 has to write into its cache folder {source.folder} and must not: "
            "copy it to a folder that can be written."
        )
    with (
        FileLock(source.cache / "locks" / "fastf1.lock"),
        warnings.catch_warnings(),
        _without_terminal(),
    ):
        warnings.simplefilter("ignore")
        import fastf1  # noqa: PLC0415  (a second of import, only when needed)

        with _quiet():
            before = fastf1.Cache.get_cache_info()[0]
            fastf1.Cache.configure(cache_dir=str(source.folder))
            fastf1.Cache.offline_mode(source.offline)
            try:
                yield fastf1
            finally:
                fastf1.Cache.offline_mode(enabled=False)
                if before and Path(before).is_dir():
                    fastf1.Cache.configure(cache_dir=before)


@contextlib.contextmanager
def _without_terminal() -> Iterator[None]:
    """Nothing to read from: FastF1 prompts for an account on a terminal, and closes it on exit."""
    with Path(os.devnull).open(encoding="utf-8") as nothing:
        terminal, sys.stdin = sys.stdin, nothing
        try:
            yield
        finally:
            sys.stdin = terminal


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep FastF1's messages off the screen."""
    logger = logging.getLogger("fastf1")
    handlers, propagate = logger.handlers[:], logger.propagate
    logger.handlers, logger.propagate = [logging.NullHandler()], False
    try:
        yield
    finally:
        logger.handlers, logger.propagate = handlers, propagate


@contextlib.contextmanager
def _refusals(fastf1: ModuleType) -> Iterator[set[int]]:
    """Collect the answers 401 and 403, which FastF1 keeps to itself."""
    refused: set[int] = set()
    asked, method = fastf1.Cache.requests_get, vars(fastf1.Cache)["requests_get"]

    def listening(url: object, **kwargs: object) -> Any:  # noqa: ANN401
        answer = asked(url, **kwargs)
        if answer.status_code in _REFUSED and "livetiming" in str(url):
            refused.add(answer.status_code)
        return answer

    fastf1.Cache.requests_get = listening
    try:
        yield refused
    finally:
        fastf1.Cache.requests_get = method


def _without_account() -> str:
    """Why the archive refuses, and what to do."""
    if "F1_USERNAME" in os.environ and "F1_PASSWORD" in os.environ:
        return (
            "to the account in F1_USERNAME: check it, and that it has an F1 TV subscription, or "
            "ask source='openf1' (2023 and later), which needs none."
        )
    return (
        "without an account: set F1_USERNAME and F1_PASSWORD of one with an F1 TV subscription, or "
        "ask source='openf1' (2023 and later), which needs none."
    )


def _unreachable(source: FastF1Source, what: str) -> SourceError:
    if source.offline:
        return SourceError(
            f"{what} is not in the FastF1 cache {source.folder}, and offline mode is on. "
            "Go online once (offline=False, F1LAB_OFFLINE unset), or point F1LAB_FASTF1_CACHE "
            "to a folder that has it."
        )
    return SourceError(
        f"{what} could not be had from Formula 1's archive: no network, no F1 account "
        "(F1_USERNAME, F1_PASSWORD), or the archive is down. What was loaded once works offline."
    )


def _utc(start: str) -> datetime:
    return datetime.fromisoformat(start).replace(tzinfo=UTC)


def _event(year: int, row: Any) -> EventInfo:  # noqa: ANN401
    sessions = {}
    for n in _SESSIONS_OF_EVENT:
        start = row[f"Session{n}DateUtc"]
        if row[f"Session{n}"] and not pd.isna(start):
            sessions[str(row[f"Session{n}"])] = pd.Timestamp(start).isoformat()
    return EventInfo(
        year=year,
        round=int(row["RoundNumber"]),
        name=str(row["EventName"]),
        country=str(row["Country"]),
        location=str(row["Location"]),
        official_name=str(row["OfficialEventName"]),
        sessions=sessions,
    )


def _load(
    fastf1: ModuleType,
    source: FastF1Source,
    event: EventInfo,
    name: str,
    *,
    telemetry: bool = False,
) -> tuple[Any, list[DataIssue]]:
    """Load as much of a session as can be had: its car data, or everything else."""
    try:
        session = fastf1.get_session(event.year, event.round, name)
    except failures(fastf1) as error:
        raise _unreachable(source, f"{name} of {event.name} {event.year}") from error
    make_laps_at_once(fastf1, session)
    wanted = {part: (part == "telemetry") == telemetry for part in _PARTS}
    stopped = load_parts(fastf1, session, wanted)
    if not stopped:
        return session, []
    for part in [part for part, want in wanted.items() if want]:  # once more, piece by piece
        load_parts(fastf1, session, {other: other == part for other in wanted})
    issue = DataIssue("load_stopped", name, 1, f"FastF1 gave up ({stopped}); what came was kept")
    return session, [issue]


def _seconds(value: pd.Timedelta | None) -> float | None:
    return None if value is None or pd.isna(value) else round(value.total_seconds(), 3)
