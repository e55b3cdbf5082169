"""Car data of OpenF1, one driver at a time, when somebody asks for a lap of that driver.

A driver's race is two requests: what the car sent, and where it was. Both are kept as they
arrive, put together into the arrays every source keeps, and then needed no more.

Samples carry the moment they were taken, laps the moment a message about them came. The quickest
message places a car's laps, here as in FastF1; in a race FastF1 then moves the cars to the one whose
messages were the quickest, and so the laps here are cut that much earlier out of the samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from f1lab.data.cache import Key, cached, for_good
from f1lab.data.frames import RACE_KINDS
from f1lab.data.telemetry import channels_of, lap_bounds, lap_frame, no_samples
from f1lab.errors import NoData

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from f1lab.data.schema import Session
    from f1lab.data.telemetry import Channels

__all__ = ["DriverTelemetry", "openf1_channels"]

#: Raise when the layout of the stored arrays changes.
_VERSION = 2
#: The quickest of a car's messages comes so much after the quickest of all [s]: nothing to 0.03 in
#: a recorded race; with this the samples fall on FastF1's places best.
_LATE_S = 0.01
#: By what integrated speed is multiplied [-]: 1.0037 and 1.0040 on the straights of all cars of
#: two sessions. Those of one car are too few: 0.999 to 1.007 in a race, none in a qualifying.
_SCALE = 1.004


@dataclass(frozen=True)
class DriverTelemetry:
    """Car data of one session, read for one driver at a time.

    Parameters
    ----------
    session : Session
        The session; its laps say when each lap began and ended.
    key : Key
        Where car data are cached; each driver's get an entry of their own.
    read : callable
        Reads the car data of a car number from the source, as
        :func:`f1lab.data.telemetry.channels_of` gives them. Raises NoData. Must be picklable.
    folder : Path
        Cache folder.
    started_s : float or None
        When the session was to start [s since 1970].
    offline : bool
        What is stored holds for ever.
    """

    session: Session
    key: Key
    read: Callable[[str], Channels]
    folder: Path
    started_s: float | None
    offline: bool

    def __call__(self, driver: str, lap: int) -> pd.DataFrame:
        """Return the car data of one lap.

        Parameters
        ----------
        driver : str
            Driver code.
        lap : int
            Lap number.

        Returns
        -------
        pandas.DataFrame
            Columns of ``TELEMETRY_COLUMNS``; ``attrs`` has ``distance_scale``, by what integrated
            speed was multiplied [-]: 1.004.

        Raises
        ------
        UnknownName, NoData, InvalidInput
            As :class:`f1lab.data.telemetry.SessionTelemetry`.
        SourceError
            If OpenF1 cannot be asked.
        """
        begin_s, end_s = lap_bounds(self.session, driver, lap)
        channels = self._fetched(driver)
        late_s = _LATE_S if self.session.kind in RACE_KINDS else 0.0
        frame = lap_frame(channels, begin_s - late_s, end_s - late_s, scale=_SCALE)
        if frame is None:
            raise no_samples(self.session, driver, lap, channels)
        return frame

    def _fetched(self, driver: str) -> Channels:
        """Channels of one driver; asked for once."""
        key = self.key
        return cached(
            Key(key.tier, key.year, key.event, key.session, f"{key.entity}-{driver}"),
            lambda: self._fetch(driver),
            schema_version=_VERSION,
            started_s=self.started_s,
            ttl_s=for_good(self.started_s),
            expire=not self.offline,
            folder=self.folder,
        )

    def _fetch(self, driver: str) -> Channels:
        results = self.session.results
        number = str(results.loc[results["driver"] == driver, "number"].iloc[0])
        channels = self.read(number)
        if not len(channels["car_s"]):
            raise NoData(f"OpenF1 has no car data of {driver} in {self.session.name}.")
        return channels


def openf1_channels(car: pd.DataFrame, place: pd.DataFrame, zero_s: float) -> Channels:
    """Turn OpenF1's car data and locations of one driver into plain arrays.

    Parameters
    ----------
    car, place : pandas.DataFrame
        Frames of :func:`f1lab.data.openf1_fields.frame_of` of ``car_data`` and ``location``.
    zero_s : float
        Wall clock at the zero of the session clock [s since 1970].

    Returns
    -------
    dict of str to ndarray
        As :func:`f1lab.data.telemetry.channels_of` gives them.
    """
    return channels_of(
        pd.DataFrame(
            {
                "SessionTime": pd.to_timedelta(car["date"] - zero_s, unit="s"),
                "Speed": car["speed"],
                "RPM": car["rpm"],
                "nGear": car["n_gear"].fillna(0),
                "Throttle": car["throttle"],
                "Brake": car["brake"].fillna(0) > 0,
                "DRS": car["drs"],
            }
        ).dropna(subset=["SessionTime", "Speed"]),
        pd.DataFrame(
            {
                "SessionTime": pd.to_timedelta(place["date"] - zero_s, unit="s"),
                "X": place["x"],
                "Y": place["y"],
            }
        ),
    )
