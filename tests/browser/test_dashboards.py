"""The dashboards in a real browser: a standalone Voilà as ``f1lab dashboards`` starts it.

One server for all tests, on loopback with a token. Its league is an SQLite file in a temporary
folder, its only race the demo weekend.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.browser]

#: What a page has to show: charts drawn and widgets mounted.
SHOWN = {
    "home": (0, 0),
    "autopsy": (2, 2),
    "simulator": (0, 1),
    "leaderboard": (0, 0),
    "teams": (1, 0),
    "season": (3, 0),
    "strategy": (1, 0),
}
PATIENCE_MS = 60_000
#: Pages the README shows: height [px] and colours.
PICTURES = {"autopsy": (1180, "light"), "teams": (1010, "dark"), "strategy": (1010, "light")}
#: Every box that is wider than a phone says that it scrolls, and no other does.
UNMARKED = """() => [...document.querySelectorAll('.wide')].every(
  box => box.hasAttribute('data-scrolls')
    === [...box.children].some(inside => inside.offsetWidth > box.clientWidth + 1))"""
LAPS_OF_THE_DEMO = 52


@dataclass(frozen=True)
class Served:
    """The running dashboards."""

    port: int
    token: str
    folder: Path

    @property
    def root(self):
        return f"http://127.0.0.1:{self.port}"

    def url(self, page, query=""):
        known = f"token={self.token}"
        return f"{self.root}/voila/render/{page}.ipynb?{query}{'&' * bool(query)}{known}"

    def status(self, path, method="GET", *, known=True):
        """Status of a raw path, as a stranger or as somebody with the token would send it."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"token {self.token}"} if known else {}
        line.request(method, path, headers=headers)
        answer = line.getresponse()
        body = answer.read()
        line.close()
        return answer.status, body


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """``f1lab dashboards`` as a user starts it, ended as a service manager does."""
    pytest.importorskip("voila", reason="Voilà is not installed")
    base = tmp_path_factory.mktemp("dashboards")
    for name in ("home", "tmp"):
        (base / name).mkdir()
    token, port = secrets.token_hex(16), _free_port()
    command = [
        *(sys.executable, "-m", "f1lab.cli", "dashboards", "--no-browser"),
        *("--port", str(port), "--token", token),
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "F1LAB_CACHE_DIR": str(base / "cache"),
        "F1LAB_DATA_DIR": str(base / "data"),
        "HOME": str(base / "home"),
        "TMPDIR": str(base / "tmp"),
    }
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = process.stdout.readline()
    if not said.startswith("f1lab dashboards:"):
        process.kill()
        pytest.fail(f"the dashboards did not come up: {said}{process.stdout.read()}")
    yield Served(port, token, base)
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest
    assert not list((base / "tmp").iterdir()), "temporary files stayed behind"


@pytest.fixture
def visit(served, browser, page_log):
    """Open a page as a new visitor."""
    contexts = []

    def open_page(page, query="", context=None):
        if context is None:
            context = browser.new_context(
                viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
            )
            contexts.append(context)
        tab = context.new_page()
        page_log.watch(tab)
        tab.goto(served.url(page, query), wait_until="commit", timeout=PATIENCE_MS)
        tab.locator("footer.foot").wait_for(timeout=PATIENCE_MS)
        return tab

    yield open_page
    for context in contexts:
        context.close()


def _free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kernel_of(tab):
    return json.loads(tab.locator("#jupyter-config-data").text_content())["kernelId"]


def controls(tab):
    card = tab.locator(".stage section.f1lab-sc")
    card.get_by_role("button", name=re.compile("^Drive lap|^Play again")).first.wait_for(
        timeout=PATIENCE_MS
    )
    return card


def drive(card, laps):
    """Press "Drive lap" so many times, each when the lap before is in."""
    for _ in range(laps):
        button = card.get_by_role("button", name=re.compile("^Drive lap"))
        lap = int(re.search(r"\d+", button.get_attribute("aria-label"))[0])
        button.click()
        card.get_by_role("button", name=re.compile(f"^Drive lap {lap + 1}\\b")).wait_for()


def next_lap(card):
    label = card.get_by_role("button", name=re.compile("^Drive lap")).get_attribute("aria-label")
    return int(re.search(r"\d+", label)[0])


def to_the_flag(card):
    """Play as fast as it goes, on again after each pause that a flag or rain brings."""
    card.get_by_role("button", name="Max").click()
    over = card.get_by_role("button", name="Play again")
    play = card.get_by_role("button", name="▶ Play")
    until = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < until and not over.is_visible():
        if play.is_visible():
            play.click()
        over.or_(play).first.wait_for(timeout=PATIENCE_MS)


@pytest.mark.parametrize("page", SHOWN)
def test_every_dashboard_opens_draws_is_silent_and_keeps_to_itself(visit, page_log, picture, page):
    charts, widgets = SHOWN[page]
    tab = visit(page)
    if charts:
        tab.locator("html[data-charts=drawn]").wait_for(state="attached", timeout=PATIENCE_MS)
    for n in range(widgets):
        tab.locator(".stage .f1lab-card").nth(n).wait_for(timeout=PATIENCE_MS)
    assert tab.locator("figure.chart:has(.main-svg)").count() == charts
    assert tab.locator(".live").count() == widgets
    assert tab.locator("main h1").count() == 1
    assert tab.locator("nav a[aria-current=page]").count() == 1
    assert tab.locator(".sorry").count() == 0
    assert not tab.get_by_text("Working on it").is_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1280
    if page in PICTURES:
        height, scheme = PICTURES[page]
        tab.emulate_media(color_scheme=scheme)
        tab.set_viewport_size({"width": 1280, "height": height})
        picture(tab, f"dashboard-{page}")
    tab.set_viewport_size({"width": 390, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.wait_for_function(UNMARKED)
    assert tab.locator(".wide[data-scrolls] .crews").count() == 0
    assert page_log.outside() == []
    assert page_log.errors == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("year=2023", "No race of 2023 is at hand. At hand is the demo weekend only"),
        ("driver=<script>alert(1)</script>", "not '<script>alert(1)</script>'"),
    ],
)
def test_a_wrong_address_is_answered_with_a_sentence(visit, page_log, query, said):
    tab = visit("strategy", query)
    assert said in tab.locator(".sorry p").first.inner_text()
    assert tab.locator(".sorry a").get_attribute("href") == "home.ipynb"
    assert page_log.errors == []


def test_the_race_stays_the_same_from_page_to_page(visit):
    tab = visit("simulator", "year=demo&driver=UUR")
    tab.wait_for_url(lambda url: "token" not in url)
    assert tab.locator("select[name=driver]").input_value() == "UUR"
    autopsy = tab.get_by_role("link", name="Autopsy")
    assert autopsy.get_attribute("href").endswith("autopsy.ipynb?year=demo&driver=UUR")
    assert "UUR" not in tab.get_by_role("link", name="Season").get_attribute("href")
    with tab.expect_navigation():
        tab.locator("select[name=driver]").select_option("WEX")
    assert tab.url.endswith("simulator.ipynb?year=demo&driver=WEX")
    controls(tab).get_by_text("Wexcombe").first.wait_for()


def test_a_race_is_played_handed_in_and_stands_on_the_leaderboard(visit, page_log, picture):
    tab = visit("simulator", "year=demo&driver=UUR")
    card = controls(tab)
    drive(card, 3)
    card.get_by_role("button", name=re.compile("^Box at the end")).click()
    card.locator("button.sc-tile:not([aria-disabled=true])").first.click()
    drive(card, 1)
    assert next_lap(card) == 5
    tab.set_viewport_size({"width": 390, "height": 1250})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    picture(tab, "simulator-phone")
    tab.set_viewport_size({"width": 1280, "height": 900})
    to_the_flag(card)
    card.locator(".sc-iqs").wait_for(timeout=PATIENCE_MS)
    shown = int(card.locator(".sc-meter b").first.inner_text())
    card.get_by_role("textbox").fill("Ada")
    card.get_by_role("textbox").press("Enter")
    card.get_by_text(re.compile("Ada’s run of UUR .* counts")).wait_for(timeout=PATIENCE_MS)
    board = visit("leaderboard", "year=demo", tab.context)
    row = board.locator("table.board tbody tr").first.locator("th, td").all_inner_texts()
    assert row[1] == "Ada"
    assert round(float(row[2])) == shown
    assert row[4] == "UUR"
    assert page_log.errors == []


def test_three_visitors_at_once_play_three_races(visit):
    tabs = [visit("simulator", "year=demo&driver=UUR") for _ in range(3)]
    cards = [controls(tab) for tab in tabs]
    assert len({kernel_of(tab) for tab in tabs}) == 3
    for laps, card in enumerate(cards, start=1):
        drive(card, laps)
    assert [next_lap(card) for card in cards] == [2, 3, 4]


def test_a_kernel_killed_in_mid_race_says_so_and_the_run_can_be_resumed(visit):
    tab = visit("simulator", "year=demo&driver=WEX")
    card = controls(tab)
    drive(card, 4)
    kill(kernel_of(tab))
    card.get_by_role("button", name=re.compile("^Drive lap")).click()
    card.get_by_text("Connection to the kernel lost").wait_for(timeout=PATIENCE_MS)
    again = visit("simulator", "year=demo&driver=WEX", tab.context)
    fresh = controls(again)
    assert next_lap(fresh) == 1
    fresh.get_by_text(f"4 of {LAPS_OF_THE_DEMO} laps").wait_for()
    fresh.get_by_role("button", name="Resume it").click()
    fresh.get_by_role("button", name=re.compile("^Drive lap 5")).wait_for()


def kill(kernel_id):
    """Kill the process of a kernel, as a machine out of memory would."""
    found = [
        int(entry.parent.name)
        for entry in Path("/proc").glob("[0-9]*/cmdline")
        if kernel_id.encode() in _read(entry)
    ]
    assert len(found) == 1
    os.kill(found[0], signal.SIGKILL)


def _read(path):
    try:
        return path.read_bytes()
    except OSError:  # ended meanwhile
        return b""


def message(kind, content):
    return json.dumps(
        {
            "header": {
                "msg_id": uuid.uuid4().hex, "msg_type": kind, "session": uuid.uuid4().hex,
                "username": "stranger", "date": "2024-01-01T00:00:00Z", "version": "5.3",
            },
            "parent_header": {}, "metadata": {}, "content": content, "buffers": [], "channel": "shell",
        }
    )  # fmt: skip


def test_arbitrary_code_is_refused(served, visit, tmp_path):
    """A visitor who knows the token and his kernel still cannot run anything in it."""
    from websockets.sync.client import connect

    kernel = kernel_of(visit("simulator"))
    mark = tmp_path / "executed"
    code = f"open({str(mark)!r}, 'w').close()"
    address = f"ws://127.0.0.1:{served.port}/api/kernels/{kernel}/channels"
    known = {"Authorization": f"token {served.token}"}
    heard = []
    with connect(address, additional_headers=known, proxy=None) as line:
        for kind in ("execute_request", "complete_request", "inspect_request", "history_request"):
            line.send(message(kind, {"code": code, "silent": False, "cursor_pos": 1}))
        line.send(message("kernel_info_request", {}))
        until = time.monotonic() + 20
        while "kernel_info_reply" not in heard and time.monotonic() < until:
            heard.append(json.loads(line.recv(timeout=20))["msg_type"])
        # whatever had been let through came before: a kernel answers in order
    assert "kernel_info_reply" in heard
    replies = {kind for kind in heard if kind.endswith("_reply")}
    assert replies == {"kernel_info_reply"}
    assert "execute_input" not in heard
    assert not mark.exists()


def test_a_stranger_sees_nothing(served, visit):
    kernel = kernel_of(visit("home"))
    for path in (
        "/",
        "/voila/render/home.ipynb",
        "/voila/api/contents/",
        f"/api/kernels/{kernel}",
    ):
        status, body = served.status(path, known=False)
        assert status in (302, 403), path
        assert b"Races at hand" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/voila/files/home.ipynb",
        "/voila/files/voila.json",
        "/voila/files/..%2f..%2fpyproject.toml",
        "/voila/files/secret.png",
        "/voila/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/voila/static/../../../../../../etc/passwd",
        "/voila/static/../../../../../voila.json",
        "/voila/templates/f1lab/static/../../../../../voila.json",
        "/voila/templates/f1lab/static/..%2f..%2f..%2f..%2f..%2fvoila.json",
        "/voila/templates/f1lab/static/a%00b",
        "/voila/templates/f1lab",
        "/voila/templates/nobody/static/voila.js",
        "/voila/templates/lab/static/voila.js",
        "/voila/labextensions/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/voila/render/%00",
        "/voila/render/../../pyproject.toml",
        "/voila/render/..%2f..%2freports%2fautopsy.ipynb",
        "/voila/render/voila.json",
        "/voila/api/contents/..%2f..",
        "/api/contents/",
        "/api/kernels",
        "/api/sessions",
        "/api/terminals",
        "/static/../voila.json",
        "/files/home.ipynb",
        "/edit/home.ipynb",
        "/lab",
    ],
)
def test_nothing_but_the_dashboards_is_served(served, path):
    status, body = served.status(path)
    if status == 302:  # to /voila/files/, which serves nothing
        status, body = served.status(f"/voila/files/{path.removeprefix('/voila/render/')}")
    assert status in (400, 403, 404), path
    for secret in (served.token.encode(), b"root:", b"kernelspec", b"[project]", b"Traceback"):
        assert secret not in body


def test_neither_sources_nor_tracebacks_travel(served):
    status, body = served.status("/voila/api/contents/home.ipynb")
    assert status == 200
    assert json.loads(body)["content"] is None
    status, page = served.status("/voila/render/teams.ipynb?year=soon&template=lab&theme=dark")
    assert status == 200
    for text in (b"season_blame(", b"from f1lab", b"Traceback", b"fontawesome"):
        assert text not in page
