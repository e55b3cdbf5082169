"""A race weekend from any source: typed, repaired, cached.

The names below are loaded on first use, so that importing f1lab stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.data.livetiming_source import load_recording
    from f1lab.data.schema import DataIssue, Session, Truth, Weekend
    from f1lab.data.source import Source, load, load_demo, load_session, openf1_table
    from f1lab.data.tidy import load_tidy, tidy_races

__all__ = [
    "DataIssue",
    "Session",
    "Source",
    "Truth",
    "Weekend",
    "load",
    "load_demo",
    "load_recording",
    "load_session",
    "load_tidy",
    "openf1_table",
    "tidy_races",
]

_HOME = {
    "DataIssue": "schema",
    "Session": "schema",
    "Source": "source",
    "Truth": "schema",
    "Weekend": "schema",
    "load": "source",
    "load_demo": "source",
    "load_recording": "livetiming_source",
    "load_session": "source",
    "load_tidy": "tidy",
    "openf1_table": "source",
    "tidy_races": "tidy",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
