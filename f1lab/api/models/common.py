"""What the answers have in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["LedgerRow", "Part", "Range", "Shape", "Told"]

#: Something deep inside a result: an object whose keys carry their units.
Part = dict[str, Any]


class Shape(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True, frozen=True)


class Range(Shape):
    """A number and its 90 % interval, in the unit of the key that holds it."""

    value: float | None
    """The estimate; null when it is not known."""
    low: float | None
    """Lower end."""
    high: float | None
    """Upper end."""


class Told(Shape):
    """An answer that says in words what it found."""

    kind: str
    """What it is, such as driver_comparison."""
    title: str
    """One line: who or what, and where."""
    findings: list[str]
    """Plain sentences, most important first."""
    refusals: dict[str, str]
    """What could not be told, and why."""


class LedgerRow(Shape):
    """One lap, booked line by line; the lines sum to its time [s]."""

    lap: int
    lap_time_s: float
    track_s: float
    fuel_s: float
    pace_s: float
    tyre_normal_s: float
    tyre_excess_s: float
    traffic_s: float
    pit_normal_s: float
    pit_excess_s: float
    neutralisation_s: float
    start_s: float
    incident_s: float
    unexplained_s: float
