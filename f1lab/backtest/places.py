"""Scores of forecast finishing positions: of all starters, or of those who saw the flag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.backtest.metrics import (
    Reliability,
    median_position,
    position_table,
    ranked_probability,
    reliability,
    spearman,
    squared_error,
    within,
)
from f1lab.backtest.scores import Score, mean_score, race_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.backtest.baselines import Entrants, GridOdds

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["EVENTS", "PlaceForecast", "among", "place_forecast", "place_scores", "reliabilities"]

#: Outcomes whose chances are judged, and the last place that counts as each.
EVENTS = {"win": 1, "podium": 3, "points": 10}


@dataclass(frozen=True, repr=False)
class PlaceForecast:
    """What was forecast for one race, what the grid said, and what happened; n cars.

    Attributes
    ----------
    p_position, p_grid : ndarray, shape (n, n)
        Chance of each car (row) on each place (column) of the model and of the grid [-].
    expected : ndarray, shape (n,)
        Expected place.
    grid, finish : ndarray of int, shape (n,)
        Ranks 1 … n.
    """

    race: str
    drivers: tuple[str, ...]
    p_position: Floats
    p_grid: Floats
    expected: Floats
    grid: Ints
    finish: Ints

    def p(self, last_place: int) -> Floats:
        """The model's chance of coming in there or better, shape (n,)."""
        return _up_to(self.p_position, last_place)

    def p_by_grid(self, last_place: int) -> Floats:
        """The grid's chance of coming in there or better, shape (n,)."""
        return _up_to(self.p_grid, last_place)

    @property
    def point(self) -> Ints:
        """The model's point forecast: the median place, shape (n,)."""
        return median_position(self.p_position)


def _up_to(table: Floats, last_place: int) -> Floats:
    return np.asarray(table[:, :last_place].sum(axis=1))


def among(entrants: Entrants, keep: Bools) -> Entrants:
    """Part of the entrants, ranked among themselves."""
    return type(entrants)(
        tuple(d for d, kept in zip(entrants.drivers, keep, strict=True) if kept),
        within(entrants.grid[None, :], keep)[0],
        within(entrants.finish[None, :], keep)[0],
        entrants.classified[keep],
    )


def place_forecast(race: str, position: Ints, entrants: Entrants, odds: GridOdds) -> PlaceForecast:
    """Put simulated places beside what happened.

    Parameters
    ----------
    race : str
        What the race is called.
    position : ndarray of int, shape (races, n)
        Simulated places of the entrants, ranked among themselves.
    entrants : Entrants
    odds : GridOdds
        Counted on the same kind of entrants in the training races.

    Returns
    -------
    PlaceForecast
    """
    return PlaceForecast(
        race=race,
        drivers=entrants.drivers,
        p_position=position_table(position),
        p_grid=odds.table(entrants.grid),
        expected=position.mean(axis=0),
        grid=entrants.grid,
        finish=entrants.finish,
    )


def place_scores(
    group: str, forecasts: Sequence[PlaceForecast], targets: dict[str, tuple[float, bool]]
) -> list[Score]:
    """Judge the forecasts of several races.

    Parameters
    ----------
    group : str
        Whose places these are.
    forecasts : sequence of PlaceForecast
    targets : dict of str to (float, bool)
        Target of a score by name, and whether it is one for the relative gain.

    Returns
    -------
    list of Score
        Error of places, rank correlation, exact and nearly exact places, Brier scores of
        EVENTS and the ranked probability score.
    """
    miss = [np.abs(f.point - f.finish).astype(float) for f in forecasts]
    by_grid = [np.abs(f.grid - f.finish).astype(float) for f in forecasts]

    def score(
        name: str, unit: str, baseline: str, model: list[Floats], reference: list[Floats]
    ) -> Score:
        hits = name in ("exact place", "within one place")
        options = {"more_is_better": hits, **_target(targets, name)}
        return mean_score(group, name, unit, baseline, model, reference, **options)

    scores = [
        score("place error", "places", "grid slot", miss, by_grid),
        score("place error, slot's median", "places", "slot's median", miss, _slot_miss(forecasts)),
        _rank_correlation(group, forecasts, targets),
        score("exact place", "share", "grid slot", *(_hits(m, 0) for m in (miss, by_grid))),
        score("within one place", "share", "grid slot", *(_hits(m, 1) for m in (miss, by_grid))),
    ]
    for event, last in EVENTS.items():
        model = [squared_error(f.p(last), f.finish <= last) for f in forecasts]
        slot = [squared_error(f.p_by_grid(last), f.finish <= last) for f in forecasts]
        scores.append(score(f"Brier, {event}", "", "slot's record", model, slot))
    model = [ranked_probability(f.p_position, f.finish) for f in forecasts]
    slot = [ranked_probability(f.p_grid, f.finish) for f in forecasts]
    return [*scores, score("ranked probability score", "", "slot's record", model, slot)]


def _target(targets: dict[str, tuple[float, bool]], name: str) -> dict[str, float | bool]:
    if name not in targets:
        return {}
    value, relative = targets[name]
    return {"target": value, "relative_target": relative}


def _slot_miss(forecasts: Sequence[PlaceForecast]) -> list[Floats]:
    return [np.abs(median_position(f.p_grid) - f.finish).astype(float) for f in forecasts]


def _hits(miss: list[Floats], reach: int) -> list[Floats]:
    return [(m <= reach).astype(float) for m in miss]


def _rank_correlation(
    group: str, forecasts: Sequence[PlaceForecast], targets: dict[str, tuple[float, bool]]
) -> Score:
    name = "Spearman"
    finish = np.concatenate([f.finish for f in forecasts])
    pooled = tuple(
        spearman(np.concatenate(side), finish)
        for side in ([f.expected for f in forecasts], [f.grid for f in forecasts])
    )
    return race_score(
        group,
        name,
        "",
        "grid slot",
        np.array([spearman(f.expected, f.finish) for f in forecasts]),
        np.array([spearman(f.grid, f.finish) for f in forecasts]),
        pooled=(pooled[0], pooled[1]),
        cases=len(finish),
        more_is_better=True,
        **_target(targets, name),
    )


def reliabilities(forecasts: Sequence[PlaceForecast]) -> dict[str, Reliability]:
    """Reliability of the model's chances of each of EVENTS."""
    out = {}
    for event, last in EVENTS.items():
        chance = np.concatenate([f.p(last) for f in forecasts])
        happened = np.concatenate([f.finish <= last for f in forecasts])
        out[event] = reliability(chance, happened)
    return out
