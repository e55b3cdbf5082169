"""The application on a port of this machine, or on a socket that only its owner can open."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import uvicorn

from f1lab.api.app import PREFIX, create_app
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from f1lab.api.config import ApiConfig

__all__ = ["docs_url", "listening", "make_server", "serve"]

_MOST_PORTS, _IPV4 = 65535, 4
_ANYWHERE = ("0.0.0.0", "::")  # noqa: S104  (compared with, not bound to)
_STOPS_WITHIN_S = 5
_KEEP_ALIVE_S = 30
_QUEUE = 512


def make_server(app: FastAPI) -> uvicorn.Server:
    """Make what answers; its ``run(sockets=[…])`` returns when it was told to end.

    Parameters
    ----------
    app : FastAPI
        From :func:`f1lab.api.create_app`.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            lifespan="on",
            log_level="warning",
            access_log=False,  # a token may stand in an address
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_STOPS_WITHIN_S,
        )
    )


def serve(config: ApiConfig, listener: socket.socket) -> None:
    """Answer until told to end.

    Parameters
    ----------
    config : ApiConfig
    listener : socket.socket
        From :func:`listening`.
    """
    make_server(create_app(config)).run(sockets=[listener])


@contextmanager
def listening(host: str, port: int, path: Path | None = None) -> Iterator[socket.socket]:
    """Open a port, or a Unix socket for its owner alone.

    Parameters
    ----------
    host : str
        Address to listen on.
    port : int
        Port; 0 for any that is free.
    path : Path, optional
        A Unix socket instead.

    Yields
    ------
    socket.socket

    Raises
    ------
    InvalidInput
        The address, the port or the socket cannot be used.
    """
    listener = _at_port(host, port) if path is None else _at_path(path)
    with listener:
        listener.listen(_QUEUE)
        try:
            yield listener
        finally:
            if path is not None:
                path.unlink(missing_ok=True)


def docs_url(listener: socket.socket, token: str) -> str:
    """Address of the documentation, with the token.

    Parameters
    ----------
    listener : socket.socket
        A listening port.
    token : str
    """
    host, port = listener.getsockname()[:2]
    if host in _ANYWHERE:
        host = "127.0.0.1"
    place = f"[{host}]" if ":" in host else host
    return f"http://{place}:{port}{PREFIX}/docs?token={quote(token)}"


def _at_port(host: str, port: int) -> socket.socket:
    if not 0 <= port <= _MOST_PORTS:
        raise InvalidInput(f"port is between 1 and {_MOST_PORTS}, or 0 for any; not {port}.")
    try:
        own = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError as error:
        raise InvalidInput(
            f"host is an address of this machine such as 127.0.0.1, or 0.0.0.0 for all; not {host!r}."
        ) from error
    listener = socket.socket(socket.AF_INET if own.version == _IPV4 else socket.AF_INET6)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(own), port))
    except OSError as error:
        listener.close()
        raise InvalidInput(
            f"port {port} of {host} cannot be used ({error.strerror}): choose another one with --port."
        ) from error
    return listener


def _at_path(path: Path) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise InvalidInput("this system has no Unix sockets; leave --socket out and use a port.")
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)  # for nobody else, from the first moment on
    try:
        if path.is_socket() and not _answers(path):
            path.unlink()  # left behind by a server that was killed
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise InvalidInput(f"the socket {path} cannot be used: {reason}.") from error
    finally:
        os.umask(before)
    return listener


def _answers(path: Path) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) != errno.ECONNREFUSED
