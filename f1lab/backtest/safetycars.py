"""Chances of a safety car, in the race and on each lap, against the field's rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.backtest.metrics import squared_error
from f1lab.backtest.scores import mean_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.backtest.scores import Score
    from f1lab.engine.calibrate_seen import PastRace
    from f1lab.engine.inputs import Hazards, Retirements

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["SafetyCars", "chance_by_lap", "safety_car_scores", "safety_cars"]


@dataclass(frozen=True, repr=False)
class SafetyCars:
    """Safety cars of one race by the leader's laps.

    ``began`` says on which laps one came out, ``could`` on which none flew yet, shape (n_laps,).
    """

    began: Bools
    could: Bools


def safety_cars(race: PastRace) -> SafetyCars:
    """Read the safety cars of a real race."""
    began = np.zeros(race.n_laps, dtype=bool)
    began[[run.first - 1 for run in race.runs if run.kind == "sc"]] = True
    return SafetyCars(began, race.clear)


def chance_by_lap(hazards: Hazards, retirements: Retirements, n_laps: int) -> Floats:
    """Chance that a safety car comes out on each lap, given that none flies.

    ``1 − (1 − p_sc)·Π (1 − p_retire·share)``: by itself, or brought out by a car that stops.
    Laps beyond the field's distance keep its last lap's chance.

    Parameters
    ----------
    hazards : Hazards
    retirements : Retirements
    n_laps : int

    Returns
    -------
    ndarray, shape (n_laps,)
    """
    spared = np.prod(1 - retirements.p * retirements.sc_share, axis=0)
    chance = 1 - (1 - hazards.sc_p) * spared
    at = np.minimum(np.arange(n_laps), len(chance) - 1)
    return np.asarray(chance[at], dtype=np.float64)


def safety_car_scores(
    chances: Sequence[Floats], seen: Sequence[SafetyCars], past: Sequence[SafetyCars]
) -> list[Score]:
    """Brier scores of "a safety car comes out", in a race and lap by lap.

    Parameters
    ----------
    chances : sequence of ndarray
        Of each test race, as :func:`chance_by_lap` gives them.
    seen : sequence of SafetyCars
        What happened in them.
    past : sequence of SafetyCars
        Of the training races, for the field's rates.

    Returns
    -------
    list of Score
    """
    race_rate = float(np.mean([race.began.any() for race in past]))
    lap_rate = sum(race.began.sum() for race in past) / sum(race.could.sum() for race in past)
    in_race = [np.array([1 - np.prod(1 - chance)]) for chance in chances]
    came = [np.array([race.began.any()]) for race in seen]
    by_lap = [chance[race.could] for chance, race in zip(chances, seen, strict=True)]
    began = [race.began[race.could] for race in seen]
    return [
        mean_score(
            "safety cars",
            f"Brier, {what}",
            "",
            "field rate",
            [squared_error(p, y) for p, y in zip(chance, truth, strict=True)],
            [squared_error(np.full(len(y), rate), y) for y in truth],
        )
        for what, chance, truth, rate in (
            ("safety car in the race", in_race, came, race_rate),
            ("safety car on the lap", by_lap, began, lap_rate),
        )
    ]
