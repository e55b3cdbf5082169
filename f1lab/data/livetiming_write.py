"""A race written as a live-timing recording: the lines FastF1's recorder would have kept.

Any repaired race will do. The demo race becomes a recording nobody needs an account for, and a
real one becomes a recording of a session that was never recorded. What a session does not hold is
not invented: positions change where the cars cross the line, and there are no car data.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.data.frames import RACE_KINDS
from f1lab.data.livetiming_cars import first_home_s, of_cars, rows_of
from f1lab.data.schema import require_weekend
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from f1lab.data.livetiming_cars import Told
    from f1lab.data.schema import Session, Weekend

__all__ = ["recording_lines", "write_recording"]

#: The recorder is switched on so long before the start, and off so long after the last car [s].
_BEFORE_S, _AFTER_S = 300.0, 60.0
_HEARTBEAT_S = 15.0
#: After a red flag the race goes on so long before the first car leaves the pit lane [s].
_RESTART_S = 1.0
_NAMES = {"R": "Race", "S": "Sprint"}
_STATUS = {
    "green": ("1", "AllClear"),
    "yellow": ("2", "Yellow"),
    "sc": ("4", "SCDeployed"),
    "red": ("5", "Red"),
    "vsc": ("6", "VSCDeployed"),
}


def recording_lines(weekend: Weekend) -> list[tuple[float, str]]:
    """Lines of a recording of the race, in order.

    Parameters
    ----------
    weekend : Weekend
        Its race is written; qualifying is not.

    Returns
    -------
    list of (float, str)
        Session clock [s] at which a line came, and the line without its end.

    Raises
    ------
    InvalidInput
        If it is no weekend, or its race was not raced.

    Examples
    --------
    >>> from f1lab.data import load_demo
    >>> lines = recording_lines(load_demo())
    >>> lines[0][1][:14]
    '["SessionInfo"'
    """
    require_weekend(weekend)
    race = weekend.race
    if race.kind not in RACE_KINDS:
        raise InvalidInput(f"{race.name} was not raced; only a race can be written as one.")
    zero = pd.Timestamp(race.date) + pd.Timedelta(hours=12)
    told = [
        *_opening(weekend, zero),
        *_surroundings(race, zero),
        *of_cars(race),
    ]
    told.sort(key=lambda entry: round(entry[0], 3))
    return [
        (round(at, 3), json.dumps([topic, message, _utc(zero, at)], ensure_ascii=False))
        for at, topic, message in told
    ]


def write_recording(weekend: Weekend, path: str | Path) -> None:
    """Write the race of a weekend as a recording.

    Parameters
    ----------
    weekend : Weekend
    path : str or Path
        File to write; whatever it held is replaced.

    Raises
    ------
    InvalidInput
        If its race was not raced.
    """
    text = "".join(f"{line}\n" for _, line in recording_lines(weekend))
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123  (str or Path alike)
        file.write(text)


def _utc(zero: pd.Timestamp, at_s: float) -> str:
    stamp = zero + pd.Timedelta(seconds=round(at_s, 3))
    return f"{stamp.isoformat(timespec='milliseconds')}Z"


def _opening(weekend: Weekend, zero: pd.Timestamp) -> list[Told]:
    """What a recorder is told when it is switched on, and when the race starts and ends."""
    race = weekend.race
    on, start = race.start_s - _BEFORE_S, race.start_s
    end = float(race.laps["time_s"].max())
    info = {
        "Meeting": {
            "Key": weekend.round,
            "Name": weekend.event,
            "OfficialName": weekend.event,
            "Location": weekend.circuit,
            "Number": weekend.round,
            "Country": {"Key": 0, "Code": "", "Name": ""},
            "Circuit": {"Key": 0, "ShortName": weekend.circuit},
        },
        "Key": weekend.round,
        "Type": "Race",
        "Name": _NAMES[race.kind],
        "StartDate": (zero + pd.Timedelta(seconds=start)).isoformat(timespec="seconds"),
        "EndDate": (zero + pd.Timedelta(seconds=end)).isoformat(timespec="seconds"),
        "GmtOffset": "00:00:00",
        "Path": "",
        "_kf": True,
    }
    cars = race.results.sort_values("grid", kind="stable", na_position="last")
    drivers = {row.number: _driver(row, line) for line, row in enumerate(rows_of(cars), 1)}
    slots = {row.number: _slot(row, line) for line, row in enumerate(rows_of(cars), 1)}
    first = race.laps[race.laps["lap"] == 1]
    pit_lane = set(first.loc[first["pit_out_s"] > start, "driver"])
    timing = {
        row.number: _on_the_grid(line, in_pit=row.driver in pit_lane)
        for line, row in enumerate(rows_of(cars), 1)
    }
    told: list[Told] = [
        (on, "SessionInfo", info),
        (on, "DriverList", drivers),
        (on, "TimingAppData", {"Lines": slots, "_kf": True}),
        (on, "TimingData", {"Lines": timing, "_kf": True}),
        (on, "LapCount", {"CurrentLap": 1, "TotalLaps": race.total_laps}),
    ]
    for number, (at, status) in enumerate(_statuses(race)):
        series = {str(number): {"Utc": _utc(zero, at), "SessionStatus": status}}
        told += [
            (at, "SessionData", {"StatusSeries": series}),
            (at, "SessionStatus", {"Status": status}),
        ]
    return told


def _statuses(race: Session) -> list[tuple[float, str]]:
    """When the race was started, stopped, gone on with and over."""
    first_home, end = first_home_s(race), float(race.laps["time_s"].max()) + _AFTER_S
    found = [(race.start_s, "Started"), (first_home, "Finished"), (end, "Ends")]
    shown = race.track_status["time_s"].to_numpy()
    left = race.laps["pit_out_s"].to_numpy()
    for n in np.flatnonzero(race.track_status["status"] == "red"):
        if not race.start_s <= shown[n] < first_home:
            continue
        found.append((shown[n], "Aborted"))
        clear = shown[n + 1] if n + 1 < len(shown) else np.inf
        restart = np.min(left[left >= clear], initial=np.inf) - _RESTART_S
        if restart < first_home:
            found.append((max(clear, restart), "Started"))
    return sorted(found)


def _driver(row: Any, line: int) -> dict[str, Any]:  # noqa: ANN401
    first, _, last = str(row.name).partition(" ")
    return {
        "RacingNumber": row.number,
        "BroadcastName": f"{first[:1]} {last.upper()}",
        "FullName": f"{first} {last.upper()}",
        "Tla": row.driver,
        "Line": line,
        "TeamName": row.team,
        "TeamColour": row.team_colour.lstrip("#"),
        "FirstName": first,
        "LastName": last,
        "Reference": "",
    }


def _slot(row: Any, line: int) -> dict[str, Any]:  # noqa: ANN401
    known = {"RacingNumber": row.number, "Line": line}
    return known if np.isnan(row.grid) else known | {"GridPos": str(int(row.grid))}


def _on_the_grid(line: int, *, in_pit: bool) -> dict[str, Any]:
    gap = "LAP 1" if line == 1 else ""
    return {
        "GapToLeader": gap,
        "IntervalToPositionAhead": {"Value": gap, "Catching": False},
        "Line": line,
        "Position": str(line),
        "Retired": False,
        "InPit": in_pit,
        "PitOut": False,
        "Stopped": False,
        "Sectors": [{"Value": ""}, {"Value": ""}, {"Value": ""}],
        "LastLapTime": {"Value": ""},
    }


def _surroundings(race: Session, zero: pd.Timestamp) -> list[Told]:
    """Weather, flags, race control, and the beat that tells that the line is open."""
    on = race.start_s - _BEFORE_S
    off = float(race.laps["time_s"].max()) + _AFTER_S
    beats = np.arange(on, off, _HEARTBEAT_S).tolist()
    told: list[Told] = [(at, "Heartbeat", {"Utc": _utc(zero, at)}) for at in beats]
    for row in rows_of(race.weather):
        sample = {
            "AirTemp": f"{row.air_temp_c:.1f}",
            "Humidity": f"{row.humidity_pct:.1f}",
            "Pressure": f"{row.pressure_hpa:.1f}",
            "Rainfall": str(int(row.rainfall)),
            "TrackTemp": f"{row.track_temp_c:.1f}",
            "WindDirection": str(int(np.nan_to_num(row.wind_direction_deg))),
            "WindSpeed": f"{row.wind_speed_ms:.1f}",
        }
        if on <= row.time_s <= off:
            told.append((row.time_s, "WeatherData", sample))
    shown = race.track_status
    before = shown[shown["time_s"] <= on].tail(1).assign(time_s=on)
    for row in rows_of(pd.concat([before, shown[shown["time_s"] > on]])):
        code, word = _STATUS[row.status]
        told.append((row.time_s, "TrackStatus", {"Status": code, "Message": word}))
    numbers = dict(zip(race.results["driver"], race.results["number"], strict=True))
    placed = race.messages[race.messages["time_s"].between(on, off)]
    for n, row in enumerate(rows_of(placed)):
        said = {"Utc": _utc(zero, row.time_s)[:19], "Lap": int(np.nan_to_num(row.lap, nan=1))}
        said |= {"Category": row.category, "Message": row.message}
        said |= {k: v for k, v in (("Flag", row.flag), ("Scope", row.scope)) if v}
        said |= {} if np.isnan(row.sector) else {"Sector": int(row.sector)}
        said |= {"RacingNumber": numbers[row.driver]} if row.driver in numbers else {}
        told.append((row.time_s, "RaceControlMessages", {"Messages": {str(n): said}}))
    return told
