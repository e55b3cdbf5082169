"""What the optimizer found, as one object: numbers, tables, and the text of the command line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from f1lab.strategy.neutral import SafetyCarCall
    from f1lab.strategy.undercut import Undercut

__all__ = ["PitWindow", "RankedPlan", "StrategyReport"]

_WIDTH = 80


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

    def to_text(self) -> str:
        """The report as the command line prints it, without colours."""
        console = Console(width=_WIDTH, color_system=None, force_terminal=False)
        with console.capture() as capture:
            console.print(self)
        return str(capture.get())

    def __rich__(self) -> Group:
        """Title, ranking, windows, undercuts, safety-car calls and notes."""
        parts: list[Text | Table] = [self._title(), self._ranking(), *self._window_lines()]
        if self.undercuts:
            parts += [
                _heading("Undercut and overcut, by the laps the stops are apart"),
                _undercut_table(self.undercuts),
            ]
        if self.safety_car:
            parts += [
                _heading(f"If a safety car comes: what boxing gains in {self.unit}"),
                self._safety_car_table(),
            ]
        parts += [Text(f"  {note}", style="dim") for note in self.notes]
        return Group(*parts)

    def _title(self) -> Text:
        moment = f"after lap {self.at_lap} of {self.n_laps}" if self.at_lap else "before the race"
        known = "" if self.as_of != "hindsight" else ", flags and rivals’ stops known"
        title = Text(f"{self.year} {self.event}\n", style="bold")
        return title.append(
            f"{self.driver}, {moment}{known}: {self.n} races a plan, compared in {self.unit}\n",
            style="not bold",
        )

    def _ranking(self) -> Table:
        table = _plain("plan", "regret", "90 %", "place", "points", "win", "podium", "top 10")
        for rank, plan in enumerate(self.ranking):
            regret = "best" if rank == 0 else f"{plan.regret:+.2f}"
            interval = "" if rank == 0 else f"{plan.regret_low:+.2f} to {plan.regret_high:+.2f}"
            table.add_row(
                _short(plan),
                *(regret, interval, f"{plan.position:.1f}", f"{plan.points:.1f}"),
                *(f"{share:.0%}" for share in (plan.p_win, plan.p_podium, plan.p_points)),
                style="bold" if rank == 0 else "",
            )
        return table

    def _window_lines(self) -> list[Text]:
        return [
            Text(
                f"Stop {w.stop}, {w.compound}: lap {w.best_lap}, window {w.first_lap}–{w.last_lap}"
            )
            for w in self.windows
        ]

    def _safety_car_table(self) -> Table:
        table = _plain("", "box", "stay", "gain", "90 %", "")
        for call in self.safety_car:
            table.add_row(
                f"{call.kind} on lap {call.lap}",
                f"P{call.box_position:.1f} {call.box_points:4.1f} pts",
                f"P{call.stay_position:.1f} {call.stay_points:4.1f} pts",
                f"{call.gain:+.2f}",
                f"{call.gain_low:+.2f} to {call.gain_high:+.2f}",
                call.verdict,
            )
        return table


def _undercut_table(rows: tuple[Undercut, ...]) -> Table:
    """A line for each attack: the gain at a middling distance, the chance at every one."""
    apart = sorted({row.laps for row in rows})
    middle = apart[len(apart) // 2]
    chances = "/".join(map(str, apart))
    table = _plain("", "gap s", f"gain s, {middle} laps", "90 %", f"succeeds, {chances} laps")
    attacks: dict[str, dict[int, Undercut]] = {}
    for row in rows:
        attacks.setdefault(row.label, {})[row.laps] = row
    for label, by_laps in attacks.items():
        row = by_laps[middle]
        table.add_row(
            label,
            f"{row.gap_s:.1f}",
            f"{row.gain_s:+.1f}",
            f"{row.gain_low_s:+.1f} to {row.gain_high_s:+.1f}",
            " / ".join(f"{by_laps[n].p_success:.0%}" for n in apart),
        )
    return table


def _short(plan: RankedPlan) -> str:
    return plan.start[0] + "".join(f" – {lap} {name[0]}" for lap, name in plan.stops)


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _plain(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place else "left", no_wrap=place == 0)
    return table
