"""Make one thing worse in a real race: its own category moves by that much, the rest stands."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.autopsy import autopsy
from f1lab.racemodel import RaceModel
from tests.autopsy.injection import add_to_laps, faster_wear, grid_drop, slow_stop, slower_car

pytestmark = [pytest.mark.real, pytest.mark.slow]

#: Dry races without a red flag, and a classified driver of each.
RACES = [
    (2021, "Spanish", "LEC"),
    (2021, "Portuguese", "OCO"),
    (2023, "Hungarian", "SAI"),
    (2023, "Bahrain", "SAI"),
    (2023, "British", "ALB"),
    (2023, "Abu Dhabi", "PIA"),
]
OTHERS_S = 0.1


@pytest.fixture(params=RACES, ids=lambda r: f"{r[0]}-{r[1]}-{r[2]}")
def case(request, weekends):
    year, event, driver = request.param
    weekend = weekends(year, event)
    return weekend, driver, autopsy(weekend, driver, judge_calls=False)


def moved(case, worse):
    """Change of every category and of the unexplained [s]."""
    _, driver, before = case
    after = autopsy(worse, driver, judge_calls=False)
    names = [*before.blame.categories]
    change = {
        n: after.blame.categories[n].seconds - before.blame.categories[n].seconds for n in names
    }
    change["unexplained"] = after.blame.unexplained.seconds - before.blame.unexplained.seconds
    assert sum(change.values()) == pytest.approx(after.gap_s - before.gap_s, abs=1e-6)
    return change


def expect(change, category, seconds, within_s):
    assert change.pop(category) == pytest.approx(seconds, abs=within_s)
    assert max(abs(s) for s in change.values()) <= OTHERS_S, change


def test_slow_stop_is_pit_execution(case):
    weekend, driver, _ = case
    laps = weekend.race.laps[weekend.race.laps["driver"] == driver]
    stops = laps[laps["pit_in_s"].notna() & (laps["stint"].shift(-1) > laps["stint"])]["lap"]
    change = moved(case, slow_stop(weekend, driver, int(stops.iloc[0]), 5.0))
    expect(change, "pit_execution", 5.0, 0.05)


def test_slower_car_is_car_pace(case):
    weekend, driver, _ = case
    worse, seconds = slower_car(weekend, driver, 0.30)
    expect(moved(case, worse), "car_pace", seconds, OTHERS_S)


def test_faster_wear_is_tyre_degradation(case):
    weekend, driver, _ = case
    worse, seconds = faster_wear(weekend, driver, 0.02)
    expect(moved(case, worse), "tyre_degradation", seconds, OTHERS_S)


def test_grid_drop_is_qualifying(case):
    weekend, driver, before = case
    per_slot = before.diagnostics["slot_s"]
    change = moved(case, grid_drop(weekend, driver, 5, per_slot))
    # Traffic behind a car that now starts ahead becomes a qualifying matter too; it is no new
    # time, so it is looked at together with the incidents it came from.
    assert change["qualifying"] >= 5 * per_slot - 0.05
    together = change.pop("qualifying") + change.pop("incidents")
    assert together == pytest.approx(5 * per_slot, abs=0.05)
    assert max(abs(s) for s in change.values()) <= OTHERS_S, change


def test_an_off_is_an_incident(case):
    weekend, driver, before = case
    ledger = before.ledger()
    laps = RaceModel.of(weekend).laps
    quiet = ~laps.in_traffic & laps.racing & ~laps.yellow
    rows = laps.rows(driver)
    surprise = (ledger["unexplained_s"] + ledger["incident_s"]).abs().to_numpy()
    # An off hides what its lap told of the car. So it is put where that was least: on a lap of
    # average tyre age, where it says little of wear, with no surprise of its own.
    age = laps.wear_age[rows]
    usual = np.abs(age - age[laps.racing[rows]].mean()) < 4
    lap = int(np.where(quiet[rows] & usual, surprise, np.inf).argmin()) + 1
    change = moved(case, add_to_laps(weekend, driver, {lap: 8.0}))
    expect(change, "incidents", 8.0, OTHERS_S)
