"""A race: who was quick with everything else equal, what tyres, stops, flags and weather did."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from f1lab.analyze import _race_tables as as_tables
from f1lab.analyze import _race_words as words
from f1lab.analyze._conditions import Conditions, conditions_of
from f1lab.analyze._refusals import merged
from f1lab.autopsy import autopsy
from f1lab.calc.estimate import Estimate, Result
from f1lab.compare._calculations import lap_calculations
from f1lab.compare._pace import pace_gap, pace_of
from f1lab.compare._result import Answer
from f1lab.compare.laps import race_view
from f1lab.errors import F1LabError
from f1lab.racemodel.laps import FLAGS

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from f1lab.autopsy.blame import Category
    from f1lab.calc.race_state import FuelEffect, PitLoss
    from f1lab.calc.track import TrackEvolution
    from f1lab.calc.traffic import DrsAdvantage, TrafficImpact
    from f1lab.calc.tyre import CompoundDelta, Degradation, ThermalWindow, TyreLife
    from f1lab.calc.weather import CoolingMargin, Crossover, GripEvolution, WeatherVolatility
    from f1lab.compare.laps import RaceView
    from f1lab.data.schema import Weekend

__all__ = ["AgainstWinner", "Neutralised", "RaceAnalysis", "RacePace", "Runner", "race_analysis"]

_PHASES = {
    "sc": "safety car",
    "vsc": "virtual safety car",
    "red": "red flag",
}
#: Shorter drives say nothing of a plan for the whole race [share of its laps].
_TO_THE_END = 0.9
#: Calculations whose refusals belong to a race, and those that are about single drivers.
_OF_THE_RACE = (
    *("degradation_curve", "compound_delta", "tyre_life_projection", "thermal_window"),
    *("pit_loss", "track_evolution", "traffic_impact", "drs_advantage"),
    *("weather_volatility", "cooling_margin", "grip_evolution", "crossover_lap"),
)


@dataclass(frozen=True)
class Runner(Result):
    """One car's race; ``gained`` are places from the grid, None for what is not known."""

    driver: str
    team: str
    grid: int | None
    finish: int | None
    gained: int | None
    laps: int
    stops: int
    tyres: str
    status: str


@dataclass(frozen=True)
class RacePace(Result):
    """Race pace with fuel, track, tyres, traffic and slips equal [s per lap].

    ``behind_best`` is against the quickest, ``to_field`` against the mean of the field.
    """

    driver: str
    team: str
    behind_best: Estimate
    to_field: Estimate
    n_laps: int


@dataclass(frozen=True)
class AgainstWinner(Result):
    """Where a car's gap to the winner came from [s]; positive is lost.

    It is counted over the laps both drove; under nine tenths of the race (``to_the_end`` False)
    it says little of the plan, which was for all of it.
    """

    driver: str
    laps_compared: int
    to_the_end: bool
    gap_s: float
    strategy: Estimate
    pit_execution: Estimate
    incidents: Estimate
    places_by_strategy: int


@dataclass(frozen=True)
class Neutralised(Result):
    """Laps of the leader under a safety car, a virtual one, or a red flag."""

    name: str
    first_lap: int
    last_lap: int


@dataclass(frozen=True, repr=False)
class RaceAnalysis(Answer):
    """A race analyzed. Make one with :func:`f1lab.analyze.session`.

    Attributes
    ----------
    runners : tuple of Runner
        In the order of the result.
    pace : tuple of RacePace
        The quickest first; drivers with too few laps are left out.
    against_winner : tuple of AgainstWinner
        Those who drove to the end first, then the least lost by strategy.
    neutralised : tuple of Neutralised
    conditions : Conditions
    degradation, compounds, life, thermal : the tyres
    stops, fuel, track, traffic, drs : what a stop, fuel, the track and other cars cost
    weather, cooling, grip, crossovers : the weather, and when slicks or rain tyres were quicker
        Each is the result of the calculation of that name, None (or empty) where it refused.
    """

    kind: ClassVar[str] = "session_analysis"

    year: int
    round: int
    event: str
    circuit: str
    source: str
    n_laps: int
    runners: tuple[Runner, ...]
    pace: tuple[RacePace, ...]
    against_winner: tuple[AgainstWinner, ...]
    neutralised: tuple[Neutralised, ...]
    conditions: Conditions
    degradation: Degradation | None
    compounds: tuple[CompoundDelta, ...]
    life: dict[str, TyreLife]
    thermal: dict[str, ThermalWindow]
    stops: PitLoss | None
    fuel: FuelEffect | None
    track: TrackEvolution | None
    traffic: TrafficImpact | None
    drs: DrsAdvantage | None
    weather: WeatherVolatility | None
    cooling: CoolingMargin | None
    grip: GripEvolution | None
    crossovers: dict[str, Crossover]
    refusals: dict[str, str]

    @property
    def title(self) -> str:
        """Which race."""
        return f"{self.year} {self.event}, race ({self.circuit}, {self.n_laps} laps)"

    @property
    def asked(self) -> dict[str, Any]:
        """Season, event and session."""
        return {"year": self.year, "event": self.event, "session": "R"}

    @property
    def findings(self) -> tuple[str, ...]:
        """What the race showed, result and pace first."""
        return words.findings(self)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Pace, result, tyres, stops, strategy, flags and conditions."""
        return as_tables.tables(self)


def race_analysis(weekend: Weekend) -> RaceAnalysis:
    """Analyze the race of a weekend.

    Parameters
    ----------
    weekend : Weekend

    Returns
    -------
    RaceAnalysis
    """
    view = race_view(weekend)
    found = lap_calculations(view)
    refusals = merged(found.refusals, _OF_THE_RACE)
    return RaceAnalysis(
        year=weekend.year,
        round=weekend.round,
        event=weekend.event,
        circuit=weekend.circuit,
        source=weekend.source,
        n_laps=int(view.laps.distance_laps),
        runners=_runners(view),
        pace=_pace(view, refusals),
        against_winner=_against_winner(weekend, refusals),
        neutralised=_neutralised(view),
        conditions=conditions_of(weekend.race),
        degradation=found.get("degradation_curve"),
        compounds=found.get("compound_delta") or (),
        life=found.answers.get("tyre_life_projection", {}),
        thermal=found.answers.get("thermal_window", {}),
        stops=found.get("pit_loss"),
        fuel=found.get("fuel_effect"),
        track=found.get("track_evolution"),
        traffic=found.get("traffic_impact"),
        drs=found.get("drs_advantage"),
        weather=found.get("weather_volatility"),
        cooling=found.get("cooling_margin"),
        grip=found.get("grip_evolution"),
        crossovers=found.answers.get("crossover_lap", {}),
        refusals=refusals,
    )


def _runners(view: RaceView) -> tuple[Runner, ...]:
    results = view.weekend.race.results.sort_values("finish", kind="stable")
    return tuple(_runner(view, row) for row in results.to_dict("records"))


def _runner(view: RaceView, row: Mapping[Hashable, Any]) -> Runner:
    code = str(row["driver"])
    own = view.frame[view.frame["driver"] == code]
    stints = own.groupby("stint", sort=True)["compound"].first()
    grid, finish = (int(row[n]) if np.isfinite(row[n]) else None for n in ("grid", "finish"))
    known = grid is not None and finish is not None and bool(row["classified"])
    changes = sum(view.codes[stop.driver] == code and stop.tyres for stop in view.stops)
    return Runner(
        driver=code,
        team=str(row["team"]),
        grid=grid,
        finish=finish,
        gained=grid - finish if known and grid is not None and finish is not None else None,
        laps=len(own),
        stops=changes,
        tyres=" – ".join(stints),
        status=str(row["status"]),
    )


def _pace(view: RaceView, refusals: dict[str, str]) -> tuple[RacePace, ...]:
    told, short = {}, []
    for code in view.laps.drivers:
        try:
            told[code] = pace_of(view, code)
        except F1LabError as reason:
            short.append(str(reason))
    if short:
        refusals["pace"] = " ".join(short)
    if not told:
        return ()
    best = min(told, key=lambda code: told[code].s_per_lap.value)
    age = told[best].age_laps
    behind = {code: pace_gap(view, [code], [best], age_laps=age).s_per_lap for code in told}
    teams = dict(zip(view.frame["driver"], view.frame["team"], strict=True))
    return tuple(
        RacePace(
            driver=code,
            team=str(teams[code]),
            behind_best=behind[code],
            to_field=told[code].s_per_lap,
            n_laps=told[code].n_laps[0],
        )
        for code in sorted(behind, key=lambda code: behind[code].value)
    )


def _against_winner(weekend: Weekend, refusals: dict[str, str]) -> tuple[AgainstWinner, ...]:
    told: list[AgainstWinner] = []
    race_laps = int(weekend.race.laps["lap"].max())
    for code in weekend.race.results.sort_values("finish", kind="stable")["driver"]:
        try:
            report = autopsy(weekend, str(code), judge_calls=False)
        except F1LabError as reason:
            refusals[f"{code} against the winner"] = str(reason)
            continue
        if report.finish == 1:
            continue
        parts = report.blame.categories
        told.append(
            AgainstWinner(
                driver=str(code),
                laps_compared=report.blame.laps_compared,
                to_the_end=report.blame.laps_compared >= _TO_THE_END * race_laps,
                gap_s=report.gap_s,
                strategy=_estimate(parts["strategy"]),
                pit_execution=_estimate(parts["pit_execution"]),
                incidents=_estimate(parts["incidents"]),
                places_by_strategy=report.positions["strategy"],
            )
        )
    return tuple(sorted(told, key=lambda own: (not own.to_the_end, own.strategy.value)))


def _estimate(category: Category) -> Estimate:
    return Estimate(category.seconds, category.low_s, category.high_s)


def _neutralised(view: RaceView) -> tuple[Neutralised, ...]:
    """Runs of laps of the leader under one kind of flag.

    The restart after a red one is racing, unless it was behind the safety car.
    """
    behind = view.frame["sc"].to_numpy(dtype=bool)[view.past.leader]
    kinds = [FLAGS[flag] for flag in view.past.flown]
    flown = ["sc" if k == "restart" and sc else k for k, sc in zip(kinds, behind, strict=True)]
    out, lap = [], 1
    for name, run in groupby(_PHASES.get(kind, "") for kind in flown):
        n = len(list(run))
        if name:
            out.append(Neutralised(name, lap, lap + n - 1))
        lap += n
    return tuple(out)
