"""Nothing that is shown depends on what comes later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from f1lab.simulator import Simulation, race_fingerprint

pytestmark = pytest.mark.real


def another_future(weekend, clock_s, driver, *, restarted=False):
    """The same race up to a moment, another one after it; ``restarted`` keeps who left the pits."""
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
    laps.loc[later, ["pit_in_s"] if restarted else ["pit_in_s", "pit_out_s"]] = np.nan

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


@pytest.mark.parametrize(
    ("year", "event", "driver", "lap"),
    [
        (2022, "Monaco Grand Prix", "LEC", 29),
        (2023, "Australian Grand Prix", "GAS", 54),
        (2021, "Saudi Arabian Grand Prix", "HAM", 13),
    ],
)
def test_at_a_stoppage_nothing_is_known_of_the_restart(weekends, year, event, driver, lap):
    weekend = weekends(year, event)
    sim = Simulation(weekend, driver)
    sim.fast_forward(lap - 1)
    calls = dict(sim.actual_plan().stops)
    state = sim.step(calls.get(lap))
    state = state if state.asked else sim.step(calls.get(lap + 1))
    assert state.asked
    assert state.lap == lap
    assert max(message.time_s for message in state.messages) <= state.race_time_s
    changed = another_future(weekend, state.as_of_s, driver, restarted=True)
    other = Simulation.from_dict(
        changed, sim.to_dict() | {"fingerprint": race_fingerprint(changed)}
    )
    assert other.state == state
    assert other.odds() == sim.odds()
