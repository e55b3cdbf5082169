"""``f1lab batch``: many races at once, on this machine or on a dask cluster."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from f1lab.cli.progress import time_left
from f1lab.cli.shared import (
    FastF1Cache,
    JsonFlag,
    Offline,
    Reference,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from f1lab.data.schema import Weekend

#: Exit status of a batch that is done, some races being left out.
INCOMPLETE = 3
_TERMINATED = 128 + signal.SIGTERM

app = typer.Typer(help="Many races at once; started again, a batch goes on where it was.")


class Backend(StrEnum):
    """Where the work is done."""

    loky = "loky"
    dask = "dask"


BackendOption = Annotated[
    Backend,
    typer.Option("--backend", help="Processes of this machine, or the workers of a dask cluster."),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler", help="Address of the dask scheduler: tcp://HOST:8786.", metavar="ADDRESS"
    ),
]


@app.callback()
def _batch() -> None:
    """Name the group: Typer would make its only command the group itself."""


@app.command("autopsy")
def batch_autopsy(
    seasons: Annotated[
        str,
        typer.Option("--seasons", help="2023, 2018-2021 or 2021,2023; or demo.", metavar="YEARS"),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to write to.", metavar="DIR")
    ],
    races: Annotated[
        str | None,
        typer.Option("--races", help="Only these: names or rounds, with commas.", metavar="RACES"),
    ] = None,
    drivers: Annotated[
        str | None,
        typer.Option("--drivers", help="Only these codes, with commas: HAM,VER.", metavar="CODES"),
    ] = None,
    reference: Reference = "winner",
    judge_calls: Annotated[
        bool,
        typer.Option(
            "--judge-calls/--no-judge-calls",
            help="Judge the pit walls' calls too; a second a driver more.",
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", help="Races at a time.", metavar="N", min=1)
    ] = 1,
    backend: BackendOption = Backend.loky,
    scheduler: Scheduler = None,
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
    as_json: JsonFlag = False,
) -> None:
    """Take every driver of every race of some seasons apart, and write Parquet and a summary.

    [dim]f1lab batch autopsy --seasons 2021,2023 --output out/ --jobs 2[/dim]

    Exit status: 0 every race is in the tables; 3 done, but some races are left out, each named
    with its reason; 2 nothing was done, the reason is said; 130 or 143 broken off, start the same
    command again to go on.
    """
    import json

    from f1lab.batch import autopsies
    from f1lab.export import show

    signal.signal(signal.SIGTERM, _terminated)
    with _broken_off_said(), time_left() as progress:
        found = autopsies(
            _seasons(seasons),
            output,
            races=_parted(races),
            drivers=_parted(drivers),
            reference=reference,
            judge_calls=judge_calls,
            jobs=jobs,
            backend=backend.value,
            scheduler=scheduler,
            offline=True if offline else None,
            fastf1_cache=fastf1_cache,
            progress=progress,
        )
    if as_json:
        print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        show(found)
    if not found.complete:
        raise typer.Exit(INCOMPLETE)


def _seasons(text: str) -> str | list[Weekend]:
    """Seasons as they are written; the demo is a season of one race."""
    from f1lab.data.source import load_demo

    return [load_demo()] if text.strip() == "demo" else text


def _parted(text: str | None) -> list[str] | None:
    """``Monaco, 7`` as a list."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


@contextmanager
def _broken_off_said() -> Iterator[None]:
    """Say how to go on when the batch is broken off."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        print(
            "f1lab: broken off; finished races are kept, and the same command goes on with the rest.",
            file=sys.stderr,
        )
        raise


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    """Told to end: let go of the folder and the workers, as on Ctrl-C."""
    raise SystemExit(_TERMINATED)
