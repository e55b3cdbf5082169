"""``f1lab serve`` and ``f1lab token``: started as people start them, on a port and on a socket."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from f1lab.api.auth import read_token
from f1lab.api.config import is_loopback
from f1lab.api.secret import server_secret
from f1lab.api.server import listening
from f1lab.errors import InvalidInput

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 60
KNOWN = "known-to-the-proxy"


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "f1lab.cli", *words]


def f1lab(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(*words),
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def started(tmp_path):
    """Start a server and read what it prints first; it is stopped in the end."""
    running = []

    def start(*words: str, **environment: str) -> tuple[subprocess.Popen[str], str]:
        own = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "HOME": str(tmp_path)}
        process = subprocess.Popen(
            command("serve", "--offline", "--workers", "1", *words),
            env=os.environ | own | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process, process.stdout.readline()

    yield start
    for process in running:
        process.kill()
        process.communicate()


def ask(url: str, **more) -> httpx.Response:
    """Ask until the server is up."""
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            return httpx.get(url, timeout=30, trust_env=False, **more)
        except httpx.ConnectError:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_a_server_tells_its_address_with_a_token_and_ends_when_told(started, tmp_path):
    process, told = started("--port", "0")
    url = re.search(r"http://127\.0\.0\.1:\d+/api/v1/docs\?token=\S{20,}", told)[0]
    root, token = url.split("/docs?token=")
    page = ask(url)
    assert "swagger-ui" in page.text
    assert ask(f"{root}/status").status_code == 401
    assert ask(f"{root}/status?token={token}").status_code == 200
    issued = f1lab("token", "--role", "player", "--hours", "1", HOME=str(tmp_path))
    header = {"Authorization": f"Bearer {issued.stdout.strip()}"}
    assert ask(f"{root}/status", headers=header).status_code == 200
    assert ask(f"{root}/report", headers=header).status_code == 403
    started_by_it = psutil.Process(process.pid).children(recursive=True)
    assert started_by_it, "the worker"
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    _, left = psutil.wait_procs(started_by_it, timeout=10)
    assert not left
    assert token not in process.stderr.read()


def test_a_server_that_is_killed_leaves_no_workers(started):
    process, told = started("--port", "0")
    ask(told.split()[-1].split("/docs")[0] + "/health")
    until = time.monotonic() + STARTS_WITHIN_S
    while not (workers := psutil.Process(process.pid).children(recursive=True)):
        assert time.monotonic() < until
    process.kill()
    _, left = psutil.wait_procs(workers, timeout=20)
    assert not left


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
def test_a_socket_is_its_owners_alone_and_asks_for_the_token_too(started, tmp_path):
    path = tmp_path / "api.sock"
    process, told = started("--socket", str(path), F1LAB_TOKEN=KNOWN)
    assert str(path) in told
    assert KNOWN not in told
    until = time.monotonic() + STARTS_WITHIN_S
    line = httpx.HTTPTransport(uds=str(path))
    with httpx.Client(transport=line, base_url="http://api/api/v1", timeout=60) as client:
        while True:
            try:
                assert client.get("/status").status_code == 401
                break
            except httpx.ConnectError:
                assert time.monotonic() < until
                time.sleep(0.1)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        header = {"Authorization": f"token {KNOWN}"}
        assert client.get("/status", headers=header).status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert not path.exists()


def test_a_socket_left_behind_is_taken_over_and_one_in_use_is_not(tmp_path):
    path = tmp_path / "api.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with (
        listening("", 0, path),
        pytest.raises(InvalidInput, match="in use"),
        listening("", 0, path),
    ):
        pass
    file = tmp_path / "file"
    file.write_text("precious")
    with pytest.raises(InvalidInput), listening("", 0, file):
        pass
    assert file.read_text() == "precious"


def test_a_port_in_use_is_said():
    with listening("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(InvalidInput, match=str(port)), listening("127.0.0.1", port):
            pass


REFUSED = [
    ("serve", "--token", "short"),
    ("serve", "--token", ""),
    ("serve", "--port", "70000"),
    ("serve", "--host", "pitwall.example"),
    ("serve", "--cors", "*"),
    ("serve", "--workers", "0"),
    ("serve", "--reports-for", "nobody"),
    ("serve", "--socket", "/nowhere/api.sock"),
    ("token", "--role", "owner"),
    ("token", "--hours", "0"),
    ("token", "--hours", "nan"),
    ("token", "--name", ""),
]


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_a_use_that_cannot_be_is_one_line(words, capsys, monkeypatch):
    from f1lab import cli

    monkeypatch.setattr(sys, "argv", ["f1lab", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("f1lab: ")
    assert said.err.count("\n") == 1


def test_a_secret_is_made_once_and_is_its_owners_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("F1LAB_DATA_DIR", str(tmp_path / "data"))
    secret = server_secret()
    assert server_secret() == secret
    assert len(secret) == 32
    path = tmp_path / "data" / "api-secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["api-secret"]
    path.chmod(0o644)
    with pytest.raises(InvalidInput, match="read by others"):
        server_secret()
    path.chmod(0o600)
    path.write_bytes(secret[:8])
    with pytest.raises(InvalidInput, match="cut short"):
        server_secret()


def test_a_secret_can_be_given(monkeypatch):
    monkeypatch.setenv("F1LAB_API_SECRET", "x" * 31)
    with pytest.raises(InvalidInput, match="32"):
        server_secret()
    monkeypatch.setenv("F1LAB_API_SECRET", "x" * 32)
    assert server_secret() == b"x" * 32


def test_a_token_is_for_whom_and_as_what_it_was_asked_for(monkeypatch, capsys):
    from f1lab import cli

    monkeypatch.setattr(sys, "argv", ["f1lab", "token", "--role", "reporter", "--name", "ann"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    who = read_token(server_secret(), capsys.readouterr().out.strip())
    assert (who.name, who.role) == ("ann", "reporter")


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("192.0.2.1", False),
        ("pitwall.example", False),
    ],
)
def test_an_address_of_this_machine_alone_is_known(host, own):
    assert is_loopback(host) is own
