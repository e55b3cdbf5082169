"""Lap times of the second half of a race, predicted from its first.

The race model is fitted on the laps that were over when the leader had done half the distance;
the tyres, flags and stops of the second half are taken as they were, its lap times are not. The
baseline is each driver's own median racing lap of the first half.

Judged are clean racing laps on slicks: green, no pit lane, not begun or ended right behind
another car, nobody on rain tyres, and within 107 % of that median, as a lap with an off is
nobody's to foresee.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.backtest.metrics import rmse
from f1lab.backtest.scores import race_score
from f1lab.calc.basis import hat_basis
from f1lab.racemodel.design import Design
from f1lab.racemodel.laps import FLAGS, SLICK, TYRE_CLASSES, race_laps
from f1lab.racemodel.model import RaceModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.backtest.scores import Score
    from f1lab.data.schema import Session, Weekend
    from f1lab.racemodel.laps import RaceLaps
    from f1lab.racemodel.priors import Priors

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["FirstHalf", "LapErrors", "lap_time_score", "laps_until", "second_half"]

#: A lap slower than this share of the driver's median was not driven cleanly [-].
_CLEAN_SHARE = 1.07
_MIN_MEDIAN_LAPS = 5


@dataclass(frozen=True, repr=False)
class LapErrors:
    """Predicted minus real lap times of one race, shape (n,) [s]."""

    model_s: Floats
    median_s: Floats


def laps_until(session: Session, lap: int) -> Session:
    """Race as it stood when the leader had completed a lap.

    Parameters
    ----------
    session : Session
    lap : int

    Returns
    -------
    Session
        Laps that had ended by then; everything else as it was.
    """
    laps = session.laps
    over_s = laps.loc[laps["lap"] == lap, "time_s"].min()
    return dataclasses.replace(session, laps=laps[laps["time_s"] <= over_s].reset_index(drop=True))


@dataclass(frozen=True, repr=False)
class FirstHalf:
    """A race model that knows the first half, and all laps of the race to be asked about.

    ``half`` is the last lap the leader had completed, ``over_s`` when [s].
    """

    model: RaceModel
    laps: RaceLaps
    design: Design
    half: int
    over_s: float

    @classmethod
    def of(cls, weekend: Weekend, priors: Priors) -> FirstHalf | None:
        """Fit the first half of a race; None when there is none.

        A car whose first lap ended in the second half is left out.
        """
        half = int(weekend.race.laps["lap"].max()) // 2
        if half < 1:
            return None
        first = laps_until(weekend.race, half)
        model = RaceModel.of(dataclasses.replace(weekend, race=first), priors)
        known = weekend.race.laps["driver"].isin(model.laps.drivers)
        race = dataclasses.replace(weekend.race, laps=weekend.race.laps[known])
        laps = race_laps(race, weekend.year)
        design = Design.of(laps, priors, weekend.circuit)
        return cls(model, laps, design, half, float(first.laps["time_s"].max()))

    def lap_times_s(self, *, clear: bool = False) -> Floats:
        """Every lap of the race by the first half's coefficients, shape (rows,) [s].

        The track stays as it was last seen; with ``clear`` nobody is in dirty air.
        """
        theta = self.model.centred(self.model.fit.coefficients[None, :])[0]
        own, blocks = self.model.design.blocks, self.design.blocks
        basis = hat_basis(self.laps.progress, self.model.design.track_knots[SLICK])
        total = basis @ theta[own[f"track_{TYRE_CLASSES[SLICK]}"]]
        for name, where in own.items():
            if not name.startswith("track_") and not (clear and name == "dirty_air"):
                total = total + self.design.matrix[:, blocks[name]] @ theta[where]
        return np.asarray(total)


def second_half(first: FirstHalf | None) -> LapErrors | None:
    """Predict the second half of a race.

    Parameters
    ----------
    first : FirstHalf or None

    Returns
    -------
    LapErrors or None
        None when there is no clean lap to predict, as in a race that was wet or cut short.
    """
    if first is None:
        return None
    laps = first.laps
    median_s = _medians(first.model.laps)[laps.driver]
    rows = _clean(laps) & (laps.time_s - laps.lap_time_s >= first.over_s)
    rows &= laps.lap_time_s < _CLEAN_SHARE * median_s
    if not rows.any():
        return None
    real_s = laps.lap_time_s[rows]
    return LapErrors(first.lap_times_s()[rows] - real_s, median_s[rows] - real_s)


def _clean(laps: RaceLaps) -> Bools:
    green = laps.flag == FLAGS.index("green")
    return np.asarray(laps.racing & green & ~laps.in_traffic & ~laps.wet)


def _medians(laps: RaceLaps) -> Floats:
    """Each driver's median racing lap; NaN from too few."""
    out = np.full(len(laps.drivers), np.nan)
    for i in range(len(out)):
        own = laps.lap_time_s[laps.racing & ~laps.wet & (laps.driver == i)]
        if len(own) >= _MIN_MEDIAN_LAPS:
            out[i] = np.median(own)
    return out


def lap_time_score(errors: Sequence[LapErrors | None], target: float | None = None) -> Score:
    """Root mean square error of the second halves of several races.

    Parameters
    ----------
    errors : sequence of LapErrors or None
    target : float, optional
        Root mean square error to reach [s].

    Returns
    -------
    Score
    """
    known = [e for e in errors if e is not None]
    model = np.array([rmse(e.model_s) for e in known])
    median = np.array([rmse(e.median_s) for e in known])
    pooled = (
        rmse(np.concatenate([e.model_s for e in known])) if known else float("nan"),
        rmse(np.concatenate([e.median_s for e in known])) if known else float("nan"),
    )
    return race_score(
        "laps",
        "second half's lap times, RMSE",
        "s",
        "own median lap",
        model,
        median,
        pooled=pooled,
        cases=sum(len(e.model_s) for e in known),
        target=target,
    )
