"""How the numbers of a table are printed: units in the heading, digits that are known, intervals.

A column ``pace_s`` with ``pace_low_s`` and ``pace_high_s`` beside it is one number and its 90 %
interval; a column whose name ends in ``share`` or begins with ``p_`` is shown in percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["NOTHING", "Column", "columns_of", "flat", "turned"]

#: Heading of the columns that hold intervals.
INTERVAL = "90 %"
#: Printed for a number that is not known.
NOTHING = "–"

#: Endings of column names, the longer before the shorter, and the unit they stand for.
_UNITS = {
    "_s_per_lap_per_lap": "s/lap²",
    "_s_per_lap": "s/lap",
    "_per_lap": "per lap",
    "_logit": "logit",
    "_0_to_1": "0 to 1",
    "_s_per_kg": "s/kg",
    "_s_per_s": "s/s",
    "_w_per_kg": "W/kg",
    "_kg_m3": "kg/m³",
    "_kgm3": "kg/m³",
    "_1_m": "1/m",
    "_kmh": "km/h",
    "_laps": "laps",
    "_pct": "%",
    "_hpa": "hPa",
    "_deg": "°",
    "_rpm": "rpm",
    "_km": "km",
    "_kg": "kg",
    "_ms2": "m/s²",
    "_ms": "m/s",
    "_c": "°C",
    "_m": "m",
    "_s": "s",
}
#: Digits behind the point where no interval says how many are known: the timing screen's.
_DECIMALS = {
    "s": 3,
    "s/lap": 3,
    "km/h": 1,
    "%": 2,
    "kg": 1,
    "m": 0,
    "°C": 1,
    "hPa": 1,
    "m/s": 1,
    "laps": 0,
}
_FIGURES = 3
_MOST_DECIMALS = 6
#: A column whose name holds one of these words is a difference and keeps its sign.
_DIFFERENCES = frozenset({"delta", "gap", "gain", "gained", "lost", "regret", "difference"})
_PERCENT = "in percent"


@dataclass(frozen=True)
class Column:
    """A column ready to be printed.

    ``bars`` are shares −1 … 1 to be drawn beside the text; empty for none. ``joined`` columns
    belong to the one before them.
    """

    heading: str
    cells: tuple[str, ...]
    number: bool
    joined: bool = False
    bars: tuple[float | None, ...] = ()


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its index, if that says anything, as a first column."""
    return frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()


def columns_of(frame: pd.DataFrame) -> list[Column]:
    """Headings and cells of a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        Units in the column names.

    Returns
    -------
    list of Column
    """
    frame = flat(frame)
    names = [str(name) for name in frame.columns]
    ends = {name: _interval_names(name, names) for name in names}
    hidden = {end for pair in ends.values() if pair for end in pair}
    units = [str(unit) for unit in frame["unit"]] if "unit" in names else None
    told: list[Column] = []
    for name in names:
        if name not in hidden and name != "unit":
            told += _columns(frame, name, ends[name], units)
    return _with_units(told, units)


def turned(columns: Sequence[Column]) -> list[Column]:
    """The same table lying on its side: its headings as rows, its first column as headings.

    Parameters
    ----------
    columns : sequence of Column

    Returns
    -------
    list of Column
    """
    first, *rest = columns
    told = [column for column in rest if not column.joined]
    spans = [
        rest[rest.index(column) + 1].cells if _has_interval(rest, column) else () for column in told
    ]
    out = [Column(first.heading, tuple(column.heading for column in told), number=False)]
    for row, name in enumerate(first.cells):
        out.append(Column(name, tuple(column.cells[row] for column in told), number=True))
        ends = tuple(span[row] if span else "" for span in spans)
        if any(ends):
            out.append(Column(INTERVAL, ends, number=True, joined=True))
    return out


def _has_interval(columns: Sequence[Column], column: Column) -> bool:
    place = columns.index(column) + 1
    return place < len(columns) and columns[place].joined


def _with_units(told: list[Column], units: list[str] | None) -> list[Column]:
    """Put a column of units last of those that are numbers, so that each stands beside its row."""
    if units is None:
        return told
    last = max((place for place, column in enumerate(told) if column.number), default=0) + 1
    return [*told[:last], Column("unit", tuple(units), number=False), *told[last:]]


def _columns(
    frame: pd.DataFrame, name: str, ends: tuple[str, str] | None, units: list[str] | None
) -> list[Column]:
    """One column, and that of its interval."""
    values = frame[name].tolist()
    stem, unit = _split(name)
    heading = f"{_words(stem)} ({unit})" if unit and unit != _PERCENT else _words(stem)
    if not _is_number(values):
        return [Column(heading, tuple(_text(value) for value in values), number=False)]
    low, high = ([], []) if ends is None else (frame[end].tolist() for end in ends)
    kinds = units if units is not None else [unit] * len(values)
    by_row = units is not None
    known = _digits(low, high, by_row=by_row) if ends is not None else [None] * len(values)
    digits = _own_digits(values, kinds, known, by_row=by_row)
    rows = list(zip(values, low, high, strict=True)) if ends is not None else [(v,) for v in values]
    whole_column = not by_row and _is_difference(stem, values)
    signs = [whole_column or (by_row and _is_difference("", row)) for row in rows]
    shown = [
        _number(value, kind, own, signed=sign)
        for value, kind, own, sign in zip(values, kinds, digits, signs, strict=True)
    ]
    bars = tuple(None if _missing(v) else float(v) for v in values) if name == "share" else ()
    out = [Column(heading, tuple(shown), number=True, bars=bars)]
    if ends is not None:
        spans = tuple(
            _span(a, b, kind, own, signed=sign)
            for a, b, kind, own, sign in zip(low, high, kinds, known, signs, strict=True)
        )
        if any(spans):
            out.append(Column(INTERVAL, spans, number=True, joined=True))
    return out


def _interval_names(name: str, names: Sequence[str]) -> tuple[str, str] | None:
    """The columns that hold a column's interval.

    Its name with ``_low`` and ``_high`` put in, or plain ``low`` and ``high`` right after it.
    """
    for low in names:
        stem, found, rest = low.rpartition("_low")
        high = f"{stem}_high{rest}"
        if found and stem + rest == name and high in names:
            return low, high
    follows = list(names[names.index(name) + 1 : names.index(name) + 3])
    return ("low", "high") if follows == ["low", "high"] else None


def _ending(name: str) -> str:
    return next((ending for ending in _UNITS if name.endswith(ending)), "")


def _split(name: str) -> tuple[str, str]:
    """Name without its unit, and the unit."""
    ending = _ending(name)
    if ending:
        return name.removesuffix(ending), _UNITS[ending]
    percent = name == "share" or name.endswith("_share") or name.startswith("p_")
    return name, _PERCENT if percent else ""


def _words(stem: str) -> str:
    words = stem.removeprefix("p_").replace("_", " ").strip()
    return f"P({words})" if stem.startswith("p_") else words


def _is_number(values: Iterable[Any]) -> bool:
    """Whether a column is numbers, unknown ones aside; one that knows nothing is."""
    known = [v for v in values if not _missing(v)]
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in known)


def _missing(value: Any) -> bool:  # noqa: ANN401  (any cell)
    return value is None or value is pd.NaT or (isinstance(value, float) and not isfinite(value))


def _text(value: Any) -> str:  # noqa: ANN401  (any cell)
    if _missing(value):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    return str(value)


def _is_difference(stem: str, values: Iterable[Any]) -> bool:
    negative = any(not _missing(value) and value < 0 for value in values)
    return negative or not _DIFFERENCES.isdisjoint(stem.split("_"))


def _digits(low: Sequence[Any], high: Sequence[Any], *, by_row: bool) -> list[int | None]:
    """Digits behind the point that two figures of the half-width need, alike in a column."""
    halves = [
        None if _missing(a) or _missing(b) or a == b else abs(b - a) / 2
        for a, b in zip(low, high, strict=True)
    ]
    each = [None if half is None else _places(half, 2) for half in halves]
    told = sorted(digits for digits in each if digits is not None)
    if by_row or not told:
        return list(each)
    return [told[len(told) // 2]] * len(each)


def _places(size: float, figures: int) -> int:
    return min(max(figures - 1 - floor(log10(size)), 0), _MOST_DECIMALS) if size > 0 else 0


def _own_digits(
    values: Sequence[Any], kinds: Sequence[str], known: Sequence[int | None], *, by_row: bool
) -> list[int]:
    """Digits of the values: the unit's, else the interval's, else three figures."""
    largest = max((abs(value) for value in values if not _missing(value)), default=0)
    whole = all(float(value).is_integer() for value in values if not _missing(value))

    def own(value: Any, digits: int | None) -> int:  # noqa: ANN401  (any number)
        if digits is not None:
            return digits
        size = abs(value) if by_row and not _missing(value) else largest
        return 0 if whole else _places(size, _FIGURES)

    return [
        _DECIMALS.get(kind, own(value, digits))
        for value, kind, digits in zip(values, kinds, known, strict=True)
    ]


def _number(value: Any, unit: str, digits: int | None, *, signed: bool) -> str:  # noqa: ANN401
    if _missing(value):
        return NOTHING
    if isinstance(value, int):
        return f"{value:+d}" if signed and value else str(value)
    if unit == _PERCENT:
        return f"{value:+.0%}" if signed else f"{value:.0%}"
    shown = round(value, digits or 0) + 0.0  # no minus before a zero
    sign = "+" if signed and (shown or digits) else ""
    return f"{shown:{sign}.{digits or 0}f}"


def _span(low: Any, high: Any, unit: str, digits: int | None, *, signed: bool) -> str:  # noqa: ANN401
    if _missing(low) or _missing(high) or low == high:
        return ""
    ends = (_number(float(end), unit, digits, signed=signed) for end in (low, high))
    return " to ".join(ends)
