"""Stints, compounds and tyre ages.

A stint is a run on one set of tyres. A car changes tyres only in the pits, so what the source
says is read run by run, a run being the laps between two visits to the pit lane:

* the last compound recorded in a run is its compound: the tyre feed is often late, sometimes by
  laps, and never early;
* the age of a set is the one recorded when its tyres were first recorded, counted on by one a
  lap from the first lap of the run;
* a visit without a new set (a drive-through, a red flag) leaves the stint as it is.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from f1lab.data._log import where_laps
from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS

if TYPE_CHECKING:
    from f1lab.data._log import RepairLog

__all__ = ["repair_tyres"]

#: Dry tyres of 2018, soft to hard. Three of them were brought to each race.
_RANGE_2018 = ("HYPERSOFT", "ULTRASOFT", "SUPERSOFT", "SOFT", "MEDIUM", "HARD", "SUPERHARD")
_ONLY_2018 = frozenset(_RANGE_2018) - frozenset(DRY_COMPOUNDS)
#: A change recorded more than this many laps late: the feed was out, earlier visits are unsure.
_FEED_OUT = 5
#: Sets used in practice or qualifying are no older than this when they are fitted [laps].
_OLDEST_USED_SET = 8.0


@dataclass
class _Set:
    """A set of tyres in use: from the first lap of a run to the end of its last run."""

    stint: int
    compound: str
    age: float  # at the last lap seen
    fresh: bool
    record: float  # stint number in the source


class _Recorded(NamedTuple):
    """What the source recorded of some laps."""

    compound: np.ndarray
    age: np.ndarray
    stint: np.ndarray
    fresh: np.ndarray
    came_in: np.ndarray
    went_out: np.ndarray
    red: np.ndarray

    @classmethod
    def of(cls, laps: pd.DataFrame) -> _Recorded:
        """Take it out of the laps."""
        return cls(
            laps["compound"].to_numpy(),
            laps["tyre_age_laps"].to_numpy(dtype=float),
            pd.to_numeric(laps["stint"], errors="coerce").to_numpy(dtype=float),
            laps["fresh_tyre"].to_numpy(),
            laps["pit_in_s"].notna().to_numpy(),
            laps["pit_out_s"].notna().to_numpy(),
            laps["red"].to_numpy(dtype=bool),
        )

    def during(self, rows: Any) -> _Recorded:  # noqa: ANN401  (whatever indexes an array)
        """The same of some of the laps."""
        return _Recorded(*(column[rows] for column in self))


class _Tyres(NamedTuple):
    """Tyres of each lap, and whether their age or the whole set is a guess."""

    stint: np.ndarray
    compound: np.ndarray
    age: np.ndarray
    fresh: np.ndarray
    assumed: np.ndarray
    unsure: np.ndarray

    @classmethod
    def unknown(cls, n: int) -> _Tyres:
        """Nothing known of ``n`` laps."""
        no = np.zeros(n, dtype=bool)
        name = np.full(n, "UNKNOWN", dtype=object)
        return cls(np.zeros(n, dtype=np.int64), name, np.zeros(n), no, no.copy(), no.copy())


def repair_tyres(laps: pd.DataFrame, *, log: RepairLog) -> pd.DataFrame:
    """Set ``stint``, ``compound``, ``tyre_age_laps`` and ``fresh_tyre`` of every lap.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps of contiguous numbers with the raw tyre columns, pit times and the red flag.
    log : RepairLog
        Where repairs are written.

    Returns
    -------
    pandas.DataFrame
        The laps with complete tyre columns.
    """
    laps = laps.assign(compound=_known_names(laps["compound"], log))
    recorded, done = _Recorded.of(laps), _Tyres.unknown(len(laps))
    for rows in laps.groupby("driver", sort=False).indices.values():
        for column, own in zip(done, _tyres_of(recorded.during(rows)), strict=True):
            column[rows] = own
    _report(laps, recorded, done, log)
    return laps.assign(
        stint=done.stint,
        compound=done.compound,
        tyre_age_laps=done.age,
        fresh_tyre=done.fresh,
    )


def _known_names(column: pd.Series, log: RepairLog) -> pd.Series:
    """Compounds by our names; the seven dry tyres of 2018 by what they were at this race."""
    name = column.astype(str).str.upper().replace({"TEST_UNKNOWN": "UNKNOWN"})
    used = [tyre for tyre in _RANGE_2018 if (name == tyre).any()]
    if _ONLY_2018.intersection(used):
        names = dict(zip(used, DRY_COMPOUNDS if len(used) > 2 else _TWO_USED, strict=False))  # noqa: PLR2004
        log.add(
            "compound_of_2018",
            int(name.isin(used).sum()),
            ", ".join(f"{old} is {new} here" for old, new in names.items()),
        )
        name = name.replace(names)
    unknown = ~name.isin(COMPOUNDS)
    log.add("compound_unknown", int(unknown.sum()), "no compound recorded; read from other laps")
    return name.mask(unknown, "UNKNOWN")


_TWO_USED = ("SOFT", "MEDIUM")


def _tyres_of(recorded: _Recorded) -> _Tyres:
    """Tyres of one driver, run by run."""
    rows = len(recorded.compound)
    starts = _run_starts(recorded)
    done = _Tyres.unknown(rows)
    fitted: _Set | None = None
    carried: list[slice] = []  # runs without a recorded change since the last one
    for begin, end in itertools.pairwise([*starts, rows]):
        run = slice(begin, end)
        new, late, guessed = _read_run(recorded.during(run), fitted)
        if fitted is not None and new.stint == fitted.stint:
            carried.append(run)
        elif late > _FEED_OUT:
            for earlier in carried:
                done.unsure[earlier] = True
            carried = []
        else:
            carried = []
        done.stint[run], done.compound[run], done.fresh[run] = new.stint, new.compound, new.fresh
        done.age[run] = new.age + np.arange(end - begin)
        done.assumed[run] = guessed
        new.age += end - begin - 1
        fitted = new
    return _with_unsure_sets(done, starts) if done.unsure.any() else done


def _run_starts(recorded: _Recorded) -> np.ndarray:
    """Rows at which a run begins: after a pit visit, or a new set under a red flag."""
    changed, red = _changed(recorded.compound), recorded.red
    begins = recorded.went_out | (changed & red)
    begins[1:] |= recorded.came_in[:-1] | (changed[1:] & red[:-1])
    begins[0] = True
    return np.flatnonzero(begins)


def _changed(compound: np.ndarray) -> np.ndarray:
    """Rows whose compound differs from the last known one before."""
    changed = np.zeros(len(compound), dtype=bool)
    known = np.flatnonzero(compound != "UNKNOWN")
    changed[known[1:]] = compound[known[1:]] != compound[known[:-1]]
    return changed


def _read_run(run: _Recorded, fitted: _Set | None) -> tuple[_Set, int, bool]:
    """Set of tyres of one run, how many laps late it was recorded, whether its age is a guess."""
    compound, age, record = run.compound, run.age, run.stint
    latest = record[np.isfinite(record)][-1:]
    held = float(latest[0]) if len(latest) else np.nan
    earlier = np.isfinite(record) & ~np.isin(record, latest)
    known = np.flatnonzero((compound != "UNKNOWN") & ~earlier)
    name = str(compound[known[-1]]) if len(known) else "UNKNOWN"
    other = np.flatnonzero((compound != name) & ((compound != "UNKNOWN") | earlier))
    at = int(other[-1]) + 1 if len(other) and other[-1] + 1 < len(age) else 0
    if at == 0 and fitted is not None:
        at = _late_change(age, fitted, name)
    first = _first_age(age, at)
    fresh = bool(run.fresh[at])
    same = _same_set(fitted, name, first, record[at], at=at)
    if fitted is not None and same:
        return _Set(fitted.stint, name, fitted.age + 1, fitted.fresh, held), 0, False
    number = 1 if fitted is None else fitted.stint + 1
    guessed = not np.isfinite(first)
    begin = 1.0 if guessed or _carried_over(first, fitted) else max(1.0, first)
    return _Set(number, name, begin, fresh, held), at, guessed


def _carried_over(first: float, fitted: _Set | None) -> bool:
    """Whether a new set was given the old one's age and counted on from there."""
    return fitted is not None and first == fitted.age + 1 and first > _OLDEST_USED_SET


def _late_change(age: np.ndarray, fitted: _Set, name: str) -> int:
    """Row at which a new set of the same compound was recorded late, 0 if it was not."""
    if name != fitted.compound or age[0] != fitted.age + 1:
        return 0
    drops = np.flatnonzero(np.diff(age) < 1)
    return int(drops[-1]) + 1 if len(drops) else 0


def _first_age(age: np.ndarray, at: int) -> float:
    """Age on the first lap of the run [laps], NaN when none was recorded."""
    known = age[at:][np.isfinite(age[at:])]
    return float(known[0]) if len(known) else np.nan  # it counts from where it heard of the set


def _same_set(fitted: _Set | None, name: str, first: float, record: float, *, at: int) -> bool:
    """Whether the car came out on the tyres it went in with: they are as old, or the record is."""
    if fitted is None or at > 0 or name != fitted.compound:
        return False
    if np.isfinite(first):
        return first == fitted.age + 1
    return not np.isfinite(record) or not np.isfinite(fitted.record) or record == fitted.record


def _with_unsure_sets(done: _Tyres, starts: np.ndarray) -> _Tyres:
    """Runs in a hole of the tyre feed: a set of unknown compound and age for each."""
    rows, unsure = np.arange(len(done.stint)), done.unsure
    runs = np.searchsorted(starts, rows, side="right") - 1
    key = np.where(unsure, runs, -done.stint)
    begins = np.append(True, key[1:] != key[:-1])
    stint = np.cumsum(begins)
    since = np.flatnonzero(begins)[stint - 1]
    return _Tyres(
        stint,
        np.where(unsure, "UNKNOWN", done.compound),
        np.where(unsure, rows - since + 1.0, done.age),
        done.fresh & ~unsure,
        done.assumed | unsure,
        unsure,
    )


def _report(laps: pd.DataFrame, raw: _Recorded, done: _Tyres, log: RepairLog) -> None:
    """Compare before and after, and write down every kind of change once."""

    def note(kind: str, rows: np.ndarray, action: str) -> None:
        where = where_laps(laps["driver"][rows], laps["lap"][rows])
        log.add(kind, int(rows.sum()), action, where)

    was, now = raw.compound, done.compound
    note("compound_filled", (was == "UNKNOWN") & (now != "UNKNOWN"), "taken from the same run")
    note("compound_late", (was != "UNKNOWN") & (was != now), "set as recorded later in the run")
    age, recorded, guessed = done.age, raw.age, done.assumed
    note("tyre_age_assumed", guessed, "no age recorded: counted from 1 where the set was fitted")
    note("tyre_age_filled", np.isnan(recorded) & ~guessed, "counted on from the same set")
    wrong = np.isfinite(recorded) & (recorded != age) & ~guessed
    note("tyre_age_corrected", wrong, "counted on by one a lap from the first lap of the set")
    log.add("stint_missing", int(np.isnan(raw.stint).sum()), "stints numbered by set of tyres")
    moved = np.isfinite(raw.stint) & (raw.stint != done.stint)
    log.add("stint_renumbered", int(moved.sum()), "stints numbered by set of tyres")
