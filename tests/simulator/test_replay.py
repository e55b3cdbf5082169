"""Unchanged, a race repeats itself: every lap, every driver, every race."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.errors import NoData
from f1lab.simulator import Simulation
from f1lab.simulator.course import course_of

#: A lap may be off by no more than this [s].
EXACT_S = 1e-9


def replayed(weekend):
    """Worst deviation of any lap [s], and drivers who did not come out where they really did."""
    laps = weekend.race.laps.sort_values(["driver", "lap"])
    last = laps.groupby("driver").last().sort_values(["lap", "time_s"], ascending=[False, True])
    real = [str(code) for code in last.index]
    worst, misplaced = 0.0, []
    for code, own in laps.groupby("driver"):
        course = course_of(weekend, str(code), 0, None).as_really(len(own))
        clock = np.array([car.clock_s for car in course.cars[1:]])
        worst = max(worst, float(np.abs(clock - own["time_s"].to_numpy()).max()))
        if course.finished and list(course.result.order) != real:
            misplaced.append(code)
        assert course.plan == course.real_plan
        assert course.modelled_laps == ()
    return worst, misplaced


def test_the_demo_repeats_itself(demo):
    worst, misplaced = replayed(demo)
    assert worst <= EXACT_S
    assert misplaced == []


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_driver_of_every_race_repeats_himself(weekends, races):
    """Wet, red-flagged, cut short; lapped, retired, truncated."""
    assert len(races) > 40
    off = {}
    for year, event in races:
        worst, misplaced = replayed(weekends(year, event))
        if worst > EXACT_S or misplaced:
            off[year, event] = worst, misplaced
    assert off == {}


@pytest.mark.real
def test_a_finisher_sees_the_flag_when_he_did(weekends):
    """Lapped cars too; 2021 Belgium is three laps behind the safety car."""
    for year, event, code, laps in (
        (2021, "Belgian Grand Prix", "VER", 3),
        (2022, "Monaco Grand Prix", "LEC", 64),
        (2023, "Italian Grand Prix", "MAG", 50),
    ):
        weekend = weekends(year, event)
        sim = Simulation(weekend, code)
        result = sim.run(sim.actual_plan())
        assert (result.laps, result.gained_places, result.disqualified) == (laps, 0, False)
        assert result.race_time_s == pytest.approx(result.real_race_time_s, abs=EXACT_S)


@pytest.mark.real
def test_laps_after_the_real_retirement_are_the_models_and_say_so(weekends):
    sim = Simulation(weekends(2023, "Italian Grand Prix"), "OCO")
    before = sim.fast_forward(39)
    assert not before.modelled
    assert sim.step().modelled
    result = sim.run()
    assert result.modelled_from == 40
    assert result.real_position is None
    assert sim.modelled_laps == tuple(range(40, result.laps + 1))
    # they are laps of this car: as quick as those he drove
    driven, modelled = np.median(sim.lap_times_s[30:39]), np.median(sim.lap_times_s[39:])
    assert modelled == pytest.approx(driven, abs=1.5)


@pytest.mark.real
def test_who_never_completed_a_lap_is_refused_with_the_reason(weekends):
    with pytest.raises(NoData, match="TSU completed no lap"):
        Simulation(weekends(2023, "Italian Grand Prix"), "TSU")
