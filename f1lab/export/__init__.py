"""Results as files and texts: JSON, CSV, plain text, and HTML that needs no network.

Every result object has the same few parts (:class:`~f1lab.export.parts.Exportable`): a title, findings, tables
and what could not be told. They are put into each format here and nowhere else, so that the
terminal, a file and a notebook show the same.
"""

from __future__ import annotations

from f1lab.export.csv_files import to_csv
from f1lab.export.files import FORMATS, check_formats, save
from f1lab.export.html_page import html_fragment, to_html
from f1lab.export.json_text import to_json
from f1lab.export.plain_text import show, to_text

__all__ = [
    "FORMATS",
    "check_formats",
    "html_fragment",
    "save",
    "show",
    "to_csv",
    "to_html",
    "to_json",
    "to_text",
]
