"""What a lap of a followed race takes: reading what has come, fitting, planning (target 1 s)."""

from __future__ import annotations

from statistics import median

import pytest

from f1lab.live import follow, write_recording
from f1lab.live.ready import load_beside

pytestmark = pytest.mark.real


def laps(path, driver):
    """Seconds of every lap planned, by part."""
    states = follow(path, driver, from_start=True, refresh_s=None)
    return [state.seconds for state in states if state.advice is not None]


def worked(benchmark, path, driver):
    """Follow once; median and worst lap go with the result."""
    load_beside().join()
    list(follow(path, driver, once=True))  # imported
    seconds = benchmark.pedantic(laps, args=(path, driver), rounds=1)
    for part in ("read", "fit", "plan"):
        benchmark.extra_info[f"{part}, median [s]"] = median(one[part] for one in seconds)
        benchmark.extra_info[f"{part}, worst [s]"] = max(one[part] for one in seconds)
    whole = [sum(one.values()) for one in seconds]
    benchmark.extra_info["lap, median [s]"] = median(whole)
    benchmark.extra_info["lap, worst [s]"] = max(whole)
    return whole


_GROUP = "live: every lap of a sprint, of a dry race and of one in the wet (target 1 s)"


@pytest.mark.benchmark(group=_GROUP)
def test_every_lap_of_a_sprint(benchmark, livetiming_folder):
    assert len(worked(benchmark, livetiming_folder / "2024_qatar_gp_sprint.txt", "NOR")) == 17


@pytest.mark.benchmark(group=_GROUP)
@pytest.mark.parametrize(
    ("year", "event", "driver", "planned"),
    [(2023, "Italian Grand Prix", "SAI", 49), (2022, "Monaco Grand Prix", "PER", 62)],
)
def test_every_lap_of_a_race(benchmark, weekends, tmp_path, year, event, driver, planned):
    path = tmp_path / "recording.txt"
    write_recording(weekends(year, event), path)
    assert len(worked(benchmark, path, driver)) == planned
