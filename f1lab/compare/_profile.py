"""What one race weekend shows of one driver."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.autopsy.references import driver_code, require_laps
from f1lab.calc.driver import adaptability
from f1lab.calc.estimate import Estimate, Result
from f1lab.compare._chances import passing_chances, racecraft
from f1lab.compare._driver_laps import consistency, field_marks, mistakes, own_laps, pressure
from f1lab.compare._pace import pace_of
from f1lab.compare._qualifying import gap_to_quickest_pct
from f1lab.compare._text import asked_or_refused, columns
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from f1lab.calc.driver import Adaptability, Consistency, ErrorRisk, PressureIndex, Racecraft
    from f1lab.compare._pace import PaceGap
    from f1lab.compare.laps import RaceView
    from f1lab.data.schema import Weekend

__all__ = ["DriverProfile", "Mistakes", "driver_profile", "mistakes_of", "result_of"]


@dataclass(frozen=True)
class Mistakes(Result):
    """Chance of a mistake per lap, and how many were made on how many dry racing laps."""

    per_lap: Estimate
    n_mistakes: int
    n_laps: int


@dataclass(frozen=True)
class DriverProfile(Result):
    """What a driver showed; None for what the data cannot carry, with the reason in ``refusals``.

    ``pace`` is race pace against the mean of the field, ``qualifying_pct`` the gap to the
    quickest of the last part of qualifying driven [%].
    """

    driver: str
    name: str
    team: str
    team_colour: str
    pace: PaceGap | None
    qualifying_pct: float | None
    consistency: Consistency | None
    mistakes: Mistakes | None
    racecraft: Racecraft | None
    pressure: PressureIndex | None
    adaptability: Adaptability | None
    refusals: dict[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """The profile as one row of a table."""
        pace, spread, slips = self.pace, self.consistency, self.mistakes
        fights, pressed, steady = self.racecraft, self.pressure, self.adaptability
        return {
            "driver": self.driver,
            "team": self.team,
            **columns("pace_to_field", None if pace is None else pace.s_per_lap, "s_per_lap"),
            "qualifying_gap_pct": self.qualifying_pct,
            **columns("scatter", None if spread is None else spread.sigma_s, "s"),
            **columns("mistakes", None if slips is None else slips.per_lap, "per_lap"),
            **columns("racecraft", None if fights is None else fights.score, "logit"),
            "passes_made": None if fights is None else fights.passes_made,
            "passes_expected": None if fights is None else fights.passes_expected.value,
            **columns(
                "pressure", None if pressed is None else pressed.delta_s_per_lap, "s_per_lap"
            ),
            **columns("adaptability", None if steady is None else steady.score, "0_to_1"),
        }


def driver_profile(view: RaceView, code: str) -> DriverProfile:
    """Profile of a driver from one weekend.

    Parameters
    ----------
    view : RaceView
    code : str

    Returns
    -------
    DriverProfile

    Raises
    ------
    UnknownName
        No such driver.
    NotEnoughLaps
        The driver completed no lap.
    """
    weekend = view.weekend
    code = driver_code(weekend, code)
    require_laps(weekend, code)
    result = result_of(weekend, code)
    refusals: dict[str, str] = {}
    ask = partial(asked_or_refused, refusals=refusals)
    return DriverProfile(
        driver=code,
        name=str(result["name"]),
        team=str(result["team"]),
        team_colour=str(result["team_colour"]),
        pace=ask("pace", lambda: pace_of(view, code)),
        qualifying_pct=ask("qualifying", lambda: gap_to_quickest_pct(weekend, code)),
        consistency=ask("consistency", lambda: consistency([own_laps(view, code)])),
        mistakes=ask("mistakes", lambda: mistakes_of(mistakes([field_marks(view)]), code)),
        racecraft=ask("racecraft", lambda: racecraft([passing_chances(view)], code)),
        pressure=ask("pressure", lambda: pressure([own_laps(view, code)])),
        adaptability=ask("adaptability", lambda: _adaptability(view, code)),
        refusals=refusals,
    )


def result_of(weekend: Weekend, code: str) -> dict[str, Any]:
    """A driver's row of the race results."""
    results = weekend.race.results
    row = results[results["driver"] == code].iloc[0]
    return {str(name): value for name, value in row.items()}


def mistakes_of(risk: ErrorRisk, code: str) -> Mistakes:
    """One driver's figures out of the field's.

    Raises
    ------
    NotEnoughLaps
        With the reason, if the driver has none.
    """
    if code not in risk.per_lap:
        raise NotEnoughLaps(risk.refused.get(code, f"{code} drove no dry racing lap."))
    return Mistakes(risk.per_lap[code], risk.mistakes[code], risk.laps[code])


def _adaptability(view: RaceView, code: str) -> Adaptability:
    """One race is one rank: the calculation says how many it takes."""
    fit = view.model
    pace = fit.fit.coefficients[fit.design.blocks["pace"]]
    return adaptability(pace[:, None], int(np.flatnonzero(view.codes == code)[0]))
