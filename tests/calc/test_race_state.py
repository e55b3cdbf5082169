"""Fuel, stops, undercut and safety cars: against formulas done by hand, and real races."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lab.calc.race_state import (
    BURN_FACTOR,
    FUEL_S_PER_KG,
    crew_and_lane_s,
    fuel_effect,
    fuel_load_kg,
    pit_loss,
    safety_car_probability,
    undercut_delta,
)
from f1lab.errors import InvalidInput, NotEnoughLaps

FIELD = {"field_sc_per_race": 0.8, "field_vsc_per_race": 0.4}
NEW = {"races": 0, "sc_starts": 0, "vsc_starts": 0}


def test_a_green_race_burns_all_its_fuel_and_never_less_than_none():
    fuel = fuel_load_kg(np.ones(50))
    assert fuel[0] == pytest.approx(110 - 1.1)
    assert fuel[-1] == pytest.approx(1.1)
    assert (np.diff(fuel) < 0).all()


@given(st.lists(st.sampled_from(list(BURN_FACTOR.values())), min_size=1, max_size=90))
def test_fuel_is_never_negative_and_never_grows(factors):
    fuel = fuel_load_kg(factors)
    assert (fuel >= 0).all()
    assert (np.diff(fuel) <= 0).all()


def test_fuel_effect_is_rate_times_load_with_the_published_interval():
    effect = fuel_effect(np.ones(55), 110.0)
    assert effect.per_lap_s.value == pytest.approx(0.0309 * 2.0)
    assert effect.loss_s[0] == pytest.approx(0.0309 * 109.0)
    assert effect.low_s[0] == pytest.approx(0.0226 * 109.0)
    assert effect.s_per_kg == FUEL_S_PER_KG
    assert effect.to_dict()["per_lap_s"]["high"] == pytest.approx(0.0780)


@pytest.mark.parametrize(("factors", "start"), [([], 110), ([1.5], 110), ([1.0], -1)])
def test_fuel_effect_refuses_what_cannot_be(factors, start):
    with pytest.raises(InvalidInput):
        fuel_effect(factors, start)


def stops(n, loss_s, flag, lane_s):
    rng = np.random.default_rng(1)
    loss = loss_s + 0.2 * rng.standard_normal(n)
    return 90 + 0.3 * loss, 90 + 0.7 * loss, np.full(n, 180.0), np.full(n, lane_s), [flag] * n


def joined(*parts):
    columns = [np.concatenate([np.asarray(p[i], float) for p in parts]) for i in range(4)]
    return (*columns, [flag for p in parts for flag in p[4]])


def test_pit_loss_by_flag_and_its_factor():
    found = pit_loss(
        *joined(
            stops(40, 22.0, "green", 21.0),
            stops(12, 13.2, "vsc", 21.0),
            stops(12, 11.0, "sc", 21.5),
        )
    )
    assert found.of("green").loss_s.value == pytest.approx(22.0, abs=0.15)
    assert found.of("vsc").factor.value == pytest.approx(0.6, abs=0.02)
    assert found.of("sc").factor.value == pytest.approx(0.5, abs=0.02)
    assert found.of("sc").stop_s == pytest.approx(0.5, abs=0.01)
    for own in found.flags:
        assert own.loss_s.low < own.loss_s.value < own.loss_s.high


def test_pit_loss_does_not_move_with_one_botched_stop():
    into, out, reference, lane, flag = stops(21, 22.0, "green", 21.0)
    usual = pit_loss(into, out, reference, lane, flag).of("green").loss_s.value
    out[3] += 30.0
    lane[3] += 30.0
    assert pit_loss(into, out, reference, lane, flag).of("green").loss_s.value == pytest.approx(
        usual, abs=0.1
    )


def test_standing_times_tell_the_crew_from_the_rest_of_the_lane():
    """Cars that waited in the lane look like slow crews until somebody times them standing."""
    into, out, reference, lane, flag = stops(20, 22.0, "green", 21.0)
    wait = np.repeat([0.0, 3.0], 10)
    stood = np.tile([2.2, 2.4, 2.6, 2.8, 3.0], 4)
    out, lane = out + wait, lane + wait + stood - 2.2
    blind = pit_loss(into, out, reference, lane, flag).of("green")
    told = pit_loss(into, out, reference, lane, flag, stood).of("green")
    assert blind.stationary_s is None
    assert told.loss_s == blind.loss_s
    assert told.stationary_s == pytest.approx(2.6)
    assert told.stop_s == pytest.approx(0.4, abs=0.05)
    assert blind.stop_s > told.stop_s + 0.5
    assert told.lane_s > blind.lane_s
    few = pit_loss(into, out, reference, lane, flag, np.where(np.arange(20) < 3, stood, np.nan))
    assert few.of("green") == blind
    with pytest.raises(InvalidInput, match="stationary_s has 2"):
        pit_loss(into, out, reference, lane, flag, [2.5, 2.5])


def test_crew_and_lane_are_the_whole_excess():
    rng = np.random.default_rng(3)
    excess, stood = rng.normal(0, 2, 50), rng.uniform(1.8, 9, 50)
    crew, lane = crew_and_lane_s(excess, stood, 2.4, np.where(stood > 7, 5.0, 0.0))
    assert crew + lane == pytest.approx(excess, abs=1e-12)
    assert crew_and_lane_s(1.0, 2.4, 2.4) == (0.0, 1.0)
    assert np.isnan(crew_and_lane_s(1.0, np.nan, 2.4)).all()


def test_pit_loss_refuses_too_few_stops_and_strange_flags():
    with pytest.raises(NotEnoughLaps, match="green stops"):
        pit_loss(*stops(3, 22.0, "green", 21.0))
    with pytest.raises(InvalidInput, match="flag"):
        pit_loss(*stops(6, 22.0, "purple", 21.0))
    found = pit_loss(*joined(stops(6, 22.0, "green", 21.0), stops(2, 12.0, "sc", 21.0)))
    with pytest.raises(InvalidInput, match="2 stops"):
        found.of("sc")


def test_undercut_is_the_sum_of_the_formula():
    old, new = np.array([92.0, 92.1, 92.2]), np.array([90.5, 90.6, 90.7])
    found = undercut_delta(
        old, new, 2.0, warm_up_s=0.4, stop_difference_s=0.3, rejoin_s=[0.1, 0.2, 0.2], noise_s=0.3
    )
    assert found.gain_s == pytest.approx([0.7, 2.1, 3.6])
    assert found.overcut_s == pytest.approx(-found.gain_s)
    assert (np.diff(found.p_success) > 0).all()


@given(st.floats(-5, 5), st.floats(0.05, 2))
def test_an_undercut_as_good_as_the_gap_is_an_even_chance(gain, noise):
    found = undercut_delta([90.0 + gain], [90.0], gain, noise_s=noise)
    assert found.p_success[0] == pytest.approx(0.5, abs=1e-9)


def test_undercut_draws_widen_the_interval():
    rng = np.random.default_rng(0)
    new = np.full((200, 3), 90.0)
    narrow = undercut_delta(np.full(3, 91.0), np.full(3, 90.0), 1.0, noise_s=0.3)
    wide = undercut_delta(91 + rng.standard_normal((200, 1)) + 0 * new, new, 1.0, noise_s=0.3)
    assert (wide.high_s - wide.low_s > narrow.high_s - narrow.low_s).all()
    with pytest.raises(InvalidInput, match="laps"):
        undercut_delta([90.0, 91.0], [90.0], 1.0, noise_s=0.3)


def test_without_a_record_a_circuit_has_the_fields_rate():
    found = safety_car_probability(0, 60, 60, **NEW, **FIELD)
    assert found.sc_per_race.value == pytest.approx(0.8)
    # the mean over the gamma posterior of 1 - exp(-rate)
    assert found.sc.value == pytest.approx(1 - (16 / 17) ** (0.8 * 16))
    assert found.own_weight == 0


def test_a_circuits_own_record_counts_for_its_races_against_sixteen():
    own = safety_car_probability(10, 5, 60, races=4, sc_starts=8, vsc_starts=0, **FIELD)
    assert own.sc_per_race.value == pytest.approx((8 + 16 * 0.8) / 20)
    assert own.own_weight == pytest.approx(0.2)


def test_the_horizon_ends_at_the_flag():
    late = safety_car_probability(57, 20, 60, **NEW, **FIELD)
    assert late.laps == 3
    assert late.sc.value == pytest.approx(late.sc_to_flag.value)
    over = safety_car_probability(60, 5, 60, **NEW, **FIELD)
    assert over.sc.value == over.either.value == 0


def test_lap_1_has_a_share_of_its_own():
    grid = safety_car_probability(0, 1, 60, **NEW, **FIELD)
    later = safety_car_probability(1, 1, 60, **NEW, **FIELD)
    assert grid.sc.value > 10 * later.sc.value
    assert grid.vsc.value > 3 * later.vsc.value


def test_safety_car_and_virtual_one_are_priced_apart():
    base = {"races": 6, "sc_starts": 6, "vsc_starts": 2}
    few = safety_car_probability(10, 10, 60, **base, **FIELD)
    more = safety_car_probability(10, 10, 60, **(base | {"vsc_starts": 12}), **FIELD)
    assert more.sc == few.sc
    assert more.vsc.value > few.vsc.value
    assert few.either.value == pytest.approx(1 - (1 - few.sc.value) * (1 - few.vsc.value))


def test_the_chance_is_not_the_races_share_of_safety_car_laps():
    # one safety car of 14 laps in a race of 70 is a share of .2; it came out once
    once = safety_car_probability(20, 1, 70, races=1, sc_starts=1, vsc_starts=0, **FIELD)
    assert once.sc.value < 0.02
    none_yet = safety_car_probability(20, 1, 70, races=1, sc_starts=0, vsc_starts=0, **FIELD)
    assert 0 < none_yet.sc.value < once.sc.value


@given(st.integers(0, 59), st.integers(1, 80), st.integers(0, 30), st.integers(0, 40))
def test_chances_are_chances_and_grow_with_the_horizon(lap, horizon, races, starts):
    record = {"races": races, "sc_starts": starts, "vsc_starts": starts // 2}
    found = safety_car_probability(lap, horizon, 60, **record, **FIELD)
    longer = safety_car_probability(lap, horizon + 1, 60, **record, **FIELD)
    for own in (found.sc, found.vsc, found.either, found.sc_to_flag):
        assert 0 <= own.low <= own.value <= own.high <= 1
    assert longer.sc.value >= found.sc.value


@pytest.mark.parametrize(
    "wrong",
    [{"lap": 61}, {"lap": -1}, {"horizon_laps": 0}, {"races": -1}, {"sc_lap_1_share": 2}],
)
def test_safety_car_refuses_what_cannot_be(wrong):
    given_ = {"lap": 10, "horizon_laps": 5, "n_laps": 60, **NEW, **FIELD} | wrong
    with pytest.raises(InvalidInput):
        safety_car_probability(**given_)
