"""Form of the season so far, from weekends that are at hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from f1lab.data.cache import Key, cached
from f1lab.data.source import load
from f1lab.engine.forecast import pace_records
from f1lab.errors import F1LabError

if TYPE_CHECKING:
    from collections.abc import Callable

    from f1lab.data.schema import Weekend
    from f1lab.engine.form import PaceRecord

__all__ = ["season_so_far"]

#: Raise it when a pace record comes to mean something else.
_VERSION = 1
_WITH_A_CALENDAR = ("fastf1", "livetiming", "openf1")


def season_so_far(
    weekend: Weekend,
    *,
    fastf1_cache: str | None = None,
    tell: Callable[[str, int, int], None] | None = None,
) -> list[PaceRecord]:
    """Pace every earlier race of the season showed, as far as it can be read offline.

    Parameters
    ----------
    weekend : Weekend
    fastf1_cache : str, optional
        An existing FastF1 cache folder.
    tell : callable, optional
        Called as ``tell(text, done, total)`` before each race.

    Returns
    -------
    list of PaceRecord
        In order; a race that is not at hand is left out, and the network is never asked.
    """
    if weekend.source not in _WITH_A_CALENDAR:
        return []
    found: list[PaceRecord] = []
    for number in range(1, weekend.round):
        if tell is not None:
            tell(f"form: round {number} of {weekend.year}", number - 1, weekend.round - 1)
        try:
            earlier = load(weekend.year, number, offline=True, fastf1_cache=fastf1_cache)
        except F1LabError:
            continue  # not at hand: the forecast leans on what is
        key = Key("computed", weekend.year, earlier.event, "R", "pace")
        found += cached(key, partial(pace_records, earlier), schema_version=_VERSION)
    return found
