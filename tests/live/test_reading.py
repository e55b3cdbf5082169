"""A recording that grows, breaks off, repeats itself: read so that the laps come out right."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from f1lab.data import fastf1_replay
from f1lab.data.fastf1_parts import fastf1_frames
from f1lab.data.fastf1_source import using_fastf1
from f1lab.data.livetiming_follow import GrowingFiles
from f1lab.data.livetiming_heard import Heard, Replay
from f1lab.data.livetiming_source import event_of
from f1lab.data.livetiming_write import recording_lines, write_recording
from f1lab.data.source import load_demo
from f1lab.errors import InvalidInput, SourceError
from tests.live.feeding import keyframes, session_of, written

FRAMES = ("laps", "results", "weather", "messages", "track_status")


def by_fastf1_alone(self, **_):
    """FastF1's own reader of files, which ours must not differ from on a sound recording."""
    from fastf1.livetiming.data import LiveTimingData

    data = LiveTimingData(str(self.path))
    data.load()
    return Replay(data.data, data._start_date, 0)


@pytest.mark.real
@pytest.mark.parametrize("which", ["sprint", "qualifying"])
def test_the_laps_are_those_fastf1_makes_of_the_whole_file(
    livetiming_folder, archive, monkeypatch, which
):
    path = livetiming_folder / f"2024_qatar_gp_{which}.txt"
    lines = path.read_text().splitlines()
    ours, _ = session_of(lines, archive)
    monkeypatch.setattr(Heard, "path", path, raising=False)
    monkeypatch.setattr(Heard, "for_replay", by_fastf1_alone)
    theirs, _ = session_of(lines, archive)
    for name in FRAMES:
        assert getattr(ours, name).equals(getattr(theirs, name)), name


def by_fastf1(_, session):
    """FastF1's own making of laps, which ours must not differ from."""


@pytest.mark.real
@pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
@pytest.mark.parametrize("which", ["sprint", "qualifying", "red flags"])
def test_laps_and_tyres_are_joined_as_fastf1_joins_them(
    request, archive, monkeypatch, which, share
):
    if which == "red flags":
        weekend = request.getfixturevalue("weekends")(2023, "Australian Grand Prix")
        lines = [line for _, line in recording_lines(weekend)]
    else:
        lines = request.getfixturevalue(f"{which}_lines")
    heard = Heard.of(lines[: int(share * len(lines))])
    event, kind = event_of(heard.info)
    replay = heard.for_replay(race=kind != "Q")
    frames = []
    for _ in range(2):
        with using_fastf1(archive) as fastf1:
            session = fastf1_replay.replayed(fastf1, event, next(iter(event.sessions)), replay)
            frames.append(fastf1_frames(fastf1, session)["laps"])
        monkeypatch.setattr(fastf1_replay, "make_laps_at_once", by_fastf1)
    ours, theirs = frames
    assert (ours is None) == (theirs is None) == (which == "qualifying" and share < 0.1)
    if ours is not None:
        pd.testing.assert_frame_equal(ours[theirs.columns], theirs)


def test_a_race_written_as_a_recording_is_read_as_it_was(demo_session):
    race = load_demo().race
    session, issues = demo_session
    order = ["driver", "lap"]
    was = race.laps.sort_values(order).reset_index(drop=True)
    now = session.laps.sort_values(order).reset_index(drop=True)
    same = ["driver", "lap", "stint", "compound", "tyre_age_laps", "fresh_tyre", "position"]
    same += ["green", "yellow", "sc", "vsc", "red", "sector1_s", "sector3_s"]
    assert now[same].equals(was[same])
    for name in ("time_s", "pit_in_s", "pit_out_s"):
        np.testing.assert_allclose(now[name], was[name] - race.start_s, atol=2e-3)
    assert (now["lap_time_s"] - was["lap_time_s"]).abs().max() < 2e-3
    assert session.total_laps == race.total_laps
    grid = dict(zip(session.results["driver"], session.results["grid"], strict=True))
    assert grid == dict(zip(race.results["driver"], race.results["grid"], strict=True))
    assert "laps_not_recorded" not in {issue.kind for issue in issues}


def test_only_a_race_is_written(tmp_path):
    with pytest.raises(InvalidInput, match="weekend"):
        write_recording("Monza", tmp_path / "recording.txt")
    assert not (tmp_path / "recording.txt").exists()


def test_repeats_order_and_half_lines_change_nothing(demo_lines, demo_session, archive):
    clean, _ = demo_session
    rng = np.random.default_rng(1)
    spoilt = []
    for line in demo_lines:
        spoilt.append(line)
        if rng.random() < 0.2:
            spoilt.append(line)
        if rng.random() < 0.02:
            spoilt += [line[: len(line) // 2], "{}", '["Heartbeat"]']
    for at in range(100, len(spoilt) - 10, 37):
        spoilt[at], spoilt[at + 9] = spoilt[at + 9], spoilt[at]
    heard = Heard.of(spoilt)
    assert heard.repeated > 500
    assert heard.unreadable > 100
    assert heard.late > 50
    session, _ = session_of(spoilt, archive)
    for name in FRAMES:
        assert getattr(session, name).equals(getattr(clean, name)), name


def test_what_python_prints_of_a_message_is_read_too():
    line = "['TrackStatus', {'Status': '1', 'Message': 'AllClear', '_kf': True}, '2024-06-16T13:00:00.5Z']"
    assert Heard.of([line]).topics["TrackStatus"][0][1]["Status"] == "1"
    apostrophe = json.dumps(
        ["RaceControlMessages", {"Messages": [{"Message": "DRIVER'S"}]}, "2024-06-16T13:00:00Z"]
    )
    assert Heard.of([apostrophe]).unreadable == 0


def test_laps_nobody_recorded_are_counted(demo_lines, demo_session, archive):
    clean, _ = demo_session
    start, end = len(demo_lines) // 3, len(demo_lines) // 2
    cut = demo_lines[:start] + keyframes(demo_lines[:end]) + demo_lines[end:]
    session, issues = session_of(cut, archive)
    lost = {issue.kind: issue.count for issue in issues}["laps_not_recorded"]
    assert lost > 40
    was, now = (one.laps.set_index(["driver", "lap"]) for one in (clean, session))
    assert set(now.index) == set(was.index)
    last = was.groupby("driver").tail(1).index
    assert (now.loc[last, "position"] == was.loc[last, "position"]).all()
    np.testing.assert_allclose(now.loc[last, "time_s"], was.loc[last, "time_s"], atol=0.01)
    assert (now.loc[last, "compound"] == was.loc[last, "compound"]).all()


def test_a_recorder_switched_on_late_keeps_the_lap_numbers(demo_lines, demo_session, archive):
    late = len(demo_lines) // 2
    session, issues = session_of(keyframes(demo_lines[:late]) + demo_lines[late:], archive)
    clean, _ = demo_session
    assert session.laps["lap"].max() == clean.laps["lap"].max()
    assert "laps_not_recorded" in {issue.kind for issue in issues}
    was, now = (
        one.laps[one.laps["lap"] == 52].set_index("driver")["position"].to_dict()
        for one in (clean, session)
    )
    assert now == was


def test_lines_come_whole_however_they_are_written(tmp_path):
    path = tmp_path / "recording.txt"
    path.write_bytes(b"")
    files = GrowingFiles([path])
    found = []
    data = "eins\nzwei äöü\r\n\ndrei".encode()
    for at in range(len(data)):
        with path.open("ab") as file:
            file.write(data[at : at + 1])
        found += files.new_lines()
    assert found == ["eins", "zwei äöü"]
    assert files.last_words() == ["drei"]
    assert files.last_words() == []


def test_a_file_cut_or_replaced_is_read_from_its_beginning(tmp_path):
    path = written(tmp_path / "recording.txt", ["one", "two", "three"])
    files = GrowingFiles([path])
    assert files.new_lines() == ["one", "two", "three"]
    path.write_text("four\n")
    assert files.new_lines() == ["four"]
    assert files.restarts == 1
    other = written(tmp_path / "other.txt", ["five", "six", "seven"])
    path.unlink()
    assert files.new_lines() == []
    other.rename(path)
    assert files.new_lines() == ["five", "six", "seven"]
    assert files.restarts == 2


def test_a_second_file_may_come_later(tmp_path):
    first, second = written(tmp_path / "a.txt", ["one"]), tmp_path / "b.txt"
    files = GrowingFiles([first, second])
    assert files.new_lines() == ["one"]
    written(second, ["two"])
    assert files.new_lines() == ["two"]


def test_a_recording_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match="is not there; start the recorder"):
        GrowingFiles([tmp_path / "nothing.txt"])
    with pytest.raises(SourceError, match="is a folder"):
        GrowingFiles([tmp_path])


@pytest.mark.real
@pytest.mark.parametrize(
    ("year", "event"),
    [
        (2021, "Belgian Grand Prix"),  # behind the safety car: sectors do not add up to laps
        (2021, "Azerbaijan Grand Prix"),  # a stop on lap 1, pit entries after the line, a red flag
        (2022, "Monaco Grand Prix"),
    ],
)
def test_a_real_race_written_as_a_recording_is_read_as_it_was(weekends, archive, year, event):
    weekend = weekends(year, event)
    session, _ = session_of([line for _, line in recording_lines(weekend)], archive)
    was, now = (
        laps.set_index(["driver", "lap"]).sort_index() for laps in (weekend.race.laps, session.laps)
    )
    assert now.index.equals(was.index)
    same = ["stint", "compound", "tyre_age_laps", "fresh_tyre", "position"]
    assert now[same].equals(was[same])
    for name in ("time_s", "pit_in_s", "pit_out_s"):
        np.testing.assert_allclose(now[name], was[name] - weekend.race.start_s, atol=2e-3)
