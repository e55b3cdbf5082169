"""Weekends from an archive of FastF1 frames in parquet files, for calibration and backtests.

The folder holds ``laps.parquet``, ``results.parquet``, ``weather.parquet``,
``race_control.parquet`` and ``track_status.parquet``: FastF1's own columns plus ``Year``,
``Round``, ``Event`` and ``Session``. Reading them needs pyarrow, which f1lab does not install
by itself.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from f1lab.data.circuits import circuit_name, fold
from f1lab.data.frames import session_from_fastf1_frames
from f1lab.data.schema import DataIssue, Weekend
from f1lab.errors import NoData, SourceError, UnknownName

if TYPE_CHECKING:
    from f1lab.data.schema import Session

__all__ = ["load_tidy", "tidy_races"]

_FILES = ("laps", "results", "weather", "race_control", "track_status")
_LABELS = ["Year", "Round", "Event", "Session"]


def tidy_races(folder: str | Path) -> list[tuple[int, int, str]]:
    """List the races of an archive.

    Parameters
    ----------
    folder : str or Path
        Where the parquet files are.

    Returns
    -------
    list of (int, int, str)
        Year, round and event of every race with laps, in order.

    Raises
    ------
    SourceError
        If pyarrow or a file is missing.
    """
    found = set()
    for year, number, event, session in _sessions(str(folder), "laps"):
        if session == "Race":
            found.add((year, number, event))
    return sorted(found)


def load_tidy(folder: str | Path, year: int, event: str | int) -> Weekend:
    """Load one weekend of an archive.

    Parameters
    ----------
    folder : str or Path
        Where the parquet files are.
    year : int
        Season.
    event : str or int
        Name of the event, part of it, its circuit, or its round.

    Returns
    -------
    Weekend
        The repaired weekend; ``source`` is ``"tidy"``.

    Raises
    ------
    SourceError
        If pyarrow or a file is missing.
    UnknownName
        If the archive has no such race.
    """
    races = tidy_races(folder)
    number, name = _chosen(races, year, event)
    race, issues = _session(folder, year, number, name, "Race")
    qualifying: Session | None = None
    if (year, number, name, "Qualifying") in _sessions(str(folder), "laps"):
        qualifying, found = _session(folder, year, number, name, "Qualifying")
        issues += found
    else:
        issues.append(DataIssue("qualifying_missing", "Qualifying", 1, "not in this archive"))
    return Weekend(
        year=year,
        round=number,
        event=name,
        circuit=circuit_name(name),
        source="tidy",
        race=race,
        qualifying=qualifying,
        quality=tuple(issues),
    )


def _chosen(races: list[tuple[int, int, str]], year: int, event: str | int) -> tuple[int, str]:
    """Round and name of the race meant."""
    season = [(number, name) for y, number, name in races if y == year]
    if not season:
        raise UnknownName("season", str(year), sorted({str(y) for y, _, _ in races}))
    for number, name in season:
        if event == number or (isinstance(event, str) and fold(event) == fold(name)):
            return number, name
    wanted = fold(str(event))
    part = [
        (number, name)
        for number, name in season
        if wanted and (wanted in fold(name) or wanted == fold(circuit_name(name)))
    ]
    if len(part) == 1:
        return part[0]
    raise UnknownName("event", str(event), [name for _, name in season])


def _session(
    folder: str | Path, year: int, number: int, event: str, session: str
) -> tuple[Session, list[DataIssue]]:
    key = (year, number, event, session)
    laps, results, weather, messages, status = (
        _sessions(str(folder), name).get(key) for name in _FILES
    )
    if laps is None:
        raise NoData(f"{event} {year} has no laps for {session} in {folder}.")
    return session_from_fastf1_frames(
        laps,
        results,
        weather,
        messages,
        status,
        kind="R" if session == "Race" else "Q",
        name=session,
        date=_date(messages),
    )


def _date(messages: pd.DataFrame | None) -> str:
    """Day of the session by its first race-control message, "" when there is none."""
    if messages is None or messages["Time"].isna().all():
        return ""
    return str(messages["Time"].min().date())


@functools.lru_cache(maxsize=16)
def _sessions(folder: str, name: str) -> dict[tuple[int, int, str, str], pd.DataFrame]:
    """One frame of the archive, cut into sessions."""
    path = Path(folder) / f"{name}.parquet"
    if importlib.util.find_spec("pyarrow") is None:
        raise SourceError(
            f"reading {path} needs pyarrow, which is not installed: pip install pyarrow"
        )
    if not path.is_file():
        raise SourceError(f"no file {path}: an archive folder holds {', '.join(_FILES)}.parquet")
    frame = pd.read_parquet(path)
    cut = {}
    for label, part in frame.groupby(_LABELS, sort=False):
        year, number, event, session = label
        cut[int(str(year)), int(str(number)), str(event), str(session)] = part.reset_index(
            drop=True
        )
    return cut
