"""The forecast of race pace sees earlier races only, and says how sure it is."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from f1lab.engine.field import from_weekend
from f1lab.engine.field_entry import entries, qualifying_gaps
from f1lab.engine.forecast import Forecast, PaceRecord, fit_forecast, pace_records
from f1lab.engine.form import Form, pace_pct, require_earlier
from f1lab.errors import InvalidInput, NotEnoughLaps

TEAMS = ("A", "B", "C", "D", "E", "F", "G", "H", "I", "J")


def record(year=2020, number=1, driver="AA1", team="A", **changes):
    values = {
        "date": "",
        "circuit": "Ring",
        "slot": 0.0,
        "finish": 1.0,
        "quali_gap_pct": np.nan,
        "pace_s": 0.0,
        "sd_s": 0.1,
        "lap_s": 100.0,
        "base_lap_s": 95.0,
        "quali_lap_s": np.nan,
        "race_laps": 55,
    }
    return PaceRecord(year=year, round=number, driver=driver, team=team, **values | changes)


def seasons(years=(2018, 2019), rounds=15, *, quali=True, seed=0, noise=0.25):
    """Races of twenty cars whose pace is team plus driver plus noise, and grids made from it."""
    rng = np.random.default_rng(seed)
    out = []
    for year in years:
        team = np.repeat(rng.normal(0, 0.7, 10), 2)
        driver = rng.normal(0, 0.15, 20)
        for number in range(1, rounds + 1):
            day = team + driver + np.repeat(rng.normal(0, noise / 2, 10), 2)
            pace = day + rng.normal(0, noise, 20)
            gap = day + rng.normal(0, 0.3, 20)
            slot = (np.argsort(np.argsort(gap)) + 0.5) / 20 - 0.5
            out += [
                record(
                    year,
                    number,
                    f"{TEAMS[car // 2]}A{car % 2}",
                    TEAMS[car // 2],
                    slot=float(slot[car]),
                    pace_s=float(pace[car] - np.median(pace)),
                    sd_s=0.05,
                    quali_gap_pct=float(gap[car] - np.median(gap)) if quali else np.nan,
                    quali_lap_s=92.0 if quali else np.nan,
                    base_lap_s=95.0 + 0.1 * number,
                )
                for car in range(20)
            ]
    return out


def test_form_halves_over_races_and_fades_over_the_winter():
    past = [record(2020, n, pace_s=p) for n, p in ((1, 2.0), (4, 1.0))]
    team, _, missing = Form.of(past, 2020).at(["A"], ["AA1"])
    # two races in the calendar, the older a race further back; 2 results' worth of nothing
    near, far = 0.5 ** (1 / 3), 0.5 ** (2 / 3)
    assert team[0] == pytest.approx((near * 1.0 + far * 2.0) / (near + far + 2))
    assert missing[0] == pytest.approx(2 / (near + far + 2))
    after_winter, _, thin = Form.of(past, 2021).at(["A"], ["AA1"])
    assert after_winter[0] == pytest.approx((near + 2 * far) / 10 / ((near + far) / 10 + 2))
    assert thin[0] > missing[0]


def test_the_form_of_a_driver_is_his_distance_to_his_team():
    past = [
        *(record(2020, n, "AA1", "A", pace_s=0.4) for n in (1, 2, 3)),
        *(record(2020, n, "AA2", "A", pace_s=1.0) for n in (1, 2)),
    ]
    team, driver, _ = Form.of(past, 2020).at(["A", "A", "B"], ["AA1", "AA2", "NEW"])
    assert driver[0] == pytest.approx(-driver[1])
    assert driver[0] < 0
    assert team[2] == driver[2] == 0.0


def test_a_crippled_car_does_not_make_the_form():
    assert pace_pct([record(pace_s=9.0), record(pace_s=-9.0)]).tolist() == [3.0, -2.5]
    form = Form.of([record(pace_s=np.nan)], 2020)
    assert form.at(["A"], ["AA1"])[0].tolist() == [0.0]


def test_the_fit_finds_the_form_worth_more_than_the_grid_and_states_its_doubt():
    records = seasons(years=(2017, 2018, 2019, 2020))
    fitted = fit_forecast([r for r in records if r.year < 2020])
    assert set(fitted.patterns) == {"slot", "slot+quali", "slot+form", "slot+quali+form"}
    assert fitted.until == (2019, 15)
    assert fitted.races == 45
    # the doubt with half a form
    doubt = {name: p.variance[0] + p.variance[1] / 2 for name, p in fitted.patterns.items()}
    assert doubt["slot+quali+form"] < doubt["slot+form"] < doubt["slot"]
    # no less than the noise of a race beyond its own error of 0.05
    assert 0.06 < doubt["slot+quali+form"] < 0.12
    assert fitted.patterns["slot+quali+form"].team_share > 0.02


def test_an_order_of_records_does_not_matter_and_the_future_is_no_help():
    records = seasons()
    shuffled = [records[i] for i in np.random.default_rng(1).permutation(len(records))]
    assert fit_forecast(shuffled) == fit_forecast(records)
    early = fit_forecast([r for r in records if r.year == 2018])
    assert early.until == (2018, 15)
    assert early != fit_forecast(records)


def test_too_few_starts_are_refused():
    with pytest.raises(NotEnoughLaps, match="needs 40 starts"):
        fit_forecast(seasons(years=(2018,), rounds=1))


def test_a_forecast_survives_json():
    fitted = fit_forecast(seasons())
    assert Forecast.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted
    assert repr(fitted) == "Forecast(30 races until 2019 round 15)"


@pytest.fixture(scope="module")
def demo():
    from f1lab.data import load_demo

    return load_demo()


@pytest.mark.parametrize(("year", "number"), [(2024, 1), (2024, 9), (2025, 1)])
def test_a_history_of_this_race_or_a_later_one_is_refused(demo, year, number):
    late = [record(2023, 4), record(year, number)]
    with pytest.raises(InvalidInput, match="may only see earlier races"):
        require_earlier(late, demo)
    for as_of in ("pre-race", 5):
        with pytest.raises(InvalidInput, match="may only see earlier races"):
            from_weekend(demo, as_of, history=late)


def test_a_forecast_fitted_on_the_race_is_refused(demo):
    fitted = fit_forecast(seasons())
    assert from_weekend(demo, forecast=fitted).as_of == "pre-race"
    knows_it = replace(fitted, until=(demo.year, demo.round))
    with pytest.raises(InvalidInput, match="it knows this race"):
        from_weekend(demo, forecast=knows_it)


def test_without_history_or_qualifying_the_grid_orders_the_paces(demo):
    fitted = fit_forecast(seasons())
    bare = replace(demo, qualifying=None)
    pace = fitted.pace(bare, entries(bare), ())
    assert (np.diff(pace.mean) > 0).all()
    eigen = np.linalg.eigvalsh(pace.covariance)
    assert eigen.min() > 0


def test_cars_of_a_team_share_a_part_of_the_doubt(demo):
    entry = entries(demo)
    covariance = fit_forecast(seasons()).pace(demo, entry, ()).covariance
    teams = np.array(entry.teams)
    mates = (teams[:, None] == teams) & ~np.eye(len(teams), dtype=bool)
    others = teams[:, None] != teams
    assert (covariance[mates] > 0).all()
    assert (covariance[others] == 0).all()


def test_a_fit_that_never_saw_qualifying_does_without_it(demo):
    fitted = fit_forecast(seasons(quali=False))
    assert set(fitted.patterns) == {"slot", "slot+form"}
    blind = fitted.pace(replace(demo, qualifying=None), entries(demo), ())
    assert (fitted.pace(demo, entries(demo), ()).mean == blind.mean).all()
    level, sd = fitted.base(demo, ())
    assert level > 0
    assert sd > 0


def test_earlier_races_here_set_the_level_of_a_lap_when_qualifying_does_not(demo):
    fitted, bare = fit_forecast(seasons()), replace(demo, qualifying=None)
    here = [record(2023, 1, circuit=demo.circuit, base_lap_s=71.5)]
    assert fitted.base(bare, here)[0] == 71.5
    ring = replace(bare, circuit="Ring")
    assert fitted.base(ring, ())[0] == 96.5  # the last race there
    nowhere = replace(bare, circuit="Nowhere", race=replace(demo.race, total_laps=50))
    assert fitted.base(nowhere, ())[0] == pytest.approx(95.8 * 55 / 50)
    assert fitted.base(demo, here)[0] != 71.5


def test_the_parts_of_qualifying_are_put_on_one_level(demo):
    drivers = demo.qualifying.results["driver"].tolist()[:6]
    results = demo.qualifying.results.iloc[:6].copy()
    results["q1_s"] = [80.0, 80.2, 80.4, 80.6, 81.0, 81.4]
    results["q2_s"] = [78.8, 79.2, 79.4, 79.5, np.nan, np.nan]
    results["q3_s"] = np.nan
    dry = demo.qualifying.laps.assign(compound="SOFT")
    weekend = replace(demo, qualifying=replace(demo.qualifying, results=results, laps=dry))
    gaps, level = qualifying_gaps(weekend)
    # the track was 1.05 s quicker in the second part, by those who drove in both
    best = np.array([79.85, 80.2, 80.4, 80.55, 81.0, 81.4])
    assert level == pytest.approx(np.median(best))
    expected = 100 * (best / np.median(best) - 1)
    assert [gaps[d] for d in drivers] == pytest.approx(expected.tolist())
    wet = replace(weekend.qualifying, laps=dry.assign(compound="WET"))
    assert np.isnan(qualifying_gaps(replace(weekend, qualifying=wet))[1])


def test_a_race_becomes_one_record_a_starter(demo):
    records = pace_records(demo)
    assert [r.driver for r in records] == list(entries(demo).drivers)
    shown = pace_pct(records)
    assert np.isfinite(shown).sum() >= 15
    assert np.nanmedian(shown) == pytest.approx(0.0, abs=1e-9)
    assert all(r.sd_s > 0 for r in records if np.isfinite(r.pace_s))
    quick = {r.driver: r.pace_s for r in records}
    truth = demo.truth.parameters
    assert truth
    assert min(quick, key=quick.get) in {r.driver for r in records if r.finish <= 6}


@pytest.mark.real
@pytest.mark.slow
def test_form_beats_the_grid_on_a_season_not_seen(tidy_folder, past_race):
    from f1lab.data.tidy import tidy_races

    races = [(y, n) for y, n, _ in tidy_races(tidy_folder) if y in (2021, 2023)]
    seen = [past_race(year, number) for year, number in races]
    records = [race.records for race in seen]
    fitted = fit_forecast([r for own in records for r in own if r.year == 2021])
    errors, score, by_forecast, by_grid = [], [], [], []
    for i, (year, _) in enumerate(races):
        if year == 2021:
            continue
        weekend = seen[i].weekend
        entry = entries(weekend)
        pace = fitted.pace(weekend, entry, [r for own in records[:i] for r in own])
        real, finish = pace_pct(records[i]), np.array([r.finish for r in records[i]])
        sd = np.array([100 * r.sd_s / r.lap_s for r in records[i]])
        known = np.isfinite(real)
        miss = (real - pace.mean)[known]
        errors.append(miss**2)
        score.append(miss / np.sqrt(np.diag(pace.covariance) + sd**2)[known])
        by_forecast.append(spearmanr(pace.mean, finish)[0])
        by_grid.append(spearmanr(entry.grid, finish)[0])
    assert np.sqrt(np.mean(np.concatenate(errors))) < 0.45
    assert 0.75 < np.std(np.concatenate(score)) < 1.2
    assert np.mean(by_forecast) > np.mean(by_grid) + 0.04
