"""A live-timing recording, as FastF1's recorder writes it, read by FastF1.

A file holds one session; several files may hold several sessions of one weekend, or one session
in pieces. What session it is stands in the recording itself, so no schedule and no network are
needed. Official results are used if FastF1's cache has them; without, grid slots come from the
recording and points stay unknown. How long cars stood in their boxes is read where the recording
has the topic.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from f1lab.data._recorded_stops import PIT_STOP_TOPIC, with_stationary_times
from f1lab.data.cache import Key
from f1lab.data.events import EventInfo
from f1lab.data.fastf1_parts import fastf1_channels, fastf1_frames, repaired
from f1lab.data.fastf1_replay import replayed
from f1lab.data.fastf1_source import FastF1Source, using_fastf1
from f1lab.data.frames import RACE_KINDS
from f1lab.data.livetiming_follow import GrowingFiles
from f1lab.data.livetiming_heard import Heard
from f1lab.data.schema import DataIssue
from f1lab.data.telemetry import NoCarData, SessionTelemetry
from f1lab.errors import InvalidInput, NoData, SourceError

if TYPE_CHECKING:
    from f1lab.data.schema import Session
    from f1lab.data.telemetry import Channels

__all__ = [
    "LiveTimingSource",
    "Recording",
    "event_of",
    "heard_in",
    "load_recording",
    "recorded_session",
]

Recording = str | Path | Sequence[str | Path]

_KINDS = {
    "Race": "R",
    "Qualifying": "Q",
    "Sprint": "S",
    "Sprint Qualifying": "SQ",
    "Sprint Shootout": "SQ",
    "Practice 1": "FP1",
    "Practice 2": "FP2",
    "Practice 3": "FP3",
}


@dataclass(frozen=True)
class LiveTimingSource:
    """One weekend of recorded sessions.

    Parameters
    ----------
    files : dict of str to tuple of Path
        Files of each session kind, in order of time.
    info : EventInfo
        The weekend, as the recordings name it.
    archive : FastF1Source
        FastF1's cache and our own.
    """

    files: dict[str, tuple[Path, ...]]
    info: EventInfo
    archive: FastF1Source
    name: str = "livetiming"

    @classmethod
    def of(cls, recording: Recording, archive: FastF1Source) -> LiveTimingSource:
        """Look into the files and sort them by session.

        Parameters
        ----------
        recording : str, Path or sequence of them
            The files.
        archive : FastF1Source
            FastF1's cache and our own.

        Returns
        -------
        LiveTimingSource
            The source.

        Raises
        ------
        SourceError
            If a file cannot be read or is no recording.
        InvalidInput
            If the files are of different weekends.
        """
        paths = [recording] if isinstance(recording, str | Path) else list(recording)
        if not paths:
            raise InvalidInput("no recording file was given.")
        files: dict[str, tuple[Path, ...]] = {}
        infos = []
        for path in map(Path, paths):
            told = _session_info(path)
            if told is None and files:  # a later piece of the same session
                last = list(files)[-1]
                files[last] = (*files[last], path)
                continue
            if told is None:
                raise SourceError(f"{path} does not say which session it is; is it a recording?")
            kind = _KINDS.get(told["Name"], told["Name"])
            files[kind] = (*files.get(kind, ()), path)
            infos.append(told)
        if len({told["Meeting"]["Key"] for told in infos}) > 1:
            names = sorted({told["Meeting"]["Name"] for told in infos})
            raise InvalidInput(f"the recordings are of different weekends: {', '.join(names)}.")
        return cls(files=files, info=_event_info(infos), archive=archive)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the recorded sessions."""
        return tuple(self.files)

    def mark(self, kind: str) -> str:
        """Short hash of the files of one session, part of its cache key."""
        told = [
            (str(p.resolve()), p.stat().st_size, p.stat().st_mtime_ns) for p in self.files[kind]
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]

    def schedule(self, year: int) -> list[EventInfo]:
        """Return the one weekend there is.

        Parameters
        ----------
        year : int
            Season asked for.

        Returns
        -------
        list of EventInfo
            The recorded weekend.

        Raises
        ------
        InvalidInput
            If it is of another season.
        """
        if year != self.info.year:
            raise InvalidInput(
                f"the recording is of {self.info.name} {self.info.year}, not of {year}."
            )
        return [self.info]

    def session(self, event: EventInfo, kind: str) -> tuple[Session, list[DataIssue]]:
        """Read one session.

        Parameters
        ----------
        event : EventInfo
            The recorded weekend.
        kind : str
            One of :attr:`kinds`.

        Returns
        -------
        session : Session
            The repaired session.
        issues : list of DataIssue
            What was missing or repaired.

        Raises
        ------
        NoData
            If the recording has no laps, or not of that session.
        """
        if kind not in self.files:
            raise NoData(f"the recording holds {', '.join(self.kinds)}, not {kind}.")
        try:
            return recorded_session(heard_in(self.files[kind]), event, kind, self.archive)
        except NoData as error:
            raise NoData(f"{str(error).rstrip('.')}: {self.files[kind][0]}.") from error

    def with_telemetry(self, event: EventInfo, session: Session) -> Session:
        """Attach what reads the car data of a recorded session when asked.

        Parameters
        ----------
        event : EventInfo
            The recorded weekend.
        session : Session
            A session of it.

        Returns
        -------
        Session
            The same session, with ``telemetry``.
        """
        entity = f"{self.name}-{self.mark(session.kind)}-telemetry"
        source = SessionTelemetry(
            session=session,
            key=Key("session", event.year, event.name, session.kind, entity),
            read=partial(self.car_data, event, session.kind),
            folder=self.archive.cache,
            started_s=None,
            offline=True,
        )
        return replace(session, telemetry_source=source)

    def car_data(self, event: EventInfo, kind: str) -> dict[str, Channels]:
        """Read the car data of all drivers, as :meth:`FastF1Source.car_data` does.

        Raises
        ------
        NoCarData
            If the recording has no car data, or no positions.
        """
        name = _name(event, kind)
        with using_fastf1(self.archive) as fastf1:
            replay = heard_in(self.files[kind]).for_replay(race=kind in RACE_KINDS)
            recorded = replayed(fastf1, event, name, replay, telemetry=True)
            found = fastf1_channels(fastf1, recorded)
        if not found:
            raise NoCarData(
                f"the recording of {name} has no car data: it must hold CarData.z and Position.z."
            )
        return found


def heard_in(files: Sequence[Path]) -> Heard:
    """Everything the files of one session say.

    Parameters
    ----------
    files : sequence of Path
        In order of time; what overlaps is heard once.

    Returns
    -------
    Heard

    Raises
    ------
    SourceError
        If a file cannot be read.
    """
    growing = GrowingFiles(files)
    return Heard.of([*growing.new_lines(), *growing.last_words()])


def recorded_session(
    heard: Heard, event: EventInfo, kind: str, archive: FastF1Source
) -> tuple[Session, list[DataIssue]]:
    """Make a session of what a recording has said: all of it, or as far as it goes.

    Parameters
    ----------
    heard : Heard
        Messages of one session.
    event : EventInfo
        The recorded weekend.
    kind : str
        ``"R"``, ``"S"``, ``"Q"`` …
    archive : FastF1Source
        FastF1's cache, where official results are looked for.

    Returns
    -------
    session : Session
        The repaired session.
    issues : list of DataIssue
        What was missing or repaired.

    Raises
    ------
    NoData
        If there are no laps.
    """
    name = _name(event, kind)
    replay = heard.for_replay(race=kind in RACE_KINDS)
    with using_fastf1(archive) as fastf1:
        recorded = replayed(fastf1, event, name, replay)
        frames = fastf1_frames(fastf1, recorded)
    if frames["laps"] is None:
        raise NoData(f"the recording of {name} has no laps.")
    frames["results"] = _with_recorded_grid(frames["results"], heard)
    said = (payload for _, payload in heard.topics[PIT_STOP_TOPIC])
    frames["laps"] = with_stationary_times(frames["laps"], said)
    start = frames["start"]
    session, issues = repaired(
        frames, event, kind, name, None if start is None else start.total_seconds()
    )
    if replay.lost_laps:
        action = "their ends were spread evenly over the time nothing was recorded"
        issues = [*issues, DataIssue("laps_not_recorded", name, replay.lost_laps, action)]
    return session, issues


def event_of(told: dict[str, Any]) -> tuple[EventInfo, str]:
    """Weekend and kind of session of what a recording says about itself (``SessionInfo``)."""
    return _event_info([told]), _KINDS.get(told["Name"], told["Name"])


def _name(event: EventInfo, kind: str) -> str:
    """Name of a session by its kind."""
    return next(name for name in event.sessions if _KINDS.get(name, name) == kind)


def load_recording(
    recording: Recording,
    *,
    kind: str | None = None,
    offline: bool | None = None,
    fastf1_cache: str | Path | None = None,
) -> tuple[Session, list[DataIssue]]:
    """Read one recorded session of any kind.

    Parameters
    ----------
    recording : str, Path or sequence of them
        Live-timing files.
    kind : str, optional
        Which session, when the files hold several (``"Q"``, ``"S"`` …); default: the first.
    offline : bool, optional
        Never touch the network for official results.
    fastf1_cache : str or Path, optional
        A FastF1 cache folder with official results.

    Returns
    -------
    session : Session
        The repaired session.
    issues : list of DataIssue
        What was missing or repaired.

    Raises
    ------
    SourceError
        If a file cannot be read or is no recording.
    NoData
        If there are no laps.
    """
    from f1lab.settings import settings  # noqa: PLC0415  (pydantic only when asked)

    held = settings(offline=offline, fastf1_cache=fastf1_cache)
    archive = FastF1Source(held.fastf1_dir, held.offline, held.cache_dir.expanduser())
    source = LiveTimingSource.of(recording, archive)
    session, issues = source.session(source.info, kind or source.kinds[0])
    return source.with_telemetry(source.info, session), issues


def _session_info(path: Path) -> dict[str, Any] | None:
    """What the recording says about its session, None when it does not."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if "SessionInfo" in line[:20]:
                    return _message(line)
    except OSError as error:
        raise SourceError(f"cannot read the recording {path}: {error.strerror}.") from error
    return None


def _message(line: str) -> dict[str, Any] | None:
    """Payload of one line; recordings write JSON or Python's repr of it."""
    for text in (line, line.replace("'", '"').replace("True", "true").replace("False", "false")):
        try:
            payload = json.loads(text)[1]
        except (ValueError, IndexError, TypeError):
            continue
        return payload if isinstance(payload, dict) else None
    return None


def _event_info(infos: list[dict[str, Any]]) -> EventInfo:
    meeting = infos[0]["Meeting"]
    start = {told["Name"]: _utc(told) for told in infos}
    return EventInfo(
        year=int(infos[0]["StartDate"][:4]),
        round=int(meeting.get("Number", 0)),
        name=str(meeting["Name"]),
        country=str(meeting["Country"]["Name"]),
        location=str(meeting["Location"]),
        official_name=str(meeting["OfficialName"]),
        sessions=start,
    )


def _utc(told: dict[str, Any]) -> str:
    """Start of a session in UTC (ISO)."""
    local = pd.Timestamp(told["StartDate"])
    return (local - pd.Timedelta(told.get("GmtOffset", "00:00:00"))).isoformat()


def _with_recorded_grid(results: pd.DataFrame | None, heard: Heard) -> pd.DataFrame | None:
    """Grid slots from the recording where the official results are missing."""
    if results is None or "GridPosition" not in results or results["GridPosition"].notna().any():
        return results
    slots: dict[str, float] = {}
    for _, payload in heard.topics["TimingAppData"]:
        slots |= _slots(payload.get("Lines", {}))
    grid = results["DriverNumber"].map(slots)
    return results.assign(GridPosition=grid.astype(float))


def _slots(lines: Any) -> dict[str, float]:  # noqa: ANN401
    """Car number to grid slot."""
    if not isinstance(lines, dict):
        return {}
    found = {}
    for number, told in lines.items():
        slot = told.get("GridPos", "") if isinstance(told, dict) else ""
        if str(slot).isdigit():
            found[str(number)] = float(slot)
    return found
