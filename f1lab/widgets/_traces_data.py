"""What TelemetryTraces shows, computed: lines with their samples, packed for the browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.calc.corners import Corner
    from f1lab.widgets._traces_choice import Pick

    Floats = NDArray[np.float64]
    Channels = dict[str, NDArray[Any]]

__all__ = ["Curves", "Trace", "channels_of", "packed"]


@dataclass(frozen=True)
class Trace:
    """One line of the picture: its samples, or why there are none.

    ``facts`` are its tyres, ``lap_time`` as on a timing screen, empty for a whole session.
    ``channels`` are arrays of one length each: ``at`` [m], ``speed`` [km/h], ``throttle`` [%],
    ``brake``, ``gear``, ``rpm``, ``drs``; and ``delta`` [s] at ``delta_at`` [m], behind the first
    lap.
    """

    pick: Pick
    facts: str
    problem: str = ""
    lap_time: str = ""
    channels: Channels = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Curves:
    """Everything a view shows of the chosen laps.

    ``parts`` are the corners and straights with a cell for each trace that is drawn: its slowest
    or highest speed [km/h] and the time lost there [s].
    """

    mode: Literal["laps", "race"]
    lap_m: float
    length_m: float
    traces: tuple[Trace, ...]
    outline: Channels = field(repr=False)
    corners: tuple[Corner, ...] = ()
    parts: tuple[dict[str, Any], ...] = ()
    note: str = ""


def channels_of(frame: pd.DataFrame, at_m: Floats) -> Channels:
    """Car data of a lap as the browser gets them.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of ``Session.telemetry``.
    at_m : ndarray, shape (n,)
        Where its samples lie. [m]

    Returns
    -------
    dict of str to ndarray
        See :class:`Trace`.
    """
    return {
        "at": at_m,
        "speed": frame["speed_kmh"].to_numpy(),
        "throttle": frame["throttle_pct"].to_numpy(),
        "rpm": frame["rpm"].to_numpy(),
        "brake": frame["brake"].to_numpy(np.uint8),
        "gear": frame["gear"].to_numpy(np.uint8),
        "drs": frame["drs"].to_numpy(np.uint8),
    }


def packed(groups: Sequence[Mapping[str, NDArray[Any]]]) -> tuple[list[dict[str, Any]], bytes]:
    """Arrays as one buffer: float32, or bytes for what was given as bytes.

    Parameters
    ----------
    groups : sequence of mapping of str to ndarray
        Arrays by name; the same array may stand under several names.

    Returns
    -------
    tuple of list of dict and bytes
        Where each stands: offset [bytes], count, ``"f4"`` or ``"u1"``; and the buffer. Offsets
        are multiples of four, as typed arrays need them.
    """
    buffer = bytearray()
    places: list[dict[str, Any]] = []
    known: dict[int, list[Any]] = {}
    for group in groups:
        places.append({})
        for name, values in group.items():
            if id(values) not in known:
                kind = "u1" if values.dtype == np.uint8 else "f4"
                known[id(values)] = [len(buffer), len(values), kind]
                buffer += np.ascontiguousarray(values, dtype=f"<{kind}").tobytes()
                buffer += bytes(-len(buffer) % 4)
            places[-1][name] = known[id(values)]
    return places, bytes(buffer)
