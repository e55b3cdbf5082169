"""The referee: drives a run again from its decisions and scores it with our own code."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data import load, load_demo
from f1lab.errors import F1LabError, NoData, SourceError, UnknownName
from f1lab.league.errors import NotReplayable, SubmissionRefused
from f1lab.league.judged import Attack, Judged, RaceFacts
from f1lab.league.prior import race_prior
from f1lab.simulator import (
    InvalidDecision,
    Simulation,
    pit_wall_iq,
    strategy_iq,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from f1lab.data.schema import Weekend
    from f1lab.league.runs import RunRecord

__all__ = ["LEAGUE_SEED", "Referee", "load_race"]

#: The luck of every run of a league: nobody leads by trying seeds.
LEAGUE_SEED = 0
_DEMO = "demo"
#: A stop is an undercut where the car ahead, at most so far, stops at most so many laps later.
_REACH_S, _REACH_LAPS = 6.0, 3
#: Weekends kept at hand.
_WEEKENDS = 4
#: Runs whose verdict is remembered: many players come upon the same calls.
_RUNS = 1024


def load_race(year: int, event: str, *, fastf1_cache: Path | None = None) -> Weekend:
    """Load a race from what is at hand, never from the network.

    Parameters
    ----------
    year : int
    event : str
        Its name; ``demo`` is the demo weekend.
    fastf1_cache : Path, optional
        A FastF1 cache folder.

    Returns
    -------
    Weekend
    """
    demo = load_demo()
    if event.casefold() in (_DEMO, demo.event.casefold()):
        return demo
    return load(year, event, offline=True, fastf1_cache=fastf1_cache)


class Referee:
    """Judges runs; the weekends of the last few races are kept at hand.

    Parameters
    ----------
    load : callable
        Gives the weekend of a year and an event.
    """

    def __init__(self, load: Callable[[int, str], Weekend] = load_race) -> None:
        self._lock = threading.Lock()
        self._weekend = lru_cache(_WEEKENDS)(load)
        self._wall = lru_cache(_RUNS)(self._wall_of)
        self._judged = lru_cache(_RUNS)(self._judge)

    def __call__(self, record: RunRecord) -> Judged:
        """Drive a run again.

        Parameters
        ----------
        record : RunRecord

        Returns
        -------
        Judged
            Its true score.

        Raises
        ------
        SubmissionRefused
            If it does not come out as it says.
        NotReplayable
            If the race is not at hand.
        """
        if record.seed != LEAGUE_SEED:
            raise SubmissionRefused(
                f"the run was driven on seed {record.seed}; in a league everybody has the same "
                f"luck: play it with seed={LEAGUE_SEED}."
            )
        # One replay at a time: they share the interpreter anyway, and load each race once.
        with self._lock:
            return self._judged(record)

    def _judge(self, record: RunRecord) -> Judged:
        weekend = self._at_hand(record.year, record.event)
        try:
            simulation = Simulation.from_dict(weekend, record.to_dict())
        except (InvalidDecision, UnknownName) as error:
            raise SubmissionRefused(f"the run does not reproduce: {error}") from error
        score, result = strategy_iq(simulation), simulation.result
        return Judged(
            record,
            round(float(score.total), 3),
            score.to_dict(),
            self._wall(record.year, record.event, record.driver),
            result.position,
            result.real_position,
            attacks(simulation),
        )

    def race(self, year: int, event: str) -> RaceFacts:
        """Return what is kept of a race; NotReplayable if it is not at hand."""
        with self._lock:
            weekend = self._at_hand(year, event)
            return RaceFacts(
                weekend.year, weekend.event, weekend.round, weekend.circuit, race_prior(weekend)
            )

    def _at_hand(self, year: int, event: str) -> Weekend:
        try:
            return self._weekend(year, event)
        except (NoData, SourceError, UnknownName) as error:
            raise NotReplayable(
                f"the data of {event} {year} is not at hand here, so no run of it can be replayed. "
                f"Load it once with f1lab.load({year}, {event!r}), then submit again ({error})"
            ) from error

    def _wall_of(self, year: int, event: str, driver: str) -> float | None:
        """The real pit wall's IQ in the same car; None where it cannot be scored."""
        try:
            return round(float(pit_wall_iq(self._weekend(year, event), driver).total), 3)
        except F1LabError:
            return None


def attacks(simulation: Simulation) -> dict[int, Attack]:
    """Undercuts tried in a run, by the lap of the stop.

    A stop counts where the next car ahead of the same lap was within six seconds one lap
    before, stopped itself one to three laps later, and every lap until its out lap was green.

    Parameters
    ----------
    simulation : Simulation
        A finished one.

    Returns
    -------
    dict of int to Attack
    """
    race = simulation.weekend.race
    own_s = race.start_s + np.cumsum(simulation.lap_times_s)
    others = race.laps[race.laps["driver"] != simulation.driver]
    found = {}
    for lap, _ in simulation.result.stops:
        before = lap - 1
        if before < 1:
            continue
        line = others[others["lap"] == before]
        line = line[line["time_s"] < own_s[before - 1]]
        if line.empty:
            continue
        ahead = line.loc[line["time_s"].idxmax()]
        gap = float(own_s[before - 1] - ahead["time_s"])
        rival = others[others["driver"] == ahead["driver"]].set_index("lap")
        attack = _attack(rival, own_s, lap, gap)
        if attack is not None:
            found[lap] = Attack(str(ahead["driver"]), gap, attack)
    return found


def _attack(rival: pd.DataFrame, own_s: np.ndarray, lap: int, gap_s: float) -> bool | None:
    """Whether the rival was passed by stopping first; None where it was no undercut."""
    stint = rival["stint"]
    for stop in range(lap + 1, lap + 1 + _REACH_LAPS):
        out = stop + 1
        if out not in stint.index or out > len(own_s):
            return None
        if stint[out] != stint[stop]:
            green = bool(rival.loc[lap:out, "green"].all())
            near = gap_s <= _REACH_S and stint[lap + 1] == stint[lap]
            return bool(own_s[out - 1] < rival["time_s"][out]) if green and near else None
    return None
