"""The demo car: a lap by the book, and telemetry one can read the car from again."""

from dataclasses import replace

import numpy as np
import pytest

from f1lab.data import schema
from f1lab.data.demo import generate
from f1lab.data.demo.car import Car, Circuit, drive, drive_in
from f1lab.errors import InvalidInput, NoData, UnknownName

CAR = Car(
    mass_kg=800.0,
    power_w=700e3,
    cda_m2=1.25,
    cla_m2=4.4,
    mu=1.7,
    rolling_ms2=0.18,
    drive_share=0.62,
    drs_cda_factor=0.86,
    air_density_kgm3=1.19,
    gravity_ms2=9.81,
)


@pytest.fixture(scope="module")
def weekend():
    return generate(0)


@pytest.fixture(scope="module")
def circuit(weekend):
    place = weekend.truth.parameters["circuit"]
    return Circuit.from_segments(
        place["segments_length_m_curvature_start_1_m_curvature_end_1_m"], place["drs_zones_m"]
    )


def circle(radius_m):
    length = 2 * np.pi * radius_m
    return Circuit.from_segments([[length, 1 / radius_m, 1 / radius_m]], [], 2.0)


@pytest.mark.parametrize("radius_m", [20.0, 60.0])
def test_circle_is_driven_at_the_grip_limit(radius_m):
    lap = drive(replace(CAR, cla_m2=0.0), circle(radius_m))
    expected = np.sqrt(CAR.mu * CAR.gravity_ms2 * radius_m)
    np.testing.assert_allclose(lap.speed_ms, expected, rtol=4e-3)  # drag takes a little grip
    assert lap.lap_time_s == pytest.approx(2 * np.pi * radius_m / expected, rel=4e-3)
    assert lap.speed_ms.max() <= expected * (1 + 1e-9)


def test_endless_straight_is_driven_at_the_speed_drag_allows():
    lap = drive(CAR, Circuit.from_segments([[60000.0, 1e-12, 1e-12]], [], 20.0))
    v = lap.speed_ms[-2]
    force = 0.5 * CAR.air_density_kgm3 * CAR.cda_m2 * v**2 + CAR.rolling_ms2 * CAR.mass_kg
    assert CAR.power_w == pytest.approx(force * v, rel=2e-3)


def test_circuit_is_closed_and_keeps_its_distance(circuit):
    steps = np.hypot(
        np.diff(circuit.x_m, append=circuit.x_m[0]), np.diff(circuit.y_m, append=circuit.y_m[0])
    )
    np.testing.assert_allclose(steps, circuit.step_m, rtol=0.01)
    assert 5000 < circuit.length_m < 5400


def test_circuit_does_not_cross_itself(circuit):
    every = slice(None, None, 4)
    x, y, s = circuit.x_m[every], circuit.y_m[every], circuit.distance_m[every]
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    along = np.abs(s[:, None] - s)
    along = np.minimum(along, circuit.length_m - along)
    assert apart[along > 150].min() > 40


def test_corners_are_where_the_line_bends(weekend, circuit):
    for corner in weekend.truth.parameters["circuit"]["corners"]:
        at = round(corner["distance_m"] / circuit.step_m)
        bend = np.abs(circuit.curvature_1_m[at])
        assert bend > 0.004, corner
        near = np.abs(circuit.curvature_1_m[at - 12 : at + 12])
        assert bend > 0.95 * near.max(), corner


@pytest.mark.parametrize(
    ("better", "quicker"),
    [
        ({"power_w": 735e3}, True),
        ({"mu": 1.8}, True),
        ({"mass_kg": 880.0}, False),
        ({"cda_m2": 1.4}, False),
        ({"cla_m2": 4.8}, True),
    ],
)
def test_better_car_is_quicker(circuit, better, quicker):
    assert (
        drive(replace(CAR, **better), circuit).lap_time_s < drive(CAR, circuit).lap_time_s
    ) is quicker


def test_never_more_grip_or_power_than_there_is(circuit):
    lap = drive(CAR, circuit)
    v2 = lap.speed_ms[:-1] ** 2
    ax = np.diff(lap.speed_ms**2) / (2 * circuit.step_m)
    grip = CAR.mu * (CAR.gravity_ms2 + 0.5 * CAR.air_density_kgm3 * CAR.cla_m2 * v2 / CAR.mass_kg)
    assert (v2 * np.abs(circuit.curvature_1_m) <= grip * (1 + 1e-9)).all()
    drag = 0.5 * CAR.air_density_kgm3 * CAR.cda_m2 * v2 / CAR.mass_kg
    power = (ax + drag + CAR.rolling_ms2) * lap.speed_ms[:-1] * CAR.mass_kg
    assert power.max() <= CAR.power_w * (1 + 1e-9)


@pytest.mark.parametrize("seconds", [83.0, 88.5, 104.25])
def test_solves_the_grip_for_a_lap_time(circuit, seconds):
    car, lap = drive_in(CAR, circuit, seconds)
    assert lap.lap_time_s == pytest.approx(seconds, abs=1e-9)
    assert drive(car, circuit).lap_time_s == pytest.approx(seconds, abs=2e-5)


@pytest.mark.parametrize("seconds", [40.0, 900.0])
def test_refuses_a_lap_out_of_reach(circuit, seconds):
    with pytest.raises(InvalidInput, match="out of reach"):
        drive_in(CAR, circuit, seconds)


# -- telemetry -------------------------------------------------------------------------------------


def recorded(session):
    return sorted(session.telemetry_source.laps)


def test_everybodys_fastest_lap_has_telemetry(weekend):
    timed = weekend.race.laps.query("lap > 1")
    fastest = timed.loc[timed.groupby("driver")["lap_time_s"].idxmin()]
    assert recorded(weekend.race) == sorted(zip(fastest["driver"], fastest["lap"], strict=True))
    assert {driver for driver, _ in recorded(weekend.qualifying)} == set(fastest["driver"])


@pytest.mark.parametrize("kind", ["race", "qualifying"])
def test_telemetry_lasts_as_long_as_the_lap(weekend, kind):
    session = getattr(weekend, kind)
    times = session.laps.set_index(["driver", "lap"])["lap_time_s"]
    for driver, lap in recorded(session)[::5]:
        data = session.telemetry(driver, lap)
        assert data["time_s"].iloc[0] == 0.0
        assert data["time_s"].iloc[-1] == pytest.approx(times[driver, lap], abs=1e-6)
        assert 4 <= len(data) / data["time_s"].iloc[-1] <= 5


def test_telemetry_follows_the_schema_and_makes_sense(weekend):
    kinds = {"str": "O", "int": "i", "float": "f", "bool": "b"}
    for driver, lap in recorded(weekend.qualifying)[::7]:
        data = weekend.qualifying.telemetry(driver, lap)
        assert list(data.columns) == list(schema.TELEMETRY_COLUMNS)
        assert [data[n].dtype.kind for n in data] == [
            kinds[kind] for kind in schema.TELEMETRY_COLUMNS.values()
        ]
        assert (np.diff(data["time_s"]) > 0).all()
        assert (np.diff(data["distance_m"]) > 0).all()
        assert data["distance_m"].iloc[-1] == pytest.approx(5202.01)
        assert data["speed_kmh"].between(50, 370).all()
        assert data["gear"].between(1, 8).all()
        assert data["rpm"].between(5000, 12500).all()
        assert data["throttle_pct"].between(0, 100).all()
        assert 0.08 < data["brake"].mean() < 0.35
        assert not (data["brake"] & (data["throttle_pct"] > 10)).any()
        assert 0.05 < data["drs"].mean() < 0.4
        driven = np.hypot(np.diff(data["x_m"]), np.diff(data["y_m"])).sum()
        assert driven == pytest.approx(5202, rel=0.01)


def test_same_telemetry_every_time(weekend):
    driver, lap = recorded(weekend.race)[0]
    one, two = (w.race.telemetry(driver, lap) for w in (weekend, generate(0)))
    assert one.equals(two)


def test_power_and_drag_can_be_read_from_the_full_throttle_trace(weekend):
    """a = (P/m)/v − ½ρ(CdA/m)v² − c, regressed per team over its qualifying laps."""
    session, told = weekend.qualifying, weekend.truth.parameters
    for team in range(0, 10, 3):
        source = session.telemetry_source
        laps = [key for key in recorded(session) if source.teams[key[0]] == team]
        speed, gained = [], []
        for driver, lap in laps:
            data = session.telemetry(driver, lap)
            v, t = data["speed_kmh"].to_numpy() / 3.6, data["time_s"].to_numpy()
            flat = (data["throttle_pct"] >= 99) & ~data["drs"]
            span = 5  # about a second: the whole km/h of the speed average out
            both = np.flatnonzero(flat.rolling(span + 1).sum().to_numpy() == span + 1)
            speed.append((v[both] + v[both - span]) / 2)
            gained.append((v[both] - v[both - span]) / (t[both] - t[both - span]))
        v, a = np.concatenate(speed), np.concatenate(gained)
        car = told["car"]
        mass = car["mass_kg"] + car["qualifying_fuel_kg"]
        columns = np.column_stack([1 / v, -0.5 * car["air_density_kgm3"] * v**2])
        keep = v > 45
        found = np.linalg.lstsq(columns[keep], a[keep] + car["rolling_ms2"], rcond=None)[0] * mass
        own = told["teams"][team]
        assert found[0] == pytest.approx(car["power_w"] * own["power_factor"], rel=0.03)
        assert found[1] == pytest.approx(car["cda_m2"] * own["cda_factor"], rel=0.03)


def test_grip_can_be_read_from_the_slow_corners(weekend):
    source = weekend.qualifying.telemetry_source
    driver, lap = recorded(weekend.qualifying)[0]
    car, _, circuit = source.driven(driver, lap)
    data = source(driver, lap)
    slow = data["speed_kmh"] < 75  # turns 4, 8 and 9
    v = data.loc[slow, "speed_kmh"].to_numpy() / 3.6
    bend = np.interp(
        data.loc[slow, "distance_m"], circuit.distance_m, np.abs(circuit.curvature_1_m)
    )
    lift = 0.5 * car.air_density_kgm3 * car.cla_m2 / car.mass_kg
    used = v**2 * bend / (car.gravity_ms2 + lift * v**2)
    assert np.max(used) == pytest.approx(car.mu, rel=0.03)


def test_says_so_when_a_lap_was_not_recorded(weekend):
    with pytest.raises(NoData, match="has no telemetry of lap 999"):
        weekend.race.telemetry("WEX", 999)
    with pytest.raises(UnknownName, match="no driver 'WEY' — did you mean 'WEX'"):
        weekend.race.telemetry("WEY", 5)
