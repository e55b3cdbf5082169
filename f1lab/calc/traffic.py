"""Traffic: the chance of a pass, what DRS is worth, how a battle goes, what traffic costs.

Passing is a logit with the circuit inside it, so that a hard circuit bends the whole curve
instead of scaling it, and a ceiling, because no pass is ever certain. Its coefficients are the
caller's: the engine's table has them, measured on real races.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from f1lab.calc._check import columns, enough, labels, positive
from f1lab.calc._passing import (
    PassChance,
    PassLogit,
    PassModel,
    overtake_probability,
    pass_probability,
)
from f1lab.calc._stats import regress
from f1lab.calc._traffic_impact import TrafficImpact, traffic_impact
from f1lab.calc.basis import DIRTY_AIR_GAP_S, dirty_air_share
from f1lab.calc.estimate import Z90, Estimate, Result
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Battle",
    "DrsAdvantage",
    "PassChance",
    "PassLogit",
    "PassModel",
    "TrafficImpact",
    "battle_prediction",
    "drs_advantage",
    "overtake_probability",
    "pass_probability",
    "traffic_impact",
]

#: Gap within which DRS may be opened [s].
DRS_GAP_S = 1.0
#: Laps this far on either side of the DRS gap are compared [s].
_DRS_BAND_S = 0.7
_MIN_SIDE_LAPS = 40
_GRID_S, _FAR_S = 0.02, 6.0


@dataclass(frozen=True)
class DrsAdvantage(Result):
    """What DRS adds at a circuit.

    ``gain_s`` is time per lap (positive: quicker with it), ``speed_kmh`` speed at the trap,
    ``p_added`` the chance of passing it adds for two equal cars ``at_gap_s`` apart.
    """

    gain_s: Estimate
    speed_kmh: Estimate | None
    p_added: Estimate
    at_gap_s: float
    n_with: int
    n_without: int


def drs_advantage(
    gap_s: ArrayLike,
    beyond_s: ArrayLike,
    driver: ArrayLike,
    model: PassModel,
    *,
    speed_kmh: ArrayLike | None = None,
    at_gap_s: float = 0.7,
) -> DrsAdvantage:
    """Seconds, speed and chance of a pass that DRS adds here.

    The tow grows smoothly as the gap closes while DRS opens at one second, so the jump there is
    DRS: ``y = a + b·(gap − 1) + c·(gap − 1)·[gap < 1] + jump·[gap < 1]`` over laps begun .3 to
    1.7 s behind.

    Parameters
    ----------
    gap_s : array_like, shape (n,)
        Gap at the start of each lap on which DRS was allowed [s].
    beyond_s : array_like, shape (n,)
        Lap time beyond the clear-air model [s].
    driver : array_like, shape (n,)
        Who drove it: laps of one driver count as a cluster.
    model : PassModel
        Coefficients of the passing logit.
    speed_kmh : array_like, shape (n,), optional
        Speed at the trap [km/h], NaN where unknown.
    at_gap_s : float
        Gap at which the added chance of a pass is told [s].

    Returns
    -------
    DrsAdvantage

    Raises
    ------
    NotEnoughLaps
        With fewer than 40 laps on either side of one second.

    Notes
    -----
    Regression discontinuity. The gap is known at the line, not at the detection point, which
    blurs the jump: the figures are lower bounds of the effect on a lap with DRS.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> gap = rng.uniform(0.3, 1.7, 400)
    >>> beyond = 0.3 - 0.2 * gap - 0.4 * (gap < 1) + 0.1 * rng.standard_normal(400)
    >>> model = PassLogit(intercept=-0.3, gap=-4.3, pace=1.9, age=0.04)
    >>> drs = drs_advantage(gap, beyond, np.arange(400) % 20, model)
    >>> round(drs.gain_s.value, 1), round(drs.p_added.value, 3)
    (0.4, 0.034)
    """
    gap, beyond = columns(gap_s=gap_s, beyond_s=beyond_s)
    (group,) = labels(len(gap), driver=driver)
    near = np.isfinite(beyond) & (np.abs(gap - DRS_GAP_S) < _DRS_BAND_S)
    gain = _jump(gap[near], -beyond[near], group[near])
    speed = None
    if speed_kmh is not None:
        (trap,) = columns(speed_kmh=speed_kmh)
        if trap.shape != gap.shape:
            raise InvalidInput(f"speed_kmh has {len(trap)} values, gap_s has {len(gap)}.")
        seen = np.isfinite(trap) & (np.abs(gap - DRS_GAP_S) < _DRS_BAND_S)
        speed = _jump(gap[seen], trap[seen], group[seen])
    without = overtake_probability(at_gap_s, 0.0, 0.0, model).p
    ends = np.array([gain.value, gain.low, gain.high])
    added = overtake_probability(np.full(3, at_gap_s), ends, np.zeros(3), model).p - without
    inside = int((gap[near] < DRS_GAP_S).sum())
    return DrsAdvantage(
        gain, speed, Estimate(*map(float, added)), at_gap_s, inside, int(near.sum()) - inside
    )


def _jump(gap: Floats, y: Floats, group: NDArray[np.int64]) -> Estimate:
    """Step of y as the gap falls below one second."""
    inside = (gap < DRS_GAP_S).astype(float)
    enough("laps begun within a second", int(inside.sum()), _MIN_SIDE_LAPS)
    enough("laps begun 1 to 1.7 s behind", int((1 - inside).sum()), _MIN_SIDE_LAPS)
    x = gap - DRS_GAP_S
    matrix = np.stack([np.ones(len(gap)), x, x * inside, inside], axis=1)
    return regress(matrix, y, group).estimate(np.array([0.0, 0.0, 0.0, 1.0]))


@dataclass(frozen=True)
class Battle(Result):
    """How a battle goes, lap by lap.

    ``p_passed`` is the chance that the car behind is through by the end of each lap, with its
    90 % interval [-]; ``expected_lap`` the mean lap of the pass if it comes within them, None
    when it cannot; ``gap_s`` the mean gap of cars not through yet, NaN when all are.
    """

    lap: NDArray[np.int64]
    p_passed: Floats
    low: Floats
    high: Floats
    gap_s: Floats
    expected_lap: float | None


def battle_prediction(  # noqa: PLR0913  (both cars, the circuit, and how sure we are)
    gap_s: float,
    pace_advantage_s: ArrayLike,
    tyre_age_advantage_laps: ArrayLike,
    model: PassModel,
    *,
    follow_s: float,
    noise_s: float,
    dirty_air_s: float = 0.0,
    dirty_reach_s: float = DIRTY_AIR_GAP_S,
    pace_sd_s: float = 0.0,
) -> Battle:
    """Chance of the pass within the next laps, as a curve.

    The gap is followed as a distribution: each lap a share
    :func:`overtake_probability` (gap) gets through; the rest ends the lap at
    ``max(gap − pace + dirty air(gap) + noise, follow_s)``.

    Parameters
    ----------
    gap_s : float
        Gap now, at the line [s].
    pace_advantage_s : array_like, shape (n,)
        Clear-air lap time of the car ahead minus the own, lap by lap [s].
    tyre_age_advantage_laps : array_like
        Tyre age of the car ahead minus the own [laps], shape (n,) or one for all.
    model : PassModel
        Coefficients of the passing logit.
    follow_s : float
        Closest a car that stays behind ends a lap [s].
    noise_s : float
        Lap-to-lap standard deviation of the gap: of both cars together [s].
    dirty_air_s, dirty_reach_s : float
        Loss per lap with no gap [s], fading to none at this gap [s].
    pace_sd_s : float
        Standard deviation of the pace advantage, the same on every lap [s].

    Returns
    -------
    Battle

    Raises
    ------
    InvalidInput
        No laps, a negative gap, or a noise that is not above zero.

    Examples
    --------
    >>> model = PassLogit(intercept=-0.3, gap=-4.3, pace=1.9, age=0.04, ceiling=0.92)
    >>> fight = battle_prediction(1.2, np.full(5, 0.6), 10, model, follow_s=0.6, noise_s=0.4)
    >>> fight.p_passed.round(2)
    array([0.02, 0.16, 0.32, 0.45, 0.56])
    """
    positive(noise_s=noise_s, follow_s=follow_s)
    pace = np.atleast_1d(np.asarray(pace_advantage_s, float))
    if not len(pace) or not gap_s >= 0 or not pace_sd_s >= 0:
        raise InvalidInput(
            "give pace_advantage_s for one lap at least, and no negative gap_s or pace_sd_s."
        )
    age = np.broadcast_to(np.asarray(tyre_age_advantage_laps, float), pace.shape)
    air = (dirty_air_s, dirty_reach_s)
    shifts = (0.0, -Z90 * pace_sd_s, Z90 * pace_sd_s)
    curves = [_follow(gap_s, pace + d, age, model, follow_s, noise_s, air) for d in shifts]
    passed, gap = curves[0]
    lap = np.arange(1, len(pace) + 1)
    on_lap = np.diff(passed, prepend=0.0)
    expected = float((lap * on_lap).sum() / passed[-1]) if passed[-1] > 0 else None
    return Battle(lap, passed, curves[1][0], curves[2][0], gap, expected)


def _follow(
    gap_s: float,
    pace: Floats,
    age: Floats,
    model: PassModel,
    follow_s: float,
    noise_s: float,
    air: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Chance to be through after each lap, and mean gap of those who are not."""
    grid = np.arange(0.0, max(_FAR_S, gap_s + 3.0), _GRID_S)
    mass = np.zeros(len(grid))
    mass[np.argmin(np.abs(grid - gap_s))] = 1.0
    edges = np.r_[grid[1:] - _GRID_S / 2, np.inf]
    lost = air[0] * dirty_air_share(grid, air[1])
    passed, gaps, through = [], [], 0.0
    for advantage, older in zip(pace, age, strict=True):
        p = overtake_probability(grid, advantage, older, model).p
        through += float((mass * p).sum())
        stay = mass * (1 - p)
        below = ndtr((edges[None, :] - (grid + lost - advantage)[:, None]) / noise_s)
        below[:, edges < follow_s] = 0.0
        mass = np.diff(stay @ below, prepend=0.0)
        passed.append(through)
        gaps.append(float((mass * grid).sum() / mass.sum()) if mass.sum() > 0 else np.nan)
    return np.array(passed), np.array(gaps)
