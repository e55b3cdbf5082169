"""How long a played lap, its odds and its score take, beside running the engine once."""

from __future__ import annotations

import pytest

from f1lab.simulator import Simulation, strategy_iq

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def monza(weekends):
    return weekends(2023, "Italian Grand Prix")


@pytest.fixture
def sim(monza):
    sim = Simulation(monza, "SAI")
    sim.fast_forward(12)
    return sim


@pytest.mark.benchmark(group="simulator: a step (target 20 ms) and a race of 51 laps")
def test_a_step_with_its_state(benchmark, sim):
    def step():
        sim.step("HARD")
        sim.undo()

    benchmark(step)


@pytest.mark.benchmark(group="simulator: a step (target 20 ms) and a race of 51 laps")
def test_a_whole_race(benchmark, monza):
    def race():
        sim = Simulation(monza, "SAI")
        return sim.run([(20, "HARD")])

    assert benchmark(race).position <= 5


@pytest.mark.benchmark(group="simulator: odds with the fit at hand (target 100 ms)")
@pytest.mark.parametrize(
    ("event", "year", "driver", "lap"),
    [
        ("Italian Grand Prix", 2023, "SAI", 12),
        ("Spanish Grand Prix", 2023, "HAM", 3),
        ("Monaco Grand Prix", 2022, "LEC", 20),
        ("Dutch Grand Prix", 2023, "ALO", 8),
    ],
    ids=["dry", "long and dry", "drying", "wet"],
)
def test_odds(benchmark, weekends, event, year, driver, lap):
    sim = Simulation(weekends(year, event), driver)
    sim.fast_forward(lap)
    sim.odds()
    assert benchmark(sim.odds).alternatives


@pytest.mark.benchmark(group="simulator: score of a race (target 5 s)")
def test_score(benchmark, monza):
    sim = Simulation(monza, "SAI")
    sim.run([(20, "HARD")])
    assert benchmark.pedantic(strategy_iq, args=(sim,), rounds=3, warmup_rounds=1).total > 50
