"""Plans follow the tyres of the day: what each costs, and how much likelier that makes it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from f1lab.engine import RacePlan, simulate_races
from f1lab.engine.calibrate_tyres import _fit
from f1lab.engine.inputs import Policies
from f1lab.engine.plans import policies_for
from f1lab.engine.policies_wear import plan_times_s, weighed_by_wear
from tests.engine.fields import HARD, MEDIUM, SOFT, calm, field, lap_model

NEW = np.zeros(1, dtype=np.int64)


def one_car(*variants, weight=None, ages=None):
    """One car's variants: (start, (lap, compound), …)."""
    most = max(1, *(len(own) - 1 for own in variants))
    lap, compound = (np.zeros((1, len(variants), most), dtype=np.int64) for _ in range(2))
    for v, (_, *stops) in enumerate(variants):
        for s, (at, fitted) in enumerate(stops):
            lap[0, v, s], compound[0, v, s] = at, fitted
    chance = np.full(len(variants), 1 / len(variants)) if weight is None else np.array(weight)
    start = np.array([[own[0] for own in variants]])
    return Policies(start, lap, compound, chance[None], np.ones(1, dtype=bool), ages)


def added_up(model, draw, stints, loss_s):
    """Lap by lap: (compound, age before in laps, laps)."""
    total = (len(stints) - 1) * (loss_s + model.warm_up_s[draw])
    for compound, age, laps in stints:
        for lap in range(1, laps + 1):
            total += model.offset_s[draw, compound]
            total += model.wear_s[draw, compound, round(4 * (age + lap))]
    return total


def test_a_plan_costs_the_sum_of_its_laps_and_stops():
    model = lap_model(1, 57, draws=3)
    ages = np.array([[[0, 0], [4, 8]]])
    plans = one_car((MEDIUM, (20, HARD)), (SOFT, (15, SOFT), (40, MEDIUM)), ages=ages)
    times_s = plan_times_s(plans, model, np.array([20.0, 22.0, 24.0]), 57, NEW, NEW)
    for draw, loss_s in enumerate((20.0, 22.0, 24.0)):
        one = added_up(model, draw, [(MEDIUM, 0, 20), (HARD, 0, 37)], loss_s)
        two = added_up(model, draw, [(SOFT, 0, 15), (SOFT, 1, 25), (MEDIUM, 2, 17)], loss_s)
        assert times_s[draw, 0] == pytest.approx([one, two])


def test_under_way_the_laps_to_come_count_on_the_set_as_it_is():
    model = lap_model(1, 57, draws=1)
    times_s = plan_times_s(
        one_car((MEDIUM,), (MEDIUM, (40, SOFT))),
        model,
        np.array([20.0]),
        57,
        np.array([30]),
        np.array([42]),
    )
    stay = added_up(model, 0, [(MEDIUM, 10.5, 27)], 20.0)
    stop = added_up(model, 0, [(MEDIUM, 10.5, 10), (SOFT, 0, 17)], 20.0)
    assert times_s[0, 0] == pytest.approx([stay, stop])


def test_a_slower_plan_is_less_likely_by_its_time_and_none_that_was_out_comes_in():
    plans = one_car((MEDIUM,), (SOFT,), (HARD,), weight=[0.5, 0.5, 0.0])
    known = weighed_by_wear(plans, np.array([[[10.0, 40.0, 0.0]]]), 30.0)
    assert known.draw_weight[0, 0] == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.e), 0.0])
    unmoved = weighed_by_wear(plans, np.array([[[10.0, 40.0, 0.0]]]), np.inf)
    assert unmoved.draw_weight[0, 0] == pytest.approx(plans.weight[0])


def test_each_race_chooses_with_the_weights_of_its_own_draw():
    base = calm(4, 30)
    of_draw = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    once, twice = (SOFT, (15, HARD)), (SOFT, (10, HARD), (20, MEDIUM))
    one = one_car(once, twice)
    many = {
        name: np.repeat(getattr(one, name), 4, axis=0)
        for name in ("start_compound", "stop_lap", "stop_compound", "weight")
    }
    plans = Policies(
        **many, reacts=np.zeros(4, dtype=bool), draw_weight=np.repeat(of_draw[:, None], 4, axis=1)
    )
    out = simulate_races(replace(base, policies=plans), n=9, seed=1)
    assert out.stops.tolist() == [[2 if race % 3 == 1 else 1] * 4 for race in range(9)]


def test_a_driver_given_a_plan_drives_it_in_every_draw():
    base = field(3, 40)
    likely = np.tile([0.3, 0.7], (20, 3, 1))
    known = replace(base, policies=replace(base.policies, draw_weight=likely))
    driver = known.drivers[1]
    after = policies_for(known, {driver: RacePlan("SOFT", ((18, "HARD"),))})
    assert (after.draw_weight[:, 1] == [1.0, 0.0]).all()
    assert (after.draw_weight[:, [0, 2]] == [0.3, 0.7]).all()
    assert (known.policies.draw_weight == [0.3, 0.7]).all(), "the field given stays as it was"


@pytest.mark.parametrize("worth_s", [10.0, 40.0])
def test_the_worth_of_time_is_recovered_from_the_plans_driven(worth_s):
    rng = np.random.default_rng(3)
    seen = []
    for _ in range(3000):
        times_s = rng.normal(0.0, 25.0, (1, 1, 3))
        plans = one_car((MEDIUM,), (SOFT,), (HARD,), weight=[0.5, 0.3, 0.2])
        chance = weighed_by_wear(plans, times_s, worth_s).draw_weight[0, 0]
        seen.append((plans, times_s, (np.arange(3) == rng.choice(3, p=chance))[None]))
    found = _fit(seen)
    assert found["n"] == 3000
    assert found["worth_s"] == pytest.approx(worth_s, rel=0.12)
    assert found["gain"] > 0
