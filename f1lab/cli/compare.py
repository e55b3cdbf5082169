"""``f1lab compare`` and ``f1lab analyze``: one against another, and what to read first."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from f1lab.cli.shared import (
    FastF1Cache,
    Offline,
    OptionalEvent,
    Recording,
    Source,
    SourceOption,
    Year,
    load_weekend,
)
from f1lab.errors import InvalidInput, NoData, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from f1lab.compare._result import Answer
    from f1lab.data.schema import Session, Weekend

#: Folder of the files when none is named.
OUTPUT = Path("out")


class What(StrEnum):
    """What is compared."""

    drivers = "drivers"
    cars = "cars"
    teams = "teams"


class SessionKind(StrEnum):
    """Which session is looked at."""

    race = "R"
    qualifying = "Q"


Names = Annotated[
    list[str] | None,
    typer.Argument(help="Two drivers, or two teams.", metavar="ONE OTHER", show_default=False),
]
SessionOption = Annotated[
    SessionKind | None,
    typer.Option("--session", help="R (race) or Q (qualifying).", case_sensitive=False),
]
ExportFormats = Annotated[
    str, typer.Option("--to", help="Any of text,json,csv,html.", metavar="FORMATS")
]
ExportFolder = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Folder for the files; text goes there too.", metavar="DIR"
    ),
]


def compare(
    year: Year,
    event: OptionalEvent = None,
    names: Names = None,
    what: Annotated[
        What, typer.Option("--what", help="Drivers and teams by laps, cars by telemetry.")
    ] = What.drivers,
    session: SessionOption = None,
    formats: ExportFormats = "text",
    output: ExportFolder = None,
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
    source: SourceOption = None,
    recording: Recording = None,
) -> None:
    """Compare two drivers, their cars, or two teams, and say why one was quicker.

    [dim]f1lab compare 2025 China NOR PIA --to text,html[/dim] or, with nothing but the package,
    [dim]f1lab compare demo UUR WEX[/dim].
    """
    from f1lab import compare as comparisons
    from f1lab.export import check_formats

    wanted = check_formats(formats)
    event, words = _event_and_names(year, event, names, source)
    if len(words) != 2:  # noqa: PLR2004  (one and the other)
        raise InvalidInput(
            f"two names are compared, {len(words)} given: f1lab compare 2025 China NOR PIA, "
            "or f1lab compare demo UUR WEX."
        )
    if session is not None and what is not What.cars:
        raise InvalidInput(
            "--session chooses the car data of --what cars; drivers and teams are compared over "
            "the whole weekend."
        )
    ask = partial(load_weekend, year, event, source, offline, fastf1_cache, recording)
    one, other = words
    if what is What.cars:
        given, kind = _with_car_data(ask, session, (year, event, offline, fastf1_cache))
        answer: Answer = comparisons.cars(given, one, other, session=kind)
    elif what is What.teams:
        answer = comparisons.teams(ask(), one, other)
    else:
        answer = comparisons.drivers(ask(), one, other)
    _give(answer, wanted, output)


def analyze(
    year: Year,
    event: OptionalEvent = None,
    driver: Annotated[
        str | None, typer.Option("--driver", help="One driver's race.", metavar="CODE")
    ] = None,
    car: Annotated[
        str | None, typer.Option("--car", help="One driver's car.", metavar="CODE")
    ] = None,
    session: SessionOption = None,
    formats: ExportFormats = "text",
    output: ExportFolder = None,
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
    source: SourceOption = None,
    recording: Recording = None,
) -> None:
    """Say what an engineer reads first after a session, of all cars or of one.

    [dim]f1lab analyze 2023 Monza[/dim], [dim]f1lab analyze 2023 Monza --driver SAI[/dim] or,
    with nothing but the package, [dim]f1lab analyze demo[/dim].
    """
    from f1lab import analyze as analyses
    from f1lab.export import check_formats

    wanted = check_formats(formats)
    if driver is not None and car is not None:
        raise InvalidInput("--driver and --car are two questions: ask one of them.")
    if driver is not None and session is SessionKind.qualifying:
        raise InvalidInput("a driver is judged on the race: leave --session out.")
    word = _event_and_names(year, event, None, source)[1]
    if word:
        raise InvalidInput(
            f"the demo is one weekend, without events to choose from, so {word[0]!r} means nothing "
            f"here; for one driver write f1lab analyze demo --driver {word[0]}."
        )
    ask = partial(load_weekend, year, event, source, offline, fastf1_cache, recording)
    if driver is not None:
        answer: Answer = analyses.driver(ask(), driver)
    elif car is not None:
        given, kind = _with_car_data(ask, session, (year, event, offline, fastf1_cache))
        answer = analyses.car(given, car, session=kind)
    else:
        answer = analyses.session(ask(), session="R" if session is None else session.value)
    _give(answer, wanted, output)


def _with_car_data(
    ask: Callable[[], Weekend],
    session: SessionKind | None,
    named: tuple[str, str | None, bool, Path | None],
) -> tuple[Weekend | Session, str | None]:
    """The weekend; or the one session asked for, where its race is not to be had."""
    from f1lab.data.source import load_session

    if session is None:
        return ask(), None
    try:
        return ask(), session.value
    except (NoData, SourceError):
        year, event, offline, fastf1_cache = named
        if session is SessionKind.race or event is None:
            raise
        never = True if offline else None
        found = load_session(
            int(year), event, session.value, offline=never, fastf1_cache=fastf1_cache
        )
        return found, None


def _event_and_names(
    year: str, event: str | None, names: list[str] | None, source: Source | None
) -> tuple[str | None, list[str]]:
    """The demo has no event: what stands in its place is the first name."""
    words = list(names or [])
    if year == Source.demo and event is not None:
        return None, [event, *words]
    if source is Source.demo:
        return None, [word for word in (year, event, *words) if word and word != Source.demo]
    return event, words


def _give(answer: Answer, formats: tuple[str, ...], folder: Path | None) -> None:
    """Print the text, write the rest and name the files; everything is a file in a folder named."""
    from f1lab.export import save, show

    files = [name for name in formats if name != "text" or folder is not None]
    if "text" in formats and folder is None:
        show(answer)
    if files:
        for path in save(answer, OUTPUT if folder is None else folder, files):
            print(path)
