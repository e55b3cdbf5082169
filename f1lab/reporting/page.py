"""The blocks of an autopsy report: each takes results and returns a piece of HTML.

They are shown by the report notebooks and styled by ``page_style/page.css``; in JupyterLab
they read as plain tables and paragraphs. Every text is escaped here, in :func:`~f1lab.reporting.page_parts.escaped`.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING, Any

from f1lab import __version__
from f1lab.reporting.page_laps import lap_table
from f1lab.reporting.page_parts import (
    Block,
    escaped,
    head_row,
    is_number,
    number_cell,
    ordinal,
    place,
    signed,
    signed_or_blank,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from f1lab.autopsy import AutopsyReport
    from f1lab.data.schema import Weekend

__all__ = [
    "Block",
    "category_table",
    "headline",
    "lap_table",
    "method",
    "quality_notes",
    "rival",
    "timeline",
    "verdict",
    "waterfall",
]

#: How each kind of event on the timeline is called.
KINDS = {
    "start": "Start",
    "stop": "Stop",
    "neutralisation": "Neutralised",
    "overtake": "Overtake",
    "overtaken": "Overtaken",
    "penalty": "Penalty",
    "incident": "Incident",
    "rain": "Rain",
    "retirement": "Retired",
    "finish": "Flag",
}
WATERFALL_WIDTHS = {"wide": 816, "narrow": 380}
SMALLEST_S = 0.005
BAR_WIDTH = 200.0
BAR_HEIGHT = 18.0


def headline(report: AutopsyReport, weekend: Weekend) -> Block:
    """Title, subtitle and key figures of an autopsy."""
    facts = report.to_dict()
    year_event = f"{facts['year']} {facts['event']}"
    figures = [
        ("Grid", place(facts["grid"])),
        ("Flag", place(facts["finish"]) if facts["classified"] else escaped(facts["status"])),
        (f"To {escaped(facts['reference'])}", f"{signed(facts['gap_s'], 3)} s"),
        ("Laps compared", str(facts["laps_compared"])),
        ("Tyres", _tyres(weekend, facts["driver"])),
        (*_largest(facts["categories"]),),
    ]
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)
    return Block(
        f'<header class="headline"><p class="eyebrow">Race autopsy · {escaped(year_event)}</p>'
        f"<h1>{_title(facts)}</h1>"
        f'<p class="subtitle">{_subtitle(facts)}</p><dl class="figures">{items}</dl></header>'
    )


def verdict(report: AutopsyReport) -> Block:
    """The verdict, as the opening paragraph."""
    return Block(f'<p class="verdict">{escaped(report.to_dict()["verdict"])}</p>')


def waterfall(report: AutopsyReport) -> Block:
    """What each cause added to the gap, as a picture for wide pages and one for narrow.

    The verdict stands above it on the page and is left out of the picture.
    """
    from f1lab.widgets import waterfall_svg

    facts = {**report.to_dict(), "verdict": ""}
    pictures = (
        f'<figure class="picture {name}">{waterfall_svg(facts, width=width)}</figure>'
        for name, width in WATERFALL_WIDTHS.items()
    )
    return Block("".join(pictures))


def category_table(report: AutopsyReport) -> Block:
    """Every category with its seconds, interval, share, places and evidence, and the sum."""
    facts = report.to_dict()
    rest = {"label": "Unexplained", "seconds": facts["unexplained_s"], **facts["unexplained"]}
    rows = [*facts["categories"].items(), ("unexplained", rest)]
    parts = {"pit_execution": _pit_parts(facts["pit_split"])}
    scale = _scale([category for _, category in rows] + parts["pit_execution"])
    body = "".join(
        _category_rows(name, category, parts.get(name, []), scale) for name, category in rows
    )
    return Block(
        '<table class="categories"><thead><tr><th scope="col">Cause</th>'
        '<th scope="col" class="n">Seconds</th><th scope="col" class="bar">'
        '<span class="hint">gained · lost, whisker 90 %</span></th>'
        '<th scope="col" class="n">90 % interval</th><th scope="col" class="n">Share</th>'
        f'<th scope="col" class="n">Places lost</th></tr></thead>{body}'
        f'<tfoot><tr><th scope="row">Gap to {escaped(facts["reference"])}</th>'
        f'<td class="n">{signed(facts["gap_s"], 3)}</td><td colspan="4" class="note">'
        f"the sum of the lines above, after {facts['laps_compared']} laps</td></tr></tfoot></table>"
    )


def timeline(report: AutopsyReport) -> Block:
    """What happened when, with the seconds and the place it left the driver in."""
    rows = "".join(
        f'<tr class="{escaped(event["kind"])}"><td class="n">{event["lap"]}</td>'
        f'<td class="kind"><span>{KINDS.get(event["kind"], escaped(event["kind"]))}</span></td>'
        f'<td>{escaped(event["text"])}</td><td class="n">{signed_or_blank(event["seconds"], 1)}</td>'
        f'<td class="n">{place(event["position"])}</td></tr>'
        for event in report.to_dict()["timeline"]
    )
    head = head_row("n:Lap", "", "What happened", "n:Seconds", "n:Place")
    return Block(f'<table class="timeline">{head}<tbody>{rows}</tbody></table>')


def quality_notes(report: AutopsyReport) -> Block:
    """What was wrong in the data, what was done about it, and what the model could not tell."""
    issues = report.to_dict()["quality"]
    if not issues:
        return Block("<p>Nothing had to be repaired in the timing of this weekend.</p>")
    items = "".join(f"<tr>{_issue(issue)}</tr>" for issue in issues)
    head = head_row("What", "Where", "n:Count", "What was done")
    return Block(f'<table class="quality">{head}<tbody>{items}</tbody></table>')


def method(report: AutopsyReport) -> Block:
    """How to read the report, and what made it."""
    facts = report.to_dict()
    return Block(
        "<p>Every second of every lap is booked exactly once: the track of that moment, fuel, "
        "pace, tyres, traffic, the stop, the neutralisation, the start, incidents. The "
        "difference between two drivers’ ledgers over the laps both completed is the gap "
        "on the road, and it is what the six causes and the unexplained rest add up to, to a "
        "thousandth of a second. Positive seconds were lost to the reference, negative ones "
        "gained on it.</p><p>Pace, wear and fuel come from one model of the lap time fitted to "
        "the whole field at once; the 90 % intervals are read off draws from what that model "
        "does not know. <em>Strategy</em> is judged on what could be known at the time. "
        "<em>Pit execution</em> is told apart into crew and lane where the timing says how long "
        "cars stood in their boxes. <em>Places</em> are counted by ranking the race again with that cause taken away. What "
        "the model can’t place stays under <em>Unexplained</em> instead of being shared out."
        f'</p><p class="colophon">Made with f1lab {escaped(__version__)} from '
        f"{escaped(facts['source'])} timing; {escaped(facts['circuit'])}, round {facts['round']} of "
        f"{facts['year']}.</p>"
    )


def rival(report: AutopsyReport, weekend: Weekend) -> str:
    """The driver to draw beside the one judged.

    The reference itself, or for the ideal race, which nobody drove, the best placed other
    driver.
    """
    facts = report.to_dict()
    results = weekend.race.results.sort_values("finish", na_position="last")
    others = [code for code in results["driver"] if code != facts["driver"]]
    return str(facts["reference"] if facts["reference"] in others else others[0])


# ---------------------------------------------------------------------------------------------
# headline


def _title(facts: Mapping[str, Any]) -> str:
    name = escaped(facts["driver_name"])
    return f"What cost {name} the time" if facts["gap_s"] >= 0 else f"Where {name} found the time"


def _subtitle(facts: Mapping[str, Any]) -> str:
    grid, finish = facts["grid"], facts["finish"]
    start = f"{ordinal(grid)} on the grid" if is_number(grid) else "Grid place unknown"
    if facts["classified"] and is_number(finish):
        end = f"{ordinal(finish)} at the flag"
    else:
        end = escaped(facts["status"]).lower()
    gap = facts["gap_s"]
    side = "behind" if gap >= 0 else "ahead of"
    laps = facts["laps_compared"]
    after = f"after {laps} {'lap' if laps == 1 else 'laps'}"
    team = escaped(facts["team"])
    return f"{team}. {start}, {end}; {abs(gap):.3f} s {side} {escaped(facts['reference_name'])} {after}."


def _tyres(weekend: Weekend, driver: str) -> str:
    """Stints as letter and laps: M 31 · H 23."""
    laps = weekend.race.laps
    own = laps[laps["driver"] == driver].sort_values("lap")
    runs = itertools.groupby(zip(own["stint"], own["compound"], strict=True))
    return " · ".join(
        f"{'?' if compound == 'UNKNOWN' else str(compound)[0]} {len(list(run))}"
        for (_, compound), run in runs
    )


def _largest(categories: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """The cause that cost most, or when none cost anything the one that gave most."""
    cost = max(categories.values(), key=lambda category: category["seconds"])
    name = "Cost most" if cost["seconds"] > 0 else "Gave most"
    shown = cost if cost["seconds"] > 0 else min(categories.values(), key=lambda c: c["seconds"])
    return name, f"{escaped(shown['label'])} {signed(shown['seconds'], 1)} s"


# ---------------------------------------------------------------------------------------------
# category table


def _scale(categories: Iterable[Mapping[str, Any]]) -> tuple[float, float]:
    """The seconds at both ends of the bars."""
    ends = [category[key] for category in categories for key in ("seconds", "low_s", "high_s")]
    low, high = min(0.0, *ends), max(0.0, *ends)
    return low, high if high > low else low + 1.0


def _pit_parts(split: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The crew's and the lane's part of pit execution; nothing where they are not told apart."""
    named = {"crew": "Crew", "lane": "Rest of the lane"}
    if not split["stops"]:
        return []
    return [{**split[part], "label": label} for part, label in named.items() if split[part]]


def _category_rows(
    name: str,
    category: Mapping[str, Any],
    parts: Sequence[Mapping[str, Any]],
    scale: tuple[float, float],
) -> str:
    share, places = category.get("share"), category.get("positions")
    row = (
        f'<tr class="cause" data-category="{escaped(name)}">'
        f'<th scope="row">{escaped(category["label"])}</th>'
        f'<td class="n">{signed(category["seconds"], 3)}</td>'
        f'<td class="bar">{_bar(category, scale)}</td>'
        f'<td class="n">{signed(category["low_s"], 1)} to {signed(category["high_s"], 1)}</td>'
        f'<td class="n">{"" if share is None else signed(100 * share, 0) + " %"}</td>'
        f'<td class="n">{signed_or_blank(places, 0) if places else ""}</td></tr>'
    )
    row += "".join(
        f'<tr class="part"><th scope="row">{escaped(part["label"])}</th>'
        f'<td class="n">{signed(part["seconds"], 3)}</td>'
        f'<td class="bar">{_bar(part, scale)}</td>'
        f'<td class="n">{signed(part["low_s"], 1)} to {signed(part["high_s"], 1)}</td>'
        '<td colspan="2"></td></tr>'
        for part in parts
    )
    evidence = "".join(_evidence(item) for item in category.get("evidence", ()))
    if evidence:
        row += f'<tr class="evidence"><td colspan="6"><ul>{evidence}</ul></td></tr>'
    return f"<tbody>{row}</tbody>"


def _bar(category: Mapping[str, Any], scale: tuple[float, float]) -> str:
    low, high = scale

    def x(seconds: float) -> float:
        return BAR_WIDTH * (seconds - low) / (high - low)

    seconds = category["seconds"]
    left, width = x(min(0.0, seconds)), abs(x(seconds) - x(0.0))
    middle = BAR_HEIGHT / 2
    side = "lost" if seconds >= 0 else "gained"
    return (
        f'<svg viewBox="-2 0 {BAR_WIDTH + 4:.0f} {BAR_HEIGHT:.0f}" aria-hidden="true">'
        f'<rect class="{side}" x="{left:.2f}" y="3" width="{width:.2f}" height="12"/>'
        f'<path class="zero" d="M{x(0.0):.2f} 0V{BAR_HEIGHT}"/>'
        f'<path class="whisker" d="M{x(category["low_s"]):.2f} {middle}H{x(category["high_s"]):.2f}'
        f'M{x(category["low_s"]):.2f} 6V12M{x(category["high_s"]):.2f} 6V12"/></svg>'
    )


def _evidence(item: Mapping[str, Any]) -> str:
    told = re.search(r"\blaps? \d", item["text"])  # the sentence names its laps itself
    laps = "" if told else _lap_runs(item.get("laps") or ())
    where = f' <span class="where">{laps}</span>' if laps else ""
    seconds = item.get("seconds", math.nan)
    counts = is_number(seconds) and abs(seconds) >= SMALLEST_S
    much = f' <span class="much">{signed(seconds, 2)} s</span>' if counts else ""
    return f"<li>{escaped(item['text'])}{where}{much}</li>"


def _lap_runs(laps: Sequence[int]) -> str:
    """Laps as runs: lap 4, laps 4–9 and 12."""
    ordered = sorted(set(laps))
    runs: list[list[int]] = []
    for lap in ordered:
        if runs and lap == runs[-1][-1] + 1:
            runs[-1].append(lap)
        else:
            runs.append([lap])
    parts = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    if not parts:
        return ""
    joined = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{'lap' if len(ordered) == 1 else 'laps'} {joined}"


# ---------------------------------------------------------------------------------------------
# notes


def _issue(issue: Mapping[str, Any]) -> str:
    what = str(issue["kind"]).replace("_", " ").capitalize()
    return (
        f"<td>{escaped(what)}</td><td>{escaped(issue['where'])}</td>{number_cell(issue['count'])}"
        f"<td>{escaped(issue['action'])}</td>"
    )
