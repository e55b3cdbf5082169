"""Scores say what they measured, on what, and whether it was enough."""

from __future__ import annotations

import json

import numpy as np
import pytest

from f1lab.backtest.scores import Score, mean_score, race_score


def losses(*races):
    return [np.array(race, dtype=float) for race in races]


def test_mean_over_races_and_over_cases_are_told_apart():
    score = mean_score("g", "n", "u", "b", losses([1, 1, 1, 1], [4]), losses([2, 2, 2, 2], [4]))
    assert (score.model, score.reference, score.gain) == (2.5, 3.0, 0.5)
    assert (score.pooled_model, score.pooled_reference) == (1.6, 2.4)
    assert (score.races, score.cases) == (2, 5)
    assert score.error == pytest.approx(np.std([1, 4], ddof=1) / np.sqrt(2))
    assert score.gain_error == pytest.approx(np.std([1, 0], ddof=1) / np.sqrt(2))


def test_a_race_without_cases_does_not_count():
    score = mean_score("g", "n", "u", "b", losses([1], [], [3]), losses([2], [], [4]))
    assert (score.races, score.cases, score.model) == (2, 2, 2.0)


def test_more_can_be_better():
    score = mean_score("g", "n", "", "b", losses([0.6]), losses([0.4]), more_is_better=True)
    assert score.gain == pytest.approx(0.2)
    assert score.relative_gain == pytest.approx(0.5)


def test_races_without_a_figure_do_not_count():
    model, reference = np.array([0.8, np.nan, 0.6]), np.array([0.5, 0.5, np.nan])
    score = race_score("g", "n", "", "b", model, reference, pooled=(0.7, 0.5), cases=9)
    assert (score.races, score.model, score.pooled_model) == (1, 0.8, 0.7)


@pytest.mark.parametrize(
    ("options", "met"),
    [
        ({}, None),
        ({"target": 2.0}, True),
        ({"target": 1.9}, False),
        ({"target": 2.0, "more_is_better": True}, True),
        ({"target": 2.1, "more_is_better": True}, False),
        ({"target": 0.5, "relative_target": True}, True),
        ({"target": 0.6, "relative_target": True}, False),
        ({"target": 1.0, "pooled_target": True}, False),
    ],
)
def test_a_target_is_met_or_not(options, met):
    values = np.array([2.0])
    score = race_score("g", "n", "", "b", values, 2 * values, pooled=(1.5, 3.0), cases=1, **options)
    assert score.met is met


def test_a_score_survives_json():
    one_race = mean_score("g", "n", "u", "b", losses([1, 2]), losses([2, 2]), target=3.0)
    assert np.isnan(one_race.error)
    text = json.dumps(one_race.to_dict(), allow_nan=False)
    again = Score.from_dict(json.loads(text))
    assert again.to_dict() == one_race.to_dict()
    assert np.isnan(again.error)
    assert json.loads(text)["met"] is True
