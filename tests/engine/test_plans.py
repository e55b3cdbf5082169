"""Plans that this race does not allow are refused, with a sentence, before anything is run."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from f1lab.engine import RacePlan, simulate_races
from f1lab.engine.plans import policies_for
from f1lab.errors import InvalidInput, InvalidPlan
from tests.engine.fields import HARD, MEDIUM, SOFT, calm, field

FIELD = field(4, 30)


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (RacePlan("MEDIUM", ((15, "MEDIUM"),)), "2 dry compounds"),
        (RacePlan("SOFT"), "2 dry compounds"),
        (RacePlan("MEDIUM", ((30, "HARD"),)), "laps 1 to 29"),
        (RacePlan("MEDIUM", ((31, "HARD"),)), "laps 1 to 29"),
        (RacePlan("MEDIUM", ((-3, "HARD"),)), "laps 1 to 29"),
        (RacePlan("MEDIUM", ((0, "HARD"),)), "laps 1 to 29"),
        (RacePlan("MEDIUM", ((12.5, "HARD"),)), "laps 1 to 29"),
        (RacePlan("MEDIUM", ((20, "HARD"), (10, "SOFT"))), "in order"),
        (RacePlan("MEDIUM", ((10, "HARD"), (10, "SOFT"))), "in order"),
        (RacePlan("MEDIUM", ((12, "HYPERSOFT"),)), "'HYPERSOFT'"),
        (RacePlan("UNKNOWN", ((12, "HARD"),)), "'UNKNOWN'"),
        (RacePlan(None, ((12, "HARD"),)), "no start compound"),
    ],
)
def test_an_impossible_plan_is_refused_and_nothing_is_run(plan, says, monkeypatch):
    monkeypatch.setattr("f1lab.engine.simulate.room_for", _nothing_runs)
    with pytest.raises(InvalidPlan, match=re.escape(says)) as refused:
        simulate_races(FIELD, {"ABA": plan}, n=10)
    assert "ABA" in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"n": 0}, "n = 0"),
        ({"n": -5}, "n = -5"),
        ({"n": 2.5}, "n = 2.5"),
        ({"threads": 0}, "threads = 0"),
        ({"seed": -1}, "seed = -1"),
        ({"n": 5, "traces": (5,)}, "0 to 4"),
        ({"plans": {"XXX": RacePlan("SOFT", ((9, "HARD"),))}}, "no driver 'XXX'"),
    ],
)
def test_impossible_numbers_and_drivers_are_refused(arguments, says, monkeypatch):
    monkeypatch.setattr("f1lab.engine.simulate.room_for", _nothing_runs)
    with pytest.raises(InvalidPlan, match=re.escape(says)):
        simulate_races(FIELD, **arguments)


def test_a_field_with_numbers_missing_is_refused():
    model = replace(FIELD.model, track_s=np.full_like(FIELD.model.track_s, np.nan))
    with pytest.raises(InvalidInput, match="track_s"):
        simulate_races(replace(FIELD, model=model), n=5)


def _nothing_runs(*_):
    raise AssertionError("races were prepared")


def test_rain_tyres_lift_the_rules_of_a_dry_race():
    plan = RacePlan("INTERMEDIATE")
    assert simulate_races(FIELD, {"ABA": plan}, n=5).position.shape == (5, 4)


def test_two_stops_are_asked_for_where_the_rules_ask_for_two():
    monaco = replace(FIELD, stops_needed=2)
    with pytest.raises(InvalidPlan, match="asks for 2"):
        simulate_races(monaco, {"ABA": RacePlan("MEDIUM", ((12, "HARD"),))}, n=5)
    two = RacePlan("MEDIUM", ((1, "HARD"), (29, "MEDIUM")))
    out = simulate_races(replace(calm(4, 30), stops_needed=2), {"ABA": two}, n=5)
    assert (out.stops[:, 1] == 2).all()


def test_a_plan_under_way_counts_what_has_been_used_and_may_not_stop_in_the_past():
    base = calm(4, 30)
    state = replace(
        base.state,
        lap=12,
        time_s=1100.0 + np.arange(4.0),
        done=np.full(4, 12),
        age_steps=np.full(4, 48),
        used=np.full(4, 1 << MEDIUM),
    )
    late = replace(base, state=state)
    simulate_races(late, {"ABA": RacePlan(stops=((20, "HARD"),))}, n=2)
    with pytest.raises(InvalidPlan, match="laps 13 to 29"):
        simulate_races(late, {"ABA": RacePlan(stops=((12, "HARD"),))}, n=2)
    with pytest.raises(InvalidPlan, match="2 dry compounds"):
        simulate_races(late, {"ABA": RacePlan("HARD", stops=((20, "MEDIUM"),))}, n=2)


def test_a_plan_replaces_one_cars_policies_and_nobody_elses():
    plan = RacePlan("SOFT", ((5, "HARD"), (12, "MEDIUM"), (20, "SOFT")), reacts=True)
    before = FIELD.policies
    after = policies_for(FIELD, {"ACA": plan})
    assert after.start_compound[2, 0] == SOFT
    assert after.stop_lap[2, 0].tolist() == [5, 12, 20]
    assert after.stop_compound[2, 0].tolist() == [HARD, MEDIUM, SOFT]
    assert after.weight[2].tolist() == [1.0, 0.0]
    assert after.reacts[2]
    others = [0, 1, 3]
    assert np.array_equal(after.stop_lap[others, :, :2], before.stop_lap[others])
    assert not after.stop_lap[others, :, 2:].any()
    assert np.array_equal(after.weight[others], before.weight[others])
    assert before.start_compound[2, 0] == MEDIUM


def test_a_plan_reads_as_what_it_is():
    plan = RacePlan("SOFT", ((5, "HARD"),))
    assert repr(plan) == "RacePlan(start='SOFT', stops=((5, 'HARD'),), reacts=False)"
    assert plan.to_dict() == {
        "start": "SOFT",
        "stops": [{"lap": 5, "compound": "HARD"}],
        "reacts": False,
    }


def test_what_is_no_plan_is_refused():
    races = field(2, 20)
    with pytest.raises(InvalidPlan, match="give a RacePlan"):
        simulate_races(races, {races.drivers[0]: "M-20-H"}, n=1)
