"""``f1lab autopsy``: what cost a driver the race, as tables and a verdict."""

from __future__ import annotations

import json

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
)


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
    from f1lab.export import show

    asked = parameters(year, event, driver, reference, source, offline, fastf1_cache, recording)
    report = asked.autopsy(asked.load())
    if as_json:
        print(json.dumps(report.to_dict(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        show(report)
