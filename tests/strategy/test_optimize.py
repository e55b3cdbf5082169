"""The optimizer: ranking, windows and calls on fields where the answer is known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from fields import GREEN, HARD, MEDIUM, SC, calm, field, plan

from f1lab.engine.simulate import simulate_races
from f1lab.errors import InvalidInput, UnknownName
from f1lab.export import to_text
from f1lab.strategy.expected import expected_at
from f1lab.strategy.free_air import FreeAir
from f1lab.strategy.judge import Calls, Judge, calls_of, paired
from f1lab.strategy.neutral import safety_car_table
from f1lab.strategy.optimizer import QUICK, optimize


def alone(**changes):
    """One car that nothing happens to."""
    return calm(n=1, **changes)


def after(race, lap, gap_s=2.0):
    n = len(race.drivers)
    state = replace(
        race.state,
        lap=lap,
        done=np.full(n, lap),
        time_s=90.0 * lap + gap_s * np.arange(n),
        age_steps=np.full(n, 4 * lap),
        used=np.full(n, 1 << MEDIUM),
    )
    return replace(race, state=state)


def test_alone_the_best_plan_is_the_programme_s():
    race = alone()
    report = optimize(race, "AAA", objective="time", n=102)  # each of three draws equally often
    air = FreeAir.of(race, "AAA")
    best = calls_of(next(air.programme().best()), 0)
    assert str(report.best) == str(best)
    costs = {}
    for schedule, _ in zip(air.programme().best(), range(20), strict=False):
        costs.setdefault(calls_of(schedule, 0).order, schedule.cost_s)
    least = min(costs.values())
    for ranked in report.ranking:
        order = ("SOFT", "MEDIUM", "HARD")
        key = tuple(order.index(c) for c in (ranked.start, *(c for _, c in ranked.stops)))
        assert ranked.regret == pytest.approx(costs[key] - least, abs=1e-6)


def test_alone_the_window_is_where_the_programme_says_it_is_flat():
    report = optimize(alone(), "AAA", objective="time", n=100)
    (window,) = report.windows
    assert window.first_lap <= window.best_lap <= window.last_lap
    assert window.last_lap - window.first_lap <= 4


def test_two_stops_quicker_alone_lose_in_a_field_that_stops_once():
    """Rejoin traffic: the second stop costs places that cannot be won back on the road."""
    base = calm(n=12, noise_s=0.1)
    wear = base.model.wear_s * 1.6
    model = replace(base.model, wear_s=wear, pace_s=0.03 * np.arange(12) + np.zeros((3, 12)))
    base = replace(
        base,
        model=model,
        pit=replace(base.pit, loss_s=np.full(3, 20.0)),
        passing=replace(base.passing, intercept=-8.0, ceiling=0.02),
    )
    air = FreeAir.of(base, "ADA", {"MEDIUM": 2, "HARD": 2})
    costs = {}
    for schedule, _ in zip(air.programme().best(), range(40), strict=False):
        costs.setdefault(len(schedule.compounds) - 1, schedule.cost_s)
    assert costs[2] < costs[1]
    report = optimize(base, "ADA", objective="position", n=200)
    stops = [len(p.stops) for p in report.ranking]
    assert stops[0] == 1
    assert report.ranking[stops.index(2)].regret_low > 0


def test_regrets_are_paired_and_start_at_zero():
    report = optimize(field(n=8), "ABA", n=200)
    assert report.ranking[0].regret == 0.0
    assert all(p.regret >= 0.0 for p in report.ranking)
    regrets = [p.regret for p in report.ranking]
    assert regrets == sorted(regrets)
    assert all(p.regret_low <= p.regret <= p.regret_high for p in report.ranking)
    for p in report.ranking:
        assert 0.0 <= p.p_win <= p.p_podium <= p.p_points <= 1.0
        assert len({p.start, *(c for _, c in p.stops)}) >= 2
        laps = [lap for lap, _ in p.stops]
        assert laps == sorted(laps)
    for window, (lap, compound) in zip(report.windows, report.best.stops, strict=True):
        assert (window.best_lap, window.compound) == (lap, compound)
        assert window.first_lap <= lap <= window.last_lap


def test_the_same_seed_gives_the_same_report_and_json_takes_it():
    race = field(n=6)
    one, other = (optimize(race, "AAA", n=100, seed=5, tables=True) for _ in range(2))
    assert one.to_dict() == other.to_dict()
    json.dumps(one.to_dict(), allow_nan=False)
    assert list(one.to_frame()["plan"]) == [str(p) for p in one.ranking]
    text = to_text(one)
    for word in ("regret", "Stop 1", "If a safety car comes", "SC on lap"):
        assert word in text
    assert repr(one).startswith("StrategyReport(AAA, 2023 Test Grand Prix, before the race: ")


def test_a_quick_search_finds_what_a_thorough_one_does():
    race = field(n=8)
    judge = Judge(race, "ABA", "position")
    quick, thorough = (
        optimize(race, "ABA", objective="position", n=200, **more)
        for more in ({"effort": QUICK}, {})
    )
    names = ("SOFT", "MEDIUM", "HARD")
    plans = [
        Calls(names.index(best.start), tuple((lap, names.index(c)) for lap, c in best.stops))
        for best in (quick.best, thorough.best)
    ]
    lost = judge.regret(*(judge.run(calls, 2000, 9) for calls in plans))
    assert lost.mean < 0.05
    orders = [(one.start, *(c for _, c in one.stops)) for one in quick.ranking]
    assert len(set(orders)) == len(orders)
    two_stops = field(n=4, stops_needed=2)
    assert len(optimize(two_stops, "AAA", n=100, effort=QUICK).windows) == 1


def test_replanning_goes_on_with_the_set_the_car_is_on():
    report = optimize(after(field(n=6), 20), "ACA", n=100, tables=True)
    assert report.at_lap == 20
    assert all(p.start == "MEDIUM" for p in report.ranking)
    assert all(lap > 20 for p in report.ranking for lap, _ in p.stops)
    assert all(call.lap > 20 for call in report.safety_car)


def test_who_cannot_score_is_judged_by_places():
    base = field(n=16)
    pace = base.model.pace_s.copy()
    pace[:, 15] += 4.0
    report = optimize(replace(base, model=replace(base.model, pace_s=pace)), "APA", n=100)
    assert report.unit == "places"
    assert any("points" in note for note in report.notes)


def test_the_rules_are_kept():
    two_stops = optimize(field(n=4, stops_needed=2), "AAA", n=100)
    assert all(len(p.stops) >= 2 for p in two_stops.ranking)
    bound = optimize(field(n=4), "AAA", n=100, start="HARD")
    assert all(p.start == "HARD" for p in bound.ranking)
    one_set = optimize(field(n=4), "AAA", n=100, sets={"HARD": 0})
    assert all("HARD" not in str(p) for p in one_set.ranking)


def test_bad_questions_are_answered_with_what_is_allowed():
    race = field(n=3)
    with pytest.raises(InvalidInput, match="objective 'glory'"):
        optimize(race, "AAA", objective="glory")
    with pytest.raises(InvalidInput, match="n=5"):
        optimize(race, "AAA", n=5)
    with pytest.raises(UnknownName, match="HYPER"):
        optimize(race, "AAA", start="HYPER")
    with pytest.raises(UnknownName):
        optimize(race, "ZZZ")
    with pytest.raises(InvalidInput, match="no plan"):
        optimize(race, "AAA", sets={"SOFT": 0, "HARD": 0, "INTERMEDIATE": 0, "WET": 0})


def test_a_safety_car_before_the_stop_is_a_reason_to_box():
    """Half the price, no place lost in a field spread out: boxing under it is worth seconds."""
    race = alone()
    base = Calls(MEDIUM, ((28, HARD),))
    (call,) = safety_car_table(race, "AAA", [24], plan=base, objective="time", n=50)
    assert call.verdict == "box"
    saved = float(race.pit.loss_s[0]) * (1 - race.pit.sc_factor)
    assert call.gain == pytest.approx(saved, abs=4.0)
    assert "lap 24" in call.box
    assert "lap 24" not in call.stay
    assert call.length_laps > 1


def test_on_the_last_laps_nobody_boxes():
    base = Calls(MEDIUM, ((28, HARD),))
    (call,) = safety_car_table(field(n=8), "AAA", [55], plan=base, objective="position", n=200)
    assert call.verdict == "stay"
    assert call.stay_position < call.box_position


def test_safety_car_laps_are_checked():
    race = after(field(n=3), 20)
    with pytest.raises(InvalidInput, match="laps 21 to 56"):
        safety_car_table(race, "AAA", [20])
    with pytest.raises(InvalidInput, match="SC, VSC"):
        safety_car_table(race, "AAA", kind="red")
    (call,) = safety_car_table(race, "AAA", [30], kind="VSC", n=50)
    assert call.kind == "VSC"


def test_the_expected_race_is_the_race_when_there_is_no_chance():
    race = calm(n=6)
    calls = Calls(MEDIUM, ((28, HARD),))
    at = expected_at(race, "ABA", calls, 20, n=3)
    trace = simulate_races(race, n=3, traces=[1]).trace(1)
    lap_20 = trace[trace["leader_lap"] == 20]
    assert at.state.lap == 20
    assert at.state.time_s.min() == pytest.approx(lap_20["time_s"].min(), abs=1.0)
    assert at.state.time_s.max() == pytest.approx(lap_20["time_s"].max(), abs=4.0)
    assert (at.state.done == 20).all()
    assert (at.state.age_steps == 80).all()
    assert (at.state.used == 1 << MEDIUM).all()
    assert (at.flown[:20] == GREEN).all()
    with pytest.raises(InvalidInput, match="still to come"):
        expected_at(race, "ABA", calls, 57)


def test_the_judge_runs_a_plan_once_and_compares_the_same_races():
    race = field(n=4)
    judge = Judge(race, "AAA", "position")
    calls = Calls(MEDIUM, ((28, HARD),))
    assert judge.run(calls, 50, 1) is judge.run(calls, 50, 1)
    itself = paired(judge.run(calls, 50, 1), judge.run(calls, 50, 1), "points")
    assert (itself.mean, itself.low, itself.high) == (0.0, 0.0, 0.0)


def test_a_safety_car_known_beforehand_is_used():
    race = calm(n=4, policies=plan(4, MEDIUM, (31, HARD)))
    flown = race.flown.copy()
    flown[29:33] = SC
    report = optimize(replace(race, flown=flown), "AAA", objective="time", n=100)
    assert 30 <= report.best.stops[0][0] <= 33
