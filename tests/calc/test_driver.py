"""Drivers: spread, mistakes, fights, pressure and ranks that were put in come back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import expit, logit

from f1lab.calc import (
    adaptability,
    consistency_metrics,
    error_risk,
    pressure_index,
    racecraft_score,
)
from f1lab.errors import InvalidInput, NotEnoughLaps


def noisy(sigma_s, n=60, seed=0):
    return 90 + np.random.default_rng(seed).normal(0, sigma_s, n)


def test_spread_comes_back_inside_its_interval():
    found = consistency_metrics(noisy(0.3), np.repeat([1, 2, 3], 20))
    assert found.sigma_s.low < 0.3 < found.sigma_s.high
    assert found.mad_s.low < 0.3 / 1.4826 < found.mad_s.high
    assert found.within.low < 0.495 < found.within.high
    assert [s.n_laps for s in found.stints] == [20, 20, 20]


def test_a_step_between_stints_is_no_spread():
    laps, stint = noisy(0.2), np.repeat([1, 2, 3], 20)
    moved = consistency_metrics(laps + 3.0 * stint, stint)
    assert moved.sigma_s.value == pytest.approx(consistency_metrics(laps, stint).sigma_s.value)


def test_a_mistake_is_counted_and_left_out():
    laps, stint = noisy(0.2), np.repeat([1, 2, 3], 20)
    spoiled = laps.copy()
    spoiled[7] += 25.0
    found = consistency_metrics(spoiled, stint)
    assert found.n_outliers == 1
    assert found.sigma_s.value == pytest.approx(
        consistency_metrics(laps, stint).sigma_s.value, rel=0.1
    )


def test_an_empty_stint_and_too_few_laps_are_refused():
    with pytest.raises(NotEnoughLaps, match="0 known laps in stints of 4 or more, needed are 8"):
        consistency_metrics([np.nan] * 20, [1] * 20)
    with pytest.raises(NotEnoughLaps, match="4 known laps"):
        consistency_metrics(noisy(0.2, 7), [1, 1, 1, 1, 2, 2, 2])
    with pytest.raises(InvalidInput, match="reach_s"):
        consistency_metrics(noisy(0.2), [1] * 60, reach_s=0)
    with pytest.raises(InvalidInput, match="stint has shape"):
        consistency_metrics(noisy(0.2), [1] * 59)


def field(rates, laps=300, seed=0):
    """Residuals of a field; each driver errs with his own rate."""
    rng = np.random.default_rng(seed)
    driver = np.repeat([f"D{k:02}" for k in range(len(rates))], laps)
    residual = rng.normal(0, 0.3, len(driver))
    errs = rng.random(len(driver)) < np.repeat(rates, laps)
    return residual + errs * (1.9 + rng.exponential(1, len(driver))), driver, errs


def test_mistakes_are_counted_and_shrunk_to_the_field():
    rates = np.r_[0.05, np.full(15, 0.01)]
    residual, driver, errs = field(rates)
    no = np.zeros(len(driver), dtype=bool)
    found = error_risk(residual, driver, ~no, no, no)
    assert found.mistakes["D00"] == errs[driver == "D00"].sum()
    assert 0.01 < found.per_lap["D00"].value < 0.06
    raw = found.mistakes["D00"] / found.laps["D00"]
    assert found.per_lap["D00"].value < raw
    assert max(found.per_lap, key=lambda name: found.per_lap[name].value) == "D00"


def test_equal_drivers_are_told_apart_by_next_to_nothing():
    residual, driver, _ = field(np.full(16, 0.01))
    no = np.zeros(len(driver), dtype=bool)
    found = error_risk(residual, driver, ~no, no, no)
    values = [e.value for e in found.per_lap.values()]
    assert max(values) < 2.5 * min(values)
    assert np.mean(values) == pytest.approx(0.01, abs=0.004)


def test_traffic_excuses_a_slow_lap_but_not_an_off_or_a_deleted_one():
    residual, driver = np.zeros(120), np.repeat(["A", "B", "C"], 40)
    residual[:3] = 5.0
    marks = np.zeros((3, 120), dtype=bool)
    clear, deleted, off = marks
    deleted[50], off[51] = True, True
    found = error_risk(residual, driver, clear, deleted, off)
    assert found.mistakes == {"A": 0, "B": 2, "C": 0}


def test_a_driver_whose_laps_scatter_is_refused_by_name():
    residual, driver, _ = field(np.full(5, 0.01))
    residual[driver == "D03"] *= 4
    no = np.zeros(len(driver), dtype=bool)
    found = error_risk(residual, driver, ~no, no, no)
    assert "D03's laps scatter" in found.refused["D03"]
    assert "D03" not in found.per_lap


def test_marks_that_cannot_be_meant_are_refused():
    residual, driver, _ = field(np.full(5, 0.01))
    yes = np.ones(len(driver), dtype=bool)
    with pytest.raises(InvalidInput, match="deleted marks 1500 of 1500 laps"):
        error_risk(residual, driver, yes, yes, ~yes)
    with pytest.raises(NotEnoughLaps, match="can be told of 1 driver, needed are 3"):
        error_risk(residual[:300], driver[:300], yes[:300], ~yes[:300], ~yes[:300])


def fights(shift, n=150, seed=0):
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0.02, 0.5, n)
    return chance, rng.random(n) < expit(logit(chance) + shift)


def test_a_better_fighter_scores_above_the_model():
    found = racecraft_score(*fights(0.6, n=600), *fights(-0.6, n=600, seed=1))
    assert found.score.low > 0
    assert found.attack.low > 0
    assert found.defence.low > 0
    assert found.attack.value < 0.75


def test_a_driver_as_good_as_the_model_is_told_so_nine_times_in_ten():
    inside = []
    for seed in range(60):
        found = racecraft_score(*fights(0.0, seed=2 * seed), *fights(0.0, seed=2 * seed + 1))
        inside.append(found.score.low < 0 < found.score.high)
    assert 46 <= sum(inside) <= 60


def test_few_chances_stay_near_the_field():
    few = racecraft_score([0.1] * 3, [True] * 3, [0.1] * 3, [False] * 3)
    many = racecraft_score([0.1] * 90, [True] * 90, [0.1] * 90, [False] * 90)
    assert 0 < few.score.value < many.score.value
    assert few.score.high - few.score.low > many.score.high - many.score.low


def test_one_more_pass_never_lowers_the_score():
    chance, won = fights(0.0)
    more = won.copy()
    more[np.flatnonzero(~won)[0]] = True
    before, after = (racecraft_score(chance, w, chance, won).score.value for w in (won, more))
    assert after > before


def test_chances_that_are_none_are_refused():
    with pytest.raises(InvalidInput, match="defence_chance holds values outside"):
        racecraft_score([0.5] * 6, [True] * 6, [0.0] * 6, [True] * 6)
    with pytest.raises(NotEnoughLaps, match="3 chances"):
        racecraft_score([0.5] * 3, [True] * 3, [], [])


def under_pressure(loss_s, seed=0):
    rng = np.random.default_rng(seed)
    gap = np.tile(np.repeat([0.8, 2.0, 6.0], 5), 6)
    residual = loss_s * (gap < 1.5) + rng.normal(0, 0.2, len(gap))
    return residual, gap, np.repeat([1, 2, 3], 30)


@pytest.mark.parametrize("loss_s", [0.0, 0.25, -0.2])
def test_the_cost_of_a_car_behind_comes_back(loss_s):
    found = pressure_index(*under_pressure(loss_s))
    assert found.delta_s_per_lap.low < loss_s < found.delta_s_per_lap.high
    assert (found.n_pressed, found.n_clear, found.n_spells) == (30, 30, 12)


def test_a_stint_spent_wholly_under_pressure_is_not_compared_with_another():
    gap = np.r_[np.full(30, 0.8), np.full(30, 9.0)]
    with pytest.raises(NotEnoughLaps, match="0 laps under pressure in stints with both"):
        pressure_index(np.zeros(60), gap, np.repeat([1, 2], 30))
    with pytest.raises(InvalidInput, match="close_s"):
        pressure_index(np.zeros(60), gap, np.repeat([1, 2], 30), close_s=3.0)


def ranks(spread, events=20, drivers=20, seed=0):
    rng = np.random.default_rng(seed)
    return (
        np.arange(drivers)[:, None]
        + rng.normal(0, 1, (drivers, events)) * np.array(spread)[:, None]
    )


def test_a_steady_driver_adapts_better_than_an_unsteady_one():
    spread = np.full(20, 3.0)
    spread[9], spread[10] = 0.1, 9.0
    pace = ranks(spread)
    steady, unsteady = (adaptability(pace, k) for k in (9, 10))
    assert steady.score.low > unsteady.score.high
    assert 0 <= unsteady.score.value <= steady.score.value <= 1


def test_few_events_are_shrunk_to_the_field():
    spread = np.full(20, 3.0)
    spread[9] = 0.1
    pace = ranks(spread)
    short = pace.copy()
    short[9, 5:] = np.nan
    full, few = adaptability(pace, 9), adaptability(short, 9)
    assert abs(few.spread.value - few.field_spread) < abs(full.spread.value - full.field_spread)


def test_a_driver_quick_in_the_wet_is_further_up_there():
    pace = ranks(np.full(20, 1.0))
    wet = np.arange(20) % 4 == 0
    pace[12, wet] -= 9
    found = adaptability(pace, 12, np.where(wet, "wet", "dry"))
    assert found.by_condition["wet"].high < 0 < found.by_condition["dry"].value


def test_hardly_any_event_is_refused():
    pace = ranks(np.full(20, 1.0))
    pace[3, 3:] = np.nan
    with pytest.raises(NotEnoughLaps, match="3 events"):
        adaptability(pace, 3)
    with pytest.raises(InvalidInput, match="row 20"):
        adaptability(pace, 20)
    with pytest.raises(InvalidInput, match="condition has shape"):
        adaptability(pace, 1, ["wet"])


def test_results_are_plain_values():
    residual, driver, _ = field(np.full(5, 0.01))
    no = np.zeros(len(driver), dtype=bool)
    for found in (
        consistency_metrics(noisy(0.3), np.repeat([1, 2, 3], 20)),
        error_risk(residual, driver, ~no, no, no),
        racecraft_score(*fights(0.1), *fights(0.1)),
        pressure_index(*under_pressure(0.1)),
        adaptability(ranks(np.full(20, 1.0)), 3, ["dry"] * 20),
    ):
        out = found.to_dict()
        assert json.loads(json.dumps(out)) == out
