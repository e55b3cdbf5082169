"""Two drivers of a weekend: known truth, signs, sums and refusals."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lab.compare import drivers
from f1lab.compare._pace import pace_gap
from f1lab.compare.laps import race_view
from f1lab.data.demo import generate
from f1lab.errors import InvalidInput, NotEnoughLaps, UnknownName
from f1lab.racemodel.laps import race_laps

#: Each example fits a race anew.
FEW = settings(max_examples=4, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def dry():
    return generate(5, dry=True)


@pytest.fixture(scope="module")
def pair(dry):
    return tuple(dry.race.results["driver"].iloc[:2])


@pytest.fixture(scope="module")
def compared(dry, pair):
    return drivers(dry, *pair)


def with_laps(weekend, laps):
    return dataclasses.replace(weekend, race=dataclasses.replace(weekend.race, laps=laps))


def test_the_parts_sum_to_the_difference_of_the_laps_as_driven(compared, dry, pair):
    total = sum(part.s_per_lap.value for part in compared.why)
    assert total == pytest.approx(compared.lap_difference_s, abs=1e-9)
    laps = race_laps(dry.race, dry.year)
    own, other = (laps.rows(code)[laps.racing[laps.rows(code)]] for code in pair)
    both = np.intersect1d(laps.lap[own], laps.lap[other])
    means = [laps.lap_time_s[rows][np.isin(laps.lap[rows], both)].mean() for rows in (own, other)]
    assert compared.n_laps_compared == len(both)
    assert compared.lap_difference_s == pytest.approx(means[0] - means[1])


def test_everything_is_told_tabulated_and_ready_for_json(compared, pair):
    plain = json.loads(json.dumps(compared.to_dict(), allow_nan=False))
    assert plain["kind"] == "driver_comparison"
    assert [p["driver"] for p in plain["profiles"]] == list(pair)
    assert next(iter(compared.tables())) == "Differences (a minus b)"
    assert compared.to_frame().iloc[0]["difference_s"] == compared.race_pace.s_per_lap.value
    assert "\n" not in repr(compared)
    assert all(sentence.endswith(".") for sentence in compared.findings)
    assert compared.asked["a"] == pair[0]
    for name, reason in compared.refusals.items():
        assert len(reason) > 20, name


def test_swapping_the_two_turns_every_sign(dry, pair, compared):
    back = drivers(dry, *reversed(pair))
    assert back.race_pace.s_per_lap.value == pytest.approx(-compared.race_pace.s_per_lap.value)
    assert back.race_pace.s_per_lap.low == pytest.approx(-compared.race_pace.s_per_lap.high)
    assert back.qualifying.gap_s == pytest.approx(-compared.qualifying.gap_s)
    assert back.qualifying.gap_pct == pytest.approx(-compared.qualifying.gap_pct)
    assert back.lap_difference_s == pytest.approx(-compared.lap_difference_s)
    for there, here in zip(back.why, compared.why, strict=True):
        assert there.s_per_lap.value == pytest.approx(-here.s_per_lap.value, abs=1e-9)
    for there, here in zip(back.sectors.sectors_s, compared.sectors.sectors_s, strict=True):
        assert there.value == pytest.approx(-here.value, abs=1e-9)


@FEW
@given(seed=st.integers(0, 2**16))
def test_the_order_of_the_rows_says_nothing(dry, pair, compared, seed):
    mixed = dry.race.laps.sample(frac=1, random_state=seed).reset_index(drop=True)
    again = drivers(with_laps(dry, mixed), *pair)
    assert again.race_pace == compared.race_pace
    assert again.why == compared.why
    assert again.findings == compared.findings


@FEW
@given(extra_s=st.floats(-20, 40))
def test_a_longer_circuit_leaves_the_differences(dry, pair, compared, extra_s):
    laps = dry.race.laps.copy()
    laps["lap_time_s"] += extra_s
    for clock in ("time_s", "pit_out_s", "pit_in_s"):
        laps[clock] += extra_s * (laps["lap"] - (clock == "pit_out_s"))
    again = pace_gap(race_view(with_laps(dry, laps)), [pair[0]], [pair[1]])
    assert again.s_per_lap.value == pytest.approx(compared.race_pace.s_per_lap.value, abs=2e-3)
    assert again.new_tyre_s.value == pytest.approx(compared.race_pace.new_tyre_s.value, abs=5e-3)


@FEW
@given(seed=st.integers(0, 2**16), share=st.floats(0.01, 0.3))
def test_unknown_lap_times_are_left_out(dry, pair, compared, seed, share):
    laps = dry.race.laps.copy()
    lost = np.random.default_rng(seed).random(len(laps)) < share
    laps.loc[lost, ["lap_time_s", "sector1_s", "sector2_s", "sector3_s"]] = np.nan
    again = pace_gap(race_view(with_laps(dry, laps)), [pair[0]], [pair[1]])
    assert np.isfinite(again.s_per_lap.value)
    wider = (again.s_per_lap.high - again.s_per_lap.low) / 2
    assert abs(again.s_per_lap.value - compared.race_pace.s_per_lap.value) < 2 * wider


def test_the_pace_of_generated_drivers_is_found():
    """28 pairs of 4 weekends, two of them wet: 90 % intervals hold at least 20 truths."""
    held, off = [], []
    for seed in (21, 22, 23, 24):
        weekend = generate(seed, dry=seed % 2 == 0)
        view = race_view(weekend)
        truth = weekend.truth.parameters
        count = np.bincount(view.laps.driver[view.model.fit.used], minlength=len(view.codes))
        raced = [str(code) for code, n in zip(view.codes, count, strict=True) if n >= 15]
        for a, b in zip(raced[:7], raced[7:14], strict=False):
            found = pace_gap(view, [a], [b])
            wear = truth["wear_excess_s_per_lap"]
            true = truth["pace_s"][a] - truth["pace_s"][b]
            true += found.age_laps * (wear[a] - wear[b])
            held.append(found.s_per_lap.low <= true <= found.s_per_lap.high)
            off.append(found.s_per_lap.value - true)
    assert len(held) >= 24
    assert np.mean(held) >= 0.72  # 20 of 28: less has a chance of 1 % when 90 % is true
    assert np.abs(off).mean() < 0.2
    assert abs(np.mean(off)) < 0.1


def test_a_weekend_without_qualifying_still_compares_the_race(dry, pair, compared):
    alone = drivers(dataclasses.replace(dry, qualifying=None), *pair)
    assert alone.race_pace == compared.race_pace
    assert alone.qualifying is None
    assert alone.qualifying_pace_s is None
    assert "no qualifying at hand" in alone.refusals["qualifying"]
    assert all(profile.qualifying_pct is None for profile in alone.profiles)


def test_an_empty_stint_and_a_short_race_are_refused_in_parts(dry, pair):
    laps = dry.race.laps
    short = laps[(laps["driver"] != pair[1]) | (laps["lap"] <= 5)].reset_index(drop=True)
    found = drivers(with_laps(dry, short), *pair)
    assert found.race_pace is None
    assert "race pace needs 8" in found.refusals["race_pace"]
    assert found.why == ()
    (stint,) = [stint for stint in found.stints if stint.driver == pair[1]]
    assert stint.pace_s is None
    assert (
        f"the stint of {pair[1]} on laps 1 to 5" in found.refusals[f"{pair[1]} stint {stint.stint}"]
    )
    assert found.profiles[0].pace is not None
    assert found.tables()


def test_a_wrong_name_is_answered_with_those_who_ran(dry, pair):
    with pytest.raises(UnknownName, match=pair[1]):
        drivers(dry, pair[0], "XYZ")
    with pytest.raises(InvalidInput, match=f"{pair[0]} cannot be compared with himself") as error:
        drivers(dry, pair[0], pair[0])
    assert "did you mean" not in str(error.value)


def test_the_sectors_sum_to_their_lap(compared):
    parts = [part.value for part in compared.sectors.sectors_s]
    assert sum(parts) == pytest.approx(compared.sectors.lap_s.value, abs=1e-9)


def test_a_driver_whose_only_laps_have_no_time_is_refused(dry, pair):
    laps = dry.race.laps.copy()
    laps.loc[laps["driver"] == pair[1], "lap_time_s"] = np.nan
    with pytest.raises(NotEnoughLaps, match=f"{pair[1]} completed no lap"):
        drivers(with_laps(dry, laps), *pair)


@pytest.mark.real
@pytest.mark.parametrize(
    ("year", "event", "a", "b"),
    [
        (2021, "Belgian", "VER", "RUS"),
        (2022, "Monaco", "PER", "LEC"),
        (2019, "German", "VER", "HAM"),
        (2023, "Dutch", "VER", "PER"),
        (2023, "Australian", "VER", "HAM"),
        (2021, "Hungarian", "HAM", "OCO"),
    ],
)
def test_odd_races_are_answered_or_refused_with_a_reason(tidy, year, event, a, b):
    found = drivers(tidy(year, event), a, b)
    assert found.findings
    json.dumps(found.to_dict(), allow_nan=False)
    for part in ("race_pace", "qualifying", "sectors"):
        assert (getattr(found, part) is None) == (part in found.refusals), part
    if found.race_pace is not None:
        assert -2 < found.race_pace.s_per_lap.value < 2
        assert 0.05 < found.race_pace.s_per_lap.high - found.race_pace.s_per_lap.low < 3
    if found.why:
        total = sum(part.s_per_lap.value for part in found.why)
        assert total == pytest.approx(found.lap_difference_s, abs=1e-9)


@pytest.mark.real
def test_2023_hungary_shows_what_everybody_saw(tidy):
    """Piastri's tyres went away after lap 19; he was as quick as Norris on new ones."""
    found = drivers(tidy(2023, "Hungarian"), "NOR", "PIA")
    assert found.race_pace.s_per_lap.high < -0.1
    wear = next(part for part in found.why if part.name == "own wear")
    assert wear.s_per_lap.high < 0
    assert found.qualifying.gap_s == pytest.approx(-0.211)
    assert sum(found.qualifying.sectors_s) == pytest.approx(-0.211, abs=2e-3)
    assert "NOR was" in found.findings[0]
    assert "quicker than PIA" in found.findings[0]


@pytest.mark.real
def test_no_stint_of_2023_hungary_is_lost(tidy):
    weekend = tidy(2023, "Hungarian")
    found = drivers(weekend, "NOR", "PIA")
    for code in ("NOR", "PIA"):
        own = [stint for stint in found.stints if stint.driver == code]
        driven = sum(stint.last_lap - stint.first_lap + 1 for stint in own)
        assert driven == (weekend.race.laps["driver"] == code).sum()
        for stint in own:
            assert (stint.pace_s is None) == (f"{code} stint {stint.stint}" in found.refusals)
