"""The races of a season comparison as rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from f1lab.compare._text import columns

if TYPE_CHECKING:
    from f1lab.compare._pooling import Pooled
    from f1lab.compare._season_races import RaceRead

__all__ = ["race_rows"]


def race_rows(
    reads: list[RaceRead],
    dry: list[RaceRead],
    qualifying: Pooled | None,
    raced: list[RaceRead],
    pace: Pooled | None,
) -> list[dict[str, Any]]:
    """A row per race, with what could be read of it."""
    drawn_q = (
        dict(zip([r.name for r in dry], qualifying.by_race, strict=True)) if qualifying else {}
    )
    drawn_p = dict(zip([r.name for r in raced], pace.by_race, strict=True)) if pace else {}
    rows = []
    for read in reads:
        own, other = read.results
        timed = read.qualifying
        rows.append(
            {
                "race": read.name,
                "wet": read.wet,
                "wet_qualifying": read.wet_qualifying,
                "part": None if timed is None else timed.part,
                "qualifying_s": None if timed is None else timed.gap_s,
                "qualifying_pct": None if timed is None else timed.gap_pct,
                **columns("qualifying_drawn", drawn_q.get(read.name), "pct"),
                **columns(
                    "race_pace", None if read.pace is None else read.pace.s_per_lap, "s_per_lap"
                ),
                **columns("race_pace_drawn", drawn_p.get(read.name), "pct"),
                "grid_a": own.grid,
                "grid_b": other.grid,
                "finish_a": own.finish,
                "finish_b": other.finish,
                "points_a": own.points,
                "points_b": other.points,
            }
        )
    return rows
