"""The races at hand: what our cache and a FastF1 cache hold, looked up by name, never fetched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from f1lab.data.cache import keys
from f1lab.data.circuits import fold
from f1lab.data.source import load, load_demo
from f1lab.errors import InvalidInput
from f1lab.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

    from f1lab.dashboards.query import Query
    from f1lab.data.schema import Weekend

__all__ = ["RaceAtHand", "load_race", "races_at_hand", "season_at_hand", "season_opened"]


class RaceAtHand(NamedTuple):
    """A race that can be shown: season, event, and its day where that is known ("" if not)."""

    year: int
    event: str
    day: str


def races_at_hand() -> tuple[RaceAtHand, ...]:
    """List the real races that can be shown without a network.

    Returns
    -------
    tuple of RaceAtHand
        The newest season first, each in the order it was raced.
    """
    found = {
        (race.year, fold(race.event)): race
        for race in (*_in_our_cache(), *_in_fastf1(settings().fastf1_dir))
    }
    return tuple(sorted(found.values(), key=lambda race: (-race.year, race.day, race.event)))


def season_at_hand(year: int) -> list[Weekend]:
    """Load the races of a season that are at hand.

    Raises
    ------
    InvalidInput
        None is.
    """
    races = [race for race in races_at_hand() if race.year == year]
    if not races:
        raise InvalidInput(_none_of(year))
    return [load(race.year, race.event, offline=True) for race in races]


def season_opened(year: int) -> list[Weekend]:
    """Load the races of a season that were opened before: those are kept, and quick to load."""
    races = sorted({race.event for race in _in_our_cache() if race.year == year})
    return [load(year, event, offline=True) for event in races]


def load_race(query: Query) -> Weekend:
    """Load the race that was asked for: the last one at hand of a season, the demo for nothing.

    Raises
    ------
    InvalidInput
        An event without its season, or a season of which nothing is at hand.
    UnknownName, NoData, SourceError
        As :func:`f1lab.load`, which never asks the network here.
    """
    if query.demo:
        return load_demo()
    if query.year is None:
        if query.event is not None:
            raise InvalidInput(f"{query.event!r} of which season? Add year=2023, say.")
        return load_demo()
    event = query.event
    if event is None:
        races = [race for race in races_at_hand() if race.year == query.year]
        if not races:
            raise InvalidInput(_none_of(query.year))
        event = races[-1].event
    return load(query.year, event, offline=True)


def _none_of(year: int) -> str:
    seasons = sorted({str(race.year) for race in races_at_hand()}, reverse=True)
    there = f"At hand: {', '.join(seasons)}" if seasons else "At hand is the demo weekend only"
    return f"no race of {year} is at hand. {there}; f1lab cache warm loads more."


def _in_our_cache() -> list[RaceAtHand]:
    races = []
    for key in keys("f1/session/*"):
        _, _, year, event, kind, *_ = key.split("/")
        if kind == "R" and re.fullmatch(r"[0-9]{4}", year):
            races.append(RaceAtHand(int(year), event.replace("_", " "), ""))
    return races


def _in_fastf1(folder: Path) -> list[RaceAtHand]:
    races = []
    for timing in folder.glob("*/*/*_Race/_extended_timing_data.ff1pkl"):
        race = timing.parent
        weekend = race.parent
        event = weekend.name.partition("_")[2]
        if re.fullmatch(r"[0-9]{4}", weekend.parent.name) and event:
            races.append(
                RaceAtHand(int(weekend.parent.name), event.replace("_", " "), race.name[:10])
            )
    return races
