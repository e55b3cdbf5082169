"""A driver's race: pace, consistency, mistakes, fights, pressure, stints; each beside the field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from f1lab.analyze import _driver_words as words
from f1lab.autopsy.references import driver_code
from f1lab.calc.estimate import Estimate, Result
from f1lab.compare._calculations import lap_calculations
from f1lab.compare._driver_weekend import (
    HeadToHead,
    StintPace,
    head_to_head,
    stint_refusals,
    stints,
)
from f1lab.compare._pace import PaceGap, pace_gap, pace_of
from f1lab.compare._profile import DriverProfile, driver_profile
from f1lab.compare._result import Answer
from f1lab.compare._text import asked_or_refused, columns
from f1lab.compare.laps import race_view, require_timed
from f1lab.data.schema import require_weekend
from f1lab.errors import F1LabError

if TYPE_CHECKING:
    from f1lab.calc.tyre import Degradation
    from f1lab.compare._calculations import LapCalculations
    from f1lab.compare.laps import RaceView
    from f1lab.data.schema import Weekend

__all__ = ["DriverAnalysis", "Figure", "driver"]


@dataclass(frozen=True)
class Figure(Result):
    """One figure of a driver beside the field's: 1 is the best ``place`` of ``of`` drivers.

    ``place`` is None where the interval holds the median of the field: no rank is known then.
    """

    name: str
    unit: str
    own: Estimate
    field_median: float
    place: int | None
    of: int


@dataclass(frozen=True, repr=False)
class DriverAnalysis(Answer):
    """A driver's race analyzed. Make one with :func:`f1lab.analyze.driver`.

    Attributes
    ----------
    profile : DriverProfile
    race : HeadToHead
        Grid, finish, laps, stops, points.
    figures : tuple of Figure
        Pace to the field, scatter, mistakes, racecraft, pressure; those that can be told.
    teammate : str or None
    teammate_pace : PaceGap or None
        The driver minus the teammate.
    stints : tuple of StintPace
    wear : Degradation or None
        Of the field, by compound.
    """

    kind: ClassVar[str] = "driver_analysis"

    year: int
    round: int
    event: str
    circuit: str
    source: str
    driver: str
    profile: DriverProfile
    race: HeadToHead
    figures: tuple[Figure, ...]
    teammate: str | None
    teammate_pace: PaceGap | None
    stints: tuple[StintPace, ...]
    wear: Degradation | None
    refusals: dict[str, str]

    @property
    def title(self) -> str:
        """Who, and where."""
        return f"{self.profile.name} ({self.profile.team}), {self.year} {self.event}"

    @property
    def asked(self) -> dict[str, Any]:
        """Season, event and driver."""
        return {"year": self.year, "event": self.event, "driver": self.driver}

    @property
    def findings(self) -> tuple[str, ...]:
        """What the race showed of the driver, result and pace first."""
        return words.findings(self)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Figures beside the field, stints, the race."""
        found = {
            "Beside the field": [
                {
                    "what": own.name,
                    "value": own.own.value,
                    "value_low": own.own.low,
                    "value_high": own.own.high,
                    "field median": own.field_median,
                    "place": "not told from the field"
                    if own.place is None
                    else f"{own.place} of {own.of}",
                    "unit": own.unit,
                }
                for own in self.figures
            ],
            "Stints, against the mean of the field with everything else equal": [
                {k: v for k, v in vars(stint).items() if k not in {"pace_s", "driver"}}
                | columns("pace_to_field", stint.pace_s, "s_per_lap")
                for stint in self.stints
            ],
            "Race": [{k: v for k, v in vars(self.race).items() if k != "driver"}],
        }
        return {title: pd.DataFrame(rows) for title, rows in found.items() if rows}


def driver(weekend: Weekend, driver: str) -> DriverAnalysis:
    """Analyze the race of a driver.

    Parameters
    ----------
    weekend : Weekend
        From :func:`f1lab.load` or :func:`f1lab.load_demo`.
    driver : str
        Three-letter code, e.g. ``"NOR"``.

    Returns
    -------
    DriverAnalysis
        What cannot be told is left out, with the reason in ``refusals``.

    Raises
    ------
    UnknownName
        No such driver.
    NotEnoughLaps
        The driver completed no lap.
    InvalidInput
        If it is no weekend.

    Examples
    --------
    >>> import f1lab
    >>> found = driver(f1lab.load_demo(), "UUR")
    >>> found.race.finish, found.teammate
    (4, 'FJE')
    """
    require_weekend(weekend)
    code = driver_code(weekend, driver)
    view = race_view(weekend)
    require_timed(view, code)
    found = lap_calculations(view)
    profile = driver_profile(view, code)
    refusals = {k: why for k, why in profile.refusals.items() if k != "adaptability"}
    ask = partial(asked_or_refused, refusals=refusals)
    mate = _teammate(weekend, code)
    driven = ask("stints", lambda: stints(view, code)) or ()
    refusals |= stint_refusals(driven)
    return DriverAnalysis(
        year=weekend.year,
        round=weekend.round,
        event=weekend.event,
        circuit=weekend.circuit,
        source=weekend.source,
        driver=code,
        profile=profile,
        race=head_to_head(view, code),
        figures=_figures(view, found, code),
        teammate=mate,
        teammate_pace=None
        if mate is None
        else ask("pace against the teammate", lambda: pace_gap(view, [code], [mate])),
        stints=driven,
        wear=found.get("degradation_curve"),
        refusals=refusals,
    )


def _teammate(weekend: Weekend, code: str) -> str | None:
    results = weekend.race.results
    team = results.loc[results["driver"] == code, "team"].iloc[0]
    others = results.loc[(results["team"] == team) & (results["driver"] != code), "driver"]
    return None if others.empty else str(others.iloc[0])


def _figures(view: RaceView, found: LapCalculations, code: str) -> tuple[Figure, ...]:
    """Every figure that can be told of the driver, with its place in the field."""
    pace, risk = {}, found.get("error_risk")
    for other in view.laps.drivers:
        try:
            pace[other] = pace_of(view, other).s_per_lap
        except F1LabError:
            continue  # who drove too few laps has no place; the driver's own refusal is told
    scatter = {k: v.sigma_s for k, v in found.answers.get("consistency_metrics", {}).items()}
    fights = {k: v.score for k, v in found.answers.get("racecraft_score", {}).items()}
    pressed = {k: v.delta_s_per_lap for k, v in found.answers.get("pressure_index", {}).items()}
    told = (
        _figure("race pace to the field", "s/lap", pace, code),
        _figure("scatter of clean laps", "s", scatter, code),
        _figure("mistakes", "per lap", {} if risk is None else risk.per_lap, code),
        _figure("racecraft (0: as expected)", "logit", fights, code, more_is_better=True),
        _figure("with a car close behind", "s/lap", pressed, code),
    )
    return tuple(figure for figure in told if figure is not None)


def _figure(
    name: str, unit: str, field: dict[str, Estimate], code: str, *, more_is_better: bool = False
) -> Figure | None:
    if code not in field:
        return None
    own, values = field[code], pd.Series({who: told.value for who, told in field.items()})
    median = float(values.median())
    place = int(values.rank(method="min", ascending=not more_is_better)[code])
    told = not own.low <= median <= own.high
    return Figure(name, unit, own, median, place if told else None, len(values))
