"""Decisions change what they should, by as much as they should, and nothing else."""

from __future__ import annotations

import pytest

from f1lab.racemodel.laps import FLAGS
from f1lab.simulator import Simulation
from f1lab.simulator.world import SC, normal_stop_s

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def monza(weekends):
    """Dry, no safety car; SAI stopped once, on lap 19."""
    return weekends(2023, "Italian Grand Prix")


@pytest.fixture(scope="module")
def abu_dhabi(weekends):
    """The safety car came out on lap 53; HAM stopped on lap 14 only."""
    return weekends(2021, "Abu Dhabi Grand Prix")


def played(weekend, driver, plan, **how):
    sim = Simulation(weekend, driver, **how)
    sim.run(plan)
    return sim


def test_a_stop_one_lap_earlier_changes_only_what_comes_after(monza):
    real = played(monza, "SAI", [(19, "HARD")])
    early = played(monza, "SAI", [(18, "HARD")])
    assert early.lap_times_s[:17] == real.lap_times_s[:17]
    assert early.lap_times_s[17] > real.lap_times_s[17] + 2
    # the stop itself costs the same; a lap more on the old set against one more on the new
    moved_s = sum(early.lap_times_s[17:20]) - sum(real.lap_times_s[17:20])
    assert abs(moved_s) < 5
    assert abs(early.result.race_time_s - real.result.race_time_s) < 10
    others = [code for code in real.result.order if code != "SAI"]
    assert [code for code in early.result.order if code != "SAI"] == others


def test_boxing_under_the_safety_car_costs_less_by_the_modelled_amount(abu_dhabi):
    costs = {}
    for lap in (50, 54):
        sim = Simulation(abu_dhabi, "HAM")
        sim.fast_forward(lap - 1)
        sim.step("SOFT")
        car = sim.course.car
        costs[FLAGS[car.flag]] = car.stop_s
    assert sim.fast_forward(54).pit_loss_s.value_s < sim.back_to(40).pit_loss_s.value_s - 5
    field = sim.course.world.field
    saved = normal_stop_s(field, 0) - normal_stop_s(field, SC)
    assert saved > 5
    assert costs["green"] - costs["sc"] == pytest.approx(saved, abs=1e-9)


def test_behind_the_safety_car_the_field_bunches_up_for_the_played_car_too(abu_dhabi):
    """A stop on lap 50 puts HAM behind; the queue gives him back all but a second or two."""
    sim = Simulation(abu_dhabi, "HAM")
    sim.fast_forward(49)
    sim.step("SOFT")
    sim.step()
    behind = sim.state
    assert behind.position > 1
    assert behind.gap_leader_s > 5
    for _ in range(6):
        state = sim.step()
    assert state.flag == "green"
    assert state.gap_leader_s < 3


def test_staying_out_on_dead_tyres_loses(monza):
    stopped = played(monza, "SAI", [(19, "HARD")], start="SOFT")
    stayed = played(monza, "SAI", [], start="SOFT")
    assert stayed.lap_times_s[-1] > stopped.lap_times_s[-1] + 5
    assert stayed.result.race_time_s > stopped.result.race_time_s + 20
    assert stayed.result.disqualified
    assert stayed.result.position == len(stayed.result.order)


def test_a_stop_for_wets_in_a_dry_race_is_a_disaster(monza):
    wets = played(monza, "SAI", [(19, "WET")]).result
    dry = played(monza, "SAI", [(19, "HARD")]).result
    assert wets.position >= len(wets.order) - 1
    assert wets.laps_down > 0 or wets.race_time_s > dry.race_time_s + 60


def test_the_wrong_tyre_in_the_rain_is_one_too(weekends):
    """2023 Monaco: slicks to the flag, while everybody changes on about lap 54."""
    weekend = weekends(2023, "Monaco Grand Prix")
    slicks = played(weekend, "ALO", [(53, "MEDIUM")]).result
    right = played(weekend, "ALO", [(54, "INTERMEDIATE")]).result
    assert right.position == 2
    assert slicks.position > right.position


def test_pushing_is_quicker_now_and_slower_later(monza):
    push, neutral, save = (Simulation(monza, "SAI") for _ in range(3))
    for sim, pace in ((push, "push"), (neutral, "neutral"), (save, "save")):
        sim.fast_forward(4)
        for _ in range(6):
            sim.step(pace=pace)
    assert push.lap_times_s[4] == pytest.approx(neutral.lap_times_s[4] - 0.3, abs=0.01)
    assert save.lap_times_s[4] == pytest.approx(neutral.lap_times_s[4] + 0.3, abs=0.01)
    worn = [sim.course.car.damage_s for sim in (push, neutral, save)]
    assert worn[0] > worn[1] == 0 > worn[2]
    assert push.state.fuel_margin_kg < neutral.state.fuel_margin_kg < save.state.fuel_margin_kg


def test_the_same_seed_is_the_same_race_and_another_may_differ(monza):
    plan = [(12, "HARD"), (30, "SOFT")]
    once, again = (played(monza, "SAI", plan, seed=3) for _ in range(2))
    assert once.lap_times_s == again.lap_times_s
    assert once.result == again.result
    assert len({played(monza, "SAI", plan, seed=s).lap_times_s for s in range(4)}) > 1


def test_a_standing_order_boxes_when_the_safety_car_comes_out_and_only_then(abu_dhabi):
    sim = Simulation(abu_dhabi, "HAM")
    sim.fast_forward(51)
    assert sim.step(under_sc="SOFT").stops == 1
    state = sim.step(under_sc="SOFT")
    assert state.stops == 2
    assert sim.decisions[-1].pit == "SOFT"
    assert Simulation.from_dict(abu_dhabi, sim.to_dict()).lap_times_s == sim.lap_times_s
