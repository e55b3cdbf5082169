"""Build the wheel and check what is in it: bundles and templates, and no real race data.

Usage: ``python .ci/wheel.py``
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Real timing data comes in these shapes; the package ships none of them.
FORBIDDEN = (".parquet", ".ff1pkl", ".sqlite", ".pkl", ".bin", ".txt", ".csv")
MAX_BYTES = 3_000_000


def build(folder: Path) -> Path:
    """Build the wheel of the checkout into ``folder`` and return its path."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), "."]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603
    return next(folder.glob("f1lab-*.whl"))


def expected() -> set[str]:
    """Return the files that must be inside, read off the checkout."""
    sources = {p.relative_to(ROOT).as_posix() for p in (ROOT / "f1lab").rglob("*.py")}
    static = {
        p.relative_to(ROOT).as_posix()
        for p in (ROOT / "f1lab").rglob("static/*")
        if p.is_file() and not p.name.startswith(".")
    }
    tables = {p.relative_to(ROOT).as_posix() for p in (ROOT / "f1lab").rglob("*.json")}
    templates = {f"f1lab/reporting/templates/{p.name}" for p in (ROOT / "reports").glob("*.ipynb")}
    pages = {
        f"f1lab/dashboards/notebooks/{p.name}"
        for p in (ROOT / "notebooks" / "dashboards").iterdir()
        if p.suffix in {".ipynb", ".json"}
    }
    if not static or not templates or not pages:
        raise SystemExit("the checkout has no widget bundles, report templates or dashboards")
    return sources | static | tables | templates | pages | {"f1lab/py.typed"}


def main() -> int:
    """Return 0 when the wheel has everything it needs and nothing it must not have."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = build(Path(folder))
        size = wheel.stat().st_size
        names = set(zipfile.ZipFile(wheel).namelist())
    problems = [f"{name} is missing" for name in sorted(expected() - names)]
    problems += [
        f"{name} must not be in the wheel"
        for name in sorted(names)
        if name.endswith(FORBIDDEN) and ".dist-info/" not in name
    ]
    if size > MAX_BYTES:
        problems.append(f"{size:,} bytes are more than {MAX_BYTES:,}")
    for problem in problems:
        print(f"wheel: {problem}")
    print(f"wheel: {len(names)} files, {size:,} bytes, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
