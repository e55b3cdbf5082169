"""``f1lab strategy``: a driver's plans, ranked."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from f1lab.cli.shared import (
    Driver,
    FastF1Cache,
    JsonFlag,
    Offline,
    OptionalEvent,
    Recording,
    SourceOption,
    Year,
    parameters,
    progress_line,
)


def strategy(
    year: Year,
    event: OptionalEvent = None,
    driver: Driver = None,
    at_lap: Annotated[
        int,
        typer.Option("--at-lap", help="Last lap known; 0 before the race.", metavar="LAP", min=0),
    ] = 0,
    objective: Annotated[
        str, typer.Option("--objective", help="points, position or time.", metavar="WHAT")
    ] = "points",
    start: Annotated[
        str | None, typer.Option("--start", help="Compound to start on.", metavar="COMPOUND")
    ] = None,
    races: Annotated[
        int, typer.Option("--races", help="Races a plan is compared on.", metavar="N", min=100)
    ] = 800,
    seed: Annotated[int, typer.Option("--seed", help="Another set of races.", min=0)] = 0,
    as_json: JsonFlag = False,
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
    source: SourceOption = None,
    recording: Recording = None,
) -> None:
    """Rank a driver's plans, before the race or from a lap on.

    [dim]f1lab strategy 2023 Monza SAI --at-lap 18[/dim] or, with nothing but the package,
    [dim]f1lab strategy demo DRIVER[/dim].
    """
    from f1lab.engine.history import season_so_far
    from f1lab.export import show
    from f1lab.strategy import optimize

    asked = parameters(year, event, driver, "winner", source, offline, fastf1_cache, recording)
    weekend = asked.load()
    with progress_line() as tell:
        history = season_so_far(weekend, fastf1_cache=asked.fastf1_cache, tell=tell)
    report = optimize(
        weekend,
        asked.driver,
        at_lap,
        objective,
        n=races,
        seed=seed,
        start=None if start is None else start.upper(),
        history=history,
        tables=True,
    )
    if as_json:
        print(json.dumps(report.to_dict(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        show(report)
