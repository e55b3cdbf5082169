"""``f1lab autopsy``: a table, a verdict and notes on the data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from f1lab.cli.shared import (
    Driver,
    FastF1Cache,
    JsonFlag,
    Offline,
    OptionalEvent,
    Recording,
    Reference,
    SourceOption,
    Year,
    parameters,
    plain_table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

BAR_CELLS = 16


def autopsy(
    year: Year,
    event: OptionalEvent = None,
    driver: Driver = None,
    reference: Reference = "winner",
    as_json: JsonFlag = False,
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
    source: SourceOption = None,
    recording: Recording = None,
) -> None:
    """Say what cost a driver the race.

    [dim]f1lab autopsy 2023 Monaco HAM[/dim] or, with nothing but the package,
    [dim]f1lab autopsy demo DRIVER[/dim].
    """
    asked = parameters(year, event, driver, reference, source, offline, fastf1_cache, recording)
    result = asked.autopsy(asked.load()).to_dict()
    if as_json:
        print(json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _show_autopsy(result)


def _show_autopsy(result: Mapping[str, Any]) -> None:
    console = Console()
    console.print(_autopsy_title(result))
    console.print(_autopsy_table(result))
    console.print(Text(result["verdict"]))
    if result["quality"]:
        console.print(Text("\nNotes on the data", style="bold"))
        for issue in result["quality"]:
            console.print(
                Text(f"  {issue['where']}: {issue['kind']} ({issue['count']}), {issue['action']}")
            )


def _autopsy_title(result: Mapping[str, Any]) -> Text:
    title = Text(f"{result['year']} {result['event']}\n", style="bold")
    title.append(f"{result['driver_name']} against {result['reference_name']}: ")
    title.append(f"{result['gap_s']:+.3f} s", style="bold")
    title.append(f" after {result['laps_compared']} laps ({_outcome(result)})\n")
    return title


def _outcome(result: Mapping[str, Any]) -> str:
    grid = "?" if result["grid"] is None else f"P{result['grid']:.0f}"
    finish = result["finish"]
    end = f"P{finish:.0f}" if result["classified"] and finish is not None else result["status"]
    return f"{grid} to {end}"


def _autopsy_table(result: Mapping[str, Any]) -> Table:
    table = plain_table("cause", "seconds", "90 % interval", "share", "places")
    table.columns[3].justify = "left"
    for category in result["categories"].values():
        table.add_row(
            category["label"],
            f"{category['seconds']:+.3f}",
            f"{category['low_s']:+.1f} to {category['high_s']:+.1f}",
            _share_bar(category["share"]),
            f"{category['positions']:+d}" if category["positions"] else "",
        )
    rest = result["unexplained"]
    interval = f"{rest['low_s']:+.1f} to {rest['high_s']:+.1f}"
    table.add_row("Unexplained", f"{result['unexplained_s']:+.3f}", interval, style="dim")
    table.add_row("Gap", f"{result['gap_s']:+.3f}", style="bold")
    table.add_section()
    return table


def _share_bar(share: float) -> Text:
    """A bar of the absolute share, with the signed percentage beside it."""
    cells = round(abs(share) * BAR_CELLS)
    colour = "dark_orange3" if share >= 0 else "dodger_blue2"
    bar = Text("█" * cells + "·" * (BAR_CELLS - cells), style=colour)
    return bar.append(f" {share:+4.0%}", style="default")
