"""Plans a pit wall may have, drawn up from the habits of earlier races.

How many stops there will be and which compounds are fitted comes from the habits table; how the
distance is split follows from how long each compound is usually kept, so that the stints of
one race last in proportion. Every order of compounds worth mentioning becomes three plans, its
first stop early, in the middle and late.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from f1lab.data.schema import DRY_COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.engine.policies import DrivenPlan, as_policies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from f1lab.engine.inputs import Policies
    from f1lab.engine.priors import Habits

    Floats = NDArray[np.float64]

__all__ = ["CarNow", "habit_policies"]

_DRY = len(DRY_COMPOUNDS)
_MEDIUM, _HARD = DRY_COMPOUNDS.index("MEDIUM"), DRY_COMPOUNDS.index("HARD")
_DRY_COMPOUNDS_NEEDED = 2
#: How long SOFT, MEDIUM and HARD are kept in one race, relative to each other: stint lengths of
#: 1,110 cars that saw the flag of a dry race without a red flag, 2018–23.
_KEPT = np.array([1.0, 1.45, 2.25])
#: Orders of compounds kept for each car, the likeliest first.
_ORDERS = 6
#: Quantiles of the first stop's lap; equally likely.
_EARLY_TO_LATE = (1 / 6, 1 / 2, 5 / 6)
#: Shortest stint anybody plans [laps].
_MIN_STINT_LAPS = 2
#: A plan less likely than this beside the likeliest is left out.
_NEGLIGIBLE = 0.02
_MOST_STOPS = 3
#: Starts are habits of the first ten slots and of the others.
_TOP_TEN = 10


@dataclass(frozen=True)
class CarNow:
    """A car as its pit wall sees it at the end of ``lap``; at lap 0 ``compound`` is still open.

    ``used`` is a bit mask of the compounds driven.
    """

    slot: int
    lap: int = 0
    compound: int | None = None
    age_laps: float = 0.0
    used: int = 0
    stops: int = 0


@dataclass(frozen=True)
class _Order:
    """Compounds still to be driven, the one on the car first, and how likely."""

    compounds: tuple[int, ...]
    weight: float


def habit_policies(
    cars: Sequence[CarNow], habits: Habits, n_laps: int, stops_needed: int = 1
) -> Policies:
    """Draw up the plans of every car.

    Parameters
    ----------
    cars : sequence of CarNow
        In the order of the field.
    habits : Habits
    n_laps : int
        Race distance [laps].
    stops_needed : int
        Stops the rules ask for in a dry race.

    Returns
    -------
    Policies
        Cars that react to what happens; sets fitted at stops are new.
    """
    own = [_plans(car, habits, n_laps, stops_needed) for car in cars]
    most = max(len(plans) for plans in own)
    weight = np.zeros((len(cars), most))
    padded = []
    for i, plans in enumerate(own):
        total = sum(chance for _, chance in plans)
        weight[i, : len(plans)] = [chance / total for _, chance in plans]
        padded.append([plan for plan, _ in plans] + [plans[0][0]] * (most - len(plans)))
    return as_policies(padded, weight, reacts=True)


def _plans(
    car: CarNow, habits: Habits, n_laps: int, stops_needed: int
) -> list[tuple[DrivenPlan, float]]:
    """Plans of one car with their chances, unscaled."""
    steps = round(AGE_STEPS_PER_LAP * car.age_laps)
    if car.compound is not None and car.compound >= _DRY:
        # on rain tyres the track decides when to stop
        return [(DrivenPlan(car.compound, steps, ()), 1.0)]
    spread_laps = n_laps * habits.share_sd[:, 0]
    orders = [o for o in _orders(car, habits, stops_needed) if _lasts(o, car, habits, n_laps)]
    found = []
    for order in orders or [_last_resort(car)]:
        stints = _stints(order, car, n_laps)
        spread = max(float(spread_laps[len(stints) - 1]), 1.0)
        # an order whose first stop should be long past is hardly the plan
        late = 1.0 if len(stints) == 1 else float(ndtr(stints[0] / spread))
        found.append((order.weight * late, order, stints, spread))
    found.sort(key=lambda entry: -entry[0])
    least = _NEGLIGIBLE * found[0][0]
    plans = []
    for weight, order, stints, spread in found[:_ORDERS]:
        laps = _stop_laps(stints, car.lap, spread, n_laps) if weight >= least else []
        plans += [(_plan(order, at, steps), weight / len(laps)) for at in laps]
    return plans


def _orders(car: CarNow, habits: Habits, stops_needed: int) -> Iterator[_Order]:
    """Every order of compounds the rules allow."""
    first = (
        {car.compound: 1.0}
        if car.compound is not None
        else dict(enumerate(habits.start_p[0 if car.slot <= _TOP_TEN else 1]))
    )
    rain = car.used >> _DRY > 0
    for more in range(_MOST_STOPS + 1):
        chance = habits.stops_p[min(car.stops + more, _MOST_STOPS)] * 0.5 ** max(
            car.stops + more - _MOST_STOPS, 0
        )
        if not rain and car.stops + more < stops_needed:
            continue
        for order in product(first, *[range(_DRY)] * more):
            used = car.used
            for compound in order:
                used |= 1 << compound
            if not rain and used.bit_count() < _DRY_COMPOUNDS_NEEDED:
                continue
            weight = chance * first[order[0]]
            for off, on in pairwise(order):
                weight *= habits.next_p[off, on]
            yield _Order(tuple(order), float(weight))


def _stints(order: _Order, car: CarNow, n_laps: int) -> Floats:
    """Laps from here on each set, so that all sets last in proportion to how long they are kept."""
    kept = _KEPT[list(order.compounds)]
    ahead = n_laps - car.lap
    stints = kept * (ahead + car.age_laps) / kept.sum()
    stints[0] -= car.age_laps
    return np.asarray(stints)


def _lasts(order: _Order, car: CarNow, habits: Habits, n_laps: int) -> bool:
    """Whether no set gets older than sets do, with room for the stops."""
    age = _stints(order, car, n_laps)
    age[0] += car.age_laps
    roomy = n_laps - car.lap >= _MIN_STINT_LAPS * len(age)
    return bool(roomy and (age <= habits.oldest_laps[list(order.compounds)]).all())


def _last_resort(car: CarNow) -> _Order:
    """When nothing fits the habits: to the flag on this set, or the stop the rules ask for."""
    if car.compound is None:
        return _Order((_MEDIUM, _HARD), 1.0)
    if car.used.bit_count() >= _DRY_COMPOUNDS_NEEDED:
        return _Order((car.compound,), 1.0)
    return _Order((car.compound, _MEDIUM if car.compound != _MEDIUM else _HARD), 1.0)


def _stop_laps(stints: Floats, lap: int, spread: float, n_laps: int) -> list[tuple[int, ...]]:
    """Laps of the stops with the first one early, in the middle and late, all after ``lap``."""
    ahead = n_laps - lap
    if len(stints) == 1 or ahead < _MIN_STINT_LAPS:
        return [()]
    least = 1.0
    most = max(ahead - _MIN_STINT_LAPS * (len(stints) - 1.0), least)
    low, high = (float(ndtr((edge - stints[0]) / spread)) for edge in (least, most))
    out = []
    for quantile in _EARLY_TO_LATE:
        share = np.clip(low + quantile * (high - low), 1e-9, 1 - 1e-9)
        first = np.clip(stints[0] + spread * ndtri(share), least, most)
        rest = stints[1:-1] / stints[1:].sum() * (ahead - first)
        laps = lap + np.rint(np.cumsum([first, *rest])).astype(np.int64)
        out.append(tuple(int(at) for at in np.clip(laps, lap + 1, n_laps - 1)))
    return out


def _plan(order: _Order, laps: tuple[int, ...], age_steps: int) -> DrivenPlan:
    after = order.compounds[1:] if laps else ()
    stops = tuple((lap, compound, 0) for lap, compound in zip(laps, after, strict=True))
    return DrivenPlan(order.compounds[0], age_steps, stops)
