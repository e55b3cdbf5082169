"""Where everybody is expected to be on a lap still to come: the middle of many races."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from f1lab.data.schema import COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP, UNKNOWN_FLAG, RaceState
from f1lab.engine.simulate import simulate_races
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from f1lab.engine.inputs import RaceField
    from f1lab.strategy.judge import Calls

__all__ = ["expected_at"]

#: A car is expected to be running when it is in so many of the races.
_USUALLY = 0.5


def expected_at(
    field: RaceField, driver: str, calls: Calls, lap: int, *, n: int = 60, seed: int = 0
) -> RaceField:
    """The field at the end of the leader's lap ``lap``, each car in the middle of ``n`` races.

    Gaps, laps done and tyre age are medians, the compound is the most frequent one; the laps up
    to then count as green.

    Parameters
    ----------
    field : RaceField
    driver : str
        Who drives the plan ``calls``; it has no stop up to ``lap``.
    calls : Calls
    lap : int
    n, seed : int

    Returns
    -------
    RaceField

    Raises
    ------
    InvalidInput
        The lap is not still to come.
    """
    if not field.state.lap < lap < field.n_laps:
        raise InvalidInput(
            f"lap {lap}: laps {field.state.lap + 1} to {field.n_laps - 1} are still to come."
        )
    plans = {driver: calls.race_plan(reacts=False)}
    outcomes = simulate_races(field, plans, n=n, seed=seed, traces=range(n))
    traces = (outcomes.trace(race).assign(race=race) for race in range(n))
    frame = pd.concat([trace[trace["leader_lap"] == lap] for trace in traces])
    frame["gap_s"] = frame["time_s"] - frame.groupby("race")["time_s"].transform("min")
    leader_s = float(frame.groupby("race")["time_s"].min().median())
    state = field.state
    arrays = {name: getattr(state, name).copy() for name in _CHANGED}
    for car, code in enumerate(field.drivers):
        own = frame[frame["driver"] == code]
        arrays["running"][car] = len(own) >= _USUALLY * n
        if len(own) == 0:
            continue
        compound = COMPOUNDS.index(str(own["compound"].mode().iloc[0]))
        on_it = own[own["compound"] == COMPOUNDS[compound]]
        arrays["time_s"][car] = leader_s + float(own["gap_s"].median())
        arrays["done"][car] = int(own["lap"].median())
        arrays["compound"][car] = compound
        arrays["age_steps"][car] = round(float(on_it["tyre_age_laps"].median()) * AGE_STEPS_PER_LAP)
        arrays["used"][car] |= 1 << compound
    flown = field.flown.copy()
    flown[:lap][flown[:lap] == UNKNOWN_FLAG] = 0
    return replace(field, flown=flown, state=RaceState(lap=lap, grid=state.grid, flag=0, **arrays))


_CHANGED = ("time_s", "done", "running", "compound", "age_steps", "used")
