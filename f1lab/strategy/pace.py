"""Lap times the model expects of one car on a given set, draw by draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.errors import InvalidInput
from f1lab.racemodel.laps import COMPOUND_CLASS, SLICK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.engine.inputs import RaceField

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["check_running", "expected_laps_s", "gap_s"]


def expected_laps_s(
    field: RaceField, car: int, compound: int, age_steps: Ints, laps: Ints, *, new: bool = False
) -> Floats:
    """Green laps in free air, without noise.

    Parameters
    ----------
    field : RaceField
    car, compound : int
    age_steps : ndarray of int, shape (k,)
        Age of the set at the end of each lap [quarter laps].
    laps : ndarray of int, shape (k,)
        Laps of the race, counted from 1.
    new : bool
        The set was fitted just before the first of these laps, its out lap: the next one warms
        it up.

    Returns
    -------
    ndarray, shape (n_draws, k)
        Lap times [s], fuel included.
    """
    model = field.model
    at, kind = laps - 1, int(COMPOUND_CLASS[compound])
    age = np.minimum(age_steps, model.wear_s.shape[-1] - 1)
    out = model.track_s[:, at, kind] + model.wear_s[:, compound, :][:, age]
    out += model.fuel_s_per_kg[:, None] * model.fuel_kg[at]
    out += (model.pace_s[:, car] + model.offset_s[:, compound])[:, None]
    out += model.own_wear_s[:, car, None] * (age_steps / AGE_STEPS_PER_LAP)
    if new and kind == SLICK and len(laps) > 1:
        out[:, 1] += model.warm_up_s
    return np.asarray(out)


def check_running(field: RaceField, *cars: int) -> None:
    """Refuse what is asked about a car that is out, or before anybody has driven a lap."""
    state = field.state
    if state.lap == 0:
        raise InvalidInput(
            "on the grid there are no gaps yet; RaceField.from_weekend(weekend, lap) has them after a lap."
        )
    for car in cars:
        if not state.running[car]:
            raise InvalidInput(f"{field.drivers[car]} is out of the race after lap {state.lap}.")


def gap_s(field: RaceField, ahead: int, behind: int) -> float:
    """Gap on the road between two cars on the same lap [s], positive when in that order."""
    state = field.state
    if state.done[ahead] != state.done[behind]:
        a, b = field.drivers[ahead], field.drivers[behind]
        raise InvalidInput(
            f"{a} and {b} are not on the same lap after lap {state.lap}; "
            "cars that race each other are."
        )
    return float(state.time_s[behind] - state.time_s[ahead])
