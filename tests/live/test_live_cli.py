"""``f1lab live`` as people start it: over a growing file, interrupted, and given nonsense."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from f1lab.cli import app
from f1lab.errors import F1LabError
from tests.live.feeding import Writer, written

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start():
    # whoever is run in the background ignores interrupts, and so would what it starts
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def started(*words):
        return subprocess.Popen(
            [sys.executable, "-m", "f1lab.cli", "live", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        )

    yield started
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(app, ["live", *map(str, words)])


def test_a_growing_file_is_followed_to_the_end(tmp_path, demo_lines, start):
    path = written(tmp_path / "recording.txt", demo_lines[:30])
    running = start(path, "--driver", "uur", "--give-up", "60")
    first = running.stdout.readline()
    assert "before the start" in first
    Writer(path, demo_lines[30:400], over_s=0.5).run()
    told = ""
    while "UUR: " not in told:
        told = running.stdout.readline()
        assert told, "it ended before the first call"
    Writer(path, demo_lines[400:], over_s=0.1).run()
    out, err = running.communicate(timeout=200)
    assert (running.returncode, err) == (0, "")
    titles = [line for line in out.splitlines() if line.startswith("2024 Halvern")]
    assert titles[-1].endswith("lap 52 of 52, over")


def test_an_interrupt_ends_it_cleanly(tmp_path, demo_lines, start):
    path = written(tmp_path / "recording.txt", demo_lines[:30])
    running = start(path)
    assert "before the start" in running.stdout.readline()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in err


def test_once_prints_the_end(tmp_path, demo_lines, run):
    path = written(tmp_path / "recording.txt", demo_lines[:200])
    state = json.loads(run(path, "--once", "--json").stdout)
    assert state["session"] == "Race"
    assert len(state["tower"]) == 20
    assert "Tower" in run(path, "--once").stdout


def test_a_finished_file_is_replayed_as_if_it_grew(tmp_path, demo_lines, run):
    path = written(tmp_path / "recording.txt", demo_lines[:330])
    lines = run(path, "--speed", "1e6", "--give-up", "0.5").stdout.splitlines()
    assert any(line.endswith("lap 1 of 52") for line in lines)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nothing.txt",), "is not there"),
        (("poem.txt", "--once"), "is no live-timing recording"),
        (("recording.txt", "--once", "--driver", "UUX"), "did you mean 'UUR'"),
        (("recording.txt", "--once", "--speed", "5"), "leave out --speed"),
    ],
)
def test_nonsense_is_answered_with_a_sentence(tmp_path, demo_lines, run, words, sentence):
    written(tmp_path / "poem.txt", [f"verse {n}" for n in range(30)])
    written(tmp_path / "recording.txt", demo_lines[:200])
    done = run(tmp_path / words[0], *words[1:])
    assert isinstance(done.exception, F1LabError)
    assert sentence in str(done.exception)
    assert done.stdout == ""
