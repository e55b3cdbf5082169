"""The batch as a command: a line for every mistake, a status for every end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from f1lab import cli
from f1lab.cli.progress import TimeLeft, time_left, words
from f1lab.data.source import schedule
from tests.batch.helping import environment, waited

pytest.importorskip("pyarrow", reason="a batch writes Parquet")


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process; returns status, stdout and stderr."""

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["f1lab", "batch", "autopsy", *map(str, args)])
        before = signal.getsignal(signal.SIGTERM)
        try:
            with pytest.raises(SystemExit) as end:
                cli.main()
        finally:
            signal.signal(signal.SIGTERM, before)
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


def test_the_demo_is_a_season_of_one_race(run, tmp_path):
    status, out, err = run("--seasons", "demo", "-o", tmp_path, "--drivers", "UUR,WEX", "--json")
    found = json.loads(out)
    assert status == 0
    assert (found["drives"], found["complete"]) == (2, True)
    assert err.splitlines()[-1] == "[1 of 1] took apart 2024 Halvern Grand Prix"
    assert (tmp_path / "autopsies.parquet").exists()


@pytest.mark.parametrize(
    ("args", "words_said"),
    [
        (("--seasons", "soon"), "seasons are written 2023"),
        (("--seasons", "demo", "--races", "Monaco"), "loaded weekends"),
        (("--seasons", "demo", "--jobs", "0"), "jobs"),
        (("--seasons", "demo", "--backend", "spark"), "spark"),
        (("--seasons", "demo", "--backend", "dask"), "--scheduler tcp://HOST:8786"),
        (("--seasons", "demo", "--scheduler", "tcp://a:1"), "--backend dask"),
        (("--seasons", "demo", "--drivers", "ZZZ"), "no driver of this season 'ZZZ'"),
        (("--seasons", "demo", "--reference", "ZZZ"), "no reference 'ZZZ'"),
        (("--seasons", "demo", "--drivers", ","), "at least one driver"),
        ((), "--seasons"),
    ],
)
def test_a_wrong_question_is_one_line(run, tmp_path, args, words_said):
    status, out, err = run(*args, "-o", tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith("f1lab: ")
    assert err.count("\n") == 1
    assert words_said in err
    assert not list(tmp_path.glob("*.parquet"))


@pytest.mark.real
def test_a_race_that_is_not_at_hand_is_named_and_the_status_says_so(
    run, tmp_path, fastf1_cache, races
):
    events = schedule(2021, offline=True, fastf1_cache=fastf1_cache)
    absent = next(event.name for event in events if (2021, event.name) not in races)
    reach = ("--offline", "--fastf1-cache", fastf1_cache, "--drivers", "VER,HAM")
    asked = ("--seasons", "2021", "--races", f"Belgian,{absent}", *reach)
    status, out, err = run(*asked, "-o", tmp_path, "--json")
    found = json.loads(out)
    assert status == cli.batch.INCOMPLETE == 3
    assert found["races"] == ["2021 Belgian Grand Prix"]
    assert list(found["missing"]) == [f"2021 {absent}"]
    assert found["drives"] == 2
    assert "loading 2021" in err


def test_told_to_end_it_ends_and_can_go_on(tmp_path, shared_tmp):
    command = [sys.executable, "-m", "f1lab.cli", "batch", "autopsy", "--seasons", "demo"]
    env = environment(F1LAB_CACHE_DIR=str(shared_tmp / "batch_cache_of_term"))
    out = tmp_path / "out"
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen([*command, "-o", out], env=env, stdout=log, stderr=log)
        waited(lambda: b"taking the races apart" in (tmp_path / "log").read_bytes())
        running.terminate()
        assert running.wait(30) == 143
    said = (tmp_path / "log").read_bytes()
    assert b"Traceback" not in said
    assert b"the same command goes on" in said
    assert not list(out.glob("*.parquet"))


def test_time_left_is_told_from_what_this_start_has_done():
    now = iter([0.0, 10.0, 20.0, 5.0, 6.0])
    left = TimeLeft(lambda: next(now))
    assert left.seconds(20, 40) is None  # twenty were there before
    assert left.seconds(21, 40) == pytest.approx(190.0)
    assert left.seconds(22, 40) == pytest.approx(180.0)
    assert left.seconds(0, 3) is None  # another piece of work
    assert left.seconds(1, 3) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (4.4, "about 4 s left"),
        (200.0, "about 3 min left"),
        (9000.0, "about 2.5 h left"),
    ],
)
def test_time_left_as_one_says_it(seconds, said):
    assert words(seconds) == said


def test_without_a_terminal_progress_is_plain_lines_now_and_then(capsys):
    with time_left() as tell:
        for done in range(101):
            tell(f"race {done}", done, 100)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "[0 of 100] race 0"
    assert lines[-1] == "[100 of 100] race 100"
    assert len(lines) < 20
