"""When one class of tyre begins to beat another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, enough, flags, labels
from f1lab.calc._stats import regress
from f1lab.calc.basis import hat_basis
from f1lab.calc.estimate import Estimate, Result
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from f1lab.calc._stats import Regression

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


_MIN_SIDE_LAPS, _MIN_OVERLAP_LAPS, _CROSS_DRAWS, _NEAR_S = 10, 3.0, 400, 1e-9
_KNOT_LAPS = 3.0
#: How sure the direction of a crossover has to be [-].
_SURE = 0.9


@dataclass(frozen=True)
class Crossover(Result):
    """When the drier tyre began to beat the wetter one (``drying``), or the reverse.

    ``method`` is ``"curves"`` when both were raced side by side, else ``"threshold"``.
    """

    lap: Estimate
    drying: bool
    method: str
    n_drier: int
    n_wetter: int


def crossover_lap(
    progress: ArrayLike,
    lap_time_s: ArrayLike,
    wetter_tyre: ArrayLike,
    driver: ArrayLike,
    *,
    threshold_s: float | None = None,
    seed: int = 0,
) -> Crossover:
    """Lap at which the drier of two tyres beats the wetter one, or stops doing so.

    *Curves*: where both were raced, a robust piecewise-linear track plus
    ``wetter·(a + b·progress)``; the crossover is ``−a/b``, its interval from draws of ``a, b``.
    *Threshold*: without both, the lap at which a robust line through the wetter tyre's lap
    times crosses ``threshold_s``.

    Parameters
    ----------
    progress : array_like, shape (n,)
        Laps the race had run [laps].
    lap_time_s : array_like, shape (n,)
        Racing laps, driver and fuel removed [s]; NaN for unknown.
    wetter_tyre : array_like of bool, shape (n,)
        On the wetter of the two: intermediates against slicks, wets against intermediates.
    driver : array_like, shape (n,)
        Whose lap it was. Where only one car was on a tyre it does not count: one car alone is
        as often a tyre written down wrongly.
    threshold_s : float, optional
        Lap time at which the drier tyre would be as quick [s], for when only one was raced.
    seed : int
        Of the draws behind the interval.

    Returns
    -------
    Crossover
        Inside the laps given [laps].

    Raises
    ------
    NotEnoughLaps
        Under ten laps of each (or of the wetter one, with a threshold), or no crossover among
        the laps: then the sentence says which was quicker throughout, or that the direction
        is not told.
    InvalidInput
        If arrays do not match.

    Notes
    -----
    Give one wetting or one drying phase at a time.

    Examples
    --------
    >>> lap = np.tile(np.arange(10, 22), 2)
    >>> wetter = np.repeat([True, False], 12)
    >>> time = np.where(wetter, 100 - 0.2 * lap, 112 - 1.0 * lap)
    >>> driver = np.concatenate([lap[:12] % 3, 3 + lap[:12] % 3])
    >>> found = crossover_lap(lap, time, wetter, driver)
    >>> round(found.lap.value, 1), found.drying, found.method
    (15.0, True, 'curves')
    """
    at, lap = columns(progress=progress, lap_time_s=lap_time_s)
    (wetter,) = flags(len(at), wetter_tyre=wetter_tyre)
    known = np.isfinite(at) & np.isfinite(lap)
    (who,) = labels(len(at), driver=driver)
    at, lap, wetter, who = at[known], lap[known], wetter[known], who[known]
    n_wetter, n_drier = int(wetter.sum()), int((~wetter).sum())
    rng = np.random.default_rng(seed)
    if threshold_s is not None and n_drier < _MIN_SIDE_LAPS:
        enough("laps on the wetter tyre", n_wetter, _MIN_SIDE_LAPS)
        line = np.column_stack([np.ones(n_wetter), at[wetter] - at[wetter].mean()])
        fit = regress(line, lap[wetter] - threshold_s, who[wetter])
        found = _zero(fit, at[wetter] - at[wetter].mean(), rng)
        told = _moved(found, float(at[wetter].mean()))
        return Crossover(told, bool(fit.coefficients[1] < 0), "threshold", n_drier, n_wetter)
    enough("laps on the drier tyre", n_drier, _MIN_SIDE_LAPS, "Or give threshold_s.")
    enough("laps on the wetter tyre", n_wetter, _MIN_SIDE_LAPS)
    sides = [_raced_by_two(at[on], who[on]) for on in (wetter, ~wetter)]
    low, high = max(side[0] for side in sides), min(side[1] for side in sides)
    if high - low < _MIN_OVERLAP_LAPS:
        raise NotEnoughLaps(
            f"two cars on each tyre raced together over {max(high - low, 0.0):.1f} laps; needed are "
            f"{_MIN_OVERLAP_LAPS:.0f}. Or give threshold_s."
        )
    near = (at >= low) & (at <= high)
    at, lap, wetter, who = at[near], lap[near], wetter[near], who[near]
    enough("laps on the drier tyre while both were raced", int((~wetter).sum()), _MIN_SIDE_LAPS)
    enough("laps on the wetter tyre while both were raced", int(wetter.sum()), _MIN_SIDE_LAPS)
    centre = float(at.mean())
    knots = np.linspace(low, high, max(round((high - low) / _KNOT_LAPS), 1) + 1)
    extra = np.column_stack([wetter, wetter * (at - centre)])
    fit = regress(np.hstack([extra, hat_basis(at, knots)]), lap, who)
    found = _zero(fit, at - centre, rng)
    drying = bool(fit.coefficients[1] > 0)
    return Crossover(
        _moved(found, centre), drying, "curves", int((~wetter).sum()), int(wetter.sum())
    )


def _raced_by_two(at: Floats, who: Ints) -> tuple[float, float]:
    """From when to when at least two cars were on a tyre."""
    firsts = sorted(float(at[who == one].min()) for one in np.unique(who))
    lasts = sorted(float(at[who == one].max()) for one in np.unique(who))
    if len(firsts) < 2:  # noqa: PLR2004  (two)
        return np.inf, -np.inf
    return firsts[1], lasts[-2]


def _zero(fit: Regression, inside: Floats, rng: np.random.Generator) -> Estimate:
    """Where the line of the first two coefficients is zero, with its interval."""
    line = fit.coefficients[:2]
    low, high = float(inside.min()), float(inside.max())
    ends = line[0] + line[1] * np.array([low, high])
    if ends[0] * ends[1] > 0 or abs(line[1]) < _NEAR_S:
        quicker = "wetter" if ends.sum() < 0 else "drier"
        raise NotEnoughLaps(
            f"no crossover among these laps: the {quicker} tyre was the quicker one throughout, "
            f"by {np.abs(ends).min():.2f} s a lap at the least."
        )
    draws = fit.draws(_CROSS_DRAWS, rng)[:, :2]
    same = draws[np.sign(draws[:, 1]) == np.sign(line[1])]
    if len(same) < _SURE * len(draws):
        raise NotEnoughLaps(
            f"the two tyres crossed, and which way is told with {len(same) / len(draws):.0%} only; "
            f"needed are {_SURE:.0%}."
        )
    at = np.clip(-same[:, 0] / same[:, 1], low, high)
    value = float(-line[0] / line[1])
    told = Estimate.of_draws(at)
    return Estimate(value, min(told.low, value), max(told.high, value))


def _moved(found: Estimate, by: float) -> Estimate:
    return Estimate(found.value + by, found.low + by, found.high + by)
