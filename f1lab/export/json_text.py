"""A result as JSON."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.export.parts import metadata, require_exportable
from f1lab.export.writing import write_texts

if TYPE_CHECKING:
    from pathlib import Path

    from f1lab.export.parts import Exportable

__all__ = ["to_json"]


def to_json(result: Exportable, path: str | Path | None = None) -> str:
    """Return a result as JSON, and write it if a path is given.

    Parameters
    ----------
    result : Exportable
        Any result object of f1lab.
    path : str or Path, optional
        File to write, whole or not at all.

    Returns
    -------
    str
        ``{"metadata": …, "result": …}``; the second reads back equal to ``result.to_dict()``,
        a number that is not known is null.

    Raises
    ------
    InvalidInput
        What is given is no result.
    ReportError
        The file cannot be written.
    """
    require_exportable(result)
    whole = {"metadata": metadata(result), "result": result.to_dict()}
    text = json.dumps(_plain(whole), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if path is not None:
        write_texts({path: text})
    return text


def _plain(value: Any) -> Any:  # noqa: ANN401  (any value of any result)
    """Values JSON knows; None for a number that is none."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value
