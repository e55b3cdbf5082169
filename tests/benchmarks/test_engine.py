"""How quick races are: as a multiple of drawing their normal numbers, in the same run."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest

from f1lab.engine import simulate_races
from tests.engine.fields import GREEN, RESTART, YELLOW, field

N = 5000
ROUNDS = 7


@pytest.fixture(scope="module")
def full():
    """Twenty cars, 57 laps, everything on; compiled."""
    everything = field(20, 57)
    simulate_races(everything, n=2, threads=2)
    return everything


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def normals_drawn(races, n):
    """Count the normal numbers of these races: one a car on each lap raced or started."""
    out = simulate_races(races, n=n, traces=range(n))
    cars = out.traces.leader_lap - 1
    flags = np.take_along_axis(out.flags[:, :, None], cars, axis=1)
    drawn = (flags == GREEN) | (flags == YELLOW) | (flags == RESTART)
    drawn[:, 0] = True
    return int((out.traces.completed & drawn).sum())


def test_a_batch_against_drawing_its_normal_numbers(benchmark, full):
    """Target: at most 6 times as long, 10,000 races a second on one core."""
    count = normals_drawn(full, N)
    rng = np.random.default_rng(0)
    batch, normals = [], []

    def both():
        normals.append(seconds(lambda: rng.standard_normal(count)))
        batch.append(seconds(lambda: simulate_races(full, n=N)))

    benchmark.pedantic(both, rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info["normals_per_race"] = count / N
    benchmark.extra_info["times_the_normals"] = min(batch) / min(normals)
    benchmark.extra_info["races_per_second"] = N / min(batch)
    assert count > 500 * N


def test_one_race_to_the_flag(benchmark, full):
    """Target: at most 1 ms."""
    out = benchmark(simulate_races, full, n=1)
    assert len(out) == 1


def test_two_threads_against_one(benchmark, full):
    """Target: at least 1.8 times as many races, with two cores free."""
    one, two = [], []

    def both():
        one.append(seconds(lambda: simulate_races(full, n=N)))
        two.append(seconds(lambda: simulate_races(full, n=N, threads=2)))

    benchmark.pedantic(both, rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info["speed_up"] = min(one) / min(two)
    assert len(two) > ROUNDS


def test_memory_of_ten_thousand_races(benchmark, full):
    """Target: at most 200 MB."""

    def run():
        tracemalloc.start()
        out = simulate_races(full, n=10_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return out, peak

    out, peak = benchmark.pedantic(run, rounds=1)
    benchmark.extra_info["peak_mb"] = peak / 1e6
    assert len(out) == 10_000
    assert peak < 200e6
