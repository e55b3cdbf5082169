"""BlameWaterfall where people meet it: in JupyterLab, and in an exported page offline."""

import json
import re
from pathlib import Path

import pytest

from tests.browser.pages import open_exported, run_in_lab, set_theme

pytestmark = pytest.mark.browser

REPORTS = Path(__file__).parents[1] / "widgets" / "fixtures" / "reports"
IN_VIEW = "element => element.scrollIntoView({block: 'start'})"


def read(name):
    return json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))


def source(name):
    """Code that shows the waterfall of a report."""
    return (
        "import json\n"
        "from f1lab.widgets import BlameWaterfall\n"
        f"BlameWaterfall(json.loads({json.dumps(json.dumps(read(name)))}))"
    )


@pytest.fixture
def lab_page(chromium_page, lab_server):
    """Open a notebook of waterfalls in JupyterLab and run it."""

    def open_notebook(*names):
        run_in_lab(chromium_page, lab_server, "waterfall.ipynb", *map(source, names))
        chromium_page.locator(".f1lab-wf").nth(len(names) - 1).wait_for(timeout=60_000)
        return chromium_page

    return open_notebook


def texts(view, selector):
    return [text.replace("−", "-") for text in view.locator(selector).all_text_contents()]


def check_numbers(view, report):
    """Bars and texts are those of ``to_dict()``."""
    parts = list(report["categories"].values())
    bars = view.locator(".wf-bar")
    seconds = [float(bar.get_attribute("data-seconds")) for bar in bars.all()]
    expected = [p["seconds"] for p in parts] + [report["unexplained_s"], report["gap_s"]]
    assert seconds == expected
    shown = [float(text.removesuffix(" s")) for text in texts(view, ".wf-value")]
    assert shown == pytest.approx(expected, abs=0.0501)
    percents = texts(view, ".wf-percent")
    assert len(percents) == len(parts) + 1
    for percent, part in zip(percents, parts, strict=False):
        rounded = float(percent.removesuffix(" %").replace("<1", "0"))
        assert rounded == pytest.approx(part["share"] * 100, abs=0.501)
    labels = texts(view, ".wf-bar .wf-label")
    assert labels == [p["label"] for p in parts] + ["Unexplained", "Total gap"]
    places = [p["positions"] for p in parts if p["positions"]]
    assert texts(view, ".wf-places") == [f"{'▼' if n > 0 else '▲'}{abs(n)}" for n in places]
    assert view.locator(".wf-verdict").text_content() == report["verdict"]
    widths = [box.bounding_box()["width"] for box in view.locator(".wf-rect").all()]
    assert widths[-1] / widths[4] == pytest.approx(expected[-1] / expected[4], rel=0.02)


def check_evidence(view, report, key):
    evidence = report["categories"][key]["evidence"]
    panel = view.locator(".wf-panel")
    assert panel.is_visible()
    assert (
        panel.locator(".wf-panel-head strong").text_content() == report["categories"][key]["label"]
    )
    found = texts(panel, ".wf-evidence-seconds")
    assert [float(text.removesuffix(" s")) for text in found] == [e["seconds"] for e in evidence]
    for item, line in zip(evidence, panel.locator("li").all(), strict=True):
        assert item["text"] in line.text_content()
        chips = [[int(n) for n in re.findall(r"\d+", c)] for c in texts(line, ".wf-chip")]
        laps = [lap for first, *last in chips for lap in range(first, (last or [first])[0] + 1)]
        assert laps == item["laps"][: len(laps)]
        assert len(laps) == len(item["laps"]) or line.locator(".wf-more").count() == 1


def test_in_jupyterlab(lab_page, page_log, screenshots):
    page = lab_page("typical", "refusal")
    report, view = read("typical"), page.locator(".f1lab-wf").first
    view.locator(".wf-bar").nth(7).wait_for()
    check_numbers(view, report)
    assert read("refusal")["refusal"] in page.locator(".f1lab-wf").nth(1).text_content()

    set_theme(page, "JupyterLab Light", ".f1lab-wf")
    view.evaluate(IN_VIEW)
    page.screenshot(path=screenshots / "lab-light.png")
    light = view.evaluate("e => getComputedStyle(e).backgroundColor")
    view.locator("[data-key=strategy]").click()
    check_evidence(view, report, "strategy")
    page.screenshot(path=screenshots / "lab-light-evidence.png")

    set_theme(page, "JupyterLab Dark", ".f1lab-wf")
    view.evaluate(IN_VIEW)
    assert view.evaluate("e => getComputedStyle(e).backgroundColor") != light
    page.screenshot(path=screenshots / "lab-dark-evidence.png")

    keys = page.keyboard
    keys.press("Escape")
    assert view.locator(".wf-panel").is_hidden()
    assert page.evaluate("document.activeElement.dataset.key") == "strategy"
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Enter")
    check_evidence(view, report, "incidents")
    keys.press("Home")
    check_evidence(view, report, "qualifying")
    cells = page.locator(".jp-Notebook .jp-CodeCell").count()
    keys.press("x")  # cuts the cell when the key gets through to the notebook
    keys.press("Escape")
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == cells == 2
    assert page.evaluate("document.activeElement.dataset.key") == "qualifying"
    page.screenshot(path=screenshots / "lab-dark.png")

    assert page_log.outside() == []
    assert page_log.errors == []


AUTOPSY = """\
import json, f1lab
weekend = f1lab.load_demo()
report = f1lab.autopsy(weekend, weekend.race.results.driver.iloc[3])
with open("report.json", "w") as file:
    json.dump(report.to_dict(), file)
report"""


def test_the_demo_autopsy_in_jupyterlab(chromium_page, lab_server, page_log, screenshots):
    page = chromium_page
    run_in_lab(page, lab_server, "demo.ipynb", AUTOPSY)
    view = page.locator(".f1lab-wf")
    view.locator(".wf-bar").nth(7).wait_for(timeout=120_000)
    report = json.loads((lab_server.folder / "report.json").read_text(encoding="utf-8"))
    check_numbers(view, report)
    for key in report["categories"]:
        view.locator(f"[data-key={key}]").click()
        if report["categories"][key]["evidence"]:
            check_evidence(view, report, key)
    view.evaluate(IN_VIEW)
    page.screenshot(path=screenshots / "lab-demo.png")
    assert page_log.outside() == []
    assert page_log.errors == []


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("typical", 360, "light"),
        ("typical", 360, "dark"),
        ("lapped", 900, "light"),
        ("lapped", 360, "light"),
        ("negative_total", 900, "dark"),
        ("all_gained", 700, "light"),
        ("all_zero", 700, "light"),
        ("ideal", 900, "light"),
    ],
)
def test_on_a_plain_page(name, width, scheme, chromium_page, page_log, screenshots):
    page = chromium_page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="no-preference")
    mount(page, name)
    view = page.locator(".f1lab-wf")
    assert view.get_attribute("data-theme") == scheme
    page.wait_for_function("() => document.getAnimations().length === 0")
    if name != "all_zero":
        check_numbers(view, read(name))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    overlaps = page.evaluate(OVERLAPPING)
    assert overlaps == []
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    sums = [float(text.removesuffix(" s")) for text in texts(view, ".wf-sum td")]
    assert sum(sums[:-1]) == pytest.approx(sums[-1], abs=1e-9)
    page.screenshot(path=screenshots / f"plain-{name}-{width}-{scheme}.png", full_page=True)
    assert page_log.outside() == []
    assert page_log.errors == []


#: Pairs of texts of the chart that cover each other.
OVERLAPPING = """() => {
  const all = [...document.querySelectorAll('.wf-chart text')].map(e => [e.textContent, e.getBoundingClientRect()]);
  const cover = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  return all.flatMap(([s, a], i) => all.slice(i + 1).filter(([, b]) => cover(a, b)).map(([t]) => [s, t]));
}"""


def mount(page, name):
    """Show the committed bundle on an empty page, as a widget manager would."""
    from f1lab.widgets import BlameWaterfall

    widget = BlameWaterfall(read(name))
    page.set_content("<!doctype html><body style='margin:8px'><div id='here'></div></body>")
    page.add_style_tag(content=widget._css)
    page.evaluate(
        """async ([code, data]) => {
          const blob = new Blob([code], {type: 'text/javascript'});
          const {default: widget} = await import(URL.createObjectURL(blob));
          const traits = {data, animate: true, timeline: true};
          widget.render({model: {get: name => traits[name]}, el: document.getElementById('here')});
        }""",
        [widget._esm, widget.data],
    )
    page.locator(".wf-bar").nth(7).wait_for()


def test_the_build_up_ends_with_every_bar_in_place(chromium_page):
    chromium_page.emulate_media(reduced_motion="no-preference")
    mount(chromium_page, "typical")
    assert chromium_page.evaluate("document.getAnimations().length") > 8
    chromium_page.wait_for_function("() => document.getAnimations().length === 0", timeout=5000)
    check_numbers(chromium_page.locator(".f1lab-wf"), read("typical"))


def test_less_motion_is_respected(chromium_page):
    mount(chromium_page, "typical")
    assert chromium_page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_exported_page_shows_the_picture_offline(
    scheme, chromium_page, page_log, screenshots, tmp_path
):
    from f1lab.widgets import BlameWaterfall

    page = chromium_page
    page.emulate_media(color_scheme=scheme)
    image = open_exported(page, tmp_path, BlameWaterfall(read("typical")))
    size = image.evaluate("e => e.decode().then(() => [e.naturalWidth, e.naturalHeight])")
    assert size[0] == 800
    assert size[1] > 400
    assert image.get_attribute("alt").startswith("TOV vs KAS")
    colours = image.evaluate(PIXEL)
    assert colours == [255, 255, 255], "the exported page is light, so is its picture"
    page.locator(".f1lab-static summary").click()
    row = page.locator(".f1lab-static tr[data-key=strategy]")
    assert "+9.604 s" in row.text_content()
    page.locator(".f1lab-static").screenshot(path=screenshots / f"export-{scheme}.png")
    page.set_viewport_size({"width": 400, "height": 900})
    page.wait_for_function("() => document.querySelector('.f1lab-static img').naturalWidth === 380")
    page.locator(".f1lab-static").screenshot(path=screenshots / f"export-{scheme}-narrow.png")
    assert page_log.outside() == []
    assert page_log.errors == []


#: Colour of the picture's paper.
PIXEL = """e => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [e.naturalWidth, e.naturalHeight];
  const context = canvas.getContext('2d');
  context.drawImage(e, 0, 0);
  return [...context.getImageData(400, 6, 1, 1).data].slice(0, 3);
}"""
