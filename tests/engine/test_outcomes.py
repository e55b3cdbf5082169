"""What is read off the races: chances that add up, pairs of races, traces, counts of flags."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from f1lab.engine import Outcomes, RacePlan, simulate_races
from f1lab.engine.outcomes import POINTS
from f1lab.errors import InvalidInput, UnknownName
from tests.engine.fields import GREEN, RED, RESTART, SC, VSC, field, lap_model

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def out():
    return simulate_races(field(12, 30), n=400, seed=3, traces=(0, 17))


def test_chances_add_up(out):
    p = out.p_position()
    assert p.sum(axis=0) == pytest.approx(np.ones(12))
    assert p.sum(axis=1) == pytest.approx(np.ones(12))
    assert out.expected_position() == pytest.approx(p @ np.arange(1, 13))
    assert out.win().sum() == pytest.approx(1.0)
    assert out.podium().sum() == pytest.approx(3.0)
    assert (out.win() <= out.podium()).all()
    assert (out.podium() <= out.points()).all()


def test_points_go_to_the_first_ten_who_see_the_flag(out):
    for race in range(50):
        for i in range(12):
            place = int(out.position[race, i])
            earned = POINTS[place - 1] if place <= 10 and not out.retired[race, i] else 0
            assert out.points_scored[race, i] == earned
    assert out.expected_points() == pytest.approx(out.points_scored.mean(axis=0))


def test_who_retired_neither_wins_nor_scores_even_when_nobody_is_left():
    nobody = field(4, 10)
    nobody = replace(nobody, retirements=replace(nobody.retirements, p=np.ones((4, 10))))
    out = simulate_races(nobody, n=5)
    assert out.retired.all()
    assert not out.win().any()
    assert not out.expected_points().any()


def test_flags_are_counted_from_when_they_come_out():
    base = field(3, 12)
    flown = np.array([SC, SC, GREEN, VSC, GREEN, SC, VSC, VSC, RED, RESTART, GREEN, GREEN])
    out = simulate_races(replace(base, flown=flown), n=2)
    assert out.safety_cars.tolist() == [2, 2]
    assert out.safety_car_laps.tolist() == [3, 3]
    assert out.safety_car_lap_1.tolist() == [True, True]
    assert out.virtual_safety_cars.tolist() == [2, 2]
    assert out.red_flags.tolist() == [1, 1]


def test_pairs_of_races_tell_plans_apart_better_than_the_means_do():
    base = field(12, 30)
    plans = [{"AFA": RacePlan("MEDIUM", ((lap, "HARD"),))} for lap in (14, 17)]
    one, other = (simulate_races(base, plan, n=1500) for plan in plans)
    pair = one.paired(other, "AFA")
    places = one.position[:, 5].astype(float) - other.position[:, 5]
    assert pair.places == pytest.approx(places.mean())
    assert pair.places_se == pytest.approx(places.std(ddof=1) / np.sqrt(1500))
    assert pair.points == pytest.approx(one.expected_points()[5] - other.expected_points()[5])
    apart = np.hypot(one.position[:, 5].std(), other.position[:, 5].std()) / np.sqrt(1500)
    assert pair.places_se < 0.8 * apart
    assert pair.to_dict()["races"] == 1500
    same = one.paired(one, "AFA")
    assert (same.places, same.points, same.time_s, same.time_se_s) == (0, 0, 0, 0)


def test_only_the_same_races_can_be_paired(out):
    with pytest.raises(InvalidInput, match="same races"):
        out.paired(simulate_races(field(12, 30), n=10), "AAA")
    with pytest.raises(UnknownName, match="'XXX'"):
        out.paired(out, "XXX")


def test_a_trace_is_kept_of_the_races_asked_for(out):
    laps = out.trace(17)
    assert set(laps["driver"]) <= set(out.drivers)
    assert laps["leader_lap"].max() == 30
    finishers = laps[laps["leader_lap"] == 30].sort_values("position")["driver"].tolist()
    places = {driver: out.position[17, i] for i, driver in enumerate(out.drivers)}
    assert finishers == sorted(finishers, key=places.__getitem__)
    times = out.line_times_s(17)
    row = laps.iloc[100]
    assert times[row["lap"] - 1, out.drivers.index(row["driver"])] == row["time_s"]
    assert np.isfinite(times).sum() == len(laps)
    with pytest.raises(InvalidInput, match="Known: 0, 17"):
        out.trace(5)


def test_stops_of_a_trace_are_the_stops_counted(out):
    for race in (0, 17):
        laps = out.trace(race)
        stopped = laps[laps["stopped"] & (laps["flag"] != "red")].groupby("driver").size()
        for i, driver in enumerate(out.drivers):
            assert stopped.get(driver, 0) == out.stops[race, i]


def test_outcomes_say_what_they_are_and_travel_as_json(out):
    assert repr(out) == repr(simulate_races(field(12, 30), n=400, seed=3))
    assert repr(out).startswith("Outcomes(400 races, 12 cars, ")
    table = json.loads(json.dumps(out.to_dict()))
    assert table["races"] == 400
    assert [row["driver"] for row in table["drivers"]] == list(out.drivers)
    assert out.to_frame()["p_win"].sum() == pytest.approx(1.0)
    assert isinstance(out, Outcomes)


def test_different_fields_give_different_races():
    """Nothing that matters is a constant of the engine."""
    base = field(12, 30)
    first = simulate_races(base, n=50)
    slower = replace(base.model, track_s=base.model.track_s + 10.0)
    grippy = replace(base.model, wear_s=base.model.wear_s * 0.5)
    others = {
        "track": replace(base, model=slower),
        "wear": replace(base, model=grippy),
        "fuel": replace(base, model=replace(base.model, fuel_s_per_kg=np.full(20, 0.05))),
        "scatter": replace(base, model=lap_model(12, 30, noise_s=0.8)),
        "pits": replace(base, pit=replace(base.pit, loss_s=np.full(20, 30.0))),
        "passing": replace(base, passing=replace(base.passing, intercept=-3.0)),
        "flags": replace(base, hazards=replace(base.hazards, sc_p=np.full(30, 0.05))),
        "start": replace(base, start=replace(base.start, slot_s=0.6)),
    }
    for name, other in others.items():
        out = simulate_races(other, n=50)
        assert not np.array_equal(out.time_s, first.time_s), name
    slow = simulate_races(others["track"], n=50)
    home = ~first.retired & ~slow.retired
    assert np.median(slow.time_s[home] - first.time_s[home]) == pytest.approx(300, abs=30)


def test_a_race_is_described_without_the_compiler():
    code = (
        "import sys; from tests.engine.fields import field; from f1lab.engine import RaceField, "
        "RacePlan, simulate_races, Outcomes; field(); assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_compiling_is_announced_once_and_done_once(tmp_path):
    code = (
        "from tests.engine.fields import calm; from f1lab.engine import simulate_races; "
        "[simulate_races(calm(2, 4), n=2, threads=2) for _ in range(2)]"
    )
    said = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            cwd=ROOT,
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path)},
        )
        said.append(done.stderr)
    assert said[0].count("compiling the race engine") == 1
    assert len(said[0].splitlines()) == 1
    assert not said[1]
