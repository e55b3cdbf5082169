"""Clipping: a car at full throttle that stops gaining speed before the straight ends.

With its battery empty, or saving it, a car goes on at full throttle and its speed stands still or
falls. A car at its terminal speed looks the same, so what counts is the speed that constant power
and drag would still have added there. A driver who lifts before the brakes (lift and coast) ends
the run sooner and hides clipping; how long he coasts is told beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, enough, flags, labels
from f1lab.calc._full_throttle import _FULL_PCT, _LEAST_KMH, MS_PER_KMH, _runs
from f1lab.calc.estimate import Estimate, Result
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from f1lab.calc._full_throttle import FullThrottle

    Floats = NDArray[np.float64]

#: The speed has stopped rising within so much of the best of the run: whole km/h and their noise.
_RISING_KMH = 1.5
#: A run clips if that lasts so long and the car's own power would have added so much meanwhile.
_LEAST_S, _LEAST_MISSING_KMH = 0.5, 2.0
_MIN_LAPS, _MIN_RUNS = 2, 4
#: A car coasts up to this throttle, once the pedal has come up [%].
_LIFTED_PCT = 20.0


@dataclass(frozen=True)
class Clipping(Result):
    """Full throttle without gain in speed at the end of the straights: a proxy for the battery.

    ``clipped_s_per_lap`` is how long, ``missing_kmh_per_lap`` the speed that constant power would
    have added meanwhile, summed over the straights of a lap. ``coasted_s_per_lap`` is the time
    between full throttle and the brakes that end a run, ``clipped_or_coasted_s_per_lap`` both
    together: clipping hidden by a lift is at most the difference of the two.
    """

    clipped_s_per_lap: Estimate
    missing_kmh_per_lap: Estimate
    coasted_s_per_lap: Estimate
    clipped_or_coasted_s_per_lap: Estimate
    clipped_runs: int
    n_runs: int
    n_laps: int


def clipping(
    time_s: ArrayLike,
    speed_kmh: ArrayLike,
    throttle_pct: ArrayLike,
    brake: ArrayLike,
    drs: ArrayLike,
    lap: ArrayLike,
    *,
    car: FullThrottle,
) -> Clipping:
    """How much a car clips at the end of its straights.

    In every run at full throttle above 140 km/h the tail is what follows the first sample within
    1.5 km/h of the run's best. ``missing = ∫ (P/m)/v − k·v² − c dt − (v_end − v_begin)`` over it;
    the run clips if the tail lasts 0.5 s or more and 2 km/h or more are missing.

    Parameters
    ----------
    time_s, speed_kmh, throttle_pct : array_like, shape (n,)
        Time [s], speed [km/h] and throttle, 0 … 100 [%], in the order driven.
    brake, drs : array_like of bool, shape (n,)
        Brakes on; rear wing open.
    lap : array_like, shape (n,)
        Which lap each sample belongs to.
    car : FullThrottle
        From :func:`f1lab.calc.car.full_throttle`, of the same samples.

    Returns
    -------
    Clipping

    Raises
    ------
    NotEnoughLaps
        Under two laps or four runs.
    InvalidInput
        If arrays do not match, or the car never drove with its wing closed.

    Notes
    -----
    A proxy, best compared between cars on one circuit: a bend taken flat out, a headwind and a
    rise of the road look the same and are the same for both; a driver who lifts early is not.
    ``car`` was fitted to the clipped
    samples too, so the speed missing is understated. Student's interval over the laps.

    Examples
    --------
    >>> from f1lab.calc.car import full_throttle
    >>> def lap(empty_s):
    ...     time, speed = 0.2 * np.arange(61), [50.0]
    ...     for now in time[1:]:
    ...         push = (850 if now < empty_s else 600) / speed[-1]
    ...         speed.append(speed[-1] + 0.2 * (push - 0.001 * speed[-1] ** 2 - 0.2))
    ...     runs = np.repeat(np.arange(5), 61)
    ...     no = np.zeros(305, dtype=bool)
    ...     return (
    ...         np.tile(time, 5),
    ...         np.round(3.6 * np.tile(speed, 5)),
    ...         np.full(305, 100),
    ...         no,
    ...         no,
    ...         runs,
    ...     )
    >>> never, soon = lap(99), lap(9)
    >>> fit = full_throttle(*never)
    >>> clipping(*never, car=fit).clipped_runs, clipping(*soon, car=fit).clipped_runs
    (0, 5)
    >>> round(clipping(*soon, car=fit).clipped_s_per_lap.value, 1)
    3.6
    """
    time, speed, throttle = columns(time_s=time_s, speed_kmh=speed_kmh, throttle_pct=throttle_pct)
    n = len(time)
    braking, is_open = flags(n, brake=brake, drs=drs)
    (number,) = labels(n, lap=lap)
    if car.drag_1_m is None:
        raise InvalidInput("this car never drove with its rear wing closed; give a lap with it.")
    wing_open = car.drag_1_m if car.drag_open_1_m is None else car.drag_open_1_m
    drag = np.where(is_open, wing_open.value, car.drag_1_m.value)
    speed = speed * MS_PER_KMH
    promised = car.power_w_per_kg.value / np.maximum(speed, 1.0) - drag * speed**2 - car.rolling_ms2
    flat_out = (throttle >= _FULL_PCT) & ~braking & (speed >= _LEAST_KMH * MS_PER_KMH)
    runs = _runs(flat_out, number, time)
    enough("laps of car data", len(np.unique(number)), _MIN_LAPS)
    enough("runs at full throttle above 140 km/h", len(runs), _MIN_RUNS)
    by_lap = np.zeros((int(number.max()) + 1, 3))
    clipped = 0
    for run in runs:
        by_lap[number[run[0]], 2] += _coasted_s(int(run[-1]), time, throttle, braking, number)
        lasted_s, missing_kmh = _tail(time[run], speed[run], promised[run])
        if lasted_s >= _LEAST_S and missing_kmh >= _LEAST_MISSING_KMH:
            clipped += 1
            by_lap[number[run[0]], :2] += lasted_s, missing_kmh
    return Clipping(
        clipped_s_per_lap=_over_laps(by_lap[:, 0]),
        missing_kmh_per_lap=_over_laps(by_lap[:, 1]),
        coasted_s_per_lap=_over_laps(by_lap[:, 2]),
        clipped_or_coasted_s_per_lap=_over_laps(by_lap[:, 0] + by_lap[:, 2]),
        clipped_runs=clipped,
        n_runs=len(runs),
        n_laps=len(by_lap),
    )


def _tail(time: Floats, speed: Floats, promised: Floats) -> tuple[float, float]:
    """How long the speed no longer rose [s], and what was missing by then [km/h]."""
    begin = int(np.argmax(speed >= speed.max() - _RISING_KMH * MS_PER_KMH))
    clock, push = time[begin:], promised[begin:]
    added = float((np.diff(clock) * (push[1:] + push[:-1]) / 2).sum())
    gained = float(speed[-1] - speed[begin])
    return float(clock[-1] - clock[0]), (added - gained) / MS_PER_KMH


def _coasted_s(
    last: int, time: Floats, throttle: Floats, braking: NDArray[np.bool_], number: NDArray[np.int64]
) -> float:
    """Time from the end of a run to the brakes; none where the run ends in no braking [s]."""
    for k in range(last + 1, len(time)):
        if number[k] != number[last] or (throttle[k] > _LIFTED_PCT and k > last + 1):
            return 0.0
        if braking[k]:
            return float(time[k] - time[last])
    return 0.0


def _over_laps(values: Floats) -> Estimate:
    n = len(values)
    return Estimate.of(float(values.mean()), float(values.std(ddof=1)) / np.sqrt(n), n - 1)
