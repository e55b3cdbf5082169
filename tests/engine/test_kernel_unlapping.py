"""Lapped cars behind the safety car: let past before it comes in, when it stays long enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from f1lab.engine import simulate_races
from f1lab.engine.calibrate_flags import unlapping_table
from f1lab.engine.inputs import Retirements
from tests.engine.fields import GREEN, MEDIUM, SC, SOFT, calm, plan

LAPPED = (2, 5, 7)
BEGINS = 40


def lapped_among(length, *, p=1.0, least=4, begins=BEGINS, noise_s=0.3):
    """Ten cars a second apart, three of them two seconds a lap slower; a SC on lap 40."""
    flags = np.full(57, GREEN)
    flags[begins - 1 : begins - 1 + length] = SC
    base = calm(10, noise_s=noise_s, flown=flags, policies=plan(10, MEDIUM, (15, SOFT)))
    pace = base.model.pace_s.copy()
    pace[:, LAPPED] += np.array([2.5, 2.1, 1.9])
    hazards = replace(base.hazards, unlap_p=p, unlap_laps=least)
    return replace(base, model=replace(base.model, pace_s=pace), hazards=hazards)


def laps_down(laps, lap):
    """Laps each driver is behind the leader, and who is where on the road, as that lap ends."""
    step = laps[laps["leader_lap"] == lap].groupby("driver").first().sort_values("time_s")
    return (lap - step["lap"]).to_dict(), list(step.index)


def on_the_lead_lap(laps, lap):
    down, road = laps_down(laps, lap)
    return [driver for driver in road if down[driver] == 0]


@pytest.mark.parametrize("length", [4, 5, 7])
def test_lapped_cars_get_a_lap_back_and_stand_at_the_tail(length):
    races = range(30)
    out = simulate_races(lapped_among(length), n=30, traces=races)
    comes_in, lapped_between = BEGINS + length - 1, 0
    for race in races:
        laps = out.trace(race)
        before, road = laps_down(laps, comes_in - 2)
        after, queue = laps_down(laps, comes_in)
        lapped = {driver for driver, down in before.items() if down > 0}
        assert lapped == {out.drivers[i] for i in LAPPED}
        assert {driver: before[driver] - after[driver] for driver in before} == {
            driver: int(driver in lapped) for driver in before
        }
        others = [driver for driver in road if driver not in lapped]
        assert [driver for driver in queue if driver not in lapped] == others
        assert queue[: len(others)] == others
        lapped_between += road[: len(others)] != others
        for _, own in laps.groupby("driver"):
            assert own["lap"].tolist() == list(range(1, len(own) + 1))
            assert (np.diff(own["time_s"], prepend=0.0) > 0).all()
            assert own["leader_lap"].is_monotonic_increasing
    assert lapped_between > 20
    assert np.array_equal(np.sort(out.position, axis=1), np.tile(np.arange(1, 11), (30, 1)))


def test_a_lap_is_noted_for_every_lap_done():
    out = simulate_races(lapped_among(5), n=1, traces=(0,))
    lines = out.line_times_s(0)
    assert np.isfinite(lines).sum(axis=0).tolist() == out.laps_done[0].tolist()
    laps = out.trace(0)
    twice = laps[laps.duplicated(["driver", "leader_lap"])]
    assert sorted(twice["driver"]) == sorted(out.drivers[i] for i in LAPPED)
    assert set(twice["leader_lap"]) == {42}
    # each lap behind the safety car wears the set of lap 15 by a quarter
    green = twice["driver"].map(
        laps[laps["flag"] == "green"].query("15 < lap < 42").groupby("driver").size()
    )
    assert (twice["tyre_age_laps"] == green + (twice["lap"] - 15 - green) / 4).all()


@pytest.mark.parametrize(
    "kept_in_line",
    [
        {"length": 3},
        {"length": 5, "least": 6},
        {"length": 5, "p": 0.0},
        {"length": 6, "begins": 52},  # to the flag
    ],
    ids=["short", "too short here", "not wanted", "to the flag"],
)
def test_otherwise_the_queue_stays_as_it_is(kept_in_line):
    base = lapped_among(**kept_in_line)
    out = simulate_races(base, n=10, traces=range(10))
    last = int(np.flatnonzero(base.flown == SC)[-1]) + 1
    for race in range(10):
        laps = out.trace(race)
        assert not laps.duplicated(["driver", "leader_lap"]).any()
        before, after = (laps_down(laps, lap) for lap in (last - 2, last))
        assert before == after
        assert max(before[0].values()) > 0


def test_nothing_changes_where_nobody_is_lapped():
    flags = np.full(57, GREEN)
    flags[30:36] = SC
    base = calm(8, noise_s=0.3, flown=flags)
    results = [
        simulate_races(replace(base, hazards=replace(base.hazards, unlap_p=p)), n=20)
        for p in (0.0, 1.0)
    ]
    assert np.array_equal(results[0].time_s, results[1].time_s)
    assert (results[0].laps_done == 57).all()


def test_they_are_let_past_as_often_as_measured_and_once_a_safety_car():
    n = 2000
    out = simulate_races(lapped_among(5, p=0.7), n=n, traces=range(n))
    # laps that end on the same lap of the leader as the one before
    again = (np.diff(out.traces.leader_lap, axis=1) == 0) & out.traces.completed[:, 1:]
    gained = again.sum(axis=1)
    assert not np.delete(gained, LAPPED, axis=1).any()
    assert set(gained.max(axis=1)) == {0, 1}
    assert stats.binomtest(int(gained.max(axis=1).sum()), n, 0.7).pvalue > 1e-3


def test_a_lapped_car_that_retires_does_no_lap_more_than_it_should():
    base = lapped_among(5)
    done = int(
        simulate_races(base, n=1, traces=(0,))
        .trace(0)
        .query("driver == 'ACA' and leader_lap == 42")["lap"]
        .iloc[0]
    )
    for fails in range(done + 1, done + 5):
        breaks = np.zeros((10, 57))
        breaks[2, fails - 1] = 1.0
        out = simulate_races(replace(base, retirements=Retirements(breaks, 0.0, 0.0)), n=3)
        assert (out.laps_done[:, 2] == fails - 1).all()


@pytest.mark.parametrize(
    ("seen", "least", "p", "n"),
    [
        ([], 4, 1 / 2, 0),
        ([(3, False)] * 2 + [(5, True)] * 3, 5, 4 / 5, 3),
        ([(2, False), (4, False), (4, True), (4, True), (6, True)], 4, 4 / 6, 4),
        ([(8, False)] * 2, 8, 1 / 4, 2),
    ],
    ids=["nothing seen", "told apart", "one kept in line", "never let past"],
)
def test_from_when_on_and_how_often_is_read_off_what_was_seen(seen, least, p, n):
    table = unlapping_table(seen)
    assert (table["least_laps"], table["n"]) == (least, n)
    assert table["p"] == pytest.approx(p)
