"""Two drivers' profiles of a weekend on one radar.

Every spoke has a fixed scale, the same for every race: its inner and its outer end are about the
worst and the best twentieth of the drivers of 2018–2023 (``f1lab/calc/DISTRIBUTION.md``; race
pace of 1,937 starts, gaps to pole of 781 qualifyings of a driver), so that shapes of different
races compare. Outside is better. A figure the data cannot carry has no point: the outline is open
there and the spoke says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from f1lab.calc.estimate import Estimate
from f1lab.compare.driver_comparison import DriverComparison
from f1lab.errors import InvalidInput, NoData
from f1lab.figures._shared import add_note, distinct_lines, faint, new_figure
from f1lab.figures.style import GRID, readable

if TYPE_CHECKING:
    from f1lab.compare._profile import DriverProfile

__all__ = ["radar"]

_RINGS = (0.25, 0.5, 0.75, 1.0)
_CENTRE = 0.12
_LABEL_AT = 1.1
_MIDDLE = 0.2


@dataclass(frozen=True)
class _Spoke:
    """One quality: its name, unit, the values at both ends, and where a profile holds it.

    ``part`` and ``figure`` name the result and the figure in it; ``times`` turns it into the unit.
    """

    name: str
    unit: str
    worst: float
    best: float
    part: str
    figure: str = ""
    times: float = 1.0
    digits: int = 2

    def read(self, profile: DriverProfile) -> Estimate | None:
        """The figure of one driver; None where the data cannot carry it."""
        part = getattr(profile, self.part)
        if part is None:
            return None
        found = getattr(part, self.figure) if self.figure else Estimate(part, part, part)
        return Estimate(*(self.times * end for end in (found.value, found.low, found.high)))

    def place(self, value: float) -> float:
        """Distance from the middle, ``_CENTRE`` to 1; beyond the scale it stays at its end."""
        share = (value - self.worst) / (self.best - self.worst)
        return _CENTRE + (1 - _CENTRE) * float(np.clip(share, 0, 1))

    def written(self, value: float) -> str:
        """The value in its unit."""
        return f"{value:.{self.digits}f} {self.unit}".replace("-", "−").strip()

    @property
    def scale(self) -> str:
        """Both ends, the inner first."""
        return f"{self.worst:.{self.digits}f} to {self.written(self.best)}".replace("-", "−")


_SPOKES = (
    _Spoke("race pace", "s/lap", 1.3, -1.5, "pace", "s_per_lap", digits=1),
    _Spoke("qualifying", "% off", 3.2, 0.0, "qualifying_pct", digits=1),
    _Spoke("consistency", "s", 0.62, 0.17, "consistency", "sigma_s"),
    _Spoke("few mistakes", "% of laps", 2.5, 0.1, "mistakes", "per_lap", 100.0, 1),
    _Spoke("racecraft", "logit", -0.5, 0.5, "racecraft", "score", digits=1),
    _Spoke("under pressure", "s/lap", 0.9, -0.5, "pressure", "delta_s_per_lap", digits=1),
    _Spoke("adaptability", "", 0.29, 0.69, "adaptability", "score"),
)


def radar(comparison: DriverComparison) -> go.Figure:
    """Profiles of two drivers, outside is better.

    Parameters
    ----------
    comparison : DriverComparison
        From :func:`f1lab.compare.drivers`.

    Returns
    -------
    plotly.graph_objects.Figure
        The ends of each spoke's scale stand at it; bars across a point are its 90 % interval.

    Raises
    ------
    InvalidInput
        What is given has no profiles of two drivers.
    NoData
        Neither has three figures, which is the least that makes a shape.
    """
    if not isinstance(comparison, DriverComparison):
        raise InvalidInput(
            f"a radar shows two drivers' profiles, not a {type(comparison).__name__}: "
            "f1lab.compare.drivers gives them."
        )
    values = [[spoke.read(profile) for spoke in _SPOKES] for profile in comparison.profiles]
    if max(sum(value is not None for value in own) for own in values) < 3:  # noqa: PLR2004
        reasons = " ".join(dict.fromkeys(comparison.refusals.values()))
        raise NoData(f"too few figures of {comparison.a} and {comparison.b} for a radar: {reasons}")
    figure = new_figure(f"Profiles, {comparison.year} {comparison.event}", "", "", 520)
    kept = [k for k in range(len(_SPOKES)) if any(own[k] is not None for own in values)]
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(kept)) / len(kept)
    _add_web(figure, kept, angles)
    lines = distinct_lines([readable(profile.team_colour) for profile in comparison.profiles])
    for profile, own, line in zip(comparison.profiles, values, lines, strict=True):
        _add_profile(figure, profile.driver, [own[k] for k in kept], (kept, angles), line)
    left_out = [_SPOKES[k].name for k in range(len(_SPOKES)) if k not in kept]
    said = "outside is better; each scale runs over nine tenths of the drivers of 2018–2023"
    add_note(
        figure, f"{said}; not told by this weekend: {', '.join(left_out)}" if left_out else said, 8
    )
    hidden = {"visible": False, "range": [-1.62, 1.62]}
    figure.update_xaxes(**hidden)
    figure.update_yaxes(visible=False, range=[-1.3, 1.3], scaleanchor="x", scaleratio=1)
    figure.update_layout(hovermode="closest", margin={"l": 4, "r": 4, "t": 64})
    return figure


def _at(radius: float, angle: float) -> tuple[float, float]:
    return radius * float(np.cos(angle)), radius * float(np.sin(angle))


def _add_web(figure: go.Figure, kept: list[int], angles: np.ndarray) -> None:
    """Rings, spokes, and at each spoke its name and the ends of its scale."""
    for ring in _RINGS:
        radius = _CENTRE + (1 - _CENTRE) * ring
        _add_quiet(figure, [_at(radius, angle) for angle in [*angles, angles[0]]])
    for k, angle in zip(kept, angles, strict=True):
        _add_quiet(figure, [_at(_CENTRE, angle), _at(1.0, angle)])
        x, y = _at(_LABEL_AT, angle)
        side = "center" if abs(x) < _MIDDLE else "left" if x > 0 else "right"
        figure.add_annotation(
            x=x,
            y=y,
            text=f"<b>{_SPOKES[k].name}</b><br>{_SPOKES[k].scale}",
            font={"size": 11},
            align=side,
            xanchor=side,
            yanchor="bottom" if y > 1 - _MIDDLE else "top" if y < _MIDDLE - 1 else "middle",
            showarrow=False,
        )


def _add_quiet(
    figure: go.Figure, points: list[tuple[float, float]], line: dict[str, Any] | None = None
) -> None:
    """A line nobody asks about."""
    x, y = zip(*points, strict=True)
    figure.add_trace(
        go.Scatter(
            x=list(x),
            y=list(y),
            mode="lines",
            line={"color": GRID, "width": 1} if line is None else line,
            hoverinfo="skip",
            showlegend=False,
        )
    )


def _add_profile(
    figure: go.Figure,
    driver: str,
    values: list[Estimate | None],
    web: tuple[list[int], np.ndarray],
    line: dict[str, Any],
) -> None:
    """Outline of one driver, open where a figure is missing, with the intervals across it."""
    kept, angles = web
    points: list[tuple[float | None, float | None]] = []
    words: list[str] = []
    for k, angle, value in zip(kept, angles, values, strict=True):
        if value is None:
            points.append((None, None))
            words.append("")
            continue
        spoke = _SPOKES[k]
        points.append(_at(spoke.place(value.value), angle))
        words.append(f"{spoke.name}: {spoke.written(value.value)}")
        ends = [_at(spoke.place(end), angle) for end in (value.low, value.high)]
        _add_quiet(figure, ends, {"color": faint(line["color"], 0.4), "width": 6})
    figure.add_trace(
        go.Scatter(
            x=[x for x, _ in [*points, points[0]]],
            y=[y for _, y in [*points, points[0]]],
            name=driver,
            mode="lines+markers",
            line=line,
            marker={"size": 7, "color": line["color"]},
            fill="none" if None in values else "toself",
            fillcolor=faint(line["color"]),
            text=[*words, words[0]],
            connectgaps=False,
            hovertemplate="%{text}<extra>" + driver + "</extra>",
        )
    )
