"""Who is on the grid, over what distance and under which rules: known before lights out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.errors import NoData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]

__all__ = [
    "Entries",
    "entries",
    "official_laps",
    "qualifying_gaps",
    "race_laps_of",
    "saw_rain",
    "scheduled_laps",
    "slots",
    "stops_needed",
]
#: Races that extra formation laps had shortened before the lights went out [laps].
_SHORTENED = {(2019, "Hockenheim"): 64, (2021, "Bahrain"): 56, (2023, "Monza"): 51}

#: Scheduled distance of each circuit by the first season it applied to [laps]; official
#: distances of 2018–2025.
_SCHEDULED_LAPS = {
    "Austin": {2012: 56},
    "Bahrain": {2004: 57},
    "Bahrain Outer": {2020: 87},
    "Baku": {2016: 51},
    "Barcelona": {2007: 66},
    "Hockenheim": {2002: 67},
    "Hungaroring": {2003: 70},
    "Imola": {2020: 63},
    "Interlagos": {1990: 71},
    "Istanbul": {2005: 58},
    "Jeddah": {2021: 50},
    "Las Vegas": {2023: 50},
    "Lusail": {2021: 57},
    "Melbourne": {1996: 58},
    "Mexico": {2015: 71},
    "Miami": {2022: 57},
    "Monaco": {1996: 78},
    "Montréal": {2002: 70},
    "Monza": {2000: 53},
    "Mugello": {2020: 59},
    "Nürburgring": {2002: 60},
    "Paul Ricard": {2018: 53},
    "Portimão": {2020: 66},
    "Shanghai": {2004: 56},
    "Silverstone": {2011: 52},
    "Singapore": {2008: 61, 2023: 62},
    "Sochi": {2014: 53},
    "Spa": {2007: 44},
    "Spielberg": {2014: 71},
    "Suzuka": {2003: 53},
    "Yas Marina": {2009: 55, 2021: 58},
    "Zandvoort": {2021: 72},
}
#: Gaps are cut to this range: a wet session or a lost lap says no more [% of a lap].
_GAP_RANGE = (-2.5, 3.0)
#: Cars it takes to move the level from one part of qualifying to the next.
_MIN_CARS = 3
_RAIN_TYRES = ("INTERMEDIATE", "WET")
#: Races whose rules asked for more than one stop.
_STOPS_NEEDED = {(2025, "Monaco"): 2}


@dataclass(frozen=True)
class Entries:
    """The cars of a race in grid order.

    ``grid`` counts 1 … n without ties: cars that share the last slots (pit-lane starts) follow
    in the order of their codes. ``left_out`` names who is not in the field and why.
    """

    drivers: tuple[str, ...]
    teams: tuple[str, ...]
    grid: Floats
    left_out: dict[str, str]


def entries(weekend: Weekend, ran: Sequence[str] | None = None) -> Entries:
    """Read the grid.

    Parameters
    ----------
    weekend : Weekend
        Only driver, team and grid of its race results are looked at.
    ran : sequence of str, optional
        Drivers to keep: those with laps, when the race itself is to be run again. All starters
        by default.

    Returns
    -------
    Entries

    Raises
    ------
    NoData
        Nobody is left.
    """
    results = weekend.race.results
    rows = zip(
        results["driver"].astype(str),
        results["team"].astype(str),
        results["grid"].to_numpy(dtype=np.float64),
        strict=True,
    )
    found, left_out = [], {}
    for driver, team, slot in rows:
        if ran is not None and driver not in ran:
            left_out[driver] = "completed no lap"
        elif ran is None and not np.isfinite(slot):
            left_out[driver] = "has no place on the grid"
        else:
            found.append((float(np.nan_to_num(slot, nan=np.inf)), driver, team))
    found.sort()
    if not found:
        raise NoData(
            f"the {weekend.year} {weekend.event} has no starters: its results name no driver "
            "with a grid slot and laps; load the race with results."
        )
    return Entries(
        drivers=tuple(driver for _, driver, _ in found),
        teams=tuple(team for _, _, team in found),
        grid=np.arange(1.0, len(found) + 1),
        left_out=left_out,
    )


def scheduled_laps(weekend: Weekend) -> int:
    """Race distance as scheduled [laps].

    A race cut short (2021 Belgium, 2022 Japan) was still going to be a full one; extra formation
    laps take theirs off before the lights go out. The official distance is taken only for a
    sprint, and for a circuit without a scheduled one in the table.

    Parameters
    ----------
    weekend : Weekend

    Returns
    -------
    int
    """
    known = None if weekend.race.kind == "S" else race_laps_of(weekend.circuit, weekend.year)
    return official_laps(weekend) if known is None else known


def race_laps_of(circuit: str, year: int) -> int | None:
    """Race distance scheduled at a circuit in a season [laps]; None where it is not known."""
    if (year, circuit) in _SHORTENED:
        return _SHORTENED[year, circuit]
    known = _SCHEDULED_LAPS.get(circuit, {})
    valid = [laps for since, laps in known.items() if since <= year]
    return valid[-1] if valid else None


def official_laps(weekend: Weekend) -> int:
    """Race distance really run by the winner [laps]."""
    laps = weekend.race.total_laps
    return max(int(laps or weekend.race.laps["lap"].max()), 1)


def stops_needed(weekend: Weekend) -> int:
    """Stops the rules asked for in a dry race; two dry compounds make one of them."""
    return _STOPS_NEEDED.get((weekend.year, weekend.circuit), 1)


def slots(entry: Entries) -> Floats:
    """Grid slots from −1/2 (pole) to +1/2 (last), shape (n,)."""
    return np.asarray((entry.grid - 0.5) / len(entry.grid) - 0.5)


def qualifying_gaps(weekend: Weekend) -> tuple[dict[str, float], float]:
    """Gap of every driver to the field's median in qualifying [% of a lap], and that median [s].

    The level of the second and third part is moved to the first one's by the drivers who took
    part in both. The median is NaN when there was no qualifying or it saw rain tyres.
    """
    session = weekend.qualifying
    if session is None:
        return {}, np.nan
    times = session.results[["q1_s", "q2_s", "q3_s"]].to_numpy(dtype=np.float64).copy()
    for part in (1, 2):
        both = np.isfinite(times[:, part]) & np.isfinite(times[:, part - 1])
        if both.sum() >= _MIN_CARS:
            times[:, part] -= np.median(times[both, part] - times[both, part - 1])
    times[np.isnan(times)] = np.inf
    best = times.min(axis=1, initial=np.inf)
    timed = np.isfinite(best)
    if timed.sum() < _MIN_CARS:
        return {}, np.nan
    middle = float(np.median(best[timed]))
    codes = session.results["driver"].astype(str).to_numpy()[timed]
    gaps = np.clip(100 * (best[timed] / middle - 1), *_GAP_RANGE)
    wet = bool(session.laps["compound"].isin(_RAIN_TYRES).any())
    return dict(zip(codes, gaps.tolist(), strict=True)), np.nan if wet else middle


def saw_rain(weekend: Weekend) -> bool | None:
    """Whether qualifying saw rain tyres; None when it is not known."""
    session = weekend.qualifying
    if session is None or not len(session.laps):
        return None
    return bool(session.laps["compound"].isin(_RAIN_TYRES).any())
