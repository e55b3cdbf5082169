"""The own car: what it is on, where it is, and one more lap of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.race_state import start_fuel_kg
from f1lab.data.schema import COMPOUNDS
from f1lab.engine.field_entry import scheduled_laps
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.simulator.pace import PACES
from f1lab.simulator.road import LapEnd, Runner, lap_end
from f1lab.simulator.world import NEUTRAL, RED, burn_of, normal_stop_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from f1lab.simulator.decisions import Decision
    from f1lab.simulator.world import World

__all__ = ["Car", "Driver", "Fitted"]

#: On the same spot as in reality, and in the same queue, when not further off than this [s].
_SAME_SPOT_S, _SAME_QUEUE_S = 1.0, 20.0
#: A lap into the pits or out of them slower by more than this had trouble of its own [s].
_TROUBLE_S = 8.0
#: A crew is never quicker than normal by more than this on another lap than its own [s].
_QUICKEST_S = 2.0
#: No lap takes less than this share of one in clear air.
_SHORTEST_LAP = 0.5
#: Laps since a stop, on the set that was started on.
_NEVER = -99
# What a random number is for.
_PASS, _CREW = 1, 2


@dataclass(frozen=True)
class Fitted:
    """A set as it was fitted: the lap at whose end (0: the start), compound, age [laps]."""

    lap: int
    compound: int
    age: float


@dataclass(frozen=True)
class Car:
    """The own car at the end of a lap.

    Attributes
    ----------
    lap : int
    clock_s : float
        Session clock at the line [s].
    begin_s : float
        When the next lap begins on the road [s].
    sets : tuple of Fitted
        Sets driven, the one it leaves on last.
    age : float
        Of that set [green-flag laps].
    damage_s : float
        What pushing has cost it, or saving won [s per lap].
    fuel_laps : float
        Fuel burnt beyond the normal [laps' worth].
    flag : int
        Over the lap just driven.
    modelled : bool
        Whether the lap was one the real car did not drive.
    end : LapEnd, optional
        The lap by the model.
    stop_s : float
        What the stop at the end of the lap costs [s].
    """

    lap: int
    clock_s: float
    begin_s: float
    sets: tuple[Fitted, ...]
    age: float
    damage_s: float = 0.0
    fuel_laps: float = 0.0
    flag: int = 0
    modelled: bool = False
    end: LapEnd | None = None
    stop_s: float = 0.0


class Driver:
    """One driver's race as it was, and how his car drives another lap of another one.

    Parameters
    ----------
    world : World
    code : str
    seed : int
    """

    def __init__(self, world: World, code: str, seed: int) -> None:
        self.world, self.code, self.seed = world, code, seed
        self.rows = world.rows(code)
        self.number = world.laps.drivers.index(code)
        model, car = world.field.model, world.field.drivers.index(code)
        self._pace_s = float(model.pace_s[:, car].mean())
        self._own_wear_s = float(model.own_wear_s[:, car].mean())
        self._crew_s = float(world.field.pit.speed_s[car])
        self._fuel_s_per_kg = float(model.fuel_s_per_kg.mean())
        self.lap_kg = start_fuel_kg(world.weekend.year) / scheduled_laps(world.weekend)
        plan = world.plans[code]
        sets = [(0, plan.compound, plan.age_steps), *plan.stops]
        self.sets = tuple(Fitted(lap, c, age / AGE_STEPS_PER_LAP) for lap, c, age in sets)
        self.calls = {fitted.lap: fitted for fitted in self.sets[1:]}
        self._ghosts = [self.on_grid(self.sets[0])]
        self._ghost_ends: dict[int, float] = {}

    def on_grid(self, fitted: Fitted) -> Car:
        """The car before lights out, on a set."""
        start_s = self.world.lights_out_s
        return Car(0, start_s, start_s, (fitted,), fitted.age)

    def set_for(self, car: Car | None, compound: int, lap: int) -> Fitted:
        """The next set of a compound: one he really had while there is one, else a new one."""
        driven = 0 if car is None else sum(f.compound == compound for f in car.sets)
        real = [f.age for f in self.sets if f.compound == compound]
        return Fitted(lap, compound, real[driven] if driven < len(real) else 0.0)

    def real_lap(self, lap: int) -> int:
        """Row of a lap the real car drove; -1 when it did not."""
        return int(self.rows[lap - 1]) if 0 < lap <= len(self.rows) else -1

    def ghost(self, lap: int) -> Car:
        """The car as it really was at the end of a lap it completed."""
        while len(self._ghosts) <= lap:
            before = self._ghosts[-1]
            row = self.real_lap(before.lap + 1)
            clock_s = float(self.world.laps.time_s[row])
            after = _worn(before, int(self.world.laps.flag[row]), "neutral", clock_s)
            if after.lap in self.calls:
                after = self._boxed(after, self.calls[after.lap], float(self.world.stop_s[row]))
            self._ghosts.append(after)
        return self._ghosts[lap]

    def drive(self, car: Car, decision: Decision) -> Car:
        """Drive one more lap."""
        lap = car.lap + 1
        row = self.real_lap(lap)
        flag = self.world.flag_for(car.clock_s, row)
        me = self._runner(car, flag, decision.pace, row)
        real = None if row < 0 else self._real(lap, row)
        end = self._end(me, real)
        stop_s = 0.0 if decision.pit is None else self._stop_s(car, lap, flag)
        in_s = self.world.in_share * stop_s
        clock_s = end.end_s + in_s
        if real is not None:
            here, before = decision.pit is not None, car.sets[-1].lap == car.lap > 0
            missed = (self._stopped_on(lap) and not here) or (
                self._stopped_on(car.lap) and not before
            )
            clock_s = self._clock(me, real, end, in_s, missed=missed)
        after = _worn(car, flag, decision.pace, clock_s)
        after = replace(after, modelled=row < 0, end=end)
        if decision.pit is None:
            return after
        return self._boxed(after, self.set_for(car, COMPOUNDS.index(decision.pit), lap), stop_s)

    def _stopped_on(self, lap: int) -> bool:
        """Whether the real car made a stop on a lap; a change under a red flag takes no time."""
        return lap in self.calls and not self.world.laps.red[self.real_lap(lap)]

    def _clock(self, me: Runner, real: Runner, end: LapEnd, in_s: float, *, missed: bool) -> float:
        """End of a lap: the actual one plus what the model says has changed."""
        row = self.real_lap(me.lap)
        actual_s = float(self.world.laps.time_s[row])
        real_in_s = self.world.in_share * self.ghost(me.lap).stop_s
        if me.lap not in self._ghost_ends:
            self._ghost_ends[me.lap] = self._end(real, real).end_s
        model_s = self._ghost_ends[me.lap]
        beyond_s = real.end_s - model_s
        kept_s = self._kept(me, real, end, beyond_s, missed=missed)
        if kept_s == beyond_s:
            return actual_s + ((end.end_s - model_s) + (in_s - real_in_s))
        shortest_s = me.begin_s + _SHORTEST_LAP * me.clear_s
        return max(end.end_s + in_s + kept_s, shortest_s)

    def _kept(
        self, me: Runner, real: Runner, end: LapEnd, beyond_s: float, *, missed: bool
    ) -> float:
        """What of the actual lap beyond the model happens to the played car too [s].

        Its noise and its mistakes do; what its own stop, its own queue or a car in its way did
        does not when the played car is elsewhere. ``missed`` is a stop that the real car made here
        and the played one did not.
        """
        off_s = abs(me.begin_s - real.begin_s)
        neutral = me.flag >= NEUTRAL
        if neutral != (real.flag >= NEUTRAL) or (neutral and off_s > _SAME_QUEUE_S):
            return 0.0
        if missed:
            return beyond_s if beyond_s > _TROUBLE_S else 0.0
        if not neutral and off_s > _SAME_SPOT_S and not end.in_traffic:
            traffic_s = float(self.world.traffic_s[self.real_lap(me.lap)])
            return beyond_s - min(max(beyond_s, 0.0), traffic_s)
        return beyond_s

    def _end(self, me: Runner, real: Runner | None) -> LapEnd:
        if me.lap == 1 and real is not None:
            # nobody knows how a start goes otherwise: it is the real one on other tyres
            changed_s = me.clear_s - real.clear_s if me.flag < NEUTRAL else 0.0
            return LapEnd(real.end_s + changed_s, np.inf)
        return lap_end(self.world, me, real, self.number, self._luck(me.lap))

    def _luck(self, lap: int) -> Callable[[int], float]:
        return lambda rival: _random(self.seed, _PASS, lap, rival)

    def _real(self, lap: int, row: int) -> Runner:
        ghost = self.ghost(lap - 1)
        runner = self._runner(ghost, int(self.world.laps.flag[row]), "neutral", row)
        stop_s = self.ghost(lap).stop_s
        end_s = float(self.world.laps.time_s[row]) - self.world.in_share * stop_s
        return replace(runner, end_s=end_s)

    def _runner(self, car: Car, flag: int, pace: str, row: int) -> Runner:
        """The car about to drive its next lap; ``row`` is the same lap as it really was."""
        world, lap = self.world, car.lap + 1
        like = world.row_like(car.clock_s, row)
        n = world.distance
        progress = float(world.laps.progress[like])
        fuel_kg = float(world.field.model.fuel_kg[min(lap, n) - 1])
        if row >= 0:
            fuel_kg = float(world.laps.fuel_kg[row])
        fuel_kg -= car.fuel_laps * self.lap_kg
        on = car.sets[-1]
        age = car.age + burn_of(flag)
        since = lap - on.lap - 1 if on.lap else _NEVER
        clear_s = self._pace_s + self._fuel_s_per_kg * fuel_kg
        clear_s += world.tyres.lap_s(progress, on.compound, age, self._own_wear_s, since)
        clear_s += car.damage_s + PACES[pace].lap_s
        return Runner(lap, car.begin_s, clear_s, age, flag)

    def _stop_s(self, car: Car, lap: int, flag: int) -> float:
        """Cost of a stop: the real one on its own lap, else a normal one with the crew's luck."""
        world = self.world
        if lap in self.calls:
            return float(world.stop_s[self.real_lap(lap)])
        if flag == RED:
            return 0.0
        pit, n = world.field.pit, len(car.sets) - 1
        real = [float(world.excess_s[self.real_lap(f.lap)]) for f in self.sets[1:]]
        if n < len(real):
            luck_s = min(max(real[n], -_QUICKEST_S), pit.crew_longest_s)
        else:
            u = _random(self.seed, _CREW, n, 0)
            luck_s = pit.crew_scale_s * ((u / (1 - u)) ** (1 / pit.crew_shape) - 1)
            luck_s = self._crew_s + min(luck_s, pit.crew_longest_s)
        return max(normal_stop_s(world.field, flag) + luck_s, 0.0)

    def _boxed(self, car: Car, fitted: Fitted, stop_s: float) -> Car:
        out_s = (1.0 - self.world.in_share) * stop_s
        return replace(
            car,
            begin_s=car.clock_s + out_s,
            sets=(*car.sets, fitted),
            age=fitted.age,
            damage_s=0.0,
            stop_s=stop_s,
        )


def _worn(car: Car, flag: int, pace: str, clock_s: float) -> Car:
    """The car a lap later, before anything is changed on it."""
    racing = flag < NEUTRAL
    return replace(
        car,
        lap=car.lap + 1,
        clock_s=clock_s,
        begin_s=clock_s,
        age=car.age + burn_of(flag),
        damage_s=car.damage_s + racing * PACES[pace].wear_s,
        fuel_laps=car.fuel_laps + racing * PACES[pace].fuel,
        flag=flag,
        modelled=False,
        end=None,
        stop_s=0.0,
    )


def _random(seed: int, purpose: int, lap: int, rival: int) -> float:
    return float(np.random.default_rng((seed, purpose, lap, rival)).random())
