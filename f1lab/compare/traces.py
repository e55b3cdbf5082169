"""Laps of a session with their car data, put on one distance.

What :mod:`f1lab.calc` compares are plain traces; here they are taken from a session, lazily, one
lap at a time. A lap that cannot be compared with the first is left out and its reason kept, so
that one odd lap does not spoil the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.align import AlignedLaps, LapsDoNotAlign, align
from f1lab.calc.corners import Corner, find_corners, nearest_m
from f1lab.compare._car_laps import (
    DrivenLap,
    driven_lap,
    fastest_lap,
    has_telemetry,
    quickest_lap,
    remembering,
)
from f1lab.data.schema import Session, Weekend, require_weekend
from f1lab.errors import InvalidInput, NoData, UnknownName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "FOUND",
    "DrivenLap",
    "Overlay",
    "corners_of",
    "driven_lap",
    "fastest_lap",
    "has_telemetry",
    "numbered_as_found",
    "overlay",
    "quickest_lap",
    "remembering",
    "session_of",
]

#: Begins the label of a corner that was found in the trace: ``"c1"`` is not the circuit's turn 1.
FOUND = "c"
#: What a session may be called, and which one of the weekend that is.
_SESSIONS = {"r": "race", "q": "qualifying", "race": "race", "qualifying": "qualifying"}


@dataclass(frozen=True)
class Overlay:
    """Laps on the distance of the first of them.

    Parameters
    ----------
    laps : tuple of DrivenLap
        The first gives the distance; then those that could be compared with it.
    aligned : tuple of AlignedLaps
        Each of the others against the first: one fewer than `laps`.
    problems : dict of (str, int or str) to str
        Driver and lap of those that could not be compared, and why.
    corners : tuple of Corner
        Of the first lap.
    """

    laps: tuple[DrivenLap, ...]
    aligned: tuple[AlignedLaps, ...]
    problems: dict[tuple[str, int | str], str]
    corners: tuple[Corner, ...]

    @property
    def reference(self) -> DrivenLap:
        """The lap that gives the distance."""
        return self.laps[0]

    @property
    def length_m(self) -> float:
        """Length of the lap all are on: what the first measured [m]."""
        return self.reference.trace.driven_m

    @property
    def distance_m(self) -> Floats:
        """Places of :attr:`time_s` and :attr:`speed_kmh`, shape (n,) [m]."""
        return np.linspace(0.0, self.length_m, max(round(self.length_m / _STEP_M), 2) + 1)

    @property
    def time_s(self) -> Floats:
        """Clock of every lap at every place, shape (laps, n) [s]; ends at the lap times."""
        own = self._at_places(self.reference.trace.time_s)
        return np.vstack([own, *(pair.other_time_s for pair in self.aligned)])

    @property
    def speed_kmh(self) -> Floats:
        """Speed of every lap at every place, shape (laps, n) [km/h]."""
        own = self._at_places(self.reference.trace.speed_kmh)
        return np.vstack([own, *(pair.other_speed_kmh for pair in self.aligned)])

    def at_m(self, k: int) -> Floats:
        """Where the samples of a lap lie on the common distance.

        Parameters
        ----------
        k : int
            Which of :attr:`laps`.

        Returns
        -------
        ndarray, shape (samples,)
            One place for each row of its frame [m].
        """
        trace = self.reference.trace
        return trace.distance_m - trace.distance_m[0] if k == 0 else self.aligned[k - 1].other_at_m

    def of(self, driver: str) -> list[int]:
        """Which of :attr:`laps` are a driver's."""
        return [k for k, lap in enumerate(self.laps) if lap.driver == driver]

    def __repr__(self) -> str:
        """How many laps on whose distance."""
        left = f", {len(self.problems)} left out" if self.problems else ""
        return f"Overlay({len(self.laps)} laps on {self.reference.label}{left})"

    def _at_places(self, values: Floats) -> Floats:
        return np.interp(self.distance_m, self.at_m(0), values)


#: Distance between two places of an overlay [m].
_STEP_M = 5.0


def session_of(weekend: Weekend | Session, session: str | None = None) -> Session:
    """Session to compare in.

    Parameters
    ----------
    weekend : Weekend or Session
        A session is taken as it is.
    session : str, optional
        ``"Q"`` or ``"R"``, or their names; by default the first of them that has telemetry, else
        the race.

    Returns
    -------
    Session

    Raises
    ------
    UnknownName
        If there is no such session.
    NoData
        If the weekend was loaded without it.
    InvalidInput
        If no weekend is given.
    """
    if session is not None and str(session).casefold() not in _SESSIONS:
        raise UnknownName("session", str(session), ("R", "Q"))
    if isinstance(weekend, Session):
        return weekend
    require_weekend(weekend)
    if session is None:
        known = (one for one in (weekend.qualifying, weekend.race) if one is not None)
        return next((one for one in known if has_telemetry(one)), weekend.race)
    found: Session | None = getattr(weekend, _SESSIONS[str(session).casefold()])
    if found is None:
        raise NoData(f"{weekend.event} {weekend.year} has no qualifying; its race is there.")
    return found


def corners_of(session: Session, lap: DrivenLap) -> tuple[Corner, ...]:
    """Corners of a lap, numbered as the circuit does where that is known.

    Without that the corners are those found in the quickest lap of the session, so that every
    lap of it has the same ones under the same labels: ``"c1"``, ``"c2"`` … in their order, which
    need not be the official count.

    Parameters
    ----------
    session : Session
        Whose lap it is.
    lap : DrivenLap
        The lap.

    Returns
    -------
    tuple of Corner
        In their order, on the lap's own distance.
    """
    known = session.corners()
    columns = _columns(lap)
    distance, _, x, y = columns
    if known is not None and np.isfinite(x).any():
        near = nearest_m(distance, x, y, known["x_m"].to_numpy(), known["y_m"].to_numpy())
        near, first = np.unique(near, return_index=True)
        pairs = zip(known["number"].iloc[first], known["letter"].iloc[first], strict=True)
        return find_corners(*columns, labels=[f"{n}{letter}" for n, letter in pairs], near_m=near)
    quickest = quickest_lap(session) or lap
    found = find_corners(*_columns(quickest))
    longer = lap.trace.driven_m / quickest.trace.driven_m
    return find_corners(
        *columns,
        labels=[f"{FOUND}{corner.label}" for corner in found],
        near_m=[corner.apex_m * longer for corner in found],
    )


def numbered_as_found(labels: Sequence[str], apex_m: Sequence[float]) -> list[str]:
    """Say that corners carry numbers of their own, and where each is; nothing for the official.

    Parameters
    ----------
    labels : sequence of str
        As :func:`corners_of` gives them.
    apex_m : sequence of float
        Where each is slowest [m].

    Returns
    -------
    list of str
        One sentence, or none.

    Examples
    --------
    >>> numbered_as_found(["c1", "c2"], [465.2, 625.0])
    ['Corners are numbered as found in the trace, not as the circuit does: c1 465 m, c2 625 m.']
    >>> numbered_as_found(["1", "2"], [465.2, 625.0])
    []
    """
    if not any(label.startswith(FOUND) for label in labels):
        return []
    told = ", ".join(f"{label} {at_m:.0f} m" for label, at_m in zip(labels, apex_m, strict=True))
    return [f"Corners are numbered as found in the trace, not as the circuit does: {told}."]


def overlay(session: Session, laps: Sequence[tuple[str, int | str]]) -> Overlay:
    """Put laps on the distance of the first.

    Parameters
    ----------
    session : Session
        The session.
    laps : sequence of (str, int or str)
        Driver and lap number or ``"fastest"``.

    Returns
    -------
    Overlay
        A lap that does not align with the first (the residual is named) or has no car data
        stands in ``problems`` instead.

    Raises
    ------
    UnknownName
        If a driver did not take part.
    NoData
        If the first lap has no car data.
    InvalidInput
        If no lap is given, or one is neither a number nor ``"fastest"``.
    """
    if not laps:
        raise InvalidInput("no lap was given: laps are pairs such as ('NOR', 15).")
    first = driven_lap(session, *laps[0])
    found, aligned = [first], []
    problems: dict[tuple[str, int | str], str] = {}
    for driver, lap in laps[1:]:
        try:
            other = driven_lap(session, driver, lap)
            aligned.append(align(first.trace, other.trace, step_m=_STEP_M))
        except (NoData, LapsDoNotAlign) as error:
            problems[driver, lap] = str(error)
            continue
        found.append(other)
    return Overlay(tuple(found), tuple(aligned), problems, corners_of(session, first))


def _columns(lap: DrivenLap) -> tuple[Floats, Floats, Floats, Floats]:
    """Distance, speed and places of a lap."""
    distance, speed, x, y = (
        lap.frame[name].to_numpy(dtype=float) for name in ("distance_m", "speed_kmh", "x_m", "y_m")
    )
    return distance, speed, x, y
