"""What traffic cost: laps in dirty air, behind lapped cars and under blue flags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, enough, flags, labels, positive
from f1lab.calc._stats import regress
from f1lab.calc.basis import DIRTY_AIR_GAP_S, dirty_air_share
from f1lab.calc.estimate import Estimate, Result

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["TrafficImpact", "traffic_impact"]

_MIN_CLEAR_LAPS, _MIN_TRAFFIC_LAPS = 20, 10


@dataclass(frozen=True)
class TrafficImpact(Result):
    """Seconds lost to traffic over the laps given.

    ``dirty_air_s`` is the loss per lap right behind another car, fading to none at the reach;
    ``blue_flag_s`` and ``lapping_s`` are per lap on which it happened, None where it did not;
    ``total_s`` is everything together over the laps given.
    """

    dirty_air_s: Estimate | None
    blue_flag_s: Estimate | None
    lapping_s: Estimate | None
    total_s: Estimate
    n_laps: int
    n_clear: int


def traffic_impact(
    beyond_s: ArrayLike,
    gap_s: ArrayLike,
    stint: ArrayLike,
    *,
    blue_flag: ArrayLike,
    lapping: ArrayLike,
    reach_s: float = DIRTY_AIR_GAP_S,
) -> TrafficImpact:
    """Seconds lost to dirty air and to lapping or being lapped.

    ``beyond = level + dirty·max(0, 1 − gap / reach) + blue·[lapped] + lapping·[lapping]``, Huber
    regression, laps of a stint clustered; the level is the clear-air laps' own.

    Parameters
    ----------
    beyond_s : array_like, shape (n,)
        Lap time beyond the clear-air model (fuel, tyres and track removed) [s].
    gap_s : array_like, shape (n,)
        Gap to the car ahead as the lap began [s], inf for nobody.
    stint : array_like, shape (n,)
        Label of the stint each lap belongs to.
    blue_flag, lapping : array_like of bool, shape (n,)
        Laps on which the car was lapped, and on which it lapped another.
    reach_s : float
        Gap at which dirty air ends [s].

    Returns
    -------
    TrafficImpact

    Raises
    ------
    NotEnoughLaps
        With fewer than 20 clear laps, or nothing but clear ones (fewer than 10 in traffic).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> gap = rng.uniform(0.2, 4.0, 200)
    >>> lapped = rng.random(200) < 0.1
    >>> lost = 0.8 * np.clip(1 - gap / 1.5, 0, None) + 1.5 * lapped
    >>> beyond = lost + 0.1 * rng.standard_normal(200)
    >>> none = np.zeros(200, bool)
    >>> impact = traffic_impact(beyond, gap, np.arange(200) // 10, blue_flag=lapped, lapping=none)
    >>> round(impact.dirty_air_s.value, 1), round(impact.blue_flag_s.value, 1), impact.lapping_s
    (0.8, 1.5, None)
    """
    beyond, gap = columns(beyond_s=beyond_s, gap_s=gap_s)
    positive(reach_s=reach_s)
    (group,) = labels(len(beyond), stint=stint)
    lapped, lapper = flags(len(beyond), blue_flag=blue_flag, lapping=lapping)
    close = dirty_air_share(np.nan_to_num(gap, nan=np.inf), reach_s)
    known = np.isfinite(beyond)
    causes = np.stack([close, lapped, lapper], axis=1)[known].astype(float)
    clear = ~causes.any(axis=1)
    enough("laps in clear air", int(clear.sum()), _MIN_CLEAR_LAPS)
    enough("laps in traffic", int((~clear).sum()), _MIN_TRAFFIC_LAPS)
    met = np.flatnonzero(causes.any(axis=0))
    matrix = np.column_stack([np.ones(len(causes)), causes[:, met]])
    fit = regress(matrix, beyond[known], group[known])
    each = np.eye(matrix.shape[1])
    found = {int(cause): fit.estimate(each[i + 1]) for i, cause in enumerate(met)}
    return TrafficImpact(
        dirty_air_s=found.get(0),
        blue_flag_s=found.get(1),
        lapping_s=found.get(2),
        total_s=fit.estimate(np.r_[0.0, causes[:, met].sum(axis=0)]),
        n_laps=int(known.sum()),
        n_clear=int(clear.sum()),
    )
