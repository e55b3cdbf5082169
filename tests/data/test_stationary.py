"""How long cars stood in their boxes: as recordings tell it, and what is made of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lab.data import source
from f1lab.data._recorded_stops import with_stationary_times
from f1lab.data.demo import generate
from f1lab.data.frames import session_from_fastf1_frames
from f1lab.data.repair import repair


def entry(lap, stood, lane="22.0", **more):
    """One stop as Formula 1 publishes it: every figure is text."""
    stop = {"RacingNumber": "4", "Lap": str(lap), "PitStopTime": stood, "PitLaneTime": lane}
    return {"Timestamp": "2024-11-30T14:20:00Z", "PitStop": stop | more}


def fastf1_laps(visits, n_laps=30, number="4"):
    """Laps of one car that was in the pit lane at the end of some, so many seconds."""
    lap = np.arange(1.0, n_laps + 1)
    end = pd.to_timedelta(100.0 * lap, unit="s")
    frame = pd.DataFrame({"DriverNumber": number, "LapNumber": lap, "Time": end})
    into = frame["LapNumber"].isin(list(visits))
    frame["PitInTime"] = frame["Time"].where(into) - pd.Timedelta(4, "s")
    lane = pd.to_timedelta(frame["LapNumber"].map(visits), unit="s")
    frame["PitOutTime"] = (frame["PitInTime"] + lane).shift(1)
    return frame


def stood(laps, *payloads):
    found = with_stationary_times(laps, [{"PitTimes": told} for told in payloads])
    known = found.dropna(subset="PitStationaryTime")
    return dict(zip(known["LapNumber"].astype(int), known["PitStationaryTime"], strict=True))


def test_the_whole_series_and_its_updates_say_the_same():
    laps = fastf1_laps({10: 22.0, 20: 24.0})
    whole = {"4": [entry(10, "2.4"), entry(20, "4.4", "24.0")]}
    updates = [{"4": {"0": entry(10, "2.4")}}, {"4": {"1": entry(20, "4.4", "24.0")}}]
    assert stood(laps, whole) == stood(laps, *updates) == {10: 2.4, 20: 4.4}


def test_a_later_update_corrects_an_earlier_one():
    laps = fastf1_laps({10: 22.0})
    assert stood(laps, {"4": [entry(10, "2.9")]}, {"4": {"0": {"PitStop": {"PitStopTime": "2.4"}}}}) == {
        10: 2.4
    }  # fmt: skip


def test_times_of_minutes_are_read():
    laps = fastf1_laps({10: 1300.0})
    assert stood(laps, {"4": [entry(10, "21:05.5", "21:40.0")]}) == {10: 1265.5}


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"4": []},
        {"4": "x"},
        {"4": ["x", None]},
        {"4": [entry(10, "")]},
        {"4": [entry(10, None)]},
        {"4": [entry("", "2.4")]},
        {"81": [entry(10, "2.4", RacingNumber="81")]},
        {"4": [entry(14, "2.4")]},
        None,
    ],
)
def test_what_says_nothing_of_a_stop_is_left_out(told):
    assert stood(fastf1_laps({10: 22.0}), told) == {}


def test_the_time_in_the_lane_tells_visits_on_neighbouring_laps_apart():
    laps = fastf1_laps({10: 16.0, 11: 24.0})  # a drive-through, then a stop
    assert stood(laps, {"4": [entry(10, "4.2", "24.0")]}) == {11: 4.2}
    assert stood(laps, {"4": [entry(10, "4.2", "")]}) == {10: 4.2}


@pytest.mark.real
def test_a_recording_with_the_topic_has_the_times_and_one_without_has_none(
    livetiming_folder, tmp_path, monkeypatch
):
    """The recordings at hand lack the topic, so its lines are put into one as they would stand."""
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    recording = livetiming_folder / "2024_qatar_gp_sprint.txt"
    bare = source.load(2024, "Qatar", recording=recording).race
    assert bare.laps["pit_stationary_s"].isna().all()
    visits = bare.laps[bare.laps["pit_in_s"].notna()]
    number = bare.results.set_index("driver")["number"]
    told = {}
    for place, (driver, lap) in enumerate(zip(visits["driver"], visits["lap"], strict=True)):
        update = {
            number[driver]: {
                "0": entry(lap, f"{2.1 + place / 10:.1f}", "", RacingNumber=number[driver])
            }
        }
        told[driver, lap] = 2.1 + place / 10, update
    assert told
    stamp = "2024-11-30T14:40:00.000Z"
    lines = [
        json.dumps(["PitStopSeries", {"PitTimes": update}, stamp]) for _, update in told.values()
    ]
    with_topic = tmp_path / "sprint.txt"
    with_topic.write_text(
        recording.read_text(encoding="utf-8").rstrip() + "\n" + "\n".join(lines) + "\n"
    )
    race = source.load(2024, "Qatar", recording=with_topic).race
    known = race.laps.dropna(subset="pit_stationary_s").set_index(["driver", "lap"])
    assert known["pit_stationary_s"].to_dict() == pytest.approx(
        {key: seconds for key, (seconds, _) in told.items()}
    )
    pd.testing.assert_frame_equal(
        race.laps.drop(columns="pit_stationary_s"), bare.laps.drop(columns="pit_stationary_s")
    )


def test_a_time_that_cannot_be_is_left_out_and_said(demo_race):
    laps = demo_race.laps.copy()
    came_in = laps.index[laps["pit_in_s"].notna() & laps["pit_stationary_s"].notna()]
    lane = laps["pit_out_s"].shift(-1)[came_in[0]] - laps.loc[came_in[0], "pit_in_s"]
    laps.loc[came_in[0], "pit_stationary_s"] = lane + 1
    laps.loc[came_in[1], "pit_stationary_s"] = 0.0
    laps.loc[came_in[2] + 3, "pit_stationary_s"] = 2.5
    repaired, issues = repair(replace(demo_race, laps=laps))
    found = {issue.kind: issue.count for issue in issues if issue.kind.startswith("stationary")}
    assert found == {"stationary_impossible": 2, "stationary_without_stop": 1}
    assert repaired.laps.loc[came_in[:2], "pit_stationary_s"].isna().all()
    kept = came_in[2:]
    assert (
        repaired.laps.loc[kept, "pit_stationary_s"].tolist()
        == laps.loc[kept, "pit_stationary_s"].tolist()
    )


def test_the_demo_s_times_are_the_truth_to_the_tenth(demo_weekend):
    truth = demo_weekend.truth.parameters
    laps = demo_weekend.race.laps.set_index(["driver", "lap"])["pit_stationary_s"]
    for stop in truth["stops"]:
        true = truth["pit"]["stationary_s"] + stop["crew_s"] + stop["served_s"]
        assert laps[stop["driver"], stop["lap"]] == pytest.approx(true, abs=0.0501)
        assert stop["excess_s"] == pytest.approx(stop["crew_s"] + stop["wait_s"])
    assert laps.notna().sum() == len(truth["stops"])


def test_sources_that_know_nothing_say_nothing():
    laps = fastf1_laps({10: 22.0}).assign(
        Driver="AAA", Team="Team", Compound="HARD", TyreLife=range(1, 31), LapTime=pd.Timedelta(100, "s"),
        LapStartTime=pd.to_timedelta(100.0 * np.arange(30), unit="s"),
    )  # fmt: skip
    session, _ = session_from_fastf1_frames(laps, kind="R", name="Race")
    assert session.laps["pit_in_s"].notna().sum() == 1
    assert session.laps["pit_stationary_s"].dtype == float
    assert session.laps["pit_stationary_s"].isna().all()


def test_what_was_cached_before_there_were_such_times_is_made_anew(demo_weekend, monkeypatch):
    laps = demo_weekend.race.laps.drop(columns="pit_stationary_s")
    old = replace(demo_weekend, race=replace(demo_weekend.race, laps=laps))
    monkeypatch.setattr("f1lab.data.demo.generate", lambda _seed: old)
    with monkeypatch.context() as before:
        before.setattr(source, "SCHEMA_VERSION", 3)
        assert "pit_stationary_s" not in source.load_demo().race.laps
    monkeypatch.setattr("f1lab.data.demo.generate", lambda _seed: demo_weekend)
    assert source.load_demo().race.laps["pit_stationary_s"].notna().any()


@pytest.fixture(scope="module")
def demo_weekend():
    return generate(0)


@pytest.fixture
def demo_race(demo_weekend):
    return demo_weekend.race
