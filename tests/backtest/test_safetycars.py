"""Chances of a safety car."""

from __future__ import annotations

import types

import numpy as np
import pytest

from f1lab.backtest.safetycars import SafetyCars, chance_by_lap, safety_car_scores


def test_it_comes_by_itself_or_is_brought_out():
    hazards = types.SimpleNamespace(sc_p=np.array([0.2, 0.01, 0.01]))
    gone = np.array([[0.1, 0.0, 0.002], [0.1, 0.0, 0.002]])
    chance = chance_by_lap(hazards, types.SimpleNamespace(p=gone, sc_share=0.5), 3)
    assert chance == pytest.approx(
        [1 - 0.8 * 0.95**2, 0.01, 1 - 0.99 * (1 - 0.001) ** 2], rel=1e-12
    )


def test_laps_beyond_the_distance_keep_the_last_chance():
    hazards = types.SimpleNamespace(sc_p=np.array([0.2, 0.01]))
    none = types.SimpleNamespace(p=np.zeros((2, 2)), sc_share=0.5)
    assert chance_by_lap(hazards, none, 4) == pytest.approx([0.2, 0.01, 0.01, 0.01])


def test_scores_against_the_field_rates():
    quiet = SafetyCars(np.zeros(4, bool), np.ones(4, bool))
    busy = SafetyCars(np.array([0, 1, 0, 0], bool), np.array([1, 1, 0, 0], bool))
    chances = [np.array([0.1, 0.1, 0.1, 0.1]), np.array([0.0, 0.5, 0.0, 0.0])]
    race, lap = safety_car_scores(chances, [quiet, busy], [busy, busy, quiet, quiet])
    in_quiet = 1 - 0.9**4
    assert race.model == pytest.approx((in_quiet**2 + 0.5**2) / 2)
    assert race.reference == pytest.approx(0.25)  # half of the past races had one
    rate = 2 / 12
    assert lap.model == pytest.approx((0.1**2 + (0.0 + 0.5**2) / 2) / 2)
    assert lap.reference == pytest.approx((rate**2 + (rate**2 + (1 - rate) ** 2) / 2) / 2)
    assert lap.cases == 6
