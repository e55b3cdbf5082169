"""TelemetryTraces where people meet it: in JupyterLab, zoomed, asked for other laps."""

import json

import pytest

from tests.browser.pages import open_exported, run_in_lab, set_theme

pytestmark = pytest.mark.browser

SOURCE = """\
import json, f1lab, numpy as np
from f1lab.widgets import TelemetryTraces
weekend = f1lab.load_demo()
first, second, third = weekend.race.results["driver"][:3]
view = TelemetryTraces(weekend, laps=[(d, "fastest") for d in (first, second, third)])
frame = weekend.race.telemetry(*view.laps[0])
told = {
    "laps": view.laps,
    "data": view.data,
    "at": frame["distance_m"].tolist(),
    "speed": frame["speed_kmh"].tolist(),
}
with open("traces.json", "w") as file:
    json.dump(told, file)
view"""

#: Wheel the view in and out, a notch a frame; how long each frame took [ms].
FRAMES = """async count => {
  const stage = document.querySelector('.tt-stage');
  stage.focus({preventScroll: true});
  const box = stage.getBoundingClientRect();
  const times = [];
  await new Promise(done => {
    let last = performance.now();
    const step = now => {
      times.push(now - last);
      last = now;
      if (times.length > count) return done();
      stage.dispatchEvent(new WheelEvent('wheel', {
        deltaY: times.length < count / 2 ? -60 : 60,
        clientX: box.left + box.width * 0.6, clientY: box.top + 100,
        bubbles: true, cancelable: true,
      }));
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  return times.slice(2).sort((a, b) => a - b);
}"""

#: How many pixels of each plot have a colour that is no grey.
DRAWN = """() => Object.fromEntries([...document.querySelectorAll('.tt-panel')].map(panel => {
  const canvas = panel.querySelector('canvas');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let drawn = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    const [red, green, blue, opaque] = pixels.slice(i, i + 4);
    if (opaque > 99 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) drawn++;
  }
  return [panel.dataset.channel, drawn];
}))"""


@pytest.fixture
def lab_page(chromium_page, lab_server):
    """Open a notebook with the traces of the demo in JupyterLab and run it."""
    page = chromium_page
    page.set_viewport_size({"width": 1400, "height": 1300})
    run_in_lab(page, lab_server, "traces.ipynb", SOURCE)
    page.locator(".f1lab-tt .uplot").first.wait_for(timeout=60_000)
    page.wait_for_function("document.querySelector('.tt-stage')?.dataset.view")
    return page


def numbers(page, key):
    texts = page.locator(f".tt-laps [data-key={key}]").all_text_contents()
    return [float(text.replace("−", "-")) for text in texts if text != "–"]


def view_m(page):
    low, high = page.locator(".tt-stage").get_attribute("data-view").split()
    return float(low), float(high)


def check_numbers(page, told):
    """Values at the cursor are those of the samples, the last difference that of the laps."""
    stage, apex = page.locator(".tt-stage"), told["data"]["corners"][0]["apex_m"]
    stage.focus()
    page.keyboard.press("PageDown")
    settle(page)
    assert int(stage.get_attribute("aria-valuenow")) == pytest.approx(apex, abs=0.6)
    nearest = min(range(len(told["at"])), key=lambda i: abs(told["at"][i] - apex))
    around = told["speed"][max(nearest - 1, 0) : nearest + 2]
    assert min(around) - 1 <= numbers(page, "speed")[0] <= max(around) + 1
    page.keyboard.press("End")
    settle(page)
    lost = [sum(part["cells"][k]["lost_s"] for part in told["data"]["parts"]) for k in (1, 2)]
    assert numbers(page, "delta") == pytest.approx(lost, abs=0.005)
    shown = page.locator(".tt-laps [data-key=delta]").nth(1).text_content()
    assert f"{shown} s" in stage.get_attribute("aria-valuetext")


def check_keys(page, told):
    length, apex = told["data"]["length_m"], told["data"]["corners"][0]["apex_m"]
    for key in ("Home", "PageDown", "+", "+", "+"):
        page.keyboard.press(key)
    settle(page)
    low, high = view_m(page)
    assert high - low == pytest.approx(length / 1.6**3, rel=0.01)
    assert low <= apex <= high
    cells = page.locator(".jp-Notebook .jp-CodeCell").count()
    page.keyboard.press("x")  # cuts the cell when the key gets through to the notebook
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == cells


def check_drag(page, told):
    length = told["data"]["length_m"]
    page.keyboard.press("0")
    settle(page)
    assert view_m(page) == pytest.approx((0, length), abs=0.1)
    box = page.locator(".tt-stage").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 100, steps=4)
    page.mouse.up()
    settle(page)
    inner = box["width"] - 60
    expected = tuple((pixel - 46) / inner * length for pixel in (300, 500))
    assert view_m(page) == pytest.approx(expected, abs=length / inner * 2)
    page.mouse.dblclick(box["x"] + 300, box["y"] + 100)
    settle(page)
    assert view_m(page) == pytest.approx((0, length), abs=0.1)


def check_choices(page, told):
    """Other laps are asked of Python; a wish that cannot be met is answered in place."""
    assert page.locator(".tt-laps tbody tr").count() == 3
    page.locator(".tt-remove").nth(2).click()
    page.wait_for_function("document.querySelectorAll('.tt-laps tbody tr').length === 2")
    driver, lap = told["laps"][0]
    page.locator(".tt-laps select").nth(2).select_option(driver)
    page.wait_for_function("!document.querySelector('.f1lab-tt').hasAttribute('aria-busy')")
    page.locator(".tt-laps select").nth(3).select_option(str(lap))
    page.locator(".tt-notice", has_text="is there twice").wait_for()
    assert page.locator(".tt-laps tbody tr").count() == 2
    page.locator(".tt-modes button").nth(1).click()
    page.locator(".tt-modes button[aria-pressed=true]", has_text="Whole session").wait_for()
    settle(page)
    assert page.evaluate(DRAWN)["speed"] > 100


def settle(page):
    """Wait until what was asked for has been drawn."""
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def test_in_jupyterlab(lab_page, lab_server, page_log, screenshots, record_property):
    page, root = lab_page, lab_page.locator(".f1lab-tt")
    told = json.loads((lab_server.folder / "traces.json").read_text(encoding="utf-8"))
    drawn = page.evaluate(DRAWN)
    assert set(drawn) == {"speed", "delta", "throttle", "brake", "gear", "rpm", "drs"}
    assert {name for name, count in drawn.items() if count > 100} >= set(drawn) - {"drs"}, drawn

    set_theme(page, "JupyterLab Light", ".f1lab-tt")
    root.evaluate("e => e.scrollIntoView({block: 'start'})")
    page.screenshot(path=screenshots / "traces-light.png")
    check_numbers(page, told)
    check_keys(page, told)
    set_theme(page, "JupyterLab Dark", ".f1lab-tt")
    settle(page)
    page.screenshot(path=screenshots / "traces-dark-zoomed.png")
    check_drag(page, told)

    frames = page.evaluate(FRAMES, 120)
    record_property("median_frame_ms", frames[len(frames) // 2])
    record_property("p95_frame_ms", frames[int(len(frames) * 0.95)])

    check_choices(page, told)
    page.screenshot(path=screenshots / "traces-dark-session.png")
    page.set_viewport_size({"width": 860, "height": 1300})
    page.wait_for_function(
        "document.querySelector('.uplot').clientWidth"
        " <= document.querySelector('.tt-stage').clientWidth"
    )
    assert root.evaluate("e => e.scrollWidth <= e.clientWidth")
    root.screenshot(path=screenshots / "traces-narrow.png")
    assert page_log.outside() == []
    assert page_log.errors == []


@pytest.mark.parametrize(("width", "natural"), [(1000, 860), (480, 400)])
def test_exported_page_shows_the_picture_offline(
    width, natural, chromium_page, page_log, screenshots, tmp_path
):
    import f1lab
    from f1lab.widgets import TelemetryTraces

    weekend = f1lab.load_demo()
    drivers = weekend.race.results["driver"][:2]
    view = TelemetryTraces(weekend, laps=[(driver, "fastest") for driver in drivers])
    page = chromium_page
    page.set_viewport_size({"width": width, "height": 900})
    image = open_exported(page, tmp_path, view)
    assert image.evaluate("e => e.decode().then(() => e.naturalWidth)") == natural
    page.locator(".f1lab-static summary").click()
    assert page.locator(".f1lab-static tbody tr").count() == len(view.data["parts"])
    page.locator(".f1lab-static").screenshot(path=screenshots / f"traces-export-{width}.png")
    assert page_log.outside() == []
    assert page_log.errors == []
