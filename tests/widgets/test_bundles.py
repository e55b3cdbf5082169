"""The built bundles: small, self-contained, and what their sources give."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from f1lab.widgets._base import STATIC

PROJECT = Path(__file__).parents[2] / "widgets"
LARGEST = 100_000


@pytest.mark.parametrize("name", ["blame-waterfall.js", "blame-waterfall.css"])
def test_a_bundle_is_small_and_fetches_nothing(name):
    text = (STATIC / name).read_text(encoding="utf-8")
    assert 1000 < len(text.encode()) <= LARGEST
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", text)) - {"http://www.w3.org/2000/svg"}
    assert not addresses
    assert not re.search(r"\bimport\s*\(|@import|\bfetch\(|innerHTML|\beval\(", text)


def test_the_module_has_the_one_entry_anywidget_asks_for():
    text = (STATIC / "blame-waterfall.js").read_text(encoding="utf-8")
    assert re.search(r"export\s*\{[^}]*\bas default\b[^}]*\}", text)


def test_the_committed_bundles_are_what_the_sources_give():
    if not shutil.which("node"):
        pytest.skip("node is not installed, the bundles cannot be built anew")
    if not (PROJECT / "node_modules" / "esbuild").is_dir():
        pytest.skip("widgets/node_modules is absent: run 'npm ci' in widgets/ first")
    done = subprocess.run(
        ["node", "build.mjs", "--verify"],
        cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_lock_file_names_no_registry():
    lock = (PROJECT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert "omit-lockfile-registry-resolved=true" in (PROJECT / ".npmrc").read_text(
        encoding="utf-8"
    )
