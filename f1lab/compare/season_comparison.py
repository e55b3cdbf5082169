"""Two drivers over a season: race by race, and pooled with each race drawn towards the rest.

Every difference is the first driver minus the second: positive is slower.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from f1lab.autopsy.season_races import chosen_drivers
from f1lab.calc.estimate import Z90, Estimate, Result
from f1lab.compare._pooling import Pooled, partial_pooling
from f1lab.compare._result import Answer
from f1lab.compare._season_profile import SeasonProfile, season_profile
from f1lab.compare._season_races import RaceRead, races_of, read_races, why_no_race
from f1lab.compare._season_rows import race_rows
from f1lab.compare._text import asked_or_refused, clear, columns, counted, spoken_list
from f1lab.compare.laps import require_another
from f1lab.errors import NoData, whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from f1lab.data.schema import Weekend

__all__ = ["SeasonComparison", "Tally", "season"]

#: What two drivers' means differ by before anything is seen, and how much their gap moves from
#: race to race (standard deviations) [%].
_MEAN_SD_PCT, _SPREAD_SD_PCT = 1.0, 0.3
#: Races for each side that a tally leans on.
_TALLY_PRIOR = (2.0, 2.0)
#: Error of a qualifying gap where no race of the season tells [%].
_USUAL_ERROR_PCT = 0.12


@dataclass(frozen=True)
class Tally(Result):
    """How often the first driver was ahead; ``share`` leans on two races for either side [-]."""

    a_ahead: int
    n_races: int
    share: Estimate

    @classmethod
    def of(cls, ahead: Sequence[bool]) -> Tally:
        """Count the races."""
        return cls(sum(ahead), len(ahead), Estimate.of_share(sum(ahead), len(ahead), _TALLY_PRIOR))


@dataclass(frozen=True, repr=False)
class SeasonComparison(Answer):
    """Two drivers over a season; every difference is ``a`` minus ``b``.

    Attributes
    ----------
    races : tuple of str
        Those both drove, in order.
    qualifying, race_pace : Pooled or None
        Gap in per cent of a lap: over the season, from race to race, and of each race drawn
        towards the rest. Qualifying in the rain counts only where there was no other: there
        the gap is when each lap was driven.
    qualified, finished : Tally
        How often ``a`` was ahead in qualifying, and in races both were classified in.
    points : (float, float)
        Of the races both drove.
    rows : tuple of dict
        A row per race, as :attr:`by_race` tabulates them.
    source_names, left_out : tuple of str
        Where the data came from; races asked for that could not be compared.
    refusals : dict of str to str
        A race, a part of one, or a part of the profiles, to the reason it is missing.
    """

    kind: ClassVar[str] = "season_comparison"

    seasons: tuple[int, ...]
    a: str
    b: str
    races: tuple[str, ...]
    qualifying: Pooled | None
    race_pace: Pooled | None
    qualified: Tally
    finished: Tally
    points: tuple[float, float]
    profiles: tuple[SeasonProfile, SeasonProfile]
    rows: tuple[dict[str, Any], ...]
    source_names: tuple[str, ...]
    left_out: tuple[str, ...]
    refusals: dict[str, str]

    @property
    def title(self) -> str:
        """Who, and over which races."""
        years = " and ".join(map(str, self.seasons))
        return f"{self.a} against {self.b}, {counted(len(self.races), 'race')} of {years}"

    @property
    def asked(self) -> dict[str, Any]:
        """Seasons, races and the two drivers."""
        return {"seasons": list(self.seasons), "races": list(self.races), "a": self.a, "b": self.b}

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the data came from."""
        return self.source_names

    @property
    def by_race(self) -> pd.DataFrame:
        """A row per race."""
        return pd.DataFrame(list(self.rows))

    @property
    def findings(self) -> tuple[str, ...]:
        """What the numbers say, qualifying first."""
        told = []
        if self.qualifying is not None:
            told.append(self._gap_sentence("Qualifying", self.qualifying, self.qualified))
        if self.race_pace is not None:
            told.append(self._gap_sentence("Race pace", self.race_pace, None))
        if self.finished.n_races:
            told.append(
                f"{self.a} finished ahead in {self.finished.a_ahead} of the "
                f"{counted(self.finished.n_races, 'race')} both were classified in; in all races both drove "
                f"{self.a} scored {self.points[0]:g} points and {self.b} {self.points[1]:g}."
            )
        told += [line for p in self.profiles if (line := _fights(p)) is not None]
        if self.left_out:
            told.append(f"Left out: {spoken_list(list(self.left_out))}.")
        return tuple(told)

    def _gap_sentence(self, what: str, gap: Pooled, ahead: Tally | None) -> str:
        over, tally = counted(gap.n_races, "race"), ""
        if ahead is not None:
            all_dry = ahead.n_races == gap.n_races
            over = over if all_dry else f"{over} with a dry qualifying"
            tally = f", ahead in {_count(ahead, gap.mean.value)}"
            tally += "" if all_dry else ", wet qualifyings among them"
        if not clear(gap.mean):
            return (
                f"{what}: {self.a} and {self.b} cannot be told apart over {over} "
                f"({self.a} {gap.mean.value:+.2f} %, 90 %: {gap.mean.low:+.2f} to "
                f"{gap.mean.high:+.2f} %)."
            )
        quick, slow = (self.a, self.b) if gap.mean.value < 0 else (self.b, self.a)
        ends = sorted((abs(gap.mean.low), abs(gap.mean.high)))
        return (
            f"{what}: {quick} was {abs(gap.mean.value):.2f} % quicker than {slow} over "
            f"{over} (90 %: {ends[0]:.2f} to {ends[1]:.2f} %){tally}; from race to "
            f"race the gap moved by {gap.spread.value:.2f} %."
        )

    def tables(self) -> dict[str, pd.DataFrame]:
        """The season's gaps, every race, and both profiles."""
        pooled = {"qualifying": self.qualifying, "race pace": self.race_pace}
        overall = [
            {
                "what": what,
                "races": gap.n_races,
                **columns("difference", gap.mean, "pct"),
                "median_pct": gap.median,
                **columns("race_to_race", gap.spread, "pct"),
            }
            for what, gap in pooled.items()
            if gap is not None
        ]
        tallies = {"qualifying": self.qualified, "finish": self.finished}
        ahead = [
            {
                "what": what,
                f"{self.a} ahead": tally.a_ahead,
                f"{self.b} ahead": tally.n_races - tally.a_ahead,
                **columns(f"{self.a} ahead", tally.share, "share"),
            }
            for what, tally in tallies.items()
        ]
        frames = {
            f"Gaps over the season ({self.a} minus {self.b})": overall,
            "Who was ahead": ahead,
            "Race by race": list(self.rows),
            "Profiles": [profile.row() for profile in self.profiles],
        }
        return {title: pd.DataFrame(rows) for title, rows in frames.items() if rows}


def season(
    weekends: int | Sequence[Weekend | tuple[int, str | int]],
    a: str,
    b: str,
    *,
    n_jobs: int = 1,
    progress: bool = True,
    offline: bool | None = None,
    fastf1_cache: str | Path | None = None,
) -> SeasonComparison:
    """Compare two drivers over a season.

    Parameters
    ----------
    weekends : int or sequence
        A year: all its races that are at hand without a network. Or loaded weekends, or pairs
        such as ``(2023, "Monaco")``.
    a, b : str
        Three-letter codes.
    n_jobs : int
        Races read at a time, in processes of their own.
    progress : bool
        Show progress bars on standard error.
    offline, fastf1_cache
        As for :func:`f1lab.load`. With a year, ``offline=False`` asks the network as well.

    Returns
    -------
    SeasonComparison
        Every difference is ``a`` minus ``b``. A race that cannot be read, or that one of them
        did not drive, is left out and named in ``refusals``.

    Raises
    ------
    UnknownName
        Nobody of that code took part.
    NoData
        No race is at hand that both drove.
    InvalidInput
        If ``weekends`` is nothing of the kind, a year has no races here, or the same driver is
        given twice.

    Notes
    -----
    Partial pooling: :mod:`f1lab.compare._pooling`. The error of a race's pace gap is its own
    interval's, that of a qualifying gap what all pushed laps of the two leave open.
    """
    n_jobs = whole_number("n_jobs", n_jobs, 1)
    refusals: dict[str, str] = {}
    loaded = races_of(
        weekends, refusals, progress=progress, offline=offline, fastf1_cache=fastf1_cache
    )
    a, b = chosen_drivers([a, b], loaded)
    field = {str(code) for weekend in loaded for code in weekend.race.results["driver"]}
    require_another(a, b, sorted(field))
    reads: list[RaceRead] = []
    for name, read in read_races(loaded, a, b, n_jobs=n_jobs, progress=progress):
        if isinstance(read, str):
            refusals[name] = read
        else:
            reads.append(read)
    if not reads:
        raise NoData(why_no_race(loaded, a, b, refusals))
    return _joined(a, b, sorted(reads, key=lambda read: (read.year, read.round)), refusals)


def _joined(a: str, b: str, reads: list[RaceRead], refusals: dict[str, str]) -> SeasonComparison:
    left_out = list(refusals)
    ask = partial(asked_or_refused, refusals=refusals)
    qualified = [read for read in reads if read.qualifying is not None]
    dry = [read for read in qualified if not read.wet_qualifying] or qualified
    raced = [read for read in reads if read.pace is not None]
    qualifying = ask("qualifying", lambda: _qualifying_pooled(dry))
    pace = ask("race pace", lambda: _pace_pooled(raced))
    profiles = season_profile(reads, 0, a), season_profile(reads, 1, b)
    for read in reads:
        refusals |= {f"{read.name}, {part}": why for part, why in read.refusals.items()}
    for profile in profiles:
        refusals |= {f"{profile.driver} {name}": why for name, why in profile.refusals.items()}
    return SeasonComparison(
        seasons=tuple(sorted({read.year for read in reads})),
        a=a,
        b=b,
        races=tuple(read.name for read in reads),
        qualifying=qualifying,
        race_pace=pace,
        qualified=Tally.of([read.qualifying.gap_s < 0 for read in qualified if read.qualifying]),
        finished=Tally.of(
            [ahead for read in reads if (ahead := _a_finished_ahead(read)) is not None]
        ),
        points=(_points(reads, 0), _points(reads, 1)),
        profiles=profiles,
        rows=tuple(race_rows(reads, dry, qualifying, raced, pace)),
        left_out=tuple(left_out),
        source_names=tuple(sorted({read.source for read in reads})),
        refusals=refusals,
    )


def _qualifying_pooled(reads: list[RaceRead]) -> Pooled:
    """Timed gaps; where a race's error is not known, the usual one of the others."""
    gaps = [read.qualifying.gap_pct for read in reads if read.qualifying is not None]
    known = [read.pushed_error_pct for read in reads if read.pushed_error_pct is not None]
    usual = float(np.median(known)) if known else _USUAL_ERROR_PCT
    errors = [usual if r.pushed_error_pct is None else r.pushed_error_pct for r in reads]
    return partial_pooling(gaps, errors, mean_sd=_MEAN_SD_PCT, spread_sd=_SPREAD_SD_PCT)


def _pace_pooled(reads: list[RaceRead]) -> Pooled:
    gaps = [read.pace.pct for read in reads if read.pace is not None]
    errors = [(gap.high - gap.low) / 2 / Z90 for gap in gaps]
    values = [gap.value for gap in gaps]
    return partial_pooling(values, errors, mean_sd=_MEAN_SD_PCT, spread_sd=_SPREAD_SD_PCT)


def _a_finished_ahead(read: RaceRead) -> bool | None:
    """None unless both were classified."""
    own, other = read.results
    if own.finish is None or other.finish is None or not (own.classified and other.classified):
        return None
    return own.finish < other.finish


def _points(reads: list[RaceRead], which: int) -> float:
    return sum(read.results[which].points for read in reads)


def _count(ahead: Tally, gap_pct: float) -> str:
    times = ahead.a_ahead if gap_pct < 0 else ahead.n_races - ahead.a_ahead
    return f"{times} of {counted(ahead.n_races, 'race')}"


def _fights(profile: SeasonProfile) -> str | None:
    """A sentence on racecraft, where the model was beaten or not met."""
    found = profile.racecraft
    if found is None or not clear(found.score):
        return None
    side = "more" if found.score.value > 0 else "less"
    return (
        f"{profile.driver} got {side} out of fights than the overtaking model expects: "
        f"{found.passes_made} passes made where {found.passes_expected.value:.0f} were expected, "
        f"{found.passes_suffered} suffered where {found.suffered_expected.value:.0f} were."
    )
