"""Battles: the curve follows from gap, pace, tyres and circuit, and from nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from fields import calm, field

from f1lab.errors import InvalidInput, UnknownName
from f1lab.strategy.battle import battle_forecast, pass_chance


def on_lap(race, lap, gaps_s, age_steps=None):
    """The race after a lap, cars behind one another."""
    n = len(race.drivers)
    ages = np.full(n, 4 * lap) if age_steps is None else np.array(age_steps)
    state = replace(
        race.state,
        lap=lap,
        done=np.full(n, lap),
        time_s=90.0 * lap + np.cumsum(gaps_s),
        age_steps=ages,
        used=np.full(n, 2),
    )
    return replace(race, state=state)


def quicker_behind(advantage_s, gap_s, **kw):
    race = calm(n=2, noise_s=kw.pop("noise_s", 0.0))
    pace = np.zeros_like(race.model.pace_s)
    pace[:, 1] = -advantage_s
    level = np.zeros_like(pace)
    race = replace(race, model=replace(race.model, pace_s=pace, own_wear_s=level))
    return on_lap(race, 20, [0.0, gap_s], **kw)


def test_the_chance_never_falls_and_the_interval_holds_it():
    forecast = battle_forecast(on_lap(field(n=3), 20, [0.0, 0.8, 2.0]), "ABA", "AAA")
    assert forecast.laps == tuple(range(21, 31))
    assert (np.diff(forecast.p_passed) >= 0).all()
    assert all(
        low <= p <= high
        for p, low, high in zip(forecast.p_passed, forecast.p_low, forecast.p_high, strict=True)
    )


def test_the_first_lap_is_the_passing_model_itself():
    race = quicker_behind(0.5, 0.7)
    expected = pass_chance(race.passing, np.array(0.7), np.array(0.5), 0.0)
    forecast = battle_forecast(race, "ABA", "AAA", laps=1)
    assert forecast.p_passed[0] == pytest.approx(float(expected))
    assert forecast.pace_advantage_s == pytest.approx(0.5)


def test_a_quicker_car_gets_closer_and_then_past():
    far, near = (battle_forecast(quicker_behind(1.0, gap), "ABA", "AAA") for gap in (6.0, 1.0))
    assert far.p_passed[0] == 0.0
    assert far.p_passed[-1] > 0.3
    assert near.p_passed[2] > far.p_passed[2]
    assert near.expected_lap is not None
    assert 21 <= near.expected_lap <= 30


def test_a_slower_car_falls_back():
    forecast = battle_forecast(quicker_behind(-0.8, 1.0), "ABA", "AAA")
    assert forecast.p_passed[-1] < 0.1
    assert forecast.expected_lap is None


def test_fresher_tyres_help():
    worn, fresh = (
        battle_forecast(quicker_behind(0.0, 0.8, age_steps=ages), "ABA", "AAA")
        for ages in ([80, 80], [80, 8])
    )
    assert fresh.p_passed[-1] > worn.p_passed[-1] + 0.1
    assert fresh.pace_advantage_s > 0.5


def test_it_stops_at_the_flag_and_repeats_itself():
    race = on_lap(field(n=2), 54, [0.0, 0.6])
    forecast = battle_forecast(race, "ABA", "AAA", laps=30, seed=4)
    assert forecast.laps[-1] == race.n_laps
    assert forecast.to_dict() == battle_forecast(race, "ABA", "AAA", laps=30, seed=4).to_dict()
    json.dumps(forecast.to_dict(), allow_nan=False)
    assert len(forecast.to_frame()) == 3
    assert "ABA on AAA from lap 54" in repr(forecast)


def test_what_is_no_battle_is_refused():
    race = on_lap(field(n=3), 20, [0.0, 0.8, 95.0])
    with pytest.raises(InvalidInput, match="not behind"):
        battle_forecast(race, "AAA", "ABA")
    with pytest.raises(InvalidInput, match="AAA was named twice"):
        battle_forecast(race, "AAA", "AAA")
    with pytest.raises(UnknownName):
        battle_forecast(race, "AAA", "XXX")
    with pytest.raises(InvalidInput, match="1 or more"):
        battle_forecast(race, "ABA", "AAA", laps=0)
    with pytest.raises(InvalidInput, match="grid"):
        battle_forecast(field(n=3), "ABA", "AAA")
    with pytest.raises(InvalidInput, match="at_lap=7"):
        battle_forecast(race, "ABA", "AAA", 7)
    out = replace(race.state, running=np.array([True, False, True]))
    with pytest.raises(InvalidInput, match="out of the race"):
        battle_forecast(replace(race, state=out), "ABA", "AAA")
    lapped = replace(race.state, done=np.array([20, 20, 19]))
    with pytest.raises(InvalidInput, match="same lap"):
        battle_forecast(replace(race, state=lapped), "ACA", "ABA")
