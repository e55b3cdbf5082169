"""``f1lab dashboards``: the dashboards on a port of this machine."""

from __future__ import annotations

import signal
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from f1lab.dashboards.server import DEFAULT_PORT, TOKEN_VARIABLE

if TYPE_CHECKING:
    from types import FrameType


def dashboards(
    port: Annotated[
        int, typer.Option("--port", help="Port to listen on.", metavar="N")
    ] = DEFAULT_PORT,
    ip: Annotated[
        str, typer.Option("--ip", help="Address to listen on; 0.0.0.0 for all.", metavar="IP")
    ] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            help="What visitors have to know; made up when left out.",
            metavar="WORD",
            envvar=TOKEN_VARIABLE,
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open a browser.")
    ] = False,
    base_url: Annotated[
        str, typer.Option("--base-url", help="Path in front, behind a proxy.", metavar="PATH")
    ] = "/",
) -> None:
    """Show autopsies, simulator, league, teams, season and strategy in the browser.

    Works on what is at hand and fetches nothing. [dim]f1lab dashboards --port 8900[/dim]
    """
    from f1lab.dashboards.server import DashboardServer

    signal.signal(signal.SIGTERM, _interrupted)
    with DashboardServer(port, ip, token, base_url) as server:
        print(f"f1lab dashboards: {server.url}\nCtrl-C stops them.", flush=True)
        if not no_browser:
            webbrowser.open(server.url)
        try:
            server.wait()
        except KeyboardInterrupt:
            print("Stopping.", flush=True)


def _interrupted(_number: int, _frame: FrameType | None) -> NoReturn:
    """Told to end, as by a proxy or a service manager: stop as on Ctrl-C."""
    raise KeyboardInterrupt


def door(
    kind: Annotated[str, typer.Argument(help="demo or report.", metavar="KIND")],
    port: Annotated[int, typer.Option("--port", help="Port to listen on.", metavar="N")],
    token: Annotated[
        str, typer.Option("--token", help="What the proxy says.", envvar=TOKEN_VARIABLE)
    ],
    folder: Annotated[Path, typer.Option("--folder", help="Shown by Jupyter.", file_okay=False)],
) -> None:
    """Put a notebook where Jupyter shows it; started by its launcher."""
    from f1lab.dashboards.doors import DoorServer

    signal.signal(signal.SIGTERM, _interrupted)
    with DoorServer(kind, port, token, folder) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()
