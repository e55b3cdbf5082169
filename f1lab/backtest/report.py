"""What a backtest found, as figures, tables and plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from f1lab.backtest.metrics import Reliability
from f1lab.backtest.scores import Score
from f1lab.backtest.tables import groups, score_table, summary, targets_table
from f1lab.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENOUGH_CASES", "BacktestReport", "RaceRow"]

#: A bin of a reliability table is judged from so many forecasts on.
ENOUGH_CASES = 50
#: Furthest that foreseen and happened may lie apart in such a bin [-].
RELIABLE_WITHIN = 0.05


@dataclass(frozen=True)
class RaceRow:
    """Mean errors of one test race [places]: the forecast's median and the grid slot's."""

    race: str
    starters: int
    finishers: int
    place_error: float
    grid_error: float
    finishers_error: float
    finishers_grid_error: float


@dataclass(frozen=True, repr=False)
class BacktestReport:
    """Scores of the forecasts of some races beside those of their baselines.

    Parameters
    ----------
    protocol : str
        What was known: ``"pre-race"`` or ``"hindsight"``.
    n, seed : int
        Simulated races for each real one, and the seed.
    train, test : tuple of str
        Races learned from and races forecast.
    first_day, last_day : str
        ISO dates of the first and the last test race, ``""`` where the archive has none.
    scores : tuple of Score
    reliability : mapping of str to mapping of str to Reliability
        By group and event.
    races : tuple of RaceRow
    left_out : mapping of str to str
        Test races that could not be forecast, and why.
    """

    protocol: str
    n: int
    seed: int
    train: tuple[str, ...]
    test: tuple[str, ...]
    first_day: str
    last_day: str
    scores: tuple[Score, ...]
    reliability: Mapping[str, Mapping[str, Reliability]]
    races: tuple[RaceRow, ...]
    left_out: Mapping[str, str]

    kind: ClassVar[str] = "backtest"

    @property
    def title(self) -> str:
        """What was forecast, and what was known."""
        return f"Backtest, {self.protocol}: {len(self.test)} races"

    @property
    def findings(self) -> tuple[str, ...]:
        """What was forecast from what, then the targets missed and met."""
        targets = targets_table(self)
        told = [
            f"{state.capitalize()}: "
            + "; ".join(
                f"{row['figure']} {row['reached']} ({row['target']})"
                for row in targets[targets[""] == state].to_dict("records")
            )
            + "."
            for state in ("missed", "met")
            if (targets[""] == state).any()
        ]
        return (summary(self), *told)

    @property
    def refusals(self) -> dict[str, str]:
        """Races that could not be forecast, and why."""
        return dict(self.left_out)

    @property
    def asked(self) -> dict[str, Any]:
        """Protocol, first and last race, simulated races for each, seed."""
        return {
            "protocol": self.protocol,
            "first": self.test[0] if self.test else None,
            "last": self.test[-1] if self.test else None,
            "n": self.n,
            "seed": self.seed,
        }

    @property
    def sources(self) -> tuple[str, ...]:
        """Nothing: results do not say which archive they were read from."""
        return ()

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by title: targets, the scores by group, the races.

        Returns
        -------
        dict of str to pandas.DataFrame
        """
        found = {"Targets": targets_table(self)}
        found |= {group.capitalize(): score_table(self, group) for group in groups(self)}
        found["Place error race by race"] = self.races_frame()
        return {title: frame for title, frame in found.items() if len(frame)}

    def _repr_html_(self) -> str:
        from f1lab.export import html_fragment  # noqa: PLC0415  (a higher floor, only to show)

        return html_fragment(self)

    def __repr__(self) -> str:
        """Protocol, races, and the figures with a target."""
        judged = [s for s in self.scores if s.met is not None]
        figures = ", ".join(f"{s.group} {s.name} {_judged_figure(s)}" for s in judged)
        return f"BacktestReport({self.protocol}, {len(self.test)} races: {figures})"

    def score(self, group: str, name: str) -> Score:
        """Return one score by group and name.

        Parameters
        ----------
        group, name : str

        Returns
        -------
        Score

        Raises
        ------
        UnknownName
            No such score.
        """
        for score in self.scores:
            if (score.group, score.name) == (group, name):
                return score
        known = [f"{s.group}: {s.name}" for s in self.scores]
        raise UnknownName("score", f"{group}: {name}", known)

    def worst_gap(self, group: str, event: str) -> float | None:
        """Largest gap of a reliability table over bins with enough cases [-]."""
        return self.reliability[group][event].worst_gap(ENOUGH_CASES)

    def reliable(self, group: str, event: str) -> bool:
        """Whether that gap is within five points; true when no bin has enough cases."""
        return (self.worst_gap(group, event) or 0.0) <= RELIABLE_WITHIN

    def to_frame(self) -> pd.DataFrame:
        """One row for each score."""
        return pd.DataFrame([score.to_dict() for score in self.scores])

    def races_frame(self) -> pd.DataFrame:
        """One row for each test race."""
        return pd.DataFrame([asdict(row) for row in self.races])

    def reliability_frame(self, group: str, event: str) -> pd.DataFrame:
        """One row for each bin of a reliability table."""
        table = self.reliability[group][event]
        return pd.DataFrame(
            {
                "from": table.edges[:-1],
                "to": table.edges[1:],
                "forecasts": table.count,
                "foreseen": table.foreseen,
                "happened": table.happened,
                "error": table.error,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON."""
        return {
            "protocol": self.protocol,
            "n": self.n,
            "seed": self.seed,
            "train": list(self.train),
            "test": list(self.test),
            "first_day": self.first_day,
            "last_day": self.last_day,
            "scores": [score.to_dict() for score in self.scores],
            "reliability": {
                group: {
                    event: {
                        **{name: list(values) for name, values in asdict(table).items()},
                        "worst_gap": table.worst_gap(ENOUGH_CASES),
                    }
                    for event, table in tables.items()
                }
                for group, tables in self.reliability.items()
            },
            "races": [asdict(row) for row in self.races],
            "left_out": dict(self.left_out),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> BacktestReport:
        """Rebuild a report from what :meth:`to_dict` gave, for instance from a JSON file.

        Parameters
        ----------
        values : mapping

        Returns
        -------
        BacktestReport
        """
        kept = {name: values[name] for name in ("protocol", "n", "seed", "first_day", "last_day")}
        return cls(
            **kept,
            train=tuple(values["train"]),
            test=tuple(values["test"]),
            scores=tuple(Score.from_dict(score) for score in values["scores"]),
            reliability={
                group: {event: _table(table) for event, table in tables.items()}
                for group, tables in values["reliability"].items()
            },
            races=tuple(RaceRow(**row) for row in values["races"]),
            left_out=dict(values["left_out"]),
        )


def _table(values: Mapping[str, Any]) -> Reliability:
    return Reliability(**{name: tuple(values[name]) for name in Reliability.__dataclass_fields__})


def _judged_figure(score: Score) -> str:
    if score.relative_target:
        return f"{score.relative_gain:+.1%} on the {score.baseline}"
    return f"{score.figure:.3f}"
