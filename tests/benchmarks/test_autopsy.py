"""How long autopsies take, and how much of the gaps stays unexplained."""

from __future__ import annotations

import resource
import sys

import numpy as np
import pytest

import f1lab
from f1lab.autopsy import autopsy
from f1lab.errors import NotEnoughLaps
from f1lab.racemodel import RaceModel

pytestmark = pytest.mark.real


def every_driver(weekend):
    """Fit the race and examine everybody who completed a lap."""
    model = RaceModel.of(weekend)
    ran = set(weekend.race.laps["driver"])
    return [
        autopsy(weekend, code, model=model, judge_calls=False)
        for code in weekend.race.results["driver"]
        if code in ran
    ]


def test_all_drivers_of_a_race(benchmark, weekends):
    """Target: at most 2 s with the session in the cache."""
    weekend = weekends(2023, "Hungarian")
    reports = benchmark.pedantic(every_driver, args=(weekend,), rounds=3, warmup_rounds=1)
    assert len(reports) == 20


def test_one_cached_autopsy(benchmark, weekends):
    """Target: at most 20 ms."""
    weekend = weekends(2023, "Hungarian")
    first = f1lab.autopsy(weekend, "HAM")
    again = benchmark(f1lab.autopsy, weekend, "HAM")
    assert again.to_dict() == first.to_dict()


def test_memory_of_an_autopsy(benchmark, weekends):
    """Peak resident memory after a whole race, for the record [MB]."""
    benchmark.pedantic(every_driver, args=(weekends(2023, "Hungarian"),), rounds=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    benchmark.extra_info["peak_mb"] = peak / (1024.0 if sys.platform != "darwin" else 1024.0**2)


@pytest.mark.timeout(900)
def test_unexplained_over_the_dry_races(benchmark, weekends, races):
    """Aim: a median below 2 s or a tenth of the gap, over all classified finishers."""

    def measure():
        left, gap = [], []
        for year, event in races:
            weekend = weekends(year, event)
            model = RaceModel.of(weekend)
            if model.laps.wet.any():
                continue
            results = weekend.race.results
            for code in results.loc[results["classified"], "driver"]:
                try:
                    report = autopsy(weekend, code, model=model, judge_calls=False)
                except NotEnoughLaps:
                    continue
                left.append(abs(report.blame.unexplained.seconds))
                gap.append(abs(report.gap_s))
        return np.array(left), np.array(gap)

    left, gap = benchmark.pedantic(measure, rounds=1)
    info = {
        "drivers": len(left),
        "median_unexplained_s": round(float(np.median(left)), 3),
        "median_share_of_gap": round(float(np.median(left / np.maximum(gap, 1e-9))), 4),
        "share_within_aim": round(float(np.mean((left < 2) | (left < 0.1 * gap))), 3),
    }
    benchmark.extra_info.update(info)
    assert len(left) > 400
