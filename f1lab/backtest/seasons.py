"""Seasons by name, and their races from an archive or from FastF1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from f1lab.data.source import RateLimited, load, schedule
from f1lab.data.tidy import load_tidy, tidy_races
from f1lab.errors import InvalidInput, NoData, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from f1lab.data.schema import Weekend

__all__ = ["load_seasons", "parse_seasons"]

_LONGEST_SPAN = 30


def parse_seasons(text: str) -> tuple[int, ...]:
    """Read seasons as one writes them.

    Parameters
    ----------
    text : str
        ``"2023"``, ``"2018-2021"`` or ``"2018,2020-2021"``.

    Returns
    -------
    tuple of int
        In order, each once.

    Raises
    ------
    InvalidInput
        Anything else, or a span that runs backwards.

    Examples
    --------
    >>> parse_seasons("2018-2020, 2023")
    (2018, 2019, 2020, 2023)
    """
    years: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{4})(?:\s*[-–]\s*(\d{4}))?\s*", part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not first <= last < first + _LONGEST_SPAN:
            raise InvalidInput(
                f"seasons are written 2023, 2018-2021 or 2018,2020-2021; not {text!r}."
            )
        years |= set(range(first, last + 1))
    return tuple(sorted(years))


def load_seasons(
    years: Sequence[int],
    *,
    tidy: str | Path | None = None,
    fastf1_cache: str | Path | None = None,
    offline: bool | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[list[Weekend], tuple[str, ...]]:
    """Load every race of some seasons that can be had.

    Parameters
    ----------
    years : sequence of int
        Seasons.
    tidy : str or Path, optional
        An archive of parquet files; a season it holds any race of comes from it.
    fastf1_cache : str or Path, optional
        A FastF1 cache folder, for the other seasons; it is read without touching the network.
    offline : bool, optional
        Never touch the network; implied by ``fastf1_cache``.
    progress : callable, optional
        Called as ``progress(text, done, total)``.

    Returns
    -------
    weekends : list of Weekend
        In order.
    missing : tuple of str
        Races of the schedules that could not be loaded.

    Raises
    ------
    NoData
        If a season has no race at all.
    SourceError
        If the archive or a schedule cannot be read.
    """
    archive = tidy_races(tidy) if tidy is not None else []
    weekends: list[Weekend] = []
    missing: list[str] = []
    for place, year in enumerate(years):
        if progress is not None:
            progress(f"loading {year}", place, len(years))
        before = len(weekends)
        held = [number for season, number, _ in archive if season == year]
        if tidy is not None and held:
            weekends += [load_tidy(tidy, year, number) for number in held]
        else:
            away = True if fastf1_cache is not None else offline
            for found in _from_fastf1(year, fastf1_cache, offline=away):
                (missing if isinstance(found, str) else weekends).append(found)  # type: ignore[arg-type]
        if len(weekends) == before:
            raise NoData(
                f"no race of {year} could be loaded; give an archive of parquet files (--tidy) "
                "or a FastF1 cache (--fastf1-cache) that holds it."
            )
    return weekends, tuple(missing)


def _from_fastf1(
    year: int, fastf1_cache: str | Path | None, *, offline: bool | None
) -> Iterator[Weekend | str]:
    """Each race of a season, or the name of one that is not to be had."""
    for event in schedule(year, offline=offline, fastf1_cache=fastf1_cache):
        try:
            yield load(year, event.round, offline=offline, fastf1_cache=fastf1_cache)
        except RateLimited:
            raise
        except (NoData, SourceError):
            yield f"{year} {event.name}"
