"""The demo race itself, lap by lap and car by car.

Cars are taken in the order in which they reach the line, so the car ahead on the road has always
been driven before the one behind it. A lap is what the ledger says it is: track, fuel, pace,
tyres, traffic, pit lane, mistakes and noise, added up; the traffic is what the other cars make
of it. Behind the safety car nobody overtakes, and the queue crosses the line when the safety car
lets it.

Times are race clock (seconds since lights out), rounded to the millisecond at the line. A car
coming out of the pits counts from its *effective* start: the moment at which a car passing the
pits on the track would have had to cross the line to be beside it.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from math import exp, inf, log
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.race_state import BURN_FACTOR

if TYPE_CHECKING:
    from f1lab.data.demo.script import Field, Luck, Parameters, Rain, Script, Window

__all__ = ["Event", "Lap", "RaceRecord", "run_race"]

_BOX_DECISION = 0.75  # of a lap: when the pit wall has to make up its mind
_SAFETY_CAR_REACTION_S = 6.0
_LAST_STOP_LAPS = 3
_WORTH_RAIN_LAPS = 3
_BOX_AFTER_ENTRY_S = 9.0
_ROUNDING_S = 1e-9


@dataclass(frozen=True)
class Stop:
    """What a stop took beyond the usual.

    ``excess_s`` is the crew's part and the wait for a box the teammate stood in, ``served_s`` a
    penalty.
    """

    excess_s: float
    wait_s: float
    served_s: float

    @property
    def crew_s(self) -> float:
        """The crew's part of the excess [s]."""
        return self.excess_s - self.wait_s

    def stationary_s(self, usual_s: float) -> float:
        """How long the car stands in its box [s], to the tenth as the timing gives it."""
        return round(usual_s + self.crew_s + self.served_s, 1)


@dataclass
class Lap:
    """One lap of one car; seconds by cause are booked as the ledger defines them.

    ``start_s`` and ``end_s`` are race clock at the line, ``effective_s`` the start on the track.
    """

    driver: int
    lap: int
    start_s: float
    effective_s: float
    end_s: float
    compound: str
    tyre_laps: int
    stint: int
    fresh: bool
    out_lap: bool
    track: float
    fuel: float
    pace: float
    tyre_normal: float
    tyre_excess: float
    traffic: float = 0.0
    pit_normal: float = 0.0
    pit_excess: float = 0.0
    start: float = 0.0
    incident: float = 0.0
    noise: float = 0.0
    pit_in_s: float = np.nan
    pit_out_s: float = np.nan
    stop: Stop | None = None
    gap_ahead_s: float = inf
    wet: bool = False
    neutral: str = ""


@dataclass(frozen=True)
class Event:
    """Something race control would write about: race clock, kind, driver, detail."""

    clock_s: float
    kind: str
    driver: int = -1
    value: float = 0.0


@dataclass
class RaceRecord:
    """A finished race.

    ``retired`` gives the race clock and the lap of each retirement, ``offs`` the lap of each
    scripted off.
    """

    laps: list[Lap]
    events: list[Event]
    offs: dict[int, int]
    retired: dict[int, tuple[float, int]]
    windows: list[tuple[str, Window]]

    def lapped(self, distance: int) -> bool:
        """Whether any car took the flag with fewer laps than the winner."""
        done: dict[int, int] = {}
        for lap in self.laps:
            done[lap.driver] = lap.lap
        return any(n < distance for car, n in done.items() if car not in self.retired)


@dataclass(frozen=True)
class _PitExit:
    """A car in the pit lane: what its stop took, and the clock at the exit."""

    stop: Stop
    clock_s: float


@dataclass
class _Car:
    """A car during the race."""

    index: int
    compound: str
    tyre_laps: int
    stops: list[tuple[int, str]]
    lap: int = 1
    clock_s: float = 0.0
    effective_s: float = 0.0
    # the lap it is on, as the cars behind see it
    road_lap: int = 0
    road_start_s: float = 0.0
    end_s: float = 0.0
    wear_age: float = 0.0
    stint: int = 1
    fresh: bool = True
    burnt_kg: float = 0.0
    running: bool = True
    boxing: bool = False
    warm_up: bool = False
    rain_over: bool = False
    done_stops: int = 0
    blue_s: float = 0.0
    penalty: str = ""
    next_compound: str = ""
    exit: _PitExit | None = None


def run_race(
    script: Script, grid: list[int], fielded: Field, luck: Luck, p: Parameters
) -> RaceRecord:
    """Drive the race.

    Parameters
    ----------
    script : Script
        What is going to happen.
    grid : list of int
        Drivers in the order of the grid.
    fielded : Field
        Pace, wear and tyres.
    luck : Luck
        Random numbers of every car and lap.
    p : dict
        The parameters.

    Returns
    -------
    RaceRecord
        Every completed lap, in the order in which they were begun. Where nobody would be lapped,
        one car is given a puncture and the race is driven again.
    """
    record = _Race(script, grid, fielded, luck, p).run()
    if record.lapped(p["race"]["laps"]):
        return record
    return _Race(replace(script, damage=True), grid, fielded, luck, p).run()


class _Race:
    def __init__(
        self, script: Script, grid: list[int], fielded: Field, luck: Luck, p: Parameters
    ) -> None:
        self.script, self.grid, self.field, self.luck, self.p = script, grid, fielded, luck, p
        self.nominal: float = p["race"]["nominal_lap_s"]
        self.distance: int = p["race"]["laps"]
        self.burn_kg = p["race"]["start_fuel_kg"] / self.distance
        self.cars = [
            _Car(i, start, script.used_laps[i], list(stops), fresh=not script.used_laps[i])
            for i, (start, stops) in enumerate(script.plans)
        ]
        for car in self.cars:
            car.wear_age = float(car.tyre_laps)
        self.teams = [driver["team"] for driver in p["drivers"]]
        self.noise_s = fielded.noise_s.tolist()
        self.laps: list[Lap] = []
        self.events: list[Event] = []
        self.retired: dict[int, tuple[float, int]] = {}
        self.queue: list[float] = []  # clock at which the safety car takes the line
        self.head_lap = 1
        self.flag_s = inf
        self.boxes: dict[int, float] = {}
        self.offs: dict[int, int] = {}
        self.crossed: set[float] = set()
        self.windows = [("sc", script.safety_car)]
        if script.virtual is not None:
            self.windows.append(("vsc", script.virtual))
        self.logit_circuit = log(p["traffic"]["circuit_rate"] / (1 - p["traffic"]["circuit_rate"]))

    def run(self) -> RaceRecord:
        heap = self._first_lap()
        while heap:
            _, i = heapq.heappop(heap)
            car = self.cars[i]
            if car.clock_s >= self.flag_s or car.lap > self.distance:
                car.running = False
                continue
            self._drive(car)
            if car.running:
                heapq.heappush(heap, (car.effective_s, i))
        return RaceRecord(self.laps, self.events, self.offs, self.retired, self.windows)

    # -- one lap -------------------------------------------------------------------------------

    def _first_lap(self) -> list[tuple[float, int]]:
        """The start: everybody at once, then sorted out so that nobody shares a place."""
        start = self.p["race"]["start"]
        ends: list[tuple[float, int, Lap]] = []
        for slot, i in enumerate(self.grid):
            car = self.cars[i]
            lap = self._green_lap(car)
            lost = start["standing_s"] + start["slot_s"] * slot + float(self.luck.start_s[i])
            ends.append((_modelled(lap) + lost, i, lap))
        before = -inf
        heap = []
        for end, i, lap in sorted(ends):
            lap.end_s = self._crossing(max(end, before + self.p["race"]["lap_1_min_gap_s"]))
            before = lap.end_s
            lap.start = lap.end_s - _modelled(lap)
            self._finish_lap(self.cars[i], lap)
            heap.append((lap.end_s, i))
        heapq.heapify(heap)
        return heap

    def _drive(self, car: _Car) -> None:
        lap = self._green_lap(car)
        car.exit = None
        if self._retires(car, lap):
            return
        head = car.lap > self.head_lap
        self.head_lap = max(self.head_lap, car.lap)
        tyre = self._wanted_tyre(car, car.effective_s + _modelled(lap))
        car.boxing = tyre is not None
        in_s = self.p["pit"]["loss_in_lap_s"] if tyre else 0.0
        window = self._window(car, car.effective_s + _modelled(lap) + in_s)
        if window is None:
            end = self._race_lap(car, lap)
        else:
            end = self._neutral_lap(car, lap, *window, head=head)
        lap.end_s = self._crossing(end + in_s * self._pit_factor(end))
        if tyre is not None:
            self._enter_pit(car, lap, tyre)
        self._finish_lap(car, lap)

    def _green_lap(self, car: _Car) -> Lap:
        """What the lap would take alone and without luck."""
        now = car.effective_s + self.nominal / 2
        tyre = self.field.tyres[car.compound]
        slick, inter = self._wet_losses(now)
        best, other = (slick, inter) if slick <= inter else (inter, slick)
        own = inter if car.compound == "INTERMEDIATE" else slick
        wear_age = car.wear_age + 1.0
        wear = wear_age * (tyre["wear_s_per_lap"] + tyre["wear_s_per_lap2"] * wear_age)
        cold = car.warm_up and car.compound != "INTERMEDIATE"
        warm_up = self.p["race"]["warm_up_s"] if cold else 0.0
        gained = self.field.evolution_gain_s * (1 - exp(-now / self.field.evolution_tau_s))
        fuel_kg = self.p["race"]["start_fuel_kg"] - car.burnt_kg - self.burn_kg / 2
        out = car.exit
        return Lap(
            driver=car.index,
            lap=car.lap,
            start_s=car.clock_s,
            effective_s=car.effective_s,
            end_s=np.nan,
            compound=car.compound,
            tyre_laps=car.tyre_laps + 1,
            stint=car.stint,
            fresh=car.fresh,
            out_lap=out is not None,
            track=self.p["race"]["track_base_s"] - gained + best,
            fuel=fuel_kg * self.p["race"]["fuel_s_per_kg"],
            pace=float(self.field.pace_s[car.index]),
            tyre_normal=tyre["offset_s"] + wear + warm_up + (other - best if own > best else 0.0),
            tyre_excess=float(self.field.wear_s_per_lap[car.index]) * wear_age,
            wet=slick > 0,
            pit_normal=self.p["pit"]["loss_out_lap_s"] if out else 0.0,
            pit_excess=out.stop.excess_s if out else 0.0,
            incident=out.stop.served_s if out else 0.0,
            pit_out_s=out.clock_s if out else np.nan,
        )

    def _wet_losses(self, clock_s: float) -> tuple[float, float]:
        """Loss to a dry track on slicks and on intermediates [s]."""
        spec, rain = self.p["rain"], self.script.rain
        wet = rain.wetness(clock_s) if rain is not None else 0.0
        return (
            spec["slick_loss_s"] * wet ** spec["slick_exponent"],
            spec["intermediate_dry_loss_s"] + spec["intermediate_loss_s"] * wet,
        )

    def _crossing(self, clock_s: float) -> float:
        """Round to the millisecond; no two cars share one."""
        clock_s = round(clock_s, 3)
        while clock_s in self.crossed:
            clock_s = round(clock_s + 0.001, 3)
        self.crossed.add(clock_s)
        return clock_s

    def _finish_lap(self, car: _Car, lap: Lap) -> None:
        """Write the lap down and set the car up for the next one."""
        lap.neutral = next((k for k, w in self.windows if _touches(lap, w)), "")
        burn = BURN_FACTOR[lap.neutral or "green"]
        lap.fuel += (1 - burn) * self.burn_kg / 2 * self.p["race"]["fuel_s_per_kg"]
        car.burnt_kg += burn * self.burn_kg
        car.wear_age += burn
        car.tyre_laps += 1
        self.laps.append(lap)
        car.warm_up = lap.out_lap and not car.boxing
        car.road_lap, car.road_start_s, car.end_s = lap.lap, lap.effective_s, lap.end_s
        car.clock_s = car.effective_s = lap.end_s
        if car.exit is not None:
            self._leave_pit(car, lap, car.exit)
        car.lap += 1
        if lap.lap == self.distance:
            self.flag_s = min(self.flag_s, lap.end_s)

    def _retires(self, car: _Car, lap: Lap) -> bool:
        at = self.script.retirements.get(car.index, inf)
        if car.effective_s + _modelled(lap) < at:
            return False
        at = max(at, car.effective_s + 5.0)
        car.running = car.boxing = False
        car.end_s = -inf
        self.retired[car.index] = (round(at, 3), car.lap)
        self.events.append(Event(at, "retired", car.index))
        return True

    # -- racing --------------------------------------------------------------------------------

    def _race_lap(self, car: _Car, lap: Lap) -> float:
        """A lap among the others; returns when it crosses the line on the track."""
        i, n = car.index, car.lap
        mistake = self._mistake(car, lap)
        lap.incident += mistake
        ahead = self._ahead(car)
        if ahead:
            lap.gap_ahead_s = car.effective_s - ahead[0].road_start_s
        reach = self.p["traffic"]["dirty_air_reach_s"]
        dirty = self.p["traffic"]["dirty_air_s"] * max(0.0, 1 - lap.gap_ahead_s / reach)
        lap.traffic, car.blue_s = dirty + car.blue_s, 0.0
        alone = car.effective_s + _modelled(lap) + mistake + lap.traffic
        noise = self.noise_s[i] * float(self.luck.noise[i, n])
        if lap.wet:
            noise *= self.p["race"]["wet_noise_factor"]
        end, lapping, stuck = self._through_traffic(car, ahead, alone + noise)
        lap.traffic += lapping
        alone += lapping
        if stuck:  # the car ahead set this lap's time: luck of one's own had no part in it
            held = max(0.0, end - alone)
            lap.traffic += held
            lap.noise = end - alone - held
        else:
            towed = end - alone - noise
            lap.traffic += towed if abs(towed) > _ROUNDING_S else 0.0
            lap.noise = noise
        apart = self._apart(car, end)
        lap.traffic += apart - end
        return apart

    def _through_traffic(
        self, car: _Car, ahead: list[_Car], free: float
    ) -> tuple[float, float, bool]:
        """When a car gets to the line, what lapping others cost, whether it got stuck."""
        spec, i, n = self.p["traffic"], car.index, car.lap
        least = _between(spec["min_gap_s"], self.luck.gap[i, n])
        by = _between(spec["gap_after_pass_s"], self.luck.after_pass[i, n])
        tow, end, lapping, met = spec["tow_most_s"], free, 0.0, 0
        for other in ahead:
            if other.boxing or other.end_s + least <= end:
                continue
            if other.road_lap < n:
                cost = _between(spec["blue_flag_leader_s"], self.luck.blue[i, n, 0])
                other.blue_s += _between(spec["blue_flag_lapped_s"], self.luck.blue[i, n, 1])
                self.events.append(Event(end - self.nominal / 2, "blue", other.index))
                lapping, free, end = lapping + cost, free + cost, end + cost
            elif other.end_s - by >= free - tow and self._passes(car, other, free, met):
                end = min(end, other.end_s - by)
                met += 1
            else:
                return other.end_s + least, lapping, True
        return end, lapping, False

    def _passes(self, car: _Car, other: _Car, free: float, met: int) -> bool:
        """Whether the pass succeeds: a logit of gap, pace and tyres."""
        spec = self.p["traffic"]
        logit = spec["pass_logit"]
        quicker = (other.end_s - other.road_start_s) - (free - car.effective_s)
        if quicker > spec["certain_pass_pace_s"]:
            return True
        gap = min(car.effective_s - other.road_start_s, spec["dirty_air_reach_s"])
        z = (
            logit["constant"]
            + logit["gap"] * gap
            + logit["pace"] * quicker
            + logit["tyre_age"] * (other.tyre_laps - car.tyre_laps)
            + logit["circuit"] * self.logit_circuit
        )
        draws = self.luck.passing[car.index, car.lap]
        return bool(draws[min(met, len(draws) - 1)] < 1 / (1 + exp(-z)))

    def _ahead(self, car: _Car) -> list[_Car]:
        """Cars on their lap ahead on the road, the nearest first."""
        others = [c for c in self.cars if c is not car and c.running and c.end_s > car.effective_s]
        others.sort(key=lambda c: -c.road_start_s)
        return others

    def _apart(self, car: _Car, end: float) -> float:
        """Keep two cars from sharing the line."""
        least = self.p["race"]["position_swap_gap_s"]
        others = sorted(c.end_s for c in self.cars if c is not car and c.running and not c.boxing)
        for taken in others:
            if abs(taken - end) < least:
                end = taken + least
        return end

    def _mistake(self, car: _Car, lap: Lap) -> float:
        i, n, spec, script = car.index, car.lap, self.p["mistakes"], self.script
        chance = spec["probability_per_lap"] * (spec["wet_factor"] if lap.wet else 1.0)
        lost = float(self.luck.mistake_s[i, n]) if self.luck.mistake[i, n] < chance else 0.0
        off_s, seconds = script.offs.get(i, (inf, 0.0))
        if i not in self.offs and off_s < car.effective_s + _modelled(lap):
            lost = max(lost, seconds)
            self.offs[i] = n
        if lost >= spec["message_from_s"]:
            at = car.effective_s + (0.2 + 0.6 * float(self.luck.gap[i, n])) * _modelled(lap)
            self.events.append(Event(at, "off", i, lost))
        if self._damaged(car):
            self.events.append(Event(car.effective_s + 9.0, "puncture", i, script.damage_s))
            lost += script.damage_s
        return lost

    def _damaged(self, car: _Car) -> bool:
        script = self.script
        return script.damage and car.index == script.damaged and car.lap == script.damage_lap

    # -- behind the safety car -----------------------------------------------------------------

    def _window(self, car: _Car, end: float) -> tuple[str, Window] | None:
        """The neutralisation a lap would run into."""
        for kind, window in self.windows:
            if car.clock_s < window.end_s and end > window.start_s:
                return kind, window
        return None

    def _neutral_lap(self, car: _Car, lap: Lap, kind: str, window: Window, *, head: bool) -> float:
        """A lap on which nobody overtakes; returns when it crosses the line on the track."""
        own = _modelled(lap)
        if kind == "vsc":
            spec = self.p["virtual_safety_car"]
            end = _slowed(car.effective_s, own, window, spec["factor"])
        else:
            spec = self.p["safety_car"]
            if head and not self.queue:
                self._pick_up(car, own, window)
                window = self.windows[0][1]
            end = _slowed(car.effective_s, own, window, spec["catch_factor"])
            for before, after in zip(self.queue, self.queue[1:], strict=False):
                if before <= car.effective_s < after:
                    end = max(end, after)
        gap = _between(spec["gap_s"], self.luck.gap[car.index, car.lap])
        for other in self._ahead(car):
            if not other.boxing:
                end = max(end, other.end_s + gap)
        car.blue_s = 0.0
        return end

    def _pick_up(self, car: _Car, own: float, window: Window) -> None:
        """The safety car finds the leader: when the two take the line, and when it goes in."""
        spec = self.p["safety_car"]
        spread = spec["queue_factor_spread"] * (2 * float(self.luck.gap[car.index, car.lap]) - 1)
        step = own * (spec["queue_factor"] + spread)
        first = _slowed(car.effective_s, own, window, spec["queue_factor"])
        n = max(1, round((window.end_s - first) / step))
        self.queue = [car.effective_s, *(round(first + step * k, 3) for k in range(n + 1))]
        end = round(self.queue[-1] - spec["restart_lead_s"], 3)
        self.windows[0] = ("sc", replace(window, end_s=end))

    # -- the pits ------------------------------------------------------------------------------

    def _wanted_tyre(self, car: _Car, end: float) -> str | None:
        """The tyre to fit at the end of this lap, None for staying out."""
        if car.lap > self.distance - _LAST_STOP_LAPS:
            return None
        if self._damaged(car):
            return "HARD"
        decided = car.effective_s + _BOX_DECISION * self.nominal
        rain = self.script.rain
        if rain is not None:
            waits = self.p["rain"]["wait_for_rain_laps"] * self.nominal
            expecting = not car.rain_over and decided >= rain.start_s - waits
            if expecting or car.compound == "INTERMEDIATE":
                return self._rain_tyre(car, rain, decided)
        if not car.stops or car.lap < car.stops[0][0]:
            return self._cheap_stop(car, end)
        neutral = self._window(car, end + self.nominal) is not None
        if neutral and car.index == self.script.penalised:
            return None  # a penalty is served under green
        return car.stops.pop(0)[1]

    def _rain_tyre(self, car: _Car, rain: Rain, decided: float) -> str | None:
        """Intermediates once they are due, slicks when they are again; too late for it: neither."""
        if car.compound == "INTERMEDIATE":
            over = decided >= rain.crossover_out_s + self.script.box_out_delay_s[car.index]
            return self._slick_to_the_end(car) if over else None
        if decided < rain.crossover_in_s + self.script.box_in_delay_s[car.index]:
            return None
        car.rain_over = True
        worth = car.effective_s < rain.crossover_out_s - _WORTH_RAIN_LAPS * self.nominal
        return "INTERMEDIATE" if worth else None

    def _cheap_stop(self, car: _Car, end: float) -> str | None:
        """A stop brought forward because the field is slowed down."""
        if car.index == self.script.penalised or not car.stops:
            return None
        for kind, window in self.windows:
            spec = self.p["safety_car" if kind == "sc" else "virtual_safety_car"]
            seen = end > window.start_s + _SAFETY_CAR_REACTION_S
            early = car.clock_s < window.start_s + self.nominal and end < window.end_s
            near = car.stops[0][0] - car.lap <= spec["stop_ahead_of_plan_laps"]
            dares = self.luck.decision[car.index, car.done_stops] < spec["stop_probability"]
            if seen and early and near and dares:
                return car.stops.pop(0)[1]
        return None

    def _slick_to_the_end(self, car: _Car) -> str:
        """Slicks for what is left; another stop is planned where that is too long."""
        left = self.distance - car.lap
        u = float(self.luck.decision[car.index, car.done_stops])
        lives = {name: spec["life_laps"] for name, spec in self.p["tyres"]["compounds"].items()}
        car.stops = []
        if left <= lives["SOFT"] - 5 or (left <= lives["SOFT"] + 2 and u < 0.5):  # noqa: PLR2004
            return "SOFT"
        if left <= lives["MEDIUM"] - 4 + 6 * u:
            return "MEDIUM"
        if u < 0.6:  # noqa: PLR2004
            return "HARD"
        car.stops = [(car.lap + round(left * (0.45 + 0.1 * u)), "MEDIUM")]
        return "MEDIUM"

    def _pit_factor(self, clock_s: float) -> float:
        """Cost of a stop at this moment, relative to green."""
        for kind, window in self.windows:
            if window.start_s <= clock_s < window.end_s:
                spec = "safety_car" if kind == "sc" else "virtual_safety_car"
                return float(self.p[spec]["pit_loss_factor"])
        return 1.0

    def _enter_pit(self, car: _Car, lap: Lap, tyre: str) -> None:
        """Go through the pit lane: everything but the driving is settled here."""
        pit, i = self.p["pit"], car.index
        lap.pit_normal += pit["loss_in_lap_s"]
        lap.pit_in_s = round(lap.end_s - pit["entry_before_line_s"], 3)
        served = self._penalty(car, lap, tyre)
        crew = float(self.luck.crew_s[i, min(car.done_stops, self.luck.crew_s.shape[1] - 1)])
        slow, seconds = self.script.slow_stop
        if i == slow and car.done_stops == 0:
            crew += seconds
        arrives = lap.pit_in_s + _BOX_AFTER_ENTRY_S
        wait = max(0.0, self.boxes.get(self.teams[i], -inf) - arrives)
        lap.stop = Stop(round(crew + wait, 3), wait, served)
        self.boxes[self.teams[i]] = arrives + pit["stationary_s"] + lap.stop.excess_s + served
        out_s = lap.pit_in_s + pit["lane_s"] + lap.stop.excess_s + served
        car.exit = _PitExit(lap.stop, round(out_s, 3))
        car.next_compound = tyre

    def _leave_pit(self, car: _Car, lap: Lap, exit_: _PitExit) -> None:
        """Fresh tyres, and the moment the car is back up to speed."""
        lost = self.p["pit"]["loss_out_lap_s"] * self._pit_factor(lap.end_s)
        car.effective_s = lap.end_s + lost + exit_.stop.excess_s + exit_.stop.served_s
        car.compound, car.stint = car.next_compound, car.stint + 1
        low, high = self.p["tyres"]["used_set_laps"]
        draw = float(self.luck.fresh[car.index, min(car.done_stops, 7)])
        worn = draw < self.p["tyres"]["used_set_probability"] and car.compound == "SOFT"
        car.tyre_laps = round(low + (high - low) * draw) if worn else 0
        car.wear_age, car.fresh = float(car.tyre_laps), not worn
        car.done_stops += 1

    def _penalty(self, car: _Car, lap: Lap, tyre: str) -> float:
        """Seconds of a penalty served in this stop; the first stop that counts earns it."""
        if car.index != self.script.penalised:
            return 0.0
        if not car.penalty:
            if self.script.rain is None or tyre == "INTERMEDIATE":
                car.penalty = "given"
                self.events.append(Event(lap.end_s + 12.0, "speeding", car.index))
            return 0.0
        if car.penalty == "given":
            car.penalty = "served"
            seconds = float(self.p["pit"]["penalty_s"])
            self.events.append(Event(lap.end_s + 20.0, "served", car.index, seconds))
            return seconds
        return 0.0


def _modelled(lap: Lap) -> float:
    """Seconds of a lap on the track without traffic, mistakes and noise."""
    return lap.track + lap.fuel + lap.pace + lap.tyre_normal + lap.tyre_excess


def _touches(lap: Lap, window: Window) -> bool:
    return lap.start_s < window.end_s and lap.end_s > window.start_s


def _between(bounds: list[float], share: float) -> float:
    return float(bounds[0] + (bounds[1] - bounds[0]) * share)


def _slowed(start: float, own: float, window: Window, factor: float) -> float:
    """End of a lap that takes `own` on a green track, begun at `start` [s]."""
    free = max(0.0, window.start_s - start)
    if start >= window.end_s or free >= own:
        return start + own
    at = max(start, window.start_s)
    end = at + (own - free) * factor
    if end <= window.end_s:
        return end
    return window.end_s + own - free - (window.end_s - at) / factor
