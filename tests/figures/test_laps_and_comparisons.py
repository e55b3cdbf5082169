"""Charts of clean laps, of comparisons and of a season show their numbers and nothing else."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from f1lab.autopsy.season import SEASON_CATEGORIES, season_blame
from f1lab.calc.tyre import degradation_curve
from f1lab.compare.laps import race_view
from f1lab.errors import InvalidInput, NoData, NotEnoughLaps, UnknownName
from f1lab.figures import (
    blame_heatmap,
    corner_deltas,
    lap_distribution,
    lap_times,
    radar,
    reasons,
    sectors,
    tyre_degradation,
)


@pytest.fixture(scope="module")
def season(demo):
    return season_blame([demo], drivers=["WEX", "BMR", "UUR", "QFE"])


def test_the_distribution_shows_clean_laps_only_and_says_how_many(demo):
    figure = lap_distribution(demo, ["WEX", "UUR"])
    view = race_view(demo)
    clean = view.frame.iloc[view.dry]
    marks = {t.name: t for t in figure.data if t.mode == "markers"}
    for code in ("WEX", "UUR"):
        own = clean[clean["driver"] == code]
        assert sorted(marks[code].y) == sorted(own["lap_time_s"])
    n = sum(len(t.y) for t in marks.values())
    assert f"{n} clean laps of" in figure.layout.annotations[0].text.replace("<br>", " ")


def test_stints_are_columns_and_bars_are_their_medians(demo):
    figure = lap_distribution(demo, ["UUR"], by="stint")
    marks = [t for t in figure.data if t.mode == "markers"]
    bars = [t for t in figure.data if t.mode == "lines" and t.line.width == 3]
    assert len(marks) == len(bars) >= 2
    for laps, bar in zip(marks, bars, strict=True):
        assert bar.y[0] == pytest.approx(np.median(laps.y))


def test_corrected_laps_have_less_scatter(demo):
    spread = [
        np.std(
            next(
                t for t in lap_distribution(demo, ["UUR"], corrected=c).data if t.mode == "markers"
            ).y
        )
        for c in (False, True)
    ]
    assert spread[1] < spread[0]
    axes = [lap_distribution(demo, ["UUR"], corrected=c).layout.yaxis for c in (False, True)]
    assert [axis.title.text for axis in axes] == ["lap time [min:s]", "against the field [s]"]
    assert axes[1].ticktext is None


def test_wear_has_the_curve_and_the_band_of_the_calculation(demo):
    found = degradation_curve(race_view(demo).fit)
    figure = tyre_degradation(demo)
    lines = [t for t in figure.data if t.mode == "lines"]
    bands = [t for t in figure.data if t.fill == "toself"]
    for curve, line, band in zip(found.curves, lines, bands, strict=True):
        np.testing.assert_array_equal(line.y, curve.loss_s)
        assert list(band.y[: len(curve.high_s)]) == list(curve.high_s)
        assert f"{curve.n_laps} laps" in line.name


def test_a_race_without_dry_laps_is_refused_with_the_reason(demo):
    laps = demo.race.laps.assign(compound="INTERMEDIATE")
    wet = dataclasses.replace(demo, race=dataclasses.replace(demo.race, laps=laps))
    with pytest.raises(NotEnoughLaps, match="no clean dry lap"):
        lap_distribution(wet, ["UUR"])
    with pytest.raises(NotEnoughLaps):
        tyre_degradation(wet)


@pytest.mark.parametrize(
    ("drivers", "options", "error", "words"),
    [
        (["ZZZ"], {}, UnknownName, "ZZZ"),
        ([], {}, InvalidInput, "at least one driver"),
        (["UUR"], {"by": "team"}, InvalidInput, "by is one of"),
    ],
)
def test_a_distribution_of_nobody_is_refused(demo, drivers, options, error, words):
    with pytest.raises(error, match=words):
        lap_distribution(demo, drivers, **options)


def test_the_reasons_sum_to_the_difference(compared):
    bars = reasons(compared).data[0]
    assert sum(bars.x) == pytest.approx(compared.lap_difference_s, abs=1e-9)
    assert list(bars.error_x.array) == [p.s_per_lap.high - p.s_per_lap.value for p in compared.why]


def test_sectors_show_race_and_qualifying(compared):
    race, timed = sectors(compared).data
    assert list(race.y[:3]) == [part.value for part in compared.sectors.sectors_s]
    assert list(timed.y[:3]) == list(compared.qualifying.sectors_s)


def test_a_radar_has_no_point_where_there_is_no_figure(compared):
    full = radar(compared)
    lost = dataclasses.replace(compared.profiles[0], consistency=None)
    gappy = radar(dataclasses.replace(compared, profiles=(lost, compared.profiles[1])))
    points = [next(t for t in f.data if t.name == compared.a) for f in (full, gappy)]
    missing = [sum(x is None for x in t.x) for t in points]
    assert missing[1] == missing[0] + 1
    assert points[1].fill == "none"
    nobody = tuple(dataclasses.replace(p, consistency=None) for p in compared.profiles)
    spokes = [
        a.text for a in radar(dataclasses.replace(compared, profiles=nobody)).layout.annotations
    ]
    assert any("consistency" in a.text for a in full.layout.annotations)
    assert not any("<b>consistency" in text for text in spokes)
    assert any("not told by this weekend" in t.replace("<br>", " ") for t in spokes)


def test_every_spoke_of_the_radar_states_its_scale(compared):
    named = [a.text for a in radar(compared).layout.annotations if "<b>" in a.text]
    assert named
    assert all(" to " in text for text in named)


def test_better_is_outside(compared):
    figure = radar(compared)
    first, second = (next(t for t in figure.data if t.name == c) for c in (compared.a, compared.b))
    pace = [p.pace.s_per_lap.value for p in compared.profiles]
    quicker, slower = (first, second) if pace[0] < pace[1] else (second, first)
    assert quicker.y[0] > slower.y[0]


@pytest.mark.parametrize("chart", [reasons, sectors, radar, corner_deltas, blame_heatmap])
def test_a_chart_of_a_result_refuses_anything_else(demo, chart):
    with pytest.raises(InvalidInput, match="not a Weekend"):
        chart(demo)


def test_too_little_for_a_radar_says_why(compared):
    bare = tuple(
        dataclasses.replace(
            p, pace=None, qualifying_pct=None, consistency=None, mistakes=None, racecraft=None
        )
        for p in compared.profiles
    )
    with pytest.raises(NoData, match="too few figures"):
        radar(dataclasses.replace(compared, profiles=bare))


def test_reasons_that_were_refused_are_told(compared):
    silent = dataclasses.replace(
        compared, why=(), lap_difference_s=None, refusals={"why": "3 laps in common."}
    )
    with pytest.raises(NoData, match="3 laps in common"):
        reasons(silent)


def test_a_cell_of_the_heatmap_is_the_median_of_its_driver(season):
    figure = blame_heatmap(season)
    for name, label in SEASON_CATEGORIES.items():
        column = next(t for t in figure.data if t.name == label)
        for code, text, cell in zip(column.y, column.text, column.customdata, strict=True):
            value = season.per_race[code][name].value
            assert cell[0] == pytest.approx(value, abs=0.006)
            assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.51)


def test_lost_is_orange_gained_is_blue_and_more_is_stronger(season):
    pace = next(t for t in blame_heatmap(season).data if t.name == "Car pace")
    colours = dict(zip(pace.y, pace.marker.color, strict=True))
    red = {code: int(c[1:3], 16) - int(c[5:7], 16) for code, c in colours.items()}
    assert red["WEX"] < 0 < red["BMR"] < red["UUR"]


def test_the_heatmap_of_races_names_what_was_cut_short(season):
    figure = blame_heatmap(season, "races", driver="QFE")
    note = " ".join(a.text.replace("<br>", " ") for a in figure.layout.annotations)
    assert "cut short: 2024 Halvern Grand Prix (lap 8)" in note


def test_medians_of_a_chosen_few_are_not_called_the_field(demo):
    four = season_blame([demo], drivers=["WEX", "UUR", "OND", "PNY"])
    figure = blame_heatmap(four, "races")
    assert figure.layout.title.text == "Seconds race by race, OND, PNY, UUR and WEX"
    assert all(
        "field" not in str(cell) for t in figure.data if t.type == "bar" for cell in t.customdata
    )


def test_every_row_of_a_heatmap_has_its_name_and_its_height(season):
    for figure in (blame_heatmap(season), blame_heatmap(season, "races")):
        rows = len(figure.layout.yaxis.categoryarray)
        margin = figure.layout.margin
        assert (figure.layout.height - margin.t - margin.b) / rows == 23
        assert figure.layout.yaxis.dtick == 1


def test_clean_laps_and_lap_times_have_titles_of_their_own(demo):
    titles = {lap_distribution(demo).layout.title.text, lap_times(demo, ["OND"]).layout.title.text}
    assert titles == {"Clean laps as timed", "Lap times"}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"rows": "teams"}, InvalidInput, "rows is one of"),
        ({"rows": "races", "total": True}, InvalidInput, "no total"),
        ({"rows": "races", "driver": "ZZZ"}, UnknownName, "driver of this season"),
    ],
)
def test_a_heatmap_of_something_else_is_refused(season, options, error, words):
    with pytest.raises(error, match=words):
        blame_heatmap(season, **options)


def test_a_season_nobody_finished_has_no_heatmap(demo):
    with pytest.raises(NoData, match="to the end"):
        blame_heatmap(season_blame([demo], drivers=["QFE"]))
