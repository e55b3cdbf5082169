"""The race as it was: its own fit, its real stops, flags and weather; luck left to chance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.race_state import REPAIR_S
from f1lab.calc.robust import median_error, robust_sd
from f1lab.engine.field_entry import entries, stops_needed
from f1lab.engine.field_model import lap_middles, lap_model
from f1lab.engine.inputs import RaceField, RaceState
from f1lab.engine.policies import driven_plans, oldest_driven, real_policies
from f1lab.racemodel.laps import fuel_at_start_kg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend
    from f1lab.engine.inputs import PitLane
    from f1lab.engine.priors import EnginePriors
    from f1lab.racemodel import RaceModel
    from f1lab.racemodel.laps import RaceLaps

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["flown_flags", "green_pit_loss", "hindsight_field"]

#: Scatter of one stop's loss where too few show their own [s].
_STOP_SD_S = 1.0
_FEW_STOPS = 4


def hindsight_field(
    weekend: Weekend, model: RaceModel, engine_priors: EnginePriors, n_draws: int, seed: int
) -> RaceField:
    """Build the field of a race that was driven.

    Parameters
    ----------
    weekend : Weekend
    model : RaceModel
        Fit of its race.
    engine_priors : EnginePriors
    n_draws : int
    seed : int

    Returns
    -------
    RaceField
        Cars with laps, in grid order.
    """
    laps = model.laps
    entry = entries(weekend, ran=laps.drivers)
    n_laps, n = laps.distance_laps, len(entry.drivers)
    rng = np.random.default_rng(seed)
    weather = engine_priors.weather(n_laps, quickest_lap_s(model))
    flown = flown_flags(laps, n_laps)
    policies = real_policies(laps, entry.drivers, flown)
    plans = driven_plans(laps, entry.drivers)
    compound = np.array([plan.compound for plan in plans])
    pit = engine_priors.pit_lane(weekend.circuit, entry.teams, n_draws, rng)
    return RaceField(
        year=weekend.year,
        event=weekend.event,
        circuit=weekend.circuit,
        as_of="hindsight",
        drivers=entry.drivers,
        teams=entry.teams,
        n_laps=n_laps,
        model=lap_model(
            model,
            model.centred(model.draws(n_draws, seed)),
            entry.drivers,
            fuel_at_start_kg(weekend.race, weekend.year),
            weather.class_s,
        ),
        start=engine_priors.start(weekend.circuit),
        pit=with_own_loss(pit, model, rng),
        passing=engine_priors.passing(weekend.circuit),
        hazards=engine_priors.hazards(weekend.circuit, n_laps),
        retirements=engine_priors.retirements(entry.teams, n_laps),
        reactions=engine_priors.reactions(n_laps),
        policies=policies,
        weather=replace(weather, rain_p=np.zeros(n_laps)),
        state=RaceState(
            lap=0,
            grid=entry.grid,
            time_s=np.zeros(n),
            done=np.zeros(n, dtype=np.int64),
            running=np.ones(n, dtype=bool),
            compound=compound,
            age_steps=np.array([plan.age_steps for plan in plans]),
            used=1 << compound,
        ),
        flown=flown,
        oldest_laps=np.maximum(
            oldest_driven(laps), np.rint(engine_priors.habits(weekend.circuit).oldest_laps)
        ).astype(np.int64),
        stops_needed=stops_needed(weekend),
    )


def quickest_lap_s(model: RaceModel) -> float:
    """Level of the average car when the track was at its quickest, fuel left out [s]."""
    middle = lap_middles(model.laps.distance_laps)
    return float(np.nanmin(model.track(model.fit.coefficients[None], middle)))


def flown_flags(laps: RaceLaps, n_laps: int) -> Ints:
    """Flag of each lap as the leader saw it; a lap nobody has times for is green.

    Parameters
    ----------
    laps : RaceLaps
    n_laps : int
        Laps to describe.

    Returns
    -------
    ndarray, shape (n_laps,)
        Index into FLAGS.
    """
    flown = np.zeros(n_laps, dtype=np.int64)
    by_time = np.argsort(laps.time_s, kind="stable")
    number, leader = np.unique(laps.lap[by_time], return_index=True)
    inside = number <= n_laps
    flown[number[inside] - 1] = laps.flag[by_time[leader[inside]]]
    return flown


def with_own_loss(pit: PitLane, model: RaceModel, rng: np.random.Generator) -> PitLane:
    """Put this race's own green stops in place of the circuit's table."""
    mean, sd = float(np.mean(pit.loss_s)), max(float(np.std(pit.loss_s)), 1e-3)
    own = green_pit_loss(model)
    if own is None:
        return pit
    precision = 1 / sd**2 + 1 / own[1] ** 2
    centre = (mean / sd**2 + own[0] / own[1] ** 2) / precision
    return replace(pit, loss_s=rng.normal(centre, precision**-0.5, len(pit.loss_s)))


def green_pit_loss(model: RaceModel) -> tuple[float, float] | None:
    """Median loss of this race's green tyre stops and its standard error [s]; None without any.

    Loss is in lap plus out lap beyond the lap-time model.
    """
    laps = model.laps
    row = laps.stops
    row = row[~laps.neutralised[row] & ~laps.neutralised[row + 1] & (laps.lap[row] > 1)]
    lane = laps.pit_out_s[row + 1] - laps.pit_in_s[row]
    row = row[lane < np.median(lane) + REPAIR_S] if len(row) else row
    if not len(row):
        return None
    loss = model.fit.residual[row] + model.fit.residual[row + 1]
    centre = float(np.median(loss))
    spread = max(robust_sd(loss), _STOP_SD_S) if len(loss) >= _FEW_STOPS else 2 * _STOP_SD_S
    return centre, median_error(spread, len(loss))
