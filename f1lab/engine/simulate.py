"""Run a field many times: ``simulate_races(field, plans, n, seed)``."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from f1lab.engine.inputs import RaceField
from f1lab.engine.kernel_results import room_for
from f1lab.engine.kernel_tables import rules_of, tables_of
from f1lab.engine.outcomes import Outcomes
from f1lab.engine.plans import policies_for
from f1lab.errors import InvalidInput, InvalidPlan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from f1lab.engine.plans import RacePlan

__all__ = ["simulate_races"]


def simulate_races(
    field: RaceField,
    plans: Mapping[str, RacePlan] | None = None,
    n: int = 5000,
    seed: int = 0,
    threads: int = 1,
    traces: Sequence[int] = (),
) -> Outcomes:
    """Run a race to the flag many times.

    Race ``r`` of a seed is the same race whatever the plans: the same draw of the lap-time
    model, the same safety cars and showers, the same luck for every car and lap.

    Parameters
    ----------
    field : RaceField
        The cars, the circuit, and where the race stands.
    plans : mapping of str to RacePlan, optional
        Fixed plans of some drivers; everybody else keeps his policies.
    n : int
        Number of races.
    seed : int
        Not negative.
    threads : int
        How many threads share the work; the result does not depend on it.
    traces : sequence of int
        Races to keep lap by lap, for :meth:`Outcomes.trace`.

    Returns
    -------
    Outcomes

    Raises
    ------
    InvalidPlan
        A plan, a driver or a number that is not possible; nothing was run.
    InvalidInput
        A field with numbers missing; nothing was run.

    Notes
    -----
    The first call after an installation compiles the engine, says so, and keeps the result.
    """
    if not isinstance(field, RaceField):
        raise InvalidInput(
            f"a RaceField is run, not a {type(field).__name__}: RaceField.from_weekend makes one."
        )
    for name, number, least in (("n", n, 1), ("seed", seed, 0), ("threads", threads, 1)):
        if not isinstance(number, (int, np.integer)) or number < least:
            raise InvalidPlan(f"{name} = {number!r}: give a whole number of at least {least}.")
    traced = sorted(set(traces))
    if traced and not 0 <= traced[0] <= traced[-1] < n:
        raise InvalidPlan(f"traces = {tuple(traces)}: races are numbered 0 to {n - 1}.")
    rules = rules_of(field)
    tables = tables_of(field, policies_for(field, plans))
    for name, values in tables._asdict().items():
        if not np.isfinite(values).all():
            raise InvalidInput(
                f"the field has a {name} that is not a number: every value is needed."
            )
    results, laps = room_for(n, len(field.drivers), field.n_laps, traced)

    from f1lab.engine.compiled import announced  # noqa: PLC0415 # numba is slow to load
    from f1lab.engine.kernel import run_races  # noqa: PLC0415

    edges = np.linspace(0, n, min(threads, n) + 1).astype(int).tolist()

    def run(span: tuple[int, int]) -> None:
        run_races(rules, tables, int(seed), *span, results, laps)

    with announced():
        if len(edges) == 2:  # noqa: PLR2004 # one span needs no pool
            run((0, n))
        else:
            with ThreadPoolExecutor(len(edges) - 1) as pool:
                list(pool.map(run, pairwise(edges)))
    return Outcomes(field.drivers, field.n_laps, results, laps)
