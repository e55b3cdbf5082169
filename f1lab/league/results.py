"""What a league answers with: frozen dataclasses that become tables and plain values."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import pandas as pd

from f1lab.calc.estimate import Estimate, Result
from f1lab.league.crowd import CompoundShare, CrowdWindow  # noqa: TC001  (read by pydantic)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ImportReport",
    "KeptAutopsy",
    "Leaderboard",
    "LeaderboardRow",
    "OptimalStrategy",
    "Standing",
    "Standings",
    "Submission",
]


@dataclass(frozen=True)
class Submission(Result):
    """A run that counts.

    ``iq`` is the score of the replay, ``wall_iq`` what the real pit wall scored in the same car
    (None where it cannot be scored), ``place`` the player's on the race's leaderboard and
    ``best`` whether this is the player's best run of the race. ``already_there`` means the same
    run by the same player counted before; nothing was added.
    """

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
    players: int
    best: bool
    already_there: bool

    def __str__(self) -> str:
        """What happened, in a sentence."""
        there = "had counted already" if self.already_there else "counts"
        wall = "" if self.wall_iq is None else f"; the real pit wall scored {self.wall_iq:.1f}"
        return (
            f"{self.user}’s run of {self.driver} in {self.event} {self.year} {there} with an IQ of "
            f"{self.iq:.1f}{wall}. Place {self.place} of {self.players}"
            f"{'.' if self.best else ', with a better run.'}"
        )


@dataclass(frozen=True)
class LeaderboardRow(Result):
    """A player's best run of a race; equal scores share a place."""

    place: int
    user: str
    year: int
    event: str
    driver: str
    iq: float
    wall_iq: float | None
    position: int | None
    real_position: int | None
    submitted_s: float
    id: int


@dataclass(frozen=True)
class Leaderboard(Result):
    """The best runs, best first."""

    title: str
    rows: tuple[LeaderboardRow, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a run."""
        return _frame(LeaderboardRow, self.rows)


@dataclass(frozen=True)
class Standing(Result):
    """A player's season: championship points of every race's leaderboard."""

    place: int
    user: str
    points: int
    wins: int
    races: int
    mean_iq: float


@dataclass(frozen=True)
class Standings(Result):
    """The season, best player first; equal points, wins and mean IQ share a place."""

    year: int
    rows: tuple[Standing, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a player."""
        return _frame(Standing, self.rows)


@dataclass(frozen=True)
class OptimalStrategy(Result):
    """What the good runs of a race agree on, see :mod:`f1lab.league.crowd`.

    ``votes`` is the weight of the ``runs`` by ``players`` that counted. ``undercut_s`` is the gap at which an undercut works half the time
    [s], None where ``refusals`` says why.
    """

    year: int
    event: str
    circuit: str
    n_laps: int
    players: int
    runs: int
    votes: float
    stops: int
    stops_share: Estimate
    windows: tuple[CrowdWindow, ...]
    compounds: tuple[CompoundShare, ...]
    undercut_s: Estimate | None
    undercuts_tried: int
    refusals: dict[str, str] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """One row a stop: window, middle with its interval, confidence, favourite compound."""
        rows = [
            {
                "stop": window.stop,
                "first_lap": window.first_lap,
                "lap": window.lap.value,
                "lap_low": window.lap.low,
                "lap_high": window.lap.high,
                "last_lap": window.last_lap,
                "confidence": window.confidence,
                "compound": favourite.compound,
                "compound_share": favourite.share.value,
            }
            for window in self.windows
            for favourite in [next(c for c in self.compounds if c.stop == window.stop)]
        ]
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class KeptAutopsy(Result):
    """What cost a real driver the race, as kept in the league."""

    year: int
    event: str
    driver: str
    reference: str
    gap_s: float
    verdict: str
    categories_s: dict[str, float]
    made_with: str


@dataclass(frozen=True)
class ImportReport(Result):
    """What came of a league file.

    ``unverified`` runs are kept and count nowhere until their race is at hand and the file is
    imported again; ``refused`` says whose run of which race was left out, and why.
    """

    read: int
    added: int
    already_there: int
    unverified: int
    refused: tuple[str, ...]

    def __str__(self) -> str:
        """What happened, in a sentence."""
        return (
            f"{self.read} runs read: {self.added} count now, {self.already_there} counted already, "
            f"{self.unverified} wait for the data of their race, {len(self.refused)} refused."
        )


def _frame(kind: type[Result], rows: Sequence[Result]) -> pd.DataFrame:
    names = [item.name for item in fields(kind)]  # type: ignore[arg-type]  # all are dataclasses
    return pd.DataFrame([[getattr(row, name) for name in names] for row in rows], columns=names)
