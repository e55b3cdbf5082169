"""Charts of a comparison: what it is made of, by sector, by corner, and the drivers' profiles.

Every difference is the first minus the second: above zero the first loses. Whiskers are 90 %
intervals; a part the data cannot carry is left out, never drawn as zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from f1lab.calc.corners import corner_name
from f1lab.compare.car_comparison import CarComparison
from f1lab.compare.driver_comparison import DriverComparison
from f1lab.compare.traces import FOUND
from f1lab.errors import InvalidInput, NoData
from f1lab.figures._shared import add_note, new_figure, signed
from f1lab.figures.style import GAINED, INK, LOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.calc.estimate import Estimate

    Row = tuple[str, Estimate]

__all__ = ["corner_deltas", "reasons", "sectors"]

_FLAT = {"color": INK, "width": 1}


def reasons(comparison: DriverComparison) -> go.Figure:
    """What the difference of two drivers' race laps is made of.

    Parameters
    ----------
    comparison : DriverComparison
        From :func:`f1lab.compare.drivers`.

    Returns
    -------
    plotly.graph_objects.Figure
        One bar a part; they sum to the difference of the laps as driven.

    Raises
    ------
    InvalidInput
        What is given compares no two drivers.
    NoData
        The laps could not be taken apart; says why.
    """
    _require(comparison, DriverComparison, "f1lab.compare.drivers")
    a, b = comparison.a, comparison.b
    if not comparison.why or comparison.lap_difference_s is None:
        raise NoData(f"{a} and {b}: {_why_not(comparison.refusals, 'why')}")
    rows = [(part.name.capitalize(), part.s_per_lap) for part in comparison.why]
    figure = new_figure(f"Why the laps of {a} and {b} differ", f"lost by {a} [s per lap]", "", 360)
    _add_bars(figure, rows, "s per lap")
    add_note(
        figure,
        f"mean of the {comparison.n_laps_compared} laps both raced; the parts sum to "
        f"{signed(comparison.lap_difference_s, 3)} s",
    )
    return figure


def sectors(comparison: DriverComparison | CarComparison) -> go.Figure:
    """Time lost in each sector.

    Parameters
    ----------
    comparison : DriverComparison or CarComparison
        From :func:`f1lab.compare.drivers`: clean race laps corrected for fuel and tyres, and the
        two laps of qualifying as timed. From :func:`f1lab.compare.cars`: pairs of comparable
        laps and the two fastest.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    InvalidInput
        What is given is no comparison of two.
    NoData
        No sector times; says why.
    """
    if isinstance(comparison, CarComparison):
        pairs, fastest = comparison.delta, comparison.fastest
        many = None if pairs is None else (pairs.sectors_s, pairs.lap_s)
        timed = None if fastest is None else [part.value for part in fastest.sectors_s]
        names = "pairs of comparable laps", "the two fastest laps, as timed"
    else:
        _require(comparison, DriverComparison, "f1lab.compare.drivers or f1lab.compare.cars")
        race, gap = comparison.sectors, comparison.qualifying
        many = None if race is None else (race.sectors_s, race.lap_s)
        timed = None if gap is None or gap.sectors_s is None else list(gap.sectors_s)
        names = "race, clean laps, corrected", "qualifying, as timed"
    if not (many and many[0]) and not timed:
        raise NoData(
            f"{comparison.a} and {comparison.b}: {_why_not(comparison.refusals, 'sectors')}"
        )
    figure = new_figure(
        f"Sectors, {comparison.a} against {comparison.b}", "", f"lost by {comparison.a} [s]", 380
    )
    if many and many[0]:
        figure.add_trace(_whiskered(many, names[0]))
    if timed:
        _add_timed(figure, timed, names[1])
    figure.add_hline(y=0, line=_FLAT)
    figure.update_layout(hovermode="closest", legend={"y": 1.02}, bargap=0.45)
    return figure


def corner_deltas(comparison: CarComparison) -> go.Figure:
    """Time lost corner by corner, each with half of the straights beside it.

    Parameters
    ----------
    comparison : CarComparison
        From :func:`f1lab.compare.cars`.

    Returns
    -------
    plotly.graph_objects.Figure
        The mean over pairs of comparable laps where there are any, else the two fastest laps.

    Raises
    ------
    InvalidInput
        What is given compares no two cars.
    NoData
        No telemetry to compare; says why.
    """
    _require(comparison, CarComparison, "f1lab.compare.cars")
    a, b = comparison.a, comparison.b
    found = next(
        (lap for lap in (comparison.delta, comparison.fastest) if lap and lap.corners), None
    )
    if found is None or found.corners is None:
        raise NoData(f"{a} and {b}: {_why_not(comparison.refusals, 'delta', 'fastest')}")
    corners = found.corners
    figure = new_figure(f"Corner by corner, {a} against {b}", "corner", f"lost by {a} [s]", 360)
    values = [part.value for part in corners.delta_s]
    figure.add_trace(
        go.Bar(
            x=[corner_name(label) for label in corners.corners],
            y=values,
            marker={
                "color": [LOST if value > 0 else GAINED for value in values],
                "opacity": [1.0 if clear else 0.4 for clear in corners.clear],
            },
            error_y=_whiskers(corners.delta_s),
            showlegend=False,
            hovertemplate="%{x}: %{y:+.3f} s<extra></extra>",
        )
    )
    figure.update_xaxes(type="category", tickangle=0)
    figure.add_hline(y=0, line=_FLAT)
    n = len(found.laps)
    traced = any(label.startswith(FOUND) for label in corners.corners)
    found_in_trace = "; corners numbered as found in the trace" if traced else ""
    pairs = f"mean of {n} pairs of laps" if n > 1 else "the two fastest laps"
    add_note(
        figure,
        f"{pairs}, {comparison.session}; sum {signed(found.lap_s.value, 3)} s; pale bars are "
        f"within their 90 % interval of nothing{found_in_trace}",
    )
    figure.update_layout(hovermode="closest", margin_t=48)
    return figure


def _require(given: object, wanted: type, maker: str) -> None:
    if not isinstance(given, wanted):
        raise InvalidInput(
            f"a comparison is asked for, not a {type(given).__name__}: {maker} gives one."
        )


def _why_not(refusals: dict[str, str], *names: str) -> str:
    """The reason the comparison gives for one of its parts, else the first it gives at all."""
    own = (refusals[name] for name in names if name in refusals)
    return next(own, next(iter(refusals.values()), "nothing to compare."))


def _whiskers(parts: Sequence[Estimate]) -> dict[str, Any]:
    return {
        "array": [part.high - part.value for part in parts],
        "arrayminus": [part.value - part.low for part in parts],
        "color": INK,
        "thickness": 1.5,
        "width": 5,
    }


def _add_bars(figure: go.Figure, rows: Sequence[Row], unit: str) -> None:
    """Horizontal bars, orange lost and blue gained, the first at the top."""
    values = [part.value for _, part in rows]
    figure.add_trace(
        go.Bar(
            orientation="h",
            y=[name for name, _ in rows],
            x=values,
            marker={"color": [LOST if value > 0 else GAINED for value in values]},
            error_x=_whiskers([part for _, part in rows]),
            customdata=[f"{signed(p.low, 2)} to {signed(p.high, 2)}" for _, p in rows],
            showlegend=False,
            hovertemplate="%{y}: %{x:+.3f} " + unit + " (%{customdata})<extra></extra>",
        )
    )
    figure.add_vline(x=0, line=_FLAT)
    figure.update_layout(hovermode="closest", bargap=0.35, margin_t=48, height=150 + 30 * len(rows))
    figure.update_xaxes(showgrid=True)
    figure.update_yaxes(autorange="reversed", showgrid=False)


def _whiskered(many: tuple[Sequence[Estimate], Estimate], name: str) -> go.Scatter:
    parts = [*many[0], many[1]]
    return go.Scatter(
        x=[*_sector_names(len(many[0])), "Lap"],
        y=[part.value for part in parts],
        mode="markers",
        name=name,
        marker={"color": LOST, "size": 10},
        error_y=_whiskers(parts),
        customdata=[f"{signed(p.low, 3)} to {signed(p.high, 3)}" for p in parts],
        hovertemplate="%{x}: %{y:+.3f} s (%{customdata})<extra></extra>",
    )


def _add_timed(figure: go.Figure, timed: Sequence[float], name: str) -> None:
    """Differences as timed: known, so without whiskers."""
    figure.add_trace(
        go.Scatter(
            x=[*_sector_names(len(timed)), "Lap"],
            y=[*timed, float(np.sum(timed))],
            mode="markers",
            name=name,
            marker={"color": GAINED, "symbol": "diamond-open", "size": 12, "line": {"width": 2}},
            hovertemplate="%{x}: %{y:+.3f} s<extra></extra>",
        )
    )


def _sector_names(n: int) -> list[str]:
    return [f"Sector {k}" for k in range(1, n + 1)]
