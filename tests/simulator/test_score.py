"""Strategy IQ: what calls deserve, and no way around it."""

from __future__ import annotations

import json

import pytest

from f1lab.errors import NotEnoughLaps
from f1lab.simulator import InvalidDecision, Simulation, pit_wall_iq, strategy_iq
from f1lab.simulator.score import WEIGHTS

EVERY_LAP = [
    (lap, compound)
    for lap, compound in enumerate(["SOFT"] * 3 + ["HARD"] * 2 + ["MEDIUM"] * 1, start=8)
]


@pytest.fixture(scope="module")
def monza(weekends):
    return weekends(2023, "Italian Grand Prix")


@pytest.fixture(scope="module")
def scored(monza):
    """IQ of SAI's race at Monza by plan."""

    def iq(*plan, seed=0):
        sim = Simulation(monza, "SAI", seed)
        sim.run(list(plan))
        return strategy_iq(sim)

    return iq


def check(iq):
    """A score adds up and says what it was read from."""
    weights = [part.weight for part in iq.parts]
    assert [part.name for part in iq.parts] == list(WEIGHTS)
    assert sum(weights) == pytest.approx(100)
    assert iq.total == pytest.approx(sum(part.points for part in iq.parts))
    assert 0 <= iq.total <= 100
    for part in iq.parts:
        assert part.sentence.endswith(".")
        assert (part.weight == 0) == (part.score is None)
        assert part.score is None or 0 <= part.score <= 1
        assert part.points == pytest.approx(part.weight * (part.score or 0))
    json.dumps(iq.to_dict(), allow_nan=False)


def test_a_score_adds_up_and_is_the_same_again(demo, sim):
    sim.run(sim.actual_plan())
    once = strategy_iq(sim)
    check(once)
    assert strategy_iq(Simulation.from_dict(demo, sim.to_dict())) == once
    assert pit_wall_iq(demo, sim.driver) == once


def test_only_a_finished_race_is_scored(sim):
    for given in (sim, "Monza"):
        with pytest.raises(InvalidDecision, match="only a finished Simulation"):
            strategy_iq(given)


@pytest.mark.real
def test_copying_the_real_calls_scores_what_the_real_pit_wall_does(monza, scored):
    copied = scored((19, "HARD"))
    assert copied == pit_wall_iq(monza, "SAI")
    check(copied)
    # nothing is made of having known it all along
    assert copied.total < 90


@pytest.mark.real
def test_tricks_score_what_they_deserve(scored):
    real = scored((19, "HARD")).total
    never, every_lap = scored(), scored(*EVERY_LAP)
    early, late = scored((6, "HARD")), scored((44, "HARD"))
    for iq in (never, every_lap, early, late):
        check(iq)
    assert never.disqualified
    assert max(never.total, every_lap.total) < 10
    assert max(early.total, late.total) < real / 2
    wets = scored((19, "WET"))
    assert wets.total < 10


@pytest.mark.real
def test_the_best_plan_found_beats_reality_and_its_place_is_reached(monza):
    """LEC lost the podium by the length of a stop."""
    real = pit_wall_iq(monza, "LEC")
    start, *stops = real.best_plan.split(" → ")
    plan = [(int(lap), compound) for _, lap, compound in map(str.split, stops)]
    sim = Simulation(monza, "LEC", start=start)
    assert sim.run(plan).position == real.best_position < real.position
    outcome = [{p.name: p for p in iq.parts}["outcome"] for iq in (real, strategy_iq(sim))]
    assert outcome[1].score > outcome[0].score


@pytest.mark.real
def test_a_known_blunder_and_a_known_masterpiece_are_told_apart(weekends):
    """2022 Monaco LEC lost a won race in the pits; 2023 Singapore SAI was called to perfection.

    What Monaco's walls could know of the drying track is little: it is the outcome that tells.
    """
    poor = pit_wall_iq(weekends(2022, "Monaco Grand Prix"), "LEC")
    good = pit_wall_iq(weekends(2023, "Singapore Grand Prix"), "SAI")
    check(poor)
    check(good)
    assert good.total > 75 > poor.total + 10
    outcome = {part.name: part.score for part in poor.parts}["outcome"]
    assert outcome < 0.5
    assert poor.best_position < poor.position


@pytest.mark.real
def test_parts_that_do_not_apply_leave_their_weight_to_the_others(weekends):
    """RUS did not see the flag in Singapore; his second stop, under the VSC, was a gamble."""
    iq = pit_wall_iq(weekends(2023, "Singapore Grand Prix"), "RUS")
    check(iq)
    parts = {part.name: part for part in iq.parts}
    assert parts["outcome"].score is None
    assert iq.position is None
    assert parts["sc_reaction"].score < 0.5
    assert parts["sc_reaction"].laps == (44,)


@pytest.mark.real
def test_who_retired_at_once_has_nothing_to_be_judged_by(weekends):
    with pytest.raises(NotEnoughLaps, match="PER retired after 1 laps"):
        pit_wall_iq(weekends(2023, "Mexico City Grand Prix"), "PER")
