"""A season's blame: what each cause cost every driver, race by race, against one reference.

Every race is taken apart as by :func:`f1lab.autopsy.autopsy`, without judging the pit wall's calls.
Medians and totals run over the races a driver drove to the end, nine tenths of the distance or
more; the others are listed and left out, because a gap after ten laps is no gap after sixty. The
intervals say how well the seconds of these races are known: each race's 90 % interval is drawn
from, races independently of one another. They do not say how another season would go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from f1lab.autopsy.blame import CATEGORIES
from f1lab.autopsy.season_races import (
    chosen_drivers,
    chosen_reference,
    examined,
    given_weekends,
    loaded_weekends,
    name_of,
)
from f1lab.calc.estimate import Z90, Estimate, Result
from f1lab.errors import NoData, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from f1lab.autopsy.season_races import Examined
    from f1lab.data.schema import Weekend

    Progress = Callable[[str, int, int], None]

__all__ = ["SEASON_CATEGORIES", "SeasonBlame", "season_blame", "summed"]

#: The causes of a race and the rest nobody is blamed for, in the order they are shown.
SEASON_CATEGORIES = {**CATEGORIES, "unexplained": "Unexplained"}
_DRAWS, _SEED = 2000, 0
_NAMED = 3


@dataclass(frozen=True, repr=False)
class SeasonBlame(Result):
    """What each cause cost every driver in the races of a season.

    Attributes
    ----------
    seasons : tuple of int
    reference : str
        Whom every driver was measured against; for ``"winner"``, the winner of a race is
        measured against the runner-up.
    races : tuple of str
        Those taken apart, in order.
    drivers : tuple of str
        Those who completed a lap, least lost first.
    per_race : dict of str to dict of str to Estimate
        Driver, cause (and ``gap``) to the median over his races driven to the end [s].
    total : dict of str to dict of str to Estimate
        The same summed over those races [s].
    frame : pandas.DataFrame
        One row a race and driver: ``race, driver, team, reference, laps_compared, to_the_end,
        gap_s`` and for each cause its seconds and their interval.
    refusals : dict of str to str
        A race, or a race and driver, that is left out to the reason.
    sources : tuple of str
        Where the data came from.
    """

    kind: ClassVar[str] = "season_blame"
    seasons: tuple[int, ...]
    reference: str
    races: tuple[str, ...]
    drivers: tuple[str, ...]
    per_race: dict[str, dict[str, Estimate]]
    total: dict[str, dict[str, Estimate]]
    refusals: dict[str, str]
    sources: tuple[str, ...]
    frame: pd.DataFrame = field(metadata={"plain": False})

    @property
    def title(self) -> str:
        """Season and reference in one line."""
        season = ", ".join(map(str, self.seasons))
        return f"What cost whom the time, season {season}, against {_called(self.reference)}"

    @property
    def asked(self) -> dict[str, Any]:
        """Seasons and reference."""
        return {"season": "-".join(map(str, self.seasons)), "reference": self.reference}

    @property
    def findings(self) -> tuple[str, ...]:
        """Plain sentences read off the numbers, most important first."""
        behind = self._counted()
        behind = behind[behind["reference_kind"] != "runner-up"]
        if behind.empty:
            return ("Nobody who was measured drove a race to the end.",)
        medians = {name: float(behind[f"{name}_s"].median()) for name in CATEGORIES}
        order = sorted(medians, key=medians.__getitem__, reverse=True)[:_NAMED]
        costs = ", ".join(f"{CATEGORIES[name].lower()} {medians[name]:+.1f} s" for name in order)
        opening = (
            f"In {_plural(len(self.races), 'race')}, {_plural(len(behind), 'drive')} to the end "
            f"behind {_called(self.reference)} cost a median of "
            f"{behind['gap_s'].median():+.1f} s; by cause the largest medians are {costs}."
        )
        said = [opening]
        for name in ("pit_execution", "incidents"):
            who = max(self.total, key=lambda code: self.total[code][name].value)
            most = self.total[who][name]
            if most.low > 0:
                said.append(
                    f"{CATEGORIES[name]} cost {who} most in all: {most.value:+.1f} s "
                    f"({most.low:+.1f} to {most.high:+.1f})."
                )
        if self.refusals:
            named = list(self.refusals)
            more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
            said.append(f"Left out: {'; '.join(named[:_NAMED])}{more}.")
        return tuple(said)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Medians and totals by driver, medians by race, and every race of every driver.

        Returns
        -------
        dict of str to pandas.DataFrame
        """
        return {
            "Seconds a race, median": self._by_driver(self.per_race),
            "Seconds in all races": self._by_driver(self.total),
            "Intervals": self._intervals(),
            "Races": self.by_race(),
            "Race by race": self.frame.drop(columns="team_colour"),
        }

    def to_frame(self) -> pd.DataFrame:
        """Medians by driver [s]; see :meth:`tables`."""
        return self._by_driver(self.per_race)

    def by_race(self) -> pd.DataFrame:
        """Median of every race over the drivers who drove it to the end.

        Returns
        -------
        pandas.DataFrame
            ``race, drivers, gap_s`` and the causes [s]; whoever was measured against the
            runner-up is left out.
        """
        counted = self._counted()
        counted = counted[counted["reference_kind"] != "runner-up"]
        columns = ["gap_s", *(f"{name}_s" for name in SEASON_CATEGORIES)]
        medians = counted.groupby("race", sort=False)[columns].median().reset_index()
        drivers = counted.groupby("race", sort=False)["driver"].nunique()
        medians.insert(1, "drivers", medians["race"].map(drivers))
        return medians

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON, units in the keys."""
        plain = super().to_dict()
        named = {"per_race": plain.pop("per_race"), "total": plain.pop("total")}
        seconds = {f"{name}_s": values for name, values in named.items()}
        told = {"kind": self.kind, "title": self.title, "findings": list(self.findings)}
        return {**told, **plain, **seconds, "race_by_race": self.frame.to_dict("records")}

    def __repr__(self) -> str:
        """Season, races and drivers in one line."""
        return (
            f"SeasonBlame({', '.join(map(str, self.seasons))}, against {self.reference}: "
            f"{len(self.races)} races, {len(self.drivers)} drivers)"
        )

    def _repr_html_(self) -> str:
        from f1lab.export import html_fragment  # noqa: PLC0415  (a floor above, to show itself)

        return html_fragment(self)

    def _counted(self) -> pd.DataFrame:
        return self.frame[self.frame["to_the_end"]]

    def _by_driver(self, estimates: dict[str, dict[str, Estimate]]) -> pd.DataFrame:
        """One row a driver: team, races counted and cut short, gap and causes [s]."""
        ends = self.frame.groupby("driver")["to_the_end"]
        teams = self.frame.groupby("driver")["team"].last()
        return pd.DataFrame(
            {
                "driver": code,
                "team": teams[code],
                "races": int(ends.get_group(code).sum()),
                "cut_short": int((~ends.get_group(code)).sum()),
                **{f"{name}_s": found.value for name, found in estimates[code].items()},
            }
            for code in self.drivers
            if code in estimates
        )

    def _intervals(self) -> pd.DataFrame:
        """One row a driver and cause: median and total with their 90 % intervals [s]."""
        return pd.DataFrame(
            {
                "driver": code,
                "category": name,
                "median_s": median.value,
                "median_low_s": median.low,
                "median_high_s": median.high,
                "total_s": self.total[code][name].value,
                "total_low_s": self.total[code][name].low,
                "total_high_s": self.total[code][name].high,
            }
            for code, medians in self.per_race.items()
            for name, median in medians.items()
        )


def season_blame(
    season: int | Sequence[Weekend],
    reference: str = "winner",
    n_jobs: int = 1,
    *,
    drivers: Sequence[str] | None = None,
    offline: bool | None = None,
    fastf1_cache: str | Path | None = None,
    progress: Progress | None = None,
) -> SeasonBlame:
    """Take every race of a season apart, every driver against one reference.

    Parameters
    ----------
    season : int or sequence of Weekend
        A year, whose races are loaded as :func:`f1lab.load` does, or weekends already loaded.
    reference : str
        ``"winner"``, ``"teammate"``, ``"ideal"`` or a driver's code.
    n_jobs : int
        Races at a time, at least 1; each in a process of its own when more than one, or where
        ``joblib.parallel_config`` says.
    drivers : sequence of str, optional
        Codes of those to measure; everybody when left out.
    offline : bool, optional
        Never touch the network.
    fastf1_cache : str or Path, optional
        A FastF1 cache folder.
    progress : callable, optional
        Called as ``progress(text, done, total)``, ``done`` races being finished.

    Returns
    -------
    SeasonBlame
        A race or a driver that cannot be taken apart does not stop the others: the reason is
        in ``refusals``. Every autopsy is kept in the cache for the next time.

    Raises
    ------
    NoData
        No race at all could be loaded or taken apart.
    UnknownName
        A driver or reference who is in none of the races.
    InvalidInput
        What is given is neither a year nor weekends, or ``n_jobs`` is below 1.
    """
    n_jobs = whole_number("n_jobs", n_jobs, least=1)
    tell = progress or _silent
    refusals: dict[str, str] = {}
    if isinstance(season, int) and not isinstance(season, bool):
        weekends = loaded_weekends(
            season, tell, refusals, offline=offline, fastf1_cache=fastf1_cache
        )
    else:
        weekends = given_weekends(season)
    code = chosen_reference(reference, weekends)
    wanted = None if drivers is None else chosen_drivers(drivers, weekends)
    tell("taking the races apart", 0, len(weekends))
    races: dict[int, Examined] = {}
    for place, found in examined(weekends, code, wanted, n_jobs):
        races[place] = found
        tell(f"took apart {name_of(weekends[place])}", len(races), len(weekends))
    rows = [row for place in sorted(races) for row in races[place][0]]
    for place in sorted(races):
        refusals |= races[place][1]
    if not rows:
        raise NoData(f"no race could be taken apart: {' '.join(refusals.values())}")
    sources = tuple(dict.fromkeys(weekend.source for weekend in weekends))
    return summed(pd.DataFrame(rows), code, refusals, sources)


def _silent(text: str, done: int, total: int) -> None:
    """Say nothing."""


def _called(reference: str) -> str:
    """The reference within a sentence."""
    words = {"winner": "the winner", "teammate": "the team-mate", "ideal": "the ideal race"}
    return words.get(reference, reference)


def _plural(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


# ---------------------------------------------------------------------------------------------
# the season


def summed(
    frame: pd.DataFrame, reference: str, refusals: dict[str, str], sources: tuple[str, ...]
) -> SeasonBlame:
    """Medians and totals by driver of races that were taken apart.

    Parameters
    ----------
    frame : pandas.DataFrame
        As :attr:`SeasonBlame.frame`, one row at least.
    reference : str
        Whom every driver was measured against.
    refusals : dict of str to str
        A race, or a race and driver, that is left out to the reason.
    sources : tuple of str
        Where the data came from.

    Returns
    -------
    SeasonBlame
    """
    per_race, total = {}, {}
    for code, own in frame[frame["to_the_end"]].groupby("driver", sort=False):
        draws = {name: _drawn(own, name) for name in SEASON_CATEGORIES}
        gap = own["gap_s"].to_numpy()
        per_race[str(code)] = {
            "gap": _exact(float(np.median(gap))),
            **{name: _estimate(own, name, values, np.median) for name, values in draws.items()},
        }
        total[str(code)] = {
            "gap": _exact(float(gap.sum())),
            **{name: _estimate(own, name, values, np.sum) for name, values in draws.items()},
        }
    order = sorted(per_race, key=lambda code: per_race[code]["gap"].value)
    others = [code for code in dict.fromkeys(frame["driver"]) if code not in per_race]
    unfinished = {code: f"{code} drove none of these races to the end." for code in others}
    races = tuple(dict.fromkeys(frame["race"]))
    return SeasonBlame(
        seasons=tuple(sorted({int(race.split()[0]) for race in races})),
        reference=reference,
        races=races,
        drivers=tuple(order),
        per_race={code: per_race[code] for code in order},
        total={code: total[code] for code in order},
        refusals={**refusals, **unfinished},
        sources=sources,
        frame=frame,
    )


def _drawn(own: pd.DataFrame, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Seconds of each race as its interval allows, shape (draws, races)."""
    value, low, high = (own[f"{name}{end}"].to_numpy() for end in ("_s", "_low_s", "_high_s"))
    z = np.random.default_rng(_SEED).standard_normal((_DRAWS, len(own)))
    side = np.where(z > 0, high - value, value - low)
    return np.asarray(value + z * side / Z90)


def _estimate(
    own: pd.DataFrame,
    name: str,
    draws: np.ndarray[Any, np.dtype[np.float64]],
    summary: Callable[..., Any],
) -> Estimate:
    """Median or sum of what was measured, with the interval of the draws around it."""
    value = float(summary(own[f"{name}_s"].to_numpy()))
    spread = Estimate.of_draws(summary(draws, axis=1))
    return Estimate(value, min(spread.low, value), max(spread.high, value))


def _exact(seconds: float) -> Estimate:
    """Gaps are timed, not estimated."""
    return Estimate(seconds, seconds, seconds)
