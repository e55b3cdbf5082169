"""What a league refuses, and how it says that it cannot answer."""

from __future__ import annotations

from f1lab.errors import F1LabError, InvalidInput, NoData

__all__ = ["LeagueError", "LeagueUnavailable", "NotReplayable", "SubmissionRefused"]


class LeagueError(F1LabError):
    """The league's store or a league file cannot be used."""


class LeagueUnavailable(LeagueError):
    """The store is locked, read-only, or its server does not answer; nothing was lost."""


class SubmissionRefused(InvalidInput):
    """A run that does not reproduce, or breaks a rule of the league."""


class NotReplayable(NoData):
    """A run cannot be replayed here: the race it was driven in is not at hand."""
