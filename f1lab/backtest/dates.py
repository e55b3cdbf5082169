"""Which race came before which, and the refusal to learn from the future.

A weekend's day is its race's date. Where an archive gives none for one of two races, their
season and round decide, since rounds are numbered in the order of their dates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from f1lab.data.schema import Weekend

__all__ = ["FutureData", "came_before", "in_order", "known_before", "refuse_future"]


class FutureData(InvalidInput):
    """Data from the day of the race that is to be forecast, or from after it."""


def came_before(earlier: Weekend, later: Weekend) -> bool:
    """Whether one race was over before the day of the other.

    Parameters
    ----------
    earlier, later : Weekend

    Returns
    -------
    bool
        False for races of the same day, a race and itself included.
    """
    if earlier.race.date and later.race.date:
        return earlier.race.date < later.race.date
    return (earlier.year, earlier.round) < (later.year, later.round)


def refuse_future(past: Iterable[Weekend], races: Sequence[Weekend]) -> None:
    """Refuse to learn from a race that did not come before every race to be forecast.

    Parameters
    ----------
    past : iterable of Weekend
        What is to be learned from.
    races : sequence of Weekend
        What is to be forecast.

    Raises
    ------
    FutureData
        Naming the two races.
    """
    for weekend in past:
        for race in races:
            if not came_before(weekend, race):
                raise FutureData(
                    f"{_called(weekend)} cannot be learned from: it is not before "
                    f"{_called(race)}, which is to be forecast. "
                    "Train on earlier seasons, or test on later ones."
                )


def known_before(race: Weekend, weekends: Iterable[Weekend]) -> list[Weekend]:
    """Pick what was history on the day of a race, oldest first."""
    return in_order(weekend for weekend in weekends if came_before(weekend, race))


def in_order(weekends: Iterable[Weekend]) -> list[Weekend]:
    """Sort by season and round."""
    return sorted(weekends, key=lambda weekend: (weekend.year, weekend.round))


def _called(weekend: Weekend) -> str:
    day = f" ({weekend.race.date})" if weekend.race.date else ""
    return f"{weekend.year} {weekend.event}{day}"
