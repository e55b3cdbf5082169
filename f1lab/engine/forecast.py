"""Race pace before the race: from the grid, from qualifying and from earlier races.

Pace is forecast in per cent of a lap against the median car: a ridge regression on the grid
slot, the gap in qualifying, and the *form* of the team and of the driver within it, which are
exponentially weighted means of the pace in earlier races, drawn towards nothing where there are
few. Early in a season and for a new team the form says little, so slot and gap also enter
multiplied with the share of the form that is missing. What stays unexplained gives the doubt,
part of it common to both cars of a team.

Trained on 2018–21 (70 races), the forecast pace of 2023 misses the one then measured by .39 % of a
lap (root mean square) and ranks the classified finishers with a Spearman correlation of .80; the
grid alone does with .71. In the early races of 2022, the first of new cars, it was no better than
the grid.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.calc.robust import robust_sd
from f1lab.engine.field_entry import (
    entries,
    official_laps,
    qualifying_gaps,
    scheduled_laps,
    slots,
)
from f1lab.engine.field_model import lap_middles
from f1lab.engine.form import Form, PaceRecord, pace_pct, require_earlier
from f1lab.errors import NotEnoughLaps
from f1lab.racemodel import RaceModel
from f1lab.racemodel.laps import SLICK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend
    from f1lab.engine.field_entry import Entries
    from f1lab.racemodel import Priors

    Floats = NDArray[np.float64]

__all__ = ["Forecast", "PaceForecast", "PaceRecord", "fit_forecast", "pace_records"]

#: Pace and own wear are read off together, at the age a set has in the middle of a stint [laps].
MIDDLE_AGE_LAPS = 12.0
#: A car with fewer racing laps shows no pace.
_MIN_LAPS = 8
_RIDGE = 2.0
_MIN_ROWS = 40
#: Least standard deviation of a forecast [% of a lap].
_LEAST_SD = 0.1
_A_TEAM = 2
_MOST_SHARED = 0.95
#: How a circuit's level changes from one season to the next [-].
_SEASON_TO_SEASON = 0.02


@dataclass(frozen=True, repr=False)
class PaceForecast:
    """Pace of each car against the median car, in per cent of a lap: mean and covariance."""

    mean: Floats
    covariance: Floats


def pace_records(
    weekend: Weekend, model: RaceModel | None = None, priors: Priors | None = None
) -> list[PaceRecord]:
    """What one race showed of every starter's pace.

    Parameters
    ----------
    weekend : Weekend
    model : RaceModel, optional
        Fit of its race; made here if not given, with ``priors``.
    priors : Priors, optional

    Returns
    -------
    list of PaceRecord
        In grid order.
    """
    model = model or RaceModel.of(weekend, priors)
    entry = entries(weekend)
    pace, sd = _race_pace(model)
    centre = float(np.median(list(pace.values()))) if pace else 0.0
    gap, session_s = qualifying_gaps(weekend)
    lap_s, base_s = _lap_levels(model)
    results = weekend.race.results
    finish = dict(zip(results["driver"], results["finish"].astype(float), strict=True))
    return [
        PaceRecord(
            year=weekend.year,
            round=weekend.round,
            date=weekend.race.date,
            circuit=weekend.circuit,
            driver=driver,
            team=team,
            slot=float(slot),
            finish=finish[driver],
            quali_gap_pct=gap.get(driver, np.nan),
            pace_s=pace.get(driver, np.nan) - centre,
            sd_s=sd.get(driver, np.nan),
            lap_s=lap_s,
            base_lap_s=base_s,
            quali_lap_s=session_s,
            race_laps=official_laps(weekend),
        )
        for driver, team, slot in zip(entry.drivers, entry.teams, slots(entry), strict=True)
    ]


def _race_pace(model: RaceModel) -> tuple[dict[str, float], dict[str, float]]:
    """Pace at a middle tyre age of everyone with enough laps [s], and its sd."""
    laps, blocks = model.laps, model.design.blocks
    theta = model.centred(model.fit.coefficients[None])[0]
    count = np.bincount(laps.driver[model.fit.used], minlength=len(laps.drivers))
    pace, sd = {}, {}
    for i, driver in enumerate(laps.drivers):
        if count[i] < _MIN_LAPS:
            continue
        row = np.zeros(len(theta))
        row[blocks["pace"].start + i] = 1.0
        row[blocks["excess"].start + i] = MIDDLE_AGE_LAPS
        pace[driver] = float(row @ theta)
        sd[driver] = float(np.sqrt(row @ model.fit.covariance @ row))
    return pace, sd


def _lap_levels(model: RaceModel) -> tuple[float, float]:
    """Median racing lap, and the level of a car without fuel on new MEDIUM; NaN when unknown [s]."""
    laps = model.laps
    if model.fit.used.sum() < _MIN_LAPS:
        return np.nan, np.nan
    lap_s = float(np.median(laps.lap_time_s[model.fit.used]))
    if laps.wet.any():
        return lap_s, np.nan
    theta = model.centred(model.fit.coefficients[None])
    return lap_s, float(np.median(model.track(theta, lap_middles(laps.distance_laps))[..., SLICK]))


@dataclass(frozen=True)
class Pattern:
    """Coefficients for one set of features, and what they leave over [% of a lap].

    The variance of a forecast is ``variance[0] + variance[1]·missing``, ``missing`` being the
    share of the team's form that is not known; ``team_share`` of it is common to a team.
    """

    coefficients: tuple[float, ...]
    variance: tuple[float, float]
    team_share: float
    rows: int


@dataclass(frozen=True, repr=False)
class Forecast:
    """A fitted forecast.

    Attributes
    ----------
    patterns : dict
        :class:`Pattern` by what is known: ``"slot"`` with ``"+quali"`` and ``"+form"``.
    base_over_quali : (float, float)
        Level of a lap without fuel on new MEDIUM over the median qualifying lap: mean and sd [-].
    base_lap_s : dict of str to float
        That level by circuit [s].
    base_race_s : (float, float)
        That level times the scheduled laps over circuits: mean and sd [s].
    until : (int, int)
        Year and round of the last race it was fitted on.
    races : int
    """

    patterns: Mapping[str, Pattern]
    base_over_quali: tuple[float, float]
    base_lap_s: Mapping[str, float]
    base_race_s: tuple[float, float]
    until: tuple[int, int]
    races: int

    def __repr__(self) -> str:
        """Races it was fitted on and the last of them."""
        return f"Forecast({self.races} races until {self.until[0]} round {self.until[1]})"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready content."""
        return asdict(self) | {"patterns": {k: asdict(p) for k, p in self.patterns.items()}}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Forecast:
        """Read what :meth:`to_dict` wrote."""
        patterns = {
            name: Pattern(
                tuple(entry["coefficients"]),
                (entry["variance"][0], entry["variance"][1]),
                entry["team_share"],
                entry["rows"],
            )
            for name, entry in content["patterns"].items()
        }
        pairs = {
            name: (content[name][0], content[name][1])
            for name in ("base_over_quali", "base_race_s", "until")
        }
        return cls(
            patterns=patterns,
            base_lap_s=dict(content["base_lap_s"]),
            races=content["races"],
            **pairs,
        )

    def pace(self, weekend: Weekend, entry: Entries, history: Sequence[PaceRecord]) -> PaceForecast:
        """Forecast the pace of every car.

        Parameters
        ----------
        weekend : Weekend
            Only its qualifying and its place in the calendar are looked at.
        entry : Entries
        history : sequence of PaceRecord
            Earlier races.

        Returns
        -------
        PaceForecast

        Raises
        ------
        InvalidInput
            A record of ``history`` is not of an earlier race.
        """
        require_earlier(history, weekend)
        gap, _ = qualifying_gaps(weekend)
        seen = Form.of(history, weekend.year)
        now = _Features(
            slots(entry),
            np.array([gap.get(driver, np.nan) for driver in entry.drivers]),
            *seen.at(entry.teams, entry.drivers),
        )
        n = len(entry.drivers)
        mean, sd, share = np.zeros(n), np.zeros(n), np.zeros(n)
        names = now.pattern(self.patterns, form=bool(history))
        for name in np.unique(names):
            rows = names == name
            pattern = self.patterns[name]
            mean[rows] = now.columns(name)[rows] @ pattern.coefficients
            variance = pattern.variance[0] + pattern.variance[1] * now.missing[rows]
            sd[rows], share[rows] = np.sqrt(variance), pattern.team_share
        teams = np.array(entry.teams)
        common = (teams[:, None] == teams[None, :]) * np.sqrt(np.outer(share, share))
        np.fill_diagonal(common, 1.0)
        return PaceForecast(mean, common * np.outer(sd, sd))

    def base(self, weekend: Weekend, history: Sequence[PaceRecord]) -> tuple[float, float]:
        """Level of a lap without fuel on new MEDIUM: mean and sd [s].

        From qualifying in the dry; else from the circuit's earlier races; else from the length
        of a race over all circuits.
        """
        _, quali_s = qualifying_gaps(weekend)
        mean, sd = self.base_over_quali
        if np.isfinite(quali_s * mean):
            return quali_s * mean, quali_s * sd
        before = [r.base_lap_s for r in history if r.circuit == weekend.circuit]
        before = [level for level in before if np.isfinite(level)]
        known = before[-1] if before else self.base_lap_s.get(weekend.circuit, np.nan)
        if np.isfinite(known):
            return known, known * _SEASON_TO_SEASON
        mean, sd = self.base_race_s
        return mean / scheduled_laps(weekend), sd / scheduled_laps(weekend)


@dataclass(frozen=True)
class _Features:
    """What is known of each car before the race, arrays of shape (n,)."""

    slot: Floats
    gap: Floats
    team: Floats
    driver: Floats
    missing: Floats

    def pattern(self, fitted: Mapping[str, Pattern], *, form: bool) -> NDArray[np.str_]:
        """Richest fitted set of features each car has."""
        name = "slot+form" if form and "slot+form" in fitted else "slot"
        richer = name.replace("slot", "slot+quali")
        timed = np.isfinite(self.gap) & (richer in fitted)
        return np.where(timed, richer, name)

    def columns(self, pattern: str) -> Floats:
        """Columns of one set of features, shape (n, k); NaN gaps stay NaN."""
        sight = [self.slot, self.gap] if "quali" in pattern else [self.slot]
        if "form" not in pattern:
            return np.stack(sight, axis=1)
        thin = [column * self.missing for column in sight]
        return np.stack([*sight, *thin, self.team, self.driver], axis=1)


PATTERNS = ("slot", "slot+quali", "slot+form", "slot+quali+form")


def fit_forecast(records: Sequence[PaceRecord]) -> Forecast:
    """Fit the forecast on earlier races.

    Each race is forecast from those before it, as it would have been at the time.

    Parameters
    ----------
    records : sequence of PaceRecord
        Of all races, in any order.

    Returns
    -------
    Forecast

    Raises
    ------
    NotEnoughLaps
        Too few of the records carry a pace.
    """
    table = sorted(records, key=lambda r: (r.year, r.round, r.slot))
    pace = pace_pct(table)
    sd = np.array([100 * r.sd_s / r.lap_s for r in table])
    race = np.array([1000 * r.year + r.round for r in table], dtype=np.int64)
    if np.isfinite(pace).sum() < _MIN_ROWS:
        raise NotEnoughLaps(
            f"the pace forecast needs {_MIN_ROWS} starts with a measured race pace and got "
            f"{int(np.isfinite(pace).sum())}; give it the records of more races."
        )
    known = _known_before(table, race)
    teams = np.array([r.team for r in table])
    patterns = {}
    for name in PATTERNS:
        columns = known.columns(name)
        rows = np.isfinite(pace) & np.isfinite(columns).all(axis=1)
        if "form" in name:
            rows &= race > race[0]
        if rows.sum() >= _MIN_ROWS:
            patterns[name] = _fit_pattern(
                columns[rows], pace[rows], sd[rows], known.missing[rows], race[rows], teams[rows]
            )
    last = table[-1]
    return Forecast(
        patterns=patterns,
        base_over_quali=_mean_sd([r.base_lap_s / r.quali_lap_s for r in table]),
        base_lap_s=_by_circuit(table),
        base_race_s=_mean_sd([r.base_lap_s * r.race_laps for r in table]),
        until=(last.year, last.round),
        races=len(np.unique(race)),
    )


def _known_before(table: Sequence[PaceRecord], race: NDArray[np.int64]) -> _Features:
    """Features of every start, each from the races before it."""
    parts = []
    for number in np.unique(race):
        start = int(np.searchsorted(race, number))
        own = table[start : int(np.searchsorted(race, number, side="right"))]
        form = Form.of(table[:start], own[0].year)
        parts.append(form.at([r.team for r in own], [r.driver for r in own]))
    team, driver, missing = (np.concatenate(column) for column in zip(*parts, strict=True))
    slot = np.array([r.slot for r in table])
    gap = np.array([r.quali_gap_pct for r in table])
    return _Features(slot, gap, team, driver, missing)


def _fit_pattern(
    columns: Floats,
    pace: Floats,
    sd: Floats,
    missing: Floats,
    race: NDArray[np.int64],
    teams: NDArray[np.str_],
) -> Pattern:
    """Ridge coefficients, and the variance they leave beyond the error of the paces measured."""
    gram = columns.T @ columns + _RIDGE * np.eye(columns.shape[1])
    coefficients = np.linalg.solve(gram, columns.T @ pace)
    residual = pace - columns @ coefficients
    beyond = residual**2 - sd**2
    ramp = np.stack([1 - missing, missing], axis=1)
    if np.ptp(missing) > 0:
        known, unknown = np.linalg.lstsq(ramp, beyond, rcond=None)[0]
    else:
        known = unknown = float(beyond.mean())
    known = max(float(known), _LEAST_SD**2)
    unknown = max(float(unknown), known)
    scaled = residual / np.sqrt(known + (unknown - known) * missing)
    mates = [
        scaled[rows].prod()
        for number in np.unique(race)
        for team in np.unique(teams[race == number])
        if len(rows := np.flatnonzero((race == number) & (teams == team))) == _A_TEAM
    ]
    share = float(np.clip(np.mean(mates), 0.0, _MOST_SHARED)) if mates else 0.0
    return Pattern(
        coefficients=tuple(coefficients.tolist()),
        variance=(known, unknown - known),
        team_share=share,
        rows=len(pace),
    )


def _mean_sd(values: Sequence[float]) -> tuple[float, float]:
    """Median and robust standard deviation of the values known; NaN without any."""
    known = np.array(values)[np.isfinite(values)]
    if not len(known):
        return np.nan, np.nan
    return float(np.median(known)), robust_sd(known)


def _by_circuit(table: Sequence[PaceRecord]) -> dict[str, float]:
    """Latest level of a lap at each circuit [s]."""
    return {r.circuit: r.base_lap_s for r in table if np.isfinite(r.base_lap_s)}
