"""What the pages of every report are made of: blocks, tables, words and numbers.

Every text is escaped here, in :func:`escaped`.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from f1lab.errors import F1LabError
from f1lab.export.html_page import with_minus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

__all__ = [
    "Block",
    "drawn_or_said",
    "escaped",
    "figure_list",
    "frame_table",
    "head_row",
    "is_number",
    "number_cell",
    "ordinal",
    "place",
    "refusal_table",
    "sentences",
    "signed",
    "signed_or_blank",
]

TEENS = range(11, 14)


@dataclass(frozen=True)
class Block:
    """A piece of a page."""

    html: str = field(repr=False)

    def _repr_html_(self) -> str:
        return self.html


def sentences(texts: Iterable[str]) -> Block:
    """The first as the opening paragraph, the others below it."""
    first, *rest = texts
    more = "".join(f"<p>{escaped(text)}</p>" for text in rest)
    return Block(f'<p class="verdict">{escaped(first)}</p>{more}')


def figure_list(figures: Iterable[tuple[str, str]]) -> str:
    """Key figures in a row: names and texts that are escaped already."""
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)
    return f'<dl class="figures">{items}</dl>'


def frame_table(frame: pd.DataFrame, css: str = "plain") -> Block:
    """A table of results: units in the headings, an interval beside its number.

    Parameters
    ----------
    frame : pandas.DataFrame
        Units in the column names, as the tables of every result have them.
    css : str
        Class of the table.
    """
    from f1lab.export.cells import columns_of

    columns = columns_of(frame)
    head = head_row(*(f"n:{c.heading}" if c.number else c.heading for c in columns))
    rows = "".join(
        "<tr>"
        + "".join(
            number_cell(escaped(cell)) if column.number else f"<td>{escaped(cell)}</td>"
            for column, cell in zip(columns, cells, strict=True)
        )
        + "</tr>"
        for cells in zip(*(column.cells for column in columns), strict=True)
    )
    return Block(f'<table class="{css}">{head}<tbody>{rows}</tbody></table>')


def refusal_table(refusals: dict[str, str], nothing: str) -> Block:
    """What could not be told, and why."""
    if not refusals:
        return Block(f"<p>{escaped(nothing)}</p>")
    rows = "".join(
        f"<tr><td>{escaped(what)}</td><td>{escaped(why)}</td></tr>"
        for what, why in refusals.items()
    )
    head = head_row("What", "Why not")
    return Block(f'<table class="quality">{head}<tbody>{rows}</tbody></table>')


def drawn_or_said(draw: Callable[[], object]) -> object:
    """A figure or a block; where the data cannot carry it, the sentence that says so."""
    try:
        return draw()
    except F1LabError as reason:
        return Block(f'<p class="missing">{escaped(reason)}</p>')


def head_row(*columns: str) -> str:
    """Header row; a column named ``n:…`` holds numbers."""
    cells = "".join(
        f'<th scope="col" class="n">{escaped(name[2:])}</th>'
        if name.startswith("n:")
        else f'<th scope="col">{escaped(name)}</th>'
        for name in columns
    )
    return f"<thead><tr>{cells}</tr></thead>"


def number_cell(value: object) -> str:
    """A cell of a column of numbers."""
    return f'<td class="n">{value}</td>'


def escaped(value: object) -> str:
    """Any value as text that is safe in a page."""
    return html.escape(with_minus(str(value)))


def is_number(value: object) -> bool:
    """Whether it is a number that is known."""
    return isinstance(value, int | float) and math.isfinite(value)


def signed(value: float, decimals: int) -> str:
    """+1.2, −1.2, and 0.0 without a sign."""
    rounded = round(float(value), decimals)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):.{decimals}f}"


def signed_or_blank(value: object, decimals: int = 3) -> str:
    """As :func:`signed`; nothing for what is not known."""
    return signed(float(value), decimals) if is_number(value) else ""  # type: ignore[arg-type]


def place(value: object) -> str:
    """P1, P2 …; a dash for what is not known."""
    return f"P{int(value)}" if is_number(value) else "–"  # type: ignore[call-overload]


def ordinal(value: float) -> str:
    """A place in words: 1st, 2nd, 3rd."""
    number = int(value)
    ending = "th" if number % 100 in TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
