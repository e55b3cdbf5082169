"""The race as it stands now, ready to be run: the engine's field after a lap, cars as timing has them.

The engine's field after lap k waits for everybody to end it. A pit wall does not: cars on the
leader's lap that have yet to cross the line are expected a lap of theirs after their last, and who
is out, in the pit lane or on another set is known from timing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS
from f1lab.engine.field import from_weekend
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.engine.policies import DrivenPlan, as_policies
from f1lab.racemodel.laps import FLAGS
from f1lab.racemodel.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from f1lab.data.schema import Weekend
    from f1lab.engine.form import PaceRecord
    from f1lab.engine.inputs import RaceField, RaceState
    from f1lab.live.state import LiveRow

__all__ = ["NEW_ON_THE_GRID", "field_now"]

#: Age of a new set on a car that waits for a restart: the engine takes one of a lap or less for
#: fitted at a stop that still has to be paid for [quarters of a lap].
NEW_ON_THE_GRID = AGE_STEPS_PER_LAP + 1

_N_DRAWS = 60
_NEUTRAL, _RED = FLAGS.index("vsc"), FLAGS.index("red")
#: Laps a car's usual lap is read from.
_RECENT_LAPS = 5
#: A car expected before now has been held up: it is right behind [s].
_JUST_BEHIND_S = 0.1
_UNKNOWN = COMPOUNDS.index("UNKNOWN")
#: Distance of a sprint to that of a race [-].
_SPRINT_SHARE = 100 / 305


@dataclass
class _Cars:
    """The cars of a field as arrays that are being changed."""

    time_s: np.ndarray
    done: np.ndarray
    running: np.ndarray
    compound: np.ndarray
    age_steps: np.ndarray
    used: np.ndarray


def field_now(
    weekend: Weekend,
    lap: int,
    tower: Sequence[LiveRow],
    clock_s: float,
    history: Sequence[PaceRecord] | None = None,
) -> RaceField:
    """Field of a race that is under way.

    Parameters
    ----------
    weekend : Weekend
        The race as far as it was recorded, over the distance it is to go.
    lap : int
        The leader's last lap.
    tower : sequence of LiveRow
        Cars as timing shows them.
    clock_s : float
        Session clock [s].
    history : sequence of PaceRecord, optional
        What earlier races showed.

    Returns
    -------
    RaceField
    """
    n_laps = weekend.race.total_laps  # as timing tells it now
    with one_thread():
        field = from_weekend(weekend, lap, history=history, n_laps=n_laps, n_draws=_N_DRAWS)
    rows = {row.driver: row for row in tower}
    state = _as_timed(field, weekend, rows, clock_s - weekend.race.start_s)
    field = replace(field, state=state)
    return _without_stops(field) if weekend.race.kind == "S" else field


def _as_timed(
    field: RaceField, weekend: Weekend, rows: Mapping[str, LiveRow], now_s: float
) -> RaceState:
    state, race = field.state, weekend.race
    names = ("time_s", "done", "running", "compound", "age_steps", "used")
    cars = _Cars(**{name: getattr(state, name).copy() for name in names})
    laps = {str(code): own for code, own in race.laps.groupby("driver", sort=False)}
    for car, code in enumerate(field.drivers):
        row, own = rows.get(code), laps.get(code)
        cars.running[car] = row is not None and not row.out
        if row is None or own is None:
            if cars.running[car] and row is not None:
                _expect_lap_1(cars, car, row, state, now_s)
            continue
        _fit(cars, car, row, own.iloc[-1])
        if cars.running[car] and state.flag != _RED:
            _expect(cars, car, own, field, now_s, in_pit=row.in_pit)
    if state.flag == _RED:
        cars.age_steps = np.maximum(cars.age_steps, NEW_ON_THE_GRID)
    return replace(state, **{name: getattr(cars, name) for name in names})


def _fit(cars: _Cars, car: int, row: LiveRow, last: pd.Series) -> None:
    """The set timing shows, where it was fitted after the last lap."""
    compound, age = COMPOUNDS.index(row.compound), row.tyre_age_laps
    if compound == _UNKNOWN or age is None:
        return
    if row.compound != last["compound"] or age < last["tyre_age_laps"]:
        cars.compound[car] = compound
        cars.age_steps[car] = AGE_STEPS_PER_LAP * age
        cars.used[car] |= 1 << compound


def _expect(
    cars: _Cars, car: int, own: pd.DataFrame, field: RaceField, now_s: float, *, in_pit: bool
) -> None:
    """A car on the leader's lap that has yet to end it: expected a lap after its last line."""
    state = field.state
    if cars.done[car] != state.lap - 1:
        return
    neutral = state.flag >= _NEUTRAL
    recent = own["lap_time_s"].tail(1 if neutral else _RECENT_LAPS)
    a_lap_s = float(recent.median())
    expected_s = max(cars.time_s[car] + a_lap_s, now_s + _JUST_BEHIND_S)
    if expected_s >= now_s + a_lap_s:
        return  # a lap down, or standing somewhere
    if in_pit:
        expected_s += float(field.pit.loss_s.mean())
    cars.time_s[car], cars.done[car] = expected_s, state.lap
    cars.age_steps[car] += 1 if neutral else AGE_STEPS_PER_LAP


def _expect_lap_1(cars: _Cars, car: int, row: LiveRow, state: RaceState, now_s: float) -> None:
    """A car that has yet to end its first lap, as the leader has: expected in its place."""
    compound = COMPOUNDS.index(row.compound)
    cars.running[car] = state.lap == 1 and state.flag != _RED
    cars.time_s[car], cars.done[car] = now_s + row.position * _JUST_BEHIND_S, 1
    cars.age_steps[car] = AGE_STEPS_PER_LAP * (1 + (row.tyre_age_laps or 0))
    if compound != _UNKNOWN:
        cars.compound[car], cars.used[car] = compound, 1 << compound


def _without_stops(field: RaceField) -> RaceField:
    """A sprint: nobody has to stop, and nobody means to; over a third of a race less goes wrong.

    The tables give what goes wrong over a whole race.
    """
    state = field.state
    plans = [
        [DrivenPlan(int(compound), int(age), ())]
        for compound, age in zip(state.compound, state.age_steps, strict=True)
    ]
    policies = as_policies(plans, np.ones((len(plans), 1)), reacts=True)
    hazards, retired = field.hazards, field.retirements
    fewer = {name: getattr(hazards, name) * _SPRINT_SHARE for name in ("sc_p", "vsc_p", "red_p")}
    return replace(
        field,
        policies=policies,
        hazards=replace(hazards, **fewer),
        retirements=replace(retired, p=retired.p * _SPRINT_SHARE),
        dry_compounds_needed=1,
        stops_needed=0,
    )
