"""What cannot be decided is refused in a sentence, and nothing is lost by it."""

from __future__ import annotations

import json
import threading

import pytest

from f1lab.engine import RacePlan
from f1lab.errors import InvalidInput, UnknownName
from f1lab.simulator import Decision, ForgedRun, InvalidDecision, Simulation, fits

PLAN = [(9, "HARD"), (19, "INTERMEDIATE"), (26, "HARD")]


def test_undo_and_branch_leave_the_original_untouched(sim):
    sim.fast_forward(8)
    before = sim.to_dict()
    other = sim.branch()
    other.step("HARD", pace="push")
    other.run(None)
    assert sim.to_dict() == before
    sim.step("MEDIUM")
    sim.step(pace="push")
    sim.undo(2)
    assert sim.to_dict() == before
    assert sim.run(sim.actual_plan()) == Simulation(sim.weekend, sim.driver).run(sim.actual_plan())


def test_history_is_what_was_shown(sim):
    shown = [sim.state, *(sim.step("HARD" if lap == 9 else None) for lap in range(1, 13))]
    assert list(sim.history) == shown


def test_states_and_odds_are_ready_for_json(sim):
    sim.fast_forward(12)
    text = json.dumps([sim.state.to_dict(), sim.odds().to_dict()], allow_nan=False)
    assert json.loads(text)[0]["driver"] == sim.driver
    sim.run(PLAN)
    json.dumps(sim.result.to_dict(), allow_nan=False)


def test_the_tower_has_everybody_once_in_order(sim):
    for lap in (0, 1, 10, 30):
        state = sim.fast_forward(lap)
        assert [row.position for row in state.tower] == list(range(1, len(state.tower) + 1))
        assert len({row.driver for row in state.tower}) == len(state.tower)
        own = [row for row in state.tower if row.you]
        assert [(row.driver, row.position) for row in own] == [(sim.driver, state.position)]
        if state.gap_ahead_s is not None:
            assert state.gap_ahead_s > 0


@pytest.mark.parametrize(
    ("decide", "says"),
    [
        (lambda sim: sim.step("BLUE"), "pit='BLUE' on lap 1: give one of SOFT"),
        (lambda sim: sim.step(pace="flat out"), "give one of push, neutral, save"),
        (lambda sim: sim.step(under_sc="BLUE"), "pit='BLUE'"),
        (lambda sim: sim.undo(), "0 laps are driven"),
        (lambda sim: sim.run("HARD"), "is no plan"),
        (lambda sim: sim.run([7]), "is no decision"),
        (lambda sim: sim.run([(5, "HARD"), (5, "SOFT")]), "lap 5 is decided twice"),
        (lambda sim: sim.run([*PLAN, (52, "SOFT")]), "the flag falls at its end"),
        (lambda sim: sim.run([*PLAN, (60, "SOFT")]), "the flag falls after lap 52"),
        (lambda sim: sim.result, "not seen the flag yet"),
        (lambda _: Decision(0), "lap=0"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(sim, decide, says):
    before = sim.to_dict()
    with pytest.raises(InvalidInput, match=says) as refused:
        decide(sim)
    assert "\n" not in str(refused.value)
    assert sim.to_dict() == before


def test_stepping_past_the_flag_is_refused(sim):
    sim.run(PLAN)
    with pytest.raises(InvalidDecision, match="took the flag at the end of lap 52"):
        sim.step()
    with pytest.raises(InvalidDecision, match="no call is left"):
        sim.odds()


def test_a_set_that_is_not_left_is_refused_with_what_is(sim):
    for _ in range(2):
        sim.step("MEDIUM")
    left = sim.state.sets
    assert left["MEDIUM"] == 0
    with pytest.raises(InvalidDecision, match="no set of MEDIUM is left; there are 2 SOFT, 2 HARD"):
        sim.step("MEDIUM")
    assert sim.state.lap == 2


def test_fuel_for_pushing_runs_out_and_is_saved_again(sim):
    while sim.state.fuel_margin_kg > 1e-9:
        sim.step(pace="push")
    assert sim.state.lap >= 12
    with pytest.raises(InvalidDecision, match="save a lap for each lap"):
        sim.step(pace="push")
    sim.step(pace="save")
    sim.step(pace="push")


def test_a_plan_must_agree_with_what_was_driven(sim):
    sim.fast_forward(10)
    with pytest.raises(InvalidDecision, match="lap 9 was driven as"):
        sim.run([(9, "MEDIUM")])
    with pytest.raises(InvalidDecision, match="started on"):
        sim.run(RacePlan("HARD", ((20, "MEDIUM"),)))
    assert sim.state.lap == 10


def test_another_start_is_another_race(demo, sim):
    hard = Simulation(demo, sim.driver, start="HARD")
    assert hard.state.compound == "HARD"
    plan = [*PLAN[:2], (26, "MEDIUM")]
    assert hard.run(plan).start == "HARD"
    assert sim.run(RacePlan("HARD", tuple(plan))) == hard.result
    with pytest.raises(UnknownName, match="BLUE"):
        Simulation(demo, sim.driver, start="BLUE")
    with pytest.raises(UnknownName, match="NOBODY"):
        Simulation(demo, "NOBODY")
    with pytest.raises(InvalidInput, match="seed"):
        Simulation(demo, sim.driver, seed=-1)
    with pytest.raises(InvalidInput, match="a weekend is asked for"):
        Simulation("Monza", sim.driver)


def test_a_recorded_run_is_driven_again_by_anyone(demo, sim):
    sim.run([Decision(3, None, "push"), (12, "HARD"), (19, "INTERMEDIATE"), (27, "HARD")])
    record = json.loads(json.dumps(sim.to_dict()))
    again = Simulation.from_dict(demo, record)
    assert again.lap_times_s == sim.lap_times_s
    assert again.result == sim.result
    assert again.to_dict() == sim.to_dict()


def test_a_run_of_the_version_before_is_still_read(demo, sim):
    sim.run(PLAN)
    record = sim.to_dict()
    record["schema"] = 1
    del record["outcome"]["stopped"]
    assert Simulation.from_dict(demo, record).lap_times_s == sim.lap_times_s


def test_back_to_a_lap(sim):
    sim.fast_forward(9)
    before = sim.history[5]
    assert sim.back_to(5) == before
    with pytest.raises(InvalidDecision, match="5 laps are driven"):
        sim.back_to(6)


def test_odds_on_the_last_lap_have_nothing_left_but_driving_home(sim):
    sim.run(PLAN)
    sim.undo()
    (only,) = sim.odds().alternatives
    assert (only.call, only.plan, only.regret_places) == (None, "to the flag", 0)


def test_the_fits_that_odds_need_are_made_beside_the_game(sim):
    """Who lets the game stand for a moment waits for no fit when he asks."""
    sim.fast_forward(14)
    _others_done()
    sim.step()
    _others_done()
    before = fits._fitted.cache_info().misses
    sim.odds()
    assert fits._fitted.cache_info().misses == before


def _others_done():
    for thread in threading.enumerate():
        if thread.name == "f1lab odds":
            thread.join()


def test_what_a_stop_costs_is_told_with_its_range(sim):
    cost = sim.fast_forward(5).pit_loss_s
    assert 15 < cost.low_s < cost.value_s < cost.high_s < 40
    # nobody has ever raced at the demo's circuit
    assert not cost.known_here


def edited(record, **changes):
    return {**record, **changes}


@pytest.mark.parametrize(
    ("forge", "says"),
    [
        (lambda r: edited(r, schema=3), "version 3; versions 1 and 2"),
        (lambda r: edited(r, year=1999), "load its own weekend"),
        (lambda r: edited(r, fingerprint="0" * 16), "other laps"),
        (lambda r: edited(r, seed="0"), "a seed of 0 or more"),
        (lambda r: edited(r, extra=1), "no recorded run"),
        (lambda r: {k: v for k, v in r.items() if k != "start"}, "no recorded run"),
        (lambda r: [r], "no recorded run"),
        (lambda r: edited(r, decisions=r["decisions"][:-1]), "it was edited"),
        (lambda r: edited(r, decisions=r["decisions"][1:]), "one a lap"),
        (lambda r: edited(r, decisions="none"), "no list"),
        (lambda r: edited(r, decisions=[{"lap": 1}]), "exactly lap, pit and pace"),
        (
            lambda r: edited(r, decisions=[{"lap": 1, "pit": "BLUE", "pace": "push"}]),
            "is not possible",
        ),
        (
            lambda r: edited(r, decisions=[*r["decisions"][:30], *_pushed(r["decisions"][30:])]),
            "it was edited",
        ),
        (lambda r: edited(r, outcome={**r["outcome"], "position": 1}), "position = 1"),
        (lambda r: edited(r, outcome={**r["outcome"], "race_time_s": 1.0}), "race_time_s = 1.0"),
        (lambda r: edited(r, outcome={**r["outcome"], "race_time_s": "1"}), "race_time_s = '1'"),
        (lambda r: edited(r, outcome={"position": 1}), "outcome needs exactly"),
        (lambda r: edited(r, start="HARD"), "cannot have been driven: .* no set of HARD"),
        (lambda r: edited(r, driver="XXX"), "cannot have been driven: no driver 'XXX'"),
    ],
)
def test_a_forged_run_is_refused(demo, sim, forge, says):
    sim.run(PLAN)
    with pytest.raises(ForgedRun, match=says):
        Simulation.from_dict(demo, forge(sim.to_dict()))


def _pushed(decisions):
    return [{**decision, "pace": "push"} for decision in decisions[:3]] + decisions[3:]


def test_a_forged_run_with_an_impossible_stop_is_refused_too(demo, sim):
    sim.run(PLAN)
    record = sim.to_dict()
    record["decisions"] = [{**d, "pit": "MEDIUM"} for d in record["decisions"]]
    with pytest.raises(ForgedRun, match="no set of MEDIUM"):
        Simulation.from_dict(demo, record)
