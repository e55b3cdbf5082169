"""The blocks of a season's blame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from f1lab import __version__
from f1lab.autopsy.season import SEASON_CATEGORIES
from f1lab.reporting.page_parts import (
    Block,
    escaped,
    figure_list,
    head_row,
    number_cell,
    refusal_table,
    signed,
)

if TYPE_CHECKING:
    from f1lab.autopsy.season import SeasonBlame
    from f1lab.calc.estimate import Estimate

__all__ = ["colophon", "driver_table", "headline", "race_table", "refused"]


def headline(season: SeasonBlame) -> Block:
    """Title and key figures of a season."""
    ends = int(season.frame["to_the_end"].sum())
    most = max(season.total.items(), key=lambda item: item[1]["gap"].value, default=None)
    figures = [
        ("Races", str(len(season.races))),
        ("Drivers", str(len(season.drivers))),
        ("Drives to the end", str(ends)),
        ("Cut short", str(len(season.frame) - ends)),
    ]
    if most is not None:
        seconds = signed(most[1]["gap"].value, 0)
        figures.append(("Lost most in all", f"{escaped(most[0])} {seconds} s"))
    years = escaped(", ".join(map(str, season.seasons)))
    return Block(
        f'<header class="headline"><p class="eyebrow">Season blame · {years}</p>'
        "<h1>What cost whom the time</h1>"
        f'<p class="subtitle">{escaped(season.title)}. Positive seconds were lost, negative ones gained.</p>'
        f"{figure_list(figures)}</header>"
    )


def driver_table(season: SeasonBlame, *, total: bool = False) -> Block:
    """Every driver's seconds by cause, medians or sums, with their 90 % intervals below.

    Sums are told in whole seconds: with tenths the last column would not fit the page.
    """
    digits = 0 if total else 1
    estimates = season.total if total else season.per_race
    ends = season.frame.groupby("driver")["to_the_end"].sum()
    rows = "".join(
        f'<tr><th scope="row">{escaped(code)}</th>{number_cell(int(ends[code]))}'
        f"{number_cell(signed(own['gap'].value, digits))}"
        + "".join(_cell(own[name], digits) for name in SEASON_CATEGORIES)
        + "</tr>"
        for code, own in estimates.items()
    )
    heads = (f"n:{label}" for label in SEASON_CATEGORIES.values())
    head = head_row("Driver", "n:Races", "n:Gap [s]", *heads)
    return Block(f'<table class="season">{head}<tbody>{rows}</tbody></table>')


def race_table(season: SeasonBlame) -> Block:
    """Every driver of every race, in seconds; a race cut short in italics."""
    heads = (f"n:{label}" for label in SEASON_CATEGORIES.values())
    head = head_row("Driver", "n:Laps", "n:Gap [s]", *heads)
    bodies = "".join(
        f'<tbody><tr class="race"><th colspan="{3 + len(SEASON_CATEGORIES)}" scope="rowgroup">'
        f"{escaped(race)}</th></tr>{''.join(_race_row(row) for row in own.to_dict('records'))}"
        "</tbody>"
        for race, own in season.frame.groupby("race", sort=False)
    )
    return Block(f'<table class="season races">{head}{bodies}</table>')


def refused(season: SeasonBlame) -> Block:
    """Races and drivers that are left out, and why."""
    return refusal_table(season.refusals, "No race and no driver had to be left out.")


def colophon(season: SeasonBlame) -> Block:
    """What made the page."""
    sources = escaped(", ".join(season.sources))
    return Block(
        f'<p class="colophon">Made with f1lab {escaped(__version__)} from {sources} timing.</p>'
    )


def _cell(found: Estimate, digits: int) -> str:
    ends = f"{signed(found.low, digits)} to {signed(found.high, digits)}"
    return f'<td class="n">{signed(found.value, digits)}<br><small>{ends}</small></td>'


def _race_row(row: dict[Any, Any]) -> str:
    quiet = "" if row["to_the_end"] else ' class="slow"'
    seconds = "".join(number_cell(signed(row[f"{name}_s"], 1)) for name in SEASON_CATEGORIES)
    return (
        f'<tr{quiet}><th scope="row">{escaped(row["driver"])}</th>'
        f"{number_cell(row['laps_compared'])}{number_cell(signed(row['gap_s'], 1))}{seconds}</tr>"
    )
