"""FastF1-shaped frames in, a repaired :class:`~f1lab.data.schema.Session` out.

Serves every source that speaks FastF1's column names: FastF1 itself, a live-timing recording
read by FastF1, and archives of its frames. This module only renames and changes units; what is
wrong with the data is put right in :mod:`f1lab.data.repair`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.data.repair import repair
from f1lab.data.schema import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from f1lab.data.schema import DataIssue, TelemetrySource

__all__ = ["RACE_KINDS", "session_from_fastf1_frames"]

#: Session kinds that are raced, not timed.
RACE_KINDS = ("R", "S")

_LAPS = {
    "Driver": "driver",
    "Team": "team",
    "LapNumber": "lap",
    "Time": "time_s",
    "LapTime": "lap_time_s",
    "Sector1Time": "sector1_s",
    "Sector2Time": "sector2_s",
    "Sector3Time": "sector3_s",
    "Stint": "stint",
    "Compound": "compound",
    "TyreLife": "tyre_age_laps",
    "FreshTyre": "fresh_tyre",
    "PitInTime": "pit_in_s",
    "PitOutTime": "pit_out_s",
    "Position": "position",
    "SpeedI1": "speed_i1_kmh",
    "SpeedI2": "speed_i2_kmh",
    "SpeedFL": "speed_fl_kmh",
    "SpeedST": "speed_trap_kmh",
    "IsAccurate": "accurate",
    "Deleted": "deleted",
    # FastF1 has none: sources that know how long a car stood in its box add it
    "PitStationaryTime": "pit_stationary_s",
    # read by the repair, not part of the schema
    "LapStartTime": "lap_start_s",
    "TrackStatus": "status_codes",
    "FastF1Generated": "generated",
}
_RESULTS = {
    "Abbreviation": "driver",
    "DriverNumber": "number",
    "FullName": "name",
    "TeamName": "team",
    "TeamColor": "team_colour",
    "GridPosition": "grid",
    "Position": "finish",
    "Status": "status",
    "Points": "points",
    "Laps": "laps",
    "Q1": "q1_s",
    "Q2": "q2_s",
    "Q3": "q3_s",
    # read by the repair, not part of the schema
    "ClassifiedPosition": "classified_position",
    "Time": "gap_s",
}
_WEATHER = {
    "Time": "time_s",
    "AirTemp": "air_temp_c",
    "TrackTemp": "track_temp_c",
    "Humidity": "humidity_pct",
    "Pressure": "pressure_hpa",
    "Rainfall": "rainfall",
    "WindSpeed": "wind_speed_ms",
    "WindDirection": "wind_direction_deg",
}
_MESSAGES = {
    "Time": "utc_s",
    "Lap": "lap",
    "Category": "category",
    "Message": "message",
    "Flag": "flag",
    "Scope": "scope",
    "Sector": "sector",
    "RacingNumber": "number",
}
_TRACK_STATUS = {"Time": "time_s", "Status": "status"}
_GAPS = {"Driver": "driver", "Time": "time_s", "GapToLeader": "gap_s"}


def session_from_fastf1_frames(  # noqa: PLR0913  (one argument for each frame FastF1 gives)
    laps: pd.DataFrame | None,
    results: pd.DataFrame | None = None,
    weather: pd.DataFrame | None = None,
    messages: pd.DataFrame | None = None,
    track_status: pd.DataFrame | None = None,
    gaps: pd.DataFrame | None = None,
    *,
    kind: str,
    name: str,
    date: str = "",
    start_s: float | None = None,
    total_laps: int | None = None,
    telemetry_source: TelemetrySource | None = None,
) -> tuple[Session, list[DataIssue]]:
    """Turn FastF1's frames of one session into a repaired session.

    Parameters
    ----------
    laps, results, weather, messages, track_status : pandas.DataFrame, optional
        FastF1's frames; any of them may be missing or empty.
    gaps : pandas.DataFrame, optional
        ``Driver`` (code), ``Time`` and ``GapToLeader`` as it was shown.
    kind : str
        ``"R"``, ``"Q"``, ``"S"`` …
    name : str
        Name of the session, e.g. ``"Race"``.
    date : str, optional
        ISO date of the session.
    start_s : float, optional
        Session clock at lights out [s]; derived from the laps when missing.
    total_laps : int, optional
        Scheduled race distance [laps].
    telemetry_source : callable, optional
        Gives the car data of one lap.

    Returns
    -------
    session : Session
        The repaired session.
    issues : list of DataIssue
        What was repaired, each thing once.

    Raises
    ------
    NoData
        If there is not a single timed lap.
    """
    raw = Session(
        kind=kind,
        name=name,
        date=date,
        start_s=np.nan if start_s is None else float(start_s),
        total_laps=None if total_laps is None else int(total_laps),
        laps=_renamed(laps, _LAPS),
        results=_renamed(results, _RESULTS),
        weather=_renamed(weather, _WEATHER),
        messages=_renamed(messages, _MESSAGES),
        track_status=_renamed(track_status, _TRACK_STATUS),
        telemetry_source=telemetry_source,
    )
    shown = _renamed(gaps, _GAPS)
    if len(shown):  # a gap in laps is no number
        shown["gap_s"] = pd.to_numeric(shown["gap_s"], errors="coerce")
    return repair(raw, shown)


def _renamed(frame: pd.DataFrame | None, names: Mapping[str, str]) -> pd.DataFrame:
    """Columns of `frame` under our names, times in seconds; empty when there is no frame."""
    if frame is None or len(frame) == 0:
        return pd.DataFrame()
    found = {ours: frame[theirs] for theirs, ours in names.items() if theirs in frame.columns}
    return pd.DataFrame({ours: _in_seconds(col) for ours, col in found.items()}).reset_index(
        drop=True
    )


def _in_seconds(column: pd.Series) -> pd.Series:
    """Durations and dates as float seconds, rounded to the ms they are given in."""
    if column.dtype.kind == "m":
        seconds: pd.Series = column.dt.total_seconds().round(3)
        return seconds
    if column.dtype.kind == "M":
        return ((column - pd.Timestamp(0)) / pd.Timedelta(seconds=1)).round(3)
    return column
