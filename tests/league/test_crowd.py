"""The crowd model finds the good pit window, weighs by IQ, and no one player can swamp it."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.league.crowd import (
    CrowdStop,
    GoodRun,
    RacePrior,
    compound_shares,
    most_stops,
    undercut_threshold,
    votes,
    windows,
)
from f1lab.league.optimal import optimal_strategy

N_LAPS = 60
BEST_LAP = 34
#: The real pit walls stopped ten laps too early.
PRIOR = RacePrior(
    N_LAPS, tuple(((lap, "HARD"),) for lap in range(20, 29)), undercut_s=(1.0, 0.5, 1.5)
)


def player(who, skill, rng, early_laps):
    """A player of known skill (0 … 1): the worse, the further from the best lap, the lower the IQ.

    Bad ones stop early on top of that, by as many laps at most.
    """
    off = rng.normal(-early_laps * (1.0 - skill), 1.0 + 9.0 * (1.0 - skill))
    lap = int(np.clip(round(BEST_LAP + off), 1, N_LAPS))
    iq = float(np.clip(100.0 - 3.0 * abs(lap - BEST_LAP) + rng.normal(0.0, 2.0), 0.0, 100.0))
    return GoodRun(who, iq, (CrowdStop(lap, "HARD"),))


def crowd(n, seed, early_laps=0.0):
    rng = np.random.default_rng(seed)
    return [player(k, rng.uniform(0.2, 1.0), rng, early_laps) for k in range(n)]


def window(runs, prior=PRIOR):
    (found,) = windows(runs, votes(runs), prior, 1)
    return found


def test_it_recovers_the_good_window_of_players_of_known_skill():
    found = [window(crowd(150, seed)) for seed in range(20)]
    assert np.mean([one.lap.value for one in found]) == pytest.approx(BEST_LAP, abs=0.5)
    assert all(abs(one.lap.value - BEST_LAP) <= 1 for one in found)
    # The window is that of the good runs: no lap of it costs 25 points of IQ.
    assert all(BEST_LAP - 6 <= one.first_lap <= BEST_LAP - 2 for one in found)
    assert all(BEST_LAP + 2 <= one.last_lap <= BEST_LAP + 6 for one in found)


def test_it_is_not_led_away_by_a_crowd_that_stops_too_early():
    for seed in range(10):
        runs = crowd(150, seed, early_laps=15.0)
        everyone = np.median([run.stops[0].lap for run in runs])
        found = window(runs)
        assert everyone <= BEST_LAP - 3
        assert abs(found.lap.value - BEST_LAP) <= 2
        assert found.first_lap <= BEST_LAP <= found.last_lap


def test_its_interval_holds_the_true_middle_of_the_good_runs():
    everyone = crowd(5_000, 99)
    weight = votes(everyone)
    laps = np.array([run.stops[0].lap for run in everyone])
    order = np.argsort(laps)
    true = laps[order][np.searchsorted(np.cumsum(weight[order]) / weight.sum(), 0.5)]
    inside = [
        one.lap.low <= true <= one.lap.high
        for one in (window(crowd(200, seed)) for seed in range(30))
    ]
    assert sum(inside) >= 25


def test_without_runs_it_says_what_the_pit_walls_did_and_is_not_sure():
    found = window([])
    assert 22 <= found.lap.value <= 26
    assert found.confidence == 0
    assert found.lap.high - found.lap.low >= 3


def test_a_few_runs_move_it_a_little_and_many_all_the_way():
    middle = [window(crowd(n, 4)).lap.value for n in (0, 3, 300)]
    assert middle == sorted(middle)
    assert middle[0] < 27
    assert middle[2] == pytest.approx(BEST_LAP, abs=1)


def test_confidence_grows_and_the_interval_shrinks_with_the_runs():
    found = [window(crowd(n, 8)) for n in (10, 40, 160, 640)]
    widths = [one.lap.high - one.lap.low for one in found]
    assert widths == sorted(widths, reverse=True)
    assert [one.confidence for one in found] == sorted(one.confidence for one in found)
    assert found[0].confidence < 0.6
    assert found[-1].confidence > 0.95


def test_bad_runs_do_not_count_at_all():
    good, bad = crowd(50, 1), [GoodRun(1000 + k, 74.9, (CrowdStop(5, "SOFT"),)) for k in range(500)]
    assert window(good + bad) == window(good)
    assert votes(bad).sum() == 0


def test_better_runs_weigh_more():
    early = [GoodRun(k, 76.0, (CrowdStop(20, "HARD"),)) for k in range(20)]
    late = [GoodRun(100 + k, 99.0, (CrowdStop(40, "HARD"),)) for k in range(20)]
    assert window(early + late).lap.value >= 39


def test_one_player_cannot_swamp_it():
    others = crowd(30, 2)
    swamp = [GoodRun(7777, 100.0, (CrowdStop(5 + k % 3, "SOFT"),)) for k in range(10_000)]
    assert votes(others + swamp)[30:].sum() == pytest.approx(1.0)
    before, after = window(others), window(others + swamp)
    assert abs(after.lap.value - before.lap.value) <= 1
    once = window([*others, GoodRun(7777, 100.0, (CrowdStop(5, "SOFT"),))])
    assert abs(after.lap.value - once.lap.value) <= 1


def test_compounds_and_stops_are_those_of_the_good_runs():
    hard = [GoodRun(k, 90.0, (CrowdStop(30, "HARD"),)) for k in range(40)]
    soft = [
        GoodRun(50 + k, 90.0, (CrowdStop(20, "SOFT"), CrowdStop(40, "SOFT"))) for k in range(10)
    ]
    runs = hard + soft
    stops, share = most_stops(runs, votes(runs), PRIOR)
    assert stops == 1
    assert share.low < (40 * 4 / 9 + 4) / (50 * 4 / 9 + 4) < share.high
    first, *others = compound_shares(runs, votes(runs), PRIOR, 1)
    assert (first.stop, first.compound) == (1, "HARD")
    assert first.share.low > 0.85
    assert others == []
    assert len(windows(runs, votes(runs), PRIOR, 2)) == 2


def attempts(n, threshold, rng, width=0.5):
    runs = []
    for k in range(n):
        gap = float(rng.uniform(0.3, 5.0))
        worked = bool(rng.random() < 1 / (1 + np.exp((gap - threshold) / width)))
        runs.append(GoodRun(k, 95.0, (CrowdStop(30, "HARD", gap, worked),)))
    return runs


def test_the_undercut_threshold_is_found():
    rng = np.random.default_rng(3)
    runs = attempts(400, 2.6, rng)
    found, tried = undercut_threshold(runs, votes(runs), PRIOR)
    assert tried == 400
    assert found.low < 2.6 < found.high
    assert found.high - found.low < 0.8


def test_without_attempts_the_threshold_is_the_engines_or_none():
    found, tried = undercut_threshold([], np.zeros(0), PRIOR)
    assert tried == 0
    assert found.value == pytest.approx(1.0, abs=0.1)
    silent = RacePrior(N_LAPS, PRIOR.plans, None)
    assert undercut_threshold([], np.zeros(0), silent) == (None, 0)
    answer = optimal_strategy([], silent, 2023, "Monaco Grand Prix", "Monaco")
    assert answer.undercut_s is None
    assert "cannot say what an undercut gains" in answer.refusals["undercut_s"]


def test_a_race_without_any_stop_has_no_window_and_still_an_answer():
    answer = optimal_strategy([], RacePrior(3, ((), (), ())), 2021, "Belgian Grand Prix", "Spa")
    assert answer.stops == 0
    assert answer.windows == ()
    assert 0.5 < answer.stops_share.value < 1
    assert answer.to_frame().empty


def test_a_stop_count_no_pit_wall_made_can_still_be_the_best():
    runs = [GoodRun(k, 95.0, (CrowdStop(18, "HARD"), CrowdStop(40, "SOFT"))) for k in range(60)]
    answer = optimal_strategy(runs, PRIOR, 2023, "Monaco Grand Prix", "Monaco")
    assert answer.stops == 2
    assert [one.lap.value for one in answer.windows] == [
        pytest.approx(18, abs=1),
        pytest.approx(40, abs=1),
    ]
    assert answer.to_frame()["compound"].tolist() == ["HARD", "SOFT"]
    assert (answer.players, answer.runs) == (60, 60)
