"""The demo qualifying: three segments, two runs each, the slowest five go home twice.

A flying lap is the dry track on fresh softs with little fuel and the engine turned up, plus the
driver's pace, a liking for one lap, and noise; the track gets quicker from run to run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.demo.script import stream

if TYPE_CHECKING:
    from f1lab.data.demo.script import Field, Parameters

__all__ = ["QualifyingLap", "QualifyingRecord", "run_qualifying", "starting_grid"]


@dataclass(frozen=True)
class QualifyingLap:
    """One lap of qualifying; clocks are session clock [s].

    ``kind`` is ``out``, ``push`` or ``in``; ``start_s`` is the pit exit for an out lap.
    """

    driver: int
    lap: int
    segment: int
    run: int
    kind: str
    start_s: float
    end_s: float
    pit_out_s: float = np.nan
    pit_in_s: float = np.nan
    tyre_laps: int = 1
    deleted: bool = False

    @property
    def lap_time_s(self) -> float:
        """Time of the lap [s]; an out lap has none."""
        return np.nan if self.kind == "out" else self.end_s - self.start_s


@dataclass(frozen=True)
class QualifyingRecord:
    """A finished qualifying: laps, drivers in order, best lap of each segment, segment clocks."""

    laps: list[QualifyingLap]
    order: list[int]
    best_s: list[dict[int, float]]
    segments: list[tuple[float, float]]


def run_qualifying(seed: int, fielded: Field, p: Parameters) -> QualifyingRecord:
    """Hold the qualifying of a weekend.

    Parameters
    ----------
    seed : int
        Number of the weekend.
    fielded : Field
        Pace of the drivers.
    p : dict
        The parameters.

    Returns
    -------
    QualifyingRecord
        Each driver's laps in order, and the drivers from first to last.
    """
    spec, n = p["qualifying"], len(p["drivers"])
    rng = stream(seed, "qualifying")
    soft = fielded.tyres["SOFT"]
    level = (
        p["race"]["track_base_s"]
        + soft["offset_s"]
        + soft["wear_s_per_lap"] * 2
        + p["car"]["qualifying_fuel_kg"] * p["race"]["fuel_s_per_kg"]
        + spec["engine_mode_s"]
    )
    own = level + fielded.pace_s + rng.normal(0.0, spec["driver_sd_s"], n)
    clock = round(float(rng.uniform(*spec["start_clock_s"])), 3)
    through, last = list(range(n)), list[int]()
    laps: list[QualifyingLap] = []
    best: list[dict[int, float]] = []
    segments = []
    for segment, length in enumerate(spec["segment_length_s"]):
        through = through[: spec["cars"][segment]]
        new = _segment(rng, spec, segment, clock, own + spec["evolution_s"][segment], through)
        laps += new
        counted = {d: [v.lap_time_s for v in new if v.driver == d and _counts(v)] for d in through}
        best.append({d: min(times) for d, times in counted.items()})
        through = sorted(through, key=best[-1].__getitem__)
        keep = spec["cars"][segment + 1] if segment + 1 < len(spec["cars"]) else 0
        last = through[keep:] + last
        segments.append((clock, clock + length))
        clock += length + spec["break_s"]
    return QualifyingRecord(_numbered(laps), last, best, segments)


def starting_grid(seed: int, order: list[int], p: Parameters) -> tuple[list[int], int]:
    """Turn the result of qualifying into a grid, one driver being sent back.

    Parameters
    ----------
    seed : int
        Number of the weekend.
    order : list of int
        Drivers as they qualified.
    p : dict
        The parameters.

    Returns
    -------
    grid : list of int
        Drivers as they start.
    penalised : int
        Who lost places.
    """
    spec = p["grid_penalty"]
    low, high = spec["from_positions"]
    place = int(stream(seed, "grid penalty").integers(low, high + 1)) - 1
    grid = list(order)
    driver = grid.pop(place)
    grid.insert(place + spec["places"], driver)
    return grid, driver


def _counts(lap: QualifyingLap) -> bool:
    return lap.kind == "push" and not lap.deleted


def _segment(
    rng: np.random.Generator,
    spec: Parameters,
    segment: int,
    clock: float,
    level: np.ndarray,
    drivers: list[int],
) -> list[QualifyingLap]:
    laps = []
    length = spec["segment_length_s"][segment]
    for driver in drivers:
        for run in range(spec["runs"]):
            slot = clock + length * (0.06 + 0.52 * run) + rng.uniform(0, 0.14 * length)
            push = level[driver] + spec["second_run_s"] * run + rng.normal(0, spec["noise_sd_s"])
            out, home = rng.uniform(*spec["out_lap_s"]), rng.uniform(*spec["in_lap_s"])
            deleted = rng.random() < spec["deleted_probability"] and run > 0
            ends = np.round(slot + np.cumsum([out, push, home]), 3).tolist()
            leave = round(slot, 3)
            first = QualifyingLap(driver, 0, segment, run, "out", leave, ends[0], pit_out_s=leave)
            flying = QualifyingLap(
                driver, 0, segment, run, "push", ends[0], ends[1], tyre_laps=2,
                deleted=bool(deleted),
            )  # fmt: skip
            back = QualifyingLap(
                driver, 0, segment, run, "in", ends[1], ends[2],
                pit_in_s=round(ends[2] - 1.8, 3), tyre_laps=3,
            )  # fmt: skip
            laps += [first, flying, back]
    return laps


def _numbered(laps: list[QualifyingLap]) -> list[QualifyingLap]:
    """Laps driver by driver with running numbers."""
    count: dict[int, int] = {}
    numbered = []
    for lap in sorted(laps, key=lambda lap: (lap.driver, lap.end_s)):
        count[lap.driver] = count.get(lap.driver, 0) + 1
        numbered.append(replace(lap, lap=count[lap.driver]))
    return numbered
