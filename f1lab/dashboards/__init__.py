"""Dashboards in the browser, without a notebook around them: standalone Voilà on seven pages.

The pages are the notebooks of ``notebooks/dashboards``; they show what other rooms compute. Here
is what they share: the frame around them and the links between them (:mod:`.frame`), what their
address asks for (:mod:`.query`), the races at hand (:mod:`.races`), a few tables
(:mod:`.boards`), the server (:mod:`.server`) and the ways in from JupyterLab (:mod:`.doors`).

A dashboard never fetches anything: it works on what is at hand, and on the demo weekend without
anything.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.dashboards.errors import DashboardError
    from f1lab.dashboards.frame import begin, choose, choose_season, drawn, home
    from f1lab.dashboards.pages import PAGES
    from f1lab.dashboards.query import Query
    from f1lab.dashboards.races import races_at_hand
    from f1lab.dashboards.server import DashboardServer

__all__ = [
    "PAGES",
    "DashboardError",
    "DashboardServer",
    "Query",
    "begin",
    "choose",
    "choose_season",
    "drawn",
    "home",
    "races_at_hand",
]

#: Module each public name lives in.
_HOMES = {
    "DashboardError": "errors",
    "DashboardServer": "server",
    "PAGES": "pages",
    "Query": "query",
    "begin": "frame",
    "choose": "frame",
    "choose_season": "frame",
    "drawn": "frame",
    "home": "frame",
    "races_at_hand": "races",
}


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Name what is public, loaded or not."""
    return list(__all__)
