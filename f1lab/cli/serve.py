"""``f1lab serve``: the REST API on a port or a socket; ``f1lab token``: who else may come in."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from f1lab.api.roles import Role
from f1lab.cli.shared import FastF1Cache, Offline

if TYPE_CHECKING:
    import socket
    from types import FrameType


def serve(
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 0.0.0.0 for all.", metavar="IP")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", help="Port to listen on; 0 for any.", metavar="N")
    ] = 8870,
    path: Annotated[
        Path | None,
        typer.Option("--socket", help="A Unix socket instead of a port.", metavar="PATH"),
    ] = None,
    operator_token: Annotated[
        str | None,
        typer.Option(
            "--token",
            help="Your own token, which may do everything; made up when left out. "
            "Give it as F1LAB_TOKEN where others see your command line.",
            metavar="WORD",
            envvar="F1LAB_TOKEN",
        ),
    ] = None,
    cors: Annotated[
        list[str] | None,
        typer.Option(
            "--cors", help="Origin whose pages may ask; can be repeated.", metavar="ORIGIN"
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", help="Processes that compute.", metavar="N", min=1)
    ] = 2,
    per_minute: Annotated[
        int, typer.Option("--per-minute", help="Requests of one client.", metavar="N", min=1)
    ] = 600,
    work_seconds: Annotated[
        float, typer.Option("--work-seconds", help="Longest for one request.", metavar="S", min=1)
    ] = 120.0,
    reports_for: Annotated[
        Role, typer.Option("--reports-for", help="Least role that may have reports written.")
    ] = Role.reporter,
    offline: Offline = False,
    fastf1_cache: FastF1Cache = None,
    behind_jupyter: Annotated[bool, typer.Option("--behind-jupyter", hidden=True)] = False,
) -> None:
    """Answer other programs: the REST API and its documentation.

    Only this machine can ask unless --host says otherwise, and only with a token.
    [dim]f1lab serve --offline --port 8870[/dim]
    """
    from f1lab.api.config import ApiConfig, is_loopback
    from f1lab.api.secret import server_secret
    from f1lab.api.server import docs_url, listening
    from f1lab.api.server import serve as answer

    secret = server_secret()
    _settle(offline=offline, fastf1_cache=fastf1_cache)
    config = ApiConfig(
        token=secrets.token_urlsafe(24) if operator_token is None else operator_token,
        secret=secret,
        cors=tuple(cors or ()),
        workers=workers,
        per_minute=per_minute,
        work_s=work_seconds,
        reports_for=reports_for,
        behind_jupyter=behind_jupyter,
    )
    with listening(host, port, path) as listener:
        if path is None and not is_loopback(host):
            print(
                "f1lab: others can reach this address and nothing is encrypted; put a server "
                "that speaks TLS in front.",
                file=sys.stderr,
            )
        where = docs_url(listener, config.token) if path is None else _at_socket(listener)
        print(f"f1lab REST API: {where}\nCtrl-C stops it.", flush=True)
        signal.signal(signal.SIGTERM, _interrupted)
        try:
            answer(config, listener)
        except KeyboardInterrupt:
            print("Stopped.", flush=True)


def token(
    role: Annotated[Role, typer.Option("--role", help="What its bearer may do.")] = Role.reader,
    name: Annotated[
        str | None, typer.Option("--name", help="Who it is for; the role when left out.")
    ] = None,
    hours: Annotated[float, typer.Option("--hours", help="How long it holds.", metavar="H")] = 8.0,
) -> None:
    """Sign a token for somebody who may ask this user's servers.

    It holds on every server with the same secret: the file api-secret of the data folder, or
    F1LAB_API_SECRET. A new secret ends all tokens. [dim]f1lab token --role player --name ann[/dim]
    """
    from f1lab.api.auth import issue_token
    from f1lab.api.secret import server_secret

    print(issue_token(server_secret(), role.value if name is None else name, role, hours))


def _settle(*, offline: bool, fastf1_cache: Path | None) -> None:
    """Leave the settings where every process of the server finds them."""
    if offline:
        os.environ["F1LAB_OFFLINE"] = "1"
    if fastf1_cache is not None:
        os.environ["F1LAB_FASTF1_CACHE"] = str(fastf1_cache.resolve())


def _interrupted(_number: int, _frame: FrameType | None) -> NoReturn:
    """Told to end, as by a proxy or a service manager: stop as on Ctrl-C."""
    raise KeyboardInterrupt


def _at_socket(listener: socket.socket) -> str:
    return f"listening on {listener.getsockname()}"
