"""The ideal race: the quickest car on the best plan in clean air, and what a plan cost.

The ideal runs the real race's laps (its track, fuel and neutralisations are the winner's),
starts from pole with a normal start, stops normally, is never held up and never errs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.autopsy.ledger import Ledger
from f1lab.calc.estimate import LEVELS
from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS, LEDGER_PARTS
from f1lab.racemodel.laps import SLICK
from f1lab.strategy.plans import N_COMPOUNDS, Plan, best_plan, driven_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.autopsy.ledger import Books

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["PlanRegret", "fastest_car", "ideal_ledger", "plan_regret"]

#: A dry compound is a choice once the field has raced it for so many laps; a rain tyre, which
#: a few wet laps may force on everybody, at once.
_MIN_COMPOUND_LAPS = 15
#: A driver counts as the quickest only with so many racing laps.
_MIN_PACE_LAPS = 15
#: Draws the plan search is repeated for.
_PLAN_DRAWS = 40
#: A plan is judged only when it was driven to (nearly) the flag.
_FULL_RACE = 0.9


@dataclass(frozen=True)
class PlanRegret:
    """Model time of the plan driven minus the best plan's in free air [s], and the two plans."""

    seconds: float
    low_s: float
    high_s: float
    driven: Plan
    best: Plan


def oldest_seen(books: Books) -> list[float]:
    """Oldest set of each compound in the race [green-flag laps]; 0 where it was not raced."""
    laps = books.laps
    out = []
    for c in range(N_COMPOUNDS):
        on_it = laps.racing & (laps.compound == c)
        enough = on_it.sum() >= (_MIN_COMPOUND_LAPS if c < len(DRY_COMPOUNDS) else 1)
        out.append(float(np.ceil(laps.wear_age[on_it].max())) if enough else 0.0)
    return out


def plan_costs(books: Books, rows: Ints, n_draws: int) -> Floats:
    """Tyre cost of every choice on the laps of one driver, shape (1 + n, laps, 5, ages) [s]."""
    ages = np.arange(1.0, len(rows) + 2.0)
    coefficients = books.coefficients[: n_draws + 1]
    return books.model.tyre_cost(coefficients, books.laps.progress[rows], ages)


def _rules(books: Books) -> bool:
    """Two dry compounds are asked for unless rain tyres were raced."""
    laps = books.laps
    return not bool((laps.tyre_class != SLICK).any())


def _search(books: Books, rows: Ints, n_draws: int) -> tuple[Plan, Floats]:
    """Best plan over these laps with the tyres the field raced, none older than it raced them."""
    cost = plan_costs(books, rows, n_draws)
    stop = np.r_[books.pit_norm.loss_s, books.pit_norm.loss_draws[:n_draws]]
    # tyres are changed for nothing while a red flag keeps the field in the pit lane
    stopped = books.laps.red[rows]
    stop = stop[:, None] * ~stopped[None, :]
    racing = ~books.laps.neutralised[rows]
    oldest = oldest_seen(books)
    return best_plan(cost, stop, racing, oldest, two_compounds=_rules(books))


def plan_regret(books: Books, ledger: Ledger) -> PlanRegret | None:
    """What the plan driven cost against the best one; None when it was not driven to the flag."""
    laps, rows = books.laps, ledger.rows
    if len(rows) < _FULL_RACE * laps.distance_laps or laps.neutralised[rows].all():
        return None
    try:
        best, least = _search(books, rows, _PLAN_DRAWS)
    except ValueError:
        return None
    lines = ledger.seconds["tyre_normal"].sum() + ledger.seconds["pit_normal"].sum()
    draws = ledger.draws["tyre_normal"].sum(axis=1) + ledger.draws["pit_normal"].sum(axis=1)
    regret = draws[:_PLAN_DRAWS] - least[1:]
    low, high = np.quantile(regret, LEVELS)
    seconds = float(lines - least[0])
    compounds = [COMPOUNDS[c] for c in laps.compound[rows]]
    driven = driven_plan(compounds, laps.stint[rows].tolist(), laps.wear_age[rows].tolist())
    return PlanRegret(seconds, min(float(low), seconds), max(float(high), seconds), driven, best)


def fastest_car(books: Books) -> str:
    """Driver with the best corrected pace among those who raced enough."""
    laps = books.laps
    pace = books.coefficients[0, books.model.design.blocks["pace"]]
    racing = np.bincount(laps.driver[laps.racing & ~laps.in_traffic], minlength=len(laps.drivers))
    enough = racing >= min(_MIN_PACE_LAPS, racing.max(initial=0))
    return laps.drivers[int(np.where(enough, pace, np.inf).argmin())]


def ideal_ledger(books: Books, winner: str) -> tuple[Ledger, Plan, str]:
    """Ledger of the ideal race, its plan and whose pace it has."""
    laps, rows = books.laps, books.laps.rows(winner)
    base = books.ledger(winner)
    quickest = fastest_car(books)
    lines = {part: np.zeros((len(books.coefficients), len(rows))) for part in LEDGER_PARTS}
    for part in ("track", "fuel", "neutralisation"):
        lines[part] = np.vstack([base.seconds[part], base.draws[part]])
    racing = ~laps.neutralised[rows]
    lines["neutralisation"][:, racing] = 0.0
    pace = books.coefficients[:, books.model.design.blocks["pace"]]
    lines["pace"][:, racing] = pace[:, [laps.drivers.index(quickest)]]
    plan, _ = _search(books, rows, 0)
    _drive(books, rows, plan, lines)
    line = books.start_line
    if racing[0]:
        lines["start"][:, 0] = np.r_[line.level_s, line.level_draws]
    point = {part: values[0] for part, values in lines.items()}
    ledger = Ledger(
        "ideal",
        rows,
        np.sum(list(point.values()), axis=0),
        point,
        {part: values[1:] for part, values in lines.items()},
    )
    return ledger, plan, quickest


def _drive(books: Books, rows: Ints, plan: Plan, lines: dict[str, Floats]) -> None:
    """Book the tyres and the stops of a plan."""
    racing = ~books.laps.neutralised[rows]
    cost = plan_costs(books, rows, len(books.coefficients) - 1)
    loss = np.r_[books.pit_norm.loss_s, books.pit_norm.loss_draws]
    for stint in plan.stints:
        age, compound = 0, COMPOUNDS.index(stint.compound)
        for lap in range(stint.first - 1, stint.last):
            if racing[lap]:
                lines["tyre_normal"][:, lap] = cost[:, lap, compound, age]
                age += 1
        if stint.first > 1 and not books.laps.red[rows[stint.first - 2]]:
            lines["pit_normal"][:, stint.first - 1] += loss
