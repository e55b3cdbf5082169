"""Laps read off the timing car by car, and set side by side by FastF1's own rules.

FastF1 looks each gap up in the frame of the whole race, which takes as long as all else it does with
the timing; a live race is read every lap.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.data._car_laps import DURATIONS, CarLaps
from f1lab.data.livetiming_heard import GAP_KEYS, LAP_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from numpy.typing import NDArray

    #: What is told of a car's gaps: ``Time`` and ``GapToLeader`` among others.
    _Gaps = dict[str, list[Any]]

__all__ = ["GAPS", "timed_laps"]

#: What is told of the gaps that were shown.
GAPS = ["Driver", "Time", "GapToLeader"]

_LAPPED = "LAP"
_A_DAY = timedelta(days=1)


class _CannotAlign(Exception):
    """A lap or a gap is missing, and FastF1 leaves the laps as they are."""


def timed_laps(
    api: ModuleType, said: Iterable[tuple[Any, dict[str, Any]]]
) -> tuple[pd.DataFrame, pd.DataFrame, list[timedelta]]:
    """Read the laps of all cars.

    Parameters
    ----------
    api : module
        FastF1's parsers.
    said : iterable of (timedelta, dict)
        Messages of ``TimingData``.

    Returns
    -------
    laps : pandas.DataFrame
        The laps FastF1 makes of them.
    gaps : pandas.DataFrame
        Gaps to the leader around the ends of laps: :data:`GAPS`.
    splits : list of timedelta
        When the parts of qualifying began.
    """
    told: defaultdict[str, list[tuple[Any, dict[str, Any]]]] = defaultdict(list)
    for when, message in said:
        for number, car in message.get("Lines", {}).items():
            told[number].append((when, car))
    cars: dict[str, CarLaps] = {}
    gaps: dict[str, _Gaps] = {}
    splits = [_A_DAY] * 3
    for number, own in told.items():
        # what says nothing of either is no news to FastF1, and takes it as long
        of_laps = [(when, car) for when, car in own if LAP_KEYS & car.keys()]
        of_gaps = [(when, car) for when, car in own if GAP_KEYS & car.keys()]
        laps = CarLaps(of_laps, api.to_timedelta)
        if not laps.known:
            continue
        cars[number] = laps
        gaps[number] = api._stream_data_driver(of_gaps, api.EMPTY_STREAM, number)  # noqa: SLF001
        began = [timedelta(microseconds=at) for at in laps.splits]
        splits[: len(began)] = map(min, began, splits)
    frame = _frame(cars, api.EMPTY_LAPS)
    try:
        late = _late(api, frame, gaps)
    except _CannotAlign:
        late = {}
    if late:
        by = {number: late.get(number, timedelta(0)) for number in gaps}
        frame["Time"] += frame["Driver"].map(by)
    return frame, _shown(gaps), splits


def _shown(gaps: dict[str, _Gaps]) -> pd.DataFrame:
    """The gaps of all cars."""
    when, gap = ([one for own in gaps.values() for one in own[name]] for name in GAPS[1:])
    of = [number for number, own in gaps.items() for _ in own["Time"]]
    told = {"Driver": of, "Time": np.array(when, dtype="timedelta64[ns]"), "GapToLeader": gap}
    return pd.DataFrame(told)


def _frame(cars: dict[str, CarLaps], names: Iterable[str]) -> pd.DataFrame:
    """The laps of all cars as FastF1 has them."""
    told: dict[str, Any] = {
        name: [value for car in cars.values() for value in car.columns[name]]
        for name in names
        if name != "Driver"
    }
    for name in DURATIONS:
        us = np.array(told[name], dtype=float)
        told[name] = np.where(np.isnan(us), np.iinfo(np.int64).min, 1000 * us).astype(
            "timedelta64[ns]"
        )
    of = [number for number, car in cars.items() for _ in car.columns["Time"]]
    return pd.DataFrame(told | {"Driver": of}, columns=list(names))


class _Car:
    """Ends and numbers of the laps of a car, and its gaps to the leader."""

    def __init__(
        self, ends: NDArray[np.timedelta64], numbers: set[int], stopped_on: set[int], gaps: _Gaps
    ) -> None:
        self.ends, self.on, self.stopped_on = ends, numbers, stopped_on
        self._told = np.array(gaps["Time"], dtype="timedelta64[ns]").astype(np.int64)
        self._gaps = gaps["GapToLeader"]

    def end(self, row: int) -> pd.Timedelta:
        """End of a lap."""
        if row >= len(self.ends):
            raise _CannotAlign
        return pd.Timedelta(self.ends[row])

    def gap(self, row: int) -> str:
        """The gap told nearest to the end of a lap."""
        end = self.end(row)
        if pd.isna(end) or not len(self._told):
            raise _CannotAlign
        gap = self._gaps[int(np.abs(self._told - end.value).argmin())]
        if not isinstance(gap, str):
            raise _CannotAlign
        return gap


def _cars(laps: pd.DataFrame, gaps: dict[str, _Gaps]) -> dict[str, _Car]:
    ends, numbers = laps["Time"].to_numpy(), laps["NumberOfLaps"].to_numpy()
    stopped = (laps["PitInTime"].notna() | laps["PitOutTime"].notna()).to_numpy()
    rows_of = laps.groupby("Driver", sort=False).indices
    none = np.empty(0, dtype=np.int64)
    cars = {}
    for number, told in gaps.items():
        rows = rows_of.get(number, none)
        on, stopped_on = numbers[rows], numbers[rows[stopped[rows]]]
        cars[number] = _Car(ends[rows], set(on.tolist()), set(stopped_on.tolist()), told)
    return cars


def _late(api: ModuleType, laps: pd.DataFrame, gaps: dict[str, _Gaps]) -> dict[str, timedelta]:
    """By how much each car's clock is off, from its gap on the first lap it can be told by.

    The leader of that lap is told by the laps he is shown in, where others have a gap; a car that
    stopped on it is looked at on a later one. No clock may be early, so that the one that is least
    late is right.
    """
    if all(pd.isna(gap) for own in gaps.values() for gap in own["GapToLeader"]):
        return {}
    if not pd.api.types.is_integer_dtype(laps["NumberOfLaps"]):
        raise _CannotAlign
    cars = _cars(laps, gaps)
    late: dict[str, timedelta] = {}
    expected: dict[str, timedelta] = {}
    for row in range(int(laps["NumberOfLaps"].max())):
        running = {number: car for number, car in cars.items() if row + 1 in car.on}
        told = {n: car.gap(row) for n, car in running.items() if row + 1 not in car.stopped_on}
        gaps_s = {n: api.to_timedelta(gap) for n, gap in told.items() if _LAPPED not in gap}
        expected |= {n: gap for n, gap in gaps_s.items() if n not in late and gap is not None}
        leader = next((number for number in reversed(told) if number not in gaps_s), None)
        if leader is None:
            continue
        ended = cars[leader].end(row)
        zero = late.setdefault(leader, timedelta(0))
        for number in [n for n in expected if n not in late]:
            late[number] = expected[number] - (cars[number].end(row) - ended) + zero
        if len(running) <= len(late):
            break
    if not late:
        raise _CannotAlign
    latest = max(*late.values(), timedelta(0))
    return {number: by - latest for number, by in late.items()}
