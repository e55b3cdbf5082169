"""The reports of a comparison and of a season: complete, one file, offline, and true."""

from __future__ import annotations

import dataclasses
import json
import re
import sys

import pytest

import f1lab
from f1lab import cli
from f1lab.autopsy.season import SEASON_CATEGORIES, season_blame
from f1lab.calc.estimate import Estimate
from f1lab.compare import drivers
from f1lab.errors import NoData
from f1lab.reporting import page_comparison, page_season, run_report
from f1lab.reporting.page_parts import drawn_or_said, frame_table, refusal_table, sentences

MAX_BYTES = 3_000_000


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("F1LAB_OFFLINE", "1")
        yield patch


@pytest.fixture(autouse=True)
def _keep_the_cache(own_cache, _own_settings, monkeypatch, tmp_path_factory):  # noqa: ARG001
    """The module's cache, which the settings of each test would hide."""
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "reports-cache"))
    monkeypatch.setenv("F1LAB_OFFLINE", "1")


@pytest.fixture(scope="module")
def demo(own_cache):  # noqa: ARG001  (the cache has to be there first)
    return f1lab.load_demo()


@pytest.fixture(scope="module")
def season(demo):
    return season_blame([demo], drivers=["WEX", "UUR", "QFE"])


@pytest.fixture(scope="module")
def comparison(demo):
    return drivers(demo, "OND", "PNY")


def charts(page):
    """Titles of the charts of a page."""
    found = re.findall(r'<script type="application/json">(.*?)</script>', page, flags=re.DOTALL)
    return [json.loads(spec)["layout"]["title"]["text"] for spec in found]


def without_scripts(page):
    return re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


@pytest.mark.slow
def test_the_comparison_is_one_complete_file(tmp_path, comparison):
    parameters = {"source": "demo", "first": "OND", "second": "PNY"}
    (file,) = run_report("driver_comparison", parameters, tmp_path).files
    page = file.read_text(encoding="utf-8")
    assert file.stat().st_size <= MAX_BYTES
    shown = charts(page)
    for begins in ("Why the laps", "Gap to", "Lap times", "Tyres", "Sectors", "Profiles"):
        assert any(title.startswith(begins) for title in shown), begins
    for begins in ("Speed over", "Corner by corner", "Where OND", "Throttle"):
        assert any(title.startswith(begins) for title in shown), begins
    body = without_scripts(page).replace("−", "-")  # the page has the sign of the printer
    for finding in comparison.findings:
        assert finding.replace("'", "&#x27;") in body
    assert "check_comparison_parameters" not in body
    assert 'src="http' not in body


@pytest.mark.slow
def test_the_season_is_one_complete_file(tmp_path):
    parameters = {"source": "demo", "drivers": "WEX,UUR,QFE"}
    (file,) = run_report("season_blame", parameters, tmp_path).files
    page = file.read_text(encoding="utf-8")
    assert file.stat().st_size <= MAX_BYTES
    assert len(charts(page)) == 3
    assert "2024 Halvern Grand Prix" in without_scripts(page)


def test_the_headline_states_the_gaps(comparison):
    text = page_comparison.headline(comparison).html
    assert f"{comparison.qualifying.gap_s:+.3f} s".replace("-", "−") in text
    assert comparison.profiles[0].name in text


def test_every_refusal_of_a_comparison_is_on_the_page(comparison):
    text = page_comparison.refused(comparison).html
    for reason in comparison.refusals.values():
        assert reason in text


def test_profiles_stand_side_by_side(comparison):
    text = page_comparison.profile_table(comparison).html
    assert text.index("OND") < text.index("PNY")
    assert "pace to field" in text


def test_the_season_table_has_every_driver_with_intervals(season):
    text = page_season.driver_table(season).html
    for code, own in season.per_race.items():
        assert f'<th scope="row">{code}</th>' in text
        for name in SEASON_CATEGORIES:
            assert f"{own[name].low:+.1f}".replace("-", "−").replace("+0.0", "0.0") in text


def test_sums_of_a_whole_season_fit_the_page(season):
    """Seven intervals of 14 letters at 11 px are as wide as the page leaves them."""
    far = Estimate(-617.84, -1234.56, 1140.22)
    total = {code: dict.fromkeys(own, far) for code, own in season.total.items()}
    text = page_season.driver_table(dataclasses.replace(season, total=total), total=True).html
    intervals = re.findall(r"<small>(.*?)</small>", text)
    assert set(intervals) == {"−1235 to +1140"}


def test_a_race_cut_short_is_marked(season):
    rows = page_season.race_table(season).html.split("<tr")
    assert [row.startswith(' class="slow"') for row in rows if "QFE" in row] == [True]


def test_left_out_and_nothing_left_out(season):
    assert "QFE drove none" in page_season.refused(season).html
    assert "Nothing here" in refusal_table({}, "Nothing here.").html


def test_a_figure_that_cannot_be_drawn_says_why():
    def draw():
        raise NoData("there is <no> telemetry.")

    assert "there is &lt;no&gt; telemetry." in drawn_or_said(draw).html
    assert drawn_or_said(lambda: 7) == 7


def test_texts_are_escaped():
    import pandas as pd

    assert "<b>" not in sentences(["<b>bold</b>"]).html
    assert "<b>" not in frame_table(pd.DataFrame({"who": ["<b>"], "gap_s": [1.0]})).html


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process; returns status, stdout and stderr."""

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["f1lab", *map(str, args)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("comparison", "demo", "OND", "OND"), "himself"),
        (("comparison", "demo", "OND"), "two drivers are compared"),
        (("comparison", "demo", "OND", "PNY", "UUR"), "two drivers are compared"),
        (("comparison", "demo", "OND", "ZZZ"), "no driver 'ZZZ'"),
        (("comparison", "demo", "OND", "PNY", "--to", "docx"), "html, pdf"),
        (("season-blame", "soon"), "year must be a season"),
        (("season-blame", "demo", "--drivers", "ZZZ"), "no driver of this season"),
        (("season-blame", "demo", "--reference", "ZZZ"), "no reference 'ZZZ'"),
        (("season-blame", "demo", "--to", "docx"), "html, pdf"),
    ],
)
def test_the_command_answers_a_wrong_question_with_one_line(run, tmp_path, args, words):
    status, out, err = run("report", *args, "-o", tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith("f1lab: ")
    assert err.count("\n") == 1, err
    assert words in err
    assert not list(tmp_path.iterdir())


def test_the_command_names_the_file_and_what_was_left_out(run, tmp_path, monkeypatch):
    made = []

    def pretend(name, asked, output, formats, stem):
        made.append((name, asked["drivers"], formats, stem))
        from f1lab.reporting import ReportResult

        return ReportResult(name, (output / f"{stem}.html",), 0.1)

    monkeypatch.setattr("f1lab.reporting.run_report", pretend)
    status, out, err = run("report", "season-blame", "demo", "--drivers", "UUR,QFE", "-o", tmp_path)
    assert status == 0
    assert made == [("season_blame", "UUR,QFE", ("html",), "season-blame-2024-vs-winner")]
    assert out.strip().endswith("season-blame-2024-vs-winner.html")
    assert "left out: QFE" in err
