"""Two laps on one distance: what must hold for any two, what is refused, and how far it is off."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lab.calc.align import LapsDoNotAlign, LapTrace, align
from f1lab.data.demo import generate
from f1lab.errors import InvalidInput

_MS = 1 / 3.6


def lap(pace=1.0, *, dip_kmh=0.0, every_s=0.25, late_s=0.0, splits_s=()):
    """A made-up lap of 5 km: six corners; slower by a factor, or in the third corner."""
    at = np.arange(0.0, 5001.0)
    speed = 290 - sum(
        depth * np.exp(-(((at - place) / 110) ** 2))
        for place, depth in ((500, 200), (1200, 90), (2000, 170 + dip_kmh), (2900, 60))
    )
    speed = (speed - 150 * np.exp(-(((at - 3800) / 90) ** 2))) / pace
    clock = np.concatenate([[0.0], np.cumsum(2 / (speed[1:] + speed[:-1]) / _MS)])
    time = np.concatenate([np.arange(0.0, clock[-1], every_s), [clock[-1]]])
    seen = np.interp(np.interp(time - late_s, clock, at), at, speed)
    distance = np.concatenate([[0.0], np.cumsum(np.diff(time) * (seen[1:] + seen[:-1]) / 2 * _MS)])
    return LapTrace(time, distance, seen, splits_s)


def spun(trace, at_m, *, stands_s):
    """The same lap with a spin: slid to a stop, stood, drove off."""
    way = np.arange(0.0, trace.distance_m[-1])
    normal = np.interp(way, trace.distance_m, trace.speed_kmh) * _MS
    stop = at_m + np.interp(at_m, way, normal) ** 2 / 50
    sliding = np.sqrt(np.maximum(50 * (stop - way), 0.1))
    leaving = np.sqrt(np.maximum(18 * (way - stop), 0.1))
    speed = np.where(way < at_m, normal, np.minimum(normal, np.where(way < stop, sliding, leaving)))
    clock = np.concatenate([[0.0], np.cumsum(2 / (speed[1:] + speed[:-1]))])
    clock[way >= stop] += stands_s
    time = np.arange(0.0, clock[-1], 0.25)
    return LapTrace(time, np.interp(time, clock, way), np.interp(time, clock, speed) / _MS)


# -- what holds for any two laps ---------------------------------------------------------------


@given(pace=st.floats(0.985, 1.015), dip=st.floats(-15, 15), late=st.floats(-0.2, 0.2))
def test_the_difference_ends_at_the_difference_of_the_lap_times(pace, dip, late):
    one, other = lap(), lap(pace, dip_kmh=dip, late_s=late)
    both = align(one, other)
    assert both.delta_s[0] == 0
    assert both.delta_s[-1] == pytest.approx(other.lap_time_s - one.lap_time_s, abs=1e-9)
    assert both.gap_s == both.delta_s[-1]
    edges = [0.0, 700.0, 700.0, 1234.5, 4000.0, both.length_m]
    assert both.lost_s(edges).sum() == pytest.approx(both.gap_s, abs=1e-12)
    assert (np.diff(both.other_time_s) > 0).all()


@given(scale=st.floats(0.95, 1.05), dip=st.floats(-15, 15))
def test_how_long_each_lap_measured_itself_does_not_matter(scale, dip):
    one, other = lap(), lap(1.002, dip_kmh=dip)
    longer = LapTrace(other.time_s, other.distance_m * scale, other.speed_kmh)
    before, after = align(one, other, length_m=5000.0), align(one, longer, length_m=5000.0)
    np.testing.assert_allclose(
        after.delta_s, before.delta_s, atol=1e-6
    )  # the slide is sought to 1e-5 m
    assert after.other_scale == pytest.approx(before.other_scale / scale)


def test_turned_round_the_difference_has_the_other_sign():
    one, other = lap(), lap(1.003, dip_kmh=10)
    there, back = align(one, other, length_m=5000.0), align(other, one, length_m=5000.0)
    assert back.gap_s == pytest.approx(-there.gap_s, abs=1e-12)
    edges = [0, 1500, 2500, 5000]
    np.testing.assert_allclose(back.lost_s(edges), -there.lost_s(edges), atol=0.02)


def test_a_lap_differs_from_itself_in_nothing():
    both = align(lap(), lap())
    assert both.residual_kmh < 1e-3
    assert np.abs(both.delta_s).max() < 1e-4


def test_time_is_lost_where_it_was_lost():
    both = align(lap(), lap(dip_kmh=12.0), length_m=5000.0)
    lost = both.lost_s([0, 1700, 2300, 5000])
    assert lost[1] == pytest.approx(both.gap_s, abs=0.02)
    assert np.abs(lost[[0, 2]]).max() < 0.02


@pytest.mark.parametrize("late_s", [-0.15, 0.15])
def test_samples_timed_late_are_slid_back(late_s):
    both = align(lap(), lap(late_s=late_s))
    way = late_s * lap().speed_kmh.mean() * _MS
    assert both.slide_m == pytest.approx(-way, abs=3)
    assert np.abs(both.delta_s).max() < 0.02
    assert both.residual_kmh < 3


def test_the_difference_goes_through_the_sector_times():
    one, other = lap(splits_s=(25.0, 50.0)), lap(1.004, dip_kmh=5, splits_s=(25.2, 50.1))
    both = align(one, other)
    lines = both.pins_m[1:-1]
    at = np.interp(lines, both.distance_m, both.reference_time_s)
    assert at == pytest.approx([25.0, 50.0], abs=1e-9)
    lost = both.lost_s(both.pins_m)
    assert lost == pytest.approx([0.2, -0.1, both.gap_s - 0.1], abs=2e-3)
    assert align(lap(), other).pins_m == (0.0, pytest.approx(both.length_m, rel=1e-3))


def test_every_sample_has_its_place_on_the_common_distance():
    one, other = lap(), lap(1.004, late_s=0.1)
    both = align(one, other)
    np.testing.assert_allclose(
        np.interp(both.distance_m, both.other_at_m, other.speed_kmh), both.other_speed_kmh
    )
    assert len(both.reference_at_m) == len(one.time_s)


def test_a_hole_between_samples_makes_what_is_round_it_uncertain():
    whole, other = lap(), lap(1.002)
    keep = (other.time_s < 28.0) | (other.time_s > 29.3)
    holed = LapTrace(other.time_s[keep], other.distance_m[keep], other.speed_kmh[keep])
    edges = np.linspace(0, whole.driven_m, 11)
    before, after = align(whole, other).noise_s(edges), align(whole, holed).noise_s(edges)
    hole = np.interp(28.5, whole.time_s, whole.distance_m)
    part = int(np.searchsorted(edges, hole)) - 1
    assert np.argmax(after - before) == part
    assert after[part] > 2 * before[part]
    assert align(whole, other).noise_s([0, whole.driven_m])[0] == 0  # the clock knows the lap


def test_the_difference_is_certain_at_the_timing_lines_and_nowhere_else():
    both = align(lap(splits_s=(25.0, 50.0)), lap(1.002, splits_s=(25.1, 50.1)))
    sd = np.interp(both.pins_m, both.distance_m, both.delta_sd_s)
    assert sd == pytest.approx(0, abs=3e-3)
    middle = np.interp(
        np.convolve(both.pins_m, [0.5, 0.5], "valid"), both.distance_m, both.delta_sd_s
    )
    assert middle.min() > 4e-3
    free = align(lap(), lap(1.002))
    np.testing.assert_allclose(
        free.delta_sd_s[300], free.noise_s([0, free.distance_m[300]])[0], rtol=1e-9
    )
    assert free.delta_sd_s.max() > both.delta_sd_s.max()


def test_the_result_says_what_it_is():
    both = align(lap(), lap(1.001))
    told = both.to_dict()
    assert repr(both).startswith("AlignedLaps(")
    assert "gap +0.0" in repr(both)
    assert set(told) >= {"gap_s", "residual_kmh", "slide_m", "distance_m", "delta_s"}
    assert len(told["delta_s"]) == len(told["distance_m"])
    assert isinstance(told["delta_s"][0], float)


# -- known truth -------------------------------------------------------------------------------


def test_on_the_demo_the_difference_is_the_true_one():
    source = generate(0).qualifying.telemetry_source
    keys = sorted(source.laps)[:4]
    traces = {key: LapTrace.from_table(source(*key)) for key in keys}
    worst = []
    for one, other in itertools.combinations(keys, 2):
        both = align(traces[one], traces[other])
        truth = []
        for key in (one, other):
            _, driven, circuit = source.driven(*key)
            way = np.append(circuit.distance_m, circuit.length_m)
            truth.append(np.interp(both.distance_m, way, driven.time_s))
        worst.append(np.abs(both.delta_s - (truth[1] - truth[0])).max())
    assert max(worst) < 0.03


# -- refusals ----------------------------------------------------------------------------------


def test_laps_of_different_circuits_are_refused_with_the_residual():
    one = lap()
    other = LapTrace(one.time_s, one.distance_m, 200 + 80 * np.sin(one.time_s / 2))
    with pytest.raises(LapsDoNotAlign, match=r"still differ by \d+\.\d km/h") as refused:
        align(one, other)
    assert refused.value.residual_kmh > 15
    assert f"{refused.value.residual_kmh:.1f}" in str(refused.value)


@pytest.mark.parametrize("at_m", [400, 1100, 1950, 3500, 4300])
def test_a_spin_is_refused_and_named(at_m):
    with pytest.raises(LapsDoNotAlign) as refused:
        align(lap(), spun(lap(), at_m, stands_s=2.0), limit_kmh=60.0)
    assert "the other lap loses" in str(refused.value)
    with pytest.raises(LapsDoNotAlign):
        align(lap(), spun(lap(), at_m, stands_s=2.0))
    with pytest.raises(LapsDoNotAlign, match="the reference lap loses"):
        align(spun(lap(), at_m, stands_s=2.0), lap(), limit_kmh=60.0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"speed_kmh": [100.0]}, "one value for each sample"),
        ({"time_s": np.zeros(50)}, "in the order they were driven"),
        ({"distance_m": np.full(50, 3.0)}, "did not move"),
        ({"speed_kmh": np.full(50, np.nan)}, "a speed everywhere"),
        ({"splits_s": (30.0, 20.0)}, "splits_s must increase"),
        ({"splits_s": (30.0, 95.0)}, "within the lap of 90.000 s"),
    ],
)
def test_what_is_no_lap_is_refused(change, told):
    columns = {
        "time_s": np.linspace(0, 90, 50),
        "distance_m": np.linspace(0, 5000, 50),
        "speed_kmh": np.full(50, 200.0),
    }
    with pytest.raises(InvalidInput, match=told):
        LapTrace(**{**columns, **change})


def test_too_few_samples_and_impossible_options_are_refused():
    with pytest.raises(InvalidInput, match="3 samples are no lap"):
        LapTrace([0, 1, 2], [0, 1, 2], [3, 3, 3])
    for option in ({"length_m": 0}, {"step_m": -1}, {"limit_kmh": 0}):
        with pytest.raises(InvalidInput, match="above zero"):
            align(lap(), lap(), **option)
    both = align(lap(), lap())
    for edges in ([0, 9000], [100, 50], [5]):
        with pytest.raises(InvalidInput, match="edges_m must"):
            both.lost_s(edges)


# -- real laps ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fastest_laps(tidy_folder):
    """Fastest laps of thirteen real sessions, by (circuit, session)."""
    import pandas as pd

    file = tidy_folder.parent / "telemetry" / "telemetry_fastest_laps.parquet"
    if not file.exists():
        pytest.skip(f"no real car data: {file} is not there")
    frame = pd.read_parquet(file)
    found = {}
    by = frame.groupby(["year", "event", "session", "driver", "lap_number"])
    for (year, event, session, driver, _), own in by:
        ordered = own.sort_values("time_s").drop_duplicates("time_s")
        columns = (ordered["time_s"], ordered["distance_m"].cummax(), ordered["speed_kmh"])
        circuit = "Bahrain" if "Testing" in event else event.removesuffix(" Grand Prix")
        found.setdefault((circuit, f"{year} {session}"), []).append((driver, LapTrace(*columns)))
    return found


@pytest.mark.real
def test_laps_of_one_session_are_hardly_ever_withheld(fastest_laps):
    tried = refused = 0
    for laps in fastest_laps.values():
        for (_, one), (_, other) in itertools.combinations(laps, 2):
            tried += 1
            try:
                align(one, other)
            except LapsDoNotAlign:
                refused += 1
    assert tried > 1000
    assert refused / tried < 0.05


@pytest.mark.real
def test_laps_of_different_circuits_are_always_refused(fastest_laps):
    one_each = {circuit: laps[0][1] for (circuit, _), laps in fastest_laps.items()}
    assert len(one_each) >= 6
    for one, other in itertools.permutations(one_each.values(), 2):
        with pytest.raises(LapsDoNotAlign) as refused:
            align(one, other)
        assert refused.value.residual_kmh > 30


@pytest.mark.real
def test_a_spin_put_into_a_real_lap_is_refused(fastest_laps):
    laps = [trace for _, trace in fastest_laps["Australian", "2025 Qualifying"]]
    for one, other in itertools.pairwise(laps):
        for at_m in np.linspace(200, 4800, 5):
            with pytest.raises(LapsDoNotAlign):
                align(one, spun(other, at_m, stands_s=2.0))
