"""Weather: grip, air, crossovers and changes that were put in come back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from f1lab.calc import cooling_margin, crossover_lap, grip_evolution, weather_volatility
from f1lab.calc.weather import air_density_kgm3
from f1lab.errors import InvalidInput, NotEnoughLaps


def test_grip_comes_back_lap_by_lap():
    rng = np.random.default_rng(0)
    progress = np.repeat(np.arange(10), 12)
    grip = 1 - 0.04 * progress
    lap = 90 / np.sqrt(grip) + rng.normal(0, 0.3, len(progress))
    found = grip_evolution(lap, np.full(len(lap), 90.0), progress)
    assert found.grip == pytest.approx(1 - 0.04 * np.arange(10), abs=0.01)
    assert ((found.low <= found.grip) & (found.grip <= found.high)).all()
    assert found.trend_per_lap.low < -0.04 < found.trend_per_lap.high
    assert found.n_laps.tolist() == [12] * 10


def test_laps_of_two_cars_show_no_grip():
    with pytest.raises(NotEnoughLaps, match="0 laps of progress with 3 cars"):
        grip_evolution(np.full(8, 100.0), np.full(8, 90.0), np.repeat(range(4), 2))
    with pytest.raises(InvalidInput, match="above zero"):
        grip_evolution(np.zeros(8), np.full(8, 90.0), np.repeat(range(4), 2))


@pytest.mark.parametrize(
    ("temp_c", "pressure_hpa", "humidity_pct", "kgm3"),
    [(15, 1013.25, 0, 1.225), (30, 1013.25, 100, 1.146), (20, 780, 50, 0.922)],
)
def test_air_is_as_heavy_as_the_tables_say(temp_c, pressure_hpa, humidity_pct, kgm3):
    (found,) = air_density_kgm3([temp_c], [pressure_hpa], [humidity_pct])
    assert found == pytest.approx(kgm3, abs=0.002)


def test_hot_thin_air_leaves_less_to_cool_with():
    def index(temp, pressure):
        return cooling_margin([temp] * 12, [pressure] * 12, [40.0] * 12).index.value

    assert index(35, 1010) < index(25, 1010) < index(15, 1010)
    assert index(25, 780) < index(25, 1010)
    assert index(25, 1013.25) == pytest.approx(1.0, abs=0.02)


def test_weather_without_samples_cools_nothing():
    with pytest.raises(NotEnoughLaps, match="9 weather samples, needed are 10"):
        cooling_margin([20.0] * 9, [1000.0] * 9, [40.0] * 9)
    with pytest.raises(InvalidInput, match="must be below coolant_c"):
        cooling_margin([20.0] * 12, [1000.0] * 12, [40.0] * 12, reference_temp_c=120)


def changing(at_lap, *, drying=True, seed=0, noise_s=0.5):
    """Five cars on each tyre, quicker by turns; the track changes under both."""
    rng = np.random.default_rng(seed)
    lap = np.tile(np.arange(10.0, 26.0), 10)
    wetter = np.repeat(np.arange(10) < 5, 16)
    rate = 0.8 if drying else -0.8
    time = 100 - rate * (lap - 10) + wetter * rate * (lap - at_lap)
    return lap, time + rng.normal(0, noise_s, len(lap)), wetter, np.repeat(np.arange(10), 16)


@pytest.mark.parametrize("drying", [True, False])
@pytest.mark.parametrize("at_lap", [14.0, 19.5])
def test_the_crossover_comes_back(at_lap, drying):
    found = [crossover_lap(*changing(at_lap, drying=drying, seed=k)) for k in range(40)]
    assert np.mean([told.lap.value for told in found]) == pytest.approx(at_lap, abs=0.1)
    assert sum(told.lap.low < at_lap < told.lap.high for told in found) >= 31
    assert {(told.drying, told.method) for told in found} == {(drying, "curves")}


def test_one_tyre_needs_a_threshold():
    lap, time, wetter, driver = (a[:80] for a in changing(14.0))
    with pytest.raises(NotEnoughLaps, match="Or give threshold_s"):
        crossover_lap(lap, time, wetter, driver)
    truth = np.polyfit(lap, time, 1)
    found = crossover_lap(lap, 110 - lap + 0 * time, wetter, driver, threshold_s=93.0)
    assert truth[0] == pytest.approx(0, abs=0.05)
    assert (found.lap.value, found.drying, found.method) == (pytest.approx(17), True, "threshold")


def test_no_crossover_says_which_tyre_was_quicker():
    lap, time, wetter, driver = changing(14.0)
    with pytest.raises(NotEnoughLaps, match="the drier tyre was the quicker one throughout"):
        crossover_lap(lap, time + 60 * wetter, wetter, driver)
    with pytest.raises(NotEnoughLaps, match="the wetter tyre was the quicker one throughout"):
        crossover_lap(lap, time - 60 * wetter, wetter, driver)


def test_one_car_alone_on_a_tyre_does_not_count():
    lap, time, wetter, driver = changing(14.0)
    alone = wetter | (driver == 5)
    with pytest.raises(NotEnoughLaps, match="two cars on each tyre raced together over"):
        crossover_lap(lap[alone], time[alone], wetter[alone], driver[alone])


def weather(n=120, **changes):
    steady = {
        "time_s": 60.0 * np.arange(n),
        "rainfall": np.zeros(n, dtype=bool),
        "air_temp_c": np.full(n, 22.0),
        "track_temp_c": np.full(n, 35.0),
        "wind_speed_ms": np.full(n, 2.0),
        "wind_direction_deg": np.full(n, 10.0),
    }
    return weather_volatility(**(steady | changes))


def test_a_steady_day_is_steady():
    found = weather()
    assert (found.rain_changes, found.rain_share, found.air_drift_c) == (0, 0.0, 0.0)
    assert found.rain_change_per_10min.value < 0.1
    assert found.wind_turn_deg == pytest.approx(0, abs=1e-5)
    assert found.minutes == 119


def test_what_changes_is_seen():
    clock = np.arange(120)
    found = weather(
        rainfall=(clock // 10) % 2 == 1,
        track_temp_c=np.where(clock < 60, 40.0, 30.0),
        wind_direction_deg=np.where(clock % 2, 350.0, 10.0),
    )
    assert found.rain_changes == 11
    assert found.rain_change_per_10min.low > 0.3
    assert found.track_drift_c == 10.0
    assert found.wind_turn_deg == pytest.approx(10, abs=0.2)


def test_a_slow_drift_is_no_string_of_independent_samples():
    rng = np.random.default_rng(0)
    drift = np.cumsum(rng.normal(0, 0.2, 120))
    jumble = rng.permutation(drift)
    slow, quick = (weather(air_temp_c=t).air_spread_c for t in (drift, jumble))
    assert slow.value == pytest.approx(quick.value)
    assert slow.high - slow.low > 2 * (quick.high - quick.low)


def test_what_was_not_measured_is_none():
    found = weather(track_temp_c=np.full(120, np.nan), wind_speed_ms=np.zeros(120))
    assert (found.track_spread_c, found.track_drift_c, found.wind_turn_deg) == (None, None, None)


def test_few_samples_are_refused():
    with pytest.raises(NotEnoughLaps, match="5 weather samples"):
        weather(n=5)
    with pytest.raises(NotEnoughLaps, match="span 11 minutes"):
        weather(n=12)
    with pytest.raises(InvalidInput, match="go forwards"):
        weather(time_s=np.zeros(120))


def test_results_are_plain_values():
    progress = np.repeat(np.arange(6), 5)
    for found in (
        grip_evolution(90 + 3.0 * progress, np.full(30, 90.0), progress),
        cooling_margin([20.0] * 12, [1000.0] * 12, [40.0] * 12),
        crossover_lap(*changing(14.0)),
        weather(track_temp_c=np.full(120, np.nan)),
    ):
        out = found.to_dict()
        assert json.loads(json.dumps(out)) == out
