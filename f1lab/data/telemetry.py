"""Car data of a session: kept as plain arrays on their own clocks, cut into laps when asked for.

What the car sends (speed, engine, gear, pedals, wing; about four samples a second) and where it
is (x, y; as often, at other moments) are stored as they came, a file for each driver. A lap is cut
out of the car samples; only then, and last, the places are interpolated onto them.

Distance is integrated speed, which comes out a little short; by how much is measured on the
straights of the same session, where the places say how far the car really went. The factor is one
number for the session (1.004 ± .0005 in Australia and in China 2025), and stands in
``frame.attrs["distance_scale"]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.data.cache import Key, cached, store
from f1lab.data.schema import TELEMETRY_COLUMNS
from f1lab.errors import InvalidInput, NoData, SourceError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from f1lab.data.schema import Session

    Channels = dict[str, NDArray[Any]]

__all__ = [
    "NoCarData",
    "SessionTelemetry",
    "channels_of",
    "distance_scale",
    "lap_bounds",
    "lap_frame",
    "no_samples",
]

#: Raise when the layout of the stored arrays changes.
_VERSION = 2
_M_PER_UNIT = 0.1  # places come in tenths of a metre
_MS_PER_KMH = 1 / 3.6
_DRS_OPEN = 10  # 10, 12 and 14 mean open
_FULL_THROTTLE_PCT = 98.0
_PEDAL_UNKNOWN_PCT = 100.0  # above: 104 is sent when there is no value
_FEWEST_SAMPLES = 10
_LONGEST_HOLE_S = 2.0
#: A straight that tells the scale: at least this fast, this long, this straight.
_STRAIGHT_KMH, _STRAIGHT_S, _STRAIGHTNESS = 180.0, 5.0, 0.999
_FEWEST_STRAIGHTS = 20


class NoCarData(SourceError):
    """The source has no car data of a session, now or at all."""


@dataclass(frozen=True)
class SessionTelemetry:
    """Car data of one session: read from its source once, then from the cache.

    Parameters
    ----------
    session : Session
        The session; its laps say when each lap began and ended.
    key : Key
        Where the session's car data are cached; each driver's get an entry of their own.
    read : callable
        Reads the car data of all drivers from the source: car number to channels, as
        :func:`channels_of` gives them. Raises :class:`NoCarData`. Must be picklable.
    folder : Path
        Cache folder.
    started_s : float or None
        When the session was to start [s since 1970].
    offline : bool
        What is stored holds for ever.
    """

    session: Session
    key: Key
    read: Callable[[], dict[str, Channels]]
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
            Columns of ``TELEMETRY_COLUMNS``, from the line to the line; ``attrs`` has
            ``distance_scale``, by what integrated speed was multiplied [-].

        Raises
        ------
        UnknownName
            If no such driver took part.
        NoData
            If the session has no car data, the driver none, or there is no such lap; says what
            there is.
        InvalidInput
            If the lap is not a whole number.
        """
        begin_s, end_s = lap_bounds(self.session, driver, lap)
        known = self._fetched()
        if driver not in known["drivers"]:
            raise NoData(
                f"{self.session.name} has no car data of {driver}; there are for "
                f"{', '.join(known['drivers'])}."
            )
        channels = self._channels(driver)
        frame = lap_frame(channels, begin_s, end_s, scale=known["distance_scale"])
        if frame is None:
            raise no_samples(self.session, driver, lap, channels)
        return frame

    def _fetched(self) -> dict[str, Any]:
        """Which drivers there are car data of, and the scale; read from the source if need be."""
        try:
            known: dict[str, Any] = cached(
                self.key,
                self._fetch,
                schema_version=_VERSION,
                started_s=self.started_s,
                expire=not self.offline,
                folder=self.folder,
            )
        except NoCarData as error:
            frames = ("laps", "results", "weather", "messages", "track_status")
            there = [name for name in frames if len(getattr(self.session, name))]
            raise NoData(f"{error} There are: {', '.join(there).replace('_', ' ')}.") from error
        return known

    def _fetch(self) -> dict[str, Any]:
        """Read the source, store each driver's channels, return what the session has."""
        found = self._by_driver(self.read())
        if not found:
            raise NoCarData(f"{self.session.name} of {self.key.event} has no car data.")
        for driver, channels in found.items():
            store(self._key(driver), channels, schema_version=_VERSION, folder=self.folder)
        return {"drivers": sorted(found), "distance_scale": distance_scale(found.values())}

    def _by_driver(self, by_number: dict[str, Channels]) -> dict[str, Channels]:
        """Channels of the drivers who sent any, by code."""
        results = self.session.results
        pairs = zip(results["driver"], results["number"], strict=True)
        found = {str(driver): by_number.get(str(number), {}) for driver, number in pairs}
        return {driver: own for driver, own in found.items() if len(own.get("car_s", ()))}

    def _channels(self, driver: str) -> Channels:
        """Channels of one driver; read again if this entry was lost."""
        return cached(
            self._key(driver),
            lambda: self._by_driver(self.read())[driver],
            schema_version=_VERSION,
            expire=False,
            folder=self.folder,
        )

    def _key(self, driver: str) -> Key:
        key = self.key
        return Key(key.tier, key.year, key.event, key.session, f"{key.entity}-{driver}")


def lap_bounds(session: Session, driver: str, lap: int) -> tuple[float, float]:
    """Session clock at the beginning and the end of a lap [s].

    Parameters
    ----------
    session : Session
        A repaired session.
    driver : str
        Driver code.
    lap : int
        Lap number.

    Returns
    -------
    tuple of float
        The clock [s].

    Raises
    ------
    UnknownName, NoData, InvalidInput
        If there is no such driver or lap; says what there is.
    """
    if isinstance(lap, bool) or not isinstance(lap, int | np.integer):
        raise InvalidInput(f"lap is a whole number such as 12; not {lap!r}.")
    laps = session.laps
    own = laps[laps["driver"] == driver]
    if own.empty:
        if driver in set(session.results["driver"]):
            raise NoData(f"{driver} completed no lap in {session.name}.")
        raise UnknownName("driver", driver, list(laps["driver"].unique()))
    row = own["lap"] == lap
    if not row.any():
        raise NoData(
            f"{driver} has no lap {lap} in {session.name}; there are laps {_ranges(own['lap'])}."
        )
    before = own["time_s"].shift()[row].item()
    end, lap_time, out = (
        float(own.loc[row, name].item()) for name in ("time_s", "lap_time_s", "pit_out_s")
    )
    begins = (end - lap_time, before, out, session.start_s)
    return next(float(begin) for begin in begins if np.isfinite(begin)), end


def no_samples(session: Session, driver: str, lap: int, channels: Channels) -> NoData:
    """Say that a lap has no car data, and which laps of the driver have."""
    own = session.laps[session.laps["driver"] == driver]
    clock = channels["car_s"]
    bounds = ((int(n), lap_bounds(session, driver, int(n))) for n in own["lap"])
    recorded = [n for n, (begin, end) in bounds if _inside(clock, begin, end) is not None]
    return NoData(
        f"no car data of {driver} lap {lap} in {session.name}, or not of all of it; "
        f"there are of laps {_ranges(recorded) or 'none'}."
    )


def channels_of(car: pd.DataFrame, place: pd.DataFrame | None) -> Channels:
    """Turn FastF1's car and position samples of one driver into plain arrays.

    Parameters
    ----------
    car : pandas.DataFrame
        ``SessionTime, Speed, RPM, nGear, Throttle, Brake, DRS``, and ``Source``, which is empty
        in rows that were filled in.
    place : pandas.DataFrame or None
        ``SessionTime, X, Y`` in tenths of a metre; 0, 0 is no place.

    Returns
    -------
    dict of str to ndarray
        ``car_s, speed_kmh, rpm, gear, throttle_pct, brake, drs`` at the car samples and
        ``place_s, x_m, y_m`` at the positions, times on the session clock [s]. A pedal without a
        value is NaN.

    Examples
    --------
    >>> seconds = pd.to_timedelta([1.0, 1.25], unit="s")
    >>> told = {"Speed": 300, "RPM": 11000, "nGear": 8, "Throttle": 104, "Brake": True, "DRS": 12}
    >>> channels = channels_of(pd.DataFrame({"SessionTime": seconds, **told}), None)
    >>> channels["speed_kmh"], channels["drs"], channels["throttle_pct"]
    (array([300., 300.], dtype=float32), array([ True,  True]), array([nan, nan], dtype=float32))
    """
    car, car_s = _in_time(car)
    throttle = car["Throttle"].to_numpy(np.float32)
    unknown = throttle > _PEDAL_UNKNOWN_PCT
    channels: Channels = {
        "car_s": car_s,
        "speed_kmh": car["Speed"].to_numpy(np.float32),
        "rpm": car["RPM"].to_numpy(np.float32),
        "gear": car["nGear"].to_numpy(np.float32).astype(np.int8),
        "throttle_pct": np.where(unknown, np.float32(np.nan), throttle),
        "brake": car["Brake"].to_numpy(bool) & ~unknown,
        "drs": car["DRS"].to_numpy(np.float32) >= _DRS_OPEN,
    }
    if place is None:
        return channels | {name: np.empty(0) for name in ("place_s", "x_m", "y_m")}
    place, place_s = _in_time(place)
    where = place[["X", "Y"]].to_numpy(np.float64)
    seen = np.isfinite(where).all(axis=1) & (where != 0).any(axis=1)
    x, y = (where[seen] * _M_PER_UNIT).astype(np.float32).T
    return channels | {"place_s": place_s[seen], "x_m": x, "y_m": y}


def _in_time(frame: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Rows that were sent, in the order of their time, once each; and their session clock [s]."""
    plain = pd.DataFrame(frame)
    sent = plain["SessionTime"].notna()
    if "Source" in plain:
        sent &= plain["Source"].notna()
    plain = plain[sent].sort_values("SessionTime", kind="stable")
    plain = plain[~plain["SessionTime"].duplicated()]
    return plain, plain["SessionTime"].dt.total_seconds().to_numpy(np.float64)


def distance_scale(every: Iterable[Channels]) -> float:
    """By what integrated speed must be multiplied to give the distance really gone.

    Parameters
    ----------
    every : iterable of dict
        Channels of each driver of a session, see :func:`channels_of`.

    Returns
    -------
    float
        Median over all straights (full throttle for 5 s above 180 km/h) of the way between the
        places over integrated speed [-]; 1 when there are fewer than 20 straights with places.
    """
    ratios = [ratio for channels in every for ratio in _straight_ratios(channels)]
    return float(np.median(ratios)) if len(ratios) >= _FEWEST_STRAIGHTS else 1.0


def _straight_ratios(channels: Channels) -> list[float]:
    """Way between the places over integrated speed, of every straight of one car."""
    clock, place_s = channels["car_s"], channels["place_s"]
    flat = channels["throttle_pct"] >= _FULL_THROTTLE_PCT
    flat &= channels["speed_kmh"] > _STRAIGHT_KMH
    turns = np.diff(np.concatenate([[0], flat.astype(np.int8), [0]]))
    begins, ends = np.flatnonzero(turns == 1), np.flatnonzero(turns == -1) - 1
    driven = _distance_m(clock, channels["speed_kmh"])
    ratios = []
    for begin, end in zip(clock[begins], clock[ends], strict=True):
        first, beyond = np.searchsorted(place_s, [begin, end])
        if beyond - first < _FEWEST_SAMPLES or end - begin < _STRAIGHT_S:
            continue
        x, y = (channels[axis][first:beyond].astype(float) for axis in ("x_m", "y_m"))
        way, line = np.hypot(np.diff(x), np.diff(y)).sum(), np.hypot(x[-1] - x[0], y[-1] - y[0])
        speed_way = np.diff(np.interp(place_s[[first, beyond - 1]], clock, driven))[0]
        if line > _STRAIGHTNESS * way and speed_way > 0:
            ratios.append(float(line / speed_way))
    return ratios


def _distance_m(clock_s: NDArray[Any], speed_kmh: NDArray[Any]) -> NDArray[np.float64]:
    """Integrated speed since the first sample [m]."""
    steps = np.diff(clock_s) * (speed_kmh[1:] + speed_kmh[:-1].astype(float)) / 2 * _MS_PER_KMH
    return np.concatenate([[0.0], np.cumsum(steps)])


def lap_frame(
    channels: Channels, begin_s: float, end_s: float, *, scale: float = 1.0
) -> pd.DataFrame | None:
    """Cut one lap out of a driver's channels.

    Parameters
    ----------
    channels : dict of str to ndarray
        See :func:`channels_of`.
    begin_s, end_s : float
        Session clock at the beginning and the end of the lap [s].
    scale : float, optional
        What integrated speed is multiplied by [-].

    Returns
    -------
    pandas.DataFrame or None
        Columns of ``TELEMETRY_COLUMNS``: the car samples as they came, and one at either end of
        the lap, interpolated. Places are NaN where none was sent for more than 2 s. None if no
        sample came for more than 2 s anywhere in the lap, or there are fewer than 10.
    """
    clock = channels["car_s"]
    inside = _inside(clock, begin_s, end_s)
    if inside is None:
        return None
    at = np.concatenate([[begin_s], inside, [end_s]])
    last = np.maximum(np.searchsorted(clock, at, side="right") - 1, 0)
    speed = np.interp(at, clock, channels["speed_kmh"])
    frame = pd.DataFrame(
        {
            "time_s": at - begin_s,
            "distance_m": scale * _distance_m(at, speed),
            "speed_kmh": speed,
            "rpm": np.interp(at, clock, channels["rpm"]),
            "gear": channels["gear"][last].astype(np.int64),
            "throttle_pct": np.interp(at, clock, channels["throttle_pct"]),
            "brake": channels["brake"][last],
            "drs": channels["drs"][last],
            "x_m": _placed(at, channels["place_s"], channels["x_m"]),
            "y_m": _placed(at, channels["place_s"], channels["y_m"]),
        },
        columns=list(TELEMETRY_COLUMNS),
    )
    frame.attrs["distance_scale"] = scale
    return frame


def _inside(clock: NDArray[Any], begin_s: float, end_s: float) -> NDArray[Any] | None:
    """Samples between two moments; None if there is a hole anywhere between them."""
    inside = clock[np.searchsorted(clock, begin_s, "right") : np.searchsorted(clock, end_s)]
    if len(inside) < _FEWEST_SAMPLES:
        return None
    missing_s = np.diff(np.concatenate([[begin_s], inside, [end_s]])).max()
    return inside if missing_s <= _LONGEST_HOLE_S else None


def _placed(at: NDArray[Any], place_s: NDArray[Any], axis_m: NDArray[Any]) -> NDArray[np.float64]:
    """One coordinate at the car samples [m]; NaN inside holes and beyond the ends."""
    if len(place_s) < 2:  # noqa: PLR2004  (nothing to interpolate between)
        return np.full(len(at), np.nan)
    after = np.clip(np.searchsorted(place_s, at), 1, len(place_s) - 1)
    hole = place_s[after] - place_s[after - 1] > _LONGEST_HOLE_S
    found = np.interp(at, place_s, axis_m, left=np.nan, right=np.nan)
    return np.where(hole, np.nan, found)


def _ranges(numbers: Iterable[int]) -> str:
    """Numbers as a person writes them: 1–17, 19, 21–56."""
    runs: list[list[int]] = []
    for number in sorted(int(n) for n in numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)
