"""RaceTimeline in Python: what it reads off a race, accepts, keeps and shows without a kernel."""

import copy
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import traitlets

import f1lab
from f1lab.errors import InvalidInput, UnknownName
from f1lab.widgets import RaceTimeline
from f1lab.widgets._base import STATIC


@pytest.fixture(scope="module")
def weekend():
    return f1lab.load_demo()


@pytest.fixture(scope="module")
def codes(weekend):
    return list(weekend.race.results["driver"])


@pytest.fixture
def widget(weekend):
    return RaceTimeline(weekend)


def made_report(weekend, report, driver):
    """An invented report, as if it were of this race."""
    return report() | {"year": weekend.year, "event": weekend.event, "driver": driver}


def by_code(widget):
    return {driver["code"]: driver for driver in widget.data["drivers"]}


def test_places_are_those_of_the_timing_after_the_grid(widget, weekend):
    drivers = by_code(widget)
    assert list(drivers) == list(weekend.race.results.sort_values("finish")["driver"])
    for code, laps in weekend.race.laps.groupby("driver"):
        grid = weekend.race.results.set_index("driver").loc[code, "grid"]
        expected = [None if np.isnan(p) else int(p) for p in [grid, *laps["position"]]]
        assert drivers[code]["positions"] == expected


def test_stints_tile_the_race_of_each_driver(widget, weekend):
    laps = weekend.race.laps
    for code, driver in by_code(widget).items():
        covered = [lap for s in driver["stints"] for lap in range(s["first"], s["last"] + 1)]
        assert covered == list(laps.loc[laps["driver"] == code, "lap"])
        for stint in driver["stints"]:
            row = laps[(laps["driver"] == code) & (laps["lap"] == stint["first"])].iloc[0]
            assert stint["compound"] == row["compound"]
            assert stint["age"] == row["tyre_age_laps"] - 1


def test_neutralisations_are_those_the_leader_saw(widget, weekend):
    first = weekend.race.laps.sort_values("time_s").drop_duplicates("lap").set_index("lap")
    shown = {
        lap: band["flag"]
        for band in widget.data["bands"]
        for lap in range(band["first"], band["last"] + 1)
    }
    expected = {
        lap: "sc" if row["sc"] else "vsc"
        for lap, row in first.iterrows()
        if row["sc"] or row["vsc"]
    }
    assert shown == expected
    assert {"SC", "VSC"} <= {band["label"] for band in widget.data["bands"]}


def test_penalties_incidents_and_the_end_stand_with_their_driver(widget, weekend):
    drivers = by_code(widget)
    messages = weekend.race.messages
    spun = messages[messages["message"].str.contains("SPUN")].iloc[0]
    found = [e for e in drivers[spun["driver"]]["events"] if e["text"] == spun["message"]]
    laps = weekend.race.laps[weekend.race.laps["driver"] == spun["driver"]].set_index("lap")
    end = laps["time_s"][found[0]["lap"]]
    assert end - laps["lap_time_s"][found[0]["lap"]] <= spun["time_s"] <= end
    penalised = messages[messages["message"].str.contains("TIME PENALTY FOR")].iloc[0]["driver"]
    kinds = [e["kind"] for e in drivers[penalised]["events"]]
    assert kinds.count("penalty") == 1
    for row in weekend.race.results.itertuples():
        ends = [e for e in drivers[row.driver]["events"] if e["kind"] == "out"]
        assert len(ends) == (not row.classified)
        assert all(e["text"] == row.status for e in ends)


def test_no_two_lines_share_colour_and_dash(widget):
    looks = [(driver["colour"], driver["dash"]) for driver in widget.data["drivers"]]
    assert len(set(looks)) == len(looks)


def test_what_is_sent_is_json(weekend, report, codes):
    data = RaceTimeline(weekend, report=made_report(weekend, report, codes[2])).data
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert len(json.dumps(data)) < 80_000


# ---------------------------------------------------------------------------------------------
# the autopsy


def test_the_driver_of_the_report_is_selected_and_his_evidence_shown(weekend, report, codes):
    given = made_report(weekend, report, codes[2])
    widget = RaceTimeline(weekend, report=given)
    assert widget.selected == codes[2]
    shown = widget.data["report"]
    assert shown["verdict"] == given["verdict"]
    assert [e["text"] for e in shown["timeline"]] == [e["text"] for e in given["timeline"]]
    evidence = [e for category in given["categories"].values() for e in category["evidence"]]
    assert [e["laps"] for e in shown["evidence"]] == [e["laps"] for e in evidence]
    assert [e["seconds"] for e in shown["evidence"]] == [e["seconds"] for e in evidence]


def test_a_report_can_come_later_and_go_again(widget, weekend, report, codes):
    assert widget.selected == ""
    widget.show_report(made_report(weekend, report, codes[4]))
    assert widget.selected == widget.data["report"]["driver"] == codes[4]
    widget.show_report(None)
    assert widget.data["report"] is None


def test_a_refused_autopsy_shows_its_reason(weekend, report, codes):
    given = {**report("refusal"), "year": weekend.year, "event": weekend.event, "driver": codes[0]}
    shown = RaceTimeline(weekend, report=given).data["report"]
    assert shown["verdict"] == given["refusal"]
    assert shown["timeline"] == shown["evidence"] == []


def test_a_report_of_another_race_or_driver_is_refused(weekend, report):
    with pytest.raises(InvalidInput, match="pass a report of the same race"):
        RaceTimeline(weekend, report=report())
    with pytest.raises(UnknownName, match="no driver 'ZZZ'"):
        RaceTimeline(weekend, report=made_report(weekend, report, "ZZZ"))
    with pytest.raises(InvalidInput, match="is no autopsy report"):
        RaceTimeline(weekend, report=7)


# ---------------------------------------------------------------------------------------------
# what is refused, and what a browser may do


def test_what_cannot_be_shown_is_refused_in_a_sentence(weekend, codes):
    with pytest.raises(InvalidInput, match="A str is no weekend"):
        RaceTimeline("Monaco")
    with pytest.raises(UnknownName, match="no driver 'HAM'"):
        RaceTimeline(weekend, highlight=("HAM",))
    with pytest.raises(InvalidInput, match="highlight is a list of drivers"):
        RaceTimeline(weekend, highlight=codes[0])


@pytest.mark.parametrize("keyword", ["highlights", "data", "selected", "_esm"])
def test_any_other_keyword_is_refused_and_the_right_ones_named(weekend, keyword):
    with pytest.raises(TypeError, match="allowed: highlight, layout, report"):
        RaceTimeline(weekend, **{keyword: ""})


def test_a_click_is_heard_in_python(widget, codes):
    heard = []
    widget.observe(lambda change: heard.append(change["new"]), "selected")
    widget.set_state({"selected": codes[3]})
    widget.set_state({"selected": ""})
    assert heard == [codes[3], ""]


@pytest.mark.parametrize("value", ["ZZZ", "<script>", 7, None, ["AAA"]])
def test_only_drivers_of_the_race_can_be_selected(widget, codes, value):
    widget.selected = codes[0]
    with pytest.raises(traitlets.TraitError):
        widget.set_state({"selected": value})
    with pytest.raises(traitlets.TraitError):
        widget.selected = value
    assert widget.selected == codes[0]


def test_a_browser_cannot_change_the_race(widget):
    shown = copy.deepcopy(widget.data)
    widget.set_state({"data": {"title": "<script>", "drivers": []}})
    assert widget.data == shown
    widget.data["title"] = "changed"
    assert "changed" not in widget._repr_mimebundle_()[0]["text/html"]


# ---------------------------------------------------------------------------------------------
# without a kernel


def test_repr_says_what_is_shown(weekend, codes):
    assert repr(RaceTimeline(weekend)) == f"RaceTimeline('{weekend.event} {weekend.year}')"
    marked = RaceTimeline(weekend, highlight=(codes[0], codes[0], codes[1]))
    assert repr(marked).endswith(f"highlight={codes[:2]!r})")


def test_the_picture_has_every_driver_stop_and_band(weekend, codes):
    widget = RaceTimeline(weekend, highlight=codes[:1])
    bundle = widget._repr_mimebundle_()[0]
    svg = ET.fromstring(bundle["image/svg+xml"])  # noqa: S314 - our own drawing
    space = "{http://www.w3.org/2000/svg}"
    lines = [p for p in svg.iter(f"{space}path") if p.get("stroke-width") in {"1.8", "3"}]
    assert len(lines) == len(codes)
    assert sum(line.get("stroke-width") == "3" for line in lines) == 1
    stops = sum(len(driver["stints"]) - 1 for driver in widget.data["drivers"])
    assert len(list(svg.iter(f"{space}circle"))) == stops
    words = [text.text for text in svg.iter(f"{space}text")]
    assert {"SC", "VSC"} <= set(words)
    for driver in widget.data["drivers"]:
        assert f"{driver['code']} {driver['grid']}" in words
        if driver["classified"]:
            assert f"{driver['finish']} {driver['code']}" in words


def test_the_page_has_the_picture_and_the_table(widget, codes):
    html = widget._repr_mimebundle_()[0]["text/html"]
    rows = re.findall(r'<tr><th scope="row">(\w+) ', html)
    assert rows == [driver["code"] for driver in widget.data["drivers"]]
    assert len(html) < 150_000
    assert "<script" not in html
    assert "alt=" in html
    assert len(rows) == len(codes)


def test_the_bundle_is_small_and_fetches_nothing():
    for name in ("race-timeline.js", "race-timeline.css"):
        text = (STATIC / name).read_text(encoding="utf-8")
        assert 1000 < len(text.encode()) <= 100_000
        assert not set(re.findall(r"https?://[^\s\"'`)]+", text)) - {"http://www.w3.org/2000/svg"}
        assert not re.search(r"\bimport\s*\(|@import|\bfetch\(|innerHTML|\beval\(", text)


@pytest.mark.real
def test_a_real_race(weekends):
    widget = RaceTimeline(weekends(2025, "China"), highlight=("HAM", "LEC"))
    drivers = by_code(widget)
    assert list(drivers)[:3] == ["PIA", "NOR", "RUS"]
    penalty = [e for e in drivers["DOO"]["events"] if e["kind"] == "penalty"]
    assert penalty[0]["text"].startswith("10 s time penalty")
    assert [e["text"] for e in drivers["HAM"]["events"]] == ["Illegal skid block wear"]
    assert {e["lap"] for e in drivers["HAD"]["events"]} == {47}  # named with DOO
    noted_before = [
        e for d in drivers.values() for e in d["events"] if "PRACTICE START" in e["text"]
    ]
    assert noted_before == []
