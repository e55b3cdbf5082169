"""How long a batch takes: two processes against one, and going on against beginning."""

from __future__ import annotations

import itertools
import time

import pytest

from f1lab.batch import autopsies

pytestmark = pytest.mark.real

#: Dry, wet, red-flagged and hardly driven at all.
RACES = ["Bahrain", "Azerbaijan", "Belgian", "Turkish"]


@pytest.fixture
def batch(fastf1_cache, tmp_path, monkeypatch):
    """Run the batch; each time as if for the first time, the weekends being loaded."""
    number = itertools.count()

    def run(folder=None, **options):
        folder = folder or tmp_path / str(next(number))
        reach = {"offline": True, "fastf1_cache": fastf1_cache}
        return autopsies(2021, folder, races=RACES, **reach, **options)

    def fresh(**options):
        import shutil

        shutil.rmtree(tmp_path / "cache" / "f1" / "computed", ignore_errors=True)
        return run(**options)

    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path / "cache"))
    run()
    return fresh, run


def test_two_jobs_against_one(benchmark, batch):
    """Four races of 20 drivers; the ratio says what a second process is worth."""
    fresh, _ = batch
    two = benchmark.pedantic(fresh, kwargs={"jobs": 2}, rounds=2)
    one = fresh(jobs=1)
    benchmark.extra_info["one job, times as long"] = one.took_s / benchmark.stats.stats.min
    benchmark.extra_info["peak MB, two jobs"] = two.peak_bytes / 1e6
    benchmark.extra_info["peak MB, one job"] = one.peak_bytes / 1e6
    assert two.drives == one.drives


def test_a_finished_batch_started_again(benchmark, batch, tmp_path):
    """Nothing is left to do but to look and to put the tables together."""
    fresh, run = batch
    began = time.perf_counter()
    folder = tmp_path / "again"
    fresh(folder=folder)
    first_s = time.perf_counter() - began
    found = benchmark.pedantic(run, args=(folder,), rounds=3)
    benchmark.extra_info["times quicker than the first"] = first_s / benchmark.stats.stats.min
    assert len(found.resumed) == len(RACES)
