"""Laps laid over each other: which, in which line style, and where the corners are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from f1lab.compare.traces import Overlay, overlay, session_of
from f1lab.errors import InvalidInput, NoData
from f1lab.figures._shared import clock_text, driver_lines
from f1lab.figures.style import COMPOUND_STYLES, GRID, INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import plotly.graph_objects as go

    from f1lab.data.schema import Session, Weekend

    Laps = Sequence[str | tuple[str, int | str]]

__all__ = ["MOST_LAPS", "Drawn", "add_corners", "distance_axis", "drawn_laps"]

MOST_LAPS = 6
_PAIR = 2
#: Corners closer than this share one label, over this much at most [share of the lap].
_LABEL_ROOM, _LABEL_SPAN = 0.042, 0.07


@dataclass(frozen=True)
class Drawn:
    """Laps on one distance, each with its line style and the name it has in the legend."""

    session: Session
    over: Overlay
    lines: tuple[dict[str, Any], ...]
    names: tuple[str, ...]
    left_out: str

    @property
    def note(self) -> str:
        """What has to be said of laps drawn over the distance."""
        found = (
            ""
            if self.session.corners() is not None
            else "corners c1, c2 … numbered as found in the trace"
        )
        return "; ".join(filter(None, (self.left_out, found)))

    @property
    def distance_km(self) -> np.ndarray:
        """Places of the overlay [km]."""
        return self.over.distance_m / 1000

    def at_km(self, k: int) -> np.ndarray:
        """Places of the samples of a lap [km]."""
        return self.over.at_m(k) / 1000


def drawn_laps(
    weekend: Weekend | Session, laps: Laps, session: str | None, *, fewest: int = 1
) -> Drawn:
    """Take laps out of a session and put them on the distance of the first.

    Parameters
    ----------
    weekend : Weekend or Session
        Where they were driven.
    laps : sequence of str or (str, int or str)
        A driver, for his fastest lap, or driver and lap number.
    session : str or None
        ``"Q"`` or ``"R"``; by default the one that has car data.
    fewest : int
        How many are needed.

    Returns
    -------
    Drawn

    Raises
    ------
    InvalidInput
        Too few or too many laps, one twice, or something that is no lap.
    NoData
        No car data, or no lap that can be compared with the first.
    """
    pairs = [_pair(lap) for lap in _listed(laps)]
    if not fewest <= len(pairs) <= MOST_LAPS:
        raise InvalidInput(
            f"{len(pairs)} lap{'' if len(pairs) == 1 else 's'} given: {fewest} to {MOST_LAPS} are "
            "drawn together, such as [('NOR', 15), ('PIA', 'fastest')]."
        )
    chosen = session_of(weekend, session)
    over = overlay(chosen, pairs)
    labels = [lap.label for lap in over.laps]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice:
        raise InvalidInput(f"{twice} is there twice; a lap compared with itself shows nothing.")
    if len(labels) < fewest:
        raise NoData(" ".join(over.problems.values()))
    return Drawn(
        chosen,
        over,
        tuple(driver_lines(chosen, [lap.driver for lap in over.laps])),
        tuple(_name(lap.driver, lap.lap, lap.lap_time_s, lap.compound) for lap in over.laps),
        _left_out(over),
    )


def _left_out(over: Overlay) -> str:
    """Laps that could not be compared, named."""
    named = ", ".join(f"{driver} {lap}" for driver, lap in over.problems)
    return f"left out, not comparable: {named}" if named else ""


def _listed(laps: object) -> list[Any]:
    if isinstance(laps, str) or not isinstance(laps, list | tuple):
        raise InvalidInput(
            f"laps are a list such as [('NOR', 15), ('PIA', 'fastest')]; not {laps!r:.60}."
        )
    return list(laps)


def _pair(lap: object) -> tuple[str, int | str]:
    if isinstance(lap, str):
        return lap, "fastest"
    if not isinstance(lap, list | tuple) or len(lap) != _PAIR:
        raise InvalidInput(f"a lap is a driver, or a pair such as ('NOR', 15); not {lap!r:.60}.")
    return str(lap[0]), lap[1]


def _name(driver: str, lap: int, seconds: float, compound: str) -> str:
    return f"{driver} lap {lap} · {clock_text(seconds)} {COMPOUND_STYLES[compound].letter}"


def distance_axis(drawn: Drawn) -> dict[str, Any]:
    """Axis of the distance, from line to line."""
    return {
        "title": "distance [km]",
        "range": [0, drawn.over.length_m / 1000],
        "dtick": 1,
        "tickformat": ".0f",
        "hoverformat": ".2f",
    }


def add_corners(figure: go.Figure, drawn: Drawn) -> None:
    """Shade the corners over all panels and write their numbers at the top."""
    for corner in drawn.over.corners:
        figure.add_shape(
            type="rect",
            x0=corner.begin_m / 1000,
            x1=corner.end_m / 1000,
            xref="x",
            y0=0,
            y1=1,
            yref="paper",
            fillcolor=GRID,
            opacity=0.5,
            line_width=0,
            layer="below",
        )
    for text, at_m in _labels(drawn.over):
        figure.add_annotation(
            x=at_m / 1000,
            xref="x",
            y=1,
            yref="paper",
            yanchor="top",
            text=text,
            font={"size": 10, "color": INK},
            showarrow=False,
        )


def _labels(over: Overlay) -> list[tuple[str, float]]:
    """Numbers of the corners and where to write them; close ones share a label."""
    groups: list[list[Any]] = []
    for corner in over.corners:
        near = groups and (
            corner.apex_m - groups[-1][-1].apex_m < _LABEL_ROOM * over.length_m
            and corner.apex_m - groups[-1][0].apex_m < _LABEL_SPAN * over.length_m
        )
        if near:
            groups[-1].append(corner)
        else:
            groups.append([corner])
    return [
        (
            group[0].label if len(group) == 1 else f"{group[0].label}–{group[-1].label}",
            (group[0].apex_m + group[-1].apex_m) / 2,
        )
        for group in groups
    ]
