"""The tour of docs/api.md, as it stands there, against a server of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi", reason="the API needs pip install 'f1lab[api]'")

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
STATED = "http://127.0.0.1:8870"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def server(api_folders, tmp_path_factory) -> Iterator[str]:
    """``f1lab serve`` as the page starts it, on a port that is free."""
    words = blocks("sh")[0].partition("#")[0].split()[1:]
    assert words[0] == "serve"
    data = str(tmp_path_factory.mktemp("tour"))
    with subprocess.Popen(
        [sys.executable, "-m", "f1lab.cli", *words, "--port", "0", "--workers", "1"],
        env=os.environ | api_folders | {"F1LAB_DATA_DIR": data, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        said = running.stdout.readline()
        yield re.search(r"http://127\.0\.0\.1:\d+", said).group()
        running.terminate()
        assert running.wait(30) in (0, -15)


def test_the_python_tour_runs_as_it_stands(server, tmp_path):
    tours = blocks("python")
    assert len(tours) == 1
    assert STATED in tours[0]
    script = tmp_path / "tour.py"
    script.write_text(tours[0].replace(STATED, server), encoding="utf-8")
    # isolated: whoever takes the tour has httpx, and no f1lab beside it
    done = subprocess.run(
        [sys.executable, "-I", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert "UUR" in said[0]
    assert any(line.startswith(("box and", "stay and", "level and")) for line in said)
    assert said[-1].startswith("no driver in the 2024 Halvern Grand Prix 'XYZ'")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_curl_commands_run_as_they_stand(server, tmp_path):
    script = blocks("sh")[1].replace(STATED, server)
    assert script.count("curl ") >= 5
    script = script.replace("curl -s", "curl -sS --fail-with-body")
    pictures = shutil.which("chromium") or shutil.which("google-chrome")
    if not pictures:
        script = "\n".join(line for line in script.splitlines() if "image/" not in line)
    done = subprocess.run(
        ["bash", "-e", "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"kind":"autopsy"' in done.stdout
    assert '"kind":"driver_comparison"' in done.stdout
    if pictures:
        assert (tmp_path / "tyres.svg").read_text(encoding="utf-8").startswith("<svg")


def test_the_page_names_every_room(api):
    rooms = {path.split("/")[3] for path in api.app.openapi()["paths"]} - {"health", "status"}
    missing = {room for room in rooms - {"cache", "report"} if f"`/{room}" not in PAGE}
    assert not missing
