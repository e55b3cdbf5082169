"""The engine loaded ahead of the moment it is needed.

Loading the compiled kernel takes as long as thousands of races: too long to begin with when the
first lap of a live race has just ended.
"""

from __future__ import annotations

from functools import cache
from threading import Thread

from f1lab.data.source import load_demo
from f1lab.engine.field import from_weekend
from f1lab.engine.simulate import simulate_races

__all__ = ["load_beside", "load_engine"]


@cache
def load_beside() -> Thread:
    """Load the engine in a thread, once a process.

    Returns
    -------
    Thread
        To be joined by who wants to wait for it.
    """
    thread = Thread(target=load_engine, name="f1lab-engine", daemon=True)
    thread.start()
    return thread


def load_engine() -> None:
    """Load the compiled engine, compiling it when this is its first use on this machine."""
    simulate_races(from_weekend(load_demo(), 1, n_draws=1), n=1)
