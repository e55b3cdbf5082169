"""The engine loaded ahead of the moment it is needed.

Loading the compiled kernel takes as long as thousands of races: too long to begin with when the
first lap of a live race has just ended.
"""

from __future__ import annotations

from f1lab.data.source import load_demo
from f1lab.engine.field import from_weekend
from f1lab.engine.simulate import simulate_races

__all__ = ["load_engine"]


def load_engine() -> None:
    """Load the compiled engine, compiling it when this is its first use on this machine."""
    simulate_races(from_weekend(load_demo(), 1, n_draws=1), n=1)
