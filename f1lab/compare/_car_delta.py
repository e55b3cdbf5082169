"""Seconds per lap between two cars, taken apart: by sector, by corner, by kind of corner."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._stats import HUBER_SD, regress
from f1lab.calc.corners import edges_m, segments
from f1lab.calc.estimate import Estimate, Result
from f1lab.calc.robust import huber_distance, robust_sd
from f1lab.calc.track import TurnDelta, turn_delta, turn_edges
from f1lab.compare._text import clear
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.calc.align import AlignedLaps
    from f1lab.calc.corners import Segment
    from f1lab.compare._car_evidence import Evidence
    from f1lab.compare.traces import DrivenLap, Overlay
    from f1lab.data.schema import Session

    Floats = NDArray[np.float64]

__all__ = [
    "KINDS",
    "LapDelta",
    "PartDelta",
    "delta_of_fastest",
    "delta_of_pairs",
    "huber_weights",
    "mean_of_laps",
]

#: Parts of a lap, by what limits the car there.
KINDS = ("straight", "slow", "medium", "fast")
_SECTORS = ["sector1_s", "sector2_s", "sector3_s"]
_MIN_PAIRS = 2
#: Neighbouring laps resemble each other at most this much when intervals are widened for it [-].
_MOST_ALIKE, _ENOUGH_TO_CORRELATE, _LEAST_DOF = 0.8, 8, 2.0
#: Speed differences of two laps resemble each other over this distance [m]: with it, and without
#: sector times, nine of ten intervals of the parts hold the truth on generated weekends.
_ALIKE_M = 25.0
_LEAST_STEEP, _SLOWEST_MS, _MS_PER_KMH = 1e-3, 5.0, 1 / 3.6
#: Smallest spread of lap times [s].
_LEAST_SPREAD_S = 1e-3


@dataclass(frozen=True)
class PartDelta(Result):
    """Time lost on one kind of road: the straights, or the slow, medium or fast corners.

    ``kind`` is one of ``straight, slow, medium, fast``, ``length_m`` how much of the lap it is,
    ``corners`` the labels of its corners.
    """

    kind: str
    delta_s: Estimate
    length_m: float
    corners: tuple[str, ...]


@dataclass(frozen=True)
class LapDelta(Result):
    """Seconds per lap of one car minus the other, and where they are.

    Parameters
    ----------
    lap_s : Estimate
        Difference of the lap times [s]; exact for one pair of laps.
    sectors_s : tuple of Estimate
        The same by sector [s], summing to `lap_s`; empty when sector times are not known.
    corners : TurnDelta or None
        Corner by corner, each with half of the straights beside it; None without telemetry.
    parts : tuple of PartDelta
        By kind of road, summing to `lap_s`; empty without telemetry.
    laps : tuple of (int, int)
        The pairs of laps it was read from.
    taken_off_s : float
        Of the difference as timed, what was taken off as fuel, track and tyre age, mean over the
        pairs [s]; `lap_s` and its parts are without it. 0 where nothing was.
    corners_m : tuple of float
        Where the apex of each corner is [m].
    """

    lap_s: Estimate
    sectors_s: tuple[Estimate, ...]
    corners: TurnDelta | None
    parts: tuple[PartDelta, ...]
    laps: tuple[tuple[int, int], ...]
    taken_off_s: float = 0.0
    corners_m: tuple[float, ...] = ()


def delta_of_pairs(found: Evidence) -> LapDelta:
    """Mean difference over pairs of laps, with the interval their scatter gives.

    Fuel, track and tyre age are taken out of every pair where they are known, spread over the lap
    by the time it takes. Pairs far out count less (Huber 1964), by the difference of their lap
    times alone, so that the parts sum to the lap.

    Parameters
    ----------
    found : Evidence
        Laps of two cars; pairs that could not be put on one distance are left out. Without
        telemetry only the lap and its sectors are told.

    Returns
    -------
    LapDelta

    Raises
    ------
    NotEnoughLaps
        Under two pairs.
    """
    session, drivers, seen = found.session, found.drivers, found.seen
    pairs = found.pairs
    if seen is not None:
        pairs = [(seen.laps[i].lap, seen.laps[j].lap) for i, j in found.rows]
    if len(pairs) < _MIN_PAIRS:
        raise NotEnoughLaps(
            f"{len(pairs)} pairs of comparable laps of {drivers[0]} and {drivers[1]} in "
            f"{session.name}, needed are {_MIN_PAIRS}: clean laps at the same time of the session "
            "on like tyres."
        )
    columns = ["lap_time_s", *_SECTORS]
    one, other = (
        _rows(session, driver, [pair[k] for pair in pairs])[columns].to_numpy(dtype=float)
        for k, driver in enumerate(drivers)
    )
    taken_off = found.taken_off_s(pairs)
    whole = np.mean((one + other) / 2, axis=0)
    lap, *sectors = (one - other).T - whole[:, None] / whole[0] * taken_off
    weights = huber_weights(lap)
    mean = partial(mean_of_laps, weights=weights)
    known = bool(np.isfinite(sectors).all())
    corners: TurnDelta | None = None
    parts: tuple[PartDelta, ...] = ()
    if seen is not None:
        corners, parts = _on_the_lap(seen, found.rows, taken_off, weights)
    return LapDelta(
        lap_s=mean(lap),
        sectors_s=tuple(mean(sector) for sector in sectors) if known else (),
        corners=corners,
        parts=parts,
        laps=tuple(pairs),
        taken_off_s=float(np.average(taken_off, weights=weights)),
        corners_m=() if seen is None else tuple(corner.apex_m for corner in seen.corners),
    )


def huber_weights(values: Floats) -> Floats:
    """How much each value counts in Huber's mean of all.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Two or more, in seconds.

    Returns
    -------
    ndarray, shape (n,)
        1 up to 1.5 robust standard deviations from the middle, less beyond; all 1 of fewer than
        eight values, whose spread does not tell who is far out [-].
    """
    if len(values) < _ENOUGH_TO_CORRELATE:
        return np.ones(len(values))
    residual = regress(np.ones((len(values), 1)), values).residual
    spread = max(robust_sd(residual), _LEAST_SPREAD_S)
    return 1 / huber_distance(residual - np.median(residual), HUBER_SD * spread)


def _on_the_lap(
    seen: Overlay, rows: Sequence[tuple[int, int]], taken_off_s: Floats, weights: Floats
) -> tuple[TurnDelta, tuple[PartDelta, ...]]:
    """Mean difference corner by corner and by kind of road."""
    clock, at = seen.time_s, seen.distance_m
    share = clock.mean(axis=0) / clock[:, -1].mean()
    running = np.array([clock[i] - clock[j] for i, j in rows]) - taken_off_s[:, None] * share
    edges = turn_edges([corner.apex_m for corner in seen.corners], seen.length_m)
    turns = np.array([np.diff(np.interp(edges, at, delta)) for delta in running])
    told = tuple(mean_of_laps(turn, weights=weights) for turn in turns.T)
    corners = TurnDelta(
        corners=tuple(corner.label for corner in seen.corners),
        delta_s=told,
        clear=tuple(clear(turn) for turn in told),
        edges_m=edges,
        total_s=float(np.average(running[:, -1], weights=weights)),
        n_pairs=len(rows),
    )
    tiles = segments(seen.corners, seen.length_m)
    lost = np.array([np.diff(np.interp(edges_m(tiles), at, delta)) for delta in running])
    return corners, _by_kind(tiles, lost, weights=weights)


def delta_of_fastest(session: Session, drivers: tuple[str, str], seen: Overlay) -> LapDelta:
    """Difference of two laps, with the interval that samples and alignment leave.

    Parameters
    ----------
    session : Session
        The session.
    drivers : (str, str)
        The one and the other.
    seen : Overlay
        The two laps, whichever gives the distance.

    Returns
    -------
    LapDelta
        The lap and its sectors are known to the millisecond.
    """
    pair = seen.aligned[0]
    own, other = (seen.laps[seen.of(driver)[0]] for driver in drivers)
    sign = -1.0 if seen.reference is own else 1.0
    apexes = [corner.apex_m for corner in seen.corners]
    edges = turn_edges(apexes, pair.length_m)
    corners = turn_delta(
        pair.distance_m,
        sign * pair.delta_s,
        apexes,
        noise_s=np.hypot(pair.noise_s(edges), _slide_s(pair, edges)),
        names=[corner.label for corner in seen.corners],
    )
    tiles = segments(seen.corners, seen.length_m)
    edges = edges_m(tiles)
    doubt = np.stack([pair.noise_s(edges), _slide_s(pair, edges)])
    sectors = _sector_times(session, own) - _sector_times(session, other)
    known = bool(np.isfinite(sectors).all())
    return LapDelta(
        lap_s=_exact(sign * pair.gap_s),
        sectors_s=tuple(_exact(sector) for sector in sectors) if known else (),
        corners=corners,
        parts=_by_kind(tiles, sign * pair.lost_s(edges)[None], doubt),
        laps=((own.lap, other.lap),),
        corners_m=tuple(apexes),
    )


def _slide_s(pair: AlignedLaps, edges_m: Floats) -> Floats:
    """What one standard deviation of the slide moves between the parts of a lap [s].

    The slide is found where the speeds fit best, so what is left of their difference tells how
    well: to ``residual / (rms of dv/ds) / sqrt(length / 25 m)``. Sliding one lap moves time from
    the corners to the straights, the same way everywhere, and nothing across a timing line.
    """
    speed, at = pair.reference_speed_kmh, pair.distance_m
    steep = float(np.sqrt(np.mean(np.gradient(speed, at) ** 2)))
    off_m = pair.residual_kmh / max(steep, _LEAST_STEEP) * np.sqrt(_ALIKE_M / pair.length_m)
    clock = pair.other_time_s
    late = off_m / np.maximum(pair.other_speed_kmh * _MS_PER_KMH, _SLOWEST_MS)
    held = np.interp(pair.pins_m, at, late)
    late = late - np.interp(clock, np.interp(pair.pins_m, at, clock), held)
    return np.diff(np.interp(edges_m, at, late))


def _by_kind(
    tiles: tuple[Segment, ...],
    lost_s: Floats,
    doubt_s: Floats | None = None,
    weights: Floats | None = None,
) -> tuple[PartDelta, ...]:
    """Sum the parts of a lap by kind; the interval from the pairs, or from their doubt.

    ``doubt_s`` has two rows: what is independent from part to part, and what is the same slide.
    """
    found = []
    for kind in KINDS:
        own = np.array([tile.kind == kind for tile in tiles])
        if not own.any():
            continue
        by_pair = lost_s[:, own].sum(axis=1)
        if doubt_s is None:
            delta = mean_of_laps(by_pair, weights=weights)
        else:
            noise, slide = np.sqrt((doubt_s[0, own] ** 2).sum()), doubt_s[1, own].sum()
            delta = Estimate.of(float(by_pair[0]), float(np.hypot(noise, slide)))
        inside = [tile for tile in tiles if tile.kind == kind]
        found.append(
            PartDelta(
                kind=kind,
                delta_s=delta,
                length_m=sum(tile.end_m - tile.begin_m for tile in inside),
                corners=tuple(t.label for t in inside) if kind != "straight" else (),
            )
        )
    return tuple(found)


def mean_of_laps(
    values: Floats, least_sd: float = 0.0, *, weights: Floats | None = None
) -> Estimate:
    """Mean of a quantity over laps in their order, neighbours allowed to resemble each other.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Two or more, in one unit.
    least_sd : float
        Standard deviation they have at least, as that of rounded numbers, in their unit.
    weights : ndarray, shape (n,), optional
        How much each counts, from :func:`huber_weights`; 1 by default [-].

    Returns
    -------
    Estimate
        Student's interval with as many independent laps as the correlation `r` of neighbours
        leaves: ``n (1 − r)/(1 + r)`` for the mean and ``n (1 − r²)/(1 + r²)`` for its variance
        (Bayley and Hammersley 1946), `r` corrected for how short the series is (Kendall 1954).
        Fewer than eight count as independent. With weights the scatter is that of Huber's mean
        with his small-sample factor (Huber 1981, 7.6). Of series of 8 to 16 laps, 93 % of the intervals
        hold the mean at r = 0, 86 % at 0.5, 84 % at 0.7.
    """
    n = len(values)
    counts = np.ones(n) if weights is None else weights
    mean = float(np.average(values, weights=counts))
    whole = float(np.mean(counts >= 1))
    off = counts * (values - mean) / whole * (1 + (1 - whole) / (n * whole))
    total = float(off @ off)
    alike = 0.0
    if n >= _ENOUGH_TO_CORRELATE and total > 0:
        alike = (n * float(off[1:] @ off[:-1]) / total + 1) / (n - 4)
    r = float(np.clip(alike, 0.0, _MOST_ALIKE))
    for_mean = max(n * (1 - r) / (1 + r), 1.0)
    dof = max(n * (1 - r**2) / (1 + r**2) - 1, min(n - 1.0, _LEAST_DOF))
    sd = max(float(np.sqrt(total / (n - 1))), least_sd)
    return Estimate.of(mean, sd / np.sqrt(for_mean), dof)


def _exact(value: float) -> Estimate:
    return Estimate(float(value), float(value), float(value))


def _rows(session: Session, driver: str, laps: list[int]) -> pd.DataFrame:
    own = session.laps[session.laps["driver"] == driver].set_index("lap")
    return own.loc[laps]


def _sector_times(session: Session, lap: DrivenLap) -> Floats:
    return np.asarray(_rows(session, lap.driver, [lap.lap])[_SECTORS].iloc[0], dtype=float)
