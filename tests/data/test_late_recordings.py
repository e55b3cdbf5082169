"""Recordings that do not have the whole of a session, on the real one of a sprint."""

from __future__ import annotations

import pytest

from f1lab.data import _aligned
from f1lab.data.livetiming_heard import Heard
from f1lab.data.livetiming_source import event_of, recorded_session
from f1lab.live.ready import nowhere

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def lines(livetiming_folder):
    return (livetiming_folder / "2024_qatar_gp_sprint.txt").read_text().splitlines()


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path))

    def session(lines):
        heard = Heard.of(lines)
        info, kind = event_of(heard.info)
        return recorded_session(heard, info, kind, nowhere())

    return session


def test_gaps_at_the_line_outvote_those_of_the_next_loop(lines, read):
    """Three gaps of Hulkenberg's seen 3 s after the line agree by chance; two at the line do too."""
    _, issues = read(lines[: int(0.8 * len(lines))])
    assert not [issue for issue in issues if issue.kind == "clock_aligned"]


def test_laps_that_were_not_recorded_cost_no_time(lines, read, monkeypatch):
    """Nobody is asked again and again about each of them."""
    asked = []
    real = _aligned.leader_rows
    monkeypatch.setattr(_aligned, "leader_rows", lambda *args: asked.append(1) or real(*args))
    _, issues = read(lines[:700] + lines[int(0.8 * len(lines)) :])
    missing = next(issue.count for issue in issues if issue.kind == "laps_not_recorded")
    assert missing > 250
    assert len(asked) < 25


def test_a_recording_that_missed_the_start_is_read(lines, read):
    kept = [line for line in lines if '"Started"' not in line]
    assert 0 < len(lines) - len(kept) < 5
    session, _ = read(kept)
    assert session.laps["lap"].max() == 19
