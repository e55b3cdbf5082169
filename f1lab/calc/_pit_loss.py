"""What a stop costs, by the flag it is made under, and how crews scatter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, counted, enough
from f1lab.calc.estimate import Estimate, Result
from f1lab.calc.robust import median_error, robust_sd
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["REPAIR_S", "FlagLoss", "PitLoss", "crew_and_lane_s", "crew_time_s", "pit_loss"]

#: Longer in the pit lane than this over the usual is a repair, not a slow stop [s].
REPAIR_S = 45.0
_MIN_STOPS = 4
_QUICK_SHARE = 0.1
_FLAGS = {
    "green": "green stops",
    "vsc": "stops under the virtual safety car",
    "sc": "stops under the safety car",
}


def crew_time_s(odds: ArrayLike, scale_s: float, shape: float, longest_s: float) -> Floats:
    """Time a crew takes beyond its median: a log-logistic, cut off.

    ``min(scale · (odds^(1/shape) − 1), longest)``.

    Parameters
    ----------
    odds : array_like
        ``u / (1 − u)`` of the share ``u`` of stops that are quicker [-].
    scale_s : float
        Median of the log-logistic [s]: what the slowest half exceeds the quickest stop by.
    shape : float
        The larger, the fewer slow stops [-].
    longest_s : float
        Longest believed [s].

    Returns
    -------
    ndarray
        Shaped like the odds; negative for the quicker half [s].

    Notes
    -----
    Log-logistic crews: open parameter files of 2014–19; fitted to the pit lane of real races by
    :mod:`f1lab.engine.calibrate`.

    Examples
    --------
    >>> crew_time_s([1 / 3, 1.0, 3.0, 1e9], scale_s=0.6, shape=1.6, longest_s=20.0).round(2)
    array([-0.3 ,  0.  ,  0.59, 20.  ])
    """
    beyond = scale_s * (np.asarray(odds, dtype=float) ** (1.0 / shape) - 1.0)
    return np.asarray(np.minimum(beyond, longest_s))


def crew_and_lane_s(
    excess_s: ArrayLike,
    stationary_s: ArrayLike,
    usual_stationary_s: ArrayLike,
    served_s: ArrayLike = 0.0,
) -> tuple[Floats, Floats]:
    """Split a stop's time beyond the usual into the crew's part and the rest of the pit lane.

    ``crew = stationary − usual stationary − penalty served``, ``lane = excess − crew``.

    Parameters
    ----------
    excess_s : array_like
        Time between pit entry and exit beyond the usual, without a penalty served [s].
    stationary_s, usual_stationary_s : array_like
        How long the car stood in its box, and how long cars usually stand [s].
    served_s : array_like
        Penalty served before the crew began, part of the stationary time [s].

    Returns
    -------
    crew_s, lane_s : ndarray
        Their sum is the excess; NaN where the stationary time is [s].

    Examples
    --------
    >>> crew, lane = crew_and_lane_s([3.4, 1.0], [5.4, 7.4], 2.5, [0.0, 5.0])
    >>> crew.round(2), lane.round(2)
    (array([ 2.9, -0.1]), array([0.5, 1.1]))
    """
    crew = np.asarray(stationary_s, dtype=float) - usual_stationary_s - np.asarray(served_s)
    return np.asarray(crew), np.asarray(np.asarray(excess_s, dtype=float) - crew)


@dataclass(frozen=True)
class FlagLoss(Result):
    """What stops under one flag cost: ``loss_s``, and relative to a green one, ``factor`` [-].

    ``lane_s`` is the part even the quickest crews lose (the drive through the lane and a clean
    stop), ``stop_s`` what a typical stop took beyond that; ``stationary_s`` how long a car
    typically stood in its box, None where that was not timed.
    """

    flag: str
    loss_s: Estimate
    lane_s: float
    stop_s: float
    factor: Estimate | None
    n: int
    stationary_s: float | None = None


@dataclass(frozen=True)
class PitLoss(Result):
    """Loss of a stop under each flag, and why a flag has none."""

    flags: tuple[FlagLoss, ...]
    refused: dict[str, str]

    def of(self, flag: str) -> FlagLoss:
        """Figures of one flag.

        Raises
        ------
        InvalidInput
            If it has none, with the reason.
        """
        for own in self.flags:
            if own.flag == flag:
                return own
        known = ", ".join(own.flag for own in self.flags)
        reason = self.refused.get(flag, "no stop was made under it.")
        raise InvalidInput(f"no pit loss for {flag!r}: {reason} Known: {known}.")


def pit_loss(
    in_lap_s: ArrayLike,
    out_lap_s: ArrayLike,
    reference_s: ArrayLike,
    lane_s: ArrayLike,
    flag: Sequence[str],
    stationary_s: ArrayLike | None = None,
) -> PitLoss:
    """Time lost by stopping here, under green, VSC and SC.

    ``loss = in lap + out lap − reference``; per flag the median. The lane's share is the loss
    less what a stop exceeded the quickest tenth of all stops by: in stationary time under a flag
    whose stops were timed standing, else in the lane.

    Parameters
    ----------
    in_lap_s, out_lap_s : array_like, shape (n,)
        The two laps of each stop [s].
    reference_s : array_like, shape (n,)
        What the car would have taken for the same two laps, under the same flag, without
        stopping [s].
    lane_s : array_like, shape (n,)
        Time between pit entry and exit [s].
    flag : sequence of str, length n
        ``"green"``, ``"vsc"`` or ``"sc"``.
    stationary_s : array_like, shape (n,), optional
        How long the car stood in its box [s], NaN where not timed. It tells the crew from the
        rest of the lane once four stops under a flag have it.

    Returns
    -------
    PitLoss

    Raises
    ------
    NotEnoughLaps
        With fewer than four green stops.
    InvalidInput
        Another flag, or columns of different length.

    Examples
    --------
    >>> lane = np.array([21.0, 21.2, 21.4, 21.6, 25.0, 21.3, 21.1, 21.2, 21.5])
    >>> loss = lane - 1.0 - np.r_[np.zeros(5), np.full(4, 10.0)]
    >>> flag = ["green"] * 5 + ["sc"] * 4
    >>> found = pit_loss(95 + loss / 4, 95 + 3 * loss / 4, np.full(9, 190.0), lane, flag)
    >>> [(f.flag, round(f.loss_s.value, 2), round(f.stop_s, 2), f.n) for f in found.flags]
    [('green', 20.4, 0.32, 5), ('sc', 10.25, 0.17, 4)]
    """
    into, out, reference, lane, stood = columns(
        in_lap_s=in_lap_s,
        out_lap_s=out_lap_s,
        reference_s=reference_s,
        lane_s=lane_s,
        stationary_s=np.full(np.size(lane_s), np.nan) if stationary_s is None else stationary_s,
    )
    which = np.asarray(flag, dtype=str)
    if which.shape != into.shape or not set(which) <= set(_FLAGS):
        raise InvalidInput(f"flag needs one of {', '.join(_FLAGS)} for each of {len(into)} stops.")
    loss = into + out - reference
    known = np.isfinite(loss) & np.isfinite(lane)
    enough("green stops with known laps", int((known & (which == "green")).sum()), _MIN_STOPS)
    green, _ = _median(loss[known & (which == "green")])
    found, refused = [], {}
    for name, stops in _FLAGS.items():
        own = known & (which == name)
        n = int(own.sum())
        if n < _MIN_STOPS:
            refused[name] = f"{counted(n, stops)}, needed are {_MIN_STOPS}."
            continue
        value, error = _median(loss[own])
        factor = None if name == "green" else Estimate.of(value / green, error / green)
        timed = own & np.isfinite(stood)
        standing = int(timed.sum()) >= _MIN_STOPS
        time_s, those = (stood, timed) if standing else (lane, own)
        quickest = float(np.quantile(time_s[known & np.isfinite(time_s)], _QUICK_SHARE))
        beyond = time_s[those] - quickest
        found.append(
            FlagLoss(
                flag=name,
                loss_s=Estimate.of(value, error, n - 1),
                lane_s=float(np.median(loss[those] - beyond)),
                stop_s=float(np.median(beyond)),
                factor=factor,
                n=n,
                stationary_s=float(np.median(stood[timed])) if standing else None,
            )
        )
    return PitLoss(tuple(found), refused)


def _median(values: Floats) -> tuple[float, float]:
    return float(np.median(values)), median_error(robust_sd(values), len(values))
