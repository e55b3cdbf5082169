"""Load a weekend: from the cache, else from its source.

``load`` looks into our cache first. What is not there, or has expired, comes from the source, is
repaired and stored as plain frames; a weekend is the same fresh and from the cache.

================  ========================================================================
source            what it is
================  ========================================================================
``"auto"``        our cache, then ``"fastf1"``, then ``"openf1"``: whoever has it (default)
``"fastf1"``      Formula 1's archive through FastF1, or an existing FastF1 cache
``"openf1"``      the OpenF1 REST API: 2023 and later, no account
``"livetiming"``  a live-timing recording
``"demo"``        the synthetic weekend, with known truth
================  ========================================================================
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib

from f1lab.data.archives import (
    ARCHIVES,
    Source,
    archives_of,
    fastf1_of,
    schedule_of,
    session_of,
)
from f1lab.data.cache import Key, cached, peek
from f1lab.data.events import SESSION_KINDS, EventInfo, find_event
from f1lab.data.fastf1_source import FastF1Source
from f1lab.data.packing import SCHEMA_VERSION, Loaded, pack, unpack
from f1lab.data.refusals import RateLimited
from f1lab.data.schema import DataIssue, Session, Truth, Weekend
from f1lab.errors import CacheError, InvalidInput, NoData, SourceError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from f1lab.data.archives import Answer
    from f1lab.data.livetiming_source import Recording
    from f1lab.settings import Settings

__all__ = [
    "SOURCES",
    "FastF1Source",
    "RateLimited",
    "Source",
    "load",
    "load_demo",
    "load_session",
    "openf1_table",
    "schedule",
]

SOURCES = ("auto", "demo", "fastf1", "livetiming", "openf1")
_log = logging.getLogger(__name__)


def load(
    year: int,
    event: str | int,
    source: str | None = None,
    *,
    offline: bool | None = None,
    fastf1_cache: str | Path | None = None,
    recording: Recording | None = None,
    refresh: bool = False,
) -> Weekend:
    """Load a race weekend. Car data are loaded when ``session.telemetry`` first asks for them.

    Parameters
    ----------
    year : int
        Season, 2018 or later.
    event : str or int
        Round, or a name: of the event, country, place or circuit, or the beginning of a word of
        it. Case and accents do not matter.
    source : str, optional
        ``"auto"`` (default: our cache, FastF1, OpenF1, in that order), ``"fastf1"``,
        ``"openf1"``, ``"livetiming"`` or ``"demo"``.
    offline : bool, optional
        Never touch the network; default: ``F1LAB_OFFLINE``.
    fastf1_cache : str or Path, optional
        A FastF1 cache folder; default: ``F1LAB_FASTF1_CACHE``.
    recording : str, Path or sequence of them, optional
        Live-timing files; implies ``source="livetiming"``. A recorded sprint counts as the race.
    refresh : bool, optional
        Load anew whatever the cache has.

    Returns
    -------
    Weekend
        Race and, if there is one, qualifying; ``source`` says who answered, ``quality`` what was
        missing or repaired, and why those asked before did not answer.

    Raises
    ------
    UnknownName
        If there is no such season, event or source; the message suggests the closest name.
    NoData
        If the race has no laps.
    SourceError
        If the source cannot answer.
    CacheError
        If the cache folder cannot be used.
    """
    if isinstance(year, bool) or not isinstance(year, int):
        raise InvalidInput(f"year is a whole number such as 2023; not {year!r}.")
    if isinstance(event, bool) or not isinstance(event, int | str):
        raise InvalidInput(f"event is a name or a round such as 'Monaco' or 6; not {event!r}.")
    source = source or ("auto" if recording is None else "livetiming")
    if source not in SOURCES:
        raise UnknownName("source", source, SOURCES)
    if recording is not None and source != "livetiming":
        raise InvalidInput(f"a recording was given, which source {source!r} does not read.")
    if source == "demo":
        return load_demo()
    held = _settings(offline=offline, fastf1_cache=fastf1_cache)
    if source == "livetiming":
        return _load_recording(year, event, recording, held)
    archives = archives_of(source, held, refresh=refresh)
    info = find_event(schedule_of(archives, year, held), event)
    return _weekend(archives, info, held, refresh=refresh)


def load_session(
    year: int,
    event: str | int,
    kind: str = "Q",
    source: str | None = None,
    *,
    offline: bool | None = None,
    fastf1_cache: str | Path | None = None,
    refresh: bool = False,
) -> Session:
    """Load one session of a weekend: a qualifying whose race is not at hand, a practice.

    Parameters
    ----------
    year : int
        Season, 2018 or later.
    event : str or int
        As for :func:`load`.
    kind : str
        ``"R"``, ``"Q"``, ``"S"`` (sprint), ``"SQ"``, ``"FP1"``, ``"FP2"`` or ``"FP3"``.
    source : str, optional
        ``"auto"`` (default), ``"fastf1"`` or ``"openf1"``, as for :func:`load`.
    offline : bool, optional
        Never touch the network; default: ``F1LAB_OFFLINE``.
    fastf1_cache : str or Path, optional
        A FastF1 cache folder; default: ``F1LAB_FASTF1_CACHE``.
    refresh : bool, optional
        Load anew whatever the cache has.

    Returns
    -------
    Session

    Raises
    ------
    UnknownName
        If there is no such season, event or session.
    NoData
        If it has no laps.
    SourceError
        If the source cannot answer.
    """
    wanted = str(kind).upper()
    if wanted not in SESSION_KINDS:
        raise UnknownName("session", str(kind), SESSION_KINDS)
    held = _settings(offline=offline, fastf1_cache=fastf1_cache)
    archives = archives_of(_of_seasons(source), held, refresh=refresh)
    info = find_event(schedule_of(archives, year, held), event)
    return session_of(archives, info, wanted, held, refresh=refresh).session


def load_demo(seed: int = 0) -> Weekend:
    """Load the synthetic weekend.

    Parameters
    ----------
    seed : int, optional
        Another seed is another race on the same circuit.

    Returns
    -------
    Weekend
        A weekend like a real one, with ``truth``: where every second came from.
    """
    demo = import_module("f1lab.data.demo")
    entity = f"demo-{seed}-{_fingerprint(Path(str(demo.__file__)).parent)}"
    key = Key("session", "demo", "Demo Grand Prix", "all", entity)
    try:
        packed = cached(
            key,
            lambda: _pack_demo(demo.generate(seed)),
            schema_version=SCHEMA_VERSION,
            expire=False,
        )
    except CacheError as error:
        _log.warning("working without the cache: %s", error)
        packed = _pack_demo(demo.generate(seed))
    return _unpack_demo(packed, seed)


def schedule(
    year: int,
    *,
    source: str | None = None,
    offline: bool | None = None,
    fastf1_cache: str | Path | None = None,
) -> list[EventInfo]:
    """List the race weekends of a season.

    Parameters
    ----------
    year : int
        Season, 2018 or later.
    source : str, optional
        ``"auto"`` (default), ``"fastf1"`` or ``"openf1"``, as for :func:`load`.
    offline : bool, optional
        Never touch the network.
    fastf1_cache : str or Path, optional
        A FastF1 cache folder.

    Returns
    -------
    list of EventInfo
        In order of their rounds.

    Raises
    ------
    UnknownName
        If there is no such season or source.
    SourceError
        If the schedule cannot be had.
    """
    held = _settings(offline=offline, fastf1_cache=fastf1_cache)
    return schedule_of(archives_of(_of_seasons(source), held), year, held)


def openf1_table(
    year: int,
    event: str | int,
    endpoint: str,
    kind: str = "R",
    *,
    offline: bool | None = None,
) -> pd.DataFrame:
    """Return what an endpoint of OpenF1 says of a session, beyond what a session holds.

    Parameters
    ----------
    year : int
        Season, 2023 or later.
    event : str or int
        As for :func:`load`.
    endpoint : str
        ``"intervals"``, ``"overtakes"``, ``"position"``, ``"pit"``, ``"stints"`` …
    kind : str, optional
        As for :func:`load_session`.
    offline : bool, optional
        Never touch the network: answer from what was kept.

    Returns
    -------
    pandas.DataFrame
        Fields under OpenF1's names, durations in seconds, moments in seconds since 1970, and
        ``time_s``, the clock [s] of the session that ``source="openf1"`` gives.

    Raises
    ------
    UnknownName
        If there is no such event, session or endpoint.
    NoData, SourceError
        If OpenF1 has no such session, or cannot be asked.
    """
    held = _settings(offline=offline, fastf1_cache=None)
    archives = archives_of("openf1", held)
    info = find_event(schedule_of(archives, year, held), event)
    table: pd.DataFrame = archives[0].table(info, kind, endpoint)  # type: ignore[attr-defined]
    return table


def _of_seasons(source: str | None) -> str:
    """The name of a source that has whole seasons; ``"auto"`` for none."""
    known = ("auto", *ARCHIVES)
    if (source or "auto") not in known:
        raise UnknownName("source", str(source), known)
    return source or "auto"


def _settings(*, offline: bool | None, fastf1_cache: str | Path | None) -> Settings:
    from f1lab.settings import settings  # noqa: PLC0415  (pydantic only when asked)

    return settings(offline=offline, fastf1_cache=fastf1_cache)


def _weekend(
    archives: Sequence[Source], info: EventInfo, held: Settings, *, refresh: bool
) -> Weekend:
    answer = session_of(archives, info, "R", held, refresh=refresh)
    ordered = sorted(archives, key=lambda one: one.name != answer.source)
    qualifying, found = _qualifying(ordered, info, held, refresh=refresh)
    race, filled = _with_grid(answer.session, qualifying)
    return Weekend(
        year=info.year,
        round=info.round,
        event=info.name,
        circuit=info.circuit,
        source=answer.source,
        race=race,
        qualifying=qualifying,
        quality=tuple(_refused(answer) + answer.issues + filled + found),
    )


def _refused(answer: Answer, what: str = "") -> list[DataIssue]:
    """Who was asked before, and why it is not their data."""
    return [DataIssue("source", name, 1, what + reason) for name, reason in answer.refusals]


def _qualifying(
    archives: Sequence[Source], info: EventInfo, held: Settings, *, refresh: bool
) -> tuple[Session | None, list[DataIssue]]:
    """Qualifying if there is one, else why not; the reason is remembered for a few minutes."""
    place = joblib.hash((str(held.fastf1_dir), held.openf1_url, held.offline))[:8]
    names = "-".join(one.name for one in archives)
    absent = Key("response", info.year, info.name, "Q", f"{names}-missing-{place}")
    reason = None if refresh else peek(absent, schema_version=SCHEMA_VERSION)
    if reason is None:
        try:
            answer = session_of(archives, info, "Q", held, refresh=refresh)
        except (NoData, SourceError) as error:
            why = str(error)
        else:
            told = f"Qualifying came from {answer.source}: "
            return answer.session, answer.issues + _refused(answer, told)
        reason = cached(absent, lambda: why, schema_version=SCHEMA_VERSION, refresh=True)
    return None, [DataIssue("qualifying_missing", "Qualifying", 1, str(reason))]


def _with_grid(race: Session, qualifying: Session | None) -> tuple[Session, list[DataIssue]]:
    """Without any official grid, take the order of qualifying."""
    if qualifying is None or race.results["grid"].notna().any():
        return race, []
    order = qualifying.results.set_index("driver")["finish"]
    grid = race.results["driver"].map(order).rank(method="first")
    if grid.isna().all():
        return race, []
    results = race.results.assign(grid=grid.astype(float))
    action = "the order of qualifying was taken; grid penalties are not in it"
    issue = DataIssue("grid_from_qualifying", race.name, int(grid.notna().sum()), action)
    return dataclasses.replace(race, results=results), [issue]


def _load_recording(
    year: int, event: str | int, recording: Recording | None, held: Settings
) -> Weekend:
    """Weekend of one or more recorded sessions."""
    from f1lab.data.livetiming_source import LiveTimingSource  # noqa: PLC0415

    if recording is None:
        raise InvalidInput(
            'source="livetiming" reads a recording: give recording="path/to/file.txt".'
        )
    source = LiveTimingSource.of(recording, fastf1_of(held))
    info = find_event(source.schedule(year), event)
    loaded: dict[str, Loaded] = {}
    for kind in source.kinds:
        session, found = unpack(
            cached(
                Key("session", info.year, info.name, kind, f"{source.name}-{source.mark(kind)}"),
                lambda kind=kind: pack(*source.session(info, kind)),  # type: ignore[misc]
                schema_version=SCHEMA_VERSION,
                expire=False,
            )
        )
        session = dataclasses.replace(session, event=info.name)
        loaded[kind] = source.with_telemetry(info, session), found
    raced = [kind for kind in ("R", "S") if kind in loaded]
    if not raced:
        raise NoData(
            f"the recording of {info.name} {year} holds {', '.join(source.kinds)} and no race. "
            "f1lab.data.load_recording(path) gives the session itself."
        )
    race, issues = loaded[raced[0]]
    qualifying, more = next((loaded[kind] for kind in ("Q", "SQ") if kind in loaded), (None, []))
    return Weekend(
        year=info.year,
        round=info.round,
        event=info.name,
        circuit=info.circuit,
        source=source.name,
        race=race,
        qualifying=qualifying,
        quality=tuple(issues + more),
    )


@lru_cache(maxsize=2)
def _generated(seed: int) -> Weekend:
    """The demo as it was generated, with its cars."""
    weekend: Weekend = import_module("f1lab.data.demo").generate(seed)
    return weekend


@dataclasses.dataclass(frozen=True)
class _DemoTelemetry:
    """Car data of a demo session: generated again when first asked."""

    seed: int
    kind: str

    def __call__(self, driver: str, lap: int) -> pd.DataFrame:
        weekend = _generated(self.seed)
        sessions = (weekend.race, weekend.qualifying)
        session = next(one for one in sessions if one is not None and one.kind == self.kind)
        return session.telemetry(driver, lap)


def _pack_demo(weekend: Weekend) -> dict[str, Any]:
    """Weekend as plain values; it was repaired where it was generated."""
    sessions = {}
    for which in ("race", "qualifying"):
        session = getattr(weekend, which)
        sessions[which] = None if session is None else pack(session, [])
    truth = weekend.truth
    return {
        **{name: getattr(weekend, name) for name in ("year", "round", "event", "circuit")},
        **sessions,
        "quality": [dataclasses.astuple(issue) for issue in weekend.quality],
        "ledger": None if truth is None else truth.ledger,
        "parameters": None if truth is None else truth.parameters,
    }


def _unpack_demo(packed: dict[str, Any], seed: int) -> Weekend:
    sessions: dict[str, Session | None] = {}
    issues = [DataIssue(*row) for row in packed["quality"]]
    for which in ("race", "qualifying"):
        if packed[which] is None:
            sessions[which] = None
            continue
        session, _ = unpack(packed[which])
        sessions[which] = dataclasses.replace(
            session,
            telemetry_source=_DemoTelemetry(seed, session.kind),
            event=packed["event"],
        )
    race = sessions["race"]
    if race is None:
        raise NoData("the demo weekend has no race.")
    ledger, parameters = packed["ledger"], packed["parameters"]
    return Weekend(
        year=packed["year"],
        round=packed["round"],
        event=packed["event"],
        circuit=packed["circuit"],
        source="demo",
        race=race,
        qualifying=sessions["qualifying"],
        quality=tuple(issues),
        truth=None if ledger is None else Truth(ledger=ledger, parameters=parameters),
    )


def _fingerprint(folder: Path) -> str:
    """Short hash of the generator's code and parameters: another generator, another entry."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".json"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
