"""The ``f1lab`` command.

Every error f1lab raises on purpose ends as one line on standard error and exit status 2; an
interrupt ends with 130, a closed pipe quietly. Heavy libraries are imported by the command
that needs them, so that ``f1lab --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from f1lab.cli import (
    autopsy,
    backtest,
    batch,
    cache,
    compare,
    dashboards,
    doctor,
    league,
    live,
    report,
    serve,
    strategy,
)
from f1lab.cli.shared import DEMO_DRIVER, fail
from f1lab.errors import F1LabError

__all__ = ["DEMO_DRIVER", "app", "main"]

INTERRUPTED = 130
#: The matrices here are small: threads would cost many times what they gain. Read by numpy when
#: it is imported, inherited by the processes that write reports.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")

app = typer.Typer(
    help="What cost a Formula 1 driver the race, and what would have happened if.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(autopsy.autopsy)
app.command()(strategy.strategy)
app.command()(live.live)
app.command()(compare.compare)
app.command()(compare.analyze)
app.command()(backtest.backtest)
app.add_typer(report.app, name="report")
app.add_typer(batch.app, name="batch")
app.add_typer(league.app, name="league")
app.command()(league.optimal)
app.command()(dashboards.dashboards)
app.command(hidden=True)(dashboards.door)
app.command()(serve.serve)
app.command()(serve.token)
app.add_typer(cache.app, name="cache")
app.command()(doctor.doctor)


def main() -> None:
    """Run the command line and exit with its status."""
    for name in BLAS_THREADS:
        os.environ.setdefault(name, "1")
    try:
        status = app(prog_name="f1lab", standalone_mode=False)
    except F1LabError as error:
        status = fail(str(error))
    except TyperException as error:
        status = fail(_usage_sentence(error))
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough. Keep the interpreter from flushing into the void.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        status = fail(_system_sentence(error))
    sys.exit(status)


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
