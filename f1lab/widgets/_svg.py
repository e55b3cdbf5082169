"""Pictures of the widgets as SVG: one pen, one frame, one way onto a page without a kernel.

Every colour is written out as an attribute and named as a class; a style sheet inside the picture
turns the named ones over for readers who prefer dark pages.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from html import escape as escape_html
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["FONT", "PAGE_STYLE", "Pen", "image_html", "px"]

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

# An image is light or dark as its page is where the page says so, else as its reader prefers.
PAGE_STYLE = """\
.f1lab-static{max-width:900px;font-variant-numeric:tabular-nums}
[data-jp-theme-light=true] .f1lab-static img{color-scheme:light}
[data-jp-theme-light=false] .f1lab-static img{color-scheme:dark}
.f1lab-static details{margin:6px 0 6px 20px;font-size:13px;overflow-x:auto}
.f1lab-static summary{cursor:pointer}
.f1lab-static table{border-collapse:collapse;margin:8px 0}
.f1lab-static th,.f1lab-static td{padding:3px 8px;text-align:left!important;\
vertical-align:top;white-space:normal}
.f1lab-static tbody tr{background:none!important;border-top:1px solid #8884}
.f1lab-static tbody th{font-weight:600}
.f1lab-static .n{text-align:right!important;white-space:nowrap}
"""


def px(value: float) -> str:
    """Length without needless digits.

    Parameters
    ----------
    value : float
        Length. [px]

    Returns
    -------
    str
        With one digit after the point at most.

    Examples
    --------
    >>> px(12.04), px(3.26)
    ('12', '3.3')
    """
    return f"{value:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Pen:
    """Writes the elements of one picture.

    Parameters
    ----------
    light, dark : mapping of str to str
        Colours by role, for either kind of page.
    name : str
        Class of the picture, so that its style stays its own.
    """

    light: Mapping[str, str]
    dark: Mapping[str, str]
    name: str
    parts: list[str] = field(default_factory=list)

    def rect(
        self, x: float, y: float, width: float, height: float, role: str, **more: object
    ) -> None:
        """Add a filled rectangle [px]."""
        box = f'x="{px(x)}" y="{px(y)}" width="{px(width)}" height="{px(height)}"'
        self.parts.append(f"<rect {box}{self._paint('fill', role)}{_attributes(more)}/>")

    def line(self, d: str, role: str, width: float = 1, **more: object) -> None:
        """Add a path that is not filled; its width in [px]."""
        paint = f' fill="none"{self._paint("stroke", role)} stroke-width="{px(width)}"'
        self.parts.append(f'<path d="{d}"{paint}{_attributes(more)}/>')

    def text(self, x: float, y: float, words: str, role: str = "ink", **more: object) -> None:
        """Add one line of text at its baseline [px]."""
        where = f'x="{px(x)}" y="{px(y)}"'
        paint = f"{self._paint('fill', role)}{_attributes(more)}"
        self.parts.append(f"<text {where}{paint}>{escape(words)}</text>")

    def circle(self, x: float, y: float, radius: float, role: str, **more: object) -> None:
        """Add a filled circle [px]."""
        where = f'cx="{px(x)}" cy="{px(y)}" r="{px(radius)}"'
        self.parts.append(f"<circle {where}{self._paint('fill', role)}{_attributes(more)}/>")

    def _paint(self, how: str, role: str) -> str:
        """Colour of a role; a role that is none is a colour itself."""
        if role not in self.light:
            return f' {how}="{role}"'
        return f' class="{how[0]}-{role}" {how}="{self.light[role]}"'

    def document(self, title: str, width: float, height: float) -> str:
        """Finish the picture.

        Parameters
        ----------
        title : str
            What it shows, for who cannot see it.
        width, height : float
            Size. [px]

        Returns
        -------
        str
            One ``<svg>`` element with a card behind what was drawn.
        """
        size = f'width="{px(width)}" height="{px(height)}"'
        rules = "".join(
            f".{self.name} .f-{role}{{fill:{colour}}}.{self.name} .s-{role}{{stroke:{colour}}}"
            for role, colour in self.dark.items()
        )
        card = (
            f'<rect x=".5" y=".5" width="{px(width - 1)}" height="{px(height - 1)}" rx="8" '
            f'class="f-paper s-edge" fill="{self.light["paper"]}" stroke="{self.light["edge"]}"/>'
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{self.name}" role="img" {size} '
            f'viewBox="0 0 {px(width)} {px(height)}" style="max-width:100%;height:auto" '
            f'font-family="{FONT}" font-size="12"><title>{escape(title)}</title>'
            f"<style>.{self.name} text{{font-variant-numeric:tabular-nums}}"
            f"@media (prefers-color-scheme:dark){{{rules}}}</style>"
            f"{card}{''.join(self.parts)}</svg>"
        )


def _attributes(more: Mapping[str, object]) -> str:
    return "".join(f" {key.replace('_', '-')}={quoteattr(str(v))}" for key, v in more.items())


def image_html(draw: Callable[[int], str], alt: str, table: Iterable[str]) -> str:
    """Picture, wide and narrow, and its numbers, as HTML that needs nothing from outside.

    An ``<img>`` and no inline ``<svg>``: pages that clean foreign markup keep images.

    Parameters
    ----------
    draw : callable
        Gives the picture for a width [px].
    alt : str
        What the picture says.
    table : iterable of str
        HTML of the numbers.

    Returns
    -------
    str
        One ``<div>``.
    """
    wide, narrow = (
        "data:image/svg+xml;base64," + base64.b64encode(draw(width).encode()).decode("ascii")
        for width in (860, 400)
    )
    return (
        f'<div class="f1lab-static"><style>{PAGE_STYLE}</style>'
        f'<picture><source media="(max-width: 560px)" srcset="{narrow}">'
        f'<img src="{wide}" alt="{escape_html(alt)}" style="max-width:100%;height:auto">'
        f"</picture>{''.join(table)}</div>"
    )
