"""How one of two cars got ahead of the other for good, read off the clock alone.

Blame books seconds; a place is often lost by a sequence of them: a stop given away and won back
on fresher tyres. This module finds the last change of order between two cars and says how it
came about, in gaps measured at the line: no model is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.autopsy.timeline import neutral_phases
from f1lab.data.schema import COMPOUNDS
from f1lab.racemodel.laps import COMPOUND_CLASS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.autopsy.ledger import Books

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Decider", "decider"]

#: Stops this far apart belong to the same round of stops [laps].
_SAME_ROUND_LAPS = 12
#: Tyres younger by this much are worth naming [laps].
_YOUNGER_LAPS = 5
#: From this share of neutralised laps on, the field closing up won the gap back [-].
_MOSTLY_SLOW = 0.5
#: A stop this late that costs no place was taken for nothing else to lose [share of the race].
_LATE_SHARE = 0.9


@dataclass(frozen=True)
class Decider:
    """The last change of order between two cars.

    Attributes
    ----------
    ahead, behind : str
        Who went ahead for good, and of whom.
    lap : int
        Lap at whose end the order was final.
    how : str
        ``start``, ``stops``, ``fresher_tyres`` or ``track``.
    text : str
        The same as a sentence without its full stop, figures included.
    laps : tuple of int
        Laps it was read from.
    late_stop : str
        What a stop for nothing shortly before the flag did to the gap; "" for none.
    """

    ahead: str
    behind: str
    lap: int
    how: str
    text: str
    laps: tuple[int, ...]
    late_stop: str

    def to_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return self.__dict__ | {"laps": list(self.laps)}


@dataclass(frozen=True)
class _Car:
    """One of the two: its rows and the laps it changed tyres on."""

    code: str
    rows: Ints
    stops: tuple[int, ...]

    def last_stop(self, before: int) -> int | None:
        earlier = [lap for lap in self.stops if lap < before]
        return earlier[-1] if earlier else None


def decider(books: Books, driver: str, other: str, n_laps: int) -> Decider | None:
    """Find how the order of two cars was decided.

    Parameters
    ----------
    books : Books
    driver, other : str
        Two drivers of the race.
    n_laps : int
        Laps both completed.

    Returns
    -------
    Decider or None
        None when the car ahead at the end was ahead from the grid on.
    """
    pair = [_car(books, code, n_laps) for code in (driver, other)]
    at_flag = [books.laps.time_s[car.rows[-1]] for car in pair]
    ahead, behind = pair if at_flag[0] < at_flag[1] else pair[::-1]
    gap = books.laps.time_s[behind.rows] - books.laps.time_s[ahead.rows]
    real = _without_lent_places(ahead, behind, gap)
    not_yet = np.flatnonzero(real <= 0)
    lap = int(not_yet[-1]) + 2 if len(not_yet) else 1
    late = _late_stop(books, behind, gap, lap)
    if len(not_yet):
        how, text, laps = _change(books, ahead, behind, gap, lap)
        return Decider(ahead.code, behind.code, lap, how, text, laps, late)
    if not books.grid.get(ahead.code, np.nan) > books.grid.get(behind.code, np.nan):
        return None
    text = f"{ahead.code} went ahead of {behind.code} at the start and stayed there"
    return Decider(ahead.code, behind.code, 1, "start", text, (1,), late)


def _without_lent_places(ahead: _Car, behind: _Car, gap: Floats) -> Floats:
    """The gap without the laps on which the one behind led only because he had yet to stop."""
    real = gap.copy()
    for stop in behind.stops:
        first = _answer(ahead, stop)
        if first is not None and first < stop and gap[max(first - 2, 0)] > 0:
            real[first - 1 : stop] = np.maximum(real[first - 1 : stop], gap[first - 2])
    return real


def _answer(ahead: _Car, stop: int) -> int | None:
    """Stop of the one ahead in the same round; None when he made none."""
    near = [s for s in ahead.stops if abs(s - stop) <= _SAME_ROUND_LAPS]
    return min(near, key=lambda s: abs(s - stop)) if near else None


def _car(books: Books, code: str, n_laps: int) -> _Car:
    me = books.laps.drivers.index(code)
    stops = [s.lap for s in books.stops if s.driver == me and s.tyres and s.lap < n_laps]
    return _Car(code, books.laps.rows(code)[:n_laps], tuple(sorted(stops)))


def _change(
    books: Books, ahead: _Car, behind: _Car, gap: Floats, lap: int
) -> tuple[str, str, tuple[int, ...]]:
    """Kind, sentence and laps of the change of order on a lap."""
    stopped = [s for s in behind.stops if s in (lap - 1, lap)]
    if stopped and not _passed_before_the_pits(books, ahead, behind, stopped[-1], lap):
        return _through_stops(ahead, behind, gap, stopped[-1])
    last = ahead.last_stop(lap)
    younger = _age(books, behind, lap) - _age(books, ahead, lap)
    fresh = last is not None and not any(last <= s < lap for s in behind.stops)
    if fresh and last is not None and younger >= _YOUNGER_LAPS and 1 < last < lap - 1:
        return _on_fresher_tyres(books, ahead, behind, gap, (last, lap, int(younger)))
    text = f"{ahead.code} went ahead of {behind.code} for good on the track, on lap {lap}"
    return "track", text, (lap,)


def _through_stops(
    ahead: _Car, behind: _Car, gap: Floats, stop: int
) -> tuple[str, str, tuple[int, ...]]:
    """The order changed as the one behind stopped."""
    answer = _answer(ahead, stop)
    first = stop if answer is None else min(stop, answer)
    last = stop if answer is None else max(stop, answer)
    before = gap[max(first - 2, 0)]
    after = gap[min(last, len(gap) - 1)]
    if answer is None:
        what = f"{behind.code} stopped on lap {stop} and {ahead.code} did not"
    elif answer == stop:
        what = f"both stopped on lap {stop}"
    else:
        what = f"{ahead.code} stopped on lap {answer}, {behind.code} on lap {stop}"
    text = (
        f"{ahead.code} went ahead of {behind.code} for good through the stops: {what}, and the gap went "
        f"from {_lead(ahead, before)} to {_lead(ahead, after)}"
    )
    return "stops", text, tuple(sorted({first, last, last + 1}))


def _lead(ahead: _Car, gap_s: float) -> str:
    side = "behind" if gap_s < 0 else "ahead"
    return f"{ahead.code} {abs(gap_s):.1f} s {side}"


def _on_fresher_tyres(
    books: Books, ahead: _Car, behind: _Car, gap: Floats, when: tuple[int, int, int]
) -> tuple[str, str, tuple[int, ...]]:
    """A stop given away, then won back lap by lap."""
    stop, lap, younger = when
    laps = books.laps
    # an in lap of the one behind won nothing back
    until = lap - 1 if lap in behind.stops and lap - 1 > stop + 1 else lap
    cost, won = gap[stop - 2] - gap[stop], gap[until - 1] - gap[stop]
    own, theirs = (laps.compound[car.rows[lap - 1]] for car in (ahead, behind))
    tyres = f"on {COMPOUNDS[own]} against {COMPOUNDS[theirs]}"
    if COMPOUND_CLASS[own] == COMPOUND_CLASS[theirs]:
        tyres += f" {younger} laps older"
    phase = [n for n, a, b in neutral_phases(books, ahead.rows) if a <= stop + 1 and stop <= b]
    under = f" under the {phase[0].lower()}" if phase else ""
    gave = f"gave away {cost:.1f} s" if cost > 0 else "gave nothing away"
    n = until - stop - 1
    slow = laps.neutralised[ahead.rows[stop:until]].mean() > _MOSTLY_SLOW
    how = " closing up" if slow else ""
    text = (
        f"{ahead.code} went ahead of {behind.code} for good on the track on lap {lap}, {tyres}: "
        f"the stop on lap {stop}{under} {gave}, and the {'lap' if n == 1 else f'{n} laps'} after it won {won:.1f} s{how}"
    )
    return "fresher_tyres", text, tuple(range(stop, lap + 1))


def _age(books: Books, car: _Car, lap: int) -> float:
    return float(books.laps.age_laps[car.rows[lap - 1]])


def _passed_before_the_pits(books: Books, ahead: _Car, behind: _Car, stop: int, lap: int) -> bool:
    """Whether the order had changed before the one behind reached the pit entry."""
    if stop != lap:
        return False
    frame = books.weekend.race.laps
    clock = []
    for code in (ahead.code, behind.code):
        row = frame[(frame["driver"] == code) & (frame["lap"] == lap)].iloc[0]
        clock.append(float(row["time_s"]) - float(row["sector3_s"]))
    return clock[0] < clock[1]


def _late_stop(books: Books, car: _Car, gap: Floats, final: int) -> str:
    """A stop near the flag that cost seconds and no place."""
    last = car.stops[-1] if car.stops else 0
    n = len(gap)
    if last < final or last <= _LATE_SHARE * n or last + 1 > n:
        return ""
    place = books.laps.position[car.rows]
    cost = gap[min(last, n - 1)] - gap[last - 2]
    if place[-1] != place[last - 1] or cost <= 0:
        return ""
    return f"{car.code} stopped again on lap {last}, which put {cost:.1f} s on the gap and cost no place"
