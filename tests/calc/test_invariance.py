"""What must not matter does not: units, order, names, a constant, laps without a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import f1lab.calc
from f1lab.calc import (
    adaptability,
    compound_delta,
    consistency_metrics,
    cooling_margin,
    crossover_lap,
    degradation_curve,
    error_risk,
    grip_evolution,
    kerb_compliance,
    mechanical_grip_delta,
    pressure_index,
    push_penalty,
    sector_delta,
    setup_flexibility,
    straight_line_speed,
    thermal_window,
    track_evolution,
    turn_delta,
    tyre_life_projection,
    weather_volatility,
)
from f1lab.calc.estimate import Estimate
from f1lab.calc.pace import FieldLaps, fit_pace

SHIFT = st.floats(-20, 20)
SEED = st.integers(0, 2**16)
N_DRIVERS, N_LAPS = 8, 34
few = settings(max_examples=12, deadline=None)
unhurried = settings(max_examples=50, deadline=None)


def close(a, b, **how):
    """Both estimates agree, value and interval."""
    for name in ("value", "low", "high"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), **how)


def race(seed=0):
    rng = np.random.default_rng(seed)
    lap = np.tile(np.arange(2, N_LAPS + 2), N_DRIVERS)
    driver = np.repeat(np.array([f"D{k}" for k in range(N_DRIVERS)]), N_LAPS)
    stop = np.repeat(rng.integers(9, 26, N_DRIVERS), N_LAPS)
    compound = np.where(lap > stop, "HARD", "MEDIUM")
    age = np.where(lap > stop, lap - stop, lap)
    fuel = 110 * (1 - lap / 40)
    time = 90 + 0.05 * age + 0.031 * fuel + rng.normal(0, 0.3, len(lap))
    return {
        "lap_time_s": time,
        "driver": driver,
        "lap": lap,
        "compound": compound,
        "age_laps": age,
        "fuel_kg": fuel,
    }


def told(laps, seed=0):
    """Every number the fit gives, in a fixed order."""
    fit = fit_pace(FieldLaps(**laps), seed=seed)
    wear = [curve.slope_s_per_lap for curve in degradation_curve(fit).curves]
    deltas = [pair.delta_s for pair in compound_delta(fit)]
    return fit, [*wear, *deltas, track_evolution(fit).gain_s]


@few
@given(seed=SEED, shift=SHIFT)
def test_a_constant_on_all_laps_changes_no_part_but_the_track(seed, shift):
    laps = race(seed)
    fit, before = told(laps)
    moved, after = told(laps | {"lap_time_s": laps["lap_time_s"] + shift})
    for a, b in zip(before, after, strict=True):
        close(a, b, abs=1e-6)
    assert moved.corrected_s == pytest.approx(fit.corrected_s, abs=1e-6)
    assert moved.parts_s["track"] - shift == pytest.approx(fit.parts_s["track"], abs=1e-6)


@few
@given(seed=SEED, data=st.data())
def test_neither_the_order_of_laps_nor_the_names_of_drivers_matter(seed, data):
    laps = race(seed)
    fit, before = told(laps)
    order = np.random.default_rng(data.draw(SEED)).permutation(len(laps["lap"]))
    shuffled, after = told({name: column[order] for name, column in laps.items()})
    for a, b in zip(before, after, strict=True):
        close(a, b, abs=1e-5)
    assert shuffled.corrected_s == pytest.approx(fit.corrected_s[order], abs=1e-5)
    renamed = np.array([f"X{9 - int(code[1])}" for code in laps["driver"]])
    again, _ = told(laps | {"driver": renamed})
    assert again.sigma_s == pytest.approx(fit.sigma_s, abs=1e-6)
    slopes = fit.part("wear_HARD").mean(axis=0), again.part("wear_HARD").mean(axis=0)
    assert slopes[0] == pytest.approx(slopes[1], abs=3e-3)  # other draws of the same posterior


@few
@given(seed=SEED, missing=st.integers(1, 30))
def test_laps_without_a_time_are_as_good_as_not_there(seed, missing):
    laps = race(seed)
    gone = np.random.default_rng(seed).choice(len(laps["lap"]), missing, replace=False)
    holes = laps | {"lap_time_s": laps["lap_time_s"].copy()}
    holes["lap_time_s"][gone] = np.nan
    fit, with_holes = told(holes)
    left = {name: np.delete(column, gone) for name, column in laps.items()}
    _, without = told(left)
    for a, b in zip(with_holes, without, strict=True):
        close(a, b, abs=1e-5)
    assert np.isnan(fit.corrected_s[gone]).all()
    assert np.isfinite(np.delete(fit.corrected_s, gone)).all()


@few
@given(seed=SEED, more=st.floats(0.01, 0.1))
def test_a_harder_wear_is_found_harder(seed, more):
    laps = race(seed)
    worn = laps | {"lap_time_s": laps["lap_time_s"] + more * laps["age_laps"]}
    curves = [degradation_curve(fit_pace(FieldLaps(**x))).curves for x in (laps, worn)]
    for soft, hard in zip(*curves, strict=True):
        assert hard.slope_s_per_lap.value > soft.slope_s_per_lap.value


STINT = np.repeat([1, 2, 3], 15)


@unhurried
@given(seed=SEED, shift=SHIFT)
def test_spread_knows_no_constant_no_order_and_no_unknown_lap(seed, shift):
    laps = np.random.default_rng(seed).normal(90, 0.3, 45)
    before = consistency_metrics(laps, STINT)
    moved = consistency_metrics(laps + shift, STINT)
    close(before.sigma_s, moved.sigma_s, abs=1e-9)
    close(before.mad_s, moved.mad_s, abs=1e-9)
    unknown = consistency_metrics(np.r_[laps, [np.nan] * 5], np.r_[STINT, [3] * 5])
    assert unknown == before
    backwards = consistency_metrics(laps[::-1], STINT[::-1])
    assert backwards.sigma_s.value == pytest.approx(before.sigma_s.value)


@unhurried
@given(seed=SEED, factor=st.floats(1.1, 3))
def test_wider_laps_are_less_consistent(seed, factor):
    laps = np.random.default_rng(seed).normal(0, 0.2, 45)
    before = consistency_metrics(laps, STINT, outlier_s=100)
    wide = consistency_metrics(factor * laps, STINT, outlier_s=100)
    assert wide.sigma_s.value == pytest.approx(factor * before.sigma_s.value)
    assert wide.within.value <= before.within.value


@few
@given(seed=SEED)
def test_risk_knows_no_order_of_laps(seed):
    rng = np.random.default_rng(seed)
    residual = rng.normal(0, 0.3, 200) + 2 * (rng.random(200) < 0.03)
    driver, no = np.repeat(list("ABCD"), 50), np.zeros(200, dtype=bool)
    order = rng.permutation(200)
    before = error_risk(residual, driver, ~no, no, no)
    after = error_risk(residual[order], driver[order], ~no, no, no)
    assert after.per_lap == before.per_lap
    assert after.mistakes == before.mistakes


@unhurried
@given(seed=SEED, shift=SHIFT)
def test_pressure_and_pushing_know_no_constant(seed, shift):
    rng = np.random.default_rng(seed)
    gap = np.tile(np.repeat([0.8, 6.0], 6), 6)
    residual = rng.normal(0, 0.3, 72)
    args = gap, np.repeat([1, 2, 3], 24)
    close(
        pressure_index(residual, *args).delta_s_per_lap,
        pressure_index(residual + shift, *args).delta_s_per_lap,
        abs=1e-4,
    )
    push = rng.normal(0, 0.6, 20)
    lap = np.tile(np.arange(2, 26), 20)
    laps = rng.normal(0, 0.1, 480) - np.repeat(push, 24) * (lap < 9)
    args = np.repeat(np.arange(20) // 2, 24), np.repeat(np.arange(20) % 2, 24), lap
    close(
        push_penalty(laps, *args).extra_wear_s_per_lap_per_s,
        push_penalty(laps + shift, *args).extra_wear_s_per_lap_per_s,
        abs=1e-4,
    )


@few
@given(seed=SEED, shift=SHIFT)
def test_a_window_knows_no_constant_and_moves_with_the_scale_of_temperature(seed, shift):
    rng = np.random.default_rng(seed)
    temp, stint = np.repeat(rng.uniform(25, 50, 20), 8), np.repeat(np.arange(20), 8)
    residual = 0.004 * (temp - 38) ** 2 + rng.normal(0, 0.05, 160)
    flying = np.full(160, 5)
    before = thermal_window(residual, temp, stint, flying).window
    constant = thermal_window(residual + shift, temp, stint, flying).window
    kelvin = thermal_window(residual, temp + 273.15, stint, flying).window
    close(before.best_c, constant.best_c, abs=0.1)
    assert kelvin.best_c.value - 273.15 == pytest.approx(before.best_c.value, abs=0.1)


@unhurried
@given(seed=SEED, factor=st.floats(0.2, 5))
def test_life_knows_no_unit_of_time(seed, factor):
    curves = np.cumsum(np.abs(np.random.default_rng(seed).normal(0.05, 0.01, (20, 31))), axis=1)
    curves[:, 0] = 0
    close(
        tyre_life_projection(curves, 22.0, 40).laps,
        tyre_life_projection(factor * curves, factor * 22.0, 40).laps,
        abs=1e-6,
    )


@unhurried
@given(seed=SEED, scale=st.floats(0.5, 3.6))
def test_ratios_of_speed_know_no_unit(seed, scale):
    rng = np.random.default_rng(seed)
    speeds = rng.uniform(70, 250, 9) * rng.normal(1, 0.02, (8, 9))
    chicane = np.arange(9) > 5
    close(
        kerb_compliance(speeds, chicane, 0).speed_kept_pct,
        kerb_compliance(scale * speeds, chicane, 0).speed_kept_pct,
        abs=1e-6,
    )
    loss = rng.normal(1, 0.3, (8, 9))
    close(setup_flexibility(loss, 0).score, setup_flexibility(scale * loss, 0).score, abs=1e-9)


@unhurried
@given(seed=SEED, data=st.data())
def test_neither_cars_nor_drivers_are_ranked_by_their_row(seed, data):
    rng = np.random.default_rng(seed)
    pace, order = rng.normal(0, 1, (9, 8)), np.array(data.draw(st.permutations(range(9))))
    where = int(np.flatnonzero(order == 0)[0])
    assert adaptability(pace, 0).score.value == pytest.approx(
        adaptability(pace[order], where).score.value
    )
    assert setup_flexibility(pace, 0).score.value == pytest.approx(
        setup_flexibility(pace[order], where).score.value
    )


@unhurried
@given(seed=SEED, faster=st.floats(1.001, 1.1))
def test_a_quicker_corner_costs_less(seed, faster):
    apex = np.random.default_rng(seed).uniform(60, 105, 5)
    found = mechanical_grip_delta(faster * apex, apex, np.full(5, 40.0))
    assert found.cost_s_per_lap.value < 0
    assert found.grip_ratio.value == pytest.approx(faster**2)
    turned = mechanical_grip_delta(apex, faster * apex, np.full(5, 40.0))
    assert turned.cost_s_per_lap.value == pytest.approx(-found.cost_s_per_lap.value)


@unhurried
@given(seed=SEED)
def test_turning_the_comparison_round_turns_its_sign(seed):
    rng = np.random.default_rng(seed)
    mine, other = rng.normal(30, 0.2, (8, 3)), rng.normal(30, 0.2, (6, 3))
    there, back = sector_delta(mine, other), sector_delta(other, mine)
    for a, b in zip(there.sectors_s, back.sectors_s, strict=True):
        assert a.value == pytest.approx(-b.value)
        assert (a.low, a.high) == (pytest.approx(-b.high), pytest.approx(-b.low))
    distance, delta = np.linspace(0, 4000, 401), np.cumsum(rng.normal(0, 0.01, 401))
    noise = np.full(3, 0.02)
    there, back = (
        turn_delta(distance, s * delta, [500, 1500, 3000], noise_s=noise) for s in (1, -1)
    )
    assert [p.value for p in there.delta_s] == [-p.value for p in back.delta_s]


@unhurried
@given(seed=SEED, shift=st.floats(-50, 50))
def test_gains_of_top_speed_know_no_constant(seed, shift):
    rng = np.random.default_rng(seed)
    tow = np.arange(40) % 2 == 0
    trap = 310 + 9 * tow + rng.normal(0, 2, 40)
    close(
        straight_line_speed(trap, tow, np.zeros(40)).tow_gain_kmh,
        straight_line_speed(trap + shift, tow, np.zeros(40)).tow_gain_kmh,
        abs=0.01,
    )


@few
@given(seed=SEED, shift=SHIFT, later=st.integers(1, 40))
def test_a_crossover_knows_no_constant_and_moves_with_the_laps(seed, shift, later):
    rng = np.random.default_rng(seed)
    lap = np.tile(np.arange(10.0, 26.0), 8)
    wetter = np.repeat(np.arange(8) < 4, 16)
    time = 100 - 0.8 * lap + wetter * 0.8 * (lap - 17) + rng.normal(0, 0.3, 128)
    driver = np.repeat(np.arange(8), 16)
    before = crossover_lap(lap, time, wetter, driver).lap
    close(before, crossover_lap(lap, time + shift, wetter, driver).lap, abs=0.05)
    moved = crossover_lap(lap + later, time, wetter, driver).lap
    assert moved.value - later == pytest.approx(before.value, abs=0.05)


@unhurried
@given(seed=SEED, factor=st.floats(0.5, 2))
def test_grip_knows_no_unit_of_time(seed, factor):
    rng = np.random.default_rng(seed)
    progress = np.repeat(np.arange(8), 6)
    lap, dry = 95 + rng.normal(0, 1, 48), np.full(48, 90.0)
    a, b = (grip_evolution(k * lap, k * dry, progress) for k in (1, factor))
    assert a.grip == pytest.approx(b.grip, abs=1e-9)


@unhurried
@given(hotter=st.floats(0.5, 30), lower=st.floats(1, 250))
def test_hot_and_thin_air_never_cool_better(hotter, lower):
    usual, hot, thin = (
        cooling_margin([20 + t] * 10, [1010 - p] * 10, [50.0] * 10).index.value
        for t, p in ((0, 0), (hotter, 0), (0, lower))
    )
    assert max(hot, thin) < usual


@unhurried
@given(seed=SEED, shift=st.floats(-1e5, 1e5))
def test_weather_knows_no_beginning_of_the_clock_and_no_north(seed, shift):
    rng = np.random.default_rng(seed)
    clock, rain = 60.0 * np.arange(60), rng.random(60) < 0.2
    rest = rng.normal(20, 2, (2, 60))
    wind, toward = rng.uniform(0, 5, 60), rng.uniform(0, 360, 60)
    before = weather_volatility(clock, rain, *rest, wind, toward)
    after = weather_volatility(clock + round(shift), rain, *rest, wind, (toward + 77) % 360)
    assert after.wind_turn_deg == pytest.approx(before.wind_turn_deg)
    assert (after.rain_changes, after.air_drift_c) == (before.rain_changes, before.air_drift_c)


def test_all_31_are_there_by_name():
    assert len(f1lab.calc.CALCULATIONS) == 31
    for name, topic in f1lab.calc.CALCULATIONS.items():
        assert getattr(f1lab.calc, name).__module__.startswith("f1lab.calc."), topic
        assert name in f1lab.calc.__all__
    with pytest.raises(AttributeError, match="no attribute 'horoscope'"):
        _ = f1lab.calc.horoscope


def test_an_estimate_reads_as_its_number_and_interval():
    assert repr(Estimate(0.25, 0.1, 0.4)) == "0.25 [0.1 … 0.4]"
    assert Estimate(1.0, float("nan"), float("inf")).to_dict() == {
        "value": 1.0,
        "low": None,
        "high": None,
    }
