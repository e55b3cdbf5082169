"""One result, several files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from f1lab.errors import InvalidInput, UnknownName
from f1lab.export.csv_files import csv_paths, to_csv
from f1lab.export.html_page import to_html
from f1lab.export.json_text import to_json
from f1lab.export.naming import file_stem
from f1lab.export.parts import require_exportable
from f1lab.export.plain_text import to_text
from f1lab.export.writing import write_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.export.parts import Exportable

__all__ = ["FORMATS", "check_formats", "save"]

#: Formats and the endings of their files.
_ENDINGS = {"json": ".json", "csv": ".csv", "text": ".txt", "html": ".html"}
FORMATS = tuple(_ENDINGS)


def check_formats(formats: str | Sequence[str]) -> tuple[str, ...]:
    """Return the formats in small letters without doubles.

    Parameters
    ----------
    formats : sequence of str, or str
        Names, or one text with commas.

    Returns
    -------
    tuple of str

    Raises
    ------
    InvalidInput
        None is given, or one that is not among :data:`FORMATS` (``UnknownName``).

    Examples
    --------
    >>> check_formats("JSON, text,json")
    ('json', 'text')
    """
    given = formats.split(",") if isinstance(formats, str) else formats
    wanted = tuple(dict.fromkeys(str(name).strip().lower() for name in given))
    if not wanted:
        raise InvalidInput(f"no format given. Allowed: {', '.join(FORMATS)}.")
    for name in wanted:
        if name not in FORMATS:
            raise UnknownName("format", name, FORMATS)
    return wanted


def save(
    result: Exportable,
    folder: str | Path,
    formats: str | Sequence[str] = FORMATS,
    stem: str | None = None,
) -> list[Path]:
    """Write a result to a folder, one file a format and one more for each further CSV table.

    Parameters
    ----------
    result : Exportable
        Any result object of f1lab.
    folder : str or Path
        Made when it is not there.
    formats : sequence of str, or str
        Any of ``json``, ``csv``, ``text`` and ``html``.
    stem : str, optional
        File name without ending; made of what was asked when left out.

    Returns
    -------
    list of Path
        The files in the order of the formats; all of them are written, or none.

    Raises
    ------
    InvalidInput
        An unknown format, a stem that is no plain name, or something that is no result.
    ReportError
        The folder cannot be written.
    """
    require_exportable(result)
    wanted = check_formats(formats)
    stem = file_stem(result) if stem is None else stem
    if not stem or Path(stem).name != stem or stem.startswith("."):
        raise InvalidInput(f"stem={stem!r}: give a file name without folder and ending.")
    base = Path(folder) / stem
    texts: dict[str | Path, str] = {}
    for name in wanted:
        path = base.with_name(base.name + _ENDINGS[name])
        if name == "csv":
            tables = to_csv(result)
            texts |= dict(zip(csv_paths(path, list(tables)), tables.values(), strict=True))
        else:
            texts[path] = _WRITERS[name](result)
    return write_texts(texts)


_WRITERS = {"json": to_json, "text": to_text, "html": to_html}
