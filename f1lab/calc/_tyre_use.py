"""Tyres in use: temperature window and warm-up, length of life, price of pushing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from f1lab.calc._check import columns, enough, labels, positive, table
from f1lab.calc._stats import huber_mean, regress
from f1lab.calc.estimate import INTERVAL, LEVELS, Estimate, Result
from f1lab.errors import InvalidInput, NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_MIN_TEMP_RANGE_C, _MIN_WINDOW_LAPS, _MIN_STINTS = 5.0, 30, 5
_MIN_WINDOW_STINTS = 10
_TEMPERATURES = 61
_WARM_LAPS, _SETTLED_LAPS = 3, (4, 9)
_MIN_WEAR_DRAWS = 2
_QUADRATIC, _DRAWS, _MIN_SETTLED, _ROUNDING_S = 3, 400, 3, 1e-9


@dataclass(frozen=True)
class TemperatureWindow(Result):
    """Track temperatures at which a compound is within the tolerance of its best [°C].

    An ``open`` end lies at the end of what was observed: the compound may like it beyond.
    """

    best_c: Estimate
    low_c: Estimate
    high_c: Estimate
    open_below: bool
    open_above: bool
    n_laps: int
    n_stints: int


@dataclass(frozen=True)
class WarmUp(Result):
    """Flying laps until the tyre is within the tolerance of its settled pace, and their loss.

    ``loss_s`` has one estimate per flying lap, against laps 4 … 9 of the same stint; negative
    when the new tyre was quicker at once. ``laps`` is how many of them, from the first on, lost
    more than the tolerance.
    """

    laps: int
    loss_s: tuple[Estimate, ...]
    n_stints: int


@dataclass(frozen=True)
class ThermalWindow(Result):
    """Window and warm-up of a compound; None with the reason in ``refused``."""

    window: TemperatureWindow | None
    warm_up: WarmUp | None
    tolerance_s: float
    refused: dict[str, str]


def thermal_window(
    residual_s: ArrayLike,
    track_temp_c: ArrayLike,
    stint: ArrayLike,
    flying_lap: ArrayLike,
    *,
    tolerance_s: float = 0.1,
    seed: int = 0,
) -> ThermalWindow:
    """Track-temperature range in which a compound is near its best, and its warm-up.

    The residual pace is a parabola over temperature, ``r = a + b·T + c·T²``, fitted with Huber
    weights and errors clustered by stint; the window is where it lies within ``tolerance_s`` of
    its least value inside the temperatures seen. Warm-up is the loss of the first three flying
    laps against laps 4 … 9 of the same stint.

    Parameters
    ----------
    residual_s : array_like, shape (n,)
        Pace of laps on one compound with fuel, wear, track and driver removed [s].
    track_temp_c : array_like, shape (n,)
        Track temperature during each lap [°C].
    stint : array_like, shape (n,)
        Which stint (of which car) each lap belongs to.
    flying_lap : array_like, shape (n,)
        1 for the first full lap after the out lap [laps].
    tolerance_s : float
        How far from its best still counts as in the window [s].
    seed : int
        Of the draws behind the intervals.

    Returns
    -------
    ThermalWindow

    Raises
    ------
    NotEnoughLaps
        If neither the window (30 laps, 10 stints, 5 °C, an effect at 10 %) nor the warm-up (5 stints) can be told.
    InvalidInput
        If arrays do not match or the tolerance is not above zero.

    Notes
    -----
    Least squares over temperature as tyre makers draw it; clustered errors, Liang and Zeger
    (1986). Temperatures of one race rarely span 5 °C: join races of one season.

    Examples
    --------
    >>> temp = np.tile(np.linspace(25, 45, 10), 12)
    >>> rng = np.random.default_rng(0)
    >>> residual = 0.003 * (temp - 36) ** 2 + rng.normal(0, 0.05, 120)
    >>> found = thermal_window(residual, temp, np.repeat(np.arange(12), 10), np.full(120, 6))
    >>> round(found.window.best_c.value), found.window.open_below, found.warm_up is None
    (36, False, True)
    """
    positive(tolerance_s=tolerance_s)
    residual, temp, flying = columns(
        residual_s=residual_s, track_temp_c=track_temp_c, flying_lap=flying_lap
    )
    (group,) = labels(len(residual), stint=stint)
    known = np.isfinite(residual) & np.isfinite(flying)
    settled = known & np.isfinite(temp) & (flying > _WARM_LAPS)
    window, warm_up, refused = None, None, {}
    try:
        window = _window(residual[settled], temp[settled], group[settled], tolerance_s, seed)
    except NotEnoughLaps as reason:
        refused["window"] = str(reason)
    try:
        warm_up = _warm_up(residual[known], group[known], flying[known], tolerance_s)
    except NotEnoughLaps as reason:
        refused["warm_up"] = str(reason)
    if window is None and warm_up is None:
        raise NotEnoughLaps(" ".join(refused.values()))
    return ThermalWindow(window, warm_up, tolerance_s, refused)


def _window(
    residual: Floats, temp: Floats, group: Ints, tolerance_s: float, seed: int
) -> TemperatureWindow:
    n_stints = len(np.unique(group))
    enough("laps with a track temperature past their warm-up", len(residual), _MIN_WINDOW_LAPS)
    enough(
        "stints with laps past their warm-up at a known track temperature",
        n_stints,
        _MIN_WINDOW_STINTS,
    )
    if np.ptp(temp) < _MIN_TEMP_RANGE_C:
        raise NotEnoughLaps(
            f"the track was between {temp.min():.1f} and {temp.max():.1f} °C; a window needs "
            f"{_MIN_TEMP_RANGE_C:.0f} °C between the coolest and the warmest lap."
        )
    middle, scale = float(temp.mean()), float(np.ptp(temp)) / 2
    fit = regress(np.vander((temp - middle) / scale, _QUADRATIC), residual, group)
    bend = fit.coefficients[:2]
    odds = float(bend @ np.linalg.pinv(fit.covariance[:2, :2]) @ bend) / 2
    if odds < special.fdtri(2, fit.dof, INTERVAL):
        raise NotEnoughLaps(
            f"{n_stints} stints between {temp.min():.1f} and {temp.max():.1f} °C do not tell any "
            "effect of temperature from chance; join more races."
        )
    grid = np.linspace(temp.min(), temp.max(), _TEMPERATURES)
    curves = np.vander((grid - middle) / scale, _QUADRATIC)
    rng = np.random.default_rng(seed)
    draws = fit.draws(_DRAWS, rng)
    low, best, high = _edges(curves @ fit.coefficients, tolerance_s)
    ends = grid[np.array([_edges(curves @ draw, tolerance_s) for draw in draws])]
    quantiles = np.quantile(ends, LEVELS, axis=0)
    told = [
        Estimate(float(grid[i]), min(float(q[0]), float(grid[i])), max(float(q[1]), float(grid[i])))
        for i, q in zip((low, best, high), quantiles.T, strict=True)
    ]
    return TemperatureWindow(
        low_c=told[0],
        best_c=told[1],
        high_c=told[2],
        open_below=low == 0,
        open_above=high == len(grid) - 1,
        n_laps=len(residual),
        n_stints=n_stints,
    )


def _edges(curve: Floats, tolerance_s: float) -> tuple[int, int, int]:
    """First, best and last point of the stretch around the least value."""
    best = int(np.argmin(curve))
    outside = np.flatnonzero(curve > curve[best] + tolerance_s)
    below, above = outside[outside < best], outside[outside > best]
    low = int(below[-1]) + 1 if len(below) else 0
    return low, best, int(above[0]) - 1 if len(above) else len(curve) - 1


def _warm_up(residual: Floats, group: Ints, flying: Floats, tolerance_s: float) -> WarmUp:
    losses: list[list[float]] = []
    for stint in np.unique(group):
        own, lap = residual[group == stint], flying[group == stint]
        settled = own[(lap >= _SETTLED_LAPS[0]) & (lap <= _SETTLED_LAPS[1])]
        early = [own[lap == k] for k in range(1, _WARM_LAPS + 1)]
        if len(settled) >= _MIN_SETTLED and all(len(laps) for laps in early):
            losses.append([float(laps[0]) - float(np.median(settled)) for laps in early])
    enough(
        "stints with their first three flying laps and three settled ones", len(losses), _MIN_STINTS
    )
    by_lap = np.array(losses)
    told = [Estimate.of(*huber_mean(column), dof=len(losses) - 1) for column in by_lap.T]
    over = [estimate.value > tolerance_s for estimate in told]
    return WarmUp(
        next((k for k, o in enumerate(over) if not o), len(over)), tuple(told), len(losses)
    )


@dataclass(frozen=True)
class TyreLife(Result):
    """Laps until staying out costs more per lap than a stop spread over a new stint.

    ``laps`` counts from now and is cut at the flag; ``outlasts`` is the chance that the tyre
    reaches the flag first [-]; ``marginal_loss_s`` what a lap loses by then against a new set;
    ``extrapolated`` the share of draws that ran past the oldest age of the curve [-].
    """

    laps: Estimate
    outlasts: float
    marginal_loss_s: Estimate
    laps_left: int
    n_draws: int
    extrapolated: float


def tyre_life_projection(
    loss_draws_s: ArrayLike, pit_loss_s: float, laps_left: int, *, age_laps: int = 0
) -> TyreLife:
    """Laps until the marginal loss of a tyre equals the benefit of stopping.

    A new stint of ``n`` laps costs ``(pit loss + Σ_{k≤n} loss(k)) / n`` per lap; the best
    ``n ≤ laps left`` makes that ``c*``. A set is done at the age where ``loss(age) = c*``: from
    there every lap on it costs more than a lap of the stint that would replace it.

    Parameters
    ----------
    loss_draws_s : array_like, shape (s, a)
        Equally likely wear curves [s] at ages 0 … a − 1 laps, as ``WearCurve.draws_s``; beyond
        they go on with their last slope.
    pit_loss_s : float
        Time lost by a stop, warm-up included [s].
    laps_left : int
        Laps to the flag [laps].
    age_laps : int
        Age of the set now [laps].

    Returns
    -------
    TyreLife

    Raises
    ------
    InvalidInput
        If curves fall, or pit loss or laps are not above zero, or there are under two draws.

    Notes
    -----
    The marginal value theorem (Charnov 1976) on the cost of a stop, with the flag as horizon.

    Examples
    --------
    >>> age = np.arange(31)
    >>> curves = np.outer([0.05, 0.06, 0.07], age)
    >>> life = tyre_life_projection(curves, 22.0, 50)
    >>> round(life.laps.value), life.outlasts
    (28, 0.0)
    """
    draws = table("loss_draws_s", loss_draws_s)
    positive(pit_loss_s=pit_loss_s, laps_left=laps_left)
    if draws.shape[0] < _MIN_WEAR_DRAWS or draws.shape[1] < 2 or age_laps < 0:  # noqa: PLR2004
        raise InvalidInput(
            f"{draws.shape[0]} curves of {draws.shape[1]} ages at age {age_laps}; needed are two "
            "draws of at least two ages, and an age of zero or more."
        )
    if not (np.diff(draws, axis=1) >= -_ROUNDING_S).all():
        raise InvalidInput("loss_draws_s must be finite and never fall with age.")
    horizon = int(laps_left)
    curves = _extended(draws, age_laps + horizon)
    n = np.arange(1, horizon + 1)
    new = curves[:, 1 : horizon + 1] - curves[:, :1]
    limit = ((pit_loss_s + np.cumsum(new, axis=1)) / n).min(axis=1)
    mine = curves[:, age_laps : age_laps + horizon + 1] - curves[:, :1]
    laps = np.array([_crossing(loss, at) for loss, at in zip(mine, limit, strict=True)])
    done = np.minimum(laps, horizon)
    at_end = np.array(
        [np.interp(x, np.arange(horizon + 1), m) for x, m in zip(done, mine, strict=True)]
    )
    return TyreLife(
        laps=Estimate.of_draws(done),
        outlasts=float((laps >= horizon).mean()),
        marginal_loss_s=Estimate.of_draws(at_end),
        laps_left=horizon,
        n_draws=len(draws),
        extrapolated=float((done + age_laps > draws.shape[1] - 1).mean()),
    )


def _extended(draws: Floats, last: int) -> Floats:
    more = np.arange(1, max(last - draws.shape[1] + 1, 0) + 1)
    slope = draws[:, -1:] - draws[:, -2:-1]
    return np.hstack([draws, draws[:, -1:] + slope * more])


def _crossing(loss: Floats, limit: float) -> float:
    """Laps until a loss that never falls reaches the limit; inf when it does not."""
    after = int(np.searchsorted(loss, limit))
    if after == 0 or after == len(loss):
        return 0.0 if after == 0 else np.inf
    return after - 1 + float((limit - loss[after - 1]) / (loss[after] - loss[after - 1]))
