"""Strategies of real races: what a race engineer would not believe must not come out."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.data.schema import DRY_COMPOUNDS
from f1lab.data.tidy import load_tidy
from f1lab.engine.field import from_weekend
from f1lab.errors import InvalidInput, NoData
from f1lab.strategy.battle import battle_forecast
from f1lab.strategy.evolution import track_evolution
from f1lab.strategy.known import field_of, tyre_of_q2
from f1lab.strategy.neutral import safety_car_table
from f1lab.strategy.optimizer import optimize
from f1lab.strategy.undercut import undercut_table

pytestmark = pytest.mark.real

N = 200


@pytest.mark.parametrize("driver", ["SAI", "VER", "ALB", "ALO"])
def test_monza_2023_is_a_one_stop_race(weekends, driver):
    """The whole front of the field stopped once; a second stop has to come back through it."""
    report = optimize(from_weekend(weekends(2023, "Italian"), "hindsight"), driver, n=N)
    assert len(report.best.stops) == 1


@pytest.mark.parametrize(
    ("year", "event", "driver"),
    [
        (2021, "Monaco Grand Prix", "VER"),
        (2021, "Monaco Grand Prix", "HAM"),  # 5 s apart in free air, and nowhere to pass
        (2021, "Mexico City Grand Prix", "PER"),
        (2018, "Russian Grand Prix", "HAM"),
        (2019, "Italian Grand Prix", "LEC"),
    ],
)
def test_a_field_that_stopped_once_is_not_told_to_stop_twice(tidy_folder, year, event, driver):
    field = from_weekend(load_tidy(tidy_folder, year, event), "hindsight")
    assert len(optimize(field, driver, n=N).best.stops) == 1


def test_hamilton_wins_hungary_2019_with_two_stops(weekends):
    """Nothing to lose behind, quicker by wear: the call that won the race."""
    field = from_weekend(weekends(2019, "Hungarian"), "hindsight")
    report = optimize(field, "HAM", start="MEDIUM")
    assert len(report.best.stops) == 2
    assert report.best.p_win > 0.5


def test_before_monaco_2023_nobody_plans_two_stops(weekends):
    """The dry race, as it was known on the grid: one stop, and a window of many laps."""
    report = optimize(weekends(2023, "Monaco"), "VER", n=N)
    assert len(report.best.stops) == 1
    (window,) = report.windows
    assert window.last_lap - window.first_lap >= 4


def test_before_the_rain_came_to_sochi_in_2021_one_stop_was_the_plan(weekends):
    report = optimize(weekends(2021, "Russian"), "NOR", 15, n=N)
    assert len(report.best.stops) == 1
    assert report.best.start == "MEDIUM"


@pytest.mark.parametrize(
    ("year", "event", "driver", "lap", "said"),
    [
        (2022, "Monaco", "LEC", 0, "20 of 20 cars started on rain tyres"),
        (2021, "Russian", "NOR", 48, "rain: "),
        (2023, "Monaco", "VER", 0, None),
        (2023, "Monaco", "VER", 40, None),
    ],
)
def test_plans_say_that_they_know_of_no_rain_to_come(weekends, year, event, driver, lap, said):
    notes = optimize(weekends(year, event), driver, lap, n=100).notes
    assert [note for note in notes if "not foreseen" in note] == [
        note for note in notes if said is not None and note.startswith(said)
    ]
    assert len([note for note in notes if "not foreseen" in note]) == (said is not None)


def test_on_a_drying_track_who_follows_the_track_beats_who_stops_by_the_lap(weekends):
    """Monaco 2022 after lap 1: nobody can pass, and nobody knows when slicks are right."""
    field = field_of(weekends(2022, "Monaco"), 1)
    report = optimize(field, "LEC")
    assert str(report.best) == "WET"
    assert report.best.p_podium > 0.8
    assert any("track asks" in note for note in report.notes)
    slicks = [plan for plan in report.ranking if plan.stops and plan.stops[-1][1] in DRY_COMPOUNDS]
    assert slicks
    assert min(plan.regret_low for plan in slicks) > 0


def test_a_safety_car_before_the_stop_is_worth_boxing_for(weekends):
    field = field_of(weekends(2023, "Italian"), 18)
    before, after = safety_car_table(field, "SAI", [19, 50], n=N)
    assert before.verdict == "box"
    assert after.verdict == "stay"


def test_sainz_is_threatened_by_the_cars_behind_him(weekends):
    """Monza 2023, lap 18: Leclerc 1 s behind, Verstappen not far ahead."""
    rows = undercut_table(field_of(weekends(2023, "Italian"), 18), "SAI")
    by_leclerc = {r.laps: r for r in rows if r.attacker == "LEC" and r.kind == "undercut"}
    assert by_leclerc[1].gap_s < 2.0
    assert by_leclerc[1].p_success < by_leclerc[3].p_success
    assert 0.0 < by_leclerc[1].gain_s < 4.0
    assert {(r.attacker, r.defender) for r in rows} >= {("LEC", "SAI"), ("SAI", "VER")}
    assert all("SAI" in {r.attacker, r.defender} for r in rows)


BATTLES = [
    (2023, "Italian", "VER", "SAI", 13, True),
    (2021, "Abu Dhabi", "VER", "HAM", 57, True),
    (2019, "Hungarian", "HAM", "VER", 65, True),
    (2021, "Spanish", "HAM", "VER", 57, True),
    (2021, "Hungarian", "HAM", "ALO", 55, True),
    (2023, "Italian", "LEC", "SAI", 40, False),
    (2023, "Monaco", "SAI", "OCO", 20, False),
]


def test_battles_that_everybody_remembers(weekends):
    """Chances, not certainties: their squared error beats a coin's by a third, in the right order."""
    chance, passed = [], []
    for year, event, attacker, defender, lap, happened in BATTLES:
        forecast = battle_forecast(weekends(year, event), attacker, defender, lap)
        chance.append(forecast.p_passed[-1])
        passed.append(happened)
    chance, passed = np.array(chance), np.array(passed)
    assert np.mean((chance - passed) ** 2) < 0.25 * 2 / 3
    assert chance[passed].min() > chance[~passed].max()


def test_the_q2_tyre_binds_the_first_ten_until_2021(weekends):
    assert tyre_of_q2(weekends(2021, "French"), "VER") == "MEDIUM"
    assert tyre_of_q2(weekends(2021, "Abu Dhabi"), "VER") == "SOFT"
    assert tyre_of_q2(weekends(2021, "Abu Dhabi"), "HAM") == "MEDIUM"
    assert tyre_of_q2(weekends(2023, "Bahrain"), "VER") is None


def test_a_weekend_needs_a_moment(weekends):
    with pytest.raises(InvalidInput, match="at_lap is missing"):
        battle_forecast(weekends(2023, "Italian"), "VER", "SAI")


def test_track_evolution_of_a_race_and_its_qualifying(weekends):
    found = track_evolution(weekends(2021, "Abu Dhabi"))
    by_step = {(s.session, s.start): s for s in found.steps}
    q1 = by_step[("qualifying", "Q1")]
    assert 0.0 < q1.low_s < q1.gained_s < q1.high_s < 1.0
    race = by_step[("race", "lap 1")]
    assert race.low_s < race.gained_s < race.high_s
    frame = found.to_frame()
    assert len(frame) == 58
    assert frame["track_s"].iloc[-1] == pytest.approx(-race.gained_s)
    assert "race lap 1 to lap 58" in repr(found)


def test_what_the_data_cannot_carry_is_refused_by_name(weekends):
    wet = track_evolution(weekends(2021, "Russian"))
    assert not wet.steps
    assert any(reason.startswith("race: rain tyres") for reason in wet.refused)
    three_compounds = track_evolution(weekends(2023, "Italian"))
    assert [s.session for s in three_compounds.steps] == ["race"]
    assert sum("same slick" in reason for reason in three_compounds.refused) == 2
    assert three_compounds.to_dict()["refused"] == list(three_compounds.refused)


def test_a_race_that_names_no_tyre_is_not_planned_from_the_middle(weekends):
    with pytest.raises(
        NoData, match=r"up to lap 1 of the 2021 Belgian Grand Prix .* nobody's tyres"
    ):
        optimize(weekends(2021, "Belgian"), "RUS", at_lap=1)
