"""The races of a season: which are at hand, and every driver of each taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from f1lab.autopsy.examine import autopsy
from f1lab.autopsy.references import REFERENCES
from f1lab.data.schema import Weekend
from f1lab.data.source import RateLimited, load, schedule
from f1lab.errors import F1LabError, InvalidInput, NoData, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from f1lab.autopsy.report import AutopsyReport

    Progress = Callable[[str, int, int], None]
    Examined = tuple[list[dict[str, Any]], dict[str, str]]

__all__ = [
    "chosen_drivers",
    "chosen_reference",
    "examined",
    "given_weekends",
    "loaded_weekends",
    "name_of",
]

#: Races over less of the distance count neither into medians nor into totals [-].
_TO_THE_END = 0.9


def name_of(weekend: Weekend) -> str:
    """Year and event, as the season's tables call a race."""
    return f"{weekend.year} {weekend.event}"


def loaded_weekends(
    year: int,
    tell: Progress,
    refusals: dict[str, str],
    *,
    offline: bool | None,
    fastf1_cache: str | Path | None,
) -> list[Weekend]:
    """Every race of a year that can be had; one process loads, so the network is asked once."""
    events = schedule(year, offline=offline, fastf1_cache=fastf1_cache)
    weekends = []
    for done, event in enumerate(events):
        name = f"{year} {event.name}"
        tell(f"loading {name}", done, len(events))
        try:
            weekends.append(load(year, event.round, offline=offline, fastf1_cache=fastf1_cache))
        except RateLimited as error:
            refusals[name] = str(error)
            break
        except F1LabError as error:
            refusals[name] = str(error)
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


def _field(weekends: Sequence[Weekend]) -> list[str]:
    codes = (str(code) for weekend in weekends for code in weekend.race.results["driver"])
    return list(dict.fromkeys(codes))


def chosen_reference(given: str, weekends: Sequence[Weekend]) -> str:
    """A word such as ``"winner"``, or the code of somebody who took part in a race."""
    word, field = str(given).strip(), _field(weekends)
    if word.lower() in REFERENCES:
        return word.lower()
    if word.upper() not in field:
        raise UnknownName("reference", word, [*REFERENCES, *field])
    return word.upper()


def chosen_drivers(drivers: Sequence[str], weekends: Sequence[Weekend]) -> list[str]:
    """Codes of those to measure, each of them in one race or more."""
    field = _field(weekends)
    codes = [str(driver).strip().upper() for driver in drivers]
    for code in codes:
        if code not in field:
            raise UnknownName("driver of this season", code, field)
    if not codes:
        raise InvalidInput(f"Name at least one driver; in these races were {', '.join(field)}.")
    return codes


def examined(
    weekends: Sequence[Weekend], reference: str, wanted: Sequence[str] | None, n_jobs: int
) -> Iterator[Examined]:
    """Rows and refusals of each race, in order."""
    if n_jobs == 1 or len(weekends) == 1:
        yield from (_race(weekend, reference, wanted) for weekend in weekends)
        return
    from joblib import Parallel, delayed  # noqa: PLC0415  (half a second, only when asked)

    parallel = Parallel(n_jobs=min(n_jobs, len(weekends)), return_as="generator")
    yield from parallel(delayed(_race)(weekend, reference, wanted) for weekend in weekends)


def _race(weekend: Weekend, reference: str, wanted: Sequence[str] | None) -> Examined:
    """Every driver of one race; whoever cannot be measured is named with the reason."""
    rows, refused = [], {}
    field = _field([weekend])
    absent = reference.lower() not in REFERENCES and reference not in field
    if absent:
        return [], {name_of(weekend): f"{reference} did not take part."}
    for code in field if wanted is None else [code for code in wanted if code in field]:
        if code == reference:
            continue
        try:
            report = autopsy(weekend, code, reference, judge_calls=False)
        except F1LabError as error:
            refused[f"{name_of(weekend)}: {code}"] = str(error)
        else:
            rows.append(_row(report, int(weekend.race.laps["lap"].max())))
    return rows, refused


def _row(report: AutopsyReport, race_laps: int) -> dict[str, Any]:
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
