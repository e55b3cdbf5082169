"""The forecast on a track that is getting wet, from what is known by then."""

from __future__ import annotations

import pytest

from f1lab.simulator import Simulation, pit_wall_iq
from f1lab.simulator.rain import SLOWED, excesses, track_now

SOFT, INTERMEDIATE = 0, 3


@pytest.mark.parametrize(
    ("compound", "slowed", "raining", "track"),
    [
        (SOFT, 0.0, False, None),
        (SOFT, 0.0, None, None),
        (SOFT, 0.0, True, "slicks in rain"),
        # the laps tell before the weather does
        (SOFT, 0.05, False, SLOWED),
        (INTERMEDIATE, 0.05, False, "rain tyres"),
        (INTERMEDIATE, 0.0, True, "rain tyres in rain"),
    ],
)
def test_what_the_track_does(compound, slowed, raining, track):
    assert track_now(compound, slowed, raining=raining) == track


def test_a_slowdown_lasts_and_its_doubt_only_grows():
    assert excesses(None, 0.0) is None
    none, some = excesses(SLOWED, 0.0), excesses(SLOWED, 0.10)
    assert some[0].middle == pytest.approx(1.10 * (1 + none[0].middle) - 1)
    widths = [ahead.high - ahead.low for ahead in some]
    assert widths == sorted(widths)


@pytest.mark.real
def test_the_forecast_moves_and_widens_as_the_rain_comes(weekends):
    """2023 Monaco: from lap 51 laps get slower; the rain flag is up on lap 54, and not before."""
    sim = Simulation(weekends(2023, "Monaco Grand Prix"), "ALO")
    dry, slowed = (sim.fast_forward(lap) for lap in (50, 53))
    assert not dry.rain
    assert not slowed.rain

    def width(state):
        return state.forecast[0].high_s - state.forecast[0].low_s

    assert width(slowed) > 5 * width(dry)
    assert slowed.forecast[0].lap_time_s > dry.forecast[0].lap_time_s + 3
    # the lap driven on, without the stop at its end
    on = sim.branch()
    on.step()
    assert slowed.forecast[0].low_s < on.lap_times_s[-1] < slowed.forecast[0].high_s + 10


@pytest.mark.real
def test_on_rain_tyres_most_laps_lie_within_the_range(weekends):
    sim = Simulation(weekends(2023, "Monaco Grand Prix"), "VER")
    sim.fast_forward(57)
    within = []
    while sim.state.lap < 75:
        (told, *_) = sim.state.forecast
        sim.fast_forward(told.lap)
        within.append(told.low_s <= sim.lap_times_s[-1] <= told.high_s)
    assert sum(within) >= 0.8 * len(within)


@pytest.mark.real
def test_the_first_change_for_the_rain_is_not_scored_and_the_sentence_says_so(weekends):
    """What was seen of the rain before anybody was on rain tyres is in no record."""
    (timing, *_) = pit_wall_iq(weekends(2023, "Monaco Grand Prix"), "OCO").parts
    assert 54 not in timing.laps
    assert "Not scored" in timing.sentence
    assert "INTERMEDIATE on lap 54" in timing.sentence
