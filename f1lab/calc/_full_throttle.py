"""Power and drag of a car from its full-throttle samples.

    dv/dt = (P/m)/v − k·v² − c,    k = ½·rho·CdA/m

Samples come four or five times a second with whole km/h, so differentiating them gives noise.
The equation is integrated instead: within one run at full throttle

    v(t) = v₀ + (P/m)·∫dt/v − k·∫v²dt − c·t

is linear in what is looked for, with one v₀ per run, and the noise is the rounding of the speed.
Speeds on one lap do not span enough to tell the rolling resistance ``c`` from the rest, so it is
given, with its doubt. Slopes of the road, bends taken flat out and a fading electric motor all
end up in ``P/m`` and ``k``: they are *effective* values, best compared on one circuit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, enough, flags, labels
from f1lab.calc._stats import demeaned, regress
from f1lab.calc.estimate import Estimate, Result
from f1lab.errors import InvalidInput, NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from f1lab.calc._stats import Regression

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

MS_PER_KMH = 1 / 3.6
_FULL_PCT, _LEAST_KMH = 98.0, 140.0
_MIN_RUN_SAMPLES, _MIN_RUNS, _MIN_SAMPLES = 6, 4, 60
#: More left over than this and the power was not constant: energy recovered, a lift, a tow [m/s].
_MOST_RMS_MS = 1.5


@dataclass(frozen=True)
class FullThrottle(Result):
    """What a car does at full throttle: effective power and drag, and the runs they came from.

    ``drag_1_m`` is ½·rho·CdA/m with the rear wing closed, ``drag_open_1_m`` with it open (None when
    it never was). ``run_entry_kmh, run_length_m, run_open`` describe the runs of all laps.
    """

    power_w_per_kg: Estimate
    drag_1_m: Estimate | None
    drag_open_1_m: Estimate | None
    rms_ms: float
    r2: float
    n_samples: int
    n_runs: int
    n_laps: int
    run_entry_kmh: Floats
    run_length_m: Floats
    run_open: Bools
    dof: float
    rolling_ms2: float
    covariance: Floats = field(repr=False, metadata={"plain": False})


def full_throttle(
    time_s: ArrayLike,
    speed_kmh: ArrayLike,
    throttle_pct: ArrayLike,
    brake: ArrayLike,
    drs: ArrayLike,
    lap: ArrayLike | None = None,
    *,
    rolling_ms2: tuple[float, float] = (0.2, 0.1),
) -> FullThrottle:
    """Effective specific power and drag of one car.

    ``dv/dt = (P/m)/v − k·v² − c`` in its integrated form, Huber weights, errors clustered by
    run; the doubt about ``c`` is carried into both.

    Parameters
    ----------
    time_s, speed_kmh, throttle_pct : array_like, shape (n,)
        Time [s], speed [km/h] and throttle, 0 … 100 [%], in the order driven.
    brake, drs : array_like of bool, shape (n,)
        Brakes on; rear wing open.
    lap : array_like, shape (n,), optional
        Which lap each sample belongs to; all one lap by default.
    rolling_ms2 : (float, float)
        Rolling resistance and its standard deviation [m/s²].

    Returns
    -------
    FullThrottle

    Raises
    ------
    NotEnoughLaps
        Under 60 samples above 140 km/h in 4 runs, or speeds the equation misses by more than
        1.5 m/s (rms): power was not constant.
    InvalidInput
        If arrays do not match.

    Notes
    -----
    Longitudinal equation of motion as in any text on race-car dynamics (Milliken 1995).

    Examples
    --------
    >>> speed = [50.0]
    >>> for _ in range(400):
    ...     speed.append(speed[-1] + 0.02 * (850 / speed[-1] - 0.001 * speed[-1] ** 2 - 0.2))
    >>> kmh, time, no = 3.6 * np.array(speed[::10]), 0.2 * np.arange(41), np.zeros(205, dtype=bool)
    >>> laps = np.repeat(np.arange(5), 41)
    >>> car = full_throttle(np.tile(time, 5), np.tile(kmh, 5), np.full(205, 100), no, no, laps)
    >>> round(car.power_w_per_kg.value / 850, 2), car.n_runs
    (1.0, 5)
    """
    time, speed, throttle = columns(time_s=time_s, speed_kmh=speed_kmh, throttle_pct=throttle_pct)
    n = len(time)
    braking, is_open = flags(n, brake=brake, drs=drs)
    (number,) = labels(n, lap=np.zeros(n) if lap is None else lap)
    speed = speed * MS_PER_KMH
    flat_out = (throttle >= _FULL_PCT) & ~braking & (speed >= _LEAST_KMH * MS_PER_KMH)
    runs = _runs(flat_out, number, time)
    enough("runs at full throttle above 140 km/h", len(runs), _MIN_RUNS)
    enough("samples at full throttle above 140 km/h", sum(len(run) for run in runs), _MIN_SAMPLES)
    group = np.repeat(np.arange(len(runs)), [len(run) for run in runs])
    terms = demeaned(
        np.vstack([_integrals(time[run], speed[run], is_open[run]) for run in runs]), group
    )
    reached = demeaned(speed[np.concatenate(runs)], group)
    values, covariance, fit = _effective(terms, reached, group, rolling_ms2)
    power, closed, opened = (
        None if np.isnan(value) else Estimate.of(value, sd, fit.dof)
        for value, sd in zip(values, np.sqrt(np.diag(covariance)), strict=True)
    )
    if power is None:
        raise InvalidInput("the speed never changed at full throttle: these are no car data.")
    return FullThrottle(
        power_w_per_kg=power,
        drag_1_m=closed,
        drag_open_1_m=opened,
        rms_ms=_rms(fit.residual),
        r2=fit.r2,
        n_samples=len(group),
        n_runs=len(runs),
        n_laps=len(np.unique(number)),
        run_entry_kmh=np.array([speed[run[0]] for run in runs]) / MS_PER_KMH,
        run_length_m=np.array([_integral(time[run], speed[run])[-1] for run in runs]),
        run_open=np.array([2 * is_open[run].sum() > len(run) for run in runs]),
        dof=fit.dof,
        rolling_ms2=rolling_ms2[0],
        covariance=covariance,
    )


def _effective(
    terms: Floats, reached: Floats, group: Ints, rolling_ms2: tuple[float, float]
) -> tuple[Floats, Floats, Regression]:
    """Power, drag closed and drag open (NaN where never driven), their covariance, the fit."""
    used = np.append(terms[:, :3].any(axis=0), False)
    rolling = terms[:, 3]
    fit = regress(terms[:, used], reached - rolling_ms2[0] * rolling, group)
    if _rms(fit.residual) > _MOST_RMS_MS:
        raise NotEnoughLaps(
            f"constant power and drag miss the speeds of {group[-1] + 1} runs by "
            f"{_rms(fit.residual):.1f} m/s (rms); at most {_MOST_RMS_MS} may be left. "
            "Power was cut or recovered at full throttle."
        )
    # what one more m/s² of rolling resistance would do to the others
    lean = -np.linalg.lstsq(terms[:, used], rolling, rcond=None)[0]
    values, covariance = np.full(3, np.nan), np.full((3, 3), np.nan)
    values[used[:3]] = fit.coefficients
    spread = fit.covariance + np.outer(lean, lean) * rolling_ms2[1] ** 2
    covariance[np.ix_(used[:3], used[:3])] = spread
    return values, covariance, fit


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _runs(flat_out: Bools, lap: Ints, time: Floats) -> list[Ints]:
    """Sample numbers of each run at full throttle, its first sample left out."""
    starts = flat_out.copy()
    starts[1:] &= ~(flat_out[:-1] & (lap[1:] == lap[:-1]) & (np.diff(time) > 0))
    run = np.where(flat_out, np.cumsum(starts), 0)
    every = [np.flatnonzero(run == k)[1:] for k in range(1, int(run.max(initial=0)) + 1)]
    return [rows for rows in every if len(rows) >= _MIN_RUN_SAMPLES]


def _integral(time: Floats, values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.diff(time) * (values[1:] + values[:-1]) / 2)])


def _integrals(time: Floats, speed: Floats, is_open: Bools) -> Floats:
    """∫dt/v, −∫v²dt with the wing closed and open, and −t: columns of P/m, k, k open and c."""
    drag = np.diff(_integral(time, speed**2))
    wing = is_open[1:] & is_open[:-1]
    closed, opened = (np.concatenate([[0.0], np.cumsum(drag * part)]) for part in (~wing, wing))
    return np.stack([_integral(time, 1 / speed), -closed, -opened, -(time - time[0])], axis=1)
