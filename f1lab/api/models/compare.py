"""Answers of the comparisons; every difference is ``a`` minus ``b``: positive seconds a lost."""

from __future__ import annotations

from pydantic import Field

from f1lab.api.models.common import LedgerRow, Part, Range, Shape, Told

__all__ = [
    "CarComparison",
    "DriverComparison",
    "DriverResult",
    "PaceGap",
    "Performance",
    "QualifyingGap",
    "SeasonComparison",
    "SectorDelta",
    "Tally",
    "TeamComparison",
]


class PaceGap(Shape):
    """Difference of race pace with fuel, track, tyres, traffic and slips equal."""

    s_per_lap: Range
    """Over the race [s per lap]."""
    pct: Range
    """The same in per cent of a lap [%]."""
    new_tyre_s: Range
    """On new tyres [s per lap]."""
    wear_s_per_lap: Range
    """Growth with every lap of tyre age [s per lap]."""
    age_laps: float
    """Tyre age the pace is stated at [laps]."""
    n_laps: list[int]
    """Laps it was read from, of either side."""


class QualifyingGap(Shape):
    """As timed, in the last part of qualifying both took part in."""

    part: str
    """Q1, Q2 or Q3."""
    a_s: float
    """Best time of the first [s]."""
    b_s: float
    """Best time of the second [s]."""
    gap_s: float
    """The first minus the second [s]."""
    gap_pct: float
    """The same in per cent [%]."""
    sectors_s: list[float | None] | None
    """By sector [s]."""


class SectorDelta(Shape):
    """By sector, of clean race laps corrected for fuel and tyres."""

    sectors_s: list[Range]
    """Each sector [s]."""
    lap_s: Range
    """The lap [s]."""
    n_laps: list[int]
    """Laps of either."""


class DriverResult(Shape):
    """What the race brought a driver; null for what is not known."""

    driver: str
    grid: int | None
    finish: int | None
    classified: bool
    status: str
    points: float
    laps: int
    best_lap_s: float | None
    stops: int


class LapDelta(Shape):
    """Difference of laps: whole, by sector, by corner, by kind of road."""

    lap_s: Range
    """The lap [s]."""
    sectors_s: list[Range]
    """Each sector [s]."""
    corners: Part | None
    """Corner by corner [s]."""
    parts: list[Part]
    """Straights, and slow, medium and fast corners [s]."""
    laps: list[list[int]]
    """Pairs of lap numbers it was read from."""
    taken_off_s: float
    """Mean of what fuel, track and tyre age made of it, taken off [s]."""
    corners_m: list[float]
    """Distance of the corners [m]."""


class CarComparison(Told):
    """Two cars through their telemetry."""

    year: int
    event: str | None
    circuit: str | None
    source: str | None
    session: str
    """Name of the session the laps are from."""
    a: str
    b: str
    fastest: LapDelta | None
    """Of the two fastest laps."""
    fastest_facts: list[str]
    fastest_alike: bool
    """Whether these were driven on like tyres."""
    delta: LapDelta | None
    """Mean over pairs of comparable laps."""
    apexes: list[Part]
    """Speed in each corner [km/h]."""
    difference: Part
    """Power, drag, grip, top speed, wear."""
    profiles: list[Part]
    """Both cars in absolute terms."""
    degradation: Part | None
    cooling: Part | None
    length_m: float | None
    """Length of the lap as driven [m]."""
    residual_kmh: float | None
    """Speed difference left after alignment [km/h]."""


class DriverComparison(Told):
    """Two drivers of a weekend: how much quicker one was, where, and why."""

    year: int
    round: int
    event: str
    circuit: str
    source: str
    a: str
    b: str
    profiles: list[Part]
    """Pace, consistency, mistakes, racecraft, pressure of both."""
    head_to_head: list[DriverResult]
    race_pace: PaceGap | None
    lap_difference_s: float | None
    """Of the laps both raced, as driven [s per lap]."""
    why: list[Part]
    """Parts that sum to it [s per lap]."""
    n_laps_compared: int
    qualifying: QualifyingGap | None
    qualifying_pace_s: Range | None
    """Of all pushed laps, track evolution removed [s]."""
    sectors: SectorDelta | None
    stints: list[Part]


class TeamComparison(Told):
    """Two teams of a weekend: pace, qualifying, pit work, reliability."""

    year: int
    round: int
    event: str
    circuit: str
    source: str
    a: str
    b: str
    profiles: list[Part]
    race_pace: PaceGap | None
    qualifying: QualifyingGap | None
    """Between each team's quicker car."""
    sectors: SectorDelta | None
    stop_cost: Part | None
    """What a stop cost anybody here [s]."""


class Tally(Shape):
    """How often the first driver was ahead."""

    a_ahead: int
    n_races: int
    share: Range
    """Leaning on two races for either side [0 to 1]."""


class SeasonComparison(Told):
    """Two drivers over the races of a season that are at hand."""

    seasons: list[int]
    a: str
    b: str
    races: list[str]
    qualifying: Part | None
    """Gap over the season and of each race [%]."""
    race_pace: Part | None
    """Gap over the season and of each race [%]."""
    qualified: Tally
    finished: Tally
    points: list[float]
    """Of the races both drove."""
    profiles: list[Part]
    rows: list[Part]
    """One a race."""
    source_names: list[str]
    left_out: list[str]
    """Races that could not be compared."""


class Tables(Shape):
    """Tables of a result by title: rows whose keys carry their units."""

    title: str
    findings: list[str]
    refusals: dict[str, str]
    tables: dict[str, list[Part]]


class Performance(Shape):
    """Two drivers lap by lap and corner by corner."""

    year: int
    event: str
    a: str
    b: str
    drivers: Tables
    """Pace, stints, sectors, profiles."""
    cars: Tables
    """Corners, straights, power, drag, grip."""
    laps: dict[str, list[LedgerRow]] = Field(examples=[{"UUR": [], "WEX": []}])
    """Every lap of each, booked line by line [s]."""
