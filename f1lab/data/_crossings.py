"""Crossings of one driver: increasing, and without holes as far as they can be filled."""

from __future__ import annotations

import numpy as np

from f1lab.data._columns import median

__all__ = ["clock_of"]

#: A lap shorter than this share of the median lap cannot have been driven …
_TOO_SHORT = 0.6
#: … when the lap beside it is longer than this share: one crossing was timed too late or early.
_TOO_LONG = 1.4


def clock_of(
    measured: np.ndarray,
    lap_time: np.ndarray,
    begun: np.ndarray,
    stopped: np.ndarray,
    start_s: float,
    *,
    race: bool,
) -> tuple[float, np.ndarray]:
    """Fill and straighten one driver's crossings.

    Parameters
    ----------
    measured, lap_time, begun : ndarray
        Crossing, lap time and begin of each lap [s], NaN where none was told.
    stopped : ndarray of bool
        Laps under a red flag.
    start_s : float
        Session clock at lights out [s].
    race : bool
        Whether the session was raced.

    Returns
    -------
    before_s : float
        The clock before lap 1 [s].
    crossings_s : ndarray
        Increasing; NaN for last laps of which nothing is known [s].
    """
    if not race:
        measured = np.where(np.isnan(measured), begun + lap_time, measured)
    anchor = start_s if race else _before_all(measured, start_s)
    good = measured.copy()
    good[_impossible(good, anchor, stopped, race=race)] = np.nan
    return anchor, _increasing(_filled(good, lap_time, anchor), anchor)


def _before_all(clock: np.ndarray, start_s: float) -> float:
    """Clock before anybody crossed the line in a timed session [s]."""
    known = np.flatnonzero(np.isfinite(clock))
    if len(known) == 0:
        return np.nan
    earliest = float(clock[known].min())
    return start_s if start_s < earliest else earliest - float(known[0]) - 1.0


def _impossible(
    clock: np.ndarray, start_s: float, stopped: np.ndarray, *, race: bool
) -> np.ndarray:
    """Crossings that cannot be: the clock stands still, or a lap far too short beside a long one."""
    bad = np.zeros(len(clock), dtype=bool)
    known = np.flatnonzero(np.isfinite(clock))
    if len(known) == 0:
        return bad
    driven = np.diff(clock[known], prepend=start_s)
    if not race:
        bad[known] = _behind(clock[known], start_s)
        return bad
    typical = median(driven[driven > 0])
    for i in np.flatnonzero(driven < _TOO_SHORT * typical):
        near = stopped[known[max(i - 1, 0) : i + 2]].any()
        if i > 0 and driven[i - 1] > _TOO_LONG * typical and not near:
            bad[known[i - 1]] = True
        elif i + 1 < len(known) and driven[i + 1] > _TOO_LONG * typical and not near:
            bad[known[i]] = True
    rest = known[~bad[known]]
    bad[rest] = _behind(clock[rest], start_s)
    return bad


def _behind(clock: np.ndarray, start_s: float) -> np.ndarray:
    """Crossings outside the longest strictly increasing run of them after the start."""
    if (np.diff(clock, prepend=start_s) > 0).all():
        return np.zeros(len(clock), dtype=bool)
    length = np.ones(len(clock), dtype=int)
    before = np.full(len(clock), -1)
    allowed = ~(clock <= start_s)
    for i in range(len(clock)):
        earlier = [j for j in range(i) if clock[j] < clock[i] and allowed[j]]
        if earlier:
            before[i] = max(earlier, key=lambda j: (length[j], j))
            length[i] = length[before[i]] + 1
    keep = np.zeros(len(clock), dtype=bool)
    ends = np.flatnonzero(allowed)
    at = max(ends, key=lambda i: (length[i], i)) if len(ends) else -1
    while at >= 0:
        keep[at], at = True, before[at]
    return ~keep


def _filled(clock: np.ndarray, lap_time: np.ndarray, start_s: float) -> np.ndarray:
    """Holes in the clock: from a lap time where one is known, else equal shares."""
    clock = clock.copy()
    for i in range(len(clock) - 2, -1, -1):  # backwards: the end of a lap less its time
        if np.isnan(clock[i]) and np.isfinite(clock[i + 1] - lap_time[i + 1]):
            clock[i] = clock[i + 1] - lap_time[i + 1]
    full = np.concatenate([[start_s], clock])
    for i in range(1, len(full)):  # a lap time only where no later crossing says otherwise
        if np.isnan(full[i]) and np.isnan(full[i + 1 :]).all():
            full[i] = full[i - 1] + lap_time[i - 1]
    known = np.flatnonzero(np.isfinite(full))
    if len(known) == 0:
        return clock
    between = np.arange(known[0], known[-1] + 1)
    full[between] = np.interp(between, known, full[known])
    return full[1:]


def _increasing(clock: np.ndarray, start_s: float) -> np.ndarray:
    """Last resort: equal shares wherever filling still left a step back."""
    known = np.isfinite(clock)
    bad = known.copy()
    bad[known] = _behind(clock[known], start_s)
    if bad.any():
        clock = _filled(np.where(bad, np.nan, clock), np.full(len(clock), np.nan), start_s)
    return clock
