"""Everything that is learned from the training races, and nothing else.

Lap-time priors, engine priors, the pre-race forecast and every baseline are measured on the
races given: nothing of the tables shipped with the package, which have seen later seasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.backtest.baselines import GridOdds, entrants
from f1lab.backtest.places import among
from f1lab.backtest.safetycars import safety_cars
from f1lab.backtest.stops import cars_within, real_stops, usual
from f1lab.engine.calibrate import calibrate_seen
from f1lab.engine.calibrate_passing import candidates
from f1lab.engine.calibrate_seen import PastRace
from f1lab.engine.priors import EnginePriors
from f1lab.racemodel.calibrate import calibrate as calibrate_laps
from f1lab.racemodel.priors import Priors
from f1lab.racemodel.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from f1lab.backtest.safetycars import SafetyCars
    from f1lab.backtest.stops import Stops, Usual
    from f1lab.data.schema import Weekend
    from f1lab.engine.forecast import PaceRecord
    from f1lab.engine.inputs import PitLane

__all__ = ["Learned", "learn", "usual_pit_lane"]

_LANE_DRAWS = 200


@dataclass(frozen=True, repr=False)
class Learned:
    """What the training races taught.

    Attributes
    ----------
    priors : Priors
        Of the lap-time model.
    engine_priors : EnginePriors
        With the forecast of pre-race pace.
    records : tuple of PaceRecord
        Pace shown in the training races.
    starters, finishers : GridOdds
        The grid's record among all starters, and among those who saw the flag.
    stops : Usual
    safety_cars : tuple of SafetyCars
    pass_rate : float
        Share of the chances to pass that were taken [-].
    """

    priors: Priors
    engine_priors: EnginePriors
    records: tuple[PaceRecord, ...]
    starters: GridOdds
    finishers: GridOdds
    stops: Usual
    safety_cars: tuple[SafetyCars, ...]
    pass_rate: float


def learn(train: Sequence[Weekend], progress: Callable[[str, int, int], None]) -> Learned:
    """Learn from training races.

    Parameters
    ----------
    train : sequence of Weekend
        Ten at least.
    progress : callable
        Called as ``progress(text, done, total)``.

    Returns
    -------
    Learned

    Raises
    ------
    NotEnoughLaps
        Too few races to learn from.
    """
    with one_thread():
        progress("learning lap times", 0, 3)
        priors = Priors(calibrate_laps(train))
        progress("learning races", 1, 3)
        past = [PastRace.of(race, priors) for race in train]
        engine_priors = EnginePriors(calibrate_seen(past, priors))
        progress("learning stops and passes", 2, 3)
        stops = [real_stops(race) for race in train]
        within = [
            cars_within(own, usual_pit_lane(race, own, engine_priors))
            for race, own in zip(train, stops, strict=True)
        ]
        started = [entrants(race) for race in train]
        passed = np.concatenate([candidates(race).passed for race in past])
        return Learned(
            priors=priors,
            engine_priors=engine_priors,
            records=tuple(record for race in past for record in race.records),
            starters=GridOdds.of(started),
            finishers=GridOdds.of(among(race, race.classified) for race in started),
            stops=usual(stops, within),
            safety_cars=tuple(safety_cars(race) for race in past),
            pass_rate=float(passed.mean()) if len(passed) else 0.0,
        )


def usual_pit_lane(weekend: Weekend, stops: Stops, engine_priors: EnginePriors) -> PitLane:
    """What a stop usually costs at a circuit, for each driver of the stops."""
    results = weekend.race.results
    team = dict(zip(results["driver"], results["team"], strict=True))
    teams = [team[code] for code in stops.laps.drivers]
    rng = np.random.default_rng(0)
    return engine_priors.pit_lane(weekend.circuit, teams, _LANE_DRAWS, rng)
