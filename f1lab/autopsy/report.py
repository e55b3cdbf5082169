"""What an autopsy found: the figures, where they were read, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from f1lab.autopsy.blame import CATEGORIES
from f1lab.autopsy.evidence import laps_text
from f1lab.data.schema import LEDGER_PARTS
from f1lab.errors import UnknownName

if TYPE_CHECKING:
    from f1lab.autopsy.blame import Blame
    from f1lab.autopsy.calls import StrategyCall
    from f1lab.autopsy.crew import PitSplit, StopSplit
    from f1lab.autopsy.decider import Decider
    from f1lab.autopsy.evidence import Evidence
    from f1lab.autopsy.ledger import Ledger
    from f1lab.autopsy.timeline import Event
    from f1lab.data.schema import DataIssue

__all__ = ["AutopsyReport"]

SCHEMA_VERSION = 1


@dataclass(frozen=True, repr=False)
class AutopsyReport:
    """What cost a driver the race against a reference.

    ``blame`` holds the seconds, ``evidence`` where they were read, ``positions`` the places each
    category cost, ``decider`` how the order of the two came about, ``calls`` the pit wall's
    decisions judged, ``pit_split`` pit execution by crew and lane. Make one with
    :func:`f1lab.autopsy`.
    """

    year: int
    round: int
    event: str
    circuit: str
    source: str
    driver: str
    driver_name: str
    team: str
    team_colour: str
    reference: str
    reference_kind: str
    reference_name: str
    status: str
    classified: bool
    grid: int | None
    finish: int | None
    blame: Blame
    positions: dict[str, int]
    evidence: dict[str, list[Evidence]]
    verdict: str
    decider: Decider | None
    calls: tuple[StrategyCall, ...]
    timeline: list[Event]
    positions_by_lap: list[int | None]
    quality: tuple[DataIssue, ...]
    diagnostics: dict[str, Any]
    pit_split: PitSplit
    ledgers: dict[str, Ledger] = field(repr=False)

    kind: ClassVar[str] = "autopsy"

    @property
    def gap_s(self) -> float:
        """Gap to the reference on the road at the last common lap [s]."""
        return self.blame.gap_s

    @property
    def title(self) -> str:
        """Who is judged against whom, where, and the gap between them."""
        return (
            f"{self.year} {self.event}: {self.driver_name} against {self.reference_name}, "
            f"{self.gap_s:+.3f} s after {self.blame.laps_compared} laps ({self._outcome()})"
        )

    @property
    def findings(self) -> tuple[str, ...]:
        """The verdict."""
        return (self.verdict,)

    @property
    def refusals(self) -> dict[str, str]:
        """Why crew and lane are not told apart; what else is not known is booked as unexplained."""
        split = self.pit_split
        return {"crew and lane": split.unknown} if split.unknown and split.stops else {}

    @property
    def asked(self) -> dict[str, Any]:
        """Season, event, driver and reference."""
        return {
            "year": self.year,
            "event": self.event,
            "driver": self.driver,
            "reference": self.reference_kind if self.reference_kind != "driver" else self.reference,
        }

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the weekend came from."""
        return (self.source,)

    def _outcome(self) -> str:
        grid = "?" if self.grid is None else f"P{self.grid}"
        finish = f"P{self.finish}" if self.classified and self.finish is not None else self.status
        return f"{grid} to {finish}"

    def __repr__(self) -> str:
        """The gap and its parts in one line."""
        parts = ", ".join(f"{k} {v.seconds:+.1f}" for k, v in self.blame.categories.items())
        return (
            f"AutopsyReport({self.year} {self.event}, {self.driver} vs {self.reference}: "
            f"{self.gap_s:+.3f} s = {parts}, unexplained {self.blame.unexplained.seconds:+.1f})"
        )

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]] | None:
        from f1lab.widgets import BlameWaterfall  # noqa: PLC0415  (a higher floor, only to show)

        shown = BlameWaterfall(self)._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        data, metadata = shown
        return {**data, "text/plain": repr(self)}, metadata

    def ledger(self, driver: str | None = None) -> pd.DataFrame:
        """Lap ledger of the driver or the reference.

        Parameters
        ----------
        driver : str, optional
            The driver (default) or the reference of this report.

        Returns
        -------
        pandas.DataFrame
            ``lap, lap_time_s`` and one column per line [s]; a row's lines sum to its lap time.
        """
        code = self.driver if driver is None else driver
        if code not in self.ledgers:
            raise UnknownName("driver in this report", str(code), self.ledgers)
        lines = {f"{part}_s": self.ledgers[code].seconds[part] for part in LEDGER_PARTS}
        times = self.ledgers[code].lap_time_s
        return pd.DataFrame({"lap": np.arange(1, len(times) + 1), "lap_time_s": times, **lines})

    def to_frame(self) -> pd.DataFrame:
        """Categories as rows: seconds, interval, share and positions.

        ``crew_s`` and ``lane_s`` split the seconds of pit execution; NaN where that is not known.
        """
        categories = self.to_dict()["categories"]
        rows = [
            {k: v for k, v in {"category": name, **entry}.items() if k != "evidence"}
            for name, entry in categories.items()
        ]
        u = self.blame.unexplained
        rows.append(
            {
                "category": "unexplained",
                "label": "Unexplained",
                "seconds": u.seconds,
                "low_s": u.low_s,
                "high_s": u.high_s,
                "share": self._share(u.seconds),
                "positions": None,
            }
        )
        frame = pd.DataFrame(rows).set_index("category")
        for name in ("crew", "lane"):
            part = getattr(self.pit_split, name)
            frame[f"{name}_s"] = np.nan
            frame.loc["pit_execution", f"{name}_s"] = np.nan if part is None else part.seconds
        return frame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by title: causes, evidence, calls, timeline, notes on the data.

        Returns
        -------
        dict of str to pandas.DataFrame
            Units in the column names; those with nothing in them are left out.
        """
        told = self.to_frame().reset_index(drop=True)
        names = {"label": "cause", "seconds": "lost_s", "low_s": "lost_low_s"}
        names |= {"high_s": "lost_high_s", "positions": "places"}
        gap = {"cause": "Gap", "lost_s": self.gap_s}
        causes = [*told.rename(columns=names).to_dict("records"), gap]
        columns = ["cause", "lost_s", "lost_low_s", "lost_high_s", "share", "places"]
        found = {
            "What cost the time": pd.DataFrame(causes, columns=columns),
            "Stops": pd.DataFrame([_stop_row(stop) for stop in self.pit_split.stops]),
            "Where it was read": pd.DataFrame(self._readings()),
            "Calls of the pit wall": pd.DataFrame([_call_row(call) for call in self.calls]),
            "Timeline": pd.DataFrame([_event_row(event) for event in self.timeline]),
            "Notes on the data": pd.DataFrame([_issue_row(issue) for issue in self.quality]),
        }
        return {title: frame for title, frame in found.items() if len(frame)}

    def _readings(self) -> list[dict[str, Any]]:
        return [
            {
                "cause": CATEGORIES[name],
                "evidence": reading.text,
                "lost_s": reading.seconds or None,
                "laps": laps_text(reading.laps).partition(" ")[2] or None,
            }
            for name, readings in self.evidence.items()
            for reading in readings
        ]

    def _share(self, seconds: float) -> float:
        total = sum(abs(c.seconds) for c in self.blame.categories.values())
        total += abs(self.blame.unexplained.seconds)
        return seconds / total if total > 0 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Everything, JSON-ready, with units in the keys.

        ``share`` is a category's seconds over the absolute seconds of all of them.
        """
        blame = self.blame
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": "autopsy",
            "year": self.year,
            "round": self.round,
            "event": self.event,
            "circuit": self.circuit,
            "source": self.source,
            "driver": self.driver,
            "driver_name": self.driver_name,
            "team": self.team,
            "team_colour": self.team_colour,
            "reference": self.reference,
            "reference_kind": self.reference_kind,
            "reference_name": self.reference_name,
            "status": self.status,
            "classified": self.classified,
            "grid": self.grid,
            "finish": self.finish,
            "laps_compared": blame.laps_compared,
            "gap_s": blame.gap_s,
            "categories": {
                name: {
                    "label": CATEGORIES[name],
                    "seconds": c.seconds,
                    "low_s": c.low_s,
                    "high_s": c.high_s,
                    "share": self._share(c.seconds),
                    "positions": self.positions[name],
                    "evidence": [e.to_dict() for e in self.evidence[name]],
                }
                for name, c in blame.categories.items()
            },
            "unexplained_s": blame.unexplained.seconds,
            "unexplained": {
                "low_s": blame.unexplained.low_s,
                "high_s": blame.unexplained.high_s,
            },
            "pace_and_tyres": dict(blame.pace_and_tyres.__dict__),
            "verdict": self.verdict,
            "pit_split": self.pit_split.to_dict(),
            "decider": None if self.decider is None else self.decider.to_dict(),
            "calls": [call.to_dict() for call in self.calls],
            "timeline": [e.to_dict() for e in self.timeline],
            "positions_by_lap": self.positions_by_lap,
            "quality": [dict(q.__dict__) for q in self.quality],
            "diagnostics": self.diagnostics,
        }


def _stop_row(stop: StopSplit) -> dict[str, Any]:
    return {
        "driver": stop.driver,
        "lap": stop.lap,
        "pit_lane_s": stop.pit_lane_s,
        "standing_s": stop.stationary_s,
        "penalty_s": stop.penalty_s or None,
        "beyond_usual_s": stop.excess_s,
        "crew_s": stop.crew_s,
        "rest_of_lane_s": stop.lane_s,
    }


def _call_row(call: StrategyCall) -> dict[str, Any]:
    return {
        "lap": call.lap,
        "flag": call.flag,
        "did": call.did,
        "best known then": call.best,
        "cost_places": call.regret_places,
        "cost_places_low": call.low_places,
        "cost_places_high": call.high_places,
        "judgement": call.judgement,
    }


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "lap": event.lap,
        "what": event.kind,
        "text": event.text,
        "time_s": event.seconds,
        "place": event.position,
    }


def _issue_row(issue: DataIssue) -> dict[str, Any]:
    return {
        "where": issue.where,
        "what": issue.kind.replace("_", " "),
        "count": issue.count,
        "done": issue.action,
    }
