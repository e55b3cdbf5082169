"""Charts of a race weekend in one visual language (plotly).

Team colours come from the data, made readable on light and on dark paper; team-mates differ
by dash, tyres by shape and letter, so that nothing depends on colour alone. Neutralised laps
are shaded: safety car amber, virtual safety car lighter, red flag red.
"""

from __future__ import annotations

from f1lab.figures.race import gap, lap_times, positions, stints
from f1lab.figures.style import COMPOUND_STYLES, CompoundStyle

__all__ = ["COMPOUND_STYLES", "CompoundStyle", "gap", "lap_times", "positions", "stints"]
