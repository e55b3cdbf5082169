"""Two cars set against each other, property by property; every difference is a minus b."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.car import (
    DragPenalty,
    GripDelta,
    PowerDelta,
    mechanical_grip_delta,
    power_delta,
)
from f1lab.calc.corners import FAST_KMH
from f1lab.calc.estimate import Estimate, Result
from f1lab.compare._car_delta import mean_of_laps
from f1lab.compare._car_field import apex_speeds_kmh
from f1lab.compare._text import clear
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.calc._clipping import Clipping
    from f1lab.calc.car import FullThrottle
    from f1lab.calc.corners import Corner
    from f1lab.compare.traces import Overlay

    Floats = NDArray[np.float64]

__all__ = [
    "ApexSpeed",
    "CarDifference",
    "Pull",
    "apexes_of",
    "ers_difference",
    "fast_corners_of",
    "grip_of",
    "power_of",
    "pulls_of",
]

#: A corner is taken flat out when the throttle never falls below this in it [%].
_FLAT_OUT_PCT = 90.0
#: Speeds within this of the least count as driven at about the apex speed [-].
_ABOUT = 1.10
_MIN_PAIRS = 2
#: Speeds at which acceleration is compared: out of corners, and late on a straight [km/h].
_PULL_KMH = (180.0, 290.0)
_MS_PER_KMH = 1 / 3.6


@dataclass(frozen=True)
class ApexSpeed(Result):
    """Least speed of both cars in a corner, mean over laps; ``delta_kmh`` is a minus b.

    ``kind`` is ``slow``, ``medium`` or ``fast``; ``flat_out`` tells that nobody lifts in it.
    """

    corner: str
    kind: str
    apex_m: float
    a_kmh: float
    b_kmh: float
    delta_kmh: Estimate
    flat_out: bool


@dataclass(frozen=True)
class Pull(Result):
    """Acceleration at full throttle at one speed, wing closed, a minus b.

    Power and drag of one fit lean on each other; what they make together at a speed that was
    driven is known much better than either.
    """

    speed_kmh: float
    delta_ms2: Estimate


@dataclass(frozen=True)
class CarDifference(Result):
    """What tells the cars apart, a minus b; None where it cannot be said.

    Parameters
    ----------
    power : PowerDelta or None
        Effective specific power, and speed by it at the end of the longest straight. Traction,
        energy recovered and a battery that fades are in it.
    drag : DragPenalty or None
        Effective drag, and the seconds it costs on the straights of a lap, all else equal.
    pulls : tuple of Pull
        Acceleration at full throttle at 180 and 290 km/h: out of corners and at speed.
    grip : GripDelta or None
        Apex speed in slow corners as grip and seconds; downforce is left out of the ratio.
    fast_corners_kmh : Estimate or None
        Apex speed in fast corners that are not flat out: downforce [km/h].
    top_speed_kmh : Estimate or None
        At the speed trap, without a tow, the wings alike [km/h].
    ers_s_per_lap : Estimate or None
        Time clipped at full throttle [s per lap]; None where lifts before the brakes may make it.
    wear_s_per_lap : Estimate or None
        Wear in the race [s per lap of tyre age].
    """

    power: PowerDelta | None
    drag: DragPenalty | None
    pulls: tuple[Pull, ...]
    grip: GripDelta | None
    fast_corners_kmh: Estimate | None
    top_speed_kmh: Estimate | None
    ers_s_per_lap: Estimate | None
    wear_s_per_lap: Estimate | None


def apexes_of(seen: Overlay, rows: Sequence[tuple[int, int]]) -> tuple[ApexSpeed, ...]:
    """Apex speeds of both cars, corner by corner.

    Parameters
    ----------
    seen : Overlay
        Laps of both on one distance.
    rows : sequence of (int, int)
        Pairs of laps among them.

    Returns
    -------
    tuple of ApexSpeed

    Raises
    ------
    NotEnoughLaps
        Under two pairs.
    """
    if len(rows) < _MIN_PAIRS:
        raise NotEnoughLaps(
            f"{len(rows)} pairs of comparable laps with car data, needed are {_MIN_PAIRS}: at four "
            "or five samples a second the least speed of one lap is a few km/h off."
        )
    every = apex_speeds_kmh(seen)
    one, other = (every[list(own)] for own in zip(*rows, strict=True))
    return tuple(
        ApexSpeed(
            corner=corner.label,
            kind=corner.speed_class,
            apex_m=corner.apex_m,
            a_kmh=float(one[:, k].mean()),
            b_kmh=float(other[:, k].mean()),
            delta_kmh=mean_of_laps(one[:, k] - other[:, k]),
            flat_out=_flat_out(seen, corner),
        )
        for k, corner in enumerate(seen.corners)
    )


def grip_of(seen: Overlay, apexes: Sequence[ApexSpeed]) -> GripDelta:
    """Mechanical grip from the slow corners.

    Parameters
    ----------
    seen : Overlay
        Laps both were read from.
    apexes : sequence of ApexSpeed
        Of these laps.

    Returns
    -------
    GripDelta

    Raises
    ------
    NotEnoughLaps
        Under two slow corners.
    """
    one, other = (np.array([getattr(apex, name) for apex in apexes]) for name in ("a_kmh", "b_kmh"))
    speed = seen.speed_kmh.mean(axis=0)
    step = seen.distance_m[1] - seen.distance_m[0]
    about = [
        step * np.sum(_inside(seen, corner) & (speed <= _ABOUT * (u + v) / 2))
        for corner, u, v in zip(seen.corners, one, other, strict=True)
    ]
    return mechanical_grip_delta(one, other, np.maximum(about, step))


def fast_corners_of(seen: Overlay, rows: Sequence[tuple[int, int]]) -> Estimate:
    """Apex speed in the fast corners that are not flat out, mean over them [km/h].

    Parameters
    ----------
    seen : Overlay
        Laps of both on one distance.
    rows : sequence of (int, int)
        Pairs of laps among them.

    Returns
    -------
    Estimate

    Raises
    ------
    NotEnoughLaps
        If there is no such corner, or under two pairs.
    """
    fast = np.array([corner.apex_kmh >= FAST_KMH for corner in seen.corners])
    lifted = np.array([not _flat_out(seen, corner) for corner in seen.corners])
    if not (fast & lifted).any():
        raise NotEnoughLaps(
            f"none of the {int(fast.sum())} corners above {FAST_KMH:g} km/h asks the driver to "
            "lift, so their speed is the engine's and not the wings'."
        )
    if len(rows) < _MIN_PAIRS:
        raise NotEnoughLaps(f"{len(rows)} pairs of comparable laps, needed are {_MIN_PAIRS}.")
    speed = apex_speeds_kmh(seen)[:, fast & lifted].mean(axis=1)
    return mean_of_laps(np.array([speed[i] - speed[j] for i, j in rows]))


def power_of(one: FullThrottle, other: FullThrottle) -> PowerDelta:
    """Power, and the speed it makes on the longest full-throttle run of the lap.

    Parameters
    ----------
    one, other : FullThrottle
        Of either car.

    Returns
    -------
    PowerDelta
    """
    longest = int(np.argmax(other.run_length_m))
    return power_delta(
        one,
        other,
        straight_m=float(other.run_length_m[longest]),
        entry_kmh=float(other.run_entry_kmh[longest]),
    )


def pulls_of(one: FullThrottle, other: FullThrottle) -> tuple[Pull, ...]:
    """Acceleration ``(P/m)/v − k·v²`` of both at a low and a high speed of the straights.

    Parameters
    ----------
    one, other : FullThrottle
        Of either car.

    Returns
    -------
    tuple of Pull
        Empty if either never drove with its wing closed.
    """
    if one.drag_1_m is None or other.drag_1_m is None:
        return ()
    found = []
    for kmh in _PULL_KMH:
        v = kmh * _MS_PER_KMH
        along = np.array([1 / v, -(v**2)])
        value = sum(
            sign * float(along @ [fit.power_w_per_kg.value, drag.value])
            for sign, fit, drag in ((1, one, one.drag_1_m), (-1, other, other.drag_1_m))
        )
        variance = sum(float(along @ fit.covariance[:2, :2] @ along) for fit in (one, other))
        dof = min(one.dof, other.dof)
        found.append(Pull(kmh, Estimate.of(value, float(np.sqrt(variance)), dof)))
    return tuple(found)


def ers_difference(one: Clipping, other: Clipping) -> Estimate:
    """Time clipped per lap, one minus other [s per lap].

    Parameters
    ----------
    one, other : Clipping
        Of either car.

    Returns
    -------
    Estimate

    Raises
    ------
    NotEnoughLaps
        If one clips longer, and the other lifts before the brakes so long that it may be that.
    """
    clipped = _apart(one.clipped_s_per_lap, other.clipped_s_per_lap)
    either = _apart(one.clipped_or_coasted_s_per_lap, other.clipped_or_coasted_s_per_lap)
    if clear(clipped) and not (clear(either) and either.value * clipped.value > 0):
        lifts = [car.coasted_s_per_lap.value for car in (one, other)]
        raise NotEnoughLaps(
            f"clipping differs by {clipped.value:+.1f} s a lap, but lifting before the brakes hides "
            f"it, and that lasts {lifts[0]:.1f} s a lap against {lifts[1]:.1f} s: which of the two "
            "clips longer cannot be told."
        )
    return clipped


def _apart(mine: Estimate, his: Estimate) -> Estimate:
    half = float(np.hypot(mine.high - mine.value, his.high - his.value))
    value = mine.value - his.value
    return Estimate(value, value - half, value + half)


def _inside(seen: Overlay, corner: Corner) -> NDArray[np.bool_]:
    at = seen.distance_m
    return np.asarray((at >= corner.begin_m) & (at <= corner.end_m))


def _flat_out(seen: Overlay, corner: Corner) -> bool:
    """Whether the reference lap keeps the throttle open through a corner."""
    at, throttle = seen.at_m(0), seen.reference.frame["throttle_pct"].to_numpy(dtype=float)
    known = np.isfinite(throttle)
    inside = np.linspace(corner.begin_m, corner.end_m)
    return bool(np.interp(inside, at[known], throttle[known]).min() >= _FLAT_OUT_PCT)
