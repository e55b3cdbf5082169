"""Neutralisations and retirements, counted on real races.

A safety car that comes out on the lap a car stopped, or on the next one, counts as brought out
by it; the rest has a hazard of its own, by fifth of the race. A circuit's own count is drawn
towards the field's by :data:`CIRCUIT_PSEUDO_RACES` races, a team's reliability by
:data:`TEAM_PSEUDO_STARTS` starts. Lapped cars behind a safety car count as let past when half of
them have a lap back once it has come in.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.engine.calibrate_seen import RED, SC, VSC
from f1lab.racemodel.laps import FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.engine.calibrate_seen import PastRace, Run

    Floats = NDArray[np.float64]

__all__ = ["lapped_behind", "neutralisation_table", "retirement_table", "unlapping_table"]

#: Races of the field's rate a circuit's own record is weighed against.
CIRCUIT_PSEUDO_RACES = 16.0
#: Starts of the field's rate a team's own record is weighed against.
TEAM_PSEUDO_STARTS = 60.0
#: Fifths of a race of the mean rate each fifth's own is weighed against.
_FIFTH_PSEUDO = 50.0
_KINDS = {"sc": SC, "vsc": VSC, "red": RED}
_N_FIFTHS = 5
#: A lap slower than so many green ones was not driven behind the safety car [-].
_SLOWEST = 4.0
#: Laps relative to green ones where no race shows any, as published [-]; first: as it comes out.
_USUAL_FACTOR = {"sc": 1.6, "vsc": 1.4}
_USUAL_FIRST_FACTOR = 1.2
#: Nobody is let past a shorter safety car: the field has to catch it first [laps].
_SHORTEST_UNLAPPING = 3
#: Lapped cars count as let past when this share of them got a lap back.
_LET_PAST = 0.5
#: As published, where no race shows a lapped car behind the safety car [laps].
_USUAL_UNLAPPING = 4


def brought_out(race: PastRace, run: Run) -> bool:
    """Whether a car stopped on the lap the run began or on the one before."""
    return any(run.first - 1 <= car.lap <= run.first for car in race.retirements)


def _fifth(lap: int, n_laps: int) -> int:
    return min(int(_N_FIFTHS * (lap - 0.5) / n_laps), _N_FIFTHS - 1)


def retirement_table(races: Sequence[PastRace]) -> dict[str, Any]:
    """Chance of retiring on lap 1 and later, by team, and what flag it brings out.

    ``per_race`` is the expected number of retirements per car over a race that begins on lap 2;
    ``sc_share`` and ``vsc_share`` are neutralisations brought out per retirement after lap 1
    while none flew.
    """
    starts: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    first, open_gone, exposure = 0, 0, 0.0
    brought: Counter[str] = Counter()
    for race in races:
        starts.update(race.teams.values())
        gone.update(car.team for car in race.retirements)
        first += sum(car.lap == 1 for car in race.retirements)
        open_gone += sum(car.lap > 1 and bool(race.clear[car.lap - 1]) for car in race.retirements)
        exposure += len(race.laps.lap) / race.n_laps
        brought.update(run.kind for run in race.runs if run.first > 1 and brought_out(race, run))
    n, total = sum(starts.values()), sum(gone.values())
    rate = total / n
    return {
        "lap_1": first / n,
        "per_race": (total - first) / exposure,
        "sc_share": brought["sc"] / max(open_gone, 1),
        "vsc_share": brought["vsc"] / max(open_gone, 1),
        "teams": {
            team: (gone[team] / rate + TEAM_PSEUDO_STARTS) / (starts[team] + TEAM_PSEUDO_STARTS)
            for team in sorted(starts)
        }
        if rate
        else {},
        "starts": n,
        "retired": total,
    }


def neutralisation_table(races: Sequence[PastRace], retirements: dict[str, Any]) -> dict[str, Any]:
    """Hazards beside those of retirements, lengths, lap factors and the queue.

    Parameters
    ----------
    races : sequence of PastRace
    retirements : dict
        What :func:`retirement_table` gave for the same races.
    """
    return {
        "lap_1": {kind: _lap_1(races, kind, retirements) for kind in _KINDS},
        "per_race": {kind: _per_race(races, kind) for kind in _KINDS},
        "circuits": _circuits(races),
        "sc": {
            **_lasting(races, "sc", settled=1),
            "first_factor": _first_factor(races),
            "gap_s": _queue_gap(races),
        },
        "unlapping": unlapping_table([seen for race in races for seen in lapped_behind(race)]),
        "vsc": _lasting(races, "vsc", settled=0),
        "counts": {kind: _counts(races, kind) for kind in _KINDS},
    }


def _counts(races: Sequence[PastRace], kind: str) -> list[int]:
    """Races with 0, 1, 2 … of them."""
    count = np.bincount([sum(run.kind == kind for run in race.runs) for race in races])
    return [int(n) for n in count]


def _lap_1(races: Sequence[PastRace], kind: str, retirements: dict[str, Any]) -> float:
    """Chance on lap 1, such that with what lap-1 retirements bring out the sum is right."""
    seen = sum(any(run.first == 1 and run.kind == kind for run in race.runs) for race in races)
    share = retirements.get(f"{kind}_share", 0.0)
    cars = retirements["starts"] / len(races)
    spared = (1 - retirements["lap_1"] * share) ** cars
    return float(max(0.0, 1 - (1 - seen / len(races)) / spared))


def _per_race(races: Sequence[PastRace], kind: str) -> list[float]:
    """Expected number per fifth of a race in which nothing else flies."""
    events, exposure = np.zeros(_N_FIFTHS), np.zeros(_N_FIFTHS)
    for race in races:
        for run in race.runs:
            own = kind == "red" or not brought_out(race, run)
            if run.kind == kind and run.first > 1 and own:
                events[_fifth(run.first, race.n_laps)] += 1
        for lap in np.flatnonzero(race.clear[1:]) + 2:
            exposure[_fifth(int(lap), race.n_laps)] += _N_FIFTHS / race.n_laps
    mean = events.sum() / exposure.sum()
    smooth = (events + mean * _FIFTH_PSEUDO) / (exposure + _FIFTH_PSEUDO)
    return [float(rate) for rate in smooth]


def _circuits(races: Sequence[PastRace]) -> dict[str, dict[str, float]]:
    """Each circuit's rate relative to the field's."""
    n = Counter(race.weekend.circuit for race in races)
    found: dict[str, dict[str, float]] = {circuit: {} for circuit in sorted(n)}
    for kind in ("sc", "vsc"):
        count = Counter(r.weekend.circuit for r in races for run in r.runs if run.kind == kind)
        mean = sum(count.values()) / len(races)
        for circuit, entry in found.items():
            own = count[circuit] / mean if mean else n[circuit]
            entry[kind] = (own + CIRCUIT_PSEUDO_RACES) / (n[circuit] + CIRCUIT_PSEUDO_RACES)
    return found


def _lasting(races: Sequence[PastRace], kind: str, settled: int) -> dict[str, Any]:
    """Lengths of those that ended with racing; the leader's laps after so many, to green ones."""
    lengths: list[int] = []
    factors: list[float] = []
    for race in races:
        for run in race.runs:
            if run.kind != kind:
                continue
            if run.last < race.n_laps and race.flown[run.last] < VSC:
                lengths.append(run.laps)
            factors.extend(_factors(race, max(run.first + settled, 2), run.last))
    count = np.bincount(lengths or [1])[1:]
    return {
        "length_p": [float(p) for p in count / count.sum()],
        "lap_factor": float(np.mean(factors or _USUAL_FACTOR[kind])),
        "n": len(lengths),
    }


def _first_factor(races: Sequence[PastRace]) -> float:
    """The leader's lap on which a safety car comes out, relative to green ones."""
    first = [
        factor
        for race in races
        for run in race.runs
        if run.kind == "sc" and run.first > 1
        for factor in _factors(race, run.first, run.first)
    ]
    return float(np.mean(first or _USUAL_FIRST_FACTOR))


def _factors(race: PastRace, first: int, last: int) -> list[float]:
    """The leader's dry laps without a stop, from one to another, relative to green ones."""
    rows = race.leader[first - 1 : last]
    rows = rows[~race.laps.in_lap[rows] & ~race.laps.out_lap[rows] & ~race.laps.wet[rows]]
    ratio = race.laps.lap_time_s[rows] / race.clear_s[rows]
    return [float(own) for own in ratio[ratio < _SLOWEST]]


def lapped_behind(race: PastRace) -> list[tuple[int, bool]]:
    """Each safety car that met lapped cars and came in: its laps, and whether they got a lap back."""
    time_s = race.by_lap(race.laps.time_s, np.nan)
    time_s = time_s[:, 1:]
    found = []
    for run in race.runs:
        if run.kind != "sc" or run.last >= race.n_laps:
            continue
        met, freed = (
            _laps_down(time_s, lap, float(race.laps.time_s[race.leader[lap - 1]]))
            for lap in (run.first, run.last + 1)
        )
        lapped = (met > 0) & np.isfinite(freed)
        if lapped.any():
            found.append((run.laps, bool((freed < met)[lapped].mean() >= _LET_PAST)))
    return found


def _laps_down(time_s: Floats, lap: int, now_s: float) -> Floats:
    """How many laps down each car is as the leader completes a lap; NaN for one that is out."""
    ahead = time_s >= now_s
    next_lap = ahead.argmax(axis=1) + 1
    return np.where(ahead.any(axis=1), lap - next_lap, np.nan)


def unlapping_table(seen: Sequence[tuple[int, bool]]) -> dict[str, Any]:
    """From how many laps on lapped cars are let past, and how often they are then.

    Parameters
    ----------
    seen : sequence of (int, bool)
        Length of each safety car that met lapped cars [laps], and whether they were let past.

    Returns
    -------
    dict
        ``least_laps`` is the length that tells those who let them past from the others with
        the fewest errors, the longest such; ``p`` is the share from there on, one more of
        either kind counted in; ``n`` how many were that long.
    """
    laps = np.array([own for own, _ in seen], dtype=np.int64)
    past = np.array([own for _, own in seen], dtype=bool)
    least = _USUAL_UNLAPPING
    if len(seen):
        lengths = np.arange(_SHORTEST_UNLAPPING, max(_USUAL_UNLAPPING, int(laps.max())) + 1)
        errors = [int(((laps >= length) != past).sum()) for length in lengths]
        least = int(lengths[np.flatnonzero(errors == np.min(errors))[-1]])
    long = laps >= least
    return {
        "least_laps": least,
        "p": float((past[long].sum() + 1) / (long.sum() + 2)),
        "n": int(long.sum()),
    }


def _queue_gap(races: Sequence[PastRace]) -> float:
    """Median gap at the line on the last lap behind the safety car [s]."""
    gaps: list[float] = []
    for race in races:
        for run in race.runs:
            if run.kind == "sc" and run.last < race.n_laps:
                rows = (race.laps.lap == run.last) & (race.laps.flag == FLAGS.index("sc"))
                gaps.extend(race.laps.gap_end_s[rows & np.isfinite(race.laps.gap_end_s)])
    return float(np.median(gaps))
