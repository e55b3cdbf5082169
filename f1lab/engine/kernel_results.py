"""Where compiled code writes what came of the races."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Results", "Traces", "room_for"]

#: A race that leaves no trace.
UNTRACED = -1


class Traces(NamedTuple):
    """Laps of a few races, shape (races, n_laps, cars), each car's by its own number."""

    row: NDArray[np.int64]  # of each race, UNTRACED for most
    completed: NDArray[np.bool_]  # whether the car crossed the line
    time_s: NDArray[np.float64]
    leader_lap: NDArray[np.int16]  # on which it ended
    position: NDArray[np.uint8]
    compound: NDArray[np.uint8]
    age_steps: NDArray[np.int16]
    stopped: NDArray[np.bool_]  # at the end of the lap


class Results(NamedTuple):
    """What came of each race, shape (n, cars) unless it says otherwise."""

    position: NDArray[np.uint8]
    time_s: NDArray[np.float64]
    laps_done: NDArray[np.int16]
    retired: NDArray[np.bool_]
    stops: NDArray[np.uint8]
    overtakes: NDArray[np.int32]  # (n,)
    flags: NDArray[np.int8]  # (n, n_laps)


def room_for(n: int, cars: int, n_laps: int, traced: Sequence[int]) -> tuple[Results, Traces]:
    """Empty results of ``n`` races, with traces of some."""
    each = (n, cars)
    results = Results(
        position=np.zeros(each, dtype=np.uint8),
        time_s=np.zeros(each),
        laps_done=np.zeros(each, dtype=np.int16),
        retired=np.zeros(each, dtype=np.bool_),
        stops=np.zeros(each, dtype=np.uint8),
        overtakes=np.zeros(n, dtype=np.int32),
        flags=np.zeros((n, n_laps), dtype=np.int8),
    )
    row = np.full(n, UNTRACED, dtype=np.int64)
    row[list(traced)] = np.arange(len(traced))
    laps = (len(traced), n_laps, cars)
    traces = Traces(
        row=row,
        completed=np.zeros(laps, dtype=np.bool_),
        time_s=np.zeros(laps),
        leader_lap=np.zeros(laps, dtype=np.int16),
        position=np.zeros(laps, dtype=np.uint8),
        compound=np.zeros(laps, dtype=np.uint8),
        age_steps=np.zeros(laps, dtype=np.int16),
        stopped=np.zeros(laps, dtype=np.bool_),
    )
    return results, traces
