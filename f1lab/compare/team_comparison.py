"""Two teams of a weekend: pace of both cars, tyre wear, pit work, reliability, top speed.

Every difference is the first team minus the second: positive seconds are lost by the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from f1lab.calc.estimate import Estimate, Result
from f1lab.compare._driver_laps import top_speed
from f1lab.compare._driver_weekend import race_sectors
from f1lab.compare._pace import PaceGap, pace_gap, pace_of, require_racing
from f1lab.compare._qualifying import (
    QualifyingGap,
    gap_to_quickest_pct,
    qualifying_gap,
    quicker_car,
)
from f1lab.compare._result import Answer
from f1lab.compare._text import asked_or_refused, clear, columns, quicker
from f1lab.compare.laps import race_view
from f1lab.compare.reliability import Reliability, race_record, reliability
from f1lab.compare.stops import CrewTime, crew_time, stop_costs
from f1lab.data.circuits import fold
from f1lab.data.schema import require_weekend
from f1lab.errors import InvalidInput, NotEnoughLaps, UnknownName

if TYPE_CHECKING:
    from f1lab.calc.race_state import PitLoss
    from f1lab.calc.track import SectorDelta, StraightLineSpeed
    from f1lab.compare.laps import RaceView
    from f1lab.data.schema import Weekend

__all__ = ["TeamComparison", "TeamProfile", "team_name", "teams"]


@dataclass(frozen=True)
class TeamProfile(Result):
    """What a weekend shows of one team; None with the reason in ``refusals``.

    ``pace`` is the mean race pace of its cars against the field's, ``pace_by_driver`` each car's;
    ``top_speed`` at the trap without a tow and with one.
    """

    team: str
    team_colour: str
    drivers: tuple[str, ...]
    points: float
    pace: PaceGap | None
    pace_by_driver: dict[str, PaceGap]
    best_qualifying_pct: float | None
    pit_work: CrewTime | None
    reliability: Reliability | None
    top_speed: StraightLineSpeed | None
    refusals: dict[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """The profile as one row of a table."""
        speed = None if self.top_speed is None else self.top_speed.clean
        crew, record = self.pit_work, self.reliability
        return {
            "team": self.team,
            "drivers": ", ".join(self.drivers),
            "points": self.points,
            **columns(
                "pace_to_field", None if self.pace is None else self.pace.s_per_lap, "s_per_lap"
            ),
            **columns(
                "own_wear", None if self.pace is None else self.pace.wear_s_per_lap, "s_per_lap"
            ),
            "best_qualifying_gap_pct": self.best_qualifying_pct,
            "tyre_stops": None if crew is None else crew.n_stops,
            "lost_in_stops_s": None if crew is None else crew.lost_s,
            "usual_stop": None if crew is None else crew.usual,
            **columns("crew_per_stop", None if crew is None else crew.crew_s, "s"),
            **columns("top_speed", None if speed is None else speed.kmh, "kmh"),
            **columns("retires", None if record is None else record.p_retire, "share"),
        }


@dataclass(frozen=True, repr=False)
class TeamComparison(Answer):
    """Two teams of a weekend compared; every difference is ``a`` minus ``b``.

    Attributes
    ----------
    race_pace : PaceGap or None
        Mean of the first team's cars minus the mean of the second's; its ``wear_s_per_lap`` is
        the difference of their tyre wear.
    qualifying : QualifyingGap or None
        Between each team's quicker car.
    sectors : SectorDelta or None
        Of clean race laps of both cars of each, corrected [s].
    stop_cost : PitLoss or None
        What a stop cost anybody here, under each flag.
    """

    kind: ClassVar[str] = "team_comparison"

    year: int
    round: int
    event: str
    circuit: str
    source: str
    a: str
    b: str
    profiles: tuple[TeamProfile, TeamProfile]
    race_pace: PaceGap | None
    qualifying: QualifyingGap | None
    sectors: SectorDelta | None
    stop_cost: PitLoss | None
    refusals: dict[str, str]

    @property
    def title(self) -> str:
        """Who, and where."""
        return f"{self.a} against {self.b}, {self.year} {self.event}"

    @property
    def asked(self) -> dict[str, Any]:
        """Season, event and the two teams."""
        return {"year": self.year, "event": self.event, "a": self.a, "b": self.b}

    @property
    def findings(self) -> tuple[str, ...]:
        """What the numbers say, race pace first."""
        told = []
        if self.race_pace is not None:
            where = "In race pace, with fuel, tyres and traffic equal,"
            told.append(quicker(self.a, self.b, self.race_pace.s_per_lap, where))
            told.append(self._wear_sentence(self.race_pace))
        if self.qualifying is not None:
            gap = self.qualifying
            side = "behind" if gap.gap_s > 0 else "ahead of"
            told.append(
                f"Qualifying: the quicker {self.a} was {abs(gap.gap_s):.3f} s "
                f"({abs(gap.gap_pct):.2f} %) {side} the quicker {self.b} in {gap.part}."
            )
        told += [
            _stop_sentence(p.team, p.pit_work) for p in self.profiles if p.pit_work is not None
        ]
        told += self._speed_sentence()
        return tuple(told)

    def _wear_sentence(self, pace: PaceGap) -> str:
        wear = pace.wear_s_per_lap
        ends = f"{1000 * wear.value:+.0f} ms per lap of age for {self.a}"
        if not clear(wear):
            return f"Their tyre wear is not told apart ({ends}; 90 %: {_ms(wear)})."
        harder = self.a if wear.value > 0 else self.b
        return f"{harder} wore its tyres faster ({ends}; 90 %: {_ms(wear)})."

    def _speed_sentence(self) -> list[str]:
        clean = [None if p.top_speed is None else p.top_speed.clean for p in self.profiles]
        if clean[0] is None or clean[1] is None:
            return []
        kmh = [speed.kmh.value for speed in clean if speed is not None]
        told = (
            f"Through the speed trap without a tow {self.a} did {kmh[0]:.0f} km/h in the median, "
            f"{self.b} {kmh[1]:.0f} km/h."
        )
        return [told]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Differences, both teams, their cars and what a stop cost."""
        pace, fact, sectors = self.race_pace, self.qualifying, self.sectors
        rows = {
            "race pace": None if pace is None else pace.s_per_lap,
            "race pace on new tyres": None if pace is None else pace.new_tyre_s,
            "qualifying, as timed": None
            if fact is None
            else Estimate(fact.gap_s, fact.gap_s, fact.gap_s),
        }
        for k, part in enumerate(() if sectors is None else sectors.sectors_s, 1):
            rows[f"race, clean dry laps, sector {k}"] = part
        if sectors is not None:
            rows["race, clean dry laps, lap"] = sectors.lap_s
        frames = {
            "Differences (a minus b)": [
                {"a": self.a, "b": self.b, "what": what, **columns("difference", value, "s")}
                for what, value in rows.items()
                if value is not None
            ],
            "Teams": [profile.row() for profile in self.profiles],
            "Cars": [
                {
                    "team": profile.team,
                    "driver": code,
                    **columns("pace_to_field", gap.s_per_lap, "s_per_lap"),
                    **columns("own_wear", gap.wear_s_per_lap, "s_per_lap"),
                }
                for profile in self.profiles
                for code, gap in profile.pace_by_driver.items()
            ],
            "What a stop cost": [
                {"flag": own.flag, "stops": own.n, **columns("loss", own.loss_s, "s")}
                | ({} if own.stationary_s is None else {"standing_s": own.stationary_s})
                for own in (() if self.stop_cost is None else self.stop_cost.flags)
            ],
        }
        return {title: pd.DataFrame(rows) for title, rows in frames.items() if rows}


def teams(weekend: Weekend, a: str, b: str) -> TeamComparison:
    """Compare two teams over a race weekend.

    Parameters
    ----------
    weekend : Weekend
        From :func:`f1lab.load` or :func:`f1lab.load_demo`.
    a, b : str
        Names, or parts of them that fit one team only: ``"Red Bull"``.

    Returns
    -------
    TeamComparison
        Every difference is ``a`` minus ``b``; what cannot be told is None, with the reason in
        ``refusals``.

    Raises
    ------
    UnknownName
        No such team.
    InvalidInput
        The same team twice.
    NotEnoughLaps
        No car of a team completed a lap.
    """
    require_weekend(weekend)
    a, b = team_name(weekend, a), team_name(weekend, b)
    if a == b:
        others = [name for name in _team_names(weekend) if name != a]
        raise InvalidInput(
            f"{a} cannot be compared with itself; name another team: {', '.join(others)}."
        )
    view = race_view(weekend)
    cars = {name: _cars(view, name) for name in (a, b)}
    refusals: dict[str, str] = {}
    ask = partial(asked_or_refused, refusals=refusals)
    profiles = _profile(view, a, cars[a]), _profile(view, b, cars[b])
    for profile in profiles:
        refusals |= {f"{profile.team} {name}": why for name, why in profile.refusals.items()}
    return TeamComparison(
        year=weekend.year,
        round=weekend.round,
        event=weekend.event,
        circuit=weekend.circuit,
        source=weekend.source,
        a=a,
        b=b,
        profiles=profiles,
        race_pace=ask(
            "race_pace", lambda: pace_gap(view, _racing(view, cars[a]), _racing(view, cars[b]))
        ),
        qualifying=ask(
            "qualifying",
            lambda: qualifying_gap(weekend, *(quicker_car(weekend, cars[team]) for team in (a, b))),
        ),
        sectors=ask("sectors", lambda: race_sectors(view, cars[a], cars[b])),
        stop_cost=ask("stop_cost", lambda: stop_costs(view)),
        refusals=refusals,
    )


def _team_names(weekend: Weekend) -> list[str]:
    return list(dict.fromkeys(str(name) for name in weekend.race.results["team"]))


def team_name(weekend: Weekend, given: str) -> str:
    """Name of a team of this race, from its name or a part that fits no other.

    Raises
    ------
    UnknownName
        With those that ran.
    """
    known = _team_names(weekend)
    wanted = fold(str(given))
    exact = [name for name in known if fold(name) == wanted]
    part = [name for name in known if wanted and wanted in fold(name)]
    found = exact or part
    if len(found) != 1:
        raise UnknownName(f"team in the {weekend.year} {weekend.event}", str(given), known)
    return found[0]


def _cars(view: RaceView, team: str) -> list[str]:
    results = view.weekend.race.results
    entered = [str(code) for code in results.loc[results["team"] == team, "driver"]]
    ran = [code for code in entered if code in view.laps.drivers]
    if not ran:
        raise NotEnoughLaps(
            f"no car of {team} ({', '.join(entered)}) completed a lap of the "
            f"{view.weekend.year} {view.weekend.event}; choose another team."
        )
    return ran


def _racing(view: RaceView, codes: list[str]) -> list[str]:
    """Those with enough racing laps to show pace; the last one's reason when there are none."""
    shown: list[str] = []
    for code in codes:
        try:
            require_racing(view, code)
        except NotEnoughLaps:
            if code == codes[-1] and not shown:
                raise
        else:
            shown.append(code)
    return shown


def _profile(view: RaceView, team: str, cars: list[str]) -> TeamProfile:
    results = view.weekend.race.results
    own = results[results["team"] == team]
    refusals: dict[str, str] = {}
    ask = partial(asked_or_refused, refusals=refusals)
    by_driver = {code: ask(f"pace of {code}", partial(pace_of, view, code)) for code in cars}
    return TeamProfile(
        team=team,
        team_colour=str(own["team_colour"].iloc[0]),
        drivers=tuple(cars),
        points=float(np.nansum(own["points"].to_numpy(dtype=float))),
        pace=ask("pace", lambda: pace_of(view, *_racing(view, cars))),
        pace_by_driver={code: gap for code, gap in by_driver.items() if gap is not None},
        best_qualifying_pct=ask("qualifying", partial(_best_pct, view.weekend, cars)),
        pit_work=ask("pit work", lambda: crew_time(view, cars)),
        reliability=ask("reliability", lambda: reliability([race_record(view)], team)),
        top_speed=ask("top speed", lambda: top_speed(view, *cars)),
        refusals=refusals,
    )


def _best_pct(weekend: Weekend, cars: list[str]) -> float:
    return gap_to_quickest_pct(weekend, quicker_car(weekend, cars))


def _ms(wear: Estimate) -> str:
    """An interval of wear in thousandths."""
    return f"{1000 * wear.low:+.0f} to {1000 * wear.high:+.0f}"


def _stop_sentence(team: str, work: CrewTime) -> str:
    side = "lost" if work.lost_s > 0 else "gained"
    stops = f"{work.n_stops} tyre stop{'s' * (work.n_stops != 1)}"
    return f"{team} {side} {abs(work.lost_s):.1f} s in {stops} against the usual {work.usual}."
