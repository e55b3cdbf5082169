"""Where a car rejoins after its stop, predicted from how the race stood before it.

A stop on lap *l* is predicted from everybody's crossing of the line at the end of lap *l* − 1
and recent pace, the circuit's usual loss, and the flag the car came in under. Predicted is the
place at the end of the out lap, *l* + 1: as many places are lost as there are cars within the
loss behind, less the share of them that stops as well, which the training races tell by flag.
The baseline is the place before the stop plus the median of the places lost in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.backtest.scores import mean_score
from f1lab.racemodel.laps import FLAGS, race_laps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.backtest.scores import Score
    from f1lab.data.schema import Weekend
    from f1lab.engine.inputs import PitLane
    from f1lab.racemodel.laps import RaceLaps

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["STOP_FLAGS", "Stops", "Usual", "cars_within", "real_stops", "rejoin_score", "usual"]

#: Flags a stop is told apart by: what flew on the in lap.
STOP_FLAGS = ("green", "vsc", "sc")
_RECENT_LAPS = 5


@dataclass(frozen=True, repr=False)
class Stops:
    """The stops of one race, shape (n,): whose, on which lap, under which of STOP_FLAGS.

    ``before`` and ``after`` are the places at the end of the lap before the in lap and of the
    out lap.
    """

    laps: RaceLaps
    row: Ints  # of the in lap
    flag: Ints
    before: Ints
    after: Ints


def real_stops(weekend: Weekend) -> Stops:
    """Read the stops of a race, from lap 2 on, red flags and retirements in the pits left out.

    Parameters
    ----------
    weekend : Weekend

    Returns
    -------
    Stops
    """
    laps = race_laps(weekend.race, weekend.year)
    row = laps.stops[laps.lap[laps.stops] > 1]
    flags = laps.flag[np.stack([row - 1, row, row + 1])]
    row = row[(flags < FLAGS.index("restart")).all(axis=0)]
    vsc, sc = FLAGS.index("vsc"), FLAGS.index("sc")
    flag = np.select([laps.flag[row] == sc, laps.flag[row] == vsc], [2, 1], default=0)
    return Stops(
        laps,
        row,
        flag,
        laps.position[row - 1].astype(np.int64),
        laps.position[row + 1].astype(np.int64),
    )


@dataclass(frozen=True, repr=False)
class Usual:
    """What stops under each of STOP_FLAGS did in the training races, shape (3,).

    ``lost`` is the median of the places lost, ``share_lost`` the places lost for each car within
    the loss behind.
    """

    lost: Floats
    share_lost: Floats


def usual(stops: Sequence[Stops], within: Sequence[Ints]) -> Usual:
    """Sum up training races.

    Parameters
    ----------
    stops : sequence of Stops
    within : sequence of ndarray
        As :func:`cars_within` gives them.

    Returns
    -------
    Usual
        0 and 1 for a flag no stop was made under.
    """
    lost, share = np.zeros(len(STOP_FLAGS)), np.ones(len(STOP_FLAGS))
    for flag in range(len(STOP_FLAGS)):
        cost = np.concatenate([(s.after - s.before)[s.flag == flag] for s in stops])
        threat = np.concatenate([n[s.flag == flag] for s, n in zip(stops, within, strict=True)])
        if len(cost):
            lost[flag] = np.median(cost)
        if threat.sum():
            share[flag] = np.clip(cost.sum() / threat.sum(), 0.0, 1.0)
    return Usual(lost, share)


def cars_within(stops: Stops, pit: PitLane) -> Ints:
    """Cars that are behind before each stop and would be ahead after it if they drove on.

    Parameters
    ----------
    stops : Stops
    pit : PitLane
        What a stop usually costs here; ``speed_s`` for each driver of ``stops.laps.drivers``.

    Returns
    -------
    ndarray of int, shape (n,)
    """
    laps = stops.laps
    factor = np.array([1.0, pit.vsc_factor, pit.sc_factor])
    loss_s = float(np.mean(pit.loss_s))
    out = np.empty(len(stops.row), dtype=np.int64)
    for k, row in enumerate(stops.row):
        before = np.flatnonzero(laps.lap == laps.lap[row] - 1)
        behind_s = laps.time_s[before] - laps.time_s[row - 1]
        own = laps.driver[before] == laps.driver[row]
        behind = behind_s > 0
        if stops.flag[k] == 0:
            pace_s = np.array([_recent_s(laps, int(i)) for i in before])
            gain_s = pace_s - pace_s[own]
            behind_s = behind_s + 2 * np.where(np.isfinite(gain_s), gain_s, 0.0)
        cost_s = loss_s * factor[stops.flag[k]] + pit.speed_s[laps.driver[row]]
        out[k] = int((behind & (behind_s < cost_s)).sum())
    return out


def _recent_s(laps: RaceLaps, row: int) -> float:
    """A car's median over its last racing laps up to a row [s]; NaN without any."""
    first = max(row + 1 - _RECENT_LAPS, 0)
    recent = np.arange(first, row + 1)
    recent = recent[(laps.driver[recent] == laps.driver[row]) & laps.racing[recent]]
    return float(np.median(laps.lap_time_s[recent])) if len(recent) else float("nan")


def rejoin_score(stops: Sequence[Stops], within: Sequence[Ints], past: Usual) -> Score:
    """Mean error of the places predicted.

    Parameters
    ----------
    stops : sequence of Stops
        Of each race.
    within : sequence of ndarray
        As :func:`cars_within` gives them.
    past : Usual

    Returns
    -------
    Score
    """
    model = [
        np.abs(s.before + np.rint(past.share_lost[s.flag] * n) - s.after)
        for s, n in zip(stops, within, strict=True)
    ]
    by_habit = [np.abs(s.before + past.lost[s.flag] - s.after) for s in stops]
    return mean_score("stops", "place on rejoining", "places", "usual places lost", model, by_habit)
