"""Writing down what came of a race."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.engine.compiled import inlined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from f1lab.engine.kernel_results import Results, Traces

    Ints = NDArray[np.int64]
    Cars = NDArray[np.void]

__all__ = ["write_lap", "write_positions", "write_result"]


@inlined
def write_result(cars: Cars, order: Ints, race: int, results: Results) -> None:
    """Note the classification."""
    for place in range(len(cars)):
        i = order[place]
        car = cars[i]
        results.position[race, i] = place + 1
        results.time_s[race, i] = car.time_s
        results.laps_done[race, i] = car.done
        results.retired[race, i] = car.running == 0
        results.stops[race, i] = car.stops


@inlined
def write_lap(cars: Cars, order: Ints, running: int, row: int, lap: int, traces: Traces) -> None:
    """Note what each car drove the lap on that it ends on a lap of the leader (from 0)."""
    for j in range(running):
        i = order[j]
        car = cars[i]
        if car.ran == 0:
            continue
        own = car.done
        traces.completed[row, own, i] = True
        traces.leader_lap[row, own, i] = lap + 1
        traces.compound[row, own, i] = car.compound
        traces.age_steps[row, own, i] = car.age
        traces.stopped[row, own, i] = car.box >= 0


@inlined
def write_positions(cars: Cars, order: Ints, running: int, row: int, traces: Traces) -> None:
    """Note when each car crossed the line, and in which position."""
    for j in range(running):
        i = order[j]
        if cars[i].ran == 0:
            continue
        own = cars[i].done - 1
        traces.time_s[row, own, i] = cars[i].time_s
        ahead = 0
        for m in range(running):
            other = cars[order[m]]
            level = other.done == cars[i].done
            ahead += int(other.done > cars[i].done or (level and m < j))
        traces.position[row, own, i] = ahead + 1
