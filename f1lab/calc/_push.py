"""The price of pushing: what a fast start of a stint costs at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, enough, labels
from f1lab.calc._stats import demeaned, regress
from f1lab.calc.estimate import Estimate, Result
from f1lab.calc.robust import robust_sd
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_MIN_SETTLED, _ROUNDING_S = 3, 1e-9


_EARLY_LAPS, _PAUSE_LAPS, _MIN_LATE_LAPS = 5, 2, 6


_MIN_PUSH_STINTS, _MIN_RELIABILITY = 8, 0.4


@dataclass(frozen=True)
class PushPenalty(Result):
    """Extra wear per second a lap gained by pushing at the start of a stint.

    ``extra_wear_s_per_lap_per_s`` is the slope [s/lap per s]; ``reliability`` the share of the
    spread in pushing that is not noise, which the slope was corrected for [-].
    """

    extra_wear_s_per_lap_per_s: Estimate
    reliability: float
    r2: float
    n_stints: int
    n_drivers: int


def push_penalty(
    residual_s: ArrayLike, driver: ArrayLike, stint: ArrayLike, stint_lap: ArrayLike
) -> PushPenalty:
    """Extra wear per second gained by pushing early in a stint.

    Each stint gives a push (minus its mean residual over laps 2 … 6) and a wear slope (of its
    residuals from lap 9 on: two laps between them keep a lucky lap out of both). Slopes are
    regressed on pushes *within drivers*, so that who is quick or hard on tyres cancels; errors
    are clustered by driver; the slope is divided by the reliability of the pushes.

    Parameters
    ----------
    residual_s : array_like, shape (n,)
        Laps with track, fuel, the field's wear and the driver's pace removed [s].
    driver, stint : array_like, shape (n,)
        Who, and which of his stints.
    stint_lap : array_like, shape (n,)
        Laps since the stint began, 1 = out lap or first lap [laps].

    Returns
    -------
    PushPenalty

    Raises
    ------
    NotEnoughLaps
        Under 8 stints long enough by drivers with two of them, or pushes that are mostly noise
        (reliability under 0.4).
    InvalidInput
        If arrays do not match.

    Notes
    -----
    Attenuation by noise in the regressor: Spearman (1904).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> push = rng.normal(0, 0.5, 40)
    >>> lap = np.arange(2, 26)
    >>> wear = 0.02 * push[:, None] * (lap - 2)
    >>> early = -push[:, None] * (lap < 9)
    >>> noise = rng.normal(0, 0.1, (40, 24))
    >>> found = push_penalty(
    ...     (wear + early + noise).ravel(),
    ...     np.repeat(np.arange(40) // 2, 24),
    ...     np.repeat(np.arange(40) % 2, 24),
    ...     np.tile(lap, 40),
    ... )
    >>> found.n_stints, found.extra_wear_s_per_lap_per_s.low > 0
    (40, True)
    """
    residual, lap = columns(residual_s=residual_s, stint_lap=stint_lap)
    who, which = labels(len(residual), driver=driver, stint=stint)
    known = np.isfinite(residual) & np.isfinite(lap)
    rows = np.array(
        [
            (d, *seen)
            for d in np.unique(who)
            for s in np.unique(which[who == d])
            if (seen := _stint(residual, lap, known & (who == d) & (which == s))) is not None
        ]
    ).reshape(-1, 4)
    several = np.bincount(rows[:, 0].astype(np.int64), minlength=1)[rows[:, 0].astype(np.int64)] > 1
    rows = rows[several]
    enough(
        f"stints with laps 2–6 and {_MIN_LATE_LAPS} laps from lap 9 on, by drivers with two such",
        len(rows),
        _MIN_PUSH_STINTS,
    )
    group = np.unique(rows[:, 0], return_inverse=True)[1]
    push, wear = demeaned(rows[:, 1], group), demeaned(rows[:, 2], group)
    n_drivers = int(group.max()) + 1
    spread = float((push**2).sum() / (len(rows) - n_drivers))
    reliability = float(np.clip(1 - rows[:, 3].mean() / spread, 0.0, 1.0)) if spread > 0 else 0.0
    if reliability < _MIN_RELIABILITY:
        raise NotEnoughLaps(
            f"{1 - reliability:.0%} of the spread in how hard {len(rows)} stints were begun is "
            f"lap-to-lap noise; at most {1 - _MIN_RELIABILITY:.0%} may be."
        )
    fit = regress(push[:, None], wear, group)
    told = fit.estimate(np.array([1 / reliability]))
    return PushPenalty(told, reliability, fit.r2, len(rows), n_drivers)


def _stint(
    residual: Floats, lap: Floats, rows: NDArray[np.bool_]
) -> tuple[float, float, float] | None:
    """Push [s], later slope [s/lap] and variance of the push [s²]; None for a short stint."""
    first = 2
    early = rows & (lap >= first) & (lap < first + _EARLY_LAPS)
    late = rows & (lap >= first + _EARLY_LAPS + _PAUSE_LAPS)
    if early.sum() < _MIN_SETTLED or late.sum() < _MIN_LATE_LAPS:
        return None
    line = np.column_stack([np.ones(int(late.sum())), lap[late] - lap[late].mean()])
    fit = regress(line, residual[late])
    noise = max(robust_sd(fit.residual), _ROUNDING_S)
    return -float(np.median(residual[early])), float(fit.coefficients[1]), noise**2 / early.sum()
