"""Which laps of two drivers are compared with each other.

A lap of one is set against a lap of the other that was driven in the same circumstances, so that
what both share (fuel, the track, the tyres' age) falls out of the difference. The pairing looks at
the circumstances only, never at the lap times.

Qualifying
    push laps: timed, not through the pit lane, not deleted, within 3 % of the driver's best; paired
    by the clock, at most ten minutes apart, on the same compound where it is known.
Race
    clean laps: green, no pit lane, not the first on new tyres, nobody within 2.5 s ahead, not more
    than 1.5 s off the driver's own laps around it. Paired by lap, at most three apart, on the same
    compound of at most three laps' different age; the same lap on tyres a lap apart in age goes
    before the next lap at the same age. Of a whole weekend laps with trouble are left out first,
    and what lap and age still differ by is taken out of the times
    (:mod:`f1lab.compare._car_shared`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from f1lab.racemodel.laps import race_laps

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.data.schema import Session

    Floats = NDArray[np.float64]

__all__ = ["MOST_APART_LAPS", "RACES", "comparable_laps", "pair_up", "thinned"]

Item = TypeVar("Item")

_PUSH_SHARE = 1.03
_MOST_APART_S = 600.0
#: Laps are alike when their numbers, and the ages of their tyres, differ by this at most [laps].
MOST_APART_LAPS = 3
_OFF_PACE_S, _AROUND_LAPS = 1.5, 11
#: Laps apart count so much more than laps of tyre age: fuel, track and wind against wear [-].
_LAP_TO_AGE = 1.5
#: Sessions that are raced.
RACES = ("R", "S")
#: A cost that says "not these two".
_NEVER = 1e9


def comparable_laps(session: Session) -> pd.DataFrame:
    """Laps of a session that show what a car can do.

    Parameters
    ----------
    session : Session
        Race, sprint, or a session of timed laps.

    Returns
    -------
    pandas.DataFrame
        Rows of ``session.laps``.
    """
    return _clean_laps(session) if session.kind in RACES else _push_laps(session)


def pair_up(
    session: Session, a: pd.DataFrame, b: pd.DataFrame, *, same_tyres: bool = True
) -> list[tuple[int, int]]:
    """Pair laps of two drivers driven in the same circumstances.

    Parameters
    ----------
    session : Session
        Whose laps they are.
    a, b : pandas.DataFrame
        Rows of :func:`comparable_laps` of either driver.
    same_tyres : bool
        Whether compound and age must agree; power and drag do not ask for it.

    Returns
    -------
    list of (int, int)
        Lap of the one and lap of the other, each used once, in the order driven.
    """
    if a.empty or b.empty:
        return []
    race = session.kind in RACES
    apart = _apart(a, b, "lap" if race else "time_s")
    cost = _LAP_TO_AGE * apart
    never = apart > (MOST_APART_LAPS if race else _MOST_APART_S)
    if same_tyres:
        never |= _other_compound(a, b, known=race)
    if race and same_tyres:
        older = _apart(a, b, "tyre_age_laps")
        never |= ~(older <= MOST_APART_LAPS)
        cost += np.nan_to_num(older)
    rows, columns = linear_sum_assignment(np.where(never, _NEVER, cost))
    laps_a, laps_b = a["lap"].to_numpy(), b["lap"].to_numpy()
    return [
        (int(laps_a[i]), int(laps_b[j]))
        for i, j in zip(rows, columns, strict=True)
        if not never[i, j]
    ]


def thinned(laps: list[Item], most: int) -> list[Item]:
    """At most so many laps, or pairs of laps, evenly spread over the session.

    Parameters
    ----------
    laps : list
        In the order driven.
    most : int
        How many are kept.

    Returns
    -------
    list
        In their order.
    """
    if len(laps) <= most:
        return laps
    return [laps[k] for k in np.linspace(0, len(laps) - 1, most).round().astype(int)]


def _push_laps(session: Session) -> pd.DataFrame:
    laps = session.laps
    flying = laps["lap_time_s"].notna() & laps["pit_in_s"].isna() & laps["pit_out_s"].isna()
    flying &= ~laps["deleted"]
    best = laps["lap_time_s"].where(flying).groupby(laps["driver"]).transform("min")
    return laps[flying & (laps["lap_time_s"] <= _PUSH_SHARE * best)]


def _clean_laps(session: Session) -> pd.DataFrame:
    seen = race_laps(session, int(session.date[:4]))
    frame = session.laps.sort_values(["driver", "lap"], kind="stable")
    clean = seen.racing & ~seen.yellow & ~seen.warming_up & ~seen.in_traffic
    clean &= np.isfinite(seen.lap_time_s)
    kept = frame[clean]
    usual = kept.groupby("driver")["lap_time_s"].transform(
        lambda own: own.rolling(_AROUND_LAPS, center=True, min_periods=1).median()
    )
    return kept[(kept["lap_time_s"] - usual).abs() <= _OFF_PACE_S]


def _apart(a: pd.DataFrame, b: pd.DataFrame, column: str) -> Floats:
    one, other = (frame[column].to_numpy(dtype=float) for frame in (a, b))
    return np.asarray(np.abs(one[:, None] - other))


def _other_compound(a: pd.DataFrame, b: pd.DataFrame, *, known: bool) -> NDArray[np.bool_]:
    """Different compounds; an unknown one counts as different only where it must be known."""
    one, other = (frame["compound"].to_numpy(dtype=str) for frame in (a, b))
    unknown = (one[:, None] == "UNKNOWN") | (other == "UNKNOWN")
    differs = one[:, None] != other
    return np.asarray(differs | unknown if known else differs & ~unknown)
