"""A run as it stands, for pages without a kernel: places by lap, and the order as a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from f1lab.widgets._format import laps_text, seconds_text, wrap
from f1lab.widgets._svg import Pen, image_html, px
from f1lab.widgets.waterfall_svg import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from f1lab.simulator import Simulation, State, TowerRow

__all__ = ["draw", "headline", "static_html"]

_PAD, _LEFT, _RIGHT, _ROW = 18, 40, 62, 18
_DASHES = ("", "6 3", "2 3")
_BANDS = {"red": ("#d62828", 0.24), "sc": ("#f0a014", 0.30), "vsc": ("#f0be50", 0.20)}
_SMALL: dict[str, Any] = {"text_anchor": "middle", "font_size": 11}


class _Plot(NamedTuple):
    """Where laps and places are [px]."""

    y: float
    width: float
    laps: int
    rows: int

    def x_of(self, lap: float) -> float:
        return _LEFT + lap / max(self.laps, 1) * (self.width - _LEFT - _RIGHT)

    def y_of(self, place: float) -> float:
        return self.y + (place - 0.5) * _ROW

    @property
    def bottom(self) -> float:
        return self.y + self.rows * _ROW


def headline(state: State) -> str:
    """Where the run stands.

    Parameters
    ----------
    state : State

    Returns
    -------
    str
        One sentence.
    """
    tyres = f"{state.compound.lower()} tyres, {laps_text(round(state.tyre_age_laps))} old"
    if state.finished:
        return f"{state.driver} took the flag P{state.position} after {laps_text(state.lap)}."
    if state.lap == 0:
        return f"{state.driver} starts from P{state.position} on {tyres}."
    return f"{state.driver} is P{state.position} after lap {state.lap} of {state.n_laps}, {tyres}."


def draw(sim: Simulation, facts: Mapping[str, Any], width: int = 860) -> str:
    """Places by lap so far as an SVG document.

    Parameters
    ----------
    sim : Simulation
    facts : dict
        Of ``race_facts``.
    width : int, default 860
        Width. [px]

    Returns
    -------
    str
        One ``<svg>`` element.
    """
    states = sim.history
    title = f"{facts['title']}: {sim.driver} from the pit wall"
    pen = Pen(LIGHT, DARK, "f1lab-simulator")
    y = 36.0
    for line in wrap(title, width - 2 * _PAD, 16, bold=True):
        pen.text(_PAD, y, line, font_size=16, font_weight=650)
        y += 22
    for line in wrap(headline(states[-1]), width - 2 * _PAD, 12.5):
        pen.text(_PAD, y, line, font_size=12.5)
        y += 18
    plot = _Plot(y + 16, width, facts["n_laps"], len(facts["drivers"]))
    _ground(pen, states, plot)
    for code, driver in facts["drivers"].items():
        if code != sim.driver:
            _line(pen, states, plot, code, driver)
    _line(pen, states, plot, sim.driver, facts["drivers"][sim.driver], own=True)
    _stops(pen, sim, plot, facts)
    words = "Places by lap. Discs: own stops and the tyres fitted. Dashed: second car of a team."
    y = plot.bottom + 36
    for line in wrap(words, width - 2 * _PAD, 11):
        pen.text(_PAD, y, line, "muted", font_size=11)
        y += 16
    return pen.document(f"{title}. {headline(states[-1])}", width, y)


def _ground(pen: Pen, states: Sequence[State], plot: _Plot) -> None:
    """Neutralised laps and the numbers of laps and places."""
    for state in states[1:]:
        if state.flag in _BANDS:
            colour, opacity = _BANDS[state.flag]
            x, end = plot.x_of(state.lap - 1), plot.x_of(state.lap)
            pen.rect(x, plot.y, end - x, plot.bottom - plot.y, colour, opacity=opacity)
    step = next(n for n in (5, 10, 20, 50) if plot.laps / n <= (plot.width - 124) / 50)
    for lap in range(0, plot.laps + 1, step):
        x = plot.x_of(lap)
        pen.line(f"M{px(x)} {px(plot.y)}V{px(plot.bottom)}", "grid")
        pen.text(x, plot.bottom + 15, str(lap) if lap else "grid", "muted", **_SMALL)
    for place in (1, *range(5, plot.rows + 1, 5)):
        pen.text(_LEFT - 12, plot.y_of(place) + 4, str(place), "muted", text_anchor="end",
                 font_size=11)  # fmt: skip


def _line(
    pen: Pen,
    states: Sequence[State],
    plot: _Plot,
    code: str,
    driver: Mapping[str, Any],
    *,
    own: bool = False,
) -> None:
    places = [row.position for s in states for row in s.tower if row.driver == code and row.running]
    if not places:
        return
    points = (f"{px(plot.x_of(lap))} {px(plot.y_of(p))}" for lap, p in enumerate(places))
    dash = {"stroke_dasharray": _DASHES[driver["dash"]]} if driver["dash"] else {}
    look: dict[str, Any] = dash if own else {**dash, "opacity": 0.5}
    pen.line("M" + "L".join(points), driver["colour"], 4 if own else 1.6,
             stroke_linejoin="round", **look)  # fmt: skip
    if len(places) == len(states):
        weight: dict[str, Any] = {"font_weight": 700} if own else {}
        x, y = plot.x_of(len(places) - 1) + 8, plot.y_of(places[-1]) + 4
        pen.text(x, y, f"{places[-1]} {code}", font_size=11, **weight)


def _stops(pen: Pen, sim: Simulation, plot: _Plot, facts: Mapping[str, Any]) -> None:
    states = sim.history
    for fitted in sim.decisions:
        if fitted.pit is not None:
            colour, ink, letter = facts["compounds"][fitted.pit]
            x, y = plot.x_of(fitted.lap), plot.y_of(states[fitted.lap].position)
            pen.circle(x, y, 7, colour, stroke="#73777d")
            pen.text(x, y + 3.4, letter, ink, text_anchor="middle", font_size=9.5, font_weight=700)


def static_html(sim: Simulation, facts: Mapping[str, Any]) -> str:
    """Picture and order as a fragment of HTML that needs nothing from outside.

    Parameters
    ----------
    sim : Simulation
    facts : dict
        Of ``race_facts``.

    Returns
    -------
    str
        One ``<div>``.
    """
    state = sim.state
    alt = f"{facts['title']}: {headline(state)}"
    return image_html(lambda width: draw(sim, facts, width), alt, _table(state))


def _table(state: State) -> list[str]:
    heads = "".join(
        f'<th scope="col"{" class=n" if name in {"Place", "Gap", "Stops"} else ""}>{name}</th>'
        for name in ("Place", "Driver", "Team", "Gap", "Tyres", "Stops")
    )
    rows = "".join(_row(row) for row in state.tower)
    when = "On the grid" if state.lap == 0 else f"After lap {state.lap}"
    return [
        f"<details><summary>{when}</summary><table><thead><tr>{heads}</tr></thead>",
        f"<tbody>{rows}</tbody></table></details>",
    ]


def _row(row: TowerRow) -> str:
    gap = "you" if row.you else "–" if row.gap_s is None else seconds_text(row.gap_s)
    tyres = f"{row.compound.lower()}, {laps_text(round(row.tyre_age_laps))}"
    cells = (row.team, gap if row.running else "out", tyres, row.stops)
    named = "".join(
        f"<td{' class=n' if i in {1, 3} else ''}>{escape(str(cell))}</td>"
        for i, cell in enumerate(cells)
    )
    return (
        f'<tr><td class=n>{row.position}</td><th scope="row">{escape(row.driver)}</th>{named}</tr>'
    )
