"""The tables of a result as CSV, one text for each."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from f1lab.export.cells import flat
from f1lab.export.naming import slug
from f1lab.export.parts import require_exportable
from f1lab.export.writing import write_texts

if TYPE_CHECKING:
    import pandas as pd

    from f1lab.export.parts import Exportable

__all__ = ["csv_paths", "to_csv"]

#: A text that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  (their wide forms)


def to_csv(result: Exportable, path: str | Path | None = None) -> dict[str, str]:
    """Return the tables of a result as CSV, and write them if a path is given.

    Parameters
    ----------
    result : Exportable
        Any result object of f1lab.
    path : str or Path, optional
        File of the main table; every other one gets its title added to the name.

    Returns
    -------
    dict of str to str
        Table title to CSV (UTF-8, commas, a header line, an unknown number left empty), the
        main table first. A text that a spreadsheet would take for a formula begins with ``'``.

    Raises
    ------
    InvalidInput
        What is given is no result.
    ReportError
        A file cannot be written.
    """
    require_exportable(result)
    texts = {title: _csv(flat(frame)) for title, frame in result.tables().items()}
    if path is not None:
        write_texts(dict(zip(csv_paths(Path(path), list(texts)), texts.values(), strict=True)))
    return texts


def csv_paths(path: Path, titles: list[str]) -> list[Path]:
    """File of each table: the path itself, then one by each further title; numbered if alike."""
    names = [path.name]
    for title in titles[1:]:
        stem = "-".join(filter(None, (path.stem, slug(title))))
        alike = sum(name == stem + path.suffix or name.startswith(f"{stem}.") for name in names)
        names.append(f"{stem}.{alike + 1}{path.suffix}" if alike else stem + path.suffix)
    return [path.with_name(name) for name in names]


def _csv(frame: pd.DataFrame) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_safe(str(name)) for name in frame.columns])
    for row in frame.itertuples(index=False):
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None or value != value:  # noqa: PLR0124  (NaN and NaT differ from themselves)
        return ""
    return _safe(value) if isinstance(value, str) else value


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
