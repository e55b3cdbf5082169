"""One car's messages made ready for FastF1: laps counted without holes, gaps where they matter."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from f1lab.data.livetiming_said import Message

__all__ = ["gaps_at_the_line", "mended_laps"]

#: FastF1 looks up the gap nearest to the end of a lap, which it may move by less than this.
_AROUND = timedelta(seconds=8)
#: Said again they are no news: a recorder that was started anew is told everything once more.
_TIMES = frozenset({"LastLapTime", "BestLapTime"})
_NEWS_ONCE = frozenset({"InPit", "NumberOfLaps"}) | _TIMES
#: Said anew they belong to a lap that is over.
_OF_A_LAP = frozenset({"Speeds", "Sectors", "BestLapTimes"}) | _TIMES
_NOTHING = object()
#: FastF1 aligns cars by their gaps at the end of a lap, and does not by one in laps.
_GAP_NOT_KNOWN = "1 L"
_when = itemgetter(0)


def mended_laps(own: list[Message], zero: datetime, *, race: bool) -> tuple[list[Message], int]:
    """Messages of a car with what is no news left out and missing laps counted.

    Parameters
    ----------
    own : list of (datetime, dict)
        What was told about its laps and the pit lane, in order.
    zero : datetime
        The start, from which the first laps count if they were not recorded.
    race : bool
        Whether it was raced.

    Returns
    -------
    messages : list of (datetime, dict)
    lost : int
        Laps that were not recorded; they end at even times.
    """
    found: list[Message] = []
    lap, since, lost, on_the_way = 0, zero, 0, 0
    last: dict[str, Any] = {}
    for when, told in own:
        # a recorder started anew says how many laps there are, not when the last one ended
        anew = bool(told.get("_kf")) and bool(found)
        news = _news(told, last, anew=anew)
        counted = news.get("NumberOfLaps")
        if isinstance(counted, int) and counted > lap:
            if race:
                # never too early: FastF1 moves ends that are too late back by the laps that follow
                step = (when - since) / (counted - lap)
                ends = [(since + n * step, lap + n) for n in range(1, counted - lap)]
                if ends and not lap:
                    # laps count once a car has left the pits, and a first one of which nothing
                    # is known is taken for the way to the grid
                    found += [(zero, {"InPit": False}), (zero, {"NumberOfLaps": 1})]
                    news, on_the_way = {k: v for k, v in news.items() if v is not False}, 1
                    news["GapToLeader"] = _GAP_NOT_KNOWN
                found += [
                    (end, {"NumberOfLaps": n + on_the_way, "GapToLeader": _GAP_NOT_KNOWN})
                    for end, n in ends
                ]
                lost += len(ends) + anew
            lap, since = counted, when
        if isinstance(counted, int):
            news["NumberOfLaps"] = counted + on_the_way
        if news:
            found.append((when, news))
    found.sort(key=_when)
    return found, lost


def _news(told: dict[str, Any], last: dict[str, Any], *, anew: bool) -> dict[str, Any]:
    """What of a message had not been said before; ``last`` is brought up to date."""
    news = {}
    for key, value in told.items():
        said = value.get("Value", _NOTHING) if key in _TIMES else value
        known = key in _NEWS_ONCE and said is not _NOTHING and said == last.get(key, _NOTHING)
        if key != "_kf" and not known and not (anew and key in _OF_A_LAP):
            news[key] = value
        if said is not _NOTHING:
            last[key] = said
    return news


def gaps_at_the_line(laps: list[Message], gaps: list[Message]) -> list[Message]:
    """Laps of a car joined by its gaps to the leader around the ends of laps.

    Parameters
    ----------
    laps, gaps : list of (datetime, dict)
        In order.

    Returns
    -------
    list of (datetime, dict)
        In order. Each gap kept carries the one known then, as FastF1 carries it on.
    """
    stamps = [when for when, _ in gaps]
    kept: set[int] = set()
    for when, told in laps:
        if "NumberOfLaps" in told:
            begin = max(bisect_left(stamps, when - _AROUND) - 1, 0)
            kept.update(range(begin, min(bisect_right(stamps, when + _AROUND) + 1, len(gaps))))
    joined = [(when, told, True) for when, told in laps]
    joined += [(when, told, n in kept) for n, (when, told) in enumerate(gaps)]
    joined.sort(key=_when)
    found: list[Message] = []
    gap = ""
    for when, told, wanted in joined:
        gap = told.get("GapToLeader") or gap
        if wanted and gap and ("Position" in told or "IntervalToPositionAhead" in told):
            found.append((when, told | {"GapToLeader": gap}))
        elif wanted:
            found.append((when, told))
    return found
