"""Answers about one session, one driver, or all drivers of a race."""

from __future__ import annotations

from f1lab.api.models.common import Part, Range, Shape, Told
from f1lab.api.models.compare import DriverResult, PaceGap, QualifyingGap, Tally

__all__ = [
    "CarAnalysis",
    "Consistency",
    "DriverAnalysis",
    "HeadToHead",
    "QualifyingAnalysis",
    "RaceAnalysis",
    "Racecraft",
    "SeasonHeadToHead",
]


class DriverConsistency(Shape):
    """How even a driver's clean laps were, and how often he slipped."""

    driver: str
    name: str
    team: str
    consistency: Part | None
    """Scatter of corrected laps [s]; null with the reason in refusals."""
    mistakes: Part | None
    """Chance of a mistake a lap, and how many were made."""
    refusals: dict[str, str]


class Consistency(Shape):
    """Consistency of the drivers of a race."""

    year: int
    event: str
    drivers: list[DriverConsistency]
    refusals: dict[str, str]
    """Drivers of whom nothing can be told, and why."""


class DriverRacecraft(Shape):
    """Fights against what the overtaking model expects, and pace under pressure."""

    driver: str
    name: str
    team: str
    racecraft: Part | None
    """Passes made and suffered beside those expected."""
    pressure: Part | None
    """Pace with a car close behind against without [s per lap]."""
    refusals: dict[str, str]


class Racecraft(Shape):
    """Racecraft of the drivers of a race."""

    year: int
    event: str
    drivers: list[DriverRacecraft]
    refusals: dict[str, str]


class HeadToHead(Told):
    """Two drivers of a weekend, side by side; differences are a minus b."""

    year: int
    event: str
    a: str
    b: str
    head_to_head: list[DriverResult]
    qualifying: QualifyingGap | None
    race_pace: PaceGap | None
    lap_difference_s: float | None


class SeasonHeadToHead(Told):
    """Two drivers over a season: who was ahead, how often, race by race."""

    seasons: list[int]
    a: str
    b: str
    qualified: Tally
    finished: Tally
    points: list[float]
    rows: list[Part]


class Conditions(Shape):
    """Air, track, wind and rain; null for what was not measured."""

    air_c: Part | None
    track_c: Part | None
    wind_ms: Part | None
    rain_share: float | None


class RaceAnalysis(Told):
    """A race as an engineer reads it."""

    year: int
    round: int
    event: str
    circuit: str
    source: str
    n_laps: int
    runners: list[Part]
    """In the order of the result."""
    pace: list[Part]
    """Race pace, the quickest first [s per lap]."""
    against_winner: list[Part]
    """Where each car's gap came from [s]."""
    neutralised: list[Part]
    conditions: Conditions
    degradation: Part | None
    compounds: list[Part]
    life: dict[str, Part]
    thermal: dict[str, Part]
    stops: Part | None
    fuel: Part | None
    track: Part | None
    traffic: Part | None
    drs: Part | None
    weather: Part | None
    cooling: Part | None
    grip: Part | None
    crossovers: dict[str, Part]


class QualifyingAnalysis(Told):
    """A qualifying as an engineer reads it."""

    year: int
    round: int
    event: str
    circuit: str
    source: str
    order: list[Part]
    track: list[Part]
    """Grip gained from part to part [s]."""
    conditions: Conditions


class DriverAnalysis(Told):
    """One driver's race, each figure beside the field's."""

    year: int
    round: int
    event: str
    circuit: str
    source: str
    driver: str
    profile: Part
    race: DriverResult
    figures: list[Part]
    teammate: str | None
    teammate_pace: PaceGap | None
    """The driver minus the teammate."""
    stints: list[Part]
    wear: Part | None


class CarAnalysis(Told):
    """One car in absolute terms: engine, drag, corners, tyres, stops."""

    year: int
    event: str | None
    source: str | None
    session: str
    driver: str
    team: str
    profile: Part
    drag_at_300_g: Range | None
    """Deceleration by drag at 300 km/h [g]."""
    corners: list[Part]
    """Speed in each corner beside the field's best [km/h]."""
    pace: PaceGap | None
    crew: Part | None
