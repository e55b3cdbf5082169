"""A whole backtest on real races: nothing leaks, and the report says what was found."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from f1lab.backtest import BacktestReport, FutureData, backtest
from f1lab.backtest.learn import learn
from f1lab.backtest.tables import groups, score_table, summary, targets_table
from f1lab.data.tidy import tidy_races
from f1lab.engine.calibrate_seen import PastRace
from f1lab.engine.field import from_weekend
from f1lab.errors import InvalidInput, NoData, UnknownName

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def seasons(tidy_folder, past_race):
    """Every other race of 2018 to 2021, in order; qualifying from 2021 on."""
    known = [race for race in tidy_races(tidy_folder) if race[0] <= 2021]
    return [past_race(year, number).weekend for year, number, _ in known[::2]]


@pytest.fixture(scope="module")
def report(seasons):
    told = []
    found = backtest(seasons[:-2], seasons[-2:], n=200, progress=lambda *what: told.append(what))
    assert [text for text, _, _ in told][-2:] == [f"{w.year} {w.event}" for w in seasons[-2:]]
    return found


def test_the_report_names_what_it_learned_from_and_what_it_forecast(report, seasons):
    assert report.train == tuple(f"{w.year} {w.event}" for w in seasons[:-2])
    assert report.test == tuple(f"{w.year} {w.event}" for w in seasons[-2:])
    assert (report.protocol, report.n, report.seed) == ("pre-race", 200, 0)
    assert (report.first_day, report.last_day) == tuple(w.race.date for w in seasons[-2:])
    assert report.left_out == {}


def test_every_figure_asked_for_is_there_beside_its_baseline(report):
    names = {(s.group, s.name) for s in report.scores}
    for group in ("all starters", "classified finishers"):
        assert {
            (group, name)
            for name in (
                "place error",
                "Spearman",
                "exact place",
                "within one place",
                "Brier, win",
                "Brier, podium",
                "Brier, points",
                "ranked probability score",
            )
        } <= names
    assert {g for g, _ in names} >= {"laps", "stops", "overtakes", "safety cars"}
    for score in report.scores:
        assert np.isfinite([score.pooled_model, score.pooled_reference]).all(), score.name
        assert score.cases > 0


def test_a_report_survives_json(report):
    again = BacktestReport.from_dict(json.loads(json.dumps(report.to_dict(), allow_nan=False)))
    assert again.to_dict() == report.to_dict()
    assert repr(again) == repr(report)


def test_the_tables_say_the_same(report):
    assert groups(report) == list(dict.fromkeys(report.to_frame()["group"]))
    table = score_table(report, "all starters")
    error = report.score("all starters", "place error")
    assert table["model"][0].startswith(f"{error.model:.3f} ± ")
    assert table["baseline"][0] == f"{error.reference:.3f} (grid slot)"
    targets = targets_table(report)
    assert ("met" if error.met else "missed") == targets[""][0]
    assert "2 races" in summary(report)
    assert report.races_frame()["race"].tolist() == list(report.test)


def test_an_unknown_score_names_the_known_ones(report):
    with pytest.raises(UnknownName, match="all starters: place error"):
        report.score("all starters", "place eror")


def test_reliability_holds_every_starter(report):
    starters = int(report.races_frame()["starters"].sum())
    frame = report.reliability_frame("all starters", "points")
    assert frame["forecasts"].sum() == starters
    assert len(frame) == 10


def test_the_same_seed_gives_the_same_report(seasons):
    one, other = (backtest(seasons[:12], seasons[-1:], n=200) for _ in range(2))
    assert one.to_dict() == other.to_dict()


def test_a_later_race_in_the_training_data_is_refused(seasons):
    with pytest.raises(FutureData, match=r"is not before"):
        backtest([*seasons[:12], seasons[-1]], [seasons[-2]], n=10)
    with pytest.raises(FutureData, match=r"is not before"):
        backtest(seasons[:12], [seasons[11]], n=10)


def test_shuffled_days_are_refused(seasons):
    days = [w.race.date for w in seasons[:13]]
    assert all(days[10:])
    swapped = [*days[:10], days[12], *days[11:12], days[10]]
    shuffled = [
        dataclasses.replace(w, race=dataclasses.replace(w.race, date=day))
        for w, day in zip(seasons[:13], swapped, strict=True)
    ]
    with pytest.raises(FutureData):
        backtest(shuffled[:12], [shuffled[12]], n=10)


def test_the_field_refuses_a_history_from_the_future(seasons):
    race, later = seasons[-2], seasons[-1]
    with pytest.raises(InvalidInput):
        from_weekend(race, "pre-race", history=PastRace.of(later).records)
    with pytest.raises(InvalidInput):
        from_weekend(race, "pre-race", history=PastRace.of(race).records)


def test_the_pre_race_field_is_blind_to_the_race(seasons):
    race = seasons[-2]
    results = race.race.results.assign(
        finish=race.race.results["finish"].to_numpy()[::-1],
        status="Retired",
        classified=False,
        points=0.0,
        laps=1.0,
    )
    empty = {
        name: getattr(race.race, name).iloc[:0]
        for name in ("laps", "weather", "messages", "track_status")
    }
    blind = dataclasses.replace(
        race, race=dataclasses.replace(race.race, results=results, total_laps=7, **empty)
    )
    learned = learn(seasons[:12], lambda *_: None)
    options = {
        "history": learned.records,
        "priors": learned.priors,
        "engine_priors": learned.engine_priors,
        "n_draws": 20,
    }
    seen, unseen = (from_weekend(w, "pre-race", **options) for w in (race, blind))
    assert seen.n_laps == unseen.n_laps
    for part in ("model", "policies", "hazards", "retirements", "state", "pit", "start", "passing"):
        for name, value in vars(getattr(seen, part)).items():
            other = getattr(getattr(unseen, part), name)
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(value, other, err_msg=f"{part}.{name}")
            elif isinstance(value, int | float | str):
                assert value == other or np.isnan(value), f"{part}.{name}"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"protocol": "afterwards"}, InvalidInput, "pre-race or hindsight"),
        ({"n": 0}, InvalidInput, "at least 1"),
        ({"n": True}, InvalidInput, "at least 1"),
        ({"test": []}, NoData, "one list is empty"),
        ({"train": []}, NoData, "one list is empty"),
    ],
)
def test_bad_input_is_refused_before_anything_is_run(seasons, options, error, message):
    asked = {"train": seasons[:12], "test": seasons[-1:], **options}
    with pytest.raises(error, match=message):
        backtest(**asked)


def test_a_race_that_cannot_be_forecast_is_left_out_by_name(seasons):
    nobody = seasons[-1].race.results.assign(grid=np.nan, pit_lane_start=False)
    race = dataclasses.replace(seasons[-1].race, results=nobody)
    broken = dataclasses.replace(seasons[-1], race=race)
    found = backtest(
        seasons[:12], [seasons[-2], broken], n=20, missing=["2021 Somewhere Grand Prix"]
    )
    assert found.test == (f"{seasons[-2].year} {seasons[-2].event}",)
    name = f"{broken.year} {broken.event}"
    assert set(found.left_out) == {name, "2021 Somewhere Grand Prix"}
    assert "grid" in found.left_out[name]


def test_frames_are_frames(report):
    assert isinstance(report.to_frame(), pd.DataFrame)
    assert len(report.to_frame()) == len(report.scores)
