"""Undercuts: the formula on a field without chance, and the chance on one with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fields import HARD, MEDIUM, calm, field, lap_model

from f1lab.errors import InvalidInput
from f1lab.strategy.undercut import undercut_table

LAP, GAP_S = 20, 1.5


def pair(gap_s=GAP_S, n=2, **changes):
    """Cars of one pace, behind one another after lap 20, with crews that never err."""
    race = calm(n=n)
    model = replace(race.model, pace_s=np.zeros((3, n)), own_wear_s=np.zeros((3, n)))
    pit = replace(race.pit, crew_scale_s=0.0)
    state = replace(
        race.state,
        lap=LAP,
        done=np.full(n, LAP),
        time_s=90.0 * LAP + gap_s * np.arange(n),
        age_steps=np.full(n, 4 * LAP),
        used=np.full(n, 1 << MEDIUM),
    )
    return replace(race, model=model, pit=pit, state=state, **changes)


def rows(race, driver="ABA", **keywords):
    return {(r.kind, r.attacker, r.laps): r for r in undercut_table(race, driver, **keywords)}


@pytest.mark.parametrize("laps", [1, 2, 3])
def test_gain_is_old_wear_less_new_wear_less_warm_up(laps):
    race = pair()
    model = race.model
    found = rows(race)[("undercut", "ABA", laps)]
    compound = ("SOFT", "MEDIUM", "HARD").index(found.compound)

    def tyre_s(c, age):
        return float(model.wear_s[0, c, 4 * age] + model.offset_s[0, c])

    stop = LAP + 1
    early = [tyre_s(compound, k) for k in range(1, laps + 2)]
    late = [tyre_s(MEDIUM, stop + k) for k in range(1, laps + 1)] + [tyre_s(compound, 1)]
    expected = sum(late) - sum(early) - float(model.warm_up_s[0])
    assert found.gain_s == pytest.approx(expected, abs=1e-9)
    assert found.on_lap == stop
    assert found.p_success == float(expected > GAP_S)


def test_the_overcut_is_the_mirror_on_an_empty_track():
    """With equal cars, what the one behind gains by stopping early it loses by stopping late."""
    found = rows(pair())
    for laps in (1, 2, 3):
        under, over = found[("undercut", "ABA", laps)], found[("overcut", "ABA", laps)]
        assert under.gain_s == pytest.approx(-over.gain_s, abs=1e-9)


def test_rivals_behind_threaten_and_rivals_ahead_are_attacked():
    found = undercut_table(pair(n=3), "ABA")
    assert {(r.attacker, r.defender) for r in found} == {("ABA", "AAA"), ("ACA", "ABA")}
    assert {r.label for r in found} >= {"ABA undercuts AAA", "ACA overcuts ABA"}


def test_traffic_takes_the_gain_away():
    """A slower car that the early stopper comes out behind holds it up."""
    alone = rows(pair(n=2))[("undercut", "ABA", 3)]
    race = pair(n=3)
    after_stop_s = float(race.pit.loss_s[0])
    clock = race.state.time_s.copy()
    clock[2] = clock[1] + after_stop_s - 2.6  # 0.6 s ahead at the pit exit, a lap of 2 s later
    slow = race.model.pace_s.copy()
    slow[:, 2] = 2.0
    race = replace(
        race,
        state=replace(race.state, time_s=clock),
        model=replace(race.model, pace_s=slow),
        passing=replace(race.passing, ceiling=0.0),
    )
    held = rows(race)[("undercut", "ABA", 3)]
    assert held.gain_s < alone.gain_s - 2.0


def test_chances_rise_with_the_laps_apart_and_fall_with_the_gap():
    race = field(n=2)
    race = replace(race, model=replace(lap_model(2, 57), pace_s=np.zeros((20, 2))))
    near, far = (rows(replace(race, state=pair(gap).state)) for gap in (1.0, 5.0))
    key = ("undercut", "ABA", 2)
    assert near[key].p_success > far[key].p_success
    assert far[("undercut", "ABA", 3)].gain_s > far[("undercut", "ABA", 1)].gain_s
    assert near[key].gain_low_s < near[key].gain_s < near[key].gain_high_s
    assert 0.0 < near[("undercut", "ABA", 1)].p_success < 1.0


def test_nobody_out_of_reach_and_nobody_who_does_not_stop_again():
    assert undercut_table(pair(gap_s=20.0), "ABA") == ()
    race = pair()
    done = replace(
        race.state,
        used=np.array([(1 << MEDIUM) | (1 << HARD), 1 << MEDIUM]),
        lap=50,
        done=np.full(2, 50),
        compound=np.array([HARD, MEDIUM]),
        age_steps=np.array([20, 200]),
    )
    assert undercut_table(replace(race, state=done), "ABA") == ()


def test_stops_that_do_not_fit_are_refused():
    with pytest.raises(InvalidInput, match="do not fit"):
        undercut_table(pair(), "ABA", LAP)
    with pytest.raises(InvalidInput, match="do not fit"):
        undercut_table(pair(), "ABA", 55)
    with pytest.raises(InvalidInput, match="grid"):
        undercut_table(calm(n=2), "ABA")
