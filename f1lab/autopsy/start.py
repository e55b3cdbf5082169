"""Lap 1: what the grid slot explains and what the start itself won or lost.

Over the other drivers, the time lost on lap 1 against a flying lap grows about evenly with the
grid slot. That line is the slot's share (a qualifying matter); the distance from it is the
driver's own start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.robust import MAD_TO_SD, huber_distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.racemodel.priors import Normal

    Floats = NDArray[np.float64]

__all__ = ["StartLine", "start_line"]

_TUNING = 1.345  # Huber's, in standard deviations
_ROUNDS = 20
_MIN_SPREAD_S = 0.15


@dataclass(frozen=True)
class StartLine:
    """Lap-1 loss by grid slot: ``level + slot_s * (slot − 1)`` with its draws [s].

    ``spread_s`` is the scatter of single starts about the line and ``n`` how many it came from.
    """

    level_s: float
    slot_s: float
    level_draws: Floats
    slot_draws: Floats
    spread_s: float
    n: int


def start_line(
    slot: Floats, loss: Floats, prior: Normal, n_draws: int, rng: np.random.Generator
) -> StartLine:
    """Fit the line robustly, with a prior on its slope.

    Parameters
    ----------
    slot : ndarray, shape (n,)
        Grid slots of the other drivers, 1 … [-].
    loss : ndarray, shape (n,)
        Their lap 1 beyond a flying lap [s].
    prior : (mean, sd)
        Of the slope [s per slot].
    n_draws : int
    rng : numpy.random.Generator

    Returns
    -------
    StartLine
    """
    mean, sd = prior
    if not len(slot):
        steps = mean + sd * rng.standard_normal(n_draws)
        return StartLine(0.0, mean, np.zeros(n_draws), steps, np.nan, 0)
    x = np.stack([np.ones(len(slot)), slot - 1], axis=1)
    belief = np.diag([1e-6, 1 / sd**2])
    weight, spread = np.ones(len(slot)), max(float(np.std(loss)), _MIN_SPREAD_S)
    precision = belief
    line = np.array([float(np.median(loss)), mean])
    for _ in range(_ROUNDS):
        precision = belief + (x * (weight / spread**2)[:, None]).T @ x
        shift = belief @ [0.0, mean] + x.T @ (weight / spread**2 * loss)
        line = np.linalg.solve(precision, shift)
        residual = np.abs(loss - x @ line)
        spread = max(MAD_TO_SD * float(np.median(residual)), _MIN_SPREAD_S)
        weight = 1 / huber_distance(residual, _TUNING * spread)
    steps = rng.standard_normal((n_draws, 2)) @ np.linalg.cholesky(np.linalg.inv(precision)).T
    return StartLine(
        float(line[0]),
        float(line[1]),
        line[0] + steps[:, 0],
        line[1] + steps[:, 1],
        float(spread),
        len(slot),
    )
