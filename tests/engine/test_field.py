"""A field knows what was known at its moment, and adds up to the race model."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from f1lab.engine.field import from_weekend
from f1lab.engine.field_entry import entries, scheduled_laps, stops_needed
from f1lab.engine.field_hindsight import flown_flags, hindsight_field
from f1lab.engine.inputs import UNKNOWN_FLAG, Neutralisation, Policies, Start
from f1lab.engine.priors import EnginePriors, load_engine_priors
from f1lab.errors import InvalidInput, NoData
from f1lab.racemodel import RaceModel
from f1lab.racemodel.laps import FLAGS

SC, RED = FLAGS.index("sc"), FLAGS.index("red")
ENGINE_EXACT_S = 1e-6


@pytest.fixture(scope="module")
def demo():
    from f1lab.data import load_demo

    return load_demo()


def assert_same(one, other, where="field"):
    """Every number of two fields is the same."""
    assert type(one) is type(other), where
    if is_dataclass(one):
        for f in fields(one):
            assert_same(getattr(one, f.name), getattr(other, f.name), f"{where}.{f.name}")
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other, err_msg=where)
    else:
        np.testing.assert_equal(one, other, err_msg=where)


def assert_whole(field):
    """Shapes agree, and every number is one."""
    n, laps = len(field.drivers), field.n_laps
    draws = len(field.model.fuel_s_per_kg)
    assert field.model.track_s.shape == (draws, laps, 3)
    assert field.model.pace_s.shape == field.model.own_wear_s.shape == (draws, n)
    assert field.model.wear_s.shape[:2] == (draws, 5)
    assert field.model.wear_s.shape[2] > 4 * laps
    assert field.pit.loss_s.shape == (draws,)
    assert field.flown.shape == (laps,)
    assert field.state.grid.tolist() == list(range(1, n + 1))
    np.testing.assert_allclose(field.policies.weight.sum(axis=1), 1.0)
    for part in ("model", "pit", "passing", "start", "policies", "state", "weather", "retirements"):
        held = getattr(field, part)
        for f in fields(held):
            values = getattr(held, f.name)
            if isinstance(values, (float, np.ndarray)):
                assert np.isfinite(values).all(), f"{part}.{f.name}"
    assert np.diff(field.model.wear_s, axis=2).min() > -1e-9


@pytest.mark.parametrize("as_of", ["pre-race", "hindsight", 1, 15])
def test_a_field_is_whole_and_repeatable(demo, as_of):
    field = from_weekend(demo, as_of, n_draws=10, seed=3)
    assert_whole(field)
    assert_same(field, from_weekend(demo, as_of, n_draws=10, seed=3))
    assert field.as_of == as_of
    assert (field.model.pace_s != from_weekend(demo, as_of, n_draws=10, seed=4).model.pace_s).any()


@pytest.mark.parametrize(
    ("as_of", "says"),
    [("before", "'pre-race', 'hindsight' or a lap"), (0, "a lap from 1 to"), (-3, "a lap from 1")],
)
def test_a_moment_that_is_none_is_refused(demo, as_of, says):
    with pytest.raises(InvalidInput, match=says):
        from_weekend(demo, as_of)


def test_the_last_lap_leaves_no_race(demo):
    with pytest.raises(InvalidInput, match="race left to run"):
        from_weekend(demo, scheduled_laps(demo))


def test_only_hindsight_may_be_given_the_fit_of_the_race(demo):
    model = RaceModel.of(demo)
    assert_same(from_weekend(demo, "hindsight", model=model), from_weekend(demo, "hindsight"))
    with pytest.raises(InvalidInput, match="knows the whole race"):
        from_weekend(demo, "pre-race", model=model)


def test_no_draws_and_no_forecast_are_refused(demo):
    with pytest.raises(InvalidInput, match="1 or more"):
        from_weekend(demo, n_draws=0)
    bare = {k: v for k, v in load_engine_priors().table.items() if k != "forecast"}
    with pytest.raises(InvalidInput, match="no pace forecast"):
        from_weekend(demo, engine_priors=EnginePriors(bare))


def with_results(weekend, **columns):
    results = weekend.race.results.copy()
    for name, values in columns.items():
        results[name] = values
    return replace(weekend, race=replace(weekend.race, results=results))


def test_cars_stand_in_grid_order_and_shared_slots_follow_by_code(demo):
    drivers = demo.race.results["driver"].tolist()
    slots = np.arange(1.0, len(drivers) + 1)
    slots[-1] = slots[-2]
    slots[0] = np.nan
    entry = entries(with_results(demo, grid=slots))
    assert entry.drivers == (*drivers[1:-2], *sorted(drivers[-2:]))
    assert entry.left_out == {drivers[0]: "has no place on the grid"}
    assert entry.grid.tolist() == list(range(1, len(drivers)))
    ran = drivers[2:5]
    again = entries(demo, ran=ran)
    assert sorted(again.drivers) == sorted(ran)
    assert again.left_out[drivers[0]] == "completed no lap"
    with pytest.raises(NoData, match="no starters"):
        entries(with_results(demo, grid=np.nan))


def test_the_distance_is_the_scheduled_one_where_a_race_was_cut_short(demo):
    short = replace(demo, year=2021, circuit="Spa", race=replace(demo.race, total_laps=3))
    assert scheduled_laps(short) == 44
    assert scheduled_laps(replace(short, circuit="Nowhere")) == 3
    assert [scheduled_laps(replace(demo, year=y, circuit="Yas Marina")) for y in (2019, 2021)] == [
        55,
        58,
    ]


def test_monaco_asked_for_two_stops_in_2025_only(demo):
    monaco = [stops_needed(replace(demo, year=y, circuit="Monaco")) for y in (2024, 2025)]
    assert monaco == [1, 2]


def scrambled(weekend, after_lap):
    """The same weekend with everything that came after a leader's lap changed."""
    rng = np.random.default_rng(8)
    race, laps = weekend.race, weekend.race.laps.copy()
    later = laps["lap"] > after_lap
    cut_s = laps.loc[laps["lap"] == after_lap, "time_s"].min() if after_lap else -np.inf
    laps.loc[later, "lap_time_s"] *= rng.uniform(0.9, 1.3, later.sum())
    laps.loc[later, "time_s"] += rng.uniform(0, 900, later.sum())
    laps.loc[later, ["compound", "position", "stint"]] = ["HARD", 7.0, 9]
    laps.loc[later, ["pit_in_s", "pit_out_s", "gap_ahead_s"]] = 1.0
    laps.loc[later, ["green", "sc", "yellow"]] = [False, True, True]
    if not after_lap:
        laps = laps.iloc[:0]
    results = race.results.copy()
    results[["finish", "points", "laps"]] = rng.permuted(
        results[["finish", "points", "laps"]], axis=0
    )
    results["status"], results["classified"] = "Collision", False
    status = race.track_status[race.track_status["time_s"] <= cut_s]
    return replace(
        weekend,
        race=replace(
            race,
            laps=laps,
            results=results.sample(frac=1, random_state=1).reset_index(drop=True),
            total_laps=race.total_laps if after_lap else None,
            track_status=status,
            weather=race.weather.iloc[:0],
            messages=race.messages.iloc[:0],
        ),
    )


def test_before_the_race_nothing_of_it_is_seen(demo):
    known = replace(demo, circuit="Bahrain")
    assert_same(from_weekend(known), from_weekend(scrambled(known, 0)))


@pytest.mark.parametrize("lap", [1, 4, 20])
def test_after_lap_k_nothing_later_is_seen(demo, lap):
    assert_same(from_weekend(demo, lap), from_weekend(scrambled(demo, lap), lap))


def test_the_state_after_lap_k_is_where_the_cars_were(demo):
    lap, race = 20, demo.race
    field = from_weekend(demo, lap)
    frame = race.laps[race.laps["lap"] <= lap].groupby("driver").tail(1).set_index("driver")
    assert (field.flown[lap:] == UNKNOWN_FLAG).all()
    assert (field.flown[:lap] != UNKNOWN_FLAG).all()
    state, seen = field.state, 0
    for car, driver in enumerate(field.drivers):
        if not state.running[car] or np.isfinite(frame.loc[driver, "pit_in_s"]):
            continue
        assert state.done[car] == frame.loc[driver, "lap"]
        assert state.time_s[car] == frame.loc[driver, "time_s"] - race.start_s
        seen += 1
    assert seen > 10
    stops = field.policies.stop_lap
    assert ((stops == 0) | (stops > state.done[:, None, None])).all()


# Real races


def alone(field, driver):
    """One car of a field, without luck, traffic and a start."""
    i = field.drivers.index(driver)
    parts = {f.name: getattr(field.policies, f.name) for f in fields(Policies)}
    policies = Policies(**{name: part[[i]] for name, part in parts.items() if part is not None})
    never = np.zeros(field.n_laps)
    quiet = Neutralisation(np.ones(1), 1.0, np.nan)
    return replace(
        field,
        drivers=(driver,),
        teams=(field.teams[i],),
        model=replace(
            field.model,
            pace_s=field.model.pace_s[:, [i]],
            own_wear_s=field.model.own_wear_s[:, [i]],
            noise_s=np.zeros(1),
        ),
        start=Start(0.0, 0.0, 0.0),
        pit=replace(field.pit, crew_scale_s=0.0, speed_s=np.zeros(1)),
        hazards=replace(field.hazards, sc_p=never, vsc_p=never, red_p=never, sc=quiet, vsc=quiet),
        retirements=replace(field.retirements, p=np.zeros((1, field.n_laps))),
        policies=policies,
        state=replace(
            field.state,
            grid=np.ones(1),
            **{
                name: getattr(field.state, name)[[i]]
                for name in ("time_s", "done", "running", "compound", "age_steps", "used")
            },
        ),
    )


@pytest.mark.real
@pytest.mark.parametrize("race", [(2021, "French Grand Prix"), (2023, "Miami Grand Prix")])
def test_the_engine_without_luck_adds_up_to_the_race_model(weekends, race):
    from f1lab.engine.simulate import simulate_races

    weekend = weekends(*race)
    model = RaceModel.of(weekend)
    field = hindsight_field(weekend, model, load_engine_priors(), 8, seed=5)
    coefficients = model.centred(model.draws(8, 5))
    laps, checked = model.laps, 0
    for driver in field.drivers:
        rows = laps.rows(driver)
        if len(rows) < field.n_laps or laps.neutralised[rows].any() or laps.lap[rows][-1] == 0:
            continue
        parts = model.parts(coefficients, rows)
        lines = ("track", "fuel", "pace", "tyre_normal", "tyre_excess")
        modelled = sum(parts[name] for name in lines).sum(axis=1)
        car = alone(field, driver)
        stops = int((car.policies.stop_lap > 0).sum())
        # a drive-through makes an out lap without a stop; the model warms its tyres up again
        if int(laps.out_lap[rows].sum()) != stops:
            continue
        run = simulate_races(car, n=8, seed=1)
        np.testing.assert_allclose(
            run.time_s[:, 0], modelled + stops * field.pit.loss_s, rtol=0, atol=ENGINE_EXACT_S
        )
        checked += 1
    assert checked >= 10


@pytest.mark.real
def test_tables_add_up_to_the_race_model_in_the_wet_too(weekends):
    weekend = weekends(2021, "Russian Grand Prix")
    model = RaceModel.of(weekend)
    field = hindsight_field(weekend, model, load_engine_priors(), 4, seed=0)
    tables, laps = field.model, model.laps
    used = np.flatnonzero(laps.racing & (laps.compound < 5) & (laps.lap <= field.n_laps))
    parts = model.parts(model.centred(model.draws(4, 0)), used)
    modelled = parts["pace"] + parts["tyre_excess"] + parts["fuel"]
    car = np.array([field.drivers.index(laps.drivers[d]) for d in laps.driver[used]])
    fuel = tables.fuel_s_per_kg[:, None] * laps.fuel_kg[used]
    own = tables.pace_s[:, car] + tables.own_wear_s[:, car] * laps.wear_age[used]
    np.testing.assert_allclose(own + fuel, modelled, atol=1e-9)
    assert set(laps.tyre_class[used]) == {0, 1}
    in_step = np.isclose(laps.progress[used] % 1, 0.5, atol=0.02)
    rows = used[in_step]
    lap = np.rint(laps.progress[rows] - 0.5).astype(int)
    ages = np.rint(4 * laps.wear_age[rows]).astype(int)
    compound, kind = laps.compound[rows], laps.tyre_class[rows]
    tyres = tables.offset_s[:, compound] + tables.wear_s[:, compound, ages]
    tyres += tables.warm_up_s[:, None] * (laps.warming_up[rows] & (kind == 0))
    at_lap = model.parts(model.centred(model.draws(4, 0)), rows)
    # the knots are a lap apart: a fiftieth of a lap moves the track by a fiftieth of a step
    np.testing.assert_allclose(
        tables.track_s[:, lap, kind] + tyres,
        at_lap["track"] + at_lap["tyre_normal"],
        atol=0.3,
    )
    assert len(rows) > 20


@pytest.mark.real
def test_flags_are_the_leaders_and_red_flag_changes_are_free(weekends):
    weekend = weekends(2023, "Australian Grand Prix")
    model = RaceModel.of(weekend)
    field = from_weekend(weekend, "hindsight", model=model)
    flown = flown_flags(model.laps, field.n_laps)
    assert (field.flown == flown).all()
    assert (flown == RED).sum() >= 2
    assert (flown == SC).sum() >= 5
    red = set(np.flatnonzero(flown == RED) + 1)
    changed = [sum(int(lap) in red for lap in own if lap) for own in field.policies.stop_lap[:, 0]]
    assert np.mean(np.array(changed) >= 1) > 0.8


@pytest.mark.real
@pytest.mark.parametrize(
    ("race", "lap"), [((2023, "Dutch Grand Prix"), 30), ((2021, "Russian Grand Prix"), 50)]
)
def test_after_lap_k_of_a_real_race_nothing_later_is_seen(weekends, race, lap):
    weekend = weekends(*race)
    assert_same(from_weekend(weekend, lap), from_weekend(scrambled(weekend, lap), lap))


@pytest.mark.real
def test_tyres_nobody_drove_are_never_the_better_choice(weekends):
    wet = from_weekend(weekends(2023, "Monaco Grand Prix"), "hindsight").model.track_s
    assert (wet[:, 57:, 0] > wet[:, 57:, 1] + 0.5).all()  # everybody was on intermediates
    dry = from_weekend(weekends(2023, "Miami Grand Prix"), "hindsight").model.track_s
    assert (dry[..., 1] > dry[..., 0] + 2).all()
    assert (dry[..., 2] > dry[..., 1]).all()


@pytest.mark.real
def test_a_wet_track_dries_in_every_draw_in_its_own_time(weekends):
    field = from_weekend(weekends(2023, "Monaco Grand Prix"), 58)
    gap = field.model.track_s[..., 0] - field.model.track_s[..., 1]
    assert (gap[:, 58] > 0).all()
    turns = (gap[:, 58:] < 0).argmax(axis=1)
    assert len(set(turns.tolist())) > 3


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("year", [2019, 2021, 2022, 2023])
def test_every_race_builds_a_field_and_runs(races, weekends, race_model, year):
    from f1lab.engine.simulate import simulate_races

    season = [event for when, event in races if when == year]
    assert season
    for event in season:
        weekend = weekends(year, event)
        third = max(int(weekend.race.laps["lap"].max()) // 3, 1)
        for as_of in ("hindsight", "pre-race", third):
            model = race_model(year, event) if as_of == "hindsight" else None
            field = from_weekend(weekend, as_of, model=model)
            assert_whole(field)
            run = simulate_races(field, n=1000, seed=2)
            places = np.sort(run.position, axis=1)
            assert (places == np.arange(1, len(field.drivers) + 1)).all(), (event, as_of)
            assert np.isfinite(run.time_s[~run.retired]).all(), (event, as_of)


@pytest.mark.real
@pytest.mark.parametrize("moment", [18.0, None, [18], True])
def test_a_moment_of_another_kind_is_refused(moment, weekends):
    weekend = weekends(2023, "Italian Grand Prix")
    with pytest.raises(InvalidInput, match="no moment of a race"):
        from_weekend(weekend, moment)


def test_no_weekend_is_refused():
    with pytest.raises(InvalidInput, match=r"f1lab\.load"):
        from_weekend(None, "pre-race")


@pytest.mark.real
def test_extra_formation_laps_shorten_the_race_and_a_stopped_one_stays_long(weekends):
    assert from_weekend(weekends(2023, "Italian Grand Prix"), "pre-race").n_laps == 51
    assert from_weekend(weekends(2021, "Belgian Grand Prix"), "pre-race").n_laps == 44


@pytest.mark.real
def test_a_red_flag_leaves_the_leader_in_the_lead(weekends):
    """Zandvoort 2023, lap 64: the cars behind had yet to end the lap as the race was stopped."""
    field = from_weekend(weekends(2023, "Dutch Grand Prix"), 64)
    state = field.state
    leader = field.drivers.index("VER")
    on_lead_lap = state.running & (state.done == 64)
    assert on_lead_lap.sum() >= 8
    assert state.time_s[leader] == state.time_s[on_lead_lap].min()
