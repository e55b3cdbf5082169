"""``f1lab compare`` and ``f1lab analyze``: text to the terminal, everything else to files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from f1lab import cli


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """A cache shared by the tests of this file, and no network."""
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "analysis-cache"))
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    monkeypatch.setenv("COLUMNS", "120")


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


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["compare", "demo", "UUR", "WEX"], ["UUR against WEX", "race pace"]),
        (["compare", "demo", "uur", "wex", "--what", "cars"], ["UUR", "WEX", "power"]),
        (
            ["compare", "demo", "Northgate GP", "Kestrel Motorsport", "--what", "teams"],
            ["Northgate"],
        ),
        (["compare", "UUR", "WEX", "--source", "demo"], ["UUR against WEX"]),
        (["analyze", "demo"], ["WEX won", "race (Halvern Park"]),
        (["analyze", "demo", "--session", "q"], ["qualifying (Halvern Park)", "Q3"]),
        (["analyze", "demo", "--driver", "UUR"], ["Taavi Uurasto"]),
    ],
    ids=" ".join,
)
def test_text_goes_to_the_terminal(run, args, words):
    status, out, err = run(*args)
    assert (status, err) == (0, "")
    assert "\x1b" not in out
    for word in words:
        assert word in out


def test_other_formats_go_to_files_that_are_named(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, _ = run("compare", "demo", "UUR", "WEX", "--to", "text,json,html")
    assert status == 0
    files = [Path(line) for line in out.splitlines() if line.startswith("out/")]
    assert [file.suffix for file in files] == [".json", ".html"]
    assert sorted(files) == sorted(path for path in Path("out").iterdir())
    told = json.loads(files[0].read_text("utf-8"))
    assert told["metadata"]["kind"] == "driver_comparison"
    assert told["result"]["a"] == "UUR"


def test_in_a_folder_that_is_named_text_is_a_file_too(run, tmp_path):
    status, out, _ = run("analyze", "demo", "--to", "text", "--output", tmp_path / "here")
    (file,) = (tmp_path / "here").iterdir()
    assert (status, out) == (0, f"{file}\n")
    assert "WEX won" in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["compare"], ["YEAR"]),
        (["compare", "demo"], ["two names", "0 given"]),
        (["compare", "demo", "UUR"], ["two names", "1 given"]),
        (["compare", "2025", "China", "NOR", "PIA", "VER"], ["3 given"]),
        (["compare", "demo", "UUR", "UUR"], ["UUR cannot be compared with himself"]),
        (["compare", "demo", "UUR", "HAM"], ["HAM", "Known:"]),
        (["compare", "demo", "UUR", "Ferrari", "--what", "teams"], ["Known:", "Northgate GP"]),
        (["compare", "demo", "UUR", "WEX", "--to", "docx"], ["docx", "json, csv, text, html"]),
        (["compare", "demo", "UUR", "WEX", "--what", "wheels"], ["wheels", "teams"]),
        (["compare", "demo", "UUR", "WEX", "--session", "Q"], ["--what cars"]),
        (["compare", "soon", "China", "NOR", "PIA"], ["'soon'"]),
        (["analyze", "2023"], ["EVENT"]),
        (["analyze", "demo", "NOPE"], ["'NOPE'", "--driver NOPE"]),
        (["analyze", "UUR", "--source", "demo"], ["'UUR'", "--driver UUR"]),
        (["analyze", "demo", "--driver", "HAM"], ["HAM", "Known:"]),
        (["analyze", "demo", "--driver", "UUR", "--car", "UUR"], ["--driver and --car"]),
        (["analyze", "demo", "--driver", "UUR", "--session", "Q"], ["--session"]),
        (["analyze", "demo", "--session", "FP1"], ["FP1"]),
    ],
    ids=" ".join,
)
def test_bad_input_is_one_clear_line(run, args, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert err.startswith("f1lab: ")
    assert err.count("\n") == 1
    for word in words:
        assert word in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    status, out, err = run("analyze", "demo", "--to", "json", "--output", tmp_path / "file")
    assert (status, out) == (2, "")
    assert str(tmp_path / "file") in err


@pytest.mark.real
def test_a_real_weekend_and_an_unknown_event(run, fastf1_cache, shared_tmp, tmp_path, monkeypatch):
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(shared_tmp / "f1lab_cache_of_weekends"))
    where = ("--offline", "--fastf1-cache", fastf1_cache)
    status, out, _ = run(
        "compare", "2025", "China", "NOR", "PIA", *where, "--to", "json", "-o", tmp_path
    )
    assert (status, out.strip().endswith("-NOR-PIA.json")) == (0, True)
    status, out, err = run("analyze", "2023", "Monzza", *where)
    assert (status, out) == (2, "")
    assert "did you mean 'Monza'" in err


@pytest.mark.real
def test_a_qualifying_whose_race_is_not_at_hand_is_compared_all_the_same(
    run, fastf1_cache, shared_tmp, monkeypatch
):
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(shared_tmp / "f1lab_cache_of_weekends"))
    where = ("--what", "cars", "--offline", "--fastf1-cache", fastf1_cache)
    status, out, _ = run("compare", "2025", "Australia", "NOR", "PIA", "--session", "Q", *where)
    assert status == 0
    assert "NOR was 0.084 s quicker than PIA" in " ".join(out.split())
    status, _, err = run("compare", "2025", "Australia", "NOR", "PIA", "--session", "R", *where)
    assert status == 2
    assert "not in the FastF1 cache" in err
