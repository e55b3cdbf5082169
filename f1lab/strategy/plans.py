"""The quickest plan in free air, found exactly.

A plan costs its tyres lap by lap (compound, age, the state of the track) and the normal loss of
every stop; :mod:`f1lab.strategy.programme` finds the one of least cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS
from f1lab.strategy.programme import N_COMPOUNDS, Programme, TyreRules, stint_costs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.strategy.programme import Schedule

    Floats = NDArray[np.float64]

__all__ = ["N_COMPOUNDS", "Plan", "Stint", "best_plan", "driven_plan", "plan_cost_s", "plan_of"]


@dataclass(frozen=True)
class Stint:
    """Laps ``first`` to ``last`` on one set of ``compound``, ``age_laps`` old at its start."""

    compound: str
    first: int
    last: int
    age_laps: float = 0.0


@dataclass(frozen=True)
class Plan:
    """Stints in order and what they cost in free air against the best tyre of each moment [s]."""

    stints: tuple[Stint, ...]
    cost_s: float

    def __str__(self) -> str:
        """Compounds and the laps they were fitted on."""
        calls = [self.stints[0].compound]
        calls += [f"lap {s.first - 1} {s.compound}" for s in self.stints[1:]]
        return " → ".join(calls)


def best_plan(
    cost_s: Floats,
    stop_s: float | Floats,
    racing: NDArray[np.bool_],
    oldest_laps: Sequence[float],
    *,
    two_compounds: bool = True,
    start: str | None = None,
) -> tuple[Plan, Floats]:
    """Find the plan of least cost.

    Parameters
    ----------
    cost_s : ndarray, shape (s, n_laps, 5, n_ages)
        Cost of a lap by draw, lap, compound and tyre age (0, 1, 2 … laps old) [s]; inf where a
        compound is no choice. Draw 0 is the one the plan itself is read from.
    stop_s : float or ndarray, shape (s,) or (s, n_laps)
        Loss of a stop at the end of each lap [s].
    racing : ndarray of bool, shape (n_laps,)
        Laps that count; a neutralised lap costs nothing and wears nothing.
    oldest_laps : sequence of float, length 5
        Oldest a set of each compound may get [laps]; 0 rules the compound out.
    two_compounds : bool
        Whether a dry race asks for two dry compounds; a rain tyre lifts the rule.
    start : str, optional
        Compound to start on; any by default.

    Returns
    -------
    plan : Plan
        Best plan of draw 0.
    least_s : ndarray, shape (s,)
        Least cost under each draw [s].

    Raises
    ------
    ValueError
        No plan satisfies the rules (too few compounds, sets too short-lived).
    """
    draws, n_laps = cost_s.shape[:2]
    stop = np.asarray(stop_s, dtype=float)
    by_lap = np.broadcast_to(stop if stop.ndim > 1 else stop.reshape(-1, 1), (draws, n_laps))
    rules = TyreRules(two_compounds=two_compounds)
    programme = Programme(stint_costs(cost_s, racing, oldest_laps), by_lap, rules)
    first = None if start is None else COMPOUNDS.index(start)
    best = next(programme.best(first), None)
    if best is None:
        raise ValueError("no plan satisfies the tyre rules with the compounds given.")
    return plan_of(best), programme.least_s(first)


def plan_of(schedule: Schedule, laps_done: int = 0) -> Plan:
    """Stints of a schedule in laps of the race, ``laps_done`` of which are behind it."""
    ends = [laps_done + last + 1 for last in schedule.last_laps]
    firsts = [laps_done + 1, *(end + 1 for end in ends[:-1])]
    names = [COMPOUNDS[c] for c in schedule.compounds]
    return Plan(tuple(map(Stint, names, firsts, ends)), schedule.cost_s)


def plan_cost_s(
    plan: Sequence[Stint], cost_s: Floats, stop_s: float, racing: NDArray[np.bool_]
) -> float:
    """Cost of a given plan under the same rules as :func:`best_plan` [s].

    Parameters
    ----------
    plan : sequence of Stint
    cost_s : ndarray, shape (n_laps, 5, n_ages)
    stop_s : float
    racing : ndarray of bool, shape (n_laps,)

    Returns
    -------
    float
    """
    total = stop_s * (len(plan) - 1)
    for stint in plan:
        age, compound = int(stint.age_laps), COMPOUNDS.index(stint.compound)
        for lap in range(stint.first - 1, stint.last):
            if racing[lap]:
                total += cost_s[lap, compound, age]
                age += 1
    return float(total)


def driven_plan(compound: Sequence[str], stint: Sequence[int], age_laps: Sequence[float]) -> Plan:
    """Read the plan a driver drove off his laps (in order); its cost is not known, NaN."""
    stints: list[Stint] = []
    for i, (name, number) in enumerate(zip(compound, stint, strict=True)):
        if i and number == stint[i - 1]:
            stints[-1] = Stint(stints[-1].compound, stints[-1].first, i + 1, stints[-1].age_laps)
        else:
            stints.append(Stint(str(name), i + 1, i + 1, float(age_laps[i]) - 1.0))
    return Plan(tuple(stints), float("nan"))
