"""Columns of one type each: text is text, a number is a number, nothing is missing by a trick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["conform", "median", "numbers", "texts", "truth"]

_NOTHING = frozenset({"nan", "None", "NaN", "NaT", "<NA>"})


def conform(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Give a frame exactly the columns and types of the schema.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns that are missing become NaN, ``""`` or False.
    columns : mapping of str to str
        Names and types (``"str"``, ``"int"``, ``"float"``, ``"bool"``).

    Returns
    -------
    pandas.DataFrame
        Text as ``object``, whole numbers as ``int64``, a fresh index.
    """
    made = {name: _typed(frame, name, kind) for name, kind in columns.items()}
    return pd.DataFrame(made, columns=list(columns))


def texts(column: pd.Series) -> np.ndarray:
    """Return a column as text, ``""`` for everything that means nothing."""
    return np.array(
        ["" if v is None or v != v or str(v) in _NOTHING else str(v) for v in column],  # noqa: PLR0124
        dtype=object,
    )


def truth(column: pd.Series) -> np.ndarray:
    """Return a column as booleans, False for everything that is missing.

    An archive that went through text says ``"True"`` and ``"False"``.
    """
    if column.dtype == bool:
        return column.to_numpy()
    return np.array([_true(value) for value in column], dtype=bool)


def _true(value: object) -> bool:
    """Whether one cell says yes; a missing one does not."""
    if isinstance(value, str):
        return value == "True"
    return value is not None and value == value and bool(value)  # noqa: PLR0124  (NaN is not itself)


def numbers(column: pd.Series) -> np.ndarray:
    """Return a column as floats, NaN for everything that is no number."""
    coerced: pd.Series = pd.to_numeric(column, errors="coerce")
    return coerced.to_numpy(dtype=float, na_value=np.nan)


def median(values: pd.Series | np.ndarray) -> float:
    """Return the median of the finite values, NaN when there is none."""
    array = np.asarray(values, dtype=float)
    finite = array[np.isfinite(array)]
    return float(np.median(finite)) if len(finite) else np.nan


def _typed(frame: pd.DataFrame, name: str, kind: str) -> np.ndarray:
    column = frame[name] if name in frame.columns else pd.Series([np.nan] * len(frame))
    if kind == "float":
        return numbers(column)
    if kind == "int":
        return column.to_numpy(dtype=np.int64)
    return truth(column) if kind == "bool" else texts(column)
