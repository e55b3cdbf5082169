"""The arrays of a race: fuel, wear age, race progress, flags and traffic."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.racemodel.laps import FLAGS, race_laps


@pytest.fixture(scope="module")
def demo():
    from f1lab.data.demo import generate

    return generate(3)


@pytest.fixture(scope="module")
def laps(demo):
    return race_laps(demo.race, demo.year)


def test_rows_are_complete_and_in_order(demo, laps):
    assert len(laps.lap) == len(demo.race.laps)
    for code in laps.drivers:
        assert laps.lap[laps.rows(code)].tolist() == list(range(1, len(laps.rows(code)) + 1))


def test_fuel_falls_and_never_below_zero(laps):
    for code in laps.drivers:
        fuel = laps.fuel_kg[laps.rows(code)]
        assert (np.diff(fuel) < 0).all()
        assert fuel[0] < 110.0
        assert fuel[-1] >= 0.0


def test_a_safety_car_lap_wears_a_quarter(laps):
    rows = laps.rows(laps.drivers[0])
    behind = laps.flag[rows] == FLAGS.index("sc")
    same_set = np.r_[False, np.diff(laps.stint[rows]) == 0]
    step = np.r_[np.nan, np.diff(laps.wear_age[rows])]
    assert (behind & same_set).any()
    assert step[behind & same_set] == pytest.approx(0.25)
    quiet = same_set & (laps.flag[rows] <= FLAGS.index("yellow"))
    assert step[quiet] == pytest.approx(1.0)


def test_progress_follows_the_leader_not_the_own_lap(laps):
    """A lapped car meets a moment of the race on an earlier lap of its own."""
    last = {code: laps.rows(code)[-1] for code in laps.drivers}
    lapped = [r for r in last.values() if laps.lap[r] == laps.distance_laps - 1]
    assert lapped, "the demo promises a lapped car"
    assert all(laps.progress[r] > laps.lap[r] for r in lapped)


def test_the_lap_after_a_red_flag_is_a_restart(demo):
    from dataclasses import replace

    frame = demo.race.laps.copy()
    frame["red"] = frame["lap"] == 20
    race = replace(demo.race, laps=frame)
    laps = race_laps(race, demo.year)
    assert (laps.flag[laps.lap == 20] == FLAGS.index("red")).all()
    assert (laps.flag[laps.lap == 21] == FLAGS.index("restart")).all()
    assert laps.neutralised[(laps.lap == 20) | (laps.lap == 21)].all()


@pytest.mark.parametrize(("year", "kg"), [(2015, 100.0), (2018, 105.0), (2023, 110.0)])
def test_start_fuel_by_season(demo, year, kg):
    laps = race_laps(demo.race, year)
    first = laps.fuel_kg[laps.lap == 1].max()
    assert kg * (1 - 1 / laps.distance_laps) <= first < kg
