"""A field flattened into what compiled code reads: plain arrays, plain numbers, one row a car."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from f1lab.calc.race_state import BURN_FACTOR
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.racemodel.laps import FLAGS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from f1lab.engine.inputs import Policies, RaceField

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "CAR",
    "FLAG_BURN",
    "GREEN",
    "NEVER",
    "RACE",
    "RED",
    "RESTART",
    "SC",
    "VSC",
    "YELLOW",
    "Moment",
    "Rules",
    "Tables",
    "rules_of",
    "tables_of",
]

GREEN, YELLOW, VSC, SC, RESTART, RED = range(len(FLAGS))
#: Fuel and wear of a lap under each flag, relative to a green lap [-].
FLAG_BURN = np.array([1.0, 1.0, BURN_FACTOR["vsc"], BURN_FACTOR["sc"], 1.0, BURN_FACTOR["red"]])
#: Car number of what belongs to the race as a whole.
RACE = -1
#: A lap that no race reaches.
NEVER = 1 << 30

#: One car during a race.
CAR = np.dtype(
    [
        ("time_s", np.float64),  # last crossing of the line
        ("start_s", np.float64),  # when this lap began on the road: there, or leaving the pits
        ("clear_s", np.float64),  # this lap on these tyres in clear air, as expected
        ("free_s", np.float64),  # the same with this lap's scatter
        ("in_s", np.float64),  # what the stop at the end of this lap costs it
        ("out_s", np.float64),  # what the stop costs the next one
        ("ran", np.int64),  # 0 when the leader gained a lap on it instead
        ("done", np.int64),
        ("running", np.int64),
        ("last_lap", np.int64),  # the lap it will not complete
        ("compound", np.int64),
        ("tyre_class", np.int64),
        ("age", np.int64),  # quarter laps
        ("used", np.int64),  # bit mask of compounds
        ("tyre_laps", np.int64),  # laps since the stop: 0 on the out lap, 1 while warming up
        ("variant", np.int64),
        ("stop", np.int64),  # the next stop of the variant
        ("stop_lap", np.int64),
        ("stops", np.int64),
        ("changes", np.int64),  # stops and changes during a red flag
        ("box", np.int64),  # compound fitted at the end of this lap, −1 for none
        ("box_age", np.int64),
        ("freed", np.int64),  # 1 while a car let past the safety car catches its queue
        ("covers", np.int64),  # 1 when called in to answer a rival's stop
    ]
)


class Rules(NamedTuple):
    """The numbers that hold for every car and lap."""

    n_laps: int
    first_lap: int
    n_draws: int
    flag: int
    flag_laps_left: int
    saved_kg: float
    burn_kg: float
    level_s: float
    slot_s: float
    spread_s: float
    in_share: float
    vsc_loss: float
    sc_loss: float
    crew_scale_s: float
    crew_power: float
    crew_longest_s: float
    intercept: float
    by_gap: float
    by_pace: float
    by_age: float
    reach_s: float
    ceiling: float
    follow_s: float
    dirty_air_s: float
    dirty_reach_s: float
    passer_s: float
    passed_s: float
    blue_flag_s: float
    lapping_s: float
    vsc_factor: float
    sc_factor: float
    sc_first_factor: float
    sc_gap_s: float
    unlap_laps: int
    unlap_p: float
    sc_share: float
    vsc_share: float
    cover_p: float
    cover_gap_s: float
    cover_window_laps: int
    crossover_s: float
    showers: bool
    mean_shower_laps: float
    peak_steps: int
    drying_laps: float
    dry_compounds: int
    least_stops: int


class Tables(NamedTuple):
    """The numbers that differ by draw, lap, car or compound."""

    track_s: Floats
    fuel_s_per_kg: Floats
    fuel_kg: Floats
    pace_s: Floats
    own_wear_s: Floats
    offset_s: Floats
    wear_s: Floats
    warm_up_s: Floats
    noise_s: Floats
    loss_s: Floats
    crew_s: Floats
    flown: Ints
    sc_p: Floats
    vsc_p: Floats
    red_p: Floats
    sc_lasts: Floats
    vsc_lasts: Floats
    sc_left: Floats
    vsc_left: Floats
    alive_p: Floats
    answer_sc_p: Floats
    answer_vsc_p: Floats
    rain_p: Floats
    wetness_s: Floats
    start_compound: Ints
    stop_lap: Ints
    stop_compound: Ints
    stop_age: Ints
    variant_p: Floats
    reacts: Ints
    oldest: Ints
    grid: Floats
    state_time_s: Floats
    state_done: Ints
    state_running: Ints
    state_compound: Ints
    state_age: Ints
    state_used: Ints


class Moment(NamedTuple):
    """One lap of one race, as every car meets it."""

    key: np.uint64
    draw: int
    lap: int  # the leader's, counted from 0
    flag: int
    began: bool  # it has just come out
    known: bool  # it was known beforehand
    level_s: Floats  # lap of the average car on new tyres of each class


def rules_of(field: RaceField) -> Rules:
    """The numbers of a field that hold for every car and lap."""
    model, pit, passing = field.model, field.pit, field.passing
    first = field.state.lap
    fuel = model.fuel_kg
    burn_kg = fuel[0] - fuel[1] if field.n_laps > 1 else 2.0 * fuel[0]
    seen = field.flown[:first]
    saved = 1.0 - FLAG_BURN[np.where(seen < 0, GREEN, seen)]
    return Rules(
        n_laps=int(field.n_laps),
        first_lap=int(first),
        n_draws=len(model.pace_s),
        flag=int(field.state.flag),
        flag_laps_left=int(field.state.flag_laps_left),
        saved_kg=float(saved.sum() * burn_kg),
        burn_kg=float(burn_kg),
        level_s=float(field.start.level_s),
        slot_s=float(field.start.slot_s),
        spread_s=float(field.start.spread_s),
        in_share=float(pit.in_share),
        vsc_loss=float(pit.vsc_factor),
        sc_loss=float(pit.sc_factor),
        crew_scale_s=float(pit.crew_scale_s),
        crew_power=1.0 / float(pit.crew_shape),
        crew_longest_s=float(pit.crew_longest_s),
        intercept=float(passing.intercept),
        by_gap=float(passing.gap),
        by_pace=float(passing.pace),
        by_age=float(passing.age),
        reach_s=float(passing.reach_s),
        ceiling=float(passing.ceiling),
        follow_s=float(passing.follow_s),
        dirty_air_s=float(passing.dirty_air_s),
        dirty_reach_s=float(passing.dirty_reach_s),
        passer_s=float(passing.passer_s),
        passed_s=float(passing.passed_s),
        blue_flag_s=float(passing.blue_flag_s),
        lapping_s=float(passing.lapping_s),
        vsc_factor=float(field.hazards.vsc.lap_factor),
        sc_factor=float(field.hazards.sc.lap_factor),
        sc_first_factor=float(field.hazards.sc_first_factor),
        sc_gap_s=float(field.hazards.sc.gap_s),
        unlap_laps=int(field.hazards.unlap_laps),
        unlap_p=float(field.hazards.unlap_p),
        sc_share=float(field.retirements.sc_share),
        vsc_share=float(field.retirements.vsc_share),
        cover_p=float(field.reactions.cover_p),
        cover_gap_s=float(field.reactions.cover_gap_s),
        cover_window_laps=int(field.reactions.cover_window_laps),
        crossover_s=float(field.reactions.crossover_s),
        showers=bool(np.any(field.weather.rain_p > 0)),
        mean_shower_laps=float(field.weather.mean_laps),
        peak_steps=int(field.weather.peak_steps),
        drying_laps=float(field.weather.drying_laps),
        dry_compounds=int(field.dry_compounds_needed),
        least_stops=int(field.stops_needed),
    )


def tables_of(field: RaceField, policies: Policies) -> Tables:
    """The numbers of a field that differ by draw, lap, car or compound."""
    model, state, hazards = field.model, field.state, field.hazards
    ages = policies.stop_age_steps
    return Tables(
        track_s=_floats(model.track_s),
        fuel_s_per_kg=_floats(model.fuel_s_per_kg),
        fuel_kg=_floats(model.fuel_kg),
        pace_s=_floats(model.pace_s),
        own_wear_s=_floats(model.own_wear_s / AGE_STEPS_PER_LAP),
        offset_s=_floats(model.offset_s),
        wear_s=_floats(model.wear_s),
        warm_up_s=_floats(model.warm_up_s),
        noise_s=_floats(model.noise_s),
        loss_s=_floats(field.pit.loss_s),
        crew_s=_floats(field.pit.speed_s),
        flown=_ints(field.flown),
        sc_p=_floats(hazards.sc_p),
        vsc_p=_floats(hazards.vsc_p),
        red_p=_floats(hazards.red_p),
        sc_lasts=_floats(np.cumsum(hazards.sc.length_p)),
        vsc_lasts=_floats(np.cumsum(hazards.vsc.length_p)),
        sc_left=_floats(_left_p(hazards.sc.length_p)),
        vsc_left=_floats(_left_p(hazards.vsc.length_p)),
        alive_p=_floats(_alive_p(field.retirements.p, state.done)),
        answer_sc_p=_floats(field.reactions.sc_p),
        answer_vsc_p=_floats(field.reactions.vsc_p),
        rain_p=_floats(field.weather.rain_p),
        wetness_s=_floats(field.weather.class_s - field.weather.class_s[0]),
        start_compound=_ints(policies.start_compound),
        stop_lap=_ints(policies.stop_lap),
        stop_compound=_ints(policies.stop_compound),
        stop_age=_ints(np.zeros_like(policies.stop_lap) if ages is None else ages),
        variant_p=_floats(np.cumsum(_variant_weight(policies), axis=2)),
        reacts=_ints(policies.reacts),
        oldest=_ints(field.oldest_laps * AGE_STEPS_PER_LAP),
        grid=_floats(state.grid),
        state_time_s=_floats(state.time_s),
        state_done=_ints(state.done),
        state_running=_ints(state.running),
        state_compound=_ints(state.compound),
        state_age=_ints(state.age_steps),
        state_used=_ints(state.used),
    )


def _variant_weight(policies: Policies) -> Floats:
    """Chance of each variant by draw, shape (d, n, v); one draw stands for all that are alike."""
    return policies.weight[None] if policies.draw_weight is None else policies.draw_weight


def _floats(values: ArrayLike) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


def _ints(values: ArrayLike) -> Ints:
    return np.ascontiguousarray(values, dtype=np.int64)


def _left_p(length_p: Floats) -> Floats:
    """Chance that at most 0, 1, 2 … laps are left of one that flies at a random moment."""
    lasting = np.cumsum(length_p[::-1])[::-1]
    return np.asarray(np.cumsum(lasting) / lasting.sum())


def _alive_p(p: Floats, done: Ints) -> Floats:
    """Chance that a car which has done so many laps also completes each later one."""
    ahead = np.arange(p.shape[1]) >= np.asarray(done)[:, None]
    return np.asarray(np.cumprod(np.where(ahead, 1.0 - p, 1.0), axis=1))
