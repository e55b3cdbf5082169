"""The ``f1lab`` command.

Every error f1lab raises on purpose ends as one line on standard error and exit status 2; an
interrupt ends with 130, a closed pipe quietly. Heavy libraries are imported by the command
that needs them, so that ``f1lab --help`` answers at once.
"""

from __future__ import annotations

import json
import os
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.exceptions import TyperException

from f1lab.errors import F1LabError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from f1lab.data.doctor import DoctorReport
    from f1lab.data.schema import Weekend
    from f1lab.reporting import AutopsyParameters, ReportJob

__all__ = ["app", "main"]

USAGE_ERROR = 2
INTERRUPTED = 130
BAR_CELLS = 16
#: The matrices here are small: threads would cost many times what they gain. Read by numpy when
#: it is imported, inherited by the processes that write reports.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
#: Whose race the demo report tells.
DEMO_DRIVER = "UUR"

app = typer.Typer(
    help="What cost a Formula 1 driver the race.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
report_app = typer.Typer(help="Write reports as HTML or PDF.")
cache_app = typer.Typer(help="Look after the cache of loaded weekends.")
app.add_typer(report_app, name="report")
app.add_typer(cache_app, name="cache")


class Source(StrEnum):
    """Where a weekend comes from."""

    demo = "demo"
    fastf1 = "fastf1"
    livetiming = "livetiming"


Year = Annotated[
    str, typer.Argument(help="Season, such as 2023, or the word demo.", metavar="YEAR")
]
OptionalEvent = Annotated[
    str | None, typer.Argument(help="Event by name or round; DRIVER after demo.", metavar="EVENT")
]
Driver = Annotated[
    str | None, typer.Argument(help="Three-letter code, such as HAM.", metavar="DRIVER")
]
Reference = Annotated[
    str,
    typer.Option(
        "--reference", "-r", help="winner, teammate, ideal, or a driver's code.", metavar="WHO"
    ),
]
SourceOption = Annotated[
    Source | None, typer.Option("--source", help="Where the weekend comes from.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never touch the network.")]
FastF1Cache = Annotated[
    Path | None,
    typer.Option(
        "--fastf1-cache",
        help="An existing FastF1 cache folder.",
        metavar="DIR",
        exists=True,
        file_okay=False,
    ),
]
Recording = Annotated[
    Path | None,
    typer.Option(
        "--recording", help="A live-timing recording.", metavar="FILE", exists=True, dir_okay=False
    ),
]
Formats = Annotated[str, typer.Option("--to", help="html, pdf, or html,pdf.", metavar="FORMATS")]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.", metavar="DIR")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", help="Reports at a time.", metavar="N", min=1)]


def main() -> None:
    """Run the command line and exit with its status."""
    for name in BLAS_THREADS:
        os.environ.setdefault(name, "1")
    try:
        status = app(prog_name="f1lab", standalone_mode=False)
    except F1LabError as error:
        status = _fail(str(error))
    except TyperException as error:
        status = _fail(_usage_sentence(error))
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough. Keep the interpreter from flushing into the void.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        status = _fail(_system_sentence(error))
    sys.exit(status)


def _fail(sentence: str) -> int:
    print("f1lab:", " ".join(sentence.split()), file=sys.stderr)
    return USAGE_ERROR


def _usage_sentence(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "f1lab"
    return f"{error.format_message().rstrip('.')}. See {command} --help."


def _system_sentence(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return f"the system refused: {error.strerror or error}{where}."


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        from f1lab import __version__

        print(f"f1lab {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


# ---------------------------------------------------------------------------------------------
# autopsy


@app.command()
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
    parameters = _parameters(
        year, event, driver, reference, source, offline, fastf1_cache, recording
    )
    result = parameters.autopsy(parameters.load()).to_dict()
    if as_json:
        print(json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _show_autopsy(result)


def _parameters(
    year: str,
    event: str | None,
    driver: str | None,
    reference: str,
    source: Source | None,
    offline: bool,  # noqa: FBT001
    fastf1_cache: Path | None,
    recording: Path | None = None,
) -> AutopsyParameters:
    """Typed parameters; ``demo DRIVER`` stands for the demo weekend."""
    from f1lab.reporting.parameters import DEMO, check_autopsy_parameters

    source_given = source.value if source else None
    if DEMO in (year, source_given):
        named = [word for word in (driver, event, year) if word and word != DEMO]
        source_given, driver, event = DEMO, named[0] if named else None, None
    if driver is None:
        raise InvalidInput("DRIVER is missing: name one by the three-letter code, such as HAM.")
    return check_autopsy_parameters(
        driver=driver,
        reference=reference,
        year=None if source_given == DEMO else year,
        event=event,
        source=source_given,
        offline=True if offline else None,
        fastf1_cache=None if fastf1_cache is None else str(fastf1_cache),
        recording=None if recording is None else str(recording),
    )


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
    table = _plain_table("cause", "seconds", "90 % interval", "share", "places")
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


# ---------------------------------------------------------------------------------------------
# report


@report_app.command("autopsy")
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
        parameters = _parameters(
            year, event, driver, reference, source, offline, fastf1_cache, recording
        )
        codes = [parameters.driver]
    else:
        codes = [code.strip().upper() for code in drivers.split(",") if code.strip()]
        first = codes[0] if codes else None
        parameters = _parameters(
            year, event, first, reference, source, offline, fastf1_cache, recording
        )
    _write_autopsies(parameters, codes, formats, output, jobs)


@report_app.command("demo")
def report_demo(
    driver: Annotated[str, typer.Argument(metavar="DRIVER")] = DEMO_DRIVER,
    reference: Reference = "winner",
    formats: Formats = "html",
    output: Output = Path("out"),
) -> None:
    """Write the autopsy of the demo weekend; it needs no data and no network."""
    parameters = _parameters("demo", None, driver, reference, None, offline=True, fastf1_cache=None)
    _write_autopsies(parameters, [parameters.driver], formats, output, jobs=1)


def _write_autopsies(
    parameters: AutopsyParameters, codes: Sequence[str], formats: str, output: Path, jobs: int
) -> None:
    """Load the weekend once, then write a report a driver; exit 2 when one failed."""
    from f1lab.reporting import run_batch
    from f1lab.reporting.run import check_formats

    wanted = check_formats(formats.split(","))
    weekend = parameters.load()
    plan = [_job(parameters, code, weekend, wanted, output) for code in _field(weekend, codes)]
    result = run_batch(plan, jobs, progress=len(plan) > 1)
    for report in result.reports:
        for file in report.files:
            print(file)
    for label, reason in result.failures.items():
        _fail(f"{label}: {reason}" if len(plan) > 1 else reason)
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
    parameters: AutopsyParameters,
    code: str,
    weekend: Weekend,
    formats: tuple[str, ...],
    output: Path,
) -> ReportJob:
    from dataclasses import replace

    from f1lab.reporting import ReportJob

    name = re.sub(r"[^a-z0-9]+", "-", weekend.event.lower()).strip("-")
    versus = "" if parameters.reference == "winner" else f"-vs-{parameters.reference}"
    return ReportJob(
        label=code,
        name="autopsy",
        parameters=replace(parameters, driver=code).to_dict(),
        output=output,
        formats=formats,
        stem=f"autopsy-{weekend.year}-{name}-{code}{versus}",
    )


# ---------------------------------------------------------------------------------------------
# cache and doctor


@cache_app.command("stats")
def cache_stats(as_json: JsonFlag = False) -> None:
    """Say where the cache is and what it holds."""
    from f1lab.data import cache

    found = cache.stats()
    if as_json:
        print(json.dumps(found.to_dict(), indent=2))
        return
    table = _plain_table("tier", "entries", "size")
    for name, tier in found.tiers.items():
        table.add_row(name, str(tier.entries), _megabytes(tier.size_bytes))
    table.add_row("all", str(found.entries), _megabytes(found.size_bytes), style="bold")
    print(found.folder)
    Console().print(table)


@cache_app.command("warm")
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
        _fail(f"{weekend}: {reason}")
    if failed:
        raise typer.Exit(USAGE_ERROR)


@cache_app.command("clear")
def cache_clear(
    tier: Annotated[
        str | None, typer.Option(help="Only this tier; all of them when left out.")
    ] = None,
) -> None:
    """Delete what f1lab stored. FastF1's own cache is never touched."""
    from f1lab.data import cache

    print(f"{cache.clear(tier)} entries deleted")


@cache_app.command("invalidate")
def cache_invalidate(
    pattern: Annotated[str, typer.Argument(help="Such as '*/2023/Monaco*'.", metavar="PATTERN")],
) -> None:
    """Delete the entries whose key matches a pattern."""
    from f1lab.data import cache

    print(f"{cache.invalidate(pattern)} entries deleted")


@app.command()
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
    table = _plain_table("", "part", "found", numbers=False)
    for source in found.sources:
        table.add_row(_mark(ok=source.answers), f"source {source.name}", source.detail)
    for folder in found.folders:
        detail = f"{folder.path}: {_megabytes(folder.size_bytes)}"
        table.add_row(_mark(ok=folder.writable), folder.name, detail)
    table.add_row(_mark(ok=browser is not None), "PDF", browser or "no browser to print with")
    console.print(table, highlight=False)
    for missing, what in advice:
        console.print(Text(f"\n{missing}: ", style="bold").append(what, style="not bold"))


def _mark(*, ok: bool) -> Text:
    return Text("✓", style="green") if ok else Text("–", style="yellow")


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"


def _plain_table(*columns: str, numbers: bool = True) -> Table:
    """A table without lines; all but the first column hold numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if numbers and place else "left")
    return table
