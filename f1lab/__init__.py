"""What cost a Formula 1 driver the race, and what would have happened if.

Examples
--------
>>> import f1lab
>>> weekend = f1lab.load_demo()  # doctest: +SKIP
>>> f1lab.autopsy(weekend, "KEL", reference="winner")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.autopsy import AutopsyReport, autopsy
    from f1lab.data import load, load_demo
    from f1lab.data.schema import DataIssue, Session, Weekend
    from f1lab.errors import F1LabError
    from f1lab.widgets import BlameWaterfall

__version__ = "0.1.0"

__all__ = [
    "AutopsyReport",
    "BlameWaterfall",
    "DataIssue",
    "F1LabError",
    "Session",
    "Weekend",
    "autopsy",
    "load",
    "load_demo",
]

#: Where each public name lives; imported on first use, so that ``import f1lab`` stays quick.
_HOMES = {
    "AutopsyReport": "f1lab.autopsy.report",
    "BlameWaterfall": "f1lab.widgets",
    "DataIssue": "f1lab.data.schema",
    "F1LabError": "f1lab.errors",
    "Session": "f1lab.data.schema",
    "Weekend": "f1lab.data.schema",
    "autopsy": "f1lab.autopsy.examine",
    "load": "f1lab.data.source",
    "load_demo": "f1lab.data.source",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'f1lab' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
