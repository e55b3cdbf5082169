"""Which laps are compared, what their mean is worth, and when a car clips."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from f1lab.calc._clipping import clipping
from f1lab.calc.car import full_throttle
from f1lab.compare._car_delta import delta_of_pairs, huber_weights, mean_of_laps
from f1lab.compare._car_difference import ers_difference
from f1lab.compare._car_evidence import evidence_of
from f1lab.compare._car_pairs import comparable_laps, pair_up, thinned
from f1lab.compare._car_shared import shared_s
from f1lab.data.demo import generate
from f1lab.errors import InvalidInput, NotEnoughLaps


@pytest.fixture(scope="module")
def demo():
    return generate(0)


# -- pairs of laps -------------------------------------------------------------------------------


def test_clean_race_laps_are_the_cars_own_doing(demo):
    laps = comparable_laps(demo.race)
    assert len(laps) > 100
    assert laps["green"].all()
    assert laps["pit_in_s"].isna().all()
    assert laps["pit_out_s"].isna().all()
    assert (laps["gap_ahead_s"] > 2.5).all()
    assert (laps["lap"] > 1).all()
    spread = laps.groupby(["driver", "stint"])["lap_time_s"].agg(np.ptp)
    assert spread.max() < 8


def test_push_laps_are_near_the_drivers_best(demo):
    laps = comparable_laps(demo.qualifying)
    best = laps.groupby("driver")["lap_time_s"].transform("min")
    assert (laps["lap_time_s"] <= 1.03 * best).all()
    assert laps["pit_in_s"].isna().all()
    assert set(laps["driver"]) == set(demo.qualifying.results["driver"])


@pytest.mark.parametrize("kind", ["race", "qualifying"])
def test_pairs_were_driven_in_like_circumstances(demo, kind):
    session = getattr(demo, kind)
    laps = comparable_laps(session)
    some = 0
    for a, b in (("WEX", "BMR"), ("OND", "YRB"), ("THW", "PNY")):
        one, other = (laps[laps["driver"] == driver].set_index("lap") for driver in (a, b))
        pairs = pair_up(session, one.reset_index(), other.reset_index())
        some += len(pairs)
        assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
        for i, j in pairs:
            assert one.loc[i, "compound"] == other.loc[j, "compound"]
            if kind == "race":
                assert abs(i - j) <= 3
                assert abs(one.loc[i, "tyre_age_laps"] - other.loc[j, "tyre_age_laps"]) <= 3
            else:
                assert abs(one.loc[i, "time_s"] - other.loc[j, "time_s"]) <= 600
    assert some > 8


@settings(max_examples=20)
@given(slower=st.floats(-5, 5), seed=st.integers(0, 9))
def test_lap_times_do_not_choose_the_pairs(demo, slower, seed):
    laps = comparable_laps(demo.race)
    one, other = (laps[laps["driver"] == driver] for driver in ("WEX", "OND"))
    noise = np.random.default_rng(seed).normal(slower, 1, len(one))
    changed = one.assign(lap_time_s=one["lap_time_s"] + noise)
    assert pair_up(demo.race, changed, other) == pair_up(demo.race, one, other)


def test_power_asks_for_like_fuel_and_not_for_like_tyres(demo):
    laps = comparable_laps(demo.race)
    one = laps[laps["driver"] == "WEX"]
    other = one.assign(compound="SOFT", tyre_age_laps=40.0)
    assert pair_up(demo.race, one[one["compound"] == "HARD"], other) == []
    alike = pair_up(demo.race, one, other, same_tyres=False)
    assert alike == [(lap, lap) for lap in one["lap"]]
    assert pair_up(demo.race, one.iloc[:0], other) == []


def test_an_unknown_compound_is_good_enough_for_qualifying_only(demo):
    for session, some in ((demo.qualifying, True), (demo.race, False)):
        laps = comparable_laps(session)
        one = laps[laps["driver"] == "WEX"]
        assert bool(pair_up(session, one.assign(compound="UNKNOWN"), one)) is some


def test_the_same_lap_goes_before_the_same_age(demo):
    """With tyres a lap apart in age, the next lap at the same age would be lighter every time."""
    laps = comparable_laps(demo.race)
    one = laps[laps["driver"] == "WEX"]
    older = one.assign(tyre_age_laps=one["tyre_age_laps"] + 1)
    for a, b in ((one, older), (older, one)):
        assert pair_up(demo.race, a, b) == [(lap, lap) for lap in one["lap"]]


def test_a_lap_of_fuel_is_taken_off_a_pair_that_lies_a_lap_apart(demo):
    shared = shared_s(demo)
    found = evidence_of(demo.race, ("WEX", "BMR"), {}, demo)
    apart = [(lap, lap + 3) for lap in range(30, 40) if ("WEX", lap) in shared]
    apart = [(i, j) for i, j in apart if ("BMR", j) in shared]
    taken_off = found.taken_off_s(apart)
    assert len(apart) >= 3
    for (i, j), off in zip(apart, taken_off, strict=True):
        assert off == pytest.approx(shared["WEX", i] - shared["BMR", j])
    alone = evidence_of(demo.race, ("WEX", "BMR"), refused := {})
    assert not alone.taken_off_s(apart).any()
    assert "fitted to the race of a weekend" in refused["fuel and tyre correction"]


def test_like_laps_are_corrected_and_their_sectors_still_sum(demo):
    """A driver set back by one lap of fuel on every pair is as quick as he was."""
    found = evidence_of(demo.race, ("WEX", "BMR"), {}, demo)
    shared = {key: own + 0.06 * (key[0] == "WEX") for key, own in found.shared_s.items()}
    plain, lighter = (
        delta_of_pairs(replace(found, shared_s=known)) for known in (found.shared_s, shared)
    )
    assert lighter.lap_s.value == pytest.approx(plain.lap_s.value - 0.06, abs=1e-6)
    assert lighter.taken_off_s == pytest.approx(plain.taken_off_s + 0.06, abs=1e-6)
    for view in (plain, lighter):
        total = sum(sector.value for sector in view.sectors_s)
        assert total == pytest.approx(view.lap_s.value, abs=1e-6)


def test_a_lap_with_trouble_is_no_comparable_lap(demo):
    sound = shared_s(demo)
    lap = next(lap for driver, lap in sorted(sound) if driver == "WEX" and lap > 20)
    laps = demo.race.laps
    hit = (laps["driver"] == "WEX") & (laps["lap"] == lap)
    slower = laps.assign(lap_time_s=laps["lap_time_s"] + 1.3 * hit)
    troubled = replace(demo, race=replace(demo.race, laps=slower))
    assert ("WEX", lap) not in shared_s(troubled)
    pairs = evidence_of(troubled.race, ("WEX", "BMR"), {}, troubled).pairs
    assert lap not in [own for own, _ in pairs]


def test_few_are_taken_evenly_from_many():
    assert thinned([1, 2, 3], 5) == [1, 2, 3]
    assert thinned(list(range(31)), 4) == [0, 10, 20, 30]


# -- means ---------------------------------------------------------------------------------------


@given(
    values=arrays(float, st.integers(2, 30), elements=st.floats(-5, 5)),
    shift=st.floats(-9, 9),
    scale=st.floats(0.1, 10),
)
def test_a_mean_moves_and_scales_with_its_laps(values, shift, scale):
    one, other = mean_of_laps(values), mean_of_laps(values * scale + shift)
    assert other.value == pytest.approx(one.value * scale + shift, abs=1e-9)
    assert other.high - other.low == pytest.approx((one.high - one.low) * scale, abs=1e-6)
    assert one.low <= one.value <= one.high


def test_laps_that_resemble_their_neighbours_say_less():
    scattered = np.tile([0.1, -0.1], 10)
    drifting = np.sort(scattered)
    narrow, wide = mean_of_laps(scattered), mean_of_laps(drifting)
    assert narrow.value == pytest.approx(wide.value)
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def test_nine_of_ten_intervals_hold_the_mean_of_correlated_laps():
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, (600, 46))
    for k in range(1, 46):
        noise[:, k] += 0.5 * noise[:, k - 1]
    told = [mean_of_laps(own[30:]) for own in noise]
    assert 0.84 < np.mean([each.low <= 0 <= each.high for each in told]) < 0.96


def test_one_odd_pair_does_not_make_the_mean():
    values = np.append(np.tile([-0.2, 0.0, -0.1], 5), 1.4)
    told = mean_of_laps(values, weights=huber_weights(values))
    assert told.value == pytest.approx(-0.1, abs=0.03)
    assert told.value < mean_of_laps(values).value - 0.05
    assert (huber_weights(values[:7]) == 1).all()
    assert (huber_weights(values) <= 1).all()


def test_nine_of_ten_intervals_of_the_robust_mean_hold_it():
    rng = np.random.default_rng(2)
    told = [mean_of_laps(own, weights=huber_weights(own)) for own in rng.normal(0, 1, (500, 13))]
    assert 0.87 < np.mean([each.low <= 0 <= each.high for each in told]) < 0.96


def test_rounded_speeds_are_not_known_better_than_they_were_rounded():
    told = mean_of_laps(np.array([7.0, 7.0]), 6**-0.5)
    assert told.high - told.low > 1


# -- clipping ------------------------------------------------------------------------------------


def straights(empty_s, *, laps=3, each=3, power=850.0, left=500.0):
    """Full-throttle runs of 14 s at five samples a second; power falls when the battery is empty."""
    time, runs = 0.2 * np.arange(71), laps * each
    speed = [50.0]
    for now in time[1:]:
        push = power if now < empty_s else left
        speed.append(speed[-1] + 0.2 * (push / speed[-1] - 0.001 * speed[-1] ** 2 - 0.2))
    kmh = np.round(3.6 * np.tile(speed, runs))
    clock = np.concatenate([time + 100 * k for k in range(runs)])
    no = np.zeros(len(clock), dtype=bool)
    lap = np.repeat(np.arange(laps), 71 * each)
    full = np.where(np.tile(time, runs) < 13.9, 100.0, 0.0)
    return clock, kmh, full, no, no, lap


def test_an_empty_battery_is_seen_and_terminal_speed_is_not():
    sound = straights(99)
    car = full_throttle(*sound)
    assert clipping(*sound, car=car).clipped_runs == 0
    terminal = straights(99, power=500.0)
    assert clipping(*terminal, car=full_throttle(*terminal)).clipped_s_per_lap.value == 0
    found = clipping(*straights(9), car=car)
    assert found.clipped_runs == found.n_runs == 9
    assert found.n_laps == 3
    assert 3 * 4.5 < found.clipped_s_per_lap.value < 3 * 6
    assert found.missing_kmh_per_lap.value > 10


def test_clipping_lasts_longer_the_sooner_the_battery_is_empty():
    car = full_throttle(*straights(99))
    seconds = [
        clipping(*straights(empty), car=car).clipped_s_per_lap.value for empty in (12, 10, 8, 6)
    ]
    assert seconds == sorted(seconds)
    assert seconds[0] < seconds[-1]


def lifting(columns, coasts_s):
    """The same runs, the brakes put on so long after the throttle was lifted, the last second."""
    clock, kmh, _, _, is_open, lap = columns
    since = clock - 100 * np.floor(clock / 100)
    lift = 13.0 - coasts_s
    full = np.where(since < lift, 100.0, 0.0)
    return clock, kmh, full, since >= 13.0, is_open, lap


def test_lifting_before_the_brakes_hides_clipping_and_is_told():
    car = full_throttle(*straights(99))
    late, early = (clipping(*lifting(straights(9), coasts), car=car) for coasts in (0.2, 2.2))
    assert early.coasted_s_per_lap.value - late.coasted_s_per_lap.value == pytest.approx(
        6.0, abs=0.3
    )
    assert late.clipped_s_per_lap.value - early.clipped_s_per_lap.value == pytest.approx(
        6.0, abs=0.3
    )
    with pytest.raises(NotEnoughLaps, match="lifting before the brakes hides it"):
        ers_difference(late, early)
    full = clipping(*lifting(straights(99), 0.2), car=car)
    assert ers_difference(late, full).low > 0


def test_clipping_asks_for_laps_runs_and_a_closed_wing():
    sound = straights(99)
    car = full_throttle(*sound)
    with pytest.raises(NotEnoughLaps, match="1 lap of car data, needed are 2"):
        clipping(*(column[:200] for column in sound), car=car)
    time, speed, _, no, _, lap = sound
    with pytest.raises(NotEnoughLaps, match="0 runs at full throttle"):
        clipping(time, speed, np.zeros(len(time)), no, no, lap, car=car)
    opened = full_throttle(*sound[:4], ~no, lap)
    with pytest.raises(InvalidInput, match="never drove with its rear wing closed"):
        clipping(*sound, car=opened)


def test_a_frame_without_laps_of_a_driver_has_no_pairs(demo):
    nobody = pd.DataFrame(columns=demo.race.laps.columns)
    assert pair_up(demo.race, nobody, comparable_laps(demo.race)) == []
