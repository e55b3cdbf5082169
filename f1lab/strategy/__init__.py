"""Plans for a race: which tyres, from which lap, against whom, and what if.

``optimize`` ranks plans, ``undercut_table`` and ``safety_car_table`` say what rivals and safety
cars change, ``battle_forecast`` and ``track_evolution`` look at the road. The names are loaded
when they are asked for: a plan in free air needs no engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.strategy.battle import BattleForecast, battle_forecast
    from f1lab.strategy.evolution import TrackEvolution, track_evolution
    from f1lab.strategy.neutral import SafetyCarCall, safety_car_table
    from f1lab.strategy.optimizer import optimize
    from f1lab.strategy.plans import Plan, Stint, best_plan, driven_plan
    from f1lab.strategy.report import StrategyReport
    from f1lab.strategy.undercut import Undercut, undercut_table

__all__ = [
    "BattleForecast",
    "Plan",
    "SafetyCarCall",
    "Stint",
    "StrategyReport",
    "TrackEvolution",
    "Undercut",
    "battle_forecast",
    "best_plan",
    "driven_plan",
    "optimize",
    "safety_car_table",
    "track_evolution",
    "undercut_table",
]

#: Module each public name lives in.
_HOMES = {
    "battle": ("BattleForecast", "battle_forecast"),
    "evolution": ("TrackEvolution", "track_evolution"),
    "neutral": ("SafetyCarCall", "safety_car_table"),
    "optimizer": ("optimize",),
    "plans": ("Plan", "Stint", "best_plan", "driven_plan"),
    "report": ("StrategyReport",),
    "undercut": ("Undercut", "undercut_table"),
}


def __getattr__(name: str) -> object:
    """Load a public name's module on first use."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"f1lab.strategy.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
