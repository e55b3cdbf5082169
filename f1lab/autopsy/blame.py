"""From two ledgers to six categories: what cost this driver the time against that one.

Every line of a ledger goes to exactly one category, lap by lap, so the difference of two
drivers' categories over the laps both completed is the gap on the road at the last of them.
Only traffic and lap 1 need a rule to know where they belong:

- *lap 1*: the share its grid slot explains is qualifying, the rest of the start an incident;
- *traffic* behind a car that started ahead is qualifying; behind one that started behind, an
  incident (it was let past); behind one that was only reached through the last stop, strategy;
  blue flags and lapped cars are incidents.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.estimate import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.autopsy.ledger import Books, Ledger

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = [
    "CATEGORIES",
    "Blame",
    "Category",
    "book",
    "by_category",
    "compare",
    "interval_scales",
    "with_interval",
]

#: Categories in the order they are shown, with their labels.
CATEGORIES = {
    "qualifying": "Qualifying",
    "tyre_degradation": "Tyre degradation",
    "pit_execution": "Pit execution",
    "strategy": "Strategy",
    "car_pace": "Car pace",
    "incidents": "Incidents",
}
_PLAIN = {
    "tyre_excess": "tyre_degradation",
    "pit_excess": "pit_execution",
    "tyre_normal": "strategy",
    "pit_normal": "strategy",
    "pace": "car_pace",
    "track": "incidents",
    "fuel": "incidents",
    "neutralisation": "incidents",
    "incident": "incidents",
    "unexplained": "unexplained",
}


@dataclass(frozen=True)
class Category:
    """Seconds of one category, with its 90 % interval."""

    seconds: float
    low_s: float
    high_s: float


@dataclass(frozen=True, repr=False)
class Blame:
    """The difference of two ledgers, by category.

    Attributes
    ----------
    laps_compared : int
        Laps both completed.
    gap_s : float
        Gap on the road at the last of them [s], positive behind the reference.
    categories : dict of str to Category
        One per CATEGORIES; with ``unexplained`` they sum to ``gap_s``.
    unexplained : Category
    pace_and_tyres : Category
        Car pace and tyre degradation taken together: over a stint a slower car and faster wear
        look alike, so their sum is known better than either.
    """

    laps_compared: int
    gap_s: float
    categories: dict[str, Category]
    unexplained: Category
    pace_and_tyres: Category


@cache
def interval_scales() -> dict[str, float]:
    """Factor on the half-width of each category's interval, from ``intervals.json`` [-]."""
    text = files("f1lab.autopsy").joinpath("intervals.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["scale"])


def by_category(books: Books, ledger: Ledger) -> dict[str, Floats]:
    """Book every line of a ledger into its category, lap by lap.

    Returns
    -------
    dict of str to ndarray, shape (1 + s, l)
        Point in row 0, then the draws [s]; the categories and ``unexplained`` sum to the lap.
    """
    lines = {part: np.vstack([ledger.seconds[part], ledger.draws[part]]) for part in ledger.seconds}
    return book(lines, slot_share(books, ledger), traffic_causes(books, ledger))


def book(lines: dict[str, Floats], slot: Floats, causes: dict[str, Bools]) -> dict[str, Floats]:
    """Book ledger lines, given the slot's share of the start and the cause of each lap's traffic.

    Parameters
    ----------
    lines : dict of str to ndarray, shape (…, l)
        One entry per LEDGER_PARTS [s].
    slot : ndarray, shape (…, l)
        Part of the start the grid slot explains [s].
    causes : dict of str to ndarray of bool, shape (l,)
        Category of each lap's traffic.
    """
    out = {name: np.zeros_like(lines["track"]) for name in (*CATEGORIES, "unexplained")}
    for part, category in _PLAIN.items():
        out[category] += lines[part]
    out["qualifying"] += slot
    out["incidents"] += lines["start"] - slot
    for category, where in causes.items():
        out[category] += lines["traffic"] * where
    return out


def slot_share(books: Books, ledger: Ledger) -> Floats:
    """Part of the start that the grid slot explains, shape (1 + s, l) [s]."""
    out = np.zeros((len(books.coefficients), len(ledger.rows)))
    slot = books.grid.get(ledger.driver, np.nan)
    if np.isfinite(slot) and len(ledger.rows):
        line = books.start_line
        out[:, 0] = np.r_[line.slot_s, line.slot_draws] * (slot - 1)
    return out


def traffic_causes(books: Books, ledger: Ledger) -> dict[str, Bools]:
    """Which category the traffic of each lap belongs to; the ideal race meets none."""
    if ledger.driver not in books.laps.drivers:
        return {}
    laps, rows = books.laps, ledger.rows
    me = laps.drivers.index(ledger.driver)
    cause = np.full(len(rows), "incidents", dtype=object)
    stop_laps = [s.lap for s in books.stops if s.driver == me and s.tyres]
    grid = books.grid.get(ledger.driver, np.nan)
    for i, row in enumerate(rows):
        blocker = laps.ahead_start[row]
        if laps.blue_flag[row] or blocker < 0:
            continue
        if laps.ahead_start_laps_up[row] != 0:
            continue  # lapping or being lapped
        theirs = laps.rows(laps.drivers[blocker])
        before = [lap for lap in stop_laps if lap < laps.lap[row]]
        since = max(before[-1] - 1, 1) if before else None
        if since is not None and not _was_ahead(books, theirs, rows, since):
            cause[i] = "strategy"
        elif books.grid.get(laps.drivers[blocker], np.nan) < grid:
            cause[i] = "qualifying"
    return {name: cause == name for name in ("qualifying", "strategy", "incidents")}


def _was_ahead(books: Books, theirs: NDArray[np.int64], mine: NDArray[np.int64], lap: int) -> bool:
    """Whether the other car led this one at the end of a lap."""
    place = books.laps.position
    return len(theirs) >= lap and bool(place[theirs[lap - 1]] < place[mine[lap - 1]])


def compare(own: dict[str, Floats], reference: dict[str, Floats], n_laps: int) -> Blame:
    """Subtract two drivers' categories over their first ``n_laps`` laps.

    Parameters
    ----------
    own, reference : dict of str to ndarray, shape (1 + s, l)
        As given by :func:`by_category`.
    n_laps : int
        Laps both completed.

    Returns
    -------
    Blame
    """
    difference = {
        name: own[name][:, :n_laps].sum(axis=1) - reference[name][:, :n_laps].sum(axis=1)
        for name in own
    }
    gap = float(sum(values[0] for values in difference.values()))
    categories = {name: with_interval(name, values) for name, values in difference.items()}
    unexplained = categories.pop("unexplained")
    both = difference["car_pace"] + difference["tyre_degradation"]
    together = with_interval("pace_and_tyres", both)
    return Blame(n_laps, gap, categories, unexplained, together)


def with_interval(name: str, values: Floats) -> Category:
    """Point and interval; the draws' spread is widened to what was found to hold the truth.

    Parameters
    ----------
    name : str
        A key of :func:`interval_scales`.
    values : ndarray, shape (1 + s,)
        Point, then the draws [s].

    Returns
    -------
    Category
    """
    point, scale = float(values[0]), interval_scales()[name]
    low, high = (point + scale * (float(q) - point) for q in np.quantile(values[1:], LEVELS))
    return Category(point, min(low, point), max(high, point))
