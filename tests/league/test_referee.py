"""The referee drives runs again: true ones count with their score, others are refused with reason."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from f1lab.data import load_demo
from f1lab.errors import NoData
from f1lab.league import League, NotReplayable, SubmissionRefused
from f1lab.league.prior import race_prior
from f1lab.league.referee import attacks
from f1lab.simulator import Simulation, strategy_iq

DRIVER = "UUR"


@pytest.fixture(scope="module")
def demo():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_OFFLINE", "1")
        return load_demo()


@pytest.fixture(scope="module")
def run(demo):
    """A run of the demo race in which one stop comes two laps later."""
    simulation = Simulation(demo, DRIVER)
    stops = list(simulation.actual_plan().stops)
    stops[0] = (stops[0][0] + 2, stops[0][1])
    simulation.run(stops)
    return simulation


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("league")


@pytest.fixture(scope="module")
def league(demo, folder):
    with League(folder / "league.sqlite", load=lambda _year, _event: demo) as league:
        yield league


@pytest.fixture
def edited(run):
    """The run with one thing changed after it was driven."""

    def change(**changes):
        told = copy.deepcopy(run.to_dict())
        told["outcome"] |= changes.pop("outcome", {})
        for lap, decision in changes.pop("decisions", {}).items():
            told["decisions"][lap - 1] |= decision
        return told | changes

    return change


def test_a_true_run_counts_with_the_score_it_has(league, demo, run):
    score = strategy_iq(run)
    counted = league.submit(run, "Ada", iq=score.total)
    assert counted.iq == pytest.approx(score.total, abs=1e-3)
    assert counted.position == run.result.position
    assert counted.driver == DRIVER
    assert league.submit(run.to_dict(), "Ada").already_there
    (row,) = [row for row in league.top(demo.year, demo.event, DRIVER).rows if row.user == "Ada"]
    assert row.iq == counted.iq


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": {"race_time_s": 4000.0}},
        {"outcome": {"position": 1}},
        {"outcome": {"laps": 40}},
        {"fingerprint": "0" * 16},
        {"decisions": {30: {"pit": "SOFT"}}},
        {"decisions": {35: {"pace": "save"}}},
        {"decisions": {30: {"pace": "fly"}}},
        {"decisions": {30: {"pit": "CHEESE"}}},
        {"decisions": {30: {"lap": 31}}},
        {"driver": "ZZZ"},
        {"year": 2023},
        {"event": "Monaco Grand Prix"},
    ],
    ids=str,
)
def test_a_run_that_was_changed_is_refused_and_not_kept(league, edited, changes):
    with pytest.raises(SubmissionRefused, match=r"does not reproduce: .{20,}"):
        league.submit(edited(**changes), "Eve")
    assert "Eve" not in {row.user for row in league.top(n=1000).rows}


def test_a_score_of_ones_own_is_refused(league, run):
    with pytest.raises(SubmissionRefused, match=r"when driven again, not 100\.0"):
        league.submit(run, "Eve", iq=100.0)


def test_nobody_leads_by_trying_seeds(league, demo):
    lucky = Simulation(demo, DRIVER, seed=7)
    lucky.run(lucky.actual_plan())
    with pytest.raises(SubmissionRefused, match="everybody has the same luck: play it with seed=0"):
        league.submit(lucky, "Eve")


def test_a_run_that_is_not_finished_is_refused(league, demo):
    simulation = Simulation(demo, DRIVER)
    simulation.fast_forward(10)
    with pytest.raises(SubmissionRefused, match="ends after 10 laps; drive it to the flag"):
        league.submit(simulation, "Ada")


def test_without_the_race_at_hand_it_says_so(run, tmp_path):
    def load(year, event):
        raise NoData(f"no laps of {event} {year}.")

    with League(tmp_path / "league.sqlite", load=load) as league:
        with pytest.raises(NotReplayable, match="is not at hand here"):
            league.submit(run, "Ada")
        with pytest.raises(NotReplayable, match="is not at hand here"):
            league.optimal(2023, "Monaco")


def test_the_demo_race_needs_no_data(run, tmp_path):
    with League(tmp_path / "league.sqlite") as league:
        assert league.optimal(run.weekend.year, "demo").circuit == run.weekend.circuit
        with pytest.raises(SubmissionRefused, match="does not reproduce"):
            league.submit(run.to_dict() | {"start": "HARD"}, "Ada")


@pytest.mark.real
def test_a_real_race_is_played_and_its_good_pit_window_found(weekends, postgres_url):
    weekend = weekends(2023, "Bahrain")
    laps_off = {"Ada": 0, "Bo": 3, "Cy": -2, "Di": -8}
    with League(postgres_url, load=weekends) as league:
        counted = {}
        for player, off in laps_off.items():
            simulation = Simulation(weekend, "VER")
            (first, soft), *others = simulation.actual_plan().stops
            simulation.run([(first + off, soft), *others])
            counted[player] = league.submit(simulation, player)
        assert counted["Ada"].iq == counted["Ada"].wall_iq  # the pit wall's own calls
        assert counted["Ada"].position == counted["Ada"].real_position == 1
        assert {row.user for row in league.top(2023, "Bahrain", "VER").rows} == set(laps_off)
        answer = league.optimal(2023, "Bahrain")
    assert {name for name, one in counted.items() if one.iq < 75} == {"Di"}
    assert (answer.players, answer.stops) == (3, 2)
    good, _ = answer.windows
    assert good.first_lap > first - 8  # no lap of those whose runs do not count
    assert good.first_lap <= first <= good.last_lap


@pytest.mark.real
def test_stroll_passed_russell_by_stopping_first_and_hamilton_did_not_pass_sainz(weekends):
    found = {}
    for driver in ("STR", "HAM"):
        simulation = Simulation(weekends(2023, "Bahrain"), driver)
        simulation.run(simulation.actual_plan())
        found[driver] = attacks(simulation)
    assert (found["STR"][30].rival, found["STR"][30].passed) == ("RUS", True)
    assert (found["HAM"][12].rival, found["HAM"][12].passed) == ("SAI", False)
    assert found["HAM"][12].gap_s == pytest.approx(3.5, abs=0.05)


@pytest.mark.real
def test_the_prior_of_a_race_is_what_its_pit_walls_did(weekends):
    bahrain = race_prior(weekends(2023, "Bahrain"))
    assert bahrain.n_laps == 57
    assert ((14, "SOFT"), (36, "HARD")) in bahrain.plans  # Verstappen's
    middle, doubt, spread = bahrain.undercut_s
    assert 0 < middle < 4
    assert doubt > 0
    assert spread > 0
    belgium = race_prior(weekends(2021, "Belgium"))
    assert belgium.undercut_s is None
    assert set(belgium.plans) == {()}


def attack(own_stop, rival_stop, gap_s=1.0, gain_s=2.0, *, green=True):
    """Two cars a second apart; whoever stops first gains on the other until it stops too."""
    laps = np.arange(1, 21)
    rival_s = 100.0 * laps + np.where(laps > rival_stop, 20.0, 0.0)
    own_s = 100.0 * laps + gap_s + np.where(laps > own_stop, 20.0 - gain_s, 0.0)
    rival = pd.DataFrame(
        {
            "driver": "AHD",
            "lap": laps,
            "time_s": rival_s,
            "stint": 1 + (laps > rival_stop),
            "green": green,
        }
    )
    race = SimpleNamespace(start_s=0.0, laps=rival)
    simulation = SimpleNamespace(
        weekend=SimpleNamespace(race=race),
        driver="OWN",
        lap_times_s=tuple(np.diff(own_s, prepend=0.0)),
        result=SimpleNamespace(stops=((own_stop, "HARD"),)),
    )
    return attacks(simulation)


def test_an_undercut_is_a_stop_before_that_of_the_car_ahead():
    found = attack(10, 12)
    assert (found[10].rival, found[10].passed) == ("AHD", True)
    assert found[10].gap_s == pytest.approx(1.0)
    assert not attack(10, 12, gap_s=3.0)[10].passed


@pytest.mark.parametrize(
    "case",
    [
        {"own_stop": 10, "rival_stop": 10},  # both at once
        {"own_stop": 10, "rival_stop": 8},  # the other was first
        {"own_stop": 10, "rival_stop": 14},  # too long after
        {"own_stop": 10, "rival_stop": 12, "gap_s": 7.0},  # too far away
        {"own_stop": 10, "rival_stop": 12, "green": False},
        {"own_stop": 1, "rival_stop": 2},  # nobody knows who was ahead
        {"own_stop": 18, "rival_stop": 20},  # the flag came first
    ],
)
def test_other_stops_are_none(case):
    assert attack(**case) == {}
