"""RaceTimeline where people meet it: in JupyterLab, linked to Python both ways."""

import json

import pytest

from tests.browser.pages import open_exported, run_in_lab, set_theme

pytestmark = pytest.mark.browser

SOURCE = """\
import json, f1lab
from f1lab.widgets import RaceTimeline
weekend = f1lab.load_demo()
second = weekend.race.results["driver"][1]
view = RaceTimeline(weekend, report=f1lab.autopsy(weekend, second))
with open("timeline.json", "w") as file:
    json.dump(view.data, file)
def heard(change):
    with open("heard.txt", "a") as file:
        print(change["new"], file=file)
view.observe(heard, "selected")
view"""


@pytest.fixture
def lab_page(chromium_page, lab_server):
    """Open a notebook with the timeline of the demo in JupyterLab and run it."""
    page = chromium_page
    page.set_viewport_size({"width": 1400, "height": 1300})
    run_in_lab(page, lab_server, "timeline.ipynb", SOURCE)
    page.locator(".f1lab-rt .rt-chart").wait_for(timeout=120_000)
    return page


def test_in_jupyterlab(lab_page, lab_server, page_log, screenshots):
    page, view = lab_page, lab_page.locator(".f1lab-rt")
    told = json.loads((lab_server.folder / "timeline.json").read_text(encoding="utf-8"))
    drivers = {driver["code"]: driver for driver in told["drivers"]}
    set_theme(page, "JupyterLab Light", ".f1lab-rt")

    # Everything of the race is drawn.
    assert view.locator(".rt-line").count() == len(drivers)
    stops = sum(len(driver["stints"]) - 1 for driver in told["drivers"])
    assert view.locator(".rt-driver .rt-mark-stop").count() == stops
    assert view.locator(".rt-band text").all_text_contents() == [b["label"] for b in told["bands"]]
    names = [button.get_attribute("data-code") for button in view.locator(".rt-button").all()]
    assert names == list(drivers)
    for code, driver in drivers.items():
        path = view.locator(f".rt-driver[data-code={code}] .rt-line").get_attribute("d")
        known = [place for place in driver["positions"] if place is not None]
        assert path.count("M") + path.count("L") == len(known)

    # The autopsy's driver is selected, his evidence shown.
    own = told["report"]["driver"]
    assert view.locator(".rt-button[aria-pressed=true]").get_attribute("data-code") == own
    assert view.locator(".rt-verdict").text_content() == told["report"]["verdict"]
    lists = view.locator(".rt-columns ul")
    assert lists.nth(0).locator("li").count() == len(told["report"]["timeline"])
    assert lists.nth(1).locator("li").count() == len(told["report"]["evidence"])
    with_laps = next(i for i, e in enumerate(told["report"]["evidence"]) if e["laps"])
    lists.nth(1).locator("li").nth(with_laps).hover()
    assert view.locator(".rt-evidence-laps rect").count() >= 1
    view.evaluate("e => e.scrollIntoView({block: 'start'})")
    page.screenshot(path=screenshots / "timeline-light-autopsy.png")

    # A click reaches Python, so do the keys; a plain key does not reach the notebook.
    other = names[4]
    view.locator(f".rt-button[data-code={other}]").click()
    assert drivers[other]["name"] in view.locator(".rt-panel").text_content()
    page.keyboard.press("ArrowDown")
    cells = page.locator(".jp-Notebook .jp-CodeCell").count()
    page.keyboard.press("x")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == cells
    below = drivers[names[5]]
    place = below["positions"][12]
    assert f"{below['code']} P{place}" in view.locator(".rt-readout").text_content()
    assert (
        view.locator(".rt-readout").text_content() == view.locator("[role=status]").text_content()
    )
    set_theme(page, "JupyterLab Dark", ".f1lab-rt")
    page.screenshot(path=screenshots / "timeline-dark-selected.png")
    view.locator(".rt-button[aria-pressed=true]").focus()  # JupyterLab took it for the theme
    page.keyboard.press("Escape")
    view.locator(".rt-panel").wait_for(state="hidden")
    page.wait_for_timeout(500)
    heard = (lab_server.folder / "heard.txt").read_text(encoding="utf-8").splitlines()
    assert heard == [other, names[5], ""]

    page.set_viewport_size({"width": 860, "height": 1300})
    page.wait_for_function(
        "document.querySelector('.rt-chart').clientWidth <= document.querySelector('.rt-stage').clientWidth"
    )
    assert view.evaluate("e => e.scrollWidth <= e.clientWidth")
    view.screenshot(path=screenshots / "timeline-narrow.png")
    assert page_log.outside() == []
    assert page_log.errors == []


@pytest.mark.parametrize(("width", "natural"), [(1000, 860), (480, 400)])
def test_exported_page_shows_the_picture_offline(
    width, natural, chromium_page, page_log, screenshots, tmp_path
):
    import f1lab
    from f1lab.widgets import RaceTimeline

    weekend = f1lab.load_demo()
    view = RaceTimeline(weekend, highlight=weekend.race.results["driver"][:2].tolist())
    page = chromium_page
    page.set_viewport_size({"width": width, "height": 900})
    image = open_exported(page, tmp_path, view)
    assert image.evaluate("e => e.decode().then(() => e.naturalWidth)") == natural
    page.locator(".f1lab-static summary").click()
    assert page.locator(".f1lab-static tbody tr").count() == len(weekend.race.results)
    page.locator(".f1lab-static").screenshot(path=screenshots / f"timeline-export-{width}.png")
    assert page_log.outside() == []
    assert page_log.errors == []
