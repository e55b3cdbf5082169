"""Car data of OpenF1 beside FastF1's: the same samples, cut into the same laps.

The server serves the samples of the FastF1 cache as the feed has them, so the channels are the
same by nature; what is measured is where the laps are cut, how far they go and what is made of
them. Lap starts come as late as on a recorded race.
"""

import numpy as np
import pandas as pd
import pytest

import f1lab
from f1lab.calc.corners import edges_m, segments
from f1lab.compare.traces import overlay
from f1lab.data import cache, source
from f1lab.data.events import find_event
from f1lab.data.fastf1_source import FastF1Source
from f1lab.errors import NoData
from tests.data.openf1_server import RealSeason, lateness

pytestmark = pytest.mark.real

#: By what distances are multiplied is a constant here, and FastF1's measured in each session.
LENGTH_SHARE = 0.0005


@pytest.fixture(scope="module")
def season(fastf1_cache, livetiming_folder):
    """2025 as OpenF1 has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(fastf1_cache.parent / "openf1_season"))
        events = source.schedule(2025, source="fastf1", offline=True, fastf1_cache=fastf1_cache)
    return RealSeason(
        fastf1_cache, events, lateness(livetiming_folder / "2024_qatar_gp_sprint.txt")
    )


def begun_late_s(ours, theirs):
    """How much later our lap begins [s], by the samples that are in both laps."""
    same = ["speed_kmh", "rpm", "gear", "brake", "drs"]
    other = theirs.iloc[10:110]
    for skipped in range(-8, 9):
        mine = ours.iloc[10 + skipped : 110 + skipped]
        if (mine[same].to_numpy() == other[same].to_numpy()).all():
            late = other["time_s"].to_numpy() - mine["time_s"].to_numpy()
            assert np.ptp(late) < 1e-3
            return late.mean()
    raise AssertionError("the laps have no samples in common")


def compared(ours, theirs):
    """Two cuts of one lap: length, beginning, and what differs at the same distances.

    The same samples at places this far off differ in speed by the steepest slope times that:
    ``may_kmh``.
    """
    pd.testing.assert_series_equal(ours.dtypes, theirs.dtypes)
    both = (ours, theirs)
    at = np.arange(0.0, min(one["distance_m"].iloc[-1] for one in both), 5.0)
    row = [np.searchsorted(one["distance_m"], at, "right") - 1 for one in both]

    def off(name):
        return np.subtract(*(np.interp(at, one["distance_m"], one[name]) for one in both))

    def agree(name):
        return np.mean(
            np.equal(*(one[name].to_numpy()[i] for one, i in zip(both, row, strict=True)))
        )

    late_s = begun_late_s(ours, theirs)
    longer_m = ours["distance_m"].iloc[-1] - theirs["distance_m"].iloc[-1]
    steps = theirs[["speed_kmh", "distance_m"]].diff().abs()
    steepest = (steps["speed_kmh"] / steps["distance_m"]).where(steps["distance_m"] > 1.0).max()
    shifted_m = abs(late_s) * theirs["speed_kmh"].iloc[0] / 3.6 + abs(longer_m)
    return {
        "longer_m": longer_m,
        "late_s": late_s,
        "may_kmh": steepest * shifted_m,
        "rms_kmh": np.sqrt(np.mean(off("speed_kmh") ** 2)),
        "most_kmh": np.abs(off("speed_kmh")).max(),
        "away_m": np.hypot(off("x_m"), off("y_m")).max(),
        **{name: agree(name) for name in ("gear", "brake", "drs")},
    }


def table_of(ours, theirs, laps):
    """What :func:`compared` says of several laps."""
    return pd.DataFrame(
        [compared(ours.telemetry(*lap), theirs.telemetry(*lap)) for lap in laps],
        index=[f"{driver} {lap}" for driver, lap in laps],
    )


def test_laps_of_a_race_are_cut_where_fastf1_cuts_them(server, weekends):
    theirs = weekends(2025, "China").race
    ours = f1lab.load_session(2025, "China", "R", "openf1")
    asked = len(server.asked)
    into, out, retired, lapped = ("NOR", 15), ("NOR", 16), ("ALO", 3), ("BOR", 40)
    found = table_of(ours, theirs, [("NOR", 29), into, out, retired, lapped, ("NOR", 53)])
    assert server.endpoints()[asked:] == ["car_data", "location"] * 3  # a car is asked for once
    assert (
        found["late_s"].abs() < 0.02
    ).all()  # one clock for all: how late the quickest message is
    assert np.ptp(found["late_s"]) < 0.002
    assert (found["longer_m"].abs() < LENGTH_SHARE * 5451).all()
    assert (found["rms_kmh"] < 0.6).all()
    assert (found["most_kmh"] < np.minimum(found["may_kmh"], 5.0)).all()
    assert (found["away_m"] < 3.0).all()
    assert (found[["gear", "brake", "drs"]].min() > 0.99).all()
    first = [one.telemetry("NOR", 1) for one in (ours, theirs)]
    assert first[1]["time_s"].diff().max() > 1.3  # the longest hole of the race
    assert compared(*first)["most_kmh"] < 5.0
    assert begun_late_s(*first) == pytest.approx(-0.01, abs=1e-6)  # the lights go out on time


@pytest.mark.usefixtures("server")
def test_laps_of_a_qualifying_and_what_is_made_of_them(fastf1_cache, shared_tmp):
    archive = FastF1Source(
        fastf1_cache, offline=True, cache=shared_tmp / "f1lab_cache_of_telemetry"
    )
    info = find_event(archive.schedule(2025), "Australia")
    theirs = archive.with_telemetry(info, archive.session(info, "Q")[0])
    ours = f1lab.load_session(2025, "Australia", "Q", "openf1")
    laps = [("NOR", 19), ("PIA", 17), ("VER", 16), ("RUS", 20)]
    found = table_of(ours, theirs, laps)
    assert (found["late_s"].abs() < 0.05).all()  # by the quicker of two messages, as there
    assert (found["longer_m"].abs() < 2.0).all()
    assert (found["most_kmh"] < 1.01 * found["may_kmh"]).all()
    assert (found["away_m"] < 16.0).all()
    ours_together, theirs_together = (overlay(session, laps) for session in (ours, theirs))
    assert ours_together.laps[0].label == theirs_together.laps[0].label
    assert len(ours_together.corners) == len(theirs_together.corners) == 14
    for mine, told in zip(ours_together.aligned, theirs_together.aligned, strict=True):
        lost = [
            pair.lost_s(edges_m(segments(both.corners, both.length_m)))
            for pair, both in ((mine, ours_together), (told, theirs_together))
        ]
        assert len(lost[0]) == len(lost[1])
        assert lost[0] == pytest.approx(lost[1], abs=0.005)
        assert lost[0].sum() == pytest.approx(lost[1].sum(), abs=1e-6)  # the lap times


def test_a_car_is_asked_for_once_in_pieces_if_need_be_and_holes_are_no_samples(server):
    session = f1lab.load_session(2025, "China", "R", "openf1")
    server.faults["car_data"] = [(422,)]
    asked = len(server.asked)
    lap = session.telemetry("VER", 20)
    assert server.endpoints()[asked:] == [*["car_data"] * 11, "location"]
    assert not cache.keys("*openf1-car_data-*")
    pd.testing.assert_frame_equal(session.telemetry("VER", 20), lap)
    session.telemetry("VER", 21)
    assert len(server.asked) == asked + 12
    cache.invalidate("*openf1-telemetry-*")
    pd.testing.assert_frame_equal(session.telemetry("VER", 20), lap)
    assert server.endpoints()[asked + 12 :] == ["car_data", "location"]

    ended_s = session.laps.set_index(["driver", "lap"]).loc[("VER", 20), "time_s"]
    line = pd.Timestamp("2025-03-23T06:00Z") + pd.Timedelta(seconds=ended_s)

    def without(after_s, until_s):
        first, last = ((line + pd.Timedelta(seconds=s)).isoformat() for s in (after_s, until_s))
        return lambda rows: [row for row in rows if not first < row["date"] < last]

    cache.invalidate("*openf1-*VER")
    server.changes |= {"car_data": without(-5.0, 5.0), "location": without(-40.0, -30.0)}
    with pytest.raises(NoData, match=r"no car data of VER lap 20 .* of laps 1–19, 22–56"):
        session.telemetry("VER", 20)
    server.changes["car_data"] = lambda rows: rows
    cache.invalidate("*openf1-*VER")
    holed = session.telemetry("VER", 20)
    pd.testing.assert_frame_equal(
        holed.drop(columns=["x_m", "y_m"]), lap.drop(columns=["x_m", "y_m"])
    )
    left_s = holed["time_s"].iloc[-1] - holed["time_s"]
    assert holed["x_m"].isna().sum() > 30
    assert left_s[holed["x_m"].isna()].between(29.0, 41.0).all()
    server.changes["car_data"] = lambda _: []
    with pytest.raises(NoData, match="no car data of HAM"):
        session.telemetry("HAM", 5)
