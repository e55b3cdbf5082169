"""The traces for pages without a kernel: speed and time difference, and the corners as a table."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from f1lab.widgets._format import seconds_text, text_width, wrap
from f1lab.widgets._svg import Pen, image_html, px
from f1lab.widgets._waterfall_geometry import ticks
from f1lab.widgets.waterfall_svg import DARK, LIGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.widgets._traces_data import Curves, Trace

__all__ = ["decimate", "draw", "static_html"]

#: Lines and their dashes, as in ``widgets/telemetry-traces``.
_LINES = ("#0072b2", "#d55e00", "#008a64", "#a64d86", "#7a6200", "#4b5561")
_DARK_LINES = ("#56b4e9", "#f58b45", "#3fc79a", "#e39ac4", "#e6c84a", "#c3cbd4")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 4", "12 4")
_PAD, _LEFT, _GAP = 18, 58, 30
_SPEED_PX, _DELTA_PX = 210, 110
_LABEL_ROOM_PX = 20
_PER_COLUMN = 2
#: Width of a column of a decimated line [px].
_COLUMN_PX = 2


class _Frame(NamedTuple):
    """A plot: where it is [px] and what its edges mean."""

    x: float
    y: float
    width: float
    height: float
    length_m: float
    low: float
    high: float

    def at(self, place_m: float) -> float:
        return self.x + place_m / self.length_m * self.width

    def of(self, value: float) -> float:
        return self.y + self.height - (value - self.low) / (self.high - self.low) * self.height


def decimate(
    at_m: NDArray[Any], values: NDArray[Any], length_m: float, columns: int
) -> NDArray[np.int64]:
    """Samples worth drawing: the least and the greatest of each column of pixels.

    Parameters
    ----------
    at_m, values : ndarray, shape (n,)
        Samples in the order of their places; values may be NaN.
    length_m : float
        What the columns span, from 0. [m]
    columns : int
        How many there are.

    Returns
    -------
    ndarray of int
        Indices, ascending; all of them when there are no more than two a column.

    Examples
    --------
    >>> decimate(np.arange(10.0), np.array([0, 5, 1, 2, -3, 0, 0, 9, 0, 0.0]), 10.0, 2)
    array([1, 4, 5, 7])
    """
    if len(at_m) <= _PER_COLUMN * columns:
        return np.arange(len(at_m))
    column = np.floor(at_m / length_m * columns)
    begins = np.flatnonzero(np.concatenate([[True], np.diff(column) != 0]))
    kept = set()
    for begin, end in pairwise([*begins.tolist(), len(at_m)]):
        inside = values[begin:end]
        if np.isfinite(inside).any():
            kept |= {begin + int(np.nanargmin(inside)), begin + int(np.nanargmax(inside))}
        if not np.isfinite(inside).all():
            kept.add(begin + int(np.flatnonzero(~np.isfinite(inside))[0]))
    return np.array(sorted(kept))


def draw(curves: Curves, title: str, width: int = 860) -> str:
    """Speed and time difference over distance as an SVG document.

    Parameters
    ----------
    curves : Curves
        The laps.
    title : str
        Race and session.
    width : int, default 860
        Width. [px]

    Returns
    -------
    str
        One ``<svg>`` element.
    """
    lines = {f"line{i}": colour for i, colour in enumerate(_LINES)}
    dark = {f"line{i}": colour for i, colour in enumerate(_DARK_LINES)}
    pen = Pen(LIGHT | lines, DARK | dark, "f1lab-traces")
    y = _header(pen, curves, title, width)
    drawn = [(slot, trace) for slot, trace in enumerate(curves.traces) if not trace.problem]
    top = y
    y = _plot(pen, curves, drawn, "speed", (y, _SPEED_PX, width))
    if any("delta" in trace.channels for _, trace in drawn):
        y = _plot(pen, curves, drawn, "delta", (y + _GAP, _DELTA_PX, width))
    _labels(pen, curves, _frame(curves, (top, _SPEED_PX, width), (0, 1)))
    _distances(pen, curves, _frame(curves, (y, 0, width), (0, 1)))
    return pen.document(_alt(curves, title), width, y + 34)


def _alt(curves: Curves, title: str) -> str:
    return f"Telemetry, {title}: {', '.join(trace.pick.label for trace in curves.traces)}"


def _header(pen: Pen, curves: Curves, title: str, width: float) -> float:
    y = 34.0
    for line in wrap(title, width - 2 * _PAD, 16, bold=True):
        pen.text(_PAD, y, line, font_size=16, font_weight=650)
        y += 22
    for slot, trace in enumerate(curves.traces):
        said = trace.problem or " · ".join(filter(None, (trace.lap_time, trace.facts)))
        pen.line(f"M{_PAD} {px(y - 4)}h26", f"line{slot}", 2.4, stroke_dasharray=_DASHES[slot])
        pen.text(_PAD + 34, y, trace.pick.label, font_weight=650)
        left = _PAD + 42 + text_width(trace.pick.label, 12, bold=True)
        for line in wrap(said, width - left - _PAD, 12):
            pen.text(left, y, line, "muted")
            y += 18
    return y + 30


def _frame(curves: Curves, place: tuple[float, float, float], span: tuple[float, float]) -> _Frame:
    y, height, width = place
    return _Frame(_LEFT, y, width - _LEFT - _PAD, height, curves.length_m, *span)


def _plot(
    pen: Pen,
    curves: Curves,
    drawn: list[tuple[int, Trace]],
    key: str,
    place: tuple[float, float, float],
) -> float:
    """Draw one channel of all laps; returns where it ends."""
    along = "delta_at" if key == "delta" else "at"
    shown = [(slot, trace.channels) for slot, trace in drawn if key in trace.channels]
    low = min(float(np.nanmin(channels[key])) for _, channels in shown)
    high = max(float(np.nanmax(channels[key])) for _, channels in shown)
    low, high = (min(low, 0.0), max(high, 0.0)) if key == "delta" else (low, high)
    air = max((high - low) * 0.06, 0.02)
    frame = _frame(curves, place, (low - air, high + air))
    for corner in curves.corners:
        begin, end = (frame.at(at) for at in (corner.begin_m, corner.end_m))
        pen.rect(begin, frame.y, end - begin, frame.height, "grid", opacity=0.6)
    name = "Speed [km/h]" if key == "speed" else f"Behind {curves.traces[0].pick.label} [s]"
    pen.text(_PAD, frame.y - 7, name, "muted", font_size=11)
    for value, words in ticks(frame.low, frame.high, 5 if key == "speed" else 4):
        y = frame.of(value)
        pen.line(f"M{px(frame.x)} {px(y)}h{px(frame.width)}", "grid")
        said = words if key == "delta" else words.removeprefix("+")
        pen.text(frame.x - 6, y + 4, said, "muted", text_anchor="end", font_size=11)
    for slot, channels in shown:
        d = _path(channels[along], channels[key], frame)
        dashed = _DASHES[slot] and (key == "delta" or not _race(curves))
        dash = {"stroke_dasharray": _DASHES[slot]} if dashed else {}
        pen.line(d, f"line{slot}", 1 if _race(curves) else 1.5, stroke_linejoin="round", **dash)
    return frame.y + frame.height


def _race(curves: Curves) -> bool:
    return curves.mode == "race"


def _path(at_m: NDArray[Any], values: NDArray[Any], frame: _Frame) -> str:
    """Line through the samples, lifted where one is missing."""
    d, down = [], False
    columns = round(frame.width / _COLUMN_PX)
    inside = (at_m >= 0) & (at_m <= frame.length_m)
    at_m, values = at_m[inside], values[inside]
    for i in decimate(at_m, values, frame.length_m, columns):
        if not np.isfinite(values[i]):
            down = False
            continue
        d.append(f"{'L' if down else 'M'}{px(frame.at(at_m[i]))} {px(frame.of(values[i]))}")
        down = True
    return "".join(d)


def _labels(pen: Pen, curves: Curves, frame: _Frame) -> None:
    """Numbers of the corners above the first plot, as many as there is room for."""
    taken = frame.x + 40.0
    for corner in curves.corners:
        x = frame.at(corner.apex_m)
        if x - taken >= _LABEL_ROOM_PX:
            pen.text(x, frame.y - 7, corner.label, text_anchor="middle", font_size=11)
            taken = x


def _distances(pen: Pen, curves: Curves, frame: _Frame) -> None:
    """Kilometres below the last plot, or laps of a whole session."""
    most = max(round(frame.width / 90), 2)
    unit = curves.lap_m if _race(curves) else 1000.0
    for value, words in ticks(0.0, curves.length_m / unit, most):
        if _race(curves) and not float(value).is_integer():
            continue
        last = frame.at(value * unit) > frame.x + frame.width - _LABEL_ROOM_PX
        name = f"{words} laps" if _race(curves) else f"{words} km"
        pen.text(
            frame.at(value * unit),
            frame.y + 16,
            name.replace("+", ""),
            "muted",
            text_anchor="end" if last else "middle",
            font_size=11,
        )


def static_html(curves: Curves, title: str) -> str:
    """Picture and table of the corners as a fragment of HTML that needs nothing from outside.

    Parameters
    ----------
    curves : Curves
        The laps.
    title : str
        Race and session.

    Returns
    -------
    str
        One ``<div>``.
    """
    return image_html(lambda width: draw(curves, title, width), _alt(curves, title), _table(curves))


def _table(curves: Curves) -> list[str]:
    if not curves.parts:
        return []
    drawn = [trace.pick.label for trace in curves.traces if not trace.problem]
    heads = "".join(
        f'<th scope="col" class="n">{escape(label)} [km/h]</th>'
        + ('<th scope="col" class="n">lost [s]</th>' if i else "")
        for i, label in enumerate(drawn)
    )
    rows = "".join(_row(part) for part in curves.parts)
    return [
        "<details><summary>Corner by corner, in numbers</summary>",
        f'<table><thead><tr><th scope="col">Part</th><th scope="col">Kind</th>{heads}</tr></thead>',
        f"<tbody>{rows}</tbody></table></details>",
    ]


def _row(part: dict[str, Any]) -> str:
    cells = "".join(
        f'<td class="n">{"–" if cell["speed_kmh"] is None else round(cell["speed_kmh"])}</td>'
        + (
            ""
            if not i
            else f'<td class="n">{seconds_text(cell["lost_s"], 3).removesuffix(" s")}</td>'
        )
        for i, cell in enumerate(part["cells"])
    )
    return f'<tr><th scope="row">{escape(part["label"])}</th><td>{part["kind"]}</td>{cells}</tr>'
