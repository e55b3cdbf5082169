"""The chance of a pass within a lap: a logit with the circuit inside it, and a ceiling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.special import expit

from f1lab.calc.estimate import Z90, Result
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["PassChance", "PassLogit", "PassModel", "overtake_probability", "pass_probability"]


class PassModel(Protocol):
    """Anything with the coefficients of the passing logit."""

    @property
    def intercept(self) -> float:
        """Logit of two equal cars with no gap [-]."""

    @property
    def gap(self) -> float:
        """Per second of gap [1/s]."""

    @property
    def pace(self) -> float:
        """Per second of pace advantage [1/s]."""

    @property
    def age(self) -> float:
        """Per lap of tyre age advantage [1/lap]."""

    @property
    def reach_s(self) -> float:
        """Largest gap at which a pass is tried [s]."""

    @property
    def ceiling(self) -> float:
        """Highest chance believed [-]."""


@dataclass(frozen=True)
class PassLogit:
    """Coefficients of the passing logit.

    ``intercept`` [-], ``gap`` and ``pace`` [1/s], ``age`` [1/lap]; no pass is tried from further
    than ``reach_s`` [s] behind, and none is likelier than ``ceiling`` [-].
    """

    intercept: float
    gap: float
    pace: float
    age: float
    reach_s: float = 1.5
    ceiling: float = 1.0


@dataclass(frozen=True)
class PassChance(Result):
    """Chance of passing on this lap and its 90 % interval, all shaped like the gaps [-]."""

    p: Floats
    low: Floats
    high: Floats


def overtake_probability(
    gap_s: ArrayLike,
    pace_advantage_s: ArrayLike,
    tyre_age_advantage_laps: ArrayLike,
    model: PassModel,
    *,
    circuit_logit: ArrayLike = 0.0,
    logit_sd: float = 0.0,
) -> PassChance:
    """Chance that the car behind gets past within this lap.

    ``logit P = intercept + circuit + gap·g + pace·Δ + age·a``, at most ``model.ceiling``, and 0
    beyond ``model.reach_s``.

    Parameters
    ----------
    gap_s : array_like
        Gap at the line as the lap begins [s].
    pace_advantage_s : array_like
        Lap time of the car ahead minus the own one, both in clear air [s].
    tyre_age_advantage_laps : array_like
        Tyre age of the car ahead minus the own one [laps].
    model : PassModel
        Coefficients, e.g. a :class:`PassLogit` or the engine's ``Passing``.
    circuit_logit : array_like
        What this circuit adds to the intercept [-]; 0 when the model already has it.
    logit_sd : float
        Standard deviation of the logit [-], such as a circuit's own.

    Returns
    -------
    PassChance

    Raises
    ------
    InvalidInput
        A negative gap or standard deviation.

    Notes
    -----
    Form after an open study of two seasons (AUC .87); coefficients are measured by
    :mod:`f1lab.engine.calibrate`.

    Examples
    --------
    >>> model = PassLogit(intercept=-0.3, gap=-4.3, pace=1.9, age=0.04, ceiling=0.92)
    >>> overtake_probability([0.3, 0.3, 2.0], [0.0, 1.0, 1.0], 0, model).p.round(3)
    array([0.169, 0.577, 0.   ])
    """
    gap, pace, age = (
        np.asarray(v, float) for v in (gap_s, pace_advantage_s, tyre_age_advantage_laps)
    )
    if np.any(gap < 0) or not logit_sd >= 0:
        raise InvalidInput(
            "gap_s and logit_sd must not be negative: the gap is counted from the car behind."
        )
    circuit = np.asarray(circuit_logit, float)
    tried = gap <= model.reach_s

    def chance(sds: float) -> Floats:
        p = pass_probability(gap, pace, age, model, circuit + sds * logit_sd)
        return np.asarray(np.where(tried, p, 0.0))

    return PassChance(chance(0.0), chance(-Z90), chance(Z90))


def pass_probability(
    gap_s: Floats,
    pace_advantage_s: Floats,
    tyre_age_advantage_laps: ArrayLike,
    model: PassModel,
    circuit_logit: ArrayLike = 0.0,
) -> Floats:
    """Chance of a pass by cars that meet, whatever the gap: what every forecast is built on.

    ``min(1 / (1 + exp(−logit)), ceiling)`` with the logit of :func:`overtake_probability`.

    Parameters
    ----------
    gap_s, pace_advantage_s : ndarray
        As in :func:`overtake_probability` [s].
    tyre_age_advantage_laps, circuit_logit : array_like
        As there [laps], [-].
    model : PassModel

    Returns
    -------
    ndarray
        Chances [-].
    """
    logit = (
        model.intercept
        + np.asarray(circuit_logit, float)
        + model.gap * gap_s
        + model.pace * pace_advantage_s
        + model.age * np.asarray(tyre_age_advantage_laps, float)
    )
    return np.asarray(np.minimum(expit(logit), model.ceiling), dtype=np.float64)
