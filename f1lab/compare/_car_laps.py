"""Laps of a session with their car data, one at a time, and which of them are there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from f1lab.calc.lap_trace import LapTrace
from f1lab.data.schema import Session, Weekend
from f1lab.data.telemetry import NoCarData
from f1lab.errors import InvalidInput, NoData, UnknownName

if TYPE_CHECKING:
    import pandas as pd

    from f1lab.data.schema import TelemetrySource

__all__ = [
    "DrivenLap",
    "driven_lap",
    "fastest_lap",
    "has_telemetry",
    "quickest_lap",
    "remembering",
]


Source = TypeVar("Source")


@dataclass(frozen=True)
class DrivenLap:
    """One lap of one driver with its car data.

    Parameters
    ----------
    driver : str
        Driver code.
    lap : int
        Lap number.
    lap_time_s : float
        Lap time [s].
    compound : str
        Tyres.
    tyre_age_laps : float
        Age of the tyres at the end of the lap [laps].
    frame : pandas.DataFrame
        Car data, columns of ``TELEMETRY_COLUMNS``.
    trace : LapTrace
        Time, distance and speed of it, with the sector times where they are known.
    """

    driver: str
    lap: int
    lap_time_s: float
    compound: str
    tyre_age_laps: float
    frame: pd.DataFrame
    trace: LapTrace

    @property
    def label(self) -> str:
        """``"NOR lap 19"``."""
        return f"{self.driver} lap {self.lap}"

    def __repr__(self) -> str:
        """Who, which lap and how long it took."""
        return f"DrivenLap({self.label}, {self.lap_time_s:.3f} s, {self.compound})"


def has_telemetry(session: Session) -> bool:
    """Whether a session has car data of any driver.

    Parameters
    ----------
    session : Session
        The session.

    Returns
    -------
    bool
    """
    return quickest_lap(session) is not None


def quickest_lap(session: Session) -> DrivenLap | None:
    """Quickest lap of a session that has car data, whoever drove it.

    Parameters
    ----------
    session : Session
        The session.

    Returns
    -------
    DrivenLap or None
        None if the session has no car data.
    """
    if session.telemetry_source is None:
        return None
    order = _quick_first(session.laps)
    for driver, lap in zip(order["driver"], order["lap"].astype(int), strict=True):
        try:
            return driven_lap(session, driver, lap)
        except NoData as reason:
            if _of_all_laps(reason):
                return None
    return None


def fastest_lap(session: Session, driver: str) -> DrivenLap:
    """Quickest lap of a driver that has car data; first those the timing calls sound.

    Parameters
    ----------
    session : Session
        The session.
    driver : str
        Driver code.

    Returns
    -------
    DrivenLap

    Raises
    ------
    UnknownName
        If no such driver took part.
    NoData
        If no timed lap of his has car data; says what there is.
    """
    own = _laps_of(session, driver)
    missing: NoData | None = None
    for lap in _quick_first(own)["lap"].astype(int):
        try:
            return driven_lap(session, driver, lap)
        except NoData as error:
            missing = missing or error
            if _of_all_laps(error):
                break
    raise missing or NoData(f"{driver} set no flying lap in {session.name}.")


def driven_lap(session: Session, driver: str, lap: int | str) -> DrivenLap:
    """Take one lap out of a session.

    Parameters
    ----------
    session : Session
        The session.
    driver : str
        Driver code.
    lap : int or str
        Lap number, or ``"fastest"``.

    Returns
    -------
    DrivenLap

    Raises
    ------
    UnknownName
        If no such driver took part.
    NoData
        If there is no such lap, or no car data of it; says what there is.
    InvalidInput
        If the lap is neither a whole number nor ``"fastest"``.
    """
    if lap == "fastest":
        return fastest_lap(session, driver)
    if isinstance(lap, str):
        raise InvalidInput(f"the lap of {driver} is a number or 'fastest'; not {lap!r:.30}.")
    own = _laps_of(session, driver)
    frame = session.telemetry(driver, lap)
    row = own[own["lap"] == lap].iloc[0]
    splits = np.cumsum([row["sector1_s"], row["sector2_s"]])
    end = float(frame["time_s"].iloc[-1])
    known = bool(np.isfinite(splits).all() and 0 < splits[0] < splits[1] < end)
    columns = {name: frame[name] for name in ("time_s", "distance_m", "speed_kmh")}
    try:
        trace = LapTrace.from_table(columns, splits.tolist() if known else ())
    except InvalidInput as reason:
        raise NoData(f"the car data of {driver} lap {lap} are no lap: {reason}") from reason
    return DrivenLap(
        driver=driver,
        lap=int(lap),
        lap_time_s=float(row["lap_time_s"]),
        compound=str(row["compound"]),
        tyre_age_laps=float(row["tyre_age_laps"]),
        frame=frame,
        trace=trace,
    )


def remembering(source: Source) -> Source:
    """Return a session, or a weekend, whose car data are read once, however often asked for.

    Parameters
    ----------
    source : Session or Weekend
        Any of them; what is neither is returned as it is.

    Returns
    -------
    Session or Weekend
        The same, for one question that looks at its laps again and again.
    """
    if isinstance(source, Weekend):
        both = {name: remembering(getattr(source, name)) for name in ("race", "qualifying")}
        return replace(source, **both)
    if isinstance(source, Session) and source.telemetry_source is not None:
        return replace(source, telemetry_source=_Remembered(source.telemetry_source))
    return source


def _of_all_laps(reason: NoData) -> bool:
    """Whether the whole session has no car data, and not only this lap."""
    return isinstance(reason.__cause__, NoCarData)


class _Remembered:
    """Car data of the laps asked for so far."""

    def __init__(self, source: TelemetrySource) -> None:
        self._source = source
        self._known: dict[tuple[str, int], pd.DataFrame] = {}
        self._nothing: NoData | None = None

    def __call__(self, driver: str, lap: int) -> pd.DataFrame:
        """Return the car data of one lap."""
        if self._nothing is not None:
            raise self._nothing
        if (driver, lap) not in self._known:
            try:
                self._known[driver, lap] = self._source(driver, lap)
            except NoData as reason:
                self._nothing = reason if _of_all_laps(reason) else None
                raise
        return self._known[driver, lap]


def _quick_first(laps: pd.DataFrame) -> pd.DataFrame:
    """Timed laps that do not touch the pit lane: sound ones first, then by time."""
    timed = laps[laps["lap_time_s"].notna() & laps["pit_in_s"].isna() & laps["pit_out_s"].isna()]
    doubtful = ~timed["accurate"] | timed["deleted"]
    return timed.assign(doubtful=doubtful).sort_values(["doubtful", "lap_time_s"], kind="stable")


def _laps_of(session: Session, driver: str) -> pd.DataFrame:
    """Rows of one driver; says who took part if he has none."""
    laps = session.laps
    own = laps[laps["driver"] == driver]
    if own.empty:
        if driver in set(session.results["driver"]):
            raise NoData(f"{driver} completed no lap in {session.name}.")
        raise UnknownName("driver", str(driver), list(laps["driver"].unique()))
    return own
