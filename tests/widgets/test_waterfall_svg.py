"""The static picture: well-formed, true to the numbers, safe, readable light and dark."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from f1lab.errors import InvalidInput
from f1lab.widgets import waterfall_svg
from f1lab.widgets.waterfall_svg import DARK, LIGHT

NS = "{http://www.w3.org/2000/svg}"
REPORTS = ["typical", "lapped", "negative_total", "all_gained", "all_zero", "ideal"]
ORDER = ["qualifying", "tyre_degradation", "pit_execution", "strategy", "car_pace", "incidents"]


def root_of(svg):
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def bars(svg):
    return [g for g in root_of(svg).iter(f"{NS}g") if g.get("class") == "bar"]


def shape(bar):
    """Left edge and width of a bar: its first rectangle."""
    box = bar.find(f"{NS}rect")
    return float(box.get("x")), float(box.get("width"))


@pytest.mark.parametrize("name", REPORTS)
def test_the_bars_are_the_numbers_of_the_report(name, report):
    data = report(name)
    found = {
        bar.get("data-key"): float(bar.get("data-seconds")) for bar in bars(waterfall_svg(data))
    }
    assert list(found) == [*ORDER, "unexplained", "total"]
    assert {key: found[key] for key in ORDER} == {
        key: category["seconds"] for key, category in data["categories"].items()
    }
    assert found["unexplained"] == data["unexplained_s"]
    assert found["total"] == data["gap_s"]


@pytest.mark.parametrize("name", ["typical", "lapped", "negative_total", "all_gained"])
@pytest.mark.parametrize("width", [800, 380])
def test_the_drawn_lengths_sum_to_the_drawn_total(name, width, report):
    *parts, total = bars(waterfall_svg(report(name), width=width))
    drawn = sum(shape(bar)[1] * (1 if float(bar.get("data-seconds")) > 0 else -1) for bar in parts)
    assert abs(drawn) == pytest.approx(shape(total)[1], abs=0.1)


def test_each_bar_says_its_seconds_share_and_places(report):
    data = report()
    for bar in bars(waterfall_svg(data)):
        key = bar.get("data-key")
        texts = [text.text for text in bar.iter(f"{NS}text")]
        if key in data["categories"]:
            category = data["categories"][key]
            seconds = float(texts[1].removesuffix(" s").replace("−", "-"))
            assert texts[0] == category["label"]
            assert seconds == pytest.approx(category["seconds"], abs=0.05)
            assert texts[2].replace("−", "-") == f"{category['share'] * 100:.0f} %"
            assert ("▼" in texts[-1]) == (category["positions"] > 0)


def test_it_is_titled_and_described(report):
    data = report()
    root = root_of(waterfall_svg(data))
    assert root.get("role") == "img"
    assert root.find(f"{NS}title").text == (
        "TOV vs KAS · Port Aurel Grand Prix 2031 · +38.417 s over 66 laps"
    )
    assert root.find(f"{NS}desc").text == data["verdict"]
    assert all(bar.find(f"{NS}title").text.endswith(".") for bar in bars(waterfall_svg(data)))


def test_the_verdict_is_shown_whole(report):
    data = report()
    text = " ".join(t.text for t in root_of(waterfall_svg(data)).iter(f"{NS}text"))
    assert data["verdict"] in text.replace("\u00a0", " ")


def test_gains_are_told_apart_without_colour(report):
    for bar in bars(waterfall_svg(report())):
        hatched = any(path.get("opacity") for path in bar.iter(f"{NS}path"))
        assert hatched == (float(bar.get("data-seconds")) < 0)


def test_a_refusal_shows_the_reason_instead_of_bars(report):
    data = report("refusal")
    svg = waterfall_svg(data)
    text = " ".join(t.text for t in root_of(svg).iter(f"{NS}text"))
    assert data["refusal"] in text.replace("\u00a0", " ")
    assert not bars(svg)


def test_text_of_the_report_stays_text(report):
    data = report()
    data["verdict"] = 'A </text><script>alert("x")</script> & "quotes" \x00\x1b\ufffe end'
    data["timeline"][2]["text"] = "<b onload='x'>"
    data["team_colour"] = '"/><script>'
    svg = waterfall_svg(data)
    root = root_of(svg)
    assert not [element for element in root.iter() if element.tag == f"{NS}script"]
    assert "<script" not in svg
    assert '<script>alert("x")</script> &' in " ".join(t.text for t in root.iter(f"{NS}text"))


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_is_fetched(name, report):
    svg = waterfall_svg(report(name)).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|url\(|@import|href|<image|<use|<script", svg)


def test_same_report_same_picture(report):
    assert waterfall_svg(report()) == waterfall_svg(report())


def test_dark_turns_every_colour_over(report):
    style = root_of(waterfall_svg(report())).find(f"{NS}style").text
    assert "@media (prefers-color-scheme:dark)" in style
    light, dark = (waterfall_svg(report(), theme=theme) for theme in ("light", "dark"))
    assert "@media" not in light + dark
    assert LIGHT["lost"] in light
    assert not [c for c in LIGHT.values() if f'"{c}"' in dark]
    used = set(re.findall(r'class="([^"]+)"', light)) - {"f1lab-waterfall", "bar", "laps"}
    roles = {token[2:] for tokens in used for token in tokens.split()}
    assert roles <= DARK.keys()
    assert all(f".f-{role}{{fill:{DARK[role]}}}" in style for role in roles)


def contrast(one, other):
    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_text_and_bars_stand_out_from_the_paper(palette):
    assert contrast(palette["ink"], palette["paper"]) >= 7
    assert contrast(palette["muted"], palette["paper"]) >= 4.5
    assert contrast(palette["flagink"], palette["flag"]) >= 4.5
    for role in ("lost", "gained", "unexplained", "total"):
        assert contrast(palette[role], palette["paper"]) >= 3


def test_the_widget_has_the_same_colours():
    folder, colours = Path(__file__).parents[2] / "widgets", ({}, {})
    for name in ("shared/card.css", "blame-waterfall/style.css"):
        themes = (folder / name).read_text(encoding="utf-8").split('[data-theme="dark"]')
        for own, sheet in zip(colours, themes, strict=True):
            own.update(re.findall(r"--(?:f1|wf)-(\w+): (?:var\([\w-]+, )?(#[0-9a-f]{6})", sheet))
    for found, palette in zip(colours, (LIGHT, DARK), strict=True):
        assert {role: found[role] for role in palette} == palette


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gap_s": None}, "gap_s"),
        ({"gap_s": float("nan")}, "finite"),
        ({"gap_s": 39.0}, "does not add up"),
        ({"unexplained_s": "x"}, "unexplained_s"),
        ({"categories": {}}, "qualifying"),
        ({"driver": ""}, "no driver"),
    ],
)
def test_a_report_that_does_not_add_up_is_refused(change, said, report):
    with pytest.raises(InvalidInput, match=said):
        waterfall_svg({**report(), **change})


def test_what_is_no_report_theme_or_width_is_refused(report):
    with pytest.raises(InvalidInput, match="str is no autopsy report"):
        waterfall_svg("HAM")
    with pytest.raises(InvalidInput, match="'auto', 'light' or 'dark'"):
        waterfall_svg(report(), theme="sepia")
    with pytest.raises(InvalidInput, match="at least 300"):
        waterfall_svg(report(), width=100)


def test_an_interval_upside_down_is_refused(report):
    data = report()
    data["categories"]["strategy"]["low_s"] = 99.0
    with pytest.raises(InvalidInput, match="low_s must not exceed"):
        waterfall_svg(data)


def test_a_sum_off_by_less_than_a_millisecond_is_taken(report):
    data = report()
    data["gap_s"] += 0.0009
    assert len(bars(waterfall_svg(data))) == 8
