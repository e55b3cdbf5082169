"""Overtaking, following and lapping, read off what happened lap by lap.

A *candidate* is a pair of cars on the same lap, one within :data:`REACH_S` behind the other at
the line, that both drive the next lap to its end under green or yellow, in the dry, without the
pit lane, after lap 1. It is a pass when the car behind crosses the line first at the end of
that lap, otherwise none; a place gained in the pits, by a retirement or from a lapped car is
no candidate at all. The chance is a logit of gap, pace and tyre age with a random intercept for
the circuit, whose spread is found with the rest (empirical Bayes).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from f1lab.calc.robust import auc
from f1lab.calc.traffic import PassLogit, overtake_probability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.engine.calibrate_seen import PastRace

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Candidates", "candidates", "passing_table", "score"]

#: Cars further back than this are not counted as attacking [s].
REACH_S = 1.5
#: A car quicker by this much a lap that stays behind is held up [s].
_QUICKER_S = 0.2
#: Beyond these a further second, or lap of age, changes nothing: such laps are not normal ones.
PACE_LIMIT_S, AGE_LIMIT_LAPS = 3.0, 30.0
_ROUNDS, _NEWTON_STEPS = 30, 25
_PRIOR_TAU, _PRIOR_CIRCUITS = 0.5, 4.0
_TRIM = 0.05
_TOP_SHARE = 0.01


@dataclass(frozen=True, repr=False)
class Candidates:
    """Pairs of cars within reach, one row per pair and lap.

    ``gap_s`` at the line as the lap begins; ``pace_s`` and ``age_laps`` the advantage of the car
    behind in model lap time (clear air) and tyre age; ``gap_after_s`` at the end of the lap,
    negative after a pass; ``behind_s`` and ``ahead_s`` what the lap of each took beyond the
    model; ``lap`` is the lap driven; ``behind`` and ``ahead`` are numbers of the drivers.
    """

    circuit: NDArray[np.str_]
    gap_s: Floats
    pace_s: Floats
    age_laps: Floats
    gap_after_s: Floats
    behind_s: Floats
    ahead_s: Floats
    lap: NDArray[np.int64]
    behind: NDArray[np.int64]
    ahead: NDArray[np.int64]

    @property
    def passed(self) -> Bools:
        """Whether the car behind got past."""
        return np.asarray(self.gap_after_s < 0)

    @classmethod
    def joined(cls, parts: Sequence[Candidates]) -> Candidates:
        """All candidates of several races."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))


def candidates(race: PastRace) -> Candidates:
    """Every chance to pass in one race."""
    laps = race.laps
    clean = laps.racing & ~laps.wet
    order = np.lexsort([laps.time_s, laps.lap])
    behind, ahead = order[1:], order[:-1]
    gap = laps.time_s[behind] - laps.time_s[ahead]
    near = (laps.lap[behind] == laps.lap[ahead]) & (gap <= REACH_S)
    near &= _goes_on(laps.driver, behind) & _goes_on(laps.driver, ahead)
    behind, ahead, gap = behind[near] + 1, ahead[near] + 1, gap[near]
    both = clean[behind] & clean[ahead]
    behind, ahead, gap = behind[both], ahead[both], gap[both]
    residual = race.model.fit.residual
    pace = race.clear_s[ahead] - race.clear_s[behind]
    age = laps.age_laps[ahead] - laps.age_laps[behind]
    return Candidates(
        circuit=np.full(len(gap), race.weekend.circuit, dtype=object).astype(str),
        gap_s=gap,
        pace_s=np.clip(pace, -PACE_LIMIT_S, PACE_LIMIT_S),
        age_laps=np.clip(age, -AGE_LIMIT_LAPS, AGE_LIMIT_LAPS),
        gap_after_s=laps.time_s[behind] - laps.time_s[ahead],
        behind_s=residual[behind],
        ahead_s=residual[ahead],
        lap=laps.lap[behind],
        behind=laps.driver[behind],
        ahead=laps.driver[ahead],
    )


def _goes_on(driver: NDArray[np.int64], rows: NDArray[np.int64]) -> Bools:
    """Whether the next row is the next lap of the same driver."""
    after = np.minimum(rows + 1, len(driver) - 1)
    return np.asarray((after > rows) & (driver[after] == driver[rows]))


def passing_table(seen: Candidates, free: Floats, blue: Floats, lapping: Floats) -> dict[str, Any]:
    """The logit and what passing, following and lapping cost.

    Parameters
    ----------
    seen : Candidates
    free : ndarray
        Seconds beyond the model of laps in clear air.
    blue, lapping : ndarray
        The same of laps on which a car was lapped, and of the cars that lapped it.
    """
    names = np.unique(seen.circuit)
    coefficients, circuits, tau = _fit(seen, names)
    table = dict(zip(("intercept", "gap", "pace", "age"), map(float, coefficients), strict=True))
    chance = score(table | {"circuits": dict(zip(names, circuits, strict=True))}, seen)
    held_up = (seen.pace_s > _QUICKER_S) & ~seen.passed
    passer_s = _typical(seen.behind_s[seen.passed])
    passed_s = _typical(seen.ahead_s[seen.passed])
    base = _typical(free)
    return {
        **table,
        "circuits": {str(n): float(u) for n, u in zip(names, circuits, strict=True)},
        "circuit_sd": tau,
        "reach_s": REACH_S,
        "ceiling": _ceiling(chance, seen.passed),
        "follow_s": float(np.median(seen.gap_after_s[held_up])),
        "passer_s": passer_s - base,
        "passed_s": passed_s - base,
        "blue_flag_s": max(_typical(blue) - base, 0.0),
        "lapping_s": max(_typical(lapping) - base, 0.0),
        "n": len(seen.gap_s),
        "passes": int(seen.passed.sum()),
        "auc_seen": auc(chance, seen.passed),
    }


def score(table: dict[str, Any], seen: Candidates) -> Floats:
    """Chance of each candidate to pass by a table's logit; an unknown circuit gets the field's."""
    own = np.array([table["circuits"].get(name, 0.0) for name in seen.circuit])
    logit = PassLogit(table["intercept"], table["gap"], table["pace"], table["age"], REACH_S)
    found = overtake_probability(seen.gap_s, seen.pace_s, seen.age_laps, logit, circuit_logit=own)
    return found.p


def _fit(seen: Candidates, names: NDArray[np.str_]) -> tuple[Floats, Floats, float]:
    """Coefficients, circuits' intercepts, and their spread."""
    fixed = np.stack([np.ones(len(seen.gap_s)), seen.gap_s, seen.pace_s, seen.age_laps], axis=1)
    which = np.searchsorted(names, seen.circuit)
    x = np.hstack([fixed, np.eye(len(names))[which]])
    theta, tau = np.zeros(x.shape[1]), _PRIOR_TAU
    for _ in range(_ROUNDS):
        theta, covariance = _newton(x, seen.passed.astype(float), theta, 4, tau)
        own = theta[4:]
        spread = (own**2 + np.diag(covariance)[4:]).sum() + _PRIOR_CIRCUITS * _PRIOR_TAU**2
        before, tau = tau, float(np.sqrt(spread / (len(own) + _PRIOR_CIRCUITS)))
        if abs(tau - before) < 1e-4:  # noqa: PLR2004  (settled)
            break
    return theta[:4], theta[4:], tau


def _newton(x: Floats, y: Floats, theta: Floats, n_fixed: int, tau: float) -> tuple[Floats, Floats]:
    """Fit a logit with a Gaussian prior on all but the first columns."""
    ridge = np.r_[np.full(n_fixed, 1e-4), np.full(x.shape[1] - n_fixed, 1 / tau**2)]
    covariance = np.eye(x.shape[1])
    for _ in range(_NEWTON_STEPS):
        p = expit(x @ theta)
        covariance = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge))
        step = covariance @ (x.T @ (y - p) - ridge * theta)
        theta = theta + step
        if np.abs(step).max() < 1e-8:  # noqa: PLR2004  (settled)
            break
    return theta, covariance


def _ceiling(chance: Floats, passed: Bools) -> float:
    """How often the surest candidates got past: a chance above it is not believed."""
    top = np.argsort(chance, kind="stable")[-max(round(_TOP_SHARE * len(chance)), 1) :]
    return float((passed[top].sum() + 1) / (len(top) + 2))


def _typical(values: Floats) -> float:
    """Mean without the outer twentieth on either side; 0 for none."""
    finite = np.sort(values[np.isfinite(values)])
    cut = int(_TRIM * len(finite))
    return float(np.mean(finite[cut : len(finite) - cut])) if len(finite) else 0.0


def traffic_losses(race: PastRace) -> tuple[Floats, Floats, Floats]:
    """Seconds beyond the model of laps in clear air, of lapped cars and of those lapping them."""
    laps = race.laps
    dry = laps.racing & ~laps.wet
    beyond = laps.lap_time_s - race.clear_s
    blue = np.flatnonzero(dry & laps.blue_flag)
    blue = blue[_goes_on(laps.driver, blue)]
    lapper = laps.ahead_start[blue + 1]
    lapping = [
        row
        for i, car in zip(blue, lapper, strict=True)
        for row in _concurrent(race, int(car), float(laps.time_s[i]))
        if dry[row] and laps.gap_start_s[row] > REACH_S
    ]
    return beyond[dry & ~laps.in_traffic], beyond[blue], beyond[np.array(lapping, dtype=np.int64)]


def _concurrent(race: PastRace, car: int, until_s: float) -> NDArray[np.int64]:
    """The last lap a car had ended by some moment, or none."""
    rows = np.flatnonzero((race.laps.driver == car) & (race.laps.time_s <= until_s))
    return rows[-1:]
