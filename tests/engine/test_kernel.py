"""The race engine in calm water: every result here follows from arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from f1lab.engine import RacePlan, simulate_races
from f1lab.engine.inputs import PitLane, Retirements, Start
from tests.engine.fields import (
    GREEN,
    HARD,
    INTERMEDIATE,
    MEDIUM,
    RED,
    RESTART,
    SC,
    SOFT,
    VSC,
    calm,
    lap_model,
    plan,
)

BURN = {GREEN: 1.0, VSC: 0.5, SC: 0.25, RED: 0.25, RESTART: 1.0}


def without_traffic(field):
    """Cars that go through each other."""
    passing = replace(field.passing, reach_s=-1.0, follow_s=-1e9, dirty_air_s=0.0)
    return replace(field, passing=replace(passing, lapping_s=0.0, blue_flag_s=0.0))


def lone_time_s(field, draw, start, stops, car=0, flags=None):
    """Sum of a car's laps, worked out from the formula of the lap-time model."""
    model, pit = field.model, field.pit
    flags = np.full(field.n_laps, GREEN) if flags is None else flags
    burn_kg = 110.0 / field.n_laps
    factor = {GREEN: 1.0, VSC: field.hazards.vsc.lap_factor}
    first_sc = field.hazards.sc_first_factor
    loss = {GREEN: 1.0, VSC: pit.vsc_factor, SC: pit.sc_factor}
    total = field.start.level_s + field.start.slot_s * (field.state.grid[car] - 1)
    kg, age, compound, since = 110.0, 0.0, start, 99
    for lap in range(field.n_laps):
        burn = BURN[flags[lap]]
        age += burn
        kg -= burn * burn_kg / 2
        assert kg >= 0
        time = model.track_s[draw, lap, 0] + model.pace_s[draw, car]
        time += model.fuel_s_per_kg[draw] * kg + model.offset_s[draw, compound]
        time += model.wear_s[draw, compound, round(4 * age)] + model.own_wear_s[draw, car] * age
        time += model.warm_up_s[draw] if since == 1 else 0.0
        kg -= burn * burn_kg / 2
        if flags[lap] == SC:
            time *= first_sc if lap == 0 or flags[lap - 1] != SC else field.hazards.sc.lap_factor
        else:
            time *= factor[flags[lap]]
        total += time
        since += 1
        if lap + 1 in stops:
            total += pit.loss_s[draw] * loss[flags[lap]] + pit.speed_s[car]
            compound, age, since = stops[lap + 1], 0.0, 0
    return total


NEUTRAL = np.full(57, GREEN)
NEUTRAL[[8, 9, 10, 11, 30, 31, 33, 34, 35]] = [SC, SC, SC, SC, VSC, VSC, SC, SC, VSC]


@pytest.mark.parametrize("flags", [np.full(57, GREEN), NEUTRAL], ids=["green", "neutralised"])
@pytest.mark.parametrize("stops", [{28: HARD}, {10: HARD, 11: SOFT, 34: MEDIUM}], ids=["1", "3"])
def test_a_car_alone_finishes_in_its_modelled_time(flags, stops):
    field = replace(calm(1), flown=flags, policies=plan(1, MEDIUM, *stops.items()))
    field = replace(field, pit=replace(field.pit, speed_s=np.array([0.4])))
    out = simulate_races(field, n=6)
    expected = [lone_time_s(field, r % 3, MEDIUM, stops, flags=flags) for r in range(6)]
    assert out.time_s[:, 0] == pytest.approx(expected, abs=1e-6)
    assert (out.stops == len(stops)).all()


def test_without_traffic_a_whole_field_drives_the_sums_of_its_laps():
    field = without_traffic(calm(6))
    out = simulate_races(field, n=3)
    for r in range(3):
        expected = [lone_time_s(field, r, MEDIUM, {28: HARD}, car) for car in range(6)]
        assert out.time_s[r] == pytest.approx(expected, abs=1e-6)


def test_a_set_older_than_the_curve_keeps_its_last_slope():
    long = calm(1, policies=plan(1, MEDIUM, (50, HARD)))
    short = replace(long, model=replace(long.model, wear_s=long.model.wear_s[..., : 4 * 20 + 1]))
    assert simulate_races(short, n=1).time_s == pytest.approx(simulate_races(long, n=1).time_s)


def test_a_used_set_starts_at_its_age():
    fresh = calm(1, policies=plan(1, MEDIUM, (28, HARD)))
    used = replace(fresh.policies, stop_age_steps=np.full((1, 1, 1), 12))
    slower = simulate_races(replace(fresh, policies=used), n=1).time_s
    quicker = simulate_races(fresh, n=1).time_s
    own = fresh.model.own_wear_s[0, 0]
    # HARD wears by .04 s a lap: 29 laps, each three laps older
    assert slower - quicker == pytest.approx(29 * 3 * (0.04 + own))


@pytest.mark.parametrize("loss_s", [15.0, 30.0])
@pytest.mark.parametrize("track_s", [62.0, 104.0])
def test_no_lap_time_pit_loss_or_stint_is_a_constant_of_the_engine(loss_s, track_s):
    model = lap_model(1, 44, draws=3, noise_s=0.0, spread_s=0.0)
    model = replace(model, track_s=np.full_like(model.track_s, track_s))
    pit = PitLane(np.full(3, loss_s), 0.3, 0.6, 0.48, 0.0, 1.6, 20.0, np.zeros(1))
    field = calm(1, 44, model=model, pit=pit, policies=plan(1, SOFT, (9, HARD)))
    expected = lone_time_s(field, 0, SOFT, {9: HARD})
    assert simulate_races(field, n=1).time_s[0, 0] == pytest.approx(expected, abs=1e-6)


def test_a_stopping_car_does_not_hold_up_the_car_behind_it():
    """Whether the stop ahead takes 20 or 70 seconds is all the same to the car behind."""
    base = slow_leader(0.0)
    plans = {"AAA": RacePlan("MEDIUM", ((10, "HARD"),)), "ABA": RacePlan("MEDIUM", ((40, "HARD"),))}
    laps = {}
    for loss_s in (20.0, 70.0):
        field = replace(base, pit=replace(base.pit, loss_s=np.full(3, loss_s)))
        laps[loss_s] = simulate_races(field, plans, n=1, traces=(0,)).line_times_s(0)
    short, long = laps[20.0], laps[70.0]
    assert short[8, 1] - short[8, 0] < 1.5
    # both on their way until the other, one stop later too, stops in its turn
    assert np.array_equal(short[:39, 1], long[:39, 1])
    behind = np.diff(short[8:12, 1])
    clear = without_traffic(base)
    alone = np.diff(simulate_races(clear, plans, n=1, traces=(0,)).line_times_s(0)[8:12, 1])
    assert behind[1:] == pytest.approx(alone[1:], abs=1e-9)
    assert behind[0] < alone[0] + base.passing.dirty_air_s + base.passing.follow_s


def test_a_place_gained_in_the_pits_or_by_a_retirement_is_no_overtake():
    base = calm(2)
    apart = replace(base, start=Start(4.0, 5.0, 0.0))
    apart = replace(apart, pit=replace(base.pit, loss_s=np.full(3, 60.0)))
    out = simulate_races(apart, {"AAA": RacePlan("MEDIUM", ((20, "SOFT"), (40, "HARD")))}, n=3)
    assert (out.position[:, 1] == 1).all()
    assert (out.overtakes == 0).all()
    breaks = np.zeros((2, 57))
    breaks[0, 30] = 1.0
    out = simulate_races(replace(apart, retirements=Retirements(breaks, 0.0, 0.0)), n=3)
    assert out.retired.tolist() == [[True, False]] * 3
    assert (out.laps_done[:, 0] == 30).all()
    assert (out.position[:, 1] == 1).all()
    assert (out.overtakes == 0).all()


def slow_leader(by_s):
    base = calm(2)
    pace = np.tile([by_s, 0.0], (3, 1))
    return replace(
        base,
        model=replace(base.model, pace_s=pace, own_wear_s=np.zeros((3, 2))),
        start=Start(4.0, 1.0, 0.0),
    )


def test_a_quicker_car_passes_once_and_that_is_one_overtake():
    base = slow_leader(0.8)
    easy = replace(base, passing=replace(base.passing, pace=200.0, ceiling=1.0))
    out = simulate_races(easy, n=3)
    assert (out.position[:, 1] == 1).all()
    assert (out.overtakes == 1).all()


def test_a_pass_costs_each_of_the_two_its_own():
    base = slow_leader(0.8)
    free = replace(base.passing, pace=200.0, ceiling=1.0, dirty_air_s=0.0, follow_s=-1e9)
    times = {}
    for passer_s, passed_s in ((0.0, 0.0), (0.3, 1.1)):
        passing = replace(free, passer_s=passer_s, passed_s=passed_s)
        out = simulate_races(replace(base, passing=passing), n=1)
        assert out.overtakes.tolist() == [1]
        times[passer_s] = out.time_s[0]
    assert times[0.3] - times[0.0] == pytest.approx([1.1, 0.3])


def test_a_quicker_car_that_cannot_pass_follows_at_its_distance():
    base = slow_leader(0.8)
    hard = replace(base, passing=replace(base.passing, intercept=-50.0))
    out = simulate_races(hard, n=3)
    assert (out.position[:, 0] == 1).all()
    assert (out.overtakes == 0).all()
    assert out.time_s[:, 1] - out.time_s[:, 0] == pytest.approx(base.passing.follow_s)


def test_nobody_can_hold_up_a_car_three_seconds_a_lap_quicker():
    base = slow_leader(3.5)
    hard = replace(base, passing=replace(base.passing, intercept=-50.0))
    assert (simulate_races(hard, n=3).position[:, 1] == 1).all()


def test_lapped_cars_finish_on_the_lap_they_are_on_and_are_no_overtakes():
    base = calm(3)
    pace = np.tile([0.0, 4.0, 7.1], (3, 1))
    weightless = {"own_wear_s": np.zeros((3, 3)), "fuel_s_per_kg": np.zeros(3)}
    model = replace(base.model, pace_s=pace, **weightless)
    field = without_traffic(replace(base, model=model))
    out = simulate_races(field, n=3, traces=(0,))
    flag_s = out.time_s[0, 0]
    times = out.line_times_s(0)
    for car in (1, 2):
        alone = replace(calm(1), model=replace(model, pace_s=pace[:, car : car + 1]))
        alone = replace(alone, model=replace(alone.model, own_wear_s=np.zeros((3, 1))))
        laps = simulate_races(alone, n=1, traces=(0,)).line_times_s(0)[:, 0] + 0.25 * car
        crossed = int((laps < flag_s).sum()) + 1
        assert out.laps_done[0, car] == crossed < 57
        assert times[crossed - 1, car] == pytest.approx(laps[crossed - 1], abs=1e-6)
    assert out.position[0].tolist() == [1, 2, 3]
    assert (simulate_races(replace(field, passing=base.passing), n=3).overtakes == 0).all()


def test_being_lapped_costs_both_cars():
    base = calm(2)
    pace = np.tile([0.0, 4.0], (3, 1))
    weightless = {"own_wear_s": np.zeros((3, 2)), "fuel_s_per_kg": np.zeros(3)}
    model = replace(base.model, pace_s=pace, **weightless)
    free = without_traffic(replace(base, model=model))
    times = {}
    for cost_s in (0.0, 1.0):
        passing = replace(free.passing, blue_flag_s=cost_s, lapping_s=cost_s / 4)
        out = simulate_races(replace(free, passing=passing), n=1)
        times[cost_s] = out.time_s[0]
    assert times[1.0] - times[0.0] == pytest.approx([0.5, 2.0])


def test_a_race_taken_up_at_any_lap_ends_as_it_would_have():
    """One car is a lap down, one is out, all have fuel spared behind the safety car."""
    base = calm(5, noise_s=0.0)
    pace = np.tile([0.0, 0.5, 1.0, 4.5, 0.2], (3, 1))
    breaks = np.zeros((5, 57))
    breaks[4, 12] = 1.0
    flags = np.full(57, GREEN)
    flags[4:8] = SC
    field = replace(
        without_traffic(base),
        model=replace(base.model, pace_s=pace),
        retirements=Retirements(breaks, 0.0, 0.0),
        flown=flags,
    )
    whole = simulate_races(field, n=1, traces=(0,))
    laps = whole.trace(0)
    assert whole.laps_done[0].tolist() == [57, 57, 57, 55, 12]
    for lap in (25, 28, 40):
        past = laps[laps["leader_lap"] <= lap].groupby("driver").last().loc[list(field.drivers)]
        fitted = (past["lap"] > 28).to_numpy()
        state = replace(
            field.state,
            lap=lap,
            time_s=past["time_s"].to_numpy(),
            done=past["lap"].to_numpy(),
            running=np.array([True, True, True, True, False]),
            compound=np.where(past["lap"] >= 28, HARD, MEDIUM),
            age_steps=np.where(
                past["stopped"], 0, (past["tyre_age_laps"] * 4).to_numpy().astype(int)
            ),
            used=np.where(past["lap"] >= 28, 1 << MEDIUM | 1 << HARD, 1 << MEDIUM),
        )
        again = simulate_races(replace(field, state=state), n=1)
        assert again.time_s[0] == pytest.approx(whole.time_s[0], abs=1e-6), (lap, fitted)
        assert np.array_equal(again.laps_done, whole.laps_done)
        assert np.array_equal(again.position, whole.position)
        assert again.retired.tolist() == whole.retired.tolist()


def test_a_lapped_car_may_be_given_by_its_crossing_before_the_leaders():
    field = without_traffic(calm(2))
    state = replace(
        field.state,
        lap=20,
        time_s=np.array([2000.0, 1990.0]),
        done=np.array([20, 18]),
        age_steps=np.array([80, 72]),
        used=np.full(2, 1 << MEDIUM),
    )
    out = simulate_races(replace(field, state=state), n=3)
    assert out.laps_done.tolist() == [[57, 56]] * 3


def test_a_red_flag_closes_the_field_up_and_changes_tyres_for_nothing():
    base = calm(4)
    flags = np.full(57, GREEN)
    flags[20:22] = RED, RESTART
    planned = plan(4, MEDIUM, (21, HARD))
    field = replace(base, flown=flags, policies=planned)
    out = simulate_races(field, n=1, traces=(0,))
    laps = out.trace(0)
    red = laps[laps["leader_lap"] == 21]
    gaps = np.diff(red["time_s"])
    assert gaps == pytest.approx(np.full(3, field.start.slot_s))
    before = laps[laps["leader_lap"] == 20]
    assert red["driver"].tolist() == before["driver"].tolist()
    assert set(laps[laps["leader_lap"] == 22]["compound"]) == {"HARD"}
    assert (out.stops == 0).all()


def test_cars_of_a_wet_race_run_on_rain_tyres_and_need_no_second_compound():
    base = calm(3)
    track = base.model.track_s.copy()
    track[..., 0] += 20.0
    field = replace(
        base,
        model=replace(base.model, track_s=track),
        policies=plan(3, INTERMEDIATE),
    )
    out = simulate_races(field, n=3)
    assert (out.stops == 0).all()
    assert (out.laps_done == 57).all()
