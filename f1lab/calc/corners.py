"""Where the corners of a lap are, and a division of the whole lap into corners and straights.

A corner is where the line bends: a stretch of one sign with a radius below 400 m, and below 200 m
somewhere unless the car slows down in it. Its apex is where the car is slowest in it, or, taken
flat out, where it bends most. Without places only the minima of the speed are left, and flat-out
corners are not seen.

Numbers are a convention: given the places of the numbered corners, each gets its number, also a
corner that could not be told from the trace; else corners are numbered in the order they are
found, which need not be the official count.

Corners and straights tile the lap. A corner begins where braking for it begins and ends where the
line is straight again; the time lost in all of them sums to the gap.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from f1lab.calc._bends import STEP_M, Trace
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Corner",
    "Segment",
    "corner_class",
    "corner_name",
    "edges_m",
    "find_corners",
    "nearest_m",
    "segments",
]

Class = Literal["slow", "medium", "fast"]

#: Apex speed up to which a corner is slow, and from which it is fast [km/h].
SLOW_KMH, FAST_KMH = 120.0, 200.0


@dataclass(frozen=True)
class Corner:
    """One corner of a lap.

    Parameters
    ----------
    label : str
        Its number, with a letter where there is one: ``"1"``, ``"9A"``; or another name, such as
        ``"c1"`` for the first one found where the circuit's own numbers are not known.
    apex_m : float
        Where the car is slowest in it, or where it bends most [m].
    apex_kmh : float
        Speed there [km/h].
    begin_m, end_m : float
        From where the car brakes for it to where the line is straight again [m].
    direction : str
        ``"left"``, ``"right"``, or ``""`` when the trace has no places.
    """

    label: str
    apex_m: float
    apex_kmh: float
    begin_m: float
    end_m: float
    direction: Literal["left", "right", ""]

    @property
    def speed_class(self) -> Class:
        """``"slow"`` below 120 km/h, ``"fast"`` from 200 km/h, else ``"medium"``."""
        return corner_class(self.apex_kmh)

    def to_dict(self) -> dict[str, Any]:
        """Return the corner as plain values."""
        return {**asdict(self), "speed_class": self.speed_class}


@dataclass(frozen=True)
class Segment:
    """One part of a lap.

    Parameters
    ----------
    label : str
        ``"T3"`` or ``"T3–T4"`` for the straight between them; see :func:`corner_name`.
    kind : str
        ``"straight"``, ``"slow"``, ``"medium"`` or ``"fast"``.
    begin_m, end_m : float
        Where it begins and ends [m].
    """

    label: str
    kind: Literal["straight", "slow", "medium", "fast"]
    begin_m: float
    end_m: float

    def to_dict(self) -> dict[str, Any]:
        """Return the part as plain values."""
        return asdict(self)


def corner_class(apex_kmh: float) -> Class:
    """Class of a corner by the speed at its apex.

    Parameters
    ----------
    apex_kmh : float
        Speed at the apex [km/h].

    Returns
    -------
    str
        ``"slow"`` below 120 km/h, ``"fast"`` from 200 km/h, else ``"medium"``.

    Examples
    --------
    >>> corner_class(65), corner_class(150), corner_class(250)
    ('slow', 'medium', 'fast')
    """
    if apex_kmh < SLOW_KMH:
        return "slow"
    return "fast" if apex_kmh >= FAST_KMH else "medium"


def corner_name(label: str) -> str:
    """What a corner is called: a number of the circuit's own gets a ``T``.

    Parameters
    ----------
    label : str
        Of a :class:`Corner`.

    Returns
    -------
    str

    Examples
    --------
    >>> corner_name("9A"), corner_name("c9")
    ('T9A', 'c9')
    """
    return f"T{label}" if label[:1].isdigit() else label


def find_corners(
    distance_m: ArrayLike,
    speed_kmh: ArrayLike,
    x_m: ArrayLike | None = None,
    y_m: ArrayLike | None = None,
    *,
    labels: Sequence[str] | None = None,
    near_m: ArrayLike | None = None,
) -> tuple[Corner, ...]:
    """Find the corners of a lap.

    Parameters
    ----------
    distance_m : array_like, shape (n,)
        Distance of the samples [m]; not decreasing.
    speed_kmh : array_like, shape (n,)
        Speed [km/h].
    x_m, y_m : array_like, shape (n,), optional
        Places [m]; used if at least 90 % of them are known.
    labels : sequence of str, optional
        Numbers of the known corners, in their order.
    near_m : array_like, optional
        Where they are, to 75 m [m]; see :func:`nearest_m`.

    Returns
    -------
    tuple of Corner
        In their order; parts do not overlap.

    Raises
    ------
    InvalidInput
        If the trace is shorter than 20 samples, out of order, or `labels` and `near_m` do not
        belong together.

    Examples
    --------
    >>> s = np.arange(0.0, 3000.0, 10.0)
    >>> v = 250 - 150 * np.exp(-(((s - 1000) / 100) ** 2)) - 90 * np.exp(-(((s - 2200) / 80) ** 2))
    >>> [
    ...     (corner.label, round(corner.apex_m, -1), corner.speed_class)
    ...     for corner in find_corners(s, v)
    ... ]
    [('1', 1000.0, 'slow'), ('2', 2200.0, 'medium')]
    """
    trace = Trace.of(distance_m, speed_kmh, x_m, y_m)
    if labels is None and near_m is None:
        apexes = trace.apexes()
        names = [str(number) for number in range(1, len(apexes) + 1)]
    else:
        names, near = _table(labels, near_m, trace.length_m)
        apexes = trace.apexes_near(near)
    return tuple(
        Corner(
            label=name,
            apex_m=float(trace.at_m[apex]),
            apex_kmh=float(trace.speed_kmh[apex]),
            begin_m=float(trace.at_m[begin]),
            end_m=float(trace.at_m[end]),
            direction=trace.direction(apex),
        )
        for name, (apex, begin, end) in zip(names, trace.parts(apexes), strict=True)
    )


def nearest_m(
    distance_m: ArrayLike,
    x_m: ArrayLike,
    y_m: ArrayLike,
    places_x_m: ArrayLike,
    places_y_m: ArrayLike,
) -> Floats:
    """Where on a lap some places are.

    Parameters
    ----------
    distance_m, x_m, y_m : array_like, shape (n,)
        The lap [m].
    places_x_m, places_y_m : array_like, shape (k,)
        The places, e.g. of the numbered corners [m].

    Returns
    -------
    ndarray, shape (k,)
        Distance of the nearest point of the lap [m].

    Examples
    --------
    >>> nearest_m([0, 10, 20], [0, 10, 20], [0, 0, 0], [12], [5])
    array([12.])
    """
    distance, x, y = (np.asarray(column, dtype=float) for column in (distance_m, x_m, y_m))
    known = np.isfinite(x) & np.isfinite(y)
    fine = np.arange(distance[0], distance[-1] + 0.5)
    way = [np.interp(fine, distance[known], axis[known]) for axis in (x, y)]
    places = zip(np.atleast_1d(places_x_m), np.atleast_1d(places_y_m), strict=True)
    return np.array([fine[np.argmin(np.hypot(way[0] - px, way[1] - py))] for px, py in places])


def segments(corners: Sequence[Corner], length_m: float) -> tuple[Segment, ...]:
    """Divide a whole lap into corners and the straights between them.

    Parameters
    ----------
    corners : sequence of Corner
        From :func:`find_corners`.
    length_m : float
        Length of the lap [m].

    Returns
    -------
    tuple of Segment
        From 0 to `length_m`, each beginning where the one before ends.

    Raises
    ------
    InvalidInput
        If a corner lies beyond the end of the lap.

    Examples
    --------
    >>> corner = Corner("1", 600.0, 90.0, 450.0, 700.0, "left")
    >>> [(part.label, part.begin_m, part.end_m) for part in segments([corner], 1000.0)]
    [('–T1', 0.0, 450.0), ('T1', 450.0, 700.0), ('T1–', 700.0, 1000.0)]
    """
    if corners and corners[-1].end_m > length_m + STEP_M:
        raise InvalidInput(
            f"{corner_name(corners[-1].label)} ends at {corners[-1].end_m:.0f} m, beyond the lap of "
            f"{length_m:.0f} m."
        )
    parts: list[Segment] = []
    at, before = 0.0, ""
    for corner in corners:
        name = corner_name(corner.label)
        if corner.begin_m > at:
            parts.append(Segment(f"{before}–{name}", "straight", at, corner.begin_m))
        end = min(corner.end_m, float(length_m))
        parts.append(Segment(name, corner.speed_class, corner.begin_m, end))
        at, before = end, name
    if at < length_m:
        parts.append(Segment(f"{before}–", "straight", at, float(length_m)))
    return tuple(parts)


def edges_m(parts: Sequence[Segment]) -> Floats:
    """Places where one part ends and the next begins.

    Parameters
    ----------
    parts : sequence of Segment
        From :func:`segments`, k of them.

    Returns
    -------
    ndarray, shape (k + 1,)
        From 0 to the length of the lap [m]; for :meth:`f1lab.calc.align.AlignedLaps.lost_s`.
    """
    return np.array([parts[0].begin_m, *(part.end_m for part in parts)])


def _table(
    labels: Sequence[str] | None, near_m: ArrayLike | None, length_m: float
) -> tuple[list[str], Floats]:
    """Labels and places of the known corners, looked at."""
    near = np.atleast_1d(np.asarray([] if near_m is None else near_m, dtype=float))
    names = [] if labels is None else [str(label) for label in labels]
    if len(names) != len(near):
        raise InvalidInput(
            f"each of the corners needs a label and a place: {len(names)} labels and {len(near)} "
            "places were given."
        )
    if not (np.diff(near) > 0).all() or not ((near >= 0) & (near <= length_m)).all():
        raise InvalidInput(
            f"places of corners must increase and lie on the lap, 0 … {length_m:.0f} m."
        )
    return names, near
