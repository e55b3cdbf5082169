"""The field as it is known at a line crossing: what the odds and the score judge calls on.

The lap-time model is that of :mod:`f1lab.simulator.fits`; where the cars are, what they are on and
what flies is of the moment. A car that has yet to cross the line is expected a lap after its last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP, UNKNOWN_FLAG, RaceState
from f1lab.engine.policies_habit import CarNow, habit_policies
from f1lab.engine.priors import load_engine_priors
from f1lab.racemodel.laps import FLAGS
from f1lab.simulator.fits import fitted, fitted_lap
from f1lab.simulator.view import flag_at, seen_at
from f1lab.simulator.world import NEUTRAL, RED, World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.engine.inputs import Policies, RaceField
    from f1lab.simulator.car import Car, Driver
    from f1lab.simulator.view import Seen

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["known_field"]

#: A car expected before now has been held up: it is right behind [s].
_JUST_BEHIND_S = 0.1
_MEDIUM = COMPOUNDS.index("MEDIUM")


def known_field(
    driver: Driver,
    car: Car,
    fitted_s: float | None = None,
    *,
    kept: bool = False,
    stopped: bool = False,
) -> RaceField:
    """The race as it stands when a car crosses the line, ready to be run.

    Parameters
    ----------
    driver : Driver
    car : Car
    fitted_s : float, optional
        Session clock of the moment the model is fitted for; by default the line [s].
    kept : bool
        See :func:`f1lab.simulator.fits.fitted_lap`.
    stopped : bool
        A red flag stops the race on the next lap: everybody changes tyres at its end for
        nothing, and it is restarted on the one after.

    Returns
    -------
    RaceField
    """
    world = driver.world
    fitted_s = car.clock_s if fitted_s is None else fitted_s
    base = fitted(world, fitted_lap(world, fitted_s, kept=kept))
    flag = 0 if stopped else FLAGS.index(flag_at(world, car.clock_s))
    if car.lap == 0:
        return _on_the_grid(base, driver, car)
    state, cars = _state(base, driver, car, flag)
    flown = base.flown.copy()
    flown[: state.lap] = np.maximum(flown[: state.lap], 0)
    flown[state.lap :] = UNKNOWN_FLAG
    policies = _policies(base, state, cars)
    if stopped:
        # a lapped car's lap under the red flag counts less than the leader's
        flown[min(car.lap, state.lap) : state.lap + 1] = RED
        policies = _changing_now(policies, state)
    return replace(base, as_of=state.lap, state=state, flown=flown, policies=policies)


def _changing_now(policies: Policies, state: RaceState) -> Policies:
    """Plans with the next stop made on the next lap, or another set of the same kind fitted."""
    n, variants, most = policies.stop_lap.shape
    lap = np.zeros((n, variants, most + 1), dtype=policies.stop_lap.dtype)
    compound, age = np.zeros_like(lap), np.zeros_like(lap)
    ages = policies.stop_age_steps
    ages = np.zeros_like(policies.stop_lap) if ages is None else ages
    now = state.done + 1
    for car, variant in np.ndindex(n, variants):
        stops = policies.stop_lap[car, variant]
        left = np.flatnonzero(stops > state.done[car])
        lap[car, variant, 0], compound[car, variant, 0] = now[car], state.compound[car]
        if len(left):
            after = left[1:]
            at = slice(1, len(after) + 1)
            compound[car, variant, 0] = policies.stop_compound[car, variant, left[0]]
            age[car, variant, 0] = ages[car, variant, left[0]]
            lap[car, variant, at] = stops[after]
            compound[car, variant, at] = policies.stop_compound[car, variant, after]
            age[car, variant, at] = ages[car, variant, after]
    return replace(policies, stop_lap=lap, stop_compound=compound, stop_age_steps=age)


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
