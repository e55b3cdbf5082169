"""``f1lab report``: self-contained HTML and PDF."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
    from collections.abc import Sequence

    from f1lab.data.schema import Weekend
    from f1lab.reporting import AutopsyParameters, ReportJob

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
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
    source: SourceOption = None,
    recording: Recording = None,
) -> None:
    """Write the autopsy of one driver, of several, or of all of them."""
    if drivers is None:
        asked = parameters(year, event, driver, reference, source, offline, fastf1_cache, recording)
        codes = [asked.driver]
    else:
        codes = [code.strip().upper() for code in drivers.split(",") if code.strip()]
        first = codes[0] if codes else None
        asked = parameters(year, event, first, reference, source, offline, fastf1_cache, recording)
    _write_autopsies(asked, codes, formats, output, jobs)


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
    from f1lab.reporting.run import check_formats

    wanted = check_formats(formats.split(","))
    weekend = asked.load()
    plan = [_job(asked, code, weekend, wanted, output) for code in _field(weekend, codes)]
    result = run_batch(plan, jobs, progress=len(plan) > 1)
    for report in result.reports:
        for file in report.files:
            print(file)
    for label, reason in result.failures.items():
        fail(f"{label}: {reason}" if len(plan) > 1 else reason)
    if result.failures:
        raise typer.Exit(USAGE_ERROR)


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

    name = re.sub(r"[^a-z0-9]+", "-", weekend.event.lower()).strip("-")
    versus = "" if asked.reference == "winner" else f"-vs-{asked.reference}"
    return ReportJob(
        label=code,
        name="autopsy",
        parameters=replace(asked, driver=code).to_dict(),
        output=output,
        formats=formats,
        stem=f"autopsy-{weekend.year}-{name}-{code}{versus}",
    )
