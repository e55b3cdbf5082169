"""What a weekend brought a driver: result, stints, sectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.estimate import Estimate, Result
from f1lab.calc.robust import median_error, robust_sd
from f1lab.calc.track import SectorDelta, sector_delta
from f1lab.compare._driver_laps import corrected_sectors
from f1lab.compare._profile import result_of
from f1lab.compare._text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.compare.laps import RaceView

__all__ = ["HeadToHead", "StintPace", "head_to_head", "race_sectors", "stint_refusals", "stints"]

_MIN_STINT_LAPS = 4


@dataclass(frozen=True)
class HeadToHead(Result):
    """What the weekend brought each driver; None for what is not known."""

    driver: str
    grid: int | None
    finish: int | None
    classified: bool
    status: str
    points: float
    laps: int
    best_lap_s: float
    stops: int


@dataclass(frozen=True)
class StintPace(Result):
    """One stint: clean laps against the mean of the field, everything else taken off [s].

    ``pace_s`` is None where there are fewer than four: :func:`stint_refusals` says so.
    """

    driver: str
    stint: int
    compound: str
    first_lap: int
    last_lap: int
    age_at_start_laps: int
    n_clean_laps: int
    pace_s: Estimate | None


def race_sectors(view: RaceView, a: list[str], b: list[str]) -> SectorDelta:
    """Corrected sector times of clean race laps, a minus b, widened for laps that resemble.

    Raises
    ------
    NotEnoughLaps
        Under two whole clean laps of either.
    """
    found = sector_delta(corrected_sectors(view, *a), corrected_sectors(view, *b))
    factor = float(np.sqrt(view.model.fit.inflation))
    wide = [_widened(part, factor) for part in (*found.sectors_s, found.lap_s)]
    return SectorDelta(tuple(wide[:-1]), wide[-1], found.n_laps)


def _widened(told: Estimate, factor: float) -> Estimate:
    low, high = (told.value + factor * (end - told.value) for end in (told.low, told.high))
    return Estimate(told.value, low, high)


def stints(view: RaceView, *codes: str) -> tuple[StintPace, ...]:
    """Every stint of some drivers, with its pace where it has four clean laps.

    Raises
    ------
    NotEnoughLaps
        The race has too few dry laps.
    """
    fit, rows, laps = view.fit, view.dry, view.laps
    clean = view.clean_air[rows] & fit.used
    inflation = float(np.sqrt(fit.inflation))
    found = []
    for code in codes:
        for number in np.unique(laps.stint[laps.rows(code)]):
            whole = laps.rows(code)[laps.stint[laps.rows(code)] == number]
            own = fit.corrected_s[clean & np.isin(rows, whole)]
            found.append(
                StintPace(
                    driver=code,
                    stint=int(number),
                    compound=str(view.frame["compound"][whole[0]]),
                    first_lap=int(laps.lap[whole[0]]),
                    last_lap=int(laps.lap[whole[-1]]),
                    age_at_start_laps=int(laps.age_laps[whole[0]]) - 1,
                    n_clean_laps=len(own),
                    pace_s=_stint_pace(own, inflation),
                )
            )
    return tuple(found)


def _stint_pace(corrected_s: NDArray[np.float64], inflation: float) -> Estimate | None:
    n = len(corrected_s)
    if n < _MIN_STINT_LAPS:
        return None
    error = inflation * median_error(robust_sd(corrected_s), n)
    return Estimate.of(float(np.median(corrected_s)), error, n - 1)


def stint_refusals(found: Sequence[StintPace]) -> dict[str, str]:
    """Why stints show no pace, by driver and number of the stint."""
    return {
        f"{own.driver} stint {own.stint}": (
            f"{counted(own.n_clean_laps, 'clean lap')} (dry, green, nobody close ahead) in "
            f"the stint of {own.driver} on {_span(own)}; its pace needs {_MIN_STINT_LAPS}."
        )
        for own in found
        if own.pace_s is None
    }


def _span(own: StintPace) -> str:
    if own.first_lap == own.last_lap:
        return f"lap {own.first_lap}"
    return f"laps {own.first_lap} to {own.last_lap}"


def head_to_head(view: RaceView, code: str) -> HeadToHead:
    """What the weekend brought a driver who completed a lap."""
    row = result_of(view.weekend, code)
    times = view.laps.lap_time_s[view.laps.rows(code)]
    car = view.laps.drivers.index(code)
    return HeadToHead(
        driver=code,
        grid=_whole(row["grid"]),
        finish=_whole(row["finish"]),
        classified=bool(row["classified"]),
        status=str(row["status"]),
        points=float(np.nan_to_num(row["points"])),
        laps=len(times),
        best_lap_s=float(times.min()),
        stops=sum(stop.driver == car and stop.tyres for stop in view.stops),
    )


def _whole(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None
