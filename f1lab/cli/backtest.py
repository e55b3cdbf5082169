"""``f1lab backtest``: how good the forecasts are on races the fit has not seen."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from f1lab.cli.shared import FastF1Cache, JsonFlag, progress_line

if TYPE_CHECKING:
    from f1lab.backtest.parameters import BacktestParameters


class Protocol(StrEnum):
    """What a forecast may know."""

    pre_race = "pre-race"
    hindsight = "hindsight"


Tidy = Annotated[
    Path | None,
    typer.Option(
        "--tidy",
        help="An archive of parquet files.",
        metavar="DIR",
        exists=True,
        file_okay=False,
    ),
]


def backtest(
    train: Annotated[
        str, typer.Option("--train", help="Seasons to learn from.", metavar="YEARS")
    ] = "2018-2021",
    test: Annotated[
        str, typer.Option("--test", help="Seasons to forecast.", metavar="YEARS")
    ] = "2023",
    fastf1_cache: FastF1Cache = None,
    tidy: Tidy = None,
    protocol: Annotated[
        Protocol, typer.Option("--protocol", help="What was known.")
    ] = Protocol.pre_race,
    races: Annotated[
        int, typer.Option("--races", "-n", help="Simulated races for each.", metavar="N", min=1)
    ] = 2000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0)] = 0,
    as_json: JsonFlag = False,
    results: Annotated[
        Path | None,
        typer.Option(
            "--results",
            help="Show these results, run nothing.",
            metavar="FILE",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Write the report here as well.", metavar="DIR"),
    ] = None,
) -> None:
    """Forecast races the fit has not seen, and say how good the forecasts are.

    [dim]f1lab backtest --train 2018-2021 --test 2023 --tidy DIR[/dim]
    """
    from f1lab.backtest.parameters import check_backtest_parameters
    from f1lab.export import show

    asked = check_backtest_parameters(
        train=train,
        test=test,
        protocol=protocol.value,
        n=races,
        seed=seed,
        tidy=None if tidy is None else str(tidy),
        fastf1_cache=None if fastf1_cache is None else str(fastf1_cache),
        results=None if results is None else str(results),
    )
    with progress_line() as tell:
        found = asked.run(tell)
    text = json.dumps(found.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)
    if as_json:
        print(text)
    else:
        show(found)
    if report is not None:
        _write_backtest(asked, text, report)


def _write_backtest(asked: BacktestParameters, text: str, folder: Path) -> None:
    """Write the results and the report made of them; the notebook runs nothing anew."""
    from dataclasses import replace

    from f1lab.reporting import run_report

    folder.mkdir(parents=True, exist_ok=True)
    stem = f"backtest-{asked.test}-{asked.protocol}"
    results = (folder / f"{stem}.json").resolve()
    results.write_text(text + "\n", encoding="utf-8")
    given = replace(asked, results=str(results)).to_dict()
    for file in run_report("backtest", given, folder, ("html",), stem).files:
        print(file, file=sys.stderr)
