"""One name for each setting; arguments win over the environment."""

import subprocess
import sys
from pathlib import Path

import pytest

from f1lab.errors import InvalidInput
from f1lab.settings import settings


def test_the_environment_is_read(monkeypatch, tmp_path):
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("F1LAB_FASTF1_CACHE", str(tmp_path / "ff1"))
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    monkeypatch.setenv("F1LAB_DATABASE_URL", "sqlite://")
    monkeypatch.setenv("F1LAB_TOKEN", "hidden")
    held = settings()
    assert (held.cache_dir, held.fastf1_dir) == (tmp_path, tmp_path / "ff1")
    assert held.offline
    assert held.database_url == "sqlite://"
    assert "hidden" not in repr(held)


def test_arguments_win(monkeypatch, tmp_path):
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    held = settings(offline=False, cache_dir=tmp_path)
    assert not held.offline
    assert held.fastf1_dir == tmp_path / "fastf1"


def test_an_empty_variable_is_no_setting(monkeypatch):
    monkeypatch.setenv("F1LAB_OFFLINE", "")
    assert not settings().offline


def test_nonsense_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("F1LAB_OFFLINE", "perhaps")
    with pytest.raises(InvalidInput, match="F1LAB_OFFLINE is 'perhaps'"):
        settings()


def test_importing_f1lab_and_its_data_floor_pulls_in_nothing_heavy():
    code = "import f1lab, f1lab.data, sys; print([m for m in ('pydantic', 'pandas', 'fastf1') if m in sys.modules])"
    root = Path(__file__).resolve().parents[2]
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert said.stdout.strip() == "[]"
