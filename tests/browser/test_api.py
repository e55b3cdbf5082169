"""The API's documentation in a browser, and the API behind a real Jupyter with Jupyter's login."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

pytest.importorskip("fastapi", reason="the API needs pip install 'f1lab[api]'")

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 90
CONFIG = """
from f1lab.dashboards.doors import api_door
c.ServerProxy.servers = {"f1lab-api": api_door()}
"""


@dataclass(frozen=True)
class Jupyter:
    """A running Jupyter server with the door of the API."""

    url: str
    token: str
    process: int

    @property
    def api(self) -> str:
        return f"{self.url}/f1lab-api/api/v1"

    def ask(self, method: str, path: str, *, known: bool = True, **more) -> httpx.Response:
        headers = {"Authorization": f"token {self.token}"} if known else {}
        headers |= more.pop("headers", {})
        return httpx.request(method, f"{self.api}{path}", headers=headers, timeout=90, **more)


def own_environment(folder: Path) -> dict[str, str]:
    own = {
        "HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime", "F1LAB_CACHE_DIR": "cache", "F1LAB_DATA_DIR": "league",
    }  # fmt: skip
    for name in own.values():
        (folder / name).mkdir()
    return {
        **os.environ,
        **{key: str(folder / name) for key, name in own.items()},
        "F1LAB_OFFLINE": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }


@contextlib.contextmanager
def started(command: list[str], environment: dict[str, str], log: Path):
    """A process that is stopped in the end."""
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        process.wait()


def wait_for(address: str, log: Path, **more) -> httpx.Response:
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(address, timeout=60, **more)
        assert time.monotonic() < until, log.read_text()[-2000:]
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    pytest.importorskip("jupyter_server_proxy", reason="jupyter-server-proxy is not installed")
    folder = tmp_path_factory.mktemp("jupyter")
    environment, token, port = own_environment(folder), secrets.token_hex(16), free_port()
    (folder / "config" / "jupyter_server_config.py").write_text(CONFIG)
    command = [
        sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder / 'home'}", f"--IdentityProvider.token={token}",
        "--ServerApp.jpserver_extensions={'jupyter_server_proxy': True}",
    ]  # fmt: skip
    log = folder / "log"
    with started(command, environment, log) as process:
        server = Jupyter(f"http://127.0.0.1:{port}", token, process.pid)
        wait_for(f"{server.url}/api", log)
        first = server.ask("GET", "/health")
        assert first.status_code == 200, log.read_text()[-2000:]
        yield server


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The API on a port of its own: address and token of its documentation."""
    folder = tmp_path_factory.mktemp("alone")
    port, log = free_port(), folder / "log"
    environment = own_environment(folder) | {"F1LAB_TOKEN": "known-to-the-browser"}
    command = [sys.executable, "-m", "f1lab.cli", "serve", "--workers", "1", "--port", str(port)]
    with started(command, environment, log):
        address = f"http://127.0.0.1:{port}/api/v1"
        wait_for(f"{address}/health", log)
        yield f"{address}/docs?token=known-to-the-browser"


def test_jupyters_login_is_the_way_in_and_nobody_else_comes(jupyter):
    assert jupyter.ask("GET", "/status").json()["offline"] is True
    for path in ("/status", "/docs", "/openapi.json", "/health"):
        refused = jupyter.ask("GET", path, known=False)
        assert refused.status_code in (302, 403), path
        assert "f1lab" not in refused.headers.get("Location", "").replace("f1lab-api", "")
        wrong = jupyter.ask("GET", path, headers={"Authorization": "token wrong"})
        assert wrong.status_code in (302, 403), path
    assert jupyter.ask("POST", "/report", known=False, json={}).status_code in (302, 403)


def test_behind_jupyter_there_is_no_port_and_the_socket_is_the_users_alone(jupyter):
    servers = [
        each
        for each in psutil.Process(jupyter.process).children(recursive=True)
        if "serve" in each.cmdline() and "--socket" in each.cmdline()
    ]
    assert len(servers) == 1
    words = servers[0].cmdline()
    assert not any("token" in word for word in words), "others see the command line"
    assert not [each for each in servers[0].net_connections("tcp") if each.status == "LISTEN"]
    path = Path(words[words.index("--socket") + 1])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    transport = httpx.HTTPTransport(uds=str(path))
    with httpx.Client(transport=transport, base_url="http://api/api/v1", timeout=30) as client:
        assert client.get("/status").status_code == 401


def test_a_page_of_another_site_cannot_use_jupyters_login(jupyter):
    foreign = {"Origin": "https://evil.example"}
    asked = {"pattern": "*/1950/*"}
    assert jupyter.ask("DELETE", "/cache", params=asked, headers=foreign).status_code == 403
    own = {"Origin": jupyter.url}
    assert jupyter.ask("DELETE", "/cache", params=asked, headers=own).status_code == 200


def test_addresses_know_the_path_in_front(jupyter):
    assert jupyter.ask("GET", "/openapi.json").json()["servers"] == [{"url": "/f1lab-api"}]
    asked = {"kind": "autopsy", "year": "demo", "driver": "UUR"}
    created = jupyter.ask("POST", "/report", json=asked)
    assert created.status_code == 202
    where = created.headers["Location"]
    assert where.startswith("/f1lab-api/api/v1/report/")
    gone = jupyter.ask("DELETE", where.removeprefix("/f1lab-api/api/v1"))
    assert gone.status_code == 204


def look(page, page_log, address: str) -> None:
    """Open the documentation and try an endpoint in it."""
    page.goto(address)
    block = page.locator(".opblock", has_text="/api/v1/status")
    block.wait_for(timeout=60_000)
    assert page.locator(".opblock").count() > 10
    assert "token=" not in page.url
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    block.locator(".live-responses-table .response-col_status", has_text="200").wait_for()
    assert page_log.outside() == []
    assert page_log.errors == []
    own = {urlsplit(address).netloc, ""}
    assert {urlsplit(each).netloc for each in page_log.addresses} <= own


@pytest.mark.browser
def test_the_documentation_needs_no_other_machine(chromium_page, page_log, alone, screenshots):
    look(chromium_page, page_log, alone)
    chromium_page.screenshot(path=screenshots / "api-docs.png", full_page=False)


@pytest.mark.browser
def test_the_documentation_behind_jupyter(chromium_page, page_log, jupyter, screenshots):
    chromium_page.goto(f"{jupyter.url}/login?token={jupyter.token}")
    page_log.addresses.clear()
    page_log.errors.clear()
    look(chromium_page, page_log, f"{jupyter.api}/docs")
    chromium_page.screenshot(path=screenshots / "api-docs-jupyter.png", full_page=False)
