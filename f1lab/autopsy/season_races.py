"""The races of a season: which are at hand, and every driver of each taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from f1lab.autopsy.examine import autopsy
from f1lab.autopsy.references import REFERENCES
from f1lab.autopsy.spread import Lost, attempt, spread
from f1lab.data.schema import Weekend
from f1lab.data.source import RateLimited, load, schedule
from f1lab.errors import F1LabError, InvalidInput, NoData, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from f1lab.autopsy.report import AutopsyReport
    from f1lab.data.events import EventInfo

    Progress = Callable[[str, int, int], None]
    Examined = tuple[list[dict[str, Any]], dict[str, str]]

__all__ = [
    "RaceAutopsies",
    "chosen_drivers",
    "chosen_reference",
    "drivers_among",
    "each_weekend",
    "examined",
    "field_of",
    "given_weekends",
    "loaded_weekends",
    "name_of",
    "race_autopsies",
    "reference_among",
    "row_of",
]

#: Races over less of the distance count neither into medians nor into totals [-].
_TO_THE_END = 0.9


@dataclass(frozen=True)
class RaceAutopsies:
    """Every driver of one race taken apart.

    Attributes
    ----------
    race_laps : int
        Laps of the race.
    reports : list of AutopsyReport
        In the order of the results.
    refused : dict of str to Lost
        Code of a driver, or "" for the whole race, to the reason why there is no report.
    """

    race_laps: int
    reports: list[AutopsyReport] = field(default_factory=list)
    refused: dict[str, Lost] = field(default_factory=dict)


def name_of(weekend: Weekend) -> str:
    """Year and event, as the season's tables call a race."""
    return f"{weekend.year} {weekend.event}"


def each_weekend(
    year: int,
    events: Sequence[EventInfo],
    tell: Progress,
    refusals: dict[str, str],
    *,
    offline: bool | None,
    fastf1_cache: str | Path | None,
) -> Iterator[Weekend]:
    """Every race of these that can be had; one process loads, so the network is asked once.

    Once a source allows no more requests, the rest comes from what is at hand.
    """
    for done, event in enumerate(events):
        name = f"{year} {event.name}"
        tell(f"loading {name}", done, len(events))
        try:
            yield load(year, event.round, offline=offline, fastf1_cache=fastf1_cache)
        except F1LabError as error:
            refusals[name] = str(error)
            offline = True if isinstance(error, RateLimited) else offline


def loaded_weekends(
    year: int,
    tell: Progress,
    refusals: dict[str, str],
    *,
    offline: bool | None,
    fastf1_cache: str | Path | None,
) -> list[Weekend]:
    """Every race of a year that can be had, all in memory."""
    events = schedule(year, offline=offline, fastf1_cache=fastf1_cache)
    reach: dict[str, Any] = {"offline": offline, "fastf1_cache": fastf1_cache}
    weekends = list(each_weekend(year, events, tell, refusals, **reach))
    if not weekends:
        why = next(iter(refusals.values()), "its schedule is empty.")
        raise NoData(
            f"no race of {year} is at hand: {why} Load some with a network (f1lab cache warm) "
            "or name a FastF1 cache that holds them."
        )
    return weekends


def given_weekends(season: object) -> list[Weekend]:
    """Weekends already loaded, each there once."""
    if isinstance(season, Weekend):
        return [season]
    if not isinstance(season, list | tuple) or not all(isinstance(one, Weekend) for one in season):
        raise InvalidInput(
            f"a season is a year such as 2023 or a list of loaded weekends; not {season!r:.60}."
        )
    if not season:
        raise NoData("a season without a race: the list of weekends is empty.")
    names = [name_of(weekend) for weekend in season]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InvalidInput(f"{twice} is there twice; give every weekend once.")
    return list(season)


def field_of(weekend: Weekend) -> list[str]:
    """Codes of the drivers of a race, in the order of its results."""
    return [str(code) for code in weekend.race.results["driver"]]


def _field(weekends: Sequence[Weekend]) -> list[str]:
    return list(dict.fromkeys(code for weekend in weekends for code in field_of(weekend)))


def chosen_reference(given: str, weekends: Sequence[Weekend]) -> str:
    """A word such as ``"winner"``, or the code of somebody who took part in a race."""
    return reference_among(given, _field(weekends))


def reference_among(given: str, field: Sequence[str]) -> str:
    """A word such as ``"winner"``, or the code of one of these drivers."""
    word = str(given).strip()
    if word.lower() in REFERENCES:
        return word.lower()
    if word.upper() not in field:
        raise UnknownName("reference", word, [*REFERENCES, *field])
    return word.upper()


def chosen_drivers(drivers: Sequence[str], weekends: Sequence[Weekend]) -> list[str]:
    """Codes of those to measure, each of them in one race or more."""
    return drivers_among(drivers, _field(weekends))


def drivers_among(drivers: Iterable[str], field: Sequence[str]) -> list[str]:
    """Codes of those to measure, each of them one of these drivers."""
    codes = [str(driver).strip().upper() for driver in drivers]
    for code in codes:
        if code not in field:
            raise UnknownName("driver of this season", code, field)
    if not codes:
        raise InvalidInput(f"Name at least one driver; in these races were {', '.join(field)}.")
    return codes


def race_autopsies(
    weekend: Weekend,
    reference: str,
    wanted: Sequence[str] | None,
    *,
    judge_calls: bool = False,
) -> RaceAutopsies:
    """Every driver of one race; whoever cannot be measured is named with the reason."""
    field = field_of(weekend)
    laps = weekend.race.laps["lap"]
    found = RaceAutopsies(int(laps.max()) if len(laps) else 0)
    if reference not in REFERENCES and reference not in field:
        found.refused[""] = Lost(f"{reference} did not take part.")
        return found
    for code in field if wanted is None else [code for code in wanted if code in field]:
        if code == reference:
            continue
        report = attempt(partial(autopsy, weekend, code, reference, judge_calls=judge_calls))
        if isinstance(report, Lost):
            found.refused[code] = report
        else:
            found.reports.append(report)
    return found


def examined(
    weekends: Sequence[Weekend], reference: str, wanted: Sequence[str] | None, n_jobs: int
) -> Iterator[tuple[int, Examined]]:
    """Place of a race, its rows and its refusals, as the races are done."""
    race = partial(_rows, reference=reference, wanted=wanted)
    for place, found in spread(race, weekends, n_jobs):
        lost = isinstance(found, Lost)
        yield place, ([], {name_of(weekends[place]): found.reason}) if lost else found


def _rows(weekend: Weekend, reference: str, wanted: Sequence[str] | None) -> Examined:
    """The rows of one race, and the reasons of those without one."""
    found, name = race_autopsies(weekend, reference, wanted), name_of(weekend)
    refused = {f"{name}: {who}" if who else name: one.reason for who, one in found.refused.items()}
    return [row_of(report, found.race_laps) for report in found.reports], refused


def row_of(report: AutopsyReport, race_laps: int) -> dict[str, Any]:
    """One driver's race as a row of the season's table [s]."""
    blame = report.blame
    causes = {**blame.categories, "unexplained": blame.unexplained}
    seconds = {
        f"{name}{end}": value
        for name, cause in causes.items()
        for end, value in (
            ("_s", cause.seconds),
            ("_low_s", cause.low_s),
            ("_high_s", cause.high_s),
        )
    }
    return {
        "race": f"{report.year} {report.event}",
        "driver": report.driver,
        "team": report.team,
        "team_colour": report.team_colour,
        "reference": report.reference,
        "reference_kind": report.reference_kind,
        "status": report.status,
        "laps_compared": blame.laps_compared,
        "to_the_end": blame.laps_compared >= _TO_THE_END * race_laps,
        "gap_s": blame.gap_s,
        **seconds,
    }
