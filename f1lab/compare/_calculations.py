"""Every lap-based calculation of one race: what it answered, and why it refused.

Twenty-three of the 31 calculations read the laps, stops, flags and weather of one race. Five want
telemetry; ``adaptability``, ``setup_flexibility`` and ``safety_car_probability`` want many races
and answer where races are joined (:mod:`f1lab.compare.distribution`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.calc.estimate import Result
from f1lab.calc.race_state import BURN_FACTOR, fuel_effect, start_fuel_kg, undercut_delta
from f1lab.calc.track import sector_delta, track_evolution
from f1lab.calc.traffic import overtake_probability
from f1lab.calc.tyre import (
    compound_delta,
    degradation_curve,
    push_penalty,
    thermal_window,
    tyre_life_projection,
)
from f1lab.calc.weather import cooling_margin, weather_volatility
from f1lab.compare import _driver_laps as by_driver
from f1lab.compare._chances import passing_chances, racecraft
from f1lab.compare._traffic import battle, drs, traffic
from f1lab.compare._wet import crossovers, grip
from f1lab.compare.stops import stop_costs
from f1lab.engine.priors import load_engine_priors
from f1lab.errors import F1LabError, NotEnoughLaps
from f1lab.racemodel import load_priors
from f1lab.racemodel.laps import FLAGS
from f1lab.racemodel.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from f1lab.calc.race_state import FuelEffect, UndercutDelta
    from f1lab.calc.track import SectorDelta
    from f1lab.calc.traffic import PassChance
    from f1lab.calc.tyre import Degradation, PushPenalty, ThermalWindow, TyreLife
    from f1lab.compare._chances import PassingChances
    from f1lab.compare.laps import RaceView

__all__ = ["LapCalculations", "lap_calculations"]

#: The undercut asked about: so many laps before a rival this far ahead [s].
_UNDERCUT_LAPS, _UNDERCUT_GAP_S = 3, 1.5


@dataclass(frozen=True)
class LapCalculations(Result):
    """Answers and refusals: name of the calculation → whom or what it is about → result.

    A subject is a driver's code, a compound, a phase of the weather, or ``""`` for the whole
    race. Every calculation that was asked is in one of the two.
    """

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, name: str, subject: str = "") -> Any:  # noqa: ANN401  (whichever calculation's result)
        """An answer, or None where the calculation refused."""
        return self.answers.get(name, {}).get(subject)

    def ask(self, name: str, subject: str, calculate: Callable[[], object]) -> None:
        """Note what a calculation answers, or why it refuses."""
        try:
            self.answers.setdefault(name, {})[subject] = calculate()
        except F1LabError as reason:
            self.refusals.setdefault(name, {})[subject] = str(reason)


def lap_calculations(view: RaceView) -> LapCalculations:
    """Run every lap-based calculation on a race.

    Parameters
    ----------
    view : RaceView

    Returns
    -------
    LapCalculations
    """
    found = LapCalculations()
    with one_thread():
        _weather(view, found)
        _tyres(view, found)
        _field(view, found)
        for code in view.laps.drivers:
            _driver(view, code, found)
    return found


def _weather(view: RaceView, found: LapCalculations) -> None:
    samples = view.weekend.race.weather
    of = partial(samples.__getitem__)
    found.ask(
        "weather_volatility",
        "",
        lambda: weather_volatility(
            of("time_s"),
            of("rainfall"),
            of("air_temp_c"),
            of("track_temp_c"),
            of("wind_speed_ms"),
            of("wind_direction_deg"),
        ),
    )
    found.ask(
        "cooling_margin",
        "",
        lambda: cooling_margin(of("air_temp_c"), of("pressure_hpa"), of("humidity_pct")),
    )
    found.ask("grip_evolution", "", lambda: grip(view))
    for phase, ask in crossovers(view).items():
        found.ask("crossover_lap", phase, ask)


def _tyres(view: RaceView, found: LapCalculations) -> None:
    found.ask("degradation_curve", "", lambda: degradation_curve(view.fit))
    found.ask("compound_delta", "", lambda: compound_delta(view.fit))
    found.ask("track_evolution", "", lambda: track_evolution(view.fit))
    found.ask("push_penalty", "", lambda: _push(view))
    wear = found.get("degradation_curve")
    by_compound = {"tyre_life_projection": _life, "undercut_delta": _undercut}
    if wear is None:
        reason = found.refusals["degradation_curve"]
        found.refusals.update(dict.fromkeys((*by_compound, "thermal_window"), reason))
        return
    for compound in view.fit.compounds:
        for name, calculate in by_compound.items():
            found.ask(name, compound, partial(calculate, view, wear, compound))
        found.ask("thermal_window", compound, partial(_window, view, compound))


def _push(view: RaceView) -> PushPenalty:
    rows = view.dry
    return push_penalty(
        view.fit.residual_s, view.laps.driver[rows], view.stint[rows], view.stint_lap[rows]
    )


def _life(view: RaceView, wear: Degradation, compound: str) -> TyreLife:
    """Life of a new set at the start of the race."""
    loss_s, _ = load_priors().pit_loss_s(view.weekend.circuit)
    return tyre_life_projection(wear.of(compound).draws_s, loss_s, view.laps.distance_laps)


def _undercut(view: RaceView, wear: Degradation, compound: str) -> UndercutDelta:
    """Stopping before a rival on a set as old as they came off, for a new one of the same."""
    laps, draws = view.laps, wear.of(compound).draws_s
    ages = [
        view.laps.wear_age[stop.in_row]
        for stop in view.stops
        if stop.tyres and stop.green and view.frame["compound"][stop.in_row] == compound
    ]
    if not ages:
        raise NotEnoughLaps(f"no set of {compound} came off at a green stop, needed is 1.")
    old = min(int(np.median(ages)), draws.shape[1] - _UNDERCUT_LAPS)
    if old <= _UNDERCUT_LAPS or laps.distance_laps <= old:
        raise NotEnoughLaps(f"sets of {compound} came off too young to say: {old} laps.")
    return undercut_delta(
        draws[:, old : old + _UNDERCUT_LAPS],
        draws[:, 1 : 1 + _UNDERCUT_LAPS],
        _UNDERCUT_GAP_S,
        warm_up_s=load_priors().warm_up_s[0],
        noise_s=view.fit.sigma_s,
    )


def _window(view: RaceView, compound: str) -> ThermalWindow:
    on_it = view.fit.compound_of == view.fit.compounds.index(compound)
    rows = view.dry[on_it]
    return thermal_window(
        view.fit.residual_s[on_it], view.track_temp_c[rows], view.stint[rows], view.flying_lap[rows]
    )


def _field(view: RaceView, found: LapCalculations) -> None:
    found.ask("fuel_effect", "", lambda: _fuel(view))
    found.ask("pit_loss", "", lambda: stop_costs(view))
    found.ask("traffic_impact", "", lambda: traffic(view))
    found.ask("drs_advantage", "", lambda: drs(view))
    found.ask("error_risk", "", lambda: by_driver.mistakes([by_driver.field_marks(view)]))
    chances = passing_chances(view)
    found.ask("overtake_probability", "", lambda: _passes(view, chances))
    found.ask("battle_prediction", "", lambda: battle(view, chances))
    for code in view.laps.drivers:
        found.ask("racecraft_score", code, partial(racecraft, [chances], code))


def _fuel(view: RaceView) -> FuelEffect:
    """Fuel of the leader."""
    factors = [BURN_FACTOR.get(FLAGS[flag], 1.0) for flag in view.past.flown]
    return fuel_effect(factors, start_fuel_kg(view.weekend.year))


def _passes(view: RaceView, chances: PassingChances) -> PassChance:
    if not len(chances.p):
        raise NotEnoughLaps("0 chances to pass or be passed, needed is 1.")
    passing = load_engine_priors().passing(view.weekend.circuit)
    return overtake_probability(chances.gap_s, chances.pace_s, chances.age_laps, passing)


def _driver(view: RaceView, code: str, found: LapCalculations) -> None:
    found.ask(
        "consistency_metrics", code, lambda: by_driver.consistency([by_driver.own_laps(view, code)])
    )
    found.ask("pressure_index", code, lambda: by_driver.pressure([by_driver.own_laps(view, code)]))
    found.ask("straight_line_speed", code, lambda: by_driver.top_speed(view, code))
    found.ask("sector_delta", code, lambda: _to_winner(view, code))


def _to_winner(view: RaceView, code: str) -> SectorDelta:
    """Corrected sectors against those of the winner (the runner-up for the winner himself)."""
    results = view.weekend.race.results.sort_values("finish", kind="stable")
    other = next(str(c) for c in results["driver"] if c != code and c in view.laps.drivers)
    own, theirs = (by_driver.corrected_sectors(view, c) for c in (code, other))
    return sector_delta(own, theirs)
