"""The autopsy of a driver's race."""

from __future__ import annotations

from f1lab.api.models.common import LedgerRow, Part, Shape

__all__ = ["Autopsy", "Ledger"]


class Evidence(Shape):
    """One reading: a sentence, the laps it was read from, the seconds it holds."""

    text: str
    laps: list[int]
    seconds: float


class Category(Shape):
    """One cause of the gap."""

    label: str
    seconds: float
    """Lost to the reference; negative when gained."""
    low_s: float
    high_s: float
    share: float
    """Of the absolute seconds of all causes [0 to 1]."""
    positions: int
    """Places it cost."""
    evidence: list[Evidence]


class Interval(Shape):
    """Ends of a 90 % interval [s]."""

    low_s: float
    high_s: float


class PitSplit(Shape):
    """Pit execution by crew and lane; null where nothing says how long the car stood."""

    crew: Part | None
    """Seconds lost standing, with their interval [s]."""
    lane: Part | None
    """Seconds lost driving through, with their interval [s]."""
    unknown: str
    """Why they are not known; empty when they are."""
    usual_lane_s: float | None
    usual_stationary_s: float | None
    stops: list[Part]


class Autopsy(Shape):
    """What cost a driver the race; categories and unexplained sum to gap_s."""

    schema_version: int
    kind: str
    year: int
    round: int
    event: str
    circuit: str
    source: str
    driver: str
    driver_name: str
    team: str
    team_colour: str
    reference: str
    reference_kind: str
    reference_name: str
    status: str
    classified: bool
    grid: int | None
    finish: int | None
    laps_compared: int
    gap_s: float
    """Gap to the reference on the road at the last common lap [s]."""
    categories: dict[str, Category]
    unexplained_s: float
    unexplained: Interval
    pace_and_tyres: Part
    """Pace and wear as one, where the laps blur them [s]."""
    pit_split: PitSplit
    verdict: str
    decider: Part | None
    """How the order of the two came about."""
    calls: list[Part]
    """Calls of the pit wall, judged in places."""
    timeline: list[Part]
    positions_by_lap: list[int | None]
    quality: list[Part]
    """What was missing from the data, or repaired."""
    diagnostics: Part


class Ledger(Shape):
    """Every lap of the driver and of the reference, booked line by line."""

    year: int
    event: str
    driver: str
    reference: str
    laps: dict[str, list[LedgerRow]]
    """By driver; the ideal race has its own."""
