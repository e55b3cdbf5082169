"""The finished report in a real browser: drawn, true, silent, and alone."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import f1lab
from f1lab.cli import DEMO_DRIVER
from f1lab.reporting import run_report
from f1lab.reporting.pdf import find_browser

pytestmark = [pytest.mark.browser]

MAX_BYTES = 3_000_000
CHARTS = ("Gap to ", "Lap times", "Tyres", "Places")


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def weekend():
    return f1lab.load_demo()


@pytest.fixture(scope="module")
def result(weekend):
    return f1lab.autopsy(weekend, DEMO_DRIVER).to_dict()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The demo report as HTML and PDF."""
    if find_browser() is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    folder = tmp_path_factory.mktemp("report")
    parameters = {"source": "demo", "driver": DEMO_DRIVER}
    return run_report("autopsy", parameters, folder, ("html", "pdf"))


@pytest.fixture
def opened(report, browser, page_log):
    """Open the report at a width and in a colour scheme."""
    contexts = []

    def open_page(width=1200, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page_log.watch(page)
        page.goto(report.files[0].as_uri())
        page.wait_for_selector("html[data-charts=drawn]")
        return page

    yield open_page
    for context in contexts:
        context.close()


def seconds(text):
    return float(text.replace("−", "-").replace("s", "").strip())


def test_it_is_one_file_small_enough_and_quick(report):
    assert report.files[0].stat().st_size <= MAX_BYTES
    assert {f.suffix for f in report.files[0].parent.iterdir()} == {".html", ".pdf"}


def test_nothing_leaves_the_machine_and_nothing_complains(opened, page_log, report):
    opened()
    assert page_log.addresses == [report.files[0].as_uri()]
    assert page_log.errors == []


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1000, "dark"), (390, "light")])
def test_it_can_be_looked_at(opened, screenshots, width, scheme):
    picture = screenshots / f"report-{width}-{scheme}.png"
    opened(width, scheme).screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 100_000


def test_the_table_shows_the_numbers_of_the_result(opened, result):
    page = opened()
    for name, category in result["categories"].items():
        cells = page.locator(f'tr.cause[data-category="{name}"] > *').all_inner_texts()
        assert cells[0] == category["label"]
        assert seconds(cells[1]) == pytest.approx(category["seconds"], abs=5e-4)
        low, high = cells[3].split(" to ")
        assert seconds(low) == pytest.approx(category["low_s"], abs=0.05)
        assert seconds(high) == pytest.approx(category["high_s"], abs=0.05)
    unexplained = page.locator('tr.cause[data-category="unexplained"] > td').first.inner_text()
    assert seconds(unexplained) == pytest.approx(result["unexplained_s"], abs=5e-4)
    total = page.locator("table.categories tfoot td.n").inner_text()
    assert seconds(total) == pytest.approx(result["gap_s"], abs=5e-4)


def test_the_bars_of_the_table_are_as_long_as_their_seconds(opened, result):
    page = opened()
    longest = max(result["categories"].values(), key=lambda c: abs(c["seconds"]))
    widths = {}
    for name, category in result["categories"].items():
        bar = page.locator(f'tr.cause[data-category="{name}"] svg rect')
        assert bar.get_attribute("class") == ("lost" if category["seconds"] >= 0 else "gained")
        widths[name] = float(bar.get_attribute("width")) / abs(category["seconds"])
    assert max(widths.values()) == pytest.approx(min(widths.values()), rel=0.02)
    assert abs(longest["seconds"]) > 0


def test_the_waterfall_is_drawn_with_a_bar_for_every_cause(opened, result):
    page = opened()
    picture = page.locator("figure.picture.wide")
    assert picture.is_visible()
    for name, category in result["categories"].items():
        bar = picture.locator(f'g.bar[data-key="{name}"]')
        assert float(bar.get_attribute("data-seconds")) == pytest.approx(category["seconds"])
        assert bar.bounding_box()["height"] > 0


def test_every_chart_is_drawn(opened):
    page = opened()
    labels = [c.get_attribute("aria-label") for c in page.locator("figure.chart").all()]
    assert len(labels) == len(CHARTS)
    for label, start in zip(labels, CHARTS, strict=True):
        assert label.startswith(start)
    assert page.locator("figure.chart").nth(0).locator("path.js-line").count() >= 1
    assert page.locator("figure.chart").nth(1).locator("path.js-line").count() >= 2
    assert page.locator("figure.chart").nth(2).locator(".bars .point path").count() >= 20
    assert page.locator("figure.chart").nth(3).locator("path.js-line").count() == 20


def test_verdict_title_and_laps_are_there(opened, result, weekend):
    page = opened()
    assert result["driver_name"] in page.title()
    assert page.locator("p.verdict").inner_text() == result["verdict"]
    laps = weekend.race.laps
    rows = page.locator("table.laps tbody tr").count()
    assert rows == (laps["driver"] == result["driver"]).sum()
    assert page.locator("table.timeline tbody tr").count() == len(result["timeline"])
    assert page.locator("table.quality tbody tr").count() == len(result["quality"])


def test_no_code_and_no_path_of_this_machine_show(report):
    text = report.files[0].read_text(encoding="utf-8")
    body = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "check_autopsy_parameters" not in body
    for place in (str(Path.home()), str(Path(f1lab.__file__).parents[1]), "/tmp/"):  # noqa: S108
        assert place not in body


@pytest.mark.parametrize("width", [360, 700, 1600])
def test_it_fits_any_width(opened, width):
    page = opened(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for chart in page.locator("figure.chart").all():
        assert chart.bounding_box()["width"] <= width


def test_dark_pages_have_dark_paper_and_light_words(opened):
    page = opened(scheme="dark")
    paper, ink = page.evaluate(
        "['backgroundColor', 'color'].map((key) => getComputedStyle(document.body)[key])"
    )
    assert sum(map(int, re.findall(r"\d+", paper))) < 120 < sum(map(int, re.findall(r"\d+", ink)))
    title = page.locator("figure.chart .gtitle").first.evaluate("(e) => getComputedStyle(e).fill")
    assert title == ink


def test_the_pdf_is_the_same_report(report, result):
    pdf = report.files[1]
    assert pdf.read_bytes().startswith(b"%PDF")
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    flat = " ".join(text.split())
    assert f"What cost {result['driver_name']} the time" in flat
    for category in result["categories"].values():
        assert category["label"] in flat
        assert f"{abs(category['seconds']):.3f}" in flat
    assert "Gap to" in flat
    assert "/tmp" not in flat  # noqa: S108
