"""What a worker needs before its first request; imported once by the process that starts them."""

from __future__ import annotations

import f1lab.api.app  # noqa: F401  (with every endpoint, and all that they call)
from f1lab.data import load_demo
from f1lab.engine import RaceField, simulate_races

__all__ = ["warm_up"]


def warm_up() -> None:
    """Load the compiled engine, compiling it when this is its first use on this machine."""
    weekend = load_demo()
    simulate_races(RaceField.from_weekend(weekend, "pre-race"), n=1)
