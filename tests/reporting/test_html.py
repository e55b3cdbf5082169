"""An executed notebook becomes one page that needs nothing else."""

from __future__ import annotations

import json
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from f1lab.reporting.html import notebook_to_html

FIGURE = {"data": [{"x": [1], "y": [2]}], "layout": {"title": {"text": "A < B"}, "height": 300}}


def page(*cells):
    return notebook_to_html(new_notebook(cells=list(cells)))


def shown(data, source="secret_code()"):
    return new_code_cell(source, outputs=[new_output("display_data", data=data)])


def test_code_never_shows():
    assert "secret_code" not in page(shown({"text/plain": "42"}))


def test_a_widget_shows_its_picture_and_leaves_no_state():
    html = page(
        shown(
            {
                "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
                "text/html": "<svg></svg>",
            }
        )
    )
    assert "<svg></svg>" in html
    assert "model_id" not in html


def test_a_figure_travels_as_data_with_one_library_for_all():
    data = {"application/vnd.plotly.v1+json": FIGURE, "text/plain": "Figure()"}
    html = page(shown(data), shown(data))
    specs = re.findall(r'<script type="application/json">(.*?)</script>', html, flags=re.DOTALL)
    assert [json.loads(spec) for spec in specs] == [FIGURE, FIGURE]
    assert html.count("plotly.js (basic - minified)") == 1
    assert 'aria-label="A &lt; B"' in html


def test_a_page_without_charts_carries_no_library():
    assert "plotly.js" not in page(new_markdown_cell("# Title"))


def test_a_string_in_a_figure_cannot_close_its_script():
    figure = {"data": [], "layout": {"title": {"text": "</script><script>alert(1)"}}}
    html = page(shown({"application/vnd.plotly.v1+json": figure}))
    assert "<script>alert(1)" not in html


def test_plain_text_is_escaped_and_standard_error_dropped():
    out = new_output("stream", name="stdout", text="1 < 2")
    err = new_output("stream", name="stderr", text="a warning")
    html = page(new_code_cell("", outputs=[out, err]))
    assert "<pre>1 &lt; 2</pre>" in html
    assert "a warning" not in html


def test_the_title_is_the_first_heading():
    html = page(new_markdown_cell("# One *two* & three\n\n# Later"))
    assert "<title>One two &amp; three</title>" in html


@pytest.mark.parametrize(
    "data", [{"image/png": "aGk="}, {"image/svg+xml": "<svg/>"}, {"text/markdown": "*a*"}]
)
def test_every_kind_of_output_shows(data):
    body = page(shown(data)).split("<main>")[1]
    assert re.search(r"data:image/png;base64,aGk=|<svg/>|<em>a</em>", body)


def test_the_page_forbids_itself_every_request():
    html = page(new_markdown_cell("# T"), shown({"application/vnd.plotly.v1+json": FIGURE}))
    assert "default-src 'none'" in html
    outside = html.split("<script>")[0]
    assert not re.search(r'(?:src|href)\s*=\s*"?(?:https?:)?//', outside)
    assert "@import" not in html.split("</style>")[0]
