"""A recording read by FastF1 as if it came from the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from f1lab.data._fixed_tyres import fixed_once
from f1lab.data.fastf1_laps import make_laps_at_once

if TYPE_CHECKING:
    from types import ModuleType

    from f1lab.data.events import EventInfo
    from f1lab.data.livetiming_heard import Replay

__all__ = ["replayed"]

_SESSIONS_OF_EVENT = range(1, 6)


def replayed(
    fastf1: ModuleType,
    info: EventInfo,
    name: str,
    replay: Replay,
    *,
    telemetry: bool = False,
) -> Any:  # noqa: ANN401
    """Let FastF1 read a recording as if it came from the archive.

    Parameters
    ----------
    fastf1 : module
        FastF1, inside :func:`using_fastf1`.
    info : EventInfo
        The recorded weekend.
    name : str
        The recorded session.
    replay : Replay
        What the recording says.
    telemetry : bool, optional
        Read the car data, too. What of them is not in the recording is not looked for elsewhere.

    Returns
    -------
    fastf1.core.Session
        The loaded session. FastF1's own cache is neither read nor written.
    """
    start = pd.Timestamp(info.sessions[name])
    row: dict[str, Any] = {f"Session{n}": None for n in _SESSIONS_OF_EVENT}
    row |= {f"Session{n}Date": None for n in _SESSIONS_OF_EVENT}
    row |= {f"Session{n}DateUtc": None for n in _SESSIONS_OF_EVENT}
    row |= {
        "RoundNumber": info.round,
        "Country": info.country,
        "Location": info.location,
        "OfficialEventName": info.official_name,
        "EventDate": start.normalize(),
        "EventName": info.name,
        "EventFormat": "conventional",
        "Session1": name,
        "Session1Date": start.tz_localize("UTC"),
        "Session1DateUtc": start,
        "F1ApiSupport": True,
    }
    event = fastf1.events.Event(row, year=info.year)
    session = fastf1.core.Session(event, name, f1_api_support=True)
    recorded = fastf1.core.LiveTimingData()
    recorded.data, recorded._start_date = replay.data, replay.zero  # noqa: SLF001
    recorded._files_read = True  # noqa: SLF001  (it reads whole files only, we have the lines)
    telemetry = telemetry and all(recorded.has(topic) for topic in ("CarData.z", "Position.z"))
    make_laps_at_once(fastf1, session)
    session._Session__fix_tyre_info = fixed_once(session._Session__fix_tyre_info, name)  # noqa: SLF001
    if not _finished(replay):
        session._fix_missing_laps_retired_on_track = _nothing  # noqa: SLF001  (of no car is it known)
    with fastf1.Cache.disabled(disable_http_cache=False):
        session.load(telemetry=telemetry, livedata=recorded)
    return session


def _finished(replay: Replay) -> bool:
    """Whether the chequered flag was shown: before it nobody has retired for good."""
    return any(told["Status"] == "Finished" for _, told in replay.data.get("SessionStatus", ()))


def _nothing() -> None:
    """Do nothing, instead of what FastF1 would."""
