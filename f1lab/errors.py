"""Every error f1lab raises on purpose.

Each says what was given, what is allowed and how to go on. The command line prints the
sentence and exits with status 2; a widget or an API shows the same sentence in place.
"""

from __future__ import annotations

import difflib
import operator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CacheError",
    "F1LabError",
    "InvalidInput",
    "InvalidPlan",
    "NoData",
    "NotEnoughLaps",
    "ReportError",
    "SourceError",
    "UnknownName",
    "whole_number",
]


class F1LabError(Exception):
    """Base of every error raised on purpose by f1lab."""


class SourceError(F1LabError):
    """A data source could not answer: no network, no account, no recording."""


class NoData(F1LabError):
    """The source answered, and what was asked for is not there."""


class NotEnoughLaps(F1LabError):
    """Too few usable laps to carry the number asked for."""


class InvalidInput(F1LabError):
    """A value outside what is allowed."""


class InvalidPlan(InvalidInput):
    """A race plan, or a way to run it, that is not possible."""


class CacheError(F1LabError):
    """The cache folder cannot be read or written."""


class ReportError(F1LabError):
    """A report could not be produced; nothing that looks finished was left behind."""


class UnknownName(InvalidInput):
    """A name that is not among the known ones.

    Parameters
    ----------
    kind : str
        What was being named, e.g. ``"driver"``.
    given : str
        The name as given.
    known : iterable of str
        The names that would have been accepted.
    """

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        self.kind, self.given, self.known = kind, str(given), tuple(known)
        super().__init__(_unknown_sentence(kind, self.given, self.known))


def _unknown_sentence(kind: str, given: str, known: tuple[str, ...]) -> str:
    by_folded = {name.casefold(): name for name in known}
    # a number one digit off another is another number, not a slip: 2022 was not meant as 2027
    likely = {} if given.isdigit() else by_folded
    close = difflib.get_close_matches(given.casefold(), likely, n=1, cutoff=0.6)
    hint = f" — did you mean {by_folded[close[0]]!r}?" if close else "."
    return f"no {kind} {given!r}{hint} Known: {', '.join(known) or 'none'}."


def whole_number(name: str, given: object, least: int = 0) -> int:
    """Return a whole number that was asked for, or raise :class:`InvalidInput` naming it.

    Parameters
    ----------
    name : str
        What it is, as the caller wrote it.
    given : object
    least : int
        Smallest allowed.
    """
    try:
        number = operator.index(given)  # type: ignore[arg-type]  # what is no number is refused
    except TypeError:
        number = least - 1
    if isinstance(given, bool) or number < least:
        raise InvalidInput(f"{name}={given!r}: give a whole number of {least} or more.")
    return number
