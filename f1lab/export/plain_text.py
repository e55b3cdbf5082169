"""A result as text: aligned columns, colour in a terminal only."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from f1lab.export.cells import columns_of, turned
from f1lab.export.parts import metadata, require_exportable
from f1lab.export.writing import write_texts

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from f1lab.export.cells import Column
    from f1lab.export.parts import Exportable

__all__ = ["show", "to_text"]

#: Width of a text that is not printed to a terminal [characters].
WIDTH = 100
#: The least that is left to a column of words [characters].
_NARROWEST = 18
_BAR_CELLS = 16
_BETWEEN = 2
#: A table of so few rows that does not fit is laid on its side.
_FEW_ROWS = 3
_COMPOUND_STYLES = {
    "SOFT": "red",
    "MEDIUM": "yellow",
    "HARD": "bold",
    "INTERMEDIATE": "green",
    "WET": "blue",
}


def to_text(result: Exportable, path: str | Path | None = None, *, width: int = WIDTH) -> str:
    """Return a result as text without colours, and write it if a path is given.

    Parameters
    ----------
    result : Exportable
        Any result object of f1lab.
    path : str or Path, optional
        File to write, whole or not at all.
    width : int
        Longest line [characters].

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
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, force_terminal=False)
    show(result, console)
    text = "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
    if path is not None:
        write_texts({path: text})
    return text


def show(result: Exportable, console: Console | None = None) -> None:
    """Print a result: title, findings, tables, and what could not be told.

    Parameters
    ----------
    result : Exportable
        Any result object of f1lab.
    console : rich.console.Console, optional
        Standard output when left out; its width, and whether it has colours, are respected.

    Raises
    ------
    InvalidInput
        What is given is no result.
    """
    require_exportable(result)
    (console or Console()).print(_report(result))


def _report(result: Exportable) -> Group:
    parts: list[RenderableType] = [Text(f"{result.title}\n", style="bold")]
    if len(result.findings) == 1:
        parts += [Text(f"{result.findings[0]}\n")]
    elif result.findings:
        parts += [_listed([("•", finding) for finding in result.findings]), Text()]
    for title, frame in result.tables().items():
        parts += [Text(title, style="bold"), _Aligned(frame), Text()]
    if result.refusals:
        parts += [Text("What the data cannot say", style="bold")]
        parts += [_listed([(_spoken(name), why) for name, why in result.refusals.items()]), Text()]
    about = metadata(result)
    origin = f", data: {', '.join(about['sources'])}" if about["sources"] else ""
    parts += [Text(f"f1lab {about['f1lab_version']}{origin}", style="dim")]
    return Group(*parts)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _listed(lines: list[tuple[str, str]]) -> Table:
    """A mark or a name, and beside it words that wrap below themselves."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(max_width=_NARROWEST)
    grid.add_column(overflow="fold")
    for mark, words in lines:
        grid.add_row(Text(mark, style="dim"), Text(words))
    return grid


class _Aligned:
    """A table as wide as it needs.

    Where it does not fit, few rows are laid on their side; of many rows the columns go on below,
    beside the first one.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.columns = columns_of(frame)

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.columns or not self.columns[0].cells:
            yield Text("  nothing", style="dim")
            return
        blocks = _blocks(self.columns, options.max_width)
        if len(blocks) > 1 and len(self.columns[0].cells) <= _FEW_ROWS:
            blocks = _blocks(turned(self.columns), options.max_width)
        for place, block in enumerate(blocks):
            yield Padding(_table(block), (1 if place else 0, 0, 0, 0))


def _blocks(columns: list[Column], width: int) -> list[list[tuple[Column, int]]]:
    """Columns with their widths, cut so that each block fits; the first column in every one."""
    sized = list(zip(columns, _widths(columns, width), strict=True))
    blocks = [sized[:1]]
    for group in _groups(sized[1:]):
        used = sum(size + _BETWEEN for _, size in blocks[-1] + group) - _BETWEEN
        if len(blocks[-1]) > 1 and used > width:
            blocks.append(sized[:1])
        blocks[-1] = blocks[-1] + group
    return blocks


def _widths(columns: list[Column], width: int) -> list[int]:
    """As wide as cells and headings are; else the widest wraps first, no word or number broken."""
    sizes = [max(_cells_width(column), cell_len(column.heading)) for column in columns]
    least = [min(size, _least(column)) for size, column in zip(sizes, columns, strict=True)]
    for _ in range(max(sum(sizes) + _BETWEEN * (len(sizes) - 1) - width, 0)):
        spare = [size - end for size, end in zip(sizes, least, strict=True)]
        if not any(spare):
            break
        sizes[max(range(len(sizes)), key=lambda i: (spare[i] > 0) * sizes[i])] -= 1
    return sizes


def _least(column: Column) -> int:
    """Narrowest a column may get."""
    if column.number:
        heading = cell_len(column.heading) if column.joined else _longest_word(column.heading)
        return max(_cells_width(column), heading)
    return max(_NARROWEST, *map(_longest_word, (column.heading, *column.cells)))


def _groups(columns: list[tuple[Column, int]]) -> list[list[tuple[Column, int]]]:
    """Each column with those that belong to it."""
    groups: list[list[tuple[Column, int]]] = []
    for column in columns:
        if column[0].joined and groups:
            groups[-1].append(column)
        else:
            groups.append([column])
    return groups


def _table(block: list[tuple[Column, int]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _BETWEEN, 0, 0))
    for column, width in block:
        table.add_column(
            column.heading,
            justify="right" if column.number and not column.bars else "left",
            width=width,
            style="dim" if column.joined else None,
            overflow="fold",
        )
    for row in range(len(block[0][0].cells)):
        table.add_row(*(_cell(column, row) for column, _ in block))
    return table


def _cell(column: Column, row: int) -> Text:
    words = column.cells[row]
    if not column.bars:
        return Text(words, style="" if column.number else _COMPOUND_STYLES.get(words, ""))
    share = column.bars[row]
    if share is None:
        return Text()
    filled = min(round(abs(share) * _BAR_CELLS), _BAR_CELLS)
    bar = "█" * filled + "·" * (_BAR_CELLS - filled)
    style = "dark_orange3" if share >= 0 else "dodger_blue2"
    return Text(bar, style=style).append(f" {words:>5}", style="default")


def _cells_width(column: Column) -> int:
    if column.bars:
        return _BAR_CELLS + 6
    return max((cell_len(cell) for cell in column.cells), default=0)


def _longest_word(words: str) -> int:
    return max((cell_len(word) for word in words.split()), default=0)
