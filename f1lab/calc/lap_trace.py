"""One lap as the comparisons of :mod:`f1lab.calc` take it: time, distance and speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["FEWEST_SAMPLES", "LapTrace"]

#: A lap has at least so many samples.
FEWEST_SAMPLES = 20


@dataclass(frozen=True)
class LapTrace:
    """Speed of one lap at its samples, from the line to the line.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Time since the start of the lap [s]; increasing, the last is the lap time.
    distance_m : ndarray, shape (n,)
        Distance since the start of the lap [m]; not decreasing.
    speed_kmh : ndarray, shape (n,)
        Speed [km/h].
    splits_s : tuple of float
        Time of the lap at the ends of sectors 1 and 2 (or at any other timing lines) [s]; empty
        when they are not known.

    Raises
    ------
    InvalidInput
        If there are fewer than 20 samples, samples without a value, or samples out of order.
    """

    time_s: Floats
    distance_m: Floats
    speed_kmh: Floats
    splits_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Take plain arrays and refuse what is no lap."""
        for name in ("time_s", "distance_m", "speed_kmh"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float))
        object.__setattr__(self, "splits_s", tuple(float(split) for split in self.splits_s))
        columns = (self.time_s, self.distance_m, self.speed_kmh)
        if any(column.shape != self.time_s.shape for column in columns) or self.time_s.ndim != 1:
            raise InvalidInput("time_s, distance_m and speed_kmh need one value for each sample.")
        if len(self.time_s) < FEWEST_SAMPLES:
            raise InvalidInput(
                f"{len(self.time_s)} samples are no lap: at least {FEWEST_SAMPLES} are needed."
            )
        if not all(np.isfinite(column).all() for column in columns):
            raise InvalidInput("a lap trace must have a time, a distance and a speed everywhere.")
        if (np.diff(self.time_s) <= 0).any() or (np.diff(self.distance_m) < 0).any():
            raise InvalidInput("the samples of a lap trace must be in the order they were driven.")
        if self.distance_m[-1] <= self.distance_m[0]:
            raise InvalidInput("the car did not move on this lap.")
        marks = (self.time_s[0], *self.splits_s, self.time_s[-1])
        if not (np.diff(marks) > 0).all():
            raise InvalidInput(
                f"splits_s must increase and lie within the lap of {self.lap_time_s:.3f} s; "
                f"given: {', '.join(f'{split:.3f}' for split in self.splits_s)}."
            )

    @classmethod
    def from_table(cls, table: Mapping[str, Any], splits_s: Sequence[float] = ()) -> LapTrace:
        """Take the three columns from a frame of car data, or any mapping of columns.

        Parameters
        ----------
        table : mapping of str to array_like
            With ``time_s``, ``distance_m`` and ``speed_kmh``, as ``Session.telemetry`` gives it.
        splits_s : sequence of float, optional
            Time of the lap at the ends of sectors 1 and 2 [s].

        Returns
        -------
        LapTrace
            The lap.
        """
        time, distance, speed = (
            np.asarray(table[name], dtype=float) for name in ("time_s", "distance_m", "speed_kmh")
        )
        return cls(time, distance, speed, tuple(splits_s))

    @property
    def lap_time_s(self) -> float:
        """Time from the first sample to the last [s]."""
        return float(self.time_s[-1] - self.time_s[0])

    @property
    def driven_m(self) -> float:
        """Distance from the first sample to the last [m]."""
        return float(self.distance_m[-1] - self.distance_m[0])

    def __repr__(self) -> str:
        """Return the lap in one line."""
        return (
            f"LapTrace({self.lap_time_s:.3f} s, {self.driven_m:.0f} m, {len(self.time_s)} samples)"
        )
