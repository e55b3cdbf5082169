"""A qualifying: the order, what was left in the cars, what the track gained, who missed by least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from f1lab.analyze import _qualifying_words as words
from f1lab.analyze._conditions import Conditions, conditions_of, weather_rows
from f1lab.calc.estimate import Estimate, Result
from f1lab.compare._qualifying import push_laps, push_pace, qualifying_of
from f1lab.compare._result import Answer
from f1lab.compare._text import columns
from f1lab.compare.laps import race_view
from f1lab.errors import F1LabError, NoData
from f1lab.strategy.evolution import track_evolution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.schema import Session, Weekend

__all__ = ["Qualified", "QualifyingAnalysis", "TrackGain", "qualifying_analysis"]

_PARTS = ("q1_s", "q2_s", "q3_s")
_SECTORS = ["sector1_s", "sector2_s", "sector3_s"]


@dataclass(frozen=True)
class Qualified(Result):
    """One driver's qualifying; None for what is not known.

    ``part`` is the last part with a time, ``gap_in_part_s`` the gap to the quickest there, ``missed_s``
    what was lacking to go on. ``ideal_s`` adds up the best sectors of pushed laps, ``pace`` is
    that of all pushed laps behind pole's, with track and tyre age equal [s].
    """

    place: int
    driver: str
    team: str
    part: str
    q1_s: float | None
    q2_s: float | None
    q3_s: float | None
    gap_in_part_s: float
    missed_s: float | None
    ideal_s: float | None
    pace: Estimate | None
    pushed_laps: int
    deleted_laps: int
    trap_kmh: float | None


@dataclass(frozen=True)
class TrackGain(Result):
    """Seconds the same drivers became quicker from one part to the next."""

    start: str
    end: str
    gained_s: Estimate
    n_drivers: int


@dataclass(frozen=True, repr=False)
class QualifyingAnalysis(Answer):
    """A qualifying analyzed. Make one with :func:`f1lab.analyze.session`.

    Attributes
    ----------
    order : tuple of Qualified
        Pole first.
    track : tuple of TrackGain
        What the track gained from part to part.
    conditions : Conditions
    """

    kind: ClassVar[str] = "session_analysis"

    year: int
    round: int
    event: str
    circuit: str
    source: str
    order: tuple[Qualified, ...]
    track: tuple[TrackGain, ...]
    conditions: Conditions
    refusals: dict[str, str]

    @property
    def title(self) -> str:
        """Which qualifying."""
        return f"{self.year} {self.event}, qualifying ({self.circuit})"

    @property
    def asked(self) -> dict[str, Any]:
        """Season, event and session."""
        return {"year": self.year, "event": self.event, "session": "Q"}

    @property
    def findings(self) -> tuple[str, ...]:
        """What the session showed, pole first."""
        return words.findings(self)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Order, pace, track and weather."""
        found = {
            "Order": [
                {name: getattr(own, name) for name in _ORDER if name != "pace"}
                for own in self.order
            ],
            "All pushed laps, with track and tyres equal": [
                {"driver": own.driver, "team": own.team, "pushed laps": own.pushed_laps}
                | columns("behind_pole", own.pace, "s")
                for own in sorted(self.order, key=lambda own: own.pace.value if own.pace else 0.0)
                if own.pace is not None
            ],
            "What the track gained": [
                {"from": step.start, "to": step.end}
                | columns("gained", step.gained_s, "s")
                | {"drivers": step.n_drivers}
                for step in self.track
            ],
            "Weather during the session": weather_rows(self.conditions),
        }
        return {title: pd.DataFrame(rows) for title, rows in found.items() if rows}


#: Laps within this of the one that counted were driven on a track like it [-].
_ALIKE = 0.01
_ORDER = tuple(Qualified.__dataclass_fields__)


def qualifying_analysis(weekend: Weekend) -> QualifyingAnalysis:
    """Analyze the qualifying of a weekend.

    Parameters
    ----------
    weekend : Weekend

    Returns
    -------
    QualifyingAnalysis

    Raises
    ------
    NoData
        The weekend has no qualifying, or nobody set a time in it.
    """
    session = qualifying_of(weekend)
    times = session.results.dropna(subset=_PARTS, how="all")
    if times.empty:
        raise NoData(f"nobody set a time in qualifying of the {weekend.year} {weekend.event}.")
    refusals: dict[str, str] = {}
    return QualifyingAnalysis(
        year=weekend.year,
        round=weekend.round,
        event=weekend.event,
        circuit=weekend.circuit,
        source=weekend.source,
        order=_order(weekend, session, times, refusals),
        track=_track(weekend, refusals),
        conditions=conditions_of(session),
        refusals=refusals,
    )


def _order(
    weekend: Weekend, session: Session, times: pd.DataFrame, refusals: dict[str, str]
) -> tuple[Qualified, ...]:
    """Drivers by the last part they set a time in, then by that time."""
    parts = times[list(_PARTS)].to_numpy(dtype=float)
    last = np.array([np.flatnonzero(np.isfinite(row))[-1] for row in parts])
    own = parts[np.arange(len(parts)), last]
    ranked = np.lexsort((own, -last))
    pushed = session.laps[push_laps(session)]
    pole = str(times["driver"].iloc[ranked[0]])
    out, few = [], []
    for place, row in enumerate(ranked, 1):
        result = times.iloc[row]
        code = str(result["driver"])
        laps = pushed[pushed["driver"] == code]
        pace = Estimate(0.0, 0.0, 0.0) if code == pole else None
        try:
            pace = pace or push_pace(weekend, code, pole)[0]
        except F1LabError as reason:
            few.append(str(reason))
        out.append(
            Qualified(
                place=place,
                driver=code,
                team=str(result["team"]),
                part=_PARTS[last[row]][:2].upper(),
                **{name: _known(result[name]) for name in _PARTS},
                gap_in_part_s=float(own[row] - np.nanmin(parts[:, last[row]])),
                missed_s=_missed_s(parts, last, row),
                ideal_s=_ideal_s(laps, own[row]),
                pace=pace,
                pushed_laps=len(laps),
                deleted_laps=int(session.laps.loc[session.laps["driver"] == code, "deleted"].sum()),
                trap_kmh=_known(laps["speed_trap_kmh"].max()),
            )
        )
    if few:
        refusals["pace of pushed laps"] = " ".join(dict.fromkeys(few))
    return tuple(out)


def _missed_s(parts: NDArray[np.float64], last: NDArray[np.int64], row: int) -> float | None:
    """What a driver lacked to the slowest who went on from the part he went out in."""
    part = last[row]
    went_on = parts[last > part, part]
    if not np.isfinite(went_on).any():
        return None
    missed = float(parts[row, part] - np.nanmax(went_on))
    return missed if missed >= 0 else None


def _ideal_s(laps: pd.DataFrame, counted_s: float) -> float | None:
    """Sum of the best sectors of laps like the one that counted; None where a sector lacks."""
    like_it = laps[(laps["lap_time_s"] / counted_s - 1).abs() <= _ALIKE]
    return _known(float(like_it[_SECTORS].min().sum(skipna=False)))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _track(weekend: Weekend, refusals: dict[str, str]) -> tuple[TrackGain, ...]:
    found = track_evolution(weekend, race_view(weekend).model)
    refused = [
        why.removeprefix("qualifying: ") for why in found.refused if why.startswith("qualifying: ")
    ]
    if refused:
        refusals["track evolution"] = " ".join(refused)
    return tuple(
        TrackGain(step.start, step.end, Estimate(step.gained_s, step.low_s, step.high_s), step.n)
        for step in found.steps
        if step.session == "qualifying"
    )
