"""The race as it was: everybody's laps, what flew over them, and the model behind them.

Built once for a weekend and shared by every simulation of it. Nothing in here is shown to a
player; what he sees is built by :mod:`f1lab.simulator.view` from what had happened by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.race_state import BURN_FACTOR
from f1lab.engine.field import from_weekend
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.engine.policies import driven_plans
from f1lab.errors import NoData, UnknownName
from f1lab.racemodel import RaceModel
from f1lab.racemodel.delays import CAUSES
from f1lab.racemodel.laps import COMPOUND_CLASS, FLAGS, SLICK
from f1lab.simulator.stoppages import stoppages_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend
    from f1lab.engine.inputs import RaceField
    from f1lab.engine.policies import DrivenPlan
    from f1lab.racemodel.laps import RaceLaps
    from f1lab.simulator.stoppages import Stoppage

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["NEUTRAL", "RED", "SC", "VSC", "Tyres", "World", "burn_of", "normal_stop_s", "world_of"]

VSC, SC, RED = (FLAGS.index(name) for name in ("vsc", "sc", "red"))
#: From this flag on nobody races.
NEUTRAL = VSC
_BURN = tuple(
    BURN_FACTOR[{"yellow": "green", "restart": "green"}.get(name, name)] for name in FLAGS
)
_TRAFFIC = CAUSES.index("traffic")
#: Draws of the lap-time model whose mean is the physics.
_N_DRAWS = 40
#: Each lap beyond the oldest a set was ever driven to costs so much more than the one before
#: [s]. Nobody drives there, so it is assumed: five laps beyond cost 1.25 s a lap, ten 5 s.
_BEYOND_S = 0.05
#: Stops from which a race tells where in the pit lane its line is.
_FEW_STOPS = 4
#: Worlds kept.
_KEPT = 3


def burn_of(flag: int) -> float:
    """Share of a green lap's wear and fuel that a lap under a flag takes [-]."""
    return float(_BURN[flag])


@dataclass(frozen=True, repr=False, eq=False)
class World:
    """A race that was driven.

    Arrays over the rows of ``laps`` (one a lap, sorted by driver and lap), session clock [s]:

    Attributes
    ----------
    weekend : Weekend
    model : RaceModel
    laps : RaceLaps
    field : RaceField
        The race in hindsight: pace, wear, pit lane and passing.
    plans : dict of str to DrivenPlan
        Tyres and stops as driven.
    start_s : ndarray, shape (n,)
        Crossing of the line before the lap.
    begin_s, end_s : ndarray, shape (n,)
        The same and the end of the lap without the time the pit lane took of it.
    stop_s : ndarray, shape (n,)
        Loss of the stop at the end of the lap; 0 without one.
    excess_s : ndarray, shape (n,)
        What of it is beyond a normal stop.
    in_share : float
        Share of a stop's loss that falls on the in lap: where the line is in the pit lane.
    clear_s : ndarray, shape (n,)
        The lap in clear air by the model.
    traffic_s : ndarray, shape (n,)
        Time the lap is thought to have lost in traffic beyond dirty air.
    ended_s : ndarray, shape (laps,)
        When everybody on the lap of the leader had ended it: as much later as a lap takes.
    row_of, begins_s : ndarray, shape (drivers, laps)
        Row of each lap (-1 for none); when it began (inf for none).
    stoppages : tuple of Stoppage
        Red flags.
    """

    weekend: Weekend
    model: RaceModel
    laps: RaceLaps
    field: RaceField
    plans: dict[str, DrivenPlan]
    start_s: Floats
    begin_s: Floats
    end_s: Floats
    stop_s: Floats
    excess_s: Floats
    in_share: float
    clear_s: Floats
    traffic_s: Floats
    ended_s: Floats
    row_of: Ints
    begins_s: Floats
    tyres: Tyres
    by_start: Ints
    stoppages: tuple[Stoppage, ...]

    @property
    def lights_out_s(self) -> float:
        """Session clock at lights out [s]."""
        return float(self.weekend.race.start_s)

    @property
    def distance(self) -> int:
        """Laps the winner drove."""
        return self.laps.distance_laps

    def rows(self, driver: str) -> Ints:
        """Rows of a driver who completed a lap.

        Raises
        ------
        NoData
            He never completed one.
        UnknownName
            He was not in the race.
        """
        if driver in self.laps.drivers:
            return self.laps.rows(driver)
        entered = self.weekend.race.results["driver"].astype(str).tolist()
        if driver in entered:
            raise NoData(
                f"{driver} completed no lap of the {self.weekend.year} {self.weekend.event}, so "
                f"there is no race of his to play. Choose one of {', '.join(self.laps.drivers)}."
            )
        raise UnknownName("driver", str(driver), self.laps.drivers)

    def row_like(self, start_s: float, own: int) -> int:
        """Row of the car that began a lap closest in time; ``own`` (or -1) if as close."""
        at = int(np.searchsorted(self.start_s[self.by_start], start_s))
        near = self.by_start[max(at - 1, 0) : at + 1]
        best = int(near[np.abs(self.start_s[near] - start_s).argmin()])
        if own >= 0 and abs(self.start_s[own] - start_s) <= abs(self.start_s[best] - start_s):
            return own
        return best

    def stopped_at(self, clock_s: float) -> bool:
        """Whether a red flag stops the race at a moment, and tyres may still be changed."""
        return any(stop.red_s <= clock_s <= stop.decided_s for stop in self.stoppages)

    def flag_for(self, start_s: float, own: int) -> int:
        """Flag over a lap begun at a moment: that of the car that began one closest to it."""
        like = self.row_like(start_s, own)
        if like != own and self.stopped_at(start_s):
            return RED
        return int(self.laps.flag[like])


@dataclass(frozen=True, repr=False)
class Tyres:
    """Seconds a set costs on a lap, from the mean of the whole race's fit.

    ``level_s`` (laps, 3) is the track for each class, ``offset_s`` (5,) and ``wear_s``
    (5, ages in quarter laps) the compounds', ``oldest_laps`` (5,) how far anybody drove them.
    """

    level_s: Floats
    offset_s: Floats
    wear_s: Floats
    warm_up_s: float
    oldest_laps: Ints

    def lap_s(
        self, progress: float, compound: int, age: float, own_wear_s: float, since: int
    ) -> float:
        """Track and tyre on a lap.

        Parameters
        ----------
        progress : float
            Of the race as a whole in the middle of the lap [laps].
        compound : int
        age : float
            Of the set at the end of the lap [green-flag laps].
        own_wear_s : float
            The car's own wear beyond the field's [s per lap of age].
        since : int
            Laps since the set was fitted in a stop, the out lap being 0; negative for none.
        """
        kind = int(COMPOUND_CLASS[compound])
        wear = self.wear_s[compound]
        step = min(age * AGE_STEPS_PER_LAP, len(wear) - 1.001)
        low = int(step)
        level = self.level_s[:, kind]
        at = min(max(progress - 0.5, 0.0), len(level) - 1.0)
        lap = min(int(at), len(level) - 2) if len(level) > 1 else 0
        after = min(lap + 1, len(level) - 1)
        total = level[lap] + (at - lap) * (level[after] - level[lap])
        total += self.offset_s[compound] + own_wear_s * age
        total += wear[low] + (step - low) * (wear[low + 1] - wear[low])
        total += self.beyond_s(compound, age)
        if since == 1 and kind == SLICK:
            total += self.warm_up_s
        return float(total)

    def beyond_s(self, compound: int, age: float) -> float:
        """What a set older than any was driven costs beyond its wear [s]."""
        return _BEYOND_S * max(age - float(self.oldest_laps[compound]), 0.0) ** 2


@dataclass(frozen=True, eq=False)
class _Identity:
    """A weekend as a key: frames cannot be hashed."""

    weekend: Weekend

    def __hash__(self) -> int:
        return id(self.weekend)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.weekend is self.weekend


def world_of(weekend: Weekend) -> World:
    """Build the world of a weekend, or take the one built before."""
    return _world(_Identity(weekend))


@lru_cache(maxsize=_KEPT)
def _world(key: _Identity) -> World:
    weekend = key.weekend
    model = RaceModel.of(weekend)
    laps = model.laps
    field = from_weekend(weekend, "hindsight", model=model, n_draws=_N_DRAWS)
    first = np.r_[True, laps.driver[1:] != laps.driver[:-1]]
    start_s = np.where(first, weekend.race.start_s, np.roll(laps.time_s, 1))
    stop_s, excess_s = _stops(laps, field)
    came_in = np.where(first, 0.0, np.roll(stop_s, 1))
    share = _in_share(model, field, stop_s)
    begin_s = start_s + (1 - share) * came_in
    traffic_s = np.zeros(len(laps.lap))
    traffic_s[model.fit.used] = model.fit.delays.mean[:, _TRAFFIC]
    row_of = np.full((len(laps.drivers), int(laps.lap.max())), -1, dtype=np.int64)
    row_of[laps.driver, laps.lap - 1] = np.arange(len(laps.lap))
    begins_s = np.where(row_of >= 0, begin_s[row_of], np.inf)
    leader_s = np.where(row_of >= 0, laps.time_s[row_of], np.inf).min(axis=0)
    a_lap_s = np.maximum.accumulate(np.diff(leader_s, prepend=weekend.race.start_s))
    return World(
        weekend=weekend,
        model=model,
        laps=laps,
        field=field,
        plans=dict(zip(laps.drivers, driven_plans(laps, laps.drivers), strict=True)),
        start_s=start_s,
        begin_s=begin_s,
        end_s=laps.time_s - share * stop_s,
        stop_s=stop_s,
        excess_s=excess_s,
        in_share=share,
        clear_s=laps.lap_time_s - model.fit.residual,
        traffic_s=traffic_s,
        ended_s=leader_s + a_lap_s,
        row_of=row_of,
        begins_s=begins_s,
        tyres=_tyres(field),
        by_start=np.argsort(start_s, kind="stable"),
        stoppages=stoppages_of(weekend),
    )


def _tyres(field: RaceField) -> Tyres:
    model = field.model
    track = model.track_s.mean(axis=0)
    return Tyres(
        level_s=np.where(np.isfinite(track), track, np.nanmax(track)),
        offset_s=model.offset_s.mean(axis=0),
        wear_s=model.wear_s.mean(axis=0),
        warm_up_s=float(model.warm_up_s.mean()),
        oldest_laps=field.oldest_laps,
    )


def _stops(laps: RaceLaps, field: RaceField) -> tuple[Floats, Floats]:
    """Loss of every visit to the pit lane, at the row it came in on, and what is not normal.

    While a red flag stops the race nothing is lost.
    """
    stop_s, excess_s = np.zeros(len(laps.lap)), np.zeros(len(laps.lap))
    rows = np.flatnonzero(
        laps.in_lap[:-1] & laps.out_lap[1:] & (laps.driver[:-1] == laps.driver[1:])
    )
    rows = rows[~laps.red[rows] & ~laps.red[rows + 1]]
    if not len(rows):
        return stop_s, excess_s
    lane_s = laps.pit_out_s[rows + 1] - laps.pit_in_s[rows]
    changed = laps.stint[rows] != laps.stint[rows + 1]
    normal_s = float(np.median(lane_s[changed])) if changed.any() else float(np.median(lane_s))
    factor = np.array([_loss_factor(field, int(flag)) for flag in laps.flag[rows]])
    excess_s[rows] = lane_s - normal_s
    stop_s[rows] = factor * float(field.pit.loss_s.mean()) + excess_s[rows]
    return stop_s, excess_s


def _in_share(model: RaceModel, field: RaceField, stop_s: Floats) -> float:
    """Share of the loss on the in lap, from this race's green stops; the usual one without any.

    Stops on a dry track tell it best.
    """
    laps, residual = model.laps, model.fit.residual
    rows = np.flatnonzero(stop_s > 0)
    rows = rows[~laps.neutralised[rows] & ~laps.neutralised[rows + 1] & (laps.lap[rows] > 1)]
    dry = rows[~laps.wet[rows]]
    rows = dry if len(dry) >= _FEW_STOPS else rows
    if len(rows) < _FEW_STOPS:
        return float(field.pit.in_share)
    share = np.median(residual[rows] / (residual[rows] + residual[rows + 1]))
    return float(np.clip(share, 0.0, 1.0))


def _loss_factor(field: RaceField, flag: int) -> float:
    return {VSC: field.pit.vsc_factor, SC: field.pit.sc_factor, RED: 0.0}.get(flag, 1.0)


def normal_stop_s(field: RaceField, flag: int) -> float:
    """What a normal stop costs under a flag [s]."""
    return _loss_factor(field, flag) * float(field.pit.loss_s.mean())
