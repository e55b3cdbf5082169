"""Wear and chances of everybody, from the race as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.engine.simulate import simulate_races
from f1lab.live.state import LiveOdds, LiveWear
from f1lab.strategy.judge import THREADS

if TYPE_CHECKING:
    from f1lab.data.schema import Weekend
    from f1lab.engine.inputs import RaceField

__all__ = ["early_note", "no_wear_note", "odds_of", "wear_of"]

#: Wear is told between these ages, where most laps are driven [laps].
_YOUNG, _OLD = 5, 15
_LOW_MIDDLE_HIGH = (5.0, 50.0, 95.0)
#: Laps until which the model says more of other races than of this one.
_EARLY_LAPS = 5
#: Cars that score in a sprint.
_SPRINT_POINTS = 8


def early_note(lap: int) -> tuple[str, ...]:
    """A word on how little this race says of itself after its first laps."""
    if lap >= _EARLY_LAPS:
        return ()
    after = f"after {lap} lap{'s' * (lap > 1)}"
    return (f"{after} pace and wear are mostly what other races and the grid say.",)


def wear_of(now: RaceField, weekend: Weekend) -> tuple[LiveWear, ...]:
    """Wear of the compounds driven, from the draws of the fitted model.

    The model lets no tyre get faster with age. Where (nearly) all its draws lie on that bound, the
    laps driven do not show wear, and a range of nothing would claim to know that there is none.
    """
    laps = weekend.race.laps
    found = []
    for number, compound in enumerate(COMPOUNDS[: now.model.wear_s.shape[1]]):
        driven = int((laps["compound"] == compound).sum())
        if not driven:
            continue
        young, old = (
            now.model.wear_s[:, number, age * AGE_STEPS_PER_LAP] for age in (_YOUNG, _OLD)
        )
        slope = (old - young) / (_OLD - _YOUNG)
        low, middle, high = np.percentile(slope, _LOW_MIDDLE_HIGH).round(3).tolist()
        if high > 0:
            found.append(LiveWear(compound, middle, low, high, driven))
        else:
            found.append(LiveWear(compound, None, None, None, driven))
    return tuple(found)


def no_wear_note(wear: tuple[LiveWear, ...]) -> tuple[str, ...]:
    """A word on the compounds whose laps show no wear."""
    names = [one.compound for one in wear if one.per_lap_s is None]
    if not names:
        return ()
    return (f"laps on {' and '.join(names)} get no slower with age: their wear is not known yet.",)


def odds_of(now: RaceField, n: int, seed: int, *, sprint: bool) -> tuple[LiveOdds, ...]:
    """Chances of everybody from here, everybody calling as usual."""
    races = simulate_races(now, n=n, seed=seed, threads=THREADS)
    scores = ((races.position <= _SPRINT_POINTS) & ~races.retired).mean(axis=0)
    points = scores if sprint else races.points()
    values = (races.win(), races.podium(), points, races.expected_position())
    found = [
        LiveOdds(driver, *(float(value[car]) for value in values))
        for car, driver in enumerate(races.drivers)
    ]
    return tuple(sorted(found, key=lambda one: one.position))
