"""Second halves are predicted from first halves, and from nothing later."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import f1lab
from f1lab.backtest.laptimes import (
    FirstHalf,
    LapErrors,
    lap_time_score,
    laps_until,
    second_half,
)
from f1lab.racemodel.priors import load_priors


@pytest.fixture(scope="module")
def weekend(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        return f1lab.load_demo()


def test_a_race_so_far_holds_what_was_over_when_the_leader_crossed_the_line(weekend):
    laps = weekend.race.laps
    so_far = laps_until(weekend.race, 20).laps
    over_s = laps.loc[laps["lap"] == 20, "time_s"].min()
    assert so_far["time_s"].max() == over_s
    assert so_far["lap"].max() == 20
    assert len(so_far) == (laps["time_s"] <= over_s).sum()


def errors(weekend):
    return second_half(FirstHalf.of(weekend, load_priors()))


@pytest.mark.real
def test_nothing_of_the_second_half_reaches_the_prediction(weekends):
    race = weekends(2021, "Spanish Grand Prix")
    before = errors(race)
    laps = race.race.laps.copy()
    half = int(laps["lap"].max()) // 2
    late = laps["time_s"] - laps["lap_time_s"] >= laps.loc[laps["lap"] == half, "time_s"].min()
    slower = np.where(late, 0.25, 0.0)
    laps["lap_time_s"] += slower
    laps["time_s"] += laps.assign(extra=slower).groupby("driver")["extra"].cumsum()
    after = errors(dataclasses.replace(race, race=dataclasses.replace(race.race, laps=laps)))
    # every lap of the second half is a quarter of a second slower; no prediction moves with it
    assert len(before.model_s) == len(after.model_s) > 100
    assert after.model_s - before.model_s == pytest.approx(np.full(len(before.model_s), -0.25))
    assert after.median_s - before.median_s == pytest.approx(np.full(len(before.model_s), -0.25))


@pytest.mark.real
def test_the_model_beats_the_own_median_on_dry_races(weekends):
    races = [weekends(2021, name) for name in ("Spanish", "French", "Mexico City", "Qatar")]
    score = lap_time_score([errors(race) for race in races])
    assert score.races == 4
    assert score.cases > 800
    assert score.model < 0.6 * score.reference
    assert score.model < 1.0


def test_a_wet_second_half_is_not_judged(weekend):
    laps = weekend.race.laps.copy()
    laps.loc[laps["lap"] > laps["lap"].max() // 2, "compound"] = "WET"
    race = dataclasses.replace(weekend.race, laps=laps)
    assert errors(dataclasses.replace(weekend, race=race)) is None


def test_a_race_of_one_lap_has_no_half(weekend):
    race = dataclasses.replace(weekend.race, laps=weekend.race.laps.query("lap == 1"))
    assert errors(dataclasses.replace(weekend, race=race)) is None


@pytest.mark.real
def test_clear_air_is_never_slower(weekends):
    first = FirstHalf.of(weekends(2021, "Spanish Grand Prix"), load_priors())
    cost = first.lap_times_s() - first.lap_times_s(clear=True)
    close = first.laps.gap_start_s < 1.0
    assert close.any()
    assert (cost[close] > 0).all()
    assert cost[first.laps.gap_start_s > 1.5] == pytest.approx(0.0)


def test_the_score_is_a_root_mean_square_over_laps_and_races():
    races = [LapErrors(np.array([3.0, -4.0]), np.array([5.0, 5.0])), None]
    races.append(LapErrors(np.array([1.0]), np.array([2.0])))
    score = lap_time_score(races)
    assert score.model == pytest.approx((np.sqrt(12.5) + 1) / 2)
    assert score.reference == pytest.approx(3.5)
    assert score.pooled_model == pytest.approx(np.sqrt(26 / 3))
    assert (score.races, score.cases) == (2, 3)
