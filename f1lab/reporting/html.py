"""An executed notebook as one self-contained page: no code, no network, readable in print.

Of each output the richest form that is true without a kernel is shown: a plotly figure as
data for the one shared script, else HTML (which is how a widget shows its picture), SVG, PNG,
Markdown, plain text. The page forbids itself every request by its content security policy.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from f1lab import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode

__all__ = ["notebook_to_html"]

PLOTLY = "application/vnd.plotly.v1+json"
STYLE = Path(__file__).parent / "page_style"
PLOTLY_SCRIPT = Path(__file__).parents[1] / "figures" / "static" / "plotly-basic.min.js"


def notebook_to_html(notebook: NotebookNode) -> str:
    """Return the page of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        After its run; code, prompts, widget state and standard error are left out.

    Returns
    -------
    str
        A complete HTML document that asks for nothing outside itself.
    """
    body = "\n".join(filter(None, (_cell(cell) for cell in notebook.cells)))
    template = Template((STYLE / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=_title(body),
        version=__version__,
        style=(STYLE / "page.css").read_text(encoding="utf-8"),
        body=body,
        scripts=_scripts() if 'class="chart"' in body else "",
    )


def _title(body: str) -> str:
    """Text of the first heading, already escaped there."""
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", body, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", "", heading.group(1)).strip() if heading else "f1lab report"


def _cell(cell: NotebookNode) -> str:
    if cell.cell_type == "markdown":
        return f'<div class="prose">{_markdown(cell.source)}</div>'
    if cell.cell_type == "code":
        return "\n".join(filter(None, (_output(output) for output in cell.outputs)))
    return ""


def _output(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return _plain(output.text) if output.name == "stdout" else ""
    data = output.get("data", {})
    return next((show(data[kind]) for kind, show in _SHOWN.items() if kind in data), "")


def _plotly(figure: dict[str, object]) -> str:
    layout = figure.get("layout", {})
    title = layout.get("title", {}).get("text", "chart") if isinstance(layout, dict) else "chart"
    height = layout.get("height", 400) if isinstance(layout, dict) else 400
    spec = json.dumps(figure, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f'<figure class="chart" role="img" aria-label="{html.escape(str(title))}" '
        f'style="min-height:{int(height)}px">'
        f'<script type="application/json">{spec}</script></figure>'
    )


def _html(text: str) -> str:
    return f'<div class="block">{_joined(text)}</div>'


def _svg(text: str) -> str:
    return f'<figure class="picture">{_joined(text)}</figure>'


def _png(text: str) -> str:
    return (
        f'<figure class="picture"><img alt="" src="data:image/png;base64,{_joined(text)}"></figure>'
    )


def _markdown_output(text: str) -> str:
    return f'<div class="prose">{_markdown(_joined(text))}</div>'


def _plain(text: str) -> str:
    return f"<pre>{html.escape(_joined(text))}</pre>"


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


#: What an output can be shown as, the best first.
_SHOWN: dict[str, Callable[..., str]] = {
    PLOTLY: _plotly,
    "text/html": _html,
    "image/svg+xml": _svg,
    "image/png": _png,
    "text/markdown": _markdown_output,
    "text/plain": _plain,
}


def _markdown(source: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"typographer": True}).enable("table").render(source))


@cache
def _scripts() -> str:
    """The plotting library once, then the few lines that draw every chart."""
    library = PLOTLY_SCRIPT.read_text(encoding="utf-8").replace("</script", "<\\/script")
    own = (STYLE / "page.js").read_text(encoding="utf-8")
    return f"<script>{library}</script>\n<script>{own}</script>"
