"""Two cars compared on generated weekends: what was put in comes out, the rest is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lab.calc.corners import edges_m, segments
from f1lab.calc.estimate import Estimate
from f1lab.compare import cars
from f1lab.compare.traces import corners_of, driven_lap, fastest_lap, overlay, remembering
from f1lab.data.demo import generate
from f1lab.errors import InvalidInput, NoData, UnknownName


@pytest.fixture(scope="module")
def generated():
    return generate(0)


@pytest.fixture(scope="module")
def source(generated):
    """The cars behind the car data of qualifying."""
    return generated.qualifying.telemetry_source


@pytest.fixture(scope="module")
def demo(generated):
    """The generated weekend; each lap is driven once for all tests."""
    return remembering(generated)


@pytest.fixture(scope="module")
def found(demo):
    return cars(demo, "WEX", "BMR")


def driven(source, profile):
    """The cars a profile was read from: specific power and drag they were driven with."""
    seen = [source.driven(profile.driver, lap)[0] for lap in profile.laps]
    power = np.mean([car.power_w / car.mass_kg for car in seen])
    drag = np.mean([0.5 * car.air_density_kgm3 * car.cda_m2 / car.mass_kg for car in seen])
    return power, drag, drag * seen[0].drs_cda_factor


def holds(estimate, truth):
    return estimate.low <= truth <= estimate.high


# -- the parts sum to the whole ------------------------------------------------------------------


def test_sectors_corners_and_kinds_of_road_sum_to_the_lap(found):
    for view in (found.fastest, found.delta):
        gap = view.lap_s.value
        assert sum(part.delta_s.value for part in view.parts) == pytest.approx(gap, abs=1e-6)
        assert sum(corner.value for corner in view.corners.delta_s) == pytest.approx(gap, abs=1e-6)
        assert sum(sector.value for sector in view.sectors_s) == pytest.approx(gap, abs=1e-6)
        assert sum(part.length_m for part in view.parts) == pytest.approx(found.length_m)
        assert [part.kind for part in view.parts] == ["straight", "slow", "medium", "fast"]
    assert found.fastest.lap_s.value == pytest.approx(84.502 - 85.199, abs=1e-6)
    assert found.fastest.lap_s.low == found.fastest.lap_s.high


def test_turned_round_every_difference_has_the_other_sign(demo, found):
    back = cars(demo, "BMR", "WEX")
    for name in ("fastest", "delta"):
        there, here = getattr(found, name), getattr(back, name)
        assert here.lap_s.value == pytest.approx(-there.lap_s.value, abs=1e-9)
        assert here.lap_s.low == pytest.approx(-there.lap_s.high, abs=1e-9)
        for one, other in zip(there.parts, here.parts, strict=True):
            assert other.delta_s.value == pytest.approx(-one.delta_s.value, abs=1e-9)
    for name in ("top_speed_kmh", "fast_corners_kmh", "ers_s_per_lap"):
        there, here = getattr(found.difference, name), getattr(back.difference, name)
        assert here.value == pytest.approx(-there.value, abs=1e-9), name
    assert back.profiles[1].power_w_per_kg == found.profiles[0].power_w_per_kg


# -- known truth ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b"), [("WEX", "BMR"), ("QFE", "MST"), ("PNY", "DSL")])
def test_the_cars_come_back_as_they_were_driven(demo, source, a, b):
    compared = cars(demo.qualifying, a, b)
    truth = [driven(source, profile) for profile in compared.profiles]
    for profile, (power, drag, drag_open) in zip(compared.profiles, truth, strict=True):
        assert profile.power_w_per_kg.value == pytest.approx(power, rel=0.03)
        assert profile.drag_1_m.value == pytest.approx(drag, rel=0.03)
        assert profile.drag_open_1_m.value == pytest.approx(drag_open, rel=0.03)
    more_power, more_drag = truth[0][0] - truth[1][0], truth[0][1] - truth[1][1]
    told = compared.difference
    assert holds(told.power.power_w_per_kg, more_power)
    assert holds(told.drag.drag_1_m, more_drag)
    for pull in told.pulls:
        v = pull.speed_kmh / 3.6
        assert holds(pull.delta_ms2, more_power / v - more_drag * v**2)
        assert pull.delta_ms2.high - pull.delta_ms2.low < 0.7
    grip = [
        np.mean([source.driven(driver, pair[k])[0].mu for pair in compared.delta.laps])
        for k, driver in enumerate((a, b))
    ]
    assert told.grip.grip_ratio.value == pytest.approx(grip[0] / grip[1], abs=0.01)
    assert told.ers_s_per_lap.value == 0
    assert compared.profiles[0].ers.clipped_runs == 0


def test_intervals_hold_the_time_really_lost_on_each_kind_of_road(demo, source):
    """The demo draws its sector times apart from its car data, so here they are not known."""
    session = demo.qualifying
    blind = replace(session, laps=session.laps.assign(sector1_s=np.nan))
    hits, off = [], []
    for a, b in (("WEX", "BMR"), ("QFE", "MST"), ("UUR", "KDB"), ("PNY", "DSL")):
        fastest = cars(blind, a, b).fastest
        assert fastest.sectors_s == ()
        (laps,) = fastest.laps
        quicker = min(((a, laps[0]), (b, laps[1])), key=lambda pick: source.laps[pick].lap_time_s)
        seen = overlay(blind, [quicker])
        tiles = segments(seen.corners, seen.length_m)
        clocks = []
        for driver, lap in zip((a, b), laps, strict=True):
            _, trace, circuit = source.driven(driver, lap)
            way = np.append(circuit.distance_m, circuit.length_m)
            at = edges_m(tiles) * circuit.length_m / seen.length_m
            clocks.append(np.diff(np.interp(at, way, trace.time_s)))
        for part in fastest.parts:
            own = np.array([tile.kind == part.kind for tile in tiles])
            truth = float((clocks[0] - clocks[1])[own].sum())
            hits.append(holds(part.delta_s, truth))
            off.append(part.delta_s.value - truth)
    assert np.mean(hits) >= 0.8
    assert np.abs(off).max() < 0.06


# -- what is said --------------------------------------------------------------------------------


def test_findings_never_say_what_an_interval_does_not_carry(found):
    assert "WEX was 0.68 s a lap quicker than BMR" in found.findings[0]
    delta = found.delta
    unsure = replace(delta, lap_s=Estimate(-0.1, -0.3, 0.1))
    parts = tuple(replace(part, delta_s=Estimate(-0.1, -0.3, 0.1)) for part in delta.parts)
    told = replace(found, delta=replace(unsure, parts=parts), fastest=None).findings
    assert "cannot be told apart" in told[0]
    assert told[1] == "Over these laps no kind of road can be told to favour either."
    assert not any("gains" in sentence for sentence in told)
    one = (replace(parts[0], delta_s=Estimate(0.2, 0.1, 0.3)), *parts[1:])
    told = replace(found, delta=replace(unsure, parts=one), fastest=None).findings
    assert "BMR gains 0.20 s on the straights; not separable in slow corners" in told[1]
    power = found.difference.pulls[0]
    wex, bmr = (f"{car.driver} ({car.team})" for car in found.profiles)
    hardly = replace(found.difference, pulls=(replace(power, delta_ms2=Estimate(1, 0.5, 1.5)),))
    assert any(
        f"{wex} accelerates harder at 180 km/h than {bmr}, by 1.00 m/s²" in sentence
        for sentence in replace(found, difference=hardly).findings
    )


def test_what_driver_and_car_do_together_is_not_read_as_the_car(found):
    assert found.findings[-2].startswith("Laps do not tell a car from its driver")
    assert not any("car of" in sentence for sentence in found.findings)
    one, other = found.profiles
    mates = replace(found, profiles=(one, replace(other, team=one.team))).findings
    assert mates[-2].startswith(f"Both drove a {one.team}: what differs is the drivers")
    assert any(each.startswith("WEX is quicker") for each in mates)


def test_corners_found_in_the_trace_do_not_take_the_circuits_numbers(found):
    assert found.findings[-1].startswith("Corners are numbered as found in the trace")
    assert f"c1 {found.delta.corners_m[0]:.0f} m, c2 " in found.findings[-1]
    table = found.tables()["Corner by corner"]
    assert list(table["corner"]) == [f"c{k}" for k in range(1, len(table) + 1)]
    assert table["apex_m"].is_monotonic_increasing


def test_corners_keep_the_circuits_numbers_where_they_are_known(demo):
    session = demo.qualifying
    lap = fastest_lap(session, "WEX")
    near = [corner.apex_m for corner in corners_of(session, lap)[:2]]
    x, y = (np.interp(near, lap.frame["distance_m"], lap.frame[axis]) for axis in ("x_m", "y_m"))
    table = pd.DataFrame({"number": [3, 9], "letter": ["", "A"], "x_m": x, "y_m": y})
    known = replace(session, corner_source=lambda: table)
    assert [corner.label for corner in corners_of(known, lap)] == ["3", "9A"]
    told = cars(known, "WEX", "BMR")
    assert list(told.tables()["Corner by corner"]["corner"]) == ["T3", "T9A"]
    assert not any("found in the trace" in sentence for sentence in told.findings)


def test_unlike_tyres_are_said_and_not_read_as_the_car(found):
    told = replace(found, fastest_alike=False).findings
    assert any("Their tyres differ and are in it." in each for each in told)
    assert not any(each.startswith("On these two laps") for each in told)


def test_the_answer_is_ready_for_tables_and_json(found):
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["kind"] == "car_comparison"
    assert told["delta"]["lap_s"]["value"] == pytest.approx(found.delta.lap_s.value)
    assert "engine" not in told["profiles"][0]
    tables = found.tables()
    assert next(iter(tables)) == "Where the time is"
    assert all(len(table) for table in tables.values())
    corners = tables["Corner by corner"]
    assert corners["fastest_laps_s"].sum() == pytest.approx(found.fastest.lap_s.value, abs=1e-6)
    assert set(corners["kind"]) <= {"slow", "medium", "fast"}
    assert repr(found).startswith("CarComparison(Cars of WEX and BMR, 2024 Halvern Grand Prix")
    assert "\n" not in repr(found)
    assert found.asked == {
        "year": 2024,
        "event": "Halvern Grand Prix",
        "session": "Qualifying",
        "a": "WEX",
        "b": "BMR",
    }


# -- what is refused -----------------------------------------------------------------------------


def test_a_session_without_car_data_still_tells_laps_and_names_the_one_that_has(demo):
    told = cars(
        replace(demo, race=replace(demo.race, telemetry_source=None)), "WEX", "BMR", session="R"
    )
    assert told.fastest is None
    assert told.apexes == ()
    assert told.delta.corners is None
    assert len(told.delta.sectors_s) == 3
    assert told.delta.lap_s.high < 0
    for part in ("fastest laps", "corners", "power", "drag", "grip", "ERS", "kerbs"):
        assert told.refusals[part] == (
            'Race has no car data; there are of Qualifying (session="Q").'
        ), part


def test_a_race_with_one_recorded_lap_each_tells_what_one_lap_can(demo):
    told = cars(demo, "WEX", "BMR", session="race")
    assert told.fastest.laps == ((52, 50),)
    assert told.delta.corners is None
    assert "1 pairs of comparable laps" in told.refusals["corners"]
    assert told.refusals["grip"] == told.refusals["corners"]
    assert "1 lap of car data, needed are 2" in told.refusals["ERS"]
    assert told.difference.power is not None
    assert "cannot carry a wear slope" in told.refusals["wear"]


def test_a_spin_is_refused_with_the_residual_and_nothing_else_is_lost(demo):
    session = demo.qualifying
    best = fastest_lap(session, "BMR").lap

    def spun(driver, lap):
        frame = session.telemetry_source(driver, lap)
        if (driver, lap) != ("BMR", best):
            return frame
        there = frame["distance_m"].between(2000, 2350)
        late = np.cumsum(np.where(there, 0.7, 0.0))
        return frame.assign(
            time_s=frame["time_s"] + late, speed_kmh=frame["speed_kmh"].where(~there, 8.0)
        )

    told = cars(replace(session, telemetry_source=spun), "WEX", "BMR")
    assert told.fastest is None
    assert "km/h" in told.refusals["fastest laps"]
    assert f"BMR lap {best}" in told.refusals
    assert told.residual_kmh is None
    assert told.difference.power is not None


@pytest.mark.parametrize(
    ("asked", "error", "sentence"),
    [
        (("WEX", "WEX"), UnknownName, "no driver to compare WEX with 'WEX'"),
        (("WEX", "XYZ"), UnknownName, "no driver in Qualifying 'XYZ'"),
        (("WEX", "BMR", "FP1"), UnknownName, "no session 'FP1'. Known: R, Q"),
    ],
)
def test_who_or_what_is_not_there_is_named(demo, asked, error, sentence):
    a, b, *session = asked
    with pytest.raises(error, match=sentence):
        cars(demo, a, b, session=session[0] if session else None)


def test_a_car_that_did_not_run_is_named_with_those_that_did(demo):
    session = demo.qualifying
    without = replace(session, laps=session.laps[session.laps["driver"] != "QFE"])
    with pytest.raises(NoData, match="QFE drove no timed flying lap in Qualifying; these did: WEX"):
        cars(without, "WEX", "QFE")
    with pytest.raises(NoData, match="has no qualifying; its race is there"):
        cars(replace(demo, qualifying=None), "WEX", "BMR", session="Q")
    with pytest.raises(InvalidInput, match="a weekend is asked for, not a str"):
        cars("Monaco", "WEX", "BMR")


def test_laps_that_are_not_there_are_named(demo):
    session = demo.qualifying
    with pytest.raises(NoData, match="WEX has no telemetry of lap 99"):
        overlay(session, [("WEX", 99)])
    with pytest.raises(InvalidInput, match="a number or 'fastest'; not 'best'"):
        driven_lap(session, "WEX", "best")
    with pytest.raises(InvalidInput, match="no lap was given"):
        overlay(session, [])
    with pytest.raises(UnknownName, match="no driver 'WXE' — did you mean 'WEX'"):
        fastest_lap(session, "WXE")
    kept = overlay(session, [("WEX", "fastest"), ("BMR", 99), ("BMR", "fastest")])
    assert [lap.driver for lap in kept.laps] == ["WEX", "BMR"]
    assert "lap 99" in kept.problems["BMR", 99]
