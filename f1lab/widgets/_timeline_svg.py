"""The race lap by lap for pages without a kernel: a picture, and its numbers as a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from f1lab.widgets._format import wrap
from f1lab.widgets._svg import Pen, image_html, px
from f1lab.widgets.waterfall_svg import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["draw", "path", "static_html"]

_PAD, _LEFT, _RIGHT, _ROW = 18, 62, 62, 21
_DASHES = ("", "6 3", "2 3")
_BANDS = {"red": ("#d62828", 0.24), "sc": ("#f0a014", 0.30), "vsc": ("#f0be50", 0.20)}
#: Who did this share of the race is named at its end [-].
_TO_THE_END = 0.9
_MARKS = {"penalty": "P", "incident": "!", "out": "×"}


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


def draw(race: Mapping[str, Any], width: int = 860) -> str:
    """Places by lap as an SVG document.

    Parameters
    ----------
    race : dict
        Of ``race_data``.
    width : int, default 860
        Width. [px]

    Returns
    -------
    str
        One ``<svg>`` element.
    """
    pen = Pen(LIGHT, DARK, "f1lab-timeline")
    y = 36.0
    for line in wrap(race["title"], width - 2 * _PAD, 16, bold=True):
        pen.text(_PAD, y, line, font_size=16, font_weight=650)
        y += 22
    plot = _Plot(y + 12, width, race["laps"], len(race["drivers"]))
    _ground(pen, race, plot)
    marked = set(race["highlight"])
    quiet = [driver for driver in race["drivers"] if driver["code"] not in marked]
    for driver in [*quiet, *(d for d in race["drivers"] if d["code"] in marked)]:
        _driver(pen, race, driver, plot)
    y = _legend(pen, plot)
    return pen.document(_alt(race), width, y)


def _alt(race: Mapping[str, Any]) -> str:
    order = ", ".join(driver["code"] for driver in race["drivers"])
    return f"Places by lap, {race['title']}. Finishing order: {order}."


def _ground(pen: Pen, race: Mapping[str, Any], plot: _Plot) -> None:
    """Neutralised laps and the numbers of the laps."""
    for band in race["bands"]:
        colour, opacity = _BANDS[band["flag"]]
        x, end = plot.x_of(band["first"] - 1), plot.x_of(band["last"])
        pen.rect(x, plot.y, end - x, plot.bottom - plot.y, colour, opacity=opacity)
        pen.text(x + 2, plot.y - 4, band["label"], "muted", font_size=10, font_weight=650)
    step = next(n for n in (5, 10, 20, 50) if race["laps"] / n <= (plot.width - 124) / 50)
    for lap in range(0, race["laps"] + 1, step):
        x = plot.x_of(lap)
        pen.line(f"M{px(x)} {px(plot.y)}V{px(plot.bottom)}", "grid")
        pen.text(x, plot.bottom + 15, str(lap) if lap else "grid", "muted", **_SMALL)


_SMALL: dict[str, Any] = {"text_anchor": "middle", "font_size": 11}


def path(positions: list[int | None], plot: _Plot) -> str:
    """Line through the places of a driver, lifted where one is missing."""
    d, down = "", False
    for lap, place in enumerate(positions):
        if place is None:
            down = False
            continue
        d += f"{'L' if down else 'M'}{px(plot.x_of(lap))} {px(plot.y_of(place))}"
        down = True
    return d


def _driver(pen: Pen, race: Mapping[str, Any], driver: Mapping[str, Any], plot: _Plot) -> None:
    marked = driver["code"] in race["highlight"]
    faint = {"opacity": 0.45} if race["highlight"] and not marked else {}
    dash = {"stroke_dasharray": _DASHES[driver["dash"]]} if driver["dash"] else {}
    line = path(driver["positions"], plot)
    if line:
        width = 3 if marked else 1.8
        pen.line(line, driver["colour"], width, stroke_linejoin="round", **dash, **faint)
    _marks(pen, race, driver, plot, faint)
    weight: dict[str, Any] = {"font_weight": 700} if marked else {}
    first, last = driver["positions"][0], _last_place(driver)
    if first is not None:
        pen.text(_LEFT - 10, plot.y_of(first) + 4, f"{driver['code']} {first}",
                 text_anchor="end", font_size=11, **weight)  # fmt: skip
    if last is not None and len(driver["positions"]) > plot.laps * _TO_THE_END:
        place = driver["finish"] if driver["classified"] else "–"
        x = plot.x_of(len(driver["positions"]) - 1) + 10
        pen.text(x, plot.y_of(last) + 4, f"{place} {driver['code']}", font_size=11, **weight)


def _last_place(driver: Mapping[str, Any]) -> int | None:
    known = [place for place in driver["positions"] if place is not None]
    return known[-1] if known else None


def _marks(
    pen: Pen,
    race: Mapping[str, Any],
    driver: Mapping[str, Any],
    plot: _Plot,
    faint: dict[str, float],
) -> None:
    """New tyres as a disc with their letter; penalties, incidents and the end as a sign."""
    places = driver["positions"]
    for stint in driver["stints"][1:]:
        lap = stint["first"] - 1
        if lap < len(places) and places[lap] is not None:
            colour, ink, letter = race["compounds"][stint["compound"]]
            x, y = plot.x_of(lap), plot.y_of(places[lap])
            pen.circle(x, y, 6.2, colour, stroke="#73777d", **faint)
            pen.text(x, y + 3.2, letter, ink, text_anchor="middle", font_size=9,
                     font_weight=700, **faint)  # fmt: skip
    signs: dict[int, str] = {}
    for event in driver["events"]:
        lap, sign = min(event["lap"], len(places) - 1), _MARKS[event["kind"]]
        if sign not in signs.get(lap, ""):
            signs[lap] = signs.get(lap, "") + sign
    for lap, text in signs.items():
        if places[lap] is not None:
            shown: dict[str, Any] = {"text_anchor": "middle", "font_size": 12, "font_weight": 800}
            raised = plot.y_of(places[lap]) + (4.5 if text == _MARKS["out"] else -3)
            pen.text(plot.x_of(lap), raised, text, **(shown | faint))


def _legend(pen: Pen, plot: _Plot) -> float:
    words = "Lap. Discs: new tyres (S soft, M medium, H hard, I intermediate, W wet). "
    words += "! incident, P penalty, × out. Dashed: second car of a team."
    y = plot.bottom + 36
    for line in wrap(words, plot.width - 2 * _PAD, 11):
        pen.text(_PAD, y, line, "muted", font_size=11)
        y += 16
    return y


def static_html(race: Mapping[str, Any]) -> str:
    """Picture and table as a fragment of HTML that needs nothing from outside.

    Parameters
    ----------
    race : dict
        Of ``race_data``.

    Returns
    -------
    str
        One ``<div>``.
    """
    return image_html(lambda width: draw(race, width), _alt(race), _table(race))


def _table(race: Mapping[str, Any]) -> list[str]:
    heads = "".join(
        f'<th scope="col"{" class=n" if name in {"Grid", "Finish"} else ""}>{name}</th>'
        for name in ("Driver", "Team", "Grid", "Finish", "Tyres", "What happened")
    )
    rows = "".join(_row(driver) for driver in race["drivers"])
    return [
        "<details><summary>The race in numbers</summary>",
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></details>",
    ]


def _row(driver: Mapping[str, Any]) -> str:
    finish = driver["finish"] if driver["classified"] else driver["status"]
    tyres = ", ".join(
        f"{stint['compound'].lower()} from lap {stint['first']}" for stint in driver["stints"]
    )
    events = "; ".join(f"lap {event['lap']}: {event['text']}" for event in driver["events"])
    cells = (driver["team"], driver["grid"] or "–", finish or "–", tyres, events)
    named = "".join(
        f"<td{' class=n' if i in {1, 2} else ''}>{escape(str(cell))}</td>"
        for i, cell in enumerate(cells)
    )
    return f'<tr><th scope="row">{escape(driver["code"])} {escape(driver["name"])}</th>{named}</tr>'
