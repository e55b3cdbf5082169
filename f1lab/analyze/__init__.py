"""What an engineer reads first after a session: the session, one car, one driver.

Nothing is calculated here that is not a calculation of :mod:`f1lab.calc` or a fit of the race:
this floor puts them in order and says in words what they show. The names are loaded when they are
asked for; their modules are named after what comes back, so that no module hides a function.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.analyze.car_analysis import car
    from f1lab.analyze.driver_analysis import driver
    from f1lab.analyze.session_analysis import session

__all__ = ["car", "driver", "session"]

#: Module each public name lives in.
_HOMES = {"car": "car_analysis", "driver": "driver_analysis", "session": "session_analysis"}


def __getattr__(name: str) -> object:
    """Load an analysis when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Name the analyses, loaded or not."""
    return list(__all__)
