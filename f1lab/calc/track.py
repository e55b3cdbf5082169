"""The track: how it quickens, and where two laps, sectors and straights differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, enough, table
from f1lab.calc._stats import joint_differences
from f1lab.calc._top_speed import StraightLineSpeed, TopSpeed, straight_line_speed
from f1lab.calc.basis import hat_basis
from f1lab.calc.estimate import LEVELS, Estimate, Result
from f1lab.errors import InvalidInput, NotEnoughLaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from f1lab.calc.pace import PaceFit

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = [
    "SectorDelta",
    "StraightLineSpeed",
    "TopSpeed",
    "TrackEvolution",
    "TurnDelta",
    "sector_delta",
    "straight_line_speed",
    "track_evolution",
    "turn_delta",
    "turn_edges",
]

_MIN_SPAN, _MIN_DATA_SHARE = 5.0, 0.25
_MIN_SECTOR_LAPS = 2


@dataclass(frozen=True)
class TrackEvolution(Result):
    """Seconds the track gained: positive when it quickened.

    ``gain_s_per_lap`` is per unit of progress; ``data_share`` how much of the prior's variance
    the laps removed [-].
    """

    gain_s_per_lap: Estimate
    gain_s: Estimate
    progress: Floats
    lap_s: Floats
    low_s: Floats
    high_s: Floats
    n_laps: int
    data_share: float


def track_evolution(fit: PaceFit) -> TrackEvolution:
    """Seconds per lap gained by the track over a session, fuel and wear removed.

    The track is a piecewise-linear curve of progress, fitted along with fuel, tyres, traffic
    and drivers; the gain is its start minus its end.

    Parameters
    ----------
    fit : PaceFit
        From :func:`f1lab.calc.pace.fit_pace`; in practice or qualifying give minutes as ``lap``
        and zeros as fuel.

    Returns
    -------
    TrackEvolution
        Gain per lap (or minute) and in all [s], and the curve with its interval [s].

    Raises
    ------
    NotEnoughLaps
        If the session spans under five laps, or the laps say hardly more than the prior.

    Notes
    -----
    Over a race the fuel burnt is worth about 3.4 ± 0.5 s and runs with the laps as the track
    does: the interval of a race's evolution can not be narrower than the doubt about fuel.

    Examples
    --------
    >>> from f1lab.calc.pace import FieldLaps, fit_pace
    >>> lap = np.tile(np.arange(1, 41), 4)
    >>> driver = np.repeat(["A", "B", "C", "D"], 40)
    >>> stop = np.repeat([10, 16, 22, 30], 40)
    >>> age = np.where(lap > stop, lap - stop, lap)
    >>> time_s = 90 + 0.05 * age - 0.02 * lap
    >>> laps = FieldLaps(time_s, driver, lap, np.full(160, "HARD"), age, np.zeros(160))
    >>> round(track_evolution(fit_pace(laps)).gain_s_per_lap.value, 2)
    0.02
    """
    first, last = float(fit.knots[0]), float(fit.knots[-1])
    if last - first < _MIN_SPAN:
        raise NotEnoughLaps(
            f"the laps span {last - first:.1f} of progress; needed are {_MIN_SPAN:.0f}."
        )
    block = fit.blocks["track"]
    ends = np.zeros(fit.draws.shape[1])
    ends[block.start], ends[block.stop - 1] = 1.0, -1.0
    share = fit.data_share(ends)
    if share < _MIN_DATA_SHARE:
        raise NotEnoughLaps(
            f"the laps took {share:.0%} off the prior's variance of the track's gain; needed are "
            f"{_MIN_DATA_SHARE:.0%}."
        )
    progress = np.arange(np.ceil(first), np.floor(last) + 1)
    curves = fit.part("track") @ hat_basis(progress, fit.knots).T
    low, middle, high = np.quantile(curves, [LEVELS[0], 0.5, LEVELS[1]], axis=0)
    gain = fit.draws @ ends
    return TrackEvolution(
        gain_s_per_lap=Estimate.of_draws(gain / (last - first)),
        gain_s=Estimate.of_draws(gain),
        progress=progress,
        lap_s=middle,
        low_s=low,
        high_s=high,
        n_laps=int(fit.used.sum()),
        data_share=share,
    )


@dataclass(frozen=True)
class TurnDelta(Result):
    """Time lost to the reference from corner to corner; the parts sum to ``total_s``.

    ``edges_m`` are the ends of the stretches; ``clear`` tells whether an interval leaves out 0.
    """

    corners: tuple[str, ...]
    delta_s: tuple[Estimate, ...]
    clear: tuple[bool, ...]
    edges_m: Floats
    total_s: float
    n_pairs: int


def turn_edges(corner_m: ArrayLike, length_m: float) -> Floats:
    """Ends of the stretches that belong to each corner: halfway to its neighbours.

    Parameters
    ----------
    corner_m : array_like, shape (c,)
        Distance of each corner from the line, increasing [m].
    length_m : float
        Length of the lap [m].

    Returns
    -------
    ndarray, shape (c + 1,)
        From 0 to the length; the first stretch begins and the last ends at the line [m].

    Raises
    ------
    InvalidInput
        If corners are out of order or off the lap.

    Examples
    --------
    >>> turn_edges([400, 900, 2000], 3000)
    array([   0.,  650., 1450., 3000.])
    """
    (corners,) = columns(corner_m=corner_m)
    enough("corners", len(corners), 1)
    if not (np.diff([0.0, *corners, length_m]) > 0).all():
        raise InvalidInput(f"corner_m must increase within 0 … {length_m:g} m.")
    return np.concatenate([[0.0], (corners[1:] + corners[:-1]) / 2, [length_m]])


def turn_delta(
    distance_m: ArrayLike,
    delta_s: ArrayLike,
    corner_m: ArrayLike,
    *,
    noise_s: ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> TurnDelta:
    """Time difference corner by corner from distance-aligned telemetry.

    ``Δ_c = δ(edge after c) − δ(edge before c)`` of the running difference ``δ``; edges lie
    halfway between corners, so the parts sum to the difference of the lap times. The interval
    is Student's over several pairs of laps, else from ``noise_s``.

    Parameters
    ----------
    distance_m : array_like, shape (n,)
        Common distance, increasing from the line to the line [m].
    delta_s : array_like, shape (n,) or (pairs, n)
        Running time difference of one pair of laps or several, other minus reference [s].
    corner_m : array_like, shape (c,)
        Distance of each corner [m].
    noise_s : array_like, shape (c,), optional
        Standard error of one pair's difference in each stretch [s], e.g.
        ``AlignedLaps.noise_s(turn_edges(...))``; needed for a single pair.
    names : sequence of str, optional
        Names of the corners; 1, 2, 3 … by default.

    Returns
    -------
    TurnDelta

    Raises
    ------
    NotEnoughLaps
        A single pair without ``noise_s``.
    InvalidInput
        If arrays do not match, hold unknown values, or distances are out of order.

    Notes
    -----
    Alignment: :mod:`f1lab.calc.align`.

    Examples
    --------
    >>> distance = np.linspace(0, 3000, 301)
    >>> delta = np.interp(distance, [0, 700, 1400, 3000], [0, 0.05, 0.05, 0.084])
    >>> found = turn_delta(distance, delta, [400, 900, 2000], noise_s=[0.01, 0.01, 0.01])
    >>> round(sum(part.value for part in found.delta_s), 6), found.clear
    (0.084, (True, False, True))
    """
    (distance,) = columns(distance_m=distance_m)
    deltas = np.atleast_2d(np.asarray(delta_s, dtype=float))
    if deltas.ndim != 2 or deltas.shape[1] != len(distance):  # noqa: PLR2004  (pairs, samples)
        raise InvalidInput(
            f"delta_s has shape {np.shape(delta_s)}; needed is ({len(distance)},) or (pairs, …)."
        )
    if len(distance) < 2 or not (np.diff(distance) > 0).all() or not np.isfinite(deltas).all():  # noqa: PLR2004
        raise InvalidInput("distance_m must increase and delta_s be known everywhere.")
    edges = turn_edges(np.asarray(corner_m, dtype=float) - distance[0], distance[-1] - distance[0])
    edges = edges + distance[0]
    parts = np.array([np.diff(np.interp(edges, distance, delta)) for delta in deltas])
    n, c = parts.shape
    called = tuple(str(k) for k in range(1, c + 1)) if names is None else tuple(map(str, names))
    if len(called) != c:
        raise InvalidInput(f"{len(called)} names for {c} corners.")
    sd, dof = _pair_sd(parts, noise_s)
    told = tuple(Estimate.of(v, s, dof) for v, s in zip(parts.mean(axis=0), sd, strict=True))
    return TurnDelta(
        corners=called,
        delta_s=told,
        clear=tuple(part.low > 0 or part.high < 0 for part in told),
        edges_m=edges,
        total_s=float((deltas[:, -1] - deltas[:, 0]).mean()),
        n_pairs=n,
    )


def _pair_sd(parts: Floats, noise_s: ArrayLike | None) -> tuple[Floats, float]:
    """Standard error of each part, and its degrees of freedom."""
    n, c = parts.shape
    if n > 1:
        return np.asarray(parts.std(axis=0, ddof=1) / np.sqrt(n)), float(n - 1)
    if noise_s is None:
        raise NotEnoughLaps(
            "one pair of laps does not show its own noise: give noise_s for each corner, or "
            "several pairs of laps."
        )
    (noise,) = columns(noise_s=noise_s)
    if noise.shape != (c,) or not (noise >= 0).all():
        raise InvalidInput(f"noise_s needs one value, zero or more, for each of {c} corners.")
    return noise, np.inf


@dataclass(frozen=True)
class SectorDelta(Result):
    """Sector times minus the reference's [s]; positive is time lost. The sectors sum to the lap."""

    sectors_s: tuple[Estimate, ...]
    lap_s: Estimate
    n_laps: tuple[int, int]


def sector_delta(sectors_s: ArrayLike, reference_sectors_s: ArrayLike) -> SectorDelta:
    """Sector-time difference with its interval from several laps of each.

    Difference of Huber's means; ``t`` interval with Welch's degrees of freedom. A lap weighs the
    same in all its sectors, so that they sum to the lap; its interval is that of the sums, lap by
    lap, so that a gain in one sector paid for in the next does not widen it.

    Parameters
    ----------
    sectors_s, reference_sectors_s : array_like, shape (laps, 3)
        Sector times of comparable laps [s]; laps with an unknown sector are left out.

    Returns
    -------
    SectorDelta

    Raises
    ------
    NotEnoughLaps
        Under two whole laps of either.
    InvalidInput
        If the numbers of sectors differ.

    Notes
    -----
    Welch (1947). Fuel and tyres are whatever the chosen laps had.

    Examples
    --------
    >>> found = sector_delta([[30.1, 40.0, 25.0], [30.3, 40.2, 25.2]], [[30.0, 40.0, 25.1]] * 3)
    >>> [abs(round(part.value, 2)) for part in found.sectors_s], round(found.lap_s.value, 2)
    ([0.2, 0.1, 0.0], 0.3)
    """
    mine, other = table("sectors_s", sectors_s), table("reference_sectors_s", reference_sectors_s)
    if mine.shape[1] != other.shape[1]:
        raise InvalidInput(f"{mine.shape[1]} sectors against {other.shape[1]}.")
    mine, other = (laps[np.isfinite(laps).all(axis=1)] for laps in (mine, other))
    for what, laps in (("whole laps", mine), ("whole laps of the reference", other)):
        enough(what, len(laps), _MIN_SECTOR_LAPS)
    *sectors, lap = joint_differences(mine, other)
    return SectorDelta(tuple(sectors), lap, (len(mine), len(other)))
