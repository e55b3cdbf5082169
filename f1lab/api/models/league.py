"""Answers of the league, and the races there are."""

from __future__ import annotations

from f1lab.api.models.common import Shape

__all__ = ["Leaderboard", "Races", "Schedule", "Standings", "Submission"]


class LeaderboardRow(Shape):
    """A player's best run of a race; equal scores share a place."""

    place: int
    user: str
    year: int
    event: str
    driver: str
    iq: float
    """Strategy IQ [0 to 100]."""
    wall_iq: float | None
    """What the real pit wall scored in the same car."""
    position: int | None
    real_position: int | None
    submitted_s: float
    """When, as seconds since 1970 [s]."""
    id: int


class Leaderboard(Shape):
    """The best runs, best first."""

    title: str
    rows: list[LeaderboardRow]


class Standing(Shape):
    """A player's season."""

    place: int
    user: str
    points: int
    wins: int
    races: int
    mean_iq: float


class Standings(Shape):
    """The season, best player first."""

    year: int
    rows: list[Standing]


class Submission(Shape):
    """A run that counts."""

    id: int
    user: str
    year: int
    event: str
    driver: str
    iq: float
    wall_iq: float | None
    position: int | None
    real_position: int | None
    place: int
    """The player's, on the race's leaderboard."""
    players: int
    best: bool
    """Whether this is the player's best run of the race."""
    already_there: bool
    """The same run by the same player counted before."""


class ScheduledEvent(Shape):
    """One race weekend of a season."""

    year: int
    round: int
    name: str
    country: str
    location: str
    circuit: str
    official_name: str
    sessions: dict[str, str]
    """Start of each session by its name [UTC, ISO 8601]."""


class Schedule(Shape):
    """The race weekends of a season, in order."""

    year: int
    events: list[ScheduledEvent]


class RaceAtHand(Shape):
    """A race that can be asked about without a network."""

    year: int
    event: str
    day: str
    """Day of the race; empty when it is not known."""


class Races(Shape):
    """The races at hand, newest season first; the demo weekend is always there."""

    demo: RaceAtHand
    races: list[RaceAtHand]
