"""Power and drag against a reference, as speed and seconds on the straights."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import positive
from f1lab.calc._full_throttle import MS_PER_KMH
from f1lab.calc.estimate import Estimate, Result
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from f1lab.calc._full_throttle import FullThrottle

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_STEP_M = 5.0
#: Standard deviations by which a coefficient is moved to find what depends on it [-].
_NUDGE = 0.1


@dataclass(frozen=True)
class PowerDelta(Result):
    """Specific power over the reference, and what it makes at the end of a straight.

    ``speed_gain_kmh`` is by power alone; ``with_drag_kmh`` with the car's own drag as well.
    Power and drag of one fit lean on each other, so the latter is the surer of the two.
    """

    power_w_per_kg: Estimate
    speed_gain_kmh: Estimate
    with_drag_kmh: Estimate
    straight_m: float
    entry_kmh: float
    n_samples: tuple[int, int]
    r2: tuple[float, float]


def power_delta(
    car: FullThrottle,
    reference: FullThrottle,
    *,
    straight_m: float = 800.0,
    entry_kmh: float = 150.0,
) -> PowerDelta:
    """Specific power difference, and speed gained by it on a straight.

    ``Δ(P/m)`` of two fits; the speed is what ``v·dv/ds = (P/m)/v − k·v² − c`` reaches with each
    power and the reference's drag.

    Parameters
    ----------
    car, reference : FullThrottle
        From :func:`full_throttle`, best on the same circuit and day.
    straight_m : float
        Length of the straight [m].
    entry_kmh : float
        Speed at its beginning [km/h].

    Returns
    -------
    PowerDelta

    Raises
    ------
    InvalidInput
        If length or speed are not above zero, or a car never drove with a closed wing.

    Notes
    -----
    The two fits are taken as independent. What both share (slopes, flat-out bends) cancels in
    the difference but not in the interval, which is therefore wide.

    Examples
    --------
    >>> from f1lab.calc.car import full_throttle
    >>> def lap(power):
    ...     time, speed = [0.0], [50.0]
    ...     for _ in range(40):
    ...         push = power / speed[-1] - 0.001 * speed[-1] ** 2 - 0.2
    ...         time, speed = [*time, time[-1] + 0.2], [*speed, speed[-1] + 0.2 * push]
    ...     runs = np.repeat(np.arange(5), 41)
    ...     kmh, no = np.round(3.6 * np.tile(speed, 5)), np.zeros(205, dtype=bool)
    ...     return full_throttle(np.tile(time, 5), kmh, np.full(205, 100), no, no, runs)
    >>> found = power_delta(lap(860), lap(840))
    >>> 17 < found.power_w_per_kg.value < 23, found.speed_gain_kmh.value > 1
    (True, True)
    """
    positive(straight_m=straight_m, entry_kmh=entry_kmh)
    at = np.array(
        [
            value
            for fit in (car, reference)
            for value in (fit.power_w_per_kg.value, _closed(fit).value)
        ]
    )
    covariance = np.zeros((4, 4))
    covariance[:2, :2], covariance[2:, 2:] = car.covariance[:2, :2], reference.covariance[:2, :2]

    def end_kmh(power: float, drag: float) -> float:
        return _straight(power, drag, reference.rolling_ms2, entry_kmh, straight_m)[0]

    def by_power(x: Floats) -> float:
        return end_kmh(x[0], x[3]) - end_kmh(x[2], x[3])

    def by_both(x: Floats) -> float:
        return end_kmh(x[0], x[1]) - end_kmh(x[2], x[3])

    dof = min(car.dof, reference.dof)
    power_sd = float(np.sqrt(covariance[0, 0] + covariance[2, 2]))
    return PowerDelta(
        power_w_per_kg=Estimate.of(at[0] - at[2], power_sd, dof),
        speed_gain_kmh=Estimate.of(*_propagated(by_power, at, covariance), dof),
        with_drag_kmh=Estimate.of(*_propagated(by_both, at, covariance), dof),
        straight_m=straight_m,
        entry_kmh=entry_kmh,
        n_samples=(car.n_samples, reference.n_samples),
        r2=(car.r2, reference.r2),
    )


def _closed(fit: FullThrottle) -> Estimate:
    if fit.drag_1_m is None:
        raise InvalidInput(
            "this car drove every full-throttle run with its rear wing open; give a lap without."
        )
    return fit.drag_1_m


@dataclass(frozen=True)
class DragPenalty(Result):
    """Drag against the reference, and what it costs on the straights of a lap.

    ``cda_over_mass_m2_per_kg`` is the difference at the given air density.
    """

    drag_1_m: Estimate
    cda_over_mass_m2_per_kg: Estimate
    cost_s_per_lap: Estimate
    straights_per_lap: float
    straights_m_per_lap: float


def drag_penalty(
    car: FullThrottle, reference: FullThrottle, *, air_density_kgm3: float = 1.2
) -> DragPenalty:
    """Drag over the reference, and seconds per lap it costs on this circuit's straights.

    ``k = ½·rho·CdA/m`` of two fits; the cost is the time of the reference's own full-throttle runs
    driven with the car's drag minus with its own, power and entry speed the same.

    Parameters
    ----------
    car, reference : FullThrottle
        From :func:`full_throttle`, on the same circuit.
    air_density_kgm3 : float
        Density of the air that day [kg/m³].

    Returns
    -------
    DragPenalty
        Costs are negative where the car has less drag.

    Raises
    ------
    InvalidInput
        If the density is not above zero, or one of them never drove with a closed wing.

    Notes
    -----
    Runs with the wing open count with the open drag where both cars have one. Independent
    fits, as in :func:`power_delta`.

    Examples
    --------
    >>> from f1lab.calc.car import full_throttle
    >>> def lap(drag):
    ...     time, speed = [0.0], [50.0]
    ...     for _ in range(40):
    ...         push = 850 / speed[-1] - drag * speed[-1] ** 2 - 0.2
    ...         time, speed = [*time, time[-1] + 0.2], [*speed, speed[-1] + 0.2 * push]
    ...     runs = np.repeat(np.arange(5), 41)
    ...     kmh, no = np.round(3.6 * np.tile(speed, 5)), np.zeros(205, dtype=bool)
    ...     return full_throttle(np.tile(time, 5), kmh, np.full(205, 100), no, no, runs)
    >>> found = drag_penalty(lap(0.0011), lap(0.0010))
    >>> round(found.drag_1_m.value, 5), found.cost_s_per_lap.value > 0
    (0.0001, True)
    """
    positive(air_density_kgm3=air_density_kgm3)
    closed = _closed(car).value, _closed(reference).value
    opened = car.drag_open_1_m, reference.drag_open_1_m
    both = opened[0] is not None and opened[1] is not None
    with_wing = tuple(e.value for e in opened if e is not None) if both else closed
    at = np.array([*closed, *with_wing])
    which = [1, 2] if both else [1, 1]
    covariance = np.zeros((4, 4))
    for i, fit in enumerate((car, reference)):
        covariance[np.ix_([i, i + 2], [i, i + 2])] = fit.covariance[np.ix_(which, which)]
    runs = list(
        zip(reference.run_entry_kmh, reference.run_length_m, reference.run_open, strict=True)
    )

    def cost(drag: Floats) -> float:
        power, rolling = reference.power_w_per_kg.value, reference.rolling_ms2
        lost = (
            _straight(power, drag[2 * wing], rolling, entry, length)[1]
            - _straight(power, drag[2 * wing + 1], rolling, entry, length)[1]
            for entry, length, wing in runs
        )
        return float(sum(lost)) / reference.n_laps

    dof = min(car.dof, reference.dof)
    sd = float(np.sqrt(car.covariance[1, 1] + reference.covariance[1, 1]))
    to_cda = 2 / air_density_kgm3
    return DragPenalty(
        drag_1_m=Estimate.of(closed[0] - closed[1], sd, dof),
        cda_over_mass_m2_per_kg=Estimate.of((closed[0] - closed[1]) * to_cda, sd * to_cda, dof),
        cost_s_per_lap=Estimate.of(*_propagated(cost, at, covariance), dof),
        straights_per_lap=reference.n_runs / reference.n_laps,
        straights_m_per_lap=float(reference.run_length_m.sum()) / reference.n_laps,
    )


def _straight(
    power_w_per_kg: float, drag_1_m: float, rolling_ms2: float, entry_kmh: float, length_m: float
) -> tuple[float, float]:
    """Exit speed [km/h] and time [s] of a straight driven at full throttle."""
    steps = max(ceil(length_m / _STEP_M), 1)
    step = length_m / steps

    def gain(v2: float) -> float:
        return 2 * step * (power_w_per_kg / sqrt(v2) - drag_1_m * v2 - rolling_ms2)

    v2, time = (entry_kmh * MS_PER_KMH) ** 2, 0.0
    for _ in range(steps):
        ahead = max(v2 + gain(max(v2 + gain(v2) / 2, 1.0)), 1.0)
        time += 2 * step / (sqrt(v2) + sqrt(ahead))
        v2 = ahead
    return sqrt(v2) / MS_PER_KMH, time


def _propagated(
    value: Callable[[Floats], float], at: Floats, covariance: Floats
) -> tuple[float, float]:
    """Value of a function and its standard deviation by central differences."""
    steps = _NUDGE * np.sqrt(np.diag(covariance))
    slope = np.zeros(len(at))
    for i, step in enumerate(steps):
        if step > 0:
            nudge = np.zeros(len(at))
            nudge[i] = step
            slope[i] = (value(at + nudge) - value(at - nudge)) / (2 * step)
    variance = float(slope @ covariance @ slope)
    return value(at), sqrt(max(variance, 0.0))
