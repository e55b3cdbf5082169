"""How every chart looks: one template, the tyres' colours and the teams' made readable.

A colour is shown on white and on near-black paper alike. Its lightness is therefore moved,
hue kept, until its relative luminance (WCAG 2.2) lies between ``LUMINANCE_LIMITS``: at least
3 : 1 against both papers, the ratio asked for graphical objects.
"""

from __future__ import annotations

import colorsys
import math
import re
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from f1lab.figures._colour import luminance, rgb, to_hex

__all__ = [
    "COMPOUND_STYLES",
    "FLAG_COLOURS",
    "FONT",
    "GAINED",
    "GRID",
    "INK",
    "LOST",
    "RAMP",
    "CompoundStyle",
    "readable",
    "shaded",
    "template",
]

#: Greys that read on light and dark paper alike; the report sets its own on top.
INK = "#73777d"
GRID = "rgba(128,132,140,0.22)"
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

#: Seconds lost and gained, everywhere.
LOST, GAINED = "#d55e00", "#0072b2"
#: From little to much: brighter all the way, for eyes of every kind.
RAMP = [[0, "#5b3fc4"], [0.35, "#b5458f"], [0.7, "#e2704f"], [1, "#e9b41f"]]

#: Relative luminance [-] that stands out at 3 : 1 against white (1) and ink-black (.008).
LUMINANCE_LIMITS = (0.13, 0.29)


class CompoundStyle(NamedTuple):
    """How a tyre is drawn: fill colour, colour of a letter on it, that letter, marker symbol."""

    colour: str
    text: str
    letter: str
    symbol: str


#: Pirelli's colours as the field knows them, told apart by letter and shape as well.
COMPOUND_STYLES = {
    "SOFT": CompoundStyle("#d9352c", "#ffffff", "S", "circle"),
    "MEDIUM": CompoundStyle("#f2c31b", "#1b1b1b", "M", "square"),
    "HARD": CompoundStyle("#f4f4f2", "#1b1b1b", "H", "diamond"),
    "INTERMEDIATE": CompoundStyle("#2f9e4f", "#ffffff", "I", "triangle-up"),
    "WET": CompoundStyle("#2470c2", "#ffffff", "W", "triangle-down"),
    "UNKNOWN": CompoundStyle("#9aa0a6", "#1b1b1b", "?", "x"),
}

#: Shade of a neutralised lap, and how it is called at the top of a chart.
FLAG_COLOURS = {
    "sc": ("rgba(240,160,20,0.30)", "SC"),
    "vsc": ("rgba(240,190,80,0.17)", "VSC"),
    "red": ("rgba(214,40,40,0.24)", "RED"),
}


def template() -> go.layout.Template:
    """Return the layout every chart starts from."""
    axis = {
        "gridcolor": GRID,
        "linecolor": GRID,
        "zerolinecolor": GRID,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": GRID,
        "title": {"standoff": 8},
        "automargin": True,
    }
    layout = go.Layout(
        font={"family": FONT, "size": 13, "color": INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 56, "r": 56, "t": 76, "b": 48},
        title={
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 8},
            "font": {"size": 16},
        },
        legend={"orientation": "h", "x": 0, "y": 1.03, "yanchor": "bottom", "itemwidth": 30},
        hovermode="x unified",
        hoverlabel={"font": {"family": FONT, "size": 12}},
        xaxis=axis | {"showgrid": False},
        yaxis=axis,
    )
    return go.layout.Template(layout=layout)


def readable(colour: str) -> str:
    """Return a colour that stands out on white and on near-black paper.

    Parameters
    ----------
    colour : str
        ``"#RRGGBB"``. Anything else gives the neutral grey, as teams without a colour get it.

    Returns
    -------
    str
        ``"#rrggbb"`` of the same hue.

    Examples
    --------
    >>> readable("#3671C6")
    '#3671c6'
    >>> readable("#FFFFFF")
    '#939393'
    >>> readable("")
    '#73777d'
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return INK
    low, high = LUMINANCE_LIMITS
    own = luminance(rgb(colour))
    target = min(max(own, low), high)
    return colour.lower() if math.isclose(target, own) else _at_luminance(colour, target)


def shaded(colour: str) -> str:
    """Return the other shade of a readable colour: darker for a light one, lighter for a dark.

    Parameters
    ----------
    colour : str
        As :func:`readable` gives it.

    Returns
    -------
    str
        The same hue at that end of the readable lightness which is farther away.
    """
    low, high = LUMINANCE_LIMITS
    middle = math.sqrt(low * high)
    return _at_luminance(colour, low if luminance(rgb(colour)) > middle else high)


def _at_luminance(colour: str, target: float) -> str:
    """The hue with the luminance asked for, found by halving the lightness range."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(float(channel) for channel in rgb(colour)))

    def made(lightness: float) -> np.ndarray:
        return np.array(colorsys.hls_to_rgb(hue, lightness, saturation))

    darker = luminance(made(lightness)) > target
    low, high = (0.0, lightness) if darker else (lightness, 1.0)
    for _ in range(24):
        lightness = (low + high) / 2
        if luminance(made(lightness)) > target:
            high = lightness
        else:
            low = lightness
    return to_hex(made(lightness))
