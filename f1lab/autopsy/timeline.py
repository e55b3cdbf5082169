"""What happened to a driver, lap by lap: start, stops, flags, passes, penalties, the end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS
from f1lab.racemodel.laps import FLAGS, SLICK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.autopsy.ledger import Books, Ledger

__all__ = ["Event", "neutral_phases", "timeline"]

#: A mistake shorter than this is not worth a line [s].
_INCIDENT_S = 1.5
_NEUTRAL = {
    "red": "Red flag",
    "restart": "Red flag",
    "sc": "Safety car",
    "vsc": "Virtual safety car",
}


@dataclass(frozen=True, order=True)
class Event:
    """One line of the timeline.

    ``seconds`` is what it took where that is known; ``last_lap`` where it ended when it ran over
    several laps.
    """

    lap: int
    kind: str
    text: str
    seconds: float | None = None
    position: int | None = None
    last_lap: int | None = None

    def to_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return dict(self.__dict__)


def timeline(books: Books, ledger: Ledger, ending: str) -> list[Event]:
    """Events of one driver in order of laps; ``ending`` as in the verdict's outcome."""
    found = [
        *_start(books, ledger),
        *_stops(books, ledger),
        *_neutralisations(books, ledger),
        *_rain(books, ledger),
        *_passes(books, ledger),
        *_penalties(books, ledger),
        *_incidents(books, ledger),
        *_end(books, ledger, ending),
    ]
    order = ("start", "finish", "retirement")
    return sorted(found, key=lambda e: (e.lap, e.kind in order[1:], e.kind != "start", e.kind))


def _position(books: Books, row: int) -> int | None:
    position = books.laps.position[row]
    return int(position) if np.isfinite(position) else None


def _start(books: Books, ledger: Ledger) -> list[Event]:
    grid = books.grid.get(ledger.driver, np.nan)
    first = ledger.rows[0]
    slot = f"P{grid:.0f}" if np.isfinite(grid) else "an unknown slot"
    compound = COMPOUNDS[books.laps.compound[first]].lower()
    position = _position(books, first)
    after = "" if position is None else f", P{position} after lap 1"
    return [Event(1, "start", f"Started from {slot} on {compound} tyres{after}", None, position)]


def _stops(books: Books, ledger: Ledger) -> list[Event]:
    laps, out = books.laps, []
    for stop in books.stops:
        if laps.drivers[stop.driver] != ledger.driver:
            continue
        if stop.penalty is not None and not stop.is_stop:
            continue  # the penalty has a line of its own
        seconds = round(stop.lane_s, 3) if np.isfinite(stop.lane_s) else None
        lane = "" if seconds is None else f", {seconds:.1f} s in the pit lane"
        tyres = (
            f"Stop for {COMPOUNDS[laps.compound[stop.out_row]].lower()} tyres"
            if stop.tyres
            else "Into the pit lane, same tyres"
        )
        out.append(Event(stop.lap, "stop", tyres + lane, seconds, _position(books, stop.in_row)))
    return out


def neutral_phases(books: Books, rows: NDArray[np.int64]) -> list[tuple[str, int, int]]:
    """Runs of neutralised laps of one driver: name, first lap, last lap."""
    names = [_NEUTRAL.get(FLAGS[flag], "") for flag in books.laps.flag[rows]]
    out, at = [], 0
    for name, run in groupby(names):
        n = len(list(run))
        if name:
            out.append(
                (str(name), int(books.laps.lap[rows[at]]), int(books.laps.lap[rows[at + n - 1]]))
            )
        at += n
    return out


def _neutralisations(books: Books, ledger: Ledger) -> list[Event]:
    out = []
    for name, first, last in neutral_phases(books, ledger.rows):
        span = f"lap {first}" if first == last else f"laps {first}–{last}"
        out.append(Event(first, "neutralisation", f"{name}, {span}", last_lap=last))
    return out


def _rain(books: Books, ledger: Ledger) -> list[Event]:
    laps, rows = books.laps, ledger.rows
    wet = laps.tyre_class[rows] != SLICK
    out = []
    for i in np.flatnonzero(wet[1:] != wet[:-1]) + 1:
        text = "Onto rain tyres" if wet[i] else "Back on slicks"
        out.append(Event(int(laps.lap[rows[i]]), "rain", text))
    return out


def _passes(books: Books, ledger: Ledger) -> list[Event]:
    """Places changed on the track: both cars racing, neither in the pit lane nor retired."""
    laps, rows = books.laps, ledger.rows
    quiet = ~(laps.in_lap | laps.out_lap | laps.neutralised)
    out = []
    for code in laps.drivers:
        if code == ledger.driver:
            continue
        theirs = laps.rows(code)
        n = min(len(rows), len(theirs))
        behind = laps.time_s[rows[:n]] > laps.time_s[theirs[:n]]
        for i in range(1, n):
            if behind[i] == behind[i - 1]:
                continue
            both = [rows[i], rows[i - 1], theirs[i], theirs[i - 1]]
            if not quiet[both].all():
                continue
            kind, verb = ("overtaken", "Passed by") if behind[i] else ("overtake", "Passed")
            lap = int(laps.lap[rows[i]])
            out.append(Event(lap, kind, f"{verb} {code}", None, _position(books, rows[i])))
    return out


def _penalties(books: Books, ledger: Ledger) -> list[Event]:
    out = []
    for penalty in books.penalties:
        if penalty.driver != ledger.driver:
            continue
        what = {
            "time": f"{penalty.seconds:.0f} s time penalty",
            "stop_go": f"{penalty.seconds:.0f} s stop-and-go penalty",
            "drive_through": "Drive-through penalty",
        }[penalty.kind]
        why = f" ({penalty.reason})" if penalty.reason else ""
        out.append(Event(max(penalty.lap, 1), "penalty", what + why, penalty.seconds or None))
    return out


def _incidents(books: Books, ledger: Ledger) -> list[Event]:
    seconds = ledger.seconds["incident"].copy()
    served = [s.out_row - int(ledger.rows[0]) for s in books.stops if s.penalty is not None]
    seconds[[i for i in served if 0 <= i < len(seconds)]] = 0.0  # told as penalties
    out = []
    for i in np.flatnonzero(seconds > _INCIDENT_S):
        lap = int(books.laps.lap[ledger.rows[i]])
        out.append(Event(lap, "incident", f"Lost {seconds[i]:.1f} s", round(float(seconds[i]), 3)))
    return out


def _end(books: Books, ledger: Ledger, ending: str) -> list[Event]:
    results = books.weekend.race.results.set_index("driver")
    last = int(books.laps.lap[ledger.rows[-1]])
    if ledger.driver not in results.index:
        return []
    row = results.loc[ledger.driver]
    place = float(str(row["finish"]))
    finish = int(place) if np.isfinite(place) else None
    reason = str(row["status"])
    if ending == "finished":
        text = "Finished" if finish is None else f"Finished P{finish}"
        return [Event(last, "finish", text, None, finish)]
    if ending == "disqualified":
        return [Event(last, "finish", f"Took the flag, then disqualified: {reason}")]
    return [Event(last, "retirement", f"Stopped after this lap: {reason}")]
