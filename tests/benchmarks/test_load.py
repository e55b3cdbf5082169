"""A cached weekend against FastF1's own warm cache, in the same run."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from f1lab.data.events import find_event
from f1lab.data.fastf1_source import FastF1Source, using_fastf1
from f1lab.data.source import load

pytestmark = pytest.mark.real

_ROUNDS = 3


@pytest.fixture
def warm(fastf1_cache):
    """Load a weekend once, so that both caches have it."""

    def weekend():
        return load(2023, "Monaco", offline=True, fastf1_cache=fastf1_cache)

    weekend()
    return weekend


def fastf1_seconds(folder, cache):
    """Shortest of a few loads of race and qualifying from FastF1's warm cache."""
    source = FastF1Source(folder=folder, offline=True, cache=cache)
    number = find_event(source.schedule(2023), "Monaco").round
    took = []
    with using_fastf1(source) as fastf1:
        for _ in range(_ROUNDS):
            begun = time.perf_counter()
            for name in ("Race", "Qualifying"):
                session = fastf1.get_session(2023, number, name)
                session.load(telemetry=False)
                assert len(session.laps) > 400
            took.append(time.perf_counter() - begun)
    return min(took)


@pytest.mark.benchmark(group="load")
def test_cached_weekend(benchmark, warm, fastf1_cache, tmp_path):
    weekend = benchmark(warm)
    theirs = fastf1_seconds(fastf1_cache, tmp_path)
    benchmark.extra_info["fastf1_warm_s"] = theirs
    benchmark.extra_info["times_faster"] = theirs / benchmark.stats.stats.median
    assert weekend.race.total_laps == 78


@pytest.mark.benchmark(group="load")
@pytest.mark.usefixtures("warm")
def test_memory_of_one_weekend(benchmark):
    """Resident memory a cached weekend adds to the imports [MB]."""
    code = """
import f1lab, f1lab.data.source, f1lab.settings, pandas

def resident_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024

before = resident_mb()
weekend = f1lab.load(2023, "Monaco", offline=True)
print(resident_mb() - before)
"""
    if not Path("/proc/self/status").exists():
        pytest.skip("resident memory is read from /proc, which is not there")
    root = Path(__file__).resolve().parents[2]

    def measure():
        return float(subprocess.check_output([sys.executable, "-c", code], text=True, cwd=root))

    benchmark.extra_info["resident_mb"] = added = benchmark.pedantic(measure, rounds=1)
    assert added < 150
