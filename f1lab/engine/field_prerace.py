"""The race before lights out: the grid, qualifying, earlier races, and nothing of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.race_state import start_fuel_kg
from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.engine.field_entry import (
    entries,
    saw_rain,
    scheduled_laps,
    stops_needed,
)
from f1lab.engine.field_model import age_grid, race_fuel_kg
from f1lab.engine.forecast import MIDDLE_AGE_LAPS
from f1lab.engine.inputs import UNKNOWN_FLAG, LapModel, RaceField, RaceState
from f1lab.engine.policies_habit import CarNow, habit_policies
from f1lab.engine.policies_wear import plan_times_s, weighed_by_wear
from f1lab.racemodel.laps import SLICK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend
    from f1lab.engine.field_entry import Entries
    from f1lab.engine.forecast import Forecast
    from f1lab.engine.form import PaceRecord
    from f1lab.engine.priors import EnginePriors
    from f1lab.racemodel import Priors

    Floats = NDArray[np.float64]

__all__ = ["Known", "prerace_field"]

#: Own wear between drivers, measured on dry races of 2018–23 [s per lap of age].
OWN_WEAR_S = 0.016
#: No compound of no circuit wears less on average: the least mean of the tables above nothing [s/lap].
_LEAST_WEAR_S = 0.005


@dataclass(frozen=True, repr=False)
class Known:
    """What is known of races in general and of earlier ones; all of it from before the race."""

    priors: Priors
    engine_priors: EnginePriors
    forecast: Forecast
    history: Sequence[PaceRecord]
    #: Race distance, where another than the scheduled one has been announced [laps].
    n_laps: int | None = None

    def distance(self, weekend: Weekend) -> int:
        """How far the race is to go [laps]."""
        return scheduled_laps(weekend) if self.n_laps is None else self.n_laps


def prerace_field(weekend: Weekend, known: Known, n_draws: int, seed: int) -> RaceField:
    """Build the field as it stands on the grid.

    Parameters
    ----------
    weekend : Weekend
        Only the entry list, the grid and qualifying are looked at.
    known : Known
    n_draws, seed : int

    Returns
    -------
    RaceField
        Every car with a place on the grid, in grid order.
    """
    entry, n_laps = entries(weekend), known.distance(weekend)
    tables, circuit = known.engine_priors, weekend.circuit
    rng = np.random.default_rng(seed)
    base_s, _ = known.forecast.base(weekend, known.history)
    weather = tables.weather(n_laps, base_s, saw_rain(weekend))
    habits = tables.habits(circuit)
    needed = stops_needed(weekend)
    policies = habit_policies([CarNow(int(slot)) for slot in entry.grid], habits, n_laps, needed)
    compound = policies.start_compound[:, 0]
    n = len(entry.drivers)
    model = _lap_model(weekend, entry, n_laps, known, weather.class_s[0], n_draws, rng)
    pit = tables.pit_lane(circuit, entry.teams, n_draws, rng)
    nothing = np.zeros(n, dtype=np.int64)
    times_s = plan_times_s(policies, model, pit.loss_s, n_laps, nothing, nothing)
    return RaceField(
        year=weekend.year,
        event=weekend.event,
        circuit=circuit,
        as_of="pre-race",
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
        state=RaceState(
            lap=0,
            grid=entry.grid,
            time_s=np.zeros(n),
            done=nothing,
            running=np.ones(n, dtype=bool),
            compound=compound,
            age_steps=nothing,
            used=1 << compound,
        ),
        flown=np.full(n_laps, UNKNOWN_FLAG),
        oldest_laps=np.rint(habits.oldest_laps).astype(np.int64),
        stops_needed=needed,
    )


def _lap_model(
    weekend: Weekend,
    entry: Entries,
    n_laps: int,
    known: Known,
    dry_class_s: Floats,
    n_draws: int,
    rng: np.random.Generator,
) -> LapModel:
    """Draw the lap-time model from the tables and the pace forecast."""
    priors, forecast, n = known.priors, known.forecast, len(entry.drivers)
    base_s, base_sd = forecast.base(weekend, known.history)
    pace = forecast.pace(weekend, entry, known.history)
    fuel = np.maximum(rng.normal(*priors.fuel_s_per_kg, n_draws), 0.0)
    fuel_kg = race_fuel_kg(n_laps, start_fuel_kg(weekend.year))
    lap_s = base_s + priors.fuel_s_per_kg[0] * float(fuel_kg.mean())
    own_wear = rng.normal(0.0, OWN_WEAR_S, (n_draws, n))
    own_wear -= own_wear.mean(axis=1, keepdims=True)
    middle_pace = lap_s / 100 * rng.multivariate_normal(pace.mean, pace.covariance, n_draws)
    level = rng.normal(base_s, base_sd, n_draws)
    offset = np.zeros((n_draws, 5))
    for name, (mean, sd) in priors.offset_s.items():
        offset[:, COMPOUNDS.index(name)] = rng.normal(mean, sd, n_draws)
    return LapModel(
        track_s=np.repeat(level[:, None, None] + dry_class_s - dry_class_s[SLICK], n_laps, axis=1),
        fuel_s_per_kg=fuel,
        fuel_kg=fuel_kg,
        pace_s=middle_pace - MIDDLE_AGE_LAPS * own_wear,
        own_wear_s=own_wear,
        offset_s=offset,
        wear_s=_wear(known, weekend.circuit, n_laps, n_draws, rng),
        warm_up_s=rng.normal(*priors.warm_up_s, n_draws),
        noise_s=known.engine_priors.noise_s(entry.drivers),
    )


def _wear(
    known: Known, circuit: str, n_laps: int, n_draws: int, rng: np.random.Generator
) -> Floats:
    """Wear curves, even over the life of a set and never falling, shape (d, 5, ages) [s]."""
    table = [known.priors.wear_s_per_lap(name, circuit) for name in COMPOUNDS[:5]]
    slope = np.array([[max(mean, _LEAST_WEAR_S) for mean, _ in table]]).repeat(n_draws, axis=0)
    dry = len(DRY_COMPOUNDS)
    slope[:, :dry] *= known.engine_priors.wear_scores(n_draws, rng)
    # rain wears tyres as it likes: the doubt is as large as the figure
    slope[:, dry:] = np.maximum([rng.normal(mean, sd, n_draws) for mean, sd in table[dry:]], 0.0).T
    return np.asarray(slope[..., None] * age_grid(n_laps))
