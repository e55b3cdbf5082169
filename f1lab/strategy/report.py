"""What the optimizer found, as one object: numbers and tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from f1lab.strategy.neutral import SafetyCarCall
    from f1lab.strategy.undercut import Undercut

__all__ = ["PitWindow", "RankedPlan", "StrategyReport"]


@dataclass(frozen=True)
class RankedPlan:
    """A plan and what it is worth; ``regret`` is against the best plan, on the same races.

    ``stops`` are (lap, compound), a stop being made at the end of its lap. ``position`` and
    ``points`` are means; a race not finished counts with its place in the final order.
    """

    start: str
    stops: tuple[tuple[int, str], ...]
    regret: float
    regret_low: float
    regret_high: float
    position: float
    points: float
    p_win: float
    p_podium: float
    p_points: float

    def __str__(self) -> str:
        """Compounds and the laps they are fitted on."""
        return self.start + "".join(f" → lap {lap} {name}" for lap, name in self.stops)


@dataclass(frozen=True)
class PitWindow:
    """Laps on which a stop of the best plan costs no more that could be told apart."""

    stop: int
    compound: str
    best_lap: int
    first_lap: int
    last_lap: int


@dataclass(frozen=True, repr=False)
class StrategyReport:
    """Plans of a driver in order, pit windows, undercuts, and safety-car calls.

    ``regret`` is in ``unit``; intervals are 90 %. ``undercuts`` and ``safety_car`` are empty
    unless they were asked for.
    """

    year: int
    event: str
    driver: str
    as_of: str | int
    at_lap: int
    n_laps: int
    objective: str
    unit: str
    n: int
    seed: int
    ranking: tuple[RankedPlan, ...]
    windows: tuple[PitWindow, ...]
    undercuts: tuple[Undercut, ...] = ()
    safety_car: tuple[SafetyCarCall, ...] = ()
    notes: tuple[str, ...] = ()

    kind: ClassVar[str] = "strategy"

    @property
    def title(self) -> str:
        """Who plans what, when, and what was known."""
        moment = f"after lap {self.at_lap} of {self.n_laps}" if self.at_lap else "before the race"
        known = "" if self.as_of != "hindsight" else ", flags and rivals’ stops known"
        return (
            f"{self.year} {self.event}: {self.driver}, {moment}{known} "
            f"({self.n} races a plan, compared in {self.unit})"
        )

    @property
    def findings(self) -> tuple[str, ...]:
        """The plan recommended, how sure that is, its pit windows, and the optimizer's notes."""
        return (self._recommended(), *self._rivals(), *self._windows(), *self.notes)

    @property
    def refusals(self) -> dict[str, str]:
        """Nothing: a plan that cannot be judged is not asked about."""
        return {}

    @property
    def asked(self) -> dict[str, Any]:
        """Season, event, driver, last lap known and objective."""
        return {
            "year": self.year,
            "event": self.event,
            "driver": self.driver,
            "at_lap": f"lap {self.at_lap}",
            "objective": self.objective,
        }

    @property
    def sources(self) -> tuple[str, ...]:
        """Nothing: a field of cars does not say which archive it was made from."""
        return ()

    @property
    def best(self) -> RankedPlan:
        """The plan recommended."""
        return self.ranking[0]

    def __repr__(self) -> str:
        """Who, when, and the plan recommended."""
        moment = f"after lap {self.at_lap}" if self.at_lap else "before the race"
        return (
            f"StrategyReport({self.driver}, {self.year} {self.event}, {moment}: {self.best}; "
            f"P{self.best.position:.1f}, {self.best.points:.1f} points expected)"
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """The ranking, one row a plan."""
        rows = [
            {"plan": str(plan), "stops": len(plan.stops)}
            | {k: v for k, v in asdict(plan).items() if k not in ("start", "stops")}
            for plan in self.ranking
        ]
        return pd.DataFrame(rows)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by title: plans, pit windows, undercuts, safety-car calls.

        Returns
        -------
        dict of str to pandas.DataFrame
            ``regret`` and ``gain`` in :attr:`unit`; those with nothing in them are left out.
        """
        found = {
            f"Plans, regret in {self.unit} against the best": self._ranking(),
            "Pit windows of the best plan": pd.DataFrame([asdict(w) for w in self.windows]),
            "Undercut and overcut, by the laps the stops are apart": _undercuts(self.undercuts),
            f"If a safety car comes: what boxing gains in {self.unit}": pd.DataFrame(
                [_neutral_row(call) for call in self.safety_car]
            ),
        }
        return {title: frame for title, frame in found.items() if len(frame)}

    def _ranking(self) -> pd.DataFrame:
        frame = self.to_frame().drop(columns="stops")
        frame = frame.rename(columns={"position": "place", "p_points": "p_top_10"})
        frame["plan"] = [_short(plan) for plan in self.ranking]
        frame.loc[0, ["regret", "regret_low", "regret_high"]] = np.nan
        return frame

    def _recommended(self) -> str:
        best = self.best
        return (
            f"Best: {best}; P{best.position:.1f} and {best.points:.1f} points expected, "
            f"podium {best.p_podium:.0%}."
        )

    def _rivals(self) -> list[str]:
        level = [plan for plan in self.ranking[1:] if plan.regret_low <= 0]
        if not level:
            return []
        return [f"Cannot be told from it on these races: {'; '.join(map(str, level))}."]

    def _windows(self) -> list[str]:
        return [
            f"Stop {w.stop}, {w.compound}: lap {w.best_lap}, window {w.first_lap}–{w.last_lap}."
            for w in self.windows
        ]

    def _repr_html_(self) -> str:
        from f1lab.export import html_fragment  # noqa: PLC0415  (a higher floor, only to show)

        return html_fragment(self)


def _undercuts(rows: tuple[Undercut, ...]) -> pd.DataFrame:
    """A line for each attack: the gain at a middling distance, the chance at every one."""
    apart = sorted({row.laps for row in rows})
    attacks: dict[str, dict[int, Undercut]] = {}
    for row in rows:
        attacks.setdefault(row.label, {})[row.laps] = row
    return pd.DataFrame([_attack_row(by_laps, apart) for by_laps in attacks.values()])


def _attack_row(by_laps: dict[int, Undercut], apart: list[int]) -> dict[str, Any]:
    middle = apart[len(apart) // 2]
    row = by_laps[middle]
    told = {
        "attack": row.label,
        "gap_s": row.gap_s,
        f"gain {middle} laps apart_s": row.gain_s,
        f"gain {middle} laps apart_low_s": row.gain_low_s,
        f"gain {middle} laps apart_high_s": row.gain_high_s,
    }
    return told | {f"p_{n} laps": by_laps[n].p_success for n in apart}


def _neutral_row(call: SafetyCarCall) -> dict[str, Any]:
    return {
        "comes out": f"{call.kind} on lap {call.lap}",
        "box place": call.box_position,
        "box points": call.box_points,
        "stay place": call.stay_position,
        "stay points": call.stay_points,
        "gain": call.gain,
        "gain_low": call.gain_low,
        "gain_high": call.gain_high,
        "verdict": call.verdict,
    }


def _short(plan: RankedPlan) -> str:
    return plan.start[0] + "".join(f" – {lap} {name[0]}" for lap, name in plan.stops)
