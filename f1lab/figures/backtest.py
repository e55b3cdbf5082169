"""The charts of a backtest: are the chances true, and which races went well.

Each takes the tables of a :class:`f1lab.backtest.BacktestReport` and returns a plotly figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from f1lab.errors import NoData
from f1lab.figures._shared import new_figure
from f1lab.figures.style import GRID, INK

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["place_errors", "reliability"]

#: Colour and mark of each curve, told apart without colour as well.
_CURVES = (("#0072b2", "circle"), ("#d55e00", "square"), ("#009e73", "diamond"))
_SMALLEST_PX, _LARGEST_PX = 5.0, 22.0
_BAND = 0.05


def reliability(
    tables: Mapping[str, pd.DataFrame], title: str = "Chances, foreseen and true"
) -> go.Figure:
    """Share that came true over the chance given, one curve an event.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        By event, as :meth:`f1lab.backtest.BacktestReport.reliability_frame` gives them.
    title : str

    Returns
    -------
    plotly.graph_objects.Figure
        On the diagonal chances are true; the band is five points either way. Marks grow with
        the number of forecasts, whiskers are one standard error.

    Raises
    ------
    NoData
        No forecast in any table.
    """
    filled = {event: table[table["forecasts"] > 0] for event, table in tables.items()}
    most = max(
        (int(table["forecasts"].max()) for table in filled.values() if len(table)), default=0
    )
    if not most:
        raise NoData("there is no forecast in the reliability tables, so no curve to draw.")
    figure = new_figure(title, "chance given", "share that came true", height=420)
    _add_diagonal(figure)
    for (event, table), (colour, symbol) in zip(filled.items(), _CURVES, strict=False):
        size = _SMALLEST_PX + (_LARGEST_PX - _SMALLEST_PX) * np.sqrt(table["forecasts"] / most)
        figure.add_trace(
            go.Scatter(
                x=table["foreseen"],
                y=table["happened"],
                name=event,
                mode="lines+markers",
                line={"color": colour, "width": 1.5},
                marker={"color": colour, "symbol": symbol, "size": size, "opacity": 0.85},
                error_y={"type": "data", "array": table["error"], "color": colour, "thickness": 1},
                customdata=table[["forecasts"]],
                hovertemplate="given %{x:.2f}, came true %{y:.2f}, "
                "%{customdata[0]} forecasts<extra>" + event + "</extra>",
            )
        )
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(range=[-0.02, 1.02], showgrid=True, tickformat=".1f")
    figure.update_yaxes(range=[-0.05, 1.05], tickformat=".1f")
    return figure


def _add_diagonal(figure: go.Figure) -> None:
    """The line of true chances and the band around it."""
    figure.add_trace(
        go.Scatter(
            x=[0, 1, 1, 0],
            y=[_BAND, 1 + _BAND, 1 - _BAND, -_BAND],
            fill="toself",
            fillcolor=GRID,
            mode="none",
            hoverinfo="skip",
            name="± 5 points",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            line={"color": INK, "width": 1, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
        )
    )


def place_errors(races: pd.DataFrame, group: str = "all starters") -> go.Figure:
    """Mean error of places in each test race, the forecast's beside the grid's.

    Parameters
    ----------
    races : pandas.DataFrame
        As :meth:`f1lab.backtest.BacktestReport.races_frame` gives it.
    group : {"all starters", "classified finishers"}

    Returns
    -------
    plotly.graph_objects.Figure
        One row a race, the first at the top.

    Raises
    ------
    NoData
        No race.
    """
    if races.empty:
        raise NoData("there is no race in the table, so no error to draw.")
    prefix = "finishers_" if group == "classified finishers" else ""
    forecast = races[f"{prefix}error" if prefix else "place_error"]
    grid = races[f"{prefix}grid_error"]
    figure = new_figure(f"Error of places, {group}", "places", "", height=120 + 20 * len(races))
    for a, b, race in zip(forecast, grid, races["race"], strict=True):
        line = {"color": GRID, "width": 3}
        figure.add_shape(type="line", x0=a, x1=b, y0=race, y1=race, line=line, layer="below")
    marks = (("forecast", forecast, *_CURVES[0]), ("grid", grid, INK, "line-ns-open"))
    for name, values, colour, symbol in marks:
        figure.add_trace(
            go.Scatter(
                x=values,
                y=races["race"],
                name=name,
                mode="markers",
                marker={"color": colour, "symbol": symbol, "size": 10},
                hovertemplate="%{y}: %{x:.2f}<extra>" + name + "</extra>",
            )
        )
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(rangemode="tozero", showgrid=True)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure
