"""The REST API: f1lab for programs that are not Python, under ``/api/v1``.

Each endpoint calls the function the notebooks call, in a worker process, and answers with its
result. ``create_app`` makes the application; :mod:`f1lab.api.server` serves it on a port or a
socket.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.api.app import create_app
    from f1lab.api.config import ApiConfig
    from f1lab.api.roles import Role

__all__ = ["ApiConfig", "Role", "create_app"]

#: Imported on first use: the command line only wants to know the roles.
_HOMES = {
    "ApiConfig": "f1lab.api.config",
    "Role": "f1lab.api.roles",
    "create_app": "f1lab.api.app",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
