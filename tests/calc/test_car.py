"""Cars: what a point mass was driven with comes back, and odd input is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from f1lab.calc import (
    drag_penalty,
    kerb_compliance,
    mechanical_grip_delta,
    power_delta,
    setup_flexibility,
)
from f1lab.calc.car import full_throttle
from f1lab.errors import InvalidInput, NotEnoughLaps

ROLLING_MS2 = 0.18


def driven(power=860.0, drag=1.0e-3, drag_open=0.75e-3, *, n_runs=8, noise_kmh=0.0, seed=0):
    """Runs at full throttle, every other one with the wing open, as whole km/h at 4.5 Hz."""
    rng = np.random.default_rng(seed)
    step, every = 0.01, 22
    times, speeds, wings, laps = [], [], [], []
    for run in range(n_runs):
        k = drag_open if run % 2 else drag
        v = [40.0 + 4 * run % 15]
        for _ in range(900):
            v.append(v[-1] + step * (power / v[-1] - k * v[-1] ** 2 - ROLLING_MS2))
        v = np.array(v)[::every]
        times.append(np.arange(len(v)) * step * every)
        speeds.append(np.round(3.6 * v + rng.normal(0, noise_kmh, len(v))))
        wings.append(np.full(len(v), bool(run % 2)))
        laps.append(np.full(len(v), run))
    n = sum(map(len, times))
    columns = (np.concatenate(c) for c in (times, speeds))
    full, no = np.full(n, 100.0), np.zeros(n, dtype=bool)
    return (*columns, full, no, np.concatenate(wings), np.concatenate(laps))


def fit(**how):
    return full_throttle(*driven(**how), rolling_ms2=(ROLLING_MS2, 0.05))


def test_power_and_drag_come_back_from_whole_kmh():
    found = fit()
    assert found.power_w_per_kg.value == pytest.approx(860, rel=0.01)
    assert found.drag_1_m.value == pytest.approx(1.0e-3, rel=0.01)
    assert found.drag_open_1_m.value == pytest.approx(0.75e-3, rel=0.01)
    assert found.power_w_per_kg.low < 860 < found.power_w_per_kg.high
    assert found.n_runs == 8


@pytest.mark.parametrize("driver", ["WEX", "BMR", "THW", "MST"])
def test_the_demo_car_gives_back_its_power_and_drag(driver):
    from f1lab.data.demo import generate

    weekend = generate(0)
    session = weekend.qualifying
    own = session.laps[(session.laps["driver"] == driver) & session.laps["accurate"]]
    number = int(own.sort_values("lap_time_s")["lap"].iloc[0])
    car, _, _ = session.telemetry_source.driven(driver, number)
    lap = session.telemetry(driver, number)
    columns = ("time_s", "speed_kmh", "throttle_pct", "brake", "drs")
    found = full_throttle(*(lap[c] for c in columns), rolling_ms2=(car.rolling_ms2, 0.05))
    drag = 0.5 * car.air_density_kgm3 * car.cda_m2 / car.mass_kg
    assert found.power_w_per_kg.value == pytest.approx(car.power_w / car.mass_kg, rel=0.03)
    assert found.drag_1_m.value == pytest.approx(drag, rel=0.03)
    assert found.drag_open_1_m.value == pytest.approx(drag * car.drs_cda_factor, rel=0.03)


@pytest.mark.real
@pytest.mark.parametrize(
    ("event", "session"),
    [("Australian Grand Prix", "Qualifying"), ("Chinese Grand Prix", "Race")],
)
def test_real_cars_have_the_power_and_drag_of_formula_1_cars(tidy_folder, event, session):
    """600 kW at the wheels of 800 kg, CdA about 1.0 to 1.8 m², a wing that opens a quarter of it."""
    import pandas as pd

    path = tidy_folder.parent / "telemetry" / "telemetry_fastest_laps.parquet"
    every = pd.read_parquet(path)
    rows = (every["year"] == 2025) & (every["event"] == event) & (every["session"] == session)
    powers, drags, ratios = [], [], []
    for _, lap in every[rows].groupby("driver"):
        own = lap[lap["time_s"].diff().fillna(1) > 0]
        columns = ("time_s", "speed_kmh", "throttle_pct", "brake", "drs")
        try:
            found = full_throttle(*(own[c] for c in columns))
        except NotEnoughLaps:
            continue
        powers.append(found.power_w_per_kg)
        drags.append(2 * 810 / 1.2 * found.drag_1_m.value)
        if found.drag_open_1_m is not None:
            ratios.append(found.drag_open_1_m.value / found.drag_1_m.value)
    assert len(powers) >= 15
    assert 620 < np.median([power.value for power in powers]) < 800
    assert all(power.low < 800 and power.high > 600 for power in powers)
    assert 1.0 < np.median(drags) < 1.8
    assert all(0.5 < ratio < 0.95 for ratio in ratios)


@pytest.mark.real
def test_a_car_of_2026_that_recovers_at_full_throttle_is_refused(tidy_folder):
    import pandas as pd

    path = tidy_folder.parent / "telemetry" / "telemetry_fastest_laps.parquet"
    every = pd.read_parquet(path)
    lap = every[(every["year"] == 2026) & (every["driver"] == "ALB")]
    lap = lap[lap["session"] == "Practice 1"]
    lap = lap[lap["time_s"].diff().fillna(1) > 0]
    with pytest.raises(NotEnoughLaps, match="Power was cut or recovered"):
        full_throttle(*(lap[c] for c in ("time_s", "speed_kmh", "throttle_pct", "brake", "drs")))


def test_the_demo_cars_grip_comes_back_from_slow_corners():
    from dataclasses import replace

    from f1lab.data.demo import generate
    from f1lab.data.demo.car import drive

    source = generate(0).qualifying.telemetry_source
    driver, number = next(iter(source.laps))
    car, _, circuit = source.driven(driver, number)
    better = replace(car, mu=car.mu * 1.04)
    slow = [drive(c, circuit).speed_ms[:-1] * 3.6 for c in (better, car)]
    inside = np.abs(circuit.curvature_1_m)
    apexes = [
        i
        for i in range(1, len(inside) - 1)
        if slow[1][i] <= slow[1][i - 1] and slow[1][i] < slow[1][i + 1] and slow[1][i] < 120
    ]
    lift = 0.5 * car.air_density_kgm3 * car.cla_m2 / car.mass_kg
    found = mechanical_grip_delta(
        slow[0][apexes], slow[1][apexes], np.full(len(apexes), 40.0), downforce_1_m=lift
    )
    assert found.grip_ratio.value == pytest.approx(1.04, abs=0.03 * 1.04)
    assert found.grip_ratio.value == pytest.approx(1.04, abs=0.005)
    assert found.cost_s_per_lap.high < 0


def test_more_power_is_more_speed_and_drag_alone_costs_time():
    strong, usual, draggy = fit(power=880.0), fit(), fit(drag=1.1e-3, drag_open=0.8e-3)
    power = power_delta(strong, usual)
    assert power.power_w_per_kg.value == pytest.approx(20, abs=4)
    assert power.speed_gain_kmh.low > 0
    drag = drag_penalty(draggy, usual)
    assert drag.drag_1_m.value == pytest.approx(1e-4, rel=0.1)
    assert drag.cost_s_per_lap.low > 0
    assert drag_penalty(usual, draggy).cost_s_per_lap.high < 0


def test_a_car_against_itself_differs_by_nothing():
    car = fit()
    assert power_delta(car, car).power_w_per_kg.value == 0
    assert power_delta(car, car).speed_gain_kmh.value == 0
    assert drag_penalty(car, car).cost_s_per_lap.value == 0


def test_power_that_is_cut_at_full_throttle_is_refused():
    time, speed, *rest = driven()
    fading = speed - 60 * np.maximum(time - 4, 0)
    with pytest.raises(NotEnoughLaps, match="Power was cut"):
        full_throttle(time, np.where(fading > 140, fading, 150.0), *rest)


def test_a_lap_without_throttle_is_refused():
    time, speed, throttle, *rest = driven()
    with pytest.raises(NotEnoughLaps, match="0 runs at full throttle"):
        full_throttle(time, speed, 0 * throttle, *rest)


def test_arrays_of_different_length_are_named():
    with pytest.raises(InvalidInput, match="time_s has 2, speed_kmh has 3"):
        full_throttle([0, 1], [1, 2, 3], [100, 100], [0, 0], [0, 0])


def test_a_wing_that_never_closed_has_no_closed_drag():
    time, speed, throttle, brake, wing, lap = driven(drag=0.75e-3)
    found = full_throttle(time, speed, throttle, brake, ~(wing & ~wing), lap)
    assert found.drag_1_m is None
    with pytest.raises(InvalidInput, match="rear wing open"):
        power_delta(found, found)


def test_results_are_plain_values():
    out = fit().to_dict()
    assert json.loads(json.dumps(out)) == out
    assert "covariance" not in out


def test_one_slow_corner_is_not_enough():
    with pytest.raises(NotEnoughLaps, match="1 corner under 120 km/h, needed are 2"):
        mechanical_grip_delta([80, 200], [80, 200], [40, 40])


def test_an_even_car_scores_above_an_uneven_one():
    rng = np.random.default_rng(3)
    loss = rng.normal(1, 0.2, (8, 12))
    loss[0], loss[1] = 0.7, rng.normal(1, 0.8, 12)
    even, uneven = (setup_flexibility(loss, k).score for k in (0, 1))
    assert even.value > 0.6
    assert uneven.value < 0.4
    assert 0 <= uneven.low <= uneven.value <= uneven.high <= 1


def test_a_car_nobody_gave_cells_for_is_refused():
    loss = np.ones((6, 6)) + np.arange(6)
    loss[2, 3:] = np.nan
    with pytest.raises(NotEnoughLaps, match="3 cells"):
        setup_flexibility(loss, 2)
    with pytest.raises(InvalidInput, match="row 9"):
        setup_flexibility(loss, 9)


def test_a_car_quick_everywhere_is_not_credited_to_its_kerbs():
    field = np.array([80.0, 110, 150, 200, 240, 95, 130])
    speeds = np.tile(field, (8, 1))
    speeds[0] *= 1.03
    kept = kerb_compliance(speeds, [False] * 5 + [True] * 2, 0).speed_kept_pct
    assert kept.value == pytest.approx(0.0, abs=1e-6)


def test_no_chicane_no_compliance():
    with pytest.raises(NotEnoughLaps, match="0 chicane corners"):
        kerb_compliance(np.full((6, 6), 100.0), np.zeros(6), 0)
