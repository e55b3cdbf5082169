"""The waterfall for pages without a kernel: a picture, and its numbers as a table.

The picture is an ``<img>`` and not an inline ``<svg>``: pages that clean foreign markup
(GitHub, notebooks that are not trusted) drop inline drawings and keep images.
"""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Any

from f1lab.widgets._format import places_text, seconds_text, share_text
from f1lab.widgets._waterfall_geometry import steps
from f1lab.widgets._waterfall_text import subtitle, title
from f1lab.widgets.waterfall_svg import draw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from f1lab.widgets._waterfall_geometry import Step

__all__ = ["static_html"]

# An image is light or dark as its page is where the page says so, else as its reader prefers.
_STYLE = """\
.f1lab-static{max-width:800px;font-variant-numeric:tabular-nums}
[data-jp-theme-light=true] .f1lab-static img{color-scheme:light}
[data-jp-theme-light=false] .f1lab-static img{color-scheme:dark}
.f1lab-static details{margin:6px 0 6px 20px;font-size:13px;overflow-x:auto}
.f1lab-static summary{cursor:pointer}
.f1lab-static table{border-collapse:collapse;margin:8px 0}
.f1lab-static th,.f1lab-static td{padding:4px 8px;text-align:left!important;\
vertical-align:top;white-space:normal}
.f1lab-static tbody tr{background:none!important}
.f1lab-static tbody th{font-weight:600}
.f1lab-static tr[data-key]{border-top:1px solid #8884}
.f1lab-static td.e{padding:0 8px 8px;opacity:.8}
.f1lab-static .n{text-align:right!important;white-space:nowrap}
"""


def static_html(wired: Mapping[str, Any], *, timeline: bool = True) -> str:
    """Picture and table as a fragment of HTML that needs nothing from outside.

    Parameters
    ----------
    wired : dict
        As checked by ``wire``.
    timeline : bool, default True
        Whether the picture has the lap strip.

    Returns
    -------
    str
        One ``<div>``.
    """
    wide = draw(wired, timeline=timeline)
    narrow = draw(wired, width=380, timeline=timeline)
    alt = " — ".join(part for part in (title(wired), _plain(wired)) if part)
    return (
        f'<div class="f1lab-static"><style>{_STYLE}</style>'
        f'<picture><source media="(max-width: 560px)" srcset="{_source(narrow)}">'
        f'<img src="{_source(wide)}" alt="{escape(alt)}" '
        'style="max-width:100%;height:auto"></picture>'
        f"{'' if 'refusal' in wired else _details(wired)}</div>"
    )


def _plain(wired: Mapping[str, Any]) -> str:
    return str(wired.get("refusal") or wired["verdict"] or subtitle(wired))


def _source(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def _details(wired: Mapping[str, Any]) -> str:
    rows = "".join(_table_row(step, wired) for step in steps(wired))
    head = "".join(
        f'<th scope="col"{" class=n" if name != "Cause" else ""}>{name}</th>'
        for name in ("Cause", "Seconds", "90 % interval", "Share", "Places")
    )
    return (
        "<details><summary>Numbers and evidence</summary>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _table_row(step: Step, wired: Mapping[str, Any]) -> str:
    interval = ""
    if step.low is not None and step.high is not None:
        low = seconds_text(step.low, 3).removesuffix(" s")
        interval = f"{low} to {seconds_text(step.high, 3)}"
    share = "" if step.kind == "total" else share_text(step.share)
    numbers = (seconds_text(step.seconds, 3), interval, share, places_text(step.places))
    cells = "".join(f'<td class="n">{escape(cell)}</td>' for cell in numbers)
    row = f'<tr data-key="{step.key}"><th scope="row">{escape(step.label)}</th>{cells}</tr>'
    return row + _evidence_row(wired["categories"].get(step.key, {}).get("evidence", []))


def _evidence_row(evidence: list[dict[str, Any]]) -> str:
    if not evidence:
        return ""
    lines = "<br>".join(escape(item["text"]) for item in evidence)
    return f'<tr><td colspan="5" class="e">{lines}</td></tr>'
