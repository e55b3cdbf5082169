"""The demo weekend: what was promised is there, and its truth adds up."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from f1lab.calc.race_state import BURN_FACTOR, fuel_load_kg
from f1lab.data import schema
from f1lab.data.demo import generate
from f1lab.errors import InvalidInput

PARTS = [f"{part}_s" for part in schema.LEDGER_PARTS]
SEEDS = range(20)


@pytest.fixture(scope="module")
def weekends():
    return [generate(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def dry_weekends():
    return [generate(seed, dry=True) for seed in range(6)]


@pytest.fixture(scope="module")
def all_weekends(weekends, dry_weekends):
    return weekends + dry_weekends


def frames_of(session):
    return {
        "laps": (session.laps, schema.LAP_COLUMNS),
        "results": (session.results, schema.RESULT_COLUMNS),
        "weather": (session.weather, schema.WEATHER_COLUMNS),
        "messages": (session.messages, schema.MESSAGE_COLUMNS),
        "track_status": (session.track_status, schema.TRACK_STATUS_COLUMNS),
    }


def messages(weekend, text):
    all_messages = weekend.race.messages
    return all_messages[all_messages["message"].str.contains(text)]


def window(weekend, name):
    """Session clock of a safety car as the track status shows it."""
    status = weekend.race.track_status
    rows = status.index[status["status"] == name]
    return [(status["time_s"][row], status["time_s"][row + 1]) for row in rows]


def serving_lap(weekend):
    """Row of the out lap of the first stop after the penalty was given."""
    told, laps = weekend.truth.parameters["time_penalty"], weekend.race.laps
    given = messages(weekend, "TIME PENALTY")["time_s"].iloc[0]
    return laps.index[(laps["driver"] == told["driver"]) & (laps["pit_out_s"] > given)][0]


# -- the same, the same way -----------------------------------------------------------------------


def test_same_seed_same_weekend(weekends):
    again = generate(3)
    for kind in ("race", "qualifying"):
        one, two = frames_of(getattr(weekends[3], kind)), frames_of(getattr(again, kind))
        for name in one:
            pd.testing.assert_frame_equal(one[name][0], two[name][0])
    pd.testing.assert_frame_equal(weekends[3].truth.ledger, again.truth.ledger)
    assert weekends[3].quality == again.quality
    assert weekends[3].truth.parameters == again.truth.parameters


def test_seeds_differ_in_what_matters(weekends):
    winners = {w.race.results["driver"][0] for w in weekends}
    safety_cars = {round(w.truth.parameters["safety_car"]["start_s"]) for w in weekends}
    rain = {round(w.truth.parameters["rain"]["start_s"]) for w in weekends}
    first_stops = [
        w.race.laps[w.race.laps["pit_in_s"].notna()].groupby("driver")["lap"].min()
        for w in weekends
    ]
    assert len(winners) >= 8
    assert len(safety_cars) == len(rain) == len(weekends)
    assert min(stops.nunique() for stops in first_stops) >= 3


def test_rain_does_not_touch_the_draws_of_anything_else(weekends, dry_weekends):
    for wet, dry in zip(weekends, dry_weekends, strict=False):
        for name in ("pace_s", "wear_excess_s_per_lap", "noise_s", "tyres", "grid"):
            assert wet.truth.parameters[name] == dry.truth.parameters[name]
        one, two = (
            w.race.laps.query("lap <= 2")[["driver", "lap", "lap_time_s"]] for w in (wet, dry)
        )
        both = one.merge(two, on=["driver", "lap"])
        assert len(both) == 40
        np.testing.assert_array_equal(both["lap_time_s_x"], both["lap_time_s_y"])


@pytest.mark.parametrize("seed", [-1, 1.5, "1", None, True])
def test_refuses_what_is_no_seed(seed):
    with pytest.raises(InvalidInput, match="whole number from 0 up"):
        generate(seed)


# -- the truth ------------------------------------------------------------------------------------


def test_truth_adds_up_to_every_lap(all_weekends):
    for weekend in all_weekends:
        ledger, laps = weekend.truth.ledger, weekend.race.laps
        assert list(ledger.columns) == ["driver", "lap", *PARTS]
        assert ledger["driver"].tolist() == laps["driver"].tolist()
        assert ledger["lap"].tolist() == laps["lap"].tolist()
        np.testing.assert_allclose(ledger[PARTS].sum(axis=1), laps["lap_time_s"], rtol=0, atol=1e-9)
        assert np.isfinite(ledger[PARTS].to_numpy()).all()


def test_neutralised_laps_book_nothing_on_the_driver(all_weekends):
    for weekend in all_weekends:
        laps, ledger = weekend.race.laps, weekend.truth.ledger
        neutral = laps["sc"] | laps["vsc"] | laps["red"]
        driving = ["pace_s", "tyre_normal_s", "tyre_excess_s", "traffic_s", "incident_s"]
        assert (ledger.loc[neutral, [*driving, "unexplained_s"]] == 0).all(axis=None)
        assert (ledger.loc[~neutral, "neutralisation_s"] == 0).all()
        assert (ledger.loc[neutral, "neutralisation_s"] != 0).mean() > 0.99


def test_first_lap_books_the_start_and_no_luck(all_weekends):
    for weekend in all_weekends:
        ledger = weekend.truth.ledger
        first = ledger["lap"] == 1
        assert (ledger.loc[first, ["incident_s", "traffic_s", "unexplained_s"]] == 0).all(axis=None)
        assert (ledger.loc[first, "start_s"] > 0).all()
        assert (ledger.loc[~first, "start_s"] == 0).all()


def test_fuel_is_burnt_as_the_shared_formula_says(all_weekends):
    for weekend in all_weekends:
        told, race = weekend.truth.parameters["race"], weekend.race
        joined = race.laps.assign(fuel_s=weekend.truth.ledger["fuel_s"])
        for _, own in joined.groupby("driver"):
            factors = np.ones(race.total_laps)
            burn = np.where(
                own["sc"], BURN_FACTOR["sc"], np.where(own["vsc"], BURN_FACTOR["vsc"], 1)
            )
            factors[: len(own)] = burn
            expected = told["fuel_s_per_kg"] * fuel_load_kg(factors, told["start_fuel_kg"])
            np.testing.assert_allclose(own["fuel_s"], expected[: len(own)], rtol=0, atol=1e-9)


def test_pace_and_extra_wear_are_the_drivers_own_and_cancel_over_the_field(all_weekends):
    for weekend in all_weekends:
        told, laps, ledger = weekend.truth.parameters, weekend.race.laps, weekend.truth.ledger
        assert abs(sum(told["pace_s"].values())) < 1e-9
        assert abs(sum(told["wear_excess_s_per_lap"].values())) < 1e-9
        racing = ~(laps["sc"] | laps["vsc"])
        np.testing.assert_allclose(
            ledger["pace_s"][racing], laps["driver"].map(told["pace_s"])[racing], atol=1e-12
        )
        burn = np.where(laps["sc"], 0.25, np.where(laps["vsc"], 0.5, 1.0))
        sets = [laps["driver"], laps["stint"]]
        age = pd.Series(burn).groupby(sets).cumsum()
        age += laps.groupby(["driver", "stint"])["tyre_age_laps"].transform("first") - 1
        excess = age * laps["driver"].map(told["wear_excess_s_per_lap"])
        np.testing.assert_allclose(ledger["tyre_excess_s"][racing], excess[racing], atol=1e-9)


def test_stops_cost_the_normal_loss_and_what_the_lane_shows_beyond(all_weekends):
    for weekend in all_weekends:
        laps, ledger, pit = weekend.race.laps, weekend.truth.ledger, weekend.truth.parameters["pit"]
        into, out = laps["pit_in_s"].notna(), laps["pit_out_s"].notna()
        expected = pit["loss_in_lap_s"] * into + pit["loss_out_lap_s"] * out
        np.testing.assert_allclose(ledger["pit_normal_s"], expected, atol=1e-12)
        assert (ledger.loc[~out, "pit_excess_s"] == 0).all()
        lane = laps["pit_out_s"] - laps.groupby("driver")["pit_in_s"].shift()
        told = weekend.truth.parameters["time_penalty"]
        beyond = (lane - pit["lane_s"])[out]
        beyond[serving_lap(weekend)] -= told["seconds"]
        np.testing.assert_allclose(ledger["pit_excess_s"][out], beyond, atol=1.5e-3)


def test_tracks_and_tyres_are_common_to_the_field(all_weekends):
    """Cars on the track at the same moment see the same track, to a tenth of a second."""
    for weekend in all_weekends:
        laps, ledger = weekend.race.laps, weekend.truth.ledger
        begin = laps["time_s"] - laps["lap_time_s"]
        rain = weekend.truth.parameters["rain"]
        dry = pd.Series(data=True, index=laps.index)
        if rain is not None:
            dry = begin - weekend.race.start_s < rain["start_s"] - 200
        order = begin[dry].sort_values().index
        steps = np.diff(ledger.loc[order, "track_s"])
        assert np.abs(steps).max() < 0.1
        assert ledger.loc[order[-1], "track_s"] < ledger.loc[order[0], "track_s"]


def test_noise_is_the_drivers_noise(weekends):
    scaled = []
    for weekend in weekends:
        ledger, told = weekend.truth.ledger, weekend.truth.parameters["noise_s"]
        free = (ledger["traffic_s"] == 0) & (ledger["unexplained_s"] != 0)
        scaled.append((ledger["unexplained_s"] / ledger["driver"].map(told))[free])
    everything = pd.concat(scaled)
    assert len(everything) > 4000
    assert 0.95 < everything.std() < 1.2  # a little more in the rain
    assert abs(everything.mean()) < 0.1


def test_parameters_are_ready_for_json(all_weekends):
    for weekend in all_weekends:
        told = weekend.truth.parameters
        assert json.loads(json.dumps(told)) == told


# -- the promised ingredients ---------------------------------------------------------------------


def test_race_distance_and_lap_time(all_weekends):
    for weekend in all_weekends:
        laps = weekend.race.laps
        assert weekend.race.total_laps == laps["lap"].max() == 52
        assert len(weekend.race.results) == laps["driver"].nunique() == 20
        assert weekend.race.results["team"].nunique() == 10
        green = laps[laps["green"] & (laps["lap"] > 1) & laps["pit_in_s"].isna()]
        assert 83 < green["lap_time_s"].min() < green["lap_time_s"].median() < 93


def test_dry_compounds_and_the_shower(weekends):
    for weekend in weekends:
        laps = weekend.race.laps
        assert {"MEDIUM", "HARD", "INTERMEDIATE"} <= set(laps["compound"])
        on_rain_tyres = laps[laps["compound"] == "INTERMEDIATE"]
        assert on_rain_tyres["driver"].nunique() >= 15
        assert len(on_rain_tyres) > 60
        spells = on_rain_tyres.groupby("driver")["lap"].agg(["min", "max"])
        assert spells["min"].nunique() >= 2  # some a lap early or late, both ways
        assert spells["max"].nunique() >= 2
        finishers = weekend.race.results.query("classified")["driver"]
        last = laps.groupby("driver").tail(1).set_index("driver")["compound"]
        assert set(last[finishers]) <= set(schema.DRY_COMPOUNDS)
        assert 3 <= weekend.race.weather["rainfall"].sum() < len(weekend.race.weather) / 2


def test_intermediates_are_quicker_between_the_crossovers_only(weekends):
    weekend = weekends[0]
    laps, rain = weekend.race.laps, weekend.truth.parameters["rain"]
    middle = laps["time_s"] - laps["lap_time_s"] / 2 - weekend.race.start_s
    inters = laps["compound"] == "INTERMEDIATE"
    wrong = weekend.truth.ledger["tyre_normal_s"] > np.where(inters, 1.0, 4.0)
    wet = (middle > rain["crossover_in_s"] + 60) & (middle < rain["crossover_out_s"] - 60)
    racing = ~(laps["sc"] | laps["vsc"])
    assert wrong[racing & wet & ~inters].mean() > 0.3
    assert not wrong[racing & wet & inters].any()
    assert wrong[racing & ~wet & inters].any()


def test_dry_variant_has_no_rain(dry_weekends):
    for weekend in dry_weekends:
        assert set(weekend.race.laps["compound"]) <= set(schema.DRY_COMPOUNDS)
        assert not weekend.race.weather["rainfall"].any()
        assert weekend.truth.parameters["rain"] is None
        plans = weekend.race.laps.groupby("driver")["stint"].max()
        assert plans.nunique() >= 2
        finished = weekend.race.results.query("classified")["driver"]
        compounds = weekend.race.laps.groupby("driver")["compound"].nunique()
        assert (compounds[finished] >= 2).all()


def test_safety_car_bunches_the_field(all_weekends):
    for weekend in all_weekends:
        laps = weekend.race.laps
        [(begin, end)] = window(weekend, "sc")
        inside = laps[(laps["time_s"] - laps["lap_time_s"] >= begin) & (laps["time_s"] <= end)]
        leaders = inside.groupby("lap")["lap_time_s"].median()
        usual = laps.loc[laps["green"] & (laps["lap"] > 1), "lap_time_s"].median()
        assert 1.15 < (leaders / usual).median() < 1.6
        restart = laps[laps["time_s"] > end].groupby("driver")["time_s"].min()
        on_lead_lap = restart.sort_values().iloc[:10]
        assert on_lead_lap.iloc[-1] - on_lead_lap.iloc[0] < 40
        assert len(messages(weekend, "^SAFETY CAR DEPLOYED")) == 1
        assert len(messages(weekend, "SAFETY CAR IN THIS LAP")) == 1


def test_nobody_passes_in_a_safety_car_queue(all_weekends):
    compared = 0
    for weekend in all_weekends:
        laps = weekend.race.laps
        for begin, end in window(weekend, "sc") + window(weekend, "vsc"):
            start = laps["time_s"] - laps["lap_time_s"]
            queue = laps[(start >= begin) & (laps["time_s"] <= end + 1.0)]
            queue = queue[queue["pit_in_s"].isna() & queue["pit_out_s"].isna()]
            starts, ends = start[queue.index].to_numpy(), queue["time_s"].to_numpy()
            ahead = (starts[:, None] < starts) & (starts < ends[:, None])
            compared += int(ahead.sum())
            assert (ends[:, None] < ends)[ahead].all()
    assert compared > 2000


def test_some_weekends_have_a_virtual_safety_car(weekends):
    with_it = [w for w in weekends if w.race.laps["vsc"].any()]
    assert 3 <= len(with_it) <= 14
    for weekend in with_it:
        assert len(messages(weekend, "VIRTUAL SAFETY CAR DEPLOYED")) == 1
        assert len(messages(weekend, "VIRTUAL SAFETY CAR ENDING")) == 1


def test_slow_stop(all_weekends):
    for weekend in all_weekends:
        ledger, told = weekend.truth.ledger, weekend.truth.parameters["slow_stop"]
        own = ledger.loc[ledger["driver"] == told["driver"], "pit_excess_s"]
        assert own.max() > 4.0
        others = ledger["pit_excess_s"][ledger["pit_normal_s"] > 10]
        assert abs(others.median()) < 0.25
        assert (others.abs() < 0.61).mean() > 0.6


def test_time_penalty_is_announced_and_served_in_a_stop(all_weekends):
    for weekend in all_weekends:
        told, laps = weekend.truth.parameters["time_penalty"], weekend.race.laps
        given = messages(
            weekend, r"^FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR \d+ \(\w{3}\) - SPE"
        )
        served = messages(weekend, "PENALTY SERVED")
        assert given["driver"].tolist() == served["driver"].tolist() == [told["driver"]]
        assert given["time_s"].item() < served["time_s"].item()
        row = serving_lap(weekend)
        assert laps["pit_out_s"][row] <= served["time_s"].item()
        assert weekend.truth.ledger["incident_s"][row] >= told["seconds"]


def test_a_retirement_and_a_lapped_car(all_weekends):
    for weekend in all_weekends:
        results = weekend.race.results
        out = results[~results["status"].isin(["Finished", "Lapped"])]
        assert 1 <= len(out) <= 2
        assert (out["laps"] < 52).all()
        lapped = results[results["status"] == "Lapped"]
        assert len(lapped) >= 1
        assert (lapped["laps"] < 52).all()
        assert len(messages(weekend, "STOPPED AT TURN")) == len(out)
        driven = weekend.race.laps.groupby("driver")["lap"].max()
        np.testing.assert_array_equal(driven[results["driver"]], results["laps"])


def test_blue_flags_are_waved_where_cars_are_lapped(weekends):
    waved = [messages(w, "WAVED BLUE FLAG") for w in weekends]
    assert sum(len(rows) > 0 for rows in waved) >= 15
    assert all((rows["driver"] != "").all() for rows in waved)


def test_offs_are_in_the_ledger_and_in_the_messages(all_weekends):
    for weekend in all_weekends:
        ledger, offs = weekend.truth.ledger, weekend.truth.parameters["offs"]
        assert 1 <= len(offs) <= 2
        for off in offs:
            row = (ledger["driver"] == off["driver"]) & (ledger["lap"] == off["lap"])
            assert ledger.loc[row, "incident_s"].item() >= off["seconds"] - 1e-9
        booked = ledger.loc[ledger["incident_s"] >= 6, "driver"]
        told = messages(weekend, "AND CONTINUED|PUNCTURE|PENALTY")["driver"]
        assert set(booked) <= set(told)


def test_traffic_holds_cars_up_and_lets_some_by(weekends):
    for weekend in weekends:
        laps, ledger = weekend.race.laps, weekend.truth.ledger
        racing = laps["green"] & (laps["lap"] > 2)
        assert (ledger.loc[racing, "traffic_s"] > 0.3).sum() > 20
        assert ledger["traffic_s"].min() > -1.1
        # passes on the road: two cars on consecutive green laps, no stop near, order swapped
        passes = 0
        calm = laps[racing & laps["pit_in_s"].isna() & laps["pit_out_s"].isna()]
        by_lap = {lap: own.set_index("driver")["time_s"] for lap, own in calm.groupby("lap")}
        for lap, now in by_lap.items():
            before = by_lap.get(lap - 1)
            if before is None:
                continue
            both = now.index.intersection(before.index)
            for one, two in itertools.combinations(both, 2):
                passes += (before[one] < before[two]) != (now[one] < now[two])
        assert 5 <= passes <= 250


def test_grid_follows_qualifying_but_for_one_penalty(all_weekends):
    for weekend in all_weekends:
        quali, race = weekend.qualifying.results, weekend.race.results
        order = quali.sort_values("finish")["driver"].tolist()
        grid = race.sort_values("grid")["driver"].tolist()
        sent_back = weekend.truth.parameters["grid_penalty"]
        assert grid != order
        assert grid.index(sent_back) == order.index(sent_back) + 5
        grid.remove(sent_back)
        order.remove(sent_back)
        assert grid == order


def test_qualifying_has_three_segments(all_weekends):
    for weekend in all_weekends:
        quali = weekend.qualifying.results.sort_values("finish")
        assert quali[["q1_s", "q2_s", "q3_s"]].notna().sum().tolist() == [20, 15, 10]
        assert quali["q3_s"].iloc[:10].is_monotonic_increasing
        assert quali["q2_s"].iloc[10:15].is_monotonic_increasing
        assert quali["q1_s"].iloc[15:].is_monotonic_increasing
        laps = weekend.qualifying.laps
        valid = laps[laps["accurate"] & ~laps["deleted"]]
        best = valid.groupby("driver")["lap_time_s"].min()
        fastest = quali.set_index("driver")[["q1_s", "q2_s", "q3_s"]].min(axis=1)
        pd.testing.assert_series_equal(
            best.sort_index(), fastest.sort_index(), check_names=False, rtol=0, atol=1e-9
        )


# -- a race like any other ------------------------------------------------------------------------


def test_frames_follow_the_schema(all_weekends):
    kinds = {"str": "O", "int": "i", "float": "f", "bool": "b"}
    for weekend in all_weekends:
        for session in (weekend.race, weekend.qualifying):
            for frame, columns in frames_of(session).values():
                assert list(frame.columns) == list(columns)
                assert [frame[name].dtype.kind for name in columns] == [
                    kinds[kind] for kind in columns.values()
                ]
                assert len(frame)
        assert set(weekend.race.laps["compound"]) <= set(schema.COMPOUNDS)


def test_clock_runs_on_and_positions_are_a_permutation(all_weekends):
    for weekend in all_weekends:
        laps = weekend.race.laps
        assert (laps["lap_time_s"] > 80).all()
        for _, own in laps.groupby("driver"):
            assert own["lap"].tolist() == list(range(1, len(own) + 1))
            assert (np.diff(own["time_s"]) > 0).all()
        for _, own in laps.groupby("lap"):
            assert sorted(own["position"]) == list(range(1, len(own) + 1))
        assert not laps["time_s"].duplicated().any()


def test_pit_times_lie_on_their_laps(all_weekends):
    for weekend in all_weekends:
        laps = weekend.race.laps
        begin = laps["time_s"] - laps["lap_time_s"]
        into, out = laps["pit_in_s"].dropna(), laps["pit_out_s"].dropna()
        assert 20 <= len(out) <= len(into) <= len(out) + 2  # or retired on the way out
        assert (into < laps["time_s"][into.index]).all()
        assert (out > begin[out.index]).all()
        assert (out < laps["time_s"][out.index]).all()
        sectors = laps[["sector1_s", "sector2_s", "sector3_s"]][laps["lap"] > 1]
        total = laps["lap_time_s"][laps["lap"] > 1]
        np.testing.assert_allclose(sectors.sum(axis=1), total, rtol=0, atol=1e-9)
        assert (sectors > 20).all(axis=None)


def test_rough_edges_went_through_the_repair(weekends):
    kinds = {issue.kind for weekend in weekends for issue in weekend.quality}
    assert {"first_lap_time", "lap_not_completed", "compound_filled", "tyre_age_filled"} <= kinds
    for weekend in weekends:
        assert weekend.race.messages["time_s"].notna().all()
        assert weekend.qualifying.messages["time_s"].notna().all()
        assert "UNKNOWN" not in set(weekend.race.laps["compound"])


def test_messages_are_placed_where_they_belong(all_weekends):
    for weekend in all_weekends:
        [(begin, _)] = window(weekend, "sc")
        assert abs(messages(weekend, "^SAFETY CAR DEPLOYED")["time_s"].item() - begin) < 1.5
        assert (
            abs(
                messages(weekend, "CHEQUERED")["time_s"].item()
                - weekend.race.laps.query("lap == 52")["time_s"].min()
            )
            < 1.5
        )
