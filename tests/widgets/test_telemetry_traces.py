"""TelemetryTraces in Python: what it accepts, computes, sends, keeps and shows without a kernel."""

import base64
import copy
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from f1lab.calc.align import LapTrace, align
from f1lab.data.schema import LAP_COLUMNS, RESULT_COLUMNS, Session
from f1lab.errors import InvalidInput, NoData, UnknownName
from f1lab.widgets import TelemetryTraces
from f1lab.widgets._base import STATIC
from f1lab.widgets._traces_data import packed
from f1lab.widgets._traces_svg import decimate

LENGTH_M = 4000.0
LAPS = 5
PACE = {"AAA": 1.0, "BBB": 1.004, "CCC": 0.997}
TYPES = {"f4": np.float32, "u1": np.uint8}


def lap_time_s(driver, lap):
    return 80.0 * PACE[driver] * (1 + 0.001 * lap)


def car_data(driver, lap):
    """One lap of a made-up circuit with six corners, sampled unevenly."""
    if driver == "CCC" and lap == 4:
        raise NoData("no car data of CCC lap 4 in Race; there are of laps 1–3, 5.")
    rng = np.random.default_rng([ord(c) for c in driver] + [lap])
    fine = np.linspace(0, LENGTH_M, 8001)
    speed = 210 + 90 * np.cos(2 * np.pi * 6 * fine / LENGTH_M)
    if driver == "BBB" and lap == 3:
        speed = np.where((fine > 1900) & (fine < 2300), 25.0, speed)  # a spin
    time = np.concatenate([[0], np.cumsum(np.diff(fine) * 3.6 / ((speed[1:] + speed[:-1]) / 2))])
    end = lap_time_s(driver, lap)
    time, speed = time * end / time[-1], speed * time[-1] / end
    at = np.sort(np.concatenate([[0, end], rng.uniform(0, end, 330)]))
    distance, kmh = np.interp(at, time, fine), np.interp(at, time, speed)
    angle = 2 * np.pi * distance / LENGTH_M
    return pd.DataFrame(
        {
            "time_s": at,
            "distance_m": distance,
            "speed_kmh": kmh,
            "rpm": 9000 + 10 * kmh,
            "gear": np.clip(kmh // 40, 1, 8).astype(int),
            "throttle_pct": np.where(np.arange(len(at)) == 7, np.nan, 60.0),
            "brake": kmh < 150,
            "drs": kmh > 290,
            "x_m": 600 * np.cos(angle) + 60 * np.cos(6 * angle),
            "y_m": 600 * np.sin(angle),
        }
    )


def make_session(**changes):
    rows = []
    for driver in PACE:
        clock = 100.0
        for lap in range(1, LAPS + 1):
            seconds = lap_time_s(driver, lap)
            clock += seconds
            row = dict.fromkeys(LAP_COLUMNS, np.nan) | {
                "driver": driver, "team": "T", "lap": lap, "time_s": clock,
                "lap_time_s": seconds, "stint": 1, "compound": "HARD", "tyre_age_laps": float(lap),
                "accurate": True, "deleted": driver == "AAA" and lap == 1,
            }  # fmt: skip
            rows.append(row)
    results = pd.DataFrame(
        [
            dict.fromkeys(RESULT_COLUMNS, np.nan)
            | {"driver": d, "name": f"Name of {d}", "team": "T"}
            for d in PACE
        ]
    )
    empty = pd.DataFrame()
    fields = {
        "kind": "R", "name": "Race", "date": "2025-03-23", "start_s": 100.0, "total_laps": LAPS,
        "laps": pd.DataFrame(rows), "results": results, "weather": empty, "messages": empty,
        "track_status": empty, "telemetry_source": car_data,
    }  # fmt: skip
    return Session(**(fields | changes))


@pytest.fixture(scope="module")
def session():
    return make_session()


def samples(widget, lap, name):
    """Samples as a browser reads them."""
    places = widget.data["map"] if lap == "map" else widget.data["laps"][lap]["channels"]
    offset, count, kind = places[name]
    return np.frombuffer(widget.samples, TYPES[kind], count, offset)


# ---------------------------------------------------------------------------------------------
# what is sent


def test_a_lap_keeps_its_own_samples(session):
    widget = TelemetryTraces(session, laps=[("AAA", 3), ("CCC", 2)])
    frame = car_data("AAA", 3)
    np.testing.assert_allclose(samples(widget, 0, "at"), frame["distance_m"], atol=1e-3)
    np.testing.assert_allclose(samples(widget, 0, "speed"), frame["speed_kmh"], rtol=1e-6)
    np.testing.assert_array_equal(samples(widget, 0, "gear"), frame["gear"])
    np.testing.assert_array_equal(samples(widget, 0, "brake"), frame["brake"])
    assert np.isnan(samples(widget, 0, "throttle")[7])
    np.testing.assert_allclose(samples(widget, "map", "x"), frame["x_m"], atol=1e-3)


def test_the_difference_is_that_of_the_alignment(session):
    widget = TelemetryTraces(session, laps=[("AAA", 3), ("CCC", 2)])
    pair = align(*(LapTrace.from_table(car_data(*lap)) for lap in (("AAA", 3), ("CCC", 2))))
    np.testing.assert_allclose(samples(widget, 1, "delta"), pair.delta_s, atol=1e-5)
    np.testing.assert_allclose(samples(widget, 1, "delta_at"), pair.distance_m, atol=1e-3)
    assert samples(widget, 1, "delta")[-1] == pytest.approx(
        lap_time_s("CCC", 2) - lap_time_s("AAA", 3), abs=1e-4
    )
    assert "delta" not in widget.data["laps"][0]["channels"]


def test_corner_and_straight_losses_sum_to_the_gap(session):
    widget = TelemetryTraces(session, laps=[("AAA", 3), ("CCC", 2), ("AAA", 5)])
    assert len(widget.data["corners"]) >= 4
    for k, (driver, lap) in enumerate(widget.laps[1:], start=1):
        lost = sum(part["cells"][k]["lost_s"] for part in widget.data["parts"])
        gap = lap_time_s(driver, lap) - lap_time_s("AAA", 3)
        assert lost == pytest.approx(gap, abs=1e-3 * len(widget.data["parts"]))


def test_a_lap_that_does_not_align_says_so_and_is_not_drawn(session):
    widget = TelemetryTraces(session, laps=[("AAA", 3), ("BBB", 3), ("CCC", 4), ("CCC", 2)])
    _, spin, missing, sound = widget.data["laps"]
    assert spin["problem"].startswith("Not compared: ")
    assert re.search(r"\d+\.\d (km/h|s)", spin["problem"])
    assert spin["channels"] == missing["channels"] == {}
    assert "laps 1–3, 5" in missing["problem"]
    assert sound["problem"] == ""
    assert len(widget.data["parts"][0]["cells"]) == 2


def test_fastest_is_the_quickest_sound_lap(session):
    widget = TelemetryTraces(session, laps=[("AAA", "fastest"), ("CCC", "fastest")])
    assert widget.laps == (("AAA", 2), ("CCC", 1))  # lap 1 of AAA was deleted


def test_what_is_sent_is_json_and_the_buffer_is_as_long_as_said(session):
    data = TelemetryTraces(session, laps=[("AAA", 3), ("BBB", 3), ("CCC", 2)])
    assert json.loads(json.dumps(data.data, allow_nan=False)) == data.data
    assert len(data.samples) == data.data["bytes"]
    drawn = [lap["channels"] for lap in data.data["laps"]]
    assert all(offset % 4 == 0 for lap in drawn for offset, *_ in lap.values())


def test_arrays_that_are_shared_are_sent_once():
    at = np.arange(5.0)
    places, buffer = packed([{"at": at, "flag": np.ones(3, np.uint8)}, {"delta_at": at}])
    assert places[0]["at"] == places[1]["delta_at"] == [0, 5, "f4"]
    assert places[0]["flag"] == [20, 3, "u1"]
    assert len(buffer) == 24


# ---------------------------------------------------------------------------------------------
# whole sessions


def test_a_whole_session_is_his_laps_one_after_the_other(session):
    widget = TelemetryTraces(session, laps=[("AAA", "race"), ("CCC", "race")])
    assert widget.data["mode"] == "race"
    assert widget.data["length_m"] == pytest.approx(LAPS * LENGTH_M, rel=1e-4)
    at, speed = samples(widget, 0, "at"), samples(widget, 0, "speed")
    assert (np.diff(at) >= 0).all()
    lap_m = widget.data["lap_m"]
    lap = (at > 2.001 * lap_m) & (at < 2.999 * lap_m)
    frame = car_data("AAA", 3)
    inside = frame["distance_m"].between(0.001 * LENGTH_M, 0.999 * LENGTH_M)
    np.testing.assert_allclose(speed[lap], frame.loc[inside, "speed_kmh"], rtol=1e-6)
    np.testing.assert_allclose(
        at[lap] / lap_m - 2, frame.loc[inside, "distance_m"] / LENGTH_M, atol=1e-4
    )


def test_at_the_line_the_difference_is_that_of_the_clock(session):
    widget = TelemetryTraces(session, laps=[("AAA", "race"), ("CCC", "race")])
    at, delta = samples(widget, 1, "delta_at"), samples(widget, 1, "delta")
    for lap in (1, 2, 3, 5):
        total = {d: sum(lap_time_s(d, n) for n in range(1, lap + 1)) for d in ("AAA", "CCC")}
        line = np.abs(at - lap * widget.data["lap_m"]).argmin()
        assert delta[line] == pytest.approx(total["CCC"] - total["AAA"], abs=2e-3)


def test_a_lap_without_car_data_is_a_hole(session):
    widget = TelemetryTraces(session, laps=[("CCC", "race")])
    at, speed = samples(widget, 0, "at"), samples(widget, 0, "speed")
    inside = (at > 3.01 * widget.data["lap_m"]) & (at < 3.99 * widget.data["lap_m"])
    assert not inside.any()
    assert np.isnan(speed).sum() == 1


def test_a_driver_without_any_car_data_says_so():
    def source(driver, lap):
        if driver == "BBB":
            raise NoData(f"no car data of BBB lap {lap}.")
        return car_data(driver, lap)

    session = make_session(telemetry_source=source)
    widget = TelemetryTraces(session, laps=[("AAA", "race"), ("BBB", "race")])
    assert widget.data["laps"][1]["problem"] == "Not shown: no car data of BBB lap 5."
    with pytest.raises(NoData, match="BBB"):
        TelemetryTraces(session, laps=[("BBB", "race"), ("AAA", "race")])


# ---------------------------------------------------------------------------------------------
# what is refused


@pytest.mark.parametrize(
    ("laps", "error", "words"),
    [
        ([], InvalidInput, "pairs such as"),
        ("AAA", InvalidInput, "pairs such as"),
        ({"AAA": 1}, InvalidInput, "pairs such as"),
        ([("AAA",)], InvalidInput, "a lap is a pair"),
        (["AA"], InvalidInput, "a lap is a pair"),
        ([("AAA", 1.0)], InvalidInput, "is a number, 'fastest' or 'race'"),
        ([("AAA", True)], InvalidInput, "is a number, 'fastest' or 'race'"),
        ([("AAA", "quickest")], InvalidInput, "is a number, 'fastest' or 'race'"),
        ([("AAA", None)], InvalidInput, "is a number, 'fastest' or 'race'"),
        ([("AAB", 1)], UnknownName, "did you mean 'AAA'"),
        ([(["AAA"], 1)], UnknownName, "no driver"),
        ([("AAA", 99)], NoData, "no lap 99 in Race; there are laps 1 to 5"),
        ([("AAA", 2), ("AAA", "fastest")], InvalidInput, "AAA lap 2 is there twice"),
        ([("AAA", 2), ("CCC", "race")], InvalidInput, "cannot be shown together"),
        ([(d, n) for d in PACE for n in (1, 2, 3)], InvalidInput, "9 lines are too many"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(session, laps, error, words):
    with pytest.raises(error, match=words):
        TelemetryTraces(session, laps=laps)


def test_no_session_no_telemetry(session):
    with pytest.raises(InvalidInput, match="A dict has no telemetry"):
        TelemetryTraces({}, laps=[("AAA", 1)])
    with pytest.raises(UnknownName, match="no session 'qualy'"):
        TelemetryTraces(session, laps=[("AAA", 1)], session="qualy")
    with pytest.raises(NoData, match="without telemetry"):
        TelemetryTraces(make_session(telemetry_source=None), laps=[("AAA", 1)])


@pytest.mark.parametrize("keyword", ["lap", "sesion", "data", "samples", "_esm", "comm"])
def test_any_other_keyword_is_refused_and_the_right_ones_named(session, keyword):
    with pytest.raises(TypeError, match="allowed: laps, layout, session"):
        TelemetryTraces(session, laps=[("AAA", 1)], **{keyword: 1})


# ---------------------------------------------------------------------------------------------
# what a browser may do


@pytest.fixture
def widget(session):
    return TelemetryTraces(session, laps=[("AAA", 3), ("CCC", 2)])


def test_a_browser_chooses_other_laps(widget):
    before = widget.data["revision"]
    widget._handle_custom_msg({"kind": "choose", "laps": [["CCC", 1], ["AAA", "fastest"]]}, [])
    assert widget.laps == (("CCC", 1), ("AAA", 2))
    assert [lap["label"] for lap in widget.data["laps"]] == ["CCC lap 1", "AAA lap 2"]
    assert widget.data["revision"] == before + 1
    assert len(widget.samples) == widget.data["bytes"]


@pytest.mark.parametrize(
    "laps",
    [None, 7, [], [["AAA", 3], ["AAA", 3]], [["ZZZ", 1]], [["AAA", 10**30]], [["AAA", "<b>"]],
     [[{}, []]], [["AAA", float("nan")]], [["CCC", 4]], "AAA", {"0": ["AAA", 1]}, [["AAA", -1]]],
)  # fmt: skip
def test_a_bad_choice_is_answered_in_a_sentence_and_changes_nothing(widget, laps):
    shown, buffer = copy.deepcopy(widget.data), widget.samples
    widget._handle_custom_msg({"kind": "choose", "laps": laps}, [])
    assert widget.data["problem"]
    assert widget.data["revision"] == shown["revision"] + 1
    assert {**widget.data, "problem": "", "revision": 0} == {**shown, "revision": 0}
    assert widget.samples == buffer


@pytest.mark.parametrize("content", [None, "choose", [], {"kind": "other"}, {}])
def test_other_messages_are_nobodys_business(widget, content):
    revision = widget.data["revision"]
    widget._handle_custom_msg(content, [])
    assert widget.data["revision"] == revision


def test_a_browser_cannot_change_what_was_computed(widget):
    shown, buffer = copy.deepcopy(widget.data), widget.samples
    widget.set_state({"data": {"laps": [], "title": "<script>"}, "samples": b"1234"})
    assert widget.data == shown
    assert widget.samples == buffer


# ---------------------------------------------------------------------------------------------
# without a kernel


def test_repr_says_what_is_shown(widget, session):
    assert repr(widget) == "TelemetryTraces('Race of 2025-03-23', laps=[('AAA', 3), ('CCC', 2)])"
    assert repr(TelemetryTraces(session, laps=[("AAA", "race")])).endswith("[('AAA', 'race')])")


def test_the_picture_has_a_line_for_each_lap_and_says_who_is_missing(session):
    widget = TelemetryTraces(session, laps=[("AAA", 3), ("BBB", 3), ("CCC", 2)])
    bundle = widget._repr_mimebundle_()[0]
    svg = ET.fromstring(bundle["image/svg+xml"])  # noqa: S314 - our own drawing
    space = "{http://www.w3.org/2000/svg}"
    strokes = [path.get("class") for path in svg.iter(f"{space}path")]
    assert strokes.count("s-line0") == 2  # key, speed
    assert strokes.count("s-line1") == 1  # key only: it does not align
    assert strokes.count("s-line2") == 3  # key, speed, difference
    words = " ".join(text.text for text in svg.iter(f"{space}text"))
    assert "Not compared" in words
    assert "Behind AAA lap 3 [s]" in words
    assert len(bundle["text/html"]) < 60_000
    assert "http" not in re.sub(r"http://www\.w3\.org/2000/svg", "", bundle["image/svg+xml"])


def test_the_page_has_both_pictures_and_the_table(widget):
    html = widget._repr_mimebundle_()[0]["text/html"]
    pictures = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", html)
    widths = [ET.fromstring(base64.b64decode(p)).get("width") for p in pictures]  # noqa: S314
    assert sorted(widths) == ["400", "860"]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>', html)
    assert rows == [part["label"] for part in widget.data["parts"]]
    assert "<script" not in html


def test_decimation_keeps_every_extreme():
    rng = np.random.default_rng(0)
    at, values = np.sort(rng.uniform(0, 1000, 30_000)), rng.normal(size=30_000)
    values[1234] = np.nan
    kept = decimate(at, values, 1000.0, 250)
    assert len(kept) <= 3 * 251
    assert 1234 in kept
    column = np.floor(at / 1000 * 250)
    whole, thin = (
        pd.DataFrame({"column": column[i], "value": values[i]}).groupby("column")["value"]
        for i in (slice(None), kept)
    )
    pd.testing.assert_frame_equal(whole.agg(["min", "max"]), thin.agg(["min", "max"]))


def test_the_bundle_is_small_and_fetches_nothing():
    for name in ("telemetry-traces.js", "telemetry-traces.css"):
        text = (STATIC / name).read_text(encoding="utf-8")
        assert 1000 < len(text.encode()) <= 100_000
        assert not set(re.findall(r"https?://[^\s\"'`)]+", text)) - {"http://www.w3.org/2000/svg"}
        assert not re.search(r"\bimport\s*\(|@import|\bfetch\(|innerHTML|\beval\(", text)


# ---------------------------------------------------------------------------------------------
# real races


@pytest.mark.real
def test_a_real_race(weekends):
    weekend = weekends(2025, "China")
    widget = TelemetryTraces(weekend, laps=[("NOR", 20), ("PIA", 20), ("NOR", 15)])
    assert widget.data["title"] == "Chinese Grand Prix 2025 · Race"
    assert samples(widget, 1, "delta")[-1] == pytest.approx(97.408 - 98.122, abs=1e-3)
    assert "Not compared" in widget.data["laps"][2]["problem"]  # into the pits
    widget.choose([(code, "race") for code in ("NOR", "PIA", "RUS", "VER")])
    assert len(widget.samples) < 2_500_000  # a message a notebook server lets through
    at = samples(widget, 1, "delta_at")
    laps = weekend.race.laps
    line = laps[laps["lap"] == 56].set_index("driver")["time_s"]
    last = samples(widget, 1, "delta")[np.abs(at - 56 * widget.data["lap_m"]).argmin()]
    assert last == pytest.approx(line["PIA"] - line["NOR"], abs=5e-3)
