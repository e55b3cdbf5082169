"""The table of laps of an autopsy report: every lap as timed, and what flew over it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from f1lab.errors import NoData
from f1lab.reporting.page_parts import (
    Block,
    escaped,
    head_row,
    is_number,
    number_cell,
    place,
    signed_or_blank,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from f1lab.data.schema import Weekend

__all__ = ["lap_table"]


def lap_table(weekend: Weekend, driver: str, reference: str | None = None) -> Block:
    """Every lap as timed: sectors, tyre, gaps, flags, and the difference to another driver.

    Parameters
    ----------
    weekend : Weekend
        A loaded weekend.
    driver : str
        Code of the driver.
    reference : str, optional
        Another driver; adds his lap time and the difference.

    Raises
    ------
    NoData
        The driver completed no lap.
    """
    laps = weekend.race.laps
    own = laps[laps["driver"] == driver].sort_values("lap")
    if own.empty:
        raise NoData(f"{driver} completed no lap, so there is no table of laps.")
    other = laps[laps["driver"] == reference].set_index("lap")["lap_time_s"]
    rows = "".join(
        _lap_row(lap, other.get(lap["lap"], math.nan) if reference else None)
        for lap in own.to_dict("records")
    )
    versus = (f"n:{reference}", "n:Δ") if reference else ()
    head = head_row(
        "n:Lap", "n:Place", "n:Time", *versus, "n:S1", "n:S2", "n:S3", "Tyre", "n:Ahead", ""
    )
    return Block(f'<table class="laps">{head}<tbody>{rows}</tbody></table>')


def _lap_row(lap: Mapping[Any, Any], other_s: float | None) -> str:
    versus = (
        ""
        if other_s is None
        else f"{number_cell(_clock(other_s))}{number_cell(signed_or_blank(lap['lap_time_s'] - other_s))}"
    )
    age = lap["tyre_age_laps"]
    tyre = f"{str(lap['compound']).capitalize()}{f' {age:.0f}' if is_number(age) else ''}"
    flags = [name for name, shown in _flags(lap).items() if shown]
    quiet = "" if lap["green"] and not flags else ' class="slow"'
    return (
        f"<tr{quiet}>{number_cell(lap['lap'])}{number_cell(place(lap['position']))}{number_cell(_clock(lap['lap_time_s']))}"
        f"{versus}{number_cell(_sector(lap['sector1_s']))}{number_cell(_sector(lap['sector2_s']))}"
        f"{number_cell(_sector(lap['sector3_s']))}<td>{escaped(tyre)}</td>{number_cell(_sector(lap['gap_ahead_s']))}"
        f"<td>{' '.join(flags)}</td></tr>"
    )


def _flags(lap: Mapping[str, Any]) -> dict[str, bool]:
    return {
        f"in{_stood(lap)}": is_number(lap["pit_in_s"]),
        "out": is_number(lap["pit_out_s"]),
        "red": bool(lap["red"]),
        "SC": bool(lap["sc"]),
        "VSC": bool(lap["vsc"]),
        "yellow": bool(lap["yellow"]),
        "deleted": bool(lap["deleted"]),
        "derived": bool(lap["repaired"]),
    }


def _clock(seconds: float) -> str:
    """A lap time as on a timing screen: 1:17.123."""
    if not is_number(seconds):
        return "–"
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes}:{rest / 1000:06.3f}"


def _sector(seconds: float) -> str:
    return f"{seconds:.3f}" if is_number(seconds) else "–"


def _stood(lap: Mapping[str, Any]) -> str:
    """How long the car stood in its box, where that was timed."""
    stood = lap["pit_stationary_s"]
    return f" ({stood:.1f} s standing)" if is_number(stood) else ""
