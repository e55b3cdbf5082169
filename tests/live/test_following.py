"""What a follower sees is what the lines so far say: at the end, after a lap, and in between."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from threading import Event, Thread

import pytest

from f1lab.data import load
from f1lab.data.livetiming_write import recording_lines
from f1lab.errors import InvalidInput, SourceError, UnknownName
from f1lab.live import follow, following
from f1lab.live.ready import load_beside
from tests.live.feeding import Writer, keyframes, until_lap, written

QUICK = {"n": 100, "refresh_s": None, "give_up_s": 20.0}


def only(states):
    (state,) = states
    return state


def as_tower(weekend):
    """Finishing order on the road with laps and tyres, from a loaded recording."""
    last = weekend.race.laps.groupby("driver").tail(1)
    last = last.sort_values(["lap", "time_s"], ascending=[False, True])
    return [(row.driver, row.lap, row.compound) for row in last.itertuples()]


@pytest.mark.real
def test_a_growing_sprint_ends_as_the_finished_file_does(tmp_path, sprint_lines):
    path = written(tmp_path / "growing.txt", [])
    load_beside().join()
    writer = Writer(path, sprint_lines, over_s=1.0)
    writer.start()
    states = list(follow(path, "NOR", **QUICK))
    writer.join()
    final = states[-1]
    assert final.status == "over"
    assert final.lap == final.n_laps == 19
    whole = only(follow(written(tmp_path / "whole.txt", sprint_lines), "NOR", once=True, n=100))
    assert final.tower[:18] == whole.tower[:18]
    weekend = load(2024, "Qatar", recording=tmp_path / "whole.txt", offline=True)
    assert [(r.driver, r.laps, r.compound) for r in whole.tower] == as_tower(weekend)
    advised = [state.advice for state in states if state.advice is not None]
    assert {advice.call for advice in advised} == {"stay"}
    assert all(advice.unit == "places" for advice in advised)


@pytest.mark.real
def test_gaps_repeats_and_a_cut_in_the_middle_end_in_the_same_tower(tmp_path, sprint_lines):
    third, half = len(sprint_lines) // 3, len(sprint_lines) // 2
    first = [line for n, line in enumerate(sprint_lines[:third]) if n % 50 or n < 40]
    first += first[-200:]
    again = keyframes(sprint_lines[:half])
    path = written(tmp_path / "growing.txt", first)
    race = follow(path, **QUICK)
    state = next(race)
    assert 0 < state.lap < 10
    written(path, again + sprint_lines[half:])
    *_, final = race
    whole = only(follow(written(tmp_path / "whole.txt", sprint_lines), once=True, n=100))
    assert [row.driver for row in final.tower] == [row.driver for row in whole.tower]
    assert [row.laps for row in final.tower] == [row.laps for row in whole.tower]
    assert [row.stops for row in final.tower] == [row.stops for row in whole.tower]
    assert "the recorder was started again once." in final.notes
    assert any("laps were not recorded" in note for note in final.notes)


@pytest.mark.real
@pytest.mark.parametrize("driver", ["NOR", None])
def test_after_a_lap_nothing_is_known_of_what_comes(tmp_path, sprint_lines, race, driver):
    live = race(driver)
    count = until_lap(live, sprint_lines, 6)
    live.plan()
    path = written(tmp_path / "cut.txt", sprint_lines[:count])
    assert live.state() == only(follow(path, driver, once=True, n=100))


@pytest.mark.real
def test_the_tower_is_the_recordings_own_between_laps(sprint_lines, race):
    live, said, numbers = race(), {}, {}
    checked = 0
    for n, line in enumerate(sprint_lines):
        live.hear(line)
        topic, payload, _ = json.loads(line)
        if topic == "DriverList":
            people = {key: one for key, one in payload.items() if isinstance(one, dict)}
            numbers |= {key: one["Tla"] for key, one in people.items() if "Tla" in one}
        if topic == "TimingData":
            for number, car in payload["Lines"].items():
                said.setdefault(number, {}).update(car)
        if n % 1500 == 700:
            told = {numbers[number]: car for number, car in said.items()}
            for row in live.state().tower:
                own = told[row.driver]
                assert str(row.position) == own["Position"]
                if own["GapToLeader"].startswith("+"):
                    assert f"+{row.gap_leader_s:.3f}" == own["GapToLeader"]
                assert row.in_pit == own["InPit"]
                checked += 1
    assert checked > 200


def test_the_demo_race_can_be_followed_from_the_start(tmp_path, demo_lines, race):
    live = race("UUR")
    until_lap(live, demo_lines, 9)
    live.plan()
    early = live.state()
    assert early.flag in ("yellow", "sc")
    assert early.planned_lap == 9
    assert early.advice.lap == 9
    assert early.n_laps == 52
    assert {one.driver for one in early.odds} == {row.driver for row in early.tower}
    assert sum(one.win for one in early.odds) == pytest.approx(1.0)
    assert json.loads(json.dumps(early.to_dict()))["advice"]["call"] == early.advice.call
    assert "Tower" in early._repr_html_()
    whole = only(follow(written(tmp_path / "whole.txt", demo_lines), "UUR", once=True, n=100))
    assert whole.status == "over"
    assert {row.driver for row in whole.tower if row.out} == {"QFE", "MST"}
    assert [row.laps_down for row in whole.tower if row.driver in ("GOR", "ASG")] == [1, 1]


@pytest.mark.real
def test_the_race_is_run_over_the_distance_timing_tells(weekends, race):
    live = race("PER")  # Monaco 2022 had 78 laps to go and time for 64
    until_lap(live, [line for _, line in recording_lines(weekends(2022, "Monaco Grand Prix"))], 40)
    live.plan()
    state = live.state()
    assert state.n_laps == 64
    plans = " ".join(option.plan for option in state.advice.options)
    assert max(map(int, re.findall(r"lap (\d+)", plans))) < 64
    odds = {one.driver: one.win for one in state.odds}
    assert odds["PER"] == max(odds.values()) > 0.5  # he leads where nobody passes, and won


def test_who_is_out_is_told_no_calls(demo_lines, race):
    live = race("QFE")
    for line in demo_lines[: len(demo_lines) // 3]:
        live.hear(line)
    live.plan()
    state = live.state()
    assert state.advice is None
    assert "QFE is out of the race: no calls." in state.notes
    assert state.row("QFE").out
    assert next(one for one in state.odds if one.driver == "QFE").points == 0.0


def test_a_call_waits_for_what_is_being_loaded_and_the_tower_does_not(
    tmp_path, demo_lines, race, monkeypatch
):
    ready = Event()
    monkeypatch.setattr(following, "load_beside", lambda: loading)
    (loading := Thread(target=ready.wait)).start()
    path = written(tmp_path / "joined late.txt", demo_lines[: until_lap(race(), demo_lines, 3)])
    states = follow(path, "UUR", n=100, refresh_s=0.1, quiet_s=0.1)
    early = next(states)
    assert (early.tower[0].laps, early.planned_lap, early.advice) == (3, None, None)
    assert next(states).advice is None
    ready.set()
    assert next(state for state in states if state.advice is not None).planned_lap == 3


def test_before_the_start_there_is_the_grid(demo_lines, race):
    live = race("UUR")
    assert live.state().tower == ()
    assert not live.to_plan
    for line in demo_lines[:8]:
        live.hear(line)
    state = live.state()
    assert state.status == "waiting"
    assert len(state.tower) == 20
    assert "before the start" in state.title
    assert "the session has not started yet." in state.notes


@pytest.mark.real
def test_a_session_that_is_no_race_has_a_tower_only(tmp_path, qualifying_lines):
    path = written(tmp_path / "qualifying.txt", qualifying_lines)
    state = only(follow(path, "NOR", once=True))
    assert state.session_kind == "Q"
    assert state.advice is None
    assert state.odds == ()
    assert "not a race: the tower only, without odds and calls." in state.notes
    assert state.tower[0].best_lap_s == min(r.best_lap_s for r in state.tower if r.best_lap_s)


@pytest.mark.real
def test_under_a_red_flag_tyres_are_free(weekends, race):
    weekend = weekends(2021, "Azerbaijan Grand Prix")
    live, start_s = race("HAM"), weekend.race.start_s
    lines = recording_lines(weekend)
    last = iter(lines)
    for clock_s, line in last:
        live.hear(line)
        if clock_s - start_s > 5530:  # the flag is out, the leader on his way to the pit lane
            break
    live.plan()
    coming_in = live.state()
    assert (coming_in.flag, coming_in.status) == ("red", "stopped")
    assert any("the call is from before it" in note for note in coming_in.notes)
    for clock_s, line in last:
        live.hear(line)
        if clock_s - start_s > 5600:  # all stand in the pit lane
            break
    live.plan()
    state = live.state()
    assert (state.flag, state.status, state.lap) == ("red", "stopped", 48)
    advice = state.advice
    assert advice.sentence.startswith("HAM: red flag, tyres may be changed at no cost.")
    assert advice.box_lap == advice.lap == 48
    assert {"stay", "SOFT", "HARD"} <= {option.call for option in advice.options}
    assert all(option.regret < 1.0 for option in advice.options)  # a stop would cost 18 points
    by_call = {option.call: option for option in advice.options}
    # his set is one lap old, so that a new one of the same is worth next to nothing
    assert by_call["HARD"].position == pytest.approx(by_call["stay"].position, abs=0.1)
    assert not any("the call is from before it" in note for note in state.notes)
    assert "Calls of HAM under the red flag" in " ".join(state.tables())
    assert sum(one.win for one in state.odds) == pytest.approx(1.0)


def test_practice_has_a_tower_and_says_so(tmp_path, demo_lines):
    as_practice = [
        line.replace('"Name": "Race"', '"Name": "Practice 1"').replace(
            '"Type": "Race"', '"Type": "Practice"'
        )
        for line in demo_lines[:900]
    ]
    path = written(tmp_path / "practice.txt", as_practice)
    state = only(follow(path, "UUR", once=True))
    assert state.session_kind == "FP1"
    assert state.title == "2024 Halvern Grand Prix, Practice 1: under way"
    assert (state.advice, state.odds, state.n_laps) == (None, (), None)
    assert state.notes == ("not a race: the tower only, without odds and calls.",)
    assert len(state.tower) == 20


@pytest.mark.real
def test_tyres_that_show_no_wear_are_not_said_to_have_none(sprint_lines, race):
    live = race()
    until_lap(live, sprint_lines, 12)
    live.plan()
    state = live.state()
    medium = next(one for one in state.wear if one.compound == "MEDIUM")
    assert (medium.per_lap_s, medium.low_s, medium.high_s) == (None, None, None)
    assert "laps on MEDIUM get no slower with age: their wear is not known yet." in state.notes
    soft = next(one for one in state.wear if one.compound == "SOFT")
    assert 0 <= soft.low_s < soft.per_lap_s < soft.high_s


@pytest.mark.real
@pytest.mark.parametrize(
    ("year", "event", "lap", "drivers"),
    [
        (2023, "Italian Grand Prix", 18, ("VER", "SAI")),
        (2023, "Dutch Grand Prix", 40, ("VER",)),
    ],
)
def test_the_first_of_a_real_race_get_calls_to_believe(weekends, race, year, event, lap, drivers):
    lines = [line for _, line in recording_lines(weekends(year, event))]
    live = race(drivers[0])
    until_lap(live, lines, lap)
    for driver in drivers:
        one = replace(live, driver=driver)
        one.plan()
        state = one.state()
        advice = state.advice
        assert advice.options[0].regret == 0.0
        assert advice.call in ("stay", "level", "box")
        assert advice.options[0].position < state.row(driver).position + 2
        assert advice.sentence.startswith(f"{driver}: ")


def test_bad_input_is_answered_with_a_sentence(tmp_path, demo_lines):
    path = written(tmp_path / "recording.txt", demo_lines)
    with pytest.raises(UnknownName, match="did you mean 'UUR'"):
        list(follow(path, "UUX", once=True))
    with pytest.raises(SourceError, match="is not there"):
        follow(tmp_path / "nothing.txt")
    with pytest.raises(InvalidInput, match="no recording"):
        follow([])
    with pytest.raises(InvalidInput, match="speed=0"):
        follow(path, speed=0)
    with pytest.raises(InvalidInput, match="n=3"):
        follow(path, n=3)
    poem = written(tmp_path / "poem.txt", [f"verse {n}" for n in range(30)])
    with pytest.raises(SourceError, match="is no live-timing recording"):
        next(follow(poem))
    with pytest.raises(SourceError, match="is no live-timing recording"):
        list(follow(written(tmp_path / "empty.txt", []), once=True))


def test_silence_is_told_and_given_up(tmp_path, demo_lines):
    path = written(tmp_path / "recording.txt", demo_lines[:30])
    states = list(follow(path, quiet_s=0.3, give_up_s=1.0, refresh_s=0.1))
    assert any(state.silent_s >= 0.3 for state in states)
    assert states[-1].status == "waiting"
