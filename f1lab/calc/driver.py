"""Drivers: how even, how safe, how good in a fight, under pressure and anywhere.

All of them start from corrected laps (track, fuel, tyres and traffic removed, see
:mod:`f1lab.calc.pace`); a raw lap time says more about the tank than about the driver.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, enough, labels, positive, table
from f1lab.calc._fighting import PressureIndex, Racecraft, pressure_index, racecraft_score
from f1lab.calc._mistakes import ErrorRisk, error_risk
from f1lab.calc.estimate import Estimate, Result
from f1lab.calc.robust import robust_sd
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = [
    "Adaptability",
    "Consistency",
    "ErrorRisk",
    "PressureIndex",
    "Racecraft",
    "StintSpread",
    "adaptability",
    "consistency_metrics",
    "error_risk",
    "pressure_index",
    "racecraft_score",
]

_MIN_STINT_LAPS, _MIN_CONSISTENCY_LAPS, _BOOTSTRAPS = 4, 8, 400
_MIN_EVENTS, _MIN_EVENT_DRIVERS, _MIN_FIELD = 4, 5, 3
#: Events the spread of the field may weigh at most [-].
_MOST_EVENTS = 100.0
#: Robust standard deviations beyond which a lap may be a mistake [-].
_OUTLIER_SD = 4.0
_ROUNDING_S = 1e-9


@dataclass(frozen=True)
class StintSpread(Result):
    """Spread of one stint: laps, MAD [s], standard deviation [s], share within reach [-]."""

    stint: str
    n_laps: int
    mad_s: float
    sigma_s: float
    within: float


@dataclass(frozen=True)
class Consistency(Result):
    """Spread of corrected laps about the middle of their stint.

    ``within`` is the share of laps no more than ``reach_s`` from it [-]; ``n_outliers`` laps
    were left out as mistakes.
    """

    mad_s: Estimate
    sigma_s: Estimate
    within: Estimate
    reach_s: float
    n_laps: int
    n_outliers: int
    stints: tuple[StintSpread, ...]


def consistency_metrics(
    corrected_s: ArrayLike,
    stint: ArrayLike,
    *,
    reach_s: float = 0.2,
    outlier_s: float = 1.5,
    seed: int = 0,
) -> Consistency:
    """Spread of a driver's corrected clean laps, stint by stint and together.

    Laps more than ``outlier_s`` from the median of their stint, and more than four robust
    standard deviations, are mistakes (see :func:`error_risk`) and no scatter. Deviations are from the stint's own median (MAD, share) and mean (sigma), with a factor
    ``√(n / (n − stints))`` for having estimated them; intervals are bootstrapped over laps.

    Parameters
    ----------
    corrected_s : array_like, shape (n,)
        Laps with track, fuel, tyres and traffic removed [s]; NaN is left out.
    stint : array_like, shape (n,)
        Which stint each lap belongs to.
    reach_s : float
        Distance from the median that counts as on it [s].
    outlier_s : float
        Distance from the median beyond which a lap may be a mistake [s].
    seed : int
        Of the bootstrap.

    Returns
    -------
    Consistency

    Raises
    ------
    NotEnoughLaps
        Under 8 laps in stints of 4 or more.
    InvalidInput
        If arrays do not match or the reach is not above zero.

    Notes
    -----
    MAD: Hampel (1974); bootstrap percentiles: Efron (1979).

    Examples
    --------
    >>> laps = 90 + np.array([0.1, -0.1, 0.3, -0.3, 0.1, -0.1, 0.1, -0.1, 0.2, -0.2])
    >>> found = consistency_metrics(laps, [1] * 5 + [2] * 5)
    >>> found.n_laps, found.within.value
    (10, 0.8)
    """
    positive(reach_s=reach_s, outlier_s=outlier_s)
    (laps,) = columns(corrected_s=corrected_s)
    names = np.asarray(stint).astype(str)
    (group,) = labels(len(laps), stint=names)
    known = np.isfinite(laps)
    wild = _outliers(np.where(known, laps, 0.0), group, known, outlier_s)
    known &= ~wild
    sizes = np.bincount(group[known], minlength=int(group.max(initial=0)) + 1)
    known &= sizes[group] >= _MIN_STINT_LAPS
    enough(
        f"known laps in stints of {_MIN_STINT_LAPS} or more",
        int(known.sum()),
        _MIN_CONSISTENCY_LAPS,
    )
    laps, names = laps[known], names[known]
    about_mean, about_median = np.empty(len(laps)), np.empty(len(laps))
    stints = []
    for name in dict.fromkeys(names.tolist()):
        rows = names == name
        about_mean[rows] = laps[rows] - laps[rows].mean()
        about_median[rows] = laps[rows] - np.median(laps[rows])
        stints.append(_stint_spread(name, about_mean[rows], about_median[rows], reach_s))
    pick = np.random.default_rng(seed).integers(0, len(laps), (_BOOTSTRAPS, len(laps)))
    factor = np.sqrt(len(laps) / (len(laps) - len(stints)))
    mad = _bootstrapped(np.abs(about_median), pick, lambda x: factor * np.median(x, axis=-1))
    sigma = _bootstrapped(about_mean**2, pick, lambda x: factor * np.sqrt(x.mean(axis=-1)))
    near = np.abs(about_median) <= reach_s + _ROUNDING_S
    within = _bootstrapped(near.astype(float), pick, lambda x: x.mean(axis=-1))
    return Consistency(mad, sigma, within, reach_s, len(laps), int(wild.sum()), tuple(stints))


def _outliers(laps: Floats, group: Ints, known: Bools, outlier_s: float) -> Bools:
    """Laps that stand out of their stint by more than scatter."""
    off = np.zeros(len(laps))
    for stint in np.unique(group[known]):
        rows = known & (group == stint)
        off[rows] = laps[rows] - np.median(laps[rows])
    if not known.any():
        return known
    return np.asarray(np.abs(off) > max(outlier_s, _OUTLIER_SD * robust_sd(off[known])))


def _stint_spread(
    name: str, about_mean: Floats, about_median: Floats, reach_s: float
) -> StintSpread:
    n = len(about_mean)
    sigma = float(np.sqrt((about_mean**2).sum() / (n - 1)))
    within = float((np.abs(about_median) <= reach_s + _ROUNDING_S).mean())
    return StintSpread(name, n, float(np.median(np.abs(about_median))), sigma, within)


def _bootstrapped(values: Floats, pick: Ints, statistic: Callable[[Floats], Floats]) -> Estimate:
    drawn = Estimate.of_draws(statistic(values[pick]))
    value = float(statistic(values))
    return Estimate(value, min(drawn.low, value), max(drawn.high, value))


@dataclass(frozen=True)
class Adaptability(Result):
    """How steady a driver's place in the field is over circuits and conditions.

    ``score`` is 1 when the pace rank never moves and 0 when it is drawn at random; ``spread`` is
    the shrunk standard deviation of the rank, as a share of the field [-]; ``by_condition`` how
    much further back (positive) the driver ranks in each, shrunk.
    """

    score: Estimate
    spread: Estimate
    field_spread: float
    mean_rank: float
    by_condition: dict[str, Estimate]
    n_events: int
    shrunk_by_events: float


def adaptability(pace: ArrayLike, driver: int, condition: ArrayLike | None = None) -> Adaptability:
    """Stability of a driver's pace rank over circuits and conditions, shrunk by sample size.

    Ranks are shares of the field, ``(rank − ½)/n``. Their variance is shrunk to the field's,
    ``s² = (k·s²_field + Σ(r − r̄)²)/(k + n − 1)``, ``k`` from how much drivers differ (method of
    moments); ``score = 1 − s·√12``, as ranks at random have a standard deviation of 1/√12.

    Parameters
    ----------
    pace : array_like, shape (drivers, events)
        Pace of everybody at every event, smaller is quicker (seconds, percent …); NaN for
        absent.
    driver : int
        Row of the driver asked about.
    condition : array_like of str, shape (events,), optional
        Label of each event: dry or wet, kind of circuit …

    Returns
    -------
    Adaptability

    Raises
    ------
    NotEnoughLaps
        Under four events of the driver with five drivers ranked.
    InvalidInput
        If shapes do not match or there is no such row.

    Notes
    -----
    Shrinkage of variances: Smyth (2004), scaled inverse chi-squared prior.

    Examples
    --------
    >>> pace = np.add.outer(np.arange(10.0), np.zeros(8))
    >>> pace[1:, ::2] = pace[1:, ::2][::-1]
    >>> adaptability(pace, 0).score.value > adaptability(pace, 1).score.value
    True
    """
    paces = table("pace", pace)
    if not 0 <= driver < len(paces):
        raise InvalidInput(f"driver is row {driver}; pace has rows 0 … {len(paces) - 1}.")
    ranks = _ranks(paces)
    own = ranks[driver]
    present = np.isfinite(own)
    enough(
        f"events with {_MIN_EVENT_DRIVERS} drivers ranked, this one among them",
        int(present.sum()),
        _MIN_EVENTS,
    )
    field_variance, weight = _field_variance(ranks)
    n = int(present.sum())
    sums = float(((own[present] - own[present].mean()) ** 2).sum())
    dof = weight + n - 1
    spread = Estimate.of_spread(np.sqrt((weight * field_variance + sums) / dof), dof)
    score = [
        float(np.clip(1 - s * np.sqrt(12), 0.0, 1.0))
        for s in (spread.value, spread.high, spread.low)
    ]
    names = None if condition is None else np.asarray(condition).astype(str)
    if names is not None and names.shape != (paces.shape[1],):
        raise InvalidInput(f"condition has shape {names.shape}, needed is ({paces.shape[1]},).")
    return Adaptability(
        score=Estimate(*score),
        spread=spread,
        field_spread=float(np.sqrt(field_variance)),
        mean_rank=float(own[present].mean()),
        by_condition={} if names is None else _by_condition(ranks, driver, names),
        n_events=n,
        shrunk_by_events=weight,
    )


def _ranks(paces: Floats) -> Floats:
    """Share of the field ahead of each, by event; NaN where absent or too few ran."""
    ranks = np.full(paces.shape, np.nan)
    for event in range(paces.shape[1]):
        ran = np.flatnonzero(np.isfinite(paces[:, event]))
        if len(ran) >= _MIN_EVENT_DRIVERS:
            values = paces[ran, event]
            below = (values[:, None] > values).sum(axis=1)
            level = (values[:, None] == values).sum(axis=1)
            ranks[ran, event] = (below + level / 2) / len(ran)
    return ranks


def _field_variance(ranks: Floats) -> tuple[float, float]:
    """Typical variance of a driver's rank, and how many events it weighs."""
    n = np.isfinite(ranks).sum(axis=1)
    told = ranks[n >= _MIN_EVENTS]
    variances = np.nanvar(told, axis=1, ddof=1)
    dof = n[n >= _MIN_EVENTS] - 1
    typical = float(np.average(variances, weights=dof))
    if typical <= 0 or len(variances) < _MIN_FIELD:
        return typical, float(np.mean(dof))
    noise = float(np.mean(2 * typical**2 / dof))
    extra = max(float(np.var(variances, ddof=1)) - noise, 0.0)
    return typical, float(
        np.clip(2 * typical**2 / extra, 2.0, _MOST_EVENTS)
    ) if extra else _MOST_EVENTS


def _by_condition(ranks: Floats, driver: int, names: NDArray[np.str_]) -> dict[str, Estimate]:
    """How far each condition moves the rank, shrunk by what conditions do to the field."""
    ran = np.isfinite(ranks).any(axis=1)
    centred = np.full(ranks.shape, np.nan)
    centred[ran] = ranks[ran] - np.nanmean(ranks[ran], axis=1, keepdims=True)
    kinds = list(dict.fromkeys(names.tolist()))
    count = np.array([np.isfinite(centred[:, names == kind]).sum(axis=1) for kind in kinds])
    total = np.array([np.nansum(centred[:, names == kind], axis=1) for kind in kinds])
    mean = total / np.maximum(count, 1)
    squares = float(np.nansum(centred**2) - (count * mean**2).sum())
    noise = squares / max(int(count.sum() - (count > 0).sum()), 1)
    told = count > 0
    between = max(float((mean[told] ** 2 - noise / count[told]).mean()), 0.0)
    out = {}
    for kind, n, move in zip(kinds, count[:, driver], mean[:, driver], strict=True):
        if n:
            kept = between / (between + noise / n) if between > 0 else 0.0
            out[kind] = Estimate.of(kept * move, np.sqrt(kept * noise / n))
    return out
