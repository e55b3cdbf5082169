"""The kernel compiles its own copies of a few formulas: they are those of ``calc``."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from f1lab.calc.basis import dirty_air_share
from f1lab.calc.race_state import BURN_FACTOR, crew_time_s, fuel_load_kg
from f1lab.calc.traffic import overtake_probability
from f1lab.engine import kernel_pits, kernel_road
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.engine.kernel_tables import FLAG_BURN
from f1lab.engine.priors import load_engine_priors
from f1lab.engine.simulate import simulate_races
from f1lab.racemodel.laps import FLAGS
from f1lab.strategy.pace import expected_laps_s
from tests.engine.fields import GREEN, HARD, MEDIUM, SC, VSC, calm, plan

EXACT = 1e-12


@pytest.fixture
def drawn(monkeypatch):
    """Set the number the kernel draws next, and run its plain Python."""

    def put(module, u):
        monkeypatch.setattr(module, "bits", lambda *_: None)
        monkeypatch.setattr(module, "uniform", lambda _: u)

    return put


def rules_of(passing):
    return SimpleNamespace(
        intercept=passing.intercept,
        by_gap=passing.gap,
        by_pace=passing.pace,
        by_age=passing.age,
        reach_s=passing.reach_s,
        ceiling=passing.ceiling,
        dirty_air_s=passing.dirty_air_s,
        dirty_reach_s=passing.dirty_reach_s,
    )


@pytest.mark.parametrize("circuit", ["Monte Carlo", "Spa-Francorchamps", "nowhere"])
def test_a_pass_has_the_chance_of_the_calculation(drawn, circuit):
    passing = load_engine_priors().passing(circuit)
    rules = rules_of(passing)
    rng = np.random.default_rng(0)
    for gap_s, pace_s, age_laps in zip(
        rng.uniform(0, passing.reach_s, 200),
        rng.uniform(-2.5, 2.5, 200),
        rng.integers(-100, 100, 200) / AGE_STEPS_PER_LAP,
        strict=True,
    ):
        behind = SimpleNamespace(clear_s=90.0, start_s=gap_s, age=0, done=5)
        ahead = SimpleNamespace(
            clear_s=90.0 + pace_s, start_s=0.0, age=AGE_STEPS_PER_LAP * age_laps
        )
        p = float(overtake_probability(gap_s, pace_s, age_laps, passing).p)
        assert 0 < p <= passing.ceiling
        for u, passes in ((p * (1 - EXACT), True), (p * (1 + EXACT), False)):
            drawn(kernel_road, u)
            assert kernel_road._gets_past.py_func([behind, ahead], 0, 1, None, rules) is passes


def test_dirty_air_costs_what_the_calculation_says():
    passing = load_engine_priors().passing("nowhere")
    rules = rules_of(passing)
    gap_s = np.r_[np.linspace(0, 3, 61), np.inf]
    kernel = [kernel_road._dirty_air_s.py_func(gap, rules) for gap in gap_s]
    share = dirty_air_share(gap_s, passing.dirty_reach_s)
    assert kernel == pytest.approx(passing.dirty_air_s * share, abs=EXACT)


@pytest.mark.parametrize(("flag", "factor"), [(GREEN, 1.0), (VSC, 0.59), (SC, 0.48)])
def test_a_crew_takes_the_time_of_the_calculation(drawn, flag, factor):
    rules = SimpleNamespace(
        sc_loss=0.48, vsc_loss=0.59, crew_scale_s=0.6, crew_power=1 / 1.6, crew_longest_s=9.0
    )
    tables = SimpleNamespace(loss_s=np.array([22.0]), crew_s=np.array([0.3]))
    moment = SimpleNamespace(flag=flag, draw=0, key=None)
    for u in np.linspace(0.001, 0.9999, 97):
        drawn(kernel_pits, u)
        kernel = kernel_pits.price_stop.py_func(0, 0, moment, rules, tables)
        crew_s = float(crew_time_s(u / (1 - u), 0.6, 1.6, 9.0))
        assert kernel == pytest.approx(22.0 * factor + 0.3 + crew_s, abs=EXACT)


def test_a_lap_burns_and_wears_by_the_calculations_share():
    share = {"yellow": "green", "restart": "green"}
    for name, burn in zip(FLAGS, FLAG_BURN, strict=True):
        assert burn == BURN_FACTOR[share.get(name, name)]


def test_fuel_is_the_calculations_behind_the_safety_car_too():
    """All laps alike but for their fuel."""
    n_laps = 57
    flags = np.full(n_laps, GREEN)
    flags[9:19], flags[30:33] = SC, VSC
    base = calm(1, n_laps, flown=flags, policies=plan(1, MEDIUM))
    hazards = replace(
        base.hazards,
        sc=replace(base.hazards.sc, lap_factor=1.0),
        vsc=replace(base.hazards.vsc, lap_factor=1.0),
        sc_first_factor=1.0,
    )
    # the stop for a second compound, which the rules ask for, costs nothing
    nothing = {
        name: 0 * getattr(base.model, name)
        for name in ("wear_s", "own_wear_s", "offset_s", "warm_up_s")
    }
    model = replace(base.model, **nothing)
    pit = replace(base.pit, loss_s=0 * base.pit.loss_s)
    field = replace(base, hazards=hazards, model=model, pit=pit)
    out = simulate_races(field, n=1)
    fuel_kg = fuel_load_kg(FLAG_BURN[flags])
    laps_s = model.track_s[0, :, 0] + model.pace_s[0, 0] + model.fuel_s_per_kg[0] * fuel_kg
    start_s = field.start.level_s + field.start.slot_s * (field.state.grid[0] - 1)
    assert out.time_s[0, 0] == pytest.approx(start_s + laps_s.sum(), rel=EXACT)


def test_a_lap_in_free_air_is_the_one_strategy_expects():
    field = calm(1, policies=plan(1, MEDIUM, (28, HARD)))
    out = simulate_races(field, n=3)
    stints = ((MEDIUM, np.arange(1, 29)), (HARD, np.arange(29, 58)))
    laps_s = [
        expected_laps_s(
            field,
            0,
            compound,
            AGE_STEPS_PER_LAP * np.arange(1, len(laps) + 1),
            laps,
            new=compound == HARD,
        )
        for compound, laps in stints
    ]
    start_s = field.start.level_s + field.start.slot_s * (field.state.grid[0] - 1)
    expected = start_s + np.hstack(laps_s).sum(axis=1) + field.pit.loss_s
    assert out.time_s[:, 0] == pytest.approx(expected, rel=EXACT)
