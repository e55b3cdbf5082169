"""What is known about a race before looking at it: the shipped tables.

``priors.json`` is written by :mod:`f1lab.racemodel.calibrate` from real races and carries its
provenance. A circuit's own figure is used where the table has one, the pooled figure otherwise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["Normal", "Priors", "load_priors"]

#: Mean and standard deviation of a Gaussian belief.
Normal = tuple[float, float]


@dataclass(frozen=True)
class Priors:
    """The prior tables, each a mean and a standard deviation.

    Parameters
    ----------
    table : dict
        Content of ``priors.json``.
    """

    table: dict[str, Any]

    @property
    def fuel_s_per_kg(self) -> Normal:
        """Lap time per kilogram of fuel [s/kg]."""
        return self._normal(self.table["fuel_s_per_kg"])

    @property
    def offset_s(self) -> dict[str, Normal]:
        """Pace of SOFT and HARD against MEDIUM on new tyres [s]."""
        return {name: self._normal(v) for name, v in self.table["offset_s"].items()}

    @property
    def warm_up_s(self) -> Normal:
        """Loss on the first flying lap of a new set [s]."""
        return self._normal(self.table["warm_up_s"])

    @property
    def noise_s(self) -> float:
        """Typical lap-to-lap standard deviation of a driver [s]."""
        return float(self.table["noise_s"])

    def wear_s_per_lap(self, compound: str, circuit: str) -> Normal:
        """Wear slope of a compound at a circuit [s/lap]."""
        return self._at(self.table["wear_s_per_lap"][compound], circuit)

    def dirty_air_s(self, circuit: str) -> Normal:
        """Loss per lap with no gap to the car ahead, fading to none at 1.5 s [s]."""
        return self._at(self.table["dirty_air_s"], circuit)

    def slot_s(self, circuit: str) -> Normal:
        """Time lost per grid slot at the end of lap 1 [s]."""
        return self._at(self.table["slot_s"], circuit)

    def pit_loss_s(self, circuit: str) -> Normal:
        """Green-flag loss of a normal stop, in lap plus out lap [s]."""
        return self._at(self.table["pit_loss_s"], circuit)

    def pit_lane_s(self, circuit: str) -> Normal:
        """Time between pit entry and exit of a normal stop [s]."""
        return self._at(self.table["pit_lane_s"], circuit)

    def _at(self, entry: dict[str, Any], circuit: str) -> Normal:
        return self._normal(entry["circuits"].get(circuit, entry["pooled"]))

    @staticmethod
    def _normal(entry: dict[str, float]) -> Normal:
        return float(entry["mean"]), float(entry["sd"])


@cache
def load_priors() -> Priors:
    """Read the tables shipped with the package."""
    text = files("f1lab.racemodel").joinpath("priors.json").read_text(encoding="utf-8")
    return Priors(json.loads(text))
