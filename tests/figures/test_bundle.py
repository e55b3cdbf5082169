"""The plotting library shipped for reports is the one plotly.py speaks to."""

from __future__ import annotations

import re
from pathlib import Path

import f1lab

STATIC = Path(f1lab.__file__).parent / "figures" / "static" / "plotly-basic.min.js"


def version_in_head(text):
    return re.search(r"plotly\.js.* v(\d+\.\d+\.\d+)", text[:400]).group(1)


def test_the_bundle_matches_the_python_package():
    import plotly

    carried = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    assert version_in_head(STATIC.read_text("utf-8")) == version_in_head(carried.read_text("utf-8"))


def test_the_bundle_keeps_its_licence_and_is_small_enough_for_a_report():
    head = STATIC.read_text(encoding="utf-8")[:400]
    assert "Copyright" in head
    assert "MIT license" in head
    assert STATIC.stat().st_size < 1_400_000


def test_every_chart_is_made_of_what_the_small_bundle_can_draw(demo, compared):
    from f1lab import figures
    from f1lab.compare import cars

    pair = ["OND", "PNY"]
    compared_cars = cars(demo, *pair)
    made = [
        figures.corner_deltas(compared_cars),
        figures.gap(demo, *pair),
        figures.gear_usage(demo, pair),
        figures.lap_distribution(demo, pair),
        figures.lap_times(demo, pair),
        figures.pedals(demo, pair),
        figures.positions(demo),
        figures.radar(compared),
        figures.reasons(compared),
        figures.sectors(compared),
        figures.sectors(compared_cars),
        figures.speed_trace(demo, pair),
        figures.stints(demo, pair),
        figures.track_map(demo, pair, "delta"),
        figures.tyre_degradation(demo),
    ]
    assert {trace.type for figure in made for trace in figure.data} <= {"bar", "scatter"}
    for figure in made:
        assert figure.layout.title.text
        assert figure.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"
