"""The charts show what the timing says, and refuse what it doesn't have."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import f1lab
from f1lab.errors import InvalidInput, NoData, UnknownName
from f1lab.figures import COMPOUND_STYLES, gap, lap_times, positions, stints
from f1lab.figures._colour import luminance, rgb
from f1lab.figures.style import LUMINANCE_LIMITS, readable, shaded


@pytest.fixture(scope="module")
def weekend(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        return f1lab.load_demo()


@pytest.fixture(scope="module")
def order(weekend):
    """Codes in finishing order."""
    return list(weekend.race.results.sort_values("finish")["driver"])


def own_laps(weekend, driver):
    laps = weekend.race.laps
    return laps[laps["driver"] == driver].sort_values("lap")


def with_race(weekend, **changes):
    return dataclasses.replace(weekend, race=dataclasses.replace(weekend.race, **changes))


def test_lap_times_are_the_laps_as_timed(weekend, order):
    figure = lap_times(weekend, order[:2])
    lines = {t.name: t for t in figure.data if t.mode == "lines+markers"}
    assert list(lines) == order[:2]
    for driver, line in lines.items():
        laps = own_laps(weekend, driver)
        np.testing.assert_array_equal(line.x, laps["lap"])
        np.testing.assert_array_equal(line.y, laps["lap_time_s"])


def test_every_stop_is_a_line_across_the_lap_times(weekend, order):
    laps = own_laps(weekend, order[0])
    stops = set(laps.loc[laps["pit_in_s"].notna(), "lap"] + 0.5)
    shapes = lap_times(weekend, order[:1]).layout.shapes
    assert stops
    assert {s.x0 for s in shapes if s.line.dash == "dot"} == stops


def test_the_lines_of_stops_are_named_in_the_legend(weekend, order):
    named = [t for t in lap_times(weekend, order[:1]).data if t.line.dash == "dot" and t.name]
    assert [t.name for t in named] == ["stop"]


def test_tyres_differ_by_shape_and_letter_not_by_colour_alone():
    styles = COMPOUND_STYLES.values()
    assert (
        len({s.symbol for s in styles}) == len({s.letter for s in styles}) == len(COMPOUND_STYLES)
    )


def test_team_mates_differ_by_dash_and_shade(weekend):
    results = weekend.race.results
    pair = list(results.groupby("team")["driver"].apply(list).iloc[0])
    lines = [t.line for t in lap_times(weekend, pair).data if t.mode == "lines+markers"]
    assert lines[1].color == shaded(lines[0].color)
    assert lines[0].dash != lines[1].dash


def test_neutralised_laps_are_shaded_each_once(weekend, order):
    laps = own_laps(weekend, order[0])
    neutral = set(laps.loc[laps["sc"] | laps["vsc"] | laps["red"], "lap"])
    shaded = [s for s in gap(weekend, *order[:2]).layout.shapes if s.type == "rect"]
    covered = [lap for s in shaded for lap in range(int(s.x0 + 0.5), int(s.x1 + 0.5))]
    own = own_laps(weekend, order[0])
    assert neutral, "the demo weekend has a safety car"
    assert len(covered) == len(set(covered))
    assert set(covered) == set(own.loc[own["lap"].isin(neutral), "lap"])


def test_the_gap_at_the_flag_is_the_difference_of_the_session_clocks(weekend, order):
    line = gap(weekend, order[1], order[0]).data[0]
    ends = [own_laps(weekend, d).set_index("lap")["time_s"] for d in order[:2]]
    last = min(e.index.max() for e in ends)
    assert line.x[-1] == last
    assert line.y[-1] == pytest.approx(ends[1][last] - ends[0][last], abs=1e-9)


def test_behind_is_down(weekend, order):
    low, high = gap(weekend, order[1], order[0]).layout.yaxis.range
    assert low > high


def test_stints_cover_every_lap_of_every_driver_once(weekend):
    figure = stints(weekend)
    covered = {}
    for bars in figure.data:
        for driver, base, length in zip(bars.y, bars.base, bars.x, strict=True):
            covered.setdefault(driver, []).extend(range(int(base + 0.5), int(base + 0.5 + length)))
    for driver, laps in weekend.race.laps.groupby("driver"):
        assert sorted(covered[driver]) == sorted(laps["lap"]), driver


def test_stints_are_in_finishing_order_from_the_top(weekend, order):
    assert stints(weekend).layout.yaxis.categoryarray[-1] == order[0]


def test_positions_start_on_the_grid_and_end_at_the_last_lap(weekend, order):
    lines = {t.name: t for t in positions(weekend, order[:1]).data}
    results = weekend.race.results.set_index("driver")
    assert set(lines) == set(results.index)
    for driver, line in lines.items():
        assert line.x[0] == 0
        assert line.y[0] == results.loc[driver, "grid"]
        assert line.y[-1] == own_laps(weekend, driver)["position"].iloc[-1]


def test_only_the_highlighted_have_colour(weekend, order):
    figure = positions(weekend, order[:2])
    assert {t.name for t in figure.data if t.line.width == 3} == set(order[:2])


@pytest.mark.parametrize("chart", [lap_times, stints, positions])
def test_an_unknown_driver_is_named_with_those_there_are(weekend, order, chart):
    with pytest.raises(UnknownName, match=order[0]):
        chart(weekend, ["ZZZ"])


def test_no_driver_at_all_is_refused(weekend):
    with pytest.raises(InvalidInput, match="at least one driver"):
        lap_times(weekend, [])


def test_a_driver_has_no_gap_to_himself(weekend, order):
    with pytest.raises(InvalidInput, match="himself"):
        gap(weekend, order[0], order[0])


def test_a_driver_without_a_lap_is_refused_with_the_reason(weekend, order):
    laps = weekend.race.laps
    without = with_race(weekend, laps=laps[laps["driver"] != order[0]])
    with pytest.raises(NoData, match="completed no lap"):
        lap_times(without, [order[0]])
    with pytest.raises(NoData, match="no lap in common"):
        gap(without, order[0], order[1])


@pytest.mark.parametrize(
    "colour", ["#000000", "#FFFFFF", "#FFF500", "#00FF00", "#3671C6", "#0600EF"]
)
def test_every_team_colour_stands_out_on_light_and_on_dark_paper(colour):
    low, high = LUMINANCE_LIMITS
    assert low - 0.01 <= luminance(rgb(readable(colour))) <= high + 0.01


@pytest.mark.parametrize("colour", ["", "#", "#12345", "red", "nan"])
def test_a_team_without_a_colour_is_grey(colour):
    assert readable(colour) == "#73777d"
