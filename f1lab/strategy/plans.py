"""The quickest plan in free air, found exactly.

A plan costs its tyres lap by lap (compound, age, the state of the track) and the normal loss of
every stop. Going back from the flag, the least cost to come is known for every state (lap,
compound, tyre age, whether the rule of two dry compounds is met), so the best plan is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Plan", "Stint", "best_plan", "driven_plan", "plan_cost_s"]

N_COMPOUNDS = 5
#: Rule states: one dry compound used so far (SOFT, MEDIUM, HARD), or the rule is met.
_MET = 3


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
    table = _Table(cost_s, stop_s, racing, oldest_laps, two_compounds=two_compounds)
    first = table.value[:, :N_COMPOUNDS].copy()
    if start is not None:
        keep = COMPOUNDS.index(start)
        first[:, [c for c in range(N_COMPOUNDS) if c != keep]] = np.inf
    least = first.min(axis=1)
    if not np.isfinite(least[0]):
        raise ValueError("no plan satisfies the tyre rules with the compounds given.")
    return table.read(int(first[0].argmin()), float(least[0])), least


class _Table:
    """Least cost to come, filled from the flag backwards.

    ``value[s, c]`` ends as the cost of a race started on new tyres of compound ``c``.
    """

    def __init__(
        self,
        cost_s: Floats,
        stop_s: float | Floats,
        racing: NDArray[np.bool_],
        oldest_laps: Sequence[float],
        *,
        two_compounds: bool,
    ) -> None:
        draws, self.n_laps, _, ages = cost_s.shape
        self.racing = racing
        stop = np.asarray(stop_s, dtype=float)
        by_lap = stop if stop.ndim > 1 else stop.reshape(-1, 1)
        stop = np.broadcast_to(by_lap, (draws, self.n_laps))
        too_old = np.arange(ages)[None, :] >= np.asarray(oldest_laps)[:, None]
        self.rule_after = _rule_transitions()
        # to_come[s, c, age, rule]: from the start of the lap at hand to the flag
        to_come = np.zeros((draws, N_COMPOUNDS, ages + 1, _MET + 1))
        if two_compounds:
            to_come[..., :_MET] = np.inf
        self.boxes: list[NDArray[np.bool_]] = []
        self.fit_next: list[NDArray[np.int64]] = []
        for lap in range(self.n_laps - 1, -1, -1):
            # the value of going into the next lap on a new set of k, given the rule so far
            fresh = stop[:, lap, None, None] + np.stack(
                [to_come[:, k, 0, :][:, self.rule_after[k]] for k in range(N_COMPOUNDS)], axis=1
            )
            choice = fresh.argmin(axis=1)
            cheapest = fresh.min(axis=1)[:, None, None, :]
            last_lap = lap == self.n_laps - 1
            box = (
                np.zeros_like(to_come[..., : ages + 1, :], dtype=bool)
                if last_lap
                else cheapest < to_come
            )
            after = np.where(box, cheapest, to_come)
            if racing[lap]:
                drive = np.where(too_old, np.inf, cost_s[:, lap])
                now = np.full_like(to_come, np.inf)
                now[:, :, :ages, :] = drive[..., None] + after[:, :, 1:, :]
            else:
                now = after.copy()
            self.boxes.append(box[0])
            self.fit_next.append(choice[0])
            to_come = now
        self.boxes.reverse()
        self.fit_next.reverse()
        rule = [_rule_of(c) for c in range(N_COMPOUNDS)]
        self.value = np.stack([to_come[:, c, 0, rule[c]] for c in range(N_COMPOUNDS)], axis=1)

    def read(self, compound: int, cost: float) -> Plan:
        """Walk the best decisions of draw 0 from the start."""
        stints, first, age, rule = [], 1, 0, _rule_of(compound)
        for lap in range(self.n_laps):
            age += int(self.racing[lap])
            if not self.boxes[lap][compound, age, rule]:
                continue
            stints.append(Stint(COMPOUNDS[compound], first, lap + 1))
            chosen = int(self.fit_next[lap][rule])
            rule = int(self.rule_after[chosen][rule])
            compound, age, first = chosen, 0, lap + 2
        stints.append(Stint(COMPOUNDS[compound], first, self.n_laps))
        return Plan(tuple(stints), cost)


def _rule_of(compound: int) -> int:
    return compound if compound < len(DRY_COMPOUNDS) else _MET


def _rule_transitions() -> NDArray[np.int64]:
    """Rule state after fitting compound k in each rule state, shape (5, 4)."""
    out = np.full((N_COMPOUNDS, _MET + 1), _MET)
    for k in range(len(DRY_COMPOUNDS)):
        out[k, k] = k
    return out


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
