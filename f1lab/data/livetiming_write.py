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
from f1lab.data.schema import require_weekend
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from f1lab.data.schema import Session, Weekend

__all__ = ["recording_lines", "write_recording"]

#: The recorder is switched on so long before the start, and off so long after the last car [s].
_BEFORE_S, _AFTER_S = 300.0, 60.0
_HEARTBEAT_S = 15.0
#: Tyres are announced so long before the start, and so long before a car leaves the pit lane [s].
_TYRES_BEFORE_S, _TYRES_SOONER_S = 30.0, 1.0
#: A car that stops is shown as retired so long after its last line [s].
_RETIRED_AFTER_S = 60.0
#: An entry into the pit lane is told so long before the end of the lap it belongs to [s].
_ENTRY_FIRST_S = 0.001
_NAMES = {"R": "Race", "S": "Sprint"}
_STATUS = {
    "green": ("1", "AllClear"),
    "yellow": ("2", "Yellow"),
    "sc": ("4", "SCDeployed"),
    "red": ("5", "Red"),
    "vsc": ("6", "VSCDeployed"),
}
_SPEEDS = (("speed_i1_kmh", "I1", 1), ("speed_i2_kmh", "I2", 2), ("speed_trap_kmh", "ST", 1))

Told = tuple[float, str, dict[str, Any]]


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
        *_tyres(race),
        *_cars(race),
        *_standings(race),
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
    first_home = _first_home(race)
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
    drivers = {row.number: _driver(row, line) for line, row in enumerate(_rows(cars), 1)}
    slots = {row.number: _slot(row, line) for line, row in enumerate(_rows(cars), 1)}
    first = race.laps[race.laps["lap"] == 1]
    pit_lane = set(first.loc[first["pit_out_s"] > start, "driver"])
    timing = {
        row.number: _on_the_grid(line, in_pit=row.driver in pit_lane)
        for line, row in enumerate(_rows(cars), 1)
    }
    told: list[Told] = [
        (on, "SessionInfo", info),
        (on, "DriverList", drivers),
        (on, "TimingAppData", {"Lines": slots, "_kf": True}),
        (on, "TimingData", {"Lines": timing, "_kf": True}),
        (on, "LapCount", {"CurrentLap": 1, "TotalLaps": race.total_laps}),
    ]
    for number, (at, status) in enumerate(
        ((start, "Started"), (first_home, "Finished"), (end + _AFTER_S, "Ends"))
    ):
        series = {str(number): {"Utc": _utc(zero, at), "SessionStatus": status}}
        told += [
            (at, "SessionData", {"StatusSeries": series}),
            (at, "SessionStatus", {"Status": status}),
        ]
    return told


def _first_home(race: Session) -> float:
    """When the first car ended the last lap [s]."""
    return float(race.laps.loc[race.laps["lap"] == race.laps["lap"].max(), "time_s"].min())


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
    for row in _rows(race.weather):
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
    for row in _rows(race.track_status):
        code, word = _STATUS[row.status]
        told.append((max(row.time_s, on), "TrackStatus", {"Status": code, "Message": word}))
    numbers = dict(zip(race.results["driver"], race.results["number"], strict=True))
    placed = race.messages[race.messages["time_s"].between(on, off)]
    for n, row in enumerate(_rows(placed)):
        said = {"Utc": _utc(zero, row.time_s)[:19], "Lap": int(np.nan_to_num(row.lap, nan=1))}
        said |= {"Category": row.category, "Message": row.message}
        said |= {k: v for k, v in (("Flag", row.flag), ("Scope", row.scope)) if v}
        said |= {} if np.isnan(row.sector) else {"Sector": int(row.sector)}
        said |= {"RacingNumber": numbers[row.driver]} if row.driver in numbers else {}
        told.append((row.time_s, "RaceControlMessages", {"Messages": {str(n): said}}))
    return told


def _tyres(race: Session) -> list[Told]:
    """Sets as they are fitted, and their laps as they are driven."""
    told: list[Told] = []
    for _, own in _by_car(race):
        number = own["number"].iloc[0]
        rows = own.to_dict("records")
        for n, row in enumerate(rows):
            stint = str(int(row["stint"]) - 1)
            before = int(row["tyre_age_laps"]) - 1
            if n == 0 or row["stint"] != rows[n - 1]["stint"]:
                fitted = {
                    "LapFlags": 0,
                    "Compound": row["compound"],
                    "New": str(bool(row["fresh_tyre"])).lower(),
                    "TyresNotChanged": "0",
                    "TotalLaps": before,
                    "StartLaps": before,
                }
                at = race.start_s - _TYRES_BEFORE_S if n == 0 else _fitted_s(rows[n - 1], row)
                told.append((at, "TimingAppData", _line(number, {"Stints": {stint: fitted}})))
            driven = {"TotalLaps": before + 1}
            at = row["time_s"] + 0.5
            told.append((at, "TimingAppData", _line(number, {"Stints": {stint: driven}})))
    return told


def _fitted_s(before: dict[str, Any], row: dict[str, Any]) -> float:
    """When a set is announced: as the car leaves the pit lane, and after the lap before [s]."""
    out_s = row["pit_out_s"] - _TYRES_SOONER_S
    return float(np.nanmax([out_s, before["time_s"] + 0.6]))


def _cars(race: Session) -> list[Told]:
    """Sectors, laps, speeds and the pit lane of every car."""
    told: list[Told] = []
    finished_s = _first_home(race)
    for _, own in _by_car(race):
        number, begin, stops = own["number"].iloc[0], race.start_s, 0
        for row in own.to_dict("records"):
            for n in (1, 2):
                split = _split_s(begin, row, n)
                if not np.isnan(split):
                    value = {str(n - 1): {"Value": f"{row[f'sector{n}_s']:.3f}"}}
                    told.append(
                        (split, "TimingData", _line(number, {"Sectors": value, **_speeds(row, n)}))
                    )
            told.append((_told_s(row), "TimingData", _line(number, _crossing(row))))
            if row["pit_out_s"] > (race.start_s if row["lap"] == 1 else -np.inf):
                left = {"InPit": False, "PitOut": True}
                told.append((row["pit_out_s"], "TimingData", _line(number, left)))
            if not np.isnan(row["pit_in_s"]):
                stops += 1
                entered = {"InPit": True, "PitOut": False, "NumberOfPitStops": stops}
                told.append((row["pit_in_s"], "TimingData", _line(number, entered)))
            begin = row["time_s"]
        if begin < finished_s:
            out = {"Retired": True, "Stopped": True}
            told.append((begin + _RETIRED_AFTER_S, "TimingData", _line(number, out)))
    return told


def _split_s(begin: float, row: dict[str, Any], sector: int) -> float:
    """When a sector is told, NaN without one [s].

    FastF1 reckons the end of the lap from each sector and the ones after it, and takes the
    earliest. Sectors need not add up to the lap (behind a safety car they are off by up to a
    tenth), so none is told sooner than those after it leave room for.
    """
    times = [row[f"sector{n}_s"] for n in (1, 2, 3)]
    if np.isnan(times[sector - 1]):
        return float("nan")
    return float(np.fmax(begin + sum(times[:sector]), row["time_s"] - sum(times[sector:])))


def _told_s(row: dict[str, Any]) -> float:
    """When the end of a lap is told [s].

    Where a car enters the pit lane after the line the entry belongs to the lap it ends, and FastF1
    gives it to the lap that is not over yet; the time of the line it has from the sectors.
    """
    return float(np.fmax(row["time_s"], row["pit_in_s"] + _ENTRY_FIRST_S))


def _crossing(row: dict[str, Any]) -> dict[str, Any]:
    """What is told as a car crosses the line; the first lap has no time."""
    told: dict[str, Any] = {"NumberOfLaps": int(row["lap"])}
    if not np.isnan(row["sector3_s"]):
        told["Sectors"] = {"2": {"Value": f"{row['sector3_s']:.3f}"}}
    if row["lap"] > 1:
        minutes, seconds = divmod(round(row["lap_time_s"], 3), 60)
        told["LastLapTime"] = {"Value": f"{int(minutes)}:{seconds:06.3f}"}
    if not np.isnan(row["speed_fl_kmh"]):
        told["Speeds"] = {"FL": {"Value": str(int(row["speed_fl_kmh"]))}}
    return told


def _speeds(row: dict[str, Any], sector: int) -> dict[str, Any]:
    found = {
        trap: {"Value": str(int(row[name]))}
        for name, trap, where in _SPEEDS
        if where == sector and not np.isnan(row[name])
    }
    return {"Speeds": found} if found else {}


def _standings(race: Session) -> list[Told]:
    """Order and gaps, told anew whenever a car crosses the line."""
    grid = race.results.sort_values("grid", kind="stable", na_position="last")
    order = grid["number"].tolist()
    place = {number: n for n, number in enumerate(order)}
    done, last_s = dict.fromkeys(order, 0), dict.fromkeys(order, 0.0)
    at_lap: dict[int, float] = {}
    numbers = dict(zip(race.results["driver"], race.results["number"], strict=True))
    told: list[Told] = []
    for row in _rows(race.laps.sort_values("time_s", kind="stable")):
        number, lap = numbers[row.driver], int(row.lap)
        leads = lap not in at_lap
        if leads:
            at_lap[lap] = row.time_s
            if race.total_laps is not None and lap < race.total_laps:
                told.append((row.time_s, "LapCount", {"CurrentLap": lap + 1}))
        done[number], last_s[number] = lap, row.time_s
        order.sort(key=lambda car: (-done[car], last_s[car], place[car]))
        lines: dict[str, dict[str, Any]] = {}
        for n, car in enumerate(order):
            if place[car] != n:
                lines[car] = {"Line": n + 1, "Position": str(n + 1)}
        place = {car: n for n, car in enumerate(order)}
        ahead = order[place[number] - 1] if place[number] else None
        gap = f"LAP {lap + 1}" if leads else _gap(done[order[0]] - lap, row.time_s - at_lap[lap])
        interval = gap if ahead is None else _gap(done[ahead] - lap, row.time_s - last_s[ahead])
        own = {"GapToLeader": gap, "IntervalToPositionAhead": {"Value": interval}}
        lines[number] = lines.get(number, {}) | own
        told.append((row.time_s + 0.001, "TimingData", {"Lines": lines}))
    return told


def _gap(laps: int, seconds: float) -> str:
    return f"{laps} L" if laps > 0 else f"+{seconds:.3f}"


def _rows(frame: pd.DataFrame) -> Any:  # noqa: ANN401  (as many types as columns)
    """Rows of a frame, columns by name."""
    return frame.itertuples()


def _by_car(race: Session) -> Any:  # noqa: ANN401
    """Laps of each car, with its number."""
    numbers = dict(zip(race.results["driver"], race.results["number"], strict=True))
    laps = race.laps.assign(number=race.laps["driver"].map(numbers))
    return laps.sort_values(["driver", "lap"], kind="stable").groupby("driver", sort=False)


def _line(number: str, told: dict[str, Any]) -> dict[str, Any]:
    return {"Lines": {number: told}}
