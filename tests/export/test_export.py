"""Every result object leaves in every format, whole, readable and harmless."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import f1lab
from f1lab import export
from f1lab.backtest import BacktestReport
from f1lab.errors import InvalidInput, ReportError, UnknownName

ROOT = Path(__file__).resolve().parents[2]
NASTY = '=HYPERLINK("http://x")<script>alert(1)</script>&'


@dataclass(frozen=True)
class Answer:
    """A result with everything that could go wrong in it."""

    rows: tuple[dict[str, Any], ...] = ()
    refusals: dict[str, str] = field(default_factory=dict)
    kind: str = "driver_comparison"
    title: str = f"2023 São Paulo Grand Prix {NASTY}"
    findings: tuple[str, ...] = (f"First {NASTY}", "Second.")
    asked: dict[str, Any] = field(
        default_factory=lambda: {"year": 2023, "event": "São Paulo", "names": ["NOR", "PIA"]}
    )
    sources: tuple[str, ...] = ("fastf1",)

    def tables(self):
        return {
            "Pace": pd.DataFrame(list(self.rows)),
            "Sector times": pd.DataFrame({"sector": [1, 2], "delta_s": [0.1, np.nan]}),
            "Sector times!": pd.DataFrame({"@sum": ["+1", "-x"]}),
            "Empty": pd.DataFrame(),
        }

    def to_dict(self):
        return {"rows": list(self.rows), "nothing": None, "names": ["NOR", "PIA"]}


ROWS = (
    {
        "driver": NASTY,
        "pace_s": 0.0316,
        "pace_low_s": -0.05,
        "pace_high_s": 0.113,
        "n": 3,
        "p_win": 0.25,
    },
    {
        "driver": "PIA",
        "pace_s": -1.5,
        "pace_low_s": -1.6,
        "pace_high_s": -1.4,
        "n": 4,
        "p_win": 0.5,
    },
    {
        "driver": "HARD",
        "pace_s": None,
        "pace_low_s": None,
        "pace_high_s": None,
        "n": 0,
        "p_win": None,
    },
)


@pytest.fixture
def answer():
    return Answer(ROWS, {"wet_pace": "no wet laps."})


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """One of every kind that is not a comparison, small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        weekend = f1lab.load_demo()
        found = {
            "autopsy": f1lab.autopsy(weekend, "UUR", reference="teammate"),
            "strategy": f1lab.optimize(weekend, "WEX", at_lap=30, n=100, tables=True),
        }
    results = json.loads((ROOT / "reports" / "backtest-2023-pre-race.json").read_text("utf-8"))
    return found | {"backtest": BacktestReport.from_dict(results)}


# ---------------------------------------------------------------------------------------------
# JSON


@pytest.mark.parametrize("kind", ["autopsy", "strategy", "backtest"])
def test_json_reads_back_as_the_result(reports, kind):
    result = reports[kind]
    told = json.loads(export.to_json(result), parse_constant=pytest.fail)
    assert told["result"] == json.loads(json.dumps(result.to_dict()))
    assert told["metadata"]["kind"] == kind
    assert told["metadata"]["f1lab_version"] == f1lab.__version__
    assert told["metadata"]["schema_version"] == 1
    assert told["metadata"]["asked"] == result.asked
    assert datetime.fromisoformat(told["metadata"]["written_at_utc"]).utcoffset().seconds == 0


def test_a_number_that_is_none_becomes_null():
    given = Answer(({"a": float("nan"), "b": np.inf, "c": np.float64(1.5), "d": np.arange(2)},))
    rows = json.loads(export.to_json(given), parse_constant=pytest.fail)["result"]["rows"]
    assert rows == [{"a": None, "b": None, "c": 1.5, "d": [0, 1]}]


# ---------------------------------------------------------------------------------------------
# CSV


def test_csv_keeps_numbers_and_disarms_formulas(answer):
    texts = export.to_csv(answer)
    assert list(texts) == ["Pace", "Sector times", "Sector times!", "Empty"]
    header, first, *_, last = csv.reader(io.StringIO(texts["Pace"]))
    assert header == ["driver", "pace_s", "pace_low_s", "pace_high_s", "n", "p_win"]
    assert first == [f"'{NASTY}", "0.0316", "-0.05", "0.113", "3", "0.25"]
    assert last == ["HARD", "", "", "", "0", ""]
    assert texts["Sector times!"] == "'@sum\n'+1\n'-x\n"


def test_a_csv_reads_back_as_its_table(reports):
    for title, text in export.to_csv(reports["strategy"]).items():
        frame = reports["strategy"].tables()[title]
        again = pd.read_csv(io.StringIO(text))
        pd.testing.assert_frame_equal(again, frame, check_dtype=False, rtol=1e-12)


def test_an_index_that_says_something_is_a_column():
    class Indexed(Answer):
        def tables(self):
            return {"Table": pd.DataFrame({"x": [1]}, index=pd.Index(["NOR"], name="driver"))}

    assert export.to_csv(Indexed())["Table"] == "driver,x\nNOR,1\n"


# ---------------------------------------------------------------------------------------------
# text


def test_text_is_aligned_and_states_units_and_intervals(answer):
    text = export.to_text(answer, width=120)
    lines = text[text.index("Pace\n") :].splitlines()
    assert lines[1].split("  ")[0] == "driver"
    assert "pace (s)" in lines[1]
    assert "90 %" in lines[1]
    assert "P(win)" in lines[1]
    numbers = [line[len(NASTY) :].split() for line in lines[2:4]]
    assert numbers == [
        ["+0.032", "-0.050", "to", "+0.113", "3", "25%"],
        ["-1.500", "-1.600", "to", "-1.400", "4", "50%"],
    ]
    assert len({line.rindex("%") for line in lines[2:4]}) == 1, "right-aligned"
    assert lines[4].split() == ["HARD", "–", "0", "–"]


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("kind", ["autopsy", "strategy", "backtest"])
def test_no_line_is_longer_than_the_page_and_no_number_is_broken(reports, kind, width):
    text = export.to_text(reports[kind], width=width)
    wide = export.to_text(reports[kind], width=400)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    number = re.compile(r"(?<!\S)[+-]\d+\.\d{3}(?!\S)")
    assert sorted(number.findall(text)) == sorted(number.findall(wide))


def test_a_table_that_is_too_wide_goes_on_below_its_first_column():
    wide = Answer((*({"driver": "NOR"} | {f"lap_{k}_s": 90.0 + k for k in range(20)},) * 4,))
    text = export.to_text(wide, width=60)
    assert text.count("NOR") > 4
    assert all(text.count(f"{90 + k}.000") == 4 for k in range(20))


def test_a_few_rows_that_are_too_wide_lie_on_their_side():
    wide = Answer(({"driver": "NOR"} | {f"lap_{k}_s": 90.0 + k for k in range(20)},) * 2)
    lines = export.to_text(wide, width=60).splitlines()
    assert ["driver", "NOR", "NOR"] in [line.split() for line in lines]
    assert ["lap", "19", "(s)", "109.000", "109.000"] in [line.split() for line in lines]


def test_the_refusals_are_told(answer):
    assert "wet pace no wet laps." in export.to_text(answer)


def printed(answer, **console):
    out = io.StringIO()
    export.show(answer, Console(file=out, width=100, **console))
    return out.getvalue()


def test_colour_is_for_terminals_without_no_color(answer, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[33m" in printed(Answer(({"compound": "MEDIUM", "n": 1},)), force_terminal=True)
    assert "\x1b" not in printed(answer)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[3\d", printed(answer, force_terminal=True))


# ---------------------------------------------------------------------------------------------
# HTML


class Page(HTMLParser):
    """Tags as they are opened, and whether each is closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.attributes = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in {"meta", "!doctype"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("kind", ["autopsy", "strategy", "backtest"])
def test_the_page_is_whole_and_asks_for_nothing(reports, kind):
    text = export.to_html(reports[kind])
    page = Page(text)
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not re.search(r"https?://|@import|url\(", text)
    assert "default-src 'none'" in text
    assert page.tags.count("caption") == page.tags.count("table") == len(reports[kind].tables())
    regions = [a for tag, a in page.attributes if a.get("role") == "region"]
    assert all(a["aria-label"] and a["tabindex"] == "0" for a in regions)
    assert all(a.get("scope") in {"row", "col"} for tag, a in page.attributes if tag == "th")
    assert next(tag for tag in page.tags if tag in {"h1", "h2", "h3"}) == "h1"


def test_everything_from_data_is_escaped(answer):
    for text in (export.to_html(answer), export.html_fragment(answer)):
        assert "<script" not in text
        assert "&lt;script&gt;" in text


def test_the_fragment_styles_nothing_but_itself(answer):
    text = export.html_fragment(answer)
    assert Page(text).open == []
    assert "<html" not in text
    style = re.search(r"<style>(.*)</style>", text, flags=re.DOTALL).group(1)
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    selectors = [
        one.strip() for rule in re.findall(r"([^{}]+)\{", style) for one in rule.split(",")
    ]
    assert all(selector.startswith(".f1lab-answer") for selector in selectors), selectors


@pytest.mark.parametrize("kind", ["strategy", "backtest"])
def test_a_report_shows_itself_in_a_notebook(reports, kind):
    assert reports[kind]._repr_html_() == export.html_fragment(reports[kind])


# ---------------------------------------------------------------------------------------------
# files


def test_save_writes_each_format_and_names_what_it_wrote(answer, tmp_path):
    files = export.save(answer, tmp_path / "new" / "folder")
    stem = "driver-comparison-2023-sao-paulo-NOR-PIA"
    assert [file.name for file in files] == [
        f"{stem}.json", f"{stem}.csv", f"{stem}-sector-times.csv", f"{stem}-sector-times.2.csv",
        f"{stem}-empty.csv", f"{stem}.txt", f"{stem}.html",
    ]  # fmt: skip
    assert sorted(files) == sorted((tmp_path / "new" / "folder").iterdir())
    assert files[1].read_text(encoding="utf-8") == export.to_csv(answer)["Pace"]
    assert json.loads(files[0].read_text(encoding="utf-8"))["result"]["names"] == ["NOR", "PIA"]
    assert files[0].stat().st_mode & 0o400


def test_a_path_is_written_by_each_writer(answer, tmp_path):
    export.to_json(answer, tmp_path / "a.json")
    export.to_text(answer, tmp_path / "a.txt")
    export.to_csv(answer, tmp_path / "a.csv")
    page = export.to_html(answer, tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == page
    assert len(list(tmp_path.iterdir())) == 7


def test_nothing_half_written_is_left_behind(answer, tmp_path, monkeypatch):
    (tmp_path / "x.json").write_text("before")

    def full(handle, *args, **kwargs):
        if len(list(tmp_path.glob(".x*"))) > 2:
            os.close(handle)
            raise OSError(28, "No space left on device")
        return fdopen(handle, *args, **kwargs)

    fdopen = os.fdopen
    with monkeypatch.context() as patch:
        patch.setattr("f1lab.export.writing.os.fdopen", full)
        with pytest.raises(ReportError, match=r"x-sector-times\.csv.*No space left on device"):
            export.save(answer, tmp_path, stem="x")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("x.json", "before")]


def test_a_folder_that_cannot_be_written_is_named(answer, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ReportError, match=r"file.*name another folder"):
        export.save(answer, tmp_path / "file", ("json",))


@pytest.mark.parametrize("formats", [("docx",), "json,docx"])
def test_an_unknown_format_lists_the_allowed(answer, tmp_path, formats):
    with pytest.raises(UnknownName, match=r"'docx'.*json, csv, text, html"):
        export.save(answer, tmp_path, formats)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stem", ["../x", "a/b", "", ".hidden"])
def test_a_stem_stays_in_the_folder(answer, tmp_path, stem):
    with pytest.raises(InvalidInput, match="stem="):
        export.save(answer, tmp_path, stem=stem)


def test_no_format_is_no_export(answer, tmp_path):
    with pytest.raises(InvalidInput, match="Allowed: json, csv, text, html"):
        export.save(answer, tmp_path, ())


@pytest.mark.parametrize("given", [None, "report", 3, Answer])
def test_what_is_no_result_is_refused(given):
    with pytest.raises(InvalidInput, match="give a result"):
        export.to_json(given)
