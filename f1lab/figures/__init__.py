"""Charts of race weekends in one visual language (plotly).

Team colours come from the data, made readable on light and on dark paper; lines that look alike,
to eyes of any kind, differ by dash and shade, tyres by shape and letter, so that nothing depends
on colour alone. Neutralised laps are shaded: safety car amber, virtual safety car lighter, red
flag red. The names are loaded when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.figures.backtest import place_errors, reliability
    from f1lab.figures.circuit import track_map
    from f1lab.figures.comparison import corner_deltas, reasons, sectors
    from f1lab.figures.image import NoBrowser, to_image
    from f1lab.figures.laps import lap_distribution, tyre_degradation
    from f1lab.figures.profiles import radar
    from f1lab.figures.race import gap, lap_times, positions, stints
    from f1lab.figures.season import blame_heatmap
    from f1lab.figures.style import COMPOUND_STYLES, CompoundStyle
    from f1lab.figures.telemetry import gear_usage, pedals, speed_trace

__all__ = [
    "COMPOUND_STYLES",
    "CompoundStyle",
    "NoBrowser",
    "blame_heatmap",
    "corner_deltas",
    "gap",
    "gear_usage",
    "lap_distribution",
    "lap_times",
    "pedals",
    "place_errors",
    "positions",
    "radar",
    "reasons",
    "reliability",
    "sectors",
    "speed_trace",
    "stints",
    "to_image",
    "track_map",
    "tyre_degradation",
]

#: Module each public name lives in.
_HOMES = {
    "COMPOUND_STYLES": "style",
    "CompoundStyle": "style",
    "NoBrowser": "image",
    "blame_heatmap": "season",
    "corner_deltas": "comparison",
    "gap": "race",
    "gear_usage": "telemetry",
    "lap_distribution": "laps",
    "lap_times": "race",
    "pedals": "telemetry",
    "place_errors": "backtest",
    "positions": "race",
    "radar": "profiles",
    "reasons": "comparison",
    "reliability": "backtest",
    "sectors": "comparison",
    "speed_trace": "telemetry",
    "stints": "race",
    "to_image": "image",
    "track_map": "circuit",
    "tyre_degradation": "laps",
}


def __getattr__(name: str) -> object:
    """Load a chart when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Name the charts, loaded or not."""
    return list(__all__)
