"""Names of files made of what was asked."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.export.parts import Exportable

__all__ = ["file_stem", "slug"]

_LONGEST = 120


def slug(text: str) -> str:
    """Return a text as part of a file name: plain letters, digits and hyphens; codes stay capital.

    Examples
    --------
    >>> slug("São Paulo Grand Prix"), slug("NOR"), slug("../etc")
    ('sao-paulo-grand-prix', 'NOR', 'etc')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    if not re.fullmatch(r"[A-Z]{1,3}", plain):
        plain = plain.lower()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")


def file_stem(result: Exportable) -> str:
    """Name of a result's files, without ending: its kind, then what was asked."""
    words: list[object] = [result.kind.replace("_", "-")]
    for value in result.asked.values():
        words += value if isinstance(value, list | tuple) else [value]
    parts = [slug(str(word)) for word in words if word is not None]
    return "-".join(part for part in parts if part)[:_LONGEST].rstrip("-")
