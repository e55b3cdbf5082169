"""What a season shows of one driver: the laps, fights and starts of all its races joined."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.calc.driver import adaptability
from f1lab.calc.estimate import Result
from f1lab.compare._chances import racecraft
from f1lab.compare._driver_laps import consistency, mistakes, pressure
from f1lab.compare._profile import mistakes_of
from f1lab.compare._text import asked_or_refused, columns
from f1lab.compare.reliability import Reliability, reliability
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.calc.driver import Adaptability, Consistency, PressureIndex, Racecraft
    from f1lab.compare._profile import Mistakes
    from f1lab.compare._season_races import RaceRead

__all__ = ["SeasonProfile", "season_adaptability", "season_profile"]


@dataclass(frozen=True)
class SeasonProfile(Result):
    """What a season shows of one driver, all its races joined; None with a reason in refusals."""

    driver: str
    team: str
    points: float
    consistency: Consistency | None
    mistakes: Mistakes | None
    racecraft: Racecraft | None
    pressure: PressureIndex | None
    adaptability: Adaptability | None
    reliability: Reliability | None
    refusals: dict[str, str]

    def row(self) -> dict[str, Any]:
        """The profile as one row of a table."""
        spread, slips, fights = self.consistency, self.mistakes, self.racecraft
        pressed, steady, record = self.pressure, self.adaptability, self.reliability
        return {
            "driver": self.driver,
            "team": self.team,
            "points": self.points,
            **columns("scatter", None if spread is None else spread.sigma_s, "s"),
            **columns("mistakes", None if slips is None else slips.per_lap, "per_lap"),
            **columns("racecraft", None if fights is None else fights.score, "logit"),
            "passes_made": None if fights is None else fights.passes_made,
            "passes_expected": None if fights is None else fights.passes_expected.value,
            **columns(
                "pressure", None if pressed is None else pressed.delta_s_per_lap, "s_per_lap"
            ),
            **columns("adaptability", None if steady is None else steady.score, "0_to_1"),
            **columns("car_retires", None if record is None else record.p_retire, "share"),
        }


def season_profile(reads: Sequence[RaceRead], which: int, code: str) -> SeasonProfile:
    """Profile of a driver over the races of a comparison.

    Parameters
    ----------
    reads : sequence of RaceRead
    which : int
        0 for the first driver of the comparison, 1 for the second.
    code : str

    Returns
    -------
    SeasonProfile
    """
    refusals: dict[str, str] = {}
    ask = partial(asked_or_refused, refusals=refusals)
    laps = [read.laps[which] for read in reads if read.laps is not None]
    marks = [read.marks for read in reads if read.marks is not None]
    team = Counter(read.teams[which] for read in reads).most_common(1)[0][0]
    return SeasonProfile(
        driver=code,
        team=team,
        points=sum(read.results[which].points for read in reads),
        consistency=ask("consistency", lambda: consistency(laps)),
        mistakes=ask("mistakes", lambda: mistakes_of(mistakes(marks), code)),
        racecraft=ask("racecraft", lambda: racecraft([read.chances for read in reads], code)),
        pressure=ask("pressure", lambda: pressure(laps)),
        adaptability=ask("adaptability", lambda: season_adaptability(reads, code)),
        reliability=ask("reliability", lambda: reliability([read.record for read in reads], team)),
        refusals=refusals,
    )


def season_adaptability(reads: Sequence[RaceRead], code: str) -> Adaptability:
    """How steady a driver's place in the order of race pace was, in the dry and in the wet.

    Raises
    ------
    NotEnoughLaps
        Under four races with five drivers ranked.
    """
    paces = [{r.driver: r.pace_s for r in read.field_pace} for read in reads]
    names = sorted({name for race in paces for name in race})
    if code not in names:
        raise NotEnoughLaps(f"{code} showed no race pace in {len(reads)} races.")
    table = np.array([[race.get(name, np.nan) for race in paces] for name in names])
    condition = ["wet" if read.wet else "dry" for read in reads]
    return adaptability(table, names.index(code), condition)
