"""Whatever is asked wrongly is answered by one sentence of f1lab's own, never by a traceback."""

from __future__ import annotations

import pytest

import f1lab
from f1lab.errors import F1LabError


@pytest.fixture(scope="module")
def demo():
    from f1lab.data.demo import generate

    return generate(0)


@pytest.fixture(scope="module")
def field(demo):
    return f1lab.RaceField.from_weekend(demo, 18)


ASKED = {
    "an autopsy of nobody": (lambda w, _: f1lab.autopsy(w, None), "driver"),
    "an autopsy of nothing": (lambda _, __: f1lab.autopsy(None, "UUR"), "weekend"),
    "an autopsy with a negative seed": (lambda w, _: f1lab.autopsy(w, "UUR", seed=-1), "seed=-1"),
    "a plan without a race": (lambda _, __: f1lab.optimize(None, "UUR"), "weekend or a field"),
    "a number of races in words": (lambda _, f: f1lab.optimize(f, "UUR", n="800"), "n='800'"),
    "a plan for nobody": (lambda _, f: f1lab.optimize(f, None), "driver"),
    "races of a weekend": (lambda w, _: f1lab.simulate_races(w), "RaceField"),
    "undercuts in a weekend": (lambda w, _: f1lab.undercut_table(w, "UUR"), "RaceField"),
    "an undercut on a lap in words": (
        lambda _, f: f1lab.undercut_table(f, "UUR", lap="20"),
        "lap='20'",
    ),
    "undercuts no laps apart": (
        lambda _, f: f1lab.undercut_table(f, "UUR", laps=()),
        "at least one",
    ),
    "safety cars in a weekend": (lambda w, _: f1lab.safety_car_table(w, "UUR"), "RaceField"),
    "one race of safety cars": (lambda _, f: f1lab.safety_car_table(f, "UUR", n=1), "2 or more"),
    "a safety car on a bare lap": (
        lambda _, f: f1lab.safety_car_table(f, "UUR", laps=20),
        "sequence of laps",
    ),
    "a battle over laps in words": (
        lambda w, _: f1lab.battle_forecast(w, "UUR", "WEX", 20, laps="3"),
        "laps='3'",
    ),
    "a battle with oneself": (
        lambda w, _: f1lab.battle_forecast(w, "UUR", "UUR", 20),
        "was named twice",
    ),
    "the evolution of nothing": (lambda _, __: f1lab.track_evolution(None), "weekend"),
    "the evolution of a field": (lambda _, f: f1lab.track_evolution(f), "weekend"),
    "a field with a negative seed": (
        lambda w, _: f1lab.RaceField.from_weekend(w, 18, seed=-1),
        "seed=-1",
    ),
    "a field with draws in words": (
        lambda w, _: f1lab.RaceField.from_weekend(w, 18, n_draws="5"),
        "n_draws='5'",
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_wrong_question_gets_a_sentence(name, demo, field):
    ask, says = ASKED[name]
    with pytest.raises(F1LabError) as refused:
        ask(demo, field)
    assert says in str(refused.value)
