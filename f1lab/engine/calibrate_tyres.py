"""Tyres of the day: how wear differs from race to race, and how far plans follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize_scalar

from f1lab.calc.race_state import start_fuel_kg
from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.engine.field_entry import stops_needed
from f1lab.engine.field_hindsight import green_pit_loss
from f1lab.engine.field_model import lap_model
from f1lab.engine.policies import driven_plans
from f1lab.engine.policies_habit import CarNow, habit_policies
from f1lab.engine.policies_wear import plan_times_s, weighed_by_wear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.engine.calibrate_seen import PastRace
    from f1lab.engine.inputs import Policies
    from f1lab.engine.priors import EnginePriors

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["wear_spread", "worth_of_time"]

#: A compound with fewer racing laps says nothing of a race's wear.
_MIN_LAPS = 75

#: A plan slower by this much is e times less likely: searched between [s].
_LEAST_S, _MOST_S = 3.0, 200.0
_FULL_RACE = 0.95


def wear_spread(races: Sequence[PastRace]) -> dict[str, Any]:
    """How the wear of a race differs from the circuit's table.

    The variance of the next race is that of the races' own estimates about the table, plus the
    doubt they still carry.

    Parameters
    ----------
    races : sequence of PastRace
        Fitted with the table in question.

    Returns
    -------
    dict
        ``relative_sd`` by compound, as a share of the mean slope; ``alike``, the correlation of
        two compounds of one race; and ``n``, races by compound.
    """
    dry = [race for race in races if not race.laps.wet.any()]
    excess = np.full((len(dry), len(DRY_COMPOUNDS)), np.nan)
    doubt, slope = excess.copy(), excess.copy()
    for i, race in enumerate(dry):
        for c, name in enumerate(DRY_COMPOUNDS):
            on_it = race.model.fit.used & (race.laps.compound == COMPOUNDS.index(name))
            if on_it.sum() < _MIN_LAPS:
                continue
            block = race.model.design.blocks[f"wear_{name}"]
            weight = race.model.design.matrix[on_it, block].sum(axis=0)
            weight = weight / weight.sum()
            slope[i, c] = race.model.fit.coefficients[block] @ weight
            doubt[i, c] = weight @ race.model.fit.covariance[block, block] @ weight
            excess[i, c] = (
                slope[i, c] - race.model.priors.wear_s_per_lap(name, race.model.circuit)[0]
            )
    spread = np.sqrt(np.nanvar(excess, axis=0) + np.nanmean(doubt, axis=0))
    pairs = [(0, 1), (0, 2), (1, 2)]
    together = [np.isfinite(excess[:, [a, b]]).all(axis=1) for a, b in pairs]
    score = excess / spread
    products = [
        score[both, a] * score[both, b] for (a, b), both in zip(pairs, together, strict=True)
    ]
    return {
        "relative_sd": (spread / np.nanmean(slope, axis=0)).tolist(),
        "alike": float(np.clip(np.concatenate(products).mean(), 0.0, 1.0)),
        "n": np.isfinite(slope).sum(axis=0).tolist(),
    }


def worth_of_time(races: Sequence[PastRace], priors: EnginePriors) -> dict[str, Any]:
    """Fit ``worth_s`` to the order of compounds driven in dry races without a red flag.

    Parameters
    ----------
    races : sequence of PastRace
    priors : EnginePriors
        With the habits and the pit loss.

    Returns
    -------
    dict
        ``worth_s``; ``gain``, the log-likelihood of a car's plan above that of the habits alone
        [nat]; and ``n``, the cars.
    """
    return _fit([_choices(race, priors) for race in races if _is_ordinary(race)])


def _fit(seen: Sequence[tuple[Policies, Floats, Bools]]) -> dict[str, Any]:
    """Likeliest worth of time, given what could be chosen, what it cost and what was driven."""

    def lost(log_worth_s: float) -> float:
        worth_s = float(np.exp(log_worth_s))
        return -sum(
            _log_likelihood(weighed_by_wear(policies, times_s, worth_s), driven)
            for policies, times_s, driven in seen
        )

    found = minimize_scalar(lost, bounds=(np.log(_LEAST_S), np.log(_MOST_S)), method="bounded")
    n = sum(int(driven.any(axis=1).sum()) for _, _, driven in seen)
    habit = sum(_log_likelihood(policies, driven) for policies, _, driven in seen)
    return {
        "worth_s": float(np.exp(found.x)),
        "gain": float((-found.fun - habit) / max(n, 1)),
        "n": n,
    }


def _is_ordinary(race: PastRace) -> bool:
    return not race.laps.wet.any() and all(run.kind != "red" for run in race.runs)


def _choices(race: PastRace, priors: EnginePriors) -> tuple[Policies, Floats, Bools]:
    """Plans every car had, what they cost by the race's own wear, and which was driven."""
    laps, weekend = race.laps, race.weekend
    results = weekend.race.results.set_index("driver")["grid"]
    cars = [code for code in laps.drivers if np.isfinite(results.get(code, np.nan))]
    habits, n_laps = priors.habits(weekend.circuit), laps.distance_laps
    policies = habit_policies(
        [CarNow(int(results[code])) for code in cars], habits, n_laps, stops_needed(weekend)
    )
    theta = race.model.centred(race.model.fit.coefficients[None])
    start_kg, no_rain = start_fuel_kg(weekend.year), np.zeros((1, 3))
    model = lap_model(race.model, theta, cars, start_kg, no_rain)
    own = green_pit_loss(race.model)
    loss = priors.table["pit"]["loss_s"]
    usual_s = loss["circuits"].get(weekend.circuit, loss["pooled"])["mean"]
    loss_s = np.array([usual_s if own is None else own[0]])
    nothing = np.zeros(len(cars), dtype=np.int64)
    times_s = plan_times_s(policies, model, loss_s, n_laps, nothing, nothing)
    driven = np.zeros(policies.weight.shape, dtype=bool)
    for i, plan in enumerate(driven_plans(laps, cars)):
        if len(laps.rows(cars[i])) >= _FULL_RACE * n_laps:
            driven[i] = _is_order(policies, i, (plan.compound, *(stop[1] for stop in plan.stops)))
    return policies, times_s, driven & (policies.weight > 0)


def _is_order(policies: Policies, car: int, order: tuple[int, ...]) -> Bools:
    """Which variants of a car fit these compounds, in this order."""
    fitted = np.column_stack([policies.start_compound[car], policies.stop_compound[car]])
    used = np.column_stack([np.full(len(fitted), fill_value=True), policies.stop_lap[car] > 0])
    return np.array(
        [tuple(row[kept]) == order for row, kept in zip(fitted, used, strict=True)], dtype=bool
    )


def _log_likelihood(policies: Policies, driven: Bools) -> float:
    """Of the orders driven, over the cars whose order the habits know."""
    weight = policies.weight if policies.draw_weight is None else policies.draw_weight[0]
    chance = np.where(driven, weight, 0.0).sum(axis=1)
    return float(np.log(chance[driven.any(axis=1)]).sum())
