"""Two drivers of a weekend: how much quicker one was, where, and why.

Every difference is the first driver minus the second: positive seconds are lost by the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from f1lab.calc.estimate import Estimate
from f1lab.compare._driver_weekend import (
    HeadToHead,
    StintPace,
    head_to_head,
    race_sectors,
    stint_refusals,
    stints,
)
from f1lab.compare._pace import PaceGap, Reason, pace_gap, reasons
from f1lab.compare._profile import DriverProfile, driver_profile
from f1lab.compare._qualifying import QualifyingGap, push_pace, qualifying_gap
from f1lab.compare._result import Answer
from f1lab.compare._text import asked_or_refused, clear, columns, ordinal, quicker, spoken_list
from f1lab.compare.laps import race_view, two_drivers

if TYPE_CHECKING:
    from f1lab.calc.track import SectorDelta
    from f1lab.data.schema import Weekend

__all__ = [
    "DriverComparison",
    "HeadToHead",
    "StintPace",
    "drivers",
    "head_to_head",
    "race_sectors",
    "stints",
]

#: Parts of a difference smaller than this are not worth a word [s per lap].
_WORTH_A_WORD_S = 0.02


@dataclass(frozen=True, repr=False)
class DriverComparison(Answer):
    """Two drivers of a weekend compared; every difference is ``a`` minus ``b``.

    Attributes
    ----------
    race_pace : PaceGap or None
        Corrected for fuel, track, compounds, tyre age, traffic and slips.
    lap_difference_s : float or None
        Mean difference of the laps both raced, as driven [s per lap]; ``why`` sums to it.
    why : tuple of Reason
    n_laps_compared : int
    qualifying : QualifyingGap or None
        As timed, in the last part both took part in, with the sectors of the two laps.
    qualifying_pace_s : Estimate or None
        Of all pushed laps, track evolution removed [s].
    sectors : SectorDelta or None
        Of clean race laps, corrected [s].
    """

    kind: ClassVar[str] = "driver_comparison"

    year: int
    round: int
    event: str
    circuit: str
    source: str
    a: str
    b: str
    profiles: tuple[DriverProfile, DriverProfile]
    head_to_head: tuple[HeadToHead, HeadToHead]
    race_pace: PaceGap | None
    lap_difference_s: float | None
    why: tuple[Reason, ...]
    n_laps_compared: int
    qualifying: QualifyingGap | None
    qualifying_pace_s: Estimate | None
    sectors: SectorDelta | None
    stints: tuple[StintPace, ...]
    refusals: dict[str, str]

    @property
    def title(self) -> str:
        """Who, and where."""
        return f"{self.a} against {self.b}, {self.year} {self.event}"

    @property
    def asked(self) -> dict[str, Any]:
        """Season, event and the two drivers."""
        return {"year": self.year, "event": self.event, "a": self.a, "b": self.b}

    @property
    def findings(self) -> tuple[str, ...]:
        """What the numbers say, race pace first."""
        told = []
        if self.race_pace is not None:
            where = "In race pace, with fuel, tyres and traffic equal,"
            told.append(quicker(self.a, self.b, self.race_pace.s_per_lap, where))
        if self.lap_difference_s is not None:
            told.append(self._why_sentence(self.lap_difference_s))
        if self.qualifying is not None:
            told.append(self._qualifying_sentence(self.qualifying))
        told.append(" ".join(_result_sentence(own) for own in self.head_to_head))
        if self.sectors is not None:
            told += self._sector_sentence(self.sectors)
        return tuple(told)

    def _why_sentence(self, difference_s: float) -> str:
        seconds = {part.name: part.s_per_lap.value for part in self.why}
        wear = next(part.s_per_lap for part in self.why if part.name == "own wear")
        if not clear(wear):
            # over a stint the two blur: their sum is known, the halves are not
            seconds["pace"] += seconds.pop("own wear")
        named = [
            f"{name} {value:+.2f} s"
            for name, value in sorted(seconds.items(), key=lambda item: -abs(item[1]))
            if abs(value) >= _WORTH_A_WORD_S
        ]
        made_of = f": {spoken_list(named)}" if named else ""
        slower = "slower" if difference_s > 0 else "quicker"
        return (
            f"On the {self.n_laps_compared} laps both raced, {self.a}'s were "
            f"{abs(difference_s):.2f} s {slower} on average{made_of}."
        )

    def _qualifying_sentence(self, gap: QualifyingGap) -> str:
        if gap.gap_s == 0:
            return f"Qualifying: {self.a} and {self.b} set the same time in {gap.part}."
        ahead, behind = (self.a, self.b) if gap.gap_s < 0 else (self.b, self.a)
        return (
            f"Qualifying: {ahead} was {abs(gap.gap_s):.3f} s ({abs(gap.gap_pct):.2f} %) ahead of "
            f"{behind} in {gap.part}."
        )

    def _sector_sentence(self, sectors: SectorDelta) -> list[str]:
        found = [
            f"sector {k} ({part.value:+.2f} s)"
            for k, part in enumerate(sectors.sectors_s, 1)
            if clear(part)
        ]
        if not found:
            return []
        laps = " and ".join(
            f"{n} of {code}" for n, code in zip(sectors.n_laps, (self.a, self.b), strict=True)
        )
        where = f"On clean dry laps of the race ({laps})"
        return [f"{where} {self.a} differed from {self.b} in {spoken_list(found)}."]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Differences, why, sectors, stints, results and profiles."""
        frames = {
            "Differences (a minus b)": self._differences(),
            "Why the laps differ": [
                {"part": part.name, **columns("difference", part.s_per_lap, "s_per_lap")}
                for part in self.why
            ],
            "Sectors": self._sectors(),
            "Stints": [
                {k: v for k, v in vars(stint).items() if k != "pace_s"}
                | columns("pace_to_field", stint.pace_s, "s_per_lap")
                for stint in self.stints
            ],
            "Results": [vars(own) for own in self.head_to_head],
            "Profiles": [profile.row() for profile in self.profiles],
        }
        return {title: pd.DataFrame(rows) for title, rows in frames.items() if rows}

    def _differences(self) -> list[dict[str, Any]]:
        pace, fact = self.race_pace, self.qualifying
        timed = None if fact is None else Estimate(fact.gap_s, fact.gap_s, fact.gap_s)
        rows = {
            "race pace": None if pace is None else pace.s_per_lap,
            "race pace on new tyres": None if pace is None else pace.new_tyre_s,
            "qualifying, as timed": timed,
            "qualifying, all pushed laps": self.qualifying_pace_s,
        }
        return [
            {"a": self.a, "b": self.b, "what": what, **columns("difference", value, "s")}
            for what, value in rows.items()
            if value is not None
        ]

    def _sectors(self) -> list[dict[str, Any]]:
        race = self.sectors.sectors_s if self.sectors is not None else (None,) * 3
        timed = self.qualifying.sectors_s if self.qualifying is not None else None
        return [
            {
                "sector": k + 1,
                **columns("race", race[k], "s"),
                "qualifying_s": None if timed is None else timed[k],
                "race laps a": None if self.sectors is None else self.sectors.n_laps[0],
                "race laps b": None if self.sectors is None else self.sectors.n_laps[1],
            }
            for k in range(3)
            if race[k] is not None or timed is not None
        ]


def drivers(weekend: Weekend, a: str, b: str) -> DriverComparison:
    """Compare two drivers over a race weekend.

    Parameters
    ----------
    weekend : Weekend
        From :func:`f1lab.load` or :func:`f1lab.load_demo`.
    a, b : str
        Three-letter codes, e.g. ``"NOR"``.

    Returns
    -------
    DriverComparison
        Every difference is ``a`` minus ``b``; what cannot be told is None, with the reason in
        ``refusals``.

    Raises
    ------
    UnknownName
        No such driver.
    InvalidInput
        The same driver twice.
    NotEnoughLaps
        One of them completed no lap.

    Notes
    -----
    Pace: :mod:`f1lab.compare._pace`, of all racing laps, wet ones and those in traffic among them.
    Sectors: difference of Huber's means of clean dry laps, Welch's interval, widened as
    neighbouring laps resemble each other. The two rest on other laps and may differ, most where a
    race was part wet.
    """
    a, b = two_drivers(weekend, a, b)
    view = race_view(weekend)
    refusals: dict[str, str] = {}
    ask = partial(asked_or_refused, refusals=refusals)
    why = ask("why", lambda: reasons(view, a, b))
    driven = ask("stints", lambda: stints(view, a, b)) or ()
    refusals |= stint_refusals(driven)
    pushed = ask("qualifying_pace", lambda: push_pace(weekend, a, b))
    profiles = driver_profile(view, a), driver_profile(view, b)
    for profile in profiles:
        refusals |= {f"{profile.driver} {name}": why for name, why in profile.refusals.items()}
    return DriverComparison(
        year=weekend.year,
        round=weekend.round,
        event=weekend.event,
        circuit=weekend.circuit,
        source=weekend.source,
        a=a,
        b=b,
        profiles=profiles,
        head_to_head=(head_to_head(view, a), head_to_head(view, b)),
        race_pace=ask("race_pace", lambda: pace_gap(view, [a], [b])),
        lap_difference_s=None if why is None else why[0],
        why=() if why is None else why[1],
        n_laps_compared=0 if why is None else why[2],
        qualifying=ask("qualifying", lambda: qualifying_gap(weekend, a, b)),
        qualifying_pace_s=None if pushed is None else pushed[0],
        sectors=ask("sectors", lambda: race_sectors(view, [a], [b])),
        stints=driven,
        refusals=refusals,
    )


def _result_sentence(own: HeadToHead) -> str:
    start = "started" if own.grid is None else f"started {ordinal(own.grid)}"
    end = own.status.lower() if own.finish is None else f"finished {ordinal(own.finish)}"
    if own.finish is not None and own.status not in ("Finished", "Lapped", ""):
        end = f"was classified {ordinal(own.finish)} ({own.status.lower()})"
    return f"{own.driver} {start} and {end}."
