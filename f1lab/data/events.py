"""The race weekends of a season, and how a person names one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from f1lab.data.circuits import circuit_name, fold
from f1lab.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FIRST_SEASON", "SESSION_KINDS", "EventInfo", "find_event", "session_names"]

#: Timing data exist from this season on.
FIRST_SEASON = 2018
#: Sessions that can be loaded on their own, by their short names, and what schedules call them.
_CALLED = {
    "R": ("Race",),
    "Q": ("Qualifying",),
    "S": ("Sprint",),
    "SQ": ("Sprint Qualifying", "Sprint Shootout"),
    "FP1": ("Practice 1",),
    "FP2": ("Practice 2",),
    "FP3": ("Practice 3",),
}
SESSION_KINDS = tuple(_CALLED)
#: Words that name no event in particular.
_EMPTY_WORDS = frozenset({"grand", "prix", "gp", "of", "the", "de", "formula", "1"})


@dataclass(frozen=True)
class EventInfo:
    """One race weekend of a schedule.

    Parameters
    ----------
    year, round : int
        Season and round.
    name, country, location, official_name : str
        As the schedule gives them.
    sessions : dict of str to str
        UTC start (ISO) of each session by its name, e.g. ``{"Race": "2023-05-28T13:00:00"}``.
    """

    year: int
    round: int
    name: str
    country: str
    location: str
    official_name: str
    sessions: dict[str, str]

    @property
    def circuit(self) -> str:
        """Name of the circuit."""
        return circuit_name(self.name, self.location)

    def called(self, kind: str) -> str:
        """Name of a session at this weekend.

        Parameters
        ----------
        kind : str
            ``"R"``, ``"Q"``, ``"SQ"`` … (SESSION_KINDS), or the name itself.

        Returns
        -------
        str
            Its name in ``sessions``, or the usual one where the weekend has no such session.

        Examples
        --------
        >>> sessions = {"Sprint Shootout": "2023-07-29T10:00:00"}
        >>> EventInfo(2023, 12, "Belgian Grand Prix", "Belgium", "Spa", "", sessions).called("SQ")
        'Sprint Shootout'
        """
        names = session_names(kind)
        return next((name for name in names if name in self.sessions), names[0])

    def started_s(self, kind: str) -> float | None:
        """When a session was to start [s since 1970]; None when the schedule does not say.

        Parameters
        ----------
        kind : str
            As for :meth:`called`.
        """
        start = self.sessions.get(self.called(kind))
        if start is None:
            return None
        return datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp()


def session_names(kind: str) -> tuple[str, ...]:
    """Names schedules have for a session, the usual one first.

    Parameters
    ----------
    kind : str
        One of SESSION_KINDS, or a name.

    Returns
    -------
    tuple of str
        Its names.
    """
    return _CALLED.get(kind, (kind,))


def find_event(schedule: Sequence[EventInfo], wanted: str | int) -> EventInfo:
    """Find the event a person means.

    Parameters
    ----------
    schedule : sequence of EventInfo
        The events of one season.
    wanted : str or int
        Round, name of the event, country, place or circuit, or the beginning of a word of them;
        case and accents do not matter.

    Returns
    -------
    EventInfo
        The event.

    Raises
    ------
    UnknownName
        If nothing or more than one event fits; the message suggests the closest names.

    Examples
    --------
    >>> monaco = EventInfo(2023, 6, "Monaco Grand Prix", "Monaco", "Monaco", "", {})
    >>> find_event([monaco], "monac").round
    6
    """
    if isinstance(wanted, int) or wanted.strip().isdigit():
        for event in schedule:
            if event.round == int(wanted):
                return event
        raise UnknownName("round", str(wanted), [str(event.round) for event in schedule])
    words = [word for word in fold(wanted).split() if word not in _EMPTY_WORDS]
    for fits in (_is_called, _begins_name, _is_in, _begins_like, _contains):
        found = [event for event in schedule if words and fits(event, words)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownName("single event", wanted, [event.name for event in found])
    raise UnknownName("event", wanted, _all_names(schedule))


def _names(event: EventInfo) -> list[str]:
    given = (event.name, event.location, event.circuit)
    return [fold(name).removesuffix(" grand prix") for name in given if name]


def _is_called(event: EventInfo, words: list[str]) -> bool:
    return " ".join(words) in _names(event)


def _begins_name(event: EventInfo, words: list[str]) -> bool:
    return _begin(words, fold(event.name))


def _is_in(event: EventInfo, words: list[str]) -> bool:
    return " ".join(words) == fold(event.country)


def _begins_like(event: EventInfo, words: list[str]) -> bool:
    return _begin(words, " ".join([*_names(event), fold(event.country)]))


def _begin(words: list[str], names: str) -> bool:
    """Whether each word begins a word of the names."""
    known = names.replace("-", " ").split()
    return all(any(name.startswith(word) for name in known) for word in words)


def _contains(event: EventInfo, words: list[str]) -> bool:
    known = " ".join([*_names(event), fold(event.country), fold(event.official_name)])
    return all(word in known for word in words)


def _all_names(schedule: Sequence[EventInfo]) -> list[str]:
    """Names an event could have been asked for by, each once, events first."""
    names: dict[str, None] = {}
    for pick in ("name", "circuit", "country"):
        for event in schedule:
            names.setdefault(getattr(event, pick))
    return list(names)
