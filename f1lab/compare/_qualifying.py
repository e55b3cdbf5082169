"""Qualifying of two drivers: the gap as it was timed, and the pace all their quick laps show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.estimate import Estimate, Result
from f1lab.calc.pace import FieldLaps, fit_pace
from f1lab.compare.laps import pace_priors
from f1lab.engine.field_entry import saw_rain
from f1lab.errors import NoData, NotEnoughLaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.data.schema import Session, Weekend

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = [
    "QualifyingGap",
    "gap_to_quickest_pct",
    "push_laps",
    "push_pace",
    "qualifying_gap",
    "qualifying_of",
    "quicker_car",
]

_SECTORS = ("sector1_s", "sector2_s", "sector3_s")
#: Official times have three digits [s].
_SAME_TIME_S = 1.5e-3
_PARTS = {"Q1": "q1_s", "Q2": "q2_s", "Q3": "q3_s"}
#: A lap within this of the driver's own best was pushed [-]. Others cool tyres or abort.
_PUSHED = 1.02
#: A best time beyond this share of the part's quickest was no try: a lap given up [-].
_SERIOUS, _SERIOUS_IN_RAIN = 1.03, 1.07
_MINUTE_S = 60.0


@dataclass(frozen=True)
class QualifyingGap(Result):
    """Qualifying of the first driver minus the second's.

    ``part`` is the last one both set a time in, ``a_s`` and ``b_s`` their times, ``gap_s`` and
    ``gap_pct`` [%] the gap as it was timed; ``sectors_s`` are the gap's sectors, None where the
    laps were not recorded.
    """

    part: str
    a_s: float
    b_s: float
    gap_s: float
    gap_pct: float
    sectors_s: tuple[float, float, float] | None


def qualifying_of(weekend: Weekend) -> Session:
    """Qualifying of a weekend.

    Raises
    ------
    NoData
        The weekend has none, with what its source said.
    """
    if weekend.qualifying is None:
        told = [issue.action for issue in weekend.quality if issue.kind == "qualifying_missing"]
        why = f" ({told[0]})" if told else ""
        raise NoData(f"the {weekend.year} {weekend.event} has no qualifying at hand{why}.")
    return weekend.qualifying


def qualifying_gap(weekend: Weekend, a: str, b: str) -> QualifyingGap:
    """Gap in the last part of qualifying both set a time in.

    Parameters
    ----------
    weekend : Weekend
    a, b : str
        Codes.

    Returns
    -------
    QualifyingGap

    Raises
    ------
    NoData
        No qualifying, or a driver was not in it.
    NotEnoughLaps
        There is no part both set a time in.
    """
    session = qualifying_of(weekend)
    times = {code: _times(weekend, session, code) for code in (a, b)}
    both = np.flatnonzero(np.isfinite(times[a]) & np.isfinite(times[b]))
    if not len(both):
        raise NotEnoughLaps(f"{a} and {b} set no time in the same part of qualifying.")
    last = int(both[-1])
    own, other = float(times[a][last]), float(times[b][last])
    share = 100 * (own - other) / ((own + other) / 2)
    apart = _sectors_of(session, a, own) - _sectors_of(session, b, other)
    one, two, three = map(float, apart)
    sectors = (one, two, three) if np.isfinite(apart).all() else None
    return QualifyingGap(list(_PARTS)[last], own, other, own - other, share, sectors)


def _sectors_of(session: Session, code: str, time_s: float) -> Floats:
    """Sectors of the lap that set a time; NaN when no lap did."""
    laps = session.laps
    row = (laps["driver"] == code) & ((laps["lap_time_s"] - time_s).abs() < _SAME_TIME_S)
    found = laps.loc[row, list(_SECTORS)].to_numpy(dtype=float)
    return found[0] if len(found) else np.full(len(_SECTORS), np.nan)


def gap_to_quickest_pct(weekend: Weekend, code: str) -> float:
    """Gap to the quickest of the last part a driver set a time in [%].

    Raises
    ------
    NoData, NotEnoughLaps
        As :func:`qualifying_gap`.
    """
    session = qualifying_of(weekend)
    own = _times(weekend, session, code)
    timed = np.flatnonzero(np.isfinite(own))
    if not len(timed):
        raise NotEnoughLaps(f"{code} set no time in qualifying.")
    part = list(_PARTS.values())[timed[-1]]
    return float(100 * (own[timed[-1]] / session.results[part].min() - 1))


def quicker_car(weekend: Weekend, codes: Sequence[str]) -> str:
    """Which of some drivers came furthest in qualifying, and was quickest there.

    Raises
    ------
    NoData
        No qualifying.
    NotEnoughLaps
        None of them set a time.
    """
    session = qualifying_of(weekend)
    results = session.results[session.results["driver"].isin(codes)]
    times = results[list(_PARTS.values())].to_numpy(dtype=float)
    for part in reversed(range(len(_PARTS))):
        if np.isfinite(times[:, part]).any():
            return str(results["driver"].iloc[int(np.nanargmin(times[:, part]))])
    raise NotEnoughLaps(f"{' and '.join(codes)} set no time in qualifying.")


def _times(weekend: Weekend, session: Session, code: str) -> Floats:
    """Best times of a driver in the three parts; NaN for none, or for one given up."""
    rows = session.results["driver"].to_numpy() == code
    if not rows.any():
        raise NoData(f"{code} was not in qualifying of the {weekend.year} {weekend.event}.")
    times = session.results[list(_PARTS.values())].to_numpy(dtype=float)
    quickest = np.min(np.where(np.isfinite(times), times, np.inf), axis=0)
    own = times[rows][0]
    most = _SERIOUS_IN_RAIN if saw_rain(weekend) else _SERIOUS
    return np.asarray(np.where(own <= most * quickest, own, np.nan))


def push_laps(session: Session) -> Bools:
    """Laps that were pushed: within 2 % of the driver's best, no in or out lap.

    Returns
    -------
    ndarray of bool, shape (rows,)
        In the order of ``session.laps``.
    """
    laps = session.laps
    time_s = laps["lap_time_s"].where(laps["pit_in_s"].isna() & laps["pit_out_s"].isna())
    best = time_s.groupby(laps["driver"]).transform("min")
    return np.asarray(time_s <= _PUSHED * best)


def push_pace(weekend: Weekend, a: str, b: str) -> tuple[Estimate, tuple[int, int]]:
    """Pace of all pushed laps, track evolution and tyre removed, a minus b [s], and how many.

    Raises
    ------
    NoData
        No qualifying.
    NotEnoughLaps
        Under two pushed laps of either, or too few of the field to know the track.
    """
    session = qualifying_of(weekend)
    laps = session.laps[push_laps(session)]
    count = {code: int((laps["driver"] == code).sum()) for code in (a, b)}
    few = [f"{code} {n}" for code, n in count.items() if n < 2]  # noqa: PLR2004  (a spread)
    if few:
        raise NotEnoughLaps(f"pushed laps in qualifying: {', '.join(few)}; needed are 2 of each.")
    field = FieldLaps(
        lap_time_s=laps["lap_time_s"],
        driver=laps["driver"],
        lap=(laps["time_s"] - session.start_s) / _MINUTE_S,
        compound=laps["compound"],
        age_laps=laps["tyre_age_laps"],
        fuel_kg=np.zeros(len(laps)),
    )
    fit = fit_pace(field, priors=pace_priors(weekend.circuit))
    pace = fit.part("pace")
    own, other = (pace[:, fit.drivers.index(code)] for code in (a, b))
    return Estimate.of_draws(own - other), (count[a], count[b])
