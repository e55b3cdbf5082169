"""Forecast places beside the grid's, on races made up so that the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.backtest.baselines import GridOdds, entrants
from f1lab.backtest.places import place_forecast, place_scores, reliabilities


def forecast(weekend_of, finish, simulated, name="race"):
    who = entrants(weekend_of(grid=tuple(range(1, len(finish) + 1)), finish=finish))
    odds = GridOdds.of([who] * 4)
    return place_forecast(name, np.array(simulated), who, odds)


def scores(*forecasts, targets=None):
    return {s.name: s for s in place_scores("all", forecasts, targets or {})}


def test_a_perfect_forecast_scores_perfectly(weekend_of):
    finish = (3, 1, 2, 4)
    found = scores(forecast(weekend_of, finish, [finish] * 10))
    assert found["place error"].model == 0
    assert found["place error"].reference == 1.0  # the grid missed by 2, 1, 1 and 0
    assert found["Spearman"].model == 1
    assert found["exact place"].model == 1
    assert found["exact place"].reference == 0.25
    assert found["within one place"].reference == 0.75
    assert found["ranked probability score"].model == 0
    for event in ("win", "podium", "points"):
        assert found[f"Brier, {event}"].model == 0


def test_brier_of_a_coin_toss(weekend_of):
    found = scores(forecast(weekend_of, (1, 2), [[1, 2], [2, 1]]))
    assert found["Brier, win"].model == 0.25
    # two cars are always on the podium: nothing to be wrong about
    assert found["Brier, podium"].model == 0


def test_the_grid_is_judged_as_a_forecast_of_its_own(weekend_of):
    race = forecast(weekend_of, (2, 1, 3), [[1, 2, 3]] * 5)
    found = scores(race)
    assert found["place error"].model == found["place error"].reference == pytest.approx(2 / 3)
    by_hand = np.mean((race.p_grid[:, 0] - np.array([0, 1, 0])) ** 2)
    assert found["Brier, win"].reference == pytest.approx(by_hand)


def test_order_is_judged_by_the_expected_place(weekend_of):
    # medians tie at 1, expected places do not
    simulated = [[1, 2, 3]] * 6 + [[3, 1, 2]] * 4
    found = scores(forecast(weekend_of, (1, 2, 3), simulated))
    assert found["Spearman"].model == pytest.approx(0.5)


def test_targets_reach_the_scores_they_name(weekend_of):
    race = forecast(weekend_of, (3, 1, 2, 4), [(3, 1, 2, 4)])
    found = scores(race, targets={"place error": (0.15, True), "Spearman": (0.84, False)})
    assert found["place error"].relative_target
    assert found["place error"].met
    assert found["Spearman"].met
    assert found["Brier, points"].met is None


def test_reliability_pools_every_car_of_every_race(weekend_of):
    races = [forecast(weekend_of, (1, 2, 3), [[1, 2, 3]] * 4) for _ in range(5)]
    tables = reliabilities(races)
    assert set(tables) == {"win", "podium", "points"}
    assert sum(tables["win"].count) == 15
    assert tables["win"].count[0] == 10
    assert tables["win"].happened[-1] == 1.0
