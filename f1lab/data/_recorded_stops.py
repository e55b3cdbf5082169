"""Stationary times in a live-timing recording: the topic ``PitStopSeries``.

Formula 1 publishes since 2024 how long a car stood in its box (``PitStopTime``) and how long it
was in the pit lane (``PitLaneTime``), by car and lap, for most stops. Live connections stopped
sending it in September 2025; recordings made from the archive still have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["PIT_STOP_TOPIC", "with_stationary_times"]

PIT_STOP_TOPIC = "PitStopSeries"
#: The lap a stop is written to is the in lap; a car that crosses the line in the pit lane may
#: have it one off [laps].
_REACH_LAPS = 1


@dataclass(frozen=True)
class _TimedStop:
    """One stop as published: car number, lap, seconds standing and in the pit lane."""

    number: str
    lap: float
    stationary_s: float
    lane_s: float


def with_stationary_times(laps: pd.DataFrame, payloads: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Add how long each car stood to the lap on which it came in.

    Parameters
    ----------
    laps : pandas.DataFrame
        FastF1's laps.
    payloads : iterable of dict
        What the topic said, in order of time; each may hold all of it or what is new.

    Returns
    -------
    pandas.DataFrame
        The laps with ``PitStationaryTime`` [s], NaN where nothing was said.
    """
    stood = pd.Series(np.nan, index=laps.index)
    came_in = laps[laps["PitInTime"].notna()]
    went_out = laps.groupby("DriverNumber", sort=False)["PitOutTime"].shift(-1)
    lane_s = (went_out - laps["PitInTime"]).dt.total_seconds()
    for stop in _timed_stops(payloads):
        own = came_in[came_in["DriverNumber"].astype(str) == stop.number]
        off = (own["LapNumber"] - stop.lap).abs()
        near = off[off <= _REACH_LAPS]
        if near.empty:
            continue
        # the time in the pit lane says which of two visits on neighbouring laps is meant
        unlike = (lane_s[near.index] - stop.lane_s).abs().fillna(np.inf)
        row = pd.DataFrame({"unlike": unlike, "off": near}).sort_values(["unlike", "off"]).index[0]
        stood[row] = stop.stationary_s
    return laps.assign(PitStationaryTime=stood)


def _timed_stops(payloads: Iterable[dict[str, Any]]) -> Iterator[_TimedStop]:
    """Stops with a stationary time, updates put together."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for payload in payloads:
        for number, stops in _items(payload.get("PitTimes")):
            for place, entry in _items(stops):
                stop = entry.get("PitStop", entry) if isinstance(entry, dict) else None
                if isinstance(stop, dict):
                    told.setdefault((number, place), {}).update(stop)
    for (number, _), stop in told.items():
        lap, standing = _seconds(stop.get("Lap")), _seconds(stop.get("PitStopTime"))
        if np.isfinite(lap) and np.isfinite(standing):
            car = str(stop.get("RacingNumber") or number)
            yield _TimedStop(car, lap, standing, _seconds(stop.get("PitLaneTime")))


def _items(told: object) -> list[tuple[str, Any]]:
    """Entries by their key: the whole comes as a list, updates as a mapping."""
    if isinstance(told, list):
        return [(str(place), entry) for place, entry in enumerate(told)]
    return [(str(key), entry) for key, entry in told.items()] if isinstance(told, dict) else []


def _seconds(told: object) -> float:
    """A number, or a time such as ``"2.4"`` or ``"21:05.3"`` [s]; NaN for anything else."""
    try:
        parts = [float(part) for part in str(told).split(":")]
    except ValueError:
        return np.nan
    return float(sum(part * 60.0**power for power, part in enumerate(reversed(parts))))
