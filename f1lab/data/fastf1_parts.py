"""What FastF1 holds of a session, taken as plain data.

FastF1 swallows errors, and calls ``exit()`` when a download fails: what it can fail by, and how its
parts are had when some did not come, is known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from f1lab.data.frames import session_from_fastf1_frames
from f1lab.data.refusals import RateLimited
from f1lab.data.telemetry import channels_of

if TYPE_CHECKING:
    from types import ModuleType

    from f1lab.data.events import EventInfo
    from f1lab.data.schema import DataIssue, Session
    from f1lab.data.telemetry import Channels

__all__ = ["failures", "fastf1_channels", "fastf1_frames", "load_parts", "part_of", "repaired"]


def failures(fastf1: ModuleType) -> tuple[type[BaseException], ...]:
    """Everything by which FastF1 says that it could not."""
    return (
        fastf1.exceptions.FastF1CriticalError,
        fastf1.exceptions.ErgastError,
        fastf1.exceptions.F1AuthError,
        OSError,
        ValueError,
        KeyError,
        SystemExit,
    )


def load_parts(fastf1: ModuleType, session: Any, wanted: dict[str, bool]) -> str:  # noqa: ANN401
    """Run FastF1's load; return why it stopped, "" when it did not."""
    try:
        session.load(**wanted)
    except fastf1.RateLimitExceededError as error:
        raise RateLimited(
            f"Formula 1's archive allows no more requests for now ({error}); try again later."
        ) from error
    except SystemExit:
        return "a download failed"
    except failures(fastf1) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def fastf1_channels(fastf1: ModuleType, session: Any) -> dict[str, Channels]:  # noqa: ANN401
    """Take the car data of a loaded FastF1 session.

    Parameters
    ----------
    fastf1 : module
        FastF1, inside :func:`using_fastf1`.
    session : fastf1.core.Session
        A session loaded with telemetry.

    Returns
    -------
    dict of str to dict
        Channels of each car number; empty when there are none.
    """
    car = part_of(fastf1, session, "car_data") or {}
    place = part_of(fastf1, session, "pos_data") or {}
    return {number: channels_of(own, place.get(number)) for number, own in car.items()}


def repaired(
    frames: dict[str, Any], event: EventInfo, kind: str, name: str, start_s: float | None
) -> tuple[Session, list[DataIssue]]:
    """Repair what :func:`fastf1_frames` took of a session with laps.

    Parameters
    ----------
    frames : dict
        Its parts.
    event : EventInfo
        The weekend.
    kind, name : str
        Such as ``"R"`` and ``"Race"``.
    start_s : float or None
        When it began on the session clock [s].

    Returns
    -------
    session : Session
        The repaired session.
    issues : list of DataIssue
        What was repaired.
    """
    return session_from_fastf1_frames(
        frames["laps"],
        frames["results"],
        frames["weather"],
        frames["messages"],
        frames["track_status"],
        frames["gaps"],
        kind=kind,
        name=name,
        date=event.sessions[name][:10],
        start_s=start_s,
        total_laps=frames["total_laps"],
    )


def fastf1_frames(fastf1: ModuleType, session: Any) -> dict[str, Any]:  # noqa: ANN401
    """Take the parts of a loaded FastF1 session.

    Parameters
    ----------
    fastf1 : module
        FastF1, inside :func:`using_fastf1`.
    session : fastf1.core.Session
        A session on which ``load`` was called.

    Returns
    -------
    dict
        ``laps, results, weather, messages, track_status, start, total_laps, info, gaps``; None
        for what did not come.
    """
    names = {
        "laps": "laps",
        "results": "results",
        "weather": "weather_data",
        "messages": "race_control_messages",
        "track_status": "track_status",
        "start": "session_start_time",
        "total_laps": "total_laps",
        "info": "session_info",
    }
    found = {ours: part_of(fastf1, session, theirs) for ours, theirs in names.items()}
    return found | {"gaps": getattr(session, "gaps_shown", None)}


def part_of(fastf1: ModuleType, session: Any, name: str) -> Any:  # noqa: ANN401
    """Part of a loaded session as plain data; None when it did not come or is empty."""
    try:
        value = getattr(session, name)
    except fastf1.exceptions.DataNotLoadedError:
        return None
    if isinstance(value, pd.DataFrame):
        return pd.DataFrame(value) if len(value) else None
    return value
