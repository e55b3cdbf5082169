"""Where a car rejoins, from how the race stood before its stop."""

from __future__ import annotations

import types

import numpy as np
import pytest

from f1lab.backtest.stops import Stops, Usual, cars_within, real_stops, rejoin_score, usual
from f1lab.engine.priors import load_engine_priors

LAP_S = 90.0


def table(gaps_s, n_laps=6, slower_s=0.0):
    """Lap arrays of cars that circulate at constant gaps, the first one stopping on lap 4."""
    n = len(gaps_s)
    driver, lap = np.repeat(np.arange(n), n_laps), np.tile(np.arange(1, n_laps + 1), n)
    pace = LAP_S + slower_s * (driver > 0)
    time_s = np.array(gaps_s)[driver] + lap * pace
    return types.SimpleNamespace(
        drivers=tuple(f"D{i}" for i in range(n)),
        driver=driver,
        lap=lap,
        time_s=time_s,
        lap_time_s=pace.astype(float),
        racing=lap > 1,
    )


def pit(loss_s=20.0, n=5, speed_s=0.0):
    return types.SimpleNamespace(
        loss_s=np.full(3, loss_s), vsc_factor=0.6, sc_factor=0.5, speed_s=np.full(n, speed_s)
    )


def stop_of_first(laps, flag=0):
    row = np.flatnonzero((laps.driver == 0) & (laps.lap == 4))
    return Stops(laps, row, np.array([flag]), np.array([1]), np.array([1]))


@pytest.mark.parametrize(
    ("flag", "within"),
    [(0, 3), (1, 2), (2, 2)],
)
def test_cars_within_the_loss_behind_get_past(flag, within):
    laps = table([0, 5, 9, 15, 25])
    assert cars_within(stop_of_first(laps, flag), pit()).tolist() == [within]


def test_a_slow_crew_costs_more():
    laps = table([0, 5, 19, 21, 25])
    assert cars_within(stop_of_first(laps), pit(speed_s=2.0)).tolist() == [3]
    assert cars_within(stop_of_first(laps), pit(speed_s=0.0)).tolist() == [2]


def test_slower_cars_come_two_laps_later():
    laps = table([0, 5, 15, 19.5], slower_s=0.5)
    # 19.5 s behind after lap 0 is 21 s behind after lap 3, and 22 s after lap 5
    assert cars_within(stop_of_first(laps), pit(n=4)).tolist() == [2]


def test_cars_ahead_do_not_count():
    laps = table([0, -5, -30, 10, 40])
    assert cars_within(stop_of_first(laps), pit()).tolist() == [1]


def test_what_stops_usually_do_is_told_by_flag():
    flags = np.array([0, 0, 0, 2, 2])
    before = np.array([1, 2, 3, 4, 5])
    after = before + np.array([2, 4, 3, 1, 0])
    found = usual([Stops(None, before, flags, before, after)], [np.array([4, 4, 4, 2, 2])])
    assert found.lost.tolist() == [3, 0, 0.5]
    assert found.share_lost == pytest.approx([9 / 12, 1, 1 / 4])


def test_the_score_compares_with_the_usual_loss():
    flags, before = np.array([0, 2]), np.array([2, 6])
    stops = [Stops(None, before, flags, before, np.array([6, 7]))]
    past = Usual(np.array([3.0, 1.0, 0.0]), np.array([1.0, 1.0, 0.5]))
    score = rejoin_score(stops, [np.array([4, 2])], past)
    assert (score.model, score.reference, score.cases) == (0, 1, 2)


@pytest.mark.real
def test_real_stops_and_rejoins(weekends):
    race = weekends(2021, "French Grand Prix")
    stops = real_stops(race)
    results = race.race.results.set_index("driver")["team"]
    teams = [results[code] for code in stops.laps.drivers]
    lane = load_engine_priors().pit_lane(race.circuit, teams, 50, np.random.default_rng(0))
    assert len(stops.row) == int(race.race.laps["pit_in_s"].notna().sum())
    assert set(stops.flag) == {0}  # no neutralisation in that race
    assert np.median(stops.after - stops.before) == pytest.approx(4, abs=2)
    missed = stops.before + cars_within(stops, lane) - stops.after
    assert np.abs(missed).mean() < 2
    assert len(
        set(zip(stops.laps.driver[stops.row], stops.laps.lap[stops.row], strict=True))
    ) == len(stops.row)
