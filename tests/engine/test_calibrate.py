"""Counting and fitting on hand-made races with known answers, and on every race of the archive."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from types import SimpleNamespace

import numpy as np
import pytest

from f1lab.calc.robust import auc
from f1lab.engine.calibrate import calibrate, calibrate_seen
from f1lab.engine.calibrate_flags import neutralisation_table, retirement_table
from f1lab.engine.calibrate_passing import Candidates, candidates, passing_table, score
from f1lab.engine.calibrate_pits import _curve, _falling, crew_table, stop_losses
from f1lab.engine.calibrate_seen import PastRace, Run
from f1lab.engine.priors import EnginePriors, load_engine_priors
from f1lab.errors import NotEnoughLaps
from f1lab.racemodel.priors import load_priors

N_RACES = 4000


@pytest.fixture(scope="module")
def demo():
    from f1lab import load_demo

    return load_demo()


def flagged(weekend, **runs):
    """The weekend with no flags but the given ones: ``sc=[(first, last)]`` in laps."""
    laps = weekend.race.laps.copy()
    laps[["yellow", "sc", "vsc", "red"]] = False
    for kind, spans in runs.items():
        for first, last in spans:
            laps.loc[laps["lap"].between(first, last), kind] = True
    laps["green"] = ~laps[["sc", "vsc", "red"]].any(axis=1)
    return replace(weekend, race=replace(weekend.race, laps=laps))


def without_laps(weekend, driver, after, status="Engine"):
    """The weekend with a car that stops after some lap, on the next one."""
    laps, results = weekend.race.laps, weekend.race.results.copy()
    gone = (laps["driver"] == driver) & (laps["lap"] > after)
    results.loc[results["driver"] == driver, "status"] = status
    kept = laps[~gone].reset_index(drop=True)
    return replace(weekend, race=replace(weekend.race, laps=kept, results=results))


def all_finish(weekend):
    results = weekend.race.results.copy()
    results["status"] = "Finished"
    return replace(weekend, race=replace(weekend.race, results=results))


def winner(weekend):
    results = weekend.race.results
    return results["driver"][results["finish"] == 1].item()


# ---- flags and retirements ----------------------------------------------------------------


def test_neutralisations_are_runs_of_the_leaders_laps(demo):
    race = PastRace.of(flagged(demo, sc=[(10, 13), (15, 16)], vsc=[(30, 31)]))
    assert race.runs == (Run("sc", 10, 13), Run("sc", 15, 16), Run("vsc", 30, 31))
    assert [run.laps for run in race.runs] == [4, 2, 2]
    assert race.clear[9]  # lap 10 is where one could begin
    assert not race.clear[10:14].any()


def test_a_flag_as_the_field_crosses_the_line_keeps_its_kind(demo):
    race = PastRace.of(flagged(demo, vsc=[(1, 3)]))
    assert race.runs == (Run("vsc", 1, 3),)


def test_a_retirement_is_booked_on_the_lap_it_was_not_ended(demo):
    clean = all_finish(demo)
    assert PastRace.of(clean).retirements == ()
    slow = [d for d in clean.race.results["driver"] if d != winner(clean)][5]
    race = PastRace.of(without_laps(clean, slow, after=20))
    assert [(car.driver, car.lap) for car in race.retirements] == [(slow, 21)]


def test_a_car_that_never_ended_a_lap_retired_on_lap_1(demo):
    clean = all_finish(demo)
    slow = [d for d in clean.race.results["driver"] if d != winner(clean)][5]
    race = PastRace.of(without_laps(clean, slow, after=0, status="Collision"))
    assert [car.lap for car in race.retirements] == [1]
    results = clean.race.results
    absent = results.assign(grid=results["grid"].where(results["driver"] != slow))
    gone = replace(clean, race=replace(clean.race, results=absent))
    gone = without_laps(gone, slow, after=0, status="Withdrew")
    assert PastRace.of(gone).retirements == ()


def test_counts_lengths_and_causes_of_neutralisations(demo):
    clean = all_finish(demo)
    slow = [d for d in clean.race.results["driver"] if d != winner(clean)][5]
    caused = PastRace.of(flagged(without_laps(clean, slow, after=20), sc=[(22, 25)]))
    other = PastRace.of(flagged(clean, sc=[(10, 13)], vsc=[(30, 30)]))
    quiet = PastRace.of(flagged(clean))
    races = [caused, other, quiet, quiet]
    gone = retirement_table(races)
    assert gone["retired"] == 1
    assert gone["sc_share"] == 1.0
    assert gone["vsc_share"] == 0.0
    table = neutralisation_table(races, gone)
    assert table["counts"]["sc"] == [2, 2]
    assert table["counts"]["vsc"] == [3, 1]
    assert table["sc"]["length_p"] == [0, 0, 0, 1]
    # the one a car brought out is not in the hazard of its own; events per race over 4 races
    assert np.sum(table["per_race"]["sc"]) == pytest.approx(1 / 4, rel=0.1)
    assert table["lap_1"] == {"sc": 0.0, "vsc": 0.0, "red": 0.0}


def test_a_circuits_record_is_weighed_against_sixteen_races(demo):
    busy = PastRace.of(flagged(demo, sc=[(10, 12), (30, 32)]))
    elsewhere = PastRace.of(replace(flagged(demo), circuit="Elsewhere"))
    table = neutralisation_table([busy, elsewhere], retirement_table([busy, elsewhere]))
    # two where one was to be expected, and none where one was
    assert table["circuits"][demo.circuit]["sc"] == pytest.approx((2 + 16) / 17)
    assert table["circuits"]["Elsewhere"]["sc"] == pytest.approx(16 / 17)


# ---- passing ------------------------------------------------------------------------------


def tiny_race(**changes):
    """Two cars, three laps: B half a second behind A after laps 1 and 2, ahead after lap 3."""
    laps = {
        "driver": np.array([0, 0, 0, 1, 1, 1]),
        "lap": np.array([1, 2, 3, 1, 2, 3]),
        "time_s": np.array([100.0, 190, 280, 100.5, 190.5, 279.8]),
        "age_laps": np.array([11.0, 12, 13, 1, 2, 3]),
        "racing": np.array([False, True, True, False, True, True]),
        "wet": np.zeros(6, bool),
    } | changes
    clear = np.array([90.0, 90, 90, 89.5, 89.5, 89.5])
    fit = SimpleNamespace(residual=np.zeros(6))
    return SimpleNamespace(
        laps=SimpleNamespace(**laps),
        clear_s=clear,
        model=SimpleNamespace(fit=fit),
        weekend=SimpleNamespace(circuit="Here"),
    )


def test_candidates_are_gap_pace_and_age_as_the_lap_begins():
    seen = candidates(tiny_race())
    assert seen.lap.tolist() == [2, 3]
    assert seen.gap_s == pytest.approx([0.5, 0.5])
    assert seen.pace_s == pytest.approx([0.5, 0.5])
    assert seen.age_laps.tolist() == [10, 10]
    assert seen.passed.tolist() == [False, True]


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("stops", {"racing": np.array([False, True, False, False, True, True])}),
        ("rain", {"wet": np.array([False, False, True, False, False, True])}),
        ("too far", {"time_s": np.array([100.0, 190, 280, 100.5, 192.0, 279.8])}),
    ],
)
def test_a_place_gained_otherwise_is_no_overtake(why, changes):
    assert 3 not in candidates(tiny_race(**changes)).lap, why


def test_a_place_gained_by_a_retirement_is_no_overtake():
    gone = {name: values[[0, 1, 3, 4, 5]] for name, values in vars(tiny_race().laps).items()}
    race = tiny_race(**gone)
    race.clear_s, race.model.fit.residual = race.clear_s[:5], np.zeros(5)
    assert candidates(race).lap.tolist() == [2]


def made_up(n=60000, seed=0):
    rng = np.random.default_rng(seed)
    names = np.array(["easy", "hard", *(f"c{i}" for i in range(10))])
    own = np.array([0.8, -2.0, *np.zeros(10)])
    which = rng.integers(0, len(names), n)
    gap, pace = rng.uniform(0.2, 1.5, n), rng.normal(0.3, 0.6, n)
    age = rng.uniform(-15, 15, n)
    logit = -0.4 + own[which] - 4.0 * gap + 1.8 * pace + 0.05 * age
    passed = rng.random(n) < 1 / (1 + np.exp(-logit))
    after = np.where(passed, -1.4, 0.6)
    zero = np.zeros(n)
    nobody = zero.astype(int)
    return Candidates(names[which], gap, pace, age, after, zero, zero, nobody, nobody, nobody)


def test_the_logit_and_the_circuits_are_recovered():
    seen = made_up()
    table = passing_table(seen, *(np.zeros(1) for _ in range(3)))
    assert table["gap"] == pytest.approx(-4.0, abs=0.15)
    assert table["pace"] == pytest.approx(1.8, abs=0.08)
    assert table["age"] == pytest.approx(0.05, abs=0.005)
    spread = table["circuits"]["easy"] - table["circuits"]["hard"]
    assert spread == pytest.approx(2.8, abs=0.4)
    assert table["circuits"]["hard"] < min(table["circuits"][f"c{i}"] for i in range(10))
    chance = score(table, made_up(seed=1))
    assert chance.mean() == pytest.approx(made_up(seed=1).passed.mean(), abs=0.005)


def test_a_circuit_seen_rarely_is_drawn_to_the_field():
    few = np.arange(60000) < 40
    table = passing_table(
        Candidates.joined(
            [
                replace(made_up(), circuit=np.where(few, "new", made_up().circuit)),
            ]
        ),
        *(np.zeros(1) for _ in range(3)),
    )
    assert abs(table["circuits"]["new"]) < abs(table["circuits"]["hard"]) / 2


# ---- stops --------------------------------------------------------------------------------


def test_the_crews_tail_is_recovered():
    rng = np.random.default_rng(0)
    u = rng.random((40, 50))
    lane = 22.0 + 0.6 * (u / (1 - u)) ** (1 / 1.8)
    teams = {f"D{i}": f"T{i % 10}" for i in range(20)}

    def race(own):
        stops = [
            SimpleNamespace(driver=i % 20, in_row=0, out_row=1, lane_s=s, flag=0, penalised=False)
            for i, s in enumerate(own)
        ]
        return SimpleNamespace(
            stops=stops,
            teams=teams,
            laps=SimpleNamespace(wet=np.zeros(2, bool), drivers=tuple(teams)),
            model=SimpleNamespace(fit=SimpleNamespace(residual=np.array([6.0, 18.0]))),
        )

    table = crew_table([race(own) for own in lane])
    assert table["crew_scale_s"] == pytest.approx(0.6, rel=0.15)
    assert table["crew_shape"] == pytest.approx(1.8, rel=0.15)
    assert table["in_share"] == pytest.approx(0.25)
    assert max(abs(v) for v in table["teams"].values()) < 0.2


def test_a_curve_that_falls_is_pooled_where_it_rose():
    assert _falling(np.array([0.5, 0.7, 0.2]), np.ones(3)).tolist() == [0.6, 0.6, 0.2]


def test_reactions_are_shares_of_those_who_could():
    due = [(0.02, True)] * 80 + [(0.02, False)] * 20
    early = [(0.6, False)] * 100
    none = [(np.inf, True)] * 10 + [(np.inf, False)] * 90
    curve = _curve(due + early + none)
    assert curve["p"][0] == pytest.approx(0.8, abs=0.02)
    assert curve["p"][-1] < 0.05
    assert curve["none_planned_p"] == pytest.approx(0.1, abs=0.02)


# ---- the table and its accessors ----------------------------------------------------------


def test_too_few_races_are_refused(demo):
    with pytest.raises(NotEnoughLaps, match="3 races were given"):
        calibrate([demo] * 3)


@pytest.mark.parametrize("n_laps", [1, 2, 44, 78])
@pytest.mark.parametrize("circuit", ["Monza", "a new one"])
def test_every_part_of_a_field_is_sound(n_laps, circuit):
    priors = load_engine_priors()
    teams = ("Ferrari", "a new one")
    hazards = priors.hazards(circuit, n_laps)
    for p in (hazards.sc_p, hazards.vsc_p, hazards.red_p):
        assert p.shape == (n_laps,)
        assert ((p >= 0) & (p < 0.5)).all()
    for own in (hazards.sc, hazards.vsc):
        assert own.length_p.sum() == pytest.approx(1, abs=1e-3)
        assert 1 < own.lap_factor < 2
    assert hazards.sc.gap_s > 0
    assert np.isnan(hazards.vsc.gap_s)
    gone = priors.retirements(teams, n_laps)
    assert gone.p.shape == (2, n_laps)
    assert gone.p.sum(axis=1) == pytest.approx(0.13, abs=0.12)
    reacts = priors.reactions(n_laps)
    assert reacts.sc_p.shape == reacts.vsc_p.shape == (n_laps + 1,)
    assert (np.diff(reacts.sc_p[:-1]) <= 0).all()
    rng = np.random.default_rng(0)
    pit = priors.pit_lane(circuit, teams, 50, rng)
    assert 15 < pit.loss_s.mean() < 32
    assert 0 < pit.sc_factor < pit.vsc_factor < 1
    assert pit.speed_s.shape == (2,)
    assert priors.start(circuit).slot_s > 0
    assert priors.noise_s(["VER", "XXX"]).shape == (2,)
    habits = priors.habits(circuit)
    assert habits.stops_p.sum() == pytest.approx(1, abs=1e-3)
    assert habits.start_p.sum(axis=1) == pytest.approx(1, abs=1e-3)
    assert habits.next_p.sum(axis=1) == pytest.approx(1, abs=1e-3)
    assert habits.share[1:].sum(axis=1) == pytest.approx(1, abs=1e-3)


def test_rain_is_likelier_after_a_wet_qualifying_and_its_crossovers_are_in_order():
    priors = load_engine_priors()

    def chance(*, wet):
        return 1 - np.prod(1 - priors.weather(57, 90.0, wet).rain_p)

    assert chance(wet=False) < chance(wet=None) < chance(wet=True)
    assert chance(wet=None) == pytest.approx(priors.table["weather"]["race_p"], abs=0.005)
    slick, intermediate, wet = priors.weather(57, 90.0).class_s.T
    assert slick[0] == 0
    assert slick[0] < intermediate[0] < wet[0]
    assert wet[-1] < intermediate[-1] < slick[-1]
    assert (np.diff(slick) > 0).all()
    longer = priors.weather(57, 100.0).class_s
    assert longer == pytest.approx(priors.weather(57, 90.0).class_s / 0.9)


def test_the_circuit_is_in_the_logit():
    priors = load_engine_priors()
    assert priors.passing("Monaco").intercept < priors.passing("a new one").intercept - 1
    assert priors.passing("Monaco").gap == priors.passing("Bahrain").gap


def test_the_table_is_small_and_says_where_it_is_from():
    text = files("f1lab.engine").joinpath("priors.json").read_text(encoding="utf-8")
    assert len(text.encode()) < 60_000
    source = json.loads(text)["provenance"]
    assert source["races"] > 100
    assert source["seasons"] == "2018–2023"
    assert repr(load_engine_priors()) == "EnginePriors(103 races of 2018–2023)"


def test_reading_the_table_does_not_compile_anything():
    code = (
        "import sys; from f1lab.engine.priors import load_engine_priors; load_engine_priors();"
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_independent_starts_move_as_many_places_as_real_ones():
    start = load_engine_priors().table["start"]
    luck = start["spread_s"] * np.random.default_rng(2).standard_normal((4000, 20))
    places = (start["slot_s"] * np.arange(20) + luck).argsort(axis=1).argsort(axis=1)
    moved = np.abs(places - np.arange(20)).mean()
    assert moved == pytest.approx(start["places_moved"], rel=0.05)


# ---- the real races -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def seen(tidy_folder, past_race):
    """Every race of the archive with its fitted model (about a minute)."""
    from f1lab.data.tidy import tidy_races

    return [past_race(year, number) for year, number, _ in tidy_races(tidy_folder)]


def draw(table, rng, n=N_RACES, n_laps=57):
    """Neutralisations of n races as the table has them: counts (n, sc/vsc/red), SC on lap 1."""
    priors = EnginePriors(table)
    hazards = priors.hazards("nowhere", n_laps)
    gone = priors.retirements(["nobody"] * 20, n_laps)
    starts = np.stack([hazards.sc_p, hazards.vsc_p, hazards.red_p])
    counts, on_lap_1, lost = np.zeros((n, 3), int), np.zeros(n, bool), np.zeros(n, int)
    lengths = [hazards.sc.length_p, hazards.vsc.length_p, np.ones(1)]
    shares = np.array([gone.sc_share, gone.vsc_share])
    for i in range(n):
        busy, cars = 0, 20
        for lap in range(n_laps):
            out = rng.binomial(cars, gone.p[0, lap])
            cars -= out
            if busy:
                busy -= 1
                continue
            u = rng.random(1 + out)
            kind = int(np.searchsorted(np.cumsum(starts[:, lap]), u[0], side="right"))
            for v in u[1:]:
                if kind == 3:
                    brought = int(np.searchsorted(np.cumsum(shares), v, side="right"))
                    kind = brought if brought < 2 else 3
            if kind < 3:
                counts[i, kind] += 1
                on_lap_1[i] |= lap == 0 and kind == 0
                p = lengths[kind]
                busy = int(rng.choice(len(p), p=p / p.sum()))
        lost[i] = 20 - cars
    return counts, on_lap_1, lost


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_shipped_table_is_what_the_archive_gives(seen):
    table = calibrate_seen(list(reversed(seen)), load_priors())  # in any order
    shipped = load_engine_priors().table
    assert set(table) == set(shipped)

    def compare(fresh, kept, where):
        if isinstance(kept, dict):
            assert set(fresh) == set(kept), where
            for key, value in kept.items():
                compare(fresh[key], value, f"{where}.{key}")
        elif isinstance(kept, list):
            for i, value in enumerate(kept):
                compare(fresh[i], value, f"{where}[{i}]")
        elif isinstance(kept, float):
            assert fresh == pytest.approx(kept, rel=2e-3, abs=2e-3), where
        else:
            assert fresh == kept, where

    compare(table, shipped, "table")


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_neutralisations_and_retirements_come_out_as_often_as_in_the_real_races(seen):
    counts, on_lap_1, lost = draw(load_engine_priors().table, np.random.default_rng(1))
    n = len(seen)
    real = np.array(
        [[sum(r.kind == k for r in race.runs) for k in ("sc", "vsc", "red")] for race in seen]
    )
    for kind in range(3):
        for k in range(3):
            share, drawn = np.mean(real[:, kind] == k), np.mean(counts[:, kind] == k)
            # two standard errors of the real share
            assert drawn == pytest.approx(share, abs=2 * np.sqrt(share * (1 - share) / n) + 0.01)
        assert counts[:, kind].mean() == pytest.approx(real[:, kind].mean(), rel=0.15)
    first = np.mean([any(r.kind == "sc" and r.first == 1 for r in race.runs) for race in seen])
    assert on_lap_1.mean() == pytest.approx(first, abs=0.03)
    gone = np.mean([len(race.retirements) for race in seen])
    assert lost.mean() == pytest.approx(gone, rel=0.08)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_stops_cost_what_they_cost(seen):
    """Medians by flag, and the green one of every circuit within the table's doubt."""
    shipped = load_engine_priors().table["pit"]
    green: dict[str, list[float]] = {}
    ratio: dict[str, list[float]] = {"vsc": [], "sc": []}
    for race in seen:
        losses = stop_losses(race)
        own = [loss for kind, loss in losses if kind == "green"]
        if len(own) < 8:
            continue  # a handful of late stops, punctures among them, is no norm
        green.setdefault(race.weekend.circuit, []).append(float(np.median(own)))
        for kind, loss in losses:
            if kind != "green":
                ratio[kind].append(loss / np.median(own))
    for circuit, medians in green.items():
        table = shipped["loss_s"]["circuits"].get(circuit)
        if table:
            assert np.mean(medians) == pytest.approx(table["mean"], abs=2.5 * table["sd"])
    # published: VSC .58-.60, SC .42-.54 of a green stop; counted by whole laps both are dearer
    assert 0.55 < np.median(ratio["vsc"]) < 0.75
    assert 0.45 < np.median(ratio["sc"]) < 0.70
    assert shipped["sc_factor"] < shipped["vsc_factor"]


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_overtaking_is_foreseen_in_seasons_not_trained_on(seen):
    """Candidates within 1.5 s; pace read off each race's own fit (hindsight)."""

    def pairs(*years):
        return Candidates.joined([candidates(r) for r in seen if r.weekend.year in years])

    table = passing_table(pairs(2018, 2019, 2020, 2021), *(np.zeros(1) for _ in range(3)))
    for year in (2022, 2023):
        test = pairs(year)
        chance = score(table, test)
        assert auc(chance, test.passed) > 0.90
        assert chance.mean() == pytest.approx(test.passed.mean(), abs=0.02)
        for low, high in ((0.0, 0.05), (0.05, 0.15), (0.15, 0.3)):
            inside = (chance >= low) & (chance < high)
            assert chance[inside].mean() == pytest.approx(test.passed[inside].mean(), abs=0.05)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_flags_do_not_flatter_the_safety_car(seen):
    """The chance of a race is of starts per race, not of the share of laps behind one."""
    laps_behind = np.mean([np.mean(race.flown == 3) for race in seen])
    starts = np.mean([sum(r.kind == "sc" for r in race.runs) for race in seen])
    per_lap = load_engine_priors().hazards("nowhere", 57).sc_p[1:].mean()
    counts = load_engine_priors().table["neutralisation"]["counts"]["sc"]
    assert starts == pytest.approx(np.average(np.arange(len(counts)), weights=counts))
    assert laps_behind > 4 * per_lap
