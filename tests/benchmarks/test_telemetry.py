"""Car data of a whole race: one lap from the cache, what it costs in memory, two laps aligned."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from f1lab.calc.align import LapTrace, align
from f1lab.data.source import load
from f1lab.errors import NoData

pytestmark = pytest.mark.real

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def china(fastf1_cache):
    """The race of China 2025, its car data cached; and how long that took the first time."""
    weekend = load(2025, "China", offline=True, fastf1_cache=fastf1_cache)
    begun = time.perf_counter()
    weekend.race.telemetry("NOR", 20)
    return weekend, time.perf_counter() - begun


@pytest.mark.benchmark(group="telemetry")
def test_one_lap_from_the_cache(benchmark, china):
    weekend, first_s = china
    lap = benchmark(weekend.race.telemetry, "PIA", 30)
    assert len(lap) > 300
    benchmark.extra_info["first_s"] = first_s
    benchmark.extra_info["times_faster"] = first_s / benchmark.stats.stats.median
    assert first_s / benchmark.stats.stats.median > 20


@pytest.mark.benchmark(group="telemetry")
def test_every_lap_of_every_driver(benchmark, china):
    """A whole race, 20 cars: each lap comes back as one lap does."""
    weekend, first_s = china
    laps = weekend.race.laps[["driver", "lap"]].to_numpy().tolist()

    def read():
        taken = []
        for driver, lap in laps:
            begun = time.perf_counter()
            try:
                samples = len(weekend.race.telemetry(driver, lap))
            except NoData:
                continue  # the feed lost some of its last lap
            taken.append((time.perf_counter() - begun, samples))
        return taken

    taken = benchmark.pedantic(read, rounds=1)
    seconds = sorted(took for took, _ in taken)
    info = benchmark.extra_info
    info["laps"], info["samples"] = len(taken), sum(samples for _, samples in taken)
    info["median_ms"], info["p99_ms"] = (1000 * seconds[int(q * len(seconds))] for q in (0.5, 0.99))
    assert len(taken) >= len(laps) - 1
    assert info["samples"] > 350_000
    assert first_s / seconds[len(seconds) // 2] > 20


@pytest.mark.benchmark(group="telemetry")
def test_the_overview_of_a_whole_race(benchmark, china):
    """Four drivers, every lap: what the widget sends, beside reading the car data at first."""
    from f1lab.widgets import TelemetryTraces

    weekend, first_s = china
    drivers = weekend.race.results["driver"][:4]
    view = benchmark.pedantic(
        TelemetryTraces,
        (weekend, [(driver, "race") for driver in drivers]),
        rounds=1,
    )
    benchmark.extra_info["sent_mb"] = len(view.samples) / 1e6
    assert len(view.samples) < 2.5e6
    assert benchmark.stats.stats.median < 5 * first_s


@pytest.mark.benchmark(group="telemetry")
def test_two_laps_aligned(benchmark, china):
    weekend, _ = china
    one, other = (LapTrace.from_table(weekend.race.telemetry(d, 20)) for d in ("NOR", "PIA"))
    assert benchmark(align, one, other).residual_kmh < 15


@pytest.mark.benchmark(group="telemetry")
def test_memory_of_a_whole_race(benchmark, fastf1_cache):
    """Most memory that reading and caching all cars adds to the imports and the weekend [MB]."""
    code = f"""
import fastf1, f1lab.data.source
from pathlib import Path

def mb(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

weekend = f1lab.data.source.load(2025, "China", offline=True, fastf1_cache={str(fastf1_cache)!r})
before = mb("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # forget the peak of loading the weekend
laps = [weekend.race.telemetry(d, 3) for d in weekend.race.laps["driver"].unique()]
assert len(laps) == 20
print(mb("VmHWM") - before)
"""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("peak memory is read from /proc, which is not there")

    def measure():
        return float(subprocess.check_output([sys.executable, "-c", code], text=True, cwd=_ROOT))

    benchmark.extra_info["most_mb"] = added = benchmark.pedantic(measure, rounds=1)
    assert 10 < added < 300
