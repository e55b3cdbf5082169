"""Voilà in a process of its own: it ends with the one that started it, and no address trips it.

:class:`~f1lab.dashboards.server.DashboardServer` starts this module and keeps the other end of its
standard input, on which it says nothing. When that end closes, whoever started it is gone, killed
maybe: Voilà stops its kernels, and its folder is removed.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from typing import Any

import psutil  # type: ignore[import-untyped]  # ships no types
from tornado.web import ErrorHandler, HTTPError
from voila.app import Voila  # type: ignore[import-untyped]  # ships no types
from voila.static_file_handler import (  # type: ignore[import-untyped]  # ships no types
    TemplateStaticFileHandler,
)

__all__ = ["Dashboards", "TemplateFiles", "main"]

#: Voilà and its kernels are given so long to stop [s].
_STOPS_WITHIN_S = 15.0


class TemplateFiles(TemplateStaticFileHandler):  # type: ignore[misc]  # of an untyped package
    """Static files of our template; what is none of them is not found.

    Voilà's own handler trips over paths that lead out of its folders, and shows the files of every
    template on the machine.
    """

    def prepare(self) -> None:
        """Let names below ``f1lab/static`` through, and no way out of it."""
        template, _, name = self.path_args[0].partition("/static/")
        if template != "f1lab" or not name or ".." in name.split("/"):
            raise HTTPError(404)
        super().prepare()


class Dashboards(Voila):  # type: ignore[misc]  # of an untyped package
    """Voilà with :class:`TemplateFiles`, and without addresses no file can have."""

    name = "voila"

    def init_handlers(self) -> list[Any]:
        """Voilà's handlers, but for that of the template's files."""
        own = {TemplateStaticFileHandler: TemplateFiles}
        voilas = super().init_handlers()
        return [
            (".*%00.*", ErrorHandler, {"status_code": 404}),
            *((path, own.get(handler, handler), *more) for path, handler, *more in voilas),
        ]


def main(own: str, *told: str) -> None:
    """Serve until told to stop, or until the process that started this one is gone.

    Parameters
    ----------
    own : str
        Folder that is then removed; a server that is told to stop has somebody who does it.
    *told : str
        What Voilà is told.
    """
    alone = threading.Event()
    # Registered before anything of Voilà is, so done after it.
    atexit.register(_leave_nothing, own, alone)
    threading.Thread(target=_go_with_parent, args=(own, alone), daemon=True).start()
    Dashboards.launch_instance(told)


def _go_with_parent(own: str, alone: threading.Event) -> None:
    """Stop once nobody holds the other end of the standard input."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    alone.set()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_STOPS_WITHIN_S)
    _leave_nothing(own, alone)
    os._exit(1)


def _leave_nothing(own: str, alone: threading.Event) -> None:
    """End kernels that were just starting, which Voilà forgets and which make the folder anew."""
    for kernel in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            kernel.kill()
            kernel.wait()
    if alone.is_set():
        shutil.rmtree(own, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
