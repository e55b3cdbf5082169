"""The house has one-way stairs: nothing on a lower floor imports a higher one."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "f1lab"

#: Floors from the ground up; rooms of one floor may use each other.
FLOORS = (
    ("errors", "settings"),
    ("calc",),
    ("data",),
    ("racemodel",),
    ("engine",),
    ("autopsy", "backtest", "strategy"),
    ("analyze", "compare", "live", "simulator"),
    ("export", "figures", "league", "widgets"),
    ("batch", "dashboards", "reporting"),
    ("api",),
    ("cli", "magics"),
)
LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}

#: A library and the only places that import it.
ONLY_IN = {
    "IPython": {"dashboards/", "magics.py"},
    "dask": {"batch/"},
    "fastapi": {"api/"},
    "fastf1": {"data/fastf1_source.py"},
    "httpx": {"data/"},
    "jwt": {"api/"},
    "kaleido": {"figures/"},
    "pebble": {"api/"},
    "plotly": {"figures/"},
    "numba": {"engine/"},
    "papermill": {"reporting/"},
    "anywidget": {"widgets/"},
    "rich": {"cli/", "export/"},
    "sqlalchemy": {"league/"},
    "tenacity": {"data/", "league/"},
    "typer": {"cli/"},
    "uvicorn": {"api/"},
}

#: A result shows itself: these doors lead up, and are opened only to display.
DISPLAY_DOORS = {
    ("autopsy/report.py", "widgets"),
    ("autopsy/season.py", "export"),
    ("backtest/report.py", "export"),
    ("compare/_result.py", "export"),
    ("live/state.py", "export"),
    ("strategy/report.py", "export"),
}

HEAVY = {
    "anywidget",
    "dask",
    "fastapi",
    "fastf1",
    "httpx",
    "ipywidgets",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "papermill",
    "plotly",
    "scipy",
    "sqlalchemy",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name_of(path: Path) -> str:
    """The module a file is."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module a file imports anywhere, type-checking blocks left out."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
        for statement in block.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def loaded_after(statement: str) -> list[str]:
    """Names in sys.modules of a fresh interpreter after a statement."""
    code = f"import sys, json\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return list(json.loads(done.stdout))


def test_every_room_has_a_floor():
    found = {room_of(path) for path in modules()} - {"__init__"}
    assert found <= set(LEVEL), f"no floor for {found - set(LEVEL)}"


def test_importing_a_floor_loads_nothing_above_it():
    """Floor after floor from the ground up, in one fresh interpreter."""
    lines = ["import sys, json", "loaded = []"]
    for floor in FLOORS:
        lines += [f"import {name_of(path)}" for path in modules() if room_of(path) in floor]
        lines.append("loaded.append([name for name in sys.modules if name.startswith('f1lab.')])")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*lines, "print(json.dumps(loaded))"])],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    after = [{name.split(".")[1] for name in names} for names in json.loads(done.stdout)]
    for level, loaded in enumerate(after):
        assert set(FLOORS[level]) <= loaded
        assert {room for room in loaded if LEVEL.get(room, -1) > level} == set()


def test_calc_needs_numpy_and_scipy_only():
    before = {
        name.split(".")[0] for name in loaded_after("import numpy, scipy.stats, scipy.linalg")
    }
    names = [
        f"f1lab.calc.{p.stem}" for p in (PACKAGE / "calc").glob("*.py") if p.stem != "__init__"
    ]
    after = {n.split(".")[0] for n in loaded_after("\n".join(f"import {name}" for name in names))}
    added = after - before - {"f1lab", "scipy", "numpy"} - set(sys.stdlib_module_names)
    assert names
    assert not {name for name in added if not name.startswith("_")}


def test_importing_f1lab_is_light():
    loaded = {name.split(".")[0] for name in loaded_after("import f1lab")}
    assert "f1lab" in loaded
    assert not loaded & HEAVY


def test_the_command_line_answers_without_the_heavy_libraries():
    loaded = {name.split(".")[0] for name in loaded_after("import f1lab.cli")}
    assert "typer" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_file_imports_a_higher_floor(path):
    own = LEVEL.get(room_of(path), -1)
    if path == PACKAGE / "__init__.py":
        own = max(LEVEL.values())
    name = path.relative_to(PACKAGE).as_posix()
    above = {
        module.split(".")[1]
        for module in imports(path)
        if module.startswith("f1lab.") and LEVEL.get(module.split(".")[1], -1) > own
    }
    assert {room for room in above if (name, room) not in DISPLAY_DOORS} == set()


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_imported_where_it_belongs_and_nowhere_else(library):
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        if any(name.split(".")[0] == library for name in imports(path))
    }
    allowed = ONLY_IN[library]
    assert users
    assert {user for user in users if not any(user.startswith(place) for place in allowed)} == set()


def test_the_check_sees_an_import_inside_a_function(tmp_path):
    sample = tmp_path / "sample.py"
    sample.write_text("def f():\n    from f1lab.reporting import run_report\n")
    assert "f1lab.reporting.run_report" in imports(sample)
