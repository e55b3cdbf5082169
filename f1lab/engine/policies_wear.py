"""Pit walls read the tyres of the day: a plan that its wear makes slow is seldom driven.

Habits say what is usually planned; how the tyres last on the day decides between those plans.
Each draw of the lap-time model is another day, and a plan that costs more time on it is less
likely by ``exp(−time / worth_s)``, ``worth_s`` being measured on the plans of earlier races.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.engine.inputs import AGE_STEPS_PER_LAP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.engine.inputs import LapModel, Policies

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["plan_times_s", "weighed_by_wear"]


def plan_times_s(
    policies: Policies, model: LapModel, loss_s: Floats, n_laps: int, done: Ints, age_steps: Ints
) -> Floats:
    """Time on tyres and in the pits of every plan from here to the flag, under green.

    Parameters
    ----------
    policies : Policies
    model : LapModel
        Wear common to all cars is counted, not each car's own: nobody knows that beforehand.
    loss_s : ndarray, shape (d,)
        Loss of a stop [s].
    n_laps : int
        Race distance [laps].
    done, age_steps : ndarray, shape (n,)
        Laps each car has done, and the age of the set it is on [quarter laps].

    Returns
    -------
    ndarray, shape (d, n, v)
        Of one car's plans only the differences mean anything [s].
    """
    made = policies.stop_lap > 0
    ends = np.where(made, policies.stop_lap, n_laps)
    begins = np.concatenate([np.broadcast_to(done[:, None, None], (*made.shape[:2], 1)), ends], 2)
    laps = np.diff(begins, axis=2, append=n_laps)
    compound = np.concatenate([policies.start_compound[..., None], policies.stop_compound], 2)
    new = 0 if policies.stop_age_steps is None else policies.stop_age_steps
    first = np.broadcast_to(age_steps[:, None, None], (*made.shape[:2], 1))
    age = np.concatenate([first, np.broadcast_to(new, made.shape)], 2)
    # wear of a whole stint: the ages at the ends of its laps are a whole number of laps apart
    total = np.zeros_like(model.wear_s)
    for step in range(AGE_STEPS_PER_LAP):
        own = np.s_[..., step::AGE_STEPS_PER_LAP]
        total[own] = np.cumsum(model.wear_s[own], axis=-1)
    last = model.wear_s.shape[2] - 1
    on, off = np.minimum(age, last), np.minimum(age + AGE_STEPS_PER_LAP * laps, last)
    tyres = total[:, compound, off] - total[:, compound, on] + model.offset_s[:, compound] * laps
    a_stop = (loss_s + model.warm_up_s)[:, None, None]
    return np.asarray(tyres.sum(axis=-1) + made.sum(axis=-1) * a_stop)


def weighed_by_wear(policies: Policies, times_s: Floats, worth_s: float) -> Policies:
    """Make slow plans less likely, in each draw by what they cost there.

    Parameters
    ----------
    policies : Policies
    times_s : ndarray, shape (d, n, v)
        As from :func:`plan_times_s`.
    worth_s : float
        A plan slower by this much is e times less likely [s].

    Returns
    -------
    Policies
    """
    chosen = policies.weight > 0
    quickest = np.where(chosen, times_s, np.inf).min(axis=2, keepdims=True)
    tilted = policies.weight * np.exp(-np.where(chosen, times_s - quickest, 0.0) / worth_s)
    return replace(policies, draw_weight=tilted / tilted.sum(axis=2, keepdims=True))
