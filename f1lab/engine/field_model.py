"""The lap-time model as the kernel wants it: posterior draws laid out by lap, compound and age.

A draw of the race model becomes tables that add up to exactly the same lap: the track by lap
and tyre class, the fuel, each car's pace and own wear, each compound's offset and wear at every
quarter lap of age, and the warm-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.race_state import fuel_load_kg
from f1lab.data.schema import COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP, LapModel
from f1lab.racemodel.design import compound_wear
from f1lab.racemodel.laps import SLICK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.racemodel import RaceModel

    Floats = NDArray[np.float64]

__all__ = ["age_grid", "lap_middles", "lap_model", "race_fuel_kg"]

#: Wear tables reach this far beyond the race distance, for sets that were used before [laps].
_BEYOND_LAPS = 40
#: A tyre class counts as raced within so many laps of race progress.
_DRIVEN_REACH = 1.0


def age_grid(n_laps: int) -> Floats:
    """Tyre ages of the wear tables: 0, 1/4, 2/4 … [green-flag laps]."""
    return np.arange(AGE_STEPS_PER_LAP * (n_laps + _BEYOND_LAPS) + 1) / AGE_STEPS_PER_LAP


def lap_middles(n_laps: int) -> Floats:
    """Race progress in the middle of each lap [laps]."""
    return np.arange(n_laps, dtype=np.float64) + 0.5


def race_fuel_kg(n_laps: int, start_kg: float) -> Floats:
    """Mean load on each lap of a race that is green throughout [kg]."""
    return fuel_load_kg(np.ones(n_laps), start_kg)


def lap_model(
    model: RaceModel,
    coefficients: Floats,
    drivers: Sequence[str],
    start_kg: float,
    class_s: Floats,
) -> LapModel:
    """Lay out draws of a fitted race.

    Parameters
    ----------
    model : RaceModel
    coefficients : ndarray, shape (d, p)
        As given by ``model.centred``.
    drivers : sequence of str
        Cars in the order of the field; one the fit has not seen gets the average pace.
    start_kg : float
        Fuel at lights out [kg].
    class_s : ndarray, shape (steps + 1, 3)
        What each tyre class loses on a track of so many steps of wetness [s].

    Returns
    -------
    LapModel
    """
    blocks, n_laps = model.design.blocks, model.laps.distance_laps
    track = model.track(coefficients, lap_middles(n_laps))
    track = _with_idle_classes(model, track, class_s)
    ages = age_grid(n_laps)
    wear = [
        coefficients[:, blocks[f"wear_{name}"]] @ compound_wear(ages, name).T
        for name in COMPOUNDS[:5]
    ]
    offset = np.zeros((len(coefficients), 5))
    for column, name in enumerate(("SOFT", "HARD")):
        offset[:, COMPOUNDS.index(name)] = coefficients[:, blocks["offset"]][:, column]
    return LapModel(
        track_s=track,
        fuel_s_per_kg=coefficients[:, blocks["fuel"].start],
        fuel_kg=race_fuel_kg(n_laps, start_kg),
        pace_s=_by_car(model, coefficients[:, blocks["pace"]], drivers),
        own_wear_s=_by_car(model, coefficients[:, blocks["excess"]], drivers),
        offset_s=offset,
        wear_s=np.stack(wear, axis=1),
        warm_up_s=coefficients[:, blocks["warm_up"].start],
        noise_s=lap_noise_s(model, drivers),
    )


def _with_idle_classes(model: RaceModel, track: Floats, class_s: Floats) -> Floats:
    """Level of the classes nobody drove at the time: no better than they usually compare.

    A class that was not driven says nothing about itself, least of all that it would have been
    quick. Against the best class driven it loses what it loses, on average, where that one is
    the best; on a dry race what it loses in the dry.
    """
    laps, middle = model.laps, lap_middles(track.shape[1])
    driven = np.zeros(track.shape[1:], dtype=bool)
    for k in range(track.shape[2]):
        at = np.sort(laps.progress[laps.racing & (laps.tyre_class == k)])
        left, right = (np.searchsorted(at, middle + d) for d in (-_DRIVEN_REACH, _DRIVEN_REACH))
        driven[:, k] = right > left
    driven[~driven.any(axis=1), SLICK] = True
    level = np.where(driven, track.mean(axis=0), np.inf)
    best = level.argmin(axis=1)
    loses = np.tile(class_s[0], (3, 1)) if not laps.wet.any() else _usual_gaps(class_s)
    floor = track[:, np.arange(len(best)), best][..., None] + loses[best]
    idle = np.fmax(track, floor)
    return np.where(driven, track, idle)


def _usual_gaps(class_s: Floats) -> Floats:
    """What each class (column) loses, on average, where another (row) is the best [s]."""
    behind = class_s - class_s.min(axis=1, keepdims=True)
    gaps = np.zeros((3, 3))
    for k in range(3):
        steps = behind[:, k] == behind[:, k].min()
        gaps[k] = (class_s[steps] - class_s[steps, k][:, None]).mean(axis=0)
    return np.maximum(gaps, 0.0)


def _by_car(model: RaceModel, values: Floats, drivers: Sequence[str]) -> Floats:
    """Columns of a driver block in the order of the field."""
    known = {code: i for i, code in enumerate(model.laps.drivers)}
    out = np.zeros((len(values), len(drivers)))
    for car, code in enumerate(drivers):
        if code in known:
            out[:, car] = values[:, known[code]]
    return out


def lap_noise_s(model: RaceModel, drivers: Sequence[str]) -> Floats:
    """Lap-to-lap standard deviation of each car over its racing laps, shape (n,) [s]."""
    variance = model.fit.sigma**2
    field = float(np.mean(variance)) if len(variance) else model.priors.noise_s**2
    out = np.full(len(drivers), np.sqrt(field))
    racing = model.laps.racing
    known = {code: i for i, code in enumerate(model.laps.drivers)}
    for car, code in enumerate(drivers):
        own = racing & (model.laps.driver == known.get(code, -1))
        if own.any():
            out[car] = np.sqrt(np.mean(variance[own]))
    return out
