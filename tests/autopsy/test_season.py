"""A season's blame is the sum of its races, and one bad race does not stop the others."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

import f1lab
from f1lab.autopsy import autopsy
from f1lab.autopsy.season import SEASON_CATEGORIES, season_blame
from f1lab.errors import InvalidInput, NoData, UnknownName

#: The winner, two who retired, and some of those between.
DRIVERS = ["WEX", "BMR", "UUR", "YRB", "MST", "QFE"]
SECONDS = [f"{name}_s" for name in SEASON_CATEGORIES]


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def weekend(own_cache):  # noqa: ARG001  (the cache has to be there first)
    return f1lab.load_demo()


@pytest.fixture(scope="module")
def pair(weekend):
    """The demo twice under two names: every median is a mean of two equal races."""
    return [weekend, dataclasses.replace(weekend, event="Second Grand Prix", round=2)]


@pytest.fixture(scope="module")
def season(pair):
    return season_blame(pair, drivers=DRIVERS)


def test_every_race_adds_up_to_its_gap(season):
    rest = season.frame[SECONDS].sum(axis=1) - season.frame["gap_s"]
    assert rest.abs().max() < 1e-3


def test_the_seconds_are_those_of_the_autopsy(season, weekend):
    report = autopsy(weekend, "UUR", judge_calls=False)
    row = season.frame.query("driver == 'UUR'").iloc[0]
    for name, category in report.blame.categories.items():
        assert row[f"{name}_s"] == pytest.approx(category.seconds, abs=1e-9)
        assert row[f"{name}_low_s"] == pytest.approx(category.low_s, abs=1e-9)
    assert season.per_race["UUR"]["gap"].value == pytest.approx(report.gap_s)


def test_totals_sum_the_races_and_two_races_are_known_better_than_one_twice(season):
    for code, own in season.frame[season.frame["to_the_end"]].groupby("driver"):
        for name in SEASON_CATEGORIES:
            total, median = season.total[code][name], season.per_race[code][name]
            assert total.value == pytest.approx(own[f"{name}_s"].sum())
            assert median.value == pytest.approx(own[f"{name}_s"].median())
            one = own[f"{name}_high_s"].iloc[0] - own[f"{name}_low_s"].iloc[0]
            assert total.low <= total.value <= total.high
            assert total.high - total.low == pytest.approx(np.sqrt(2) * one, rel=0.12, abs=0.02)


def test_a_race_cut_short_is_listed_and_not_counted(season):
    short = season.frame[~season.frame["to_the_end"]]
    assert set(short["driver"]) == {"MST", "QFE"}
    assert not {"MST", "QFE"} & set(season.per_race)
    assert "to the end" in season.refusals["MST"]


def test_the_winner_is_left_out_of_the_races_medians(season):
    kinds = season.frame.set_index(["race", "driver"])["reference_kind"]
    assert (kinds.xs("WEX", level="driver") == "runner-up").all()
    behind = season.frame[season.frame["to_the_end"] & (season.frame["driver"] != "WEX")]
    expected = behind.groupby("race", sort=False)["car_pace_s"].median()
    assert season.by_race()["car_pace_s"].tolist() == pytest.approx(expected.tolist())


def test_it_tells_itself_and_is_ready_for_json(season):
    plain = json.loads(json.dumps(season.to_dict()))
    assert plain["kind"] == "season_blame"
    assert set(plain["per_race_s"]) == set(season.drivers)
    assert len(plain["race_by_race"]) == len(season.frame)
    assert next(iter(season.tables())) == "Seconds a race, median"
    assert season.to_frame()["driver"].tolist() == list(season.drivers)
    assert "2 races" in season.findings[0]
    assert "\n" not in repr(season)


def test_two_processes_find_the_same(pair, season):
    other = season_blame(pair, n_jobs=2, drivers=["uur", "MST"])
    assert set(other.frame["driver"]) == {"UUR", "MST"}
    mine = season.frame[season.frame["driver"].isin(["UUR", "MST"])].reset_index(drop=True)
    assert mine.sort_values(["race", "driver"])["car_pace_s"].tolist() == pytest.approx(
        other.frame.sort_values(["race", "driver"])["car_pace_s"].tolist()
    )


def test_one_bad_race_does_not_stop_the_others(pair):
    race = pair[1].race
    empty = dataclasses.replace(pair[1], race=dataclasses.replace(race, laps=race.laps.iloc[:0]))
    found = season_blame([pair[0], empty], drivers=["UUR"])
    assert len(found.races) == 1
    assert "completed a lap" in found.refusals["2024 Second Grand Prix: UUR"]


def test_progress_counts_the_races(pair):
    told = []
    season_blame(pair, drivers=["UUR"], progress=lambda *step: told.append(step))
    assert [(done, total) for _, done, total in told] == [(0, 2), (1, 2), (2, 2)]
    assert "Second Grand Prix" in told[2][0]


@pytest.mark.parametrize(
    ("given", "options", "error", "words"),
    [
        ("2023", {}, InvalidInput, "a year such as 2023"),
        (True, {}, InvalidInput, "a year such as 2023"),
        ([], {}, NoData, "without a race"),
        (None, {"reference": "ZZZ"}, UnknownName, "reference"),
        (None, {"drivers": ["ZZZ"]}, UnknownName, "driver of this season"),
        (None, {"drivers": []}, InvalidInput, "at least one driver"),
        (None, {"n_jobs": 0}, InvalidInput, "n_jobs"),
        (None, {"drivers": ["UUR"], "reference": "UUR"}, NoData, "no race could be taken apart"),
    ],
)
def test_what_makes_no_season_is_one_sentence(weekend, given, options, error, words):
    with pytest.raises(error, match=words):
        season_blame([weekend] if given is None else given, **options)


def test_the_same_weekend_twice_is_refused(weekend):
    with pytest.raises(InvalidInput, match="there twice"):
        season_blame([weekend, weekend])


def test_a_year_without_a_race_at_hand_says_what_to_do(tmp_path):
    with pytest.raises(f1lab.F1LabError, match="2024"):
        season_blame(2024, offline=True, fastf1_cache=tmp_path)


@pytest.mark.real
def test_a_race_with_red_flags_is_taken_apart_and_who_is_missing_is_named(weekends):
    found = season_blame([weekends(2023, "Australia")], drivers=["VER", "HAM", "LEC"])
    rest = found.frame[SECONDS].sum(axis=1) - found.frame["gap_s"]
    assert rest.abs().max() < 1e-3
    assert set(found.frame["driver"]) == {"VER", "HAM"}
    assert "2023 Australian Grand Prix: LEC" in found.refusals
