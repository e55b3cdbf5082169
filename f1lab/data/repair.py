"""Everything that is wrong with timing data is put right here, once, and written down.

Works on frames with the columns of :mod:`f1lab.data.schema` in which values may be missing. The
repairs of one topic live together:

* :mod:`~f1lab.data._results` — grid, classification, official lap counts;
* :mod:`~f1lab.data._clock`, :mod:`~f1lab.data._carried`, :mod:`~f1lab.data._aligned` — which laps
  there are and when each ended;
* :mod:`~f1lab.data._flags` — track status, race-control messages on the session clock;
* :mod:`~f1lab.data._tyres` — stints, compounds, tyre ages;
* :mod:`~f1lab.data._stops` — how long cars stood in their boxes.

What holds afterwards, for every race: each driver's laps run 1 … n without holes; ``time_s`` is
finite and strictly increasing; ``lap_time_s`` is exactly its difference (lap 1: to
``Session.start_s``); compounds are known names; each set of tyres has one compound and an age
that grows by one a lap. Outside races a car stands in the garage between two laps, so there
``lap_time_s`` is the measured time and NaN where none was measured. Repairing a repaired session
changes nothing.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from f1lab.data import schema
from f1lab.data._clock import repair_clock, start_clock
from f1lab.data._columns import conform, numbers, texts, truth
from f1lab.data._flags import place_messages, repair_flags, track_status_timeline
from f1lab.data._log import RepairLog
from f1lab.data._results import repair_results, with_lap_counts
from f1lab.data._stops import repair_stationary
from f1lab.data._tyres import repair_tyres
from f1lab.errors import NoData

__all__ = ["repair"]

_RACES = ("R", "S")
#: Track-status code of a clear track; stands for laps that come with flags instead of codes.
_CLEAR = "1"


def repair(
    raw: schema.Session, shown: pd.DataFrame | None = None
) -> tuple[schema.Session, list[schema.DataIssue]]:
    """Put a session right.

    Parameters
    ----------
    raw : Session
        A session whose frames have our column names. Values, columns and whole frames may be
        missing. Laps may carry ``lap_start_s``, ``status_codes`` and ``generated``, results
        ``classified_position`` and ``gap_s``, messages ``utc_s`` and ``number``.
    shown : pandas.DataFrame, optional
        Gaps to the leader as they were shown, unless the laps were brought to them already.

    Returns
    -------
    session : Session
        The same session with exactly the columns and types of the schema.
    issues : list of DataIssue
        What was repaired.

    Raises
    ------
    NoData
        If not a single lap has a time or a start.
    """
    log = RepairLog(raw.name)
    race = raw.kind in _RACES
    laps = _named_laps(raw)
    start_s = start_clock(laps, raw.start_s, log) if race else _session_start(laps, raw.start_s)
    results = repair_results(raw.results, laps, race=race, log=log)
    shown = pd.DataFrame() if shown is None else shown
    laps = repair_clock(laps, results, shown, start_s, race=race, log=log)
    if laps.empty:
        raise NoData(f"{raw.name} has no lap that was completed and timed.")
    results = with_lap_counts(results, laps, race=race, log=log)
    timeline = track_status_timeline(raw, laps, start_s, race=race, log=log)
    laps = repair_flags(laps, timeline, log=log)
    laps = repair_stationary(repair_tyres(laps, log=log), log=log)
    session = dataclasses.replace(
        raw,
        start_s=start_s,
        total_laps=_distance(raw.total_laps, results, laps) if race else None,
        laps=conform(laps, schema.LAP_COLUMNS),
        results=conform(results, schema.RESULT_COLUMNS),
        weather=_weather(raw.weather, log),
        messages=conform(
            place_messages(raw, laps, results, timeline, log=log), schema.MESSAGE_COLUMNS
        ),
        track_status=conform(timeline, schema.TRACK_STATUS_COLUMNS),
    )
    return session, log.issues


def _named_laps(raw: schema.Session) -> pd.DataFrame:
    """Laps with every column of the schema, times as floats."""
    laps = raw.laps
    if laps is None or len(laps) == 0 or "lap" not in laps.columns:
        raise NoData(f"{raw.name} has no laps at all, so there is nothing to work with.")
    full = laps.reset_index(drop=True).copy()
    for name, kind in schema.LAP_COLUMNS.items():
        if name not in full.columns:
            full[name] = False if kind == "bool" else ("" if kind == "str" else np.nan)
        elif kind == "float":
            full[name] = numbers(full[name])
        elif kind == "bool":
            full[name] = truth(full[name])
    full["lap_start_s"] = numbers(full["lap_start_s"]) if "lap_start_s" in full.columns else np.nan
    full["generated"] = truth(full["generated"]) if "generated" in full.columns else False
    coded = "status_codes" in full.columns
    full["status_codes"] = texts(full["status_codes"]) if coded else _CLEAR
    full["compound"] = texts(full["compound"])
    full["driver"] = texts(full["driver"])
    full["team"] = texts(full["team"])
    return full


def _session_start(laps: pd.DataFrame, given: float) -> float:
    """Green light of a timed session [s]: as given, else the first car on the track."""
    if np.isfinite(given):
        return float(given)
    seen = np.concatenate([laps["pit_out_s"], laps["lap_start_s"], laps["time_s"]]).astype(float)
    return float(np.nanmin(seen)) if np.isfinite(seen).any() else 0.0


def _distance(scheduled: int | None, results: pd.DataFrame, laps: pd.DataFrame) -> int:
    """Race distance run by the winner: the official count, or what was really driven."""
    official = results["laps"].max() if "laps" in results.columns else np.nan
    driven = int(laps["lap"].max())
    if np.isfinite(official):
        return max(int(official), driven)
    return max(scheduled or 0, driven)


def _weather(raw: pd.DataFrame, log: RepairLog) -> pd.DataFrame:
    if raw is None or len(raw) == 0:
        log.add("weather_missing", 1, "no weather samples; the frame is empty")
        return conform(pd.DataFrame(), schema.WEATHER_COLUMNS)
    weather = conform(raw, schema.WEATHER_COLUMNS)
    timed = weather[np.isfinite(weather["time_s"])].sort_values("time_s", kind="stable")
    log.add("weather_untimed", len(weather) - len(timed), "samples without a time were left out")
    kept: pd.DataFrame = timed.reset_index(drop=True)
    return kept
