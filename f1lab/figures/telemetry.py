"""Charts of car data: speed and time lost over the lap, pedals, gears, and the circuit's map.

Laps are put on the distance of the first (:mod:`f1lab.compare.traces`); one that does not align
with it is left out and named under the title.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from f1lab.calc.estimate import Z90
from f1lab.figures._overlay import add_corners, distance_axis, drawn_laps
from f1lab.figures._shared import faint, new_figure
from f1lab.figures.style import INK

if TYPE_CHECKING:
    from f1lab.data.schema import Session, Weekend
    from f1lab.figures._overlay import Drawn, Laps

__all__ = ["gear_usage", "pedals", "speed_trace"]

_GEARS = range(1, 9)
#: Fills of bars whose colours look alike.
_PATTERNS = {"solid": "", "dot": "/", "dash": "x", "dashdot": ".", "longdash": "-"}


def speed_trace(weekend: Weekend | Session, laps: Laps, *, session: str | None = None) -> go.Figure:
    """Speed of two to six laps over the distance, and below it the time lost to the first.

    Parameters
    ----------
    weekend : Weekend or Session
        A loaded weekend, or one of its sessions.
    laps : sequence of str or (str, int or str)
        A driver, for his fastest lap, or a driver and a lap: ``[("NOR", 15), "PIA"]``.
    session : str, optional
        ``"Q"`` or ``"R"``; by default the one that has car data.

    Returns
    -------
    plotly.graph_objects.Figure
        Corners are shaded and numbered. The lower panel rises where time is lost to the first
        lap; its band is the 90 % interval, from the gaps between the samples.

    Raises
    ------
    InvalidInput
        Fewer than two laps or more than six, one of them twice, or something that is no lap.
    UnknownName
        A driver who did not take part, or no such session.
    NoData
        No car data of a lap, or no lap that can be compared with the first.
    """
    drawn = drawn_laps(weekend, laps, session, fewest=2)
    figure = _panels("Speed over the lap", drawn, (0.36, 1.0), (0.0, 0.3), 480)
    for speed, line, name in zip(drawn.over.speed_kmh, drawn.lines, drawn.names, strict=True):
        figure.add_trace(
            go.Scatter(
                x=drawn.distance_km,
                y=speed,
                name=name,
                mode="lines",
                line={**line, "width": 1.75},
                hovertemplate="%{y:.0f} km/h",
            )
        )
    for pair, line, name in zip(drawn.over.aligned, drawn.lines[1:], drawn.names[1:], strict=True):
        _add_delta(figure, drawn, pair.delta_s, pair.delta_sd_s, line, name)
    low, high = float(drawn.over.speed_kmh.min()), float(drawn.over.speed_kmh.max())
    figure.update_layout(
        yaxis={"title": "speed [km/h]", "range": [low - 15, high + 0.12 * (high - low)]},
        yaxis2={"title": "lost [s]", "zeroline": True, "zerolinecolor": INK},
    )
    _add_panel_title(figure, f"Time lost to {drawn.over.reference.label}", 0.31)
    add_corners(figure, drawn)
    return figure


def pedals(weekend: Weekend | Session, laps: Laps, *, session: str | None = None) -> go.Figure:
    """Throttle of one to six laps over the distance, and where each of them brakes.

    Parameters
    ----------
    weekend : Weekend or Session
        A loaded weekend, or one of its sessions.
    laps : sequence of str or (str, int or str)
        A driver, for his fastest lap, or a driver and a lap.
    session : str, optional
        ``"Q"`` or ``"R"``; by default the one that has car data.

    Returns
    -------
    plotly.graph_objects.Figure
        The brake is known as on or off: each lap has its own strip, drawn where it is on.

    Raises
    ------
    InvalidInput
        No lap or more than six, one of them twice, or something that is no lap.
    UnknownName
        A driver who did not take part, or no such session.
    NoData
        No car data of the first lap.
    """
    drawn = drawn_laps(weekend, laps, session)
    n = len(drawn.names)
    figure = _panels("Throttle and brake", drawn, (0.4, 1.0), (0.0, 0.3), 380 + 16 * n)
    for k, (lap, line, name) in enumerate(
        zip(drawn.over.laps, drawn.lines, drawn.names, strict=True)
    ):
        figure.add_trace(
            go.Scatter(
                x=drawn.at_km(k),
                y=lap.frame["throttle_pct"],
                name=name,
                mode="lines",
                line={**line, "width": 1.5},
                hovertemplate="throttle %{y:.0f} %",
            )
        )
        pressed = np.where(lap.frame["brake"].to_numpy(bool), float(n - k), np.nan)
        figure.add_trace(
            go.Scatter(
                x=drawn.at_km(k),
                y=pressed,
                yaxis="y2",
                name=name,
                mode="lines",
                line={"color": line["color"], "width": 9},
                showlegend=False,
                hovertemplate="brakes",
            )
        )
    labels = [f"{lap.driver} {lap.lap}" for lap in drawn.over.laps]
    figure.update_layout(
        yaxis={"title": "throttle [%]", "range": [-5, 118], "tickvals": [0, 25, 50, 75, 100]},
        yaxis2={
            "range": [0.4, n + 0.6],
            "tickvals": list(range(n, 0, -1)),
            "ticktext": labels,
            "showgrid": False,
        },
    )
    _add_panel_title(figure, "Brake on", 0.31)
    add_corners(figure, drawn)
    return figure


def gear_usage(weekend: Weekend | Session, laps: Laps, *, session: str | None = None) -> go.Figure:
    """Share of the lap spent in each gear, one bar a lap.

    Parameters
    ----------
    weekend : Weekend or Session
        A loaded weekend, or one of its sessions.
    laps : sequence of str or (str, int or str)
        A driver, for his fastest lap, or a driver and a lap.
    session : str, optional
        ``"Q"`` or ``"R"``; by default the one that has car data.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    InvalidInput
        No lap or more than six, one of them twice, or something that is no lap.
    UnknownName
        A driver who did not take part, or no such session.
    NoData
        No car data of the first lap.
    """
    drawn = drawn_laps(weekend, laps, session)
    figure = new_figure("Gears", "gear", "share of the lap time [%]", 360, drawn.left_out)
    for lap, line, name in zip(drawn.over.laps, drawn.lines, drawn.names, strict=True):
        time, gear = lap.frame["time_s"].to_numpy(), lap.frame["gear"].to_numpy()
        seconds = np.array([np.diff(time)[gear[:-1] == g].sum() for g in _GEARS])
        figure.add_trace(
            go.Bar(
                x=list(_GEARS),
                y=100 * seconds / np.diff(time).sum(),
                name=name,
                marker={
                    "color": line["color"],
                    "pattern": {"shape": _PATTERNS.get(line["dash"], "|"), "solidity": 0.35},
                    "line": {"color": line["color"], "width": 1},
                },
                customdata=seconds,
                hovertemplate="%{y:.1f} %, %{customdata:.1f} s",
            )
        )
    figure.update_layout(barmode="group", bargap=0.22, bargroupgap=0.06)
    figure.update_xaxes(dtick=1)
    return figure


def _panels(
    title: str,
    drawn: Drawn,
    upper: tuple[float, float],
    lower: tuple[float, float],
    height: int,
) -> go.Figure:
    """Two panels over one distance axis."""
    figure = new_figure(title, "distance [km]", "", height, drawn.note)
    figure.update_layout(
        xaxis={**distance_axis(drawn), "anchor": "y2"},
        yaxis={"domain": upper},
        yaxis2={"domain": lower},
        hoversubplots="axis",
        legend={"y": 1.02},
        margin={"t": 44 + 20 * -(-len(drawn.names) // 2)},
    )
    return figure


def _add_panel_title(figure: go.Figure, text: str, y: float) -> None:
    """Name a panel at its upper left corner."""
    figure.add_annotation(
        x=0,
        xref="paper",
        y=y,
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        text=text,
        showarrow=False,
    )


def _add_delta(
    figure: go.Figure,
    drawn: Drawn,
    delta_s: np.ndarray,
    sd_s: np.ndarray,
    line: dict[str, object],
    name: str,
) -> None:
    """Time lost by one lap, with its band."""
    x = drawn.distance_km
    band = {
        "x": np.r_[x, x[::-1]],
        "y": np.r_[delta_s + Z90 * sd_s, (delta_s - Z90 * sd_s)[::-1]],
    }
    quiet = {"mode": "none", "hoverinfo": "skip", "showlegend": False}
    figure.add_trace(
        go.Scatter(**band, yaxis="y2", fill="toself", fillcolor=faint(line["color"]), **quiet)
    )
    figure.add_trace(
        go.Scatter(
            x=x,
            y=delta_s,
            yaxis="y2",
            name=name,
            mode="lines",
            line={**line, "width": 1.75},
            showlegend=False,
            hovertemplate="%{y:+.3f} s",
        )
    )
