"""The four charts of a race: lap times, gap, stints, positions.

Each takes a :class:`f1lab.data.schema.Weekend` and returns a plotly figure. What is drawn is
what the timing says; nothing is modelled or smoothed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from f1lab.errors import InvalidInput, NoData
from f1lab.figures._shared import (
    driver_lines,
    faint,
    finishing_order,
    known_drivers,
    lap_range,
    laps_of,
    leader_laps,
    legend_only,
    minute_ticks,
    new_figure,
    padded,
    shade_flags,
)
from f1lab.figures.style import COMPOUND_STYLES, INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from f1lab.data.schema import Session, Weekend

__all__ = ["gap", "lap_times", "positions", "stints"]

#: Slower laps than this share of the field's green laps run off the top of the chart [-].
SLOW_QUANTILE = 0.985
RIGHT = {"xanchor": "left", "xshift": 6, "showarrow": False}


def lap_times(weekend: Weekend, drivers: Sequence[str]) -> go.Figure:
    """Lap times over the race, one line a driver, tyres by shape, stops as dotted lines.

    Parameters
    ----------
    weekend : Weekend
        A loaded weekend.
    drivers : sequence of str
        Codes such as ``["HAM", "VER"]``, at least one.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    UnknownName
        A driver who is not in the race.
    InvalidInput
        No driver at all.
    NoData
        None of them completed a lap.
    """
    race = weekend.race
    drivers = known_drivers(race, drivers)
    figure = new_figure("Lap times", "lap", "lap time [min:s]", height=400)
    for driver, line in zip(drivers, driver_lines(race, drivers), strict=True):
        laps = laps_of(race, driver)
        figure.add_trace(_lap_time_line(laps, driver, line))
        figure.add_trace(legend_only(driver, mode="lines", line={**line, "width": 3}))
        for lap in laps.loc[laps["pit_in_s"].notna(), "lap"]:
            figure.add_vline(x=lap + 0.5, line={"color": line["color"], "width": 1, "dash": "dot"})
    _add_tyre_legend(figure, race, drivers)
    if figure.layout.shapes:
        stop = legend_only(
            "stop",
            mode="lines",
            line={"color": INK, "width": 1, "dash": "dot"},
        )
        figure.add_trace(stop)
    shade_flags(figure, laps_of(race, drivers[0]))
    low, high = _lap_time_range(race, drivers)
    figure.update_yaxes(range=[low, high], **minute_ticks(low, high))
    figure.update_xaxes(range=lap_range(race))
    return figure


def gap(weekend: Weekend, driver: str, reference: str) -> go.Figure:
    """Gap of a driver to another at the end of each lap both completed.

    Parameters
    ----------
    weekend : Weekend
        A loaded weekend.
    driver, reference : str
        Two different codes, such as ``"HAM"`` and ``"VER"``.

    Returns
    -------
    plotly.graph_objects.Figure
        Seconds behind are drawn downwards: a falling line loses time. Triangles are stops,
        filled for the driver, open for the reference, with the letter of the new tyre.

    Raises
    ------
    UnknownName
        A driver who is not in the race.
    InvalidInput
        Driver and reference are the same.
    NoData
        They have no lap in common.
    """
    race = weekend.race
    if driver == reference:
        raise InvalidInput(f"{driver} has no gap to himself; name another driver as reference.")
    known_drivers(race, [driver, reference])
    both = laps_of(race, driver).merge(
        laps_of(race, reference)[["lap", "time_s"]], on="lap", suffixes=("", "_reference")
    )
    if both.empty:
        raise NoData(f"{driver} and {reference} have no lap in common, so there is no gap to show.")
    behind = both["time_s"] - both["time_s_reference"]
    line = next(driver_lines(race, [driver]))
    figure = new_figure(f"Gap to {reference}", "lap", f"behind {reference} [s]", height=340)
    figure.add_trace(
        go.Scatter(
            x=both["lap"],
            y=behind,
            name=driver,
            mode="lines",
            line=line,
            fill="tozeroy",
            fillcolor=faint(line["color"]),
            hovertemplate="%{y:+.3f} s",
            showlegend=False,
        )
    )
    for code, filled in ((driver, True), (reference, False)):
        _add_stops(figure, race, code, both["lap"].to_numpy(), behind.to_numpy(), filled=filled)
    figure.add_hline(y=0, line={"color": INK, "width": 1})
    shade_flags(figure, laps_of(race, driver))
    figure.update_yaxes(range=padded(behind, reverse=True))
    figure.update_xaxes(range=lap_range(race))
    return figure


def stints(weekend: Weekend, drivers: Sequence[str] | None = None) -> go.Figure:
    """Tyres over the race, one row a driver, finishing order from the top.

    Parameters
    ----------
    weekend : Weekend
        A loaded weekend.
    drivers : sequence of str, optional
        Codes in the order of the rows; everybody in finishing order when left out.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    UnknownName
        A driver who is not in the race.
    InvalidInput
        An empty list of drivers.
    """
    race = weekend.race
    drivers = known_drivers(race, finishing_order(race) if drivers is None else drivers)
    figure = new_figure("Tyres", "lap", "", height=132 + 18 * len(drivers))
    for compound, bars in _stint_bars(race, drivers).groupby("compound", sort=False):
        style = COMPOUND_STYLES[str(compound)]
        figure.add_trace(
            go.Bar(
                orientation="h",
                name=f"{style.letter} {str(compound).capitalize()}",
                y=bars["driver"],
                x=bars["laps"],
                base=bars["first"] - 0.5,
                marker={"color": style.colour, "line": {"color": INK, "width": 1}},
                text=[style.letter if n > 1 else "" for n in bars["laps"]],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                textfont={"color": style.text, "size": 10},
                customdata=bars[["first", "last", "state"]],
                hovertemplate="%{y} laps %{customdata[0]}–%{customdata[1]} · %{customdata[2]}"
                "<extra>" + str(compound).capitalize() + "</extra>",
            )
        )
    shade_flags(figure, leader_laps(race), label_above=True)
    figure.update_layout(legend_y=1.06, barmode="overlay", bargap=0.16, hovermode="closest")
    figure.update_yaxes(categoryorder="array", categoryarray=drivers[::-1], showgrid=False)
    figure.update_xaxes(range=lap_range(race))
    return figure


def positions(weekend: Weekend, highlight: Sequence[str] = ()) -> go.Figure:
    """Place of every driver at the end of each lap, from the grid on.

    Parameters
    ----------
    weekend : Weekend
        A loaded weekend.
    highlight : sequence of str
        Codes drawn in their team's colour; the rest of the field is grey.

    Returns
    -------
    plotly.graph_objects.Figure
        Lap 0 is the grid; a cross marks a car that did not reach the flag.

    Raises
    ------
    UnknownName
        A highlighted driver who is not in the race.
    """
    race = weekend.race
    shown = known_drivers(race, highlight) if highlight else []
    field = finishing_order(race)
    lines = dict(zip(shown, driver_lines(race, shown), strict=True))
    figure = new_figure("Places", "lap", "", height=max(280, 84 + 16 * len(field)))
    for driver in [d for d in field if d not in lines] + list(lines):
        _add_place_line(figure, race, driver, lines.get(driver))
    shade_flags(figure, leader_laps(race))
    last = race.laps["lap"].max()
    figure.update_xaxes(range=[-0.5, last + 0.5])
    figure.update_yaxes(range=[len(field) + 0.6, 0.4], dtick=1, showgrid=False, title="")
    figure.update_layout(showlegend=False, hovermode="closest", margin={"t": 44})
    return figure


# ---------------------------------------------------------------------------------------------
# lap times


def _lap_time_line(laps: pd.DataFrame, driver: str, line: dict[str, object]) -> go.Scatter:
    styles = [COMPOUND_STYLES[c] for c in laps["compound"]]
    return go.Scatter(
        x=laps["lap"],
        y=laps["lap_time_s"],
        name=driver,
        mode="lines+markers",
        line=line,
        marker={
            "symbol": [s.symbol for s in styles],
            "color": [s.colour for s in styles],
            "size": 6,
            "line": {"color": line["color"], "width": 1},
        },
        customdata=laps[["compound", "tyre_age_laps"]],
        showlegend=False,
        hovertemplate="%{y:.3f} s · %{customdata[0]}, %{customdata[1]:.0f} laps old",
    )


def _add_tyre_legend(figure: go.Figure, race: Session, drivers: Sequence[str]) -> None:
    """Name the shapes of the tyres these drivers used."""
    used = race.laps.loc[race.laps["driver"].isin(drivers), "compound"].unique()
    for compound, style in COMPOUND_STYLES.items():
        if compound in used:
            outline = {"color": INK, "width": 1}
            marker = {"symbol": style.symbol, "color": style.colour, "size": 8, "line": outline}
            figure.add_trace(legend_only(compound.capitalize(), mode="markers", marker=marker))


def _lap_time_range(race: Session, drivers: Sequence[str]) -> list[float]:
    """From just below the quickest lap to where only stops and neutralised laps lie above."""
    laps = race.laps[race.laps["driver"].isin(drivers)]
    if laps.empty:
        raise NoData(f"{', '.join(drivers)} completed no lap, so there are no lap times to show.")
    racing = laps[laps["green"] & laps["pit_in_s"].isna() & laps["pit_out_s"].isna()]
    times = (racing if len(racing) else laps)["lap_time_s"]
    low, high = times.min(), times.quantile(SLOW_QUANTILE)
    return [low - max(0.4, 0.06 * (high - low)), high + max(1.5, 0.18 * (high - low))]


# ---------------------------------------------------------------------------------------------
# gap


def _add_stops(
    figure: go.Figure,
    race: Session,
    driver: str,
    laps: np.ndarray,
    behind: np.ndarray,
    *,
    filled: bool,
) -> None:
    """Mark a driver's stops on the gap line, with the letter of the tyre he left on."""
    own = laps_of(race, driver)
    at = own.loc[own["pit_in_s"].notna() & own["lap"].isin(laps), "lap"].to_numpy()
    if not len(at):
        return
    compounds = own.set_index("lap")["compound"]
    colour = next(driver_lines(race, [driver]))["color"]
    figure.add_trace(
        go.Scatter(
            x=at,
            y=behind[np.searchsorted(laps, at)],
            name=f"stop of {driver}",
            mode="markers+text",
            marker={
                "symbol": "triangle-down" if filled else "triangle-up-open",
                "size": 11,
                "color": colour,
                "line": {"color": colour, "width": 1.5},
            },
            text=[COMPOUND_STYLES[compounds.get(lap + 1, "UNKNOWN")].letter for lap in at],
            textposition="bottom center" if filled else "top center",
            hovertemplate=f"{driver} stops for %{{text}}",
        )
    )


# ---------------------------------------------------------------------------------------------
# stints


def _stint_bars(race: Session, drivers: Sequence[str]) -> pd.DataFrame:
    """One row a stint: driver, compound, first and last lap, laps, new or used."""
    laps = race.laps[race.laps["driver"].isin(drivers)]
    bars = (
        laps.groupby(["driver", "stint", "compound"], sort=False)
        .agg(first=("lap", "min"), last=("lap", "max"), fresh=("fresh_tyre", "first"))
        .reset_index()
    )
    bars["laps"] = bars["last"] - bars["first"] + 1
    bars["state"] = np.where(bars["fresh"], "new", "used")
    order = {compound: rank for rank, compound in enumerate(COMPOUND_STYLES)}
    return bars.sort_values("compound", key=lambda column: column.map(order), kind="stable")


# ---------------------------------------------------------------------------------------------
# positions


def _add_place_line(
    figure: go.Figure, race: Session, driver: str, line: dict[str, object] | None
) -> None:
    laps = laps_of(race, driver)
    result = race.results.set_index("driver").loc[driver]
    x = [0, *laps["lap"]]
    y = [result["grid"], *laps["position"]]
    colour = line["color"] if line else INK
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            name=driver,
            mode="lines",
            line={**line, "width": 3} if line else {"color": INK, "width": 1},
            opacity=1.0 if line else 0.45,
            hovertemplate=f"{driver}, lap %{{x}}: %{{y:.0f}}<extra></extra>",
        )
    )
    font = {"color": colour, "size": 12 if line else 11, "weight": 700 if line else 400}
    place = y[-1] if np.isfinite(y[-1]) else y[0]
    label = {"y": place, "text": driver, "font": font, **RIGHT}
    if bool(result["classified"]):
        figure.add_annotation(x=race.laps["lap"].max(), **label)
    else:
        figure.add_annotation(x=x[-1], y=place, text="×", font=font, showarrow=False)
        figure.add_annotation(x=x[-1], **label)
