"""Car data: read once, kept as plain arrays, cut into laps, and every way they are not there."""

import base64
import itertools
import json
import pickle
import zlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import f1lab
from f1lab.calc.align import LapsDoNotAlign, LapTrace, align
from f1lab.calc.corners import edges_m, find_corners, nearest_m, segments
from f1lab.data import cache, fastf1_source, load_recording, source, telemetry
from f1lab.data.events import find_event
from f1lab.data.fastf1_source import FastF1Source
from f1lab.data.schema import CORNER_COLUMNS, TELEMETRY_COLUMNS
from f1lab.data.telemetry import SessionTelemetry, channels_of, distance_scale, lap_frame
from f1lab.errors import InvalidInput, NoData, UnknownName

# -- cutting laps out of channels ----------------------------------------------------------------


def straight_channels(*, scale=1.0, seconds=120.0):
    """A car that drives straight on at 300 km/h; its places say `scale` times as far."""
    clock = np.arange(0.0, seconds, 0.24)
    n = len(clock)
    return {
        "car_s": clock,
        "speed_kmh": np.full(n, 300.0, dtype=np.float32),
        "rpm": np.full(n, 11000.0, dtype=np.float32),
        "gear": np.full(n, 8, dtype=np.int8),
        "throttle_pct": np.where(np.arange(n) % 40 == 0, np.float32(50), np.float32(100)),
        "brake": np.zeros(n, dtype=bool),
        "drs": np.ones(n, dtype=bool),
        "place_s": clock + 0.1,
        "x_m": ((clock + 0.1) * 300 / 3.6 * scale).astype(np.float32),
        "y_m": np.zeros(n, dtype=np.float32),
    }


def test_distance_is_integrated_speed_times_the_scale():
    frame = lap_frame(straight_channels(), 10.1, 70.3, scale=1.01)
    assert list(frame) == list(TELEMETRY_COLUMNS)
    assert frame["distance_m"].iloc[-1] == pytest.approx(60.2 * 300 / 3.6 * 1.01, rel=1e-9)
    assert frame["time_s"].iloc[[0, -1]].tolist() == pytest.approx([0.0, 60.2])
    assert frame.attrs["distance_scale"] == 1.01


def test_car_samples_stay_as_they_came_and_places_are_put_onto_them():
    channels = straight_channels()
    frame = lap_frame(channels, 10.1, 70.3)
    inside = (channels["car_s"] > 10.1) & (channels["car_s"] < 70.3)
    np.testing.assert_allclose(frame["time_s"].iloc[1:-1] + 10.1, channels["car_s"][inside])
    np.testing.assert_array_equal(
        frame["throttle_pct"].iloc[1:-1], channels["throttle_pct"][inside]
    )
    np.testing.assert_allclose(frame["x_m"], (frame["time_s"] + 10.1) * 300 / 3.6, rtol=1e-5)


def test_where_no_place_was_sent_there_is_none():
    channels = straight_channels()
    keep = (channels["place_s"] < 30) | (channels["place_s"] > 40)
    holed = channels | {name: channels[name][keep] for name in ("place_s", "x_m", "y_m")}
    frame = lap_frame(holed, 10.0, 70.0)
    clock = frame["time_s"] + 10
    lost = frame["x_m"].isna()
    assert lost[(clock > 30.1) & (clock < 39.9)].all()
    assert not lost[(clock < 29.8) | (clock > 40.2)].any()
    nowhere = channels | {name: np.empty(0) for name in ("place_s", "x_m", "y_m")}
    assert lap_frame(nowhere, 10.0, 70.0)["x_m"].isna().all()


@pytest.mark.parametrize("bounds", [(-5.0, 60.0), (100.0, 125.0), (200.0, 260.0), (10.0, 11.0)])
def test_a_lap_that_is_not_there_from_end_to_end_is_none(bounds):
    assert lap_frame(straight_channels(), *bounds) is None


@pytest.mark.parametrize(("hole_s", "told"), [(1.5, True), (5.0, False)])
def test_a_lap_with_a_hole_in_its_samples_is_none(hole_s, told):
    channels = straight_channels()
    keep = (channels["car_s"] < 40) | (channels["car_s"] > 40 + hole_s)
    names = [name for name, values in channels.items() if len(values) == len(keep)]
    names = [name for name in names if name not in ("place_s", "x_m", "y_m")]
    holed = channels | {name: channels[name][keep] for name in names}
    assert (lap_frame(holed, 10.0, 70.0) is not None) == told


def test_the_scale_is_read_from_the_straights():
    cars = [straight_channels(scale=1.006, seconds=96.0) for _ in range(3)]
    assert distance_scale(cars) == pytest.approx(1.006, abs=1e-4)
    assert distance_scale(cars[:1]) == 1.0  # ten straights are too few


def test_what_the_feed_did_not_send_is_not_taken_for_a_value():
    seconds = pd.to_timedelta([3.0, 1.0, 1.0, 2.0, 4.0], unit="s")
    car = pd.DataFrame(
        {
            "SessionTime": seconds,
            "Speed": [300, 280, 280, 290, 0],
            "RPM": 11000,
            "nGear": 8,
            "Throttle": [100, 104, 104, 99, 0],
            "Brake": [False, True, True, False, False],
            "DRS": [8, 10, 10, 14, 0],
            "Source": ["car", "car", "car", "car", None],
        }
    )
    place = pd.DataFrame(
        {"SessionTime": seconds[:3], "X": [100, 0, 0], "Y": [0, 0, 0], "Source": "pos"}
    )
    found = channels_of(car, place)
    assert found["car_s"].tolist() == [1.0, 2.0, 3.0]
    assert np.isnan(found["throttle_pct"]).tolist() == [True, False, False]
    assert found["brake"].tolist() == [False, False, False]
    assert found["drs"].tolist() == [True, True, False]
    assert (found["place_s"].tolist(), found["x_m"].tolist()) == ([3.0], [10.0])


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([4], "4"), ([3, 1, 2], "1–3"), ([1, 2, 3, 5, 7, 8], "1–3, 5, 7–8")],
)
def test_lap_numbers_are_written_as_one_writes_them(numbers, text):
    assert telemetry._ranges(numbers) == text


# -- from a source, once -------------------------------------------------------------------------


@pytest.fixture
def recorded(tmp_path):
    """The demo's race with made-up car data behind a source that counts how often it is read."""
    race = f1lab.load_demo().race
    first, silent = race.results["driver"].iloc[[0, 1]]
    number = dict(zip(race.results["driver"], race.results["number"], strict=True))
    reads = []

    def read():
        reads.append(1)
        return {
            str(number[driver]): straight_channels(seconds=race.laps["time_s"].max() - 200)
            for driver in race.results["driver"]
            if driver != silent
        }

    key = cache.Key("session", 2024, "Made-up Grand Prix", "R", "test-telemetry")
    loaded = SessionTelemetry(race, key, read, tmp_path, started_s=None, offline=True)
    return replace(race, telemetry_source=loaded), first, silent, reads


def test_a_session_is_read_once(recorded):
    race, first, _, reads = recorded
    assert not reads
    lap = race.telemetry(first, 3)
    kinds = {"float": "f", "int": "i", "bool": "b"}
    assert {c: lap[c].dtype.kind for c in lap} == {
        c: kinds[k] for c, k in TELEMETRY_COLUMNS.items()
    }
    other = race.laps["driver"].iloc[-1]
    race.telemetry(other, 1)
    race.telemetry(first, 4)
    assert len(reads) == 1


def test_a_lost_entry_is_read_again(recorded, tmp_path):
    race, first, _, reads = recorded
    before = race.telemetry(first, 3)
    assert cache.invalidate(f"*-telemetry-{first}", folder=tmp_path) == 1
    pd.testing.assert_frame_equal(race.telemetry(first, 3), before)
    assert len(reads) == 2


def test_what_is_not_there_is_said_with_what_is(recorded):
    race, first, silent, _ = recorded
    last = int(race.laps[race.laps["driver"] == first]["lap"].max())
    with pytest.raises(NoData, match=f"{first} has no lap 999 in .*; there are laps 1–{last}"):
        race.telemetry(first, 999)
    with pytest.raises(NoData, match=rf"no car data of {silent}; there are for .*{first}"):
        race.telemetry(silent, 1)
    with pytest.raises(UnknownName, match="no driver 'NOBODY'"):
        race.telemetry("NOBODY", 1)
    with pytest.raises(InvalidInput, match="whole number such as 12; not '3'"):
        race.telemetry(first, "3")
    with pytest.raises(NoData, match=r"not of all of it; there are of laps 1–\d+\."):
        race.telemetry(first, last)  # the made-up car data stop before the end


def test_a_driver_who_completed_no_lap_is_no_stranger(recorded):
    race, first, _, _ = recorded
    laps = race.laps[race.laps["driver"] != first]
    parked = replace(race.telemetry_source, session=replace(race, laps=laps))
    with pytest.raises(NoData, match=f"{first} completed no lap"):
        parked(first, 1)


def test_a_source_without_car_data_says_what_the_session_has(recorded):
    race, first, _, _ = recorded
    silent = replace(race.telemetry_source, read=dict)
    with pytest.raises(NoData, match=r"has no car data\. There are: laps, results, weather"):
        silent(first, 1)


def test_a_session_of_an_archive_has_no_telemetry():
    race = replace(f1lab.load_demo().race, telemetry_source=None)
    with pytest.raises(NoData, match="loaded without telemetry"):
        race.telemetry("WEX", 1)
    assert race.corners() is None


def test_the_demo_gives_every_lap_it_recorded():
    race = f1lab.load_demo().race
    laps = race.laps[race.laps["lap"] > 1]
    best = laps.loc[laps["lap_time_s"].idxmin()]
    frame = race.telemetry(best["driver"], int(best["lap"]))
    assert frame["time_s"].iloc[-1] == pytest.approx(best["lap_time_s"], abs=1e-6)


# -- real sessions -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive(fastf1_cache, shared_tmp):
    return FastF1Source(fastf1_cache, offline=True, cache=shared_tmp / "f1lab_cache_of_telemetry")


@pytest.fixture(scope="module")
def session_of(archive):
    """Loader of real sessions of 2025 with car data."""

    def load(event, kind):
        info = find_event(archive.schedule(2025), event)
        session, _ = archive.session(info, kind)
        return archive.with_telemetry(info, session)

    return load


@pytest.fixture(scope="module")
def australia(session_of):
    """Qualifying of Australia 2025."""
    return session_of("Australia", "Q")


@pytest.fixture(scope="module")
def china(session_of):
    """The race of China 2025."""
    return session_of("China", "R")


def flying(session):
    """Sound laps at speed: green, timed, not through the pits, and before the car data end."""
    laps = session.laps[session.laps["lap"] != session.total_laps]
    sound = laps["accurate"] & laps["green"] & laps["pit_in_s"].isna() & laps["pit_out_s"].isna()
    return laps[sound & (laps["lap_time_s"] < 1.07 * laps["lap_time_s"].min())]


def trace_of(session, row):
    frame = session.telemetry(row["driver"], int(row["lap"]))
    splits = (row["sector1_s"], row["sector1_s"] + row["sector2_s"])
    return LapTrace.from_table(frame, splits if np.isfinite(splits).all() else ())


@pytest.mark.real
def test_laps_are_as_long_as_the_circuit(australia, china):
    for session, official_m, share in ((australia, 5278.0, 1.0), (china, 5451.0, 0.98)):
        short = []
        for _, row in flying(session).iloc[::4].iterrows():
            frame = session.telemetry(row["driver"], int(row["lap"]))
            short.append(frame["distance_m"].iloc[-1] / official_m - 1)
            assert frame["time_s"].iloc[-1] == pytest.approx(row["lap_time_s"], abs=1e-6)
            assert frame["distance_m"].is_monotonic_increasing
        assert len(short) > 15
        assert abs(np.median(short)) < 0.0105
        assert np.mean(np.abs(short) < 0.015) >= share
        assert 1.002 < frame.attrs["distance_scale"] < 1.006


@pytest.mark.real
def test_top_speeds_are_those_of_the_speed_trap(australia, china):
    for session, trap_m in ((australia, 190.0), (china, 4490.0)):
        laps = flying(session).dropna(subset=["speed_trap_kmh"]).iloc[::4]
        off = []
        for _, row in laps.iterrows():
            frame = session.telemetry(row["driver"], int(row["lap"]))
            there = np.interp(trap_m, frame["distance_m"], frame["speed_kmh"])
            off.append(there - row["speed_trap_kmh"])
        assert len(off) > 15
        assert np.mean(np.abs(off) <= 6) > 0.99


@pytest.mark.real
def test_the_84_ms_of_the_front_row_are_found_corner_by_corner(australia, tidy_folder):
    laps = flying(australia)
    rows = [laps.loc[laps[laps["driver"] == d]["lap_time_s"].idxmin()] for d in ("NOR", "PIA")]
    assert [row["lap_time_s"] for row in rows] == [75.096, 75.180]
    both = align(*(trace_of(australia, row) for row in rows))
    frame = australia.telemetry("NOR", int(rows[0]["lap"]))
    table = pd.read_csv(tidy_folder.parent / "telemetry" / "corners.csv")
    table = table[table["event"] == "Australian Grand Prix"]
    places = nearest_m(
        frame["distance_m"], frame["x_m"], frame["y_m"], table["x"] / 10, table["y"] / 10
    )
    columns = (frame[name] for name in ("distance_m", "speed_kmh", "x_m", "y_m"))
    corners = find_corners(*columns, labels=table["number"].astype(str), near_m=places)
    parts = segments(corners, both.length_m)
    lost = dict(zip((part.label for part in parts), both.lost_s(edges_m(parts)), strict=True))
    assert sum(lost.values()) == pytest.approx(0.084, abs=0.010)
    assert [corner.label for corner in corners] == [str(n) for n in range(1, 15)]
    slow = [corner.label for corner in corners if corner.speed_class == "slow"]
    assert slow == ["3", "13"]
    assert max(lost, key=lost.get) == "T13"
    assert both.residual_kmh < 5
    sectors = both.lost_s(both.pins_m)
    assert sectors == pytest.approx(
        [rows[1][f"sector{n}_s"] - rows[0][f"sector{n}_s"] for n in (1, 2, 3)], abs=2e-3
    )


@pytest.mark.real
def test_the_noise_stated_is_the_error_seen_at_the_sector_lines(australia):
    rows = [row for _, row in flying(australia).dropna(subset=["sector1_s"]).iterrows()]
    traces = [trace_of(australia, row) for row in rows]
    times = np.array([[row[f"sector{n}_s"] for n in (1, 2, 3)] for row in rows])
    seen = []
    for one in range(0, len(rows), 2):
        for other in range(1, len(rows), 4):
            blind = [replace(traces[k], splits_s=()) for k in (one, other)]
            both = align(*blind)
            lines = np.interp(traces[one].splits_s, both.reference_time_s, both.distance_m)
            edges = [0.0, *lines, both.length_m]
            error = both.lost_s(edges) - (times[other] - times[one])
            seen.append(error / both.noise_s(edges))
    assert 0.7 < np.std(seen) < 1.4


@pytest.mark.real
@pytest.mark.slow
def test_sound_laps_of_a_race_align(china):
    traces = [trace_of(china, row) for _, row in flying(china).iloc[::20].iterrows()]
    refused = []
    for one, other in itertools.combinations(traces, 2):
        try:
            align(one, other)
        except LapsDoNotAlign:
            refused.append(True)
        else:
            refused.append(False)
    assert len(refused) > 1000
    assert np.mean(refused) < 0.05


@pytest.mark.real
@pytest.mark.slow
def test_a_cached_weekend_gets_its_car_data_when_asked(fastf1_cache, monkeypatch):
    def load():
        return source.load(2025, "China", offline=True, fastf1_cache=fastf1_cache)

    load()
    weekend = load()
    assert not cache.keys("*telemetry*")
    lap = weekend.race.telemetry("NOR", 20)
    assert lap["speed_kmh"].max() > 300
    ends = lap[["x_m", "y_m"]].iloc[[0, -1]].to_numpy()
    assert abs(ends[0] - ends[1]).max() < 30  # a lap ends where it began
    assert len(cache.keys("*fastf1-telemetry*")) == 21  # twenty drivers, and what there is
    again = pickle.loads(pickle.dumps(load()))  # noqa: S301  (our own weekend, to a worker)
    monkeypatch.setattr(fastf1_source, "using_fastf1", lambda *_: pytest.fail("read again"))
    pd.testing.assert_frame_equal(again.race.telemetry("NOR", 20), lap)
    with pytest.raises(NoData, match="HAM has no lap 99 in Race; there are laps 1–56"):
        weekend.race.telemetry("HAM", 99)
    with pytest.raises(UnknownName, match="no driver 'HAN' — did you mean 'HAM'"):
        weekend.race.telemetry("HAN", 1)


@pytest.mark.real
def test_a_race_without_car_data_says_what_there_is(weekends):
    race = weekends(2023, "Monaco").race
    with pytest.raises(NoData, match=r"Race of Monaco .* has no car data in .* There are: laps"):
        race.telemetry("HAM", 1)


# -- corners -------------------------------------------------------------------------------------


@pytest.mark.real
def test_corners_come_over_the_network_and_stay(archive, fastf1_cache, tmp_path, monkeypatch):
    import fastf1
    from requests_cache.policy.actions import CacheActions

    # stored answers are good for half a day; here they stand for a network, whatever their age
    monkeypatch.setattr(CacheActions, "is_usable", lambda _, found, **__: found is not None)
    asked = []

    def circuit_info(*, year, circuit_key):
        asked.append((year, circuit_key))
        corners = {"X": [-3650.6, 1.0], "Y": [1193.8, 2.0], "Number": [1, 2], "Letter": ["", "A"]}
        return fastf1.mvapi.CircuitInfo(pd.DataFrame(corners), None, None, 0.0)

    info = find_event(archive.schedule(2025), "Australia")
    offline = FastF1Source(fastf1_cache, offline=True, cache=tmp_path)
    assert offline.corners(info, "Q").empty
    monkeypatch.setattr(fastf1.mvapi, "get_circuit_info", circuit_info)
    found = FastF1Source(fastf1_cache, offline=False, cache=tmp_path).corners(info, "Q")
    assert list(found) == list(CORNER_COLUMNS)
    assert found.iloc[0].tolist() == [1, "", pytest.approx(-365.06), pytest.approx(119.38)]
    assert asked == [(2025, 10)]
    pd.testing.assert_frame_equal(offline.corners(info, "Q"), found)


@pytest.mark.real
def test_offline_corners_are_not_known(australia):
    assert australia.corners() is None


# -- recordings ----------------------------------------------------------------------------------


def zipped(payload):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return base64.b64encode(packer.compress(json.dumps(payload).encode()) + packer.flush()).decode()


def car_lines(begin, minutes, number):
    """Lines of a recording: a car at 252 km/h (70 m/s), four samples a second."""
    for second in range(60 * minutes):
        stamp = begin + pd.Timedelta(seconds=second)
        cars, places = [], []
        for quarter in range(4):
            at = (stamp + pd.Timedelta(seconds=quarter / 4)).isoformat() + "Z"
            way = 70.0 * (second + quarter / 4)
            channels = {"0": 11000, "2": 252, "3": 7, "4": 100, "5": 0, "45": 0}
            cars.append({"Utc": at, "Cars": {number: {"Channels": channels}}})
            where = {"Status": "OnTrack", "X": int(10 * way), "Y": 50, "Z": 1}
            places.append({"Timestamp": at, "Entries": {number: where}})
        told = (stamp + pd.Timedelta(seconds=1)).isoformat(timespec="milliseconds") + "Z"
        yield json.dumps(["CarData.z", zipped({"Entries": cars}), told])
        yield json.dumps(["Position.z", zipped({"Position": places}), told])


@pytest.fixture
def sprint(livetiming_folder):
    return livetiming_folder / "2024_qatar_gp_sprint.txt"


@pytest.mark.real
def test_a_recording_with_car_data_gives_them(sprint, tmp_path, monkeypatch):
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    lines = sprint.read_text().splitlines()
    begin = pd.Timestamp(json.loads(lines[0])[2][:-1])
    session, _ = load_recording(sprint)
    number = session.results.set_index("driver")["number"]["PIA"]
    path = tmp_path / "with_cars.txt"
    path.write_text("\n".join([*lines, *car_lines(begin, 70, number)]) + "\n")
    session, _ = load_recording(path)
    lap = session.telemetry("PIA", 5)
    seconds = session.laps.set_index(["driver", "lap"]).loc[("PIA", 5), "lap_time_s"]
    assert lap["time_s"].iloc[-1] == pytest.approx(seconds)
    assert lap["distance_m"].iloc[-1] == pytest.approx(70 * seconds, rel=1e-6)
    assert lap["x_m"].iloc[-1] - lap["x_m"].iloc[0] == pytest.approx(70 * seconds, rel=1e-3)
    with pytest.raises(NoData, match="no car data of NOR; there are for PIA"):
        session.telemetry("NOR", 5)
    weekend = source.load(2024, "Qatar", recording=path)
    pd.testing.assert_frame_equal(weekend.race.telemetry("PIA", 5), lap)


@pytest.mark.real
def test_a_recording_without_car_data_says_so(sprint, monkeypatch):
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    session, _ = load_recording(sprint)
    with pytest.raises(NoData, match=r"must hold CarData\.z and Position\.z\. There are: laps"):
        session.telemetry("PIA", 5)
