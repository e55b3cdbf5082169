"""What a comparison of two cars is read from: their laps, paired, and put on one distance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from f1lab.compare._car_pairs import RACES, comparable_laps, pair_up, thinned
from f1lab.compare._car_shared import shared_s
from f1lab.compare._text import asked_or_refused
from f1lab.compare.traces import driven_lap, fastest_lap, has_telemetry, overlay
from f1lab.data.schema import Weekend
from f1lab.errors import NoData, UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.compare.traces import Overlay
    from f1lab.data.schema import Session

__all__ = [
    "TELEMETRY_PARTS",
    "Evidence",
    "engine_laps",
    "evidence_of",
    "known_car",
    "two_cars",
    "why_no_telemetry",
    "with_car_data",
]

#: Parts of the answer that need car data, as the refusals name them.
TELEMETRY_PARTS = (
    "fastest laps",
    "corners",
    "power",
    "drag",
    "grip",
    "fast corners",
    "ERS",
    "kerbs",
    "flexibility",
    "open wing",
)
#: Pairs of laps looked at, evenly spread over a race.
_MOST_PAIRS, _MIN_PAIRS = 16, 2


@dataclass(frozen=True)
class Evidence:
    """Laps of two cars.

    Parameters
    ----------
    session : Session
        Whose laps they are.
    drivers : (str, str)
        The one and the other.
    pairs : list of (int, int)
        Laps driven in the same circumstances on like tyres.
    engine_laps : (list of int, list of int)
        Laps of either with car data, at the same fuel, whatever the tyres.
    seen : Overlay or None
        The laps of `pairs` on the distance of the quickest; None if under two pairs have car data.
    fastest : Overlay or None
        The fastest laps of both, the quicker first; None without car data of both.
    shared_s : mapping of (str, int) to float, or None
        What fuel, track and tyres made of each lap [s]; None where it is not known.
    """

    session: Session
    drivers: tuple[str, str]
    pairs: list[tuple[int, int]]
    engine_laps: tuple[list[int], list[int]]
    seen: Overlay | None
    fastest: Overlay | None
    shared_s: Mapping[tuple[str, int], float] | None = None

    @property
    def rows(self) -> list[tuple[int, int]]:
        """Pairs as rows of the overlay, without those that could not be aligned."""
        if self.seen is None:
            return []
        place = {(lap.driver, lap.lap): k for k, lap in enumerate(self.seen.laps)}
        one, other = self.drivers
        return [
            (place[one, i], place[other, j])
            for i, j in self.pairs
            if (one, i) in place and (other, j) in place
        ]

    def taken_off_s(self, pairs: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
        """How much of the difference of each pair is fuel, track and tyres, shape (n,) [s]."""
        known = self.shared_s
        if known is None:
            return np.zeros(len(pairs))
        one, other = self.drivers
        return np.array([known[one, i] - known[other, j] for i, j in pairs])


def two_cars(session: Session, a: str, b: str) -> tuple[str, str]:
    """Codes of two drivers who both drove a flying lap of a session.

    Parameters
    ----------
    session : Session
        The session.
    a, b : str
        Codes as given.

    Returns
    -------
    (str, str)
        As they stand in the results.

    Raises
    ------
    UnknownName
        A code that is not in the results, or the same driver twice.
    NoData
        If one of them drove no flying lap.
    """
    one, other = known_car(session, a), known_car(session, b)
    if one == other:
        others = [str(code) for code in session.results["driver"] if code != one]
        raise UnknownName(f"driver to compare {one} with", str(b), others)
    return one, other


def known_car(session: Session, given: str) -> str:
    """Code of a driver who drove a flying lap of a session.

    Parameters
    ----------
    session : Session
        The session.
    given : str
        Code as given.

    Returns
    -------
    str
        As it stands in the results.

    Raises
    ------
    UnknownName
        A code that is not in the results.
    NoData
        If he drove no flying lap.
    """
    known = [str(code) for code in session.results["driver"]]
    code = str(given).strip().upper()
    if code not in known:
        raise UnknownName(f"driver in {session.name}", str(given), known)
    flying = session.laps.dropna(subset=["lap_time_s"])
    ran = set(flying.loc[flying["pit_in_s"].isna() & flying["pit_out_s"].isna(), "driver"])
    if code not in ran:
        there = ", ".join(driver for driver in known if driver in ran)
        raise NoData(f"{code} drove no timed flying lap in {session.name}; these did: {there}.")
    return code


def engine_laps(session: Session, driver: str) -> list[int]:
    """Laps of a driver that show what his car can do and have car data.

    Parameters
    ----------
    session : Session
        The session.
    driver : str
        Driver code.

    Returns
    -------
    list of int
        At most sixteen, evenly spread.
    """
    own = with_car_data(session, comparable_laps(session), driver)
    return thinned(list(own["lap"].astype(int)), _MOST_PAIRS)


def evidence_of(
    session: Session,
    drivers: tuple[str, str],
    refusals: dict[str, str],
    weekend: Weekend | None = None,
) -> Evidence:
    """Gather the laps of two cars.

    Parameters
    ----------
    session : Session
        The session.
    drivers : (str, str)
        From :func:`two_cars`.
    refusals : dict of str to str
        What could not be had, and why, is added.
    weekend : Weekend, optional
        Whose session it is: its race tells what fuel and tyres make of a lap.

    Returns
    -------
    Evidence
    """
    shared = _shared(session, weekend, refusals)
    laps = comparable_laps(session)
    if shared is not None:
        known = zip(laps["driver"], laps["lap"].astype(int), strict=True)
        laps = laps[[lap in shared for lap in known]]
    own, other = (laps[laps["driver"] == driver] for driver in drivers)
    pairs = thinned(pair_up(session, own, other), _MOST_PAIRS)
    try:
        fastest = _fastest(session, drivers)
    except NoData as reason:
        refusals |= dict.fromkeys(TELEMETRY_PARTS, str(reason))
        return Evidence(session, drivers, pairs, ([], []), None, None, shared)
    own, other = (with_car_data(session, laps, driver) for driver in drivers)
    alike = thinned(pair_up(session, own, other, same_tyres=False), _MOST_PAIRS)
    if session.kind in RACES:
        engine = [i for i, _ in alike], [j for _, j in alike]
    else:
        engine = list(own["lap"].astype(int)), list(other["lap"].astype(int))
    with_cars = thinned(pair_up(session, own, other), _MOST_PAIRS)
    if len(with_cars) < _MIN_PAIRS:
        refusals["corners"] = (
            f"{len(with_cars)} pairs of comparable laps of {' and '.join(drivers)} have car data, "
            f"needed are {_MIN_PAIRS}."
        )
        return Evidence(session, drivers, pairs, engine, None, fastest, shared)
    first = fastest.reference.driver, fastest.reference.lap
    picks = [(drivers[k], pair[k]) for pair in with_cars for k in (0, 1)]
    seen = overlay(session, [first, *(pick for pick in picks if pick != first)])
    for (driver, lap), why in seen.problems.items():
        refusals[f"{driver} lap {lap}"] = why
    return Evidence(session, drivers, with_cars, engine, seen, fastest, shared)


def _shared(
    session: Session, weekend: Weekend | None, refusals: dict[str, str]
) -> Mapping[tuple[str, int], float] | None:
    """What fuel, track and tyres made of the laps; None outside the race, or with its reason."""
    part = "fuel and tyre correction"
    if session.kind not in RACES:
        return None
    if weekend is None or session.kind != "R":
        refusals[part] = f"it is fitted to the race of a weekend; given is {session.name} alone."
        return None
    return asked_or_refused(part, partial(shared_s, weekend), refusals)


def why_no_telemetry(weekend: Weekend | Session, session: Session) -> str | None:
    """Sentence that says a session has no car data, and which one has; None if it has.

    Parameters
    ----------
    weekend : Weekend or Session
        Its weekend; or the session itself, if that is all there is.
    session : Session
        The session.

    Returns
    -------
    str or None
    """
    if has_telemetry(session):
        return None
    every = (weekend.qualifying, weekend.race) if isinstance(weekend, Weekend) else ()
    others = [
        f'{one.name} (session="{one.kind}")'
        for one in every
        if one is not None and one.kind != session.kind and has_telemetry(one)
    ]
    there = f"there are of {', '.join(others)}" if others else "no session loaded with it has any"
    return f"{session.name} has no car data; {there}."


def _fastest(session: Session, drivers: tuple[str, str]) -> Overlay:
    """Fastest laps of both, the quicker first."""
    laps = sorted((fastest_lap(session, d) for d in drivers), key=lambda lap: lap.lap_time_s)
    return overlay(session, [(lap.driver, lap.lap) for lap in laps])


def with_car_data(session: Session, laps: pd.DataFrame, driver: str) -> pd.DataFrame:
    """Those of a driver's comparable laps that have car data; else his fastest lap, if it has.

    Parameters
    ----------
    session : Session
        Whose laps they are.
    laps : pandas.DataFrame
        Comparable laps of the session.
    driver : str
        Driver code.

    Returns
    -------
    pandas.DataFrame
        Rows of the session's laps; empty if none has car data.
    """
    own = laps[laps["driver"] == driver]
    there = [lap for lap in own["lap"] if _recorded(session, driver, int(lap))]
    kept = own[own["lap"].isin(there)]
    if len(kept):
        return kept
    every = session.laps[session.laps["driver"] == driver]
    try:
        return every[every["lap"] == fastest_lap(session, driver).lap]
    except NoData:
        return kept


def _recorded(session: Session, driver: str, lap: int) -> bool:
    try:
        driven_lap(session, driver, lap)
    except NoData:
        return False
    return True
