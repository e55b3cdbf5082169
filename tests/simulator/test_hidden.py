"""Nothing that is shown depends on what comes later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from f1lab.simulator import Simulation

pytestmark = pytest.mark.real


def another_future(weekend, clock_s, driver):
    """The same race up to a moment, another one after it."""
    race = weekend.race
    laps = race.laps.copy()
    later = laps["time_s"] > clock_s
    slower = np.where(laps["driver"] == driver, 0.4, 2.5) * later
    shift = laps.assign(slower=slower).groupby("driver")["slower"].cumsum()
    laps["lap_time_s"] += slower
    laps["time_s"] += shift
    laps.loc[later, "compound"] = "SOFT"
    laps.loc[later, ["sc", "green"]] = (True, False)
    laps.loc[later, "tyre_age_laps"] += 7
    laps.loc[later, ["pit_in_s", "pit_out_s"]] = np.nan

    def cut(frame):
        return frame[~(frame["time_s"] > clock_s)].reset_index(drop=True)

    changed = replace(
        race,
        laps=laps,
        messages=cut(race.messages),
        track_status=cut(race.track_status),
        weather=cut(race.weather),
    )
    return replace(weekend, race=changed)


@pytest.mark.parametrize(
    ("year", "event", "driver", "lap"),
    [
        (2021, "Abu Dhabi Grand Prix", "HAM", 52),
        (2023, "Italian Grand Prix", "SAR", 30),
        (2023, "Monaco Grand Prix", "ALO", 53),
    ],
)
def test_states_and_odds_are_the_same_whatever_comes_later(weekends, year, event, driver, lap):
    weekend = weekends(year, event)
    sim = Simulation(weekend, driver)
    sim.fast_forward(lap)
    other = Simulation(another_future(weekend, sim.state.as_of_s, driver), driver)
    other.fast_forward(lap)
    assert other.history == sim.history
    assert other.odds() == sim.odds()
    # and the futures do differ
    assert other.fast_forward(lap + 3) != sim.fast_forward(lap + 3)


def test_the_state_after_a_lap_says_nothing_of_the_next(weekends):
    """The safety car of 2021 Abu Dhabi comes out on lap 53, and not before it is out."""
    sim = Simulation(weekends(2021, "Abu Dhabi Grand Prix"), "HAM")
    assert sim.fast_forward(52).flag == "green"
    state = sim.fast_forward(53)
    assert state.flag == "sc"
    assert state.messages[-1].text == "SAFETY CAR DEPLOYED"
    assert state.messages[-1].time_s <= state.race_time_s
