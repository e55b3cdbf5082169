"""Who is asked for a weekend, in which order, and what is said when nobody has it.

``"auto"`` looks into our cache, whoever filled it, then asks Formula 1's archive through FastF1,
then OpenF1. Why somebody did not answer is remembered with the session, so that a weekend says
the same when it comes from the cache.
"""

from __future__ import annotations

import dataclasses
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from f1lab.data.cache import Key, cached, peek, store
from f1lab.data.events import EventInfo
from f1lab.data.fastf1_source import FastF1Source
from f1lab.data.openf1_answers import OpenF1Answers
from f1lab.data.openf1_client import FIRST_SEASON as OPENF1_FIRST_SEASON
from f1lab.data.openf1_client import OpenF1Client
from f1lab.data.openf1_source import OpenF1Source
from f1lab.data.packing import SCHEMA_VERSION, pack, unpack
from f1lab.data.refusals import AccountNeeded, RateLimited
from f1lab.errors import F1LabError, NoData, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.data.packing import Loaded
    from f1lab.data.schema import DataIssue, Session
    from f1lab.settings import Settings

__all__ = ["ARCHIVES", "Answer", "Source", "archives_of", "fastf1_of", "schedule_of", "session_of"]

#: Names of the sources that have whole seasons, in the order ``"auto"`` asks them.
ARCHIVES = ("fastf1", "openf1")
#: Whoever was refused for want of an account does not ask the archive again for a while.
_REFUSED = Key("response", "all", "all", "all", "fastf1-refused")
_REFUSED_LATELY = (
    "Formula 1's archive wanted an account a few minutes ago and was not asked again: set "
    "F1_USERNAME and F1_PASSWORD of one with an F1 TV subscription."
)


class Source(Protocol):
    """Anything that knows the sessions of a season."""

    @property
    def name(self) -> str:
        """Short name, part of the cache keys."""

    def schedule(self, year: int) -> list[EventInfo]:
        """List the race weekends of a season; UnknownName when it is none."""

    def session(self, event: EventInfo, kind: str) -> Loaded:
        """Load and repair one session; NoData or SourceError when there is none."""

    def with_telemetry(self, event: EventInfo, session: Session) -> Session:
        """Attach what loads the car data and the corners of a session when asked."""


@dataclasses.dataclass(frozen=True)
class Answer:
    """A session, who gave it, and why those asked before did not.

    Parameters
    ----------
    session : Session
        The repaired session.
    issues : list of DataIssue
        What was missing or repaired.
    source : str
        Who answered.
    refusals : tuple of (str, str)
        Source and reason of each that did not.
    """

    session: Session
    issues: list[DataIssue]
    source: str
    refusals: tuple[tuple[str, str], ...]


def archives_of(source: str, held: Settings, *, refresh: bool = False) -> tuple[Source, ...]:
    """Return the archives a source stands for, in the order they are asked.

    Parameters
    ----------
    source : str
        ``"auto"`` or one of :data:`ARCHIVES`.
    held : Settings
        The settings.
    refresh : bool, optional
        Ask anew whatever was kept.

    Returns
    -------
    tuple of Source
    """
    cache = held.cache_dir.expanduser()
    client = OpenF1Client(held.openf1_url, cache, held.openf1_per_minute)
    answers = OpenF1Answers(client, held.offline, cache, refresh)
    every: dict[str, Source] = {"fastf1": fastf1_of(held), "openf1": OpenF1Source(answers)}
    return tuple(every[name] for name in (ARCHIVES if source == "auto" else (source,)))


def fastf1_of(held: Settings) -> FastF1Source:
    """Return Formula 1's archive as the settings have it.

    Parameters
    ----------
    held : Settings
        The settings.

    Returns
    -------
    FastF1Source
    """
    return FastF1Source(
        folder=held.fastf1_dir, offline=held.offline, cache=held.cache_dir.expanduser()
    )


def schedule_of(archives: Sequence[Source], year: int, held: Settings) -> list[EventInfo]:
    """List the race weekends of a season, from the first archive that has them.

    Parameters
    ----------
    archives : sequence of Source
        Whom to ask.
    year : int
        Season.
    held : Settings
        The settings.

    Returns
    -------
    list of EventInfo
        In order of their rounds.

    Raises
    ------
    UnknownName
        If there is no such season.
    NoData, SourceError
        If nobody has it; says why.
    """
    archives = _going_back_to(year, archives)
    errors: list[tuple[str, F1LabError]] = []
    keys = {
        one.name: Key("reference", year, "all", "all", f"{one.name}-schedule") for one in archives
    }
    for one in archives:
        rows = peek(keys[one.name], schema_version=SCHEMA_VERSION, expire=not held.offline)
        if rows is not None:
            return [EventInfo(**row) for row in rows]
    for one in archives:
        try:
            rows = cached(
                keys[one.name],
                lambda one=one: [dataclasses.asdict(event) for event in one.schedule(year)],  # type: ignore[misc]
                schema_version=SCHEMA_VERSION,
                expire=not held.offline,
            )
            return [EventInfo(**row) for row in rows]
        except (NoData, SourceError) as error:
            errors.append((one.name, error))
    raise _nobody(errors)


def session_of(
    archives: Sequence[Source], info: EventInfo, kind: str, held: Settings, *, refresh: bool
) -> Answer:
    """Return a session from our cache, else from the first archive that has it.

    Parameters
    ----------
    archives : sequence of Source
        Whom to ask.
    info : EventInfo
        The weekend.
    kind : str
        ``"R"``, ``"Q"`` …
    held : Settings
        The settings.
    refresh : bool
        Load anew whatever the cache has.

    Returns
    -------
    Answer
        The session, with what loads its telemetry when asked.

    Raises
    ------
    NoData
        If the weekend has no such session, it is still to come, or nobody has laps of it.
    SourceError
        If nobody answers; says why each did not.
    """
    _require_past(info, kind)
    archives = _going_back_to(info.year, archives)
    if not refresh:
        for one in archives:
            packed = peek(
                _key(info, kind, one.name), schema_version=SCHEMA_VERSION, expire=not held.offline
            )
            if packed is not None:
                return _answer(one, info, packed, _remembered(archives, one, info, kind))
    errors: list[tuple[str, F1LabError]] = []
    for one in archives:
        try:
            packed = _asked(one, info, kind, held, refresh=refresh, alone=len(archives) == 1)
        except (NoData, SourceError) as error:
            errors.append((one.name, error))
            continue
        refusals = tuple((name, str(error)) for name, error in errors)
        if refusals:
            store(_why(info, kind), refusals, schema_version=SCHEMA_VERSION)
        return _answer(one, info, packed, refusals)
    raise _nobody(errors)


def _going_back_to(year: int, archives: Sequence[Source]) -> Sequence[Source]:
    """The archives that may have a season; the only one, if it was asked for, says no itself."""
    known = [one for one in archives if one.name != "openf1" or year >= OPENF1_FIRST_SEASON]
    return known or archives


def _require_past(info: EventInfo, kind: str) -> None:
    """Raise NoData for a session that is not on the schedule or still to come."""
    start = info.started_s(kind)
    named = f"{info.name} {info.year}"
    if start is None:
        raise NoData(f"{named} has no {info.called(kind)}: {', '.join(info.sessions)}.")
    if start > datetime.now(tz=UTC).timestamp():
        day = datetime.fromtimestamp(start, tz=UTC)
        raise NoData(f"{info.called(kind)} of {named} starts on {day:%Y-%m-%d}.")


def _asked(
    one: Source, info: EventInfo, kind: str, held: Settings, *, refresh: bool, alone: bool
) -> dict[str, object]:
    """One session of one archive, packed, from the cache or asked for."""
    online = isinstance(one, FastF1Source) and not held.offline
    lately = online and not alone and _refused_lately()
    asked = dataclasses.replace(one, offline=True) if lately else one  # type: ignore[type-var]
    try:
        packed: dict[str, object] = cached(
            _key(info, kind, one.name),
            lambda: pack(*asked.session(info, kind)),
            schema_version=SCHEMA_VERSION,
            started_s=info.started_s(kind),
            expire=not held.offline,
            refresh=refresh,
        )
    except AccountNeeded as error:
        store(_REFUSED, str(error), schema_version=SCHEMA_VERSION)
        raise
    except SourceError as error:
        raise (AccountNeeded(_REFUSED_LATELY) if lately else error) from error
    return packed


def _refused_lately() -> bool:
    """Whether the archive wanted an account a few minutes ago, and there is still none."""
    there = "F1_USERNAME" in os.environ and "F1_PASSWORD" in os.environ
    return not there and peek(_REFUSED, schema_version=SCHEMA_VERSION) is not None


def _answer(
    one: Source,
    info: EventInfo,
    packed: dict[str, object],
    refusals: tuple[tuple[str, str], ...],
) -> Answer:
    session, issues = unpack(packed)
    session = dataclasses.replace(session, event=info.name)
    return Answer(one.with_telemetry(info, session), issues, one.name, refusals)


def _remembered(
    archives: Sequence[Source], one: Source, info: EventInfo, kind: str
) -> tuple[tuple[str, str], ...]:
    """Why those before the one in the cache did not answer, when it came."""
    before = [other.name for other in archives[: archives.index(one)]]
    told = peek(_why(info, kind), schema_version=SCHEMA_VERSION, expire=False) or ()
    known = {str(name): str(reason) for name, reason in told}
    unasked = f"not asked, because our cache has it from {one.name}."
    return tuple((name, known.get(name, unasked)) for name in before)


def _key(info: EventInfo, kind: str, name: str) -> Key:
    return Key("session", info.year, info.name, kind, name)


def _why(info: EventInfo, kind: str) -> Key:
    return Key("reference", info.year, info.name, kind, "auto-refusals")


def _nobody(errors: list[tuple[str, F1LabError]]) -> F1LabError:
    """One error of all; the sentence of the only one as it is."""
    if len(errors) == 1:
        return errors[0][1]
    kinds = (RateLimited, SourceError, NoData)
    kind = next(k for k in kinds if any(isinstance(error, k) for _, error in errors))
    return kind("; ".join(f"{name}: {str(error).rstrip('.')}" for name, error in errors) + ".")
