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
    from IPython.core.interactiveshell import InteractiveShell

    from f1lab import analyze, compare, export, figures
    from f1lab.autopsy import AutopsyReport, autopsy
    from f1lab.autopsy.season import season_blame
    from f1lab.data import load, load_demo, load_session
    from f1lab.data.schema import DataIssue, Session, Weekend
    from f1lab.engine import Outcomes, RaceField, RacePlan, simulate_races
    from f1lab.errors import F1LabError
    from f1lab.league import League
    from f1lab.simulator import Simulation, pit_wall_iq, strategy_iq
    from f1lab.strategy import (
        StrategyReport,
        battle_forecast,
        optimize,
        safety_car_table,
        track_evolution,
        undercut_table,
    )
    from f1lab.widgets import BlameWaterfall, RaceTimeline, TelemetryTraces
    from f1lab.widgets.simulator_controls import SimulatorControls

__version__ = "0.1.0"

__all__ = [
    "AutopsyReport",
    "BlameWaterfall",
    "DataIssue",
    "F1LabError",
    "League",
    "Outcomes",
    "RaceField",
    "RacePlan",
    "RaceTimeline",
    "Session",
    "Simulation",
    "SimulatorControls",
    "StrategyReport",
    "TelemetryTraces",
    "Weekend",
    "analyze",
    "autopsy",
    "battle_forecast",
    "compare",
    "export",
    "figures",
    "load",
    "load_demo",
    "load_session",
    "optimize",
    "pit_wall_iq",
    "safety_car_table",
    "season_blame",
    "simulate_races",
    "strategy_iq",
    "track_evolution",
    "undercut_table",
]

#: Where each public name lives; imported on first use, so that ``import f1lab`` stays quick.
_HOMES = {
    "AutopsyReport": "f1lab.autopsy.report",
    "BlameWaterfall": "f1lab.widgets",
    "DataIssue": "f1lab.data.schema",
    "F1LabError": "f1lab.errors",
    "League": "f1lab.league",
    "Outcomes": "f1lab.engine",
    "RaceField": "f1lab.engine",
    "RacePlan": "f1lab.engine",
    "RaceTimeline": "f1lab.widgets",
    "Session": "f1lab.data.schema",
    "Simulation": "f1lab.simulator",
    "SimulatorControls": "f1lab.widgets.simulator_controls",
    "StrategyReport": "f1lab.strategy",
    "TelemetryTraces": "f1lab.widgets",
    "Weekend": "f1lab.data.schema",
    "autopsy": "f1lab.autopsy.examine",
    "battle_forecast": "f1lab.strategy",
    "load": "f1lab.data.source",
    "load_demo": "f1lab.data.source",
    "load_session": "f1lab.data.source",
    "optimize": "f1lab.strategy",
    "pit_wall_iq": "f1lab.simulator",
    "safety_car_table": "f1lab.strategy",
    "season_blame": "f1lab.autopsy.season",
    "simulate_races": "f1lab.engine",
    "strategy_iq": "f1lab.simulator",
    "track_evolution": "f1lab.strategy",
    "undercut_table": "f1lab.strategy",
}


#: Rooms that are used by their own name, as in ``f1lab.compare.cars``.
_ROOMS = ("analyze", "compare", "export", "figures")


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return import_module(f"f1lab.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'f1lab' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the ``%f1`` magic; IPython calls this for ``%load_ext f1lab``."""
    from f1lab.magics import load  # noqa: PLC0415  (a higher floor, and only for IPython)

    load(shell)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
