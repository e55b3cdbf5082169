"""Chances to pass in a race: who had them on whom, how good they were, what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.driver import Racecraft, racecraft_score
from f1lab.calc.traffic import overtake_probability
from f1lab.engine.calibrate_passing import candidates
from f1lab.engine.priors import load_engine_priors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.compare.laps import RaceView

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["PassingChances", "passing_chances", "racecraft"]


@dataclass(frozen=True, repr=False)
class PassingChances:
    """Pairs of cars within reach on dry racing laps, one row per pair and lap, shape (n,).

    Attributes
    ----------
    behind, ahead : ndarray of str
        Codes of the two.
    lap : ndarray of int
    gap_s, pace_s, age_laps : ndarray
        Gap at the line [s]; advantage of the car behind in clear-air pace [s] and tyre age.
    p : ndarray
        Chance of the pass by the engine's overtaking model [-].
    passed : ndarray of bool
    """

    behind: NDArray[np.str_]
    ahead: NDArray[np.str_]
    lap: Ints
    gap_s: Floats
    pace_s: Floats
    age_laps: Floats
    p: Floats
    passed: Bools


def passing_chances(view: RaceView) -> PassingChances:
    """Every chance to pass in a race, with the chance the overtaking model gives it.

    Parameters
    ----------
    view : RaceView

    Returns
    -------
    PassingChances
    """
    seen = candidates(view.past)
    passing = load_engine_priors().passing(view.weekend.circuit)
    found = overtake_probability(seen.gap_s, seen.pace_s, seen.age_laps, passing)
    return PassingChances(
        behind=view.codes[seen.behind],
        ahead=view.codes[seen.ahead],
        lap=seen.lap,
        gap_s=seen.gap_s,
        pace_s=seen.pace_s,
        age_laps=seen.age_laps,
        p=found.p,
        passed=seen.passed,
    )


def racecraft(races: Sequence[PassingChances], code: str) -> Racecraft:
    """A driver's passes against what the model expected, over one race or several.

    Parameters
    ----------
    races : sequence of PassingChances
    code : str

    Returns
    -------
    Racecraft

    Raises
    ------
    NotEnoughLaps
        Under five chances in all.
    """
    p, passed = (np.concatenate([getattr(r, n) for r in races]) for n in ("p", "passed"))
    attack, defence = (
        np.concatenate([getattr(r, n) for r in races]) == code for n in ("behind", "ahead")
    )
    return racecraft_score(p[attack], passed[attack], p[defence], passed[defence])
