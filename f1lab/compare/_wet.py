"""A race in the rain: grip, and the laps at which tyres of another class became the quicker."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.weather import crossover_lap, grip_evolution
from f1lab.errors import NotEnoughLaps
from f1lab.racemodel.laps import TYRE_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from f1lab.calc.weather import Crossover, GripEvolution
    from f1lab.compare.laps import RaceView

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["crossovers", "grip"]

_PHASES = ("wetting", "drying")
_MIN_DRY_LAPS, _MIN_WET_LAPS = 5, 40
_INTERMEDIATE = TYRE_CLASSES.index("intermediate")


def grip(view: RaceView) -> GripEvolution:
    """Grip of the wet laps against each driver's own dry ones of the same race.

    Raises
    ------
    NotEnoughLaps
        Under forty wet racing laps, or nobody with five dry ones.
    """
    laps = view.laps
    wet = _wet_racing(view)
    usual = _usual(view, laps.racing & ~laps.wet, _MIN_DRY_LAPS)
    if np.isnan(usual).all():
        raise NotEnoughLaps(
            f"nobody drove {_MIN_DRY_LAPS} dry racing laps to read the wet ones against."
        )
    return grip_evolution(laps.lap_time_s[wet], usual[laps.driver[wet]], laps.progress[wet])


def crossovers(view: RaceView) -> dict[str, Callable[[], Crossover]]:
    """The phases a crossover between slicks and intermediates may lie in, ready to be asked.

    A phase ends when the share of cars on intermediates is highest: before it the track got
    wetter, after it dried.
    """
    return {name: partial(_crossover, view, drying=name == "drying") for name in _PHASES}


def _crossover(view: RaceView, *, drying: bool) -> Crossover:
    laps = view.laps
    rows = _wet_racing(view) & (laps.tyre_class <= _INTERMEDIATE)
    at, wetter = laps.progress[rows], laps.tyre_class[rows] == _INTERMEDIATE
    part = (at > _wettest(at, wetter)) == drying
    usual = _usual(view, laps.racing, 1)
    level = laps.lap_time_s[rows] - usual[laps.driver[rows]] + np.nanmedian(usual)
    try:
        return crossover_lap(at[part], level[part], wetter[part], laps.driver[rows][part])
    except NotEnoughLaps as reason:
        # its advice is for callers of the calculation; here nobody can follow it
        raise NotEnoughLaps(str(reason).replace(" Or give threshold_s.", "")) from reason


def _usual(view: RaceView, which: Bools, least: int) -> Floats:
    """Median lap of each driver among some laps; NaN for fewer than the least [s]."""
    out = np.full(len(view.laps.drivers), np.nan)
    for driver in np.unique(view.laps.driver):
        own = view.laps.lap_time_s[which & (view.laps.driver == driver)]
        if len(own) >= least:
            out[driver] = np.median(own)
    return out


def _wettest(at: Floats, wetter: Bools) -> float:
    """Lap of progress at whose end the share of cars on intermediates is highest."""
    if not len(at):
        return 0.0
    lap = np.floor(at).astype(np.int64)
    share = np.bincount(lap, wetter) / np.maximum(np.bincount(lap), 1)
    return float(np.argmax(share)) + 1.0


def _wet_racing(view: RaceView) -> Bools:
    """Racing laps while rain tyres were in use.

    Raises
    ------
    NotEnoughLaps
        Under forty.
    """
    wet = view.laps.racing & view.laps.wet & np.isfinite(view.laps.lap_time_s)
    if wet.sum() < _MIN_WET_LAPS:
        raise NotEnoughLaps(
            f"{int(wet.sum())} racing laps were driven while rain tyres were in use, needed are "
            f"{_MIN_WET_LAPS}."
        )
    return np.asarray(wet)
