"""Follow a race while it is driven: tower, tyres, chances, and the calls of one pit wall.

The recording FastF1's live-timing client writes is read while it grows, by the code that reads a
finished one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.data.livetiming_write import write_recording
    from f1lab.live.following import follow
    from f1lab.live.state import (
        CallOption,
        LiveAdvice,
        LiveMessage,
        LiveOdds,
        LiveRow,
        LiveState,
        LiveWear,
        LiveWeather,
    )

__all__ = [
    "CallOption",
    "LiveAdvice",
    "LiveMessage",
    "LiveOdds",
    "LiveRow",
    "LiveState",
    "LiveWear",
    "LiveWeather",
    "follow",
    "write_recording",
]

#: Module of each public name that is not in ``f1lab.live.state``; imported on first use.
_HOMES = {"follow": "f1lab.live.following", "write_recording": "f1lab.data.livetiming_write"}


def __getattr__(name: str) -> object:
    """Load a public name's module on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "f1lab.live.state")), name)
