"""Charts of car data show the samples, and refuse what cannot be laid over each other."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from f1lab.compare.traces import overlay
from f1lab.errors import InvalidInput, NoData, UnknownName
from f1lab.figures import gear_usage, pedals, speed_trace, track_map

PAIR = ["UUR", "WEX"]


@pytest.fixture(scope="module")
def over(demo):
    return overlay(demo.qualifying, [(code, "fastest") for code in PAIR])


@pytest.fixture(scope="module")
def figure(demo):
    return speed_trace(demo, PAIR)


def test_the_speeds_are_those_of_the_laps(figure, over):
    lines = [t for t in figure.data if t.yaxis is None and t.mode == "lines"]
    assert [t.name.split(" · ")[0] for t in lines] == [lap.label for lap in over.laps]
    for line, speed in zip(lines, over.speed_kmh, strict=True):
        np.testing.assert_array_equal(line.y, speed)


def test_the_delta_ends_at_the_difference_of_the_lap_times(figure, over):
    delta = next(t for t in figure.data if t.yaxis == "y2" and t.mode == "lines")
    expected = over.laps[1].lap_time_s - over.laps[0].lap_time_s
    assert delta.y[-1] == pytest.approx(expected, abs=1e-3)
    assert delta.x[-1] == pytest.approx(over.length_m / 1000)


def test_the_band_closes_at_the_line_where_the_clock_is_known(figure):
    band = next(t for t in figure.data if t.fill == "toself")
    half = len(band.y) // 2
    width = np.array(band.y[:half]) - np.array(band.y[half:][::-1])
    assert width[-1] == pytest.approx(0, abs=1e-9)
    assert width.max() > 0.01


def test_every_corner_is_shaded_and_every_number_written_once(figure, over):
    shaded = [s for s in figure.layout.shapes if s.yref == "paper"]
    assert len(shaded) == len(over.corners)
    written = [a.text for a in figure.layout.annotations if a.font.size == 10]
    numbers = []
    assert {text[0] for text in written} == {"c"}
    for text in written:
        first, _, last = text.partition("–")
        numbers += range(int(first[1:]), int((last or first)[1:]) + 1)
    assert numbers == list(range(1, len(over.corners) + 1))


def test_axes_name_their_units(figure):
    layout = figure.layout
    titles = [layout.xaxis.title.text, layout.yaxis.title.text, layout.yaxis2.title.text]
    assert titles == ["distance [km]", "speed [km/h]", "lost [s]"]


def test_the_brake_is_drawn_where_it_is_on(demo, over):
    strips = [t for t in pedals(demo, PAIR).data if t.yaxis == "y2"]
    for strip, lap in zip(strips, over.laps, strict=True):
        on = np.isfinite(np.array(strip.y, dtype=float))
        np.testing.assert_array_equal(on, lap.frame["brake"])
    assert len({strip.y[np.flatnonzero(np.isfinite(strip.y))[0]] for strip in strips}) == 2


def test_the_gears_take_the_whole_lap(demo, over):
    for bars, lap in zip(gear_usage(demo, PAIR).data, over.laps, strict=True):
        assert sum(bars.y) == pytest.approx(100)
        assert sum(bars.customdata) == pytest.approx(lap.frame["time_s"].iloc[-1])


def test_the_map_is_where_the_car_was(demo, over):
    frame = over.laps[0].frame
    for colour, channel in (("speed", "speed_kmh"), ("gear", "gear")):
        points = track_map(demo, ["UUR"], colour).data[0]
        assert min(points.x) >= frame["x_m"].min() - 1
        assert max(points.y) <= frame["y_m"].max() + 1
        assert set(np.round(points.marker.color)) <= set(range(int(frame[channel].max()) + 1))


def test_the_map_of_the_delta_has_one_colour_a_part_and_grey_within_the_noise(demo):
    points = track_map(demo, PAIR, "delta").data[0]
    assert points.marker.cmin == -points.marker.cmax
    by_part = {}
    for text, value in zip(points.text, points.marker.color, strict=True):
        by_part.setdefault(text.split("<br>")[1], set()).add(value)
    assert all(len(values) == 1 for values in by_part.values())
    for words, values in by_part.items():
        lost, noise = (float(word) for word in words.split(": ")[1].replace("s ", "").split("±"))
        assert (values == {0.0}) == (abs(lost) <= noise + 5e-4) or abs(abs(lost) - noise) < 1e-3


@pytest.mark.parametrize("chart", [speed_trace, pedals, gear_usage])
@pytest.mark.parametrize(
    ("laps", "error", "words"),
    [
        ("UUR", InvalidInput, "laps are a list"),
        ([], InvalidInput, "are drawn together"),
        ([("UUR",)], InvalidInput, "a lap is a driver"),
        (["UUR", "UUR"], InvalidInput, "there twice"),
        (["UUR", "ZZZ"], UnknownName, "no driver 'ZZZ'"),
        (["UUR"] + [("WEX", n) for n in range(1, 7)], InvalidInput, "7 laps given"),
        ([("UUR", 1), "WEX"], NoData, "recorded"),
    ],
)
def test_what_is_no_choice_of_laps_is_one_sentence(demo, chart, laps, error, words):
    if chart is speed_trace and len(laps) == 1 and error is InvalidInput:
        words = "a lap is a driver|lap given"
    with pytest.raises(error, match=words):
        chart(demo, laps, session="Q")


def test_a_lap_that_was_not_recorded_is_left_out_and_named(demo):
    figure = speed_trace(demo, ["UUR", "WEX", ("BMR", 1)], session="Q")
    assert sum(t.showlegend is not False for t in figure.data) == 2
    assert any(
        "not comparable: BMR 1" in a.text.replace("<br>", " ") for a in figure.layout.annotations
    )


def test_one_lap_has_nothing_to_lose_time_to(demo):
    with pytest.raises(InvalidInput, match="2 to 6"):
        speed_trace(demo, ["UUR"])


@pytest.mark.parametrize(
    ("laps", "colour", "words"),
    [(PAIR, "speed", "takes 1 lap"), (["UUR"], "delta", "2 to 6"), (["UUR"], "rpm", "colour is")],
)
def test_a_map_takes_the_laps_it_needs(demo, laps, colour, words):
    with pytest.raises(InvalidInput, match=words):
        track_map(demo, laps, colour)


def test_a_session_without_telemetry_says_so(demo):
    bare = dataclasses.replace(demo.race, telemetry_source=None)
    with pytest.raises(NoData, match="without telemetry"):
        speed_trace(bare, PAIR)


def test_a_weekend_without_qualifying_says_so(demo):
    with pytest.raises(NoData, match="no qualifying"):
        pedals(dataclasses.replace(demo, qualifying=None), PAIR, session="Q")
