"""Simulated races look like the real ones of 2018 to 2021, counted by the same lines.

Every other race of those seasons is run from before the start, for what chance decides, and in
hindsight, for what happens on the road given the real pace, stops and flags. Tolerances stand
at each figure; about a standard error and a half of the real races where they are few.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from f1lab.backtest.marginals import (
    _passes,
    _stop_rows,
    real_laps,
    real_marginals,
    simulated_laps,
    simulated_marginals,
)
from f1lab.data.tidy import tidy_races
from f1lab.engine.field import from_weekend
from f1lab.engine.simulate import simulate_races

RACES, TRACED = 60, range(6)


@pytest.fixture(scope="module")
def races(tidy_folder, past_race):
    known = [race for race in tidy_races(tidy_folder) if race[0] <= 2021]
    return [past_race(year, number) for year, number, _ in known[::2]]


def outcomes_of(races, as_of):
    found, before = [], []
    for i, race in enumerate(races):
        known = {"model": race.model} if as_of == "hindsight" else {"history": before}
        field = from_weekend(race.weekend, as_of, seed=i, **known)
        before = before + race.records
        found.append(simulate_races(field, n=RACES, seed=1000 + i, traces=TRACED))
    return found


@pytest.fixture(scope="module")
def real(races):
    return real_marginals(races)


@pytest.fixture(scope="module")
def hindsight(races):
    return outcomes_of(races, "hindsight")


@pytest.fixture(scope="module")
def forecast(races):
    return simulated_marginals(outcomes_of(races, "pre-race"), TRACED)


@pytest.fixture(scope="module")
def again(hindsight):
    return simulated_marginals(hindsight, TRACED)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("safety_cars", 0.25),  # a race
        ("virtual_safety_cars", 0.20),
        ("red_flags", 0.10),
        ("with_safety_car", 0.12),  # share of the races
        ("lap_1_share", 0.12),  # of the safety cars
        ("safety_car_laps", 1.0),
        ("retired", 0.03),  # of the cars
        ("wet", 0.12),  # of the races
        ("stops", 0.20),  # a car
    ],
)
def test_what_chance_decides(real, forecast, name, tolerance):
    assert getattr(forecast, name) == pytest.approx(getattr(real, name), abs=tolerance)


@pytest.mark.real
@pytest.mark.slow
def test_the_spread_of_a_green_stop(real, forecast):
    assert forecast.pit_spread_s == pytest.approx(real.pit_spread_s, abs=1.2)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(("flag", "tolerance"), [("green", 0.8), ("vsc", 1.2), ("sc", 1.0)])
def test_places_lost_by_a_stop(real, again, flag, tolerance):
    assert again.places_lost[flag] == pytest.approx(real.places_lost[flag], abs=tolerance)


@pytest.mark.real
@pytest.mark.slow
def test_passes_of_a_race(real, again, forecast):
    assert again.passes == pytest.approx(real.passes, rel=0.3)
    assert forecast.passes == pytest.approx(real.passes, rel=0.4)


@pytest.mark.real
@pytest.mark.slow
def test_passes_follow_the_circuit(races, hindsight):
    dry = [i for i, race in enumerate(races) if not race.laps.wet.any()]
    happened = [_passes(real_laps(races[i])) for i in dry]
    simulated = [
        np.mean([_passes(simulated_laps(hindsight[i], race)) for race in TRACED]) for i in dry
    ]
    assert spearmanr(happened, simulated).statistic > 0.5


def table(*rows):
    names = ["driver", "lap", "time_s", "position", "flag", "stopped"]
    return pd.DataFrame(rows, columns=names).assign(compound="HARD")


def test_a_pass_is_a_change_of_order_within_reach():
    rows = []
    for lap in range(1, 6):
        first, second = ("A", "B") if lap < 4 else ("B", "A")
        rows += [(first, lap, 90.0 * lap, 1, "green", False)]
        rows += [(second, lap, 90.0 * lap + 1.0, 2, "green", False)]
    laps = table(*rows).sort_values(["driver", "lap"], ignore_index=True)
    assert _passes(laps) == 1
    far = laps.assign(time_s=laps["time_s"] + (laps["driver"] == "B") * 10)
    assert _passes(far) == 0
    behind_the_car = laps.assign(flag="sc")
    assert _passes(behind_the_car) == 0
    in_the_pits = laps.assign(stopped=(laps["driver"] == "A") & (laps["lap"] == 4))
    assert _passes(in_the_pits) == 0


def test_a_stop_costs_what_in_and_out_lap_took_beyond_the_median():
    lap_s = [90.0, 90, 90, 95, 105, 90, 90]
    laps = table(
        *(
            ("A", n + 1, sum(lap_s[: n + 1]), place, "green", n == 3)
            for n, place in enumerate((1, 1, 1, 1, 4, 4, 4))
        )
    )
    found = _stop_rows(laps)
    assert found["loss_s"].tolist() == [20.0]
    assert found["lost"].tolist() == [3]
    assert found["flag"].tolist() == ["green"]
