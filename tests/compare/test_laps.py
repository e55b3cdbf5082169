"""A race as the lap-based calculations want it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from f1lab.compare.laps import pace_priors, race_view, two_drivers
from f1lab.data.demo import generate
from f1lab.errors import InvalidInput, NoData, NotEnoughLaps, UnknownName
from f1lab.racemodel.priors import load_priors


@pytest.fixture(scope="module")
def weekend():
    return generate(3)


@pytest.fixture(scope="module")
def view(weekend):
    return race_view(weekend)


def test_a_race_is_looked_at_once(weekend, view):
    assert race_view(weekend) is view
    assert view.fit is view.fit


def test_rows_follow_the_frame_and_the_dry_ones_are_racing_laps(view):
    frame = view.frame
    assert (view.codes[view.laps.driver] == frame["driver"].to_numpy()).all()
    assert (view.laps.lap == frame["lap"].to_numpy()).all()
    dry = frame.iloc[view.dry]
    assert len(dry) > 200
    assert dry["green"].all()
    assert (dry["lap"] > 1).all()
    assert dry["pit_in_s"].isna().all()
    assert dry["pit_out_s"].isna().all()
    assert set(dry["compound"]) <= {"SOFT", "MEDIUM", "HARD"}
    assert len(view.fit.residual_s) == len(view.dry)


def test_the_gap_behind_is_the_gap_ahead_of_the_car_behind(view):
    laps = view.laps
    same_lap = np.flatnonzero((laps.ahead_start_laps_up == 0) & (laps.gap_start_s < 2))
    assert len(same_lap) > 50
    for row in same_lap[::17]:
        ahead = np.flatnonzero((laps.driver == laps.ahead_start[row]) & (laps.lap == laps.lap[row]))
        if len(ahead):
            assert view.gap_behind_s[ahead[0]] <= laps.gap_start_s[row]


def test_stint_laps_count_from_the_out_lap(view):
    first = view.stint_lap == 1
    assert (view.laps.out_lap | (view.laps.lap == 1))[first & (view.laps.lap > 1)].mean() > 0.9
    assert np.isnan(view.flying_lap[view.laps.lap == 1]).all()


def test_offs_named_by_race_control_are_marked_on_their_lap(weekend, view):
    named = weekend.race.messages["message"].str.contains("OFF TRACK|SPUN").sum()
    assert 0 < view.off.sum() <= named
    for row in np.flatnonzero(view.off):
        code = str(view.codes[view.laps.driver[row]])
        said = weekend.race.messages["message"].str.contains(rf"\({code}\) (?:OFF TRACK|SPUN)")
        assert said.any()


def test_priors_are_the_measured_ones_of_the_circuit():
    priors = pace_priors("Monza")
    assert priors.wear_s_per_lap["HARD"] == load_priors().wear_s_per_lap("HARD", "Monza")
    assert priors.traffic_s == load_priors().dirty_air_s("Monza")


def test_clean_laps_carry_what_is_left_of_them(view):
    table = view.clean_laps()
    taken_off = sum(view.fit.parts_s[name] for name in ("track", "fuel", "tyre", "traffic"))
    assert (table["lap_time_s"] - taken_off).to_numpy() == pytest.approx(table["corrected_s"])
    assert len(table) == len(view.dry)


def test_bad_input_is_answered_with_what_is_there(weekend):
    with pytest.raises(InvalidInput, match=r"f1lab\.load gives one"):
        race_view("2023 Monaco")
    empty = dataclasses.replace(weekend.race, laps=weekend.race.laps.iloc[:0])
    with pytest.raises(NoData, match="has no laps"):
        race_view(dataclasses.replace(weekend, race=empty))
    code = weekend.race.results["driver"].iloc[0]
    with pytest.raises(InvalidInput, match=f"{code} cannot be compared with himself"):
        two_drivers(weekend, code, code.lower())
    with pytest.raises(UnknownName, match="no driver in the"):
        two_drivers(weekend, code, "NOBODY")
    gone = weekend.race.laps[weekend.race.laps["driver"] != code]
    without = dataclasses.replace(weekend, race=dataclasses.replace(weekend.race, laps=gone))
    with pytest.raises(NotEnoughLaps, match=f"{code} completed no lap .* with laps are"):
        two_drivers(without, code, weekend.race.results["driver"].iloc[1])
