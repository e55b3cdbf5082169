"""Notebooks as they are committed: runnable anywhere, light, and nobody's machine in them."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from papermill import inspect_notebook

ROOT = Path(__file__).resolve().parents[2]
TOURS = sorted((ROOT / "notebooks" / "explore").glob("*.ipynb"))
REPORTS = sorted((ROOT / "reports").glob("*.ipynb"))
MARK = "# NBVAL_CHECK_OUTPUT"


def relative(path):
    return path.relative_to(ROOT).as_posix()


def code(path):
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def test_the_tours_and_the_reports_are_these():
    assert [p.name for p in TOURS] == [
        "01-race-autopsy.ipynb",
        "02-cars.ipynb",
        "03-tyres.ipynb",
        "04-telemetry.ipynb",
        "05-live.ipynb",
    ]
    assert [p.stem for p in REPORTS] == ["autopsy", "backtest", "driver_comparison", "season_blame"]


@pytest.mark.parametrize("path", TOURS + REPORTS, ids=relative)
def test_a_notebook_is_valid_and_runs_in_any_python(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    kernel = notebook.metadata.kernelspec
    assert (kernel.name, kernel.language) == ("python3", "python")


@pytest.mark.parametrize("path", TOURS + REPORTS, ids=relative)
def test_no_machine_and_no_user_stands_in_a_notebook(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(?:home|root|tmp|Users|work)/|[A-Z]:\\\\|localhost|127\.0\.0\.1", text)
    assert path.stat().st_size < 50_000


@pytest.mark.parametrize("path", TOURS + REPORTS, ids=relative)
def test_only_compared_cells_keep_their_output(path):
    for cell in code(path):
        marked = cell.source.startswith(MARK)
        assert bool(cell.outputs) == marked, cell.source
        assert (cell.execution_count is not None) == marked, cell.source


@pytest.mark.parametrize("path", TOURS, ids=relative)
def test_a_tour_compares_at_least_one_number(path):
    assert any(cell.source.startswith(MARK) for cell in code(path))


@pytest.mark.parametrize("path", REPORTS, ids=relative)
def test_a_report_checks_its_parameters_in_the_cell_after_them(path):
    cells = code(path)
    tagged = [n for n, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", [])]
    known = inspect_notebook(path)
    check = cells[tagged[0] + 1].source
    assert tagged == [0]
    assert "check_" in check
    for name in known:
        assert f"{name}={name}" in check, f"{name} is injected and never checked"


@pytest.mark.parametrize("path", TOURS + REPORTS, ids=relative)
def test_cells_are_short_enough_to_read(path):
    assert max(len(cell.source.splitlines()) for cell in code(path)) <= 18
