"""What a recording says of the cars: their tyres, laps and stops, and the order they run in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from f1lab.data.schema import Session

__all__ = ["Told", "first_home_s", "of_cars", "rows_of"]

#: When [s on the session clock], on which topic, and what.
Told = tuple[float, str, dict[str, Any]]

#: Tyres are announced so long before the start, and so long before a car leaves the pit lane [s].
_TYRES_BEFORE_S, _TYRES_SOONER_S = 30.0, 1.0
#: A car that stops is shown as retired so long after its last line [s].
_RETIRED_AFTER_S = 60.0
#: An entry into the pit lane is told so long before the end of the lap it belongs to [s].
_ENTRY_FIRST_S = 0.001
_SPEEDS = (("speed_i1_kmh", "I1", 1), ("speed_i2_kmh", "I2", 2), ("speed_trap_kmh", "ST", 1))


def of_cars(race: Session) -> list[Told]:
    """Everything said of the cars of a race, not in order.

    Parameters
    ----------
    race : Session
        Repaired.

    Returns
    -------
    list of (float, str, dict)
        Session clock [s], topic, and message.
    """
    return [*_tyres(race), *_cars(race), *_standings(race)]


def first_home_s(race: Session) -> float:
    """When the first car ended the last lap [s]."""
    return float(race.laps.loc[race.laps["lap"] == race.laps["lap"].max(), "time_s"].min())


def rows_of(frame: pd.DataFrame) -> Any:  # noqa: ANN401  (as many types as columns)
    """Rows of a frame, columns by name."""
    return frame.itertuples()


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
    finished_s = first_home_s(race)
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
    for row in rows_of(race.laps.sort_values("time_s", kind="stable")):
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


def _by_car(race: Session) -> Any:  # noqa: ANN401
    """Laps of each car, with its number."""
    numbers = dict(zip(race.results["driver"], race.results["number"], strict=True))
    laps = race.laps.assign(number=race.laps["driver"].map(numbers))
    return laps.sort_values(["driver", "lap"], kind="stable").groupby("driver", sort=False)


def _line(number: str, told: dict[str, Any]) -> dict[str, Any]:
    return {"Lines": {number: told}}
