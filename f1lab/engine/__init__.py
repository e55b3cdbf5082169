"""Thousands of complete races a second: the field, its policies, the kernel, the outcomes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.engine.inputs import RaceField
    from f1lab.engine.outcomes import Outcomes
    from f1lab.engine.plans import RacePlan
    from f1lab.engine.simulate import simulate_races

__all__ = ["Outcomes", "RaceField", "RacePlan", "simulate_races"]

#: Where each public name lives; imported on first use.
_HOMES = {
    "Outcomes": "f1lab.engine.outcomes",
    "RaceField": "f1lab.engine.inputs",
    "RacePlan": "f1lab.engine.plans",
    "simulate_races": "f1lab.engine.simulate",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'f1lab.engine' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
