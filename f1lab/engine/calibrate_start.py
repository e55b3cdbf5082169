"""Lap 1 from the grid, and how much a driver's laps scatter.

Over the cars of a race, the time lost on lap 1 against a flying lap grows evenly with the grid
slot; the line is Theil's. Its scatter is put where cars that start independently of each other
would change as many places as they really do: the residuals themselves scatter more, because
cars hold each other up and fall back together. Circuits and drivers are drawn towards the field.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import rankdata

from f1lab.calc.robust import theil_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.engine.calibrate_seen import PastRace

    Floats = NDArray[np.float64]

__all__ = ["noise_table", "start_table"]

_MIN_STARTS = 10
_NEUTRAL_SHARE = 0.3
_CIRCUIT_PSEUDO_RACES = 2.0
_DRIVER_PSEUDO_RACES = 5.0
_TRIALS, _CARS = 500, 20
#: Seconds and seconds per slot of a start, and places moved, where no start was a normal one.
_USUAL_LINE, _USUAL_MOVE = (3.8, 0.45), 1.3


def start_table(races: Sequence[PastRace]) -> dict[str, Any]:
    """Seconds of a standing start, per slot, and the scatter about it; dry and green lap 1s."""
    starts = [(race.weekend.circuit, *normal) for race in races for normal in _normal_start(race)]
    lines: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for circuit, slot, loss, _ in starts:
        lines[circuit].append(theil_line(slot, loss))
    every = [line for own in lines.values() for line in own]
    field = np.median(every, axis=0) if every else np.array(_USUAL_LINE)
    circuits = {}
    for circuit, own in sorted(lines.items()):
        total = np.sum(own, axis=0) + _CIRCUIT_PSEUDO_RACES * field
        level, slot_s = total / (len(own) + _CIRCUIT_PSEUDO_RACES)
        circuits[circuit] = {"level_s": float(level), "slot_s": float(slot_s)}
    moved = float(np.mean(np.concatenate([m for *_, m in starts]))) if starts else _USUAL_MOVE
    return {
        "level_s": float(field[0]),
        "slot_s": float(field[1]),
        "spread_s": float(field[1]) * _spread_slots(moved),
        "places_moved": moved,
        "circuits": circuits,
        "races": len(starts),
    }


def _normal_start(race: PastRace) -> list[tuple[Floats, Floats, Floats]]:
    """Slots from 0, seconds lost and places moved on lap 1; nothing when it was not a normal one."""
    laps = race.laps
    first = np.flatnonzero(laps.lap == 1)
    if laps.wet[first].any() or laps.neutralised[first].mean() > _NEUTRAL_SHARE:
        return []
    results = race.weekend.race.results
    kept = results[~results["pit_lane_start"]]
    slot_of = dict(zip(kept["driver"], kept["grid"], strict=True))
    slot = np.array([slot_of.get(laps.drivers[d], np.nan) for d in laps.driver[first]], float)
    usable = np.isfinite(slot) & ~laps.in_lap[first]
    if usable.sum() < _MIN_STARTS:
        return []
    rows, slot = first[usable], slot[usable]
    moved = np.abs(rankdata(slot, "ordinal") - rankdata(laps.time_s[rows], "ordinal"))
    return [(slot - 1, laps.lap_time_s[rows] - race.clear_s[rows], moved)]


def _spread_slots(moved: float) -> float:
    """Scatter, in slots, at which 20 independent starts move so many places on average."""
    rng = np.random.default_rng(0)
    luck, slot = rng.standard_normal((_TRIALS, _CARS)), np.arange(_CARS)
    wanted = np.linspace(0.2, 8.0, 40)
    places = [np.abs(rankdata(slot + spread * luck, axis=1) - 1 - slot).mean() for spread in wanted]
    return float(np.interp(moved, places, wanted))


def noise_table(races: Sequence[PastRace]) -> dict[str, Any]:
    """Lap-to-lap standard deviation of each driver in dry races [s], on a logarithmic scale."""
    found: dict[str, list[float]] = defaultdict(list)
    for race in races:
        laps = race.laps
        if laps.wet.any():
            continue
        for car, code in enumerate(laps.drivers):
            own = race.model.fit.used & (laps.driver == car)
            if own.any():
                found[code].append(float(np.log(race.model.fit.sigma[own][0])))
    field = float(np.mean([value for own in found.values() for value in own]))
    return {
        "pooled": float(np.exp(field)),
        "drivers": {
            code: float(
                np.exp(
                    (np.sum(own) + _DRIVER_PSEUDO_RACES * field) / (len(own) + _DRIVER_PSEUDO_RACES)
                )
            )
            for code, own in sorted(found.items())
        },
    }
