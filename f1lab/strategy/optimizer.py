"""The strategy optimizer: exact in free air, then judged in traffic by the engine.

The programme gives the cheapest tyre orders in free air, each at its best laps. They are run on
the same few races, the better half is kept and joined by its neighbours, a stop earlier or
later, and run on more; what is left is compared on fresh races, so that no plan wins by having
been lucky while it was being chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise, product
from typing import TYPE_CHECKING

from f1lab.data.schema import COMPOUNDS
from f1lab.errors import InvalidInput, UnknownName, whole_number
from f1lab.strategy.expected import expected_at
from f1lab.strategy.free_air import SHORTEST_STINT_LAPS, FreeAir, is_rain_tyre
from f1lab.strategy.judge import OBJECTIVES, Calls, Judge, calls_of, side_by_side
from f1lab.strategy.known import field_of, rain_not_foreseen, tyre_of_q2
from f1lab.strategy.neutral import SafetyCarCall, safety_car_table
from f1lab.strategy.report import PitWindow, RankedPlan, StrategyReport
from f1lab.strategy.undercut import Undercut, undercut_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from f1lab.data.schema import Weekend
    from f1lab.engine.form import PaceRecord
    from f1lab.engine.inputs import RaceField
    from f1lab.strategy.judge import Sample

__all__ = ["QUICK", "THOROUGH", "Effort", "next_window", "optimize"]

#: Tyre orders read from the programme, how far from the best one they may be in free air [s],
#: and how many of one number of stops are looked at.
_ORDERS, _REACH_S, _PER_STOPS = 20, 40.0, 4
#: The window is looked for this many laps either side, in steps of so many.
_WINDOW_REACH_LAPS, _WINDOW_STEP_LAPS = 12, 2
#: Laps two stops of an undercut are apart.
_APART = (1, 2, 3)
#: Fewer expected points than this cannot tell plans apart: places are counted instead.
_FEW_POINTS = 0.1


@dataclass(frozen=True)
class Effort:
    """How hard plans are looked for.

    Attributes
    ----------
    rounds : tuple of (int, int, int)
        Rounds of the search: races each plan is run for, laps its stops are moved by afterwards,
        and tyre orders kept.
    finalists : int
        Plans of an order that are left for the last comparison.
    stops : int or None
        Stops whose window is told, the next ones; None for all.
    """

    rounds: tuple[tuple[int, int, int], ...]
    finalists: int = 1
    stops: int | None = None


THOROUGH = Effort(((40, 6, 5), (80, 3, 4), (160, 0, 4)))
#: While a race is driven. Over all 181 laps of three races with calls to make, its plans end
#: 0.002 ± 0.005 places ahead of thorough ones, thorough ones of another seed 0.003 behind them.
QUICK = Effort(((40, 6, 4), (60, 3, 3), (60, 0, 3)), finalists=2, stops=1)


def optimize(  # noqa: PLR0913  (keywords, each a question of its own)
    weekend: Weekend | RaceField,
    driver: str,
    at_lap: int | None = None,
    objective: str = "points",
    *,
    n: int = 800,
    seed: int = 0,
    sets: Mapping[str, int] | None = None,
    start: str | None = None,
    history: Sequence[PaceRecord] | None = None,
    tables: bool = False,
    effort: Effort = THOROUGH,
) -> StrategyReport:
    """Find the best plan of a driver.

    Parameters
    ----------
    weekend : Weekend or RaceField
        A weekend is looked at with what was known after ``at_lap``; a field stands for the
        moment it describes.
    driver : str
    at_lap : int, optional
        The last lap known, 0 (default) before the race.
    objective : str
        ``points``, ``position`` or ``time``.
    n : int
        Races the last comparison is made on.
    seed : int
    sets : mapping of str to int, optional
        Sets of a compound the driver has for the race, where not the usual allocation.
    start : str, optional
        Compound he has to start on. Until 2021 the first ten on the grid started on the tyre
        of their best lap in Q2; it is read from qualifying.
    history : sequence of PaceRecord, optional
        What earlier races showed (:func:`f1lab.engine.history.season_so_far`); without it pace
        is forecast from the grid, qualifying and the laps driven. A field has its own.
    tables : bool
        Add what undercuts are worth and what to do if a safety car comes. Before the race they
        are for the lap before the first stop, with everybody where he is expected to be.
    effort : Effort
        How hard plans are looked for.

    Returns
    -------
    StrategyReport
        The plans in order, each with its regret against the best, and the pit windows.

    Raises
    ------
    InvalidInput
        The driver is out, ``n`` is less than 100, the objective is unknown, a start compound is
        named after the start, or no plan is within the rules.
    UnknownName
        No such driver or compound.
    """
    seed = whole_number("seed", seed)
    if whole_number("n", n) < 100:  # noqa: PLR2004  (stated in the sentence)
        raise InvalidInput(f"n={n}: 100 races or more can tell plans apart.")
    field = field_of(weekend, at_lap, otherwise=0, history=history)
    if start is None and field.state.lap == 0:
        start = tyre_of_q2(weekend, driver)
    judge = Judge(field, driver, objective)
    if start is not None and field.state.lap > 0:
        raise InvalidInput(
            f"start={start!r} was given after lap {field.state.lap}: the start is over; leave it out."
        )
    if start is not None and start not in COMPOUNDS[:5]:
        raise UnknownName("compound", start, COMPOUNDS[:5])
    air = FreeAir.of(field, driver, sets, start)
    orders = _orders(air, start, driver)
    notes = [f"pace with the form of {_races(history)}."] if history else []
    if (rain := rain_not_foreseen(weekend, field.state.lap)) is not None:
        notes.append(rain)
    if judge.reacts and air.on_track is not None and is_rain_tyre(air.on_track.compound):
        notes.append("whatever is planned, the car comes in when the track asks for other tyres.")
    first = judge.run(next(iter(orders)), effort.rounds[-1][0], seed)
    if objective == "points" and judge.value(first) < _FEW_POINTS:
        judge = Judge(field, driver, "position")
        notes.append("points are hardly in reach: plans are compared in places.")
    pool = _search(judge, air, orders, effort, seed)
    fresh = judge.run_each(pool, n, seed + 1)
    value = {calls: judge.value(fresh[calls]) for calls in pool}
    # plans as good as each other to a hundredth: the one with fewer stops first
    ranked = sorted(pool, key=lambda c: (-round(value[c], 2), len(c.stops), -value[c]))
    ranked = _of_each_order(ranked)
    best = ranked[0]
    undercuts: tuple[Undercut, ...] = ()
    calls: tuple[SafetyCarCall, ...] = ()
    if tables:
        undercuts = _undercuts(field, driver, best, seed)
        calls = safety_car_table(
            field, driver, plan=best, objective=judge.objective, seed=seed, sets=sets
        )
    return StrategyReport(
        year=field.year,
        event=field.event,
        driver=driver,
        as_of=field.as_of,
        at_lap=field.state.lap,
        n_laps=field.n_laps,
        objective=judge.objective,
        unit=OBJECTIVES[judge.objective],
        n=n,
        seed=seed,
        ranking=tuple(_ranked(judge, c, fresh[c], fresh[best]) for c in ranked),
        windows=tuple(_windows(judge, air, best, effort.stops, (n // 2, seed + 1))),
        undercuts=undercuts,
        safety_car=calls,
        notes=tuple(notes),
    )


def next_window(field: RaceField, driver: str, report: StrategyReport) -> PitWindow | None:
    """Window of the next stop of the best plan, for a report made with an effort without.

    Parameters
    ----------
    field : RaceField
        The one the report is of.
    driver : str
    report : StrategyReport

    Returns
    -------
    PitWindow or None
        As :func:`optimize` would have told it; None when no stop is to come.
    """
    judge, best = Judge(field, driver, report.objective), report.best
    calls, races = Calls.of(best.start, best.stops), (report.n // 2, report.seed + 1)
    return next(iter(_windows(judge, FreeAir.of(field, driver), calls, 1, races)), None)


def _races(history: Sequence[PaceRecord]) -> str:
    n = len({(record.year, record.round) for record in history})
    return f"{n} earlier race{'s' * (n != 1)}"


def _undercuts(field: RaceField, driver: str, best: Calls, seed: int) -> tuple[Undercut, ...]:
    """Undercuts on the lap of the next stop of the best plan; none when no stop is to come."""
    if not best.stops:
        return ()
    lap = best.stops[0][0]
    if lap - 1 > field.state.lap:
        field = expected_at(field, driver, best, lap - 1, seed=seed)
    if lap + _APART[-1] >= field.n_laps:
        return ()
    return undercut_table(field, driver, laps=_APART, seed=seed)


def _orders(air: FreeAir, start: str | None, driver: str) -> dict[Calls, float]:
    """The cheapest tyre orders in free air and what each costs beyond the best [s]."""
    done = 0 if air.on_track is None else air.on_track.lap
    first = None if start is None else COMPOUNDS.index(start)
    programme = air.programme()
    found: dict[Calls, float] = {}
    of_stops: dict[int, int] = {}
    least = float(programme.least_s(first)[0])
    for most_stops in (0, 1, 2, None):
        for slower, schedule in enumerate(islice(programme.best(first, most_stops), _ORDERS)):
            calls, stops = calls_of(schedule, done), len(schedule.compounds) - 1
            # the best with few stops is run however slow: where nobody can pass it may win
            if slower and schedule.cost_s > least + _REACH_S:
                break
            if calls not in found and of_stops.get(stops, 0) < _PER_STOPS:
                of_stops[stops] = of_stops.get(stops, 0) + 1
                found[calls] = schedule.cost_s - least
    if not found:
        raise InvalidInput(
            f"no plan of {driver} for the laps left satisfies the tyre rules with the sets given."
        )
    return found


def _search(
    judge: Judge, air: FreeAir, orders: Iterable[Calls], effort: Effort, seed: int
) -> list[Calls]:
    """Halve and refine; what is left has some plans of each tyre order still in the running."""
    pool = list(orders)
    kept, ranked = pool, pool
    for races, step, keep in effort.rounds:
        samples = judge.run_each(pool, races, seed)
        values = {calls: judge.value(sample) for calls, sample in samples.items()}
        ranked = sorted(pool, key=lambda c: -values[c])
        kept = _of_each_order(ranked)[:keep]
        moved = [plan for calls in kept for plan in _neighbours(air, calls, step)]
        pool = list(dict.fromkeys((*kept, *moved)))
    in_the_running = {calls.order for calls in kept}
    finalists = _of_each_order(ranked, effort.finalists)
    return [calls for calls in finalists if calls.order in in_the_running]


def _of_each_order(calls: Iterable[Calls], most: int = 1) -> list[Calls]:
    """The first plans of each tyre order."""
    found: list[Calls] = []
    of_order: dict[tuple[int, ...], int] = {}
    for plan in calls:
        of_order[plan.order] = of_order.get(plan.order, 0) + 1
        if of_order[plan.order] <= most:
            found.append(plan)
    return found


def _neighbours(air: FreeAir, calls: Calls, step: int) -> list[Calls]:
    moved = (calls.shifted(s, by) for s in range(len(calls.stops)) for by in (-step, step))
    return [plan for plan in moved if _drivable(air, plan)]


def _drivable(air: FreeAir, calls: Calls) -> bool:
    """Whether stints are long enough and no new set gets too old."""
    done = 0 if air.on_track is None else air.on_track.lap
    edges = [done, *(lap for lap, _ in calls.stops), air.n_laps]
    if any(end <= begin for begin, end in pairwise(edges)):
        return False
    for (begin, end), compound in zip(pairwise(edges), calls.order, strict=True):
        driven = air.on_track is not None and begin == done
        exempt = driven or air.short_stints[end - 1] or (begin and air.short_stints[begin - 1])
        if end - begin < SHORTEST_STINT_LAPS and not exempt:
            return False
        if not driven and air.age_steps[begin:end].sum() > air.oldest_steps[compound]:
            return False
    return True


def _ranked(judge: Judge, calls: Calls, sample: Sample, best: Sample) -> RankedPlan:
    regret = judge.regret(sample, best)
    return RankedPlan(
        start=COMPOUNDS[calls.start],
        stops=tuple((lap, COMPOUNDS[c]) for lap, c in calls.stops),
        regret=regret.mean,
        regret_low=regret.low,
        regret_high=regret.high,
        position=float(sample.position.mean()),
        points=float(sample.points.mean()),
        p_win=sample.share(1),
        p_podium=sample.share(3),
        p_points=sample.share(10),
    )


def _windows(
    judge: Judge, air: FreeAir, best: Calls, most: int | None, races: tuple[int, int]
) -> Iterable[PitWindow]:
    """For each of the next stops, the laps around the best that cannot be told from it."""
    stops = best.stops[:most]
    if not stops:
        return
    top = judge.run(best, *races)

    def edge(stop_and_way: tuple[int, int]) -> int:
        """The last lap on one side of a stop that is as good."""
        stop, way = stop_and_way
        lap = best.stops[stop][0]
        for by in range(_WINDOW_STEP_LAPS, _WINDOW_REACH_LAPS + 1, _WINDOW_STEP_LAPS):
            moved = best.shifted(stop, way * by)
            if not _drivable(air, moved):
                break
            if judge.regret(judge.run(moved, *races), top).low > 0:
                break
            lap = best.stops[stop][0] + way * by
        return lap

    edges = side_by_side(edge, product(range(len(stops)), (-1, 1)))
    for stop, (lap, compound) in enumerate(stops):
        first, last = edges[2 * stop : 2 * stop + 2]
        yield PitWindow(stop + 1, COMPOUNDS[compound], lap, first, last)
