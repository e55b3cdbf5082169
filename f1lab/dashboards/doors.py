"""The ways in from JupyterLab: four tiles in its launcher, through jupyter-server-proxy.

``dashboards_door``, ``report_door``, ``demo_door`` and ``api_door`` are the entry points that
jupyter-server-proxy asks for; each names a process it starts when its tile is first clicked and
puts behind Jupyter's own authentication. Every process also asks for a token that only the proxy
knows, because its port can be reached by everybody on the machine. The REST API has no port: it
listens on a socket in a folder of the user's own.

"New report" and "Demo notebook" are two small pages of :class:`DoorServer`: they put a notebook
into the folder Jupyter shows and go there. Nothing is ever overwritten.
"""

from __future__ import annotations

import hmac
import html
import json
import re
import secrets
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from f1lab.dashboards.errors import DashboardError
from f1lab.dashboards.server import TOKEN_VARIABLE
from f1lab.errors import F1LabError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DoorServer",
    "api_door",
    "dashboards_door",
    "demo_door",
    "new_notebook",
    "report_door",
]

DASHBOARDS, REPORT, DEMO = "f1lab-dashboards", "f1lab-report", "f1lab-demo"
API, _API_TOKEN_VARIABLE = "f1lab-api", "F1LAB_TOKEN"
_ICON = Path(__file__).parent / "template" / "icon.svg"
#: A kernel for every page is started before the first is shown [s].
_STARTS_WITHIN_S = 60
_LARGEST_FORM = 4096
#: JupyterLab shows an icon of one's own in this part of its launcher only.
_CATEGORY = "Notebook"


def dashboards_door() -> dict[str, Any]:
    """Entry point of the dashboards for jupyter-server-proxy.

    Returns
    -------
    dict
        What is started, and its tile.
    """
    started = [
        "dashboards",
        "--port",
        "{port}",
        "--no-browser",
        "--base-url",
        f"{{base_url}}{DASHBOARDS}",
    ]
    return _door(started, "f1lab dashboards", absolute=True)


def report_door() -> dict[str, Any]:
    """Entry point of a new report for jupyter-server-proxy."""
    return _door(
        ["door", "report", "--port", "{port}", "--folder", _shown_folder()], "New race report"
    )


def demo_door() -> dict[str, Any]:
    """Entry point of the demo notebook for jupyter-server-proxy."""
    return _door(
        ["door", "demo", "--port", "{port}", "--folder", _shown_folder()], "Race autopsy demo"
    )


def api_door() -> dict[str, Any]:
    """Entry point of the REST API for jupyter-server-proxy; its tile shows the documentation.

    Without the packages of ``f1lab[api]`` there is no tile.
    """
    door = _door(["serve", "--socket", "{unix_socket}", "--behind-jupyter"], "f1lab REST API")
    door["environment"] = {_API_TOKEN_VARIABLE: door["environment"][TOKEN_VARIABLE]}
    door["launcher_entry"]["path_info"] = f"{API}/api/v1/docs"
    door["launcher_entry"]["enabled"] = find_spec("fastapi") is not None
    return door | {"unix_socket": True}


def _shown_folder() -> str:
    """The folder that the running Jupyter shows, braces doubled as the proxy wants them."""
    from jupyter_server.serverapp import ServerApp  # noqa: PLC0415  (there when it asks)

    folder = ServerApp.instance().root_dir if ServerApp.initialized() else Path.cwd()
    return str(folder).replace("{", "{{").replace("}", "}}")


def _door(arguments: list[str], title: str, *, absolute: bool = False) -> dict[str, Any]:
    token = secrets.token_urlsafe(24)
    return {
        "command": [sys.executable, "-m", "f1lab.cli", *arguments],
        "environment": {TOKEN_VARIABLE: token},
        "request_headers_override": {"Authorization": f"token {token}"},
        "absolute_url": absolute,
        "timeout": _STARTS_WITHIN_S,
        "launcher_entry": {"title": title, "icon_path": str(_ICON), "category": _CATEGORY},
    }


def new_notebook(kind: str, folder: Path, asked: dict[str, str] | None = None) -> Path:
    """Put a notebook into a folder, under a name that is free.

    Parameters
    ----------
    kind : {"demo", "report"}
        The tour of the demo weekend, or an autopsy report.
    folder : Path
        Where to.
    asked : dict of str to str, optional
        For a report: ``year``, ``event``, ``driver`` and ``reference``; the demo when left out.

    Returns
    -------
    Path
        The notebook. The tour that is there already is not put there again.

    Raises
    ------
    DashboardError
        The notebook is not installed, or the folder cannot be written to.
    InvalidInput
        Parameters that no report can have.
    """
    if kind == "demo":
        target = folder / "f1lab-demo.ipynb"
        text = _tour().read_text(encoding="utf-8")
        return target if target.exists() else _written(target, text)
    text, stem = _report(asked or {})
    names = (f"{stem}{'' if n == 1 else f'-{n}'}.ipynb" for n in range(1, 1000))
    target = next(folder / name for name in names if not (folder / name).exists())
    return _written(target, text)


def _tour() -> Path:
    package = Path(__file__).parents[1]
    name = "01-race-autopsy.ipynb"
    places = (
        package / "dashboards" / "tour" / name,
        package.parent / "notebooks" / "explore" / name,
    )
    for place in places:
        if place.is_file():
            return place
    raise DashboardError("the demo notebook is missing; install f1lab again.")


def _report(asked: dict[str, str]) -> tuple[str, str]:
    """The autopsy report with its parameters set, and what it is called."""
    from f1lab.reporting.parameters import check_autopsy_parameters  # noqa: PLC0415
    from f1lab.reporting.run import template_path  # noqa: PLC0415

    notebook = json.loads(template_path("autopsy").read_text(encoding="utf-8"))
    if not asked:
        return json.dumps(notebook, indent=1, ensure_ascii=False), "f1lab-report-demo"
    checked = check_autopsy_parameters(**asked)
    cell = next(c for c in notebook["cells"] if "parameters" in c["metadata"].get("tags", []))
    lines = [f"{name} = {value!r}\n" for name, value in checked.to_dict().items()]
    cell["source"] = [*lines[:-1], lines[-1].rstrip()]
    words = re.sub(r"[^\w]+", "-", f"{checked.year} {checked.event} {checked.driver}".lower())
    return json.dumps(notebook, indent=1, ensure_ascii=False), f"f1lab-report-{words.strip('-')}"


def _written(target: Path, text: str) -> Path:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DashboardError(f"{target.name} cannot be written there: {error.strerror}.") from error
    return target


class DoorServer(ThreadingHTTPServer):
    """A page that puts one notebook into Jupyter's folder and goes there.

    Parameters
    ----------
    kind : {"demo", "report"}
    port : int
        Port of this machine; 0 for any.
    token : str
        What the proxy in front says.
    folder : Path
        The folder Jupyter shows.
    """

    daemon_threads = True

    def __init__(self, kind: str, port: int, token: str, folder: Path) -> None:
        if kind not in ("demo", "report"):
            raise DashboardError(f"a door is demo or report; not {kind!r}.")
        self.kind, self.token, self.folder = kind, token, folder
        try:
            super().__init__(("127.0.0.1", port), _Door)
        except OSError as error:
            raise DashboardError(f"port {port} cannot be used: {error.strerror}.") from error


class _Door(BaseHTTPRequestHandler):
    server: DoorServer

    def do_GET(self) -> None:
        """The demo at once; for a report, a form first."""
        if self._allowed():
            self._answer(self._go if self.server.kind == "demo" else self._form)

    def do_POST(self) -> None:
        """A report with what the form asks for."""
        if self._allowed():
            self._answer(self._go)

    def log_message(self, *_: object) -> None:
        """Keep quiet: the proxy has a log of its own."""

    def _allowed(self) -> bool:
        given = self.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"token {self.server.token}".encode()):
            return True
        self._send(403, "<p>Come through Jupyter’s launcher.</p>")
        return False

    def _answer(self, act: Callable[[], None]) -> None:
        try:
            act()
        except F1LabError as error:
            self._send(
                400, f'<p class="sorry">{html.escape(str(error))}</p><p><a href="">Back</a></p>'
            )

    def _go(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST_FORM:
            raise DashboardError("that form is too long to be one of ours.")
        fields = parse_qsl(self.rfile.read(length).decode("utf-8", "replace"))
        asked = {name: value for name, value in fields if name in _FIELDS and value.strip()}
        made = new_notebook(self.server.kind, self.server.folder, _of_a_race(asked))
        self.send_response(303)
        # Relative: the proxy would take a whole path for one of its own.
        self.send_header("Location", f"../lab/tree/{quote(made.name)}")
        self.end_headers()

    def _form(self) -> None:
        from f1lab.dashboards.races import races_at_hand  # noqa: PLC0415

        races = "".join(
            f'<option value="{race.year}|{html.escape(race.event)}">{race.year} {html.escape(race.event)}</option>'
            for race in races_at_hand()
        )
        self._send(
            200,
            '<p class="eyebrow">f1lab</p><h1>New race report</h1><p>A notebook that takes one race '
            "apart, ready to run. A real race needs the driver’s code; the demo tells its own story.</p>"
            '<form class="picker" method="post"><label>Race<select name="race"><option value="">Demo '
            f"weekend</option>{races}</select></label><label>Driver<input name='driver' maxlength='3' "
            "size='5' placeholder='HAM'></label><button type='submit'>Make it</button></form>",
        )

    def _send(self, status: int, body: str) -> None:
        style = "".join(
            path.read_text(encoding="utf-8")
            for path in (
                Path(__file__).parents[1] / "reporting" / "page_style" / "page.css",
                Path(__file__).parent / "template" / "dashboard.css",
            )
        )
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" '
            'content="width=device-width, initial-scale=1"><title>f1lab</title>'
            f"<style>{style}</style><main>{body}</main></html>"
        ).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(page)


_FIELDS = ("race", "driver")


def _of_a_race(asked: dict[str, str]) -> dict[str, str]:
    """Parameters of the report that the form asks for; none for the demo."""
    race = asked.get("race", "")
    if not race:
        return {}
    year, _, event = race.partition("|")
    if not asked.get("driver"):
        raise DashboardError("name the driver by the three-letter code, such as HAM.")
    return {"year": year, "event": event, "driver": asked["driver"]}
