"""Plans: the real ones as they were driven, the likely ones within the rules."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.engine.policies import DrivenPlan, as_policies, driven_plans, real_policies
from f1lab.engine.policies_habit import CarNow, habit_policies
from f1lab.engine.priors import Habits
from f1lab.racemodel.laps import RaceLaps

SOFT, MEDIUM, HARD, INTERMEDIATE, _, UNKNOWN = range(6)
GREEN, VSC, SC, RED = 0, 2, 3, 5


def habits(stops=(0.02, 0.6, 0.3, 0.08), oldest=(30, 38, 50, 45, 35)):
    return Habits(
        stops_p=np.array(stops),
        start_p=np.array([[0.5, 0.45, 0.05], [0.3, 0.4, 0.3]]),
        next_p=np.array([[0.1, 0.4, 0.5], [0.2, 0.15, 0.65], [0.25, 0.6, 0.15]]),
        share=np.zeros((4, 4)),
        share_sd=np.full((4, 4), 0.1),
        oldest_laps=np.array(oldest),
        worth_s=30.0,
    )


def laps_of(stints, *, n_laps=None, flags=None, cars=1):
    """Laps of identical cars: stints are (compound, laps, age at the start)."""
    compound = np.concatenate([[c] * n for c, n, _ in stints])
    age = np.concatenate([a + np.arange(1.0, n + 1) for _, n, a in stints])
    number = np.concatenate([[i + 1] * n for i, (_, n, _) in enumerate(stints)])
    driven = len(compound)
    flag = np.zeros(driven, dtype=np.int64)
    for lap, which in (flags or {}).items():
        flag[lap - 1] = which
    lap = np.arange(1, driven + 1)

    def per_car(values):
        return np.tile(np.asarray(values), cars)

    nothing = np.full(driven * cars, np.nan)
    no = np.zeros(driven * cars, dtype=bool)
    return RaceLaps(
        drivers=tuple(f"D{i:02d}" for i in range(cars)),
        distance_laps=n_laps or driven,
        driver=np.repeat(np.arange(cars), driven),
        lap=per_car(lap),
        time_s=per_car(90.0 * lap),
        lap_time_s=per_car(np.full(driven, 90.0)),
        progress=per_car(lap - 0.5),
        compound=per_car(compound),
        tyre_class=per_car(np.where(compound == INTERMEDIATE, 1, 0)),
        age_laps=per_car(age),
        wear_age=per_car(age),
        fuel_kg=per_car(np.zeros(driven)),
        flag=per_car(flag),
        neutralised=per_car(flag >= VSC),
        red=per_car(flag == RED),
        yellow=no,
        wet=no,
        in_lap=no,
        out_lap=no,
        warming_up=no,
        gap_start_s=nothing,
        ahead_start=per_car(np.full(driven, -1)),
        ahead_start_laps_up=nothing,
        gap_end_s=nothing,
        position=per_car(np.ones(driven)),
        blue_flag=no,
        stint=per_car(number),
        pit_in_s=nothing,
        pit_out_s=nothing,
        pit_stationary_s=nothing,
    )


def test_a_driven_plan_has_its_laps_sets_and_their_ages():
    laps = laps_of([(SOFT, 12, 3), (HARD, 30, 0), (MEDIUM, 15, 1)])
    assert driven_plans(laps, laps.drivers) == [
        DrivenPlan(SOFT, 12, ((12, HARD, 0), (42, MEDIUM, 4)))
    ]


def test_driving_through_is_no_stop_and_an_unknown_set_is_a_medium():
    laps = laps_of([(UNKNOWN, 10, 0), (UNKNOWN, 20, 10), (HARD, 20, 0)])
    assert driven_plans(laps, laps.drivers) == [DrivenPlan(MEDIUM, 0, ((30, HARD, 0),))]


@pytest.mark.parametrize("red_laps", [(20,), (21,), (20, 21)])
def test_a_change_under_a_red_flag_stands_on_a_red_lap(red_laps):
    laps = laps_of([(SOFT, 20, 0), (HARD, 30, 0)], flags=dict.fromkeys(red_laps, RED))
    (plan,) = driven_plans(laps, laps.drivers)
    assert plan.stops[0][0] in red_laps


def test_a_stop_behind_the_safety_car_is_cheap_though_the_leader_saw_it_a_lap_later():
    laps = laps_of([(SOFT, 20, 0), (HARD, 30, 0)], flags={20: SC, 21: SC, 22: SC})
    flown = np.zeros(50, dtype=np.int64)
    flown[20:23] = SC
    assert real_policies(laps, laps.drivers, flown).stop_lap.tolist() == [[[21]]]
    flown[19] = SC
    assert real_policies(laps, laps.drivers, flown).stop_lap.tolist() == [[[20]]]


def test_a_car_that_retired_would_have_met_the_rules_and_changed_worn_out_tyres():
    early = laps_of([(SOFT, 10, 0)], n_laps=50)
    plan = real_policies(early, early.drivers, np.zeros(50, dtype=np.int64))
    assert plan.stop_lap.tolist() == [[[0]]]  # nobody drove another compound: none to choose
    both = laps_of([(SOFT, 10, 0), (HARD, 12, 0)], n_laps=50)
    plan = real_policies(both, both.drivers, np.zeros(50, dtype=np.int64))
    assert plan.stop_lap.tolist() == [[[10, 36]]]
    assert plan.stop_compound.tolist() == [[[HARD, HARD]]]
    done = laps_of([(SOFT, 10, 0), (HARD, 38, 0)], n_laps=50)
    plan = real_policies(done, done.drivers, np.zeros(50, dtype=np.int64))
    assert plan.stop_lap.tolist() == [[[10]]]


def test_real_plans_do_not_react_and_carry_the_ages_of_used_sets():
    laps = laps_of([(SOFT, 12, 3), (MEDIUM, 15, 1)], cars=2)
    plan = real_policies(laps, laps.drivers, np.zeros(27, dtype=np.int64))
    assert not plan.reacts.any()
    assert plan.stop_age_steps.tolist() == [[[4]], [[4]]]
    assert plan.weight.tolist() == [[1.0], [1.0]]


def test_plans_of_different_length_are_filled_with_unused_stops():
    short, long = DrivenPlan(SOFT, 0, ()), DrivenPlan(HARD, 0, ((9, SOFT, 0), (20, MEDIUM, 8)))
    laid = as_policies([[short], [long]], np.ones((2, 1)), reacts=True)
    assert laid.stop_lap.tolist() == [[[0, 0]], [[9, 20]]]
    assert laid.stop_compound.tolist() == [[[0, 0]], [[SOFT, MEDIUM]]]
    assert laid.stop_age_steps.tolist() == [[[0, 0]], [[0, 8]]]
    assert laid.reacts.all()


def plans_of(policies, car=0):
    """(chance, compounds, stop laps) of the plans of one car."""
    out = []
    for v in np.flatnonzero(policies.weight[car] > 0):
        laps = policies.stop_lap[car, v]
        fitted = policies.stop_compound[car, v][laps > 0]
        start = int(policies.start_compound[car, v])
        out.append((policies.weight[car, v], (start, *fitted.tolist()), laps[laps > 0].tolist()))
    return out


@pytest.mark.parametrize("n_laps", [44, 57, 78])
def test_plans_from_habits_are_legal_and_no_set_gets_too_old(n_laps):
    known = habits()
    policies = habit_policies([CarNow(1), CarNow(15)], known, n_laps)
    np.testing.assert_allclose(policies.weight.sum(axis=1), 1.0)
    for car in range(2):
        for _, compounds, laps in plans_of(policies, car):
            assert len(set(compounds)) >= 2
            assert all(0 < lap < n_laps for lap in laps)
            assert laps == sorted(set(laps))
    assert policies.reacts.all()


def test_the_first_ten_start_otherwise_than_the_others():
    policies = habit_policies([CarNow(10), CarNow(11)], habits(), 57)
    start = [
        [
            sum(w for w, compounds, _ in plans_of(policies, car) if compounds[0] == c)
            for c in range(3)
        ]
        for car in range(2)
    ]
    assert start[0][SOFT] > start[1][SOFT]


def test_harder_tyres_do_the_longer_stint_and_stops_are_spread():
    policies = habit_policies([CarNow(1)], habits(stops=(0, 1, 0, 0)), 60)
    found = [(compounds, laps[0]) for _, compounds, laps in plans_of(policies)]
    middle = {}
    for compounds, lap in found:
        middle.setdefault(compounds, []).append(lap)
    assert np.median(middle[MEDIUM, HARD]) == 60 * 1.45 / (1.45 + 2.25) // 1 + 1
    for laps in middle.values():
        assert max(laps) - min(laps) >= 5


def test_plans_in_the_race_start_from_the_set_on_the_car():
    policies = habit_policies(
        [
            CarNow(1, lap=30, compound=MEDIUM, age_laps=30, used=1 << MEDIUM),
            CarNow(2, lap=40, compound=HARD, age_laps=10, used=1 << HARD | 1 << SOFT, stops=1),
            CarNow(3, lap=56, compound=HARD, age_laps=20, used=1 << HARD | 1 << SOFT, stops=1),
            CarNow(4, lap=30, compound=INTERMEDIATE, age_laps=9, used=1 << INTERMEDIATE),
        ],
        habits(),
        57,
    )
    first = plans_of(policies, 0)
    assert {compounds[0] for _, compounds, _ in first} == {MEDIUM}
    assert all(30 < lap < 57 for _, _, laps in first for lap in laps)
    assert all(laps for _, _, laps in first)
    to_the_flag = sum(w for w, _, laps in plans_of(policies, 1) if not laps)
    assert to_the_flag > 0.5
    assert plans_of(policies, 2) == [(1.0, (HARD,), [])]
    assert plans_of(policies, 3) == [(1.0, (INTERMEDIATE,), [])]


def test_two_stops_where_the_rules_ask_for_them():
    policies = habit_policies([CarNow(1)], habits(), 78, stops_needed=2)
    assert all(len(laps) >= 2 for _, _, laps in plans_of(policies))


@pytest.mark.parametrize("n_laps", [2, 3, 5])
def test_the_shortest_races_have_a_plan(n_laps):
    for _, compounds, laps in plans_of(habit_policies([CarNow(1)], habits(), n_laps)):
        assert len(laps) == len(compounds) - 1
        assert all(0 < lap < n_laps for lap in laps)


def test_a_car_that_must_still_change_compound_does_so_late_in_the_race():
    car = CarNow(1, lap=54, compound=HARD, age_laps=54, used=1 << HARD)
    ((_, compounds, laps),) = plans_of(habit_policies([car], habits(), 57))[:1]
    assert compounds == (HARD, MEDIUM)
    assert 54 < laps[0] < 57
