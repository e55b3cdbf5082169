"""The blame waterfall as one SVG file: no script, no font, nothing fetched.

The same picture as the widget, from the same geometry, for everywhere a widget cannot live:
exported notebooks, PDF, a README. Every colour is written out as an attribute; a style
sheet inside the SVG turns them over for readers who prefer dark pages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from f1lab.errors import InvalidInput
from f1lab.widgets._format import text_width, wrap
from f1lab.widgets._waterfall_data import wire
from f1lab.widgets._waterfall_geometry import Box, Layout, Row, Strip, hatching, layout
from f1lab.widgets._waterfall_text import rival, sentence, subtitle, title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["DARK", "LIGHT", "draw", "waterfall_svg"]

#: Colours by role; lost and gained are told apart by hatching and sign as well.
LIGHT = {
    "paper": "#ffffff", "edge": "#dde2e8", "ink": "#18202a", "muted": "#5a6673",
    "grid": "#e9edf1", "axis": "#97a2ae", "rail": "#e9edf1", "lost": "#d55e00",
    "gained": "#0072b2", "unexplained": "#7c8793", "total": "#2e3945", "flag": "#f0c33c",
    "flagink": "#3a2d00",
}  # fmt: skip
DARK = {
    "paper": "#14181d", "edge": "#2d343c", "ink": "#e8ecf0", "muted": "#9ba7b4",
    "grid": "#262d35", "axis": "#66727f", "rail": "#2a323b", "lost": "#f58b45",
    "gained": "#56b4e9", "unexplained": "#929daa", "total": "#cfd6de", "flag": "#d9aa1e",
    "flagink": "#241c00",
}  # fmt: skip

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
PAD = 20
_ROLES = {"lost": "lost", "gained": "gained", "none": "axis"}
MARK_NAMES = {
    "stop": "pit stop", "penalty": "penalty", "incident": "incident", "rain": "rain",
    "retirement": "retirement",
}  # fmt: skip
_Value: TypeAlias = str | float
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")


def waterfall_svg(
    report: Mapping[str, Any],
    *,
    width: int = 800,
    theme: Literal["auto", "light", "dark"] = "auto",
    timeline: bool = True,
) -> str:
    """Draw the blame waterfall of a report as an SVG document.

    Parameters
    ----------
    report : dict or object with ``to_dict()``
        An autopsy report. One with a ``"refusal"`` shows the reason instead of bars.
    width : int, default 800
        Width, at least 300; below 600 the words stand above their bars. [px]
    theme : {"auto", "light", "dark"}, default "auto"
        ``"auto"`` is light and turns dark for readers who prefer dark pages.
    timeline : bool, default True
        Whether to draw the lap strip with stops and neutralisations.

    Returns
    -------
    str
        One ``<svg>`` element, its namespace declared: a file of its own or part of a page.

    Raises
    ------
    InvalidInput
        If the report lacks a number or does not add up, or the width or theme is not allowed.

    Examples
    --------
    >>> from pathlib import Path
    >>> Path("ham.svg").write_text(waterfall_svg(report))  # doctest: +SKIP
    """
    if theme not in {"auto", "light", "dark"}:
        raise InvalidInput(f"Theme {theme!r} is unknown; use 'auto', 'light' or 'dark'.")
    if width < 300:  # noqa: PLR2004
        raise InvalidInput(f"A width of {width} px is too narrow; give at least 300.")
    return draw(wire(report), width=width, theme=theme, timeline=timeline)


def draw(
    data: Mapping[str, Any], *, width: int = 800, theme: str = "auto", timeline: bool = True
) -> str:
    """Draw a report that has passed ``wire``; as ``waterfall_svg`` otherwise.

    Parameters
    ----------
    data : dict
        As checked by ``wire``.
    width : int, default 800
        Width. [px]
    theme : str, default "auto"
        ``"auto"``, ``"light"`` or ``"dark"``.
    timeline : bool, default True
        Whether to draw the lap strip.

    Returns
    -------
    str
        One ``<svg>`` element.
    """
    brush = _Brush(DARK if theme == "dark" else LIGHT)
    body, y = _header(data, width, brush)
    if "refusal" in data:
        more, y = _refusal(data["refusal"], width, y, brush)
    else:
        more, y = _chart(data, width, y, brush, timeline=timeline)
    return _document(data, [*body, *more], (width, y + PAD), brush, auto=theme == "auto")


class _Brush:
    """Writes SVG elements whose colours are both a class and an attribute."""

    def __init__(self, palette: Mapping[str, str]) -> None:
        self.palette = palette

    def rect(self, box: Box, role: str, radius: float = 0, **more: _Value) -> str:
        return (
            f'<rect x="{_px(box.x)}" y="{_px(box.y)}" width="{_px(box.width)}" '
            f'height="{_px(box.height)}"{f" rx={quoteattr(str(radius))}" if radius else ""}'
            f"{self._fill(role)}{_attributes(more)}/>"
        )

    def text(
        self, x: float, y: float, words: str, role: str = "ink", *, halo: bool = False,
        **more: _Value,
    ) -> str:  # fmt: skip
        paint = f'class="f-{role}" fill="{self.palette[role]}"'
        if halo:  # keeps lines behind the words off them
            paint = (
                f'class="f-{role} s-paper" fill="{self.palette[role]}" '
                f'stroke="{self.palette["paper"]}" stroke-width="3" stroke-linejoin="round" '
                'paint-order="stroke"'
            )
        where = f'x="{_px(x)}" y="{_px(y)}"'
        return f"<text {where} {paint}{_attributes(more)}>{escape(words)}</text>"

    def line(self, d: str, role: str, width: float = 1, **more: _Value) -> str:
        return (
            f'<path d="{d}" fill="none" class="s-{role}" stroke="{self.palette[role]}" '
            f'stroke-width="{_px(width)}"{_attributes(more)}/>'
        )

    def mark(self, x: float, y: float, token: str, role: str = "ink") -> str:
        disc = f'<circle cx="{_px(x)}" cy="{_px(y)}" r="7.5"{self._fill(role)}/>'
        return disc + self.text(
            x, y + 3.6, token, "paper", text_anchor="middle", font_size=10, font_weight=700
        )

    def _fill(self, role: str) -> str:
        return f' class="f-{role}" fill="{self.palette[role]}"'


def _attributes(more: Mapping[str, _Value]) -> str:
    return "".join(f" {key.replace('_', '-')}={quoteattr(str(v))}" for key, v in more.items())


def _px(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _document(
    data: Mapping[str, Any], body: Iterable[str], size: tuple[float, float], brush: _Brush, *,
    auto: bool,
) -> str:  # fmt: skip
    width, height = (_px(value) for value in size)
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="f1lab-waterfall" role="img" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'style="max-width:100%;height:auto" font-family="{FONT}" font-size="13">'
    )
    card = Box(0.5, 0.5, size[0] - 1, size[1] - 1)
    desc = data.get("refusal") or data["verdict"] or ""
    return "\n".join(
        [
            root,
            f"<title>{escape(title(data))}</title>",
            f"<desc>{escape(desc)}</desc>",
            f"<style>{_style(dark=auto)}</style>",
            brush.rect(card, "paper", 8) + brush.line(_outline(card, 8), "edge"),
            *body,
            "</svg>",
        ],
    )


def _outline(box: Box, radius: float) -> str:
    corner = f"a{radius} {radius} 0 0 1"
    across, down = _px(box.width - 2 * radius), _px(box.height - 2 * radius)
    return (
        f"M{_px(box.x + radius)} {_px(box.y)}h{across}{corner} {radius} {radius}v{down}"
        f"{corner} -{radius} {radius}h-{across}{corner} -{radius} -{radius}v-{down}"
        f"{corner} {radius} -{radius}z"
    )


def _style(*, dark: bool) -> str:
    figures = ".f1lab-waterfall text{font-variant-numeric:tabular-nums}"
    if not dark:
        return figures
    rules = "".join(
        f".f1lab-waterfall .f-{role}{{fill:{colour}}}.f1lab-waterfall .s-{role}{{stroke:{colour}}}"
        for role, colour in DARK.items()
    )
    return f"{figures}@media (prefers-color-scheme:dark){{{rules}}}"


def _header(data: Mapping[str, Any], width: float, brush: _Brush) -> tuple[list[str], float]:
    room, y = width - 2 * PAD - 14, 14.0
    parts, top = [], y + 6
    for line in _title_lines(title(data), room):
        y += 22
        parts.append(brush.text(PAD + 14, y, line, font_size=17, font_weight=650))
    for line in wrap(subtitle(data), room, 12.5):
        y += 18
        parts.append(brush.text(PAD + 14, y, line, "muted", font_size=12.5))
    if _COLOUR.match(data["team_colour"] or ""):
        bar = f'x="{PAD}" y="{_px(top)}" width="4" height="{_px(y + 4 - top)}" rx="2"'
        parts.append(f'<rect {bar} fill="{data["team_colour"]}"/>')
    y += 8
    for line in wrap(data["verdict"] or "", width - 2 * PAD, 13.5):
        y += 19
        parts.append(brush.text(PAD, y, line, font_size=13.5))
    return parts, y + 14


def _title_lines(words: str, room: float) -> list[str]:
    """Break a title between its parts where that is enough."""
    lines: list[str] = []
    for part in words.split(" · "):
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and text_width(longer, 17, bold=True) <= room:
            lines[-1] = longer
        else:
            lines += wrap(part, room, 17, bold=True)
    return lines


def _refusal(reason: str, width: float, y: float, brush: _Brush) -> tuple[list[str], float]:
    lines = wrap(reason, width - 2 * PAD - 32, 13.5)
    box = Box(PAD, y, width - 2 * PAD, 46 + 19 * len(lines))
    parts = [
        brush.rect(box, "rail", 6),
        brush.text(PAD + 16, y + 26, "No blame can be given here", font_weight=650),
        *(
            brush.text(PAD + 16, y + 48 + 19 * i, line, font_size=13.5)
            for i, line in enumerate(lines)
        ),
    ]
    return parts, y + box.height


def _chart(
    data: Mapping[str, Any], width: float, y: float, brush: _Brush, *, timeline: bool
) -> tuple[list[str], float]:
    place = layout(data, width - 2 * PAD, timeline=timeline)
    parts = [f'<g transform="translate({PAD} {_px(y)})">', *_axis(data, place, brush)]
    for row in place.rows:
        parts += _bar(row, place, brush)
    if place.strip:
        parts += _strip(place.strip, place, brush)
    legend, height = _legend(place, brush)
    return [*parts, *legend, "</g>"], y + height


def _axis(data: Mapping[str, Any], place: Layout, brush: _Brush) -> list[str]:
    plot, y = place.plot, place.plot.y - 7
    small: dict[str, Any] = {"font_size": 11}
    parts = [
        brush.text(plot.x + 6, 12, "◂ gained", "muted", **small),
        brush.text(
            plot.x + plot.width, 12, f"lost to {rival(data)} ▸", "muted", text_anchor="end", **small
        ),
    ]
    for x, words in place.ticks:
        parts.append(brush.line(_upright(x, place), "grid"))
        parts.append(brush.text(x, y, words, "muted", text_anchor="middle", **small))
    parts.append(brush.line(_upright(place.zero, place), "axis", 1.2))
    if not place.narrow:
        left, middle = place.width - place.sizes.share_left, place.width - place.sizes.places
        parts.append(brush.text(left, y, "share", "muted", **small))
        parts.append(brush.text(middle, y, "places", "muted", text_anchor="middle", **small))
    return parts


def _upright(x: float, place: Layout) -> str:
    return "".join(f"M{_px(x)} {_px(top)}V{_px(bottom)}" for top, bottom in place.spans)


def _bar(row: Row, place: Layout, brush: _Brush) -> list[str]:
    step, total = row.step, row.step.kind == "total"
    role = step.kind if step.kind != "cause" else _ROLES[step.sense]
    middle = row.bar.y + row.bar.height / 2
    parts = [
        f'<g class="bar" data-key="{step.key}" data-seconds="{step.seconds!r}">',
        f"<title>{escape(sentence(step))}</title>",
        brush.text(0, row.label_y, step.label, font_weight=650 if total else 400, halo=True),
        brush.rect(row.bar, role, 2),
    ]
    if total:
        rule = f"M0 {_px(row.y - 4.5)}H{_px(place.width)}"
        parts.insert(2, brush.line(rule, "edge"))
    if step.sense == "gained":
        parts.append(brush.line(hatching(row.bar), "paper", 1.6, opacity=0.55))
    if row.link:
        x, top, bottom = row.link
        d = f"M{_px(x)} {_px(top)}V{_px(bottom)}"
        parts.append(brush.line(d, "axis", stroke_dasharray="2 3"))
    if row.whisker:
        parts += _whisker(row.whisker, middle, brush)
    parts.append(
        brush.text(
            row.value_x, middle + 4.5, row.value, text_anchor=row.value_anchor,
            font_weight=650 if total else 550, halo=True,
        ),
    )  # fmt: skip
    return [*parts, *_side(row, place, role, brush), "</g>"]


def _whisker(ends: tuple[float, float], y: float, brush: _Brush) -> list[str]:
    low, high = (_px(x) for x in ends)
    d = f"M{low} {_px(y - 4)}V{_px(y + 4)}M{low} {_px(y)}H{high}M{high} {_px(y - 4)}V{_px(y + 4)}"
    return [brush.line(d, "paper", 3.4), brush.line(d, "ink", 1.4)]


def _side(row: Row, place: Layout, role: str, brush: _Brush) -> list[str]:
    parts, sizes = [], place.sizes
    if row.share_box:
        rail = Box(row.share_box.x, row.share_box.y, sizes.share, row.share_box.height)
        parts += [brush.rect(rail, "rail", 2), brush.rect(row.share_box, role, 2)]
        if row.step.sense == "gained":
            parts.append(brush.line(hatching(row.share_box), "paper", 1.2, opacity=0.55))
    if row.share:
        x = place.width - sizes.share_text
        parts.append(
            brush.text(
                x,
                row.side_y + 4,
                row.share,
                "muted",
                text_anchor="end",
                font_size=12,
                halo=True,
            ),
        )
    if row.places:
        x = place.width - sizes.places
        pill = Box(x - 15, row.side_y - 9, 30, 18)
        parts += [
            brush.rect(pill, "paper", 9) + brush.line(_outline(pill, 9), "edge"),
            brush.text(x, row.side_y + 4, row.places, text_anchor="middle", font_size=11.5),
        ]
    return parts


def _strip(strip: Strip, place: Layout, brush: _Brush) -> list[str]:
    track = strip.track
    parts = ['<g class="laps">']
    if not place.narrow:
        parts.append(brush.text(0, track.y + 11, "Laps of the race"))
    parts.append(brush.rect(track, "rail", 3))
    for band in strip.bands:
        box = Box(band.x, track.y, band.width, track.height)
        label = ""
        if band.width >= 7 * len(band.flag) + 2:
            label = brush.text(
                band.x + band.width / 2, track.y + 10.8, band.flag, "flagink",
                text_anchor="middle", font_size=10, font_weight=650,
            )  # fmt: skip
        parts.append(
            f"<g><title>{escape(band.text)}</title>{brush.rect(box, 'flag', 2)}{label}</g>"
        )
    for mark in strip.marks:
        d = f"M{_px(mark.x)} {_px(mark.y)}V{_px(track.y + track.height)}"
        parts.append(brush.line(d, "ink"))
    for mark in strip.marks:
        hint = escape(f"Lap {mark.lap}: {mark.text}")
        parts.append(f"<g><title>{hint}</title>{brush.mark(mark.x, mark.y, mark.token)}</g>")
    for x, words in strip.ticks:
        parts.append(
            brush.text(
                x, track.y + track.height + 16, words, "muted", text_anchor="middle", font_size=11
            ),
        )
    return [*parts, "</g>"]


def _legend(place: Layout, brush: _Brush) -> tuple[list[str], float]:
    items = [
        ("lost", "time lost"), ("gained", "time gained"), ("unexplained", "not explained"),
        ("interval", "90 % interval"),
    ]  # fmt: skip
    if place.strip:
        seen = {mark.kind: mark.token for mark in place.strip.marks}
        items += [(seen[kind], name) for kind, name in MARK_NAMES.items() if kind in seen]
    x, y, parts = 0.0, place.height + 22, []
    for role, words in items:
        advance = 24 + text_width(words, 11.5) + 12
        if x and x + advance - 12 > place.width:
            x, y = 0.0, y + 20
        parts += [_key(role, x, y, brush), brush.text(x + 22, y, words, "muted", font_size=11.5)]
        x += advance
    return parts, y


def _key(role: str, x: float, y: float, brush: _Brush) -> str:
    if role == "interval":
        return "".join(_whisker((x + 1, x + 15), y - 4, brush))
    if len(role) == 1:
        return brush.mark(x + 8, y - 4, role)
    box = Box(x, y - 10, 16, 11)
    hatch = brush.line(hatching(box), "paper", 1.6, opacity=0.55) if role == "gained" else ""
    return brush.rect(box, role, 2) + hatch
