"""How often a team's cars see the flag: a beta-binomial over starts, by team and season."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from f1lab.calc.estimate import Estimate, Result
from f1lab.engine.calibrate_flags import TEAM_PSEUDO_STARTS
from f1lab.engine.priors import load_engine_priors
from f1lab.errors import NoData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.compare.laps import RaceView

__all__ = ["Record", "Reliability", "race_record", "reliability"]

#: Cars that started, and cars that did not see the flag, by team.
Record = tuple[Counter[str], Counter[str]]


@dataclass(frozen=True)
class Reliability(Result):
    """Chance that a car of a team does not see the flag, per start [-].

    Every cause counts, accidents too: sources name causes for some seasons only. ``field_rate``
    is what the team's own record was weighed against.
    """

    p_retire: Estimate
    n_retired: int
    n_starts: int
    field_rate: float


def race_record(view: RaceView) -> Record:
    """Starts and retirements of one race, by team."""
    return Counter(view.past.teams.values()), Counter(car.team for car in view.past.retirements)


def reliability(records: Sequence[Record], team: str) -> Reliability:
    """Reliability of a team over some races, drawn towards the field.

    ``retired ~ Binomial(starts, p)``, ``p ~ Beta(m·f, m·(1 − f))``: the team's record is weighed
    against ``m`` = 60 starts at the field's rate ``f``, as in the engine; the field's rate in
    these races is itself weighed against as many starts at that of 103 races of 2018–23.

    Parameters
    ----------
    records : sequence of Record
        From :func:`race_record`, one per race.
    team : str
        As the results name it.

    Returns
    -------
    Reliability

    Raises
    ------
    NoData
        The team started in none of the races.
    """
    starts, gone = (sum((record[k] for record in records), Counter()) for k in (0, 1))
    if not starts[team]:
        raise NoData(f"{team} started in none of the {len(records)} races.")
    table = load_engine_priors().table["retirements"]
    usual = table["retired"] / table["starts"]
    weight = TEAM_PSEUDO_STARTS
    rate = (gone.total() + weight * usual) / (starts.total() + weight)
    prior = (weight * rate, weight * (1 - rate))
    told = Estimate.of_share(gone[team], starts[team], prior)
    return Reliability(told, gone[team], starts[team], rate)
