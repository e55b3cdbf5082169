"""Two teams of a weekend."""

from __future__ import annotations

import dataclasses
import json

import pytest

from f1lab.compare import teams
from f1lab.compare._pace import pace_gap
from f1lab.compare.laps import race_view
from f1lab.compare.stops import crew_time
from f1lab.compare.team_comparison import team_name
from f1lab.data.demo import generate
from f1lab.errors import InvalidInput, NotEnoughLaps, UnknownName


@pytest.fixture(scope="module")
def weekend():
    return generate(5, dry=True)


@pytest.fixture(scope="module")
def pair(weekend):
    return tuple(dict.fromkeys(weekend.race.results["team"]))[:2]


@pytest.fixture(scope="module")
def compared(weekend, pair):
    return teams(weekend, *pair)


def test_a_team_is_the_mean_of_its_cars(weekend, compared):
    view = race_view(weekend)
    own, other = compared.profiles
    by_car = [
        pace_gap(view, [a], [b], compared.race_pace.age_laps).s_per_lap.value
        for a in own.drivers
        for b in other.drivers
    ]
    assert compared.race_pace.s_per_lap.value == pytest.approx(sum(by_car) / len(by_car))
    alone = pace_gap(view, own.drivers[:1], other.drivers[:1]).s_per_lap
    both = compared.race_pace.s_per_lap
    assert both.high - both.low < alone.high - alone.low


def test_swapping_the_two_turns_every_sign(weekend, pair, compared):
    back = teams(weekend, *reversed(pair))
    assert back.race_pace.s_per_lap.value == pytest.approx(-compared.race_pace.s_per_lap.value)
    assert back.qualifying.gap_s == pytest.approx(-compared.qualifying.gap_s)
    assert back.profiles == tuple(reversed(compared.profiles))


def test_everything_is_told_tabulated_and_ready_for_json(compared, pair):
    plain = json.loads(json.dumps(compared.to_dict(), allow_nan=False))
    assert plain["kind"] == "team_comparison"
    tables = compared.tables()
    assert tables["Teams"]["team"].tolist() == list(pair)
    assert len(tables["Cars"]) >= 3
    assert tables["What a stop cost"]["standing_s"].iloc[0] == pytest.approx(2.5, abs=0.15)
    assert "tyre stop" in " ".join(compared.findings)
    for own in compared.profiles:
        assert own.reliability.n_starts == 2
        assert 0.05 < own.reliability.p_retire.value < 0.3
        assert 290 < own.top_speed.clean.kmh.value < 350


def held_longer(weekend, team, seconds, *, standing=0.0, timed=True):
    """The first stop of a team, so much longer in the pit lane and standing so much longer."""
    view = race_view(weekend)
    code = team.drivers[0]
    car = view.laps.drivers.index(code)
    stop = next(s for s in view.stops if s.driver == car and s.tyres)
    laps = view.frame.copy()
    later = (laps["driver"] == code) & (laps["lap"] > stop.lap)
    laps.loc[stop.out_row, "pit_out_s"] += seconds
    laps.loc[stop.out_row, "lap_time_s"] += seconds
    laps.loc[later, "time_s"] += seconds
    laps.loc[stop.in_row, "pit_stationary_s"] += standing
    if not timed:
        laps["pit_stationary_s"] = float("nan")
    return dataclasses.replace(weekend, race=dataclasses.replace(weekend.race, laps=laps))


def test_a_slow_stop_is_found_where_it_was_made(weekend, compared):
    team = compared.profiles[0]
    assert team.pit_work.usual == "2.5 s standing"
    found = crew_time(race_view(held_longer(weekend, team, 6.0, standing=6.0)), team.drivers)
    assert found.lost_s - team.pit_work.lost_s == pytest.approx(6.0, abs=0.1)
    assert 0 < found.crew_s.value - team.pit_work.crew_s.value < 1.0  # drawn to the field
    waited = crew_time(race_view(held_longer(weekend, team, 6.0)), team.drivers)
    assert waited.lost_s == team.pit_work.lost_s  # behind the teammate's stop: not the crew's


def test_without_stationary_times_the_pit_lane_stands_in(weekend, compared):
    team = compared.profiles[0]
    blind = crew_time(race_view(held_longer(weekend, team, 0.0, timed=False)), team.drivers)
    slow = crew_time(race_view(held_longer(weekend, team, 6.0, timed=False)), team.drivers)
    assert (blind.usual_stationary_s, blind.usual) == (
        None, f"{blind.usual_lane_s:.1f} s in the pit lane",
    )  # fmt: skip
    assert slow.lost_s - blind.lost_s == pytest.approx(6.0, abs=0.3)


def test_names_are_found_by_a_part_that_fits_one_team(weekend, pair):
    first = pair[0].split()[0]
    assert team_name(weekend, first.upper()) == pair[0]
    for wrong in ("Brawn", "", "a"):
        with pytest.raises(UnknownName, match=pair[1]):
            team_name(weekend, wrong)
    with pytest.raises(InvalidInput, match="cannot be compared with itself"):
        teams(weekend, pair[0], first)


def test_a_team_without_a_lap_is_refused(weekend, pair):
    laps = weekend.race.laps
    gone = laps[laps["team"] != pair[0]].reset_index(drop=True)
    without = dataclasses.replace(weekend, race=dataclasses.replace(weekend.race, laps=gone))
    with pytest.raises(NotEnoughLaps, match="completed a lap"):
        teams(without, *pair)


@pytest.mark.real
def test_red_bull_in_singapore_2023(tidy):
    found = teams(tidy(2023, "Singapore"), "Red Bull", "ferrari")
    assert found.a == "Red Bull Racing"
    assert found.qualifying.part == "Q2"
    assert found.qualifying.gap_s > 0.5
    speeds = [own.top_speed.clean.kmh.value for own in found.profiles]
    assert all(270 < speed < 300 for speed in speeds)
    assert found.stop_cost.of("green").loss_s.value == pytest.approx(29.5, abs=2.5)
