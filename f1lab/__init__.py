"""What cost a Formula 1 driver the race, and what would have happened if.

Examples
--------
>>> import f1lab
>>> weekend = f1lab.load_demo()  # doctest: +SKIP
>>> f1lab.autopsy(weekend, "UUR", reference="winner")  # doctest: +SKIP
>>> f1lab.optimize(weekend, "UUR", at_lap=18)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.autopsy import AutopsyReport, autopsy
    from f1lab.data import load, load_demo
    from f1lab.data.schema import DataIssue, Session, Weekend
    from f1lab.engine import Outcomes, RaceField, RacePlan, simulate_races
    from f1lab.errors import F1LabError
    from f1lab.strategy import (
        StrategyReport,
        battle_forecast,
        optimize,
        safety_car_table,
        track_evolution,
        undercut_table,
    )
    from f1lab.widgets import BlameWaterfall, RaceTimeline, TelemetryTraces

__version__ = "0.1.0"

__all__ = [
    "AutopsyReport",
    "BlameWaterfall",
    "DataIssue",
    "F1LabError",
    "Outcomes",
    "RaceField",
    "RacePlan",
    "RaceTimeline",
    "Session",
    "StrategyReport",
    "TelemetryTraces",
    "Weekend",
    "autopsy",
    "battle_forecast",
    "load",
    "load_demo",
    "optimize",
    "safety_car_table",
    "simulate_races",
    "track_evolution",
    "undercut_table",
]

#: Where each public name lives; imported on first use, so that ``import f1lab`` stays quick.
_HOMES = {
    "AutopsyReport": "f1lab.autopsy.report",
    "BlameWaterfall": "f1lab.widgets",
    "DataIssue": "f1lab.data.schema",
    "F1LabError": "f1lab.errors",
    "Outcomes": "f1lab.engine",
    "RaceField": "f1lab.engine",
    "RacePlan": "f1lab.engine",
    "RaceTimeline": "f1lab.widgets",
    "Session": "f1lab.data.schema",
    "StrategyReport": "f1lab.strategy",
    "TelemetryTraces": "f1lab.widgets",
    "Weekend": "f1lab.data.schema",
    "autopsy": "f1lab.autopsy.examine",
    "battle_forecast": "f1lab.strategy",
    "load": "f1lab.data.source",
    "load_demo": "f1lab.data.source",
    "optimize": "f1lab.strategy",
    "safety_car_table": "f1lab.strategy",
    "simulate_races": "f1lab.engine",
    "track_evolution": "f1lab.strategy",
    "undercut_table": "f1lab.strategy",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'f1lab' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
