"""Laps read off the timing by FastF1, car by car, and set side by side by FastF1's own rules.

FastF1 looks each gap up in the frame of the whole race, which takes as long as all else it does with
the timing; a live race is read every lap.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.data.livetiming_heard import GAP_KEYS, LAP_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    #: What is told of a car's gaps: ``Time`` and ``GapToLeader`` among others.
    _Gaps = dict[str, list[Any]]

__all__ = ["timed_laps"]

_LAPPED = "LAP"
_A_DAY = timedelta(days=1)


class _CannotAlign(Exception):
    """A lap or a gap is missing, and FastF1 leaves the laps as they are."""


def timed_laps(
    api: ModuleType, said: Iterable[tuple[Any, dict[str, Any]]]
) -> tuple[pd.DataFrame, list[timedelta]]:
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
    splits : list of timedelta
        When the parts of qualifying began.
    """
    told: defaultdict[str, list[tuple[Any, dict[str, Any]]]] = defaultdict(list)
    for when, message in said:
        for number, car in message.get("Lines", {}).items():
            told[number].append((when, car))
    columns: dict[str, list[Any]] = {name: [] for name in api.EMPTY_LAPS}
    gaps: dict[str, _Gaps] = {}
    splits = [_A_DAY] * 3
    for number, own in told.items():
        # what says nothing of either is no news to FastF1, and takes it as long
        of_laps = [(when, car) for when, car in own if LAP_KEYS & car.keys()]
        of_gaps = [(when, car) for when, car in own if GAP_KEYS & car.keys()]
        laps, began = api._laps_data_driver(of_laps, api.EMPTY_LAPS, number)  # noqa: SLF001
        if laps is None:
            continue
        gaps[number] = api._stream_data_driver(of_gaps, api.EMPTY_STREAM, number)  # noqa: SLF001
        splits[: len(began)] = map(min, began, splits)
        for name, values in columns.items():
            values.extend(laps[name])
    frame = pd.DataFrame(columns)
    try:
        late = _late(api, frame, gaps)
    except _CannotAlign:
        late = {}
    if late:
        by = {number: late.get(number, timedelta(0)) for number in gaps}
        frame["Time"] += frame["Driver"].map(by)
    return frame.astype({"IsPersonalBest": bool}), splits


class _Car:
    """Ends and numbers of the laps of a car, and its gaps to the leader."""

    def __init__(
        self, ends: list[pd.Timedelta], numbers: list[int], stopped_on: set[int], gaps: _Gaps
    ) -> None:
        self.ends, self.on, self.stopped_on = ends, set(numbers), stopped_on
        self._told = np.array(gaps["Time"], dtype="timedelta64[ns]").astype(np.int64)
        self._gaps = gaps["GapToLeader"]

    def end(self, row: int) -> pd.Timedelta:
        """End of a lap."""
        if row >= len(self.ends):
            raise _CannotAlign
        end: pd.Timedelta = self.ends[row]
        return end

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
    ends, numbers = laps["Time"].to_list(), laps["NumberOfLaps"].to_list()
    stopped = (laps["PitInTime"].notna() | laps["PitOutTime"].notna()).to_list()
    rows_of = laps.groupby("Driver", sort=False).indices
    cars = {}
    for number, told in gaps.items():
        rows = rows_of.get(number, ())
        on = [numbers[row] for row in rows]
        stopped_on = {numbers[row] for row in rows if stopped[row]}
        cars[number] = _Car([ends[row] for row in rows], on, stopped_on, told)
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
