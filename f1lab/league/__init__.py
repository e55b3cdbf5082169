"""The league of the race simulator: runs, leaderboards, and what the good ones agree on.

``League().submit(simulation, "Ada")`` hands in a run, ``.top(2023, "Monaco")`` shows who leads,
``.optimal(2023, "Monaco")`` what the good runs agree on.
"""

from __future__ import annotations

from f1lab.league.errors import LeagueError, LeagueUnavailable, NotReplayable, SubmissionRefused
from f1lab.league.league import League
from f1lab.league.results import (
    ImportReport,
    KeptAutopsy,
    Leaderboard,
    LeaderboardRow,
    OptimalStrategy,
    Standing,
    Standings,
    Submission,
)

__all__ = [
    "ImportReport",
    "KeptAutopsy",
    "Leaderboard",
    "LeaderboardRow",
    "League",
    "LeagueError",
    "LeagueUnavailable",
    "NotReplayable",
    "OptimalStrategy",
    "Standing",
    "Standings",
    "Submission",
    "SubmissionRefused",
]
