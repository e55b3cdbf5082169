"""How long comparisons take, against what was measured in the same run."""

from __future__ import annotations

import time
from functools import partial

import pytest

from f1lab.compare import _season_races, laps, season
from f1lab.compare._calculations import lap_calculations
from f1lab.compare.laps import race_view
from f1lab.data.source import load
from f1lab.racemodel import RaceModel

pytestmark = pytest.mark.real

#: Races both cars of a team finished, of one season.
SEASON = ["Bahrain", "Hungarian", "British", "Singapore", "Italian", "Abu Dhabi"]


def seconds(call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def test_all_calculations_of_a_race(benchmark, weekends):
    """Target 1 s. The ratio is against fitting the lap-time model alone, fits included."""
    weekend = weekends(2023, "Bahrain")

    def fresh():
        return lap_calculations(type(view)(view.weekend, view.laps, view.frame))

    view = race_view(weekend)
    found = benchmark.pedantic(fresh, rounds=3, warmup_rounds=1)
    model_s = min(seconds(partial(RaceModel.of, weekend)) for _ in range(3))
    benchmark.extra_info["times one fit of the race"] = benchmark.stats.stats.min / model_s
    assert found.answers


def test_a_season_head_to_head(benchmark, fastf1_cache, shared_tmp, monkeypatch):
    """Six races from the cache; a season of 22 is to take 10 s. The ratio is against loading."""
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(shared_tmp / "f1lab_cache_of_weekends"))
    reach = {"offline": True, "fastf1_cache": fastf1_cache}
    asked = [(2023, event) for event in SEASON]
    ask = partial(season, asked, "NOR", "PIA", progress=False, **reach)

    # a race looked at before would cost nothing
    found = benchmark.pedantic(ask, setup=laps._recent.clear, rounds=2, warmup_rounds=1)
    load_s = seconds(lambda: [load(*race, **reach) for race in asked])
    benchmark.extra_info["times loading the races"] = benchmark.stats.stats.min / load_s
    benchmark.extra_info["seconds for 22 races"] = benchmark.stats.stats.min * 22 / len(asked)
    assert len(found.races) == len(SEASON)


def test_two_jobs_against_one(benchmark, weekends):
    """The same twelve reads in two processes that are already there."""
    loaded = [weekends(2023, event) for event in SEASON]
    read = partial(_season_races.read_races, loaded, "NOR", "PIA", progress=False)

    def in_two():
        return list(read(n_jobs=2))

    def in_one():
        laps._recent.clear()
        return list(read(n_jobs=1))

    pairs = benchmark.pedantic(in_two, rounds=2, warmup_rounds=1)
    benchmark.extra_info["times one job"] = benchmark.stats.stats.min / seconds(in_one)
    assert len(pairs) == len(SEASON)
