"""Pit execution by crew and lane: known truth, real races with times attached, what is not known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lab.autopsy import autopsy
from f1lab.autopsy.blame import Category
from f1lab.autopsy.crew import PitSplit, StopSplit
from f1lab.export import to_text
from f1lab.racemodel import RaceModel
from f1lab.racemodel.laps import race_laps
from tests.autopsy.injection import blocked_lane, slow_stop

ROUNDING_S = 0.05


def with_laps(weekend, laps):
    return replace(weekend, race=replace(weekend.race, laps=laps))


def blinded(weekend, driver=None, lap=None):
    """The weekend without the stationary times of everybody, a driver, or one stop."""
    laps = weekend.race.laps.copy()
    rows = pd.Series(data=True, index=laps.index)
    rows &= True if driver is None else laps["driver"] == driver
    rows &= True if lap is None else laps["lap"] == lap
    laps.loc[rows, "pit_stationary_s"] = np.nan
    return with_laps(weekend, laps)


@pytest.fixture(scope="module")
def examine(demo, demo_model):
    """Autopsy of the demo race, or of it changed."""

    def run(driver, reference="winner", weekend=demo):
        model = demo_model if weekend is demo else RaceModel.of(weekend)
        return autopsy(weekend, driver, reference, model=model, judge_calls=False)

    return run


@pytest.fixture(scope="module")
def slow_one(demo):
    """Who had the slow stop of the demo, and the lap it was made on."""
    who = demo.truth.parameters["slow_stop"]["driver"]
    return who, next(s["lap"] for s in demo.truth.parameters["stops"] if s["driver"] == who)


def parts(report):
    split = report.pit_split
    return split.crew.seconds, split.lane.seconds


def test_crew_and_lane_sum_to_pit_execution_for_everybody(demo, examine):
    references = ("winner", "teammate", "ideal")
    for place, driver in enumerate(demo.race.results["driver"]):
        report = examine(driver, references[place % 3])
        booked = report.blame.categories["pit_execution"]
        assert sum(parts(report)) == pytest.approx(booked.seconds, abs=1e-9)
        for part in (report.pit_split.crew, report.pit_split.lane):
            assert part.low_s <= part.seconds <= part.high_s
            assert part.high_s - part.low_s < 1.0


def test_each_stop_is_what_the_truth_says(demo, examine):
    """But for the norm, which is nobody's, and the tenth the timing gives."""
    true = {(s["driver"], s["lap"]): s for s in demo.truth.parameters["stops"]}
    seen, waited = 0, 0
    for driver in demo.race.results["driver"]:
        split = examine(driver).pit_split
        offset = split.usual_stationary_s - demo.truth.parameters["pit"]["stationary_s"]
        for stop in split.stops:
            if stop.driver != driver:
                continue
            told = true[driver, stop.lap]
            assert stop.crew_s + offset == pytest.approx(told["crew_s"], abs=ROUNDING_S + 0.001)
            assert stop.penalty_s == told["served_s"]
            waited += told["wait_s"] > 0.5
            if told["wait_s"] > 0.5:  # behind the teammate, in the lane and not in the box
                assert stop.lane_s == pytest.approx(told["wait_s"], abs=0.35)
            seen += 1
    assert seen > 30
    assert waited


def test_five_seconds_of_the_crew_go_to_the_crew(demo, examine, slow_one):
    driver, lap = slow_one
    before = parts(examine(driver))
    after = parts(examine(driver, weekend=slow_stop(demo, driver, lap, 5.0)))
    assert after[0] - before[0] == pytest.approx(5.0, abs=0.05)
    assert after[1] - before[1] == pytest.approx(0.0, abs=0.05)


def test_five_seconds_in_the_lane_go_to_the_lane(demo, examine, slow_one):
    driver, lap = slow_one
    before = parts(examine(driver))
    after = parts(examine(driver, weekend=blocked_lane(demo, driver, lap, 5.0)))
    assert after[0] - before[0] == pytest.approx(0.0, abs=0.05)
    assert after[1] - before[1] == pytest.approx(5.0, abs=0.05)


def test_a_penalty_served_at_the_stop_is_an_incident_and_not_the_crew_s(demo, examine):
    penalty = demo.truth.parameters["time_penalty"]
    served = next(s for s in demo.truth.parameters["stops"] if s["served_s"])
    other = demo.race.results["driver"].iloc[1]
    report = examine(penalty["driver"], other)
    stop = next(s for s in report.pit_split.stops if s.penalty_s)
    assert (stop.driver, stop.lap, stop.penalty_s) == (served["driver"], served["lap"], 5.0)
    assert stop.stationary_s > 5.0
    assert abs(stop.crew_s) < 1.0
    told = next(e.text for e in report.evidence["pit_execution"] if "penalty" in e.text)
    assert "5 s of it a penalty; stood" in told
    assert any(
        "time penalty served" in e.text and e.seconds == 5.0 for e in report.evidence["incidents"]
    )


@pytest.mark.parametrize("whose", ["driver", "reference"])
def test_one_stop_without_a_time_and_nothing_is_guessed(demo, examine, slow_one, whose):
    driver, lap = slow_one
    known = examine(driver)
    if whose == "reference":
        driver, lap = known.reference, next(
            s.lap for s in known.pit_split.stops if s.driver == known.reference
        )  # fmt: skip
    report = examine(slow_one[0], weekend=blinded(demo, driver, lap))
    split = report.pit_split
    assert (split.crew, split.lane) == (None, None)
    assert split.unknown == f"the timing does not say how long {driver} stood on lap {lap}."
    assert report.refusals == {"crew and lane": split.unknown}
    assert split.words(report.driver) == ""
    assert report.blame.categories == pytest.approx(known.blame.categories)
    others = {(s.driver, s.lap): s.crew_s for s in split.stops}
    assert others.pop((driver, lap)) is None
    assert None not in others.values()  # each stop that was timed still says what it was
    assert split.unknown in to_text(report)
    assert report.to_frame()["crew_s"].isna().all()


def test_nobody_timed_standing_and_too_few_to_know_the_usual(demo, examine, slow_one):
    driver = slow_one[0]
    report = examine(driver, weekend=blinded(demo))
    assert report.pit_split.unknown == "the timing does not say how long cars stood in their boxes."
    assert not any("stood" in e.text for e in report.evidence["pit_execution"] if e.seconds)
    two = {driver, report.reference}
    laps = demo.race.laps.copy()
    laps.loc[~laps["driver"].isin(two), "pit_stationary_s"] = np.nan
    few = examine(driver, weekend=with_laps(demo, laps)).pit_split
    assert few.unknown == "stops of other cars that were timed standing: 1, needed are 4."
    assert few.usual_stationary_s is None


def test_a_drive_through_has_no_crew(demo, examine):
    """Through the pit lane on the same tyres: the whole visit is an incident."""
    results = demo.race.results["driver"]
    driver = results.iloc[2]
    laps = demo.race.laps.copy()
    own = laps[laps["driver"] == driver].set_index("lap")
    quiet = own["green"] & own["green"].shift(-1, fill_value=False)
    quiet &= own["stint"] == own["stint"].shift(-1)
    lap = int(own.index[quiet & (own.index > 5)][0])
    into = (laps["driver"] == driver) & (laps["lap"] == lap)
    out = (laps["driver"] == driver) & (laps["lap"] == lap + 1)
    laps.loc[into, "pit_in_s"] = own.loc[lap, "time_s"] - 4.0
    laps.loc[out, "pit_out_s"] = own.loc[lap, "time_s"] + 12.0
    report = examine(driver, weekend=with_laps(demo, laps))
    assert lap not in {s.lap for s in report.pit_split.stops if s.driver == driver}
    assert report.pit_split.crew is not None
    assert sum(parts(report)) == pytest.approx(
        report.blame.categories["pit_execution"].seconds, abs=1e-9
    )


def test_it_is_shown_wherever_the_report_is(examine, slow_one):
    report = examine(slow_one[0])
    told = json.loads(json.dumps(report.to_dict(), allow_nan=False))["pit_split"]
    assert told["crew"]["seconds"] == report.pit_split.crew.seconds
    assert (told["unknown"], report.refusals) == ("", {})
    assert told["stops"][0].keys() >= {"driver", "lap", "stationary_s", "crew_s", "lane_s"}
    frame = report.to_frame()
    row = frame.loc["pit_execution"]
    assert row["crew_s"] + row["lane_s"] == pytest.approx(row["seconds"], abs=1e-9)
    assert frame["crew_s"].notna().sum() == 1
    assert len(report.tables()["Stops"]) == len(told["stops"])
    assert "Of it the crew's" in to_text(report)
    stood = next(s for s in report.pit_split.stops if s.crew_s > 3)
    sentence = (
        f"s of it the crew's: {report.driver} stood {stood.stationary_s:.1f} s on lap {stood.lap}"
    )
    assert sentence in report.verdict


def split_of(crew_s, lane_s, *stops):
    made = tuple(
        StopSplit(who, lap, 20.0 + crew, 2.5 + crew, 0.0, crew, crew, 0.0)
        for who, lap, crew in stops
    )
    crew, lane = (Category(s, s - 0.1, s + 0.1) for s in (crew_s, lane_s))
    return PitSplit(crew, lane, "", 20.0, 2.5, made)


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (split_of(3.1, 0.9, ("HAM", 22, 2.9)), "3.1 s of it the crew's: HAM stood 5.4 s on lap 22"),
        (split_of(0.2, 3.0), "3.0 s of it in the lane"),
        (split_of(3.4, -0.3, ("HAM", 9, 3.4)), "3.4 s the crew's: HAM stood 5.9 s on lap 9"),
        (split_of(2.0, 1.5), "2.0 s of it the crew's, 1.5 s of it in the lane"),
        (split_of(-4.0, 0.1, ("NOR", 20, 4.0)), "4.0 s the crew's: NOR stood 6.5 s on lap 20"),
        (split_of(0.6, 0.3), ""),
        (split_of(0.0, 0.0), ""),
    ],
)
def test_words_name_what_made_the_difference(split, words):
    assert split.words("HAM") == words


# ---------------------------------------------------------------------------------------------
# real races, with stationary times put to their stops


def attached(weekend, model):
    """A real race whose cars stood for all of a stop but a steady drive through the lane."""
    laps = weekend.race.laps.copy()
    lane = laps.groupby("driver")["pit_out_s"].shift(-1) - laps["pit_in_s"]
    drive_s = lane[lane < 60].median() - 2.4
    laps["pit_stationary_s"] = (lane - drive_s).clip(lower=1.8).round(1)
    timed = with_laps(weekend, laps)
    return timed, replace(model, laps=race_laps(timed.race, timed.year))


@pytest.mark.real
def test_a_real_race_with_times_attached_is_all_the_crew_s(weekends, race_model):
    plain, bare = weekends(2023, "Bahrain"), race_model(2023, "Bahrain")
    weekend, model = attached(plain, bare)
    told = 0
    for driver in weekend.race.results["driver"][1:10:2]:
        report = autopsy(weekend, driver, model=model, judge_calls=False)
        without = autopsy(plain, driver, model=bare, judge_calls=False)
        booked = report.blame.categories["pit_execution"]
        assert booked == without.blame.categories["pit_execution"]  # the split moves nothing
        assert without.pit_split.crew is None
        assert sum(parts(report)) == pytest.approx(booked.seconds, abs=1e-9)
        for stop in report.pit_split.stops:
            short_s = max(1.8 - (2.4 + stop.excess_s), 0.0)  # the quickest stood 1.8 s
            assert abs(stop.lane_s) <= short_s + 0.2
        told += len(report.pit_split.stops)
    assert told > 15


@pytest.mark.real
def test_minutes_at_a_standstill_under_a_red_flag_are_nobody_s(weekends, race_model):
    weekend, model = attached(weekends(2023, "Australian"), race_model(2023, "Australian"))
    assert (weekend.race.laps["pit_stationary_s"] > 600).sum() > 10
    for driver in weekend.race.results["driver"][1:4]:
        report = autopsy(weekend, driver, model=model, judge_calls=False)
        split = report.pit_split
        assert all(stop.stationary_s < 60 for stop in split.stops)
        assert abs(split.crew.seconds) < 30
        booked = report.blame.categories["pit_execution"]
        assert sum(parts(report)) == pytest.approx(booked.seconds, abs=1e-9)
