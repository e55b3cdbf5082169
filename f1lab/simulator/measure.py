"""Measure what pushing gains and costs: ``python -m f1lab.simulator.measure FOLDER``.

Reads the dry races of an archive of FastF1 frames and prints the figures that
:mod:`f1lab.simulator.pace` is set by.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.tyre import push_penalty
from f1lab.data.tidy import load_tidy, tidy_races
from f1lab.errors import F1LabError
from f1lab.racemodel import RaceModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]

__all__ = ["begun", "clear_laps"]

#: Drivers of one race are numbered apart from those of another by this.
_MOST_DRIVERS = 100
#: Laps of a stint that say how hard it was begun, and how many of them it takes.
_EARLY, _MIN_LAPS = (2, 6), 3


def clear_laps(weekend: Weekend) -> tuple[Floats, ...]:
    """Laps of a race in clear air: residual [s], driver, stint and lap of the stint.

    Parameters
    ----------
    weekend : Weekend

    Returns
    -------
    tuple of ndarray, shape (n,)
        Empty for a race that saw rain tyres.
    """
    model = RaceModel.of(weekend)
    laps = model.laps
    first = np.r_[True, np.diff(laps.driver) != 0] | np.r_[True, np.diff(laps.stint) != 0]
    lap_of_stint = np.arange(len(first)) - np.flatnonzero(first)[np.cumsum(first) - 1] + 1
    kept = model.fit.used & ~laps.yellow & ~laps.in_traffic & ~laps.wet.any()
    columns = (model.fit.residual, laps.driver, laps.stint, lap_of_stint)
    return tuple(np.asarray(column[kept], dtype=np.float64) for column in columns)


def begun(laps: tuple[Floats, ...]) -> Floats:
    """How much quicker than his others each stint was begun, of drivers with several [s].

    Parameters
    ----------
    laps : tuple of ndarray
        As given by :func:`clear_laps`.

    Returns
    -------
    ndarray, shape (stints,)
        Minus the median residual of laps 2 to 6, against the driver's mean.
    """
    residual, driver, stint, lap = laps
    early = (lap >= _EARLY[0]) & (lap <= _EARLY[1])
    out: list[float] = []
    for code in np.unique(driver):
        own = [(driver == code) & (stint == s) & early for s in np.unique(stint[driver == code])]
        pushes = [-float(np.median(residual[rows])) for rows in own if rows.sum() >= _MIN_LAPS]
        if len(pushes) > 1:
            out += (np.array(pushes) - np.mean(pushes)).tolist()
    return np.array(out)


def main(folder: str) -> None:
    """Print the figures measured on the dry races of an archive."""
    races = []
    for year, number, _ in tidy_races(folder):
        try:
            races.append(clear_laps(load_tidy(folder, year, number)))
        except F1LabError as error:
            print(f"{year} round {number} is left out: {error}", file=sys.stderr)  # noqa: T201  (a script)
    races = [race for race in races if len(race[0])]
    pushes = np.concatenate([begun(race) for race in races])
    numbered = [(r, d + _MOST_DRIVERS * i, s, n) for i, (r, d, s, n) in enumerate(races)]
    penalty = push_penalty(*(np.concatenate(column) for column in zip(*numbered, strict=True)))
    print(f"{len(races)} dry races, {penalty}")  # noqa: T201  (a script)
    low, high = np.quantile(pushes, (0.1, 0.9))
    print(f"{len(pushes)} stints begun with sd {pushes.std():.3f} s, 80 % {low:.3f} to {high:.3f}")  # noqa: T201  (a script)


if __name__ == "__main__":
    main(sys.argv[1])
