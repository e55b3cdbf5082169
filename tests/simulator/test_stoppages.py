"""Red flags: the player is asked while the race is stopped, for free, and knows no more."""

from __future__ import annotations

import pytest

from f1lab.simulator import InvalidDecision, Simulation, pit_wall_iq

pytestmark = pytest.mark.real


def drive(sim):
    """Make the real calls step by step; laps after which the call was asked for in a stoppage."""
    calls, asked = dict(sim.actual_plan().stops), []
    while not sim.finished:
        state = sim.step(calls.get(len(sim.decisions) + 1))
        if state.asked:
            asked.append(state.lap)
    return asked


@pytest.mark.parametrize(
    ("year", "event", "driver", "asked"),
    [
        # the flag came out before the line
        (2023, "Australian Grand Prix", "GAS", [7, 54, 56]),
        (2022, "Monaco Grand Prix", "LEC", [29]),
        # the line was crossed into the pit lane, where the cars stood
        (2021, "Azerbaijan Grand Prix", "GAS", [48]),
        (2021, "Saudi Arabian Grand Prix", "HAM", [13, 15]),
        # of two cars in one race, one and the other
        (2023, "São Paulo Grand Prix", "RIC", [1]),
        (2023, "São Paulo Grand Prix", "VER", [2]),
        # never resumed: nothing to ask
        (2021, "Belgian Grand Prix", "VER", []),
    ],
)
def test_each_stoppage_is_asked_about_once_and_the_race_repeats_itself(
    weekends, year, event, driver, asked
):
    weekend = weekends(year, event)
    sim = Simulation(weekend, driver)
    assert drive(sim) == asked
    real = weekend.race.laps[weekend.race.laps["driver"] == driver].sort_values("lap")
    driven = sim.line_times_s[: len(real)]
    assert driven == pytest.approx(real["time_s"].tolist(), abs=1e-9)


@pytest.fixture(scope="module")
def melbourne(weekends):
    """GAS is on lap 8, between the lines, as the red flag comes out."""
    return weekends(2023, "Australian Grand Prix")


@pytest.fixture
def stopped(melbourne):
    sim = Simulation(melbourne, "GAS")
    sim.fast_forward(7)
    sim.step("MEDIUM", "push")
    return sim


def test_the_state_of_a_stoppage(stopped):
    state, line = stopped.state, stopped.history[-1]
    assert (state.asked, state.stopped, state.flag) == (True, True, "red")
    assert (line.asked, line.stopped, line.flag) == (False, False, "sc")
    # the call for the lap is set aside until it is made anew
    assert (state.lap, len(stopped.decisions), state.compound) == (7, 7, "SOFT")
    assert state.as_of_s > line.as_of_s + 600
    assert state.pit_loss_s.high_s == 0 < line.pit_loss_s.low_s
    assert "lap 8" in state.note
    assert all(row.running for row in state.tower if row.laps >= 7)
    assert any("RACE WILL RESUME" in message.text for message in state.messages)
    assert not any("RACE WILL RESUME" in message.text for message in line.messages)


def test_a_change_in_the_stoppage_is_free_and_keeping_the_tyres_is_possible(stopped):
    kept = stopped.branch()
    changed, on = stopped.step("HARD"), kept.step()
    assert (changed.lap, changed.compound, changed.asked) == (8, "HARD", False)
    assert (on.lap, on.compound) == (8, "SOFT")
    assert changed.race_time_s == on.race_time_s
    assert "under the red flag" in changed.note


def test_undo_and_records_of_a_stoppage(melbourne, stopped):
    again = Simulation.from_dict(melbourne, stopped.to_dict())
    assert again.state == stopped.state
    assert again.step("HARD") == stopped.branch().step("HARD")
    assert stopped.back_to(7) == stopped.history[-1]
    assert stopped.step().asked
    assert stopped.undo().lap == 7
    assert not stopped.asked
    assert stopped.undo().lap == 6


def test_a_call_that_cannot_be_is_refused_before_the_stoppage(melbourne):
    sim = Simulation(melbourne, "GAS")
    sim.fast_forward(7)
    with pytest.raises(InvalidDecision, match="give one of SOFT"):
        sim.step("BLUE")
    assert not sim.state.asked


def test_a_plan_says_what_it_does_and_is_not_asked(melbourne):
    sim = Simulation(melbourne, "HAM")
    assert sim.run(sim.actual_plan()).gained_places == 0


def test_the_call_in_a_stoppage_is_judged(melbourne):
    """Whether to change, and for what, while it costs nothing."""
    parts = {part.name: part for part in pit_wall_iq(melbourne, "GAS").parts}
    assert 8 in parts["sc_reaction"].laps
    assert "red flag" not in parts["pit_timing"].sentence


def test_gaps_do_not_hold_the_time_the_race_stood(melbourne):
    sim = Simulation(melbourne, "GAS")
    sim.fast_forward(20)
    gaps_s = [row.gap_leader_s for state in sim.history for row in state.tower if row.running]
    assert max(gap for gap in gaps_s if gap is not None) < 120
    assert sim.history[8].gap_leader_s is None  # the line of lap 8 was crossed in the pit lane


def test_who_will_not_come_round_stands_on_the_grid_like_everybody(melbourne):
    sim = Simulation(melbourne, "GAS")
    assert sim.state.position == 9
    charles = next(row for row in sim.state.tower if row.driver == "LEC")
    assert (charles.position, charles.running, charles.compound) == (7, True, "UNKNOWN")
    after = sim.fast_forward(3)
    assert (after.tower[-1].driver, after.tower[-1].running) == ("LEC", False)
