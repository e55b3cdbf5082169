"""The race after the leader's lap k: what a pit wall knows then, and nothing later.

The race model is fitted to the laps driven so far, leaning on the forecast of pace and of the
lap's level where laps are few. Cars stand where they last crossed the line; plans are drawn up
for the distance left, and a wet track dries, or does not, differently in every draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.engine.field_entry import (
    entries,
    saw_rain,
    stops_needed,
)
from f1lab.engine.field_hindsight import flown_flags, with_own_loss
from f1lab.engine.field_model import lap_model
from f1lab.engine.field_prerace import OWN_WEAR_S
from f1lab.engine.forecast import MIDDLE_AGE_LAPS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP, UNKNOWN_FLAG, RaceField, RaceState
from f1lab.engine.policies import driven_plans
from f1lab.engine.policies_habit import CarNow, habit_policies
from f1lab.engine.policies_wear import plan_times_s, weighed_by_wear
from f1lab.errors import InvalidInput
from f1lab.racemodel import RaceModel
from f1lab.racemodel.design import Design
from f1lab.racemodel.fit import fit_race
from f1lab.racemodel.laps import FLAGS, SLICK, TYRE_CLASSES, fuel_at_start_kg, race_laps
from f1lab.racemodel.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.schema import Session, Weekend
    from f1lab.engine.field_entry import Entries
    from f1lab.engine.field_prerace import Known
    from f1lab.engine.inputs import LapModel, PitLane, Weather
    from f1lab.engine.priors import Habits
    from f1lab.racemodel.laps import RaceLaps

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["midrace_field"]

#: A running car crosses the line at least once in a lap and a half and a stop [s].
_SLOW_LAPS, _STOP_S = 0.5, 40.0
#: Rain tyres this few laps ago mean a wet track [laps].
_WET_REACH_LAPS = 3.0
_NUGGET_S = 0.02
#: Gap between the last car that ended its lap before a red flag and the first that had yet to [s].
_RED_QUEUE_GAP_S = 1.0
#: A car without a lap will not run; it has to stand on something.
_NO_LAP_COMPOUND = COMPOUNDS.index("MEDIUM")


@dataclass(frozen=True, repr=False)
class _Moment:
    """The race cut off at the end of the leader's lap."""

    lap: int
    leader_s: float
    cut_s: float
    race: Session


def midrace_field(weekend: Weekend, lap: int, known: Known, n_draws: int, seed: int) -> RaceField:
    """Build the field as it stands at the end of the leader's lap.

    Parameters
    ----------
    weekend : Weekend
    lap : int
        Leader's lap, 1 … distance − 1.
    known : Known
    n_draws, seed : int

    Returns
    -------
    RaceField
        Every car that started, in grid order.

    Raises
    ------
    InvalidInput
        The lap is not one after which there is a race left to run.
    """
    n_laps = known.distance(weekend)
    moment = _moment(weekend, lap, n_laps)
    entry, tables, circuit = entries(weekend), known.engine_priors, weekend.circuit
    rng = np.random.default_rng(seed)
    laps = race_laps(moment.race, weekend.year)
    base_s, _ = known.forecast.base(weekend, known.history)
    weather = tables.weather(n_laps, base_s, saw_rain(weekend))
    habits, needed = tables.habits(circuit), stops_needed(weekend)
    fitted = _fit(weekend, entry, laps, known)
    coefficients = fitted.centred(fitted.draws(n_draws, seed))
    model = lap_model(
        fitted,
        coefficients,
        entry.drivers,
        fuel_at_start_kg(weekend.race, weekend.year),
        weather.class_s,
    )
    pit = with_own_loss(tables.pit_lane(circuit, entry.teams, n_draws, rng), fitted, rng)
    flown = flown_flags(laps, n_laps)
    flag = _flag_now(moment, int(flown[lap - 1]))
    flown[lap:] = UNKNOWN_FLAG
    state, cars = _state(moment, laps, entry, habits, pit, flag)
    model = _with_drying(model, laps, lap, weather, rng)
    policies = habit_policies(cars, habits, n_laps, needed)
    times_s = plan_times_s(policies, model, pit.loss_s, n_laps, state.done, state.age_steps)
    return RaceField(
        year=weekend.year,
        event=weekend.event,
        circuit=circuit,
        as_of=lap,
        drivers=entry.drivers,
        teams=entry.teams,
        n_laps=n_laps,
        model=model,
        start=tables.start(circuit),
        pit=pit,
        passing=tables.passing(circuit),
        hazards=tables.hazards(circuit, n_laps),
        retirements=tables.retirements(entry.teams, n_laps),
        reactions=tables.reactions(n_laps),
        policies=weighed_by_wear(policies, times_s, habits.worth_s),
        weather=weather,
        state=state,
        flown=flown,
        oldest_laps=np.rint(habits.oldest_laps).astype(np.int64),
        stops_needed=needed,
    )


def _moment(weekend: Weekend, lap: int, n_laps: int) -> _Moment:
    """Cut the race off: laps up to ``lap``, crossed before the leader could cross the line again."""
    frame = weekend.race.laps
    leader = frame.loc[frame["lap"] == lap, ["driver", "time_s"]]
    if not 1 <= lap < n_laps or leader.empty:
        last = min(n_laps - 1, int(frame["lap"].max()))
        raise InvalidInput(
            f"as_of={lap} is no lap of the {weekend.year} {weekend.event} with a race left to "
            f"run; give 'pre-race', 'hindsight' or a lap from 1 to {last}."
        )
    first = leader.sort_values("time_s", kind="stable").iloc[0]
    own = frame[(frame["driver"] == first["driver"]) & (frame["lap"] <= lap)]
    a_lap_s = max(float(own["lap_time_s"].median()), float(own["lap_time_s"].iloc[-1]))
    leader_s, cut_s = float(first["time_s"]), float(first["time_s"]) + a_lap_s
    kept = frame[(frame["lap"] <= lap) & (frame["time_s"] <= cut_s)].reset_index(drop=True)
    return _Moment(lap, leader_s, cut_s, replace(weekend.race, laps=kept, total_laps=n_laps))


def _fit(weekend: Weekend, entry: Entries, laps: RaceLaps, known: Known) -> RaceModel:
    """Fit the laps driven so far, with the forecast as prior."""
    design = Design.of(laps, known.priors, weekend.circuit)
    precision, shift = design.precision.copy(), design.shift.copy()
    blocks, n = design.blocks, len(laps.drivers)
    forecast = known.forecast
    pace = forecast.pace(weekend, entry, known.history)
    base_s, base_sd = forecast.base(weekend, known.history)
    # pace at a middle tyre age, against the mean of the cars with laps
    cars = [entry.drivers.index(code) for code in laps.drivers]
    to_s = base_s / 100
    mean = to_s * (pace.mean[cars] - pace.mean[cars].mean())
    spread = to_s**2 * pace.covariance[np.ix_(cars, cars)] + _NUGGET_S**2 * np.eye(n)
    rows = np.zeros((n, len(shift)))
    rows[:, blocks["pace"]] = np.eye(n)
    rows[:, blocks["excess"]] = MIDDLE_AGE_LAPS * np.eye(n)
    information = np.linalg.inv(spread)
    precision += rows.T @ information @ rows
    shift += rows.T @ information @ mean
    own_wear = np.arange(blocks["excess"].start, blocks["excess"].stop)
    precision[own_wear, own_wear] += OWN_WEAR_S**-2
    level = blocks[f"track_{TYRE_CLASSES[SLICK]}"].start
    precision[level, level] += base_sd**-2
    shift[level] += base_s * base_sd**-2
    design = replace(design, precision=precision, shift=shift)
    with one_thread():
        fit = fit_race(laps, design, known.priors.noise_s)
    return RaceModel(weekend.circuit, laps, design, fit, known.priors)


def _flag_now(moment: _Moment, of_the_lap: int) -> int:
    """Flag as the leader crosses the line, from the track status; from the lap without one."""
    status = moment.race.track_status
    status = status[status["time_s"] <= moment.leader_s]
    if status.empty:
        return of_the_lap
    return FLAGS.index(str(status.sort_values("time_s")["status"].iloc[-1]))


def _state(
    moment: _Moment, laps: RaceLaps, entry: Entries, habits: Habits, pit: PitLane, flag: int
) -> tuple[RaceState, list[CarNow]]:
    """Where every car is, and what its pit wall has to plan with."""
    n, start_s = len(entry.drivers), moment.race.start_s
    time_s, done = np.zeros(n), np.zeros(n, dtype=np.int64)
    running = np.zeros(n, dtype=bool)
    compound, age_steps, used = (np.zeros(n, dtype=np.int64) for _ in range(3))
    a_lap_s = moment.cut_s - moment.leader_s
    alive_s = moment.leader_s - _SLOW_LAPS * a_lap_s - _STOP_S
    cars = []
    for car, driver in enumerate(entry.drivers):
        if driver not in laps.drivers:
            cars.append(CarNow(car + 1, moment.lap, _NO_LAP_COMPOUND, 0.0, 1 << _NO_LAP_COMPOUND))
            compound[car], used[car] = _NO_LAP_COMPOUND, 1 << _NO_LAP_COMPOUND
            continue
        last = int(laps.rows(driver)[-1])
        (plan,) = driven_plans(laps, [driver])
        fitted = [plan.compound, *(stop[1] for stop in plan.stops)]
        stops = len(plan.stops)
        time_s[car], done[car] = laps.time_s[last] - start_s, laps.lap[last]
        running[car] = laps.time_s[last] >= alive_s
        compound[car] = fitted[-1]
        age_steps[car] = round(AGE_STEPS_PER_LAP * float(laps.wear_age[last]))
        if laps.in_lap[last] and running[car] and flag != FLAGS.index("red"):
            # in the pit lane as the lap ends: the stop is under way, for the usual compound
            compound[car] = _next_compound(fitted, habits)
            fitted.append(int(compound[car]))
            age_steps[car], stops = 0, stops + 1
            time_s[car] += (1 - pit.in_share) * float(pit.loss_s.mean()) * _loss_factor(pit, flag)
        for c in fitted:
            used[car] |= 1 << c
        age = float(age_steps[car]) / AGE_STEPS_PER_LAP
        cars.append(CarNow(car + 1, int(done[car]), int(compound[car]), age, int(used[car]), stops))
    if flag == FLAGS.index("red"):
        before = laps.time_s[laps.lap == moment.lap - 1] - start_s
        normal_s = float(np.median(laps.lap_time_s[~laps.red]))
        on_lead_lap = running & (time_s < before.min(initial=np.inf) + normal_s)
        _line_up(moment.lap, time_s, done, on_lead_lap)
    state = RaceState(
        lap=moment.lap,
        grid=entry.grid,
        time_s=time_s,
        done=done,
        running=running,
        compound=compound,
        age_steps=age_steps,
        used=used,
        flag=flag if flag >= FLAGS.index("vsc") else 0,
        flag_laps_left=-1 if flag >= FLAGS.index("vsc") else 0,
    )
    return state, cars


def _line_up(lap: int, time_s: Floats, done: Ints, on_lead_lap: NDArray[np.bool_]) -> None:
    """Let the cars on the leader's lap end it as a red flag comes: nobody passes any more.

    Those who had yet to cross the line follow the others in the order and with the gaps of the
    lap before.
    """
    ahead = done == lap
    late = on_lead_lap & (done == lap - 1)
    if not ahead.any() or not late.any():
        return
    gap_s = time_s[late] - time_s[late].min()
    time_s[late] = time_s[ahead].max() + _RED_QUEUE_GAP_S + gap_s
    done[late] = lap


def _next_compound(fitted: list[int], habits: Habits) -> int:
    """Likeliest set after the ones driven that the rules allow; another of the same in the wet."""
    if fitted[-1] >= len(DRY_COMPOUNDS):
        return fitted[-1]
    chance = habits.next_p[fitted[-1]].copy()
    if len(set(fitted)) == 1:
        chance[fitted[-1]] = 0.0
    return int(chance.argmax())


def _loss_factor(pit: PitLane, flag: int) -> float:
    return {FLAGS.index("sc"): pit.sc_factor, FLAGS.index("vsc"): pit.vsc_factor}.get(flag, 1.0)


def _with_drying(
    model: LapModel, laps: RaceLaps, lap: int, weather: Weather, rng: np.random.Generator
) -> LapModel:
    """Let a track that is wet now stay wet for a while and dry, another while in every draw.

    The wetness now is read off the class that is driven: the middle one of those at which it is
    the best. A dry track is left as it is.
    """
    now = laps.progress > lap - _WET_REACH_LAPS
    if not (laps.tyre_class[now] != SLICK).any():
        return model
    count = np.bincount(laps.tyre_class[now], minlength=len(TYRE_CLASSES))
    driven = int(count.argmax())
    behind = weather.class_s - weather.class_s.min(axis=1, keepdims=True)
    steps = np.flatnonzero(behind[:, driven] == behind[:, driven].min())
    step = int(steps[len(steps) // 2])
    track = model.track_s.copy()
    dry_s = track[:, lap - 1, driven] - weather.class_s[step, driven]
    ahead = np.arange(1, track.shape[1] - lap + 1)
    rain_laps = rng.geometric(1 / weather.mean_laps, len(track))
    dried = np.maximum(ahead - rain_laps[:, None], 0) // weather.drying_laps
    wetness = np.maximum(step - dried, 0).astype(np.int64)
    track[:, lap:] = dry_s[:, None, None] + weather.class_s[wetness]
    return replace(model, track_s=track)
