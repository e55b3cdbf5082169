"""Costs in free air: read off the field, checked by driving the plan lap by lap."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from fields import GREEN, HARD, MEDIUM, RED, SC, SOFT, calm, field

from f1lab.errors import InvalidInput, UnknownName
from f1lab.strategy.free_air import DEFAULT_SETS, FreeAir, median_length, sets_of
from f1lab.strategy.judge import calls_of


def driven_s(race, car, calls):
    """A plan's tyres and stops, lap by lap, by the formula of the lap-time model."""
    model, total = race.model, 0.0
    edges = [0, *(lap for lap, _ in calls.stops), race.n_laps]
    for number, ((begin, end), c) in enumerate(zip(pairwise(edges), calls.order, strict=True)):
        for lap in range(begin, end):
            age = lap - begin + 1
            total += model.wear_s[:, c, 4 * age].mean() + model.offset_s[:, c].mean()
            total += model.own_wear_s[:, car].mean() * age
            total += model.warm_up_s.mean() * (number > 0 and lap == begin + 1)
        total += (race.pit.loss_s.mean() + race.pit.speed_s[car]) * (number > 0)
    return total


@pytest.mark.parametrize("car", [0, 7])
def test_the_programme_costs_a_plan_as_its_laps_add_up(car):
    race = calm(n=10)
    air = FreeAir.of(race, race.drivers[car])
    for schedule, _ in zip(air.programme().best(), range(6), strict=False):
        calls = calls_of(schedule, 0)
        assert schedule.cost_s == pytest.approx(driven_s(race, car, calls), abs=1e-6)


def test_stints_are_not_equal_and_stops_cost_what_they_cost_here():
    """No constants: a dear pit lane means fewer stops, a soft set a shorter stint."""
    race = calm(n=4)
    cheap = replace(race, pit=replace(race.pit, loss_s=np.full(3, 6.0)))
    plans = [next(FreeAir.of(r, "AAA").programme().best()) for r in (race, cheap)]
    assert len(plans[0].compounds) < len(plans[1].compounds)
    last = plans[0].last_laps
    lengths = [after - before for before, after in pairwise((-1, *last))]
    assert len(set(lengths)) > 1
    by_compound = dict(zip(plans[0].compounds, lengths, strict=True))
    assert by_compound[HARD] > by_compound[MEDIUM]


def test_a_known_safety_car_makes_its_stop_cheap():
    race = calm(n=4)
    flown = race.flown.copy()
    flown[29:33] = SC
    best = next(FreeAir.of(replace(race, flown=flown), "AAA").programme().best())
    assert 29 <= best.last_laps[0] <= 32
    flown[:] = GREEN
    flown[9] = RED
    best = next(FreeAir.of(replace(race, flown=flown), "AAA").programme().best())
    assert 9 in best.last_laps


def test_a_neutralisation_that_goes_on_is_reckoned_with():
    race = field(n=4)
    state = replace(
        race.state,
        lap=20,
        done=np.full(4, 20),
        time_s=1800.0 + np.arange(4.0),
        age_steps=np.full(4, 80),
        used=np.full(4, 1 << MEDIUM),
        flag=SC,
        flag_laps_left=-1,
    )
    air = FreeAir.of(replace(race, state=state), "AAA")
    on = median_length(race, "SC") - 1
    assert on > 0
    assert not air.racing[20 : 20 + on].any()
    assert air.racing[20 + on :].all()
    assert air.stop_s[20] == pytest.approx(0.48 * air.stop_s[30])


def test_a_car_going_on_keeps_its_set_until_it_stops():
    race = field(n=4)
    state = replace(
        race.state, lap=20, done=np.full(4, 20), age_steps=np.full(4, 80), used=np.full(4, 2)
    )
    air = FreeAir.of(replace(race, state=state), "ABA")
    best = next(air.programme().best())
    assert best.compounds[0] == MEDIUM
    assert len(best.last_laps) > 1
    assert calls_of(best, 20).stops[0][0] > 20


def test_a_slick_nobody_fits_is_no_choice_unless_it_is_named():
    race = calm(n=4)
    assert not FreeAir.of(race, "AAA").choice[SOFT]
    assert FreeAir.of(race, "AAA", start="SOFT").choice[SOFT]
    assert FreeAir.of(race, "AAA", {"SOFT": 1}).choice[SOFT]
    assert FreeAir.of(field(n=4), "AAA").choice[SOFT]


def test_once_under_way_a_slick_softer_than_all_raced_is_no_choice():
    race = field(n=4)
    state = replace(race.state, lap=9, done=np.full(4, 9), used=np.full(4, 1 << MEDIUM))
    air = FreeAir.of(replace(race, state=state), "AAA")
    assert air.choice[:3].tolist() == [False, True, True]
    in_the_wet = replace(state, compound=np.full(4, 3), used=np.full(4, 1 << 3))
    assert FreeAir.of(replace(race, state=in_the_wet), "AAA").choice[:3].all()


def test_sets_are_the_usual_ones_unless_said_otherwise():
    assert sets_of(None) == tuple(DEFAULT_SETS.values())
    assert sets_of({"HARD": 0})[HARD] == 0
    with pytest.raises(UnknownName, match="HYPER"):
        sets_of({"HYPER": 1})
    with pytest.raises(InvalidInput, match="-1 sets"):
        sets_of({"SOFT": -1})


def test_nothing_is_planned_for_a_car_that_is_out():
    race = field(n=3)
    state = replace(race.state, running=np.array([True, False, True]))
    with pytest.raises(InvalidInput, match="ABA"):
        FreeAir.of(replace(race, state=state), "ABA")
    with pytest.raises(UnknownName):
        FreeAir.of(race, "XXX")


def test_sets_of_an_unknown_compound_are_refused_by_name():
    race = field(4, 30)
    with pytest.raises(UnknownName, match="FOO"):
        FreeAir.of(race, race.drivers[0], {"FOO": 1})
