"""What the commands share: how they name things, load a weekend, fail, and draw a table."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from f1lab.data.schema import Weekend
    from f1lab.reporting import AutopsyParameters

USAGE_ERROR = 2
#: Whose race the demo report tells.
DEMO_DRIVER = "UUR"


class Source(StrEnum):
    """Where a weekend comes from."""

    auto = "auto"
    demo = "demo"
    fastf1 = "fastf1"
    livetiming = "livetiming"
    openf1 = "openf1"


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
    Source | None,
    typer.Option(
        "--source", help="Where the weekend comes from; auto asks the cache, FastF1, OpenF1."
    ),
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


def fail(sentence: str) -> int:
    """Print a sentence on standard error; the exit status of a wrong use."""
    print("f1lab:", " ".join(sentence.split()), file=sys.stderr)
    return USAGE_ERROR


def parameters(
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


def load_weekend(
    year: str,
    event: str | None,
    source: Source | None,
    offline: bool,  # noqa: FBT001
    fastf1_cache: Path | None,
    recording: Path | None = None,
) -> Weekend:
    """Load the weekend that was named; the word ``demo`` stands for the demo weekend."""
    from f1lab.data.source import load, load_demo

    if Source.demo in (year, source):
        return load_demo()
    if not re.fullmatch(r"\d{4}", year):
        raise InvalidInput(f"year must be a season such as 2023, or the word demo; not {year!r}.")
    if event is None or not event.strip():
        raise InvalidInput("EVENT is missing: name one, such as Monaco, or give its round.")
    return load(
        int(year),
        event,
        source=None if source is None else source.value,
        offline=True if offline else None,
        fastf1_cache=fastf1_cache,
        recording=recording,
    )


def megabytes(size_bytes: int) -> str:
    """A size as people read it."""
    return f"{size_bytes / 1e6:.1f} MB"


def plain_table(*columns: str, numbers: bool = True) -> Table:
    """A table without lines; all but the first column hold numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if numbers and place else "left")
    return table


@contextmanager
def progress_line() -> Iterator[Callable[[str, int, int], None]]:
    """A line on standard error that says what is being done, gone when it is."""
    with Console(stderr=True).status("") as status:
        yield lambda text, done, total: status.update(f"{text} ({done + 1} of {total})")
