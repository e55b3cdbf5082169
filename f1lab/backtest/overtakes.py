"""How well the overtaking model tells passes from cars that stay behind.

The logit comes from the training races. The pace it is asked about is that of the test race's
own fit, or, known at the time, that of a fit of its first half for passes of the second. The
baseline is the gap alone: the closer, the likelier.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from f1lab.backtest.metrics import squared_error
from f1lab.backtest.scores import mean_score, race_score
from f1lab.calc.robust import auc
from f1lab.calc.traffic import pass_probability
from f1lab.engine.calibrate_passing import Candidates, candidates
from f1lab.engine.calibrate_seen import PastRace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.backtest.laptimes import FirstHalf
    from f1lab.backtest.scores import Score
    from f1lab.engine.inputs import Passing

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["overtaking_score", "pass_brier", "pass_chances", "second_half_candidates"]


@dataclass(frozen=True, repr=False)
class _Foreseen(PastRace):
    """A race whose lap times in clear air are those foreseen at half distance."""

    first: FirstHalf

    @cached_property
    def clear_s(self) -> Floats:
        """Foreseen time of every lap in clear air, shape (rows,) [s]."""
        return self.first.lap_times_s(clear=True)


def second_half_candidates(race: PastRace, first: FirstHalf | None) -> Candidates | None:
    """Candidates of the second half, with the pace advantage known at half distance.

    Parameters
    ----------
    race : PastRace
    first : FirstHalf or None

    Returns
    -------
    Candidates or None
        None without a first half, or when a car of the second was not seen in it.
    """
    if first is None or first.laps.drivers != race.laps.drivers:
        return None
    seen = candidates(_Foreseen(race.weekend, race.model, first))
    late = seen.lap > first.half + 1
    return Candidates(*(getattr(seen, f.name)[late] for f in dataclasses.fields(Candidates)))


def pass_chances(seen: Candidates, passing: Passing) -> Floats:
    """Chance of each candidate of one race to get past, shape (n,)."""
    return pass_probability(seen.gap_s, seen.pace_s, seen.age_laps, passing)


def overtaking_score(
    name: str, seen: Sequence[Candidates], chances: Sequence[Floats], target: float | None = None
) -> Score:
    """AUC of the chances given to the candidates of several races.

    Parameters
    ----------
    name : str
        What the score is called.
    seen : sequence of Candidates
    chances : sequence of ndarray
        As :func:`pass_chances` gives them.
    target : float, optional
        Of the AUC over all candidates at once, as many races have a handful of passes.

    Returns
    -------
    Score
    """
    passed = [own.passed for own in seen]
    closeness = [-own.gap_s for own in seen]
    everything = np.concatenate(passed)
    by_race = [
        np.array([auc(score, truth) for score, truth in zip(side, passed, strict=True)])
        for side in (chances, closeness)
    ]
    return race_score(
        "overtakes",
        name,
        "",
        "gap alone",
        by_race[0],
        by_race[1],
        pooled=(
            auc(np.concatenate(chances), everything),
            auc(np.concatenate(closeness), everything),
        ),
        cases=len(everything),
        more_is_better=True,
        target=target,
        pooled_target=True,
    )


def pass_brier(seen: Sequence[Candidates], chances: Sequence[Floats], rate: float) -> Score:
    """Brier score of the chances against the field rate.

    Parameters
    ----------
    seen : sequence of Candidates
    chances : sequence of ndarray
    rate : float
        Share of the training candidates that got past [-].

    Returns
    -------
    Score
    """
    passed = [own.passed for own in seen]
    return mean_score(
        "overtakes",
        "Brier, pass on the lap",
        "",
        "field rate",
        [squared_error(p, y) for p, y in zip(chances, passed, strict=True)],
        [squared_error(np.full(len(y), rate), y) for y in passed],
    )
