"""Cars: power, drag, slow-corner grip, evenness, kerbs.

Differences are *car minus reference*: more power and speed is positive, and so is time lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, enough, flags, positive, table
from f1lab.calc._full_throttle import FullThrottle, full_throttle
from f1lab.calc._straights import DragPenalty, PowerDelta, drag_penalty, power_delta
from f1lab.calc.estimate import Estimate, Result
from f1lab.errors import InvalidInput, NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "DragPenalty",
    "FullThrottle",
    "GripDelta",
    "KerbCompliance",
    "PowerDelta",
    "SetupFlexibility",
    "drag_penalty",
    "full_throttle",
    "kerb_compliance",
    "mechanical_grip_delta",
    "power_delta",
    "setup_flexibility",
]

_G_MS2 = 9.81
_MIN_SLOW_CORNERS, _MIN_CELLS, _MIN_CARS = 2, 4, 5
_MIN_SINGLE_CORNERS, _MIN_CHICANES = 4, 2


@dataclass(frozen=True)
class GripDelta(Result):
    """Slow-corner speed and grip against the reference, and the time it makes.

    ``grip_ratio`` is the car's friction over the reference's [-]; ``cost_s_per_lap`` is negative
    where the car is quicker.
    """

    apex_kmh: Estimate
    grip_ratio: Estimate
    cost_s_per_lap: Estimate
    n_corners: int
    slow_m_per_lap: float


def mechanical_grip_delta(
    apex_kmh: ArrayLike,
    reference_apex_kmh: ArrayLike,
    corner_m: ArrayLike,
    *,
    slow_kmh: float = 120.0,
    downforce_1_m: float = 0.0,
) -> GripDelta:
    """Apex-speed difference in slow corners, as grip and as seconds per lap.

    On one radius ``μ·(g + l·v²) = v²/R``, so ``μ/μ₀ = (v²/v₀²)·(g + l·v₀²)/(g + l·v²)`` with
    ``l = ½·rho·ClA/m``; time ``Σ L·(1/v − 1/v₀)`` over the corners' lengths.

    Parameters
    ----------
    apex_kmh, reference_apex_kmh : array_like, shape (n,)
        Least speed in each corner [km/h].
    corner_m : array_like, shape (n,)
        Length driven at about that speed [m].
    slow_kmh : float
        Corners count below this, by the mean of both [km/h].
    downforce_1_m : float
        ½·rho·ClA/m [1/m]; 0 leaves downforce out and overstates the grip ratio's distance from 1 by
        about a third at 120 km/h and a tenth at 60.

    Returns
    -------
    GripDelta

    Raises
    ------
    NotEnoughLaps
        Under two slow corners.
    InvalidInput
        If arrays do not match, or a speed or length is not above zero.

    Notes
    -----
    Point mass in a corner (Milliken 1995). The interval is from the spread between corners. At
    four or five samples a second one lap's least speed is a few km/h off: average the apex
    speeds of several laps first.

    Examples
    --------
    >>> found = mechanical_grip_delta([82, 96, 115, 210], [80, 95, 112, 214], [40, 50, 60, 90])
    >>> found.n_corners, round(found.apex_kmh.value, 1), round(found.cost_s_per_lap.value, 3)
    (3, 2.0, -0.114)
    """
    mine, other, length = columns(
        apex_kmh=apex_kmh, reference_apex_kmh=reference_apex_kmh, corner_m=corner_m
    )
    positive(slow_kmh=slow_kmh)
    if (np.concatenate([mine, other, length]) <= 0).any() or downforce_1_m < 0:
        raise InvalidInput("speeds and lengths must be above zero, downforce_1_m zero or more.")
    slow = (mine + other) / 2 < slow_kmh
    slow &= np.isfinite(length)
    enough(f"corners under {slow_kmh:g} km/h", int(slow.sum()), _MIN_SLOW_CORNERS)
    v, v0 = mine[slow] / 3.6, other[slow] / 3.6
    ratio = np.log(
        v**2 / v0**2 * (_G_MS2 + downforce_1_m * v0**2) / (_G_MS2 + downforce_1_m * v**2)
    )
    lost = length[slow] * (1 / v - 1 / v0)
    n = len(v)
    logs = _mean(ratio)
    cost_sd = float(lost.std(ddof=1)) * np.sqrt(n)
    return GripDelta(
        apex_kmh=_mean((v - v0) * 3.6),
        grip_ratio=Estimate(*(float(np.exp(x)) for x in (logs.value, logs.low, logs.high))),
        cost_s_per_lap=Estimate.of(float(lost.sum()), cost_sd, n - 1),
        n_corners=n,
        slow_m_per_lap=float(length[slow].sum()),
    )


def _mean(values: Floats) -> Estimate:
    """Mean and Student interval."""
    n = len(values)
    return Estimate.of(float(values.mean()), float(values.std(ddof=1)) / np.sqrt(n), n - 1)


@dataclass(frozen=True)
class SetupFlexibility(Result):
    """How evenly a car performs, 0 … 1: ½ for the field's usual spread, 1 for none.

    ``spread`` is the standard deviation of the car's loss over the cells, in the unit given.
    """

    score: Estimate
    spread: Estimate
    field_spread: float
    n_cells: int
    n_cars: int


def setup_flexibility(loss: ArrayLike, car: int) -> SetupFlexibility:
    """How evenly a car performs over slow, medium, fast corners and straights, and conditions.

    Each cell is centred on the field, each car on itself; with the spread ``s`` over cells,
    ``score = s_field / (s_field + s_car)``, ``s_field`` the field's median.

    Parameters
    ----------
    loss : array_like, shape (cars, cells)
        Loss of every car to the best one in every cell (a kind of corner or straight, in a
        condition, at a circuit), as a share of the time there, e.g. [%]; NaN for unknown.
    car : int
        Row of the car asked about.

    Returns
    -------
    SetupFlexibility

    Raises
    ------
    NotEnoughLaps
        Under four cells of this car, or five cars with as many.
    InvalidInput
        If there is no such row.

    Notes
    -----
    Chi-squared interval of a standard deviation. Noise of the cells makes every car look less
    even; it cancels in the ratio as far as cars share it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> loss = rng.normal(0.5, 0.2, (10, 8))
    >>> loss[0] = 0.4 + 0.1 * (loss[0] - 0.5)
    >>> found = setup_flexibility(loss, 0)
    >>> found.score.value > 0.7, found.n_cells
    (True, 8)
    """
    cells = _centred(table("loss", loss), car)
    known = np.isfinite(cells).sum(axis=1)
    enough("cells of this car", int(known[car]), _MIN_CELLS)
    rows = known >= _MIN_CELLS
    enough(f"cars with {_MIN_CELLS} cells", int(rows.sum()), _MIN_CARS)
    spreads = np.nanstd(cells[rows], axis=1, ddof=1)
    usual = float(np.median(spreads))
    n = int(known[car])
    spread = Estimate.of_spread(float(np.nanstd(cells[car], ddof=1)), n - 1)
    if usual <= 0:
        raise NotEnoughLaps("every car loses the same everywhere; nothing tells them apart.")
    score = (usual / (usual + s) for s in (spread.value, spread.high, spread.low))
    return SetupFlexibility(Estimate(*score), spread, usual, n, int(rows.sum()))


def _centred(values: Floats, row: int) -> Floats:
    """Values minus the field's median of each column, then minus each row's own mean."""
    if not 0 <= row < len(values):
        raise InvalidInput(f"car is row {row}; there are rows 0 … {len(values) - 1}.")
    told = values[:, np.isfinite(values).any(axis=0)]
    against_field = told - np.nanmedian(told, axis=0)
    ran = np.isfinite(told).any(axis=1)
    against_field[ran] -= np.nanmean(against_field[ran], axis=1, keepdims=True)
    return np.asarray(against_field)


@dataclass(frozen=True)
class KerbCompliance(Result):
    """Speed kept through direction changes against the car's own single corners [%].

    A proxy: a car that changes direction well without kerbs looks the same.
    """

    speed_kept_pct: Estimate
    n_chicanes: int
    n_single_corners: int
    line_r2: float


def kerb_compliance(apex_kmh: ArrayLike, chicane: ArrayLike, car: int) -> KerbCompliance:
    """Speed kept through direction changes, against the line of speed in single corners.

    With ``y = ln(v_car / v_field)`` at every corner and ``x = ln(v_field)``, a line is fitted to
    the single corners; the mean distance of the chicanes from it is the compliance.

    Parameters
    ----------
    apex_kmh : array_like, shape (cars, corners)
        Least speed of every car in every corner [km/h]; NaN for unknown.
    chicane : array_like of bool, shape (corners,)
        Corners that are part of a direction change.
    car : int
        Row of the car asked about.

    Returns
    -------
    KerbCompliance
        Positive: quicker over the kerbs than its single corners promise [%].

    Raises
    ------
    NotEnoughLaps
        Under four single corners, two chicane corners or five cars.
    InvalidInput
        If shapes do not match, a speed is not above zero or there is no such row.

    Notes
    -----
    Prediction interval of a line, Student's t. Declared a proxy: nobody measures kerbs.

    Examples
    --------
    >>> field = np.array([80.0, 110, 150, 200, 240, 95, 130])
    >>> speeds = np.tile(field, (6, 1))
    >>> speeds[0, 5:] *= 1.02
    >>> found = kerb_compliance(speeds, [False] * 5 + [True] * 2, 0)
    >>> round(found.speed_kept_pct.value, 1), found.n_chicanes
    (2.0, 2)
    """
    speeds = table("apex_kmh", apex_kmh)
    (changes,) = flags(speeds.shape[1], chicane=chicane)
    if not 0 <= car < len(speeds):
        raise InvalidInput(f"car is row {car}; apex_kmh has rows 0 … {len(speeds) - 1}.")
    if (speeds <= 0).any():
        raise InvalidInput("apex_kmh holds speeds that are not above zero.")
    seen = np.isfinite(speeds[car]) & (np.isfinite(speeds).sum(axis=0) >= _MIN_CARS)
    single, double = seen & ~changes, seen & changes
    enough(f"single corners with {_MIN_CARS} cars", int(single.sum()), _MIN_SINGLE_CORNERS)
    enough(f"chicane corners with {_MIN_CARS} cars", int(double.sum()), _MIN_CHICANES)
    usual = np.full(speeds.shape[1], np.nan)
    usual[seen] = np.nanmedian(speeds[:, seen], axis=0)
    y, x = np.log(speeds[car] / usual), np.log(usual)
    line = np.column_stack([np.ones(int(single.sum())), x[single]])
    fitted, *_ = np.linalg.lstsq(line, y[single], rcond=None)
    left = y[single] - line @ fitted
    n, m = int(single.sum()), int(double.sum())
    ahead = np.array([1.0, x[double].mean()])
    variance = float(left @ left) / (n - 2)
    leverage = float(ahead @ np.linalg.pinv(line.T @ line) @ ahead)
    kept = float((y[double] - fitted[0] - fitted[1] * x[double]).mean())
    told = Estimate.of(kept, np.sqrt(variance * (1 / m + leverage)), n - 2)
    total = float(((y[single] - y[single].mean()) ** 2).sum())
    r2 = 1 - float(left @ left) / total if total > 0 else 1.0
    percent = Estimate(*(100 * (float(np.exp(v)) - 1) for v in (told.value, told.low, told.high)))
    return KerbCompliance(percent, m, n, r2)
