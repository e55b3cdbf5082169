"""The process that writes one report: ``python -m f1lab.api.write_report``.

What to write comes as one line of JSON on standard input; how far it is, and in the end the files
or the reason why there are none, go as lines of JSON to standard output. It ends when whoever
started it is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from f1lab.errors import F1LabError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_EVERY_S = 0.3
_GONE = 1


def main() -> None:
    """Write the report that standard input asks for."""
    out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)  # what others print is not for whoever reads our lines
    signal.signal(signal.SIGTERM, _interrupted)
    asked = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def say(**told: object) -> None:
        print(json.dumps(told), file=out, flush=True)

    try:
        say(files=[str(file) for file in write(asked, say)])
    except F1LabError as error:
        say(failed=str(error))


def write(asked: dict[str, Any], say: Callable[..., None]) -> tuple[Path, ...]:
    """Write a report, saying how far it is.

    Parameters
    ----------
    asked : dict
        ``name``, ``parameters``, ``output``, ``formats`` and ``stem`` as for
        :func:`f1lab.reporting.run_report`.
    say : callable
        Called with ``step``, ``done`` and ``total``.

    Returns
    -------
    tuple of Path
        The files.
    """
    from f1lab.reporting import check_season_parameters, run_report  # noqa: PLC0415  (two seconds)

    if asked["name"] == "season_blame":  # every autopsy is then in the cache, and the report quick
        check_season_parameters(**asked["parameters"]).run(
            lambda race, done, total: say(step=race, done=done, total=total)
        )
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(Path(asked["output"]), say, ended), daemon=True)
    watch.start()
    try:
        return run_report(
            asked["name"], asked["parameters"], asked["output"], asked["formats"], asked["stem"]
        ).files
    finally:
        ended.set()
        watch.join()


def _watch(folder: Path, say: Callable[..., None], ended: threading.Event) -> None:
    """Say how many cells have run: papermill saves the notebook after each."""
    told = None
    while not ended.wait(_EVERY_S):
        for notebook in folder.glob(".*/*.ipynb"):
            try:
                cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
            except (OSError, ValueError):
                continue  # being written
            code = [cell for cell in cells if cell["cell_type"] == "code"]
            states = [cell["metadata"].get("papermill", {}).get("status") for cell in code]
            now = {
                "step": "running the notebook",
                "done": states.count("completed"),
                "total": len(code) + 1,
            }
            if now != told:
                say(**now)
                told = now


def _end_with_parent() -> None:
    """Standard input ends with whoever started us."""
    sys.stdin.buffer.read()
    os._exit(_GONE)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
