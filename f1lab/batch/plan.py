"""What a batch is about: races that are at hand, one question, and the name of every answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from f1lab import __version__
from f1lab.autopsy.examine import VERSION as AUTOPSY_VERSION
from f1lab.autopsy.examine import fingerprint
from f1lab.autopsy.season_races import (
    drivers_among,
    each_weekend,
    field_of,
    given_weekends,
    reference_among,
)
from f1lab.backtest.seasons import parse_seasons
from f1lab.batch.parts import part_name
from f1lab.data.events import find_event
from f1lab.data.source import load, schedule
from f1lab.errors import InvalidInput, SourceError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from f1lab.data.events import EventInfo
    from f1lab.data.schema import Weekend

    Progress = Callable[[str, int, int], None]

__all__ = ["Question", "Race", "question_of", "races_at_hand"]

#: Raise it when the tables come to mean something else.
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Race:
    """A race that is at hand: what it is, what its numbers depend on, how it is had again."""

    year: int
    round: int
    event: str
    source: str
    field: tuple[str, ...]
    mark: str
    again: Callable[[], Weekend]

    @property
    def name(self) -> str:
        """Year and event."""
        return f"{self.year} {self.event}"

    def weekend(self) -> Weekend:
        """The weekend for a worker, as it was when the batch was planned."""
        weekend = self.again()
        if fingerprint(weekend) != self.mark:
            raise SourceError("its data changed while the batch ran; start the batch again.")
        return weekend


@dataclass(frozen=True)
class Question:
    """What is asked of every race."""

    reference: str
    drivers: tuple[str, ...] | None
    judge_calls: bool

    def part(self, race: Race) -> str:
        """Name of the part that answers it for a race."""
        versions = (__version__, SCHEMA_VERSION, AUTOPSY_VERSION)
        return part_name(race.year, race.round, race.event, (race.mark, self, *versions))


def races_at_hand(
    seasons: int | str | Sequence[int] | Sequence[Weekend],
    races: Sequence[str | int] | None,
    tell: Progress,
    missing: dict[str, str],
    *,
    offline: bool | None,
    fastf1_cache: str | Path | None,
) -> Iterator[Race]:
    """Every race that can be had, one weekend in memory at a time; the others go to `missing`."""
    years = _years(seasons)
    if years is None:
        if races is not None:
            raise InvalidInput("races are chosen of seasons; of loaded weekends give those wanted.")
        for weekend in given_weekends(seasons):
            yield _race(weekend, partial(_same, weekend))
        return
    reach: dict[str, Any] = {"offline": offline, "fastf1_cache": fastf1_cache}
    chosen = _chosen({year: schedule(year, **reach) for year in years}, races)
    for year, events in chosen.items():
        for weekend in each_weekend(year, events, tell, missing, **reach):
            again = partial(load, year, weekend.round, offline=True, fastf1_cache=fastf1_cache)
            yield _race(weekend, again)


def _years(seasons: object) -> tuple[int, ...] | None:
    """Seasons as they are given; None for loaded weekends."""
    if isinstance(seasons, str):
        return parse_seasons(seasons)
    given = list(seasons) if isinstance(seasons, list | tuple) else [seasons]
    if given and all(isinstance(one, int) and not isinstance(one, bool) for one in given):
        return parse_seasons(",".join(map(str, given)))
    return None


def _chosen(
    schedules: dict[int, list[EventInfo]], races: Sequence[str | int] | None
) -> dict[int, list[EventInfo]]:
    """The events of each season that are asked for, in order."""
    if races is None:
        return schedules
    chosen: dict[int, dict[int, EventInfo]] = {year: {} for year in schedules}
    for race in races:
        unknown: list[UnknownName] = []
        for year, events in schedules.items():
            try:
                event = find_event(events, race)
            except UnknownName as error:
                unknown.append(error)
            else:
                chosen[year][event.round] = event
        if len(unknown) == len(schedules):
            raise unknown[-1]
    return {year: [events[r] for r in sorted(events)] for year, events in chosen.items()}


def _race(weekend: Weekend, again: Callable[[], Weekend]) -> Race:
    return Race(
        year=weekend.year,
        round=weekend.round,
        event=weekend.event,
        source=weekend.source,
        field=tuple(field_of(weekend)),
        mark=fingerprint(weekend),
        again=again,
    )


def _same(weekend: Weekend) -> Weekend:
    return weekend


def question_of(
    races: Sequence[Race], reference: str, drivers: Sequence[str] | None, *, judge_calls: bool
) -> Question:
    """Reference and drivers, each of them in one race or more."""
    field = list(dict.fromkeys(code for race in races for code in race.field))
    code = reference_among(reference, field)
    wanted = None if drivers is None else tuple(dict.fromkeys(drivers_among(drivers, field)))
    return Question(code, wanted, judge_calls)
