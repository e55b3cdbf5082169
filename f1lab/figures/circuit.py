"""The circuit seen from above, coloured by speed, by gear, or by where time is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from f1lab.calc.corners import edges_m, segments
from f1lab.calc.estimate import Z90
from f1lab.errors import InvalidInput, NoData
from f1lab.figures._overlay import drawn_laps
from f1lab.figures._shared import new_figure
from f1lab.figures.style import GAINED, INK, LOST, RAMP

if TYPE_CHECKING:
    from collections.abc import Callable

    from f1lab.data.schema import Session, Weekend
    from f1lab.figures._overlay import Drawn, Laps

__all__ = ["track_map"]

_STEP_M = 12.0
_RIBBON_PX = 6
_LABEL_M = 0.012
_FEWEST_PLACES = 20


def track_map(
    weekend: Weekend | Session, laps: Laps, colour: str = "speed", *, session: str | None = None
) -> go.Figure:
    """The line of a lap from above, coloured along it.

    Parameters
    ----------
    weekend : Weekend or Session
        A loaded weekend, or one of its sessions.
    laps : sequence of str or (str, int or str)
        One lap for speed and gear, two for the delta: a driver, for his fastest lap, or a driver
        and a lap.
    colour : {"speed", "gear", "delta"}
        ``"delta"`` colours each corner and straight by the time the second lap loses there to
        the first; grey is less than the 90 % interval of the reading.
    session : str, optional
        ``"Q"`` or ``"R"``; by default the one that has car data.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    InvalidInput
        Another ``colour``, or another number of laps than it takes.
    UnknownName
        A driver who did not take part, or no such session.
    NoData
        No car data of a lap, no places in it, or a second lap that cannot be compared.
    """
    if colour not in _COLOURS:
        raise InvalidInput(f"colour is one of {', '.join(_COLOURS)}; not {colour!r:.30}.")
    needed = 2 if colour == "delta" else 1
    drawn = drawn_laps(weekend, laps, session, fewest=needed)
    if len(drawn.names) != needed:
        raise InvalidInput(
            f"a map of the {colour} takes {needed} lap{'s' if needed > 1 else ''}, not "
            f"{len(drawn.names)}."
        )
    at, x, y = _line(drawn)
    title, marker, words = _COLOURS[colour](drawn, at)
    figure = new_figure(title, "", "", 460, drawn.note)
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="markers",
            marker={"size": _RIBBON_PX, "opacity": 1, **marker},
            text=[
                f"{place / 1000:.2f} km<br>{word}" for place, word in zip(at, words, strict=True)
            ],
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
    )
    _add_marks(figure, drawn, at, x, y)
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden, scaleanchor="x", scaleratio=1)
    figure.update_layout(hovermode="closest", margin={"t": 48, "l": 8, "r": 8})
    return figure


def _line(drawn: Drawn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Even places along the first lap and where they are [m]."""
    frame, own = drawn.over.reference.frame, drawn.over.at_m(0)
    x, y = frame["x_m"].to_numpy(), frame["y_m"].to_numpy()
    known = np.isfinite(x) & np.isfinite(y)
    if known.sum() < _FEWEST_PLACES:
        raise NoData(
            f"{drawn.over.reference.label} has no places in its car data, so there is no map."
        )
    at = np.linspace(0, drawn.over.length_m, round(drawn.over.length_m / _STEP_M) + 1)
    return at, np.interp(at, own[known], x[known]), np.interp(at, own[known], y[known])


def _speed(drawn: Drawn, at: np.ndarray) -> tuple[str, dict[str, Any], list[str]]:
    speed = np.interp(at, drawn.over.distance_m, drawn.over.speed_kmh[0])
    marker = {"color": speed, "colorscale": RAMP, "showscale": True, "colorbar": _bar("km/h")}
    return f"Speed, {drawn.names[0]}", marker, [f"{v:.0f} km/h" for v in speed]


def _gear(drawn: Drawn, at: np.ndarray) -> tuple[str, dict[str, Any], list[str]]:
    own = drawn.over.reference.frame["gear"].to_numpy()
    last = np.clip(np.searchsorted(drawn.over.at_m(0), at, side="right") - 1, 0, None)
    gear = own[last]
    shown = range(int(gear.min()), int(gear.max()) + 1)
    marker = {
        "color": gear,
        "cmin": shown[0] - 0.5,
        "cmax": shown[-1] + 0.5,
        "colorscale": _steps(len(shown)),
        "showscale": True,
        "colorbar": _bar("gear") | {"tickvals": list(shown)},
    }
    return f"Gear, {drawn.names[0]}", marker, [f"gear {g}" for g in gear]


def _delta(drawn: Drawn, at: np.ndarray) -> tuple[str, dict[str, Any], list[str]]:
    pair = drawn.over.aligned[0]
    parts = segments(drawn.over.corners, drawn.over.length_m)
    edges = edges_m(parts)
    lost, noise = pair.lost_s(edges), Z90 * pair.noise_s(edges)
    which = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, len(parts) - 1)
    shown = np.where(np.abs(lost) > noise, lost, 0.0)[which]
    most = max(float(np.abs(lost).max()), 0.01)
    marker = {
        "color": shown,
        "cmin": -most,
        "cmax": most,
        "colorscale": [[0, GAINED], [0.44, INK], [0.56, INK], [1, LOST]],
        "showscale": True,
        "colorbar": _bar("lost [s]") | {"tickformat": "+.2f"},
    }
    words = [f"{parts[k].label}: {lost[k]:+.3f} s ± {noise[k]:.3f}" for k in which]
    first, second = (lap.label for lap in drawn.over.laps)
    return f"Where {second} loses to {first}", marker, words


#: What a map may be coloured by: title, marker and words of each point.
_COLOURS: dict[str, Callable[[Drawn, np.ndarray], tuple[str, dict[str, Any], list[str]]]] = {
    "speed": _speed,
    "gear": _gear,
    "delta": _delta,
}


def _bar(title: str) -> dict[str, Any]:
    return {"title": {"text": title}, "thickness": 12, "len": 0.8, "outlinewidth": 0}


def _steps(n: int) -> list[list[Any]]:
    """The ramp in `n` steps, each of one colour."""
    from plotly.colors import sample_colorscale  # noqa: PLC0415  (only this needs it)

    colours = sample_colorscale(RAMP, n if n > 1 else [0.5])
    return [[(k + end) / n, colour] for k, colour in enumerate(colours) for end in (0, 1)]


def _add_marks(
    figure: go.Figure, drawn: Drawn, at: np.ndarray, x: np.ndarray, y: np.ndarray
) -> None:
    """Numbers of the corners outside the line, and the start line with the direction."""
    size = max(np.ptp(x), np.ptp(y))
    for corner in drawn.over.corners:
        k = int(np.clip(np.searchsorted(at, corner.apex_m), 1, len(at) - 2))
        along = np.array([x[k + 1] - x[k - 1], y[k + 1] - y[k - 1]])
        along = along / max(float(np.hypot(*along)), 1e-9)
        side = 1.0 if corner.direction == "left" else -1.0
        out = side * np.array([along[1], -along[0]]) * 3 * _LABEL_M * size
        figure.add_annotation(
            x=x[k] + out[0], y=y[k] + out[1], text=corner.label, font={"size": 10}, showarrow=False
        )
    ahead = min(6, len(at) - 1)
    figure.add_annotation(
        x=x[ahead],
        y=y[ahead],
        ax=x[0],
        ay=y[0],
        axref="x",
        ayref="y",
        text="",
        arrowhead=2,
        arrowsize=1.2,
        arrowwidth=1.5,
        arrowcolor=INK,
    )
    figure.add_trace(
        go.Scatter(
            x=[x[0]],
            y=[y[0]],
            mode="markers",
            marker={"symbol": "square-open", "size": 12, "color": INK, "line": {"width": 2}},
            hovertemplate="start and finish<extra></extra>",
            showlegend=False,
        )
    )
