"""OpenF1 as a server on this machine speaks it, for every test of data."""

import pytest

from f1lab.data import openf1_client, source
from tests.data.openf1_server import OpenF1Server, RealSeason, lateness, running


@pytest.fixture(scope="module")
def season(fastf1_cache, livetiming_folder):
    """2023 as OpenF1 has it, filled from the FastF1 cache."""
    late_s = lateness(livetiming_folder / "2024_qatar_gp_sprint.txt")
    assert 0.1 < late_s.mean() < 0.3
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(fastf1_cache.parent / "openf1_season"))
        events = source.schedule(2023, source="fastf1", offline=True, fastf1_cache=fastf1_cache)
    return RealSeason(fastf1_cache, events, late_s)


@pytest.fixture
def server(season, monkeypatch, tmp_path):
    """Answer as OpenF1 at the address the settings give, to a cache of this test."""
    with running(OpenF1Server(season.answers)) as one:
        monkeypatch.setenv("F1LAB_OPENF1_URL", one.url)
        monkeypatch.setenv("F1LAB_OPENF1_PER_MINUTE", "1000000")
        monkeypatch.setenv("F1LAB_FASTF1_CACHE", str(tmp_path / "no_fastf1"))
        monkeypatch.setattr(openf1_client, "_FIRST_WAIT_S", 0.01)
        yield one
