"""What fate has in store for a demo race: drawn before the lights go out.

Each purpose has a random stream of its own (:func:`stream`), and whatever a car may need is
drawn for every car and lap beforehand. Changing one car's plan therefore never shifts the luck
of another. Times here are race clock: seconds since lights out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from math import exp, inf, log
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy.optimize import brentq

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Stops: TypeAlias = list[tuple[int, str]]

__all__ = [
    "Field",
    "Luck",
    "Parameters",
    "Rain",
    "Script",
    "Window",
    "draw_field",
    "draw_luck",
    "draw_script",
    "parameters",
    "stream",
]

Parameters: TypeAlias = "dict[str, Any]"

_MAX_STOPS = 8
_PASS_DRAWS = 3
_SOME_RAIN = 0.02
_LAPS_CLEAR = 3.0


@cache
def parameters() -> Parameters:
    """Return the numbers every demo weekend is drawn from; see ``parameters.json``."""
    text = resources.files(__package__).joinpath("parameters.json").read_text(encoding="utf-8")
    loaded: Parameters = json.loads(text)
    return loaded


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the random numbers of one purpose.

    Parameters
    ----------
    seed : int
        Number of the weekend, 0 or more.
    purpose : str
        What they are for; each purpose has an independent stream.

    Returns
    -------
    numpy.random.Generator
        The same for the same seed and purpose, whatever was drawn for others.
    """
    return np.random.default_rng([seed, *purpose.encode()])


@dataclass(frozen=True)
class Field:
    """What distinguishes the drivers and the tyres of this weekend.

    Parameters
    ----------
    pace_s : ndarray, shape (drivers,)
        Constant pace against the field mean [s per lap], sums to zero.
    wear_s_per_lap : ndarray, shape (drivers,)
        Extra wear slope against the field [s per lap of age], sums to zero.
    noise_s : ndarray, shape (drivers,)
        Standard deviation of a lap [s].
    tyres : dict
        ``offset_s``, ``wear_s_per_lap`` and ``wear_s_per_lap2`` of each compound.
    evolution_gain_s, evolution_tau_s : float
        Grip gained over a long race [s] and how soon [s].
    """

    pace_s: Floats
    wear_s_per_lap: Floats
    noise_s: Floats
    tyres: dict[str, dict[str, float]]
    evolution_gain_s: float
    evolution_tau_s: float


@dataclass(frozen=True)
class Window:
    """A safety car or virtual safety car: from ``start_s`` to ``end_s`` [s]."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class Rain:
    """A shower: wetness of the track over the race clock.

    It rises smoothly to ``peak`` within ``rise_s``, stays for ``hold_s`` and dries off with the
    time constant ``drying_s``. Intermediates are quicker between ``crossover_in_s`` and
    ``crossover_out_s``.
    """

    start_s: float
    rise_s: float
    hold_s: float
    peak: float
    drying_s: float
    crossover_in_s: float = inf
    crossover_out_s: float = inf

    @property
    def stop_s(self) -> float:
        """Race clock at which the last drop falls [s]."""
        return self.start_s + self.rise_s + self.hold_s

    def wetness(self, clock_s: float) -> float:
        """Wetness of the track, 0 dry … 1 [-].

        Parameters
        ----------
        clock_s : float
            Race clock [s].

        Returns
        -------
        float
            Zero before the rain and once the track is as good as dry.
        """
        since = clock_s - self.start_s
        if since <= 0:
            return 0.0
        if since < self.rise_s:
            x = since / self.rise_s
            return self.peak * x * x * (3 - 2 * x)
        if since <= self.rise_s + self.hold_s:
            return self.peak
        left = self.peak * exp(-(clock_s - self.stop_s) / self.drying_s)
        return left if left > _SOME_RAIN else 0.0


@dataclass(frozen=True)
class Script:
    """The events of a race, before the cars have their say.

    Drivers are given by their row in the parameters. ``offs`` tells when somebody slides off
    and what it costs [s]. ``damage`` is a puncture on the lap and for the seconds given, used only
    where nobody would be lapped otherwise.
    """

    rain: Rain | None
    safety_car: Window
    virtual: Window | None
    retirements: dict[int, float]
    cause: int | None
    virtual_cause: int | None
    slow_stop: tuple[int, float]
    penalised: int
    offs: dict[int, tuple[float, float]]
    plans: list[tuple[str, Stops]]
    used_laps: list[int]
    box_in_delay_s: Floats
    box_out_delay_s: Floats
    damaged: int
    damage_lap: int
    damage_s: float
    damage: bool = False


@dataclass(frozen=True)
class Luck:
    """Everything random that may happen to a car on a lap, drawn for all of them.

    Arrays have one row per driver and one column per lap (index = lap number), or per stop.
    """

    noise: Floats
    mistake: Floats
    mistake_s: Floats
    start_s: Floats
    passing: Floats
    gap: Floats
    after_pass: Floats
    blue: Floats
    crew_s: Floats
    decision: Floats
    fresh: Floats = field(repr=False)


def draw_field(seed: int, p: Parameters) -> Field:
    """Draw the drivers and tyres of a weekend.

    Parameters
    ----------
    seed : int
        Number of the weekend.
    p : dict
        As :func:`parameters` gives them.

    Returns
    -------
    Field
        Pace and extra wear sum to zero over the field.
    """
    race, rng = p["race"], stream(seed, "field")
    teams = np.array([driver["team"] for driver in p["drivers"]])
    n = len(teams)
    pace = rng.normal(0.0, race["pace_team_sd_s"], len(p["teams"]))[teams]
    pace = pace + rng.normal(0.0, race["pace_driver_sd_s"], n)
    wear = rng.normal(0.0, race["wear_driver_sd_s_per_lap"], n)
    evolution = stream(seed, "evolution")
    low, high = race["noise_s"]
    return Field(
        pace_s=pace - pace.mean(),
        wear_s_per_lap=wear - wear.mean(),
        noise_s=low + (high - low) * rng.random(n),
        tyres=_draw_tyres(stream(seed, "tyres"), p["tyres"]),
        evolution_gain_s=_clipped(evolution, race["evolution_gain_s"]),
        evolution_tau_s=_clipped(evolution, race["evolution_tau_laps"]) * race["nominal_lap_s"],
    )


def draw_luck(seed: int, p: Parameters) -> Luck:
    """Draw the luck of every car on every lap.

    Parameters
    ----------
    seed : int
        Number of the weekend.
    p : dict
        As :func:`parameters` gives them.

    Returns
    -------
    Luck
        Standard normal and uniform numbers, or seconds where the name says so.
    """
    n, laps = len(p["drivers"]), p["race"]["laps"] + 1
    pit, mistakes = p["pit"], p["mistakes"]
    crew, slip = stream(seed, "crew"), stream(seed, "mistakes")
    usual = crew.normal(0.0, pit["excess_sd_s"], (n, _MAX_STOPS))
    botched = crew.random((n, _MAX_STOPS)) < pit["excess_tail_probability"]
    tail = crew.exponential(pit["excess_tail_mean_s"], (n, _MAX_STOPS))
    return Luck(
        noise=stream(seed, "noise").standard_normal((n, laps)),
        mistake=slip.random((n, laps)),
        mistake_s=mistakes["least_s"] + slip.exponential(mistakes["excess_mean_s"], (n, laps)),
        start_s=stream(seed, "start").normal(0.0, p["race"]["start"]["sd_s"], n),
        passing=stream(seed, "passing").random((n, laps, _PASS_DRAWS)),
        gap=stream(seed, "gap").random((n, laps)),
        after_pass=stream(seed, "after pass").random((n, laps)),
        blue=stream(seed, "blue").random((n, laps, 2)),
        crew_s=np.maximum(usual + botched * tail, pit["excess_low_s"]),
        decision=stream(seed, "decision").random((n, _MAX_STOPS)),
        fresh=stream(seed, "fresh").random((n, _MAX_STOPS)),
    )


def draw_script(seed: int, p: Parameters, *, dry: bool = False) -> Script:
    """Draw the events of a race.

    Parameters
    ----------
    seed : int
        Number of the weekend.
    p : dict
        As :func:`parameters` gives them.
    dry : bool
        Leave the rain out.

    Returns
    -------
    Script
        Safety car, virtual safety car and rain keep clear of each other.
    """
    race, n = p["race"], len(p["drivers"])
    lap_s: float = race["nominal_lap_s"]
    rain = None if dry else _draw_rain(stream(seed, "rain"), p)
    busy = [] if rain is None else [(rain.start_s - 2 * lap_s, rain.crossover_out_s + 4 * lap_s)]
    neutral = stream(seed, "safety car")
    safety_car = _draw_safety_car(neutral, p, busy)
    busy.append((safety_car.start_s, safety_car.end_s))
    virtual = _draw_virtual(stream(seed, "virtual"), p, busy)
    cast = stream(seed, "cast")
    who = [int(i) for i in cast.permutation(n)]
    retirements, cause, virtual_cause = _draw_retirements(cast, p, who[:2], safety_car, virtual)
    if virtual is not None:
        busy.append((virtual.start_s, virtual.end_s))
    in_delay, out_delay = _draw_delays(stream(seed, "box delay"), p, gambler=who[6])
    plans = _draw_plans(stream(seed, "plans"), p)
    if dry:
        plans[who[2]] = _two_stops_clear_of(busy, plans[who[2]][0], p)
    draw = stream(seed, "incidents")
    return Script(
        rain=rain,
        safety_car=safety_car,
        virtual=virtual,
        retirements=retirements,
        cause=cause,
        virtual_cause=virtual_cause,
        slow_stop=(who[3], float(draw.uniform(*p["pit"]["slow_stop_s"]))),
        penalised=who[2],
        offs=_draw_offs(draw, p, who[4:6], busy),
        plans=plans,
        used_laps=_draw_used(stream(seed, "used sets"), p),
        box_in_delay_s=in_delay,
        box_out_delay_s=out_delay,
        damaged=who[7],
        damage_lap=int(draw.integers(3, 6)),
        damage_s=float(draw.uniform(*p["mistakes"]["damage_s"])),
    )


def _clipped(rng: np.random.Generator, spec: dict[str, float]) -> float:
    return float(np.clip(rng.normal(spec["mean"], spec["sd"]), spec["low"], spec["high"]))


def _draw_tyres(rng: np.random.Generator, spec: Parameters) -> dict[str, dict[str, float]]:
    tyres = {}
    for name, own in spec["compounds"].items():
        shift = rng.normal(0.0, spec["offset_sd_s"])
        factor = float(np.exp(rng.normal(0.0, spec["wear_log_sd"])))
        reference = name in ("MEDIUM", "INTERMEDIATE")
        tyres[name] = {
            "offset_s": own["offset_s"] + (0.0 if reference else float(shift)),
            "wear_s_per_lap": own["wear_s_per_lap"] * factor,
            "wear_s_per_lap2": own["wear_s_per_lap2"] * factor,
        }
    return tyres


def _draw_rain(rng: np.random.Generator, p: Parameters) -> Rain:
    spec = p["rain"]
    start = rng.uniform(*spec["start_lap"]) * p["race"]["nominal_lap_s"]
    rise, hold = rng.uniform(*spec["rise_s"]), rng.uniform(*spec["hold_s"])
    peak, drying = rng.uniform(*spec["peak"]), rng.uniform(*spec["drying_tau_s"])
    level = float(
        brentq(
            lambda w: (
                spec["slick_loss_s"] * w ** spec["slick_exponent"]
                - spec["intermediate_dry_loss_s"]
                - spec["intermediate_loss_s"] * w
            ),
            0.01,
            1.0,
        )
    )
    rising = Rain(start, rise, hold, peak, drying)
    into = brentq(lambda t: rising.wetness(t) - level, start, start + rise)
    out = rising.stop_s + drying * log(peak / level)
    return Rain(start, rise, hold, peak, drying, float(into), float(out))


def _overlaps(start: float, end: float, busy: list[tuple[float, float]], clear: float) -> bool:
    return any(start < b + clear and end > a - clear for a, b in busy)


def _draw_safety_car(
    rng: np.random.Generator, p: Parameters, busy: list[tuple[float, float]]
) -> Window:
    spec, lap_s = p["safety_car"], p["race"]["nominal_lap_s"]
    while True:
        start = rng.uniform(*spec["lap"]) * lap_s
        end = start + rng.uniform(*spec["length_laps"]) * lap_s * spec["queue_factor"]
        if not _overlaps(start, end, busy, lap_s):
            return Window(round(start, 3), round(end, 3))


def _draw_virtual(
    rng: np.random.Generator, p: Parameters, busy: list[tuple[float, float]]
) -> Window | None:
    spec, lap_s = p["virtual_safety_car"], p["race"]["nominal_lap_s"]
    wanted = rng.random() < spec["probability"]
    for _ in range(20):
        start = rng.uniform(*p["safety_car"]["lap"]) * lap_s
        end = start + rng.uniform(*spec["length_s"])
        if wanted and not _overlaps(start, end, busy, 3 * lap_s):
            return Window(round(start, 3), round(end, 3))
    return None


def _draw_retirements(
    rng: np.random.Generator, p: Parameters, who: list[int], sc: Window, virtual: Window | None
) -> tuple[dict[int, float], int | None, int | None]:
    """Race clock of each retirement, and which of them brought out which safety car."""
    first, second = who
    lap_s = p["race"]["nominal_lap_s"]
    before = rng.uniform(12.0, 25.0, 2)
    alone = rng.uniform(0.3, 0.7) * p["race"]["laps"] * lap_s
    causes = rng.random() < p["safety_car"]["caused_by_retirement_probability"]
    out = {first: sc.start_s - float(before[0]) if causes else float(alone)}
    again = rng.random() < p["virtual_safety_car"]["caused_by_retirement_probability"]
    if virtual is not None and again:
        out[second] = virtual.start_s - float(before[1])
    return out, first if causes else None, second if second in out else None


def _draw_delays(rng: np.random.Generator, p: Parameters, gambler: int) -> tuple[Floats, Floats]:
    spec, n = p["rain"]["decision_delay_s"], len(p["drivers"])
    into, out = rng.normal(spec["mean"], spec["sd"], (2, n))
    into[gambler] = rng.uniform(*p["rain"]["gambler_delay_s"])
    return into, out


def _draw_plans(rng: np.random.Generator, p: Parameters) -> list[tuple[str, Stops]]:
    """First compound of each driver and the stops they mean to make in the dry."""
    weights = np.array([plan["weight"] for plan in p["plans"]], dtype=float)
    laps, plans = p["race"]["laps"], []
    for pick in rng.choice(len(weights), size=len(p["drivers"]), p=weights / weights.sum()):
        plan = p["plans"][pick]
        shift = rng.normal(0.0, p["plan_jitter_laps"], len(plan["stops_at"]))
        at = [round(share * laps + s) for share, s in zip(plan["stops_at"], shift, strict=True)]
        plans.append((plan["compounds"][0], list(zip(at, plan["compounds"][1:], strict=True))))
    return plans


def _two_stops_clear_of(
    busy: list[tuple[float, float]], first: str, p: Parameters
) -> tuple[str, Stops]:
    """A plan whose stops, the second above all, fall on green laps."""
    lap_s, laps = p["race"]["nominal_lap_s"], p["race"]["laps"]

    def green(around: float, since: int) -> int:
        laps_left = range(since, laps - 6)
        free = [
            lap
            for lap in laps_left
            if not _overlaps((lap - 1) * lap_s, (lap + 1) * lap_s, busy, _LAPS_CLEAR * lap_s)
        ]
        return min(free or laps_left, key=lambda lap: abs(lap - around * laps))

    early = green(0.30, 8)
    return first, [(early, "HARD"), (green(0.66, early + 8), "MEDIUM")]


def _draw_offs(
    rng: np.random.Generator, p: Parameters, who: list[int], busy: list[tuple[float, float]]
) -> dict[int, tuple[float, float]]:
    """When drivers slide off on a green and dry track, and the seconds it costs."""
    spec, lap_s = p["mistakes"], p["race"]["nominal_lap_s"]
    offs = {}
    for driver in who[: int(rng.integers(spec["offs"][0], spec["offs"][1] + 1))]:
        seconds = float(rng.uniform(*spec["off_s"]))
        while True:
            clock = float(rng.uniform(3.0, p["race"]["laps"] - 4.0)) * lap_s
            if not _overlaps(clock - lap_s, clock + lap_s, busy, lap_s):
                break
        offs[driver] = (clock, seconds)
    return offs


def _draw_used(rng: np.random.Generator, p: Parameters) -> list[int]:
    """Laps already on the first set of each driver."""
    spec, n = p["tyres"], len(p["drivers"])
    used = rng.random(n) < spec["used_set_probability"]
    low, high = spec["used_set_laps"]
    return [int(laps) for laps in used * rng.integers(low, high + 1, n)]
