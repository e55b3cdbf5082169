"""Where the bars stand. ``python tests/widgets/test_waterfall_geometry.py`` writes the cases anew."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from f1lab.widgets._waterfall_data import wire
from f1lab.widgets._waterfall_geometry import Box, hatching, layout, steps

FIXTURES = Path(__file__).parent / "fixtures"
PLACES = [
    ("typical", 760), ("typical", 328), ("lapped", 900), ("lapped", 320), ("negative_total", 700),
    ("all_gained", 560), ("all_gained", 340), ("all_zero", 760), ("ideal", 559), ("ideal", 1040),
]  # fmt: skip


def flat(place):
    """A layout as short lists, for comparing it with the browser's."""
    rows = [
        [
            row.step.key, row.step.sense, *_box(row.bar), row.whisker, row.value_x,
            row.value_anchor, row.value, row.share_box and row.share_box.width, row.share,
            row.places, row.link, row.label_y, row.side_y,
        ]
        for row in place.rows
    ]  # fmt: skip
    strip = place.strip and {
        "track": _box(place.strip.track),
        "laps": place.strip.laps,
        "marks": [[m.x, m.y, m.lap, m.token] for m in place.strip.marks],
        "bands": [[b.x, b.width, b.lap, b.last_lap, b.flag] for b in place.strip.bands],
        "ticks": place.strip.ticks,
    }
    flattened = {
        "height": place.height, "narrow": place.narrow, "zero": place.zero, "ticks": place.ticks,
        "spans": place.spans, "rows": rows, "strip": strip,
    }  # fmt: skip
    return rounded(flattened)


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return round(value, 3) if isinstance(value, float) else value


def _box(box):
    return [box.x, box.y, box.width, box.height]


def _read(name):
    return wire(json.loads((FIXTURES / "reports" / f"{name}.json").read_text(encoding="utf-8")))


def same(found, expected):
    """Equal, numbers to a hundredth of a pixel."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            same(found[key], item) for key, item in expected.items()
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, float) and isinstance(found, (int, float)):
        return abs(found - expected) < 0.01
    return found == expected


@pytest.mark.parametrize(("name", "width"), PLACES)
def test_places_are_as_agreed_with_the_browser(name, width, cases):
    expected = next(c["expect"] for c in cases if (c["report"], c["width"]) == (name, width))
    assert same(flat(layout(_read(name), width)), expected)


@pytest.mark.parametrize("name", ["typical", "lapped", "negative_total", "all_gained", "all_zero"])
def test_bars_chain_from_zero_to_the_gap(name):
    data = _read(name)
    *parts, total = steps(data)
    assert parts[0].start == 0
    assert all(a.end == b.start for a, b in pairwise(parts))
    assert parts[-1].end == pytest.approx(data["gap_s"], abs=1e-3)
    assert (total.start, total.end) == (0, data["gap_s"])
    assert sum(abs(part.share) for part in parts) == pytest.approx(
        float(data["gap_s"] != 0), abs=1e-5
    )


@pytest.mark.parametrize(("name", "width"), PLACES)
def test_everything_stays_inside_the_plot(name, width):
    place = layout(_read(name), width)
    left, right = place.plot.x - 0.01, place.plot.x + place.plot.width + 0.01
    for row in place.rows:
        ends = [row.bar.x, row.bar.x + row.bar.width, *(row.whisker or ())]
        words = len(row.value) * 13 * 0.6 * (-1 if row.value_anchor == "end" else 1)
        assert all(left <= x <= right for x in [*ends, row.value_x, row.value_x + words])


@pytest.mark.parametrize(("name", "width"), PLACES)
def test_seconds_stand_at_the_tip_and_cover_nothing(name, width):
    for row in layout(_read(name), width).rows:
        ends = [row.bar.x, row.bar.x + row.bar.width, *(row.whisker or ())]
        if row.step.sense == "gained":
            assert row.value_anchor == "end"
            assert row.value_x <= min(ends) - 5
        else:
            assert row.value_anchor == "start"
            assert row.value_x >= max(ends) + 5


def test_lengths_are_in_proportion_to_seconds():
    place = layout(_read("typical"), 760)
    per_second = {
        round(row.bar.width / abs(row.step.seconds), 6)
        for row in place.rows
        if row.step.sense != "none"
    }
    assert max(per_second) - min(per_second) < 1e-5


def test_a_whisker_covers_the_interval_of_its_own_bar():
    place = layout(_read("typical"), 760)
    unit = place.rows[-1].bar.width / 38.417
    row = place.rows[3]
    assert row.whisker[1] - row.whisker[0] == pytest.approx((13.21 - 5.905) * unit)
    assert row.whisker[0] - row.bar.x == pytest.approx(5.905 * unit)
    assert place.rows[-1].whisker is None


def test_marks_on_the_same_lap_are_lifted_over_each_other(report):
    crowded = report()
    crowded["timeline"] = [
        {"lap": 20, "kind": kind, "text": kind} for kind in ("stop", "penalty", "incident")
    ]
    marks = layout(wire(crowded), 760).strip.marks
    assert len({mark.y for mark in marks}) == 3
    assert len({mark.x for mark in marks}) == 1


def test_neighbouring_neutralised_laps_are_one_band(report):
    data = report()
    data["timeline"] = [
        {"lap": lap, "kind": "neutralisation", "text": text}
        for lap, text in ((5, "Safety car"), (6, "Safety car"), (7, "Virtual safety car"))
    ]
    data["timeline"].append(
        {"lap": 20, "last_lap": 24, "kind": "neutralisation", "text": "Red flag"}
    )
    bands = layout(wire(data), 760).strip.bands
    assert [(b.lap, b.last_lap, b.flag) for b in bands] == [
        (5, 6, "SC"),
        (7, 7, "VSC"),
        (20, 24, "RED"),
    ]


def test_a_race_without_events_has_no_strip(report):
    data = report()
    data["timeline"] = []
    assert layout(wire(data), 760).strip is None
    assert layout(wire(report()), 760, timeline=False).strip is None


def test_hatching_stays_in_its_box():
    box = Box(10, 20, 33.3, 18)
    numbers = [float(n) for n in hatching(box).replace("M", " ").replace("L", " ").split()]
    assert len(numbers) > 8
    assert min(numbers[::2]) >= 10
    assert max(numbers[::2]) <= 43.3
    assert min(numbers[1::2]) >= 20
    assert max(numbers[1::2]) <= 38


def write_cases():
    """Write the agreed places from what this side computes now; read the diff before you commit."""
    found = [
        {"report": name, "width": width, "expect": flat(layout(_read(name), width))}
        for name, width in PLACES
    ]
    text = json.dumps(found, ensure_ascii=False).replace('{"report"', '\n{"report"')
    text = text.replace('"rows"', '\n "rows"').replace('"strip"', '\n "strip"')
    (FIXTURES / "waterfall_cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_cases()
