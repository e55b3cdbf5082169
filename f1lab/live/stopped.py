"""A stopped race: tyres may be changed at no cost, and the call is what to go on with.

Every set that is a choice is put on the car as new, the one it came in on is kept as it is, and
the best plan behind each is run on the same races. The others are taken to fit new sets of what
they are on, as nearly all do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS
from f1lab.live.moment import NEW_ON_THE_GRID
from f1lab.racemodel.laps import FLAGS
from f1lab.strategy.free_air import FreeAir
from f1lab.strategy.judge import Judge, calls_of

if TYPE_CHECKING:
    from f1lab.engine.inputs import RaceField
    from f1lab.live.state import LiveAdvice
    from f1lab.strategy.judge import Calls, Sample

__all__ = ["choices_when_stopped", "is_stopped", "sentence_when_stopped"]

_RED = FLAGS.index("red")


def is_stopped(field: RaceField) -> bool:
    """Whether the race stands under a red flag."""
    return field.state.flag == _RED


def _with_set(field: RaceField, driver: str, compound: int | None) -> RaceField:
    """The field as it goes on: the others on new sets, a driver on a new one or (None) his own."""
    state, car = field.state, field.drivers.index(driver)
    age = np.full_like(state.age_steps, NEW_ON_THE_GRID)
    on, used = state.compound.copy(), state.used.copy()
    if compound is None:
        age[car] = state.age_steps[car]
    else:
        on[car] = compound
        used[car] |= 1 << compound
    return replace(field, state=replace(state, age_steps=age, compound=on, used=used))


def choices_when_stopped(
    field: RaceField, driver: str, objective: str, n: int, seed: int
) -> tuple[Judge, dict[str, Calls], dict[str, Sample]]:
    """Plans and races behind keeping the set (``stay``) and behind every new one."""
    sets: dict[str, int | None] = {"stay": None}
    sets |= {COMPOUNDS[c]: int(c) for c in np.flatnonzero(FreeAir.of(field, driver).choice)}
    plans: dict[str, Calls] = {}
    samples: dict[str, Sample] = {}
    done = int(field.state.done[field.drivers.index(driver)])
    for call, compound in sets.items():
        after = _with_set(field, driver, compound)
        schedule = next(FreeAir.of(after, driver).programme().best(), None)
        if schedule is not None:
            plans[call] = calls_of(schedule, done)
            samples[call] = Judge(after, driver, objective).run(plans[call], n, seed)
    return Judge(field, driver, objective), plans, samples


def sentence_when_stopped(advice: LiveAdvice, own: str) -> str:
    """What to go on with, and what the other choice costs."""
    said = [f"{advice.driver}: red flag, tyres may be changed at no cost."]
    keep = next((one for one in advice.options if one.call == "stay"), None)
    new = next((one for one in advice.options if one.call != "stay"), None)
    if new is None or keep is None:
        said.append(f"Go on with {'a new ' + new.call if new is not None else 'the set you have'}.")
    elif advice.call == "level":
        said.append(f"A new {new.call} or the {own} you have: the two cannot be told apart.")
    else:
        best, other = (new, keep) if advice.call == "box" else (keep, new)
        names = {"stay": f"the {own} you have", new.call: f"a new {new.call}"}
        cost = (
            f"{other.regret:.2f} {advice.unit} ({other.regret_low:.2f} to {other.regret_high:.2f})"
        )
        said.append(f"Go on with {names[best.call]}; {names[other.call]} costs {cost}.")
    said.append(f"After that: {advice.plan}.")
    return " ".join(said)
