"""Passes told from cars that stay behind."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.backtest.laptimes import FirstHalf
from f1lab.backtest.overtakes import (
    overtaking_score,
    pass_brier,
    pass_chances,
    second_half_candidates,
)
from f1lab.engine.calibrate_passing import Candidates
from f1lab.engine.calibrate_passing import candidates as candidates_of
from f1lab.engine.calibrate_seen import PastRace
from f1lab.engine.inputs import Passing
from f1lab.racemodel.priors import load_priors


def candidates(gap_s, pace_s, passed):
    gap, pace = np.array(gap_s), np.array(pace_s)
    after = np.where(passed, -0.5, 0.5)
    blank = np.zeros(len(gap))
    lap = np.arange(2, len(gap) + 2)
    return Candidates(np.full(len(gap), "X"), gap, pace, blank, after, blank, blank, lap, lap, lap)


def passing(**changes):
    names = Passing.__dataclass_fields__
    values = dict.fromkeys(names, 0.0) | {"ceiling": 1.0, "reach_s": 1.5} | changes
    return Passing(**values)


def test_the_chance_is_the_logit_below_its_ceiling():
    seen = candidates([0.5, 0.5, 0.1], [0.0, 1.0, 3.0], [False, True, True])
    chance = pass_chances(seen, passing(intercept=1.0, gap=-4.0, pace=2.0, ceiling=0.9))
    logit = np.array([-1.0, 1.0])
    assert chance == pytest.approx([*(1 / (1 + np.exp(-logit))), 0.9])


def test_scores_against_the_gap_alone_and_the_field_rate():
    # the gap says nothing here, the chances everything
    seen = [candidates([0.5] * 4, [0] * 4, [True, False, True, False])]
    chances = [np.array([0.9, 0.1, 0.8, 0.2])]
    area, brier = overtaking_score("AUC", seen, chances, 0.88), pass_brier(seen, chances, 0.25)
    assert (area.pooled_model, area.pooled_reference) == (1.0, 0.5)
    assert area.met
    assert brier.model == pytest.approx((2 * 0.01 + 2 * 0.04) / 4)
    assert brier.reference == pytest.approx((2 * 0.75**2 + 2 * 0.25**2) / 4)


def test_the_target_is_for_all_candidates_at_once():
    nobody = candidates([0.5, 1.0], [0, 0], [False, False])
    somebody = candidates([0.4, 1.2], [0, 0], [True, False])
    chances = [np.array([0.9, 0.8]), np.array([0.5, 0.1])]
    area = overtaking_score("AUC", [nobody, somebody], chances, 0.88)
    assert area.races == 1  # a race without a pass has no AUC of its own
    assert area.model == 1.0
    assert area.pooled_model == pytest.approx(1 / 3)
    assert not area.met


@pytest.mark.real
def test_passes_foreseen_at_half_distance(weekends):
    weekend = weekends(2021, "Spanish Grand Prix")
    race, first = PastRace.of(weekend), FirstHalf.of(weekend, load_priors())
    every, late = candidates_of(race), second_half_candidates(race, first)
    after_half = every.lap > first.half + 1
    assert 0 < len(late.gap_s) == after_half.sum() < len(every.gap_s)
    assert (late.gap_s == every.gap_s[after_half]).all()
    assert (late.passed == every.passed[after_half]).all()
    # another pace, told by other laps
    assert np.abs(late.pace_s - every.pace_s[after_half]).max() > 0.05
    assert np.corrcoef(late.pace_s, every.pace_s[after_half])[0, 1] > 0.5


def test_without_a_first_half_there_is_nothing_to_foresee():
    assert second_half_candidates(None, None) is None
