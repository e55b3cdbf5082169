"""Laps of one driver, or of a field, as the driver calculations take them: of one race or many.

What a race gives is small (some arrays), so that many races can be read in processes of their own
and joined here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.driver import consistency_metrics, error_risk, pressure_index
from f1lab.calc.track import straight_line_speed
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.calc.driver import Consistency, ErrorRisk, PressureIndex
    from f1lab.calc.track import StraightLineSpeed
    from f1lab.compare.laps import RaceView

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = [
    "FieldMarks",
    "OwnLaps",
    "consistency",
    "corrected_sectors",
    "field_marks",
    "mistakes",
    "own_laps",
    "pressure",
    "top_speed",
]

#: A car this close ahead gives a tow, and DRS from lap 3 on [s].
_TOW_GAP_S = 1.0


@dataclass(frozen=True, repr=False)
class OwnLaps:
    """Dry laps of one driver that taught the fit, in clean air ahead, in order, shape (n,).

    ``corrected_s`` has track, fuel, tyres and traffic removed, ``residual_s`` the pace as well
    [s]; ``stint`` is a label with the race in it; ``gap_behind_s`` is inf for nobody [s].
    """

    corrected_s: Floats
    residual_s: Floats
    stint: NDArray[np.str_]
    gap_behind_s: Floats


@dataclass(frozen=True, repr=False)
class FieldMarks:
    """Dry racing laps of a field with what marks a mistake, shape (n,)."""

    residual_s: Floats
    driver: NDArray[np.str_]
    clean_air: Bools
    deleted: Bools
    off: Bools


def own_laps(view: RaceView, code: str) -> OwnLaps:
    """Clean laps of a driver.

    Parameters
    ----------
    view : RaceView
    code : str

    Returns
    -------
    OwnLaps
        Empty when there are none.

    Raises
    ------
    NotEnoughLaps
        The race has too few dry laps.
    """
    rows = view.dry
    clean = view.own(code) & view.clean_air[rows] & view.fit.used
    event = f"{view.weekend.year}-{view.weekend.round}"
    return OwnLaps(
        corrected_s=view.fit.corrected_s[clean],
        residual_s=view.fit.residual_s[clean],
        stint=np.array([f"{event}-{k}" for k in view.laps.stint[rows][clean]], dtype=str),
        gap_behind_s=view.gap_behind_s[rows][clean],
    )


def field_marks(view: RaceView) -> FieldMarks:
    """Dry racing laps of everybody, with their marks.

    Raises
    ------
    NotEnoughLaps
        The race has too few dry laps.
    """
    rows = view.dry
    return FieldMarks(
        residual_s=view.fit.residual_s,
        driver=view.codes[view.laps.driver[rows]],
        clean_air=view.clean_air[rows],
        deleted=view.deleted[rows],
        off=view.off[rows],
    )


def consistency(races: Sequence[OwnLaps]) -> Consistency:
    """Spread of a driver's corrected clean laps over some races; refusals of the calculation."""
    return consistency_metrics(_joined(races, "corrected_s"), _joined(races, "stint"))


def pressure(races: Sequence[OwnLaps]) -> PressureIndex:
    """Pace with a car close behind over some races; refusals of the calculation."""
    columns = (_joined(races, name) for name in ("residual_s", "gap_behind_s", "stint"))
    return pressure_index(*columns)


def mistakes(races: Sequence[FieldMarks]) -> ErrorRisk:
    """Chance of a mistake per lap of everybody over some races; refusals of the calculation."""
    names = ("residual_s", "driver", "clean_air", "deleted", "off")
    return error_risk(*(_joined(races, name) for name in names))


def _joined(races: Sequence[OwnLaps] | Sequence[FieldMarks], name: str) -> NDArray[np.generic]:
    if not races:
        raise NotEnoughLaps("0 races with enough dry laps, needed is 1.")
    return np.concatenate([getattr(race, name) for race in races])


def top_speed(view: RaceView, *codes: str) -> StraightLineSpeed:
    """Speed at the trap on dry racing laps of some cars, with and without a tow (DRS with it).

    Raises
    ------
    NotEnoughLaps
        Under three speeds of either kind.
    """
    rows = view.dry[np.isin(view.codes[view.laps.driver[view.dry]], codes)]
    towed = view.laps.gap_start_s[rows] < _TOW_GAP_S
    return straight_line_speed(view.trap_kmh[rows], towed, np.zeros(len(rows), dtype=bool))


def corrected_sectors(view: RaceView, *codes: str) -> Floats:
    """Sector times of clean laps with track, fuel, tyres and traffic taken off.

    What is taken off a lap is spread over its sectors by their length, so that the sectors still
    sum to the corrected lap; a usual lap of the race keeps its level.

    Parameters
    ----------
    view : RaceView
    *codes : str
        Whose laps.

    Returns
    -------
    ndarray, shape (laps, 3)
        [s]; laps with an unknown sector are left out.

    Raises
    ------
    NotEnoughLaps
        The race has too few dry laps.
    """
    fit, rows = view.fit, view.dry
    lap_s, sectors = view.laps.lap_time_s[rows], view.sectors_s[rows]
    whole = np.isfinite(sectors).all(axis=1)
    if not whole.any():
        raise NotEnoughLaps("0 dry racing laps with all three sector times, needed is 1.")
    share = np.median(sectors[whole] / lap_s[whole, None], axis=0)
    taken_off = lap_s - fit.corrected_s
    taken_off = taken_off - np.median(taken_off)
    own = np.isin(view.codes[view.laps.driver[rows]], codes) & view.clean_air[rows] & fit.used
    return np.asarray((sectors - taken_off[:, None] * share / share.sum())[own & whole])
