"""The field as it is known at a line crossing: what the odds and the score judge calls on.

The lap-time model is fitted to laps the whole field had ended by then and kept for a few laps,
since a fit takes longer than a call may; where the cars are, what they are on and what flies is
of the moment. A car that has yet to cross the line is expected a lap after its last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.engine.field import from_weekend
from f1lab.engine.inputs import AGE_STEPS_PER_LAP, UNKNOWN_FLAG, RaceState
from f1lab.engine.policies_habit import CarNow, habit_policies
from f1lab.engine.priors import load_engine_priors
from f1lab.racemodel.laps import FLAGS, SLICK
from f1lab.simulator.view import flag_at, seen_at
from f1lab.simulator.world import NEUTRAL, RED, World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.engine.inputs import Policies, RaceField
    from f1lab.simulator.car import Car, Driver
    from f1lab.simulator.view import Seen

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["fitted_lap", "known_field"]

#: A fit is kept for so many laps of a dry race.
_KEPT_LAPS = 5
_N_DRAWS = 60
#: Fits kept.
_CACHED = 64
#: Rain tyres so few laps ago mean a track that changes from lap to lap.
_WET_REACH_LAPS = 4
#: A car expected before now has been held up: it is right behind [s].
_JUST_BEHIND_S = 0.1
_MEDIUM = COMPOUNDS.index("MEDIUM")


@lru_cache(maxsize=_CACHED)
def _fitted(world: World, lap: int) -> RaceField:
    return from_weekend(world.weekend, lap or "pre-race", n_draws=_N_DRAWS)


def fitted_lap(world: World, clock_s: float, *, kept: bool = False) -> int:
    """Lap up to which the model is fitted for a moment: everybody had ended it by then.

    Parameters
    ----------
    world : World
    clock_s : float
        Session clock of the moment [s].
    kept : bool
        Take one of every few laps on a wet track too, as in the dry.

    Returns
    -------
    int
        0 for what was known before the race.
    """
    laps = world.laps
    known = int((world.ended_s <= clock_s).sum())
    known = min(known, world.distance - 1)
    recent = (laps.time_s <= clock_s) & (laps.lap > known - _WET_REACH_LAPS)
    if not kept and bool((laps.tyre_class[recent] != SLICK).any()):
        return known
    return known - known % _KEPT_LAPS


def known_field(driver: Driver, car: Car, *, kept: bool = False) -> RaceField:
    """The race as it stands when a car crosses the line, ready to be run.

    Parameters
    ----------
    driver : Driver
    car : Car
    kept : bool
        See :func:`fitted_lap`.

    Returns
    -------
    RaceField
    """
    world = driver.world
    base = _fitted(world, fitted_lap(world, car.clock_s, kept=kept))
    flag = FLAGS.index(flag_at(world, car.clock_s))
    if car.lap == 0:
        return _on_the_grid(base, driver, car)
    state, cars = _state(base, driver, car, flag)
    flown = base.flown.copy()
    flown[: state.lap] = np.maximum(flown[: state.lap], 0)
    flown[state.lap :] = UNKNOWN_FLAG
    return replace(
        base,
        as_of=state.lap,
        state=state,
        flown=flown,
        policies=_policies(base, state, cars),
    )


def _policies(base: RaceField, state: RaceState, cars: list[CarNow]) -> Policies:
    """Plans of everybody: those drawn up with the fit, anew for who has stopped since."""
    habits = load_engine_priors().habits(base.circuit)
    since = (state.compound != base.state.compound) | (state.age_steps < base.state.age_steps)
    if not base.state.lap or since.all():
        return habit_policies(cars, habits, base.n_laps, base.stops_needed)
    if not since.any():
        return base.policies
    anew = habit_policies(
        [car for car, changed in zip(cars, since, strict=True) if changed],
        habits,
        base.n_laps,
        base.stops_needed,
    )
    old = base.policies
    shape = np.maximum(old.stop_lap.shape[1:], anew.stop_lap.shape[1:])
    rows = {}
    for name in ("start_compound", "stop_lap", "stop_compound", "weight", "stop_age_steps"):
        ours, theirs = getattr(old, name), getattr(anew, name)
        size = shape[: ours.ndim - 1]
        merged = np.zeros((len(cars), *size), dtype=ours.dtype)
        merged[tuple(slice(n) for n in ours.shape)] = ours
        at = np.flatnonzero(since)
        fresh = np.zeros((len(at), *size), dtype=ours.dtype)
        fresh[tuple(slice(n) for n in theirs.shape)] = theirs
        merged[at] = fresh
        rows[name] = merged
    return replace(old, **rows, draw_weight=None)


def _on_the_grid(base: RaceField, driver: Driver, car: Car) -> RaceField:
    """Before lights out everything is as it was known before the race, and the own set is on."""
    at = base.drivers.index(driver.code)
    compound = base.state.compound.copy()
    compound[at] = car.sets[0].compound
    return replace(base, state=replace(base.state, compound=compound))


@dataclass(frozen=True)
class _Spot:
    """Where a car is, and what its pit wall has to plan with."""

    time_s: float
    done: int
    compound: int
    age_steps: int
    used: int
    stops: int
    running: bool = True


#: A car without a lap will not run; it has to stand on something.
_NO_LAP = _Spot(0.0, 0, _MEDIUM, 0, 1 << _MEDIUM, 0, running=False)


def _state(base: RaceField, driver: Driver, car: Car, flag: int) -> tuple[RaceState, list[CarNow]]:
    """Everybody at the line or on the way to it, on the lap the leader has ended."""
    world = driver.world
    seen = seen_at(world, driver.number, car.clock_s)
    lead = max(int(seen.laps.max()), car.lap)
    slow_s = _neutral_lap_s(world, car, flag)
    spots = []
    for code in base.drivers:
        if code == driver.code:
            spots.append(_own(car))
        elif code in world.laps.drivers and seen.laps[world.laps.drivers.index(code)]:
            spot = _last_seen(base, world, seen, world.laps.drivers.index(code), flag)
            spots.append(_expected(world, spot, code, (car.clock_s, lead, slow_s)))
        else:
            spots.append(_NO_LAP)
    time_s = np.array([spot.time_s for spot in spots])
    numbers = {
        name: np.array([getattr(spot, name) for spot in spots], dtype=np.int64)
        for name in ("done", "compound", "age_steps", "used")
    }
    state = RaceState(
        lap=lead,
        grid=base.state.grid,
        time_s=np.where(time_s > 0, time_s - world.lights_out_s, 0.0),
        running=np.array([spot.running for spot in spots]),
        flag=flag if flag >= NEUTRAL else 0,
        flag_laps_left=-1 if flag >= NEUTRAL else 0,
        **numbers,
    )
    cars = [
        CarNow(at, spot.done, spot.compound, _laps(spot.age_steps), spot.used, spot.stops)
        for at, spot in enumerate(spots, start=1)
    ]
    return state, cars


def _laps(age_steps: int) -> float:
    return age_steps / AGE_STEPS_PER_LAP


def _own(car: Car) -> _Spot:
    compounds = [fitted.compound for fitted in car.sets]
    used = sum({1 << compound for compound in compounds})
    age_steps = round(AGE_STEPS_PER_LAP * car.age)
    return _Spot(car.begin_s, car.lap, compounds[-1], age_steps, used, len(compounds) - 1)


def _last_seen(base: RaceField, world: World, seen: Seen, i: int, flag: int) -> _Spot:
    """A rival at his last line; one that ended it in the pit lane is on the likeliest new set."""
    laps, row = world.laps, int(seen.last_row[i])
    rows = world.row_of[i, : int(seen.laps[i])]
    spot = _Spot(
        time_s=float(laps.time_s[row]),
        done=int(seen.laps[i]),
        compound=_on(int(laps.compound[row])),
        age_steps=round(AGE_STEPS_PER_LAP * float(laps.wear_age[row])),
        used=sum({1 << _on(int(compound)) for compound in laps.compound[rows]}),
        stops=int(laps.stint[row] - laps.stint[rows[0]]),
        running=bool(seen.running[i]),
    )
    if not laps.in_lap[row] or flag == RED:
        return spot
    fitted = _likely_next(base.circuit, spot.compound, spot.used)
    return replace(
        spot,
        time_s=spot.time_s + (1 - base.pit.in_share) * float(base.pit.loss_s.mean()),
        compound=fitted,
        age_steps=0,
        used=spot.used | 1 << fitted,
        stops=spot.stops + 1,
    )


def _expected(world: World, spot: _Spot, code: str, now: tuple[float, int, float]) -> _Spot:
    """A car on the leader's lap that has yet to end it: expected a lap after its last line.

    ``now`` is the session clock [s], the leader's lap, and how long laps take while the race is
    neutralised (0: it is not) [s].
    """
    clock_s, lead, slow_s = now
    if spot.done != lead - 1 or not spot.running:
        return spot
    rows = world.rows(code)[: spot.done]
    a_lap_s = slow_s or float(np.median(world.laps.lap_time_s[rows]))
    expected_s = max(spot.time_s + a_lap_s, clock_s + _JUST_BEHIND_S)
    if expected_s >= clock_s + a_lap_s:
        return spot
    steps = 1 if slow_s else AGE_STEPS_PER_LAP
    return replace(spot, time_s=expected_s, done=lead, age_steps=spot.age_steps + steps)


def _neutral_lap_s(world: World, car: Car, flag: int) -> float:
    """How long laps take while the race is neutralised; 0 when it is not [s]."""
    if flag < NEUTRAL:
        return 0.0
    ended = world.laps.neutralised & (world.laps.time_s <= car.clock_s)
    recent = np.flatnonzero(ended)
    if not len(recent):
        return 0.0
    return float(world.laps.lap_time_s[recent[world.laps.time_s[recent].argmax()]])


def _on(compound: int) -> int:
    """Compound of a set; one nobody knows counts as MEDIUM."""
    return int(compound) if compound < len(COMPOUNDS) - 1 else _MEDIUM


def _likely_next(circuit: str, compound: int, used: int) -> int:
    """Likeliest set after one that came off, within the rule of two dry compounds."""
    dry = len(DRY_COMPOUNDS)
    if compound >= dry:
        return int(compound)
    chance = load_engine_priors().habits(circuit).next_p[compound].copy()
    if used == 1 << compound:
        chance[compound] = 0.0
    return int(chance.argmax())
