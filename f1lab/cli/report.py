"""``f1lab report``: self-contained HTML and PDF."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from f1lab.cli.batch import Backend, BackendOption, Scheduler
from f1lab.cli.progress import time_left
from f1lab.cli.shared import (
    DEMO_DRIVER,
    USAGE_ERROR,
    Driver,
    FastF1Cache,
    Formats,
    Jobs,
    Offline,
    OptionalEvent,
    Output,
    Recording,
    Reference,
    SourceOption,
    Year,
    fail,
    parameters,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from f1lab.data.schema import Weekend
    from f1lab.reporting import AutopsyParameters, ReportJob

#: A comparison takes so many drivers.
_PAIR = 2

app = typer.Typer(help="Write reports as HTML or PDF.")


@app.command("autopsy")
def report_autopsy(
    year: Year,
    event: OptionalEvent = None,
    driver: Driver = None,
    drivers: Annotated[
        str | None,
        typer.Option("--drivers", help="all, or codes with commas: HAM,VER.", metavar="CODES"),
    ] = None,
    reference: Reference = "winner",
    formats: Formats = "html",
    output: Output = Path("out"),
    jobs: Jobs = 1,
    backend: BackendOption = Backend.loky,
    scheduler: Scheduler = None,
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
    source: SourceOption = None,
    recording: Recording = None,
) -> None:
    """Write the autopsy of one driver, of several, or of all of them.

    A dask cluster needs the cache and the output folder on a disk it shares with this machine.
    """
    from f1lab.batch.backends import workers

    if drivers is None:
        asked = parameters(year, event, driver, reference, source, offline, fastf1_cache, recording)
        codes = [asked.driver]
    else:
        codes = [code.strip().upper() for code in drivers.split(",") if code.strip()]
        first = codes[0] if codes else None
        asked = parameters(year, event, first, reference, source, offline, fastf1_cache, recording)
    with workers(backend.value, jobs, scheduler):
        _write_autopsies(asked, codes, formats, output, jobs)


@app.command("comparison")
def report_comparison(
    year: Year,
    event: OptionalEvent = None,
    first: Annotated[
        str | None, typer.Argument(help="Three-letter code, such as NOR.", metavar="DRIVER")
    ] = None,
    second: Annotated[
        str | None, typer.Argument(help="Whom to compare with.", metavar="DRIVER")
    ] = None,
    formats: Formats = "html",
    output: Output = Path("out"),
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
    source: SourceOption = None,
    recording: Recording = None,
) -> None:
    """Compare two drivers of a weekend: laps, stints, sectors, profiles, telemetry."""
    from f1lab.errors import InvalidInput
    from f1lab.reporting import check_comparison_parameters
    from f1lab.reporting.parameters import DEMO

    given = [word for word in (year, event, first, second) if word]
    demo = DEMO in (year, source.value if source else None)
    codes = [word for word in given if word != DEMO] if demo else given[2:]
    if len(codes) != _PAIR:
        raise InvalidInput(
            "two drivers are compared: name both by the three-letter code, such as "
            "2025 China NOR PIA, or demo UUR WEX."
        )
    asked = check_comparison_parameters(
        first=codes[0],
        second=codes[1],
        year=None if demo else year,
        event=None if demo else event,
        source=DEMO if demo else source.value if source else None,
        offline=True if offline else None,
        fastf1_cache=None if fastf1_cache is None else str(fastf1_cache),
        recording=None if recording is None else str(recording),
    )
    weekend = asked.load()
    _field(weekend, codes := [asked.first, asked.second])
    stem = f"comparison-{weekend.year}-{_slug(weekend.event)}-{'-'.join(codes)}"
    _write_one("driver_comparison", asked.to_dict(), formats, output, stem)


@app.command("season-blame")
def report_season_blame(
    year: Annotated[
        str, typer.Argument(help="Season, such as 2023, or the word demo.", metavar="YEAR")
    ],
    drivers: Annotated[
        str | None,
        typer.Option("--drivers", help="Codes with commas: HAM,VER.", metavar="CODES"),
    ] = None,
    reference: Reference = "winner",
    formats: Formats = "html",
    output: Output = Path("out"),
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", help="Races at a time.", metavar="N", min=1)
    ] = 1,
    backend: BackendOption = Backend.loky,
    scheduler: Scheduler = None,
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
) -> None:
    """Take every race of a season apart: who lost how much to which cause.

    A dask cluster needs the cache on a disk it shares with this machine.
    """
    from f1lab.batch.backends import workers
    from f1lab.reporting import check_season_parameters

    asked = check_season_parameters(
        year=year,
        drivers=drivers,
        reference=reference,
        jobs=jobs,
        offline=True if offline else None,
        fastf1_cache=None if fastf1_cache is None else str(fastf1_cache),
    )
    _formats(formats)
    # every autopsy is then in the cache, and the report quick
    with workers(backend.value, jobs, scheduler), time_left() as progress:
        season = asked.run(progress)
    stem = f"season-blame-{'-'.join(map(str, season.seasons))}-vs-{season.reference}"
    _write_one("season_blame", asked.to_dict(), formats, output, stem)
    for left_out, reason in season.refusals.items():
        print(f"f1lab: left out: {left_out}: {reason}", file=sys.stderr)


@app.command("demo")
def report_demo(
    driver: Annotated[str, typer.Argument(metavar="DRIVER")] = DEMO_DRIVER,
    reference: Reference = "winner",
    formats: Formats = "html",
    output: Output = Path("out"),
) -> None:
    """Write the autopsy of the demo weekend; it needs no data and no network."""
    asked = parameters("demo", None, driver, reference, None, offline=True, fastf1_cache=None)
    _write_autopsies(asked, [asked.driver], formats, output, jobs=1)


def _write_autopsies(
    asked: AutopsyParameters, codes: Sequence[str], formats: str, output: Path, jobs: int
) -> None:
    """Load the weekend once, then write a report a driver; exit 2 when one failed."""
    from f1lab.reporting import run_batch

    wanted = _formats(formats)
    weekend = asked.load()
    plan = [_job(asked, code, weekend, wanted, output) for code in _field(weekend, codes)]
    with time_left() if len(plan) > 1 else nullcontext() as progress:
        result = run_batch(plan, jobs, progress=progress)
    for report in result.reports:
        for file in report.files:
            print(file)
    for label, reason in result.failures.items():
        fail(f"{label}: {reason}" if len(plan) > 1 else reason)
    if result.failures:
        raise typer.Exit(USAGE_ERROR)


def _write_one(
    name: str, asked: Mapping[str, object], formats: str, output: Path, stem: str
) -> None:
    """Write one report and print its files."""
    from f1lab.reporting import run_report

    for file in run_report(name, asked, output, _formats(formats), stem).files:
        print(file)


def _formats(formats: str) -> tuple[str, ...]:
    """``html,pdf`` as formats, looked at before anything is computed."""
    from f1lab.reporting.run import check_formats as checked

    return checked(formats.split(","))


def _slug(event: str) -> str:
    """Name of an event within a file name."""
    return re.sub(r"[^a-z0-9]+", "-", event.lower()).strip("-")


def _field(weekend: Weekend, codes: Sequence[str]) -> list[str]:
    """The drivers asked for, each of them in the race; ALL stands for everybody."""
    from f1lab.errors import UnknownName

    field = [str(code) for code in weekend.race.results["driver"]]
    if "ALL" in codes:
        return field
    for code in codes:
        if code not in field:
            raise UnknownName("driver", code, field)
    return list(dict.fromkeys(codes))


def _job(
    asked: AutopsyParameters,
    code: str,
    weekend: Weekend,
    formats: tuple[str, ...],
    output: Path,
) -> ReportJob:
    from dataclasses import replace

    from f1lab.reporting import ReportJob

    versus = "" if asked.reference == "winner" else f"-vs-{asked.reference}"
    return ReportJob(
        label=code,
        name="autopsy",
        parameters=replace(asked, driver=code).to_dict(),
        output=output,
        formats=formats,
        stem=f"autopsy-{weekend.year}-{_slug(weekend.event)}-{code}{versus}",
    )
