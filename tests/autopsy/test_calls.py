"""Calls of the pit wall, judged on what was known and on what came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from f1lab.autopsy import autopsy
from f1lab.autopsy.calls import strategy_calls
from f1lab.autopsy.ledger import Books
from f1lab.racemodel import RaceModel

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def judged(weekends):
    def run(year, event, driver):
        weekend = weekends(year, event)
        calls, issues = strategy_calls(
            weekend, Books(weekend, RaceModel.of(weekend), driver), driver
        )
        assert not issues
        return calls

    return run


def test_every_dry_choice_is_judged_stops_and_safety_cars_alike(judged):
    calls = judged(2021, "Abu Dhabi Grand Prix", "HAM")
    assert [(c.lap, c.flag, c.did) for c in calls] == [
        (14, "green", "stopped for HARD"),
        (36, "virtual safety car", "stayed out"),
        (53, "safety car", "stayed out"),
    ]
    for call in calls:
        assert call.low_places <= call.regret_places <= call.high_places
        assert call.judgement in {"right call", "wrong call", "bad luck"}


def test_calls_in_the_rain_are_not_judged(judged):
    assert judged(2023, "Monaco Grand Prix", "ALO") == []


def test_what_came_later_does_not_change_what_was_known(weekends):
    """The same call in two races that part after it: known regret equal, hindsight free to differ."""
    weekend = weekends(2023, "Hungarian Grand Prix")
    books = Books(weekend, RaceModel.of(weekend), "HAM")
    before = strategy_calls(weekend, books, "HAM")[0][0]
    laps = weekend.race.laps.copy()
    later = laps["lap"] > before.lap + 2
    slower = np.where(laps["driver"] == "NOR", 1.0, 0.0) * later
    laps["lap_time_s"] += slower
    laps["time_s"] += laps.assign(slower=slower).groupby("driver")["slower"].cumsum()
    other = replace(weekend, race=replace(weekend.race, laps=laps))
    after = strategy_calls(other, Books(other, RaceModel.of(other), "HAM"), "HAM")[0][0]
    assert after.lap == before.lap
    assert after.regret_places == before.regret_places
    assert after.best == before.best


def test_calls_hold_no_seconds_of_the_blame(weekends):
    weekend = weekends(2023, "Singapore Grand Prix")
    model = RaceModel.of(weekend)
    with_calls = autopsy(weekend, "RUS", model=model)
    without = autopsy(weekend, "RUS", model=model, judge_calls=False)
    assert with_calls.blame == without.blame
    assert with_calls.calls
    assert not without.calls
    said = [e for e in with_calls.evidence["strategy"] if e.text.startswith("Call: ")]
    assert len(said) == len(with_calls.calls)
    assert all(e.seconds == 0.0 for e in said)
    assert with_calls.to_dict()["calls"][0]["judgement"] == with_calls.calls[0].judgement


def test_abu_dhabi_2021_staying_out_was_right_when_called_and_unlucky_in_what_came(judged):
    """One more lap of safety car, or lapped cars left in between, and the place was kept."""
    stayed = judged(2021, "Abu Dhabi Grand Prix", "HAM")[-1]
    assert stayed.low_places < 0, "boxing would have given the lead away"
    assert stayed.hindsight_places > 0.5
    assert stayed.judgement == "bad luck"
    assert "which nobody could know then" in stayed.text


def test_without_a_grid_the_calls_are_left_unjudged_with_the_reason(weekends):
    weekend = weekends(2023, "Hungarian Grand Prix")
    results = weekend.race.results.assign(grid=np.nan)
    blind = replace(weekend, race=replace(weekend.race, results=results))
    report = autopsy(blind, "HAM")
    assert not report.calls
    (issue,) = [q for q in report.quality if q.kind == "calls_not_judged"]
    assert "no starters" in issue.action


def test_a_set_nobody_named_leaves_the_calls_unjudged_with_the_reason(weekends):
    """Monaco 2022, as if nobody had told Stroll's tyres after the red flag."""
    weekend = weekends(2022, "Monaco Grand Prix")
    laps = weekend.race.laps.copy()
    laps.loc[(laps["driver"] == "STR") & (laps["lap"] >= 30), "compound"] = "UNKNOWN"
    report = autopsy(replace(weekend, race=replace(weekend.race, laps=laps)), "STR")
    assert not report.calls
    (issue,) = [q for q in report.quality if q.kind == "calls_not_judged"]
    assert "nobody named the tyres of lap 30" in issue.action


def test_a_stop_after_a_collision_is_no_call(judged):
    """Monza 2023: hit by Hamilton on lap 41, in for a new wing at its end."""
    assert [c.lap for c in judged(2023, "Italian Grand Prix", "PIA")] == [23]


def test_bad_luck_gains_no_more_than_the_place_that_came_leaves_room_for(judged):
    for call in judged(2023, "Singapore Grand Prix", "NOR"):
        assert call.gained_places <= 1.0, "he finished second"
