"""The track: its gain comes back, parts sum to the whole, top speeds are told apart."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lab.calc import sector_delta, straight_line_speed, track_evolution, turn_delta
from f1lab.calc.pace import FieldLaps, fit_pace
from f1lab.calc.track import turn_edges
from f1lab.errors import InvalidInput, NotEnoughLaps


def session(gain_s, *, fuel=True, seed=0, n_drivers=16, n_laps=50):
    rng = np.random.default_rng(seed)
    lap = np.tile(np.arange(2, n_laps + 1), n_drivers)
    driver = np.repeat(np.arange(n_drivers), n_laps - 1)
    stop = rng.integers(10, 40, n_drivers)[driver]
    age = np.where(lap > stop, lap - stop, lap)
    kg = 110 * (1 - lap / n_laps) * fuel
    track = -gain_s * (lap - 2) / (n_laps - 2)
    time = 90 + 0.04 * age + 0.031 * kg + track + rng.normal(0, 0.3, len(lap))
    return FieldLaps(time, driver, lap, np.full(len(lap), "HARD"), age, kg)


@pytest.mark.parametrize("gain_s", [-0.5, 0.0, 1.5])
def test_the_gain_of_the_track_comes_back(gain_s):
    found = track_evolution(fit_pace(session(gain_s)))
    assert found.gain_s.low < gain_s < found.gain_s.high
    assert found.gain_s_per_lap.value == pytest.approx(found.gain_s.value / 48)


@pytest.mark.parametrize("gain_s", [-0.5, 0.0, 1.5])
def test_where_fuel_is_known_the_gain_is_found_and_its_interval_holds(gain_s):
    found = [
        track_evolution(fit_pace(session(gain_s, fuel=False, seed=seed))).gain_s
        for seed in range(20)
    ]
    assert np.mean([told.value for told in found]) == pytest.approx(gain_s, abs=0.06)
    assert sum(told.low < gain_s < told.high for told in found) >= 14


def test_without_fuel_to_doubt_the_gain_is_sharper():
    widths = [
        (told.high - told.low)
        for fuel in (True, False)
        for told in [track_evolution(fit_pace(session(1.0, fuel=fuel))).gain_s]
    ]
    assert widths[1] < widths[0] / 2


def test_a_race_cannot_be_surer_of_the_track_than_of_its_fuel():
    """0.005 s/kg of doubt on about 106 kg burnt between the first lap and the last."""
    told = track_evolution(fit_pace(session(1.0))).gain_s
    assert told.high - told.low > 1.2 * 2 * 1.645 * 0.005 * 106 * 0.7


@pytest.mark.slow
def test_the_demo_gives_back_its_evolution():
    from f1lab.data.demo import generate
    from f1lab.racemodel.laps import race_laps

    errors = []
    for seed in range(6):
        weekend = generate(seed, dry=True)
        laps = race_laps(weekend.race, weekend.year)
        own = laps.racing & ~laps.wet & ~laps.yellow & ~laps.warming_up & ~laps.blue_flag
        rows = np.flatnonzero(own & (laps.gap_end_s >= 1.0))
        number = laps.lap[rows]
        found = track_evolution(
            fit_pace(
                FieldLaps(
                    laps.lap_time_s[rows],
                    laps.driver[rows],
                    number,
                    laps.compound[rows].astype(str),
                    laps.wear_age[rows],
                    laps.fuel_kg[rows],
                    laps.gap_start_s[rows],
                )
            )
        ).gain_s
        ledger = weekend.truth.ledger.set_index(["driver", "lap"])["track_s"]
        track = np.array([ledger[laps.drivers[laps.driver[i]], laps.lap[i]] for i in rows])
        truth = np.median(track[number == number.min()]) - np.median(track[number == number.max()])
        assert found.low < truth < found.high
        errors.append(found.value - truth)
    assert abs(np.mean(errors)) < 0.15


def test_a_short_session_is_refused():
    lap = np.tile(np.linspace(1, 4, 10), 4)
    laps = FieldLaps(90 + 0 * lap, np.repeat(range(4), 10), lap, ["SOFT"] * 40, lap, 0 * lap)
    with pytest.raises(NotEnoughLaps, match=r"span 3.0 of progress"):
        track_evolution(fit_pace(laps))


def test_corners_sum_to_the_lap():
    rng = np.random.default_rng(0)
    distance = np.linspace(0, 5278, 1056)
    delta = np.cumsum(rng.normal(0, 0.002, len(distance)))
    delta -= delta[0]
    corners = np.sort(rng.uniform(100, 5200, 14))
    found = turn_delta(distance, delta, corners, noise_s=np.full(14, 0.01))
    assert sum(part.value for part in found.delta_s) == pytest.approx(delta[-1], abs=1e-9)
    assert found.total_s == delta[-1]
    assert found.corners == tuple(str(k) for k in range(1, 15))


def test_several_pairs_give_their_own_interval():
    distance = np.linspace(0, 3000, 301)
    gain = np.interp(distance, [0, 650, 3000], [0, 0.1, 0.1])
    noise = np.random.default_rng(0).normal(0, 0.01, (12, 1)) * distance / 3000
    found = turn_delta(distance, gain + noise, [400, 900, 2000], names=["A", "B", "C"])
    assert found.n_pairs == 12
    assert found.clear == (True, False, False)
    assert found.delta_s[0].low < 0.1 < found.delta_s[0].high


@pytest.mark.parametrize(
    ("corners", "noise", "error", "says"),
    [
        ([400, 900], None, NotEnoughLaps, "give noise_s"),
        ([900, 400], [0, 0], InvalidInput, "corner_m must increase"),
        ([400, 3900], [0, 0], InvalidInput, "within 0 … 3000 m"),
        ([400, 900], [0], InvalidInput, "each of 2 corners"),
        ([], [], NotEnoughLaps, "0 corners"),
    ],
)
def test_corners_that_are_none_are_refused(corners, noise, error, says):
    distance = np.linspace(0, 3000, 301)
    with pytest.raises(error, match=says):
        turn_delta(distance, distance * 0, corners, noise_s=noise)


def test_laps_with_holes_are_refused():
    distance = np.linspace(0, 3000, 301)
    with pytest.raises(InvalidInput, match="known everywhere"):
        turn_delta(distance, distance * np.nan, [400], noise_s=[0.01])
    with pytest.raises(InvalidInput, match="delta_s has shape"):
        turn_delta(distance, [0.0, 1.0], [400], noise_s=[0.01])


def test_edges_lie_halfway():
    assert turn_edges([100, 300], 1000).tolist() == [0, 200, 1000]


def test_sectors_and_their_interval_come_back():
    rng = np.random.default_rng(0)
    base = np.array([28.0, 35.0, 24.0])
    lost = np.array([0.1, -0.05, 0.2])
    mine = base + lost + rng.normal(0, 0.1, (15, 3))
    other = base + rng.normal(0, 0.1, (12, 3))
    found = sector_delta(mine, other)
    for told, truth in zip(found.sectors_s, lost, strict=True):
        assert told.value == pytest.approx(truth, abs=0.12)
    assert found.lap_s.low < 0.25 < found.lap_s.high
    assert found.n_laps == (15, 12)


@given(seed=st.integers(0, 2**16), slip_s=st.floats(0, 5), n=st.integers(2, 20))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_sectors_sum_to_the_lap(seed, slip_s, n):
    rng = np.random.default_rng(seed)
    mine, other = (np.array([30.0, 40.0, 25.0]) + 0.2 * rng.standard_t(3, (k, 3)) for k in (n, 12))
    mine[0, 1] += slip_s
    found = sector_delta(mine, other)
    assert sum(part.value for part in found.sectors_s) == pytest.approx(found.lap_s.value, abs=1e-9)
    back = sector_delta(other, mine)
    assert back.lap_s.value == pytest.approx(-found.lap_s.value, abs=1e-9)


def test_intervals_of_sectors_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(2)
    truth = np.array([0.1, -0.05, 0.2])
    held = []
    for _ in range(300):
        mine, other = (0.2 * rng.standard_t(4, (k, 3)) for k in (14, 18))
        found = sector_delta(mine + truth, other)
        told = zip((*found.sectors_s, found.lap_s), (*truth, truth.sum()), strict=True)
        held.append([part.low <= true <= part.high for part, true in told])
    assert (np.abs(np.mean(held, axis=0) - 0.9) < 0.05).all()


def test_laps_without_a_sector_do_not_count():
    mine = np.full((4, 3), 30.0)
    mine[1:, 2] = np.nan
    with pytest.raises(NotEnoughLaps, match="1 whole lap, needed are 2"):
        sector_delta(mine, np.full((4, 3), 30.0))
    with pytest.raises(InvalidInput, match="3 sectors against 2"):
        sector_delta(mine, np.full((4, 2), 30.0))


def test_tow_and_drs_are_told_apart():
    rng = np.random.default_rng(0)
    towed, drs = np.tile([0, 0, 1, 1], 20) > 0, np.tile([0, 1, 0, 1], 20) > 0
    trap = 310 + 8 * towed + 12 * drs + rng.normal(0, 1, 80)
    found = straight_line_speed(trap, towed, drs, trap - 3)
    assert found.tow_gain_kmh.low < 8 < found.tow_gain_kmh.high
    assert found.drs_gain_kmh.low < 12 < found.drs_gain_kmh.high
    assert found.telemetry_minus_trap_kmh.value == pytest.approx(-3)
    assert found.clean.kmh.low <= found.clean.kmh.value <= found.clean.best_kmh
    assert found.towed_drs.n_laps == 20


def test_kinds_of_lap_that_were_not_driven_are_none():
    found = straight_line_speed([310.0, 311, 312, np.nan], [0] * 4, [0] * 4)
    assert (found.towed, found.clean_drs, found.tow_gain_kmh, found.drs_gain_kmh) == (None,) * 4
    assert found.clean.n_laps == 3
    with pytest.raises(NotEnoughLaps, match="1 speeds"):
        straight_line_speed([310.0, np.nan], [0, 0], [0, 0])
    with pytest.raises(InvalidInput, match="above zero"):
        straight_line_speed([0.0] * 5, [0] * 5, [0] * 5)


def test_results_are_plain_values():
    distance = np.linspace(0, 3000, 301)
    for found in (
        track_evolution(fit_pace(session(1.0))),
        turn_delta(distance, distance / 3e4, [400], noise_s=[0.01]),
        sector_delta(np.eye(3) + 30, np.eye(3) + 30),
        straight_line_speed([310.0, 311, 312], [0] * 3, [0] * 3),
    ):
        out = found.to_dict()
        assert json.loads(json.dumps(out)) == out
