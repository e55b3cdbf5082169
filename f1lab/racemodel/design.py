"""The columns of the lap-time model and their priors.

    t = track(progress) + pace_d + k_fuel·fuel + offset_c + wear_c(age) + excess_d·age
        + warm-up + dirty air(gap) + noise

Everything is linear in the coefficients, so one matrix describes a race. The columns come in
blocks, one per line of the ledger; :class:`Block` remembers which is which.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.basis import (
    WEAR_KNOTS_LAPS,
    dirty_air_share,
    hat_basis,
    side_by_side,
    wear_basis,
)
from f1lab.calc.prior import GaussianPrior
from f1lab.data.schema import COMPOUNDS
from f1lab.racemodel.laps import SLICK, TYRE_CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.racemodel.laps import RaceLaps
    from f1lab.racemodel.priors import Priors

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Design", "compound_wear"]

#: Ages at which the slope of a wear curve may change [green-flag laps].
_WEAR_KNOTS = {"dry": WEAR_KNOTS_LAPS, "rain": (0.0, 12.0)}
_DRY_KNOT_LAPS, _WET_KNOT_LAPS = 8.0, 1.0
#: How far the track may move between neighbouring knots [s], prior standard deviations.
_DRY_STEP_S, _WET_STEP_S = 0.20, 3.0
_FLAT_S = 30.0
#: A driver's pace is left to his laps, unless he has hardly any.
_PACE_FREE_S, _PACE_FEW_S, _PACE_MIN_LAPS = 5.0, 1.0, 6
#: So is his own wear slope where the ages driven carry it [s/lap]; elsewhere it keeps to the
#: spread measured between drivers (0.016 beyond their own error, 39 dry races of 2021-23).
_EXCESS_FREE_S, _EXCESS_FEW_S, _EXCESS_MIN_INFORMATION = 0.5, 0.016, 800.0
_EXCESS_WET_S = 0.010
_SUM_TO_ZERO_S = 1e-3


@dataclass(frozen=True)
class Design:
    """Columns, blocks and Gaussian priors of one race.

    ``blocks`` maps a name to its slice of the coefficient vector; ``track_knots`` the knots
    [laps of race progress] of each tyre class; ``precision`` and ``shift`` are the prior in
    natural form, ``precision @ mean = shift``. ``wear_unclear`` names the drivers whose laps
    cannot carry a wear slope of their own.
    """

    matrix: Floats
    blocks: dict[str, slice]
    track_knots: dict[int, Floats]
    wear_slopes: Ints
    precision: Floats
    shift: Floats
    wear_unclear: tuple[str, ...]

    @classmethod
    def of(cls, laps: RaceLaps, priors: Priors, circuit: str) -> Design:
        """Lay out the model of one race."""
        usable = laps.racing
        knots = _track_knots(laps)
        columns: dict[str, Floats] = {}
        for k, at in knots.items():
            own = (laps.tyre_class == k)[:, None]
            columns[f"track_{TYRE_CLASSES[k]}"] = hat_basis(laps.progress, at) * own
        n = len(laps.drivers)
        driver = np.eye(n)[laps.driver]
        columns["pace"] = driver
        on_slicks = laps.tyre_class == SLICK
        columns["excess"] = driver * laps.wear_age[:, None]
        columns["fuel"] = laps.fuel_kg[:, None]
        columns["offset"] = _is_compound(laps, "SOFT", "HARD")
        for name in (*COMPOUNDS[:3], *COMPOUNDS[3:5]):
            columns[f"wear_{name}"] = compound_wear(laps.wear_age, name) * _is_compound(laps, name)
        columns["warm_up"] = (laps.warming_up & on_slicks)[:, None].astype(float)
        columns["dirty_air"] = dirty_air_share(laps.gap_start_s)[:, None]
        blocks, matrix = side_by_side(columns)
        prior = _Prior(matrix.shape[1], blocks)
        _track_priors(prior, knots, laps)
        few = _driver_priors(prior, laps, usable)
        _tyre_priors(prior, priors, circuit)
        wear = np.concatenate([np.arange(s.start, s.stop) for s in _wear_slices(blocks)])
        return cls(matrix, blocks, knots, wear, prior.precision, prior.shift, few)


def compound_wear(age: Floats, compound: str) -> Floats:
    """Wear basis of one compound at the given ages."""
    dry = compound in COMPOUNDS[:3]
    return wear_basis(age, _WEAR_KNOTS["dry" if dry else "rain"])


def _wear_slices(blocks: dict[str, slice]) -> list[slice]:
    return [where for name, where in blocks.items() if name.startswith("wear_")]


def _is_compound(laps: RaceLaps, *names: str) -> Floats:
    wanted = np.array([COMPOUNDS.index(name) for name in names])
    return np.asarray(laps.compound[:, None] == wanted, dtype=np.float64)


def _track_knots(laps: RaceLaps) -> dict[int, Floats]:
    end = max(float(laps.distance_laps), 1.0)
    wet_race = bool(laps.wet.any())
    spacing = _WET_KNOT_LAPS if wet_race else _DRY_KNOT_LAPS
    knots = np.linspace(0.0, end, max(round(end / spacing), 1) + 1)
    present = [k for k in range(len(TYRE_CLASSES)) if k == SLICK or (laps.tyre_class == k).any()]
    return dict.fromkeys(present, knots)


class _Prior(GaussianPrior):
    """A Gaussian prior that knows the blocks of the matrix."""

    def __init__(self, size: int, blocks: dict[str, slice]) -> None:
        super().__init__(size)
        self.blocks = blocks

    def at(self, block: str) -> range:
        return range(self.blocks[block].start, self.blocks[block].stop)


def _track_priors(prior: _Prior, knots: dict[int, Floats], laps: RaceLaps) -> None:
    usable = laps.racing if laps.racing.any() else np.ones(len(laps.lap), dtype=bool)
    typical = float(np.nanmedian(laps.lap_time_s[usable]))
    wet = np.sort(laps.progress[laps.wet])
    for k, at in knots.items():
        columns = prior.at(f"track_{TYRE_CLASSES[k]}")
        prior.believe({columns[len(columns) // 2]: 1.0}, typical, _FLAT_S)
        for i in range(1, len(at)):
            stormy = bool(len(wet)) and wet[0] <= at[i] and at[i - 1] <= wet[-1]
            step = _WET_STEP_S if stormy else _DRY_STEP_S * np.sqrt((at[i] - at[i - 1]) / 8)
            prior.believe({columns[i]: 1.0, columns[i - 1]: -1.0}, 0.0, step)


def _driver_priors(prior: _Prior, laps: RaceLaps, usable: NDArray[np.bool_]) -> tuple[str, ...]:
    """Leave pace and wear to the laps that can carry them; name the drivers whose cannot.

    Whether they can is read off the laps driven, never off the lap times, so that a slower car
    is found slower, and a harder wear harder, by exactly as much as it is. On a track that gets
    wet or dries, slopes over tyre age are the weather's, so nobody gets one of his own.
    """
    dry_race = not bool(laps.wet.any())
    pace, excess = prior.at("pace"), prior.at("excess")
    few = []
    for i, code in enumerate(laps.drivers):
        rows = usable & (laps.driver == i)
        enough = int(rows.sum()) >= _PACE_MIN_LAPS
        prior.believe({pace[i]: 1.0}, 0.0, _PACE_FREE_S if enough else _PACE_FEW_S)
        clear = int((rows & ~laps.in_traffic).sum()) >= _PACE_MIN_LAPS
        age = laps.wear_age[rows]
        information = float(((age - age.mean()) ** 2).sum()) if clear else 0.0
        if dry_race and information > _EXCESS_MIN_INFORMATION:
            prior.believe({excess[i]: 1.0}, 0.0, _EXCESS_FREE_S)
            continue
        few.append(code)
        prior.believe({excess[i]: 1.0}, 0.0, _EXCESS_FEW_S if dry_race else _EXCESS_WET_S)
    prior.believe(dict.fromkeys(pace, 1.0 / len(pace)), 0.0, _SUM_TO_ZERO_S)
    prior.believe(dict.fromkeys(excess, 1.0 / len(excess)), 0.0, _SUM_TO_ZERO_S)
    return tuple(few)


def _tyre_priors(prior: _Prior, priors: Priors, circuit: str) -> None:
    prior.believe({prior.at("fuel")[0]: 1.0}, *priors.fuel_s_per_kg)
    for column, name in zip(prior.at("offset"), ("SOFT", "HARD"), strict=True):
        prior.believe({column: 1.0}, *priors.offset_s[name])
    for name in COMPOUNDS[:5]:
        columns = prior.at(f"wear_{name}")
        mean, sd = priors.wear_s_per_lap(name, circuit)
        prior.believe({columns[0]: 1.0}, mean, sd)
        for before, after in pairwise(columns):
            prior.believe({after: 1.0, before: -1.0}, 0.0, sd)
    prior.believe({prior.at("warm_up")[0]: 1.0}, *priors.warm_up_s)
    prior.believe({prior.at("dirty_air")[0]: 1.0}, *priors.dirty_air_s(circuit))
