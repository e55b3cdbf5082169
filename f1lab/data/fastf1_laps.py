"""FastF1's laps, made by its own rules for all cars at once.

FastF1 goes from car to car and from lap to lap, which is most of what loading a session takes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from f1lab.data._accurate import accurate_laps
from f1lab.data._deleted import with_deleted
from f1lab.data._joined_laps import CannotJoin, joined_laps, with_flags, with_speeds_told_on
from f1lab.data._timed_laps import GAPS, timed_laps
from f1lab.data._told_tyres import put_right
from f1lab.data.fastf1_parts import failures

if TYPE_CHECKING:
    from types import ModuleType

    import pandas as pd

__all__ = ["make_laps_at_once"]


def make_laps_at_once(fastf1: ModuleType, session: Any) -> None:  # noqa: ANN401
    """Let a session make its laps all at once when it is loaded, from what was meant of its tyres.

    Parameters
    ----------
    fastf1 : module
        FastF1, inside :func:`using_fastf1`.
    session : fastf1.core.Session
        Not loaded yet. Where its laps cannot be made so, FastF1 makes them.
    """
    session._Session__fix_tyre_info = put_right(session)  # noqa: SLF001
    session._load_laps_data = partial(_load_laps, fastf1, session)  # noqa: SLF001
    session._check_lap_accuracy = partial(_check_accuracy, session)  # noqa: SLF001
    session._set_laps_deleted_from_rcm = partial(_mark_deleted, session)  # noqa: SLF001


def _load_laps(fastf1: ModuleType, session: Any, livedata: Any = None) -> None:  # noqa: ANN401
    """Load the laps, from the archive if there is no recording."""
    api, race = fastf1._api, session.name in session._RACE_LIKE_SESSIONS  # noqa: SLF001
    try:
        timing, gaps, splits = _timing(api, session, livedata)
        tyres = api.timing_app_data(session.api_path, livedata=livedata)
        laps = joined_laps(session, timing, tyres, session._Session__fix_tyre_info, race=race)  # noqa: SLF001
    except (CannotJoin, api.SessionNotAvailableError, *failures(fastf1)):
        type(session)._load_laps_data(session, livedata)  # noqa: SLF001  (it knows what to do)
        return
    session._session_split_times = splits  # noqa: SLF001
    codes = dict(zip(session.results["DriverNumber"], session.results["Abbreviation"], strict=True))
    session.gaps_shown = gaps.assign(Driver=gaps["Driver"].map(codes)) if race else None
    status = getattr(session, "_track_status", None)
    if status is not None:
        laps = with_flags(laps, status)
    laps = with_speeds_told_on(laps)
    session._laps = fastf1.core.Laps(laps, session=session, _force_default_cols=True)  # noqa: SLF001
    session._check_lap_accuracy()  # noqa: SLF001


def _timing(
    api: ModuleType,
    session: Any,  # noqa: ANN401
    livedata: Any,  # noqa: ANN401
) -> tuple[pd.DataFrame, pd.DataFrame, Any]:
    """Laps as FastF1 parses them, gaps as shown, and when the parts of qualifying began."""
    if livedata is None:
        laps, gaps, splits = api._extended_timing_data(session.api_path)  # noqa: SLF001
        return laps, gaps[GAPS], splits
    if not livedata.has("TimingData"):
        raise CannotJoin
    return timed_laps(api, livedata.get("TimingData"))


def _check_accuracy(session: Any) -> None:  # noqa: ANN401
    session._laps["IsAccurate"] = accurate_laps(session._laps)  # noqa: SLF001


def _mark_deleted(session: Any) -> None:  # noqa: ANN401
    laps, said = (getattr(session, name, None) for name in ("_laps", "_race_control_messages"))
    if laps is not None and said is not None:
        session._laps = with_deleted(laps, said["Message"] if len(said) else ())  # noqa: SLF001
