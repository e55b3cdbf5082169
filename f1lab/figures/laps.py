"""Charts of clean laps: how they are spread, and how the tyres fade.

Clean laps are dry and green, no lap 1, no in or out lap, not under a blue flag, on a known slick;
each chart says under its title how many there were (:func:`f1lab.compare.laps.race_view`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from scipy.stats import gaussian_kde

from f1lab.calc.tyre import degradation_curve
from f1lab.compare.laps import race_view
from f1lab.errors import InvalidInput, NotEnoughLaps
from f1lab.figures._shared import (
    add_note,
    driver_lines,
    faint,
    finishing_order,
    known_drivers,
    minute_ticks,
    new_figure,
)
from f1lab.figures.style import COMPOUND_STYLES, readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from f1lab.calc.pace import PaceFit
    from f1lab.calc.tyre import WearCurve
    from f1lab.compare.laps import RaceView
    from f1lab.data.schema import Weekend

__all__ = ["lap_distribution", "tyre_degradation"]

_BY = ("driver", "stint")
#: A shape needs so many laps; with fewer only the laps themselves are drawn.
_SHAPE_LAPS = 5
_SHAPE_WIDTH, _STRIP_WIDTH = 0.42, 0.12
_GOLDEN = 0.6180339887


def lap_distribution(
    weekend: Weekend,
    drivers: Sequence[str] | None = None,
    *,
    by: str = "driver",
    corrected: bool = False,
) -> go.Figure:
    """How the clean laps of some drivers are spread: each lap a mark, their density a shape.

    Parameters
    ----------
    weekend : Weekend
        A loaded weekend.
    drivers : sequence of str, optional
        Codes in the order of the columns; the first six of the classification when left out.
    by : {"driver", "stint"}
        One column a driver, or one for each of his stints.
    corrected : bool
        Take off fuel, tyres, the track and traffic: what is left is pace and scatter, in seconds
        against the mean of the field.

    Returns
    -------
    plotly.graph_objects.Figure
        A bar marks the median. Shapes need five laps.

    Raises
    ------
    UnknownName
        A driver who is not in the race.
    InvalidInput
        No driver, or another ``by``.
    NotEnoughLaps
        No clean lap of any of them, as in a race in the rain.
    """
    if by not in _BY:
        raise InvalidInput(f"by is one of {', '.join(_BY)}; not {by!r:.30}.")
    race, view = weekend.race, race_view(weekend)
    drivers = known_drivers(race, finishing_order(race)[:6] if drivers is None else drivers)
    laps = _clean(view, drivers, corrected=corrected)
    figure = new_figure(
        "Pace and scatter, lap by lap" if corrected else "Clean laps as timed",
        "",
        "against the field [s]" if corrected else "lap time [min:s]",
        440,
    )
    add_note(figure, _said(view, laps, drivers), 32 if by == "driver" else 50)
    names = []
    for place, (name, own, line) in enumerate(_columns(view, laps, drivers, by)):
        _add_column(figure, place, name, own, line)
        names.append(name)
    low, high = float(laps["shown_s"].min()), float(laps["shown_s"].max())
    air = 0.06 * (high - low) + 0.1
    ticks = {} if corrected else minute_ticks(low - air, high + air)
    figure.update_yaxes(range=[low - air, high + air], **ticks)
    figure.update_xaxes(
        tickvals=list(range(len(names))),
        ticktext=names,
        range=[-0.6, len(names) - 0.4],
        zeroline=False,
    )
    figure.update_layout(hovermode="closest", showlegend=False, margin={"t": 48})
    return figure


def tyre_degradation(weekend: Weekend) -> go.Figure:
    """Seconds lost by the age of each compound, with the 90 % band, and the laps behind it.

    Parameters
    ----------
    weekend : Weekend
        A loaded weekend.

    Returns
    -------
    plotly.graph_objects.Figure
        Marks are the medians of all clean laps at one age with everything but wear taken off,
        larger for more laps. A compound whose curve the laps cannot carry is named.

    Raises
    ------
    NotEnoughLaps
        No compound with a curve, as in a race in the rain; says why.
    """
    view = race_view(weekend)
    found = degradation_curve(view.fit)
    refused = "; ".join(f"no curve for {name.lower()}" for name in found.refused)
    figure = new_figure(
        "Tyre degradation",
        "age of the set [green laps]",
        "lost against a new set [s]",
        400,
        refused,
    )
    for curve in found.curves:
        _add_wear(figure, view.fit, curve)
    figure.update_layout(legend={"y": 1.02}, margin={"t": 80})
    figure.update_xaxes(rangemode="tozero")
    return figure


# ---------------------------------------------------------------------------------------------
# clean laps


def _clean(view: RaceView, drivers: Sequence[str], *, corrected: bool) -> pd.DataFrame:
    """Clean laps of some drivers; ``shown_s`` is what is drawn."""
    if corrected:
        laps = view.clean_laps().assign(shown_s=lambda table: table["corrected_s"])
    else:
        laps = view.frame.iloc[view.dry].assign(shown_s=lambda table: table["lap_time_s"])
    laps = laps[laps["driver"].isin(drivers) & laps["shown_s"].notna()]
    if laps.empty:
        raise NotEnoughLaps(
            f"no clean dry lap of {', '.join(drivers)} in the {view.weekend.year} "
            f"{view.weekend.event}: laps in the rain, in or out of the pits, or neutralised "
            "are not drawn here."
        )
    return laps


def _said(view: RaceView, laps: pd.DataFrame, drivers: Sequence[str]) -> str:
    driven = int(view.frame["driver"].isin(drivers).sum())
    return f"{len(laps)} clean laps of {driven}: dry, green, no lap 1, no in or out lap"


def _columns(
    view: RaceView, laps: pd.DataFrame, drivers: Sequence[str], by: str
) -> Iterator[tuple[str, pd.DataFrame, dict[str, Any]]]:
    """Name, laps and line style of each column."""
    lines = driver_lines(view.weekend.race, drivers)
    for driver, line in zip(drivers, lines, strict=True):
        own = laps[laps["driver"] == driver]
        if own.empty:
            continue
        if by == "driver":
            yield driver, own, line
            continue
        for (_, compound), stint in own.groupby(["stint", "compound"]):
            yield f"{driver}<br>{COMPOUND_STYLES[str(compound)].letter}", stint, line


def _add_column(
    figure: go.Figure, place: int, name: str, own: pd.DataFrame, line: dict[str, Any]
) -> None:
    """The shape, the laps on it and their median."""
    times = own["shown_s"].to_numpy()
    colour = line["color"]
    if len(times) >= _SHAPE_LAPS and np.ptp(times) > 0:
        at = np.linspace(times.min(), times.max(), 60)
        density = gaussian_kde(times)(at)
        half = _SHAPE_WIDTH * density / density.max()
        figure.add_trace(
            go.Scatter(
                x=np.r_[place - half, (place + half)[::-1], place - half[0]],
                y=np.r_[at, at[::-1], at[0]],
                mode="lines",
                line={"color": colour, "width": 1},
                fill="toself",
                fillcolor=faint(colour),
                hoverinfo="skip",
            )
        )
    spread = _STRIP_WIDTH * (2 * ((np.arange(len(times)) * _GOLDEN) % 1) - 1)
    styles = [COMPOUND_STYLES[str(compound)] for compound in own["compound"]]
    figure.add_trace(
        go.Scatter(
            x=place + spread,
            y=times,
            name=name.replace("<br>", " "),
            mode="markers",
            marker={
                "symbol": [style.symbol for style in styles],
                "color": [style.colour for style in styles],
                "size": 5,
                "line": {"color": colour, "width": 1},
            },
            customdata=own[["lap", "compound"]],
            hovertemplate="lap %{customdata[0]}, %{customdata[1]}: %{y:.3f} s",
        )
    )
    median = float(np.median(times))
    ends = [place - _SHAPE_WIDTH / 2, place + _SHAPE_WIDTH / 2]
    figure.add_trace(
        go.Scatter(
            x=ends,
            y=[median, median],
            mode="lines",
            line={"color": colour, "width": 3, "dash": line["dash"]},
            hovertemplate=f"median {median:.3f} s<extra></extra>",
        )
    )


# ---------------------------------------------------------------------------------------------
# wear


def _add_wear(figure: go.Figure, fit: PaceFit, curve: WearCurve) -> None:
    """Band, curve and the medians of the laps at each age."""
    style = COMPOUND_STYLES[curve.compound]
    colour, age = readable(style.colour), curve.age_laps
    figure.add_trace(
        go.Scatter(
            x=np.r_[age, age[::-1]],
            y=np.r_[curve.high_s, curve.low_s[::-1]],
            mode="none",
            fill="toself",
            fillcolor=faint(colour),
            hoverinfo="skip",
            showlegend=False,
        )
    )
    slope = curve.slope_s_per_lap
    figure.add_trace(
        go.Scatter(
            x=age,
            y=curve.loss_s,
            name=f"{style.letter} {curve.compound.capitalize()} {slope.value:.3f} s/lap "
            f"({slope.low:.3f}–{slope.high:.3f}), {curve.n_laps} laps",
            mode="lines",
            line={"color": colour, "width": 2.5},
            customdata=np.c_[curve.low_s, curve.high_s],
            hovertemplate=f"{style.letter} %{{y:.2f}} s (%{{customdata[0]:.2f}} to "
            "%{customdata[1]:.2f})<extra></extra>",
        )
    )
    at, middle, n = _partial_residuals(fit, curve)
    figure.add_trace(
        go.Scatter(
            x=at,
            y=middle,
            mode="markers",
            marker={
                "symbol": style.symbol,
                "color": style.colour,
                "size": 4 + 2 * np.sqrt(n),
                "opacity": 1,
                "line": {"color": colour, "width": 1.25},
            },
            customdata=n,
            showlegend=False,
            hovertemplate="%{customdata} laps, median %{y:.2f} s<extra></extra>",
        )
    )


def _partial_residuals(fit: PaceFit, curve: WearCurve) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Age, median of wear plus residual, and number of laps, at each whole age."""
    rows = fit.used & (fit.compound_of == fit.compounds.index(curve.compound))
    age = np.round(fit.age_laps[rows]).astype(int)
    wear = np.interp(fit.age_laps[rows], curve.age_laps, curve.loss_s) + fit.residual_s[rows]
    at = np.unique(age)
    return (
        at,
        np.array([np.median(wear[age == a]) for a in at]),
        np.array([int((age == a).sum()) for a in at]),
    )
