"""One against another: two cars, two drivers, two teams, a season; and why.

``cars`` looks at telemetry, ``drivers`` and ``teams`` at the laps of a weekend, ``season`` at many
weekends at once. The names are loaded when they are asked for. Their modules are named after what
comes back (``car_comparison`` …), so that no module hides the function of its name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.compare._result import Answer
    from f1lab.compare.car_comparison import cars
    from f1lab.compare.driver_comparison import drivers
    from f1lab.compare.season_comparison import season
    from f1lab.compare.team_comparison import teams

__all__ = ["Answer", "cars", "drivers", "season", "teams"]

#: Module each public name lives in.
_HOMES = {
    "Answer": "_result",
    "cars": "car_comparison",
    "drivers": "driver_comparison",
    "season": "season_comparison",
    "teams": "team_comparison",
}


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Name what is public, loaded or not."""
    return list(__all__)
