"""Which laps TelemetryTraces shows: what may be chosen, and what was, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from f1lab.compare.traces import fastest_lap
from f1lab.data.schema import Session, Weekend
from f1lab.errors import InvalidInput, NoData, UnknownName

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MOST_LAPS",
    "MOST_RACES",
    "Pick",
    "choices",
    "choose",
    "clock_text",
    "facts",
    "row_of",
    "session_of",
]

#: How many laps, and how many whole sessions, are shown together: as many as have a colour and a
#: dash of their own; of sessions (0.5 to 0.6 MB each) as many as fit the 3 MB that a notebook
#: server lets through within 3 s, a race of two hours too.
MOST_LAPS, MOST_RACES = 6, 4
_SESSIONS = ("race", "qualifying")
_RACE = "race"
_PAIR = 2


class Pick(NamedTuple):
    """One line of the picture: a driver and a lap, or None for all his laps."""

    driver: str
    lap: int | None

    @property
    def label(self) -> str:
        """As a person says it."""
        return self.driver if self.lap is None else f"{self.driver} lap {self.lap}"


def session_of(source: Weekend | Session, session: str) -> tuple[Session, str]:
    """Session to show and what it is called.

    Parameters
    ----------
    source : Weekend or Session
        Where the laps come from.
    session : str
        ``"race"`` or ``"qualifying"``; of a weekend.

    Returns
    -------
    tuple of Session and str
        The session, and e.g. ``"Chinese Grand Prix 2025 · Race"``.
    """
    if session not in _SESSIONS:
        raise UnknownName("session", str(session), _SESSIONS)
    if isinstance(source, Session):
        return source, f"{source.name} of {source.date}"
    if not isinstance(source, Weekend):
        raise InvalidInput(
            f"A {type(source).__name__} has no telemetry; pass a weekend of f1lab.load(...) or one "
            "of its sessions."
        )
    found = source.race if session == _RACE else source.qualifying
    if found is None:
        raise NoData(f"{source.event} {source.year} was loaded without its qualifying.")
    return found, f"{source.event} {source.year} · {found.name}"


def choose(session: Session, laps: object) -> tuple[Pick, ...]:
    """Laps as wished, checked; also what a browser asked for passes here.

    Parameters
    ----------
    session : Session
        The session.
    laps : object
        Up to six pairs of a driver and a lap: a number, ``"fastest"`` of those with car data, or
        for up to four drivers ``"race"``, all laps one after the other.

    Returns
    -------
    tuple of Pick
        Drivers and laps of the session.

    Raises
    ------
    InvalidInput
        If it is no list of such pairs, one comes twice, or laps and whole sessions are mixed.
    UnknownName
        If a driver did not take part.
    NoData
        If a driver did not drive the lap.
    """
    if not isinstance(laps, list | tuple) or not laps:
        raise InvalidInput(
            f"laps are pairs such as ('NOR', 15) or ('PIA', 'fastest'); not {laps!r:.60}."
        )
    picks = tuple(_pick(session, pair) for pair in laps)
    whole = [pick.lap is None for pick in picks]
    if any(whole) and not all(whole):
        raise InvalidInput("single laps and whole sessions cannot be shown together.")
    most = MOST_RACES if all(whole) else MOST_LAPS
    if len(picks) > most:
        raise InvalidInput(
            f"{len(picks)} lines are too many: at most {MOST_LAPS} laps or {MOST_RACES} whole "
            "sessions are shown."
        )
    twice = next((pick for pick in picks if picks.count(pick) > 1), None)
    if twice:
        raise InvalidInput(f"{twice.label} is there twice; choose another lap to compare it with.")
    return picks


def _pick(session: Session, pair: object) -> Pick:
    if not isinstance(pair, list | tuple) or len(pair) != _PAIR:
        raise InvalidInput(f"a lap is a pair such as ('NOR', 15); not {pair!r:.60}.")
    driver, lap = pair
    drivers = list(session.laps["driver"].unique())
    if driver not in drivers:
        raise UnknownName("driver", f"{driver!s:.20}", drivers)
    own = session.laps[session.laps["driver"] == driver]
    if lap == _RACE:
        return Pick(driver, None)
    if lap == "fastest":
        return Pick(driver, fastest_lap(session, driver).lap)
    if isinstance(lap, bool) or not isinstance(lap, int | np.integer):
        raise InvalidInput(
            f"the lap of {driver} is a number, 'fastest' or 'race'; not {lap!r:.30}."
        )
    if lap not in set(own["lap"]):
        raise NoData(
            f"{driver} has no lap {lap} in {session.name}; there are laps {own['lap'].min()} to "
            f"{own['lap'].max()}."
        )
    return Pick(driver, int(lap))


def row_of(session: Session, pick: Pick) -> pd.Series[Any]:
    """Row of a lap in the session's laps.

    Parameters
    ----------
    session : Session
        The session.
    pick : Pick
        One of its laps.

    Returns
    -------
    pandas.Series
        Columns of ``LAP_COLUMNS``.
    """
    laps = session.laps
    return laps[(laps["driver"] == pick.driver) & (laps["lap"] == pick.lap)].iloc[0]


def facts(session: Session, pick: Pick) -> str:
    """Tyres of a lap and their age; of a whole session the number of laps.

    Parameters
    ----------
    session : Session
        The session.
    pick : Pick
        One of its laps, or all laps of a driver.

    Returns
    -------
    str
        e.g. ``"hard, 12 laps old"``.
    """
    if pick.lap is None:
        count = int((session.laps["driver"] == pick.driver).sum())
        return f"{count} laps"
    row = row_of(session, pick)
    age = row["tyre_age_laps"]
    tyres = str(row["compound"]).lower()
    old = f", {age:.0f} laps old" if np.isfinite(age) else ""
    return f"{tyres}{old}"


def clock_text(seconds: float) -> str:
    """Lap time as on a timing screen.

    Parameters
    ----------
    seconds : float
        Lap time; NaN when there is none. [s]

    Returns
    -------
    str
        e.g. ``"1:36.304"``.

    Examples
    --------
    >>> clock_text(96.304), clock_text(59.9996), clock_text(float("nan"))
    ('1:36.304', '1:00.000', 'no time')
    """
    if not np.isfinite(seconds):
        return "no time"
    thousandths = round(seconds * 1000)
    return f"{thousandths // 60_000}:{thousandths % 60_000 / 1000:06.3f}"


def choices(session: Session) -> list[dict[str, Any]]:
    """Everything there is to choose from, in the order of the results.

    Parameters
    ----------
    session : Session
        The session.

    Returns
    -------
    list of dict
        ``driver``, ``name`` and ``laps``: pairs of a number and words.
    """
    names = dict(zip(session.results["driver"], session.results["name"], strict=True))
    own = {str(driver): laps for driver, laps in session.laps.groupby("driver", sort=False)}
    return [
        {
            "driver": driver,
            "name": str(names.get(driver, driver)),
            "laps": [
                [int(lap), f"{lap} · {clock_text(seconds)}"]
                for lap, seconds in zip(laps["lap"], laps["lap_time_s"], strict=True)
            ],
        }
        for driver in dict.fromkeys([*names, *own])
        if (laps := own.get(driver)) is not None
    ]
