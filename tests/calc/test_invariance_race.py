"""What must not matter, for the calculations of stops, fuel, traffic, fights and power."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lab.calc import (
    battle_prediction,
    drag_penalty,
    drs_advantage,
    fuel_effect,
    overtake_probability,
    pit_loss,
    power_delta,
    racecraft_score,
    safety_car_probability,
    traffic_impact,
    undercut_delta,
)
from f1lab.calc.car import full_throttle
from f1lab.calc.traffic import PassLogit

SEED, SHIFT, UNIT = st.integers(0, 2**16), st.floats(-20, 20), st.floats(0.1, 1000)
few = settings(max_examples=12, deadline=None)
unhurried = settings(max_examples=40, deadline=None)
MODEL = PassLogit(intercept=-0.3, gap=-4.3, pace=1.9, age=0.04, ceiling=0.92)


def ends(estimate):
    return [estimate.value, estimate.low, estimate.high]


def in_unit(model, unit):
    """The same passing model for gaps and paces in another unit of time."""
    return replace(
        model, gap=model.gap / unit, pace=model.pace / unit, reach_s=model.reach_s * unit
    )


# ---- stops --------------------------------------------------------------------------------


def stops(seed, n=24):
    rng = np.random.default_rng(seed)
    lane = 21 + rng.exponential(0.5, n)
    out = 92 + lane - 20 + rng.normal(0, 0.3, n)
    flag = np.where(np.arange(n) % 3 == 2, "sc", "green")
    return {
        "in_lap_s": 95 + rng.normal(0, 0.3, n),
        "out_lap_s": out - 9 * (flag == "sc"),
        "reference_s": np.full(n, 180.0),
        "lane_s": lane,
        "flag": flag,
    }


def losses(found):
    return np.array([[*ends(own.loss_s), own.lane_s, own.stop_s] for own in found.flags])


@given(seed=SEED, shift=SHIFT)
@unhurried
def test_a_stop_knows_no_constant_no_order_and_no_unknown_lap(seed, shift):
    given_stops = stops(seed)
    found = losses(pit_loss(**given_stops))
    slower = given_stops | {
        "in_lap_s": given_stops["in_lap_s"] + shift,
        "reference_s": given_stops["reference_s"] + shift,
    }
    assert losses(pit_loss(**slower)) == pytest.approx(found, abs=1e-9)
    order = np.random.default_rng(seed).permutation(24)
    turned = {name: values[order] for name, values in given_stops.items()}
    assert losses(pit_loss(**turned)) == pytest.approx(found, abs=1e-9)
    unknown = {name: np.append(values, values[:1]) for name, values in given_stops.items()}
    unknown["in_lap_s"][-1] = np.nan
    assert losses(pit_loss(**unknown)) == pytest.approx(found, abs=1e-9)


@given(seed=SEED, unit=UNIT)
@unhurried
def test_a_stop_and_an_undercut_know_no_unit_of_time(seed, unit):
    given_stops = stops(seed)
    found = losses(pit_loss(**given_stops))
    flag = given_stops.pop("flag")
    scaled = {name: unit * values for name, values in given_stops.items()}
    assert losses(pit_loss(**scaled, flag=flag)) == pytest.approx(unit * found)
    rng = np.random.default_rng(seed)
    old, new = 91 + rng.random(4), 90 + rng.random(4)
    one = undercut_delta(old, new, 1.2, warm_up_s=0.8, noise_s=0.3)
    other = undercut_delta(
        unit * old, unit * new, unit * 1.2, warm_up_s=unit * 0.8, noise_s=unit * 0.3
    )
    assert other.gain_s == pytest.approx(unit * one.gain_s, abs=1e-9 * unit)
    assert other.p_success == pytest.approx(one.p_success, abs=1e-9)


@given(seed=SEED, shift=SHIFT, further=st.floats(0.01, 3))
@unhurried
def test_an_undercut_knows_no_constant_and_is_harder_from_further_behind(seed, shift, further):
    rng = np.random.default_rng(seed)
    old, new = 91 + rng.random((5, 4)), 90 + rng.random((5, 4))
    one = undercut_delta(old, new, 1.2, noise_s=0.3)
    slower = undercut_delta(old + shift, new + shift, 1.2, noise_s=0.3)
    assert slower.gain_s == pytest.approx(one.gain_s, abs=1e-9)
    turned = undercut_delta(old[::-1], new[::-1], 1.2, noise_s=0.3)
    assert turned.gain_s == pytest.approx(one.gain_s)
    assert turned.p_success == pytest.approx(one.p_success)
    assert (undercut_delta(old, new, 1.2 + further, noise_s=0.3).p_success < one.p_success).all()
    assert (undercut_delta(old + 0.2, new, 1.2, noise_s=0.3).p_success > one.p_success).all()


# ---- fuel and safety cars -----------------------------------------------------------------


@given(unit=UNIT, start=st.floats(1, 200), laps=st.integers(1, 80))
@unhurried
def test_fuel_knows_no_unit_of_mass_and_costs_more_the_more_there_is(unit, start, laps):
    one = fuel_effect(np.ones(laps), start)
    rate = replace(one.s_per_kg, **{k: v / unit for k, v in vars(one.s_per_kg).items()})
    other = fuel_effect(np.ones(laps), unit * start, rate)
    assert other.loss_s == pytest.approx(one.loss_s)
    assert ends(other.per_lap_s) == pytest.approx(ends(one.per_lap_s))
    assert (fuel_effect(np.ones(laps), 1.1 * start).loss_s > one.loss_s).all()
    if laps > 1:
        saved = fuel_effect(np.r_[0.25, np.ones(laps - 1)], start)
        assert (saved.loss_s > one.loss_s).all()


@given(lap=st.integers(0, 55), more=st.integers(1, 5), rate=st.floats(0.1, 2))
@unhurried
def test_more_safety_cars_before_are_more_to_come(lap, more, rate):
    def chance(starts, field):
        return safety_car_probability(
            lap,
            10,
            57,
            races=5,
            sc_starts=starts,
            vsc_starts=1,
            field_sc_per_race=field,
            field_vsc_per_race=0.4,
        )

    few_before = chance(2, rate)
    for busier in (chance(2 + more, rate), chance(2, 1.2 * rate)):
        assert busier.sc.value > few_before.sc.value
        assert busier.either.value > few_before.either.value
        assert ends(busier.vsc) == ends(few_before.vsc)


# ---- passing and traffic ------------------------------------------------------------------


@given(gap=st.floats(0, 1.4), pace=st.floats(-2, 2), unit=UNIT)
@unhurried
def test_a_pass_knows_no_unit_of_time(gap, pace, unit):
    one = overtake_probability(gap, pace, 3, MODEL, logit_sd=0.3)
    other = overtake_probability(unit * gap, unit * pace, 3, in_unit(MODEL, unit), logit_sd=0.3)
    for name in ("p", "low", "high"):
        assert getattr(other, name) == pytest.approx(getattr(one, name))
    assert one.low <= one.p <= one.high


@given(gap=st.floats(0.2, 3), pace=st.floats(-0.5, 1), more=st.floats(0.05, 0.5))
@few
def test_a_battle_is_likelier_won_the_quicker_and_never_lost_again(gap, pace, more):
    def fight(pace_s, **how):
        return battle_prediction(
            gap, np.full(6, pace_s), 2, MODEL, follow_s=0.6, noise_s=0.4, **how
        )

    one = fight(pace, pace_sd_s=0.2)
    assert (np.diff(one.p_passed) >= 0).all()
    assert (one.low <= one.p_passed).all()
    assert (one.p_passed <= one.high).all()
    assert (fight(pace + more).p_passed >= one.p_passed - 1e-12).all()
    assert (fight(pace, dirty_air_s=more).p_passed <= one.p_passed + 1e-12).all()


def laps_behind(seed, n=240):
    rng = np.random.default_rng(seed)
    gap = rng.uniform(0.2, 3.0, n)
    lapped = rng.random(n) < 0.1
    beyond = 0.7 * np.clip(1 - gap / 1.5, 0, None) + 1.2 * lapped + rng.normal(0, 0.15, n)
    return gap, beyond, lapped, np.arange(n) // 12


@given(seed=SEED, missing=st.integers(1, 20))
@few
def test_traffic_knows_no_order_no_names_and_no_unknown_lap(seed, missing):
    gap, beyond, lapped, stint = laps_behind(seed)
    none = np.zeros(len(gap), dtype=bool)
    found = traffic_impact(beyond, gap, stint, blue_flag=lapped, lapping=none)
    order = np.random.default_rng(seed).permutation(len(gap))
    names = np.array([f"stint {k}" for k in stint])
    turned = traffic_impact(
        beyond[order], gap[order], names[order], blue_flag=lapped[order], lapping=none
    )
    assert ends(turned.dirty_air_s) == pytest.approx(ends(found.dirty_air_s), abs=1e-6)
    assert ends(turned.total_s) == pytest.approx(ends(found.total_s), abs=1e-5)
    holes = beyond.copy()
    holes[:missing] = np.nan
    left = traffic_impact(holes, gap, stint, blue_flag=lapped, lapping=none)
    without = traffic_impact(
        beyond[missing:],
        gap[missing:],
        stint[missing:],
        blue_flag=lapped[missing:],
        lapping=none[missing:],
    )
    assert ends(left.dirty_air_s) == pytest.approx(ends(without.dirty_air_s), abs=1e-6)


@given(seed=SEED, shift=SHIFT)
@few
def test_drs_knows_no_constant_no_order_and_no_names(seed, shift):
    rng = np.random.default_rng(seed)
    gap = rng.uniform(0.3, 1.7, 300)
    beyond = 0.3 - 0.2 * gap - 0.4 * (gap < 1) + rng.normal(0, 0.1, 300)
    driver = np.arange(300) % 15
    found = drs_advantage(gap, beyond, driver, MODEL)
    slower = drs_advantage(gap, beyond + shift, driver, MODEL)
    assert ends(slower.gain_s) == pytest.approx(ends(found.gain_s), abs=1e-5)
    order = rng.permutation(300)
    names = np.array([f"D{k}" for k in driver])
    turned = drs_advantage(gap[order], beyond[order], names[order], MODEL)
    assert ends(turned.gain_s) == pytest.approx(ends(found.gain_s), abs=1e-6)
    assert ends(turned.p_added) == pytest.approx(ends(found.p_added), abs=1e-6)
    assert drs_advantage(gap, beyond - 0.3 * (gap < 1), driver, MODEL).gain_s.value > (
        found.gain_s.value + 0.25
    )


# ---- drivers and cars ---------------------------------------------------------------------


@given(seed=SEED)
@unhurried
def test_racecraft_knows_no_order_and_every_pass_counts_for_it(seed):
    rng = np.random.default_rng(seed)
    attack, defence = rng.uniform(0.02, 0.6, 40), rng.uniform(0.02, 0.6, 30)
    made, lost = rng.random(40) < attack, rng.random(30) < defence
    made[0], lost[0] = False, True
    found = racecraft_score(attack, made, defence, lost)
    turned = racecraft_score(attack[::-1], made[::-1], defence[::-1], lost[::-1])
    assert ends(turned.score) == pytest.approx(ends(found.score))
    one_more, one_less = made.copy(), lost.copy()
    one_more[0], one_less[0] = True, False
    assert racecraft_score(attack, one_more, defence, lost).score.value > found.score.value
    assert racecraft_score(attack, made, defence, one_less).score.value > found.score.value


def driven(power=860.0, drag=1.0e-3, n_runs=8):
    """Runs at full throttle of a point mass, the wing shut."""
    step, every = 0.01, 22
    time_s, speed_ms = [], []
    for run in range(n_runs):
        v = [40.0 + 4 * run % 15]
        for _ in range(900):
            v.append(v[-1] + step * (power / v[-1] - drag * v[-1] ** 2 - 0.2))
        speed_ms.append(np.array(v)[::every])
        time_s.append(np.arange(len(speed_ms[-1])) * step * every)
    lap = np.repeat(np.arange(n_runs), len(time_s[0]))
    return np.concatenate(time_s), 3.6 * np.concatenate(speed_ms), lap


def car(time_s, speed_kmh, lap):
    no = np.zeros(len(lap), dtype=bool)
    return full_throttle(time_s, speed_kmh, np.full(len(lap), 100.0), no, no, lap)


@given(shift=st.floats(-1e4, 1e4), order=st.permutations(range(8)))
@few
def test_power_and_drag_know_no_beginning_of_the_clock_and_no_order_of_laps(shift, order):
    time_s, speed_kmh, lap = driven()
    found = car(time_s, speed_kmh, lap)
    later = car(time_s + shift, speed_kmh, lap)
    rows = np.concatenate([np.flatnonzero(lap == k) for k in order])
    turned = car(time_s[rows], speed_kmh[rows], np.repeat(np.arange(8), len(rows) // 8))
    for other in (later, turned):
        assert other.power_w_per_kg.value == pytest.approx(found.power_w_per_kg.value, rel=1e-6)
        assert other.drag_1_m.value == pytest.approx(found.drag_1_m.value, rel=1e-6)


@given(more=st.floats(1.01, 1.15))
@few
def test_more_power_is_found_and_more_drag_costs_time(more):
    usual = car(*driven())
    strong, winged = car(*driven(power=860 * more)), car(*driven(drag=1.0e-3 * more))
    assert power_delta(strong, usual).power_w_per_kg.value == pytest.approx(
        860 * (more - 1), rel=0.05
    )
    assert power_delta(usual, strong).power_w_per_kg.value == pytest.approx(
        -power_delta(strong, usual).power_w_per_kg.value
    )
    worse, better = drag_penalty(winged, usual), drag_penalty(usual, winged)
    assert worse.cost_s_per_lap.value > 0 > better.cost_s_per_lap.value
