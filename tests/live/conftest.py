"""Recordings to follow: real ones, the demo race written as one."""

from __future__ import annotations

import pytest

from f1lab.data.fastf1_source import FastF1Source
from f1lab.data.livetiming_write import recording_lines
from f1lab.live.race import LiveRace
from tests.live.feeding import lines_of, session_of


@pytest.fixture(scope="session")
def demo_lines():
    """The demo race as a recording."""
    from f1lab.data.source import load_demo

    return [line for _, line in recording_lines(load_demo())]


@pytest.fixture(scope="session")
def demo_session(demo_lines, tmp_path_factory):
    """The demo race read back from its recording, and what was mended."""
    folder = tmp_path_factory.mktemp("demo")
    archive = FastF1Source(folder / "fastf1", offline=True, cache=folder / "cache")
    return session_of(demo_lines, archive)


@pytest.fixture(scope="session")
def sprint_lines(livetiming_folder):
    return lines_of(livetiming_folder / "2024_qatar_gp_sprint.txt")


@pytest.fixture(scope="session")
def qualifying_lines(livetiming_folder):
    return lines_of(livetiming_folder / "2024_qatar_gp_qualifying.txt")


@pytest.fixture
def archive(tmp_path):
    return FastF1Source(tmp_path / "fastf1", offline=True, cache=tmp_path / "cache")


@pytest.fixture
def race(archive):
    """A race to be fed by hand."""

    def made(driver=None):
        return LiveRace(archive=archive, driver=driver, n=100)

    return made
