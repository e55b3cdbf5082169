"""``f1lab cache``: what is stored, loading ahead, deleting."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from f1lab.cli.shared import (
    USAGE_ERROR,
    FastF1Cache,
    JsonFlag,
    Offline,
    fail,
    megabytes,
    plain_table,
)

app = typer.Typer(help="Look after the cache of loaded weekends.")


@app.command("stats")
def cache_stats(as_json: JsonFlag = False) -> None:
    """Say where the cache is and what it holds."""
    from f1lab.data import cache

    found = cache.stats()
    if as_json:
        print(json.dumps(found.to_dict(), indent=2))
        return
    table = plain_table("tier", "entries", "size")
    for name, tier in found.tiers.items():
        table.add_row(name, str(tier.entries), megabytes(tier.size_bytes))
    table.add_row("all", str(found.entries), megabytes(found.size_bytes), style="bold")
    print(found.folder)
    Console().print(table)


@app.command("warm")
def cache_warm(
    year: Annotated[int, typer.Argument(help="Season, such as 2023.", metavar="YEAR")],
    events: Annotated[list[str], typer.Argument(help="Names or rounds.", metavar="EVENT…")],
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
) -> None:
    """Load weekends so that they are there later, without a network too."""
    from f1lab.data import cache

    folder = None if fastf1_cache is None else str(fastf1_cache)
    done = cache.warm(
        [(year, event) for event in events],
        offline=True if offline else None,
        fastf1_cache=folder,
    )
    failed = {weekend: outcome for weekend, outcome in done.items() if outcome != "loaded"}
    for weekend in done.keys() - failed.keys():
        print(f"{weekend}: loaded")
    for weekend, reason in failed.items():
        fail(f"{weekend}: {reason}")
    if failed:
        raise typer.Exit(USAGE_ERROR)


@app.command("clear")
def cache_clear(
    tier: Annotated[
        str | None, typer.Option(help="Only this tier; all of them when left out.")
    ] = None,
) -> None:
    """Delete what f1lab stored. FastF1's own cache is never touched."""
    from f1lab.data import cache

    print(f"{cache.clear(tier)} entries deleted")


@app.command("invalidate")
def cache_invalidate(
    pattern: Annotated[str, typer.Argument(help="Such as '*/2023/Monaco*'.", metavar="PATTERN")],
) -> None:
    """Delete the entries whose key matches a pattern."""
    from f1lab.data import cache

    print(f"{cache.invalidate(pattern)} entries deleted")
