"""What the charts share: an empty figure, who is drawn and how, laps, axes, flags."""

from __future__ import annotations

import itertools
import math
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from f1lab.errors import InvalidInput, UnknownName
from f1lab.figures._colour import DEUTERANOPIA, PROTANOPIA, difference
from f1lab.figures.style import FLAG_COLOURS, INK, readable, shaded, template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from f1lab.data.schema import Session

__all__ = [
    "TOLD_APART",
    "add_note",
    "clock_text",
    "distinct_lines",
    "driver_lines",
    "faint",
    "finishing_order",
    "known_drivers",
    "lap_range",
    "laps_of",
    "leader_laps",
    "legend_only",
    "minute_ticks",
    "new_figure",
    "padded",
    "shade_flags",
    "signed",
    "team_colours",
]

#: Lines whose colours cannot be told apart differ by dash.
DASHES = ("solid", "dot", "dash", "dashdot", "longdash", "longdashdot")
#: Colours closer than this, to eyes of any kind, count as one [CIE 1976 ΔE].
TOLD_APART = 20.0
_EYES = (None, DEUTERANOPIA, PROTANOPIA)
_MAX_TICKS = 7
#: As many as fit on a phone [characters].
_NOTE_CHARACTERS = 50


def clock_text(seconds: float) -> str:
    """A lap time as on a timing screen: 1:17.123."""
    if not math.isfinite(seconds):
        return "no time"
    minutes, thousandths = divmod(round(seconds * 1000), 60_000)
    return f"{minutes}:{thousandths / 1000:06.3f}"


def signed(value: float, decimals: int) -> str:
    """+1.2, −1.2, and 0.0 without a sign."""
    rounded = round(float(value), decimals)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):.{decimals}f}"


def new_figure(title: str, x_title: str, y_title: str, height: int, note: str = "") -> go.Figure:
    """An empty chart in the common style; a note stands small under the chart."""
    figure = go.Figure(layout={"template": template(), "title": title, "height": height})
    figure.update_xaxes(title=x_title)
    figure.update_yaxes(title=y_title)
    if note:
        add_note(figure, note, under_px=50 if x_title else 32)
    return figure


def add_note(figure: go.Figure, note: str, under_px: int = 50) -> None:
    """Write what has to be said small under the chart, at the left edge."""
    figure.add_annotation(
        x=0,
        xref="paper",
        xanchor="left",
        y=0,
        yref="paper",
        yanchor="top",
        yshift=-under_px,
        text="<br>".join(textwrap.wrap(note, _NOTE_CHARACTERS)),
        align="left",
        font={"size": 11, "color": INK},
        showarrow=False,
    )
    lines = -(-len(note) // _NOTE_CHARACTERS)
    figure.update_layout(margin_b=under_px + 4 + 16 * lines)


def known_drivers(race: Session, drivers: Sequence[str]) -> list[str]:
    """The drivers as a list without doubles, each of them in the race."""
    field = list(race.results["driver"])
    for driver in drivers:
        if driver not in field:
            raise UnknownName("driver", driver, field)
    if not drivers:
        raise InvalidInput(f"Name at least one driver; in the race were {', '.join(field)}.")
    return list(dict.fromkeys(drivers))


def finishing_order(race: Session) -> list[str]:
    """Everybody, the winner first, then who got furthest."""
    results = race.results.assign(laps=race.results["laps"].fillna(0))
    by = results.sort_values(["finish", "laps"], ascending=[True, False], na_position="last")
    return list(by["driver"])


def laps_of(race: Session, driver: str) -> pd.DataFrame:
    """Laps of one driver in their order."""
    laps = race.laps
    return laps[laps["driver"] == driver].sort_values("lap")


def leader_laps(race: Session) -> pd.DataFrame:
    """One row a lap: the flags seen by the car that finished it first."""
    return race.laps.sort_values("time_s").drop_duplicates("lap").sort_values("lap")


def team_colours(session: Session, drivers: Sequence[str]) -> list[str]:
    """Readable colour of each driver's team; grey for one the results do not know."""
    colours = session.results.set_index("driver")["team_colour"]
    return [readable(str(colours.get(driver, ""))) for driver in drivers]


def driver_lines(session: Session, drivers: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Line style of each driver: readable team colour; dash and shade where one repeats."""
    return distinct_lines(team_colours(session, drivers))


def distinct_lines(colours: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Line style of each colour; one that looks like an earlier one gets the next dash and shade.

    Looks like: closer than ``TOLD_APART`` to eyes with all cones, or without L or M cones.
    """
    used: list[tuple[str, int]] = []
    for colour in colours:
        taken = {dash for other, dash in used if _alike(colour, other)}
        dash = next((n for n in range(len(DASHES)) if n not in taken), len(used) % len(DASHES))
        used.append((colour, dash))
        yield {"color": shaded(colour) if dash % 2 else colour, "width": 2, "dash": DASHES[dash]}


def _alike(a: str, b: str) -> bool:
    return min(difference(a, b, eyes) for eyes in _EYES) < TOLD_APART


def faint(colour: object, opacity: float = 0.13) -> str:
    """The colour as a wash over the paper."""
    red, green, blue = (int(str(colour)[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def lap_range(race: Session) -> list[float]:
    """Axis range of all laps."""
    return [0.5, float(race.laps["lap"].max()) + 0.5]


def padded(values: pd.Series, *, reverse: bool = False) -> list[float]:
    """Axis range around the values and zero, a twelfth of air on both sides."""
    low, high = min(0.0, values.min()), max(0.0, values.max())
    air = max((high - low) / 12, 0.5)
    return [high + air, low - air] if reverse else [low - air, high + air]


def shade_flags(figure: go.Figure, laps: pd.DataFrame, *, label_above: bool = False) -> None:
    """Shade runs of neutralised laps; red outweighs SC, SC outweighs VSC."""
    flag = np.select([laps["red"], laps["sc"], laps["vsc"]], ["red", "sc", "vsc"], default="")
    numbered = zip(laps["lap"].to_numpy(), flag, strict=True)
    for name, run in itertools.groupby(numbered, key=lambda pair: pair[1]):
        if not name:
            continue
        span = [int(lap) for lap, _ in run]
        colour, label = FLAG_COLOURS[str(name)]
        figure.add_vrect(
            x0=span[0] - 0.5,
            x1=span[-1] + 0.5,
            fillcolor=colour,
            line_width=0,
            layer="below",
            annotation={
                "text": label,
                "font": {"size": 11},
                "yanchor": "bottom" if label_above else "top",
            },
            annotation_position="top left",
        )


def minute_ticks(low: float, high: float) -> dict[str, object]:
    """About six ticks on whole seconds, written as on a timing screen: 1:17."""
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60) if (high - low) / s <= _MAX_TICKS), 120)
    values = [s for s in range(math.ceil(low), math.floor(high) + 1) if s % step == 0]
    return {"tickvals": values, "ticktext": [f"{s // 60}:{s % 60:02d}" for s in values]}


def legend_only(name: str, **how: object) -> go.Scatter:
    """An entry of the legend that draws nothing."""
    return go.Scatter(x=[None], y=[None], name=name, hoverinfo="skip", **how)
