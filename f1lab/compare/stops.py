"""Stops of a race: what they cost under each flag, and how quick each crew was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.autopsy.pits import excess_parts
from f1lab.calc.estimate import Estimate, Result
from f1lab.calc.race_state import PitLoss, crew_and_lane_s, pit_loss
from f1lab.calc.robust import robust_sd
from f1lab.engine.calibrate_pits import two_laps_of_others_s
from f1lab.errors import NotEnoughLaps
from f1lab.racemodel.laps import FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.autopsy.pits import Stop
    from f1lab.compare.laps import RaceView

    Floats = NDArray[np.float64]

__all__ = ["CrewTime", "crew_time", "stop_costs"]

_MIN_STOPS = 4
_LEAST_SPREAD_S = 0.1
#: Stops of the field a crew's own are weighed against, as in the engine's table of crews.
_FIELD_STOPS = 20.0
_RESTART = FLAGS.index("restart")
_KINDS = {"green": "green", "yellow": "green", "vsc": "vsc", "sc": "sc"}


@dataclass(frozen=True)
class CrewTime(Result):
    """Stops of a crew against the usual one of the race.

    Read off the time cars stood in their boxes where the source has it, else off the time in the
    pit lane. ``lost_s`` is what the crew's stops took longer in all, as timed, ``quickest_s`` and
    ``slowest_s`` single ones [s]. ``crew_s`` is how much slower than the usual crew it may be
    expected to be per stop: the mean, drawn towards nothing as its stops are few.
    ``usual_lane_s`` is the usual time in the pit lane, ``usual_stationary_s`` the usual time
    standing [s], None when the stops were read off the lane; ``n_stops`` counts those measured.
    """

    lost_s: float
    quickest_s: float
    slowest_s: float
    crew_s: Estimate
    usual_lane_s: float
    usual_stationary_s: float | None
    n_stops: int

    @property
    def usual(self) -> str:
        """What the stops are held against, in words: ``2.5 s standing``."""
        if self.usual_stationary_s is None:
            return f"{self.usual_lane_s:.1f} s in the pit lane"
        return f"{self.usual_stationary_s:.1f} s standing"


def stop_costs(view: RaceView) -> PitLoss:
    """Loss of a stop here under green, VSC and SC.

    A green stop's two laps are held against the model of the lap time in clear air; under a flag
    against the same two laps of cars nearby that stayed out, in proportion to their pace.
    Ordinary dry stops only.

    Parameters
    ----------
    view : RaceView

    Returns
    -------
    PitLoss

    Raises
    ------
    NotEnoughLaps
        Under four green stops.
    """
    laps = view.laps
    rows, reference = [], []
    for stop in view.stops:
        usual = _usual_two_laps_s(view, stop)
        if np.isfinite(usual):
            rows.append((stop.in_row, stop.out_row))
            reference.append(usual)
    into, out = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    flag = np.maximum(laps.flag[into], laps.flag[out])
    return pit_loss(
        laps.lap_time_s[into],
        laps.lap_time_s[out],
        reference,
        laps.pit_out_s[out] - laps.pit_in_s[into],
        [_KINDS[FLAGS[f]] for f in flag],
        laps.pit_stationary_s[into],
    )


def _usual_two_laps_s(view: RaceView, stop: Stop) -> float:
    """What the two laps of an ordinary stop would have taken; NaN when nobody shows it."""
    laps = view.laps
    if not stop.tyres or stop.penalty is not None or stop.out_row < 0 or stop.lap == 1:
        return float("nan")
    pair = [stop.in_row, stop.out_row]
    if laps.wet[pair].any() or (laps.flag[pair] >= _RESTART).any():
        return float("nan")
    if not laps.neutralised[pair].any():
        return float(view.past.clear_s[pair].sum())
    return two_laps_of_others_s(view.past, stop.in_row, stop.out_row)


def crew_time(view: RaceView, codes: Sequence[str]) -> CrewTime:
    """How much longer the crew of some cars took at their stops than the usual crew.

    The time a car stood in its box says it best; without it the time in the pit lane stands in,
    waiting for the teammate included. Served penalties and repairs are taken off. The crew's mean
    is weighed against 20 stops of the field's, as much as teams were found to differ over 103
    races.

    Parameters
    ----------
    view : RaceView
    codes : sequence of str
        The team's drivers.

    Returns
    -------
    CrewTime

    Raises
    ------
    NotEnoughLaps
        The crew made no tyre stop, or the field under four.
    """
    flag = view.laps.flag
    kept = [
        s
        for s in view.stops
        if s.tyres and np.isfinite(s.lane_s) and flag[[s.in_row, s.out_row]].max() < _RESTART
    ]
    ordinary = [s for s in kept if s.penalty is None]
    if len(ordinary) < _MIN_STOPS:
        raise NotEnoughLaps(
            f"{len(ordinary)} tyre stops were made in the {view.weekend.year} "
            f"{view.weekend.event}, red flags left out; a usual one takes {_MIN_STOPS}."
        )
    usual_lane = float(np.median([s.lane_s for s in ordinary]))
    usual_standing, excess = _standing(kept, ordinary, usual_lane)
    own = np.array([view.laps.drivers[s.driver] in codes for s in kept])
    if not own.any():
        raise NotEnoughLaps(f"{' and '.join(codes)} made no tyre stop, needed is 1.")
    if usual_standing is None or not np.isfinite(excess[own]).any():
        usual_standing = None
        excess = np.array([float(excess_parts(s, usual_lane)[0]) for s in kept])
    mine = excess[own & np.isfinite(excess)]
    spread = max(robust_sd(excess[np.isfinite(excess)]), _LEAST_SPREAD_S)
    weight = len(mine) / (len(mine) + _FIELD_STOPS)
    return CrewTime(
        lost_s=float(mine.sum()),
        quickest_s=float(mine.min()),
        slowest_s=float(mine.max()),
        crew_s=Estimate.of(weight * float(mine.mean()), spread / np.sqrt(len(mine) + _FIELD_STOPS)),
        usual_lane_s=usual_lane,
        usual_stationary_s=usual_standing,
        n_stops=len(mine),
    )


def _standing(
    kept: Sequence[Stop], ordinary: Sequence[Stop], usual_lane_s: float
) -> tuple[float | None, Floats]:
    """Usual time standing, and every stop's beyond it; NaN where not timed, None for too few."""
    timed = [s.stationary_s for s in ordinary if np.isfinite(s.stationary_s)]
    if len(timed) < _MIN_STOPS:
        return None, np.full(len(kept), np.nan)
    usual = float(np.median(timed))
    beyond, served = np.array([excess_parts(s, usual_lane_s) for s in kept], dtype=float).T
    crew, _ = crew_and_lane_s(beyond, [s.stationary_s for s in kept], usual, served)
    repair = (served > 0) & np.array([s.penalty is None for s in kept])
    return usual, np.where(repair, 0.0, crew)
