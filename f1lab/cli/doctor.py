"""``f1lab doctor``: which sources answer, and what to do about those that don't."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.text import Text

from f1lab.cli.shared import FastF1Cache, JsonFlag, Offline, megabytes, plain_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.data.doctor import DoctorReport


def doctor(
    as_json: JsonFlag = False,
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
) -> None:
    """Say which sources answer, where the cache is, what is missing and what to do."""
    from f1lab.data.doctor import doctor as examine
    from f1lab.reporting.pdf import find_browser

    found = examine(
        offline=True if offline else None,
        fastf1_cache=None if fastf1_cache is None else str(fastf1_cache),
    )
    browser = find_browser()
    advice = [(item.missing, item.do) for item in found.advice]
    if browser is None:
        advice.append(("no Chromium or Chrome, so no PDF", "install one, or ask for --to html"))
    if as_json:
        told = [{"missing": missing, "do": what} for missing, what in advice]
        print(json.dumps({**found.to_dict(), "browser": browser, "advice": told}, indent=2))
    else:
        _show_health(found, browser, advice)
    if not found.healthy:
        raise typer.Exit(1)


def _show_health(
    found: DoctorReport, browser: str | None, advice: Sequence[tuple[str, str]]
) -> None:
    console = Console()
    named = ("f1lab", "python", "fastf1", "numpy", "pandas")
    console.print(", ".join(f"{name} {found.versions[name]}" for name in named), highlight=False)
    table = plain_table("", "part", "found", "needs", numbers=False)
    for source in found.sources:
        table.add_row(
            _mark(ok=source.answers), f"source {source.name}", source.detail, source.needs
        )
    for folder in found.folders:
        detail = f"{folder.path}: {megabytes(folder.size_bytes)}"
        table.add_row(_mark(ok=folder.writable), folder.name, detail)
    table.add_row(_mark(ok=browser is not None), "PDF", browser or "no browser to print with")
    console.print(table, highlight=False)
    console.print(Text("\nA race that is asked for without --source comes from", style="bold"))
    for place, sentence in enumerate(found.auto, start=1):
        console.print(f"{place}. {sentence}", highlight=False, markup=False)
    for missing, what in advice:
        console.print(Text(f"\n{missing}: ", style="bold").append(what, style="not bold"))


def _mark(*, ok: bool) -> Text:
    return Text("✓", style="green") if ok else Text("–", style="yellow")
