"""Passing, DRS, battles and traffic: known truth, limits and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lab.calc.traffic import (
    PassLogit,
    battle_prediction,
    drs_advantage,
    overtake_probability,
    traffic_impact,
)
from f1lab.errors import InvalidInput, NotEnoughLaps

MODEL = PassLogit(intercept=-0.3, gap=-4.3, pace=1.9, age=0.04, ceiling=0.92)
FIGHT = {"follow_s": 0.6, "noise_s": 0.4}


def simulate(gap_s, pace, n=40000):
    """The same battle, car by car."""
    rng = np.random.default_rng(3)
    gap, passed, curve = np.full(n, gap_s), np.zeros(n, bool), []
    for advantage in pace:
        p = overtake_probability(gap, advantage, 5.0, MODEL).p
        passed |= rng.random(n) < p
        air = 0.4 * np.clip(1 - gap / 1.5, 0, None)
        gap = np.maximum(gap - advantage + air + 0.4 * rng.standard_normal(n), 0.6)
        curve.append(passed.mean())
    return np.array(curve)


def test_the_logit_is_the_formula():
    p = overtake_probability(0.5, 0.8, 10, MODEL, circuit_logit=-1.0).p
    logit = -0.3 - 1.0 - 4.3 * 0.5 + 1.9 * 0.8 + 0.4
    assert p == pytest.approx(1 / (1 + np.exp(-logit)))


def test_the_circuit_bends_the_curve_instead_of_scaling_it():
    pace = np.array([-1.0, 0.0, 1.0, 3.0])
    hard = overtake_probability(0.3, pace, 0, MODEL, circuit_logit=-2.0).p
    easy = overtake_probability(0.3, pace, 0, MODEL).p
    ratio = hard / easy
    assert ratio[0] < 0.2
    assert ratio[-1] > 0.9


def test_it_saturates_and_ends_out_of_reach():
    assert overtake_probability(0.1, 9.0, 30, MODEL).p == 0.92
    assert overtake_probability(1.6, 9.0, 30, MODEL).p == 0.0


@given(st.floats(0, 1.4), st.floats(-2, 2), st.floats(-20, 20), st.floats(0, 1))
def test_it_falls_with_the_gap_and_rises_with_pace_and_age(gap, pace, age, sd):
    found = overtake_probability(gap, pace, age, MODEL, logit_sd=sd)
    assert 0 <= found.low <= found.p <= found.high <= 0.92
    assert overtake_probability(gap + 0.1, pace, age, MODEL).p <= found.p
    assert overtake_probability(gap, pace + 0.1, age, MODEL).p >= found.p
    assert overtake_probability(gap, pace, age + 1, MODEL).p >= found.p


def test_a_negative_gap_is_refused():
    with pytest.raises(InvalidInput, match="gap"):
        overtake_probability(-0.1, 0, 0, MODEL)


def test_the_curve_of_a_battle_is_that_of_many_single_ones():
    pace = np.array([0.3, 0.5, 0.6, 0.6, 0.7, 0.7])
    fight = battle_prediction(1.3, pace, 5.0, MODEL, dirty_air_s=0.4, **FIGHT)
    assert fight.p_passed == pytest.approx(simulate(1.3, pace), abs=0.015)


def test_a_battle_knows_how_little_it_knows():
    sure = battle_prediction(1.0, np.full(6, 0.4), 5.0, MODEL, **FIGHT)
    unsure = battle_prediction(1.0, np.full(6, 0.4), 5.0, MODEL, pace_sd_s=0.3, **FIGHT)
    assert sure.low == pytest.approx(sure.high)
    assert (unsure.low < sure.p_passed).all()
    assert (unsure.high > sure.p_passed).all()
    assert (np.diff(sure.p_passed) >= 0).all()
    assert 1 <= sure.expected_lap <= 6


def test_a_car_far_behind_and_slower_never_gets_there():
    fight = battle_prediction(8.0, np.full(5, -1.0), 0.0, MODEL, follow_s=0.6, noise_s=0.05)
    assert fight.p_passed[-1] == 0
    assert fight.expected_lap is None
    with pytest.raises(InvalidInput, match="one lap"):
        battle_prediction(1.0, [], 0.0, MODEL, **FIGHT)


def laps_with_drs(seconds, kmh):
    rng = np.random.default_rng(5)
    gap = rng.uniform(0.1, 3.0, 3000)
    drs = gap < 1
    beyond = 0.5 * np.clip(1.5 - gap, 0, None) - seconds * drs + 0.2 * rng.standard_normal(3000)
    trap = 300 + 4 * np.clip(1.5 - gap, 0, None) + kmh * drs + 2 * rng.standard_normal(3000)
    return gap, beyond, np.arange(3000) % 20, trap


@pytest.mark.parametrize("seconds", [0.0, 0.4])
def test_drs_is_the_jump_at_one_second_not_the_tow(seconds):
    gap, beyond, driver, trap = laps_with_drs(seconds, 9.0)
    found = drs_advantage(gap, beyond, driver, MODEL, speed_kmh=trap)
    assert found.gain_s.low <= seconds <= found.gain_s.high
    assert found.gain_s.value == pytest.approx(seconds, abs=0.06)
    assert found.speed_kmh.value == pytest.approx(9.0, abs=0.8)
    assert (found.p_added.value > 0.02) == (seconds > 0)


def test_drs_refuses_too_few_laps():
    gap, beyond, driver, _ = laps_with_drs(0.3, 9.0)
    with pytest.raises(NotEnoughLaps, match="within a second"):
        drs_advantage(gap[:80], beyond[:80], driver[:80], MODEL)


def test_traffic_recovers_what_was_lost_and_where():
    rng = np.random.default_rng(7)
    n = 2000
    gap = np.where(rng.random(n) < 0.3, rng.uniform(0.2, 1.5, n), 5.0)
    lapped, lapping = rng.random(n) < 0.05, rng.random(n) < 0.05
    air = np.clip(1 - gap / 1.5, 0, None)
    lost = 0.9 * air + 1.6 * lapped + 0.4 * lapping
    beyond = 0.1 + lost + 0.25 * rng.standard_normal(n)
    found = traffic_impact(beyond, gap, np.arange(n) // 20, blue_flag=lapped, lapping=lapping)
    assert found.dirty_air_s.value == pytest.approx(0.9, abs=0.1)
    assert found.blue_flag_s.value == pytest.approx(1.6, abs=0.1)
    assert found.lapping_s.value == pytest.approx(0.4, abs=0.1)
    assert found.total_s.low < lost.sum() < found.total_s.high
    assert found.total_s.value == pytest.approx(lost.sum(), rel=0.1)


@given(st.floats(-3, 3))
def test_a_constant_on_all_laps_is_no_traffic(shift):
    rng = np.random.default_rng(9)
    gap = rng.uniform(0.2, 4.0, 200)
    beyond = 0.8 * np.clip(1 - gap / 1.5, 0, None) + 0.1 * rng.standard_normal(200)
    none = np.zeros(200, bool)
    stint = np.arange(200) // 10
    base = traffic_impact(beyond, gap, stint, blue_flag=none, lapping=none)
    moved = traffic_impact(beyond + shift, gap, stint, blue_flag=none, lapping=none)
    assert moved.total_s.value == pytest.approx(base.total_s.value, abs=1e-6)
    assert base.blue_flag_s is None


def test_traffic_refuses_a_race_in_a_train_and_one_alone():
    none = np.zeros(100, bool)
    stint = np.zeros(100, int)
    with pytest.raises(NotEnoughLaps, match="clear air"):
        traffic_impact(np.zeros(100), np.full(100, 0.5), stint, blue_flag=none, lapping=none)
    with pytest.raises(NotEnoughLaps, match="in traffic"):
        traffic_impact(np.zeros(100), np.full(100, 9.0), stint, blue_flag=none, lapping=none)
