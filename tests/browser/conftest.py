"""A headless Chromium that notes what it asks for, and a JupyterLab of its own to look at.

Nothing here leaves the machine: the server listens on loopback with a token, its folders are
temporary, and a test reads from ``page_log`` every address its page asked for.
"""

import contextlib
import io
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
SCREENSHOTS = Path(__file__).parent / "screenshots"
IMAGES = ROOT / "docs" / "images"

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
LAB_STARTS_WITHIN_S = 60

#: Lab would ask its home for news and updates.
LAB_SETTINGS = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}


def pytest_addoption(parser):
    parser.addoption(
        "--pictures", action="store_true", help="renew the pictures of the README in docs/images"
    )


@dataclass
class PageLog:
    """What a page asked for and complained about."""

    addresses: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def outside(self) -> list[str]:
        """Addresses on any other machine."""
        local = {"data", "blob", "about", "file"}
        parts = [(address, urlsplit(address)) for address in self.addresses]
        return [
            a for a, part in parts if part.scheme not in local and part.hostname not in LOOPBACK
        ]

    def watch(self, page) -> None:
        page.on("request", lambda request: self.addresses.append(request.url))
        page.on("websocket", lambda socket: self.addresses.append(socket.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda message: message.type == "error" and self.errors.append(message.text),
        )


@dataclass(frozen=True)
class LabServer:
    """A running JupyterLab."""

    address: str
    token: str
    folder: Path

    def url(self, notebook: str) -> str:
        return f"{self.address}/lab/tree/{notebook}?token={self.token}&reset"


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for all tests."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page_log():
    """Addresses and errors of this test's ``chromium_page``."""
    return PageLog()


@pytest.fixture
def chromium_page(browser, page_log):
    """Open a page of its own for one test, 1280 × 900 in a light setting."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    page_log.watch(page)
    yield page
    context.close()


@pytest.fixture(scope="session")
def screenshots():
    """Folder for pictures to look at; not in the repository."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS


@pytest.fixture
def picture(request):
    """Keep a picture of what is shown for the README, when pictures were asked for."""
    asked = request.config.getoption("--pictures", default=False)

    def keep(shown, name, **how):
        if not asked:
            return
        from PIL import Image

        taken = Image.open(io.BytesIO(shown.screenshot(**how))).convert("RGB")
        IMAGES.mkdir(parents=True, exist_ok=True)
        # A page has few colours: with 256 of them the file is a third as large.
        small = taken.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(IMAGES / f"{name}.png", optimize=True)

    return keep


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory):
    """JupyterLab on loopback with a token; all its folders are temporary."""
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    base = tmp_path_factory.mktemp("lab")
    folder, token = base / "notebooks", secrets.token_hex(16)
    folder.mkdir()
    port = _free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=",
    ]  # fmt: skip
    log = base / "lab.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, env=_lab_environment(base), stdout=output, stderr=subprocess.STDOUT
        )
    server = LabServer(f"http://127.0.0.1:{port}", token, folder)
    try:
        _wait_until_up(server, process, log)
        yield server
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15)
        process.kill()


def _lab_environment(base: Path) -> dict[str, str]:
    settings = base / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(LAB_SETTINGS))
    own = {
        "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython", "HOME": "home",
    }  # fmt: skip
    for name in own.values():
        (base / name).mkdir(exist_ok=True)
    return {
        **os.environ,
        **{key: str(base / name) for key, name in own.items()},
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(server: LabServer, process: subprocess.Popen, log: Path) -> None:
    question = urllib.request.Request(  # noqa: S310 - our own server on loopback
        f"{server.address}/api/status", headers={"Authorization": f"token {server.token}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + LAB_STARTS_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            opener.open(question, timeout=5).close()
            return
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not come up:\n{log.read_text(encoding='utf-8')[-2000:]}")
