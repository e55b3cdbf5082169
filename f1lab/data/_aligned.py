"""The cars of a race brought together by the gaps to the leader that were shown.

Lap and sector times carry each car's clock to the millisecond, and a red flag tears it apart. Two
things say where each part lies among those of the others: the official gaps to the winner, time
penalties aside; and for cars that have none, the gaps to the leader that were shown as they crossed
the line, of which the same error turns up lap after lap. Where neither tells, as on the lap out of
a red flag, a car is moved as the rest of its laps are.

Every source that shows gaps goes through here, so that they share one clock. FastF1 brings the cars
together once, early in the race: over 46 races of 2019 to 2025 this leaves 197 of 39,451 gaps more
than 5 ms off those shown, which were 1,821 before, and moves no crossing by more than 0.11 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.data._carried import driven_s, leader_rows, moves_by_result, runs_of
from f1lab.data._columns import median
from f1lab.data._log import where_laps

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.data._log import RepairLog

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["aligned", "aligned_clock"]

#: A gap told this long after a crossing may be the one at the line [s]. The timing's own messages
#: are prompt, and 2 s later many tell of the next loop: so soon, a gap counts so many times.
_TOLD_S, _PROMPT_S, _PROMPT_WEIGHT = 4.0, 1.0, 2
#: A part of which nothing is told is as the rest, if it is short, as between two red flags; of a
#: longer one the gaps were not recorded [laps].
_SHORT = 10
#: Such a gap differs from the clock by less than this [s].
_NEAR_S = 0.3
#: Gaps shown at the line leave the same error to this [s], so many times at least; of two gaps,
#: both.
_SAME_S, _FEWEST, _PAIR = 0.0015, 3, 2


def aligned_clock(
    laps: pd.DataFrame, results: pd.DataFrame, shown: pd.DataFrame, *, log: RepairLog
) -> pd.DataFrame:
    """Return the laps of a race as :func:`aligned` moves them; as they are if no gap was shown.

    Parameters
    ----------
    laps, results, shown : pandas.DataFrame
        As for :func:`aligned`.
    log : RepairLog
        Where it is written how many crossings moved.

    Returns
    -------
    pandas.DataFrame
    """
    if shown.empty:
        return laps
    found = aligned(laps, results, shown, prompt=True)
    moved = (found["time_s"] - laps["time_s"]).abs() > _SAME_S
    log.add(
        "clock_aligned",
        int(moved.sum()),
        "crossings were moved, each run of laps by one amount, to have the gaps shown at the line",
        where_laps(laps["driver"][moved], laps["lap"][moved]),
    )
    return found


def aligned(
    laps: pd.DataFrame,
    results: pd.DataFrame,
    shown: pd.DataFrame,
    *,
    prompt: bool = False,
) -> pd.DataFrame:
    """Move each car's clock so that the gaps are the official ones, or those shown at the line.

    A red flag tears a car's clock apart; each part is moved by itself, or else as the others are.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of a race, each driver's in order, with ``driver``, ``lap``, ``time_s`` and what
        :func:`~f1lab.data._carried.driven_s` reads.
    results : pandas.DataFrame
        ``driver``, ``finish`` and ``gap_s``: official gap to the winner [s], NaN for lapped cars.
    shown : pandas.DataFrame
        ``driver``, ``time_s`` and ``gap_s``: gap to the leader as it was shown [s], NaN where it
        was told in laps.
    prompt : bool, optional
        Whether gaps are told at once, and the cars' clocks are right but for red flags.

    Returns
    -------
    pandas.DataFrame
        The laps. A gap that differs by more than 0.15 s beyond whole time penalties moves nothing.
    """
    clock = laps["time_s"].to_numpy(dtype=float, copy=True)
    driven, number = driven_s(laps), laps["lap"].to_numpy(dtype=np.int64)
    by_result = moves_by_result(laps, results)
    placed = np.zeros(len(laps), dtype=bool)
    moved: dict[str, float] = {}
    runs: list[tuple[str, Ints]] = []
    for driver, place in laps.groupby("driver", sort=False).indices.items():
        own = np.asarray(place, dtype=np.int64)
        parts = [own[run] for run in runs_of(number[own], clock[own], driven[own])]
        if driver in by_result:
            last = parts.pop()
            clock[last] += by_result[driver]
            moved[str(driver)] = by_result[driver]
            placed[last] = True
        runs += [(str(driver), rows) for rows in parts]
    gaps = {
        str(driver): own[["time_s", "gap_s"]].to_numpy(dtype=float)
        for driver, own in shown.dropna().groupby("driver")
    }

    def as_the_rest(driver: str, rows: Ints) -> None:
        late = moved.setdefault(driver, 0.0)
        clock[rows] += 0.0 if prompt and len(rows) > _SHORT else late

    leader = leader_rows(number, clock)
    open_runs: list[tuple[str, Ints]] = []
    silent: list[tuple[str, Ints]] = []
    for driver, rows in runs:  # who leads nobody and of whom nothing is told cannot be placed
        leads = bool((leader[rows] == rows).any())
        told = leads or _heard(clock[rows], gaps.get(driver)) >= _PAIR
        (open_runs if told else silent).append((driver, rows))
    while open_runs:
        left = []
        leader = leader_rows(number, clock)
        for driver, rows in open_runs:
            ahead = leader[rows]
            ahead_s = np.where(placed[ahead], clock[ahead], np.nan)
            late = _shown_late(clock[rows], ahead_s, gaps.get(driver), prompt=prompt)
            if late is None:
                left.append((driver, rows))
            else:
                clock[rows] += late
                moved.setdefault(driver, late)
                placed[rows] = True
        if len(left) == len(open_runs):  # nobody hangs on anybody placed: begin with who led most
            left.sort(key=lambda run: int((leader[run[1]] == run[1]).sum()))
            driver, rows = left.pop()
            as_the_rest(driver, rows)
            placed[rows] = True
        open_runs = left
    for driver, rows in silent:
        as_the_rest(driver, rows)
    return laps.assign(time_s=clock.round(3))


def _heard(line: Floats, shown: Floats | None) -> int:
    """How many gaps were shown soon after a crossing."""
    return 0 if shown is None else int(_soon_after(line, shown[:, 0])[0].sum())


def _soon_after(line: Floats, moment: Floats) -> tuple[Bools, Ints, Floats]:
    """Whether each moment is soon after a crossing, after which, and how soon [s]."""
    row = np.searchsorted(line, moment, side="right") - 1
    after = moment - line[row]
    return (row >= 0) & (after >= 0) & (after <= _TOLD_S), row, after


def _shown_late(
    line: Floats, leader: Floats, shown: Floats | None, *, prompt: bool
) -> float | None:
    """By how much a clock moves to have the gaps shown at the line [s]; None if they do not tell."""
    behind = line - leader
    line, behind = line[np.isfinite(behind)], behind[np.isfinite(behind)]
    if not len(line) or shown is None:
        return None
    moment, gap = shown.T
    near, row, after = _soon_after(line, moment)
    error = gap[near] - behind[row[near]]
    weight = np.where(prompt & (after[near] <= _PROMPT_S), _PROMPT_WEIGHT, 1)
    weight, error = weight[np.abs(error) <= _NEAR_S], error[np.abs(error) <= _NEAR_S]
    if not len(error):
        return None
    weight, error = weight[np.argsort(error)], np.sort(error)
    last = np.searchsorted(error, error + _SAME_S, side="right")
    first = np.arange(len(error))
    members = last - first
    votes = np.r_[0, np.cumsum(weight)]
    votes = votes[last] - votes[first]
    best = int(np.lexsort([np.abs(error), -votes])[0])  # of as many, those that move it least
    if members[best] < min(_FEWEST, max(len(error), _PAIR)):
        return None
    return round(median(error[best : best + members[best]]), 3)
