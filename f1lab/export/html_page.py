"""A result as HTML: a page that asks for nothing outside itself, or a part of one for a notebook.

Everything that comes from data is escaped. The page forbids itself every request by its content
security policy; it follows the reader's light or dark setting, the part takes the colours of
whatever is around it.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from f1lab.export.cells import columns_of
from f1lab.export.parts import metadata, require_exportable
from f1lab.export.writing import write_texts

if TYPE_CHECKING:
    import pandas as pd

    from f1lab.export.cells import Column
    from f1lab.export.parts import Exportable

__all__ = ["html_fragment", "to_html", "with_minus"]

_COMPOUNDS = ("SOFT", "MEDIUM", "HARD", "INTERMEDIATE", "WET")
#: Words that may wrap [characters]; shorter ones stay on one line.
_LONG = 28
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def to_html(result: Exportable, path: str | Path | None = None) -> str:
    """Return a result as a complete HTML page, and write it if a path is given.

    Parameters
    ----------
    result : Exportable
        Any result object of f1lab.
    path : str or Path, optional
        File to write, whole or not at all.

    Returns
    -------
    str

    Raises
    ------
    InvalidInput
        What is given is no result.
    ReportError
        The file cannot be written.
    """
    require_exportable(result)
    about = metadata(result)
    asked = ", ".join(_words(value) for value in about["asked"].values() if value is not None)
    origin = f" Data: {', '.join(about['sources'])}." if about["sources"] else ""
    written = about["written_at_utc"]
    text = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<meta name="generator" content="f1lab {escape(about["f1lab_version"])}">\n'
        f"<title>{escape(result.title)}</title>\n"
        f"<style>\n{_style('answer.css')}{_style('page.css')}</style>\n</head>\n<body>\n"
        f'<main class="f1lab-answer">\n{_body(result, level=1)}\n<footer>\n'
        f"<p>{escape(about['kind'].replace('_', ' ').capitalize())}: {escape(asked)}."
        f"{escape(origin)}</p>\n"
        f"<p>Written by f1lab {escape(about['f1lab_version'])} on "
        f'<time datetime="{written}">{written[:16].replace("T", " ")} UTC</time>. '
        "Intervals (90 %) hold the truth nine times out of ten.</p>\n"
        "</footer>\n</main>\n</body>\n</html>\n"
    )
    if path is not None:
        write_texts({path: text})
    return text


def html_fragment(result: Exportable) -> str:
    """Return a result as a part of a page, for a notebook.

    Parameters
    ----------
    result : Exportable
        Any result object of f1lab.

    Returns
    -------
    str
        One ``div`` with its style, which touches nothing outside it.

    Raises
    ------
    InvalidInput
        What is given is no result.
    """
    require_exportable(result)
    style = f"<style>\n{_style('answer.css')}</style>"
    return f'<div class="f1lab-answer">{style}\n{_body(result, level=3)}\n</div>'


@cache
def _style(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _body(result: Exportable, level: int) -> str:
    parts = [f"<h{level}>{escape(result.title)}</h{level}>"]
    if len(result.findings) == 1:
        parts.append(f'<p class="findings">{_prose(result.findings[0])}</p>')
    elif result.findings:
        items = "".join(f"<li>{_prose(finding)}</li>\n" for finding in result.findings)
        parts.append(f'<ul class="findings">\n{items}</ul>')
    parts += [_table(title, frame) for title, frame in result.tables().items()]
    if result.refusals:
        lines = "".join(
            f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(why)}</dd>\n"
            for name, why in result.refusals.items()
        )
        heading = f"<h{level + 1}>What the data cannot say</h{level + 1}>"
        parts.append(f'<section class="refusals">{heading}\n<dl>\n{lines}</dl></section>')
    return "\n".join(parts)


def with_minus(words: str) -> str:
    """Words as they are printed: a minus sign, no hyphen, before a number."""
    return re.sub(r"(?<![\w-])-(?=\d)", "−", words)


def _prose(words: str) -> str:
    """Escaped words, and a percentage that does not break."""
    return escape(with_minus(words)).replace(" %", "&nbsp;%")


def _table(title: str, frame: pd.DataFrame) -> str:
    columns = columns_of(frame)
    if not columns or not columns[0].cells:
        return f'<p class="none">{escape(title)}: nothing.</p>'
    head = "".join(f'<th scope="col"{_class(c)}>{escape(c.heading)}</th>' for c in columns)
    rows = "\n".join(
        f"<tr>{''.join(_cell(c, row, first=c is columns[0]) for c in columns)}</tr>"
        for row in range(len(columns[0].cells))
    )
    return (
        f'<div class="scroll" role="region" aria-label="{escape(title)}" tabindex="0">\n'
        f"<table>\n<caption><span>{escape(title)}</span></caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _class(column: Column) -> str:
    if column.bars:
        return ' class="bar"'
    if column.joined:
        return ' class="n interval"'
    if column.number:
        return ' class="n"'
    return ' class="long"' if max(map(len, column.cells), default=0) > _LONG else ""


def _cell(column: Column, row: int, *, first: bool) -> str:
    words = column.cells[row]
    shown = escape(words.replace("-", "−") if column.number else words)
    if words in _COMPOUNDS:
        shown = f'<span class="tyre {words.lower()}">{shown}</span>'
    share = column.bars[row] if column.bars else None
    if share is not None:
        side = "lost" if share >= 0 else "gained"
        width = min(abs(share), 1.0) * 100
        shown = f'<span class="meter {side}" style="--share:{width:.1f}%">{shown}</span>'
    tag = "th" if first and not column.number else "td"
    scope = ' scope="row"' if tag == "th" else ""
    return f"<{tag}{scope}{_class(column)}>{shown}</{tag}>"
