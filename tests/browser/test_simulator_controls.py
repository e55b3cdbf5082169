"""SimulatorControls where people meet it: a whole race in JupyterLab, by hand and by keyboard."""

import json
import os
import signal

import pytest

from tests.browser.pages import KERNEL_READY, open_exported, run_in_lab, set_theme

pytestmark = pytest.mark.browser

SOURCE = """\
import json, os, f1lab
from f1lab.league import League
from f1lab.widgets.simulator_controls import SimulatorControls
weekend = f1lab.load_demo()
league = League("simulator.sqlite", load=lambda year, event: weekend)
view = SimulatorControls(weekend, "UUR", user="Ada", league=league)
with open("kernel.txt", "w") as file:
    print(os.getpid(), file=file)
view"""

#: Written by a second cell once the race is over: what each lap really was.
TOLD = """\
sim = view.simulation
told = {
    "laps": [s.to_dict() for s in sim.history],
    "run": sim.to_dict(),
    "result": sim.result.to_dict(),
    "top": [(row.user, row.iq) for row in league.top().rows],
}
with open("told.json", "w") as file:
    json.dump(told, file)"""

#: The tower as it is shown: place, driver, tyre letter, age, stops.
TOWER = """rows => rows.map(row => ({
  place: row.cells[0].textContent, driver: row.dataset.driver,
  letter: row.querySelector('.sc-disc')?.textContent ?? '',
  age: row.querySelector('.sc-age')?.textContent ?? '', stops: row.cells[4].textContent,
  you: row.getAttribute('aria-current') === 'true',
}))"""

LETTERS = {"SOFT": "S", "MEDIUM": "M", "HARD": "H", "INTERMEDIATE": "I", "WET": "W"}


@pytest.fixture
def lab_page(chromium_page, lab_server):
    """Open a notebook with the demo race's pit wall in JupyterLab and run it."""
    page = chromium_page
    page.set_viewport_size({"width": 1560, "height": 1300})
    run_in_lab(page, lab_server, "simulator.ipynb", SOURCE)
    page.locator(".f1lab-sc .sc-main").wait_for(timeout=120_000)
    set_theme(page, "JupyterLab Light", ".f1lab-sc")
    page.locator(".f1lab-sc").evaluate("e => e.scrollIntoView({block: 'start'})")
    return page


def lap_shown(view):
    return int(view.locator(".sc-facts dd").first.evaluate("e => e.firstChild.textContent"))


def drive(page, view, lap):
    """Press the button until so many laps are driven."""
    while (now := lap_shown(view)) < lap:
        view.locator(".sc-step[aria-disabled=false]").click()
        page.wait_for_function(
            "lap => document.querySelector('.sc-facts dd').firstChild.textContent === String(lap)",
            arg=now + 1,
        )


def play_to_the_flag(page, view):
    """Play by keyboard at full speed; the race stops by itself where a call is wanted."""
    view.locator(".sc-group button", has_text="Max").click()
    while not view.locator(".sc-finish").is_visible():
        if "rain has stopped" in view.locator(".sc-bars").text_content():
            page.keyboard.press("3")
        page.keyboard.press("Space")
        view.locator(".sc-play[aria-pressed=false]:visible, .sc-finish:visible").first.wait_for()


def towers(view, laps):
    """Read the tower at some laps, by way of the slider."""
    found = {}
    for lap in laps:
        view.locator(".sc-slider").fill(str(lap))
        assert lap_shown(view) == lap
        found[lap] = view.locator(".sc-tower tbody tr").evaluate_all(TOWER)
    return found


def expected_tower(state):
    return [
        {
            "place": str(row["position"]) if row["running"] else "–",
            "driver": row["driver"],
            "letter": LETTERS[row["compound"]] if row["running"] else "",
            "age": "" if row["in_pit"] or not row["running"] else f"{row['tyre_age_laps']:.0f}",
            "stops": str(row["stops"] or ""),
            "you": row["you"],
        }
        for row in state["tower"]
    ]


def run_cell(page, source):
    """Run one more cell below the widget and wait for it."""
    page.evaluate(
        """source => {
          const notebook = jupyterapp.shell.currentWidget;
          notebook.content.model.sharedModel.insertCell(1, {cell_type: 'code', source});
          notebook.content.activeCellIndex = 1;
          return jupyterapp.commands.execute('notebook:run-cell');
        }""",
        source,
    )


def begin_by_hand(page, view):
    """Laps, a stop and a pace by clicks; a look back that changes nothing."""
    drive(page, view, 6)
    view.locator(".sc-pace", has_text="Push").click()
    view.locator(".sc-box").click()
    view.locator(".sc-tile", has_text="Medium").click()
    assert "Boxing for medium" in view.locator(".sc-box").text_content()
    assert view.locator(".f1-unseen[role=status]").text_content() == "Lap 7: box for medium, push"
    drive(page, view, 8)
    assert "Boxing" not in view.locator(".sc-box").text_content()
    view.locator(".sc-slider").fill("4")
    view.locator(".sc-back button", has_text="Go on from lap 4").click()
    view.locator(".sc-bars button", has_text="Keep").click()
    view.locator(".sc-back button", has_text="Back to lap 8").click()
    assert lap_shown(view) == 8


def go_on_by_keyboard(page, view, picture):
    """Odds, a stop under way, and the rest of the race by keys alone."""
    view.focus()
    page.keyboard.press("n")
    while lap_shown(view) < 18:
        page.keyboard.press("ArrowRight")
        view.locator(".sc-step[aria-disabled=false]").wait_for()
    page.keyboard.press("o")
    view.locator(".sc-odds tbody tr").first.wait_for()
    assert view.locator(".sc-odds tbody th", has_text="Stay out").count() == 1
    picture(view, "simulator")
    page.keyboard.press("o")
    page.keyboard.press("4")
    play_to_the_flag(page, view)


def test_a_whole_race_in_jupyterlab(lab_page, lab_server, page_log, picture):
    page, view = lab_page, lab_page.locator(".f1lab-sc")
    cells = page.locator(".jp-Notebook .jp-CodeCell").count()
    assert lap_shown(view) == 0
    begin_by_hand(page, view)
    go_on_by_keyboard(page, view, picture)
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == cells

    with page.expect_download() as download:
        view.locator(".sc-foot button", has_text="Download the run").click()
    run = json.loads(download.value.path().read_text(encoding="utf-8"))

    # The flag: result, score, the league's answer.
    view.locator(".sc-best").wait_for(timeout=60_000)
    view.locator(".sc-league button").click()
    view.locator(".sc-answer", has_text="Place 1 of 1").wait_for(timeout=60_000)
    set_theme(page, "JupyterLab Dark", ".f1lab-sc")
    shown = towers(view, range(lap_shown(view) + 1))

    # What was shown is what was driven.
    run_cell(page, TOLD)
    told = json.loads((lab_server.folder / "told.json").read_text(encoding="utf-8"))
    assert {lap: expected_tower(told["laps"][lap]) for lap in shown} == shown
    assert run == told["run"]
    calls = {d["lap"]: (d["pit"], d["pace"]) for d in told["run"]["decisions"]}
    assert calls[7] == ("MEDIUM", "push")
    assert calls[8] == (None, "push")
    assert calls[19] == ("INTERMEDIATE", "neutral")
    assert [pit for pit, _ in calls.values() if pit] == ["MEDIUM", "INTERMEDIATE", "HARD"]
    assert view.locator(".sc-place").text_content() == f"P{told['result']['position']}"
    ((user, iq),) = told["top"]
    assert user == "Ada"
    assert view.locator(".sc-meter b").first.text_content() == f"{iq:.0f}"
    assert page_log.outside() == []
    assert page_log.errors == []


def test_a_kernel_killed_mid_race_says_so_and_the_run_is_resumed(lab_page, lab_server, page_log):
    page, view = lab_page, lab_page.locator(".f1lab-sc")
    drive(page, view, 5)
    gaps = view.locator(".sc-gap").all_text_contents()
    os.kill(int((lab_server.folder / "kernel.txt").read_text()), signal.SIGKILL)
    view.locator("[role=alert]", has_text="your run is kept").wait_for(timeout=30_000)
    page.locator(".jp-Dialog button", has_text="Ok").click(timeout=30_000)
    page.wait_for_function(KERNEL_READY, timeout=60_000)
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    view.locator(".sc-offer", has_text="5 of 52 laps").wait_for(timeout=60_000)
    assert lap_shown(view) == 0
    view.locator(".sc-offer button", has_text="Resume").click()
    page.wait_for_function("document.querySelector('.sc-facts dd').firstChild.textContent === '5'")
    assert view.locator(".sc-gap").all_text_contents() == gaps
    drive(page, view, 6)
    assert page_log.outside() == []


def test_exported_page_shows_the_picture_offline(chromium_page, page_log, screenshots, tmp_path):
    import f1lab
    from f1lab.widgets.simulator_controls import SimulatorControls

    page = chromium_page
    view = SimulatorControls(f1lab.load_demo(), "UUR")
    view.restart({"start": "MEDIUM"}, [])
    view.step({"lap": 1, "pit": "HARD", "pace": "push"}, [])
    image = open_exported(page, tmp_path, view)
    assert image.evaluate("e => e.decode().then(() => e.naturalWidth)") == 860
    assert "lap 1 of 52" in image.get_attribute("alt")
    page.locator(".f1lab-static summary").click()
    assert page.locator(".f1lab-static tbody tr").count() == 20
    page.locator(".f1lab-static").screenshot(path=screenshots / "simulator-export.png")
    assert page_log.outside() == []
    assert page_log.errors == []
