"""The regression behind :mod:`f1lab.calc.pace`: columns, priors, solution, draws."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg, special

from f1lab.calc._stats import HUBER_SD
from f1lab.calc.basis import (
    WEAR_KNOTS_LAPS,
    dirty_air_share,
    hat_basis,
    side_by_side,
    wear_basis,
)
from f1lab.calc.prior import GaussianPrior
from f1lab.calc.robust import huber_distance, repetition, robust_sd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.calc.pace import PacePriors

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Blocks = dict[str, slice]

_FLAT_S, _PACE_S, _SUM_TO_ZERO_S = 30.0, 5.0, 1e-3
_ROUNDS, _SWEEPS, _TOLERANCE_S = 25, 40, 1e-4
_LEAST_SIGMA_S = 1e-3
#: Laps so many times the usual distance apart are still neighbours; correlation taken at most.
_NEIGHBOUR, _MOST_REPEATED, _MIN_PAIRS = 1.5, 0.6, 30
_REFERENCE = "MEDIUM"


@dataclass(frozen=True)
class Rows:
    """Checked numbers of every lap."""

    driver: Ints
    lap: Floats
    compound: Ints
    age_laps: Floats
    fuel_kg: Floats
    gap_s: Floats

    def only(self, which: Bools) -> Rows:
        return Rows(*(getattr(self, item.name)[which] for item in fields(self)))


def design(rows: Rows, knots: Floats, compounds: tuple[str, ...]) -> tuple[Blocks, Floats]:
    on_it = np.eye(len(compounds))[rows.compound]
    parts = {
        "track": hat_basis(rows.lap, knots),
        "pace": np.eye(int(rows.driver.max()) + 1)[rows.driver],
        "fuel": rows.fuel_kg[:, None],
        "offset": on_it,
        "traffic": dirty_air_share(rows.gap_s)[:, None],
    }
    wear = wear_basis(rows.age_laps, WEAR_KNOTS_LAPS)
    parts |= {f"wear_{name}": wear * on_it[:, [i]] for i, name in enumerate(compounds)}
    return side_by_side(parts)


def prior_of(
    blocks: Blocks, knots: Floats, compounds: tuple[str, ...], priors: PacePriors
) -> tuple[Floats, Floats]:
    """Gaussian prior in natural form: precision, and precision times mean."""
    prior = GaussianPrior(max(block.stop for block in blocks.values()))
    track, pace, offset = (columns_of(blocks, name) for name in ("track", "pace", "offset"))
    prior.believe({track[len(track) // 2]: 1.0}, 0.0, _FLAT_S)
    step_s = priors.track_step_s * np.sqrt((knots[1] - knots[0]) / priors.knot_laps)
    for before, after in pairwise(track):
        prior.believe({after: 1.0, before: -1.0}, 0.0, float(step_s))
    for column in pace:
        prior.believe({column: 1.0}, 0.0, _PACE_S)
    prior.believe(dict.fromkeys(pace, 1.0 / len(pace)), 0.0, _SUM_TO_ZERO_S)
    prior.believe({blocks["fuel"].start: 1.0}, *priors.fuel_s_per_kg)
    prior.believe({blocks["traffic"].start: 1.0}, *priors.traffic_s)
    reference = _REFERENCE if _REFERENCE in compounds else compounds[0]
    for name, column in zip(compounds, offset, strict=True):
        held = (0.0, _SUM_TO_ZERO_S) if name == reference else priors.offset(name)
        prior.believe({column: 1.0}, *held)
        slopes = columns_of(blocks, f"wear_{name}")
        mean, sd = priors.wear(name)
        prior.believe({slopes[0]: 1.0}, mean, sd)
        for before, after in pairwise(slopes):
            prior.believe({after: 1.0, before: -1.0}, 0.0, sd)
    return prior.precision, prior.shift


def columns_of(blocks: Blocks, name: str) -> list[int]:
    return list(range(blocks[name].start, blocks[name].stop))


def solve(
    x: Floats, y: Floats, prior: tuple[Floats, Floats], rows: Rows
) -> tuple[Floats, Floats, float, float]:
    """Posterior mean and covariance, noise [s] and how much neighbouring laps repeat."""
    precision, shift = prior
    weight, sigma = np.ones(len(y)), max(robust_sd(y), _LEAST_SIGMA_S)
    mean = np.zeros(x.shape[1])
    for _ in range(_ROUNDS):
        scaled = x * (weight / sigma**2)[:, None]
        before, mean = (
            mean,
            linalg.solve(precision + scaled.T @ x, shift + scaled.T @ y, assume_a="pos"),
        )
        residual = y - x @ mean
        sigma = max(robust_sd(residual), _LEAST_SIGMA_S)
        weight = 1 / huber_distance(residual, HUBER_SD * sigma)
        if np.abs(mean - before).max() < _TOLERANCE_S:
            break
    inflation = _inflation(np.clip(residual / sigma, -HUBER_SD, HUBER_SD), rows)
    scaled = x * (weight / (inflation * sigma**2))[:, None]
    covariance = linalg.inv(precision + scaled.T @ x)
    mean = covariance @ (shift + scaled.T @ y)
    return mean, (covariance + covariance.T) / 2, float(sigma), inflation


def _inflation(z: Floats, rows: Rows) -> float:
    """How much less n laps say than n independent ones: (1 + r)/(1 − r), never below one."""
    order = np.lexsort((rows.lap, rows.driver))
    driver, lap, z = rows.driver[order], rows.lap[order], z[order]
    gap = np.diff(lap)
    together = (driver[1:] == driver[:-1]) & (gap > 0)
    if together.sum() < _MIN_PAIRS:
        return 1.0
    usual = np.median(gap[together])
    pair = together & (gap <= _NEIGHBOUR * usual)
    return repetition(z, pair, _MOST_REPEATED)


def draws_of(mean: Floats, covariance: Floats, slopes: Ints, n: int, seed: int) -> Floats:
    """Posterior draws with non-negative slopes: Gibbs on the slopes, the rest follows along."""
    rng = np.random.default_rng(seed)
    free = mean + rng.standard_normal((n, len(mean))) @ linalg.cholesky(covariance)
    spread = covariance[np.ix_(slopes, slopes)]
    precision = linalg.inv(spread)
    held = np.maximum(free[:, slopes], 0.0)
    sd = 1 / np.sqrt(np.diag(precision))
    for _ in range(_SWEEPS):
        for j in range(len(slopes)):
            off = held - mean[slopes]
            pull = off @ precision[j] - off[:, j] * precision[j, j]
            centre = mean[slopes[j]] - pull * sd[j] ** 2
            chance = np.log(rng.random(n)) + special.log_ndtr(centre / sd[j])
            held[:, j] = np.maximum(centre - sd[j] * special.ndtri_exp(chance), 0.0)
    gain = covariance[:, slopes] @ precision
    drawn = free + (held - free[:, slopes]) @ gain.T
    drawn[:, slopes] = held
    return np.asarray(drawn)


def parts_of(
    matrix: Floats, centre: Floats, blocks: Blocks, compounds: tuple[str, ...]
) -> dict[str, Floats]:
    def line(*names: str) -> Floats:
        return np.asarray(sum(matrix[:, blocks[n]] @ centre[blocks[n]] for n in names))

    tyre = line("offset", *(f"wear_{name}" for name in compounds))
    return {name: line(name) for name in ("track", "fuel", "traffic", "pace")} | {"tyre": tyre}
