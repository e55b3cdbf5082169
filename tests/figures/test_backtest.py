"""The charts of a backtest show its tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from f1lab.errors import NoData
from f1lab.figures.backtest import place_errors, reliability


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "from": [0.0, 0.1, 0.2],
            "to": [0.1, 0.2, 0.3],
            "forecasts": [400, 0, 100],
            "foreseen": [0.04, None, 0.24],
            "happened": [0.05, None, 0.3],
            "error": [0.01, None, 0.04],
        }
    )


@pytest.fixture
def races():
    return pd.DataFrame(
        {
            "race": ["2023 A", "2023 B"],
            "place_error": [2.5, 3.0],
            "grid_error": [3.5, 2.0],
            "finishers_error": [1.5, 1.0],
            "finishers_grid_error": [2.5, 1.25],
        }
    )


def test_a_curve_shows_filled_bins_with_their_errors(table):
    figure = reliability({"win": table, "points": table})
    curves = {t.name: t for t in figure.data if t.name in ("win", "points")}
    assert list(curves) == ["win", "points"]
    assert list(curves["win"].x) == [0.04, 0.24]
    assert list(curves["win"].y) == [0.05, 0.3]
    assert list(curves["win"].error_y.array) == [0.01, 0.04]
    assert curves["win"].line.color != curves["points"].line.color
    assert curves["win"].marker.symbol != curves["points"].marker.symbol


def test_marks_grow_with_the_forecasts(table):
    sizes = next(t for t in reliability({"win": table}).data if t.name == "win").marker.size
    assert sizes[0] > sizes[1] > 0


def test_the_band_is_five_points_around_the_diagonal(table):
    band = next(t for t in reliability({"win": table}).data if t.name == "± 5 points")
    away = np.array(band.y) - np.array(band.x)
    assert away == pytest.approx([0.05, 0.05, -0.05, -0.05])


def test_empty_tables_are_refused(table):
    with pytest.raises(NoData, match="no forecast"):
        reliability({"win": table.assign(forecasts=0)})


@pytest.mark.parametrize(
    ("group", "forecast", "grid"),
    [
        ("all starters", [2.5, 3.0], [3.5, 2.0]),
        ("classified finishers", [1.5, 1.0], [2.5, 1.25]),
    ],
)
def test_errors_of_each_race_beside_the_grids(races, group, forecast, grid):
    marks = {t.name: t for t in place_errors(races, group).data}
    assert list(marks["forecast"].x) == forecast
    assert list(marks["grid"].x) == grid
    assert list(marks["grid"].y) == ["2023 A", "2023 B"]


def test_no_race_is_refused(races):
    with pytest.raises(NoData, match="no race"):
        place_errors(races.iloc[:0])
