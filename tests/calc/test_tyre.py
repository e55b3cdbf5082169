"""Tyres: wear, offsets and lives that were put in come back; what cannot be told is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from f1lab.calc import (
    compound_delta,
    degradation_curve,
    push_penalty,
    thermal_window,
    tyre_life_projection,
)
from f1lab.calc.pace import FieldLaps, PacePriors, fit_pace
from f1lab.errors import InvalidInput, NotEnoughLaps

N_LAPS, START_KG = 55, 110.0


def field_laps(wear, *, seed=0, noise_s=0.3, gain_s=0.8, offset_s=0.4, n_drivers=18):
    """One-stop races of a field; ``wear`` maps MEDIUM and HARD to their slopes."""
    rng = np.random.default_rng(seed)
    lap = np.tile(np.arange(2, N_LAPS + 1), n_drivers)
    driver = np.repeat(np.arange(n_drivers), N_LAPS - 1)
    stop = rng.integers(12, 40, n_drivers)[driver]
    first = np.where(driver % 3 == 0, "HARD", "MEDIUM")
    second = np.where(driver % 3 == 0, "MEDIUM", "HARD")
    compound = np.where(lap > stop, second, first)
    age = np.where(lap > stop, lap - stop, lap)
    slope = np.where(compound == "HARD", wear["HARD"], wear["MEDIUM"])
    fuel = START_KG * (1 - (lap - 0.5) / N_LAPS)
    track = -gain_s * (1 - np.exp(-lap / 20))
    pace = rng.normal(0, 0.5, n_drivers)[driver]
    time = 90 + slope * age + 0.031 * fuel + track + pace + offset_s * (compound == "HARD")
    time += rng.normal(0, noise_s, len(lap))
    slow = rng.random(len(lap)) < 0.02
    return FieldLaps(time + slow * rng.exponential(3, len(lap)), driver, lap, compound, age, fuel)


@pytest.fixture(scope="module")
def fit():
    return fit_pace(field_laps({"MEDIUM": 0.06, "HARD": 0.03}))


def test_wear_comes_back_inside_its_interval(fit):
    found = degradation_curve(fit)
    for name, slope in (("MEDIUM", 0.06), ("HARD", 0.03)):
        told = found.of(name).slope_s_per_lap
        assert told.value == pytest.approx(slope, abs=0.012)
        assert told.low < slope < told.high
        assert found.of(name).data_share > 0.9


def test_intervals_of_wear_hold_what_they_say():
    """Ninety in a hundred, within what forty fields can tell (binomial, 1 in 1000)."""
    inside = [
        told.low < slope < told.high
        for seed in range(20)
        for name, slope in (("MEDIUM", 0.06), ("HARD", 0.03))
        for told in [
            degradation_curve(fit_pace(field_laps({"MEDIUM": 0.06, "HARD": 0.03}, seed=seed)))
            .of(name)
            .slope_s_per_lap
        ]
    ]
    assert sum(inside) >= 29


def test_curves_never_fall_even_where_the_laps_do():
    curve = degradation_curve(fit_pace(field_laps({"MEDIUM": -0.04, "HARD": -0.01}))).of("MEDIUM")
    for line in (curve.loss_s, curve.low_s, curve.high_s):
        assert (np.diff(line) >= -1e-12).all()
        assert line[0] == 0
    assert (np.diff(curve.draws_s, axis=1) >= -1e-12).all()


def test_a_compound_hardly_raced_is_refused_with_the_reason():
    laps = field_laps({"MEDIUM": 0.06, "HARD": 0.03})
    compound = np.array(laps.compound, dtype="<U6")
    compound[:9] = "SOFT"
    found = degradation_curve(
        fit_pace(
            FieldLaps(laps.lap_time_s, laps.driver, laps.lap, compound, laps.age_laps, laps.fuel_kg)
        )
    )
    with pytest.raises(NotEnoughLaps, match="9 laps on SOFT, needed are 20"):
        found.of("SOFT")
    with pytest.raises(InvalidInput, match="WET was not raced here; raced were HARD, MEDIUM, SOFT"):
        found.of("WET")


def test_cars_that_all_stop_together_cannot_tell_wear_from_the_track():
    """Everybody on one set from flag to flag: only the prior of the track's own step speaks."""
    lap = np.tile(np.arange(1, 41), 6)
    time = 90 + 0.05 * lap + np.random.default_rng(0).normal(0, 0.3, len(lap))
    priors = PacePriors(wear_s_per_lap={"HARD": (0.04, 0.01)}, track_step_s=5.0)
    laps = FieldLaps(time, np.repeat(np.arange(6), 40), lap, np.full(240, "HARD"), lap, 0.0 * lap)
    with pytest.raises(NotEnoughLaps, match="off the prior's variance"):
        degradation_curve(fit_pace(laps, priors=priors))


def test_offset_between_compounds_comes_back(fit):
    (found,) = compound_delta(fit, age_laps=0)
    assert (found.compound, found.against) == ("HARD", "MEDIUM")
    assert found.delta_s.low < 0.4 < found.delta_s.high
    (older,) = compound_delta(fit, age_laps=20)
    assert older.delta_s.value == pytest.approx(found.delta_s.value - 20 * 0.03, abs=0.25)


def test_one_compound_has_nothing_to_be_compared_with():
    lap = np.tile(np.arange(1, 41), 4)
    laps = FieldLaps(90 + 0.0 * lap, np.repeat(range(4), 40), lap, ["HARD"] * 160, lap, 0 * lap)
    with pytest.raises(NotEnoughLaps, match="laps raced: HARD 160"):
        compound_delta(fit_pace(laps))
    with pytest.raises(InvalidInput, match="age_laps is -1"):
        compound_delta(fit_pace(laps), age_laps=-1)


@pytest.mark.slow
def test_the_demo_gives_back_wear_and_compounds():
    """Mean error over demo weekends; each within its interval about as often as it says."""
    from f1lab.data.demo import generate
    from f1lab.data.schema import COMPOUNDS
    from f1lab.racemodel.laps import race_laps

    errors, inside = [], []
    for seed in range(8):
        weekend = generate(seed, dry=True)
        laps = race_laps(weekend.race, weekend.year)
        own = laps.racing & ~laps.wet & ~laps.yellow & ~laps.blue_flag & ~laps.warming_up
        rows = np.flatnonzero(own)
        compound = np.array(COMPOUNDS)[laps.compound[rows]]
        fit = fit_pace(
            FieldLaps(
                laps.lap_time_s[rows],
                laps.driver[rows],
                laps.lap[rows],
                compound,
                laps.wear_age[rows],
                laps.fuel_kg[rows],
                laps.gap_start_s[rows],
                laps.gap_end_s[rows] >= 1.0,
            )
        )
        ledger = weekend.truth.ledger.set_index(["driver", "lap"])
        key = [(laps.drivers[laps.driver[i]], int(laps.lap[i])) for i in rows]
        tyre = ledger.loc[key][["tyre_normal_s", "tyre_excess_s"]].sum(axis=1).to_numpy()
        for curve in degradation_curve(fit).curves:
            on = compound == curve.compound
            truth = np.polyfit(laps.wear_age[rows][on], tyre[on], 2)
            loss = np.polyval(truth, curve.age_laps[-1]) - np.polyval(truth, 0)
            errors.append(curve.loss_s[-1] - loss)
            inside.append(curve.low_s[-1] <= loss <= curve.high_s[-1])
    assert abs(np.mean(errors)) < 0.10
    assert np.mean(inside) > 0.7


@pytest.mark.real
@pytest.mark.parametrize(
    ("year", "event"),
    [
        (2018, "Chinese"),
        (2019, "Spanish"),
        (2021, "French"),
        (2022, "Bahrain"),
        (2023, "Hungarian"),
    ],
)
def test_real_races_wear_as_engineers_know_them(tidy_folder, year, event):
    from f1lab.data.schema import COMPOUNDS
    from f1lab.data.tidy import load_tidy
    from f1lab.racemodel.laps import race_laps

    laps = race_laps(load_tidy(tidy_folder, year, event).race, year)
    rows = np.flatnonzero(laps.racing & ~laps.wet & ~laps.yellow & ~laps.blue_flag)
    fit = fit_pace(
        FieldLaps(
            laps.lap_time_s[rows],
            np.array(laps.drivers)[laps.driver[rows]],
            laps.lap[rows],
            np.array(COMPOUNDS)[laps.compound[rows]],
            laps.wear_age[rows],
            laps.fuel_kg[rows],
            laps.gap_start_s[rows],
            (laps.gap_end_s[rows] >= 1.0) & ~laps.warming_up[rows],
        )
    )
    curves = degradation_curve(fit).curves
    assert len(curves) >= 2
    for curve in curves:
        assert 0 < curve.slope_s_per_lap.value < 0.25
        assert (np.diff(curve.loss_s) >= 0).all()
        life = tyre_life_projection(curve.draws_s, 22.0, 60)
        assert 10 < life.laps.value <= 60
    for pair in compound_delta(fit):
        assert abs(pair.delta_s.value) < 1.5
    assert 0.2 < fit.sigma_s < 0.8


def test_a_stop_that_costs_more_lengthens_the_life():
    curves = np.outer([0.05, 0.06, 0.07], np.arange(31))
    lives = [tyre_life_projection(curves, loss, 60).laps.value for loss in (15, 20, 25)]
    assert lives == sorted(lives)
    assert len(set(lives)) == 3


def test_life_of_a_line_is_where_theory_puts_it():
    """Linear wear w, pit loss P, no horizon: w·a = min (P/n + w·(n+1)/2)."""
    wear, pit = 0.06, 22.0
    n = np.arange(1, 200)
    limit = (pit / n + wear * (n + 1) / 2).min()
    found = tyre_life_projection(np.outer([wear, wear], np.arange(200)), pit, 199)
    assert found.laps.value == pytest.approx(limit / wear)
    assert found.extrapolated == 0.0


def test_laps_driven_are_taken_off_and_the_flag_ends_it():
    curves = np.outer([0.06, 0.06], np.arange(60))
    new, used = (tyre_life_projection(curves, 22.0, 50, age_laps=a) for a in (0, 10))
    assert used.laps.value == pytest.approx(new.laps.value - 10)
    short = tyre_life_projection(curves, 22.0, 8)
    assert (short.laps.value, short.outlasts) == (8, 1.0)


def test_a_tyre_that_does_not_wear_outlasts_the_race():
    found = tyre_life_projection(np.zeros((5, 20)), 22.0, 40)
    assert (found.outlasts, found.laps.low, found.laps.high) == (1.0, 40, 40)


@pytest.mark.parametrize(
    ("curves", "pit", "left", "says"),
    [
        ([[0.0, 1.0]], 20, 30, "two"),
        ([[0.0, 1.0, 0.5]] * 2, 20, 30, "never fall"),
        ([[0.0, 1.0]] * 2, 0, 30, "pit_loss_s is 0"),
        ([[0.0, 1.0]] * 2, 20, 0, "laps_left is 0"),
    ],
)
def test_lives_that_make_no_sense_are_refused(curves, pit, left, says):
    with pytest.raises(InvalidInput, match=says):
        tyre_life_projection(curves, pit, left)


def stints(n, seed=0, noise_s=0.1, optimum_c=38.0):
    rng = np.random.default_rng(seed)
    temp = np.repeat(rng.uniform(25, 50, n), 12) + np.tile(np.linspace(0, 2, 12), n)
    flying = np.tile(np.arange(1, 13), n)
    cold = np.where(flying == 1, 0.6, np.where(flying == 2, 0.25, 0.0))
    residual = 0.004 * (temp - optimum_c) ** 2 + cold + rng.normal(0, noise_s, 12 * n)
    return residual, temp, np.repeat(np.arange(n), 12), flying


def test_window_and_warm_up_come_back():
    found = thermal_window(*stints(40))
    reach = np.sqrt(0.1 / 0.004)
    assert found.window.best_c.value == pytest.approx(38, abs=1.5)
    assert found.window.low_c.value == pytest.approx(38 - reach, abs=2)
    assert found.window.high_c.value == pytest.approx(38 + reach, abs=2)
    assert not found.window.open_below
    assert not found.window.open_above
    assert found.warm_up.laps == 2
    assert found.warm_up.loss_s[0].low < 0.6 < found.warm_up.loss_s[0].high
    assert found.refused == {}


def test_an_optimum_beyond_what_was_seen_leaves_the_window_open():
    found = thermal_window(*stints(40, optimum_c=60.0)).window
    assert found.open_above
    assert not found.open_below


def test_steady_temperatures_give_no_window_but_the_warm_up():
    residual, temp, stint, flying = stints(12)
    found = thermal_window(residual, np.full_like(temp, 30), stint, flying)
    assert found.window is None
    assert "between 30.0 and 30.0 °C" in found.refused["window"]
    assert found.warm_up.n_stints == 12


def test_neither_window_nor_warm_up_is_a_refusal():
    with pytest.raises(NotEnoughLaps, match="needed are 30"):
        thermal_window([0.1] * 5, [30] * 5, [1] * 5, [4, 5, 6, 7, 8])
    with pytest.raises(InvalidInput, match="tolerance_s"):
        thermal_window(*stints(12), tolerance_s=0)


def pushed(price, *, n=60, noise_s=0.15, seed=0):
    rng = np.random.default_rng(seed)
    push = rng.normal(0, 0.5, n)
    lap = np.arange(2, 26)
    later = np.maximum(lap - 8, 0)
    residual = -push[:, None] * (lap < 9) + price * push[:, None] * later
    residual += rng.normal(0, noise_s, residual.shape)
    driver, stint = np.repeat(np.arange(n) // 2, 24), np.repeat(np.arange(n) % 2, 24)
    return residual.ravel(), driver, stint, np.tile(lap, n)


@pytest.mark.parametrize("price", [0.0, 0.03])
def test_the_price_of_pushing_comes_back(price):
    told = push_penalty(*pushed(price)).extra_wear_s_per_lap_per_s
    assert told.low < price < told.high
    assert told.value == pytest.approx(price, abs=0.012)


def test_a_driver_hard_on_his_tyres_is_not_taken_for_one_who_pushed():
    """Own wear makes early laps look quick and the slope steep; within drivers it cancels."""
    residual, driver, stint, lap = pushed(0.0)
    own = np.random.default_rng(1).normal(0, 0.05, driver.max() + 1)[driver]
    told = push_penalty(residual + own * (lap - 13), driver, stint, lap)
    assert told.extra_wear_s_per_lap_per_s.low < 0 < told.extra_wear_s_per_lap_per_s.high


def test_stints_too_short_or_all_noise_are_refused():
    residual, driver, stint, lap = pushed(0.03)
    with pytest.raises(NotEnoughLaps, match="0 stints with laps 2–6"):
        push_penalty(residual, driver, stint, lap - 30)
    noise = np.random.default_rng(0).normal(0, 0.5, len(lap))
    with pytest.raises(NotEnoughLaps, match="lap-to-lap noise"):
        push_penalty(noise, driver, stint, lap)


def test_results_are_plain_values(fit):
    for found in (degradation_curve(fit), thermal_window(*stints(40)), push_penalty(*pushed(0.03))):
        out = found.to_dict()
        assert json.loads(json.dumps(out)) == out
    assert "draws_s" not in degradation_curve(fit).curves[0].to_dict()


def test_noise_over_temperature_is_no_window():
    residual, temp, stint, flying = stints(12)
    noise = np.random.default_rng(1).normal(0, 0.3, len(residual))
    found = thermal_window(noise, temp, stint, flying)
    assert found.window is None
    assert "from chance" in found.refused["window"]
