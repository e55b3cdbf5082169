"""The laps of one car, read off what the timing says of it, by FastF1's own rules.

FastF1 reads every message twice and keeps every time as an object of its own, which takes a third
of what a session is read in; a live race is read every lap. Times are whole microseconds here, NaN
where there is none.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from math import isnan, nan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    #: Session clock, and what is said of the car.
    Said = tuple[timedelta, dict[str, Any]]
    ReadTime = Callable[[str], timedelta | None]

__all__ = ["DURATIONS", "CarLaps"]

_US = timedelta(microseconds=1)
#: What is told so soon after the end of a lap belongs to it; who leaves the pit lane so soon
#: before it begins the next one there [µs].
_LATE_US = 5_000_000
#: A longer lap is one with a break in it, unless its sectors come to the same [µs].
_LONGEST_US = 150_000_000
_SECTORS = ("Sector1Time", "Sector2Time", "Sector3Time")
_SECTOR = {"0": 0, "1": 1, "2": 2}
_ENDS = ("Sector1SessionTime", "Sector2SessionTime", "Sector3SessionTime")
_TRAPS = {"I1": "SpeedI1", "I2": "SpeedI2", "FL": "SpeedFL", "ST": "SpeedST"}
#: Columns that hold microseconds.
DURATIONS = ("Time", "LapTime", "PitOutTime", "PitInTime", *_SECTORS, *_ENDS)
_DATA = (*_SECTORS, *_TRAPS.values(), "LapTime")


@lru_cache(maxsize=2**16)
def _us(read: ReadTime, text: str) -> float:
    """Time such as ``1:25.067`` [µs]."""
    told = read(text)
    return nan if told is None else told // _US


class CarLaps:
    """Laps of one car.

    Parameters
    ----------
    said : iterable of (timedelta, dict)
        What was said of its laps, in order.
    read : callable
        Reads a time such as ``1:25.067``; None when it is none.

    Attributes
    ----------
    known : bool
        Whether a lap was counted at all.
    columns : dict of str to list
        FastF1's columns but for the car's number, a lap each; :data:`DURATIONS` in µs.
    splits : list of float
        When the parts of qualifying began [µs].
    """

    def __init__(self, said: Iterable[Said], read: ReadTime) -> None:
        self._read, self.splits = read, [0.0]
        self._bests: list[tuple[float, float]] = []
        told, ends = _in_order(said)
        rows = len(ends) + 1
        self.columns: dict[str, list[Any]] = {
            name: [nan] * rows for name in (*DURATIONS, *_TRAPS.values())
        }
        self.columns |= {
            "NumberOfPitStops": [0] * rows,
            "IsPersonalBest": [False] * rows,
            "empty": [False] * rows,
        }
        self.columns["Time"][:-1] = ends
        self.known = bool(ends)
        stops = self._fill(told, ends)
        if self.known and self._only_laps(stops):
            self._complete()
            self._earliest()
            if isnan(self.columns["Time"][-1]):
                self.columns["Time"][-1] = self.columns["PitInTime"][-1]
            if isnan(self.columns["Time"][-1]):
                self._keep(slice(None, -1))
            if self.columns["Time"]:
                self._agree()
                self._mark_bests()
                self._from_the_grid()
        del self.columns["empty"]
        self.columns["NumberOfLaps"] = list(range(1, len(self.columns["Time"]) + 1))

    def _keep(self, rows: slice) -> None:
        self.columns = {name: values[rows] for name, values in self.columns.items()}

    def _fill(self, said: list[tuple[float, dict[str, Any], bool]], ends: list[float]) -> int:
        """Put what is said where it belongs; how often the car has left the pits, but for once."""
        stops, row = -1, 0
        for at, told, crossed in said:
            lap = row - 1 if row and at - ends[row - 1] < _LATE_US else row
            if "Sectors" in told:
                self._set_sectors(lap, at, told["Sectors"])
            if timed := told.get("LastLapTime"):
                self._set_lap_time(lap, timed.get("Value"))
            if "Speeds" in told:
                self._set_speeds(lap, row, told["Speeds"])
            if told.get("InPit") is True and stops >= 0:
                self.columns["PitInTime"][row] = at
            elif told.get("InPit", True) is not True:
                begins = row < len(ends) and (crossed or ends[row] - at < _LATE_US)
                self.columns["PitOutTime"][row + 1 if begins else row] = at
                stops += 1
            self._set_best(at, told)
            if crossed and stops >= 0:
                self.columns["NumberOfPitStops"][row] = stops
                row += 1
        return stops

    def _set_sectors(self, lap: int, at: float, told: Any) -> None:  # noqa: ANN401
        # a list of them holds no times
        for n, sector in told.items() if isinstance(told, dict) else ():
            if n in _SECTOR and (text := sector.get("Value")):
                self.columns[_SECTORS[_SECTOR[n]]][lap] = _us(self._read, text)
                self.columns[_ENDS[_SECTOR[n]]][lap] = at

    def _set_speeds(self, lap: int, row: int, told: dict[str, Any]) -> None:
        for trap, name in _TRAPS.items():
            if text := told.get(trap, {}).get("Value"):
                # the trap on the straight is passed early in a lap
                self.columns[name][row if trap == "ST" else lap] = float(text)

    def _set_best(self, at: float, told: dict[str, Any]) -> None:
        """Keep the best lap so far; best laps are numbered by the parts of qualifying."""
        if text := told.get("BestLapTime", {}).get("Value"):
            self._bests.append((at, _us(self._read, text)))
        parts = told.get("BestLapTimes")
        if parts and isinstance(parts, dict) and int(next(iter(parts))) + 1 > len(self.splits):
            self.splits.append(at)

    def _set_lap_time(self, lap: int, text: str | None) -> None:
        if text is None:
            return
        own, us = self.columns, _us(self._read, text)
        by_sectors = sum(own[sector][lap] for sector in _SECTORS)
        if isnan(us) or us < _LONGEST_US or us == by_sectors:
            own["LapTime"][lap], own["empty"][lap] = us, isnan(us)

    def _only_laps(self, stops: int) -> bool:
        """Leave out what is no lap before the first and after the last; whether any is left."""
        own = self.columns
        if any(not isnan(own[name][-1]) for name in _DATA):
            own["NumberOfPitStops"][-1] = stops
        else:
            self._keep(slice(None, -1))
        if all(isnan(self.columns[name][0]) for name in _DATA):
            self._keep(slice(1, None))
        return bool(self.columns["Time"])

    def _complete(self) -> None:
        """Take out lap times that cannot be; put in what was the same as on the lap before.

        Only changes are told: one that is missing and fits the rest is that of the lap before.
        """
        lap_time, empty = self.columns["LapTime"], self.columns["empty"]
        sectors = [self.columns[name] for name in _SECTORS]
        for row in range(len(lap_time)):
            missing = [sector for sector in sectors if isnan(sector[row])]
            known = sum(sector[row] for sector in sectors if not isnan(sector[row]))
            if known > lap_time[row]:
                lap_time[row] = nan
            elif empty[row] and not missing:
                lap_time[row] = known
            if row == 0:
                continue
            if not missing and isnan(lap_time[row]) and lap_time[row - 1] == known:
                lap_time[row] = known
            elif len(missing) == 1 and lap_time[row] - known == missing[0][row - 1]:
                missing[0][row] = missing[0][row - 1]

    def _earliest(self) -> None:
        """End each lap when the promptest of what was told of it says it ended."""
        end, (_, two, three) = self.columns["Time"], (self.columns[name] for name in _SECTORS)
        first, second, third = (self.columns[name] for name in _ENDS)
        for row in range(len(end)):
            rest, found = 0.0, end[row]
            for sector_us, at in (
                (0.0, third[row]),
                (three[row], second[row]),
                (two[row], first[row]),
            ):
                if isnan(at):
                    continue
                if isnan(sector_us):
                    break
                rest += sector_us
                if at + rest < found or isnan(found):
                    found = at + rest
            if not (row and found < end[row - 1]):
                end[row] = found

    def _agree(self) -> None:
        """Let no lap end later than the laps beside it allow; the same for the sectors."""
        end, lap_time = self.columns["Time"], self.columns["LapTime"]
        for row in range(len(end) - 1, 0, -1):
            begun = end[row] - lap_time[row]
            if begun < end[row - 1] and not (row > 1 and begun < end[row - 2]):
                end[row - 1] = begun
        for row in range(1, len(end)):
            if isnan(end[row - 1]) or isnan(lap_time[row]):
                continue
            end[row] = min(end[row], end[row - 1] + lap_time[row])
            at = end[row - 1]
            for sector, name in zip(_SECTORS, _ENDS, strict=True):
                at += self.columns[sector][row]
                if isnan(at):
                    break
                self.columns[name][row] = min(self.columns[name][row], at)

    def _mark_bests(self) -> None:
        """Mark personal bests, those of laps that were deleted soon left out.

        When a lap is deleted the best one before is told again, so that going back a quicker one
        was deleted.
        """
        part, lap_time = len(self.splits) - 1, self.columns["LapTime"]
        after: list[float] = []
        for at, us in reversed(self._bests):
            if at < self.splits[part]:
                part, after = part - 1, []
            if after and (us in after or us < min(after)):
                continue
            after.append(us)
            if us in lap_time:
                self.columns["IsPersonalBest"][lap_time.index(us)] = True

    def _from_the_grid(self) -> None:
        """Count stops from the first lap; who came in before it was on his way to the grid."""
        stops = self.columns["NumberOfPitStops"]
        self.columns["NumberOfPitStops"] = [n - stops[0] for n in stops]
        if self.columns["PitInTime"][0] < self.columns["PitOutTime"][0]:
            self.columns["PitInTime"][0] = nan


def _in_order(said: Iterable[Said]) -> tuple[list[tuple[float, dict[str, Any], bool]], list[float]]:
    """What is said without late words on earlier laps, and when laps ended.

    Laps count from the first time the car leaves the pits.
    """
    found, ends = [], []
    counted, out, past = 0, False, False
    for when, told in said:
        number = told.get("NumberOfLaps")
        if number is not None:
            past = number < counted or (past and number != counted)
        if past:
            continue
        at, crossed = float(when // _US), number is not None and number > counted
        out = out or told.get("InPit", True) is not True
        counted += crossed
        if crossed and out:
            ends.append(at)
        found.append((at, told, crossed))
    return found, ends
