"""Drivers among others: passes against expectation, and pace with a car close behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from f1lab.calc._check import columns, enough, flags, labels, positive
from f1lab.calc._stats import demeaned, regress
from f1lab.calc.estimate import Estimate, Result
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_ROUNDING_S, _NEWTON_STEPS = 1e-9, 100


_MIN_CHANCES = 5


_MIN_PRESSED, _MIN_SPELLS = 8, 4


@dataclass(frozen=True)
class Racecraft(Result):
    """How a driver fights against what the overtaking model expected, in logits.

    ``attack`` and ``defence`` are shrunk shifts of the logit of a pass [-], both positive for
    the better driver; ``score`` is their mean.
    """

    score: Estimate
    attack: Estimate
    defence: Estimate
    passes_made: int
    passes_expected: Estimate
    passes_suffered: int
    suffered_expected: Estimate
    n_attacks: int
    n_defences: int


def racecraft_score(
    attack_chance: ArrayLike,
    attack_passed: ArrayLike,
    defence_chance: ArrayLike,
    defence_passed: ArrayLike,
    *,
    prior_sd: float = 0.5,
) -> Racecraft:
    """Passes made and suffered against what the overtaking model expected.

    ``logit P(pass) = logit(model) + shift`` with ``shift ~ N(0, prior_sd²)``: posterior mode and
    curvature, one shift for attacks and one, with its sign turned, for defences.

    Parameters
    ----------
    attack_chance, defence_chance : array_like, shape (a,), (d,)
        Model chance of a pass on each lap begun within reach of the car ahead, and with a car
        within reach behind, 0 … 1 [-].
    attack_passed, defence_passed : array_like of bool, shape (a,), (d,)
        Whether the pass was made; places gained by retirements and stops do not belong here.
    prior_sd : float
        Spread of drivers about the model [logit].

    Returns
    -------
    Racecraft

    Raises
    ------
    NotEnoughLaps
        Under five chances in all.
    InvalidInput
        If arrays do not match or a chance is not between 0 and 1.

    Notes
    -----
    Laplace approximation of a logistic regression with an offset.

    Examples
    --------
    >>> won = np.arange(40) < 12
    >>> found = racecraft_score(np.full(40, 0.15), won, np.full(30, 0.2), np.zeros(30, dtype=bool))
    >>> found.passes_made, round(found.passes_expected.value), found.score.low > 0
    (12, 6, True)
    """
    positive(prior_sd=prior_sd)
    (made,) = columns(attack_chance=attack_chance)
    (lost,) = columns(defence_chance=defence_chance)
    (made_it,) = flags(len(made), attack_passed=attack_passed)
    (lost_it,) = flags(len(lost), defence_passed=defence_passed)
    for name, chance in (("attack_chance", made), ("defence_chance", lost)):
        if not ((chance > 0) & (chance < 1)).all():
            raise InvalidInput(f"{name} holds values outside 0 … 1 (both left out).")
    enough("chances to pass or be passed", len(made) + len(lost), _MIN_CHANCES)
    attack, attack_sd = _logit_shift(made, made_it, prior_sd)
    defence, defence_sd = _logit_shift(lost, lost_it, prior_sd)
    score_sd = float(np.hypot(attack_sd, defence_sd)) / 2
    return Racecraft(
        score=Estimate.of((attack - defence) / 2, score_sd),
        attack=Estimate.of(attack, attack_sd),
        defence=Estimate.of(-defence, defence_sd),
        passes_made=int(made_it.sum()),
        passes_expected=_count(made),
        passes_suffered=int(lost_it.sum()),
        suffered_expected=_count(lost),
        n_attacks=len(made),
        n_defences=len(lost),
    )


def _count(chance: Floats) -> Estimate:
    """Passes expected and the range luck alone gives."""
    told = Estimate.of(float(chance.sum()), float(np.sqrt((chance * (1 - chance)).sum())))
    return Estimate(told.value, max(told.low, 0.0), min(told.high, float(len(chance))))


def _logit_shift(
    chance: Floats, happened: NDArray[np.bool_], prior_sd: float
) -> tuple[float, float]:
    """Mode and standard deviation of the posterior, by Newton's method on a concave function."""
    offset = special.logit(chance)
    shift, curvature = 0.0, 1 / prior_sd**2
    for _ in range(_NEWTON_STEPS):
        p = special.expit(offset + shift)
        curvature = float((p * (1 - p)).sum()) + 1 / prior_sd**2
        step = (float((happened - p).sum()) - shift / prior_sd**2) / curvature
        shift += float(np.clip(step, -1.0, 1.0))
        if abs(step) < _ROUNDING_S:
            break
    return shift, curvature**-0.5


@dataclass(frozen=True)
class PressureIndex(Result):
    """Seconds per lap a driver loses (gains, if negative) with a car close behind."""

    delta_s_per_lap: Estimate
    n_pressed: int
    n_clear: int
    n_spells: int


def pressure_index(
    residual_s: ArrayLike,
    gap_behind_s: ArrayLike,
    stint: ArrayLike,
    *,
    close_s: float = 1.5,
    clear_s: float = 2.5,
) -> PressureIndex:
    """Pace with a car within 1.5 s behind against pace with nobody there, in the same stints.

    ``residual = stint + delta · pressed``, Huber weights, errors clustered by spell (laps on end
    in the same state), because one fight is one observation. Only stints with both kinds count;
    gaps between ``close_s`` and ``clear_s`` are left out.

    Parameters
    ----------
    residual_s : array_like, shape (n,)
        Laps of one driver in order, in clean air ahead, track, fuel and tyres removed [s].
    gap_behind_s : array_like, shape (n,)
        Gap to the car behind as the lap began [s]; inf for nobody.
    stint : array_like, shape (n,)
        Which stint each lap belongs to.
    close_s, clear_s : float
        Under pressure below the first, clear above the second [s].

    Returns
    -------
    PressureIndex

    Raises
    ------
    NotEnoughLaps
        Under 8 laps of each kind, or 4 spells.
    InvalidInput
        If arrays do not match or the gaps are not in order.

    Notes
    -----
    Within-group regression; clustered errors, Liang and Zeger (1986).

    Examples
    --------
    >>> gap = np.tile(np.repeat([0.8, 5.0], 6), 4)
    >>> residual = 0.3 * (gap < 1.5) + np.tile([0.05, -0.05], 24)
    >>> found = pressure_index(residual, gap, np.repeat([1, 2], 24))
    >>> round(found.delta_s_per_lap.value, 2), found.n_pressed, found.n_spells
    (0.3, 24, 8)
    """
    residual, gap = columns(residual_s=residual_s, gap_behind_s=gap_behind_s)
    (group,) = labels(len(residual), stint=stint)
    if not 0 < close_s <= clear_s:
        raise InvalidInput(
            f"close_s {close_s:g} must be above zero and at most clear_s {clear_s:g}."
        )
    rows = np.isfinite(residual) & ((gap < close_s) | (gap > clear_s))
    residual, pressed, group = residual[rows], (gap < close_s)[rows], group[rows]
    both = np.array([len(np.unique(pressed[group == g])) > 1 for g in group], dtype=bool)
    residual, pressed, group = residual[both], pressed[both], group[both]
    n_pressed, n_clear = int(pressed.sum()), int((~pressed).sum())
    changes = (np.diff(group) != 0) | (np.diff(pressed) != 0)
    spell = np.concatenate([[0], np.cumsum(changes)]) if len(group) else group
    enough("laps under pressure in stints with both kinds", n_pressed, _MIN_PRESSED)
    enough("laps with nobody behind in stints with both kinds", n_clear, _MIN_PRESSED)
    enough("spells of either kind", int(spell[-1]) + 1, _MIN_SPELLS)
    group = np.unique(group, return_inverse=True)[1]
    column = demeaned(pressed.astype(float), group)[:, None]
    fit = regress(column, demeaned(residual, group), spell)
    return PressureIndex(fit.estimate(np.array([1.0])), n_pressed, n_clear, int(spell[-1]) + 1)
