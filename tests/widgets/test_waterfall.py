"""BlameWaterfall in Python: what it refuses, sends, keeps and shows without a kernel."""

import base64
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
import traitlets

import f1lab.widgets
from f1lab.errors import InvalidInput
from f1lab.widgets import BlameWaterfall, waterfall_svg


class Page(HTMLParser):
    """Tags and attributes of a fragment."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


def test_the_public_names_are_these():
    assert f1lab.widgets.__all__ == [
        "BlameWaterfall",
        "RaceTimeline",
        "TelemetryTraces",
        "waterfall_svg",
    ]


def test_a_misspelt_keyword_is_refused_and_the_right_ones_named(report):
    with pytest.raises(TypeError, match=r"'animated'; allowed: animate, layout, timeline"):
        BlameWaterfall(report(), animated=False)


@pytest.mark.parametrize("keyword", ["data", "_esm", "comm"])
def test_inner_traits_are_no_keywords(keyword, report):
    with pytest.raises(TypeError, match="no keyword"):
        BlameWaterfall(report(), **{keyword: {}})


def test_a_report_object_and_its_dict_give_the_same(report):
    class Report:
        def to_dict(self):
            return report()

    assert BlameWaterfall(Report()).data == BlameWaterfall(report()).data


def test_only_what_is_shown_is_sent(report):
    data = BlameWaterfall(report()).data
    assert {"diagnostics", "positions_by_lap", "quality", "schema_version"}.isdisjoint(data)
    assert data["gap_s"] == 38.417
    assert data["categories"]["pit_execution"]["evidence"][0]["laps"] == [19]


def test_what_is_sent_is_json_even_with_holes_in_the_report(report):
    holes = report()
    holes["categories"]["strategy"] |= {"share": float("nan"), "low_s": float("inf")}
    holes["timeline"][0]["lap"] = None
    holes["grid"] = float("nan")
    data = BlameWaterfall(holes).data
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["categories"]["strategy"]["share"] is None
    assert data["categories"]["strategy"]["high_s"] is None
    assert data["grid"] is None


def test_a_browser_cannot_change_the_report(report):
    widget = BlameWaterfall(report())
    widget.set_state({"data": {"driver": "EVE", "gap_s": 0}})
    assert widget.data["driver"] == "TOV"
    widget.data["driver"] = "EVE"
    assert "TOV" in widget._repr_mimebundle_()[0]["text/html"]
    assert repr(widget).startswith("BlameWaterfall('TOV vs KAS")


def test_a_browser_cannot_turn_a_switch_into_something_else(report):
    widget = BlameWaterfall(report())
    with pytest.raises(traitlets.TraitError, match="animate"):
        widget.set_state({"animate": "<script>"})
    assert widget.animate is True


def test_repr_says_the_same_each_time(report):
    assert repr(BlameWaterfall(report())) == repr(BlameWaterfall(report()))
    assert " at 0x" not in repr(BlameWaterfall(report()))


def test_a_bad_report_is_refused_before_anything_is_shown(report):
    with pytest.raises(InvalidInput, match="does not add up"):
        BlameWaterfall(report() | {"gap_s": 1.0})


def test_the_bundle_has_the_live_view_and_a_picture(report):
    widget = BlameWaterfall(report())
    bundle, _ = widget._repr_mimebundle_()
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == widget.model_id
    assert bundle["text/plain"] == repr(widget)
    assert bundle["image/svg+xml"] == waterfall_svg(report())


def test_the_static_page_holds_both_pictures_and_the_numbers(report):
    html = BlameWaterfall(report())._repr_mimebundle_()[0]["text/html"]
    page = Page(html)
    (image,), (narrow,) = page.all("img"), page.all("source")
    for address, width in ((image["src"], "800"), (narrow["srcset"], "380")):
        svg = base64.b64decode(address.removeprefix("data:image/svg+xml;base64,"))
        assert ET.fromstring(svg).get("width") == width  # noqa: S314 - our own drawing
    assert image["alt"].startswith("TOV vs KAS · Port Aurel Grand Prix 2031 · +38.417 s")
    assert [row["data-key"] for row in page.all("tr") if row] == [
        *report()["categories"], "unexplained", "total"
    ]  # fmt: skip
    assert "+9.604 s" in page.words
    assert not re.search(r"https?:|<script|@import", html)


def test_markup_in_a_report_is_shown_not_run(report):
    data = report()
    data["categories"]["strategy"]["evidence"][0]["text"] = "<img src=x onerror=alert(1)>"
    data["driver_name"], data["verdict"] = "<i>", '" onload="x'
    page = Page(BlameWaterfall(data)._repr_mimebundle_()[0]["text/html"])
    assert len(page.all("img")) == 1
    assert not [a for _, a in page.tags if "onerror" in a or "onload" in a]
    assert "<img src=x onerror=alert(1)>" in page.words


def test_a_refusal_travels_and_shows(report):
    widget = BlameWaterfall(report("refusal"))
    assert widget.data["refusal"] == report("refusal")["refusal"]
    assert "categories" not in widget.data
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert "SOL retired on lap 1" in html
    assert "<table" not in html


def test_an_event_ends_where_it_says_or_at_once(report):
    data = report()
    data["timeline"] = [
        {"lap": 3, "last_lap": 6, "kind": "neutralisation", "text": "Safety car, laps 3–6"},
        {"lap": 8, "last_lap": None, "kind": "stop", "text": "Stop"},
        {"lap": 9, "last_lap": 11, "kind": "neutralisation", "text": "Red flag"},
        {"lap": 20, "kind": "stop", "text": "Stop after laps 1–20"},
    ]
    ends = [event["last_lap"] for event in BlameWaterfall(data).data["timeline"]]
    assert ends == [6, 8, 11, 20]
