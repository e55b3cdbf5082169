"""The whole field on one distance: what kerbs and evenness are measured against."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.calc.car import kerb_compliance, setup_flexibility
from f1lab.calc.corners import segments
from f1lab.compare._car_delta import KINDS
from f1lab.compare._car_evidence import with_car_data
from f1lab.compare._car_pairs import comparable_laps
from f1lab.compare.traces import overlay
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.calc.car import KerbCompliance, SetupFlexibility
    from f1lab.calc.corners import Corner
    from f1lab.compare.traces import Overlay
    from f1lab.data.schema import Session

    Floats = NDArray[np.float64]

__all__ = ["FieldOnTrack", "apex_speeds_kmh", "field_on_track"]

#: Laps taken of each car: enough to average samples of a quarter of a second.
_LAPS_EACH = 3
#: Two corners of opposite direction are one change of direction when their apexes are this near [m].
_CHICANE_M = 120.0
#: A kind of road in a sector counts as a cell if the quickest car spends this long on it [s].
_LEAST_CELL_S = 2.0


@dataclass(frozen=True)
class FieldOnTrack:
    """Best comparable laps of every car, on the distance of the quickest.

    ``drivers`` are the rows of ``apex_kmh`` (corners) and ``loss_pct`` (cells: a kind of road in
    a sector; loss to the best car there).
    """

    drivers: tuple[str, ...]
    seen: Overlay
    apex_kmh: Floats
    chicane: NDArray[np.bool_]
    loss_pct: Floats

    def kerbs(self, driver: str) -> KerbCompliance:
        """Speed kept through direction changes by one car."""
        return kerb_compliance(self.apex_kmh, self.chicane, self._row(driver))

    def flexibility(self, driver: str) -> SetupFlexibility:
        """How evenly one car performs over the lap."""
        return setup_flexibility(self.loss_pct, self._row(driver))

    def _row(self, driver: str) -> int:
        if driver not in self.drivers:
            raise NotEnoughLaps(
                f"{driver} has no comparable lap with car data; there are of "
                f"{', '.join(self.drivers)}."
            )
        return self.drivers.index(driver)


def field_on_track(session: Session) -> FieldOnTrack:
    """Put the three best comparable laps of every car on one distance.

    Parameters
    ----------
    session : Session
        With car data.

    Returns
    -------
    FieldOnTrack

    Raises
    ------
    NotEnoughLaps
        If nobody's best laps have car data.
    """
    laps = comparable_laps(session).sort_values("lap_time_s", kind="stable")
    laps = laps.groupby("driver", sort=False).head(_LAPS_EACH)
    ran = session.laps["driver"].unique()
    best = pd.concat([with_car_data(session, laps, driver) for driver in ran])
    best = best.sort_values("lap_time_s", kind="stable")
    if best.empty:
        raise NotEnoughLaps(f"nobody's best laps in {session.name} have car data.")
    seen = overlay(session, list(zip(best["driver"], best["lap"].astype(int), strict=True)))
    drivers = tuple(dict.fromkeys(lap.driver for lap in seen.laps))
    rows = [seen.of(driver) for driver in drivers]
    apexes, cells = apex_speeds_kmh(seen), _cells_s(seen)
    cells = np.array([cells[own].mean(axis=0) for own in rows])
    best_s = cells.min(axis=0)
    return FieldOnTrack(
        drivers=drivers,
        seen=seen,
        apex_kmh=np.array([apexes[own].mean(axis=0) for own in rows]),
        chicane=_chicanes(seen.corners),
        loss_pct=100 * (cells / best_s - 1)[:, best_s >= _LEAST_CELL_S],
    )


def apex_speeds_kmh(seen: Overlay) -> Floats:
    """Least speed of every lap in every corner.

    Parameters
    ----------
    seen : Overlay
        Laps on one distance.

    Returns
    -------
    ndarray, shape (laps, corners)
        Speeds [km/h].
    """
    at, speed = seen.distance_m, seen.speed_kmh
    inside = [(at >= corner.begin_m) & (at <= corner.end_m) for corner in seen.corners]
    return np.array([speed[:, corner].min(axis=1) for corner in inside]).T


def _cells_s(seen: Overlay) -> Floats:
    """Time of every lap on each kind of road in each sector, shape (laps, cells) [s]."""
    tiles = segments(seen.corners, seen.length_m)
    pins = max((pair.pins_m for pair in seen.aligned), key=len, default=(0.0, seen.length_m))
    at, clock = seen.distance_m, seen.time_s

    def taken(begin: float, end: float) -> Floats:
        return np.array([np.diff(np.interp([begin, end], at, own))[0] for own in clock])

    cells = []
    for begin, end in pairwise(pins):
        for kind in KINDS:
            own = [
                taken(max(tile.begin_m, begin), min(tile.end_m, end))
                for tile in tiles
                if tile.kind == kind and tile.begin_m < end and tile.end_m > begin
            ]
            if own:
                cells.append(np.sum(own, axis=0))
    return np.array(cells).T


def _chicanes(corners: tuple[Corner, ...]) -> NDArray[np.bool_]:
    """Corners that are part of a quick change of direction."""
    found = np.zeros(len(corners), dtype=bool)
    for k, (one, other) in enumerate(pairwise(corners)):
        turned = {one.direction, other.direction} == {"left", "right"}
        if turned and other.apex_m - one.apex_m <= _CHICANE_M:
            found[k : k + 2] = True
    return found
