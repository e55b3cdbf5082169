"""Loading a weekend: fresh, from the cache, offline, by every door, and every way it fails."""

import io
import os
import subprocess
import sys
import types
from pathlib import Path

import pandas as pd
import pytest

import f1lab
from f1lab.data import cache, load_recording, source
from f1lab.data.schema import TELEMETRY_COLUMNS
from f1lab.errors import CacheError, InvalidInput, NoData, SourceError, UnknownName

FRAMES = ("laps", "results", "weather", "messages", "track_status")


@pytest.fixture
def monaco(fastf1_cache):
    """Load 2023 Monaco offline."""

    def load(**options):
        return source.load(
            2023, "Monaco", **{"offline": True, "fastf1_cache": fastf1_cache, **options}
        )

    return load


def assert_same(one, other):
    for which in ("race", "qualifying"):
        left, right = getattr(one, which), getattr(other, which)
        for name in FRAMES:
            pd.testing.assert_frame_equal(getattr(left, name), getattr(right, name))
        for name in ("kind", "name", "date", "start_s", "total_laps"):
            assert getattr(left, name) == getattr(right, name)
    assert one.quality == other.quality


@pytest.mark.real
def test_a_weekend_is_the_same_fresh_and_from_the_cache(monaco, monkeypatch):
    fresh = monaco()
    monkeypatch.setattr(source.FastF1Source, "session", lambda *_: pytest.fail("loaded again"))
    assert_same(fresh, monaco())
    assert (fresh.year, fresh.round, fresh.circuit, fresh.source) == (2023, 6, "Monaco", "fastf1")
    assert fresh.race.total_laps == 78
    assert fresh.race.date == "2023-05-28"
    assert fresh.qualifying.kind == "Q"
    assert cache.keys("f1/session/*") == [
        "f1/session/2023/Monaco_Grand_Prix/Q/fastf1",
        "f1/session/2023/Monaco_Grand_Prix/R/fastf1",
    ]


@pytest.mark.real
def test_the_environment_does_what_the_arguments_do(monaco, fastf1_cache, monkeypatch):
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    monkeypatch.setenv("F1LAB_FASTF1_CACHE", str(fastf1_cache))
    assert_same(f1lab.load(2023, 6), monaco())


@pytest.mark.real
def test_a_cached_weekend_needs_no_fastf1_at_all(monaco):
    monaco()
    code = (
        "import sys, f1lab; f1lab.load(2023, 'Monaco', offline=True);"
        "print([m for m in ('fastf1', 'plotly') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert said.stdout.strip() == "[]"


@pytest.mark.real
def test_refresh_loads_again(monaco, monkeypatch):
    monaco()
    called = []
    monkeypatch.setattr(
        source.FastF1Source,
        "session",
        lambda _self, _info, kind: called.append(kind) or pytest.fail("x"),
    )
    with pytest.raises(pytest.fail.Exception):
        monaco(refresh=True)
    assert called == ["R"]


@pytest.mark.real
def test_a_missing_qualifying_is_an_issue_and_remembered(fastf1_cache, monkeypatch):
    def load():
        return source.load(2023, "Austria", offline=True, fastf1_cache=fastf1_cache)

    weekend = load()
    assert weekend.qualifying is None
    missing = next(issue for issue in weekend.quality if issue.kind == "qualifying_missing")
    assert "not in the FastF1 cache" in missing.action
    monkeypatch.setattr(source.FastF1Source, "session", lambda *_: pytest.fail("asked again"))
    assert load().quality == weekend.quality


@pytest.mark.real
@pytest.mark.parametrize(
    ("year", "event", "error", "says"),
    [
        (2023, "Monacoo", UnknownName, "did you mean 'Monaco'"),
        (2023, 44, UnknownName, "no round '44'"),
        (1998, "Monaco", UnknownName, "no season '1998'"),
        (2022, "Imola", SourceError, "offline mode is on"),
        (2025, "Australia", SourceError, "not in the FastF1 cache"),
    ],
)
def test_what_cannot_be_loaded_says_why(fastf1_cache, year, event, error, says):
    with pytest.raises(error) as caught:
        source.load(year, event, offline=True, fastf1_cache=fastf1_cache)
    assert says in str(caught.value)


def test_without_any_cache_the_schedule_is_missing(tmp_path):
    with pytest.raises(SourceError, match="schedule of 2023 is not in the FastF1 cache"):
        source.load(2023, "Monaco", offline=True, fastf1_cache=tmp_path / "none")


def test_an_unknown_source_is_refused_with_a_hint():
    with pytest.raises(UnknownName, match="did you mean 'fastf1'"):
        source.load(2023, "Monaco", "fastf2")
    with pytest.raises(InvalidInput, match="does not read"):
        source.load(2023, "Monaco", "fastf1", recording="x.txt")
    with pytest.raises(InvalidInput, match="give recording"):
        source.load(2023, "Monaco", "livetiming")


def test_a_fastf1_folder_that_cannot_be_made_is_a_cache_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match="cannot be made"):
        source.load(2023, "Monaco", offline=True, fastf1_cache=tmp_path / "file" / "x")


@pytest.mark.real
def test_a_load_that_fails_half_way_keeps_what_came(fastf1_cache, monkeypatch):
    import fastf1

    def gives_up(*_, **__):
        sys.stdin.read()  # FastF1 asks for an account on a terminal …
        sys.exit()  # … and ends the program when a download fails

    terminal = io.StringIO("never read")
    monkeypatch.setattr(sys, "stdin", terminal)
    monkeypatch.setattr(fastf1.core.Session, "_load_weather_data", gives_up)
    weekend = source.load(2023, "Monaco", offline=True, fastf1_cache=fastf1_cache)
    assert sys.stdin is terminal
    assert not terminal.closed
    assert terminal.read() == "never read"
    assert weekend.race.weather.empty
    assert len(weekend.race.laps) > 1500
    assert len(weekend.race.messages) > 100
    told = {issue.kind for issue in weekend.quality}
    assert {"load_stopped", "weather_missing"} <= told


@pytest.mark.real
def test_no_more_requests_stops_everything(fastf1_cache, monkeypatch):
    import fastf1

    def limited(*_, **__):
        raise fastf1.RateLimitExceededError("200 calls/h")

    monkeypatch.setattr(fastf1.core.Session, "load", limited)
    with pytest.raises(source.RateLimited, match="200 calls/h"):
        source.load(2023, "Monaco", offline=True, fastf1_cache=fastf1_cache)


@pytest.mark.real
def test_fastf1_is_left_as_it_was_and_says_nothing(monaco, tmp_path, capfd):
    import logging

    import fastf1

    fastf1.Cache.configure(cache_dir=str(tmp_path))
    handlers = logging.getLogger("fastf1").handlers[:]
    monaco()
    assert fastf1.Cache.get_cache_info()[0] == str(tmp_path)
    assert logging.getLogger("fastf1").handlers == handlers
    assert capfd.readouterr() == ("", "")


@pytest.mark.real
def test_without_official_results_the_grid_is_the_order_of_qualifying(fastf1_cache, monkeypatch):
    import fastf1

    monkeypatch.setattr(fastf1.core.Session, "_drivers_results_from_ergast", lambda *_, **__: None)
    weekend = source.load(2023, "Monaco", offline=True, fastf1_cache=fastf1_cache)
    results = weekend.race.results.set_index("driver")
    assert results["grid"]["VER"] == 1.0
    assert results["points"].isna().all()
    told = {issue.kind for issue in weekend.quality}
    assert {"grid_missing", "grid_from_qualifying", "points_missing"} <= told


@pytest.fixture
def sprint(livetiming_folder):
    return livetiming_folder / "2024_qatar_gp_sprint.txt"


@pytest.fixture
def qualifying(livetiming_folder):
    return livetiming_folder / "2024_qatar_gp_qualifying.txt"


@pytest.mark.real
def test_a_recorded_sprint_is_a_race(sprint, assert_sound, monkeypatch):
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    weekend = source.load(2024, "Qatar", "livetiming", recording=sprint)
    assert_sound(weekend.race)
    assert (weekend.event, weekend.circuit, weekend.race.kind) == (
        "Qatar Grand Prix",
        "Lusail",
        "S",
    )
    results = weekend.race.results.set_index("driver")
    assert results["finish"][["PIA", "NOR", "RUS"]].tolist() == [1.0, 2.0, 3.0]
    assert results["grid"]["NOR"] == 1.0
    assert results["laps"]["PIA"] == weekend.race.total_laps == 19
    again = source.load(2024, "Lusail", recording=[sprint])
    pd.testing.assert_frame_equal(again.race.laps, weekend.race.laps)


@pytest.mark.real
def test_recordings_of_one_weekend_go_together(sprint, qualifying, monkeypatch):
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    weekend = source.load(2024, "Qatar", recording=[qualifying, sprint])
    assert (weekend.race.kind, weekend.qualifying.kind) == ("S", "Q")


@pytest.mark.real
def test_a_recording_without_a_race_says_so_and_can_be_read_alone(
    qualifying, assert_sound, monkeypatch
):
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    with pytest.raises(NoData, match=r"holds Q and no race.*load_recording"):
        source.load(2024, "Qatar", recording=qualifying)
    session, issues = load_recording(qualifying)
    assert_sound(session)
    assert session.kind == "Q"
    assert issues


@pytest.mark.real
def test_a_recording_of_something_else_is_refused(sprint, tmp_path):
    with pytest.raises(InvalidInput, match="not of 2023"):
        source.load(2023, "Qatar", recording=sprint)
    with pytest.raises(UnknownName, match="no event 'Monaco'"):
        source.load(2024, "Monaco", recording=sprint)
    with pytest.raises(SourceError, match="cannot read the recording"):
        source.load(2024, "Qatar", recording=tmp_path / "none.txt")
    (tmp_path / "other.txt").write_text("hello\n")
    with pytest.raises(SourceError, match="is it a recording"):
        source.load(2024, "Qatar", recording=tmp_path / "other.txt")


def test_the_demo_is_the_same_fresh_and_from_the_cache(assert_sound, monkeypatch):
    fresh = f1lab.load_demo(seed=3)
    monkeypatch.setattr("f1lab.data.demo.generate", lambda *_: pytest.fail("generated again"))
    again = f1lab.load_demo(seed=3)
    assert_same(fresh, again)
    assert_sound(again.race)
    pd.testing.assert_frame_equal(fresh.truth.ledger, again.truth.ledger)
    assert fresh.truth.parameters == again.truth.parameters
    assert again.source == "demo"


def test_demo_car_data_are_generated_again_when_asked():
    weekend = f1lab.load(2024, "anything", source="demo")
    laps = weekend.race.laps
    best = laps[laps["lap"] > 1].sort_values("lap_time_s").iloc[0]
    lap = weekend.race.telemetry(best["driver"], int(best["lap"]))
    assert list(lap.columns) == list(TELEMETRY_COLUMNS)


def test_every_source_speaks_the_protocol(tmp_path):
    archive = source.FastF1Source(folder=tmp_path, offline=True, cache=tmp_path)
    wanted = {name for name in vars(source.Source) if not name.startswith("_")}
    assert wanted == {"name", "schedule", "session", "with_telemetry"}
    assert isinstance(archive.schedule, types.MethodType)
    assert all(hasattr(archive, name) for name in wanted)
    assert os.environ["F1LAB_CACHE_DIR"]


@pytest.mark.real
def test_a_session_is_loaded_on_its_own_where_the_race_is_not_at_hand(fastf1_cache):
    reach = {"offline": True, "fastf1_cache": fastf1_cache}
    with pytest.raises(SourceError):
        source.load(2025, "Australia", **reach)
    session = f1lab.load_session(2025, "Australia", "q", **reach)
    assert (session.kind, session.event) == ("Q", "Australian Grand Prix")
    assert len(session.telemetry("NOR", int(session.laps["lap"].min()) + 1)) > 100
    with pytest.raises(UnknownName, match="FP3"):
        f1lab.load_session(2025, "Australia", "warm-up", **reach)
