"""Small notebooks standing in for the real templates."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from f1lab.reporting import run


@pytest.fixture
def template(tmp_path, monkeypatch):
    """Return a function that makes a report called ``tiny`` from source lines of its cells."""

    def make(*sources, parameters="x = 1"):
        cells = [
            new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            new_markdown_cell("# Tiny"),
            *(new_code_cell(source) for source in sources),
        ]
        kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
        path = tmp_path / "templates" / "tiny.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
        monkeypatch.setattr(run, "template_path", lambda _name: path)
        return path

    return make
