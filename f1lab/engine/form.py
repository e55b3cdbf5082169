"""Form: what earlier races said of a team and of its drivers.

The form of a team is the exponentially weighted mean of its cars' race pace, that of a driver
the weighted mean of his distance to the mean of his team; both are drawn towards nothing by a
few races' worth. Half of the weight is gone after a few races, most of it over the winter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Form", "PaceRecord", "pace_pct", "require_earlier"]

#: Races until a result counts half, for a team and (slower to change) for a driver; chosen with
#: the two below on 2022 with training on 2018–21.
_HALF_LIFE_RACES = {"team": 3.0, "driver": 9.0}
#: What the winter leaves of its weight [-].
_WINTER = 0.1
#: Cars' results worth of no form that the means are drawn by.
_PRIOR_RESULTS = {"team": 2.0, "driver": 10.0}
#: A pace further off than this is a damaged or crippled car [% of a lap].
_PACE_RANGE = (-2.5, 3.0)


@dataclass(frozen=True)
class PaceRecord:
    """What one race showed of one starter; NaN for what it did not show.

    Attributes
    ----------
    year, round : int
        Place in the calendar; ``date`` [ISO] is a label.
    slot : float
        Grid slot from −1/2 (pole) to +1/2 (last).
    finish : float
        Official position.
    quali_gap_pct : float
        Gap to the field's median in qualifying [% of a lap].
    pace_s, sd_s : float
        Race pace against the median car at a middle tyre age, and its standard deviation [s].
    lap_s : float
        Median racing lap of the race [s].
    base_lap_s : float
        Level of a lap without fuel on new MEDIUM [s].
    quali_lap_s : float
        Median of the field's best laps in a dry qualifying [s].
    race_laps : int
        Official distance [laps].
    """

    year: int
    round: int
    date: str
    circuit: str
    driver: str
    team: str
    slot: float
    finish: float
    quali_gap_pct: float
    pace_s: float
    sd_s: float
    lap_s: float
    base_lap_s: float
    quali_lap_s: float
    race_laps: int


def pace_pct(records: Sequence[PaceRecord]) -> Floats:
    """Race pace of each record, without the worst cripples [% of a lap]."""
    pace_s = np.array([r.pace_s for r in records], dtype=np.float64)
    lap_s = np.array([r.lap_s for r in records], dtype=np.float64)
    return np.clip(100 * pace_s / lap_s, *_PACE_RANGE)


def require_earlier(history: Sequence[PaceRecord], weekend: Weekend) -> None:
    """Refuse a history that is not all before a race.

    Raises
    ------
    InvalidInput
        A record is of this race or a later one, by year and round.
    """
    late = [r for r in history if (r.year, r.round) >= (weekend.year, weekend.round)]
    if late:
        raise InvalidInput(
            f"the history holds the {late[0].circuit} race of {late[0].year} (round "
            f"{late[0].round}), which is not before the {weekend.year} {weekend.event} (round "
            f"{weekend.round}); a forecast may only see earlier races: leave it out."
        )


@dataclass(frozen=True, repr=False)
class Form:
    """Weighted results of earlier races, ready to be asked for any car."""

    team: tuple[str, ...]
    driver: tuple[str, ...]
    pace: Floats
    to_team: Floats
    team_weight: Floats
    driver_weight: Floats

    @classmethod
    def of(cls, history: Sequence[PaceRecord], year: int) -> Form:
        """Weigh the results known before a race of a season.

        Parameters
        ----------
        history : sequence of PaceRecord
            Earlier races, in any order.
        year : int
            Season of the race to come.

        Returns
        -------
        Form
        """
        shown = [r for r in history if np.isfinite(r.pace_s)]
        calendar = {race: i for i, race in enumerate(sorted({(r.year, r.round) for r in history}))}
        ago = np.array([len(calendar) - calendar[r.year, r.round] for r in shown], dtype=float)
        winters = np.array([year - r.year for r in shown], dtype=float)
        pace = pace_pct(shown)
        weight = {
            kind: 0.5 ** (ago / half) * _WINTER**winters for kind, half in _HALF_LIFE_RACES.items()
        }
        to_team, paired = _to_team_mean(shown, pace)
        return cls(
            team=tuple(r.team for r in shown),
            driver=tuple(r.driver for r in shown),
            pace=pace,
            to_team=to_team,
            team_weight=weight["team"],
            driver_weight=weight["driver"] * paired,
        )

    def at(self, teams: Sequence[str], drivers: Sequence[str]) -> tuple[Floats, Floats, Floats]:
        """Form of each car.

        Returns
        -------
        team, driver : ndarray, shape (n,)
            Form of the team, and of the driver within it [% of a lap].
        missing : ndarray, shape (n,)
            Share of the team's form that is not known [-].
        """
        team, known = _shrunk(self.team, self.pace, self.team_weight, teams, "team")
        driver, _ = _shrunk(self.driver, self.to_team, self.driver_weight, drivers, "driver")
        return team, driver, 1 - known


def _to_team_mean(shown: Sequence[PaceRecord], pace: Floats) -> tuple[Floats, Floats]:
    """Distance of each result to its team's mean in that race, and whether there were two."""
    groups: dict[tuple[int, int, str], list[int]] = {}
    for i, r in enumerate(shown):
        groups.setdefault((r.year, r.round, r.team), []).append(i)
    out, paired = np.zeros(len(shown)), np.zeros(len(shown))
    for rows in groups.values():
        if len(rows) > 1:
            out[rows] = pace[rows] - pace[rows].mean()
            paired[rows] = 1.0
    return out, paired


def _shrunk(
    names: tuple[str, ...], values: Floats, weight: Floats, wanted: Sequence[str], kind: str
) -> tuple[Floats, Floats]:
    """Weighted mean of the values of each name wanted, drawn to zero; and its own share."""
    prior = _PRIOR_RESULTS[kind]
    owner = np.array(names)
    mean, share = np.zeros(len(wanted)), np.zeros(len(wanted))
    for i, name in enumerate(wanted):
        own = owner == name
        total = float(weight[own].sum())
        mean[i] = float((weight[own] * values[own]).sum()) / (total + prior)
        share[i] = total / (total + prior)
    return mean, share
