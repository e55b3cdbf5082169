"""Charts over the API: the library's own figures, in the form that is accepted."""

from __future__ import annotations

import json
import shutil
import struct
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("fastapi", reason="the API needs pip install 'f1lab[api]'")

import f1lab
from f1lab import compare, figures
from f1lab.api.accept import preferred
from f1lab.api.problems import ProblemError
from f1lab.api.routes import visualizations
from f1lab.errors import InvalidInput, UnknownName
from f1lab.figures import image

D = "demo/demo"
PLOTLY = "application/vnd.plotly.v1+json"
PAIR = ["UUR", "WEX"]
BROWSER = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
needs_browser = pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed")

#: Address and the library's figure.
CHARTS = {
    f"/speed-trace/{D}?lap=UUR&lap=WEX": lambda w: figures.speed_trace(w, PAIR),
    f"/throttle-brake/{D}?lap=uur:14": lambda w: figures.pedals(w, [("UUR", 14)]),
    f"/gear-usage/{D}?lap=UUR": lambda w: figures.gear_usage(w, ["UUR"]),
    f"/lap-distribution/{D}?driver=OND&driver=PNY&by=stint&corrected=true": (
        lambda w: figures.lap_distribution(w, ["OND", "PNY"], by="stint", corrected=True)
    ),
    f"/lap-distribution/{D}": figures.lap_distribution,
    f"/sector-comparison/{D}?a=OND&b=PNY": lambda w: figures.sectors(
        compare.drivers(w, "OND", "PNY")
    ),
    f"/tyre-degradation/{D}": figures.tyre_degradation,
    f"/performance-radar/{D}?a=OND&b=PNY": lambda w: figures.radar(
        compare.drivers(w, "OND", "PNY")
    ),
    f"/heatmap/{D}": lambda w: figures.blame_heatmap(f1lab.season_blame([w])),
}
REFUSED = {
    f"/speed-trace/{D}?lap=UUR": (422, "1 lap given: 2 to 6 are drawn together"),
    f"/speed-trace/{D}?lap=UUR&lap=UUR": (422, "twice"),
    f"/speed-trace/{D}?lap=UUR&lap=XYZ": (404, "XYZ"),
    f"/speed-trace/{D}": (422, "query.lap"),
    f"/gear-usage/{D}?lap=UUR:999": (404, "999"),
    f"/performance-radar/{D}?a=UUR&b=UUR": (422, "compared with himself"),
    f"/tyre-degradation/{D}?width=100000": (422, "query.width"),
    "/heatmap/2031": (422, "no race of 2031 is at hand"),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield f1lab.load_demo()


def ask(api, address, **headers):
    return api.ask("GET", f"/visualizations{address}", headers=headers)


@pytest.mark.parametrize("address", CHARTS)
def test_a_chart_is_the_librarys_figure(api, demo, address):
    answer = ask(api, address, Accept=PLOTLY)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == PLOTLY
    assert answer.json() == json.loads(CHARTS[address](demo).to_json())


@pytest.mark.parametrize("address", REFUSED)
def test_a_chart_that_cannot_be_drawn_says_why(api, address):
    status, said = REFUSED[address]
    answer = ask(api, address)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]


ACCEPTED = {
    "*/*": "application/json",
    "": "application/json",
    "application/*": "application/json",
    "application/json;q=0.1, application/vnd.plotly.v1+json": PLOTLY,
    "text/html, image/*;q=0.8, */*;q=0.1": "image/png",
    "image/svg+xml,image/png;q=0.9": "image/svg+xml",
    "IMAGE/PNG": "image/png",
    "*/*, application/json;q=0": PLOTLY,
    "application/json;q=high, image/png;q=0.01": "image/png",
}


@pytest.mark.parametrize("accept", ACCEPTED)
def test_the_form_wanted_most_is_chosen(accept):
    assert preferred(accept, visualizations._FORMS) == ACCEPTED[accept]


@pytest.mark.parametrize("accept", ["text/html", "image/webp", "*/*;q=0", "nonsense", ",;,"])
def test_a_form_there_is_not_is_refused(accept):
    with pytest.raises(ProblemError, match="ask for one of application/json") as refused:
        preferred(accept, visualizations._FORMS)
    assert refused.value.problem.status == 406


def test_without_a_wish_a_chart_comes_as_json_and_each_form_has_its_own_mark(api):
    plain = ask(api, f"/tyre-degradation/{D}", Accept="*/*")
    assert plain.headers["Content-Type"] == "application/json"
    assert "Accept" in plain.headers["Vary"]
    own = ask(api, f"/tyre-degradation/{D}", Accept=PLOTLY)
    assert own.content == plain.content
    assert own.headers["ETag"] != plain.headers["ETag"]
    page = ask(api, f"/tyre-degradation/{D}", Accept="text/html")
    assert page.status_code == 406
    assert page.headers["Content-Type"] == "application/problem+json"


@needs_browser
def test_pictures_have_the_size_asked_for(api):
    chart = f"/tyre-degradation/{D}?width=640&height=400&scale=1.5"
    png = ask(api, chart, Accept="image/png")
    assert png.status_code == 200, png.text
    assert png.headers["Content-Type"] == "image/png"
    assert png.content.startswith(b"\x89PNG")
    assert struct.unpack(">II", png.content[16:24]) == (960, 600)
    svg = ask(api, chart, Accept="image/svg+xml")
    assert svg.headers["Content-Type"] == "image/svg+xml"
    drawn = ET.fromstring(svg.content)  # noqa: S314  (our own server's)
    assert (drawn.get("width"), drawn.get("height")) == ("640", "400")
    words = {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert "Tyre degradation" in words
    assert "http" not in svg.text.replace("http://www.w3.org", "")


def test_without_a_browser_a_picture_is_refused_with_the_reason(monkeypatch, demo):
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chromium")
    monkeypatch.setattr(image, "_browser", image._Browser())
    monkeypatch.setattr(visualizations, "load_weekend", lambda *_: demo)
    with pytest.raises(ProblemError, match="needs Chromium or Chrome and none") as refused:
        visualizations.degradation("image/png", visualizations.Size(), "demo", "demo")
    assert refused.value.problem.status == 501


def test_a_browser_that_fails_is_told_and_not_kept(monkeypatch, demo):
    class Broken(image._Browser):
        async def _drawn(self, *_):
            raise RuntimeError("the tab crashed")

    monkeypatch.setattr(image, "_browser", Broken())
    monkeypatch.setattr(visualizations, "load_weekend", lambda *_: demo)
    with pytest.raises(ProblemError, match="the tab crashed") as refused:
        visualizations.degradation("image/svg+xml", visualizations.Size(), "demo", "demo")
    assert refused.value.problem.status == 503
    assert refused.value.headers["Retry-After"] == "10"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"width": 5}, "width=5"),
        ({"height": 90_000}, "height=90000"),
        ({"scale": 0}, "scale=0"),
    ],
)
def test_a_size_no_picture_has_is_refused(demo, wrong, said):
    with pytest.raises(InvalidInput, match=said):
        figures.to_image(figures.tyre_degradation(demo), **wrong)


def test_a_format_no_picture_has_is_refused(demo):
    with pytest.raises(UnknownName, match="no format of a picture 'gif'"):
        figures.to_image(figures.tyre_degradation(demo), "gif")
