"""A season on one sheet: who lost how much to which cause, driver by driver or race by race."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from f1lab.autopsy.season import SEASON_CATEGORIES, SeasonBlame
from f1lab.compare._text import spoken_list
from f1lab.errors import InvalidInput, NoData, UnknownName
from f1lab.figures._colour import luminance, mixed, rgb
from f1lab.figures._shared import add_note, new_figure, signed
from f1lab.figures.style import GAINED, LOST

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["blame_heatmap"]

_ROWS = ("drivers", "races")
#: Causes in one word, for the heads of narrow columns.
_SHORT = {
    "qualifying": "Quali",
    "tyre_degradation": "Tyres",
    "pit_execution": "Pits",
    "strategy": "Strat.",
    "car_pace": "Pace",
    "incidents": "Incid.",
    "unexplained": "Rest",
}
_NEUTRAL = "#d3d6da"
_DARK_TEXT, _LIGHT_TEXT = "#1b1b1b", "#ffffff"
#: Paper darker than this takes light letters: both then have 4.5 : 1 or close to it [-].
_LETTERS_TURN = 0.19
_TICKS_S = (1, 5, 20, 50, 100, 200, 500, 1000)
_ROW_PX = 23
#: Smaller marks on the key would touch [share of the largest].
_LEAST_TICK = 0.04
_ONE_DECIMAL_BELOW_S = 9.95
#: More drivers than this are counted, not named.
_NAMED = 6


def blame_heatmap(
    season: SeasonBlame, rows: str = "drivers", *, total: bool = False, driver: str | None = None
) -> go.Figure:
    """Seconds by cause: drivers over a season, or the races of it.

    Parameters
    ----------
    season : SeasonBlame
        From :func:`f1lab.autopsy.season.season_blame`.
    rows : {"drivers", "races"}
        One row a driver, or one a race.
    total : bool
        For drivers: the sum over all races instead of the median of a race.
    driver : str, optional
        For races: this driver's seconds; the median of all in the season when left out.

    Returns
    -------
    plotly.graph_objects.Figure
        Orange was lost, blue gained. Colour grows with the square root of the seconds, so that a
        second in the pits shows beside a minute of pace; the key under the chart tells how.

    Raises
    ------
    InvalidInput
        What is given is no blame of a season, other rows, or ``total`` for races.
    UnknownName
        A driver who is not in the season.
    NoData
        Nobody drove a race to the end.
    """
    if not isinstance(season, SeasonBlame):
        raise InvalidInput(
            f"a heatmap shows the blame of a season, not a {type(season).__name__}: "
            "f1lab.autopsy.season.season_blame gives one."
        )
    if rows not in _ROWS:
        raise InvalidInput(f"rows is one of {', '.join(_ROWS)}; not {rows!r:.30}.")
    if rows == "races" and total:
        raise InvalidInput("a race has no total over races; leave total out, or ask for drivers.")
    if rows == "drivers":
        table = _drivers(season, total=total)
        what = "in all races" if total else "a race, median"
        title, note = f"Seconds {what}", "races driven to the end only"
    else:
        table = _races(season, driver)
        who = driver or _called_field(season)
        title, note = f"Seconds race by race, {who}", _left_out(season, driver)
    if table.empty:
        raise NoData("nobody drove a race of this season to the end, so there is nothing to show.")
    return _heatmap(table, title, f"against {_called(season.reference)}; {note}")


def _called_field(season: SeasonBlame) -> str:
    """Those the medians are of: by name where they are few, else how many."""
    codes = sorted(season.frame["driver"].unique())
    return spoken_list(codes) if len(codes) <= _NAMED else f"{len(codes)} drivers"


def _called(reference: str) -> str:
    words = {"winner": "the winner", "teammate": "the team-mate", "ideal": "the ideal race"}
    return words.get(reference, reference)


def _drivers(season: SeasonBlame, *, total: bool) -> pd.DataFrame:
    """Seconds by driver and cause, with the words of each cell."""
    frame = season.tables()["Seconds in all races" if total else "Seconds a race, median"]
    estimates = season.total if total else season.per_race
    if frame.empty:
        return frame
    frame = frame.rename(columns={"driver": "row"})
    for name in SEASON_CATEGORIES:
        found = [estimates[code][name] for code in frame["row"]]
        frame[f"{name}_words"] = [f"{signed(e.low, 1)} to {signed(e.high, 1)}" for e in found]
    return frame


def _races(season: SeasonBlame, driver: str | None) -> pd.DataFrame:
    words: dict[str, str | list[str]] = {}
    if driver is None:
        frame = season.by_race()
        words = dict.fromkeys(
            (f"{name}_words" for name in SEASON_CATEGORIES), f"median of {_called_field(season)}"
        )
    else:
        known = list(dict.fromkeys(season.frame["driver"]))
        if driver not in known:
            raise UnknownName("driver of this season", driver, known)
        frame = season.frame[season.frame["driver"] == driver]
        for name in SEASON_CATEGORIES:
            ends = zip(frame[f"{name}_low_s"], frame[f"{name}_high_s"], strict=True)
            words[f"{name}_words"] = [
                f"{signed(low, 1)} to {signed(high, 1)}" for low, high in ends
            ]
    several = len(season.seasons) > 1
    names = [race if several else race.partition(" ")[2] for race in frame["race"]]
    return frame.assign(row=[name.replace("Grand Prix", "").strip() for name in names], **words)


def _left_out(season: SeasonBlame, driver: str | None) -> str:
    if driver is None:
        return "median of those behind who drove it to the end"
    cut = season.frame[(season.frame["driver"] == driver) & ~season.frame["to_the_end"]]
    if cut.empty:
        return "every race was driven to the end"
    laps = zip(cut["race"], cut["laps_compared"], strict=True)
    return "cut short: " + ", ".join(f"{race} (lap {lap})" for race, lap in laps)


def _heatmap(table: pd.DataFrame, title: str, note: str) -> go.Figure:
    """Cells as bars of one width, their seconds written on them."""
    figure = new_figure(title, "", "", _ROW_PX * len(table))
    seconds = table[[f"{name}_s" for name in SEASON_CATEGORIES]].to_numpy(dtype=float)
    most = max(float(np.abs(seconds).max()), 1.0)
    for column, (name, label) in enumerate(SEASON_CATEGORIES.items()):
        colours = [_colour(value, most) for value in seconds[:, column]]
        figure.add_trace(
            go.Bar(
                orientation="h",
                y=table["row"],
                x=np.full(len(table), 0.96),
                base=column + 0.52,
                width=0.92,
                name=label,
                marker={"color": colours, "line": {"width": 0}},
                text=[_written(value) for value in seconds[:, column]],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                constraintext="none",
                textfont={"color": [_letters(colour) for colour in colours], "size": 11},
                customdata=np.c_[seconds[:, column].round(2), table[f"{name}_words"]],
                hovertemplate="%{y}: %{customdata[0]:+.2f} s (%{customdata[1]})",
            )
        )
    figure.add_trace(_key(most))
    figure.add_trace(_gaps(table))
    heads = ["Gap", *(_SHORT[name] for name in SEASON_CATEGORIES)]
    figure.update_xaxes(
        side="top", tickvals=list(range(len(heads))), ticktext=heads, ticks="", tickangle=0,
        range=[-0.55, len(heads) - 0.45], zeroline=False, showline=False,
    )  # fmt: skip
    figure.update_yaxes(
        categoryorder="array", categoryarray=list(table["row"])[::-1], showgrid=False, ticks="",
        dtick=1, range=[-0.5, len(table) - 0.5], title="",
    )  # fmt: skip
    figure.update_layout(barmode="overlay", hovermode="closest", showlegend=False)
    add_note(figure, note, under_px=58)
    margins = 72 + figure.layout.margin.b
    figure.update_layout(margin_t=72, height=margins + _ROW_PX * len(table))
    return figure


def _gaps(table: pd.DataFrame) -> go.Scatter:
    """The gap on the road, what the causes of a race add up to, as plain text."""
    return go.Scatter(
        x=np.zeros(len(table)),
        y=table["row"],
        mode="text",
        text=[_written(value) for value in table["gap_s"]],
        textfont={"size": 11},
        hovertemplate="%{y}: gap %{text} s<extra></extra>",
    )


def _key(most: float) -> go.Scatter:
    """Nothing but the colour key under the chart."""
    shown = [s for s in _TICKS_S if _LEAST_TICK * most <= s <= most]
    ticks = [*(-s for s in reversed(shown)), 0, *shown]
    grid = np.linspace(-1, 1, 21)
    scale = [[(g + 1) / 2, _colour(float(np.sign(g) * g**2 * most), most)] for g in grid]
    return go.Scatter(
        x=[None],
        y=[None],
        mode="markers",
        hoverinfo="skip",
        marker={
            "color": [0],
            "cmin": -1,
            "cmax": 1,
            "colorscale": scale,
            "showscale": True,
            "colorbar": {
                "orientation": "h",
                "x": 0.5,
                "y": 0,
                "ypad": 6,
                "yanchor": "top",
                "len": 0.9,
                "thickness": 10,
                "outlinewidth": 0,
                "tickvals": [float(np.sign(t) * np.sqrt(abs(t) / most)) for t in ticks],
                "ticktext": [signed(t, 0) if t else "0 s" for t in ticks],
                "tickfont": {"size": 10},
                "tickangle": 0,
            },
        },
    )


def _colour(seconds: float, most: float) -> str:
    share = float(np.sqrt(min(abs(seconds) / most, 1.0)))
    return mixed(_NEUTRAL, LOST if seconds > 0 else GAINED, share)


def _letters(colour: str) -> str:
    return _LIGHT_TEXT if luminance(rgb(colour)) < _LETTERS_TURN else _DARK_TEXT


def _written(seconds: float) -> str:
    """Three digits at most; a dash for what is not known."""
    if not np.isfinite(seconds):
        return "–"
    return signed(seconds, 1 if abs(seconds) < _ONE_DECIMAL_BELOW_S else 0)
