"""Forecasts of races the fit has not seen, judged by what happened.

``pre-race`` knows the grid, qualifying and races dated before; ``hindsight`` knows the race's
own pace, stops, flags and weather, and asks how well the engine re-runs it. Everything else is
learned from the training races in both. Among all starters, cars retire at the rates of the
past. Among classified finishers it is known who was classified: those do not retire, and are
ranked among themselves, by the grid as by the engine.

The point forecast is the median place. Tried on the second half of 2021 and on 2022, each
trained on what came before: its mean error is 3.16 places, that of the order of the expected
places 3.45, of the grid 3.49.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from f1lab.backtest.baselines import entrants
from f1lab.backtest.dates import in_order, known_before, refuse_future
from f1lab.backtest.laptimes import FirstHalf, lap_time_score, second_half
from f1lab.backtest.learn import learn, usual_pit_lane
from f1lab.backtest.metrics import within
from f1lab.backtest.overtakes import (
    overtaking_score,
    pass_brier,
    pass_chances,
    second_half_candidates,
)
from f1lab.backtest.places import among, place_forecast, place_scores, reliabilities
from f1lab.backtest.report import BacktestReport, RaceRow
from f1lab.backtest.safetycars import chance_by_lap, safety_car_scores, safety_cars
from f1lab.backtest.stops import cars_within, real_stops, rejoin_score
from f1lab.engine.calibrate_passing import candidates
from f1lab.engine.calibrate_seen import PastRace
from f1lab.engine.field import from_weekend
from f1lab.engine.simulate import simulate_races
from f1lab.errors import F1LabError, InvalidInput, NoData
from f1lab.racemodel.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from f1lab.backtest.baselines import Entrants
    from f1lab.backtest.laptimes import LapErrors
    from f1lab.backtest.learn import Learned
    from f1lab.backtest.places import PlaceForecast
    from f1lab.backtest.safetycars import SafetyCars
    from f1lab.backtest.scores import Score
    from f1lab.backtest.stops import Stops
    from f1lab.data.schema import Weekend
    from f1lab.engine.calibrate_passing import Candidates
    from f1lab.engine.forecast import PaceRecord
    from f1lab.engine.inputs import Passing, RaceField

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["PROTOCOLS", "Protocol", "backtest"]

Protocol = Literal["pre-race", "hindsight"]
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)

ALL, FINISHERS = "all starters", "classified finishers"
#: What is to be reached: the figure, or, where the flag is set, the gain on the baseline.
_PLACE_TARGETS: dict[tuple[str, str], dict[str, tuple[float, bool]]] = {
    ("hindsight", FINISHERS): {
        "place error": (2.2, False),
        "Spearman": (0.84, False),
        "Brier, points": (0.11, False),
    },
    ("pre-race", ALL): {"place error": (0.15, True), "Brier, points": (0.20, True)},
}
_AUC_TARGET = 0.88
_DRAWS = 200


@dataclass(frozen=True, repr=False)
class _Tested:
    """Everything one test race is judged by."""

    starters: PlaceForecast
    finishers: PlaceForecast
    laps: LapErrors | None
    stops: Stops
    within: Ints
    candidates: Candidates
    later_candidates: Candidates | None
    passing: Passing
    safety_cars: SafetyCars
    safety_car_chances: Floats


def backtest(
    train: Iterable[Weekend],
    test: Iterable[Weekend],
    protocol: Protocol = "pre-race",
    n: int = 2000,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
    *,
    missing: Sequence[str] = (),
) -> BacktestReport:
    """Forecast the test races and judge the forecasts.

    Parameters
    ----------
    train : iterable of Weekend
        Races to learn from, each dated before every test race.
    test : iterable of Weekend
        Races to forecast. In the pre-race protocol each of them is history for those after it.
    protocol : {"pre-race", "hindsight"}
    n : int
        Simulated races for each real one, and for each of the two groups.
    seed : int
        Of the simulation.
    progress : callable, optional
        Called as ``progress(text, done, total)``.
    missing : sequence of str
        Test races that could not be loaded, to be named in the report.

    Returns
    -------
    BacktestReport

    Raises
    ------
    FutureData
        A training race is not before every test race.
    InvalidInput
        No such protocol, or ``n`` below 1.
    NoData
        No race to train on or to test, or none that could be forecast.
    """
    past, races = in_order(train), in_order(test)
    _check(past, races, protocol, n)
    refuse_future(past, races)
    tell = progress or _silent
    learned = learn(past, tell)
    shown: dict[tuple[int, int], list[PaceRecord]] = {}
    tested: list[tuple[Weekend, _Tested]] = []
    left_out = dict.fromkeys(missing, "could not be loaded")
    for i, race in enumerate(races):
        tell(f"{race.year} {race.event}", i, len(races))
        earlier = known_before(race, races)
        history = [*learned.records]
        history += [r for w in earlier for r in shown.get((w.year, w.round), [])]
        try:
            with one_thread():
                seen = PastRace.of(race, learned.priors)
                shown[race.year, race.round] = seen.records
                tested.append((race, _test(seen, protocol, learned, history, (n, seed + i))))
        except F1LabError as error:
            left_out[f"{race.year} {race.event}"] = str(error)
    if not tested:
        raise NoData(f"no race could be forecast: {next(iter(left_out.values()))}")
    return _report(past, tested, learned, (protocol, n, seed), left_out)


def _silent(text: str, done: int, total: int) -> None:
    """Tell nobody."""
    del text, done, total


def _check(train: Sequence[Weekend], test: Sequence[Weekend], protocol: str, n: int) -> None:
    if protocol not in PROTOCOLS:
        raise InvalidInput(f"protocol is {' or '.join(PROTOCOLS)}; not {protocol!r}.")
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise InvalidInput(f"n is the number of simulated races, at least 1; not {n!r}.")
    if not train or not test:
        raise NoData("a backtest needs races to train on and races to test; one list is empty.")


def _test(
    seen: PastRace,
    protocol: str,
    learned: Learned,
    history: Sequence[PaceRecord],
    sample: tuple[int, int],
) -> _Tested:
    """Forecast one race and put what happened beside it."""
    race = seen.weekend
    who = entrants(race)
    field = _field(race, protocol, learned, history, sample[1])
    name = f"{race.year} {race.event}"
    starters = place_forecast(name, _places(field, who, sample), who, learned.starters)
    saved = [d for d, kept in zip(who.drivers, who.classified, strict=True) if kept]
    places = _places(_never_retiring(field, saved), who, sample)
    finishers = place_forecast(
        name, within(places, who.classified), among(who, who.classified), learned.finishers
    )
    stops, first = real_stops(race), FirstHalf.of(race, learned.priors)
    engine = learned.engine_priors
    results = race.race.results
    team = dict(zip(results["driver"], results["team"], strict=True))
    return _Tested(
        starters=starters,
        finishers=finishers,
        laps=second_half(first),
        stops=stops,
        within=cars_within(stops, usual_pit_lane(race, stops, engine)),
        candidates=candidates(seen),
        later_candidates=second_half_candidates(seen, first),
        passing=engine.passing(race.circuit),
        safety_cars=safety_cars(seen),
        safety_car_chances=chance_by_lap(
            engine.hazards(race.circuit, seen.n_laps),
            engine.retirements([team[d] for d in who.drivers], seen.n_laps),
            seen.n_laps,
        ),
    )


def _field(
    race: Weekend, protocol: str, learned: Learned, history: Sequence[PaceRecord], seed: int
) -> RaceField:
    return from_weekend(
        race,
        protocol,
        history=history if protocol == "pre-race" else None,
        priors=learned.priors,
        engine_priors=learned.engine_priors,
        n_draws=_DRAWS,
        seed=seed,
    )


def _never_retiring(field: RaceField, drivers: Sequence[str]) -> RaceField:
    """The field, knowing that some do not retire."""
    spared = np.isin(field.drivers, drivers)
    chance = np.where(spared[:, None], 0.0, field.retirements.p)
    return dataclasses.replace(field, retirements=dataclasses.replace(field.retirements, p=chance))


def _places(field: RaceField, who: Entrants, sample: tuple[int, int]) -> Ints:
    """Simulated places of the entrants among themselves, shape (races, n).

    Those the engine cannot run, because they completed no lap, come last in the order of the
    grid.
    """
    n, seed = sample
    outcomes = simulate_races(field, n=n, seed=seed)
    simulated = np.asarray(outcomes.position, dtype=np.int64)
    column = {driver: i for i, driver in enumerate(field.drivers)}
    places = np.empty((n, len(who.drivers)), dtype=np.int64)
    for i, driver in enumerate(who.drivers):
        beyond = len(field.drivers) + who.grid[i]
        places[:, i] = simulated[:, column[driver]] if driver in column else beyond
    return within(places, np.ones(len(who.drivers), dtype=bool))


def _report(
    past: Sequence[Weekend],
    tested: Sequence[tuple[Weekend, _Tested]],
    learned: Learned,
    asked: tuple[Protocol, int, int],
    left_out: dict[str, str],
) -> BacktestReport:
    protocol, n, seed = asked
    cases = [case for _, case in tested]
    starters, finishers = [c.starters for c in cases], [c.finishers for c in cases]
    scores: list[Score] = []
    for group, forecasts in ((ALL, starters), (FINISHERS, finishers)):
        scores += place_scores(group, forecasts, _PLACE_TARGETS.get((protocol, group), {}))
    scores.append(lap_time_score([c.laps for c in cases]))
    scores.append(rejoin_score([c.stops for c in cases], [c.within for c in cases], learned.stops))
    scores += _overtaking(cases, learned.pass_rate)
    scores += safety_car_scores(
        [c.safety_car_chances for c in cases],
        [c.safety_cars for c in cases],
        learned.safety_cars,
    )
    return BacktestReport(
        protocol=protocol,
        n=n,
        seed=seed,
        train=tuple(f"{w.year} {w.event}" for w in past),
        test=tuple(f"{w.year} {w.event}" for w, _ in tested),
        first_day=next((w.race.date for w, _ in tested if w.race.date), ""),
        last_day=next((w.race.date for w, _ in reversed(tested) if w.race.date), ""),
        scores=tuple(scores),
        reliability={ALL: reliabilities(starters), FINISHERS: reliabilities(finishers)},
        races=tuple(_row(case) for case in cases),
        left_out=left_out,
    )


def _overtaking(cases: Sequence[_Tested], pass_rate: float) -> list[Score]:
    own = [case.candidates for case in cases]
    chances = [pass_chances(case.candidates, case.passing) for case in cases]
    late = [
        (case.later_candidates, pass_chances(case.later_candidates, case.passing))
        for case in cases
        if case.later_candidates is not None
    ]
    scores = [
        overtaking_score("AUC", own, chances, _AUC_TARGET),
        pass_brier(own, chances, pass_rate),
    ]
    if late:
        seen, foreseen = zip(*late, strict=True)
        scores.append(overtaking_score("AUC, pace known at half distance", seen, foreseen))
    return scores


def _row(case: _Tested) -> RaceRow:
    every, seen = case.starters, case.finishers
    return RaceRow(
        race=every.race,
        starters=len(every.drivers),
        finishers=len(seen.drivers),
        place_error=_miss(every.point, every.finish),
        grid_error=_miss(every.grid, every.finish),
        finishers_error=_miss(seen.point, seen.finish),
        finishers_grid_error=_miss(seen.grid, seen.finish),
    )


def _miss(places: Ints, finish: Ints) -> float:
    return float(np.abs(places - finish).mean())
