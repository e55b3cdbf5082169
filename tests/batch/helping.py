"""What the tests of batches share: small drives, programs of dask, patience."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
#: The winner, one who retired, and one between.
DRIVERS = ("WEX", "UUR", "QFE")


def environment(**more: str) -> dict[str, str]:
    """Of a program that runs the code under test on one thread."""
    one = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return {**os.environ, "PYTHONPATH": str(ROOT), **one, **more}


@contextmanager
def program(log: Path, *args: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of dask, ended when the block is left."""
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "dask", *args],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment(),
            cwd=log.parent,
        )
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait(10)


@contextmanager
def scheduler(folder: Path, running: list[subprocess.Popen[bytes]] | None = None) -> Iterator[str]:
    """Address of a scheduler on a port of its own; its process is put into `running`."""
    told = folder / "scheduler.json"
    quiet = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
    log = folder / "scheduler.log"
    with program(log, "scheduler", *quiet, "--scheduler-file", str(told)) as started:
        if running is not None:
            running.append(started)
        yield json.loads(waited(lambda: told.exists() and told.read_text()))["address"]


def waited(look, seconds: float = 60.0):
    """What `look` finds, once it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found
