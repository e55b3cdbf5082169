"""The race engine with everything on: what holds in every race, and on average."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from f1lab.engine import RacePlan, simulate_races
from f1lab.engine.inputs import PitLane, Retirements, Start
from f1lab.racemodel.laps import FLAGS
from tests.engine.fields import (
    GREEN,
    HARD,
    INTERMEDIATE,
    MEDIUM,
    SC,
    SOFT,
    VSC,
    calm,
    field,
    lap_model,
    on_the_grid,
    plan,
)


def everything_on(n=20, n_laps=57):
    """Frequent flags, stops, retirements and rain, and a backmarker."""
    base = field(n, n_laps)
    pace = base.model.pace_s.copy()
    pace[:, -1] += 5.0
    return replace(
        base,
        model=replace(base.model, pace_s=pace),
        hazards=replace(base.hazards, red_p=np.full(n_laps, 0.02)),
        weather=replace(base.weather, rain_p=np.full(n_laps, 0.02)),
    )


def all_retire(n, n_laps):
    return replace(field(n, n_laps), retirements=Retirements(np.full((n, n_laps), 0.9), 0.5, 0.3))


ODD_RACES = {
    "everything": everything_on(),
    "one car": everything_on(1),
    "two cars": everything_on(2, 9),
    "thirty cars": everything_on(30, 40),
    "three laps": everything_on(20, 3),
    "one lap": everything_on(5, 1),
    "everybody retires": all_retire(6, 20),
    "nobody leaves the grid": replace(
        field(4, 10), retirements=Retirements(np.ones((4, 10)), 1.0, 0.0)
    ),
    "always a safety car": replace(
        field(8, 30), hazards=replace(field(8, 30).hazards, sc_p=np.ones(30))
    ),
    "red after red": replace(
        field(8, 30), hazards=replace(field(8, 30).hazards, red_p=np.ones(30))
    ),
    "no scatter": calm(20),
    "level cars": replace(calm(20), start=Start(0.0, 0.0, 0.0)),
}


@pytest.mark.parametrize("name", ODD_RACES)
def test_in_any_race_places_are_a_permutation_and_time_goes_on(name):
    races = range(60)
    out = simulate_races(ODD_RACES[name], n=60, seed=5, traces=races)
    n = len(out.drivers)
    assert np.array_equal(np.sort(out.position, axis=1), np.tile(np.arange(1, n + 1), (60, 1)))
    assert np.isfinite(out.time_s).all()
    assert (out.time_s[out.laps_done > 0] > 0).all()
    assert ((out.laps_done < out.n_laps) | ~out.retired).all()
    for race in races:
        laps = out.trace(race)
        for _, own in laps.groupby("driver"):
            assert own["lap"].tolist() == list(range(1, len(own) + 1))
            assert (np.diff(own["time_s"], prepend=0.0) > 0).all()
            age = own["tyre_age_laps"].to_numpy()
            assert (age > 0).all()
        for _, step in laps.groupby("leader_lap"):
            # who is let past the safety car ends a second lap on this lap of the leader
            once = step.drop_duplicates("driver")
            assert once["position"].is_monotonic_increasing
            assert once["position"].is_unique
        last = laps.groupby("driver").last()
        for i, driver in enumerate(out.drivers):
            done = last["lap"].get(driver, 0)
            assert out.laps_done[race, i] == done
            if done:
                assert out.time_s[race, i] == last["time_s"][driver]


def test_the_winner_does_every_lap_and_places_follow_laps_and_times():
    out = simulate_races(everything_on(), n=300)
    for race in range(300):
        order = np.argsort(out.position[race])
        key = [
            (bool(out.retired[race, i]), -int(out.laps_done[race, i]), float(out.time_s[race, i]))
            for i in order
        ]
        assert key == sorted(key)
        assert out.laps_done[race, order[0]] == 57
    assert (out.laps_done[:, -1][~out.retired[:, -1]] < 57).any()


@pytest.mark.parametrize("threads", [2, 3])
def test_the_result_is_the_same_on_any_number_of_threads(threads):
    one = simulate_races(everything_on(), n=500, seed=9, traces=(3, 490))
    more = simulate_races(everything_on(), n=500, seed=9, threads=threads, traces=(3, 490))
    for mine, theirs in zip(
        (*one.results, *one.traces), (*more.results, *more.traces), strict=True
    ):
        assert np.array_equal(mine, theirs)


def test_a_race_is_the_same_in_any_batch_and_another_with_another_seed():
    few, many = (simulate_races(everything_on(), n=n, seed=4) for n in (20, 50))
    assert np.array_equal(few.time_s, many.time_s[:20])
    other = simulate_races(everything_on(), n=20, seed=5)
    assert not np.any(few.time_s == other.time_s)


def test_one_cars_plan_leaves_every_other_cars_luck_as_it_was():
    """Where cars do not meet, nothing of the others may change: luck, flags, retirements."""
    base = field(10)
    passing = replace(base.passing, reach_s=-1.0, follow_s=-1e9, dirty_air_s=0.0)
    passing = replace(passing, lapping_s=0.0, blue_flag_s=0.0)
    calmer = replace(base.hazards, sc_p=np.zeros(57), red_p=np.zeros(57))
    apart = replace(
        base,
        passing=passing,
        hazards=calmer,
        reactions=replace(base.reactions, cover_p=0.0),
        retirements=replace(base.retirements, sc_share=0.0),
    )
    plans = [
        None,
        {"AEA": RacePlan("SOFT", ((3, "MEDIUM"), (9, "SOFT"), (10, "HARD"), (50, "SOFT")))},
    ]
    one, other = (simulate_races(apart, plan, n=400) for plan in plans)
    assert np.array_equal(one.flags, other.flags)
    # fuel and flags go by the leader's lap, and he may be the leader who laps somebody
    same = (one.laps_done == 57) & (other.laps_done == 57) & (np.arange(10) != 4)
    assert same.mean() > 0.7
    assert np.array_equal(one.time_s[same], other.time_s[same])
    assert np.array_equal(one.stops[same], other.stops[same])
    assert np.array_equal(one.retired[same], other.retired[same])
    assert (one.time_s[:, 4] == other.time_s[:, 4]).mean() < 0.1


def test_mirror_image_cars_finish_level():
    base = field(20)
    model = lap_model(20, draws=1, spread_s=0.0, noise_s=0.4)
    alike = replace(
        base,
        model=replace(model, pace_s=np.zeros((1, 20)), own_wear_s=np.zeros((1, 20))),
        pit=replace(base.pit, loss_s=np.full(1, 22.0)),
        start=Start(4.0, 0.0, 0.8),
    )
    n = 4000
    out = simulate_races(alike, n=n, seed=2)
    ahead = int((out.position[:, 0] < out.position[:, -1]).sum())
    assert stats.binomtest(ahead, n, 0.5).pvalue > 1e-3
    error = np.sqrt((20**2 - 1) / 12 / n)
    assert np.abs(out.expected_position() - 10.5).max() < 4 * error


def flagged(base, first, length, flag=SC):
    flags = np.full(base.n_laps, GREEN)
    flags[first : first + length] = flag
    return replace(base, flown=flags)


@pytest.mark.parametrize("flag", [SC, VSC])
def test_nothing_passes_in_a_neutralised_race(flag):
    base = replace(field(20), policies=plan(20, MEDIUM, (10, SOFT), (40, HARD)))
    base = replace(base, retirements=Retirements(np.zeros((20, 57)), 0.0, 0.0))
    dry = replace(base.weather, rain_p=np.zeros(57))
    out = simulate_races(flagged(replace(base, weather=dry), 20, 6, flag), n=30, traces=range(30))
    for race in range(30):
        laps = out.trace(race)
        orders = [
            laps[laps["leader_lap"] == lap].sort_values("time_s")["driver"].tolist()
            for lap in range(20, 27)
        ]
        assert all(order == orders[0] for order in orders)


def test_cars_queue_behind_the_safety_car_at_its_distance():
    out = simulate_races(flagged(calm(12, noise_s=0.3), 30, 7), n=5, traces=range(5))
    for race in range(5):
        laps = out.trace(race)
        queue = laps[laps["leader_lap"] == 37].sort_values("time_s")
        assert np.diff(queue["time_s"]) == pytest.approx(np.full(11, 1.3))


def test_only_those_who_stop_lose_places_behind_the_safety_car():
    plans = {"ACA": RacePlan("MEDIUM", ((33, "HARD"),))}
    base = flagged(calm(12, noise_s=0.3), 30, 6)
    base = replace(base, policies=plan(12, MEDIUM, (10, HARD)))
    out = simulate_races(base, plans, n=20, traces=range(20))
    lost = []
    for race in range(20):
        laps = out.trace(race)
        before, after = (
            laps[laps["leader_lap"] == lap].sort_values("time_s")["driver"].tolist()
            for lap in (30, 36)
        )
        lost.append(after.index("ACA") - before.index("ACA"))
        before.remove("ACA")
        after.remove("ACA")
        assert before == after
    assert max(lost) > 0
    assert min(lost) >= 0


def test_a_stop_costs_less_when_the_field_is_slowed_down():
    costs = {}
    for flag in (GREEN, VSC, SC):
        base = flagged(calm(1), 27, 1, flag)
        stopping = simulate_races(base, n=1).time_s[0, 0]
        base = replace(base, pit=replace(base.pit, loss_s=np.zeros(3)))
        costs[flag] = stopping - simulate_races(base, n=1).time_s[0, 0]
    assert costs == pytest.approx({GREEN: 22.0, VSC: 22.0 * 0.6, SC: 22.0 * 0.48})


def test_stops_scatter_as_the_crews_do():
    quick = PitLane(np.full(3, 22.0), 0.3, 0.6, 0.48, 0.5, 1.6, 6.0, np.zeros(1))
    base = calm(1, pit=quick)
    n = 3000
    base = replace(base, model=lap_model(1, draws=1, noise_s=0.0, spread_s=0.0))
    times = simulate_races(base, n=n).time_s[:, 0]
    calmest = replace(base, pit=replace(quick, crew_scale_s=0.0))
    luck = times - simulate_races(calmest, n=1).time_s[0, 0]
    inside = luck < 6.0 - 1e-6
    assert luck.max() == pytest.approx(6.0)
    expected = stats.fisk(1.6, loc=-0.5, scale=0.5)
    assert stats.binomtest(int((~inside).sum()), n, expected.sf(6.0)).pvalue > 1e-3
    cut = stats.kstest(luck[inside], lambda x: expected.cdf(x) / expected.cdf(6.0))
    assert cut.pvalue > 1e-3


def test_flags_come_as_often_and_last_as_long_as_the_hazards_say():
    base = field(2)
    n, p = 20_000, np.full(57, 0.012)
    hazards = replace(base.hazards, sc_p=p, vsc_p=np.zeros(57), red_p=np.zeros(57))
    quiet = replace(base, hazards=hazards, retirements=Retirements(np.zeros((2, 57)), 0.0, 0.0))
    flags = simulate_races(quiet, n=n).flags
    assert stats.binomtest(int((flags[:, 0] == SC).sum()), n, 0.012).pvalue > 1e-3
    began = (flags[:, 1:] == SC) & (flags[:, :-1] != SC)
    free = flags[:, :-1] != SC
    assert stats.binomtest(int(began.sum()), int(free.sum()), 0.012).pvalue > 1e-3
    lengths = []
    for race in np.flatnonzero(flags[:, 20] == SC):
        if flags[race, 19] == SC:
            continue
        run = flags[race, 20:] != SC
        lengths.append(int(run.argmax()))
    # one that is followed at once by another counts as one: about one in a hundred
    counts = np.bincount(lengths, minlength=7)[1:7]
    assert stats.chisquare(counts, hazards.sc.length_p * counts.sum()).pvalue > 1e-3


def test_retirements_come_as_often_as_they_should_and_bring_out_safety_cars():
    base = calm(3)
    p = np.zeros((3, 57))
    p[1] = 0.004
    p[2, 9] = 1.0
    out = simulate_races(
        replace(base, retirements=Retirements(p, 0.4, 0.25), flown=np.full(57, -1)),
        n=4000,
    )
    assert not out.retired[:, 0].any()
    expected = 1 - (1 - 0.004) ** 57
    assert stats.binomtest(int(out.retired[:, 1].sum()), 4000, expected).pvalue > 1e-3
    assert (out.laps_done[:, 2] == 9).all()
    alone = ~out.retired[:, 1]
    flag = out.flags[alone, 9]
    for which, share in ((SC, 0.4), (VSC, 0.25)):
        assert stats.binomtest(int((flag == which).sum()), len(flag), share).pvalue > 1e-3


@pytest.mark.parametrize(("first", "stops"), [(54, True), (55, True), (56, False)])
@pytest.mark.parametrize("flag", [SC, VSC])
def test_a_stop_nobody_planned_needs_two_laps_to_go(flag, first, stops):
    """On lap 55 two of 57 are to go; SOFT is the set that is quickest over them."""
    chance = np.zeros(58)
    chance[-1] = 1.0
    base = flagged(calm(4, policies=plan(4, MEDIUM, (20, HARD))), first - 1, 2, flag)
    off = {"sc_p": np.zeros(58), "vsc_p": np.zeros(58), "cover_p": 0.0}
    base = reacting(base, **(off | {"sc_p" if flag == SC else "vsc_p": chance}))
    laps = simulate_races(base, n=1, traces=(0,)).trace(0)
    assert set(laps.query("stopped")["lap"]) == ({20, first} if stops else {20})
    assert set(laps.query("lap == 57")["compound"]) == ({"SOFT"} if stops else {"HARD"})


def test_unplanned_stops_come_as_often_as_the_chance_says_and_follow_the_rule_book():
    chance = np.zeros(58)
    chance[-1] = 0.16
    unplanned = calm(2, policies=plan(2, MEDIUM), stops_needed=0, dry_compounds_needed=2)
    base = reacting(flagged(unplanned, 30, 4), sc_p=chance, cover_p=0.0)
    # with nothing planned at all the rules still ask for a second compound
    laps = simulate_races(base, n=400, traces=range(400))
    answered = []
    for race in range(400):
        stopped = laps.trace(race).query("stopped")
        assert len(stopped) == 2
        answered.extend(stopped["lap"] == 31)
    assert stats.binomtest(sum(answered), 800, 0.16).pvalue > 1e-3


def test_what_is_known_of_the_flags_overrides_the_hazards():
    base = replace(field(5), flown=np.where(np.arange(57) < 30, GREEN, -1))
    flags = simulate_races(base, n=2000).flags
    assert (flags[:, :30] == GREEN).all()
    assert (flags[:, 30:] != GREEN).any()


@pytest.mark.parametrize("left", [3, -1])
def test_a_safety_car_that_flies_as_the_race_is_taken_up_goes_on(left):
    base = calm(3, flown=np.where(np.arange(57) < 20, GREEN, -1))
    base.flown[18:20] = SC
    state = replace(
        on_the_grid(3),
        lap=20,
        time_s=np.array([1900.0, 1903.0, 1907.0]),
        done=np.full(3, 20),
        age_steps=np.full(3, 60),
        used=np.full(3, 1 << MEDIUM),
        flag=SC,
        flag_laps_left=left,
    )
    reacting = replace(base.policies, reacts=np.ones(3, dtype=bool))
    sure = replace(base.reactions, sc_p=np.ones(58))
    base = replace(base, state=state, policies=reacting, reactions=sure)
    out = simulate_races(base, n=3000, traces=(0,))
    laps_left = (out.flags[:, 20:] == SC).sum(axis=1)
    if left == 3:
        assert (laps_left == 3).all()
        # it came out before: those who stay out then do not come in for it now
        assert not out.trace(0).query("leader_lap < 28")["stopped"].any()
    else:
        p = base.hazards.sc.length_p
        rest = np.cumsum(p[::-1])[::-1] / np.cumsum(p[::-1])[::-1].sum()
        counts = np.bincount(laps_left, minlength=len(rest))
        assert stats.chisquare(counts, rest * counts.sum()).pvalue > 1e-3


def reacting(base, **reactions):
    return replace(
        base,
        policies=replace(base.policies, reacts=np.ones(len(base.drivers), dtype=bool)),
        reactions=replace(base.reactions, **reactions),
    )


@pytest.mark.parametrize(("p", "stopped"), [(1.0, True), (0.0, False)])
@pytest.mark.parametrize("flag", [SC, VSC])
def test_a_pit_wall_uses_a_safety_car_as_often_as_it_pays(flag, p, stopped):
    chance = np.zeros(58)
    chance[8] = p  # the stop planned on lap 28 is eight laps away on lap 20
    name = "sc_p" if flag == SC else "vsc_p"
    off = {"sc_p": np.zeros(58), "vsc_p": np.zeros(58), "cover_p": 0.0}
    base = reacting(flagged(calm(5), 19, 4, flag), **(off | {name: chance}))
    out = simulate_races(base, n=1, traces=(0,))
    laps = out.trace(0).query("stopped")["lap"]
    assert set(laps) == ({20} if stopped else {28})
    fixed = simulate_races(base, {"AAA": RacePlan("MEDIUM", ((28, "HARD"),))}, n=1, traces=(0,))
    assert fixed.trace(0).query("stopped and driver == 'AAA'")["lap"].tolist() == [28]


@pytest.mark.parametrize(("due", "lap"), [(25, 22), (40, 40)])
def test_a_rivals_stop_is_answered_on_the_next_lap_when_an_own_stop_is_near(due, lap):
    base = reacting(calm(2), cover_p=1.0, cover_window_laps=8, cover_gap_s=6.0)
    lap_of = np.array([[[due]], [[21]]])
    base = replace(base, policies=replace(base.policies, stop_lap=lap_of))
    stops = simulate_races(base, n=1, traces=(0,)).trace(0).query("stopped")
    assert stops.set_index("driver")["lap"].to_dict() == {"AAA": lap, "ABA": 21}


def test_cars_change_to_rain_tyres_and_back_as_the_track_does():
    base = calm(4)
    track = base.model.track_s.copy()
    track[:, 20:35, 0] += 15.0
    base = replace(base, model=replace(base.model, track_s=track))
    laps = simulate_races(reacting(base), n=1, traces=(0,)).trace(0)
    on_rain_tyres = set(laps[laps["compound"] == "INTERMEDIATE"]["lap"])
    assert on_rain_tyres == set(range(22, 37))
    assert set(laps[laps["lap"] > 36]["compound"]) <= {"SOFT", "MEDIUM", "HARD"}
    fixed = simulate_races(base, n=1, traces=(0,)).trace(0)
    assert "INTERMEDIATE" not in set(fixed["compound"])


def test_a_shower_wets_the_track_and_it_dries():
    base = reacting(calm(4))
    rain = np.zeros(57)
    rain[19] = 1.0
    base = replace(base, weather=replace(base.weather, rain_p=rain))
    out = simulate_races(base, n=200, traces=(0,))
    assert "INTERMEDIATE" in set(out.trace(0).query("22 < lap < 30")["compound"])
    assert "INTERMEDIATE" not in set(out.trace(0).query("lap < 20")["compound"])
    dry = simulate_races(reacting(calm(4)), n=200).time_s.min(axis=1)
    # the shortest shower lasts a lap: 2 s of wetness, and two thirds and a third of it after
    assert (out.time_s.min(axis=1) > dry + 3.9).all()


@pytest.mark.parametrize(("least", "stops"), [(1, 1), (2, 2), (3, 3)])
def test_a_car_that_would_break_the_rules_of_a_dry_race_is_sent_in(least, stops):
    base = replace(calm(4), policies=plan(4, MEDIUM), stops_needed=least)
    out = simulate_races(base, n=1, traces=(0,))
    laps = out.trace(0)
    assert (out.stops == stops).all()
    assert set(laps.query("lap == 57")["compound"]) <= {"SOFT", "HARD", "MEDIUM"}
    assert laps.groupby("driver")["compound"].nunique().min() >= 2
    assert laps.query("stopped")["lap"].max() < 57


def test_no_reacting_car_drives_a_set_beyond_its_life():
    base = reacting(replace(calm(4), policies=plan(4, SOFT, (40, HARD))))
    base = replace(base, oldest_laps=np.array([20, 25, 45, 30, 30]))
    laps = simulate_races(base, n=1, traces=(0,)).trace(0)
    assert laps[laps["compound"] == "SOFT"]["tyre_age_laps"].max() == 20


def test_policies_are_chosen_as_often_as_they_weigh():
    base = calm(1)
    both = replace(
        base.policies,
        start_compound=np.array([[MEDIUM, SOFT]]),
        stop_lap=np.array([[[28, 0], [15, 40]]]),
        stop_compound=np.array([[[HARD, 0], [HARD, INTERMEDIATE - 2]]]),
        weight=np.array([[0.7, 0.3]]),
    )
    stops = simulate_races(replace(base, policies=both), n=4000).stops[:, 0]
    assert stats.binomtest(int((stops == 2).sum()), 4000, 0.3).pvalue > 1e-3
    assert set(stops) == {1, 2}


def test_passes_come_as_often_as_the_logit_says():
    """Two cars at a fixed gap: on lap 2 the second gets by with the chance of the formula."""
    base = calm(2, 2, policies=plan(2, MEDIUM), dry_compounds_needed=1, stops_needed=0)
    pace = np.tile([0.4, 0.0], (3, 1))
    model = replace(base.model, pace_s=pace, own_wear_s=np.zeros((3, 2)))
    base = replace(base, model=model, start=Start(4.0, 1.1, 0.0))
    passing = base.passing
    n = 6000
    out = simulate_races(base, n=n)
    gap_s = 1.1 - 0.4
    logit = passing.intercept + passing.gap * gap_s + passing.pace * 0.4
    assert stats.binomtest(int(out.overtakes.sum()), n, 1 / (1 + np.exp(-logit))).pvalue > 1e-3
    often = replace(base, passing=replace(passing, intercept=9.0, ceiling=0.3))
    assert stats.binomtest(int(simulate_races(often, n=n).overtakes.sum()), n, 0.3).pvalue > 1e-3


def test_dirty_air_fades_with_the_gap():
    lost = {}
    for slot_s in (0.5, 1.0, 3.0):
        base = calm(2, 2, policies=plan(2, MEDIUM), dry_compounds_needed=1, stops_needed=0)
        model = replace(base.model, pace_s=np.zeros((3, 2)), own_wear_s=np.zeros((3, 2)))
        base = replace(base, model=model, start=Start(4.0, slot_s, 0.0))
        base = replace(base, passing=replace(base.passing, intercept=-50.0))
        times = simulate_races(base, n=1).time_s[0]
        lost[slot_s] = times[1] - times[0] - slot_s
    assert lost == pytest.approx({0.5: 0.5 * (1 - 0.5 / 1.5), 1.0: 0.5 * (1 - 1.0 / 1.5), 3.0: 0.0})


def test_flags_are_those_of_the_race_model():
    assert FLAGS[SC] == "sc"
    assert FLAGS[VSC] == "vsc"
