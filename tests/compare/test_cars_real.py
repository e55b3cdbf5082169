"""Two cars compared on real telemetry: qualifying of Australia 2025 and the race of China 2025."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from f1lab.calc.align import LapsDoNotAlign, align
from f1lab.compare import cars
from f1lab.compare._car_field import field_on_track
from f1lab.compare._car_pairs import comparable_laps
from f1lab.compare._car_speed import speeds_at_trap, trap_share
from f1lab.compare.traces import driven_lap, remembering
from f1lab.data.events import find_event
from f1lab.data.fastf1_source import FastF1Source
from f1lab.errors import NoData

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def australia(fastf1_cache, shared_tmp):
    """Qualifying of Australia 2025; its race is not there, so no weekend can be loaded."""
    archive = FastF1Source(fastf1_cache, offline=True, cache=shared_tmp / "f1lab_cache_of_cars")
    info = find_event(archive.schedule(2025), "Australia")
    session, _ = archive.session(info, "Q")
    return remembering(archive.with_telemetry(info, session))


@pytest.fixture(scope="module")
def china(weekends):
    return remembering(weekends(2025, "China"))


def traces_of(session, every):
    laps = comparable_laps(session).iloc[::every]
    pairs = zip(laps["driver"], laps["lap"].astype(int), strict=True)
    return [driven_lap(session, driver, lap).trace for driver, lap in pairs]


def test_the_84_ms_of_the_front_row(australia):
    found = cars(australia, "NOR", "PIA")
    fastest = found.fastest
    assert fastest.laps == ((19, 17),)
    assert sum(corner.value for corner in fastest.corners.delta_s) == pytest.approx(
        -0.084, abs=0.001
    )
    assert sum(part.delta_s.value for part in fastest.parts) == pytest.approx(-0.084, abs=0.001)
    assert [sector.value for sector in fastest.sectors_s] == pytest.approx([-0.121, 0.045, -0.008])
    lost = dict(zip(fastest.corners.corners, fastest.corners.delta_s, strict=True))
    assert min(lost, key=lambda corner: lost[corner].value) == "c13"
    assert lost["c13"].high < 0
    by_kind = {part.kind: part.delta_s for part in fastest.parts}
    assert by_kind["slow"].high < 0 < by_kind["fast"].low
    assert found.residual_kmh < 5
    assert abs(found.length_m / 5278 - 1) < 0.015
    assert len(found.delta.laps) == 5
    assert found.delta.lap_s.low < -0.084 < found.delta.lap_s.high
    assert "was 0.084 s quicker than PIA" in " ".join(found.findings)


def test_quick_laps_of_a_qualifying_always_align(australia):
    traces = traces_of(australia, 3)
    refused = 0
    for one, other in itertools.combinations(traces, 2):
        try:
            align(one, other)
        except LapsDoNotAlign:
            refused += 1
    assert len(traces) > 25
    assert refused == 0


def test_laps_of_two_circuits_never_align(australia, china):
    for one in traces_of(australia, 30):
        for other in traces_of(china.race, 150):
            with pytest.raises(LapsDoNotAlign) as refused:
                align(one, other)
            assert refused.value.residual_kmh > 30


def test_comparable_laps_are_as_long_as_the_circuit(australia, china):
    """Cars cut corners where the official length goes down the middle: 0.5 and 0.9 % shorter."""
    for session, official_m, every in ((australia, 5278, 2), (china.race, 5451, 9)):
        longer = np.array([trace.driven_m / official_m for trace in traces_of(session, every)])
        assert np.abs(longer - 1).max() < 0.015
        assert len(longer) > 40


def test_the_speed_trap_is_found_and_telemetry_agrees_with_it(australia, china):
    for session, place_m in ((australia, 185), (china.race, 4490)):
        field = field_on_track(session)
        share = trap_share(session, field.seen)
        assert share * field.seen.length_m == pytest.approx(place_m, abs=30)
        drivers = ("NOR", "VER", "OCO")
        seen = [speeds_at_trap(session, driver, share) for driver in drivers]
        off = np.concatenate([(own["telemetry_kmh"] - own["trap_kmh"]).dropna() for own in seen])
        assert len(off) > 10
        assert np.mean(np.abs(off) <= 6) == 1


def test_a_race_tells_a_slower_car_and_does_not_tell_teammates_apart(china):
    clear = cars(china, "VER", "OCO")
    assert clear.session == "Race"
    assert -1.0 < clear.delta.lap_s.high < -0.6
    by_kind = {part.kind: part.delta_s for part in clear.delta.parts}
    assert min(by_kind, key=lambda kind: by_kind[kind].value) == "slow"
    assert sum(own.value for own in by_kind.values()) == pytest.approx(clear.delta.lap_s.value)
    assert "VER was 0.79 s a lap quicker than OCO" in clear.findings[0]
    mates = cars(china, "NOR", "PIA")
    assert mates.delta.lap_s.low < 0 < mates.delta.lap_s.high
    assert "cannot be told apart" in mates.findings[0]
    assert "the two may differ" in mates.findings[1]
    behind = np.array([i - j for i, j in mates.delta.laps])
    assert (behind == 0).mean() > 0.5
    assert 54 not in [lap for lap, _ in mates.delta.laps]
    assert mates.delta.taken_off_s < -0.03
    assert sum(part.delta_s.value for part in mates.delta.parts) == pytest.approx(
        mates.delta.lap_s.value
    )
    assert mates.difference.ers_s_per_lap is None
    assert "lifting before the brakes hides it" in mates.refusals["ERS"]
    assert mates.profiles[0].wear_s_per_lap is not None
    assert mates.profiles[0].reliability == mates.profiles[1].reliability
    assert "2 stints with" in mates.refusals["thermal of NOR"]


def test_who_drove_no_flying_lap_and_what_has_no_car_data(australia, china):
    with pytest.raises(NoData, match="BEA drove no timed flying lap in Qualifying"):
        cars(australia, "NOR", "BEA")
    told = cars(china, "NOR", "PIA", session="Q")
    assert told.fastest is None
    assert told.refusals["power"] == (
        'Qualifying has no car data; there are of Race (session="R").'
    )
    assert len(told.delta.sectors_s) == 3
