"""Run the notebooks and keep the outputs the tests compare; clear every other output.

Run it after a change that is meant to change numbers, and read the difference:
``make notebooks``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
import papermill

ROOT = Path(__file__).resolve().parents[1]
MARK = "# NBVAL_CHECK_OUTPUT"
KERNEL = "f1lab.reporting.kernel.SameInterpreter"


def refresh(path: Path, work: Path) -> None:
    """Run one notebook and write it back with the outputs of its marked cells only."""
    done = papermill.execute_notebook(
        path, work / path.name, progress_bar=False, kernel_manager_class=KERNEL
    )
    notebook = nbformat.read(path, as_version=4)
    for cell, ran in zip(notebook.cells, done.cells, strict=True):
        if cell.cell_type == "code":
            marked = cell.source.startswith(MARK)
            cell.execution_count = ran.execution_count if marked else None
            cell.outputs = ran.outputs if marked else []
    nbformat.write(notebook, path)


def main() -> int:
    """Refresh every notebook of the tour."""
    with tempfile.TemporaryDirectory() as work:
        os.environ |= {"F1LAB_CACHE_DIR": str(Path(work) / "cache"), "F1LAB_OFFLINE": "1"}
        for path in sorted((ROOT / "notebooks" / "explore").glob("*.ipynb")):
            refresh(path, Path(work))
            print(f"{path.relative_to(ROOT)} refreshed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
