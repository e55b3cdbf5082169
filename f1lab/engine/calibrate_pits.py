"""Stops: crews, what they cost under each flag, how pit walls plan and how they answer.

What a wall *planned* is never recorded. Where it matters (how far away the next stop was when
the safety car came out) a set is taken to have been meant to last as long as the same compound
lasted at green-flag stops of that race, or of all races where there were too few.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import least_squares

from f1lab.calc.race_state import REPAIR_S
from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.engine.calibrate_seen import VSC
from f1lab.racemodel.laps import SLICK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.engine.calibrate_seen import PastRace, PastStop, Run

    Floats = NDArray[np.float64]

__all__ = [
    "crew_table",
    "flag_factors",
    "habit_table",
    "reaction_table",
    "stop_losses",
    "two_laps_of_others_s",
]

#: Stops the published factors of open parameter files (2014–19) weigh as much as.
FACTOR_PSEUDO_STOPS = 50.0
_PUBLISHED_FACTOR = {"vsc": 0.59, "sc": 0.48}
#: Ordinary stops it takes to know what is usual in a race: a few late ones are none.
_ENOUGH_STOPS = 6
_TEAM_PSEUDO_STOPS = 20.0
_CIRCUIT_PSEUDO_CARS = 20.0
_QUANTILES = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])
_LONGEST_QUANTILE = 0.995
#: Quantiles are fitted in proportion, down to this much [s].
_FLOOR_S = 0.3
_MIN_REFERENCE = 3
_NEIGHBOURS = 3
_MAX_STOPS = 3
_FRONT_SLOTS = 10
_COVER_GAP_S, _COVER_WINDOW_SHARE = 3.0, 0.15
_TO_GO = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0])
_ANSWER_LAPS = 3


def _ordinary(race: PastRace) -> list[PastStop]:
    """Green-flag stops in the dry with no penalty served."""
    return [s for s in race.stops if s.flag < VSC and not s.penalised and not _wet(race, s)]


def _wet(race: PastRace, stop: PastStop) -> bool:
    return bool(race.laps.wet[stop.in_row] or race.laps.wet[stop.out_row])


def crew_table(races: Sequence[PastRace]) -> dict[str, Any]:
    """Spread of the time in the pit lane, each team against the field, share on the in lap.

    The excess over the race's median is a log-logistic with its median taken off; scale and
    shape are those whose quantiles lie closest, in proportion, to the measured ones.
    """
    excess, teams, shares = [], defaultdict(list), []
    for race in races:
        stops = _ordinary(race)
        if len(stops) < _ENOUGH_STOPS:
            continue
        usual = float(np.median([s.lane_s for s in stops]))
        kept = [s for s in stops if s.lane_s < usual + REPAIR_S]
        residual = race.model.fit.residual
        inward = np.median([residual[s.in_row] for s in kept])
        shares.append(inward / np.median([residual[s.in_row] + residual[s.out_row] for s in kept]))
        for s in kept:
            excess.append(s.lane_s - usual)
            teams[race.teams.get(race.laps.drivers[s.driver], "")].append(excess[-1])
    beyond = np.array(excess)
    seen = np.quantile(beyond, _QUANTILES)
    ratio = np.log(_QUANTILES / (1 - _QUANTILES))

    def miss(theta: Floats) -> Floats:
        scale, inverse = np.exp(theta)
        return np.asarray((scale * np.expm1(ratio * inverse) - seen) / (np.abs(seen) + _FLOOR_S))

    scale, inverse = np.exp(least_squares(miss, np.log([0.7, 0.5])).x)
    return {
        "crew_scale_s": float(scale),
        "crew_shape": float(1 / inverse),
        "crew_longest_s": float(np.quantile(beyond, _LONGEST_QUANTILE)),
        "in_share": float(np.median(shares)),
        "teams": {
            team: float(np.median(own)) * len(own) / (len(own) + _TEAM_PSEUDO_STOPS)
            for team, own in sorted(teams.items())
            if team
        },
        "stops": len(beyond),
    }


def flag_factors(races: Sequence[PastRace]) -> dict[str, float]:
    """Loss of a stop under VSC and SC relative to a green one, and how many stops it is from.

    What the in lap and the out lap took beyond the same two laps of cars nearby that stayed out,
    scaled to the car's own pace: the median, which a queue closing up makes a doubtful figure,
    drawn towards the published one by :data:`FACTOR_PSEUDO_STOPS` stops.
    """
    ratios: dict[str, list[float]] = {"vsc": [], "sc": []}
    for race in races:
        green = [_green_loss(race, s) for s in _ordinary(race)]
        usual, _ = race.model.priors.pit_loss_s(race.weekend.circuit)
        norm = float(np.median(green)) if len(green) >= _ENOUGH_STOPS else usual
        for kind, loss in stop_losses(race):
            if kind in ratios and loss < norm + REPAIR_S:
                ratios[kind].append(loss / norm)
    found: dict[str, float] = {}
    for kind, own in ratios.items():
        measured = float(np.median(own)) if own else 0.0
        total = measured * len(own) + _PUBLISHED_FACTOR[kind] * FACTOR_PSEUDO_STOPS
        found[f"{kind}_factor"] = total / (len(own) + FACTOR_PSEUDO_STOPS)
        found[f"{kind}_stops"] = len(own)
    return found


def stop_losses(race: PastRace) -> list[tuple[str, float]]:
    """Flag (``green``, ``vsc``, ``sc``) and loss of every ordinary dry stop of a race [s]."""
    found = []
    for stop in race.stops:
        run = _run_at(race, stop.lap)
        if stop.penalised or _wet(race, stop) or (run is not None and run.kind == "red"):
            continue
        if run is not None:
            found.append((run.kind, _loss_against_others(race, stop)))
        elif stop.flag < VSC:
            found.append(("green", _green_loss(race, stop)))
    return [(kind, loss) for kind, loss in found if np.isfinite(loss)]


def _green_loss(race: PastRace, stop: PastStop) -> float:
    residual = race.model.fit.residual
    return float(residual[stop.in_row] + residual[stop.out_row])


def _run_at(race: PastRace, lap: int) -> Run | None:
    return next((run for run in race.runs if run.first <= lap <= run.last), None)


def _loss_against_others(race: PastRace, stop: PastStop) -> float:
    """Seconds lost on in lap and out lap against cars nearby that stayed out; NaN for too few."""
    laps = race.laps
    own = laps.lap_time_s[stop.in_row] + laps.lap_time_s[stop.out_row]
    return float(own - two_laps_of_others_s(race, stop.in_row, stop.out_row))


def two_laps_of_others_s(race: PastRace, in_row: int, out_row: int) -> float:
    """In lap and out lap at the pace of cars nearby that stayed out [s]; NaN for too few of them.

    Under a flag only they were slowed as much; of the whole field where fewer than three are near.
    """
    laps, clear = race.laps, race.clear_s
    rows = np.flatnonzero((laps.lap[:-1] == laps.lap[in_row]) & (np.diff(laps.driver) == 0))
    pitting = laps.in_lap | laps.out_lap
    rows = rows[~pitting[rows] & ~pitting[rows + 1]]
    near = np.abs(laps.position[rows] - laps.position[in_row]) <= _NEIGHBOURS
    rows = rows[near] if near.sum() >= _MIN_REFERENCE else rows
    if len(rows) < _MIN_REFERENCE:
        return float("nan")
    pace = (laps.lap_time_s[rows] + laps.lap_time_s[rows + 1]) / (clear[rows] + clear[rows + 1])
    return float(np.median(pace) * (clear[in_row] + clear[out_row]))


def _meant_laps(races: Sequence[PastRace]) -> list[dict[int, float]]:
    """Age at which sets of each dry compound came off at green stops, race by race [laps]."""
    everywhere: dict[int, list[float]] = defaultdict(list)
    own: list[dict[int, list[float]]] = []
    for race in races:
        ages: dict[int, list[float]] = defaultdict(list)
        for stop in _ordinary(race):
            compound = int(race.laps.compound[stop.in_row])
            ages[compound].append(float(race.laps.age_laps[stop.in_row]))
            everywhere[compound].append(ages[compound][-1] / race.n_laps)
        own.append(ages)
    return [
        {
            c: float(np.median(ages[c]))
            if len(ages[c]) >= _ENOUGH_STOPS
            else float(np.median(shares)) * race.n_laps
            for c, shares in everywhere.items()
        }
        for race, ages in zip(races, own, strict=True)
    ]


def _to_go(race: PastRace, row: int, meant: dict[int, float]) -> float:
    """Share of the distance to the next stop meant; NaN when none was, or on rain tyres."""
    laps = race.laps
    compound = int(laps.compound[row])
    if laps.wet[row] or laps.tyre_class[row] != SLICK or compound not in meant:
        return float("nan")
    away = max(meant[compound] - laps.age_laps[row], 0.0)
    driven = laps.compound[(laps.driver == laps.driver[row]) & (laps.lap <= laps.lap[row])]
    left = race.n_laps - laps.lap[row]
    must = len(set(driven[driven < len(DRY_COMPOUNDS)])) < 2  # noqa: PLR2004  (the rule)
    if away >= left and not must:
        return float("inf")
    return float(min(away, left) / race.n_laps)


def reaction_table(races: Sequence[PastRace]) -> dict[str, Any]:
    """Chance of stopping when a SC or VSC comes out, and of covering a rival's stop."""
    meant = _meant_laps(races)
    seen: dict[str, list[tuple[float, bool]]] = {"sc": [], "vsc": []}
    covers: list[bool] = []
    for race, own in zip(races, meant, strict=True):
        for run in race.runs:
            if run.kind != "red" and run.first > 1 and not _followed_by_red(race, run):
                seen[run.kind] += _answers(race, run, own)
        covers += _covers(race, own)
    return {
        "sc": _curve(seen["sc"]),
        "vsc": _curve(seen["vsc"]),
        "cover_p": float(np.mean(covers)) if covers else 0.0,
        "cover_n": len(covers),
        "cover_gap_s": _COVER_GAP_S,
        "cover_window_share": _COVER_WINDOW_SHARE,
    }


def _followed_by_red(race: PastRace, run: Run) -> bool:
    return any(other.kind == "red" and other.first == run.last + 1 for other in race.runs)


def _answers(race: PastRace, run: Run, meant: dict[int, float]) -> list[tuple[float, bool]]:
    """For every car running: laps to go to its next stop, and whether it came in at once."""
    laps = race.laps
    last = min(run.last, run.first + _ANSWER_LAPS - 1)
    stopped = {s.driver for s in race.stops if run.first <= s.lap <= last}
    rows = np.flatnonzero((laps.lap == run.first - 1) & ~laps.in_lap)
    found = [(_to_go(race, int(row), meant), int(laps.driver[row]) in stopped) for row in rows]
    return [(away, came) for away, came in found if not np.isnan(away)]


def _curve(seen: list[tuple[float, bool]]) -> dict[str, Any]:
    """Chance by share of the distance to the next stop, never rising; and for none planned."""
    away = np.array([a for a, _ in seen])
    came = np.array([c for _, c in seen], dtype=float)
    planned = np.isfinite(away)
    mean = came[planned].mean() if planned.any() else 0.5
    which = np.clip(np.searchsorted(_TO_GO, away[planned], side="right") - 1, 0, len(_TO_GO) - 2)
    n = np.bincount(which, minlength=len(_TO_GO) - 1)
    yes = np.bincount(which, came[planned], len(_TO_GO) - 1)
    p = _falling(np.asarray((yes + 4 * mean) / (n + 4)), np.asarray(n + 4.0))
    none = came[~planned]
    return {
        "to_go_share": [float(x) for x in (_TO_GO[:-1] + _TO_GO[1:]) / 2],
        "p": [float(x) for x in p],
        "none_planned_p": float((none.sum() + 1) / (len(none) + 4)),
        "n": len(seen),
    }


def _falling(p: Floats, weight: Floats) -> Floats:
    """Pool neighbours until the curve never rises."""
    blocks: list[list[float]] = []
    for value, w in zip(p, weight, strict=True):
        blocks.append([float(value), float(w), 1.0])
        while len(blocks) > 1 and blocks[-2][0] < blocks[-1][0]:
            v, u, k = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + v * u) / (last[1] + u)
            last[1] += u
            last[2] += k
    return np.concatenate([np.full(int(k), v) for v, _, k in blocks])


def _covers(race: PastRace, meant: dict[int, float]) -> list[bool]:
    """For each green stop right behind a car whose own stop was due: did that car come next lap."""
    laps = race.laps
    by_lap = {(s.driver, s.lap) for s in race.stops}
    rows = {(int(d), int(n)): i for i, (d, n) in enumerate(zip(laps.driver, laps.lap, strict=True))}
    found = []
    for stop in _ordinary(race):
        before = rows.get((stop.driver, stop.lap - 1))
        if before is None or laps.gap_end_s[before] > _COVER_GAP_S:
            continue
        ahead = int(laps.ahead_start[before + 1])
        row = rows.get((ahead, stop.lap))
        if row is None or (ahead, stop.lap) in by_lap or (ahead, stop.lap + 1) not in rows:
            continue
        same_lap = laps.time_s[rows[ahead, stop.lap - 1]] <= laps.time_s[before]
        away = _to_go(race, row, meant)
        if same_lap and away <= _COVER_WINDOW_SHARE:
            found.append((ahead, stop.lap + 1) in by_lap)
    return found


def habit_table(races: Sequence[PastRace]) -> dict[str, Any]:
    """How dry races without a red flag were planned and driven to the flag."""
    stops: dict[str, Floats] = {}
    starts, after = np.ones((2, 3)), np.full((3, 3), 0.5)
    shares: dict[tuple[int, int], list[float]] = defaultdict(list)
    ages: dict[int, list[float]] = defaultdict(list)
    for race in races:
        laps = race.laps
        for stop in race.stops:
            ages[int(laps.compound[stop.in_row])].append(float(laps.age_laps[stop.in_row]))
        if laps.wet.any() or any(run.kind == "red" for run in race.runs):
            continue
        count = stops.setdefault(race.weekend.circuit, np.zeros(_MAX_STOPS + 1))
        for car in _finishers(race):
            own = [s for s in race.stops if s.driver == car]
            used = [int(laps.compound[s.in_row]) for s in own]
            used.append(int(laps.compound[laps.driver == car][-1]))
            if max(used) >= len(DRY_COMPOUNDS):
                continue
            n = min(len(own), _MAX_STOPS)
            count[n] += 1
            starts[_zone(race, car), used[0]] += 1
            for before, fitted in pairwise(used):
                after[before, fitted] += 1
            if len(own) == n:
                ends = [0, *(s.lap for s in own), race.n_laps]
                for i, laps_driven in enumerate(np.diff(ends)):
                    shares[n, i].append(float(laps_driven / race.n_laps))
    total = sum(stops.values(), np.zeros(_MAX_STOPS + 1))
    field = (total + 1) / (total + 1).sum()
    size = _MAX_STOPS + 1
    return {
        "stops_p": field.tolist(),
        "circuits": {c: _shrunk(own, field) for c, own in sorted(stops.items())},
        "start_p": (starts / starts.sum(axis=1, keepdims=True)).tolist(),
        "next_p": (after / after.sum(axis=1, keepdims=True)).tolist(),
        "share": [
            [float(np.mean(shares.get((k, s), [0]))) for s in range(size)] for k in range(size)
        ],
        "share_sd": [
            [float(np.std(shares.get((k, s), [0]))) for s in range(size)] for k in range(size)
        ],
        "oldest_laps": [
            float(np.quantile(ages.get(c, [30.0]), 0.99)) for c in range(len(COMPOUNDS) - 1)
        ],
        "cars": int(total.sum()),
    }


def _shrunk(own: Floats, field: Floats) -> list[float]:
    return [
        float(x) for x in (own + _CIRCUIT_PSEUDO_CARS * field) / (own.sum() + _CIRCUIT_PSEUDO_CARS)
    ]


def _finishers(race: PastRace) -> list[int]:
    gone = {car.driver for car in race.retirements}
    return [i for i, code in enumerate(race.laps.drivers) if code not in gone]


def _zone(race: PastRace, car: int) -> int:
    """0 for the first ten slots, 1 for those behind."""
    results = race.weekend.race.results
    slot = results["grid"][results["driver"] == race.laps.drivers[car]]
    return int(not (slot <= _FRONT_SLOTS).any())
