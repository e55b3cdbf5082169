"""Top speeds at the trap and in telemetry, with and without tow and DRS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, flags
from f1lab.calc._stats import difference
from f1lab.calc.estimate import Z90, Estimate, Result
from f1lab.errors import InvalidInput, NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_MIN_SPEEDS, _MIN_GAIN_SPEEDS = 3, 5


#: Whole km/h cannot agree more closely than this [km/h].
_ROUNDING_KMH = 0.1


@dataclass(frozen=True)
class TopSpeed(Result):
    """Top speeds of one kind of lap [km/h]; ``kmh`` is their median."""

    kmh: Estimate
    best_kmh: float
    n_laps: int


@dataclass(frozen=True)
class StraightLineSpeed(Result):
    """Speed-trap and telemetry top speed, with and without tow and DRS [km/h].

    A kind of lap with under three speeds is None, a gain with under five on a side too. ``tow_gain_kmh`` compares towed with clean
    laps with the wing closed; ``drs_gain_kmh`` open with closed within the same kind of air.
    ``telemetry_minus_trap_kmh`` is None without telemetry.
    """

    clean: TopSpeed | None
    towed: TopSpeed | None
    clean_drs: TopSpeed | None
    towed_drs: TopSpeed | None
    tow_gain_kmh: Estimate | None
    drs_gain_kmh: Estimate | None
    telemetry_minus_trap_kmh: Estimate | None


def straight_line_speed(
    trap_kmh: ArrayLike,
    towed: ArrayLike,
    drs: ArrayLike,
    telemetry_top_kmh: ArrayLike | None = None,
) -> StraightLineSpeed:
    """Top speed at the trap, apart for tow and DRS, and how far telemetry agrees.

    Medians with an order-statistic interval; gains are differences of Huber's means with
    Welch's interval.

    Parameters
    ----------
    trap_kmh : array_like, shape (n,)
        Speed at the trap on each lap of one car or several [km/h]; NaN for unknown.
    towed : array_like of bool, shape (n,)
        A car was close ahead (within about a second).
    drs : array_like of bool, shape (n,)
        The rear wing was open at the trap.
    telemetry_top_kmh : array_like, shape (n,), optional
        Highest telemetry speed of the same laps [km/h].

    Returns
    -------
    StraightLineSpeed

    Raises
    ------
    NotEnoughLaps
        If no kind of lap has three speeds.
    InvalidInput
        If arrays do not match or a speed is not above zero.

    Notes
    -----
    A tow within a second usually comes with DRS from lap 3 on: without telemetry the two cannot
    be told apart, and what is given as ``drs`` decides where the gain is booked.

    Examples
    --------
    >>> trap = [310, 311, 312, 313, 314, 322, 323, 324, 325, 326]
    >>> found = straight_line_speed(trap, [0] * 5 + [1] * 5, [0] * 10)
    >>> found.clean.kmh.value, round(found.tow_gain_kmh.value), found.drs_gain_kmh is None
    (312.0, 12, True)
    """
    top = np.full(np.shape(trap_kmh), np.nan) if telemetry_top_kmh is None else telemetry_top_kmh
    trap, telemetry = columns(trap_kmh=trap_kmh, telemetry_top_kmh=top)
    tow, is_open = flags(len(trap), towed=towed, drs=drs)
    if (trap <= 0).any() or (telemetry <= 0).any():
        raise InvalidInput("speeds must be above zero; an unknown one is NaN.")
    known = np.isfinite(trap)
    cells = {
        (t, d): trap[known & (tow == t) & (is_open == d)]
        for t in (False, True)
        for d in (False, True)
    }
    if max(len(speeds) for speeds in cells.values()) < _MIN_SPEEDS:
        raise NotEnoughLaps(
            f"{int(known.sum())} speeds, under {_MIN_SPEEDS} of any one kind (tow, DRS)."
        )
    both = trap - telemetry
    both = both[np.isfinite(both)]
    agreement = _median(-both) if len(both) >= _MIN_SPEEDS else None
    return StraightLineSpeed(
        clean=_top(cells[False, False]),
        towed=_top(cells[True, False]),
        clean_drs=_top(cells[False, True]),
        towed_drs=_top(cells[True, True]),
        tow_gain_kmh=_gain([(cells[True, False], cells[False, False])]),
        drs_gain_kmh=_gain([(cells[t, True], cells[t, False]) for t in (False, True)]),
        telemetry_minus_trap_kmh=agreement,
    )


def _top(speeds: Floats) -> TopSpeed | None:
    if len(speeds) < _MIN_SPEEDS:
        return None
    return TopSpeed(_median(speeds), float(speeds.max()), len(speeds))


def _median(values: Floats) -> Estimate:
    """Median and its interval by order statistics."""
    ordered, n = np.sort(values), len(values)
    reach = Z90 * np.sqrt(n) / 2  # normal approximation of the binomial at 90 %
    low = ordered[max(int(np.floor(n / 2 - reach)), 0)]
    high = ordered[min(int(np.ceil(n / 2 + reach)), n - 1)]
    return Estimate(float(np.median(ordered)), float(low), float(high))


def _gain(pairs: list[tuple[Floats, Floats]]) -> Estimate | None:
    """Precision-weighted difference over the pairs that have three speeds on either side."""
    told = [difference(a, b) for a, b in pairs if min(len(a), len(b)) >= _MIN_GAIN_SPEEDS]
    if not told:
        return None
    halves = np.array([max((e.high - e.low) / 2, _ROUNDING_KMH) for e in told])
    weights = halves**-2.0
    value = float(np.average([e.value for e in told], weights=weights))
    half = float(weights.sum() ** -0.5)
    return Estimate(value, value - half, value + half)
