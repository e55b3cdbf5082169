"""Every repair on frames in which the fault is known, and what holds whatever comes in."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from f1lab.data.frames import session_from_fastf1_frames
from f1lab.data.repair import repair
from f1lab.errors import NoData

START_S = 3600.0


def race(laps=8, drivers=("AAA", "BBB"), *, stop=5, pace=90.0):
    """A clean race in FastF1's columns: one stop each, from SOFT to HARD."""
    rows = []
    for place, driver in enumerate(drivers):
        clock = START_S
        for lap in range(1, laps + 1):
            before, clock = clock, round(clock + pace + place + (3.0 if lap == 1 else 0.0), 3)
            second = lap > stop
            rows.append(
                {
                    "Driver": driver,
                    "DriverNumber": str(place + 1),
                    "Team": "Team",
                    "LapNumber": float(lap),
                    "Time": pd.Timedelta(seconds=clock),
                    "LapStartTime": pd.Timedelta(seconds=before),
                    "LapTime": pd.NaT
                    if lap == 1
                    else pd.Timedelta(seconds=round(clock - before, 3)),
                    "Stint": 2.0 if second else 1.0,
                    "Compound": "HARD" if second else "SOFT",
                    "TyreLife": float(lap - stop if second else lap),
                    "FreshTyre": True,
                    "PitInTime": pd.Timedelta(seconds=clock - 5) if lap == stop else pd.NaT,
                    "PitOutTime": pd.Timedelta(seconds=before + 15) if lap == stop + 1 else pd.NaT,
                    "TrackStatus": "1",
                    "Position": float(place + 1),
                    "FastF1Generated": False,
                    "IsAccurate": True,
                }
            )
    return pd.DataFrame(rows)


def results(laps=8, drivers=("AAA", "BBB"), **columns):
    table = {
        "DriverNumber": [str(n + 1) for n in range(len(drivers))],
        "Abbreviation": list(drivers),
        "FullName": list(drivers),
        "TeamName": "Team",
        "TeamColor": "3671C6",
        "GridPosition": [float(n + 1) for n in range(len(drivers))],
        "Position": [float(n + 1) for n in range(len(drivers))],
        "ClassifiedPosition": [str(n + 1) for n in range(len(drivers))],
        "Status": "Finished",
        "Points": 0.0,
        "Laps": float(laps),
        "Time": pd.to_timedelta([np.nan] * len(drivers), unit="s"),
    }
    return pd.DataFrame({**table, **columns})


def status(*changes):
    return pd.DataFrame(
        {
            "Time": pd.to_timedelta([t for t, _ in changes], unit="s"),
            "Status": [c for _, c in changes],
        }
    )


GREEN = ((0.0, "1"),)


def load(laps, table=None, changes=GREEN, messages=None, **options):
    given_start = {"start_s": START_S, "kind": "R", "name": "Race", **options}
    return session_from_fastf1_frames(
        laps, results() if table is None else table, None, messages, status(*changes), **given_start
    )


def kinds(issues):
    return {issue.kind: issue.count for issue in issues}


def own(session, driver="AAA"):
    return session.laps[session.laps["driver"] == driver].reset_index(drop=True)


HARMLESS = {"first_lap_time", "weather_missing", "messages_missing"}


def test_a_clean_race_needs_no_repair(assert_sound):
    session, issues = load(race(), total_laps=8)
    assert_sound(session)
    assert set(kinds(issues)) == HARMLESS
    assert own(session)["lap_time_s"].tolist() == pytest.approx([93.0] + [90.0] * 7)
    assert own(session)["tyre_age_laps"].tolist() == [1, 2, 3, 4, 5, 1, 2, 3]
    assert own(session)["stint"].tolist() == [1] * 5 + [2] * 3
    assert own(session)["repaired"].tolist() == [True] + [False] * 7
    assert session.total_laps == 8
    assert session.laps["green"].all()


def test_the_clock_is_moved_to_the_gaps_shown_at_the_line(assert_sound):
    laps = race()
    theirs = laps["Driver"] == "BBB"
    line = laps.loc[theirs, "Time"] + pd.Timedelta(seconds=0.15)
    gap = [f"+{lap:.3f}" for lap in range(1, 9)]
    shown = pd.DataFrame({"Driver": "BBB", "Time": line, "GapToLeader": [*gap[:-1], "1 L"]})
    late = laps.assign(Time=laps["Time"] + pd.to_timedelta(0.06 * theirs, unit="s"))
    session, issues = load(late, gaps=shown)
    assert_sound(session)
    assert kinds(issues)["clock_aligned"] == 8
    told, _ = load(laps)
    pd.testing.assert_series_equal(own(session, "BBB")["time_s"], own(told, "BBB")["time_s"])
    pd.testing.assert_series_equal(own(session)["time_s"], own(told)["time_s"])
    assert "clock_aligned" not in kinds(load(laps, gaps=shown)[1])
    unmoved, _ = load(late, gaps=shown.assign(GapToLeader="+9.9"))  # the gaps of another place
    assert own(unmoved, "BBB")["time_s"].iloc[0] == pytest.approx(START_S + 94.06)


def test_repairing_twice_changes_nothing():
    raw = race().drop(index=[3])
    raw.loc[raw["LapNumber"] == 6, "Compound"] = "nan"
    once, _ = load(raw, changes=((0.0, "1"), (START_S + 200, "2"), (START_S + 230, "1")))
    twice, issues = repair(once)
    for name in ("laps", "results", "weather", "messages", "track_status"):
        pd.testing.assert_frame_equal(getattr(twice, name), getattr(once, name))
    assert set(kinds(issues)) <= {"weather_missing", "messages_missing"}


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [("Time", pd.NaT, "clock_repaired"), ("LapTime", pd.NaT, "lap_time_missing")],
)
def test_a_missing_time_is_read_from_the_other(column, value, kind, assert_sound):
    raw = race()
    raw.loc[3, column] = value
    session, issues = load(raw)
    assert_sound(session)
    assert kinds(issues)[kind] == 1
    assert own(session)["time_s"][3] == pytest.approx(START_S + 363.0, abs=1e-6)
    assert own(session)["repaired"].tolist() == [True, False, False, True] + [False] * 4


def test_missing_laps_share_the_time_between_their_neighbours(assert_sound):
    raw = race().drop(index=[2, 3]).reset_index(drop=True)
    raw.loc[2, "LapTime"] = pd.NaT  # lap 5, whose time would tell when lap 4 ended
    session, issues = load(raw)
    assert_sound(session)
    assert kinds(issues)["lap_missing"] == 2
    assert own(session)["lap_time_s"].tolist()[2:5] == pytest.approx([90.0] * 3)
    assert own(session)["repaired"].tolist()[2:4] == [True, True]


def test_a_crossing_timed_together_with_the_next_is_moved_between_them(assert_sound):
    raw = race()
    raw.loc[3, "Time"] = raw.loc[4, "Time"]
    raw.loc[3, "LapTime"] = pd.Timedelta(seconds=180)
    raw.loc[4, "LapTime"] = pd.NaT
    session, issues = load(raw)
    assert_sound(session)
    assert kinds(issues)["clock_repaired"] == 1
    assert own(session)["lap_time_s"].tolist()[3:5] == pytest.approx([90.0, 90.0])


def test_the_clock_wins_over_a_lap_time_that_disagrees():
    raw = race()
    raw.loc[3, "LapTime"] = pd.Timedelta(seconds=89.0)
    raw.loc[4, "LapTime"] = pd.Timedelta(seconds=90.004)
    session, issues = load(raw)
    assert kinds(issues)["lap_time_disagrees"] == 1
    assert own(session)["lap_time_s"][3] == pytest.approx(90.0)


def test_the_first_of_two_rows_of_a_lap_is_kept(assert_sound):
    again = race().iloc[[2]].assign(Time=pd.Timedelta(seconds=START_S + 999))
    session, issues = load(pd.concat([race(), again]))
    assert_sound(session)
    assert kinds(issues)["lap_duplicated"] == 1
    assert own(session)["lap_time_s"][2] == pytest.approx(90.0)


def test_laps_lost_by_the_feed_are_put_back_where_the_clock_runs_on(assert_sound):
    raw = race(laps=10)
    raw = raw[~((raw["Driver"] == "AAA") & raw["LapNumber"].isin([3, 4]))].copy()
    late = (raw["Driver"] == "AAA") & (raw["LapNumber"] > 4)
    raw.loc[late, "LapNumber"] -= 2  # the feed goes on counting
    session, issues = load(raw, results(laps=10))
    assert_sound(session)
    assert kinds(issues)["laps_restored"] == 2
    assert len(own(session)) == 10
    assert own(session)["lap_time_s"].tolist()[1:] == pytest.approx([90.0] * 9)


def test_a_lap_begun_and_not_finished_is_left_out(assert_sound):
    raw = race()
    raw.loc[7, ["FastF1Generated", "LapTime"]] = [True, pd.NaT]
    table = results(Laps=[7.0, 8.0], ClassifiedPosition=["R", "1"], Position=[2.0, 1.0])
    session, issues = load(raw, table)
    assert_sound(session)
    assert kinds(issues)["lap_not_completed"] == 1
    assert len(own(session)) == 7
    assert session.results["classified"].tolist() == [False, True]


@pytest.mark.parametrize(("gap_s", "lap_s"), [(7.0, 90.0), (12.0, 90.0), (9.3, 92.3)])
def test_a_lost_last_lap_is_timed_by_the_official_gap_without_the_penalty(gap_s, lap_s):
    raw = race()
    last = raw.index[(raw["Driver"] == "BBB") & (raw["LapNumber"] == 8)]
    raw.loc[raw["Driver"] == "BBB", "LapTime"] = pd.Timedelta(seconds=90)
    raw.loc[raw["Driver"] == "BBB", "Time"] -= pd.to_timedelta(
        np.arange(8) - 6.0, unit="s"
    )  # BBB as quick as AAA, 7 s behind
    raw.loc[last, ["FastF1Generated", "LapTime"]] = [True, pd.NaT]
    raw.loc[last, "Time"] += pd.Timedelta(seconds=60)
    table = results(Time=pd.to_timedelta([723.0, gap_s], unit="s"))
    session, issues = load(raw, table)
    assert kinds(issues)["lap_from_official_gap"] == 1
    assert own(session, "BBB")["lap_time_s"][7] == pytest.approx(lap_s, abs=1e-6)


def test_laps_after_the_flag_are_left_out(assert_sound):
    raw = race()
    extra = raw.iloc[[15]].assign(LapNumber=9.0, Time=raw["Time"].max() + pd.Timedelta(seconds=150))
    lapped = raw[~((raw["Driver"] == "BBB") & (raw["LapNumber"] == 4))].copy()
    lapped.loc[(lapped["Driver"] == "BBB") & (lapped["LapNumber"] > 4), "LapNumber"] -= 1
    extra["LapNumber"] = 8.0
    session, issues = load(pd.concat([lapped, extra]), results(Laps=[8.0, np.nan]))
    assert_sound(session)
    assert kinds(issues)["lap_after_flag"] == 1
    assert len(own(session, "BBB")) == 7


def test_a_truncated_race_is_reported_driver_by_driver():
    raw = race()
    session, issues = load(raw[~((raw["Driver"] == "BBB") & (raw["LapNumber"] > 6))])
    found = next(issue for issue in issues if issue.kind == "laps_truncated")
    assert found.count == 2
    assert "BBB 6 of 8" in found.where
    assert session.total_laps == 8


def test_measured_laps_beyond_the_official_count_are_kept():
    session, issues = load(race(), results(laps=6))
    assert kinds(issues)["laps_beyond_official_count"] == 4
    assert session.total_laps == 8


def test_a_start_that_is_not_given_is_the_start_of_lap_one():
    session, issues = load(race(), start_s=None)
    assert session.start_s == START_S
    assert kinds(issues)["start_derived"] == 1


def test_a_start_that_nobody_knows_is_estimated():
    session, issues = load(race().drop(columns="LapStartTime"), start_s=None)
    assert kinds(issues)["start_estimated"] == 1
    assert START_S - 20 < session.start_s < START_S + 20


def test_a_compound_recorded_late_is_moved_to_the_out_lap(assert_sound):
    raw = race()
    mine = (raw["Driver"] == "AAA") & raw["LapNumber"].isin([6, 7])
    raw.loc[mine, ["Compound", "Stint"]] = ["SOFT", 1.0]
    raw.loc[mine, "TyreLife"] = [6.0, 7.0]
    raw.loc[7, "TyreLife"] = 4.0  # three laps old when fitted, first heard of on lap 8
    session, issues = load(raw)
    assert_sound(session)
    assert own(session)["compound"].tolist() == ["SOFT"] * 5 + ["HARD"] * 3
    assert own(session)["tyre_age_laps"].tolist() == [1, 2, 3, 4, 5, 4, 5, 6]
    assert kinds(issues)["compound_late"] == 2


def test_an_age_that_restarts_without_a_stop_goes_on(assert_sound):
    raw = race()
    raw.loc[2, "TyreLife"], raw.loc[3, "TyreLife"], raw.loc[4, "TyreLife"] = 1.0, 2.0, 3.0
    session, issues = load(raw)
    assert_sound(session)
    assert own(session)["tyre_age_laps"].tolist()[:5] == [1, 2, 3, 4, 5]
    assert kinds(issues)["tyre_age_corrected"] == 3


def test_an_age_that_restarts_at_a_stop_is_a_new_stint_whatever_the_record_says(assert_sound):
    raw = race().assign(Stint=1.0, Compound="SOFT")
    session, _ = load(raw)
    assert_sound(session)
    assert own(session)["stint"].tolist() == [1] * 5 + [2] * 3


def test_a_drive_through_keeps_the_stint(assert_sound):
    raw = race().assign(Compound="SOFT")
    raw["TyreLife"] = raw["LapNumber"]
    session, _ = load(raw)
    assert_sound(session)
    assert own(session)["stint"].tolist() == [1] * 8
    assert own(session)["tyre_age_laps"].tolist() == list(range(1, 9))


def test_tyres_changed_under_a_red_flag_are_a_new_stint_without_a_visit(assert_sound):
    raw = race().assign(PitInTime=pd.NaT, PitOutTime=pd.NaT)
    red = ((0.0, "1"), (START_S + 440, "5"), (START_S + 460, "1"))
    session, _ = load(raw, changes=red)
    assert_sound(session)
    assert own(session)["stint"].tolist() == [1] * 5 + [2] * 3


def test_unknown_ages_count_from_one_and_unknown_compounds_say_so(assert_sound):
    raw = race()
    raw.loc[raw["Driver"] == "AAA", "TyreLife"] = np.nan
    raw.loc[(raw["Driver"] == "AAA") & (raw["LapNumber"] > 5), "Compound"] = "None"
    raw.loc[(raw["Driver"] == "BBB") & (raw["LapNumber"] == 1), ["Compound", "TyreLife"]] = [
        "nan",
        np.nan,
    ]
    session, issues = load(raw)
    assert_sound(session)
    assert own(session)["compound"].tolist() == ["SOFT"] * 5 + ["UNKNOWN"] * 3
    assert own(session)["tyre_age_laps"].tolist() == [1, 2, 3, 4, 5, 1, 2, 3]
    assert own(session, "BBB")["compound"][0] == "SOFT"
    assert kinds(issues)["tyre_age_assumed"] == 8


def test_compounds_of_2018_are_named_by_their_place_in_the_range_of_the_race():
    raw = race(drivers=("AAA", "BBB", "CCC"))
    names = {"AAA": "HYPERSOFT", "BBB": "SUPERSOFT", "CCC": "SOFT"}
    raw["Compound"] = raw["Driver"].map(names)
    session, issues = load(raw, results(drivers=("AAA", "BBB", "CCC")))
    told = next(issue for issue in issues if issue.kind == "compound_of_2018")
    assert told.action == "HYPERSOFT is SOFT here, SUPERSOFT is MEDIUM here, SOFT is HARD here"
    assert own(session, "CCC")["compound"].unique().tolist() == ["HARD"]


@pytest.mark.parametrize(
    ("code", "flag"), [("2", "yellow"), ("4", "sc"), ("6", "vsc"), ("7", "vsc"), ("5", "red")]
)
def test_flags_come_from_the_timeline_and_from_the_codes(code, flag):
    raw = race()
    raw.loc[3, "TrackStatus"] = "1" + code
    shown = ((0.0, "1"), (START_S + 100, code), (START_S + 150, "1"))
    session, issues = load(raw, changes=shown)
    assert own(session)[flag].tolist() == [False, True, False, True] + [False] * 4
    assert own(session)["green"].tolist() == [True, False, True, False] + [True] * 4
    assert kinds(issues)["status_disagrees"] == 3  # lap 2 of both and the coded lap


def test_without_codes_the_timeline_alone_gives_the_flags():
    raw = race().assign(TrackStatus="")
    session, issues = load(raw, changes=((0.0, "1"), (START_S + 100, "4"), (START_S + 250, "1")))
    assert own(session)["sc"].tolist() == [False, True, True] + [False] * 5
    assert kinds(issues)["status_codes_missing"] == 16


def test_without_codes_and_timeline_the_laps_are_green_and_it_is_said():
    session, issues = load(race().assign(TrackStatus=None), changes=())
    assert session.laps["green"].all()
    assert kinds(issues)["flags_unknown"] == 16


def test_a_start_behind_the_safety_car_is_flagged_although_the_status_says_clear():
    raw = race()
    raw.loc[raw["LapNumber"] == 1, "PitOutTime"] = pd.Timedelta(seconds=START_S + 5)
    messages = pd.DataFrame(
        {
            "Time": [pd.Timestamp("2024-01-01 12:00:00")],
            "Category": "SafetyCar",
            "Message": "SAFETY CAR WILL ENTER PITS: ROLLING START",
            "Flag": None,
            "Lap": 3,
        }
    )
    session, issues = load(raw, messages=messages)
    assert own(session)["sc"].tolist() == [True] * 3 + [False] * 5
    assert kinds(issues)["safety_car_start"] == 1


def test_gap_and_car_ahead_follow_the_crossings_lapped_cars_included():
    raw = race(laps=4, drivers=("AAA", "BBB"), stop=9)
    slow = raw["Driver"] == "BBB"
    raw.loc[slow, "Time"] = pd.to_timedelta(START_S + 150.0 * raw.loc[slow, "LapNumber"], unit="s")
    raw = raw[~(slow & (raw["LapNumber"] > 2))]
    session, _ = load(raw, results(Laps=[4.0, 2.0]))
    ahead = own(session)
    assert ahead["driver_ahead"].tolist() == ["", "BBB", "BBB", "BBB"]
    assert ahead["driver_ahead_lap"].tolist()[1:] == [1.0, 1.0, 2.0]
    assert ahead["gap_ahead_s"].tolist()[1:] == pytest.approx([33.0, 123.0, 63.0])
    assert own(session, "BBB")["gap_ahead_s"].tolist() == pytest.approx([57.0, 27.0])


def test_grid_pit_lane_start_and_no_start():
    table = results(
        drivers=("AAA", "BBB", "CCC", "DDD"),
        GridPosition=[2.0, 1.0, 0.0, 0.0],
        ClassifiedPosition=["1", "2", "3", "W"],
        Laps=[8.0, 8.0, 0.0, 0.0],
    )
    session, issues = load(race(), table)
    assert session.results["grid"].tolist()[:3] == [2.0, 1.0, 3.0]
    assert np.isnan(session.results["grid"][3])
    assert session.results["pit_lane_start"].tolist() == [False, False, True, False]
    assert kinds(issues)["pit_lane_start"] == kinds(issues)["did_not_start"] == 1


def test_who_starts_from_the_pit_lane_is_behind_the_grid_as_they_left_it():
    table = results(GridPosition=[0.0, 0.0])
    raw = race()
    out = {"AAA": 12.0, "BBB": 9.0}
    raw["PitOutTime"] = [
        pd.Timedelta(seconds=START_S + out[driver]) if lap == 1 else pd.NaT
        for driver, lap in zip(raw["Driver"], raw["LapNumber"], strict=True)
    ]
    session, _ = load(raw, table)
    assert session.results["grid"].tolist() == [2.0, 1.0]
    assert session.results["pit_lane_start"].all()


def test_results_that_are_missing_are_made_from_the_laps():
    session, issues = load(race(), pd.DataFrame())
    assert session.results["driver"].tolist() == ["AAA", "BBB"]
    assert session.results["finish"].tolist() == [1.0, 2.0]
    assert session.results["laps"].tolist() == [8.0, 8.0]
    assert session.results["classified"].all()
    assert session.results["grid"].isna().all()
    assert {"results_missing", "grid_missing", "points_missing", "finish_missing"} <= set(
        kinds(issues)
    )


def test_nine_tenths_of_the_distance_classify_when_nothing_official_does():
    raw = race(laps=20)
    raw = raw[~((raw["Driver"] == "BBB") & (raw["LapNumber"] > 17))]
    table = results(ClassifiedPosition="", Status="Engine", Laps=[20.0, 17.0])
    session, issues = load(raw, table)
    assert session.results["classified"].tolist() == [True, False]
    assert kinds(issues)["classified_by_rule"] == 2


def said(at_s, text, flag=None, number=None, lap=1, offset=1_700_000_000.0):
    return {
        "Time": pd.Timestamp(round(at_s + offset), unit="s"),
        "Category": "Flag" if flag else "Other",
        "Message": text,
        "Flag": flag,
        "Scope": "Track" if flag else None,
        "Sector": np.nan,
        "RacingNumber": number,
        "Lap": lap,
    }


def test_messages_are_placed_by_the_flags_they_announce():
    shown = ((0.0, "1"), (START_S + 101, "2"), (START_S + 131, "1"), (START_S + 402, "4"))
    messages = pd.DataFrame(
        [
            said(START_S + 101, "YELLOW IN TRACK SECTOR 3", "YELLOW", lap=2),
            said(START_S + 131, "CLEAR IN TRACK SECTOR 3", "CLEAR", lap=2),
            said(START_S + 402, "SAFETY CAR DEPLOYED", lap=5),
            said(START_S + 500, "CAR 2 (BBB) TIME 1:30.000 DELETED", lap=6),
            said(START_S + 510, "WAVED BLUE FLAG", "BLUE", number="1", lap=6),
        ]
    )
    session, issues = load(race(), changes=shown, messages=messages)
    assert session.messages["time_s"][3] == pytest.approx(START_S + 500, abs=1.0)
    assert session.messages["driver"].tolist() == ["", "", "", "BBB", "AAA"]
    assert "messages_unplaced" not in kinds(issues)


def test_messages_without_flags_are_placed_by_the_laps_they_name():
    messages = pd.DataFrame(
        [
            said(START_S + 3 + 90 * lap + part, "NOTED", lap=lap + 1)
            for lap in range(1, 7)
            for part in (1, 45, 88)
        ]
    )
    session, issues = load(race(), messages=messages)
    assert session.messages["time_s"][0] == pytest.approx(START_S + 94, abs=2.0)
    assert kinds(issues)["messages_placed_by_lap"] == 18


def test_messages_that_cannot_be_placed_have_no_time():
    messages = pd.DataFrame([said(START_S + 50, "RISK OF RAIN IS 0%")])
    session, issues = load(race(), messages=messages)
    assert session.messages["time_s"].isna().all()
    assert kinds(issues)["messages_unplaced"] == 1


def test_a_timed_session_keeps_the_measured_lap_times(assert_sound):
    raw = race()
    raw.loc[raw["LapNumber"].isin([1, 4]), "LapTime"] = pd.NaT
    session, _ = load(raw, kind="Q", name="Qualifying")
    assert_sound(session)
    assert own(session)["lap_time_s"].isna().tolist() == [True, False, False, True] + [False] * 4
    assert session.total_laps is None


@pytest.mark.parametrize("laps", [None, pd.DataFrame(), race().assign(FastF1Generated=True)])
def test_no_completed_lap_is_no_data(laps):
    with pytest.raises(NoData, match="Race has no"):
        load(laps, results(Laps=0.0))


clock = st.one_of(st.none(), st.floats(START_S - 50, START_S + 900))
seconds = st.one_of(st.none(), st.floats(60, 140))
lap_rows = st.fixed_dictionaries(
    {
        "Driver": st.sampled_from(["AAA", "BBB", "CCC", ""]),
        "LapNumber": st.one_of(st.none(), st.integers(1, 8)),
        "Time": clock,
        "LapTime": seconds,
        "LapStartTime": clock,
        "PitInTime": clock,
        "PitOutTime": clock,
        "Stint": st.one_of(st.none(), st.integers(1, 4)),
        "TyreLife": st.one_of(st.none(), st.integers(-1, 20)),
        "Compound": st.sampled_from(
            ["SOFT", "HARD", "nan", "None", "INTERMEDIATE", "HYPERSOFT", ""]
        ),
        "FreshTyre": st.sampled_from([True, False, None]),
        "TrackStatus": st.sampled_from(["", "1", "24", "671", "12", "x", None]),
        "FastF1Generated": st.sampled_from([False] * 5 + [True]),
    }
)
changes = st.lists(
    st.tuples(st.floats(0, START_S + 900), st.sampled_from(["1", "2", "4", "5", "6", "7", "9"]))
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(lap_rows, min_size=1, max_size=30),
    shown=changes,
    start=st.one_of(st.none(), st.just(START_S)),
    official=st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=3, max_size=3),
    kind=st.sampled_from(["R", "Q"]),
)
def test_whatever_comes_in_a_sound_session_or_no_data_comes_out(
    rows, shown, start, official, kind, assert_sound
):
    raw = pd.DataFrame(rows)
    for name in ("Time", "LapTime", "LapStartTime", "PitInTime", "PitOutTime"):
        raw[name] = pd.to_timedelta(pd.to_numeric(raw[name]), unit="s").dt.round("ms")
    table = results(drivers=("AAA", "BBB", "CCC"), Laps=pd.to_numeric(pd.Series(official)))
    try:
        session, _ = load(raw, table, changes=tuple(shown), start_s=start, kind=kind)
    except NoData:
        return
    assert_sound(session)
    again, _ = repair(session)
    pd.testing.assert_frame_equal(again.laps, session.laps)
