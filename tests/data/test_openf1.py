"""OpenF1, spoken by a server on this machine: the same races, and every way a server fails."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import f1lab
from f1lab.autopsy import autopsy
from f1lab.data import cache, openf1_client, source
from f1lab.data._aligned import aligned
from f1lab.data._carried import carried_clock
from f1lab.data._log import RepairLog
from f1lab.data.openf1_client import OpenF1Client
from f1lab.data.openf1_clock import crossings
from f1lab.data.openf1_fields import ENDPOINTS, frame_of
from f1lab.data.openf1_flags import deleted_laps, ended_at_a_change, status_changes
from f1lab.data.openf1_tyres import stints_at_visits, with_kept_sets, with_tyres
from f1lab.data.openf1_visits import race_visits
from f1lab.data.refusals import NotServed, RateLimited, TooMuch
from f1lab.data.schema import LAP_COLUMNS
from f1lab.errors import NoData, SourceError, UnknownName
from f1lab.racemodel import RaceModel

#: Every request of a weekend, in order.
WEEKEND = ["meetings", "sessions"]
RACE = [
    *("drivers", "laps", "stints", "pit", "race_control", "weather", "session_result"),
    *("intervals", "starting_grid"),
]
QUALIFYING = RACE[:7]


def differences(ours, theirs, fitted):
    """Seconds by which the autopsies of every driver differ between the sources, by category."""
    model, rows = RaceModel.of(ours), {}
    for driver in sorted(set(theirs.race.laps["driver"])):
        left, right = (
            autopsy(one, driver, model=own, judge_calls=False).to_frame().set_index("label")
            for one, own in ((ours, model), (theirs, fitted))
        )
        rows[driver] = left["seconds"] - right["seconds"]
    return pd.DataFrame(rows).T


@pytest.fixture
def both_sources(server, weekends, race_model):  # noqa: ARG001  (OpenF1 is asked there)
    """A race of 2023 from FastF1 and from OpenF1, and by how much all its drivers differ."""

    def read(event):
        theirs, ours = weekends(2023, event), f1lab.load(2023, event, "openf1")
        off = differences(ours, theirs, race_model(2023, event))
        assert len(off) == ours.race.laps["driver"].nunique() >= 19
        return theirs, ours, off

    return read


def unlike(ours, theirs, *names):
    """Driver and lap of those that differ between the sources in one of these columns."""
    both = theirs.race.laps.merge(
        ours.race.laps, on=["driver", "lap"], how="outer", suffixes=("_f", "_o"), validate="1:1"
    )
    other = [both[f"{name}_f"] != both[f"{name}_o"] for name in names]
    return {tuple(row) for row in both.loc[np.any(other, axis=0), ["driver", "lap"]].to_numpy()}


FLAGS = ("green", "yellow", "sc", "vsc", "red")
TYRES = ("compound", "tyre_age_laps", "stint")


# -- the same races --------------------------------------------------------------------------------


@pytest.mark.real
def test_a_dry_race_is_the_same_from_either_source(server, weekends, race_model, assert_sound):
    theirs = weekends(2023, "Abu Dhabi")
    ours = f1lab.load(2023, "Abu Dhabi", "openf1")
    assert server.endpoints() == [*WEEKEND, *RACE, *QUALIFYING]
    assert ours.source == "openf1"
    assert (ours.round, ours.event, ours.circuit) == (22, theirs.event, theirs.circuit)
    assert_sound(ours.race)
    assert_sound(ours.qualifying)
    assert unlike(ours, theirs, *FLAGS, *TYRES, "position") == set()
    both = theirs.race.laps.merge(ours.race.laps, on=["driver", "lap"], suffixes=("_f", "_o"))
    assert len(both) == len(theirs.race.laps) == len(ours.race.laps)
    late = both["time_s_o"] - both["time_s_f"]
    assert (late - late.median()).abs().max() < 1e-6  # of every car
    same = ["finish", "grid", "classified", "laps", "points", "team", "number"]
    results = [one.race.results.set_index("driver")[same].sort_index() for one in (theirs, ours)]
    pd.testing.assert_frame_equal(*results)
    best = [one.qualifying.results.set_index("driver") for one in (theirs, ours)]
    pd.testing.assert_series_equal(*(one["q1_s"].sort_index() for one in best))
    off = differences(ours, theirs, race_model(2023, "Abu Dhabi"))
    assert len(off) == 20
    assert off.abs().to_numpy().max() < 0.2


@pytest.mark.real
def test_a_race_begun_behind_the_safety_car_with_five_in_the_garage_is_the_same(both_sources):
    theirs, ours, off = both_sources("Japan")
    assert unlike(ours, theirs, *FLAGS, *TYRES, "position") == set()
    both = theirs.race.laps.merge(ours.race.laps, on=["driver", "lap"], suffixes=("_f", "_o"))
    late = both["time_s_o"] - both["time_s_f"]
    away = both[(late - late.median()).abs() > 1e-6]  # he was parked for forty minutes meanwhile
    assert {*zip(away["driver"], away["lap"], strict=True)} == {("PER", n) for n in (13, 14, 15)}
    retired = next(issue for issue in ours.quality if issue.kind == "retired_in_pits")
    assert retired.count == 5
    assert (both["pit_in_s_f"].notna() == both["pit_in_s_o"].notna()).all()
    assert off.abs().to_numpy().max() < 0.2


@pytest.mark.real
def test_a_wet_race_is_the_same_but_for_flags_that_change_at_a_crossing(both_sources):
    theirs, ours, off = both_sources("Monaco")
    assert unlike(ours, theirs, *TYRES, "position", "sc", "vsc", "red") == set()
    assert unlike(ours, theirs, "yellow") == {("HAM", 59)}
    told = next(issue for issue in ours.quality if issue.kind == "flag_at_crossing")
    assert told.count <= 12
    assert "HAM" in told.where
    over = off[(off.abs() >= 0.2).any(axis=1)]
    assert set(over.index) == {"HAM", "PER"}  # PER, who raced HAM
    assert over.abs().to_numpy().max() < 0.7


@pytest.mark.real
def test_a_restart_after_a_red_flag_is_the_same(both_sources):
    theirs, ours, off = both_sources("Mexico City")
    assert unlike(ours, theirs, *FLAGS, *TYRES, "position") == set()
    both = theirs.race.laps.merge(ours.race.laps, on=["driver", "lap"], suffixes=("_f", "_o"))
    late = both["time_s_o"] - both["time_s_f"]
    assert ((late - late.median()).abs() > 2e-3).sum() == 1  # of 1280, on the lap out of the lane
    assert off.abs().to_numpy().max() < 0.2


@pytest.mark.real
def test_a_race_with_four_in_the_pit_lane_at_the_start_is_the_same(both_sources):
    theirs, ours, off = both_sources("United States")
    assert unlike(ours, theirs, *FLAGS, *TYRES, "position") == set()
    grid = [one.race.results.set_index("driver")["grid"].sort_index() for one in (theirs, ours)]
    pd.testing.assert_series_equal(*grid)
    assert grid[0][["MAG", "HUL", "ALO", "STR"]].tolist() == [17.0, 18.0, 19.0, 20.0]
    assert off.abs().to_numpy().max() < 0.2


@pytest.mark.real
def test_a_race_of_penalties_is_the_same(both_sources):
    theirs, ours, off = both_sources("Bahrain")
    assert unlike(ours, theirs, *FLAGS, *TYRES) == set()
    assert off.abs().to_numpy().max() < 0.2
    kept = next(issue for issue in ours.quality if issue.kind == "tyres_kept")
    assert (kept.count, kept.where) == (1, "Race: OCO 16")  # he served a penalty


@pytest.mark.real
@pytest.mark.usefixtures("server")
def test_cars_led_through_the_pit_lane_keep_their_tyres(weekends):
    theirs = weekends(2023, "Austria").race.laps
    ours = f1lab.load_session(2023, "Austria", "R", "openf1").laps
    both = theirs.merge(ours, on=["driver", "lap"], suffixes=("_f", "_o"))
    assert len(both) == len(theirs)
    assert (both["tyre_age_laps_f"] == both["tyre_age_laps_o"]).all()


@pytest.mark.real
def test_a_race_of_three_red_flags_is_the_same_but_for_who_left_the_pit_lane_first(
    both_sources, assert_sound
):
    theirs, ours, off = both_sources("Australia")
    assert_sound(ours.race)
    both = theirs.race.laps.merge(ours.race.laps, on=["driver", "lap"], suffixes=("_f", "_o"))
    assert len(both) == len(theirs.race.laps) == len(ours.race.laps)
    for name in ("red", "vsc", "yellow", "compound"):
        assert (both[f"{name}_f"] == both[f"{name}_o"]).mean() > 0.99, name
    late = both["time_s_o"] - both["time_s_f"]
    away = (late - late.median()).abs()
    assert away.max() < 0.11
    assert (away > 2e-3).mean() < 0.06  # the laps around the red flags
    waited = both[both["pit_in_s_f"].notna()]
    assert waited["pit_in_s_o"].notna().all()
    assert both["pit_in_s_o"].notna().sum() == len(waited)
    entry = waited["pit_in_s_o"] - waited["pit_in_s_f"] - late.median()
    assert entry.abs().max() < 60.0  # though they stood there for half an hour
    assert unlike(ours, theirs, "tyre_age_laps") == {("GAS", 56), ("HUL", 58)}
    over = off[(off.abs() >= 0.2).any(axis=1)]
    assert set(over.index) == {"PER", "BOT"}  # from the pit lane, of which OpenF1 knows no order
    assert over.abs().to_numpy().max() < 0.7


# -- asked for once --------------------------------------------------------------------------------


@pytest.mark.real
def test_each_thing_is_asked_for_once_ever_and_then_offline(server, monkeypatch):
    first = f1lab.load_session(2023, "Abu Dhabi", "R", "openf1")
    asked = len(server.asked)
    assert asked == len(WEEKEND) + len(RACE)
    cache.invalidate("f1/session/*")  # what was made of the answers is gone, the answers are not
    later = SimpleNamespace(time=lambda: time.time() + 400 * 86400, sleep=time.sleep)
    for module in (cache, openf1_client):
        monkeypatch.setattr(module, "time", later)
    again = f1lab.load_session(2023, 22, "r", "openf1")
    assert len(server.asked) == asked
    cache.invalidate("f1/session/*")
    monkeypatch.setenv("F1LAB_OPENF1_URL", "http://127.0.0.1:9/v1")
    offline = f1lab.load_session(2023, 22, "R", "openf1", offline=True)
    for one in (again, offline):
        pd.testing.assert_frame_equal(one.laps, first.laps)
    with pytest.raises(SourceError, match=r"no answer of OpenF1's to drivers.*offline mode is on"):
        f1lab.load_session(2023, "Monaco", "R", "openf1", offline=True)


@pytest.mark.real
def test_a_load_that_was_cut_goes_on_where_it_was(server):
    server.faults["race_control"] = [(500,)] * 5
    with pytest.raises(SourceError, match=r"did not give race_control: it answers 500.*goes on"):
        f1lab.load_session(2023, "Abu Dhabi", "R", "openf1")
    assert not cache.keys("f1/session/*")
    before = len(server.asked)
    f1lab.load_session(2023, "Abu Dhabi", "R", "openf1")
    assert server.endpoints()[before:] == RACE[4:]


@pytest.mark.real
def test_refresh_asks_again(server):
    f1lab.load_session(2023, "Abu Dhabi", "Q", "openf1")
    before = len(server.asked)
    f1lab.load_session(2023, "Abu Dhabi", "Q", "openf1", refresh=True)
    assert server.endpoints()[before:] == QUALIFYING


def test_answers_hold_for_good_a_week_after_the_session_unless_they_are_empty():
    start = time.time() - 30 * 86400
    alive_s = cache.for_good(start)
    assert alive_s(start + 8 * 86400, [1]) == float("inf")
    assert alive_s(start + 8 * 86400, []) == 7 * 86400
    assert alive_s(start + 3600, [1]) == 7 * 86400
    assert cache.for_good(time.time())(time.time(), [1]) == 300.0
    assert cache.for_good(None)(time.time(), [1]) == float("inf")


# -- every way a server fails ----------------------------------------------------------------------


@pytest.fixture
def client(server, tmp_path):
    return OpenF1Client(server.url, tmp_path, per_minute=1_000_000)


@pytest.fixture
def query(season):
    season.session(22, "Race")
    return {"session_key": next(key for key in season.known if key // 10 == 100_000 + 2200)}


@pytest.mark.real
@pytest.mark.parametrize("fault", [(500,), (503,), (408,), ("cut",)])
def test_a_passing_fault_passes(client, server, query, fault):
    server.faults["drivers"] = [fault, fault]
    assert len(client.rows("drivers", query)) == 20
    assert server.endpoints() == ["drivers"] * 3


@pytest.mark.real
def test_too_many_requests_waits_as_long_as_it_was_told(client, server, query):
    server.faults["drivers"] = [(429, ("Retry-After", "1"))]
    begun = time.monotonic()
    assert client.rows("drivers", query)
    assert time.monotonic() - begun >= 1.0
    turns = json.loads((client.folder / "locks" / "openf1-turns.json").read_text())
    assert turns["not_before"] > 0  # the other processes wait, too


@pytest.mark.real
def test_who_is_told_to_wait_for_an_hour_does_not(client, server, query):
    server.faults["drivers"] = [(429, ("Retry-After", "3600"))]
    with pytest.raises(RateLimited, match=r"no more requests for 3600 s \(429\).*kept"):
        client.rows("drivers", query)
    with pytest.raises(RateLimited, match="no more requests for now"):
        client.rows("drivers", query)  # nor does the next one ask
    assert server.endpoints() == ["drivers"]


@pytest.mark.real
def test_a_slow_answer_is_given_up(client, server, query, monkeypatch):
    monkeypatch.setattr(openf1_client, "_TIMEOUT_S", 0.2)
    server.faults["drivers"] = [("slow", 1.0)]
    assert len(client.rows("drivers", query)) == 20
    assert server.endpoints() == ["drivers"] * 2


@pytest.mark.real
@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (401, SourceError, "while a session is on it serves only paying accounts"),
        (404, NotServed, "has no endpoint drivers"),
        (418, NotServed, "answers 418"),
        (422, TooMuch, "too much at once"),
    ],
)
def test_what_is_wrong_for_good_is_asked_once(client, server, query, status, error, says):
    server.faults["drivers"] = [(status,)]
    with pytest.raises(error, match=says):
        client.rows("drivers", query)
    assert len(server.asked) == 1


def test_without_a_network_two_attempts_are_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(openf1_client, "_FIRST_WAIT_S", 0.0)
    client = OpenF1Client("http://127.0.0.1:9/v1", tmp_path)
    with pytest.raises(SourceError, match="no connection"):
        client.rows("drivers", {})
    assert len(json.loads((tmp_path / "locks" / "openf1-turns.json").read_text())["asked"]) == 2


@pytest.mark.real
def test_an_empty_answer_is_no_rows(client, query):
    assert client.rows("starting_grid", {**query, "driver_number": 99}) == []


@pytest.mark.real
@pytest.mark.parametrize("endpoint", ["weather", "session_result"])
def test_a_missing_endpoint_is_an_issue_and_not_the_end(server, endpoint):
    server.changes[endpoint] = lambda _: None
    session, issues = loaded(22, "R")
    told = {issue.kind: issue.action for issue in issues}
    assert told["endpoint_missing"].endswith(f"has no endpoint {endpoint} (404).")
    assert len(session.laps) == 1157
    assert not cache.keys(f"*openf1-{endpoint}")


@pytest.mark.real
@pytest.mark.parametrize("endpoint", ["drivers", "pit"])
def test_without_a_needed_endpoint_there_is_no_session(server, endpoint):
    server.changes[endpoint] = lambda _: None
    with pytest.raises(NotServed, match=f"has no endpoint {endpoint}"):
        loaded(22, "R")
    assert not cache.keys("f1/session/*")


@pytest.mark.real
@pytest.mark.parametrize(
    ("endpoint", "field", "value", "says"),
    [
        ("laps", "lap_duration", "1:27.4", "field lap_duration holds '1:27.4', where a number"),
        ("laps", "date_start", "yesterday", "field date_start holds 'yesterday', where a date"),
        ("drivers", "name_acronym", ..., "field name_acronym is missing in 20 of 20 rows"),
    ],
)
def test_a_changed_field_is_named_and_nothing_of_it_is_kept(server, endpoint, field, value, says):
    def changed(rows):
        for row in rows:
            row.pop(field) if value is ... else row.update({field: value})
        return rows

    server.changes[endpoint] = changed
    with pytest.raises(NotServed, match=f"OpenF1's {endpoint} changed: {says}"):
        loaded(22, "R")
    assert not cache.keys(f"*openf1-{endpoint}")


def loaded(number, kind):
    """A session and its issues, of whatever the server says now."""
    from f1lab.data.archives import archives_of, schedule_of
    from f1lab.settings import settings

    held = settings()
    one = archives_of("openf1", held)
    event = schedule_of(one, 2023, held)[number - 1]
    return one[0].session(event, kind)


@pytest.mark.real
def test_old_names_of_the_pit_fields_are_understood(server):
    def older(rows):
        return [
            {k: v for k, v in row.items() if k not in {"lane_duration", "stop_duration"}}
            for row in rows
        ]

    new, _ = loaded(22, "R")
    cache.invalidate("*openf1-pit")
    server.changes["pit"] = older
    old, _ = loaded(22, "R")
    pd.testing.assert_frame_equal(old.laps, new.laps)
    assert old.laps["pit_stationary_s"].isna().all()


@pytest.mark.real
def test_standing_times_and_a_start_nobody_told(server):
    told, _ = loaded(22, "R")
    cache.invalidate("*openf1-pit")
    cache.invalidate("*openf1-laps")
    server.changes["pit"] = lambda rows: [{**row, "stop_duration": 2.4} for row in rows]
    server.changes["laps"] = lambda rows: [
        row if row["lap_number"] > 1 else {**row, "date_start": None, "lap_duration": None}
        for row in rows
    ]
    session, issues = loaded(22, "R")
    stops = session.laps[session.laps["pit_stationary_s"].notna()]
    assert set(stops["pit_stationary_s"]) == {2.4}
    assert stops["pit_in_s"].notna().all()
    assert len(stops) == told.laps["pit_out_s"].notna().sum()  # one more came in for good
    assert len(stops) == told.laps["pit_in_s"].notna().sum() - 1
    assert "start_derived" in {issue.kind for issue in issues}
    assert session.start_s == pytest.approx(told.start_s, abs=0.5)


# -- seasons, other endpoints, auto ----------------------------------------------------------------


@pytest.mark.real
@pytest.mark.usefixtures("server")
def test_the_season_has_the_rounds_everybody_counts(season):
    ours = source.schedule(2023, source="openf1")
    assert [(one.round, one.name) for one in ours] == [(e.round, e.name) for e in season.schedule]
    assert [one.circuit for one in ours] == [one.circuit for one in season.schedule]
    with pytest.raises(NoData, match="OpenF1 has data from 2023 on, not of 2021"):
        f1lab.load(2021, "Monaco", "openf1")
    with pytest.raises(NoData, match="no race weekends of 2024"):
        f1lab.load(2024, "Monaco", "openf1")
    with pytest.raises(NoData, match="has no Sprint"):
        f1lab.load_session(2023, "Monaco", "S", "openf1")


@pytest.mark.real
@pytest.mark.usefixtures("server")
def test_the_other_endpoints_can_be_had_on_the_session_clock():
    passes = source.openf1_table(2023, "Abu Dhabi", "overtakes")
    assert {"overtaking_driver_number", "position", "time_s"} <= set(passes.columns)
    gaps = source.openf1_table(2023, "Abu Dhabi", "intervals")
    assert gaps["time_s"].is_monotonic_increasing or len(gaps) > 10_000
    assert "+1 LAP" in set(gaps["gap_to_leader"])
    with pytest.raises(UnknownName, match="did you mean 'overtakes'"):
        source.openf1_table(2023, "Abu Dhabi", "overtake")
    assert {"meetings", "sessions", "car_data", "location"} < set(ENDPOINTS)


@pytest.mark.real
def test_when_nobody_answers_everybody_s_reason_is_told(server, monkeypatch):
    def refused(*_):
        raise SourceError("no account here.")

    monkeypatch.setattr(source.FastF1Source, "schedule", refused)
    server.changes["meetings"] = lambda _: None
    with pytest.raises(SourceError, match=r"fastf1: no account here; openf1: OpenF1 .* \(404\)"):
        f1lab.load(2023, "Abu Dhabi")


# -- the pieces ------------------------------------------------------------------------------------


def test_the_allowance_is_kept_by_all_who_share_a_folder(tmp_path, monkeypatch):
    slept = []
    clock = SimpleNamespace(time=time.time, sleep=slept.append)
    monkeypatch.setattr(openf1_client, "time", clock)
    clients = [OpenF1Client("http://x", tmp_path, per_minute=30) for _ in range(3)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: clients[i % 3]._take_turn(), range(36)))
    asked = np.sort(json.loads((tmp_path / "locks" / "openf1-turns.json").read_text())["asked"])
    assert len(asked) == 36
    assert (asked[3:] - asked[:-3] >= 1.0 - 1e-6).all()
    assert (asked[30:] - asked[:-30] >= 60.0 - 1e-6).all()
    assert max(slept) > 60


def test_a_damaged_file_of_turns_is_begun_anew(tmp_path):
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "openf1-turns.json").write_text("{")
    OpenF1Client("http://x", tmp_path)._take_turn()
    assert "asked" in json.loads((tmp_path / "locks" / "openf1-turns.json").read_text())


@pytest.mark.parametrize(
    ("told", "wait_s"), [("7", 7), ("", 0), ("soon", 0), ("-3", 0), ("inf", 0), ("nan", 0)]
)
def test_retry_after(told, wait_s):
    assert openf1_client._retry_after_s(told) == wait_s


def test_retry_after_may_be_a_date():
    later = pd.Timestamp.now(tz="UTC") + pd.Timedelta(seconds=60)
    told = later.strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert 57 < openf1_client._retry_after_s(told) <= 60


def test_durations_carry_the_clock_and_moments_place_it():
    true = 100.0 + 90.0 * np.arange(1, 21)
    late = np.tile([0.05, 0.15, 0.25, 0.15], 5)
    laps = pd.DataFrame(
        {
            "lap": np.arange(1, 21),
            "lap_start_s": [100.0, *(true + late)[:-1]],
            "lap_time_s": [np.nan, *[90.0] * 19],
        }
    )
    found = crossings(laps, race=True)
    assert found - true == pytest.approx(np.full(20, 0.05))  # no message comes too early
    laps.loc[10:, "lap_start_s"] += 600.0  # a red flag
    found = crossings(laps, race=True)
    assert found[9] - found[8] == pytest.approx(690.0)


def test_a_car_in_its_garage_does_not_end_its_lap_when_it_leaves():
    laps = pd.DataFrame(
        {"lap": [1, 2, 3], "lap_start_s": [0.0, 120.0, 900.0], "lap_time_s": [np.nan, 80.0, 82.0]}
    )
    assert crossings(laps, race=False).tolist() == pytest.approx([120.0, 200.0, 982.0])


def test_official_gaps_bring_the_cars_together_time_penalties_aside():
    laps = pd.DataFrame(
        {
            "driver": ["A", "B", "C", "D"],
            "lap": 3,
            "time_s": [300.0, 310.04, 320.0, 330.0],
            "lap_time_s": 100.0,
        }
    )
    results = pd.DataFrame(
        {"driver": ["A", "B", "C", "D"], "finish": [1, 2, 3, 4], "gap_s": [280, 15.0, 20.6, np.nan]}
    )
    nothing = pd.DataFrame({"driver": [], "time_s": [], "gap_s": []})
    found = aligned(laps, results, nothing)["time_s"]
    assert found.tolist() == pytest.approx([300.0, 310.0, 320.0, 330.0])


def test_behind_the_safety_car_the_sectors_carry_the_clock_of_any_source():
    lap = np.arange(1, 9)
    late = np.array([0, 0, 0.13, 0.06, 0, 0, 0, 0])  # the laps without a time were told late
    times = {"lap_time_s": np.where((lap == 3) | (lap == 4), np.nan, 90.0)}
    frame = {"lap": lap, **times, "pit_in_s": np.nan, "pit_out_s": np.nan, "sector1_s": 30.0}
    laps = pd.concat(
        [
            pd.DataFrame({"driver": "A", "time_s": 90.0 * lap, **frame}),
            pd.DataFrame({"driver": "B", "time_s": 90.0 * lap + 2.5 + late, **frame}),
        ],
        ignore_index=True,
    ).assign(sector2_s=30.0, sector3_s=30.0)
    results = pd.DataFrame({"driver": ["A", "B"], "finish": [1, 2], "gap_s": [720.0, 7.54]})
    log = RepairLog("Race")
    found = carried_clock(laps, results, log=log)
    behind = found["time_s"].to_numpy()[8:] - found["time_s"].to_numpy()[:8]
    assert behind == pytest.approx(np.full(8, 2.54))  # he was given five seconds
    assert [issue.kind for issue in log.issues] == ["clock_carried"]
    again = RepairLog("Race")
    pd.testing.assert_frame_equal(carried_clock(found, results, log=again), found)
    assert not again.issues


def test_gaps_shown_at_the_line_place_a_lapped_car():
    lap = np.arange(1, 11)
    laps = pd.concat(
        [
            pd.DataFrame({"driver": "A", "lap": lap, "time_s": 90.0 * lap, "lap_time_s": 90.0}),
            pd.DataFrame(
                {"driver": "B", "lap": lap, "time_s": 91.0 * lap + 0.07, "lap_time_s": 91.0}
            ),
        ],
        ignore_index=True,
    )
    results = pd.DataFrame({"driver": ["A", "B"], "finish": [1, 2], "gap_s": [900.0, np.nan]})
    shown = pd.DataFrame(
        {
            "driver": "B",
            "time_s": np.r_[91.0 * lap + 2.0, 91.0 * lap + 30.0],
            "gap_s": np.r_[1.0 * lap, 1.0 * lap + 0.4],
        }
    )
    found = aligned(laps, results, shown)
    assert found["time_s"].to_numpy()[10:] == pytest.approx(91.0 * lap)


def said(*rows):
    return pd.DataFrame(rows, columns=["time_s", "message", "flag", "scope", "sector"])


def test_out_of_a_red_flag_a_car_is_moved_as_the_rest_of_its_laps_are():
    lap = np.arange(1, 9)
    laps = pd.DataFrame({"driver": "A", "lap": lap, "time_s": 90.0 * lap, "lap_time_s": 90.0})
    laps.loc[3:, "time_s"] += 600.0
    laps.loc[3, "lap_time_s"] = np.nan
    late = laps.assign(driver="B", time_s=laps["time_s"] + 5.1)
    results = pd.DataFrame({"driver": ["A", "B"], "finish": [1, 2], "gap_s": [1320.0, 5.0]})
    nothing = pd.DataFrame({"driver": [], "time_s": [], "gap_s": []})
    found = aligned(pd.concat([laps, late], ignore_index=True), results, nothing)["time_s"]
    assert (found[8:].to_numpy() - found[:8].to_numpy()) == pytest.approx(np.full(8, 5.0))


def test_the_flags_race_control_shows():
    nan = float("nan")
    messages = said(
        (10.0, "YELLOW IN TRACK SECTOR 4", "YELLOW", "Sector", 4.0),
        (20.0, "CLEAR IN TRACK SECTOR 4", "CLEAR", "Sector", 4.0),
        (30.0, "VIRTUAL SAFETY CAR DEPLOYED", "", "", nan),
        (40.0, "VIRTUAL SAFETY CAR ENDING", "", "", nan),
        (50.0, "TRACK CLEAR", "CLEAR", "Track", nan),
        (60.0, "SAFETY CAR DEPLOYED", "", "", nan),
        (65.0, "YELLOW IN TRACK SECTOR 9", "YELLOW", "Sector", 9.0),
        (70.0, "RED FLAG", "RED", "Track", nan),
        (80.0, "TRACK CLEAR", "CLEAR", "Track", nan),
    )
    found = status_changes(messages)
    assert found["status"].tolist() == [
        *("green", "yellow", "green", "vsc", "green", "sc", "red", "green")
    ]
    assert found["time_s"].tolist()[1:] == [10.0, 20.0, 30.0, 50.0, 60.0, 70.0, 80.0]


def test_laps_that_end_as_a_flag_changes():
    messages = said((10.0, "Y", "YELLOW", "Sector", 4.0), (20.0, "C", "CLEAR", "Sector", 4.0))
    laps = pd.DataFrame({"time_s": [9.0, 9.5, 10.6, 15.0, 20.1]})
    found = ended_at_a_change(status_changes(messages), laps)
    assert found.tolist() == [False, True, True, False, True]


def test_within_a_second_yellow_comes_before_clear_and_late_news_are_none():
    clear, yellow = ("CLEAR", "Sector", 4.0), ("YELLOW", "Sector", 4.0)
    shown = status_changes(said((5.0, "C", *clear), (5.0, "Y", *yellow)))["status"]
    assert shown.iloc[-1] == "green"
    late = said((1.0, "Y", *yellow), (9.0, "C", *clear), (10.0, "Y", *yellow))
    assert status_changes(late)["status"].tolist() == ["green", "yellow", "green"]


def test_deleted_laps_by_number_by_time_and_given_back():
    laps = pd.DataFrame(
        {"number": ["14", "14", "4"], "lap": [3, 4, 3], "lap_time_s": [87.546, 88.0, 87.546]}
    )
    texts = [
        "CAR 14 (ALO) TIME 1:27.546 DELETED - TRACK LIMITS AT TURN 10 LAP 3 15:27:31",
        "CAR 14 (ALO) TIME 1:28.000 DELETED - TRACK LIMITS",
    ]
    assert deleted_laps(pd.DataFrame({"message": texts}), laps).tolist() == [True, True, False]
    texts.append("CAR 14 (ALO) TIME 1:27.546 REINSTATED LAP 3")
    assert deleted_laps(pd.DataFrame({"message": texts}), laps).tolist() == [False, True, False]


def visits_of(pit, *, out_lap=(False, False, True, False)):
    laps = pd.DataFrame(
        {
            "driver": "A",
            "lap": [1, 2, 3, 4],
            "time_s": [100.0, 195.0, 305.0, 395.0],
            "lap_time_s": [np.nan, 95.0, 110.0, 90.0],
            "sector1_s": 30.0,
            "sector2_s": 30.0,
            "sector3_s": 30.0,
            "out_lap": out_lap,
        }
    )
    names = ["driver", "lap", "time_s", "lane_s", "stationary_s"]
    log = RepairLog("Race")
    return race_visits(laps, pd.DataFrame(pit, columns=names), log=log), log.issues


@pytest.mark.parametrize(
    ("lap", "moment"), [(2.0, 212.0), (2.0, 190.0), (3.0, 212.0), (float("nan"), 190.0)]
)
def test_a_visit_is_on_the_lap_whose_line_it_crosses(lap, moment):
    laps, issues = visits_of([("A", lap, moment, 22.0, 2.3)])
    into, out = (190.0, 212.0)
    assert laps["pit_in_s"].dropna().to_dict() == {1: into}
    assert laps["pit_out_s"].dropna().to_dict() == {2: out}
    assert laps["pit_stationary_s"].dropna().to_dict() == {1: 2.3}
    assert not issues


def test_a_visit_under_a_red_flag_begins_at_the_line():
    laps, issues = visits_of([("A", 2.0, 290.0, np.nan, np.nan)])
    assert laps["pit_in_s"][1] == 195.0
    assert laps["pit_out_s"][2] == 290.0
    assert [issue.kind for issue in issues] == ["pit_lane_unmeasured"]


@pytest.mark.parametrize(("third_s", "entry"), [(np.nan, 275.0), (30.0, 890.0)])
def test_who_waits_before_the_line_entered_after_his_second_sector(third_s, entry):
    lap = np.arange(1, 6)
    laps = pd.DataFrame({"driver": "A", "lap": lap, "out_lap": False, "sector3_s": 30.0})
    laps = laps.assign(time_s=[100.0, 200.0, 900.0, 1000.0, 1120.0], sector1_s=30.0)
    laps = laps.assign(sector2_s=25.0, lap_time_s=np.diff(laps["time_s"], prepend=0.0))
    laps.loc[2, "sector3_s"] = third_s
    names = ["driver", "lap", "time_s", "lane_s", "stationary_s"]
    red, stop = ("A", 3.0, 905.0, np.nan, np.nan), ("A", 4.0, 1010.0, 20.0, 2.5)
    # the stop began ten seconds before the line, which is 35 s behind the end of the second sector
    laps.loc[3, ["sector1_s", "sector2_s"]] = [30.0, 40.0]
    laps.loc[3, "sector3_s"] = 30.0
    log = RepairLog("Race")
    found = race_visits(laps, pd.DataFrame([red, stop], columns=names), log=log)
    assert found["pit_in_s"].dropna().to_dict() == {2: entry, 3: 990.0}
    assert found["pit_out_s"].dropna().to_dict() == {3: 905.0, 4: 1010.0}


@pytest.mark.parametrize(("third_s", "came_in"), [(33.0, True), (31.0, False), (95.0, False)])
def test_who_comes_in_for_good_loses_as_much_as_those_who_stop(third_s, came_in):
    lap = np.arange(1, 9)
    times = {"lap_time_s": [np.nan, *[90.0] * 7], "sector3_s": 30.0, "out_lap": False}
    laps = pd.DataFrame({"driver": "A", "lap": lap, "time_s": 90.0 * lap, **times})
    laps.loc[3, ["sector3_s", "lap_time_s"]] = [34.0, 94.0]
    laps.loc[4:, "time_s"] += 24.0
    laps.loc[4, ["lap_time_s", "out_lap"]] = [110.0, True]
    gone = laps[:6].assign(driver="B", time_s=90.3 * lap[:6], lap_time_s=90.3, out_lap=False)
    gone.loc[[3, 5], "sector3_s"] = [30.0, third_s]
    gone.loc[5, "lap_time_s"] += 2 * (third_s - 30.0)
    pit = pd.DataFrame(
        [("A", 4.0, 375.0, 20.0, np.nan)],
        columns=["driver", "lap", "time_s", "lane_s", "stationary_s"],
    )
    log = RepairLog("Race")
    found = race_visits(pd.concat([laps, gone], ignore_index=True), pit, log=log)
    found = found.set_index(["driver", "lap"])["pit_in_s"]
    assert found["A", 4] == 355.0
    assert bool(np.isfinite(found["B", 6])) == came_in
    assert ("retired_in_pits" in {issue.kind for issue in log.issues}) == came_in
    if came_in:
        assert found["B", 6] == pytest.approx(90.3 * 6 - 5.0)


def test_a_visit_only_the_out_lap_tells_of_is_like_the_others():
    laps, issues = visits_of([("A", 2.0, 212.0, 22.0, np.nan)], out_lap=(True, False, True, True))
    assert laps["pit_in_s"][2] == 300.0
    assert laps["pit_out_s"][3] == 322.0
    assert [issue.kind for issue in issues] == ["pit_visit_estimated"]


def test_stints_begin_where_the_car_was_in_the_pits():
    laps = pd.DataFrame(
        {"driver": "A", "lap": np.arange(1, 13), "pit_in_s": np.nan}, index=np.arange(12)
    )
    laps.loc[[0, 5], "pit_in_s"] = 1.0
    stints = pd.DataFrame(
        {
            "driver": "A",
            "stint": [1, 2, 3],
            "first_lap": [1.0, 1.0, 6.0],
            "last_lap": [0.0, 5.0, 12.0],
            "compound": ["SOFT", "HARD", "MEDIUM"],
            "age_laps": [2.0, 0.0, np.nan],
        }
    )
    worn = with_tyres(laps, stints_at_visits(laps, stints))
    assert worn["compound"].tolist() == ["SOFT", *["HARD"] * 5, *["MEDIUM"] * 6]
    assert worn["tyre_age_laps"].tolist()[:4] == [3.0, 1.0, 2.0, 3.0]
    assert worn["tyre_age_laps"].isna().sum() == 6
    assert worn["fresh_tyre"].tolist() == [False, *[True] * 5, *[False] * 6]
    bare = with_tyres(laps, stints[:0])
    assert bare["compound"].tolist() == [""] * 12


@pytest.mark.parametrize(
    ("lane_s", "penalty_s", "compound", "told", "age"),
    [
        (41.0, 350.0, "HARD", 0.0, 3.0),  # stood for its penalty
        (41.0, 150.0, "HARD", 0.0, 0.0),  # a penalty from before its last visit
        (41.0, 350.0, "SOFT", 0.0, 0.0),  # other tyres
        (41.0, 350.0, "HARD", 2.0, 2.0),  # an age that was told
        (24.0, np.nan, "HARD", 0.0, 0.0),  # a stop like the others
        (20.0, np.nan, "HARD", 0.0, 3.0),  # drove through
    ],
)
def test_a_set_told_as_new_that_the_car_came_in_with(lane_s, penalty_s, compound, told, age):
    into = 110.0 + 100.0 * np.arange(8)
    laps = pd.DataFrame({"driver": "AAA", "lap": np.arange(1, 9), "pit_in_s": np.nan})
    laps = pd.concat([laps, laps.assign(driver="BBB")], ignore_index=True)
    laps["pit_out_s"] = np.nan
    for row, lane in ((1, 25.0), (4, lane_s), (9, 25.0), (12, 25.0)):
        laps.loc[row, "pit_in_s"] = into[row % 8]
        laps.loc[row + 1, "pit_out_s"] = into[row % 8] + lane
    stints = pd.DataFrame(
        {
            "driver": "AAA",
            "first_lap": [1.0, 3.0, 6.0],
            "compound": ["SOFT", "HARD", compound],
            "age_laps": [3.0, 0.0, told],
        }
    )
    text = "FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR 9 (AAA)"
    messages = pd.DataFrame({"time_s": [penalty_s], "message": [text]})
    log = RepairLog("Race")
    found = with_kept_sets(laps, stints, messages, log=log)
    assert found["age_laps"].tolist() == [3.0, 0.0, age]
    assert ("tyres_kept" in {issue.kind for issue in log.issues}) == (age == 3.0)


@pytest.mark.parametrize(
    ("told", "ages"),
    [
        ((5.0, 0.0), (5.0, 6.0)),
        ((0.0, 8.0), (7.0, 8.0)),
        ((0.0, 0.0), (0.0, 1.0)),
        ((3.0, 2.0), (3.0, 2.0)),
    ],
)
def test_a_lap_of_a_red_flag_does_not_change_tyres(told, ages):
    laps = pd.DataFrame({"driver": "AAA", "lap": np.arange(1, 7)})
    laps = laps.assign(pit_in_s=np.nan, pit_out_s=np.nan)
    laps.loc[[2, 3], "pit_in_s"] = [300.0, 1400.0]
    laps.loc[[3, 4], "pit_out_s"] = [1300.0, 1440.0]
    stints = pd.DataFrame({"driver": "AAA", "first_lap": [1.0, 4.0, 5.0], "compound": "SOFT"})
    stints["age_laps"] = [2.0, *told]
    messages = pd.DataFrame({"time_s": [], "message": pd.Series(dtype=str)})
    found = with_kept_sets(laps, stints, messages, log=RepairLog("Race"))
    assert found["age_laps"].tolist() == [2.0, *ages]


def test_as_many_stints_as_begin_in_the_pits_begin_there():
    laps = pd.DataFrame({"driver": "A", "lap": np.arange(1, 13), "pit_in_s": np.nan})
    laps.loc[[0, 7, 11], "pit_in_s"] = 1.0  # the last one for good
    stints = pd.DataFrame({"driver": "A", "stint": [1, 2, 3], "first_lap": [1.0, 1.0, 3.0]})
    assert stints_at_visits(laps, stints)["first_lap"].tolist() == [1.0, 2.0, 9.0]


def test_a_frame_has_its_fields_even_without_rows():
    for endpoint, fields in ENDPOINTS.items():
        assert list(frame_of(endpoint, [])) == [field.name for field in fields]
    assert set(LAP_COLUMNS) >= {"pit_stationary_s"}
