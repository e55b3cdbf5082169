"""Play one real race from the pit wall, and be told how well it was played.

Rivals drive their exact laps. The own car drives its actual lap plus what the other decisions
change, so that the race repeats itself to the last digit when nothing is changed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.simulator.decisions import (
        PACE_MODES,
        SCHEMA_VERSION,
        SCHEMAS_READ,
        SCORE_VERSION,
        Decision,
        ForgedRun,
        InvalidDecision,
    )
    from f1lab.simulator.fingerprint import race_fingerprint
    from f1lab.simulator.odds import Alternative, Odds
    from f1lab.simulator.play import Simulation
    from f1lab.simulator.results import RaceResult
    from f1lab.simulator.score import IQPart, StrategyIQ, pit_wall_iq, strategy_iq
    from f1lab.simulator.state import ForecastLap, Message, PitLoss, State, TowerRow, Wear

__all__ = [
    "PACE_MODES",
    "SCHEMAS_READ",
    "SCHEMA_VERSION",
    "SCORE_VERSION",
    "Alternative",
    "Decision",
    "ForecastLap",
    "ForgedRun",
    "IQPart",
    "InvalidDecision",
    "Message",
    "Odds",
    "PitLoss",
    "RaceResult",
    "Simulation",
    "State",
    "StrategyIQ",
    "TowerRow",
    "Wear",
    "pit_wall_iq",
    "race_fingerprint",
    "strategy_iq",
]

#: Module each public name lives in; imported on first use.
_HOMES = {
    "decisions": (
        *("PACE_MODES", "SCHEMAS_READ", "SCHEMA_VERSION", "SCORE_VERSION"),
        *("Decision", "ForgedRun", "InvalidDecision"),
    ),
    "fingerprint": ("race_fingerprint",),
    "odds": ("Alternative", "Odds"),
    "play": ("Simulation",),
    "results": ("RaceResult",),
    "score": ("IQPart", "StrategyIQ", "pit_wall_iq", "strategy_iq"),
    "state": ("ForecastLap", "Message", "PitLoss", "State", "TowerRow", "Wear"),
}


def __getattr__(name: str) -> object:
    """Load a public name's module on first use."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"f1lab.simulator.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
