"""A lap as :mod:`f1lab.calc.corners` looks at it: evenly sampled, smoothed, with its bends."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from f1lab.calc.lap_trace import FEWEST_SAMPLES
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

STEP_M = 5.0
_SMOOTH_M = 20.0
#: The line bends; it bends so much that it is a corner also when taken flat out [1/m].
_BEND_1_M, _CORNER_1_M = 1 / 400, 1 / 200
#: Depth of a speed minimum that is a corner, and of one near a numbered corner [km/h].
_DIP_KMH, _NEAR_DIP_KMH = 8.0, 3.0
#: A numbered corner is looked for this far from its place [m].
_WINDOW_M = 75.0
_BRAKING_MS2 = -4.0
#: A straight is at least this long [m].
_STRAIGHT_M = 50.0
_MS_PER_KMH = 1 / 3.6
_MOSTLY = 0.9


@dataclass(frozen=True)
class Trace:
    """A lap in steps of about 5 m, smoothed: speed [km/h], and how it bends [1/m] if known."""

    at_m: Floats
    speed_kmh: Floats
    bend_1_m: Floats | None

    @classmethod
    def of(
        cls,
        distance_m: ArrayLike,
        speed_kmh: ArrayLike,
        x_m: ArrayLike | None,
        y_m: ArrayLike | None,
    ) -> Trace:
        distance, speed = (np.asarray(column, dtype=float) for column in (distance_m, speed_kmh))
        if len(distance) < FEWEST_SAMPLES or len(distance) != len(speed):
            raise InvalidInput(
                f"a trace has one speed for each of {FEWEST_SAMPLES} or more distances; given: "
                f"{len(speed)} and {len(distance)}."
            )
        if (np.diff(distance) < 0).any() or not np.isfinite([distance, speed]).all():
            raise InvalidInput("distances and speeds must be known and in the order driven.")
        steps = max(round((distance[-1] - distance[0]) / STEP_M), 1)
        at = np.linspace(distance[0], distance[-1], steps + 1)
        smooth = gaussian_filter1d(np.interp(at, distance, speed), _SMOOTH_M / STEP_M / 2)
        return cls(at, np.asarray(smooth), _bend_1_m(at, distance, x_m, y_m))

    @property
    def length_m(self) -> float:
        return float(self.at_m[-1])

    def dips(self, depth_kmh: float) -> NDArray[np.int64]:
        """Minima of the speed at least this deep."""
        return np.asarray(find_peaks(-self.speed_kmh, prominence=depth_kmh)[0])

    def apexes(self) -> list[int]:
        """One point for each corner that can be told from the trace."""
        dips = self.dips(_DIP_KMH)
        if self.bend_1_m is None:
            return [int(dip) for dip in dips]
        found: list[int] = []
        for begin, end in _runs(np.sign(self.bend_1_m) * (np.abs(self.bend_1_m) > _BEND_1_M)):
            inside = [int(dip) for dip in dips if begin <= dip < end]
            if inside:
                found += inside
            elif np.abs(self.bend_1_m[begin:end]).max() > _CORNER_1_M:
                found.append(begin + int(np.argmax(np.abs(self.bend_1_m[begin:end]))))
        return found

    def apexes_near(self, near_m: Floats) -> list[int]:
        """Point of each numbered corner: a minimum of the speed, a bend, else its place."""
        dips = self.dips(_NEAR_DIP_KMH)
        bends = np.empty(0, dtype=int)
        if self.bend_1_m is not None:
            bends = find_peaks(np.abs(self.bend_1_m), height=_BEND_1_M)[0]
        half = np.diff(near_m) / 2
        low = near_m - np.minimum(np.concatenate([[np.inf], half]), _WINDOW_M)
        high = near_m + np.minimum(np.concatenate([half, [np.inf]]), _WINDOW_M)
        found = []
        for place, begin, end in zip(near_m, low, high, strict=True):
            apex = int(np.argmin(np.abs(self.at_m - place)))
            for candidates in (dips, bends):
                at = self.at_m[candidates]
                near = candidates[(at > begin) & (at < end)]
                if len(near):
                    apex = int(near[np.argmin(np.abs(self.at_m[near] - place))])
                    break
            found.append(apex)
        return found

    def parts(self, apexes: list[int]) -> list[tuple[int, int, int]]:
        """Apex, first and last point of each corner; none overlaps the next."""
        turning = self._turning(apexes)
        held = turning | self._braking()
        last = len(self.at_m) - 1
        begins, ends = [self._begin(0, apexes[0], held)] if apexes else [], []
        for apex, following in pairwise(apexes):
            end, begin = self._end(apex, following, turning), self._begin(apex, following, held)
            if self.at_m[begin] - self.at_m[end] < _STRAIGHT_M:
                end = begin = self._between(apex, following)
            ends.append(end)
            begins.append(begin)
        ends += [self._end(apexes[-1], last, turning)] if apexes else []
        return list(zip(apexes, begins, ends, strict=True))

    def direction(self, apex: int) -> Literal["left", "right", ""]:
        """Which way the corner goes; "" without places."""
        if self.bend_1_m is None:
            return ""
        return "left" if self.bend_1_m[apex] > 0 else "right"

    def _turning(self, apexes: list[int]) -> NDArray[np.bool_]:
        """Where the line bends; without places, where speed is nearer the apex's than the top."""
        if self.bend_1_m is not None:
            return np.asarray(np.abs(self.bend_1_m) > _BEND_1_M)
        slow = np.zeros(len(self.at_m), dtype=bool)
        marks = [0, *apexes, len(self.at_m) - 1]
        for before, apex, after in zip(marks, marks[1:], marks[2:], strict=False):
            for begin, end in ((before, apex), (apex, after)):
                part = self.speed_kmh[begin : end + 1]
                slow[begin : end + 1] |= part < (self.speed_kmh[apex] + part.max()) / 2
        return slow

    def _braking(self) -> NDArray[np.bool_]:
        speed = self.speed_kmh * _MS_PER_KMH
        return np.asarray(speed * np.gradient(speed, self.at_m) < _BRAKING_MS2)

    @staticmethod
    def _begin(before: int, apex: int, held: NDArray[np.bool_]) -> int:
        """Going back from the apex, the first point where the car neither turns nor brakes."""
        free = np.flatnonzero(~held[before:apex])
        return before + int(free[-1]) + 1 if len(free) else before

    @staticmethod
    def _end(apex: int, after: int, turning: NDArray[np.bool_]) -> int:
        """Going on from the apex, the first point where the car no longer turns."""
        free = np.flatnonzero(~turning[apex + 1 : after])
        return apex + 1 + int(free[0]) if len(free) else after

    def _between(self, apex: int, following: int) -> int:
        """Where one of two corners that touch ends: least bend, else highest speed."""
        inside = slice(apex + 1, max(following, apex + 2))
        measure = self.speed_kmh if self.bend_1_m is None else -np.abs(self.bend_1_m)
        return apex + 1 + int(np.argmax(measure[inside]))


def _bend_1_m(
    at: Floats, distance: Floats, x_m: ArrayLike | None, y_m: ArrayLike | None
) -> Floats | None:
    """How the line bends [1/m], left positive; None without places."""
    if x_m is None or y_m is None:
        return None
    x, y = (np.asarray(axis, dtype=float) for axis in (x_m, y_m))
    known = np.isfinite(x) & np.isfinite(y)
    if known.mean() < _MOSTLY:
        return None
    way = (np.interp(at, distance[known], axis[known]) for axis in (x, y))
    smooth = [gaussian_filter1d(axis, _SMOOTH_M / STEP_M, mode="nearest") for axis in way]
    along_x, along_y = (np.gradient(axis, at) for axis in smooth)
    heading = np.unwrap(np.arctan2(along_y, along_x))
    bend = gaussian_filter1d(np.gradient(heading, at), _SMOOTH_M / STEP_M / 2)
    return np.asarray(bend)


def _runs(signs: Floats) -> list[tuple[int, int]]:
    """Begin and end of each stretch with one sign, zeros left out."""
    cuts = np.flatnonzero(np.diff(signs)) + 1
    marks = [0, *(int(cut) for cut in cuts), len(signs)]
    return [(begin, end) for begin, end in pairwise(marks) if signs[begin] != 0]
