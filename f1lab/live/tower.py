"""The tower of a moment, from what timing said last."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from f1lab.data.schema import COMPOUNDS
from f1lab.live.state import LiveMessage, LiveRow, LiveWeather

if TYPE_CHECKING:
    from datetime import datetime

    from f1lab.data.livetiming_board import Board

__all__ = ["messages_of", "seconds_of", "tower_of", "weather_of"]

_LAPS_DOWN = re.compile(r"^\+?\s*(\d+)\s*L(?:APS?)?$", re.IGNORECASE)
_SECONDS = re.compile(r"^\+?(?:(\d+):)?(\d+(?:\.\d+)?)$")
_UNKNOWN = "UNKNOWN"
#: Place of a car timing gives none.
_LAST = 999


def tower_of(board: Board) -> tuple[LiveRow, ...]:
    """Rows of the tower in order.

    Parameters
    ----------
    board : Board

    Returns
    -------
    tuple of LiveRow
        Cars timing gives no position yet stand last, by their numbers.
    """
    numbers = [number for number in board.cars if "Tla" in board.drivers.get(number, {})]
    numbers.sort(key=lambda number: (_place(board.cars[number]), number))
    return tuple(_row(board, number, place) for place, number in enumerate(numbers, start=1))


def weather_of(board: Board) -> LiveWeather:
    """The last weather sample."""
    told = board.weather
    rain = told.get("Rainfall")
    return LiveWeather(
        air_temp_c=_number(told.get("AirTemp")),
        track_temp_c=_number(told.get("TrackTemp")),
        rain=None if rain is None else str(rain) not in ("0", "0.0", ""),
    )


def messages_of(board: Board, zero: datetime) -> tuple[LiveMessage, ...]:
    """Race control's messages in order."""
    found = []
    for when, told in board.messages:
        lap = told.get("Lap")
        clock_s = round((when - zero).total_seconds(), 3)
        found.append(
            LiveMessage(clock_s, lap if isinstance(lap, int) else None, str(told.get("Message")))
        )
    return tuple(found)


def seconds_of(text: object) -> float | None:
    """A lap time or a gap such as ``1:25.067`` or ``+3.2`` [s]; None for anything else."""
    found = _SECONDS.match(str(text).strip())
    if found is None:
        return None
    return round(60 * int(found[1] or 0) + float(found[2]), 3)


def _place(car: dict[str, Any]) -> int:
    told = str(car.get("Position") or car.get("Line") or car.get("GridPos") or "")
    return int(told) if told.isdigit() else _LAST


def _row(board: Board, number: str, place: int) -> LiveRow:
    car, driver = board.cars[number], board.drivers[number]
    sets = board.sets.get(number, {})
    now = sets[max(sets, key=int)] if sets else {}
    compound = str(now.get("Compound", _UNKNOWN)).upper()
    gap = car.get("GapToLeader", "")
    down = _LAPS_DOWN.match(str(gap).strip())
    return LiveRow(
        position=place,
        driver=str(driver["Tla"]),
        team=str(driver.get("TeamName", "")),
        laps=board.crossed.get(number, (0, None))[0],
        gap_leader_s=seconds_of(gap),
        gap_ahead_s=None if place == 1 else seconds_of(_value(car, "IntervalToPositionAhead")),
        laps_down=int(down[1]) if down else 0,
        compound=compound if compound in COMPOUNDS else _UNKNOWN,
        tyre_age_laps=now.get("TotalLaps"),
        stops=int(car.get("NumberOfPitStops", 0)),
        last_lap_s=seconds_of(_value(car, "LastLapTime")),
        best_lap_s=seconds_of(_value(car, "BestLapTime")),
        in_pit=bool(car.get("InPit")),
        out=bool(car.get("Retired") or car.get("Stopped")),
    )


def _value(car: dict[str, Any], key: str) -> object:
    told = car.get(key)
    return told.get("Value") if isinstance(told, dict) else None


def _number(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None
