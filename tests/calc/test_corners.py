"""Corners found in a trace: where they are, what they are called, and that they tile the lap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lab.calc.corners import (
    Corner,
    corner_class,
    edges_m,
    find_corners,
    nearest_m,
    segments,
)
from f1lab.data.demo import generate
from f1lab.errors import InvalidInput


def track(*corners, length_m=3000.0):
    """Distance, speed and places of a made-up lap; corners are (middle, radius, angle, speed)."""
    at = np.arange(0.0, length_m, 5.0)
    bend, speed = np.zeros_like(at), np.full_like(at, 300.0)
    for middle, radius, angle, slowest in corners:
        half = abs(np.deg2rad(angle)) * radius / 2
        bend += np.where(np.abs(at - middle) < half, np.sign(angle) / radius, 0)
        speed -= (300 - slowest) * np.exp(-(((at - middle) / 90) ** 2))
    heading = np.cumsum(bend) * 5.0
    x, y = np.cumsum(np.cos(heading)) * 5.0, np.cumsum(np.sin(heading)) * 5.0
    return at, speed, x, y


def told(corners):
    return [(corner.label, corner.direction, corner.speed_class) for corner in corners]


def test_corners_are_found_by_bend_and_speed():
    lap = track((600, 40, 90, 90), (1400, 100, -60, 180), (2200, 150, 25, 299))
    found = find_corners(*lap)
    assert told(found) == [("1", "left", "slow"), ("2", "right", "medium"), ("3", "left", "fast")]
    assert [corner.apex_m for corner in found] == pytest.approx([600, 1400, 2200], abs=25)
    assert found[0].apex_kmh == pytest.approx(90, abs=8)


def test_without_places_flat_out_corners_are_not_seen():
    at, speed, x, y = track((600, 40, 90, 90), (1400, 100, -60, 180), (2200, 150, 25, 299))
    assert told(find_corners(at, speed)) == [("1", "", "slow"), ("2", "", "medium")]
    unknown = np.where(at < 2000, np.nan, x)
    assert told(find_corners(at, speed, unknown, y)) == [("1", "", "slow"), ("2", "", "medium")]
    here_and_there = np.where(np.arange(len(at)) % 15 == 0, np.nan, x)
    assert len(find_corners(at, speed, here_and_there, y)) == 3


def test_a_speed_dip_on_a_straight_is_no_corner():
    at, speed, x, y = track((600, 40, 90, 90))
    speed = speed - 60 * np.exp(-(((at - 2000) / 60) ** 2))
    assert [corner.label for corner in find_corners(at, speed, x, y)] == ["1"]


def test_known_corners_get_their_numbers_and_none_is_left_out():
    lap = track((600, 40, 90, 90), (1400, 100, -60, 180))
    labels = ["1", "2", "3A", "3B"]
    found = find_corners(*lap, labels=labels, near_m=[640, 1000, 1360, 1900])
    assert [corner.label for corner in found] == labels
    assert [corner.apex_m for corner in found] == pytest.approx([600, 1000, 1400, 1900], abs=15)


def test_corners_hold_their_braking_zone_and_no_straight():
    (corner,) = find_corners(*track((1000, 40, 90, 90)))
    assert 780 < corner.begin_m < 920
    assert 1020 < corner.end_m < 1110


@given(
    places=st.lists(st.integers(3, 55), min_size=1, max_size=8, unique=True),
    slowest=st.floats(60, 250),
)
def test_corners_and_straights_tile_the_lap(places, slowest):
    lap = track(*((50 * place, 60, 40 * (-1) ** place, slowest) for place in sorted(places)))
    for found in (find_corners(*lap), find_corners(*lap[:2])):
        parts = segments(found, lap[0][-1])
        edges = edges_m(parts)
        assert (edges[0], edges[-1]) == (0.0, lap[0][-1])
        assert (np.diff(edges) > 0).all()
        assert all(corner.begin_m <= corner.apex_m <= corner.end_m for corner in found)
        corners = [part.label for part in parts if part.kind != "straight"]
        assert corners == [f"T{corner.label}" for corner in found]


def test_corners_do_not_depend_on_where_and_how_often_the_lap_was_sampled():
    at, speed, x, y = track((600, 40, 90, 90), (1400, 100, -60, 180), (2200, 150, 25, 299))
    often = np.arange(0.0, at[-1], 1.7)
    again = find_corners(often, *(np.interp(often, at, column) for column in (speed, x, y)))
    for one, other in zip(find_corners(at, speed, x, y), again, strict=True):
        assert other.apex_m == pytest.approx(one.apex_m, abs=10)
        assert (other.label, other.direction) == (one.label, one.direction)


def test_a_lap_without_corners_is_one_straight():
    at = np.arange(0.0, 2000.0, 5.0)
    assert find_corners(at, np.full(len(at), 300.0)) == ()
    (only,) = segments((), 2000.0)
    assert (only.kind, only.begin_m, only.end_m) == ("straight", 0.0, 2000.0)


def test_places_are_found_on_the_lap():
    at, _, x, y = track((600, 40, 90, 90))
    beside = nearest_m(at, x, y, x[[50, 200]] + 3.0, y[[50, 200]])
    assert beside == pytest.approx(at[[50, 200]], abs=5)


@pytest.mark.parametrize(
    ("kmh", "name"), [(119.9, "slow"), (120, "medium"), (199.9, "medium"), (200, "fast")]
)
def test_classes(kmh, name):
    assert corner_class(kmh) == name


def test_what_cannot_be_is_refused():
    at, speed, x, y = track((600, 40, 90, 90))
    with pytest.raises(InvalidInput, match="2 labels and 1 places"):
        find_corners(at, speed, x, y, labels=["1", "2"], near_m=[600])
    with pytest.raises(InvalidInput, match="must increase and lie on the lap"):
        find_corners(at, speed, x, y, labels=["1", "2"], near_m=[900, 600])
    with pytest.raises(InvalidInput, match="20 or more distances"):
        find_corners([0, 1], [100, 100])
    with pytest.raises(InvalidInput, match="in the order driven"):
        find_corners(at[::-1], speed)
    with pytest.raises(InvalidInput, match=r"T1 ends at 3000 m, beyond the lap of 900 m"):
        segments([Corner("1", 600, 90, 500, 3000, "")], 900.0)


def test_results_are_plain_values():
    corner = Corner("9A", 600.0, 90.0, 500.0, 700.0, "left")
    assert corner.to_dict()["speed_class"] == "slow"
    assert segments([corner], 900.0)[1].to_dict() == {
        "label": "T9A",
        "kind": "slow",
        "begin_m": 500.0,
        "end_m": 700.0,
    }


def test_the_demo_circuit_is_read_from_its_telemetry():
    source = generate(0).qualifying.telemetry_source
    key = min(source.laps)
    data, (_, _, circuit) = source(*key), source.driven(*key)
    found = find_corners(data["distance_m"], data["speed_kmh"], data["x_m"], data["y_m"])
    bend = np.interp([c.apex_m for c in found], circuit.distance_m, circuit.curvature_1_m)
    assert len(found) >= 8
    assert [c.direction for c in found] == ["left" if b > 0 else "right" for b in bend]
    apexes = np.array([c.apex_m for c in found])
    sharp = circuit.distance_m[np.abs(circuit.curvature_1_m) > 1 / 100]
    inside = [((sharp >= c.begin_m) & (sharp <= c.end_m)) for c in found]
    assert np.any(inside, axis=0).all()  # every sharp bend is in a corner
    assert (np.diff(apexes) > 0).all()
