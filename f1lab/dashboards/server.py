"""Standalone Voilà on the dashboards and nothing else: what it is told, and its life from start to stop.

Voilà runs as a process of its own. Its hardening stands in ``voila.json`` beside the notebooks; no
configuration of the user or the machine is read on top of it. What changes from run to run, the
token among it, is written to a folder that only the user can read, together with the page
template put together from ours, the reports' style and the plotting library.
"""

from __future__ import annotations

import contextlib
import importlib.util
import ipaddress
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from f1lab import __version__
from f1lab.dashboards.errors import DashboardError
from f1lab.dashboards.pages import PAGES, link

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["DEFAULT_PORT", "TOKEN_VARIABLE", "DashboardServer", "notebooks_folder"]

DEFAULT_PORT = 8866
#: Where a token can be given without everybody seeing it in the list of processes.
TOKEN_VARIABLE = "F1LAB_DASHBOARDS_TOKEN"  # noqa: S105  (the name of a variable)
_PACKAGE = Path(__file__).parent
_REPORTS = _PACKAGE.parent / "reporting" / "page_style"
_PLOTLY = _PACKAGE.parent / "figures" / "static" / "plotly-basic.min.js"
_STATIC = (
    _REPORTS / "page.css",
    _REPORTS / "page.js",
    _PLOTLY,
    *(_PACKAGE / "template" / name for name in ("dashboard.css", "dashboard.js", "icon.svg")),
)
_TEMPLATES = ("index.html.j2", "page.html", "error.html", "tree.html", "tree-lab.html")
_STARTS_WITHIN_S, _STOPS_WITHIN_S = 60.0, 15.0
_MOST_PORTS = 65535
_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  (compared with, not bound to)


def notebooks_folder() -> Path:
    """Folder of the dashboards' notebooks: in the package, or in the checkout around it."""
    folders = (_PACKAGE / "notebooks", _PACKAGE.parents[1] / "notebooks" / "dashboards")
    return next((folder for folder in folders if folder.is_dir()), folders[0])


class DashboardServer:
    """The dashboards on a port of this machine; used in a ``with`` statement, or started and stopped.

    Parameters
    ----------
    port : int
        Port to listen on.
    ip : str
        Address to listen on; only this machine by default.
    token : str, optional
        What a visitor has to know; made up when left out.
    base_url : str
        Path that every address begins with, for a proxy in front.

    Raises
    ------
    DashboardError
        Voilà is not installed, the port or the address cannot be used, or the token is too short.
    """

    def __init__(
        self,
        port: int = DEFAULT_PORT,
        ip: str = "127.0.0.1",
        token: str | None = None,
        base_url: str = "/",
    ) -> None:
        _require_voila()
        self.port, self.ip = _checked_port(port), _checked_ip(ip)
        self.base_url = f"/{base_url.strip('/')}/".replace("//", "/")
        self._token = _checked_token(token)
        self._process: subprocess.Popen[bytes] | None = None
        self._own: Path | None = None

    @property
    def url(self) -> str:
        """Address of the first page, with the token."""
        return f"{self._root}?token={quote(self._token)}"

    @property
    def _root(self) -> str:
        place = "127.0.0.1" if self.ip in _ANYWHERE else self.ip
        place = f"[{place}]" if ":" in place else place
        return f"http://{place}:{self.port}{self.base_url}"

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises
        ------
        DashboardError
            The port is taken, or Voilà gave up; with its last words.
        """
        _require_free(self.ip, self.port)
        self._own = Path(tempfile.mkdtemp(prefix="f1lab-dashboards-"))
        folder = notebooks_folder()
        _write_share(self._own)
        _write_config(self._own, self)
        command = [
            *(sys.executable, "-m", "f1lab.dashboards.voila_process", str(self._own), str(folder)),
            f"--Voila.config_file_paths={self._own}",
            f"--Voila.config_file_paths={folder}",
        ]
        with (self._own / "voila.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  (our own interpreter, our own folder)
                command,
                env=_environment(self._own, self.ip),
                stdin=subprocess.PIPE,  # closes when this process is gone, killed even
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_up()
        except BaseException:
            self.stop()
            raise

    def wait(self) -> None:
        """Return when the server has ended by itself.

        Raises
        ------
        DashboardError
            It ended with an error.
        """
        if self._process is not None and self._process.wait():
            raise DashboardError(f"the dashboards stopped: {self._last_words()}")

    def stop(self) -> None:
        """Stop the server and its kernels, and clean up."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                # What did not go by itself goes with everything it started.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._own = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def log(self) -> Path | None:
        """What Voilà says, while it runs."""
        return None if self._own is None else self._own / "voila.log"

    def _wait_until_up(self) -> None:
        question = urllib.request.Request(  # noqa: S310  (our own server)
            f"{self._root}voila/api/contents/", headers={"Authorization": f"token {self._token}"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.monotonic() + _STARTS_WITHIN_S
        while time.monotonic() < until:
            if self._process is None or self._process.poll() is not None:
                raise DashboardError(f"Voilà did not start: {self._last_words()}")
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                opener.open(question, timeout=5).close()
                return
            time.sleep(0.1)
        raise DashboardError(f"Voilà did not answer within {_STARTS_WITHIN_S:.0f} s.")

    def _last_words(self) -> str:
        log = self.log
        lines = [] if log is None else log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[-1] if said else "it said nothing."


def _require_voila() -> None:
    if importlib.util.find_spec("voila") is None:
        raise DashboardError(
            "the dashboards are served by Voilà, which is not installed: "
            "pip install 'f1lab[dashboards]'."
        )
    if not notebooks_folder().is_dir():
        raise DashboardError("the notebooks of the dashboards are missing; install f1lab again.")


def _checked_port(port: int) -> int:
    if not 1 <= port <= _MOST_PORTS:
        raise DashboardError(f"port is between 1 and {_MOST_PORTS}, such as 8866; not {port}.")
    return port


def _checked_ip(ip: str) -> str:
    if ip == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(ip))
    except ValueError as error:
        raise DashboardError(
            f"ip is an address of this machine such as 127.0.0.1, or 0.0.0.0 for all; not {ip!r}."
        ) from error


def _checked_token(token: str | None) -> str:
    """A token nobody guesses; the empty one would let everybody in."""
    if token is None:
        return secrets.token_urlsafe(24)
    least = 8
    if len(token) < least or not token.isprintable():
        raise DashboardError(
            f"a token has {least} characters or more; leave it out to get one made up."
        )
    return token


def _require_free(ip: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError as error:
            raise DashboardError(
                f"port {port} of {ip} cannot be used ({error.strerror}): choose another one with "
                f"--port {port + 1}, say."
            ) from error


def _environment(own: Path, ip: str) -> dict[str, str]:
    """Environment of Voilà and its kernels: our template first, nobody's configuration."""
    inherited = os.environ.get("JUPYTER_PATH", "")
    return {
        **{name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE},
        "JUPYTER_PATH": os.pathsep.join(filter(None, (str(own / "share"), inherited))),
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "TMPDIR": str(own),
        "VOILA_APP_IP": "127.0.0.1" if ip in _ANYWHERE else ip,
    }


def _write_config(own: Path, server: DashboardServer) -> None:
    told = {
        "Voila": {
            "ip": server.ip,
            "port": server.port,
            "port_retries": 0,
            "token": server._token,  # noqa: SLF001  (this module's own)
            "base_url": server.base_url,
            "open_browser": False,
            "connection_dir_root": str(own),
        }
    }
    (own / "voila.json").write_text(json.dumps(told), encoding="utf-8")


def _write_share(own: Path) -> None:
    """Put the page template together where Voilà looks for it."""
    folder = own / "share" / "voila" / "templates" / "f1lab"
    static = folder / "static"
    static.mkdir(parents=True)
    (own / "runtime").mkdir()
    for name in _TEMPLATES:
        shutil.copyfile(_PACKAGE / "template" / name, folder / name)
    for file in _STATIC:
        shutil.copyfile(file, static / file.name)
    (folder / "masthead.html").write_text(_masthead(), encoding="utf-8")
    (folder / "footer.html").write_text(_footer(), encoding="utf-8")


def _masthead() -> str:
    """Name and links; the template knows which page it is on."""
    links = "".join(
        f'<li><a href="{link(page.name)}" data-asks="{" ".join(page.asks)}"'
        f'{{% if resources.metadata.name == "{page.name}" %}} aria-current="page"{{% endif %}}>'
        f"{page.label}</a></li>"
        for page in PAGES
    )
    return (
        f'<header class="masthead"><div><a class="name" href="{link("home")}">f1<b>lab</b></a>'
        f'<nav class="pages" aria-label="Dashboards"><ul>{links}</ul></nav></div></header>'
    )


def _footer() -> str:
    return (
        f'<footer class="foot"><p>f1lab {__version__}. Positive seconds were lost, negative ones '
        "gained; intervals hold the truth nine times out of ten. Not connected with Formula 1, the "
        "FIA or any team.</p></footer>"
    )
