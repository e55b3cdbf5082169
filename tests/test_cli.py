"""The command line: what it prints, and how it ends."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import pytest

import f1lab
from f1lab import cli
from f1lab.errors import SourceError
from f1lab.reporting import pdf

CATEGORIES = [
    "qualifying",
    "tyre_degradation",
    "pit_execution",
    "strategy",
    "car_pace",
    "incidents",
]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """A cache shared by the tests of this file, and no network."""
    folder = tmp_path_factory.getbasetemp() / "cli-cache"
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(folder))
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    monkeypatch.delenv("F1LAB_FASTF1_CACHE", raising=False)
    return folder


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process; returns status, stdout and stderr."""

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["f1lab", *map(str, args)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


def assert_one_line(result, *words):
    status, out, err = result
    assert status == 2
    assert out == ""
    assert err.startswith("f1lab: ")
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    for word in words:
        assert word in err


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        return f1lab.autopsy(f1lab.load_demo(), cli.DEMO_DRIVER).to_dict()


def test_the_table_shows_every_category_and_the_verdict(run, expected, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    status, out, _ = run("autopsy", "demo", cli.DEMO_DRIVER)
    assert status == 0
    for category in expected["categories"].values():
        assert category["label"] in out
        assert f"{category['seconds']:+.3f}" in out
    assert f"{expected['gap_s']:+.3f}" in out
    assert " ".join(expected["verdict"].split()) in " ".join(out.split())
    for issue in expected["quality"]:
        assert issue["action"] in out


def test_json_is_the_report_and_nothing_else(run, expected):
    status, out, _ = run("autopsy", "demo", cli.DEMO_DRIVER, "--json")
    given = json.loads(out)
    assert status == 0
    assert list(given["categories"]) == CATEGORIES
    assert given == json.loads(json.dumps(expected))


def test_the_parts_of_the_json_add_up_to_the_gap(run):
    _, out, _ = run("autopsy", "demo", cli.DEMO_DRIVER, "--json", "--reference", "teammate")
    given = json.loads(out)
    parts = sum(c["seconds"] for c in given["categories"].values()) + given["unexplained_s"]
    assert given["reference_kind"] == "teammate"
    assert parts == pytest.approx(given["gap_s"], abs=1e-3)


def test_source_demo_is_the_demo(run):
    by_word = run("autopsy", "demo", cli.DEMO_DRIVER, "--json")
    by_option = run("autopsy", cli.DEMO_DRIVER, "--source", "demo", "--json")
    assert by_option == by_word


def test_version(run):
    assert run("--version") == (0, f"f1lab {f1lab.__version__}\n", "")


def test_without_a_command_it_shows_the_help(run):
    status, out, err = run()
    assert (status, err) == (0, "")
    for command in ("autopsy", "report", "cache", "doctor"):
        assert command in out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["autopsy"], ["YEAR"]),
        (["autopsy", "soon", "Monaco", "HAM"], ["season such as 2023", "'soon'"]),
        (["autopsy", "1949", "Monaco", "HAM"], ["1949"]),
        (["autopsy", "2023", "Monaco"], ["DRIVER"]),
        (["autopsy", "2023", "", "HAM"], ["event"]),
        (["autopsy", "demo"], ["DRIVER"]),
        (["autopsy", "demo", "ZZZ"], ["driver", "ZZZ", "Known:"]),
        (["autopsy", "demo", cli.DEMO_DRIVER, "-r", "nobody"], ["NOBODY"]),
        (["autopsy", "demo", cli.DEMO_DRIVER, "-r", cli.DEMO_DRIVER], [cli.DEMO_DRIVER]),
        (["autopsy", "demo", cli.DEMO_DRIVER, "--source", "radio"], ["radio", "demo"]),
        (["autopsy", "demo", cli.DEMO_DRIVER, "--colour"], ["--colour"]),
        (["autopsy", "2023", "Monaco", "HAM", "--fastf1-cache", "/no/such"], ["/no/such"]),
        (["autopsi"], ["autopsi"]),
        (["report"], ["command"]),
        (["report", "autopsy", "demo", "--drivers", ""], ["DRIVER"]),
        (["report", "autopsy", "demo", "--drivers", "ZZZ"], ["ZZZ", "Known:"]),
        (["report", "demo", "--to", "docx"], ["html, pdf", "docx"]),
        (["report", "autopsy", "demo", cli.DEMO_DRIVER, "-j", "0"], ["--jobs", "equal to 1"]),
    ],
    ids=" ".join,
)
def test_bad_input_is_one_clear_line(run, tmp_path, monkeypatch, args, words):
    monkeypatch.chdir(tmp_path)
    assert_one_line(run(*args), *words)
    assert list(tmp_path.iterdir()) == [], "nothing half-written"


def test_no_network_says_what_to_do(run, tmp_path):
    empty = tmp_path / "fastf1"
    empty.mkdir()
    result = run("autopsy", "2023", "Monaco", "HAM", "--offline", "--fastf1-cache", empty)
    assert_one_line(result, "offline")


def test_a_folder_that_cannot_be_written_is_one_line(run, tmp_path):
    (tmp_path / "out").write_text("in the way")
    result = run("report", "demo", "--output", tmp_path / "out" / "deeper")
    assert_one_line(result, "cannot write", "--output")


def test_the_demo_report_prints_its_path_and_is_there(run, tmp_path):
    status, out, _ = run("report", "demo", "--output", tmp_path / "out")
    files = [p.name for p in (tmp_path / "out").iterdir()]
    assert status == 0
    assert len(files) == 1
    assert out.strip().endswith(files[0])
    assert files[0].endswith(f"-{cli.DEMO_DRIVER}.html")


def test_an_interrupt_ends_with_130_and_no_traceback(run, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("f1lab.export.show", interrupted)
    status, _, err = run("autopsy", "demo", cli.DEMO_DRIVER)
    assert status == 130
    assert "Traceback" not in err


def test_a_closed_pipe_is_quiet():
    command = [sys.executable, "-c", "from f1lab.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "autopsy", "demo", cli.DEMO_DRIVER, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ,
    )
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    process.wait(timeout=120)
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


def test_what_the_system_refuses_is_one_line(run, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/cache/entry")

    monkeypatch.setattr("f1lab.cli.autopsy.parameters", full)
    assert_one_line(run("autopsy", "demo", "X"), "No space left on device", "/cache/entry")


def test_an_error_of_several_lines_still_prints_as_one(run, monkeypatch):
    def broken(*_args, **_kwargs):
        raise SourceError("first\nsecond")

    monkeypatch.setattr("f1lab.cli.autopsy.parameters", broken)
    assert_one_line(run("autopsy", "demo", "X"), "first second")


# ---------------------------------------------------------------------------------------------
# cache and doctor


def test_the_cache_is_counted_listed_and_cleared(run, tmp_path, monkeypatch):
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path / "cache"))
    run("autopsy", "demo", cli.DEMO_DRIVER)
    _, out, _ = run("cache", "stats", "--json")
    before = json.loads(out)
    assert before["folder"] == str(tmp_path / "cache")
    assert before["entries"] > 0
    status, out, _ = run("cache", "stats")
    assert status == 0
    assert str(before["entries"]) in out
    assert run("cache", "invalidate", "*/no-such-event/*")[1] == "0 entries deleted\n"
    assert run("cache", "clear")[1] == f"{before['entries']} entries deleted\n"
    assert json.loads(run("cache", "stats", "--json")[1])["entries"] == 0


def test_an_unknown_tier_names_those_there_are(run):
    assert_one_line(run("cache", "clear", "--tier", "attic"), "attic", "session", "computed")


def test_a_corrupt_entry_is_computed_anew(run, own_cache):
    _, before, _ = run("autopsy", "demo", cli.DEMO_DRIVER, "--json")
    entries = list(own_cache.rglob("*.joblib"))
    for entry in entries:
        entry.write_bytes(b"garbage")
    status, after, _ = run("autopsy", "demo", cli.DEMO_DRIVER, "--json")
    assert entries
    assert status == 0
    assert json.loads(after) == json.loads(before)


def test_warming_says_what_could_not_be_loaded(run, tmp_path):
    empty = tmp_path / "fastf1"
    empty.mkdir()
    status, out, err = run("cache", "warm", "2023", "Monaco", "--fastf1-cache", empty)
    assert status == 2
    assert out == ""
    assert err.startswith("f1lab: 2023 Monaco: ")
    assert err.count("\n") == 1


def test_the_doctor_names_every_source_and_what_to_do(run, own_cache, tmp_path):
    status, out, _ = run("doctor", "--json", "--fastf1-cache", tmp_path)
    found = json.loads(out)
    answers = {source["name"]: source["answers"] for source in found["sources"]}
    assert status == 0
    assert answers["demo"] is True
    assert answers["fastf1 cache"] is False
    assert "F1LAB_FASTF1_CACHE" in " ".join(item["do"] for item in found["advice"])
    assert str(own_cache) in [folder["path"] for folder in found["folders"]]


def test_the_doctor_fails_when_nothing_can_be_stored(run, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path / "file" / "cache"))
    status, out, _ = run("doctor", "--json")
    assert status == 1
    assert "F1LAB_CACHE_DIR" in " ".join(item["do"] for item in json.loads(out)["advice"])


def test_the_doctor_names_a_missing_browser(run, monkeypatch):
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    monkeypatch.setenv("COLUMNS", "200")
    status, out, _ = run("doctor")
    assert status == 0
    assert "source livetiming" in out
    assert "--to html" in out


# ---------------------------------------------------------------------------------------------
# a real race


@pytest.mark.real
def test_a_real_race_from_an_existing_cache(run, fastf1_cache):
    args = ("autopsy", "2023", "Monaco", "HAM", "--offline", "--fastf1-cache", fastf1_cache)
    status, out, _ = run(*args, "--json")
    given = json.loads(out)
    parts = sum(c["seconds"] for c in given["categories"].values()) + given["unexplained_s"]
    assert status == 0
    assert given["event"] == "Monaco Grand Prix"
    assert parts == pytest.approx(given["gap_s"], abs=1e-3)


@pytest.mark.real
@pytest.mark.parametrize(
    ("wrong", "suggestion"),
    [
        (["2023", "Monacco", "HAM"], "did you mean 'Monaco'"),
        (["2023", "Monaco", "HAN"], "did you mean 'HAM'"),
        (["1999", "Monaco", "HAM"], "1999"),
        (["2023", "Monaco", "HAM", "-r", "VEX"], "did you mean 'VER'"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_wrong_name_gets_a_suggestion(run, fastf1_cache, wrong, suggestion):
    assert_one_line(run("autopsy", *wrong, "--offline", "--fastf1-cache", fastf1_cache), suggestion)


@pytest.mark.real
def test_reports_of_two_drivers_at_a_time(run, fastf1_cache, tmp_path):
    status, out, _ = run(
        "report", "autopsy", "2023", "Monaco", "--drivers", "HAM,STR", "-j", "2",
        "--output", tmp_path / "out", "--offline", "--fastf1-cache", fastf1_cache,
    )  # fmt: skip
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert status == 0
    assert names == [f"autopsy-2023-monaco-grand-prix-{code}.html" for code in ("HAM", "STR")]
    assert out.count("\n") == 2


@pytest.mark.real
def test_a_recording_is_judged_like_any_race(run, livetiming_folder, fastf1_cache):
    recording = next(livetiming_folder.glob("*sprint*.txt"))
    status, out, _ = run(
        "autopsy", "2024", "Qatar", "HAM", "--recording", recording, "--json",
        "--offline", "--fastf1-cache", fastf1_cache,
    )  # fmt: skip
    assert status == 0
    assert json.loads(out)["source"] == "livetiming"
